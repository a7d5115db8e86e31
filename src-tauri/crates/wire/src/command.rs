use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// What a button may do with a call, for the viewer at hand: the PBX and the call's state allow it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export, export_to = "messages.ts")]
pub enum Action {
    /// End it.
    HangUp,
    /// Take it to this desk: it rings at a colleague's, or waits in the menu or a queue.
    Take,
    /// Hand it over at once.
    Transfer,
    /// Hold it and speak with a colleague first.
    Consult,
    /// Join the person on hold with the colleague.
    CompleteTransfer,
    /// Go back to the person on hold.
    CancelTransfer,
    /// Put it on hold. There is no command to take it off again: the phone does that.
    Hold,
    /// Start recording it.
    Record,
}

/// What somebody did with a call through the PBX, and what became of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export, export_to = "messages.ts")]
pub struct Deed {
    /// The command's id at the PBX.
    pub command_id: String,
    /// What.
    pub what: Action,
    /// The extension that did.
    pub by: Option<String>,
    /// To whom, for a transfer: a short number or E.164.
    pub to: Option<String>,
    /// How far it is.
    pub state: DeedState,
    /// A readable reason when it failed or is unclear.
    pub why: Option<String>,
    /// The PBX's code when it refused.
    pub vpbx_result: Option<i32>,
    /// When it was asked for.
    pub at: String,
}

/// How far a command is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export, export_to = "messages.ts")]
pub enum DeedState {
    /// On its way to the PBX.
    Sending,
    /// The PBX took it; the call does not show it yet.
    Accepted,
    /// The call shows it.
    Done,
    /// It was refused, or did not come about.
    Failed,
    /// Nobody knows whether the PBX took it. Never resent.
    Unclear,
}

/// A text message to a person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export, export_to = "messages.ts")]
pub struct Sms {
    /// The command's id at the PBX.
    pub command_id: String,
    /// To whom.
    pub number: String,
    /// The number as a person reads it.
    pub number_display: String,
    /// The call it belongs to.
    pub call: Option<String>,
    /// The whole text.
    pub text: String,
    /// The extension that sent it.
    pub by: Option<String>,
    /// How far it is.
    pub state: SmsState,
    /// A readable reason when it failed or is unclear.
    pub why: Option<String>,
    /// The PBX's code when it refused or could not deliver.
    pub vpbx_result: Option<i32>,
    /// When it was asked for.
    pub at: String,
}

/// How far a text message is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export, export_to = "messages.ts")]
pub enum SmsState {
    /// On its way to the PBX.
    Sending,
    /// The PBX took it; nothing is known of its delivery yet.
    Accepted,
    /// Delivered.
    Delivered,
    /// Refused, expired or lost.
    Failed,
    /// Nobody knows whether the PBX took it. Never resent.
    Unclear,
}
