use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Who and what the PBX knows: colleagues, groups, lines. Empty until it was asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export, export_to = "messages.ts")]
pub struct Roster {
    /// Everybody with a short number, by short number.
    pub colleagues: Vec<Colleague>,
    /// The groups with a short number.
    pub groups: Vec<Group>,
    /// The clinic's lines.
    pub lines: Vec<Line>,
    /// When the PBX told; null while it has not.
    pub at: Option<String>,
    /// A readable reason when it could not be asked.
    pub why: Option<String>,
}

/// An employee.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export, export_to = "messages.ts")]
pub struct Colleague {
    /// The short number.
    pub extension: String,
    /// The name.
    pub name: Option<String>,
    /// Department or position.
    pub department: Option<String>,
    /// Short numbers of the groups.
    pub groups: Vec<String>,
    /// The contact centre's status, when it told one. Whether somebody talks is seen from the calls.
    pub presence: Option<Presence>,
    /// The contact centre's own word or number for the status.
    pub presence_text: Option<String>,
}

/// A contact-centre status.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export, export_to = "messages.ts")]
pub enum Presence {
    /// Takes calls.
    Available,
    /// At work, not taking calls just now.
    Busy,
    /// On a break.
    Away,
    /// Does not want to be disturbed.
    DoNotDisturb,
    /// Not at work.
    Offline,
    /// A status that this version has no word for.
    Other,
}

/// A group of employees.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export, export_to = "messages.ts")]
pub struct Group {
    /// The short number.
    pub extension: String,
    /// The name.
    pub name: Option<String>,
}

/// A line of the clinic.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export, export_to = "messages.ts")]
pub struct Line {
    /// E.164, or the name or address of a SIP line.
    pub number: String,
    /// What the clinic calls it: the settings' name, else the PBX's.
    pub name: Option<String>,
}
