//! What becomes of a call when somebody intervenes: hangs up, answers, transfers, or ends the rehearsal. From what has
//! been told and what the script still holds, the steps that follow instead. Nothing here waits or posts.

mod passing;
mod talking;

use crate::compose::Call;
use crate::script::{Direction, GROUP, Group, Leg, Mark, NOBODY, PATIENT, Side, State, Step, Transfer, What, Who};

/// Ended by a command of an external system (reference 4.14).
const BY_COMMAND: i32 = 1181;
/// Ended because the rehearsal was stopped.
const BY_USER: i32 = 1180;
/// A phone rang for nothing: another one was picked up.
const LOST: i32 = 1100;
/// Seconds until somebody who is held, or who consults, has had enough; more when people talk longer than that.
const PATIENCE: u32 = 120;

/// What somebody did to a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Turn {
    /// `call/hangup` of this leg.
    HangUp(usize),
    /// The employee of this leg puts the phone down.
    PutDown { leg: usize, who: Who },
    /// The phone that this leg rings at was picked up.
    Answer(usize),
    /// `call/hold/on`, or the same from the phone.
    Hold { leg: usize, who: Who },
    /// The employee's phone takes the held call back.
    Unhold(usize),
    /// `transfer` by this participant of the leg.
    Transfer { leg: usize, who: Who, way: Transfer, pass: Pass },
    /// `calls_connect`: of the held leg and the consulting one.
    Connect { held: usize, consulting: usize },
    /// `transfer_cancel` of this held leg.
    Cancel(usize),
    /// `route` of this leg.
    Route { leg: usize, pass: Pass },
    /// `recording/start` of this leg and this participant.
    Record { leg: usize, operator: Option<usize>, command_id: String },
    /// The rehearsal is stopped: everybody hangs up.
    Stop,
}

/// Where a call is passed on to, by which command, and how it is received there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Pass {
    pub(crate) target: Target,
    pub(crate) reception: Reception,
    pub(crate) command_id: String,
}

/// Whom a call is passed on to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Target {
    /// An employee, by short number.
    Extension(String),
    /// All members of one of our groups.
    Group(usize),
    /// A number outside, or any device.
    Number(String),
}

/// What the target of a transfer or of a route does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Reception {
    /// Answers after some seconds.
    #[default]
    Answered,
    /// Lets it ring until the PBX gives up (1111).
    NoAnswer,
    /// Is busy (1121).
    Busy,
}

impl Reception {
    /// The way of this name: `answered`, `no-answer` or `busy`.
    pub fn from_name(name: &str) -> Option<Reception> {
        match name {
            "answered" => Some(Reception::Answered),
            "no-answer" => Some(Reception::NoAnswer),
            "busy" => Some(Reception::Busy),
            _ => None,
        }
    }
}

/// The steps that follow the turn taken at second `at` of the call, in place of `rest`.
pub(crate) fn after(turn: Turn, call: &mut Call, rest: &[Step], at: u32) -> Vec<Step> {
    // Told as ended already: what remains is what comes late.
    if call.is_summed_up() {
        return rest.to_vec();
    }
    let mut steps = follows(turn, call, rest, at);
    close_the_rest(call, &mut steps);
    steps
}

/// No leg outlives its call: what the turn does not mention ends with it.
fn close_the_rest(call: &Call, steps: &mut Vec<Step>) {
    let Some(end) = steps.iter().position(|step| matches!(step.what, What::Summary { .. })) else {
        return;
    };
    let mut alive: Vec<Leg> = call.living().copied().collect();
    for step in steps.iter() {
        if let What::Leg(leg) = step.what {
            alive.retain(|known| known.leg != leg.leg);
            if leg.state != State::Disconnected {
                alive.push(leg);
            }
        }
    }
    let at = steps[end].at;
    steps.splice(end..end, alive.iter().map(|leg| over(leg, at, 1110)));
}

