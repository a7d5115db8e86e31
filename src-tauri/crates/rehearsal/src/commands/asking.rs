//! Answers questions about the PBX itself: people, groups, lines, the address book, call tracking (manual 3.6–3.9).

use axum::http::HeaderMap;
use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::request::{Question, Refusal};
use super::{Answer, Commands};
use crate::cast::{Cast, LINES, MANAGER_ID};
use crate::compose::contact;
use crate::statistics::Row;

/// Contacts of the address book.
const CONTACTS: [i64; 3] = [500_001, 500_002, 500_003];
/// The number that our advertisement shows to every visitor of its page.
const TRACKED: &str = LINES[0].number;

impl Commands {
    pub(super) fn tell(&self, question: Question, headers: &HeaderMap) -> Answer {
        let cast = &*self.stage.cast;
        let mut body = match question {
            Question::Balance => balance(Timestamp::now()),
            Question::Users { extension, fields } => users(cast, extension.as_deref(), &fields),
            Question::Groups { id, operator, show_users } => {
                groups(cast, id.as_deref(), operator.as_deref(), show_users)
            }
            Question::Lines => lines(),
            Question::TrunkNumbers => json!({ "result": 1000, "data": [{
                "trunk_number_id": 787, "trunk_id": 460, "number": "74995550197", "options": 6, "desc": "Транк клиники",
            }] }),
            Question::Contacts { query, limit } => contacts(&query, limit, 1),
            Question::ContactsPage { cursor, mode } => match page(&cursor, &mode) {
                Some((query, limit, page)) => contacts(&query, limit, page),
                None => {
                    let refusal = Refusal { code: 3100, message: "bad parameters: cursor or mode".to_owned() };
                    return self.refuse(refusal, None);
                }
            },
            Question::DctUser { number } if number == TRACKED => visitor(),
            Question::DctUser { .. } => json!({}),
            Question::DctHistory { number } => json!({ "data": if number == TRACKED { history() } else { json!([]) } }),
            Question::ContactCentre { entry_id } => {
                let legs = self.stage.ledger.entry(&entry_id);
                if legs.is_empty() {
                    return self.refuse(Refusal { code: 3310, message: "call not found".to_owned() }, None);
                }
                centre_call(cast, &legs)
            }
            Question::Topics { recordings } => topics(&recordings),
            Question::Recording { recording_id, downloads } => {
                return self.recording(&recording_id, downloads, headers);
            }
            Question::Stats { asked, request_id } => return self.ask_stats(asked, request_id),
            Question::CallsStats(asked) => return self.ask_stats(asked, None),
            Question::StatsResult { key } => return self.stats(&key),
            Question::CallsStatsResult { key } => return self.calls_stats(&key),
        };
        if cast.style.strings {
            crate::compose::as_texts(&mut body);
        }
        Answer::done(body)
    }
}

/// Reference 4, `account/balance`.
fn balance(now: Timestamp) -> Value {
    let response_at = now.strftime("%Y-%m-%d %H:%M:%S").to_string();
    json!({ "result": 1000, "balance": 1234.5, "currency": "RUR", "response_at": response_at })
}

/// Manual 3.7.1: without `result`, with more fields when they are asked for.
fn users(cast: &Cast, extension: Option<&str>, fields: &[String]) -> Value {
    let wants = |field: &str| fields.iter().any(|wanted| wanted == field);
    let mut users: Vec<Value> = Vec::new();
    for operator in 0..cast.operators.len() {
        if extension.is_some_and(|wanted| wanted != cast.operator(operator)) {
            continue;
        }
        let doctor = cast.is_doctor(operator);
        let mut numbers = vec![device(&cast.device(operator), "sip", 0)];
        if operator == 0 {
            numbers.push(device(&cast.mobile, "tel", 1));
        }
        let general = Map::from_iter([
            ("name".to_owned(), cast.name(operator).into()),
            ("email".to_owned(), format!("user{}@clinic.example", cast.operator(operator)).into()),
            ("department".to_owned(), if doctor { "Врачи" } else { "Регистратура" }.into()),
            ("position".to_owned(), if doctor { "Терапевт" } else { "Регистратор" }.into()),
        ]);
        let telephony = json!({
            "extension": cast.operator(operator), "outgoingline": LINES[1].number, "numbers": numbers,
        });
        let group = cast.group_id(usize::from(doctor));
        users.push(user(
            general,
            telephony,
            cast.user_id(operator),
            Some(group),
            (operator == 0).then_some(&cast.mobile),
            &wants,
        ));
    }
    if extension.is_none() {
        // Somebody who cannot be called by a short number: everything about her may be null.
        let general = Map::from_iter([
            ("name".to_owned(), "Елена Власова".into()),
            ("email".to_owned(), Value::Null),
            ("department".to_owned(), Value::Null),
            ("position".to_owned(), "Управляющая".into()),
        ]);
        let telephony = json!({ "extension": null, "outgoingline": null, "numbers": [] });
        users.push(user(general, telephony, MANAGER_ID, None, None, &wants));
    }
    json!({ "users": users })
}

