//! Passing a call on: blind and consultative transfers (reference 5.3, 5.5), and taking it over (reference 4,
//! `commands/route`).

use super::talking::taken_back;
use super::{
    BY_COMMAND, LOST, Pass, Reception, Target, Who, flagged, goes_on, living, over, patience, plain, summary, told,
};
use crate::compose::Call;
use crate::script::{Group, Leg, Line, Mark, Place, Side, State, Step, Transfer};

/// Intercepted by another operator (reference 4.14).
const INTERCEPTED: i32 = 1182;
/// Seconds until the target of a blind transfer answers, as in reference 5.3.
const TARGET_ANSWERS: u32 = 7;
/// Seconds until a colleague who is asked answers, as in reference 5.5.
const ASKED_ANSWERS: u32 = 5;
/// Seconds until whoever takes a call over has picked up the phone.
const TAKER_ANSWERS: u32 = 3;
/// Seconds until a phone that nobody picks up is given up.
const NO_ANSWER: u32 = 15;

pub(super) fn transfer(
    leg: usize,
    who: Who,
    way: Transfer,
    pass: Pass,
    call: &mut Call,
    rest: &[Step],
    at: u32,
) -> Vec<Step> {
    let Some(talking) = living(call, leg).filter(|leg| leg.state == State::Connected) else {
        return rest.to_vec();
    };
    let mark = Mark::Command(call.add_command(pass.command_id.clone()));
    let from = Side::of(who).after(leg);
    if way == Transfer::Consultative {
        let held = Leg { state: State::OnHold, ..flagged(&talking, who, Side::holding) };
        let ringing = ring(&pass.target, from, Line::None, Some(way), mark, call);
        let mut steps = vec![told(held, at)];
        steps.extend(ringing.iter().map(|leg| told(*leg, at + 1)));
        steps.extend(asked(&held, &ringing, pass.reception, call, at + 1));
        return steps;
    }
    let reason = if talking.from.who == who { 1110 } else { 1120 };
    let gone = Leg { mark, state: State::Disconnected, ..flagged(&talking, who, Side::transferred) };
    let ringing = ring(&pass.target, from, talking.to.line, Some(Transfer::Blind), mark, call);
    let mut steps = vec![told(gone, at).because(reason)];
    steps.extend(ringing.iter().map(|leg| told(*leg, at)));
    let returns = Return { client: client_of(&talking, who), initiator: who, line: talking.to.line, mark };
    steps.extend(received(&ringing, pass.reception, TARGET_ANSWERS, Some(returns), call, at));
    steps
}

/// The phones that ring at the target.
fn ring(target: &Target, from: Side, line: Line, way: Option<Transfer>, mark: Mark, call: &mut Call) -> Vec<Leg> {
    let (people, group): (Vec<Who>, Group) = match target {
        Target::Extension(extension) => {
            let operator = call.cast().place(extension).map(Who::Operator);
            (vec![operator.unwrap_or_else(|| call.add_guest(extension))], Group::None)
        }
        Target::Number(number) => (vec![call.add_guest(number)], Group::None),
        Target::Group(group) => {
            let members = call.cast().members(*group).into_iter().map(Who::Operator);
            // Nobody is called by herself.
            let members = members.filter(|member| *member != from.who).collect();
            (members, if *group == 0 { Group::Reception } else { Group::Numbered(*group) })
        }
    };
    let ringing = people.into_iter().map(|who| Leg {
        leg: call.add_leg(),
        state: State::Appeared,
        place: Place::Abonent,
        from,
        to: Side { line, group, ..Side::of(who) },
        reason: None,
        transfer: way,
        mark,
    });
    ringing.collect()
}

/// To whom a blind transfer that fails goes back.
struct Return {
    client: Side,
    initiator: Who,
    line: Line,
    mark: Mark,
}

