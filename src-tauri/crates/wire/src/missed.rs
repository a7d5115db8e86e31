use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::{LastWords, Person};

/// A person, or a number, that reached nobody: one row, however often they called.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[ts(export, export_to = "messages.ts")]
pub struct Missed {
    /// The row's id.
    pub id: String,
    /// Null for a hidden number.
    pub number: Option<String>,
    /// The number as a person reads it.
    pub number_display: Option<String>,
    /// The person, when the directory knows exactly one or one was chosen.
    pub person: Option<Person>,
    /// The missed calls, oldest first.
    pub calls: Vec<String>,
    /// How many.
    pub count: u32,
    /// When the first was missed.
    pub first_at: String,
    /// When the latest was missed.
    pub last_at: String,
    /// Where the latest died.
    pub why: MissedWhy,
    /// The extension that said "I will call back".
    pub claimed_by: Option<String>,
    /// Until when the row is put off; a new miss, or that moment, brings it back.
    #[serde(default)]
    pub postponed_until: Option<String>,
    /// What was said the last time somebody here talked with them.
    #[serde(default)]
    pub last_words: Option<LastWords>,
    /// How the row was closed; null while open.
    pub closed: Option<Closed>,
}

/// Where a missed call died.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export, export_to = "messages.ts")]
pub enum MissedWhy {
    /// A phone rang.
    Rang,
    /// In the queue.
    Queue,
    /// In the voice menu.
    Menu,
    /// The clinic was closed.
    Closed,
}

/// How a row of missed calls was closed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export, export_to = "messages.ts")]
pub struct Closed {
    /// What closed it.
    pub how: ClosedHow,
    /// When.
    pub at: String,
    /// The extension that did.
    pub by: Option<String>,
    /// From the row's first missed call until then, in ms.
    #[serde(default)]
    #[ts(type = "number | null")]
    pub after_ms: Option<u64>,
    /// The call in which they were reached, or got through.
    #[serde(default)]
    pub call: Option<String>,
    /// Why it was dismissed, in the receptionist's words.
    #[serde(default)]
    pub reason: Option<String>,
}

/// What closed a row of missed calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export, export_to = "messages.ts")]
pub enum ClosedHow {
    /// Somebody here called back and talked.
    Reached,
    /// The person called again and got through.
    CalledAgain,
    /// A receptionist closed it.
    Dismissed,
}
