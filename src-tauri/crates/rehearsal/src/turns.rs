//! What becomes of a call when somebody intervenes: hangs up, answers, or ends the rehearsal. Pure: from what has been
//! told and what the script still holds, the steps that follow instead.

use crate::compose::Call;
use crate::script::{Direction, GROUP, Leg, Mark, NOBODY, PATIENT, Place, Side, State, Step, What, Who};

/// Ended by a command of an external system (reference 4.14).
const BY_COMMAND: i32 = 1181;
/// Ended because the rehearsal was stopped.
const BY_USER: i32 = 1180;
/// Seconds that people talk after an intervention.
const TALK: u32 = 20;

/// What somebody did to a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Turn {
    /// `call/hangup` of this leg.
    HangUp(usize),
    /// The phone that this leg rings at was picked up.
    Answer(usize),
    /// The rehearsal is stopped: everybody hangs up.
    Stop,
}

/// The steps that follow the turn taken at second `at` of the call, in place of `rest`.
pub(crate) fn after(turn: Turn, call: &Call, rest: &[Step], at: u32) -> Vec<Step> {
    match turn {
        Turn::HangUp(leg) => after_hang_up(leg, call, rest, at),
        Turn::Answer(leg) => after_answer(leg, call, rest, at),
        Turn::Stop => all_over(call, at, BY_USER),
    }
}

fn after_hang_up(leg: usize, call: &Call, rest: &[Step], at: u32) -> Vec<Step> {
    let Some(hung_up) = call.living().find(|living| living.leg == leg) else {
        return rest.to_vec();
    };
    let others: Vec<&Leg> =
        call.living().filter(|living| living.leg != leg && living.place == Place::Abonent).collect();
    let mut steps = vec![over(hung_up, at, BY_COMMAND)];

    // Hanging up on the colleague who was asked brings the patient back (reference 4: commands/call/hangup).
    if let Some(held) = others.iter().find(|other| other.state == State::OnHold) {
        let back = Leg { state: State::Connected, ..plain(held) };
        steps.push(Step { at, what: What::Leg(back) });
        steps.push(over(held, at + TALK, 1110));
        steps.push(summary(call, call.talked_with(), at + TALK, 1110));
        return steps;
    }

    // One of several ringing phones: the others go on ringing.
    if call.direction() == Direction::Inbound
        && hung_up.place == Place::Abonent
        && hung_up.state == State::Appeared
        && !others.is_empty()
    {
        let answers = rest
            .iter()
            .find(|step| matches!(step.what, What::Leg(next) if next.leg == leg && next.state == State::Connected));
        if let Some(answers) = answers {
            // Not only the phones: the queue lets go of the caller too.
            steps.extend(call.living().filter(|living| living.leg != leg).map(|other| over(other, answers.at, 1111)));
            steps.push(summary(call, None, answers.at, 1111));
        } else {
            let of_leg = |step: &&Step| !matches!(step.what, What::Leg(next) if next.leg == leg);
            steps.extend(rest.iter().filter(of_leg).copied());
        }
        return steps;
    }

    steps.extend(call.living().filter(|living| living.leg != leg).map(|other| over(other, at, BY_COMMAND)));
    steps.push(summary(call, call.talked_with(), at, BY_COMMAND));
    steps
}

fn after_answer(leg: usize, call: &Call, rest: &[Step], at: u32) -> Vec<Step> {
    let Some(ringing) = call.living().find(|living| living.leg == leg && living.state == State::Appeared) else {
        return rest.to_vec();
    };
    let talking = Leg { state: State::Connected, ..*ringing };
    let mut steps = vec![Step { at, what: What::Leg(talking) }];
    steps.extend(call.living().filter(|other| other.leg != leg).map(|other| over(other, at, 1100)));
    steps.push(over(&talking, at + TALK, 1110));
    steps.push(summary(call, call.talked_with().or(Some(talking.to.who)), at + TALK, 1110));
    steps
}

fn all_over(call: &Call, at: u32, reason: i32) -> Vec<Step> {
    let mut steps: Vec<Step> = call.living().map(|leg| over(leg, at, reason)).collect();
    steps.push(summary(call, call.talked_with(), at, reason));
    steps
}

fn over(leg: &Leg, at: u32, reason: i32) -> Step {
    let ended = Leg { state: State::Disconnected, reason: Some(reason), ..plain(leg) };
    Step { at, what: What::Leg(ended) }
}

/// The leg without the flags that belong to one state only (reference 2.3).
fn plain(leg: &Leg) -> Leg {
    let bare = |side: Side| Side { was_transferred: false, hold_initiator: false, ..side };
    Leg { from: bare(leg.from), to: bare(leg.to), ..*leg }
}

/// The summary (reference 2.4): who answered, or the first who missed.
fn summary(call: &Call, talked_with: Option<Who>, at: u32, reason: i32) -> Step {
    let Some(first) = call.first() else {
        return Step::summary(at, NOBODY, NOBODY, reason);
    };
    let (from, to) = match call.direction() {
        Direction::Outbound if first.mark == Mark::Callback => (Side::of(first.to.who), PATIENT),
        Direction::Outbound | Direction::Internal => (Side::of(first.from.who), Side::of(first.to.who)),
        Direction::Inbound => {
            let missed = match call.rung() {
                None => NOBODY,
                Some(rung) if rung.to.group == crate::script::Group::Reception => GROUP,
                Some(rung) => Side::of(rung.to.who),
            };
            (Side::of(first.from.who), talked_with.map_or(missed, Side::of))
        }
    };
    Step::summary(at, from, to, reason)
}
