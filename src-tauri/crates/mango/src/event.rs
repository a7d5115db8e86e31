//! What the PBX posts: calls, their summaries, results of commands. Parsed so that nothing real is refused:
//! numbers may be text, fields may be missing, unknown ones are passed over (reference 6, points 8 and 16).

use serde_json::{Map, Value};

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
    /// Another path, or a post that lacks what would tell it apart from others.
    Unknown,
}

/// A leg of a call changed its state (manual 3.1.2).
#[derive(Debug, Clone, PartialEq)]
pub struct CallEvent {
    /// The contact that the leg belongs to. Opaque.
    pub entry_id: String,
    /// The leg. Opaque, unique among all legs.
    pub call_id: String,
    /// When it happened: Unix seconds; 0 when not said.
    pub timestamp: i64,
    /// Order within one `call_id`, from 1, with gaps; 0 when not said.
    pub seq: u32,
    /// What the leg does.
    pub state: CallState,
    /// `ivr`, `queue`, `abonent`, or a newer word.
    pub location: Option<String>,
    /// The calling side.
    pub from: Party,
    /// The called side.
    pub to: Party,
    /// Why a leg ended: a [`Code`](crate::Code).
    pub disconnect_reason: Option<i32>,
    /// `consultative`, `blind`, `return_blind` (API version 2).
    pub transfer: Option<String>,
    /// The id that an outside SIP system gave.
    pub sip_call_id: Option<String>,
    /// The command of ours that made the leg.
    pub command_id: Option<String>,
    /// The outbound campaign's task that made the leg.
    pub task_id: Option<String>,
    /// Who asked for a callback: `API`, `WEB`, `CC`, …; Cyrillic look-alikes of the manual are made Latin.
    pub callback_initiator: Option<String>,
    /// Call tracking.
    pub dct: Option<Dct>,
}

/// One side of a call. The default is a side about which nothing is known, such as a withheld caller.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Party {
    /// An employee's short number, in a summary also a group's.
    pub extension: Option<String>,
    /// Digits with the country code first, or a SIP address.
    pub number: Option<String>,
    /// Our line: digits or a SIP address.
    pub line_number: Option<String>,
    /// The group that distributes the call; empty text says that the group has no number.
    pub acd_group: Option<String>,
    /// The leg where this caller was before.
    pub taken_from_call_id: Option<String>,
    /// The other side left by a transfer (API version 2).
    pub was_transferred: bool,
    /// This side put the other on hold (API version 2).
    pub hold_initiator: bool,
}

/// What a leg does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CallState {
    /// It began.
    Appeared,
    /// The sides talk.
    Connected,
    /// One side holds the other.
    OnHold,
    /// It is over.
    Disconnected,
    /// A word that the manual does not have; empty when none was said.
    Other(String),
}

/// Call tracking of a leg.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dct {
    /// The tracking number.
    pub number: Option<String>,
    /// 0 none, 1 dynamic, 2 static.
    pub kind: i32,
}

/// A whole call is over (manual 3.1.6). May arrive before the last leg's end.
#[derive(Debug, Clone, PartialEq)]
pub struct Summary {
    /// The contact.
    pub entry_id: String,
    /// 0 internal, 1 inbound, 2 outbound.
    pub direction: Option<u8>,
    /// The calling side.
    pub from: Party,
    /// Who answered, or who missed it first; its extension may be a group's.
    pub to: Party,
    /// Our line, absent for internal calls.
    pub line_number: Option<String>,
    /// Unix seconds, 0 when not said.
    pub create_time: i64,
    /// When an inbound call left the menu: Unix seconds, may be 0.
    pub forward_time: i64,
    /// When it was answered: Unix seconds, 0 when nobody did.
    pub talk_time: i64,
    /// Unix seconds, 0 when not said.
    pub end_time: i64,
    /// 1 talked, 0 missed; with `talk_time` 0 nobody talked whatever stands here (reference 2.4).
    pub entry_result: Option<i32>,
    /// Why it ended: a [`Code`](crate::Code).
    pub disconnect_reason: Option<i32>,
}

/// What became of a command (manual 3.2). No order is promised between it and the events it caused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommandResult {
    /// What follows `result/`: `callback`, `call/hangup`.
    pub command: String,
    /// The id that we gave, if we gave one.
    pub command_id: Option<String>,
    /// A [`Code`](crate::Code).
    pub result: i32,
}

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
    let path = normalise_path(path);
    let post = match path.as_str() {
        "events/call" => call(&body).map(Post::Call),
        "events/summary" => summary(&body).map(Post::Summary),
        other => {
            other.strip_prefix("result/").and_then(|command| command_result(command, &body)).map(Post::CommandResult)
        }
    };
    Ok(post.unwrap_or(Post::Unknown))
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

