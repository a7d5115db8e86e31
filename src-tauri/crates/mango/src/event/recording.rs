//! Recordings: begun and ended, stored, tagged with topics, recognised.

use std::fmt;

use serde_json::{Map, Value};

use crate::lenient::{count, moment, small, text, text_of, words};

/// `events/recording`: the recording of one side of a call goes on (manual 3.1.4).
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct RecordingEvent {
    /// The recording. Opaque; two recorded employees have one each.
    pub recording_id: String,
    /// What it does.
    pub state: RecordingState,
    /// Order within one `recording_id`; 0 when not said.
    pub seq: u32,
    /// The contact.
    pub entry_id: Option<String>,
    /// The leg where the recorded person is now.
    pub call_id: Option<String>,
    /// The recorded employee's short number.
    pub extension: Option<String>,
    /// Unix seconds; 0 when not said.
    pub timestamp: i64,
    /// How it ended: a [`Code`](crate::Code), 4002 for too short to be kept.
    pub completion_code: Option<i32>,
    /// Where it went: `Cloud`, `Mail`, `CloudAndMail`.
    pub recipient: Option<String>,
    /// The command of ours that began it.
    pub command_id: Option<String>,
}

/// What a recording does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RecordingState {
    /// It began.
    Started,
    /// It goes on in another leg.
    Continued,
    /// It is over.
    Completed,
    /// A word that the manual does not have; empty when none was said.
    Other(String),
}

/// `events/record/added`: a recording is in the cloud's storage and may be fetched, perhaps a moment later
/// (manual 3.1.8).
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct RecordAdded {
    /// The recording.
    pub recording_id: String,
    /// The contact.
    pub entry_id: Option<String>,
    /// The PBX.
    pub product_id: Option<String>,
    /// The employee; the administrator's id or `-1` when it is nobody's.
    pub user_id: Option<String>,
    /// Unix seconds; 0 when not said.
    pub timestamp: i64,
}

/// `events/record/tagged`: what was spoken about is known (manual 3.1.7).
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct RecordTagged {
    /// The recording.
    pub recording_id: String,
    /// The contact.
    pub entry_id: Option<String>,
    /// The PBX.
    pub product_id: Option<String>,
    /// The employee; the administrator's id or `-1` when it is nobody's.
    pub user_id: Option<String>,
    /// Unix seconds; 0 when not said.
    pub timestamp: i64,
    /// The topics, if the post names them; those of the manual only say that they are ready.
    pub topics: Vec<String>,
}

/// `events/recognized/offline`: a recognition of speech that somebody asked for is done (manual 3.10.3).
///
/// The manual names `product_id`, `request_id`, `recognized`, `result` and `message`; ids of calls and the text are
/// read in case a PBX sends them.
#[derive(Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Recognized {
    /// The recording.
    pub recording_id: Option<String>,
    /// The contact.
    pub entry_id: Option<String>,
    /// The leg.
    pub call_id: Option<String>,
    /// The command of ours that asked for it.
    pub command_id: Option<String>,
    /// The request's id.
    pub request_id: Option<String>,
    /// Unix seconds; 0 when not said.
    pub timestamp: i64,
    /// A [`Code`](crate::Code).
    pub result: Option<i32>,
    /// What was said, or the PBX's remark about the result.
    pub text: Option<String>,
}

pub(super) fn recording(body: &Map<String, Value>) -> Option<RecordingEvent> {
    Some(RecordingEvent {
        recording_id: text(body, "recording_id")?,
        state: state(text_of(body, &["recording_state", "state"]).unwrap_or_default()),
        seq: count(body, "seq").unwrap_or(0),
        entry_id: text(body, "entry_id"),
        call_id: text(body, "call_id"),
        extension: text(body, "extension"),
        timestamp: moment(body, &["timestamp"]),
        completion_code: small(body, "completion_code"),
        recipient: text(body, "recipient"),
        command_id: text(body, "command_id"),
    })
}

pub(super) fn added(body: &Map<String, Value>) -> Option<RecordAdded> {
    Some(RecordAdded {
        recording_id: text(body, "recording_id")?,
        entry_id: text(body, "entry_id"),
        product_id: text(body, "product_id"),
        user_id: text(body, "user_id"),
        timestamp: moment(body, &["timestamp"]),
    })
}

pub(super) fn tagged(body: &Map<String, Value>) -> Option<RecordTagged> {
    let RecordAdded { recording_id, entry_id, product_id, user_id, timestamp } = added(body)?;
    let topics = ["topics", "tags", "categories"]
        .into_iter()
        .map(|name| words(body, name, &["name", "title", "topic", "tag"]))
        .find(|topics| !topics.is_empty())
        .unwrap_or_default();
    Some(RecordTagged { recording_id, entry_id, product_id, user_id, timestamp, topics })
}

pub(super) fn recognized(body: &Map<String, Value>) -> Option<Recognized> {
    let recognized = Recognized {
        recording_id: text(body, "recording_id"),
        entry_id: text(body, "entry_id"),
        call_id: text(body, "call_id"),
        command_id: text(body, "command_id"),
        request_id: text(body, "request_id"),
        timestamp: moment(body, &["recognized", "timestamp"]),
        result: small(body, "result"),
        text: text_of(body, &["text", "message"]),
    };
    let ids = [&recognized.recording_id, &recognized.entry_id, &recognized.call_id];
    let requests = [&recognized.command_id, &recognized.request_id];
    let told_apart = ids.into_iter().chain(requests).any(Option::is_some);
    told_apart.then_some(recognized)
}

fn state(word: String) -> RecordingState {
    let is = |known: &str| word.eq_ignore_ascii_case(known);
    if is("Started") {
        RecordingState::Started
    } else if is("Continued") {
        RecordingState::Continued
    } else if is("Completed") {
        RecordingState::Completed
    } else {
        RecordingState::Other(word)
    }
}

impl fmt::Debug for Recognized {
    /// Without what was said.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let of = self.request_id.as_deref().or(self.recording_id.as_deref()).unwrap_or("-");
        write!(f, "Recognized({of} result {:?})", self.result)
    }
}
