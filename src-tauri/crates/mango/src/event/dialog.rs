//! `events/md/…` and `events/robots/stats`: chats and voice robots, which a call desk only takes note of.

use serde_json::{Map, Value};

use crate::lenient::{moment, text_of};

/// `events/md/…`: something happened in a chat (manual 4.8.3, 4.10.3).
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct DialogEvent {
    /// What follows `events/md/`: `onAppealClose`.
    pub kind: String,
    /// The conversation.
    pub id: Option<String>,
    /// Unix seconds; 0 when not said.
    pub timestamp: i64,
}

/// `events/robots/stats`: a filter of the cabinet names it, its shape is published nowhere. Keep the post itself.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct RobotStats {
    /// Unix seconds; 0 when not said.
    pub timestamp: i64,
}

pub(super) fn dialog(kind: &str, body: &Map<String, Value>) -> DialogEvent {
    const ID: &[&str] = &["conversion_id", "appeal_id", "dialog_id", "chat_id", "session_id", "id"];
    DialogEvent {
        kind: kind.to_owned(),
        id: text_of(body, ID),
        timestamp: moment(body, &["timestamp", "end", "create", "when"]),
    }
}

pub(super) fn robot_stats(body: &Map<String, Value>) -> RobotStats {
    RobotStats { timestamp: moment(body, &["timestamp"]) }
}
