//! Questions: about the PBX, its history, recordings and address book (reference 4.8–4.11, manual 3.4–3.9).

use jiff::civil::DateTime;
use jiff::fmt::strtime;
use jiff::tz::{TimeZone, offset};
use serde_json::{Map, Value};

use super::{
    MISSING, Question, Refusal, WRONG_DATES, WRONG_FORMAT, object, optional_number, optional_text, refusal, seconds,
    text,
};
use crate::statistics::{Asked, Contexts, Fields, Kind, Parties, Wanted};

/// The longest time that statistics are asked about: a month (manual 3.4.1.1).
const MONTH: i64 = 31 * 24 * 60 * 60;
/// What `limit` of extended statistics may be.
const LIMITS: [i64; 10] = [1, 5, 10, 20, 50, 100, 500, 1000, 2000, 5000];

/// Reads the question; `None` when there is none of this path.
pub(super) fn read(path: &str, fields: &Map<String, Value>) -> Option<Result<Question, Refusal>> {
    let request = match path {
        "account/balance" => Ok(Question::Balance),
        "config/users/request" => users(fields),
        "groups" => groups(fields),
        "incominglines" => Ok(Question::Lines),
        "trunks/numbers" => Ok(Question::TrunkNumbers),
        "queries/recording/post" => recording(fields),
        "queries/recording_categories" => topics(fields),
        "stats/request" => stats(fields),
        "stats/result" => text(fields, "key").map(|key| Question::StatsResult { key }),
        "stats/calls/request" => calls_stats(fields).map(Question::CallsStats),
        "stats/calls/result" => text(fields, "key").map(|key| Question::CallsStatsResult { key }),
        "ab/contact/init" => contacts(fields),
        "ab/contact/cursor" => contacts_page(fields),
        "queries/user_info_by_dct_number" => text(fields, "number").map(|number| Question::DctUser { number }),
        "queries/user_history_by_dct_number" => text(fields, "number").map(|number| Question::DctHistory { number }),
        "cc/call" => text(fields, "entry_id").map(|entry_id| Question::ContactCentre { entry_id }),
        _ => return None,
    };
    Some(request)
}

fn users(fields: &Map<String, Value>) -> Result<Question, Refusal> {
    let wrong = || refusal(WRONG_FORMAT, "wrong format: ext_fields is a list of texts");
    let wanted = match fields.get("ext_fields") {
        None | Some(Value::Null) => Vec::new(),
        Some(Value::Array(names)) => {
            let name = |name: &Value| name.as_str().map(str::to_owned).ok_or_else(wrong);
            names.iter().map(name).collect::<Result<_, _>>()?
        }
        Some(Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Object(_)) => return Err(wrong()),
    };
    Ok(Question::Users { extension: optional_text(fields, "extension")?, fields: wanted })
}

fn groups(fields: &Map<String, Value>) -> Result<Question, Refusal> {
    let operator = match optional_text(fields, "operator_extension")? {
        Some(extension) => Some(extension),
        None => optional_text(fields, "operator_id")?,
    };
    let show_users = match optional_number(fields, "show_users")? {
        None | Some(0) => false,
        Some(1) => true,
        Some(_) => return Err(refusal(WRONG_FORMAT, "wrong format: show_users is 0 or 1")),
    };
    Ok(Question::Groups { id: optional_text(fields, "group_id")?, operator, show_users })
}

fn recording(fields: &Map<String, Value>) -> Result<Question, Refusal> {
    let downloads = match text(fields, "action")?.as_str() {
        "play" => false,
        "download" => true,
        _ => return Err(refusal(WRONG_FORMAT, "wrong format: action is play or download")),
    };
    Ok(Question::Recording { recording_id: text(fields, "recording_id")?, downloads })
}

/// Manual 3.5.4: `recording_id` is a list of ids, written as JSON inside of a text.
fn topics(fields: &Map<String, Value>) -> Result<Question, Refusal> {
    let ids = text(fields, "recording_id")?;
    let recordings = serde_json::from_str(&ids)
        .map_err(|_| refusal(WRONG_FORMAT, "wrong format: recording_id is a list of ids as text"))?;
    Ok(Question::Topics { recordings })
}

