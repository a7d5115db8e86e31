use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// A click-to-call from the click to the end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export, export_to = "messages.ts")]
pub struct Dial {
    /// The command's id at the PBX.
    pub command_id: String,
    /// Whom to call.
    pub number: String,
    /// Whose phone rings first.
    pub extension: String,
    /// How far it is.
    pub state: DialState,
    /// A readable reason when it failed or is unclear.
    pub why: Option<String>,
    /// The PBX's code when it refused.
    pub vpbx_result: Option<i32>,
    /// The call it became.
    pub call: Option<String>,
}

/// How far a click-to-call is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export, export_to = "messages.ts")]
pub enum DialState {
    /// On its way to the PBX.
    Sending,
    /// The PBX took it.
    Accepted,
    /// The receptionist's own phone rings.
    RingingUs,
    /// The called person's phone rings.
    RingingThem,
    /// They talk.
    Talking,
    /// They talked; it is over.
    Done,
    /// It reached nobody.
    Failed,
    /// Nobody knows whether the PBX took it. Never resent.
    Unclear,
}
