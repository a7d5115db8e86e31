//! What the PBX says about a call beside its legs: recordings, keys pressed in the menu, call tracking, topics. As with the
//! legs, a set of facts: order and repetition make no difference.

use std::collections::{BTreeMap, BTreeSet};

use calls::CommandId;
use jiff::Timestamp;
use mango_vpbx::event::RecordingState;
use mango_vpbx::{Code, Post};
use phone::{PhoneNumber, Region};

/// Recordings, topics or pressed keys of one call that are kept; more than any call has.
const MOST: usize = 100;

/// What is known of one call beside its legs.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Extras {
    recordings: BTreeMap<String, Recorded>,
    /// By time and place in the order of arrival's own number: the same key pressed again later is another one.
    pressed: BTreeMap<(i64, u32, String), String>,
    topics: BTreeSet<String>,
    advert: Option<Advert>,
    sip_call_id: Option<String>,
}

/// Call tracking. The order is by how much it tells, so that whichever comes first the same one stays.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Advert {
    kind: i32,
    number: Option<String>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Recorded {
    /// The newest word by `seq`.
    seq: u32,
    completed: Option<Completed>,
    /// When we first heard of it: the PBX's clock may differ.
    first_heard_at: Option<Timestamp>,
    extension: Option<String>,
    command: Option<String>,
    /// It is in the PBX's storage.
    added: bool,
    tagged: bool,
    recognized: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Completed {
    code: i32,
    by_mail_only: bool,
}

impl Extras {
    /// Takes a post up. Says whether it was news.
    pub(super) fn add(&mut self, post: &Post, received_at: Timestamp) -> bool {
        let before = self.clone();
        match post {
            Post::Call(event) => {
                if let Some(id) = &event.sip_call_id {
                    self.sip_call_id = self.sip_call_id.take().max(Some(id.clone()));
                }
                if let Some(dct) = event.dct.as_ref().filter(|dct| dct.kind > 0 || dct.number.is_some()) {
                    let advert = Advert { kind: dct.kind, number: dct.number.clone() };
                    self.advert = self.advert.take().max(Some(advert));
                }
            }
            Post::Summary(_) => {}
            Post::Recording(event) => {
                let Some(recorded) = self.recorded(&event.recording_id) else { return false };
                let first = recorded.first_heard_at.map_or(received_at, |known| known.min(received_at));
                recorded.first_heard_at = Some(first);
                if event.seq >= recorded.seq {
                    recorded.seq = event.seq;
                    recorded.extension = event.extension.clone().or(recorded.extension.take());
                } else if recorded.extension.is_none() {
                    recorded.extension.clone_from(&event.extension);
                }
                if recorded.command.is_none() {
                    recorded.command.clone_from(&event.command_id);
                }
                match &event.state {
                    RecordingState::Completed => {
                        let recipient = event.recipient.as_deref().unwrap_or_default();
                        recorded.completed = Some(Completed {
                            code: event.completion_code.unwrap_or(1000),
                            by_mail_only: recipient.eq_ignore_ascii_case("mail"),
                        });
                    }
                    RecordingState::Started | RecordingState::Continued | RecordingState::Other(_) => {}
                }
            }
            Post::RecordAdded(event) => {
                if let Some(recorded) = self.recorded(&event.recording_id) {
                    recorded.added = true;
                }
            }
            Post::RecordTagged(event) => {
                if let Some(recorded) = self.recorded(&event.recording_id) {
                    recorded.added = true;
                    recorded.tagged = true;
                }
                let room = MOST.saturating_sub(self.topics.len());
                self.topics.extend(event.topics.iter().take(room).cloned());
            }
            Post::Recognized(event) => {
                if let Some(recorded) = event.recording_id.as_ref().and_then(|id| self.recorded(id)) {
                    recorded.recognized = true;
                }
            }
            Post::Dtmf(event) => {
                if self.pressed.len() < MOST {
                    let key = (event.timestamp, event.seq, event.call_id.clone().unwrap_or_default());
                    self.pressed.insert(key, event.digits.clone());
                }
            }
            Post::CommandResult(_)
            | Post::Sms(_)
            | Post::AddressBook(_)
            | Post::UserStatus(_)
            | Post::SessionEnd(_)
            | Post::Dialog(_)
            | Post::RobotStats(_)
            | Post::StatsReady(_)
            | Post::Unknown => {}
        }
        *self != before
    }

    /// A recording that the PBX's statistics name: it is in the storage.
    pub(super) fn add_stored_recording(&mut self, id: &str) {
        if let Some(recorded) = self.recorded(id) {
            recorded.added = true;
        }
    }

    /// Whether a recording began that names the command, or at all since a moment.
    pub(super) fn recording_began(&self, command: &CommandId, since: Timestamp) -> bool {
        self.recordings.values().any(|recorded| {
            recorded.command.as_deref() == Some(command.as_str())
                || recorded.first_heard_at.is_some_and(|at| at >= since)
        })
    }

    /// Whether this extension, or anybody when it is not known who, is being recorded.
    pub(super) fn is_being_recorded(&self, extension: Option<&str>) -> bool {
        self.recordings.values().any(|recorded| {
            let theirs = recorded.extension.is_none() || recorded.extension.as_deref() == extension;
            theirs && recorded.first_heard_at.is_some() && recorded.completed.is_none() && !recorded.added
        })
    }

    /// Puts it on the call as shown.
    pub(super) fn show(&self, call: &mut wire::Call, region: &Region) {
        let is_over = call.state == wire::CallState::Ended;
        call.recordings = self.recordings.iter().map(|(id, recorded)| recorded.view(id, is_over)).collect();
        call.pressed = self.pressed.values().cloned().collect();
        call.topics = self.topics.iter().cloned().collect();
        call.sip_call_id.clone_from(&self.sip_call_id);
        call.advert = self.advert.as_ref().map(|advert| wire::Advert {
            number: advert.number.as_deref().map(|raw| {
                PhoneNumber::from_pbx(raw, region).map_or_else(|| raw.to_owned(), |number| number.as_str().to_owned())
            }),
            // Manual 3.1.2: 1 dynamic, 2 static.
            dynamic: advert.kind == 1,
            source: None,
        });
    }

    fn recorded(&mut self, id: &str) -> Option<&mut Recorded> {
        if self.recordings.len() >= MOST && !self.recordings.contains_key(id) {
            return None;
        }
        Some(self.recordings.entry(id.to_owned()).or_default())
    }
}

impl Recorded {
    fn view(&self, id: &str, is_over: bool) -> wire::Recording {
        let failed = self.completed.filter(|completed| !Code(completed.code).is_ok());
        let mailed = self.completed.is_some_and(|completed| completed.by_mail_only);
        let (state, why) = match failed {
            _ if self.added => (wire::RecordingState::Ready, None),
            Some(completed) => (wire::RecordingState::Lost, Some(Code(completed.code).russian().to_owned())),
            None if mailed => {
                let why = "АТС отправила запись на почту и не хранит её";
                (wire::RecordingState::Lost, Some(why.to_owned()))
            }
            None if self.completed.is_some() || is_over => {
                (wire::RecordingState::Waiting, Some("АТС ещё сохраняет запись".to_owned()))
            }
            None => (wire::RecordingState::Going, None),
        };
        wire::Recording {
            id: id.to_owned(),
            extension: self.extension.clone(),
            state,
            why,
            tagged: self.tagged,
            recognized: self.recognized,
        }
    }
}
