//! What an answer of the API says. Errors come in any HTTP status, also 200, and in two shapes (reference 1.4).

use serde_json::{Map, Value};

use super::{CommandError, ConfigFault, Unclear};
use crate::answer::{self, Answer, Balance, Stats};
use crate::command::StatsField;
use crate::lenient::{small, text};
use crate::{Code, Command};

/// What came back, before anybody looked at it.
pub(super) struct Heard {
    pub(super) http: u16,
    /// Where a redirect points.
    pub(super) location: Option<String>,
    pub(super) body: Vec<u8>,
}

/// The PBX took a command.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct CommandReply {
    /// A [`Code`] of the class 1000.
    pub code: i32,
    /// The id that the PBX echoed.
    pub command_id: Option<String>,
    /// The answer to [`Command::Balance`].
    pub balance: Option<Balance>,
}

/// The PBX's code for what HTTP calls "too many requests".
const TOO_MANY: i32 = 4290;

/// More than this is no answer to such a question: a reply is a few hundred bytes, a PBX has hundreds of employees, a
/// month of a large clinic has a hundred thousand legs.
pub(super) fn longest(command: &Command) -> usize {
    const KIB: usize = 1024;
    if matches!(command, Command::StatsResult { .. } | Command::CallsStatsResult { .. }) {
        64 * KIB * KIB
    } else if command.is_question() {
        8 * KIB * KIB
    } else {
        64 * KIB
    }
}

pub(super) fn read(command: &Command, heard: &Heard) -> Result<CommandReply, CommandError> {
    let (code, answer) = answer(command, heard)?;
    let command_id = text(answer.object(), "command_id");
    Ok(CommandReply { code, command_id, balance: answer.balance() })
}

/// The object of a good answer, and its code.
pub(super) fn answer(command: &Command, heard: &Heard) -> Result<(i32, Answer), CommandError> {
    let Heard { http, body, .. } = heard;
    let http = *http;
    if (300..400).contains(&http) {
        return Err(CommandError::Config(ConfigFault::Redirected(http)));
    }
    let answer = Answer::read(body);
    let object = answer.as_ref().map(Answer::object);
    let done = (200..300).contains(&http);
    // "1000" under a failing status contradicts itself: the status counts.
    let code = object.and_then(code).filter(|&code| done || !Code(code).is_ok());
    let message = object.and_then(message);
    let from_the_api = message.is_some();
    let refused = |code| Err(CommandError::Refused { code, message, http });
    let unreadable = || Err(CommandError::Unclear(Unclear::Unreadable));
    match (http, code) {
        (200..=299, Some(code)) if Code(code).is_ok() => match answer {
            Some(answer) if tells(command, &answer) != Some(false) => Ok((code, answer)),
            Some(_) | None => unreadable(),
        },
        (_, Some(code)) => refused(code),
        (200..=299, None) => match answer {
            // A question's answer may come without a result.
            Some(answer) if tells(command, &answer) == Some(true) => Ok((1000, answer)),
            // The manual has an empty list for a visitor without history.
            None if matches!(command, Command::DctHistory { .. }) && body.trim_ascii() == b"[]" => {
                Ok((1000, Answer::default()))
            }
            Some(_) | None => unreadable(),
        },
        (429, None) => refused(TOO_MANY),
        // Said by the API itself, in the framework's shape: it did not get to the command.
        (503, None) if from_the_api => refused(TOO_MANY),
        (400..=499, None) => refused(0),
        (_, None) => Err(CommandError::Unclear(Unclear::Status(http))),
    }
}

/// Whether an answer has what was asked for; `None` when it is for the code to say.
fn tells(command: &Command, answer: &Answer) -> Option<bool> {
    let has = |name: &str| Some(answer.object().contains_key(name));
    match command {
        Command::Balance => has("balance"),
        Command::Users(_) => has("users"),
        Command::Groups(_) => has("groups"),
        Command::IncomingLines => has("lines"),
        Command::StatsRequest(_) | Command::CallsStatsRequest(_) => has("key"),
        Command::CallsStatsResult { .. } => Some(answer.calls_stats().is_some()),
        // Nothing found may be said by leaving the data out, but then with a result.
        Command::TrunkNumbers
        | Command::RecordingTopics { .. }
        | Command::ContactSearch(_)
        | Command::ContactCursor(_) => has("data").filter(|&data| data),
        Command::ContactCentreCall { .. } => has("call").filter(|&call| call),
        // An empty object says: nobody.
        Command::DctUser { .. } | Command::DctHistory { .. } => Some(true),
        Command::Callback(_)
        | Command::CallbackGroup(_)
        | Command::HangUp(_)
        | Command::Route(_)
        | Command::Transfer(_)
        | Command::CallsConnect(_)
        | Command::TransferCancel(_)
        | Command::HoldOn(_)
        | Command::RecordingStart(_)
        | Command::PlayStart(_)
        | Command::Sms(_)
        | Command::RecordingPost { .. }
        | Command::StatsResult { .. } => None,
    }
}

/// Where a recording can be fetched once: a redirect that must not be followed with our signature (reference 4.8).
pub(super) fn one_time_link(command: &Command, base: &reqwest::Url, heard: &Heard) -> Result<String, CommandError> {
    let Some(location) = heard.location.as_deref().filter(|_| (300..400).contains(&heard.http)) else {
        answer(command, heard)?;
        return Err(CommandError::Unclear(Unclear::Unreadable));
    };
    let link = base.join(location).ok().filter(|link| matches!(link.scheme(), "http" | "https") && link.has_host());
    link.map(String::from).ok_or(CommandError::Unclear(Unclear::Unreadable))
}