/// What becomes of ringing phones to which a call was passed on.
fn received(
    ringing: &[Leg],
    reception: Reception,
    answers: u32,
    returns: Option<Return>,
    call: &mut Call,
    at: u32,
) -> Vec<Step> {
    let failed = match reception {
        Reception::Answered => None,
        Reception::NoAnswer => Some((at + NO_ANSWER, 1111)),
        Reception::Busy => Some((at + 1, 1121)),
    };
    let Some(first) = ringing.first() else {
        return vec![summary(call, call.talked_with(), at, 1164)];
    };
    let Some((end, reason)) = failed else {
        let at = at + answers;
        let from = match &returns {
            Some(returns) => Side { taken_from: first.from.taken_from, ..returns.client },
            None => first.from,
        };
        let talking = Leg { state: State::Connected, from, ..*first };
        let mut steps = vec![told(talking, at)];
        steps.extend(ringing[1..].iter().map(|other| over(other, at, LOST)));
        steps.extend(goes_on(call, &talking, at + call.cast().talk));
        return steps;
    };
    let mut steps: Vec<Step> = ringing.iter().map(|leg| over(leg, end, reason)).collect();
    match returns {
        Some(returns) => steps.extend(returned(first.leg, &returns, call, end)),
        None => steps.push(summary(call, call.talked_with(), end, reason)),
    }
    steps
}

/// The initiator is rung again with the client on the line (note to reference 5.3).
fn returned(from_leg: usize, returns: &Return, call: &mut Call, at: u32) -> Vec<Step> {
    let back = Leg {
        leg: call.add_leg(),
        state: State::Appeared,
        place: Place::Abonent,
        from: Side { taken_from: Some(from_leg), ..returns.client },
        to: Side { line: returns.line, ..Side::of(returns.initiator) },
        reason: None,
        transfer: Some(Transfer::ReturnBlind),
        mark: returns.mark,
    };
    let talking = Leg { state: State::Connected, ..back };
    let answers = at + ASKED_ANSWERS;
    let mut steps = vec![told(back, at), told(talking, answers)];
    steps.extend(goes_on(call, &talking, answers + call.cast().talk));
    steps
}

/// A blind transfer that was called off goes back to the one who made it.
pub(super) fn give_back(called_off: &Leg, call: &mut Call, at: u32) -> Vec<Step> {
    let client = taken_from(called_off, call);
    let (Some(client), Some(initiator)) = (client, initiator_of(called_off, call)) else {
        return vec![summary(call, call.talked_with(), at, BY_COMMAND)];
    };
    let returns = Return { client, initiator, line: called_off.to.line, mark: called_off.mark };
    returned(called_off.leg, &returns, call, at)
}

/// What becomes of colleagues who are asked while the client is held.
fn asked(held: &Leg, ringing: &[Leg], reception: Reception, call: &mut Call, at: u32) -> Vec<Step> {
    let Some(first) = ringing.first() else {
        return taken_back(held, call, at);
    };
    let (end, reason) = match reception {
        Reception::Answered => {
            let at = at + ASKED_ANSWERS;
            let talking = Leg { state: State::Connected, ..*first };
            let mut steps = vec![told(talking, at)];
            steps.extend(ringing[1..].iter().map(|other| over(other, at, LOST)));
            steps.extend(completed(*held, &[talking], call, at + patience(call)));
            return steps;
        }
        Reception::NoAnswer => (at + NO_ANSWER, 1111),
        Reception::Busy => (at + 1, 1121),
    };
    let mut steps: Vec<Step> = ringing.iter().map(|leg| over(leg, end, reason)).collect();
    steps.extend(taken_back(held, call, end));
    steps
}

/// Joins the held client with the colleague who was asked.
pub(super) fn connect(held: usize, consulting: usize, call: &mut Call, rest: &[Step], at: u32) -> Vec<Step> {
    let held = living(call, held).filter(|held| held.state == State::OnHold);
    let (Some(held), Some(asked)) = (held, living(call, consulting)) else {
        return rest.to_vec();
    };
    complete(held, vec![asked], call, at)
}

