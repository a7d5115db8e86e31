//! Click-to-call (reference 5.6): the operator's phone first, then the patient's.

use super::Direction::Outbound;
use super::State::{Appeared, Connected};
use super::{FIRST, GROUP, Group, Mark, PATIENT, Script, Side, Step, Who};
use crate::callback::Outcome;

/// The second leg's calling side: the operator, taken from the first leg.
const CALLING: Side = FIRST.after(0);

const OPERATOR_RINGS: Step = Step::leg(0, 0, Appeared, PATIENT, FIRST).marked(Mark::Callback);
const OPERATOR_ANSWERS: Step = Step::leg(2, 0, Connected, PATIENT, FIRST).marked(Mark::Callback);
const OPERATOR_JOINED: Step = Step::end(2, 0, PATIENT, FIRST, 1100).marked(Mark::Callback);
const PATIENT_RINGS: Step = Step::leg(2, 1, Appeared, CALLING, PATIENT).marked(Mark::Callback);

/// The second leg's end.
const fn over(at: u32, reason: i32) -> Step {
    Step::end(at, 1, CALLING, PATIENT, reason).marked(Mark::Callback)
}

/// The entry's end.
const fn summed(at: u32, reason: i32) -> Step {
    Step::summary(at, FIRST, PATIENT, reason)
}

const ANSWERED: Script = Script::new(
    Outbound,
    &[
        OPERATOR_RINGS,
        OPERATOR_ANSWERS,
        OPERATOR_JOINED,
        PATIENT_RINGS,
        Step::leg(5, 1, Connected, CALLING, PATIENT).marked(Mark::Callback),
        over(25, 1120),
        summed(25, 1120),
    ],
);

const BUSY: Script = Script::new(
    Outbound,
    &[OPERATOR_RINGS, OPERATOR_ANSWERS, OPERATOR_JOINED, PATIENT_RINGS, over(3, 1121), summed(3, 1121)],
);

const NO_ANSWER: Script = Script::new(
    Outbound,
    &[OPERATOR_RINGS, OPERATOR_ANSWERS, OPERATOR_JOINED, PATIENT_RINGS, over(17, 1111), summed(17, 1111)],
);

const PATIENT_REFUSES: Script = Script::new(
    Outbound,
    &[OPERATOR_RINGS, OPERATOR_ANSWERS, OPERATOR_JOINED, PATIENT_RINGS, over(5, 1122), summed(5, 1122)],
);

const OPERATOR_NO_ANSWER: Script = Script::new(
    Outbound,
    &[OPERATOR_RINGS, Step::end(15, 0, PATIENT, FIRST, 1111).marked(Mark::Callback), summed(15, 1111)],
);

const OPERATOR_BUSY: Script = Script::new(
    Outbound,
    &[OPERATOR_RINGS, Step::end(1, 0, PATIENT, FIRST, 1121).marked(Mark::Callback), summed(1, 1121)],
);

/// The legs that an accepted callback plays; `None` when nothing follows.
pub(crate) fn callback_script(outcome: Outcome) -> Option<Script> {
    match outcome {
        Outcome::Answered | Outcome::SlowReply | Outcome::ResultFirst => Some(ANSWERED),
        Outcome::Busy => Some(BUSY),
        Outcome::NoAnswer => Some(NO_ANSWER),
        Outcome::PatientRefuses => Some(PATIENT_REFUSES),
        Outcome::OperatorNoAnswer => Some(OPERATOR_NO_ANSWER),
        Outcome::OperatorBusy => Some(OPERATOR_BUSY),
        Outcome::NoEvents | Outcome::Reset => None,
    }
}

/// The second at which the patient answers.
const ANSWERS: u32 = 5;
/// Seconds that they talk in the script.
const TALK: u32 = 20;

/// The script's steps with a talk of this many seconds.
pub(crate) fn with_talk(script: &Script, talk: u32) -> Vec<Step> {
    let answered = script.length() == ANSWERS + TALK;
    let later =
        |step: &Step| if answered && step.at > ANSWERS { Step { at: step.at - TALK + talk, ..*step } } else { *step };
    script.steps.iter().map(later).collect()
}

/// The legs of a callback for a group (reference 4, `commands/callback_group`): the phones of these members ring first,
/// or after the other side answered.
pub(crate) fn group_callback_steps(members: &[usize], group: usize, rings_first: bool, talk: u32) -> Vec<Step> {
    let marked = |step: Step| step.marked(Mark::Callback);
    let member = |operator: usize| Side {
        group: if group == 0 { Group::Reception } else { Group::Numbered(group) },
        ..Side::of(Who::Operator(operator))
    };
    let Some(first) = members.first().copied() else {
        return Vec::new();
    };
    let talker = Side::of(Who::Operator(first));
    let rings = |at: u32, leg: usize, from: Side| -> Vec<Step> {
        members
            .iter()
            .zip(leg..)
            .map(|(operator, leg)| marked(Step::leg(at, leg, Appeared, from, member(*operator))))
            .collect()
    };
    let answers = |at: u32, leg: usize, from: Side| -> Vec<Step> {
        let others = members.iter().zip(leg..).skip(1);
        let mut steps = vec![marked(Step::leg(at, leg, Connected, from, member(first)))];
        steps.extend(others.map(|(operator, leg)| marked(Step::end(at, leg, from, member(*operator), 1100))));
        steps
    };
    let over = 5 + talk;
    let mut steps;
    if rings_first {
        let next = members.len();
        let calls = talker.after(0);
        steps = rings(0, 0, PATIENT);
        steps.extend(answers(2, 0, PATIENT));
        steps.push(marked(Step::end(2, 0, PATIENT, member(first), 1100)));
        steps.push(marked(Step::leg(2, next, Appeared, calls, PATIENT)));
        steps.push(marked(Step::leg(5, next, Connected, calls, PATIENT)));
        steps.push(marked(Step::end(over, next, calls, PATIENT, 1120)));
    } else {
        let caller = PATIENT.after(0);
        steps = vec![
            marked(Step::leg(0, 0, Appeared, GROUP, PATIENT)),
            marked(Step::leg(2, 0, Connected, GROUP, PATIENT)),
            marked(Step::end(2, 0, GROUP, PATIENT, 1100)),
        ];
        steps.extend(rings(2, 1, caller));
        steps.extend(answers(5, 1, caller));
        steps.push(marked(Step::end(over, 1, caller, member(first), 1110)));
    }
    steps.push(Step::summary(over, talker, PATIENT, 1120));
    steps
}
