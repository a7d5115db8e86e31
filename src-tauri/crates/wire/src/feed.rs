use serde::{Deserialize, Serialize};
use serde_json::Value;
use ts_rs::TS;

use crate::{Call, Desk, Dial, Missed, Request, Roster, Sms};

/// A frame from the desk.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[serde(tag = "type", rename_all = "snake_case")]
#[ts(export, export_to = "messages.ts")]
pub enum DeskFrame {
    /// Everything, after a hello that cannot be resumed.
    Snapshot {
        /// New at every start of the desk.
        epoch: String,
        /// The last change that the snapshot includes.
        #[ts(type = "number")]
        seq: u64,
        /// The desk.
        desk: Desk,
        /// Live calls, and the newest of today's.
        calls: Vec<Call>,
        /// Open rows, and today's closed ones.
        missed: Vec<Missed>,
        /// Click-to-calls that are not over, and today's.
        dials: Vec<Dial>,
        /// Today's text messages.
        #[serde(default)]
        sms: Vec<Sms>,
        /// Colleagues, groups and lines.
        #[serde(default)]
        roster: Roster,
    },
    /// The changes since the `since` of the hello follow.
    Resumed {
        /// As asked.
        epoch: String,
        /// The last change at the moment of the hello.
        #[ts(type = "number")]
        seq: u64,
    },
    /// A call is new or different.
    Call {
        /// Number of the change.
        #[ts(type = "number")]
        seq: u64,
        /// The whole call.
        call: Call,
    },
    /// A row of missed calls is new or different.
    Missed {
        /// Number of the change.
        #[ts(type = "number")]
        seq: u64,
        /// The whole row.
        missed: Missed,
    },
    /// A click-to-call is new or different.
    Dial {
        /// Number of the change.
        #[ts(type = "number")]
        seq: u64,
        /// The whole of it.
        dial: Dial,
    },
    /// A text message is new or different.
    Sms {
        /// Number of the change.
        #[ts(type = "number")]
        seq: u64,
        /// The whole of it.
        sms: Sms,
    },
    /// Colleagues, groups or lines are different.
    Roster {
        /// Number of the change.
        #[ts(type = "number")]
        seq: u64,
        /// The whole roster.
        roster: Roster,
    },
    /// The desk is different.
    Desk {
        /// Number of the change.
        #[ts(type = "number")]
        seq: u64,
        /// The whole desk.
        desk: Desk,
    },
    /// Something is no longer.
    Gone {
        /// Number of the change.
        #[ts(type = "number")]
        seq: u64,
        /// What kind of thing.
        kind: GoneKind,
        /// Its id.
        id: String,
    },
    /// The answer to a request.
    Reply(Reply),
}

/// The answer to a request: exactly one of `ok` and `error` is there.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[ts(export, export_to = "messages.ts")]
pub struct Reply {
    /// The request's id.
    pub id: String,
    /// What was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[ts(optional, type = "unknown")]
    pub ok: Option<Value>,
    /// Why it was not done.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub error: Option<RequestError>,
}

/// What can be removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export, export_to = "messages.ts")]
pub enum GoneKind {
    /// A call.
    Call,
    /// A row of missed calls.
    Missed,
    /// A click-to-call.
    Dial,
}

/// Why a request was not done.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[ts(export, export_to = "messages.ts")]
pub struct RequestError {
    /// What a program acts on.
    pub code: ErrorCode,
    /// What a person reads.
    pub message: String,
    /// The PBX's code when it refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub vpbx_result: Option<i32>,
    /// When it may be tried again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub until: Option<String>,
}

