//! Transfers, and calls that an employee makes: reference 5.3, 5.4, 5.5, 5.7, 5.8.

use super::Direction::{Inbound, Internal, Outbound};
use super::State::{Appeared, Connected, OnHold};
use super::{FIRST, Mark, PATIENT, SECOND, Script, Side, Step, THIRD, Transfer, What};

const AT_FIRST: Side = FIRST.city();
const AT_SECOND: Side = SECOND.city();
/// The patient after the first operator let go of them.
const PASSED_ON: Side = PATIENT.after(0);
/// The first operator calling the second about leg 0.
const ASKING: Side = FIRST.after(0);

/// Reference 5.3, and the summary that it leaves out.
pub(crate) const BLIND_TRANSFER: Script = Script::new(
    Inbound,
    &[
        Step::leg(0, 0, Appeared, PATIENT, AT_FIRST),
        Step::leg(4, 0, Connected, PATIENT, AT_FIRST),
        Step::end(40, 0, PATIENT, AT_FIRST.transferred(), 1120).marked(Mark::Command(0)),
        Step::leg(40, 1, Appeared, ASKING, AT_SECOND).via(Transfer::Blind).marked(Mark::Command(0)),
        Step { at: 40, what: What::Result { command: "transfer", code: 1000 } },
        Step::leg(47, 1, Connected, PASSED_ON, AT_SECOND).via(Transfer::Blind).marked(Mark::Command(0)),
        Step::end(90, 1, PASSED_ON, AT_SECOND, 1110).via(Transfer::Blind).marked(Mark::Command(0)),
        Step::summary(90, PATIENT, FIRST, 1110),
    ],
);

/// Reference 5.4, with the first events and the summary that it leaves out.
pub(crate) const HANDSET_TRANSFER: Script = Script::new(
    Inbound,
    &[
        Step::leg(0, 0, Appeared, PATIENT, AT_FIRST),
        Step::leg(5, 0, Connected, PATIENT, AT_FIRST),
        Step::leg(30, 0, OnHold, PATIENT, AT_FIRST),
        Step::leg(31, 1, Appeared, FIRST, SECOND),
        Step::end(35, 0, PATIENT, AT_FIRST, 1120),
        Step::leg(35, 1, Appeared, PASSED_ON, SECOND),
        Step::leg(41, 1, Connected, PASSED_ON, SECOND),
        Step::end(80, 1, PASSED_ON, SECOND, 1110),
        Step::summary(80, PATIENT, FIRST, 1110),
    ],
);

/// Reference 5.5, and the summary that it leaves out.
pub(crate) const CONSULTATIVE_TRANSFER: Script = Script::new(
    Inbound,
    &[
        Step::leg(0, 0, Appeared, PATIENT, AT_FIRST),
        Step::leg(5, 0, Connected, PATIENT, AT_FIRST),
        Step::leg(30, 0, OnHold, PATIENT, AT_FIRST.holding()),
        Step::leg(31, 1, Appeared, ASKING, SECOND).via(Transfer::Consultative),
        Step::leg(36, 1, Connected, ASKING, SECOND).via(Transfer::Consultative),
        Step::end(50, 0, PATIENT, AT_FIRST.transferred(), 1120),
        Step::leg(50, 1, Connected, PASSED_ON, SECOND).via(Transfer::Blind),
        Step::end(110, 1, PASSED_ON, SECOND, 1110).via(Transfer::Blind),
        Step::summary(110, PATIENT, FIRST, 1110),
    ],
);

/// Reference 5.7: the summary comes before the last Disconnected.
pub(crate) const OUTGOING: Script = Script {
    softphone: true,
    ..Script::new(
        Outbound,
        &[
            Step::leg(0, 0, Appeared, THIRD, PATIENT),
            Step::leg(11, 0, Connected, THIRD, PATIENT),
            Step::summary(52, THIRD, PATIENT, 1120),
            Step::end(52, 0, THIRD, PATIENT, 1120),
        ],
    )
};

/// Reference 5.8.
pub(crate) const INTERNAL: Script = Script::new(
    Internal,
    &[
        Step::leg(0, 0, Appeared, FIRST, THIRD),
        Step::leg(3, 0, Connected, FIRST, THIRD),
        Step::end(33, 0, FIRST, THIRD, 1110),
        Step::summary(33, FIRST, THIRD, 1110),
    ],
);