fn device(number: &str, protocol: &str, order: i64) -> Value {
    json!({ "number": number, "protocol": protocol, "order": order.to_string(), "wait_sec": "60", "status": "on" })
}

fn user(
    mut general: Map<String, Value>,
    mut telephony: Value,
    id: i64,
    group: Option<i64>,
    mobile: Option<&String>,
    wants: &impl Fn(&str) -> bool,
) -> Value {
    let extras = [
        ("user_id", json!(id)),
        ("sips", json!([])),
        ("access_role_id", json!(10_451)),
        ("mobile", json!(mobile)),
        ("login", Value::Null),
        ("use_status", json!(1)),
        ("use_cc_numbers", json!(0)),
    ];
    for (name, value) in extras {
        if wants(&format!("general.{name}")) {
            general.insert(name.to_owned(), value);
        }
    }
    if wants("telephony.dial_alg") {
        telephony["dial_alg"] = json!(1);
    }
    if wants("telephony.line_id") {
        telephony["line_id"] = if group.is_some() { json!(LINES[1].id) } else { Value::Null };
    }
    if wants("telephony.trunk_number_id") {
        telephony["trunk_number_id"] = Value::Null;
    }
    let mut user = json!({ "general": general, "telephony": telephony });
    if wants("groups") {
        user["groups"] = json!(group.into_iter().collect::<Vec<_>>());
    }
    user
}

/// Manual 3.7.2.
fn groups(cast: &Cast, id: Option<&str>, operator: Option<&str>, show_users: bool) -> Value {
    let is_in = |group: usize| {
        operator.is_none_or(|wanted| {
            let is = |member: &usize| cast.operator(*member) == wanted || cast.user_id(*member).to_string() == wanted;
            cast.members(group).iter().any(is)
        })
    };
    let groups = (0..2)
        .filter(|group| is_in(*group))
        .filter(|group| id.is_none_or(|wanted| wanted == cast.group_id(*group).to_string()));
    let groups: Vec<Value> = groups
        .map(|group| {
            let mut told = json!({
                "id": cast.group_id(group), "name": if group == 0 { "Регистратура" } else { "Врачи" },
                "description": null, "extension": cast.group(group), "dial_alg_group": 2, "dial_alg_users": 5,
                "auto_redirect": 0, "auto_dial": null, "line_id": null, "use_dynamic_ivr": 0,
                "use_dynamic_seq_num": 0, "melody_id": null,
            });
            if show_users {
                let operators = cast.members(group).into_iter().zip(1..).map(|(operator, order)| {
                    json!({
                        "id": cast.user_id(operator), "name": cast.name(operator),
                        "extension": cast.operator(operator), "priority": 1, "order": order,
                    })
                });
                told["operators"] = operators.collect();
            }
            told
        })
        .collect();
    json!({ "result": 1000, "groups": groups })
}

/// Manual 3.7.7.
fn lines() -> Value {
    let lines = LINES.iter().map(|line| {
        json!({
            "line_id": line.id, "number": line.number, "name": line.name, "comment": line.comment,
            "region": line.region, "schema_id": 11_000_849, "schema_name": "Рабочее время",
        })
    });
    json!({ "result": 1000, "lines": lines.collect::<Vec<_>>() })
}

/// Manual 3.9.3.1: one page of those whose name, organization or number holds the text.
fn contacts(query: &str, limit: usize, page: usize) -> Value {
    let wanted = query.to_lowercase();
    let holds = |contact: &Value| contact.to_string().to_lowercase().contains(&wanted);
    let found: Vec<Value> = CONTACTS.iter().map(|id| contact(*id)).filter(holds).collect();
    let (total, pages) = (found.len(), found.len().div_ceil(limit).max(1));
    let page = page.clamp(1, pages);
    let first = (page - 1) * limit;
    let rows: Vec<Value> = found.into_iter().skip(first).take(limit).collect();
    let info = json!({
        "page": page, "from": first, "size": rows.len(), "limit": limit, "total_rows": total, "pages": pages,
    });
    let mut state = json!({ "info": info });
    // There is no cursor when there is nothing (manual 3.9.3.1).
    if !rows.is_empty() {
        state["cursor"] = format!("{page}.{limit}.{query}").into();
    }
    json!({ "result": 1000, "data": rows, "state": state })
}

