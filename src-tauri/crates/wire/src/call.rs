use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::{Action, Card, Deed, LastWords, WrapUp};

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
    /// What the clinic calls that line (`реклама, Яндекс`).
    #[serde(default)]
    pub line_name: Option<String>,
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
    /// Where the number is, by its code: a region, or a country.
    #[serde(default)]
    pub place: Option<Place>,
    /// Whose note it is: the person who was chosen, or alone on the card, when it was written.
    #[serde(default)]
    pub note_person: Option<String>,
    /// The call's recordings, oldest first.
    #[serde(default)]
    pub recordings: Vec<Recording>,
    /// What the caller pressed in the voice menu, in order.
    #[serde(default)]
    pub pressed: Vec<String>,
    /// Where the caller found our number, by call tracking.
    #[serde(default)]
    pub advert: Option<Advert>,
    /// What the call was about, by speech analytics.
    #[serde(default)]
    pub topics: Vec<String>,
    /// The PBX's address book's name for the number.
    #[serde(default)]
    pub known_as: Option<String>,
    /// What was done with it through the PBX, oldest first.
    #[serde(default)]
    pub deeds: Vec<Deed>,
    /// What this connection may do with it now.
    #[serde(default)]
    pub may: Vec<Action>,
    /// The id an outside SIP system gave.
    #[serde(default)]
    pub sip_call_id: Option<String>,
    /// True when it happened while nobody listened: it is known from the PBX's statistics.
    #[serde(default)]
    pub recalled: bool,
    /// What a receptionist wrote about the call.
    pub note: Option<String>,
    /// What the receptionist said it was about; null while nothing was said.
    #[serde(default)]
    pub wrap_up: Option<WrapUp>,
    /// What was said the last time the clinic talked with this number. Comes a moment after the call.
    #[serde(default)]
    pub last_words: Option<LastWords>,
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

/// A recording of a call. The sound stays at the PBX.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export, export_to = "messages.ts")]
pub struct Recording {
    /// The PBX's `recording_id`.
    pub id: String,
    /// Who was recorded.
    pub extension: Option<String>,
    /// Whether it can be played.
    pub state: RecordingState,
    /// A readable reason when there is nothing to play.
    pub why: Option<String>,
    /// True when speech analytics has looked at it.
    pub tagged: bool,
    /// True when its speech was recognised.
    pub recognized: bool,
}

/// Whether a recording can be played.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export, export_to = "messages.ts")]
pub enum RecordingState {
    /// The call is being recorded.
    Going,
    /// Recorded, not yet in the PBX's storage.
    Waiting,
    /// It can be played.
    Ready,
    /// Nothing was kept.
    Lost,
}

/// Where a caller found our number.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export, export_to = "messages.ts")]
pub struct Advert {
    /// The tracking number, E.164.
    pub number: Option<String>,
    /// True for a number shown to this visitor alone.
    pub dynamic: bool,
    /// The source in words, when it is known.
    pub source: Option<String>,
}

/// A region or country, in both languages.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export, export_to = "messages.ts")]
pub struct Place {
    /// Russian.
    pub ru: String,
    /// English.
    pub en: String,
}
