//! Requests of the last ten minutes: a repeat gets the first reply and does nothing again.

use std::collections::{HashMap, VecDeque};

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use crate::happening::Asked;

/// For how long a repeat is recognised.
pub(super) const REMEMBERED_FOR: SignedDuration = SignedDuration::from_mins(10);
/// Requests that are remembered at most.
const REMEMBERED: usize = 10_000;

/// What makes two requests the same click: who, the id, and what is asked.
type Key = [u8; 32];

/// What is told to who asked, whatever id the request has.
pub(super) type Answer = Result<Value, wire::RequestError>;

#[derive(Debug, Default)]
pub(super) struct Recent {
    known: HashMap<Key, State>,
    order: VecDeque<(Timestamp, Key)>,
    waiting: HashMap<(u64, String), Key>,
}

#[derive(Debug)]
enum State {
    UnderWay(Vec<Asked>),
    Answered(Answer),
}

/// What to do with a request.
pub(super) enum Verdict {
    /// It is the first of its kind.
    New,
    /// The first is under way; its reply goes to both.
    Wait,
    /// What the first was told.
    Again(Answer),
}

impl Recent {
    pub(super) fn judge(
        &mut self,
        viewer: &wire::Viewer,
        request: &wire::Request,
        asked: &Asked,
        now: Timestamp,
    ) -> Verdict {
        let key = key(viewer, request);
        match self.known.get_mut(&key) {
            Some(State::Answered(answer)) => Verdict::Again(answer.clone()),
            Some(State::UnderWay(waiting)) => {
                waiting.push(asked.clone());
                Verdict::Wait
            }
            None => {
                self.known.insert(key, State::UnderWay(vec![asked.clone()]));
                self.waiting.insert((asked.session, asked.id.clone()), key);
                self.line_up(now, key);
                Verdict::New
            }
        }
    }

    /// By what a request under way is known after a restart: hex, for the fact that is on disk before it acts.
    pub(super) fn mark(&self, asked: &Asked) -> Option<String> {
        self.waiting.get(&(asked.session, asked.id.clone())).map(hex::encode)
    }

    /// Brings back a request of before the start by its mark. The oldest must come first.
    pub(super) fn restore(&mut self, asked_at: Timestamp, mark: &str, answer: Answer) {
        let mut key = Key::default();
        if hex::decode_to_slice(mark, &mut key).is_err() {
            return;
        }
        if self.known.insert(key, State::Answered(answer)).is_none() {
            self.line_up(asked_at, key);
        }
    }

    /// Remembers the answer; returns everybody who waits for it.
    pub(super) fn answered(&mut self, asked: &Asked, answer: &Answer) -> Vec<Asked> {
        let Some(key) = self.waiting.remove(&(asked.session, asked.id.clone())) else { return vec![asked.clone()] };
        match self.known.insert(key, State::Answered(answer.clone())) {
            Some(State::UnderWay(waiting)) => waiting,
            Some(State::Answered(_)) | None => vec![asked.clone()],
        }
    }

    fn line_up(&mut self, asked_at: Timestamp, key: Key) {
        self.order.push_back((asked_at, key));
        if self.order.len() > REMEMBERED
            && let Some((_, oldest)) = self.order.pop_front()
        {
            self.known.remove(&oldest);
        }
    }

    pub(super) fn forget(&mut self, now: Timestamp) {
        while let Some((at, key)) = self.order.front() {
            if now.duration_since(*at) < REMEMBERED_FOR {
                break;
            }
            self.known.remove(key);
            self.order.pop_front();
        }
    }
}

