use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// The numbers of some days, counted from the calls in history by the clinic's local time. Rehearsals are not counted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[ts(export, export_to = "messages.ts")]
pub struct Numbers {
    /// The first day, `2026-11-24`.
    pub from: String,
    /// The last day, included.
    pub to: String,
    /// The first day that history still has when that is later than `from`.
    pub kept_since: Option<String>,
    /// All days together.
    pub total: Tally,
    /// As many days before them, to compare with; null when history does not reach so far.
    pub before: Option<Tally>,
    /// Each day.
    pub days: Vec<DayNumbers>,
    /// Each hour of the day, 0 to 23, of all days together.
    pub hours: Vec<Tally>,
    /// Each of our lines, the busiest first. The empty line: the PBX did not tell.
    pub lines: Vec<LineNumbers>,
    /// Each colleague who talked or called, the busiest first.
    pub colleagues: Vec<ColleagueNumbers>,
    /// How many calls have each outcome of the wrap-up, the most frequent first.
    pub outcomes: Vec<NamedCount>,
    /// How many calls have each tag.
    pub tags: Vec<NamedCount>,
}

/// What is counted of calls that began in some time.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, TS)]
#[serde(default)]
#[ts(export, export_to = "messages.ts")]
pub struct Tally {
    /// Inbound calls that are over: the sum of the four below.
    pub inbound: u32,
    /// Somebody here talked.
    pub answered: u32,
    /// It rang at someone, nobody talked.
    pub missed: u32,
    /// Gone before it rang at anyone.
    pub abandoned: u32,
    /// The end never reached us.
    pub unknown: u32,
    /// Outbound calls that are over.
    pub outbound: u32,
    /// Of them, those that were answered.
    pub outbound_answered: u32,
    /// Rows of missed calls (one per number) that began in the time.
    pub rows: u32,
    /// Of them: we called back and they answered.
    pub reached: u32,
    /// They called again and got through.
    pub called_again: u32,
    /// Closed by hand.
    pub dismissed: u32,
    /// Still open.
    pub open: u32,
    /// From the first ring of an answered inbound call until somebody talked, in ms: half of them waited less.
    pub wait_p50_ms: Option<u32>,
    /// Nine of ten waited less, in ms.
    pub wait_p90_ms: Option<u32>,
    /// How long an answered call (in or out) lasted from the answer to its end, in ms: the median.
    pub talk_p50_ms: Option<u32>,
    /// All of it, in ms.
    #[ts(type = "number")]
    pub talk_total_ms: u64,
    /// From the first missed call of a row that was `reached` until they were, in ms: the median.
    #[ts(type = "number | null")]
    pub callback_p50_ms: Option<u64>,
    /// Nine of ten were reached sooner, in ms.
    #[ts(type = "number | null")]
    pub callback_p90_ms: Option<u64>,
}

/// One day's numbers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[ts(export, export_to = "messages.ts")]
pub struct DayNumbers {
    /// `2026-11-24`.
    pub date: String,
    /// What is counted.
    pub tally: Tally,
}

/// One line's numbers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[ts(export, export_to = "messages.ts")]
pub struct LineNumbers {
    /// Our number; empty when the PBX did not tell.
    pub line: String,
    /// What the clinic calls it.
    pub name: Option<String>,
    /// What is counted. Rows of missed calls belong to the line of their first call.
    pub tally: Tally,
}

/// One colleague's numbers: the inbound calls that they talked on first, and those that they made.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[ts(export, export_to = "messages.ts")]
pub struct ColleagueNumbers {
    /// The extension.
    pub extension: String,
    /// Their name, when the PBX told it.
    pub name: Option<String>,
    /// Inbound calls answered by them.
    pub answered: u32,
    /// Outbound calls made by them.
    pub outbound: u32,
    /// Of them, those that were answered.
    pub outbound_answered: u32,
    /// Rows of missed calls that they reached.
    pub reached: u32,
    /// How long they talked, in ms: half of the calls were shorter.
    pub talk_p50_ms: Option<u32>,
    /// All of it, in ms.
    #[ts(type = "number")]
    pub talk_total_ms: u64,
    /// How long the callers whom they answered had waited, in ms: the median.
    pub wait_p50_ms: Option<u32>,
}

/// Something and how often.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export, export_to = "messages.ts")]
pub struct NamedCount {
    /// Its name.
    pub name: String,
    /// How often.
    pub count: u32,
}
