//! Commands to the PBX and questions about it as typed bodies (manual 3.2 to 3.9, 4.7), and how often each kind may be
//! sent (manual 1.4.2).

mod calls;
mod check;
mod message;
mod questions;
mod rate;
mod stats;

use std::fmt;

use serde::Serialize;

pub use self::calls::{
    Callback, CallbackGroup, CallsConnect, HangUp, HoldOn, PlayStart, RecordingStart, Route, Transfer, TransferCancel,
    TransferMethod,
};
pub use self::check::CommandFault;
pub use self::message::Sms;
pub use self::questions::{ContactCursor, ContactSearch, CursorMode, GroupsQuery, RecordingAction, UsersQuery};
pub use self::rate::RateClass;
pub use self::stats::{CallsStatsQuery, StatsField, StatsParty, StatsQuery};

/// One command or question, ready to be signed and sent.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Command {
    /// Call a number from an employee's phone.
    Callback(Callback),
    /// Connect a group with a number.
    CallbackGroup(CallbackGroup),
    /// End a leg.
    HangUp(HangUp),
    /// Take a call out of a menu, a queue or from a ringing phone.
    Route(Route),
    /// Hand a talking leg over.
    Transfer(Transfer),
    /// Join the person on hold with the person consulted.
    CallsConnect(CallsConnect),
    /// Return from a consultation.
    TransferCancel(TransferCancel),
    /// Put a leg on hold.
    HoldOn(HoldOn),
    /// Record a side of a leg.
    RecordingStart(RecordingStart),
    /// Play audio to a waiting caller.
    PlayStart(PlayStart),
    /// Send a text message.
    Sms(Sms),
    /// How much money is left (manual 3.7.6). Harmless, so it serves to check the account.
    Balance,
    /// Who works here.
    Users(UsersQuery),
    /// Which groups distribute calls.
    Groups(GroupsQuery),
    /// Which numbers people call us at (manual 3.7.7).
    IncomingLines,
    /// Which numbers our SIP trunks have (manual 3.7.22).
    TrunkNumbers,
    /// Where a recording can be fetched once (manual 3.5.1).
    RecordingPost {
        /// The recording.
        recording_id: String,
        /// To hear it or to keep it.
        action: RecordingAction,
    },
    /// What was spoken about in a recording, which the PBX recognised (manual 3.5.4).
    RecordingTopics {
        /// The recording.
        recording_id: String,
    },
    /// Prepare statistics of legs.
    StatsRequest(StatsQuery),
    /// Fetch statistics of legs (manual 3.4.1).
    StatsResult {
        /// The answer to [`Command::StatsRequest`].
        key: String,
    },
    /// Prepare statistics of calls.
    CallsStatsRequest(CallsStatsQuery),
    /// Fetch statistics of calls (manual 3.4.2).
    CallsStatsResult {
        /// The answer to [`Command::CallsStatsRequest`].
        key: String,
    },
    /// Search the address book, first page.
    ContactSearch(ContactSearch),
    /// Another page of a search in the address book.
    ContactCursor(ContactCursor),
    /// Who the call-tracking number was shown to (manual 3.6.1).
    DctUser {
        /// The tracking number: digits.
        number: String,
    },
    /// Which pages that visitor saw (manual 3.6.2).
    DctHistory {
        /// The tracking number: digits.
        number: String,
    },
    /// What the contact centre knows about a call (manual 4.7.1).
    ContactCentreCall {
        /// The contact.
        entry_id: String,
    },
}

