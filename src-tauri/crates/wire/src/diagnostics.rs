use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use ts_rs::TS;

/// How the desk fares, for the person who looks after it. Holds no name and no full number.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[ts(export, export_to = "messages.ts")]
pub struct Diagnostics {
    /// The ways of the newest calls, newest first.
    pub ways: Vec<CallWay>,
    /// Counters since the start, by name.
    #[ts(type = "Record<string, number>")]
    pub counters: BTreeMap<String, u64>,
    /// Accepted events since the start, by their path.
    #[ts(type = "Record<string, number>")]
    pub events: BTreeMap<String, u64>,
    /// When the desk started.
    pub started_at: String,
    /// The program's version.
    pub version: String,
    /// The system it runs on.
    pub system: String,
    /// The log's file in bytes, with what is not yet checkpointed.
    #[ts(type = "number | null")]
    pub log_bytes: Option<u64>,
    /// Facts in the log.
    #[ts(type = "number")]
    pub facts: i64,
}

/// The way of one call through the desk. Moments are by this computer's clock, RFC 3339 in UTC with milliseconds.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, TS)]
#[serde(default)]
#[ts(export, export_to = "messages.ts")]
pub struct CallWay {
    /// The number with its middle hidden: `+7 9•• •••-••-01`.
    pub number: Option<String>,
    /// When the PBX says that it happened.
    pub happened_at: Option<String>,
    /// The first post's body was there.
    pub received_at: Option<String>,
    /// Its signature was right, in ms after `received_at`.
    pub verified_ms: Option<f64>,
    /// It stood in the feed, in ms after `received_at`.
    pub fed_ms: Option<f64>,
    /// It was on disk, in ms after `received_at`.
    pub stored_ms: Option<f64>,
    /// The directory's first word was there, in ms after `received_at`.
    pub looked_up_ms: Option<f64>,
    /// What the word was.
    pub looked_up: Option<crate::CardStatus>,
    /// A window had painted it, in ms after `received_at`.
    pub shown_ms: Option<f64>,
}