/// Where a cursor leads to; `None` when it is none of ours.
fn page(cursor: &str, mode: &str) -> Option<(String, usize, usize)> {
    let (page, rest) = cursor.split_once('.')?;
    let (limit, query) = rest.split_once('.')?;
    let (page, limit): (usize, usize) = (page.parse().ok()?, limit.parse().ok()?);
    let limit = Some(limit).filter(|limit| (1..=500).contains(limit))?;
    let steps = |text: &str| text.parse::<usize>().ok().filter(|steps| (1..=9).contains(steps));
    let page = match mode {
        "first-page" => 1,
        "last-page" => usize::MAX,
        "current-page" => page,
        mode => match (mode.strip_prefix("next-page-"), mode.strip_prefix("prev-page-")) {
            (Some(next), _) => page.saturating_add(steps(next)?),
            (None, Some(before)) => page.saturating_sub(steps(before)?),
            (None, None) => return None,
        },
    };
    Some((query.to_owned(), limit, page))
}

/// Manual 4.7.1.
fn centre_call(cast: &Cast, legs: &[Row]) -> Value {
    let records: Vec<&String> = legs.iter().flat_map(|leg| &leg.records).collect();
    let talks = legs.iter().find(|leg| leg.answer > 0);
    let operator = talks.and_then(|leg| cast.place(leg.to.extension.as_deref()?));
    let user = operator.map(|operator| cast.user_id(operator));
    json!({ "result": 1000, "call": {
        "conversion": [{
            "conversion_id": 14_136_224, "channel_type": 1, "create": legs[0].created,
            "end": legs.iter().filter_map(|leg| leg.finish).max(), "result": if talks.is_some() { 1 } else { 4 },
            "assign_user_id": user, "close_user_id": user, "contact_id": 500_001,
            "first_answer": talks.map(|leg| leg.answer), "start": talks.map(|leg| leg.answer),
            "entry_point": legs[0].line, "group_id": legs.iter().find_map(|leg| leg.group).map(|group| cast.group_id(group)),
            "deal_id": null, "params": 1,
        }],
        "tag_id": [], "call_comment": [], "script_id": null, "mark_client": null, "mark_controller": [],
        "recording_id": records,
    } })
}

/// Manual 3.5.4: what speech analytics heard in each recording.
fn topics(recordings: &[String]) -> Value {
    let of_one = |id: &String| {
        json!({ "recording_id": id, "categories": [
            { "id": 1688, "name": "Запись на приём", "terms": [{ "value": "записаться", "count": 2, "channels": [0] }] },
            { "id": 1690, "name": "Анализы", "terms": [{ "value": "анализ", "count": 1, "channels": [1] }] },
        ] })
    };
    json!({ "result": 1000, "data": recordings.iter().map(of_one).collect::<Vec<_>>() })
}

/// Manual 3.6.1.
fn visitor() -> Value {
    json!({ "data": {
        "uid": "visitor-1", "widget_id": 12, "widget_name": "Сайт клиники", "product_id": crate::cast::PRODUCT_ID,
        "ga_cid": null, "ya_cid": "1790000000123", "ip": "192.0.2.7", "region_id": 1,
        "location": { "country_code": "RU", "region": "Москва", "city": "Москва" },
        "channel": {
            "source": "yandex", "medium": "cpc", "campaign": "Терапевт", "content": "", "term": "терапевт рядом",
        },
        "duration": 95,
        "current_page": {
            "url": "https://clinic.example/doctors", "date": "2026-11-24T09:00:00Z", "title": "Врачи",
        },
        "device": "mobile", "custom": "",
    } })
}

/// Manual 3.6.2.
fn history() -> Value {
    json!([
        { "url": "https://clinic.example/", "date": "2026-11-24T11:58:30+03:00", "title": "Главная" },
        { "url": "https://clinic.example/doctors", "date": "2026-11-24T12:00:00+03:00", "title": "Врачи" },
    ])
}
