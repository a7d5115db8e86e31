//! Extended statistics: one object a call, its legs inside (manual 3.4.2.3).

use jiff::Timestamp;
use serde_json::{Value, json};

use super::{Person, Row};
use crate::cast::Cast;
use crate::script::{Direction, Transfer};

/// Which calls are asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Contexts {
    pub(crate) limit: usize,
    pub(crate) offset: usize,
    /// 1 inbound, 2 outbound, 3 internal: not the numbers of the summary. None are all.
    pub(crate) context_types: Vec<i64>,
    /// 1 when somebody talked.
    pub(crate) context_status: Option<i64>,
}

/// The list of calls that these legs (oldest first) belong to.
pub(crate) fn contexts(rows: &[Row], wanted: &Contexts, cast: &Cast) -> Value {
    let mut entries: Vec<Vec<&Row>> = Vec::new();
    let mut places = std::collections::HashMap::new();
    for row in rows {
        let place = *places.entry(row.entry_id.as_str()).or_insert_with(|| {
            entries.push(Vec::new());
            entries.len() - 1
        });
        entries[place].push(row);
    }
    let is_wanted = |legs: &&Vec<&Row>| {
        (wanted.context_types.is_empty() || wanted.context_types.contains(&context_type(legs[0])))
            && wanted.context_status.is_none_or(|status| status == context_status(legs))
    };
    let found: Vec<&Vec<&Row>> = entries.iter().filter(is_wanted).collect();
    let list: Vec<Value> =
        found.iter().skip(wanted.offset).take(wanted.limit).map(|legs| context(legs, cast)).collect();
    let (talks, calls) = found.iter().fold((0, 0), |(talks, calls), legs| (talks + talked(legs), calls + lasted(legs)));
    json!([{
        "list": list, "period": Timestamp::now().strftime("%d.%m.%Y").to_string(),
        "total_talks_duration": talks, "total_calls_duration": calls, "total_calls_count": found.len(),
    }])
}

fn context_type(leg: &Row) -> i64 {
    match leg.direction {
        Direction::Inbound => 1,
        Direction::Outbound => 2,
        Direction::Internal => 3,
    }
}

fn context_status(legs: &[&Row]) -> i64 {
    legs.iter().any(|leg| reached(leg)).into()
}

/// Whether this leg is a talk: the first leg of a click-to-call only brings the employee to the phone.
fn reached(leg: &Row) -> bool {
    leg.answer > 0
        && leg.location == "abonent"
        && !(leg.direction == Direction::Outbound && leg.from.extension.is_none())
}

fn talked(legs: &[&Row]) -> i64 {
    legs.iter().filter(|leg| reached(leg)).map(|leg| leg.finish.unwrap_or(leg.answer) - leg.answer).sum()
}

fn lasted(legs: &[&Row]) -> i64 {
    let start = legs.iter().map(|leg| leg.start).min().unwrap_or(0);
    legs.iter().filter_map(|leg| leg.finish).max().unwrap_or(start) - start
}

fn user_id(person: &Person, cast: &Cast) -> Option<i64> {
    let place = cast.place(person.extension.as_deref()?)?;
    Some(cast.user_id(place))
}

fn name(person: &Person, cast: &Cast) -> String {
    let place = person.extension.as_deref().and_then(|extension| cast.place(extension));
    place.map_or_else(|| person.number.clone().unwrap_or_default(), |place| cast.name(place))
}

fn context(legs: &[&Row], cast: &Cast) -> Value {
    let first = legs[0];
    // The first leg of a click-to-call shows the patient as the caller, which it is not (reference 5.6).
    let out = legs.iter().find(|leg| leg.from.extension.is_some()).filter(|_| first.direction == Direction::Outbound);
    let (caller, called) = match out {
        Some(leg) => (&leg.from, leg.to.number.clone()),
        None => (&first.from, first.line.clone().or_else(|| first.to.number.clone())),
    };
    json!({
        "entry_id": first.entry_id, "context_type": context_type(first), "context_status": context_status(legs),
        "caller_id": user_id(caller, cast), "caller_name": name(caller, cast), "caller_number": caller.number,
        "called_number": called, "context_start_time": first.created, "duration": lasted(legs),
        "talk_duration": talked(legs), "context_init_type": if out.is_some() { 4 } else { 0 }, "recall_status": 2,
        "context_calls": context_calls(legs, cast),
    })
}

fn context_calls(legs: &[&Row], cast: &Cast) -> Vec<Value> {
    let mut calls = Vec::new();
    let mut groups: Vec<usize> = Vec::new();
    for leg in legs {
        match leg.group.filter(|_| leg.location == "abonent") {
            None => calls.push(leg_of(leg, legs, cast)),
            // All phones of a group are one element, and the phones its members.
            Some(group) if groups.contains(&group) => {}
            Some(group) => {
                groups.push(group);
                let members: Vec<&&Row> =
                    legs.iter().filter(|leg| leg.group == Some(group) && leg.location == "abonent").collect();
                let answered = members.iter().find(|leg| leg.answer > 0).unwrap_or(&members[0]);
                let mut call = leg_of(answered, legs, cast);
                call["call_type"] = "group".into();
                call["call_abonent_id"] = cast.group_id(group).into();
                call["call_abonent_info"] = (if group == 0 { "Регистратура" } else { "Врачи" }).into();
                call["ModeGroup"] = true.into();
                call["members"] = members.iter().map(|leg| leg_of(leg, legs, cast)).collect();
                calls.push(call);
            }
        }
    }
    calls
}

fn leg_of(leg: &Row, legs: &[&Row], cast: &Cast) -> Value {
    let (kind, person) = match (&leg.to.extension, &leg.from.extension) {
        (Some(_), _) => ("user", &leg.to),
        (None, Some(_)) => ("number", &leg.from),
        (None, None) => ("number", &leg.to),
    };
    let finish = leg.finish.unwrap_or(leg.start);
    let talk = if leg.answer > 0 { finish - leg.answer } else { 0 };
    let inbound = leg.direction == Direction::Inbound;
    json!({
        "call_type": kind, "call_abonent_id": user_id(person, cast), "call_abonent_info": name(person, cast),
        "call_abonent_number": leg.to.number, "call_start_time": leg.start,
        "call_answer_time": (leg.answer > 0).then_some(leg.answer), "call_end_time": finish,
        "call_duration": finish - leg.start, "talk_duration": talk,
        "dial_duration": finish - leg.start - talk, "hold_duration": (leg.held > 0).then_some(leg.held),
        "call_end_reason": leg.reason, "recording_id": leg.records, "external_call_id": leg.call_id,
        "DirectionInbound": inbound, "DirectionOutbound": !inbound, "ModeConversation": leg.answer > 0,
        "ModeListen": false, "ModePrompt": false, "ModeConference": false, "ModeGroup": false,
        "RecordInbound": inbound && !leg.records.is_empty(), "RecordOutbound": !inbound && !leg.records.is_empty(),
        "BlindTransfer": leg.transfer == Some(Transfer::Blind),
        "ConsultTransfer": leg.transfer == Some(Transfer::Consultative), "OutboundDialing": false,
        "Intercepted": false, "IvrNotUsed": !legs.iter().any(|leg| leg.location == "ivr"),
    })
}
