//! The messages of the feed between a desk and what shows it: the types, and nothing that runs.
//!
//! Times are RFC 3339 in UTC with milliseconds. Numbers are E.164 with `+` where they could be parsed,
//! else as received. Absent knowledge is `null`. A reader ignores fields and types it does not know.

mod call;
mod card;
mod command;
mod desk;
mod diagnostics;
mod dial;
mod feed;
mod missed;
mod numbers;
mod request;
mod roster;
mod understanding;
mod wrap_up;

pub use call::{Advert, Call, CallState, Direction, Leg, LegState, Outcome, Place, Recording, RecordingState};
pub use card::{Alert, AlertKind, Card, CardStatus, CardStep, CardStepKind, Debt, Person, Sex, Visit};
pub use command::{Action, Deed, DeedState, Sms, SmsState};
pub use desk::{
    CatchUp, CatchUpState, ClockState, Desk, DirectoryCan, DirectoryHealth, DirectoryState, ListenerHealth,
    SmsTemplate, VpbxHealth, VpbxState,
};
pub use diagnostics::{CallWay, Diagnostics};
pub use dial::{Dial, DialState};
pub use feed::{ClientFrame, DeskFrame, ErrorCode, GoneKind, Hello, Pop, Reply, RequestError, Since, Viewer};
pub use missed::{Closed, ClosedHow, Missed, MissedWhy};
pub use numbers::{ColleagueNumbers, DayNumbers, LineNumbers, NamedCount, Numbers, Tally};
pub use request::{
    CallFilter, Do, ExportFormat, Language, NewPerson, Request, TransferMethod, Understood, VisitService, VisitSlot,
};
pub use roster::{Colleague, Group, Line, Presence, Roster};
pub use understanding::NotUnderstood;
pub use wrap_up::{LastWords, WrapUp, WrapUpChoice, WrapUpChoices};
