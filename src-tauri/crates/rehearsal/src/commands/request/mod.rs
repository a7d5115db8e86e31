//! Reads a command (reference 4) and says what is wrong with it, in the PBX's codes (reference 4.14). Pure.

mod acting;
mod asking;

use serde_json::{Map, Value};

use crate::callback::CallBack;
use crate::cast::{Cast, LINES, is_short};
use crate::script::Transfer;
use crate::statistics::Asked;
use crate::turns::Target;

/// What the PBX is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Request {
    Act(Act),
    Ask(Question),
}

/// What the PBX is to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Act {
    Callback(CallBack),
    CallbackGroup { command_id: String, from: End, to: End, line_number: Option<String> },
    HangUp { command_id: String, call_id: String },
    Route { command_id: String, call_id: String, target: Target },
    Transfer { command_id: String, call_id: String, way: Transfer, target: Target, initiator: String },
    Connect { command_id: String, held: String, asked: String, initiator: String },
    Cancel { command_id: String, call_id: String },
    Hold { command_id: String, call_id: String, initiator: String },
    Record { command_id: String, call_id: String, party: String },
    PlayFile { command_id: String, call_id: String },
    Sms { command_id: String, to_number: String },
}

/// What the PBX is to tell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Question {
    Balance,
    Users { extension: Option<String>, fields: Vec<String> },
    Groups { id: Option<String>, operator: Option<String>, show_users: bool },
    Lines,
    TrunkNumbers,
    Topics { recordings: Vec<String> },
    Recording { recording_id: String, downloads: bool },
    Stats { asked: Asked, request_id: Option<String> },
    StatsResult { key: String },
    CallsStats(Asked),
    CallsStatsResult { key: String },
    Contacts { query: String, limit: usize },
    ContactsPage { cursor: String, mode: String },
    DctUser { number: String },
    DctHistory { number: String },
    ContactCentre { entry_id: String },
}

/// One end of a callback for a group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum End {
    Group(usize),
    Number(String),
}

/// Why it will not: a code and a sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) code: i32,
    pub(crate) message: String,
}

const NOT_JSON: i32 = 3400;
const MISSING: i32 = 3103;
const WRONG_FORMAT: i32 = 3104;
const NOT_A_NUMBER: i32 = 3136;
const NO_SUCH_EXTENSION: i32 = 3330;
const UNSUPPORTED: i32 = 4001;
const WRONG_DATES: i32 = 3111;
const UNUSABLE_LINE: i32 = 3124;
const WRONG_NUMBER: i32 = 3200;
const NO_SUCH_FILE: i32 = 3340;

/// Where MANGO's own commands begin; those that are not read here get 4001.
const KNOWN: [&str; 18] = [
    "commands/",
    "config/",
    "stats/",
    "queries/",
    "ab/",
    "cc/",
    "campaign/",
    "task",
    "account/",
    "member/",
    "group/",
    "sip/",
    "forwarding/",
    "autosecretary/",
    "bwlists/",
    "outbound_blacklist/",
    "schema/",
    "vpbx/",
];
const KNOWN_WHOLE: [&str; 8] =
    ["groups", "incominglines", "trunks/numbers", "sips", "domains", "roles", "schemas", "audiofiles"];

/// Whether MANGO has a command of this path.
pub(crate) fn is_known(path: &str) -> bool {
    KNOWN.iter().any(|start| path.starts_with(start)) || KNOWN_WHOLE.contains(&path)
}

/// Reads the command of this path (without slashes around).
pub(crate) fn read(path: &str, json: &str, cast: &Cast) -> Result<Request, Refusal> {
    let fields = match serde_json::from_str(json) {
        Ok(Value::Object(fields)) => fields,
        Ok(_) => return Err(refusal(NOT_JSON, "json is not an object")),
        Err(error) => return Err(refusal(NOT_JSON, format!("invalid JSON: {error}"))),
    };
    if let Some(act) = acting::read(path, &fields, cast) {
        return act.map(Request::Act);
    }
    if let Some(question) = asking::read(path, &fields) {
        return question.map(Request::Ask);
    }
    Err(refusal(UNSUPPORTED, "command unsupported by the rehearsal PBX"))
}

/// Whom a number means: an employee or a group by short number, or anybody outside.
fn target(number: &str, cast: &Cast) -> Result<Target, Refusal> {
    if cast.employs(number) {
        return Ok(Target::Extension(number.to_owned()));
    }
    if let Some(group) = cast.group_place(number) {
        return Ok(Target::Group(group));
    }
    let is_digits = number.bytes().all(|letter| letter.is_ascii_digit());
    if number.starts_with("sip:")
        || (cast.lenient && is_short(number))
        || (is_digits && (7..=20).contains(&number.len()))
    {
        return Ok(Target::Number(number.to_owned()));
    }
    Err(refusal(WRONG_NUMBER, "wrong subscriber number: to_number"))
}