/// The initiator of a consultation leaves: the client is joined with the colleague, or rings there in the initiator's
/// place (reference 5.5, 5.4).
pub(super) fn complete(held: Leg, asked: Vec<Leg>, call: &mut Call, at: u32) -> Vec<Step> {
    completed(held, &asked, call, at)
}

fn completed(held: Leg, asked: &[Leg], call: &mut Call, at: u32) -> Vec<Step> {
    let Some(first) = asked.first() else {
        return goes_on(call, &held, at);
    };
    let initiator = first.from.who;
    let reason = if held.from.who == initiator { 1110 } else { 1120 };
    let gone = Leg { state: State::Disconnected, ..flagged(&held, initiator, Side::transferred) };
    let mut steps = vec![told(gone, at).because(reason)];
    let client = client_of(&held, initiator).after(held.leg);
    let joined: Vec<Leg> =
        asked.iter().map(|leg| Leg { from: client, transfer: Some(Transfer::Blind), ..plain(leg) }).collect();
    steps.extend(joined.iter().map(|leg| told(*leg, at)));
    if first.state == State::Connected {
        steps.extend(goes_on(call, &joined[0], at + call.cast().talk));
    } else {
        let returns = Return { client, initiator, line: held.to.line, mark: first.mark };
        steps.extend(received(&joined, Reception::Answered, ASKED_ANSWERS, Some(returns), call, at));
    }
    steps
}

/// The transfer is called off: who was asked is let go, and the held client is back.
pub(super) fn cancel(held: usize, call: &mut Call, rest: &[Step], at: u32) -> Vec<Step> {
    let Some(leg) = living(call, held).filter(|held| held.state == State::OnHold) else {
        return rest.to_vec();
    };
    let mut steps: Vec<Step> = consultation_about(held, call).iter().map(|asked| over(asked, at, BY_COMMAND)).collect();
    steps.extend(taken_back(&leg, call, at));
    steps
}

/// A call in the menu, in the queue or ringing somewhere is sent elsewhere.
pub(super) fn route(leg: usize, pass: Pass, call: &mut Call, rest: &[Step], at: u32) -> Vec<Step> {
    let Some(taken) = living(call, leg).filter(|leg| leg.state == State::Appeared) else {
        return rest.to_vec();
    };
    let mark = Mark::Command(call.add_command(pass.command_id.clone()));
    let from = Side::of(taken.from.who).after(leg);
    let ringing = ring(&pass.target, from, taken.to.line, None, mark, call);
    let mut steps: Vec<Step> = ringing.iter().map(|leg| told(*leg, at)).collect();
    steps.extend(call.living().map(|old| over(old, at, INTERCEPTED)));
    steps.extend(received(&ringing, pass.reception, TAKER_ANSWERS, None, call, at));
    steps
}

/// The legs on which colleagues are asked about this held one.
pub(super) fn consultation_about(held: usize, call: &Call) -> Vec<Leg> {
    let asks = |leg: &&Leg| leg.transfer == Some(Transfer::Consultative) && leg.from.taken_from == Some(held);
    call.living().filter(asks).copied().collect()
}

/// The other participant of a leg.
fn client_of(leg: &Leg, initiator: Who) -> Side {
    Side::of(if leg.from.who == initiator { leg.to.who } else { leg.from.who })
}

/// Who made the transfer that this leg belongs to: the one who let go of the leg before it.
pub(super) fn initiator_of(leg: &Leg, call: &Call) -> Option<Who> {
    let before = call.last(leg.from.taken_from?)?;
    let [from, to] = [before.from, before.to];
    [to, from].into_iter().find(|side| side.was_transferred || side.hold_initiator).map(|side| side.who)
}

/// Who is passed on by the transfer that this leg belongs to.
pub(super) fn taken_from(leg: &Leg, call: &Call) -> Option<Side> {
    let before = leg.from.taken_from?;
    let initiator = initiator_of(leg, call)?;
    Some(client_of(call.last(before)?, initiator).after(before))
}