fn key(viewer: &wire::Viewer, request: &wire::Request) -> Key {
    let mut hash = Sha256::new();
    let viewer = viewer.extension.as_deref().unwrap_or_default();
    for part in [viewer, &request.id, &request.what, &request.with.to_string()] {
        hash.update(part.len().to_le_bytes());
        hash.update(part.as_bytes());
    }
    hash.finalize().into()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn viewer(extension: &str) -> wire::Viewer {
        wire::Viewer { extension: Some(extension.to_owned()), groups: Vec::new(), pop: wire::Pop::default() }
    }

    fn dial(id: &str, number: &str) -> wire::Request {
        wire::Request { id: id.to_owned(), what: "dial".to_owned(), with: json!({ "number": number }) }
    }

    fn asked(id: &str) -> Asked {
        Asked { session: 1, id: id.to_owned() }
    }

    fn noon() -> Timestamp {
        "2026-03-02T12:00:00Z".parse().unwrap()
    }

    fn told(verdict: Verdict) -> Option<Answer> {
        match verdict {
            Verdict::Again(answer) => Some(answer),
            Verdict::New | Verdict::Wait => None,
        }
    }

    /// The mark of a request that was judged before the restart.
    fn mark_of(request: &wire::Request) -> String {
        let mut before = Recent::default();
        assert!(matches!(before.judge(&viewer("201"), request, &asked(&request.id), noon()), Verdict::New));
        before.mark(&asked(&request.id)).unwrap()
    }

    #[test]
    fn a_mark_brings_the_answer_back_for_the_same_click_alone() {
        let mark = mark_of(&dial("r1", "+79005550101"));
        assert_eq!(mark.len(), 64);
        let mut recent = Recent::default();
        recent.restore(noon(), &mark, Ok(json!({"command_id": "c"})));
        let mut judge = |viewer: &wire::Viewer, request: &wire::Request| {
            told(recent.judge(viewer, request, &asked(&request.id), noon()))
        };
        let first = dial("r1", "+79005550101");
        assert_eq!(judge(&viewer("201"), &first), Some(Ok(json!({"command_id": "c"}))));
        assert_eq!(judge(&viewer("202"), &first), None);
        assert_eq!(judge(&viewer("201"), &dial("r2", "+79005550101")), None);
        assert_eq!(judge(&viewer("201"), &dial("r1", "+79005550102")), None);
    }

    #[test]
    fn ten_minutes_count_from_when_it_was_asked() {
        let (old, young) = (dial("r1", "+79005550101"), dial("r2", "+79005550101"));
        let mut recent = Recent::default();
        recent.restore(noon(), &mark_of(&old), Ok(json!({})));
        recent.restore(noon() + SignedDuration::from_mins(5), &mark_of(&young), Ok(json!({})));
        let mut is_known = |request: &wire::Request, now: Timestamp| {
            recent.forget(now);
            recent.known.contains_key(&key(&viewer("201"), request))
        };
        let almost = noon() + REMEMBERED_FOR - SignedDuration::from_millis(1);
        assert!(is_known(&old, almost) && is_known(&young, almost));
        let then = noon() + REMEMBERED_FOR;
        assert!(!is_known(&old, then) && is_known(&young, then));
        assert!(!is_known(&young, then + SignedDuration::from_mins(5)));
    }

    #[test]
    fn what_is_no_mark_brings_nothing_back() {
        let mut recent = Recent::default();
        for mark in ["", "callpop", &"g".repeat(64), &"0".repeat(66)] {
            recent.restore(noon(), mark, Ok(json!({})));
        }
        assert!(recent.known.is_empty() && recent.order.is_empty());
    }

    #[test]
    fn what_was_brought_back_is_bounded_too() {
        let mut recent = Recent::default();
        for number in 0..=REMEMBERED {
            recent.restore(noon(), &format!("{number:064x}"), Ok(json!({})));
        }
        assert_eq!((recent.known.len(), recent.order.len()), (REMEMBERED, REMEMBERED));
    }

    #[test]
    fn who_repeats_while_it_is_under_way_is_answered_with_the_first() {
        let request = dial("r1", "+79005550101");
        let mut recent = Recent::default();
        let again = Asked { session: 2, id: "r1".to_owned() };
        assert!(matches!(recent.judge(&viewer("201"), &request, &asked("r1"), noon()), Verdict::New));
        assert!(matches!(recent.judge(&viewer("201"), &request, &again, noon()), Verdict::Wait));
        let waiting = recent.answered(&asked("r1"), &Ok(json!({})));
        assert_eq!(waiting.iter().map(|asked| asked.session).collect::<Vec<_>>(), [1, 2]);
        assert_eq!(recent.mark(&asked("r1")), None, "what is answered is on disk already");
    }
}