fn call(body: &Map<String, Value>) -> Option<CallEvent> {
    Some(CallEvent {
        entry_id: text(body, "entry_id")?,
        call_id: text(body, "call_id")?,
        timestamp: number(body, "timestamp").unwrap_or(0),
        seq: number(body, "seq").and_then(|seq| seq.try_into().ok()).unwrap_or(0),
        state: state(text(body, "call_state").unwrap_or_default()),
        location: text(body, "location"),
        from: party(body, "from"),
        to: party(body, "to"),
        disconnect_reason: small(body, "disconnect_reason"),
        transfer: text(body, "transfer"),
        sip_call_id: text(body, "sip_call_id"),
        command_id: text(body, "command_id"),
        task_id: text(body, "task_id"),
        callback_initiator: text(body, "callback_initiator").map(|word| latin(&word)),
        dct: dct(body),
    })
}

fn summary(body: &Map<String, Value>) -> Option<Summary> {
    Some(Summary {
        entry_id: text(body, "entry_id")?,
        direction: number(body, "call_direction").and_then(|d| d.try_into().ok()),
        from: party(body, "from"),
        to: party(body, "to"),
        line_number: text(body, "line_number"),
        create_time: number(body, "create_time").unwrap_or(0),
        forward_time: number(body, "forward_time").unwrap_or(0),
        talk_time: number(body, "talk_time").unwrap_or(0),
        end_time: number(body, "end_time").unwrap_or(0),
        entry_result: small(body, "entry_result"),
        disconnect_reason: small(body, "disconnect_reason"),
    })
}

/// `result/stat` and its like carry a key and no result: they are not about commands.
fn command_result(command: &str, body: &Map<String, Value>) -> Option<CommandResult> {
    Some(CommandResult {
        command: command.to_owned(),
        command_id: text(body, "command_id"),
        result: small(body, "result")?,
    })
}

fn party(body: &Map<String, Value>, name: &str) -> Party {
    let Some(Value::Object(side)) = body.get(name) else {
        return Party::default();
    };
    Party {
        extension: text(side, "extension"),
        number: text(side, "number"),
        line_number: text(side, "line_number"),
        acd_group: side.get("acd_group").and_then(plain),
        taken_from_call_id: text(side, "taken_from_call_id"),
        // One production system spells it with one r (reference 2.3).
        was_transferred: flag(side, "was_transferred") || flag(side, "was_transfered"),
        hold_initiator: flag(side, "hold_initiator"),
    }
}

fn state(word: String) -> CallState {
    let is = |known: &str| word.eq_ignore_ascii_case(known);
    if is("Appeared") {
        CallState::Appeared
    } else if is("Connected") {
        CallState::Connected
    } else if is("OnHold") {
        CallState::OnHold
    } else if is("Disconnected") {
        CallState::Disconnected
    } else {
        CallState::Other(word)
    }
}

fn dct(body: &Map<String, Value>) -> Option<Dct> {
    let Some(Value::Object(dct)) = body.get("dct") else {
        return None;
    };
    Some(Dct { number: text(dct, "number"), kind: small(dct, "type").unwrap_or(0) })
}

/// The manual's constants hide Cyrillic letters among Latin ones (`MissGroupСallCallback`).
fn latin(word: &str) -> String {
    let letter = |c| match c {
        'А' => 'A',
        'В' => 'B',
        'Е' => 'E',
        'С' => 'C',
        'О' => 'O',
        'Р' => 'P',
        'а' => 'a',
        'е' => 'e',
        'о' => 'o',
        'р' => 'p',
        'с' => 'c',
        other => other,
    };
    word.chars().map(letter).collect()
}

/// Text, or a number as text; `None` also for blank text.
fn text(body: &Map<String, Value>, name: &str) -> Option<String> {
    body.get(name).and_then(plain).filter(|text| !text.is_empty())
}

fn plain(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.trim().to_owned()),
        Value::Number(number) => Some(number.to_string()),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    }
}

/// A whole number, or text that is one.
fn number(body: &Map<String, Value>, name: &str) -> Option<i64> {
    match body.get(name)? {
        Value::Number(number) => number.as_i64().or_else(|| whole(number.as_f64()?)),
        Value::String(text) => {
            let text = text.trim();
            text.parse().ok().or_else(|| whole(text.parse().ok()?))
        }
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    }
}

fn small(body: &Map<String, Value>, name: &str) -> Option<i32> {
    number(body, name)?.try_into().ok()
}

/// The whole part of a time written with fractions; nothing beyond what a double holds exactly.
fn whole(value: f64) -> Option<i64> {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    (value.abs() < EXACT).then_some(value as i64)
}

fn flag(body: &Map<String, Value>, name: &str) -> bool {
    match body.get(name) {
        Some(Value::Bool(yes)) => *yes,
        Some(Value::String(text)) => {
            matches!(text.trim().to_ascii_lowercase().as_str(), "true" | "1")
        }
        Some(Value::Number(number)) => number.as_i64() == Some(1),
        None | Some(Value::Null | Value::Array(_) | Value::Object(_)) => false,
    }
}
