use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// What a receptionist says a call was about, once it is over or while it lasts. Never compulsory.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(default)]
#[ts(export, export_to = "messages.ts")]
pub struct WrapUp {
    /// One of the settings' outcomes, in their words; null: none was chosen.
    pub outcome: Option<String>,
    /// Some of the settings' tags, in their words, in the settings' order.
    pub tags: Vec<String>,
    /// True once somebody said that nothing more is to be written.
    pub done: bool,
    /// Who changed it last.
    pub by: Option<String>,
    /// When.
    pub at: Option<String>,
}

/// What was said the last time: stands on the next card and on a row of missed calls.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export, export_to = "messages.ts")]
pub struct LastWords {
    /// The call they are about.
    pub call: String,
    /// When that call began.
    pub at: String,
    /// The extension that talked, or called.
    pub by: Option<String>,
    /// The note.
    pub note: Option<String>,
    /// Whom the note is about, by the directory's id.
    pub person: Option<String>,
    /// The outcome.
    pub outcome: Option<String>,
    /// The tags.
    pub tags: Vec<String>,
}

/// What can be chosen in a wrap-up: the settings' lists, in their order.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export, export_to = "messages.ts")]
pub struct WrapUpChoices {
    /// One of them ends a call.
    pub outcomes: Vec<WrapUpChoice>,
    /// Any of them may be put on a call.
    pub tags: Vec<WrapUpChoice>,
}

/// An outcome or a tag.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export, export_to = "messages.ts")]
pub struct WrapUpChoice {
    /// What the button says, and what is kept.
    pub name: String,
    /// The key that chooses it while the wrap-up has the keyboard (one letter or digit); empty: none.
    pub key: String,
}
