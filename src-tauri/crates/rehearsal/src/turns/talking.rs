//! Answering, hanging up, holding and recording: what happens to a leg without anybody new in the call.

use super::passing::{complete, consultation_about, give_back, initiator_of, taken_from};
use super::{BY_COMMAND, LOST, Who, flagged, goes_on, living, over, patience, plain, summary, told};
use crate::compose::Call;
use crate::script::{Direction, Leg, Mark, Place, Recording, Side, State, Step, Transfer, What};

pub(super) fn hang_up(leg: usize, call: &mut Call, rest: &[Step], at: u32) -> Vec<Step> {
    let Some(hung_up) = living(call, leg) else {
        return rest.to_vec();
    };
    ended(hung_up, BY_COMMAND, call, rest, at)
}

/// A leg ends for this reason; what the others of the call do then.
fn ended(hung_up: Leg, reason: i32, call: &mut Call, rest: &[Step], at: u32) -> Vec<Step> {
    let leg = hung_up.leg;
    let others: Vec<Leg> =
        call.living().filter(|living| living.leg != leg && living.place == Place::Abonent).copied().collect();
    let mut steps = vec![over(&hung_up, at, reason)];

    // Hanging up on the colleague who was asked brings the patient back (reference 4: commands/call/hangup).
    if let Some(held) = others.iter().find(|other| other.state == State::OnHold) {
        // Of several phones of a group that is asked, the others ring on.
        if hung_up.state == State::Appeared && others.iter().any(|other| is_asked_too(other, &hung_up)) {
            steps.extend(without(rest, leg));
            return steps;
        }
        steps.extend(taken_back(held, call, at));
        return steps;
    }
    // Calling off a blind transfer rings the one who made it (likewise).
    if hung_up.state == State::Appeared && hung_up.transfer == Some(Transfer::Blind) && others.is_empty() {
        steps.extend(give_back(&hung_up, call, at));
        return steps;
    }
    // One of several ringing phones: the others go on ringing.
    let rings = hung_up.place == Place::Abonent && hung_up.state == State::Appeared;
    if call.direction() == Direction::Inbound && rings && !others.is_empty() {
        let answers = rest
            .iter()
            .find(|step| matches!(step.what, What::Leg(next) if next.leg == leg && next.state == State::Connected));
        if let Some(answers) = answers {
            // Not only the phones: the queue lets go of the caller too.
            steps.extend(call.living().filter(|living| living.leg != leg).map(|other| over(other, answers.at, 1111)));
            steps.push(summary(call, None, answers.at, 1111));
        } else {
            steps.extend(without(rest, leg));
        }
        return steps;
    }

    steps.extend(call.living().filter(|living| living.leg != leg).map(|other| over(other, at, reason)));
    steps.push(summary(call, call.talked_with(), at, reason));
    steps
}

fn is_asked_too(other: &Leg, asked: &Leg) -> bool {
    other.state == State::Appeared && other.from.taken_from == asked.from.taken_from
}

/// What the script still holds, without this leg.
fn without(rest: &[Step], leg: usize) -> Vec<Step> {
    let of_leg = |step: &&Step| !matches!(step.what, What::Leg(next) if next.leg == leg);
    rest.iter().filter(of_leg).copied().collect()
}

/// The held call is taken back, and goes on.
pub(super) fn taken_back(held: &Leg, call: &Call, at: u32) -> Vec<Step> {
    let back = Leg { state: State::Connected, ..plain(held) };
    let mut steps = vec![told(back, at)];
    steps.extend(goes_on(call, &back, at + call.cast().talk));
    steps
}

/// An employee puts the phone down: completes a consultation, refuses a ringing call, or ends a talk.
pub(super) fn put_down(leg: usize, who: Who, call: &mut Call, rest: &[Step], at: u32) -> Vec<Step> {
    let Some(phone) = living(call, leg) else {
        return rest.to_vec();
    };
    let held = call.living().find(|held| held.state == State::OnHold && [held.from.who, held.to.who].contains(&who));
    if let Some(held) = held.copied() {
        let asked = consultation_about(held.leg, call);
        // The asked colleague may hang up too: that ends only what she was asked.
        if !asked.is_empty() && (phone.leg == held.leg || asked.iter().any(|asked| asked.from.who == who)) {
            return complete(held, asked, call, at);
        }
    }
    if phone.state == State::Appeared && phone.to.who == who {
        return ended(phone, 1122, call, rest, at);
    }
    ended(phone, if phone.from.who == who { 1110 } else { 1120 }, call, rest, at)
}

pub(super) fn answer(leg: usize, call: &mut Call, rest: &[Step], at: u32) -> Vec<Step> {
    let Some(ringing) = living(call, leg).filter(|leg| leg.state == State::Appeared) else {
        return rest.to_vec();
    };
    let asks = ringing.transfer == Some(Transfer::Consultative);
    let talking = answered(&ringing, call);
    let mut steps = vec![told(talking, at)];
    let others = call.living().filter(|other| other.leg != leg && !(asks && other.state == State::OnHold));
    steps.extend(others.map(|other| over(other, at, LOST)));
    if asks {
        steps.extend(asks_until(&talking, call, at + patience(call)));
        return steps;
    }
    steps.extend(goes_on(call, &talking, at + call.cast().talk));
    steps
}

/// The leg when its phone is picked up: a blind transfer puts the one passed on in the initiator's place
/// (reference 5.3).
pub(super) fn answered(ringing: &Leg, call: &Call) -> Leg {
    let passes = ringing.transfer == Some(Transfer::Blind) && Some(ringing.from.who) == initiator_of(ringing, call);
    let from = if passes { taken_from(ringing, call).unwrap_or(ringing.from) } else { ringing.from };
    Leg { state: State::Connected, from, ..*ringing }
}

/// A consultation goes on until its initiator puts the phone down.
pub(super) fn asks_until(asked: &Leg, call: &mut Call, until: u32) -> Vec<Step> {
    let held = asked.from.taken_from.and_then(|held| living(call, held));
    match held {
        Some(held) => complete(held, vec![*asked], call, until),
        None => goes_on(call, asked, until),
    }
}

pub(super) fn hold(leg: usize, who: Who, call: &mut Call, rest: &[Step], at: u32) -> Vec<Step> {
    let Some(talking) = living(call, leg).filter(|leg| leg.state == State::Connected) else {
        return rest.to_vec();
    };
    let held = Leg { state: State::OnHold, ..flagged(&talking, who, Side::holding) };
    let mut steps = vec![told(held, at)];
    steps.extend(goes_on(call, &held, at + patience(call)));
    steps
}

pub(super) fn unhold(leg: usize, call: &mut Call, rest: &[Step], at: u32) -> Vec<Step> {
    let Some(held) = living(call, leg).filter(|leg| leg.state == State::OnHold) else {
        return rest.to_vec();
    };
    let mut steps: Vec<Step> = consultation_about(leg, call).iter().map(|asked| over(asked, at, 1110)).collect();
    steps.extend(taken_back(&held, call, at));
    steps
}

/// The end of the recording is not planned here: it comes with the end of its leg, whatever that is.
pub(super) fn record(
    leg: usize,
    operator: Option<usize>,
    command_id: String,
    call: &mut Call,
    rest: &[Step],
    at: u32,
) -> Vec<Step> {
    if living(call, leg).is_none() {
        return rest.to_vec();
    }
    let mark = Mark::Command(call.add_command(command_id));
    let recording = Recording { recording: call.add_recording(), leg, operator, completed: false, mark };
    let mut steps = vec![Step { at, what: What::Recording(recording) }];
    steps.extend(rest);
    steps
}
