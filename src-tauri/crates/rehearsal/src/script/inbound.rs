//! Calls from outside: reference 5.1, 5.2, 5.9, 5.10 and the variants that its notes describe.

use super::Direction::Inbound;
use super::State::{Appeared, Connected, Disconnected};
use super::{CITY, FIRST, GROUP, NOBODY, PATIENT, Place, SECOND, Script, Side, Step, THIRD, Who};

/// The patient as the operators' legs see them: came out of the voice menu.
const CALLER: Side = PATIENT.after(0);
const AT_FIRST: Side = FIRST.city().grouped();
const AT_SECOND: Side = SECOND.city().grouped();
const AT_THIRD: Side = THIRD.city().grouped();

/// Reference 5.1.
const IVR_GROUP_ANSWER_STEPS: &[Step] = &[
    Step::menu(0, PATIENT, CITY),
    Step::menu_end(9, PATIENT, CITY, 1100),
    Step::leg(9, 1, Appeared, CALLER, AT_FIRST),
    Step::leg(9, 2, Appeared, CALLER, AT_SECOND),
    Step::leg(9, 3, Appeared, CALLER, AT_THIRD),
    Step::leg(15, 2, Connected, CALLER, AT_SECOND),
    Step::end(15, 1, CALLER, AT_FIRST, 1100),
    Step::end(15, 3, CALLER, AT_THIRD, 1100),
    Step::recording(15, 2, 1, false),
    Step::end(78, 2, CALLER, AT_SECOND, 1110),
    Step::recording(78, 2, 1, true),
    Step::summary(78, PATIENT, SECOND, 1110),
    Step::record_added(96, 1),
];

pub(crate) const IVR_GROUP_ANSWER: Script = Script::new(Inbound, IVR_GROUP_ANSWER_STEPS);

/// Reference 5.10: 5.1 in another order of arrival, every line twice.
pub(crate) const DISORDER: Script = Script {
    order: Some(&[1, 2, 0, 5, 3, 4, 7, 6, 11, 9, 8, 10, 12]),
    doubled: true,
    ..Script::new(Inbound, IVR_GROUP_ANSWER_STEPS)
};

/// Reference 5.2.
pub(crate) const MISSED: Script = Script::new(
    Inbound,
    &[
        Step::menu(0, PATIENT, CITY),
        Step::menu_end(6, PATIENT, CITY, 1100),
        Step::leg(6, 1, Appeared, CALLER, AT_FIRST),
        Step::leg(6, 2, Appeared, CALLER, AT_SECOND),
        Step::end(21, 1, CALLER, AT_FIRST, 1110),
        Step::end(21, 2, CALLER, AT_SECOND, 1110),
        Step::summary(21, PATIENT, GROUP, 1110),
    ],
);

const SIP_LINE: Side = Side::of(Who::SipLine).sip();
const MOBILE: Side = Side::of(Who::Mobile(0));
const AT_MOBILE: Side = MOBILE.sip().nameless_group();
const UNSEEN: Side = NOBODY.after(0);

/// Reference 5.9.
pub(crate) const HIDDEN: Script = Script::new(
    Inbound,
    &[
        Step::menu(0, NOBODY, SIP_LINE),
        Step::menu_end(2, NOBODY, SIP_LINE, 1100),
        Step::leg(2, 1, Appeared, UNSEEN, AT_MOBILE),
        Step::leg(8, 1, Connected, UNSEEN, AT_MOBILE),
        Step::end(20, 1, UNSEEN, AT_MOBILE, 1110),
        Step::summary(20, NOBODY, MOBILE, 1110),
    ],
);

/// Note to reference 5.2: died in the voice menu.
pub(crate) const ABANDONED: Script = Script::new(
    Inbound,
    &[Step::menu(0, PATIENT, CITY), Step::menu_end(7, PATIENT, CITY, 1110), Step::summary(7, PATIENT, NOBODY, 1110)],
);

/// Reference 3.2, loss: the last Disconnected and the summary never come.
pub(crate) const LOST_END: Script = Script::new(
    Inbound,
    &[
        Step::menu(0, PATIENT, CITY),
        Step::menu_end(4, PATIENT, CITY, 1100),
        Step::leg(4, 1, Appeared, CALLER, AT_FIRST),
        Step::leg(4, 2, Appeared, CALLER, AT_SECOND),
        Step::leg(10, 1, Connected, CALLER, AT_FIRST),
        Step::end(10, 2, CALLER, AT_SECOND, 1100),
    ],
);

/// The group as the called party of a queue leg; its exact shape is not known (note to reference 5.1).
const WAITING: Side = Side { group: super::Group::Reception, ..CITY };
const FROM_QUEUE: Side = PATIENT.after(1);

/// Note to reference 5.1: the group holds its callers in a queue.
pub(crate) const QUEUE: Script = Script::new(
    Inbound,
    &[
        Step::menu(0, PATIENT, CITY),
        Step::menu_end(5, PATIENT, CITY, 1100),
        Step::located(5, 1, Appeared, Place::Queue, CALLER, WAITING),
        Step::leg(20, 2, Appeared, FROM_QUEUE, AT_FIRST),
        Step::leg(20, 3, Appeared, FROM_QUEUE, AT_SECOND),
        Step::leg(26, 2, Connected, FROM_QUEUE, AT_FIRST),
        Step::located(26, 1, Disconnected, Place::Queue, CALLER, WAITING).because(1100),
        Step::end(26, 3, FROM_QUEUE, AT_SECOND, 1100),
        Step::end(66, 2, FROM_QUEUE, AT_FIRST, 1110),
        Step::summary(66, PATIENT, FIRST, 1110),
    ],
);

