//! What an answer of the command API says. Errors come in any HTTP status, also 200, and in two shapes (reference 1.4).

use serde_json::{Map, Value};

use super::{CommandError, ConfigFault, Unclear};
use crate::{Code, Command};

/// A reply is a few hundred bytes; a page of HTML is no reply.
pub(super) const LONGEST: usize = 64 * 1024;

/// The PBX took a command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommandReply {
    /// A [`Code`] of the class 1000.
    pub code: i32,
    /// The id that the PBX echoed.
    pub command_id: Option<String>,
    /// The answer to [`Command::Balance`].
    pub balance: Option<Balance>,
}

/// Money on the PBX's account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Balance {
    /// A decimal number as the PBX wrote it.
    pub amount: String,
    /// `RUB` or the like.
    pub currency: Option<String>,
}

/// The PBX's code for what HTTP calls "too many requests".
const TOO_MANY: i32 = 4290;

pub(super) fn read(command: &Command, http: u16, body: &[u8]) -> Result<CommandReply, CommandError> {
    if (300..400).contains(&http) {
        return Err(CommandError::Config(ConfigFault::Redirected(http)));
    }
    let object = match serde_json::from_slice(body) {
        Ok(Value::Object(object)) => Some(object),
        Ok(_) | Err(_) => None,
    };
    let done = (200..300).contains(&http);
    // "1000" under a failing status contradicts itself: the status counts.
    let code = object.as_ref().and_then(code).filter(|&code| done || !Code(code).is_ok());
    let message = object.as_ref().and_then(message);
    let from_the_api = message.is_some();
    let refused = |code| Err(CommandError::Refused { code, message, http });
    match (http, code) {
        (200..=299, Some(code)) if Code(code).is_ok() => {
            let object = object.unwrap_or_default();
            Ok(CommandReply { code, command_id: text(&object, "command_id"), balance: balance(&object) })
        }
        (_, Some(code)) => refused(code),
        (200..=299, None) => match object {
            // A question's answer may come without a result.
            Some(object) if matches!(command, Command::Balance) && object.contains_key("balance") => {
                Ok(CommandReply { code: 1000, command_id: None, balance: balance(&object) })
            }
            Some(_) | None => Err(CommandError::Unclear(Unclear::Unreadable)),
        },
        (429, None) => refused(TOO_MANY),
        // Said by the API itself, in the framework's shape: it did not get to the command.
        (503, None) if from_the_api => refused(TOO_MANY),
        (400..=499, None) => refused(0),
        (_, None) => Err(CommandError::Unclear(Unclear::Status(http))),
    }
}

/// `result`, else a framework's `code`; its 0 is no code, but its `status` 429 is one.
fn code(object: &Map<String, Value>) -> Option<i32> {
    number(object, "result")
        .or_else(|| number(object, "code").filter(|&code| code != 0))
        .or_else(|| number(object, "status").filter(|&status| status == 429).map(|_| TOO_MANY))
}

fn message(object: &Map<String, Value>) -> Option<String> {
    const LONGEST: usize = 200;
    let message = text(object, "message").or_else(|| text(object, "name"))?;
    Some(message.chars().take(LONGEST).collect())
}

fn balance(object: &Map<String, Value>) -> Option<Balance> {
    Some(Balance { amount: text(object, "balance")?, currency: text(object, "currency") })
}

fn number(object: &Map<String, Value>, name: &str) -> Option<i32> {
    text(object, name)?.parse().ok()
}

fn text(object: &Map<String, Value>, name: &str) -> Option<String> {
    match object.get(name)? {
        Value::String(text) => Some(text.trim().to_owned()).filter(|text| !text.is_empty()),
        Value::Number(number) => Some(number.to_string()),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::command::HangUp;

    fn check(http: u16, body: &str, expected: &str) {
        let command = HangUp { command_id: "h".into(), call_id: "c".into() }.into();
        let shown = match read(&command, http, body.as_bytes()) {
            Ok(reply) => format!("ok {} {}", reply.code, reply.command_id.unwrap_or_default()),
            Err(CommandError::Refused { code, message, http }) => {
                format!("refused {code} {http} {}", message.unwrap_or_default())
            }
            Err(error) => format!("{error:?}"),
        };
        assert_eq!(shown.trim(), expected, "{http} {body}");
    }

    #[test]
    fn answers_of_every_shape() {
        check(200, r#"{"command_id":"h","result":1000}"#, "ok 1000 h");
        check(200, r#"{"command_id":7,"result":"1001"}"#, "ok 1001 7");
        check(200, r#"{"result":3102,"message":"sign"}"#, "refused 3102 200 sign");
        check(200, r#"{"result":"4101"}"#, "refused 4101 200");
        check(200, r#"{"name":"Bad","message":"m","code":3104,"status":400}"#, "refused 3104 200 m");
        check(200, "{}", "Unclear(Unreadable)");
        check(200, "OK", "Unclear(Unreadable)");
        check(200, "", "Unclear(Unreadable)");
        check(200, r#"{"result":1000"#, "Unclear(Unreadable)");
        check(302, "", "Config(Redirected(302))");
        check(420, r#"{"code":3104}"#, "refused 3104 420");
        check(400, r#"{"result":1000}"#, "refused 0 400");
        check(500, r#"{"result":1000}"#, "Unclear(Status(500))");
        check(401, "", "refused 0 401");
        check(401, "<html>", "refused 0 401");
        check(403, "{}", "refused 0 403");
        let limited = r#"{"name":"Service Unavailable","message":"Rate limit exceeded.","code":0,"status":429}"#;
        check(429, limited, "refused 4290 429 Rate limit exceeded.");
        check(503, limited, "refused 4290 503 Rate limit exceeded.");
        check(200, limited, "refused 4290 200 Rate limit exceeded.");
        check(429, "", "refused 4290 429");
        check(503, r#"{"name":"Service Unavailable"}"#, "refused 4290 503 Service Unavailable");
        check(503, "<html>", "Unclear(Status(503))");
        check(500, r#"{"result":5003}"#, "refused 5003 500");
        check(500, r#"{"name":"Internal Server Error","code":0}"#, "Unclear(Status(500))");
        check(502, "", "Unclear(Status(502))");
    }

    #[test]
    fn a_balance() {
        for body in [
            r#"{"result":1000,"balance":1234.5,"currency":"RUB","response_at":"2026-11-24 08:00:00"}"#,
            r#"{"balance":"1234.5","currency":"RUB"}"#,
        ] {
            let reply = read(&Command::Balance, 200, body.as_bytes()).unwrap();
            let balance = reply.balance.unwrap();
            assert_eq!((balance.amount.as_str(), balance.currency.as_deref()), ("1234.5", Some("RUB")));
        }
    }
}
