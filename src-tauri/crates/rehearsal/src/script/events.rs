//! What MANGO tells besides legs: recordings, keys pressed in the menu, and everything that belongs to no call.

use super::Direction::Inbound;
use super::State::{Appeared, Connected};
use super::{CITY, FIRST, Mark, PATIENT, Recording, SECOND, Script, Side, Step, Transfer, What};

/// An event that belongs to no leg, or whose shape only shows that it exists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Loose {
    /// `events/recording` in the middle: `Continued` (reference 2.5).
    RecordingContinued,
    /// `events/record/tagged`: that it is known what the talk was about (manual 3.1.7); what, as it might be told.
    RecordTagged { topics: bool },
    /// `events/recognized/offline`: as the manual has it (3.10.3), or as it might be told of a call.
    Recognized { of_call: bool },
    /// `events/sms`: how one of ours fared, by its code.
    Sms { reason: i32 },
    /// `events/ab/contacts`.
    Contacts { action: &'static str },
    /// `events/ab/organizations`.
    Organizations,
    /// `events/ab/groups`: its path is not known for certain (reference 2).
    ContactGroups,
    /// `events/user/status_changed`: a colleague's status in the contact centre (manual 4.4.1.2 has the codes).
    Status { operator: usize, status: i64 },
    /// `events/user/session_end`; the manual spells the abonent in two ways.
    SessionEnd { short: bool },
    /// `events/md/onAppealClose`.
    AppealClose,
    /// `events/robots/stats`: asked for, published nowhere.
    RobotStats,
    /// `result/…` of a command.
    Result { command: &'static str, code: i32 },
    /// `result/stat` and `result/stats`.
    StatsReady { path: &'static str },
    /// A leg of a callback whose initiator is spelled like this: the manual's letters may be Cyrillic.
    Initiator { initiator: &'static str },
    /// A leg whose flag has one r, as one program in production reads it (reference 2.3).
    Misspelled,
    /// A kind that nobody has heard of yet: such appear without notice (reference 2).
    Novelty,
}

const CALLER: Side = PATIENT.after(0);
const DIRECT: Side = FIRST.city();
const AT_FIRST: Side = FIRST.city().grouped();
const AT_SECOND: Side = SECOND.city().grouped();

/// An answered call whose talk is recorded and then kept (reference 2.5).
pub(crate) const RECORDED: Script = Script::new(
    Inbound,
    &[
        Step::leg(0, 0, Appeared, PATIENT, DIRECT),
        Step::leg(4, 0, Connected, PATIENT, DIRECT),
        Step::recording(4, 0, 0, false),
        Step::end(30, 0, PATIENT, DIRECT, 1110),
        Step::recording(30, 0, 0, true),
        Step::summary(30, PATIENT, FIRST, 1110),
        Step::record_added(34, 0),
    ],
);

/// The caller presses keys in the menu (reference 2.6), then the group rings.
pub(crate) const DTMF: Script = Script::new(
    Inbound,
    &[
        Step::menu(0, PATIENT, CITY),
        Step { at: 3, what: What::Dtmf { leg: 0, digits: "2", place: "ivr" } },
        Step { at: 6, what: What::Dtmf { leg: 0, digits: "14", place: "ivr.2" } },
        Step::menu_end(7, PATIENT, CITY, 1100),
        Step::leg(7, 1, Appeared, CALLER, AT_FIRST),
        Step::leg(7, 2, Appeared, CALLER, AT_SECOND),
        Step::leg(13, 1, Connected, CALLER, AT_FIRST),
        Step::end(13, 2, CALLER, AT_SECOND, 1100),
        Step::end(40, 1, CALLER, AT_FIRST, 1110),
        Step::summary(40, PATIENT, FIRST, 1110),
    ],
);

/// Colleagues come, take a break, do not want to be disturbed, and go (manual 4.4.1.2).
pub(crate) const STATUSES: Script = Script::new(
    Inbound,
    &[
        Step::loose(0, Loose::Status { operator: 0, status: 1 }),
        Step::loose(1, Loose::Status { operator: 1, status: 2 }),
        Step::loose(2, Loose::Status { operator: 2, status: 3 }),
        Step::loose(3, Loose::Status { operator: 3, status: 4 }),
    ],
);

const STARTED: Recording =
    Recording { recording: 0, leg: 1, operator: Some(0), completed: false, mark: Mark::Command(0) };

const fn result(command: &'static str) -> Step {
    Step::loose(9, Loose::Result { command, code: 1000 })
}

/// One post of every kind of reference 2, in every spelling that is known.
pub(crate) const EVERYTHING: Script = Script::new(
    Inbound,
    &[
        Step::menu(0, PATIENT, CITY),
        Step { at: 1, what: What::Dtmf { leg: 0, digits: "1", place: "ivr.1" } },
        Step::menu_end(2, PATIENT, CITY, 1100),
        Step::leg(2, 1, Appeared, CALLER, AT_FIRST),
        Step::leg(5, 1, Connected, CALLER, AT_FIRST),
        Step { at: 5, what: What::Recording(STARTED) },
        Step::loose(6, Loose::RecordingContinued),
        Step::leg(7, 1, super::State::OnHold, CALLER, AT_FIRST.holding()),
        Step::leg(8, 1, Connected, CALLER, AT_FIRST),
        result("callback"),
        result("callback_group"),
        result("call/hangup"),
        result("sms"),
        result("recording/start"),
        result("play/start"),
        result("route"),
        result("transfer"),
        result("calls_connect"),
        result("calls_connect/"),
        result("transfer_cancel"),
        result("transfer_cancel/"),
        result("call/hold/on"),
        Step::loose(10, Loose::StatsReady { path: "result/stat" }),
        Step::loose(10, Loose::StatsReady { path: "result/stats" }),
        Step::loose(11, Loose::Sms { reason: 1000 }),
        Step::loose(11, Loose::Sms { reason: 4300 }),
        Step::loose(12, Loose::Contacts { action: "new" }),
        Step::loose(12, Loose::Contacts { action: "updated" }),
        Step::loose(12, Loose::Contacts { action: "deleted" }),
        Step::loose(12, Loose::Organizations),
        Step::loose(12, Loose::ContactGroups),
        Step::loose(13, Loose::Status { operator: 1, status: 3 }),
        Step::loose(13, Loose::SessionEnd { short: true }),
        Step::loose(13, Loose::SessionEnd { short: false }),
        Step::loose(14, Loose::AppealClose),
        Step::loose(14, Loose::RobotStats),
        Step::loose(15, Loose::Initiator { initiator: "CC" }),
        Step::loose(15, Loose::Initiator { initiator: "\u{421}\u{421}" }),
        Step::loose(15, Loose::Misspelled),
        Step::loose(16, Loose::Novelty),
        Step::end(20, 1, CALLER, AT_FIRST.transferred(), 1120),
        Step { at: 20, what: What::Recording(Recording { completed: true, ..STARTED }) },
        Step::leg(20, 2, Appeared, FIRST.after(1), SECOND.city()).via(Transfer::Blind),
        Step::leg(24, 2, Connected, PATIENT.after(1), SECOND.city()).via(Transfer::Blind),
        Step::end(40, 2, PATIENT.after(1), SECOND.city(), 1110).via(Transfer::Blind),
        Step::summary(40, PATIENT, FIRST, 1110),
        Step::record_added(44, 0),
        Step::loose(46, Loose::RecordTagged { topics: false }),
        Step::loose(46, Loose::RecordTagged { topics: true }),
        Step::loose(48, Loose::Recognized { of_call: false }),
        Step::loose(48, Loose::Recognized { of_call: true }),
    ],
);
