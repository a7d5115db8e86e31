//! What the PBX posts: calls, their summaries, recordings, results of commands and the rest. Parsed so that nothing
//! real is refused: numbers may be text, fields may be missing, unknown ones are passed over (reference 6, points 8
//! and 16). Version 1 and version 2 of the events differ in fields only, all of which are optional (reference 2.3).

mod address_book;
mod call;
mod dialog;
mod dtmf;
mod recording;
mod result;
mod sms;
mod summary;
mod user;

use serde_json::{Map, Value};

pub(crate) use self::address_book::contact;
pub use self::address_book::{AddressBookAction, AddressBookChange, AddressBookSubject, Contact};
pub use self::call::{CallEvent, CallState, Dct, Party};
pub use self::dialog::{DialogEvent, RobotStats};
pub use self::dtmf::Dtmf;
pub use self::recording::{Recognized, RecordAdded, RecordTagged, RecordingEvent, RecordingState};
pub use self::result::{CommandResult, StatsReady};
pub use self::sms::SmsDelivery;
pub use self::summary::Summary;
pub use self::user::{SessionEnd, UserStatus};
use crate::sign::VerifiedJson;

/// One post of the PBX.
#[derive(Debug, Clone, PartialEq)]
pub enum Post {
    /// `events/call`: a leg of a call changed its state.
    Call(CallEvent),
    /// `events/summary`: a whole call is over.
    Summary(Summary),
    /// `result/…`: what became of a command.
    CommandResult(CommandResult),
    /// `events/recording`: a recording began, went on or ended.
    Recording(RecordingEvent),
    /// `events/record/added`: a recording can be fetched.
    RecordAdded(RecordAdded),
    /// `events/record/tagged`: a recording's topics are known.
    RecordTagged(RecordTagged),
    /// `events/recognized/offline`: speech was recognised.
    Recognized(Recognized),
    /// `events/dtmf`: what a caller pressed.
    Dtmf(Dtmf),
    /// `events/sms`: what became of a text message of ours.
    Sms(SmsDelivery),
    /// `events/ab/…`: the address book changed.
    AddressBook(AddressBookChange),
    /// `events/user/status_changed`: an employee's contact-centre status.
    UserStatus(UserStatus),
    /// `events/user/session_end`: an employee's contact-centre session ended.
    SessionEnd(SessionEnd),
    /// `events/md/…`: something happened in a chat.
    Dialog(DialogEvent),
    /// `events/robots/stats`: a voice robot's figures, shape unpublished.
    RobotStats(RobotStats),
    /// `result/stat`, `result/stats`: statistics can be fetched.
    StatsReady(StatsReady),
    /// Another path, or a post that lacks what would tell it apart from others.
    Unknown,
}

/// The paths of known posts (reference 2); `…` stands for more parts. `ping` is no post: it has no json.
pub const EVENT_PATHS: &[&str] = &[
    "events/call",
    "events/summary",
    "events/recording",
    "events/record/added",
    "events/record/tagged",
    "events/recognized/offline",
    "events/dtmf",
    "events/sms",
    "events/ab/…",
    "events/user/status_changed",
    "events/user/session_end",
    "events/md/…",
    "events/robots/stats",
    "result/stat",
    "result/stats",
    "result/…",
];

/// Why a body says nothing at all.
#[derive(Debug, thiserror::Error)]
pub enum ParseError {
    /// The text is not JSON.
    #[error("the body is not JSON")]
    NotJson(#[source] serde_json::Error),
    /// The text is JSON, but a list, a number or the like.
    #[error("the body is not a JSON object")]
    NotAnObject,
}

/// Reads a post. `path` is what follows the base address, `events/call`; it is [normalised](normalise_path) here too.
///
/// # Errors
/// The text is not a JSON object. Everything else is some [`Post`].
pub fn parse(path: &str, json: &VerifiedJson) -> Result<Post, ParseError> {
    let value: Value = serde_json::from_str(json.as_str())
        .or_else(|error| serde_json::from_str(&without_lone_surrogates(json.as_str())).map_err(|_| error))
        .map_err(ParseError::NotJson)?;
    let Value::Object(body) = value else {
        return Err(ParseError::NotAnObject);
    };
    Ok(post(&normalise_path(path), &body).unwrap_or(Post::Unknown))
}

fn post(path: &str, body: &Map<String, Value>) -> Option<Post> {
    match path {
        "events/call" => call::call(body).map(Post::Call),
        "events/summary" => summary::summary(body).map(Post::Summary),
        "events/recording" => recording::recording(body).map(Post::Recording),
        "events/record/added" => recording::added(body).map(Post::RecordAdded),
        "events/record/tagged" => recording::tagged(body).map(Post::RecordTagged),
        "events/recognized/offline" => recording::recognized(body).map(Post::Recognized),
        "events/dtmf" => dtmf::dtmf(body).map(Post::Dtmf),
        "events/sms" => sms::delivery(body).map(Post::Sms),
        "events/user/status_changed" => user::status(body).map(Post::UserStatus),
        "events/user/session_end" => user::session_end(body).map(Post::SessionEnd),
        "events/robots/stats" => Some(Post::RobotStats(dialog::robot_stats(body))),
        "result/stat" | "result/stats" => result::stats_ready(body).map(Post::StatsReady),
        other => {
            if let Some(subject) = other.strip_prefix("events/ab/") {
                address_book::change(subject, body).map(Post::AddressBook)
            } else if let Some(kind) = other.strip_prefix("events/md/") {
                Some(Post::Dialog(dialog::dialog(kind, body)))
            } else {
                result::command_result(other.strip_prefix("result/")?, body).map(Post::CommandResult)
            }
        }
    }
}

/// The text with each half of a surrogate pair that stands alone replaced: a name cut in the middle of an emoji must
/// not cost the call.
fn without_lone_surrogates(json: &str) -> String {
    let code_at = |at: usize| {
        let escape = json.get(at..at + 6)?;
        u16::from_str_radix(escape.strip_prefix("\\u")?, 16).ok()
    };
    let (mut text, mut at) = (String::with_capacity(json.len()), 0);
    while let Some(sign) = json[at..].chars().next() {
        match (sign, code_at(at)) {
            ('\\', Some(0xD800..=0xDBFF)) if matches!(code_at(at + 6), Some(0xDC00..=0xDFFF)) => {
                text.push_str(&json[at..at + 12]);
                at += 12;
            }
            ('\\', Some(0xD800..=0xDFFF)) => {
                text.push_str("\\ufffd");
                at += 6;
            }
            ('\\', _) => {
                // The sign behind a backslash belongs to it, also another backslash.
                let both: String = json[at..].chars().take(2).collect();
                at += both.len();
                text.push_str(&both);
            }
            _ => {
                text.push(sign);
                at += sign.len_utf8();
            }
        }
    }
    text
}

/// A path without doubled, leading and trailing slashes: `/events//call/` is `events/call`.
pub fn normalise_path(raw: &str) -> String {
    raw.split('/').filter(|part| !part.is_empty()).collect::<Vec<_>>().join("/")
}