impl Command {
    /// What follows the API's base address.
    pub fn path(&self) -> &'static str {
        match self {
            Command::Callback(_) => "commands/callback",
            Command::CallbackGroup(_) => "commands/callback_group",
            Command::HangUp(_) => "commands/call/hangup",
            Command::Route(_) => "commands/route",
            Command::Transfer(_) => "commands/transfer",
            Command::CallsConnect(_) => "commands/calls_connect/",
            Command::TransferCancel(_) => "commands/transfer_cancel/",
            Command::HoldOn(_) => "commands/call/hold/on",
            Command::RecordingStart(_) => "commands/recording/start",
            Command::PlayStart(_) => "commands/play/start",
            Command::Sms(_) => "commands/sms",
            Command::Balance => "account/balance",
            Command::Users(_) => "config/users/request",
            Command::Groups(_) => "groups",
            Command::IncomingLines => "incominglines",
            Command::TrunkNumbers => "trunks/numbers",
            Command::RecordingPost { .. } => "queries/recording/post",
            Command::RecordingTopics { .. } => "queries/recording_categories",
            Command::StatsRequest(_) => "stats/request",
            Command::StatsResult { .. } => "stats/result",
            Command::CallsStatsRequest(_) => "stats/calls/request",
            Command::CallsStatsResult { .. } => "stats/calls/result/",
            Command::ContactSearch(_) => "ab/contact/init",
            Command::ContactCursor(_) => "ab/contact/cursor/",
            Command::DctUser { .. } => "queries/user_info_by_dct_number",
            Command::DctHistory { .. } => "queries/user_history_by_dct_number",
            Command::ContactCentreCall { .. } => "cc/call/",
        }
    }

    /// The text to sign and send. Optional fields are left out rather than sent empty.
    pub fn json(&self) -> String {
        match self {
            Command::Callback(c) => text(&calls::CallbackBody::from(c)),
            Command::CallbackGroup(c) => text(c),
            Command::HangUp(c) => text(c),
            Command::Route(c) => text(&calls::RouteBody::from(c)),
            Command::Transfer(c) => text(c),
            Command::CallsConnect(c) => text(c),
            Command::TransferCancel(c) => text(c),
            Command::HoldOn(c) => text(c),
            Command::RecordingStart(c) => text(c),
            Command::PlayStart(c) => text(c),
            Command::Sms(c) => text(c),
            Command::Balance | Command::IncomingLines | Command::TrunkNumbers => "{}".to_owned(),
            Command::Users(q) => text(q),
            Command::Groups(q) => text(q),
            Command::RecordingPost { recording_id, action } => {
                text(&questions::RecordingBody { recording_id, action: *action })
            }
            Command::RecordingTopics { recording_id } => text(&questions::TopicsBody::of(recording_id)),
            Command::StatsRequest(q) => text(&stats::StatsBody::from(q)),
            Command::StatsResult { key } | Command::CallsStatsResult { key } => text(&stats::KeyBody { key }),
            Command::CallsStatsRequest(q) => text(q),
            Command::ContactSearch(q) => text(q),
            Command::ContactCursor(q) => text(&questions::CursorBody::from(q)),
            Command::DctUser { number } | Command::DctHistory { number } => text(&questions::NumberBody { number }),
            Command::ContactCentreCall { entry_id } => text(&questions::EntryBody { entry_id }),
        }
    }

    /// Which limit it counts against.
    pub fn class(&self) -> RateClass {
        match self {
            // The manual has no line for groups; the employee's is the narrower one.
            Command::Callback(_) | Command::CallbackGroup(_) => RateClass::Callback,
            Command::HangUp(_) => RateClass::HangUp,
            Command::Route(_) => RateClass::Route,
            Command::Transfer(_) => RateClass::Transfer,
            Command::RecordingStart(_) => RateClass::RecordingStart,
            Command::Balance => RateClass::Balance,
            Command::Users(_) => RateClass::Users,
            Command::RecordingPost { .. } | Command::RecordingTopics { .. } => RateClass::Recordings,
            Command::StatsRequest(_) | Command::CallsStatsRequest(_) => RateClass::StatsRequest,
            Command::StatsResult { .. } | Command::CallsStatsResult { .. } => RateClass::StatsResult,
            Command::ContactSearch(_) | Command::ContactCursor(_) => RateClass::AddressBook,
            Command::CallsConnect(_)
            | Command::TransferCancel(_)
            | Command::HoldOn(_)
            | Command::PlayStart(_)
            | Command::Sms(_)
            | Command::Groups(_)
            | Command::IncomingLines
            | Command::TrunkNumbers
            | Command::DctUser { .. }
            | Command::DctHistory { .. }
            | Command::ContactCentreCall { .. } => RateClass::Other,
        }
    }

    /// The id that the PBX will echo; questions have none.
    pub fn command_id(&self) -> Option<&str> {
        match self {
            Command::Callback(c) => Some(&c.command_id),
            Command::CallbackGroup(c) => Some(&c.command_id),
            Command::HangUp(c) => Some(&c.command_id),
            Command::Route(c) => Some(&c.command_id),
            Command::Transfer(c) => Some(&c.command_id),
            Command::CallsConnect(c) => Some(&c.command_id),
            Command::TransferCancel(c) => Some(&c.command_id),
            Command::HoldOn(c) => Some(&c.command_id),
            Command::RecordingStart(c) => Some(&c.command_id),
            Command::PlayStart(c) => Some(&c.command_id),
            Command::Sms(c) => Some(&c.command_id),
            Command::Balance
            | Command::Users(_)
            | Command::Groups(_)
            | Command::IncomingLines
            | Command::TrunkNumbers
            | Command::RecordingPost { .. }
            | Command::RecordingTopics { .. }
            | Command::StatsRequest(_)
            | Command::StatsResult { .. }
            | Command::CallsStatsRequest(_)
            | Command::CallsStatsResult { .. }
            | Command::ContactSearch(_)
            | Command::ContactCursor(_)
            | Command::DctUser { .. }
            | Command::DctHistory { .. }
            | Command::ContactCentreCall { .. } => None,
        }
    }

    /// Asks and changes nothing: a second one would do no harm.
    pub fn is_question(&self) -> bool {
        self.command_id().is_none()
    }
}

impl fmt::Debug for Command {
    /// Without numbers: this may reach a log.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Command({} {})", self.path(), self.command_id().unwrap_or("-"))
    }
}

macro_rules! from {
    ($($body:ident => $variant:ident),+ $(,)?) => {
        $(impl From<$body> for Command {
            fn from(body: $body) -> Self {
                Command::$variant(body)
            }
        }

        impl fmt::Debug for $body {
            /// Without numbers: this may reach a log.
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(stringify!($body))
            }
        })+
    };
}

from! {
    Callback => Callback,
    CallbackGroup => CallbackGroup,
    HangUp => HangUp,
    Route => Route,
    Transfer => Transfer,
    CallsConnect => CallsConnect,
    TransferCancel => TransferCancel,
    HoldOn => HoldOn,
    RecordingStart => RecordingStart,
    PlayStart => PlayStart,
    Sms => Sms,
    UsersQuery => Users,
    GroupsQuery => Groups,
    StatsQuery => StatsRequest,
    CallsStatsQuery => CallsStatsRequest,
    ContactSearch => ContactSearch,
    ContactCursor => ContactCursor,
}

fn text(body: &impl Serialize) -> String {
    serde_json::to_string(body).expect("text and objects of text always become JSON")
}
