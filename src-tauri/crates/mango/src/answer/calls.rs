//! Statistics of whole calls with their legs (manual 3.4.2).

use std::fmt;

use serde_json::{Map, Value};

use crate::lenient::{count, flag, items, moment, number, objects, plain, small, text};

/// What became of a request for statistics of calls.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CallsStats {
    /// The PBX still works on it: ask again in five seconds.
    Working,
    /// The calls.
    Ready(Vec<ContextCall>),
}

/// A whole call.
#[derive(Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ContextCall {
    /// The contact.
    pub entry_id: Option<String>,
    /// 1 inbound, 2 outbound, 3 internal: other numbers than in a [`Summary`](crate::Summary).
    pub context_type: Option<u8>,
    /// Somebody talked.
    pub succeeded: bool,
    /// The calling employee's id.
    pub caller_id: Option<String>,
    /// Who called; of outside callers the number.
    pub caller_name: Option<String>,
    /// The calling number.
    pub caller_number: Option<String>,
    /// The called number.
    pub called_number: Option<String>,
    /// When it began: Unix seconds; 0 when not said.
    pub start: i64,
    /// How long it took, seconds.
    pub duration: u32,
    /// How long somebody talked, seconds.
    pub talk_duration: u32,
    /// Of missed calls: 0 called back in vain, 1 called back, 2 not called back.
    pub recall_status: Option<i32>,
    /// Its legs.
    pub legs: Vec<ContextLeg>,
}

/// A leg of a whole call.
#[derive(Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ContextLeg {
    /// `number`, `user`, `group`, `conference`.
    pub call_type: Option<String>,
    /// The employee's or the group's id.
    pub abonent_id: Option<String>,
    /// The employee's or the group's name.
    pub abonent_info: Option<String>,
    /// The phone where an employee took the call.
    pub abonent_number: Option<String>,
    /// When it began: Unix seconds; 0 when not said.
    pub start: i64,
    /// When it was answered: Unix seconds; 0 for never.
    pub answer: i64,
    /// When it ended: Unix seconds; 0 when not said.
    pub end: i64,
    /// Why it ended: a [`Code`](crate::Code).
    pub end_reason: Option<i32>,
    /// The recordings.
    pub recordings: Vec<String>,
    /// The leg's id in the events, `external_call_id` here.
    pub call_id: Option<String>,
    /// It went out.
    pub outbound: bool,
    /// Another operator took it over.
    pub intercepted: bool,
    /// The employees of a group's leg.
    pub members: Vec<ContextLeg>,
}

pub(super) fn calls_stats(body: &Map<String, Value>) -> Option<CallsStats> {
    let status = text(body, "status").unwrap_or_default().to_ascii_lowercase();
    match status.as_str() {
        "request" | "work" => Some(CallsStats::Working),
        "complete" | "" if body.contains_key("data") => {
            let lists = objects(body, "data").flat_map(|part| objects(part, "list"));
            Some(CallsStats::Ready(lists.map(call).collect()))
        }
        _ => None,
    }
}

fn call(body: &Map<String, Value>) -> ContextCall {
    ContextCall {
        entry_id: text(body, "entry_id"),
        context_type: number(body, "context_type").and_then(|kind| kind.try_into().ok()),
        succeeded: flag(body, "context_status"),
        caller_id: text(body, "caller_id"),
        caller_name: text(body, "caller_name"),
        caller_number: text(body, "caller_number"),
        called_number: text(body, "called_number"),
        start: moment(body, &["context_start_time"]),
        duration: count(body, "duration").unwrap_or(0),
        talk_duration: count(body, "talk_duration").unwrap_or(0),
        recall_status: small(body, "recall_status"),
        legs: objects(body, "context_calls").map(leg).collect(),
    }
}

fn leg(body: &Map<String, Value>) -> ContextLeg {
    // The members of a group have none of their own.
    let members = objects(body, "members").map(without_members).collect();
    ContextLeg { members, ..without_members(body) }
}

fn without_members(body: &Map<String, Value>) -> ContextLeg {
    ContextLeg {
        call_type: text(body, "call_type"),
        abonent_id: text(body, "call_abonent_id"),
        abonent_info: text(body, "call_abonent_info"),
        abonent_number: text(body, "call_abonent_number"),
        start: moment(body, &["call_start_time"]),
        answer: moment(body, &["call_answer_time"]),
        end: moment(body, &["call_end_time"]),
        end_reason: small(body, "call_end_reason"),
        recordings: recordings(items(body, "recording_id")),
        call_id: text(body, "external_call_id"),
        outbound: flag(body, "DirectionOutbound"),
        intercepted: flag(body, "Intercepted"),
        members: Vec::new(),
    }
}

/// Ids, which the manual's sample also puts into lists within the list.
fn recordings(items: &[Value]) -> Vec<String> {
    let one_deep = items.iter().flat_map(|item| match item {
        Value::Array(inner) => inner.as_slice(),
        other @ (Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Object(_)) => {
            std::slice::from_ref(other)
        }
    });
    one_deep.filter_map(plain).filter(|id| !id.is_empty()).collect()
}

impl fmt::Debug for ContextCall {
    /// Without names and numbers: this may reach a log.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let entry = self.entry_id.as_deref().unwrap_or("-");
        write!(f, "ContextCall({entry} at {}, {} legs)", self.start, self.legs.len())
    }
}

impl fmt::Debug for ContextLeg {
    /// Without names and numbers: this may reach a log.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ContextLeg({} at {})", self.call_id.as_deref().unwrap_or("-"), self.start)
    }
}