/// Statistics of legs: text when ready, an object when refused.
pub(super) fn stats(command: &Command, columns: &[StatsField], heard: &Heard) -> Result<Stats, CommandError> {
    let first = heard.body.trim_ascii_start().first();
    match heard.http {
        204 => Ok(Stats::NotReady),
        200..=203 | 205..=299 if !matches!(first, Some(b'{' | b'<')) => {
            let csv = String::from_utf8_lossy(&heard.body);
            let rows = answer::rows(&csv, columns).map_err(|_| CommandError::Unclear(Unclear::Unreadable))?;
            Ok(Stats::Rows(rows))
        }
        _ => {
            answer(command, heard)?;
            Err(CommandError::Unclear(Unclear::Unreadable))
        }
    }
}

/// Statistics of calls, perhaps still being made.
pub(super) fn calls_stats(command: &Command, heard: &Heard) -> Result<answer::CallsStats, CommandError> {
    let ready = Answer::read(&heard.body);
    let failed = ready.as_ref().and_then(|answer| text(answer.object(), "status"));
    match answer(command, heard) {
        // "error", "not-found": the PBX's word for it stands in for a code.
        Err(CommandError::Unclear(Unclear::Unreadable)) if failed.is_some() => {
            Err(CommandError::Refused { code: 0, message: failed, http: heard.http })
        }
        Err(error) => Err(error),
        Ok((_, answer)) => answer.calls_stats().ok_or(CommandError::Unclear(Unclear::Unreadable)),
    }
}

/// `result`, else a framework's `code`; its 0 is no code, but its `status` 429 is one.
fn code(object: &Map<String, Value>) -> Option<i32> {
    small(object, "result")
        .or_else(|| small(object, "code").filter(|&code| code != 0))
        .or_else(|| small(object, "status").filter(|&status| status == 429).map(|_| TOO_MANY))
}

fn message(object: &Map<String, Value>) -> Option<String> {
    const LONGEST: usize = 200;
    let message = text(object, "message").or_else(|| text(object, "name"))?;
    Some(message.chars().take(LONGEST).collect())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::command::{ContactSearch, GroupsQuery, HangUp, RecordingAction, StatsQuery, UsersQuery};

    fn check(http: u16, body: &str, expected: &str) {
        let command = HangUp { command_id: "h".into(), call_id: "c".into() }.into();
        let heard = Heard { http, location: None, body: body.as_bytes().to_vec() };
        let shown = match read(&command, &heard) {
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
            let heard = Heard { http: 200, location: None, body: body.as_bytes().to_vec() };
            let reply = read(&Command::Balance, &heard).unwrap();
            let balance = reply.balance.unwrap();
            assert_eq!((balance.amount.as_str(), balance.currency.as_deref()), ("1234.5", Some("RUB")));
        }
    }

    fn any_command() -> impl Strategy<Value = Command> {
        prop::sample::select(vec![
            Command::from(HangUp { command_id: "h".into(), call_id: "c".into() }),
            Command::Balance,
            Command::Users(UsersQuery::default()),
            Command::Groups(GroupsQuery::default()),
            Command::IncomingLines,
            Command::TrunkNumbers,
            Command::StatsRequest(StatsQuery::default()),
            Command::StatsResult { key: "k".into() },
            Command::CallsStatsResult { key: "k".into() },
            Command::ContactSearch(ContactSearch::default()),
            Command::DctHistory { number: "7".into() },
            Command::ContactCentreCall { entry_id: "e".into() },
            Command::RecordingPost { recording_id: "R".into(), action: RecordingAction::Play },
        ])
    }

    fn any_body() -> impl Strategy<Value = Vec<u8>> {
        let bodies =
            vec!["", "[]", "{}", r#"{"result":1000}"#, r#"{"result":"3102"}"#, r#"{"users":[{}]}"#, "a;b\n", "<html>"];
        prop_oneof![
            any::<Vec<u8>>(),
            prop::sample::select(bodies).prop_map(|body| body.as_bytes().to_vec()),
            r#"\{"(result|status|key|data|users|code)":("?[0-9a-z-]{0,12}"?|\[\]|\{\}|null)\}"#
                .prop_map(String::into_bytes),
        ]
    }

    proptest! {
        /// Whatever comes back, it is an answer or an error, and a failing status is never an answer.
        #[test]
        fn any_answer_is_survived(
            command in any_command(),
            http in prop_oneof![100_u16..600, Just(200), Just(204), Just(302)],
            location in prop::option::of(any::<String>()),
            body in any_body(),
        ) {
            let heard = Heard { http, location, body };
            prop_assert!(read(&command, &heard).is_err() || (200..300).contains(&http));
            let base = reqwest::Url::parse("https://app.example/vpbx/").unwrap();
            prop_assert!(one_time_link(&command, &base, &heard).is_err() || (300..400).contains(&http));
            prop_assert!(stats(&command, StatsField::ALL, &heard).is_err() || (200..300).contains(&http));
            prop_assert!(calls_stats(&command, &heard).is_err() || (200..300).contains(&http));
        }
    }
}
