use serde::{Deserialize, Serialize};
use serde_json::Value;
use ts_rs::TS;

use crate::{Call, Desk, Dial, Missed, Roster, Sms};

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

/// Something to do.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[ts(export, export_to = "messages.ts")]
pub struct Request {
    /// Chosen by the client; a repeat within ten minutes gets the first reply.
    pub id: String,
    /// What to do: a `Do` by its name.
    #[serde(rename = "do")]
    pub what: String,
    /// Its fields.
    #[serde(default)]
    #[ts(type = "unknown")]
    pub with: Value,
}

/// How a call is handed over.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export, export_to = "messages.ts")]
pub enum TransferMethod {
    /// At once.
    #[default]
    Blind,
    /// The person waits on hold while the colleague is asked.
    Hold,
}

/// What can be asked of the desk, with its fields.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[serde(tag = "do", content = "with", rename_all = "snake_case")]
#[ts(export, export_to = "messages.ts")]
pub enum Do {
    /// Call a number: the receptionist's phone rings first. Replies `{command_id}` once the PBX took it.
    Dial {
        /// Any spelling.
        number: String,
        /// Whose phone; the connection's when absent.
        #[serde(default)]
        #[ts(optional)]
        extension: Option<String>,
        /// The outgoing line.
        #[serde(default)]
        #[ts(optional)]
        line: Option<String>,
        /// A group's short number: its phones ring first instead of one extension's.
        #[serde(default)]
        #[ts(optional)]
        group: Option<String>,
    },
    /// Hand a call over. `hold` speaks with the colleague first.
    Transfer {
        /// The call.
        call: String,
        /// A colleague's or group's short number, or a phone number in any spelling.
        to: String,
        /// At once or after a consultation.
        #[serde(default)]
        method: TransferMethod,
    },
    /// Join the person on hold with the colleague spoken to.
    CompleteTransfer {
        /// The call.
        call: String,
    },
    /// Go back to the person on hold.
    CancelTransfer {
        /// The call.
        call: String,
    },
    /// Put a call on hold.
    Hold {
        /// The call.
        call: String,
    },
    /// Take a call that rings at a colleague's, or that waits in the menu or a queue.
    Take {
        /// The call.
        call: String,
    },
    /// Start recording a call.
    Record {
        /// The call.
        call: String,
    },
    /// Play a recording. Replies `{url}`: an address on this machine that serves the sound for some minutes.
    Recording {
        /// The call.
        call: String,
        /// The recording's id.
        recording: String,
    },
    /// Send a text message. Replies `{command_id}` once the PBX took it.
    Sms {
        /// Any spelling.
        number: String,
        /// At most 612 Latin or 268 Cyrillic characters.
        text: String,
        /// The call it belongs to.
        #[serde(default)]
        #[ts(optional)]
        call: Option<String>,
    },
    /// Ask the PBX for colleagues, groups and lines. Replies `{roster}`; asks at most once a minute unless `fresh`.
    Roster {
        /// Ask even when it was asked a moment ago.
        #[serde(default)]
        #[ts(optional)]
        fresh: Option<bool>,
    },
    /// Ask the PBX's statistics again about the time in which the desk did not listen.
    CatchUp {},
    /// End a call, or one leg of it.
    HangUp {
        /// The call.
        call: String,
        /// The leg; the one that fits this desk when absent.
        #[serde(default)]
        #[ts(optional)]
        leg: Option<String>,
    },
    /// Say which of several people it is.
    ChoosePerson {
        /// The call.
        call: String,
        /// The person, or null to take the choice back.
        person: Option<String>,
    },
    /// Ask the directory once more.
    LookupAgain {
        /// The call.
        call: String,
    },
    /// Find people by name, chart or number. Replies `{people}`.
    SearchPeople {
        /// What was typed.
        text: String,
    },
    /// Past calls, newest first. Replies `{calls, next}`.
    History {
        /// The `next` of the page before.
        #[serde(default)]
        #[ts(optional)]
        before: Option<String>,
        /// A number, name, extension or note.
        #[serde(default)]
        #[ts(optional)]
        text: Option<String>,
        /// At most 500.
        #[serde(default)]
        #[ts(optional)]
        limit: Option<u32>,
    },
    /// "I will call back."
    ClaimMissed {
        /// The row.
        missed: String,
    },
    /// Close a row.
    CloseMissed {
        /// The row.
        missed: String,
        /// What closed it: `reached`, `called_again`, or any other word for `dismissed`.
        #[serde(default)]
        #[ts(optional)]
        how: Option<String>,
    },
    /// Keep what was written about a call.
    Note {
        /// The call.
        call: String,
        /// The whole text.
        text: String,
    },
}
