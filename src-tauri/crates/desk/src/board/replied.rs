//! What the PBX replied to a command: kept as a fact, and read by whatever the command was about.

use calls::dial::Reply;
use serde::{Deserialize, Serialize};

/// What the PBX replied to a command of any kind: the fact's body.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CommandReplied {
    /// The command.
    pub command_id: String,
    /// `accepted`, `refused`, `unreachable` or `unclear`.
    pub reply: String,
    /// The PBX's code when it refused.
    pub code: Option<i32>,
    /// A sentence for the receptionist.
    pub why: Option<String>,
    /// What a program was told, when it was not accepted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<wire::ErrorCode>,
    /// When it may be tried again, as it was told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<String>,
}

pub(super) fn reply(replied: &CommandReplied) -> Option<Reply> {
    match replied.reply.as_str() {
        "accepted" => Some(Reply::Accepted),
        "refused" => Some(Reply::Refused { code: replied.code.unwrap_or_default() }),
        "unreachable" => Some(Reply::Unreachable),
        "unclear" => Some(Reply::Unclear),
        _ => None,
    }
}
