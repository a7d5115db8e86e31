//! `events/summary`: a whole call is over.

use serde_json::{Map, Value};

use super::call::{Dct, Party, dct, party};
use crate::lenient::{moment, number, small, text};

/// A whole call is over (manual 3.1.6). May arrive before the last leg's end.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
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
    /// The id that an outside SIP system gave.
    pub sip_call_id: Option<String>,
    /// Call tracking, which older editions of the manual have here.
    pub dct: Option<Dct>,
}

pub(super) fn summary(body: &Map<String, Value>) -> Option<Summary> {
    Some(Summary {
        entry_id: text(body, "entry_id")?,
        direction: number(body, "call_direction").and_then(|d| d.try_into().ok()),
        from: party(body, "from"),
        to: party(body, "to"),
        line_number: text(body, "line_number"),
        create_time: moment(body, &["create_time"]),
        forward_time: moment(body, &["forward_time"]),
        talk_time: moment(body, &["talk_time"]),
        end_time: moment(body, &["end_time"]),
        entry_result: small(body, "entry_result"),
        disconnect_reason: small(body, "disconnect_reason"),
        sip_call_id: text(body, "sip_call_id"),
        dct: dct(body),
    })
}
