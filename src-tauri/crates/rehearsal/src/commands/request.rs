//! Reads a command (reference 4) and says what is wrong with it, in the PBX's codes (reference 4.14). Pure.

use serde_json::{Map, Value};

use crate::cast::Cast;

/// What the PBX is asked to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Request {
    Callback { command_id: String, extension: String, to_number: String },
    HangUp { command_id: String, call_id: String },
    Balance,
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

/// Reference 4: commands that exist at MANGO and not here.
const ELSEWHERE: [&str; 9] = ["commands/", "config/", "stats/", "queries/", "ab/", "cc/", "campaign/", "task", "vpbx/"];
const ELSEWHERE_WHOLE: [&str; 9] =
    ["groups", "incominglines", "trunks/numbers", "sips", "domains", "roles", "schemas", "schema/set", "audiofiles"];

/// Whether MANGO has a command of this path.
pub(crate) fn is_known(path: &str) -> bool {
    path == "account/balance"
        || ELSEWHERE.iter().any(|start| path.starts_with(start))
        || ELSEWHERE_WHOLE.contains(&path)
}

/// Reads the command of this path (without slashes around).
pub(crate) fn read(path: &str, json: &str, cast: &Cast) -> Result<Request, Refusal> {
    let fields = match serde_json::from_str(json) {
        Ok(Value::Object(fields)) => fields,
        Ok(_) => return Err(refusal(NOT_JSON, "json is not an object")),
        Err(error) => return Err(refusal(NOT_JSON, format!("invalid JSON: {error}"))),
    };
    match path {
        "commands/callback" => callback(&fields, cast),
        "commands/call/hangup" => {
            Ok(Request::HangUp { command_id: command_id(&fields)?, call_id: text(&fields, "call_id")? })
        }
        "account/balance" => Ok(Request::Balance),
        _ => Err(refusal(UNSUPPORTED, "command unsupported by the rehearsal PBX")),
    }
}

fn callback(fields: &Map<String, Value>, cast: &Cast) -> Result<Request, Refusal> {
    let command_id = command_id(fields)?;
    let from = match fields.get("from") {
        None | Some(Value::Null) => {
            return Err(refusal(MISSING, "mandatory parameter missing: from"));
        }
        Some(Value::Object(from)) => from,
        Some(_) => return Err(refusal(WRONG_FORMAT, "wrong format: from is not an object")),
    };
    let extension = text(from, "extension")?;
    let to_number = text(fields, "to_number")?;
    optional_text(from, "number")?;
    optional_text(fields, "line_number")?;
    let is_number = to_number.len() <= 20 && to_number.bytes().all(|letter| letter.is_ascii_digit());
    if !is_number && !to_number.starts_with("sip:") {
        return Err(refusal(NOT_A_NUMBER, "wrong number format: to_number is digits with the country code, no plus"));
    }
    if !cast.employs(&extension) {
        return Err(refusal(NO_SUCH_EXTENSION, "number not found at the PBX: from.extension"));
    }
    Ok(Request::Callback { command_id, extension, to_number })
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

fn refusal(code: i32, message: impl Into<String>) -> Refusal {
    Refusal { code, message: message.into() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cast::Style;

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
        assert_eq!(code("commands/transfer", "{}"), 4001);
        assert!(is_known("commands/transfer") && is_known("groups") && !is_known("favicon.ico"));
    }
}
