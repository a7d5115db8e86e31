//! `events/user/…`: the contact centre's status of employees.

use serde_json::{Map, Value};

use crate::lenient::{moment, small, text, text_of};

/// `events/user/status_changed`: an employee's status in the contact centre changed (manual 4.4.2.1).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct UserStatus {
    /// The employee: `abonent_id` in the manual.
    pub user_id: Option<String>,
    /// The employee's short number, which the manual does not have.
    pub extension: Option<String>,
    /// The status, a number as text.
    pub status: Option<String>,
    /// The PBX's own name of the status.
    pub status_alias: Option<String>,
    /// The basic status that decides whether calls come: a number as text.
    pub parent_status: Option<String>,
    /// When it changed: Unix seconds; 0 when not said. Posted in milliseconds.
    pub timestamp: i64,
    /// The session in which it changed.
    pub session_id: Option<String>,
}

/// `events/user/session_end`: an employee's session in the contact centre ended (manual 4.4.2.2).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct SessionEnd {
    /// The employee: `abonent` or `abonent_id` in the manual.
    pub user_id: Option<String>,
    /// The employee's short number, which the manual does not have.
    pub extension: Option<String>,
    /// A status, which the manual does not have.
    pub status: Option<String>,
    /// Why: a [`Code`](crate::Code).
    pub result: Option<i32>,
    /// Unix seconds; 0 when not said. Posted in milliseconds.
    pub timestamp: i64,
    /// The session.
    pub session_id: Option<String>,
}

/// The manual names the employee differently in its table and in its sample.
const USER: &[&str] = &["user_id", "abonent_id", "abonent"];
const SESSION: &[&str] = &["session_id", "session"];

pub(super) fn status(body: &Map<String, Value>) -> Option<UserStatus> {
    let changed = UserStatus {
        user_id: text_of(body, USER),
        extension: text(body, "extension"),
        status: text_of(body, &["status", "status_id"]),
        status_alias: text(body, "status_alias"),
        parent_status: text(body, "parent_status"),
        timestamp: moment(body, &["when", "timestamp"]),
        session_id: text_of(body, SESSION),
    };
    (changed.user_id.is_some() || changed.extension.is_some()).then_some(changed)
}

pub(super) fn session_end(body: &Map<String, Value>) -> Option<SessionEnd> {
    let ended = SessionEnd {
        user_id: text_of(body, USER),
        extension: text(body, "extension"),
        status: text_of(body, &["status", "status_id"]),
        result: small(body, "result"),
        timestamp: moment(body, &["timestamp", "when"]),
        session_id: text_of(body, SESSION),
    };
    let told_apart = ended.user_id.is_some() || ended.extension.is_some() || ended.session_id.is_some();
    told_apart.then_some(ended)
}