/// Note to reference 5.1: serial distribution, one operator after another.
pub(crate) const SERIAL: Script = Script::new(
    Inbound,
    &[
        Step::menu(0, PATIENT, CITY),
        Step::menu_end(4, PATIENT, CITY, 1100),
        Step::leg(4, 1, Appeared, CALLER, AT_FIRST),
        Step::end(14, 1, CALLER, AT_FIRST, 1111),
        Step::leg(14, 2, Appeared, CALLER, AT_SECOND),
        Step::end(24, 2, CALLER, AT_SECOND, 1111),
        Step::leg(24, 3, Appeared, CALLER, AT_THIRD),
        Step::leg(29, 3, Connected, CALLER, AT_THIRD),
        Step::end(59, 3, CALLER, AT_THIRD, 1120),
        Step::summary(59, PATIENT, THIRD, 1120),
    ],
);

const DIRECT: Side = FIRST.city();

/// Seconds until even the most patient caller gives up.
const RING_ENDS: u32 = 600;

/// A call straight to one phone, which rings until somebody decides.
pub(crate) const RING: Script = Script {
    waits: true,
    ..Script::new(
        Inbound,
        &[
            Step::leg(0, 0, Appeared, PATIENT, DIRECT),
            Step::end(RING_ENDS, 0, PATIENT, DIRECT, 1111),
            Step::summary(RING_ENDS, PATIENT, FIRST, 1111),
        ],
    )
};

/// Seconds until the most patient of those who wait in the queue is let go.
const QUEUE_ENDS: u32 = 600;

/// A caller who waits in the queue until somebody takes them out of it (reference 4, `commands/route`).
pub(crate) const QUEUE_WAIT: Script = Script {
    waits: true,
    ..Script::new(
        Inbound,
        &[
            Step::menu(0, PATIENT, CITY),
            Step::menu_end(2, PATIENT, CITY, 1100),
            Step::located(2, 1, Appeared, Place::Queue, CALLER, WAITING),
            Step::located(QUEUE_ENDS, 1, Disconnected, Place::Queue, CALLER, WAITING).because(1163),
            Step::summary(QUEUE_ENDS, PATIENT, GROUP, 1163),
        ],
    )
};

/// A caller who saw the number of an advertisement: call tracking says so in every event (reference 2.1, `dct`).
pub(crate) const ADVERT: Script = Script {
    advert: true,
    ..Script::new(
        Inbound,
        &[
            Step::menu(0, PATIENT, CITY),
            Step::menu_end(3, PATIENT, CITY, 1100),
            Step::leg(3, 1, Appeared, CALLER, AT_FIRST),
            Step::leg(3, 2, Appeared, CALLER, AT_SECOND),
            Step::leg(9, 1, Connected, CALLER, AT_FIRST),
            Step::end(9, 2, CALLER, AT_SECOND, 1100),
            Step::end(44, 1, CALLER, AT_FIRST, 1110),
            Step::summary(44, PATIENT, FIRST, 1110),
        ],
    )
};

const DIRECT_MOBILE: Side = MOBILE.city();

/// Note to reference 5.1: one employee, two devices, two legs with one extension.
pub(crate) const SEVERAL_DEVICES: Script = Script::new(
    Inbound,
    &[
        Step::menu(0, PATIENT, CITY),
        Step::menu_end(3, PATIENT, CITY, 1100),
        Step::leg(3, 1, Appeared, CALLER, DIRECT),
        Step::leg(3, 2, Appeared, CALLER, DIRECT_MOBILE),
        Step::leg(9, 2, Connected, CALLER, DIRECT_MOBILE),
        Step::end(9, 1, CALLER, DIRECT, 1100),
        Step::end(39, 2, CALLER, DIRECT_MOBILE, 1110),
        Step::summary(39, PATIENT, MOBILE, 1110),
    ],
);

/// The demonstration: no greeting to sit through, a long ring, our own extension answers.
pub(crate) const DEMO_ANSWERED: Script = Script::new(
    Inbound,
    &[
        Step::menu(0, PATIENT, CITY),
        Step::menu_end(0, PATIENT, CITY, 1100),
        Step::leg(0, 1, Appeared, CALLER, AT_FIRST),
        Step::leg(0, 2, Appeared, CALLER, AT_SECOND),
        Step::leg(0, 3, Appeared, CALLER, AT_THIRD),
        Step::leg(25, 1, Connected, CALLER, AT_FIRST),
        Step::end(25, 2, CALLER, AT_SECOND, 1100),
        Step::end(25, 3, CALLER, AT_THIRD, 1100),
        Step::end(45, 1, CALLER, AT_FIRST, 1110),
        Step::summary(45, PATIENT, FIRST, 1110),
    ],
);

/// The demonstration: the same ring, nobody answers.
pub(crate) const DEMO_MISSED: Script = Script::new(
    Inbound,
    &[
        Step::menu(0, PATIENT, CITY),
        Step::menu_end(0, PATIENT, CITY, 1100),
        Step::leg(0, 1, Appeared, CALLER, AT_FIRST),
        Step::leg(0, 2, Appeared, CALLER, AT_SECOND),
        Step::leg(0, 3, Appeared, CALLER, AT_THIRD),
        Step::end(25, 1, CALLER, AT_FIRST, 1110),
        Step::end(25, 2, CALLER, AT_SECOND, 1110),
        Step::end(25, 3, CALLER, AT_THIRD, 1110),
        Step::summary(25, PATIENT, GROUP, 1110),
    ],
);
