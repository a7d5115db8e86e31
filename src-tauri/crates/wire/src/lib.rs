//! The messages of the feed between a desk and what shows it: the types, and nothing that runs.
//!
//! Times are RFC 3339 in UTC with milliseconds. Numbers are E.164 with `+` where they could be parsed,
//! else as received. Absent knowledge is `null`. A reader ignores fields and types it does not know.

mod call;
mod card;
mod desk;
mod dial;
mod feed;
mod missed;

pub use call::{Call, CallState, Direction, Leg, LegState, Outcome};
pub use card::{Alert, AlertKind, Card, CardStatus, Debt, Person, Sex, Visit};
pub use desk::{ClockState, Desk, DirectoryHealth, DirectoryState, ListenerHealth, VpbxHealth, VpbxState};
pub use dial::{Dial, DialState};
pub use feed::{
    ClientFrame, DeskFrame, Do, ErrorCode, GoneKind, Hello, Pop, Reply, Request, RequestError, Since, Viewer,
};
pub use missed::{Closed, ClosedHow, Missed, MissedWhy};
