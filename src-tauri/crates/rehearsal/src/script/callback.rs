//! Click-to-call (reference 5.6): the operator's phone first, then the patient's.

use super::Direction::Outbound;
use super::State::{Appeared, Connected};
use super::{FIRST, Mark, PATIENT, Script, Side, Step};
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

/// The legs that an accepted callback plays; `None` when nothing follows.
pub(crate) fn callback_script(outcome: Outcome) -> Option<Script> {
    match outcome {
        Outcome::Answered | Outcome::SlowReply | Outcome::ResultFirst => Some(ANSWERED),
        Outcome::Busy => Some(BUSY),
        Outcome::NoAnswer => Some(NO_ANSWER),
        Outcome::PatientRefuses => Some(PATIENT_REFUSES),
        Outcome::OperatorNoAnswer => Some(OPERATOR_NO_ANSWER),
        Outcome::NoEvents | Outcome::Reset => None,
    }
}