/// What a program acts on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export, export_to = "messages.ts")]
pub enum ErrorCode {
    /// No such `do`.
    UnknownRequest,
    /// The request's fields do not fit.
    BadRequest,
    /// No such call, row, person or recording.
    NotFound,
    /// The number cannot be dialled.
    BadNumber,
    /// No extension to call from.
    NoExtension,
    /// The PBX refused; its code is beside.
    VpbxRefused,
    /// The PBX could not be reached; the command did not leave.
    VpbxDown,
    /// The command left and nobody knows whether it was taken. Never resent.
    VpbxUnclear,
    /// Commands are held back after refusals, until `until`.
    VpbxQuiet,
    /// The address, code or key of the PBX is not set.
    NotConfigured,
    /// The directory failed.
    DirectoryDown,
    /// The directory said no; the message says why.
    DirectoryRefused,
    /// The log cannot be written.
    LogFailing,
    /// The call's state does not allow it; the message says why.
    NotNow,
    /// It is not there yet; try again at `until`.
    NotReady,
    /// Too many requests wait.
    Busy,
}

/// A frame from a client.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[serde(tag = "type", rename_all = "snake_case")]
#[ts(export, export_to = "messages.ts")]
pub enum ClientFrame {
    /// The first frame, within five seconds.
    Hello(Hello),
    /// Something to do.
    Request(Request),
}

/// The first frame of a client.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[ts(export, export_to = "messages.ts")]
pub struct Hello {
    /// The feed's token.
    pub token: String,
    /// What was seen last.
    #[serde(default)]
    pub since: Option<Since>,
    /// Who looks; the settings' desk when absent.
    #[serde(default, rename = "as", skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub viewer: Option<Viewer>,
}

impl Hello {
    /// The hello of a frame. Parts of it that make no sense count as absent; whether its token is the right one is for
    /// the desk to say.
    pub fn read(frame: &str) -> Option<Hello> {
        let hello: Value = serde_json::from_str(frame).ok()?;
        if hello.get("type")? != "hello" {
            return None;
        }
        let token = hello.get("token")?.as_str()?.to_owned();
        let part = |name| hello.get(name).cloned().unwrap_or_default();
        Some(Hello {
            token,
            since: serde_json::from_value(part("since")).unwrap_or_default(),
            viewer: serde_json::from_value(part("as")).unwrap_or_default(),
        })
    }
}

/// The last change a client saw.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export, export_to = "messages.ts")]
pub struct Since {
    /// Of which start of the desk.
    pub epoch: String,
    /// Its number.
    #[ts(type = "number")]
    pub seq: u64,
}

/// Whose desk a connection shows.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[ts(export, export_to = "messages.ts")]
pub struct Viewer {
    /// The workstation's extension.
    #[serde(default)]
    pub extension: Option<String>,
    /// The reception groups.
    #[serde(default)]
    pub groups: Vec<String>,
    /// Whose ringing calls pop up.
    #[serde(default)]
    pub pop: Pop,
}

/// Whose ringing calls pop up.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export, export_to = "messages.ts")]
pub enum Pop {
    /// Those that ring this extension.
    #[default]
    Mine,
    /// Those that ring this extension or its groups.
    Groups,
    /// Every one.
    All,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hello_with_nonsense_in_it_is_a_hello() {
        let odd = Hello::read(r#"{"type":"hello","token":"t","since":"yesterday","as":[1]}"#).expect("a hello");
        assert_eq!(odd, Hello { token: "t".to_owned(), since: None, viewer: None });
        let since =
            r#"{"type":"hello","token":"t","since":{"epoch":"e","seq":7},"as":{"extension":"101","pop":"all"}}"#;
        let hello = Hello::read(since).expect("a hello");
        assert_eq!(hello.since.map(|since| since.seq), Some(7));
        assert_eq!(hello.viewer.map(|viewer| (viewer.extension, viewer.pop)), Some((Some("101".to_owned()), Pop::All)));
    }

    #[test]
    fn what_is_no_hello_is_none() {
        for frame in [
            "",
            "[]",
            "{}",
            r#"{"type":"hello"}"#,
            r#"{"type":"hello","token":7}"#,
            r#"{"type":"request","token":"t"}"#,
        ] {
            assert_eq!(Hello::read(frame), None, "{frame}");
        }
    }
}
