use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::Card;

/// One contact of one person with the clinic, from the first ring to the last hang-up.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[ts(export, export_to = "messages.ts")]
pub struct Call {
    /// The PBX's `entry_id`.
    pub id: String,
    /// Who called whom.
    pub direction: Direction,
    /// The most advanced live leg; `ended` once all is over.
    pub state: CallState,
    /// How it ended; null while the call lives.
    pub outcome: Option<Outcome>,
    /// The other side: the caller of an inbound call, the called of an outbound one. Null when hidden or internal.
    pub number: Option<String>,
    /// The number as a person reads it (`+7 900 555-01-01`); null exactly when `number` is.
    pub number_display: Option<String>,
    /// Our number that was called.
    pub line: Option<String>,
    /// The PBX group that distributes the call; `""` when the PBX says that the group has no number.
    pub group: Option<String>,
    /// When the call began.
    pub started_at: String,
    /// When somebody here first talked.
    pub answered_at: Option<String>,
    /// When the last leg ended; null while the call lives and when the end never reached us.
    pub ended_at: Option<String>,
    /// The extension that talked first.
    pub answered_by: Option<String>,
    /// The extension that called, for an outbound or internal call.
    pub by: Option<String>,
    /// Whether it pops on the desk of this connection.
    pub pops: bool,
    /// The branches of the call in the order they appeared.
    pub legs: Vec<Leg>,
    /// Our command that made the call.
    pub command_id: Option<String>,
    /// The PBX's code for why it ended (reference, code table).
    pub reason: Option<i32>,
    /// Who the other side is, as far as the directory knows.
    pub card: Card,
    /// Ids of the call's recordings.
    pub recordings: Vec<String>,
    /// What a receptionist wrote about the call.
    pub note: Option<String>,
    /// True for a call of the rehearsal PBX: never in history, missed calls or statistics.
    pub rehearsal: bool,
}

/// Who called whom.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export, export_to = "messages.ts")]
pub enum Direction {
    /// From outside to us.
    Inbound,
    /// From us to outside.
    Outbound,
    /// Between colleagues.
    Internal,
}

/// What a call is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export, export_to = "messages.ts")]
pub enum CallState {
    /// In a menu or a queue.
    Greeting,
    /// A phone rings.
    Ringing,
    /// Two people talk.
    Talking,
    /// The other side hears music.
    Held,
    /// Over.
    Ended,
}

/// How a call ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export, export_to = "messages.ts")]
pub enum Outcome {
    /// Somebody talked.
    Answered,
    /// It rang at someone and nobody talked.
    Missed,
    /// Gone before it rang at anyone.
    Abandoned,
    /// An outbound call that reached nobody.
    Failed,
    /// The end never reached us.
    Unknown,
}

/// One branch of a call: a menu, a queue, or one rung phone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export, export_to = "messages.ts")]
pub struct Leg {
    /// The PBX's `call_id`.
    pub id: String,
    /// The employee's short number.
    pub extension: Option<String>,
    /// The state its latest event tells.
    pub state: LegState,
    /// `ivr`, `queue`, `abonent`, a word newer than this program, or null.
    pub location: Option<String>,
    /// The device rung: a `sip:` address or a number.
    pub device: Option<String>,
}

/// What a leg is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export, export_to = "messages.ts")]
pub enum LegState {
    /// `Appeared`.
    Ringing,
    /// `Connected`.
    Talking,
    /// `OnHold`.
    Held,
    /// `Disconnected`.
    Ended,
}