/// A line of ours by its number, or by the name that the cabinet has for it (reference 4).
fn own_line(fields: &Map<String, Value>, cast: &Cast) -> Result<Option<String>, Refusal> {
    let Some(wanted) = optional_text(fields, "line_number")? else {
        return Ok(None);
    };
    let line = LINES.iter().find(|line| line.number == wanted || line.name == Some(&wanted));
    match line {
        Some(line) => Ok(Some(line.number.to_owned())),
        None if cast.lenient => Ok(Some(wanted)),
        None => Err(refusal(UNUSABLE_LINE, "line not usable for outgoing calls: line_number")),
    }
}

/// Reference 4: at most 128 bytes.
fn command_id(fields: &Map<String, Value>) -> Result<String, Refusal> {
    let id = text(fields, "command_id")?;
    if id.len() > 128 {
        return Err(refusal(WRONG_FORMAT, "wrong format: command_id is longer than 128 bytes"));
    }
    Ok(id)
}

fn text(fields: &Map<String, Value>, name: &str) -> Result<String, Refusal> {
    optional_text(fields, name)?.ok_or_else(|| refusal(MISSING, format!("mandatory parameter missing: {name}")))
}

/// A text or a number (reference 1.4: both occur); empty is absent, as older clients send it.
fn optional_text(fields: &Map<String, Value>, name: &str) -> Result<Option<String>, Refusal> {
    match fields.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok((!text.is_empty()).then(|| text.clone())),
        Some(Value::Number(number)) => Ok(Some(number.to_string())),
        Some(Value::Bool(_) | Value::Array(_) | Value::Object(_)) => {
            Err(refusal(WRONG_FORMAT, format!("wrong format: {name}")))
        }
    }
}

/// Unix seconds, as number or text.
fn seconds(fields: &Map<String, Value>, name: &str) -> Result<i64, Refusal> {
    let text = text(fields, name)?;
    text.trim().parse().map_err(|_| refusal(WRONG_DATES, format!("wrong date: {name}")))
}

/// A number, as number or text; `None` when it is absent.
fn optional_number(fields: &Map<String, Value>, name: &str) -> Result<Option<i64>, Refusal> {
    let Some(text) = optional_text(fields, name)? else {
        return Ok(None);
    };
    text.trim().parse().map(Some).map_err(|_| refusal(WRONG_FORMAT, format!("wrong format: {name}")))
}

fn object<'a>(fields: &'a Map<String, Value>, name: &str) -> Result<Option<&'a Map<String, Value>>, Refusal> {
    match fields.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::Object(object)) => Ok(Some(object)),
        Some(Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_)) => {
            Err(refusal(WRONG_FORMAT, format!("wrong format: {name} is not an object")))
        }
    }
}

fn refusal(code: i32, message: impl Into<String>) -> Refusal {
    Refusal { code, message: message.into() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::style::Style;

    fn code(path: &str, json: &str) -> i32 {
        read(path, json, &Cast::new("201", "300", Style::default())).map_or_else(|refusal| refusal.code, |_| 1000)
    }

    #[test]
    fn a_callback_is_read_or_refused_with_its_code() {
        let callback = |json| code("commands/callback", json);
        assert_eq!(callback(r#"{"command_id":"a","from":{"extension":"201"},"to_number":"79005550101"}"#), 1000);
        assert_eq!(callback(r#"{"command_id":"a","from":{"extension":201},"to_number":79005550101}"#), 1000);
        assert_eq!(callback(r#"{"command_id":"a","from":{"extension":"201"}}"#), 3103);
        assert_eq!(callback(r#"{"command_id":"a","to_number":"79005550101"}"#), 3103);
        assert_eq!(callback(r#"{"from":{"extension":"201"},"to_number":"79005550101"}"#), 3103);
        assert_eq!(callback(r#"{"command_id":"a","from":"201","to_number":"79005550101"}"#), 3104);
        assert_eq!(callback(r#"{"command_id":"a","from":{"extension":"201"},"to_number":"+79005550101"}"#), 3136);
        assert_eq!(callback(r#"{"command_id":"a","from":{"extension":"999"},"to_number":"79005550101"}"#), 3330);
        assert_eq!(callback("{"), 3400);
        assert_eq!(callback("[]"), 3400);
    }

    #[test]
    fn other_commands() {
        assert_eq!(code("commands/call/hangup", r#"{"command_id":"a","call_id":"b"}"#), 1000);
        assert_eq!(code("commands/call/hangup", r#"{"command_id":"a"}"#), 3103);
        assert_eq!(code("account/balance", "{}"), 1000);
        assert_eq!(code("commands/transfer", "{}"), 3103);
        assert_eq!(code("member/create", "{}"), 4001);
        assert!(is_known("member/create") && is_known("groups") && !is_known("favicon.ico"));
    }
}