fn follows(turn: Turn, call: &mut Call, rest: &[Step], at: u32) -> Vec<Step> {
    match turn {
        Turn::HangUp(leg) => talking::hang_up(leg, call, rest, at),
        Turn::PutDown { leg, who } => talking::put_down(leg, who, call, rest, at),
        Turn::Answer(leg) => talking::answer(leg, call, rest, at),
        Turn::Hold { leg, who } => talking::hold(leg, who, call, rest, at),
        Turn::Unhold(leg) => talking::unhold(leg, call, rest, at),
        Turn::Record { leg, operator, command_id } => talking::record(leg, operator, command_id, call, rest, at),
        Turn::Transfer { leg, who, way, pass } => passing::transfer(leg, who, way, pass, call, rest, at),
        Turn::Connect { held, consulting } => passing::connect(held, consulting, call, rest, at),
        Turn::Cancel(held) => passing::cancel(held, call, rest, at),
        Turn::Route { leg, pass } => passing::route(leg, pass, call, rest, at),
        Turn::Stop => all_over(call, at, BY_USER),
    }
}

fn patience(call: &Call) -> u32 {
    PATIENCE.max(call.cast().talk)
}

fn living(call: &Call, leg: usize) -> Option<Leg> {
    call.living().find(|living| living.leg == leg).copied()
}

/// The leg goes on until somebody has had enough, and with it the call.
fn goes_on(call: &Call, leg: &Leg, until: u32) -> Vec<Step> {
    let talked_with = call.talked_with().or_else(|| employee_of(leg));
    vec![over(leg, until, 1110), summary(call, talked_with, until, 1110)]
}

/// The employee of a leg; the called one when both are.
fn employee_of(leg: &Leg) -> Option<Who> {
    let is_employee = |who: &Who| matches!(who, Who::Operator(_) | Who::Mobile(_));
    [leg.to.who, leg.from.who].into_iter().find(is_employee)
}

fn all_over(call: &Call, at: u32, reason: i32) -> Vec<Step> {
    let mut steps: Vec<Step> = call.living().map(|leg| over(leg, at, reason)).collect();
    steps.push(summary(call, call.talked_with(), at, reason));
    steps
}

fn over(leg: &Leg, at: u32, reason: i32) -> Step {
    told(Leg { state: State::Disconnected, reason: Some(reason), ..plain(leg) }, at)
}

fn told(leg: Leg, at: u32) -> Step {
    Step { at, what: What::Leg(leg) }
}

/// The leg without the flags that belong to one state only (reference 2.3).
fn plain(leg: &Leg) -> Leg {
    let bare = |side: Side| Side { was_transferred: false, hold_initiator: false, ..side };
    Leg { from: bare(leg.from), to: bare(leg.to), ..*leg }
}

/// The leg with a flag on the side of this participant.
fn flagged(leg: &Leg, who: Who, flag: impl Fn(Side) -> Side) -> Leg {
    let leg = plain(leg);
    if leg.to.who == who { Leg { to: flag(leg.to), ..leg } } else { Leg { from: flag(leg.from), ..leg } }
}

/// The summary (reference 2.4): who answered, or the first who missed.
fn summary(call: &Call, talked_with: Option<Who>, at: u32, reason: i32) -> Step {
    let Some(first) = call.first() else {
        return Step::summary(at, NOBODY, NOBODY, reason);
    };
    let (from, to) = match call.direction() {
        Direction::Outbound if first.mark == Mark::Callback => (Side::of(talked_with.unwrap_or(first.to.who)), PATIENT),
        Direction::Outbound | Direction::Internal => (Side::of(first.from.who), Side::of(first.to.who)),
        Direction::Inbound => {
            let missed = match call.rung() {
                None => NOBODY,
                Some(rung) if rung.to.group == Group::Reception => GROUP,
                Some(rung) => Side::of(rung.to.who),
            };
            (Side::of(first.from.who), talked_with.map_or(missed, Side::of))
        }
    };
    Step::summary(at, from, to, reason)
}
