use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::WrapUpChoices;

/// The state of the desk itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export, export_to = "messages.ts")]
pub struct Desk {
    /// The extension of this connection.
    pub extension: Option<String>,
    /// The reception groups of this connection.
    pub groups: Vec<String>,
    /// Where the PBX posts.
    pub listener: ListenerHealth,
    /// Where patients are looked up.
    pub directory: DirectoryHealth,
    /// The PBX's command API.
    pub vpbx: VpbxHealth,
    /// Whether this computer's clock agrees with the PBX's.
    pub clock: ClockState,
    /// True when the log cannot be written: calls still pop, nothing is kept.
    pub log_failing: bool,
    /// Why, readable.
    pub log_why: Option<String>,
    /// The file's name of the log of before, when it was found damaged at this start and a new one was begun.
    #[serde(default)]
    pub log_set_aside: Option<String>,
    /// Whether the PBX's code and key are set.
    pub configured: bool,
    /// How far the desk is with what happened while it did not listen; null when there was nothing to ask.
    #[serde(default)]
    pub catch_up: Option<CatchUp>,
    /// The outgoing line that callbacks use; null: the PBX chooses.
    #[serde(default)]
    pub line: Option<String>,
    /// Ready-made text messages.
    #[serde(default)]
    pub sms_templates: Vec<SmsTemplate>,
    /// What can be chosen in a wrap-up.
    #[serde(default)]
    pub wrap_up: WrapUpChoices,
    /// The program's version.
    pub version: String,
}

/// Where the PBX posts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export, export_to = "messages.ts")]
pub struct ListenerHealth {
    /// The address on this machine.
    pub url: String,
    /// When the last event was accepted.
    pub last_event_at: Option<String>,
    /// Events accepted since start.
    #[ts(type = "number")]
    pub accepted: u64,
    /// Posts refused since start.
    #[ts(type = "number")]
    pub refused: u64,
    /// A readable reason when the PBX's posts come and cannot be taken.
    #[serde(default)]
    pub why: Option<String>,
}

/// Where patients are looked up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export, export_to = "messages.ts")]
pub struct DirectoryHealth {
    /// `file`, `mgerm`, …
    pub kind: String,
    /// Whether it answers.
    pub state: DirectoryState,
    /// A readable reason when it is not `ok`, or what was skipped.
    pub why: Option<String>,
    /// How many people it holds, where it knows.
    pub people: Option<u32>,
    /// What can be changed through it.
    #[serde(default)]
    pub can: DirectoryCan,
}

/// What can be changed through a directory.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(default)]
#[ts(export, export_to = "messages.ts")]
pub struct DirectoryCan {
    /// Confirm and refuse a visit.
    pub confirm_visit: bool,
    /// Register a new patient.
    pub register_person: bool,
    /// Add the caller's number to a patient's record.
    pub attach_number: bool,
    /// Show free times, make a visit.
    pub make_visit: bool,
    /// Cancel a visit.
    pub cancel_visit: bool,
}

/// Whether a directory answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export, export_to = "messages.ts")]
pub enum DirectoryState {
    /// It answers.
    Ok,
    /// It answers late.
    Slow,
    /// It does not answer.
    Down,
}

/// The PBX's command API.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export, export_to = "messages.ts")]
pub struct VpbxHealth {
    /// How the last command fared.
    pub state: VpbxState,
    /// A readable reason when it is not `ok`.
    pub why: Option<String>,
    /// Until when commands are held back after refusals.
    pub quiet_until: Option<String>,
}

/// How the last command to the PBX fared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export, export_to = "messages.ts")]
pub enum VpbxState {
    /// Accepted.
    Ok,
    /// None was sent yet.
    Unknown,
    /// Refused.
    Refused,
    /// Not reached.
    Down,
}

/// Whether this computer's clock agrees with the PBX's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export, export_to = "messages.ts")]
pub struct ClockState {
    /// This computer's time minus the PBX's, in ms; null before the first event.
    #[ts(type = "number | null")]
    pub ahead_ms: Option<i64>,
    /// True when it is so far off that a person must mend it.
    pub wrong: bool,
}

/// What the desk learns from the PBX's statistics about the time in which it did not listen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export, export_to = "messages.ts")]
pub struct CatchUp {
    /// How far it is.
    pub state: CatchUpState,
    /// When the silence began.
    pub since: String,
    /// When it ended.
    pub until: String,
    /// Calls that the desk had not heard of.
    pub calls: u32,
    /// How many of them are missed calls.
    pub missed: u32,
    /// A readable reason when it failed or has to wait.
    pub why: Option<String>,
}

/// How far the desk is with what it slept through.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export, export_to = "messages.ts")]
pub enum CatchUpState {
    /// It asks the PBX.
    Asking,
    /// History and missed calls are complete.
    Done,
    /// The PBX did not tell; it will be asked again.
    Failed,
}

/// A ready-made text message. In its text `{имя}`, `{врач}`, `{когда}` and `{клиника}` stand for what the card knows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export, export_to = "messages.ts")]
pub struct SmsTemplate {
    /// What the button says.
    pub name: String,
    /// The text.
    pub text: String,
}
