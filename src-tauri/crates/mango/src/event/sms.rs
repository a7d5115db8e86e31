//! `events/sms`: what became of a text message of ours.

use serde_json::{Map, Value};

use crate::lenient::{moment, small, text};

/// What became of a text message of ours (manual 3.1.3).
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct SmsDelivery {
    /// The id that we gave the command, if we gave one.
    pub command_id: Option<String>,
    /// Unix seconds; 0 when not said.
    pub timestamp: i64,
    /// A [`Code`](crate::Code): 1000 delivered, 43xx not.
    pub reason: i32,
}

pub(super) fn delivery(body: &Map<String, Value>) -> Option<SmsDelivery> {
    Some(SmsDelivery {
        command_id: text(body, "command_id"),
        timestamp: moment(body, &["timestamp"]),
        reason: small(body, "reason").or_else(|| small(body, "result"))?,
    })
}