fn stats(fields: &Map<String, Value>) -> Result<Question, Refusal> {
    let (from, to) = window(seconds(fields, "date_from")?, seconds(fields, "date_to")?)?;
    let list = optional_text(fields, "fields")?;
    let wanted = Fields::read(list.as_deref())
        .map_err(|name| refusal(WRONG_FORMAT, format!("wrong format: no field named {name}")))?;
    let party = |name: &str| -> Result<Wanted, Refusal> {
        let Some(party) = object(fields, name)? else {
            return Ok(Wanted::default());
        };
        Ok(Wanted { extension: optional_text(party, "extension")?, number: optional_text(party, "number")? })
    };
    let parties = Parties { from: party("from")?, to: party("to")?, either: party("call_party")? };
    let is_one_sided = !parties.from.is_anybody() || !parties.to.is_anybody();
    if is_one_sided && !parties.either.is_anybody() {
        return Err(refusal(WRONG_FORMAT, "wrong format: call_party goes without from and to"));
    }
    let request_id = optional_text(fields, "request_id")?;
    Ok(Question::Stats { asked: Asked { from, to, kind: Kind::Basic { fields: wanted, parties } }, request_id })
}

fn window(from: i64, to: i64) -> Result<(i64, i64), Refusal> {
    if from > to {
        return Err(refusal(WRONG_DATES, "wrong dates: the first is after the last"));
    }
    if to - from > MONTH {
        return Err(refusal(WRONG_DATES, "wrong dates: they are more than a month apart"));
    }
    Ok((from, to))
}

fn calls_stats(fields: &Map<String, Value>) -> Result<Asked, Refusal> {
    let (from, to) = window(moment(fields, "start_date")?, moment(fields, "end_date")?)?;
    let limit =
        optional_number(fields, "limit")?.ok_or_else(|| refusal(MISSING, "mandatory parameter missing: limit"))?;
    let offset =
        optional_number(fields, "offset")?.ok_or_else(|| refusal(MISSING, "mandatory parameter missing: offset"))?;
    let (Ok(rows), Ok(skipped)) = (usize::try_from(limit), usize::try_from(offset)) else {
        return Err(refusal(WRONG_FORMAT, "wrong format: limit or offset"));
    };
    if !LIMITS.contains(&limit) {
        return Err(refusal(
            WRONG_FORMAT,
            "wrong format: limit is one of 1, 5, 10, 20, 50, 100, 500, 1000, 2000, 5000",
        ));
    }
    let wanted = Contexts {
        limit: rows,
        offset: skipped,
        context_types: context_types(fields)?,
        context_status: optional_number(fields, "context_status")?,
    };
    Ok(Asked { from, to, kind: Kind::Extended(wanted) })
}

/// One number, or a list of them.
fn context_types(fields: &Map<String, Value>) -> Result<Vec<i64>, Refusal> {
    let Some(Value::Array(types)) = fields.get("context_type") else {
        return Ok(optional_number(fields, "context_type")?.into_iter().collect());
    };
    let wrong = || refusal(WRONG_FORMAT, "wrong format: context_type");
    types.iter().map(|kind| kind.as_i64().ok_or_else(wrong)).collect()
}

/// `DD.MM.YYYY HH:MM:SS`, in Moscow's time (the manual says "UTC+3" of such times).
fn moment(fields: &Map<String, Value>, name: &str) -> Result<i64, Refusal> {
    let text = text(fields, name)?;
    let wrong = |_| refusal(WRONG_DATES, format!("wrong date: {name} is DD.MM.YYYY HH:MM:SS"));
    let parsed = strtime::parse("%d.%m.%Y %H:%M:%S", &text).and_then(|broken| broken.to_datetime());
    let at: DateTime = parsed.map_err(wrong)?;
    let moscow = TimeZone::fixed(offset(3));
    Ok(moscow.to_timestamp(at).map_err(wrong)?.as_second())
}

fn contacts(fields: &Map<String, Value>) -> Result<Question, Refusal> {
    let limit = optional_number(fields, "limit_rows")?.unwrap_or(10);
    let Some(limit) = usize::try_from(limit).ok().filter(|limit| (1..=500).contains(limit)) else {
        return Err(refusal(3503, "search request too big: limit_rows is at most 500"));
    };
    // An empty text finds everybody; the key itself must be there.
    if !fields.contains_key("query") {
        return Err(refusal(MISSING, "mandatory parameter missing: query"));
    }
    Ok(Question::Contacts { query: optional_text(fields, "query")?.unwrap_or_default(), limit })
}

fn contacts_page(fields: &Map<String, Value>) -> Result<Question, Refusal> {
    Ok(Question::ContactsPage { cursor: text(fields, "cursor")?, mode: text(fields, "mode")? })
}
