//! Questions about people, groups, recordings and contacts (manual 3.5 to 3.9, 4.7).

use serde::{Serialize, Serializer};

/// `config/users/request`: who works here (manual 3.7.1). The default asks for everybody, with the usual fields.
#[derive(Clone, Default, PartialEq, Eq, Serialize)]
pub struct UsersQuery {
    /// Only the employee with this short number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub extension: Option<String>,
    /// Fields beyond the usual: `general.user_id`, `groups`, `general.mobile`, …
    #[serde(rename = "ext_fields", skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<String>,
}

/// `groups`: which groups distribute calls (manual 3.7.2). The default asks for all, without their operators.
#[derive(Clone, Default, PartialEq, Eq, Serialize)]
pub struct GroupsQuery {
    /// Only this group.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub group_id: Option<String>,
    /// Only groups of this employee.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub operator_id: Option<String>,
    /// Only groups of the employee with this short number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub operator_extension: Option<String>,
    /// With their operators.
    #[serde(serialize_with = "one_or_zero")]
    pub show_users: bool,
}

/// What is to become of a recording (manual 3.5).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum RecordingAction {
    /// To be heard.
    Play,
    /// To be kept.
    Download,
}

/// `ab/contact/init`: searches the PBX's address book and answers with the first page (manual 3.9.3.1).
#[derive(Clone, Default, PartialEq, Eq, Serialize)]
pub struct ContactSearch {
    /// Part of a name or a number; empty for everything.
    pub query: String,
    /// How many contacts a page has: 10 without it, 500 at most.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit_rows: Option<u32>,
}

/// `ab/contact/cursor/`: another page of a search (manual 3.9.3.2).
#[derive(Clone, PartialEq, Eq)]
pub struct ContactCursor {
    /// What the search or the last page was answered with.
    pub cursor: String,
    /// Which page.
    pub mode: CursorMode,
}

/// Which page of a search (manual 3.9.3.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CursorMode {
    /// The first.
    First,
    /// The last.
    Last,
    /// The same again.
    Current,
    /// So many further on.
    Next(u32),
    /// So many back.
    Previous(u32),
}

#[derive(Serialize)]
pub(super) struct RecordingBody<'a> {
    pub(super) recording_id: &'a str,
    pub(super) action: RecordingAction,
}

#[derive(Serialize)]
pub(super) struct TopicsBody {
    /// A list in JSON, within text: the manual has it so.
    recording_id: String,
    with_names: bool,
}

#[derive(Serialize)]
pub(super) struct NumberBody<'a> {
    pub(super) number: &'a str,
}

#[derive(Serialize)]
pub(super) struct EntryBody<'a> {
    pub(super) entry_id: &'a str,
}

#[derive(Serialize)]
pub(super) struct CursorBody<'a> {
    cursor: &'a str,
    mode: String,
}

impl TopicsBody {
    pub(super) fn of(recording_id: &str) -> TopicsBody {
        TopicsBody { recording_id: super::text(&[recording_id]), with_names: true }
    }
}

impl RecordingAction {
    /// The PBX's word.
    pub fn as_str(self) -> &'static str {
        match self {
            RecordingAction::Play => "play",
            RecordingAction::Download => "download",
        }
    }
}

impl<'a> From<&'a ContactCursor> for CursorBody<'a> {
    fn from(q: &'a ContactCursor) -> Self {
        let mode = match q.mode {
            CursorMode::First => "first-page".to_owned(),
            CursorMode::Last => "last-page".to_owned(),
            CursorMode::Current => "current-page".to_owned(),
            CursorMode::Next(pages) => format!("next-page-{pages}"),
            CursorMode::Previous(pages) => format!("prev-page-{pages}"),
        };
        CursorBody { cursor: &q.cursor, mode }
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands fields over by reference")]
fn one_or_zero<S: Serializer>(yes: &bool, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_u8(u8::from(*yes))
}
