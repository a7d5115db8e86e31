//! `result/…`: what became of a command, and that statistics are ready.

use serde_json::{Map, Value};

use crate::lenient::{small, text};

/// What became of a command (manual 3.2). No order is promised between it and the events it caused.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct CommandResult {
    /// What follows `result/`: `callback`, `call/hangup`.
    pub command: String,
    /// The id that we gave, if we gave one.
    pub command_id: Option<String>,
    /// A [`Code`](crate::Code).
    pub result: i32,
}

/// Statistics can be fetched (manual 3.4.1.2). `result/stat` in one edition of the manual, `result/stats` in another.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct StatsReady {
    /// What the request for them was answered with.
    pub key: Option<String>,
    /// The id that we gave the request, if we gave one.
    pub request_id: Option<String>,
}

pub(super) fn command_result(command: &str, body: &Map<String, Value>) -> Option<CommandResult> {
    Some(CommandResult {
        command: command.to_owned(),
        command_id: text(body, "command_id"),
        result: small(body, "result")?,
    })
}

pub(super) fn stats_ready(body: &Map<String, Value>) -> Option<StatsReady> {
    let ready = StatsReady { key: text(body, "key"), request_id: text(body, "request_id") };
    (ready.key.is_some() || ready.request_id.is_some()).then_some(ready)
}
