//! Requests of the last ten minutes: a repeat gets the first reply and does nothing again.

use std::collections::{HashMap, VecDeque};

use jiff::{SignedDuration, Timestamp};
use sha2::{Digest as _, Sha256};

use crate::happening::Asked;

/// For how long a repeat is recognised.
const REMEMBERED_FOR: SignedDuration = SignedDuration::from_mins(10);
/// Requests that are remembered at most.
const REMEMBERED: usize = 10_000;

/// What makes two requests the same click: who, the id, and what is asked.
type Key = [u8; 32];

#[derive(Debug, Default)]
pub(super) struct Recent {
    known: HashMap<Key, State>,
    order: VecDeque<(Timestamp, Key)>,
    waiting: HashMap<(u64, String), Key>,
}

#[derive(Debug)]
enum State {
    UnderWay(Vec<Asked>),
    Answered(wire::Reply),
}

/// What to do with a request.
pub(super) enum Verdict {
    /// It is the first of its kind.
    New,
    /// The first is under way; its reply goes to both.
    Wait,
    /// The first reply.
    Again(wire::Reply),
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
            Some(State::Answered(reply)) => Verdict::Again(reply.clone()),
            Some(State::UnderWay(waiting)) => {
                waiting.push(asked.clone());
                Verdict::Wait
            }
            None => {
                self.known.insert(key, State::UnderWay(vec![asked.clone()]));
                self.waiting.insert((asked.session, asked.id.clone()), key);
                self.order.push_back((now, key));
                if self.order.len() > REMEMBERED
                    && let Some((_, oldest)) = self.order.pop_front()
                {
                    self.known.remove(&oldest);
                }
                Verdict::New
            }
        }
    }

    /// Remembers the reply; returns everybody who waits for it.
    pub(super) fn answered(&mut self, asked: &Asked, reply: &wire::Reply) -> Vec<Asked> {
        let Some(key) = self.waiting.remove(&(asked.session, asked.id.clone())) else { return vec![asked.clone()] };
        match self.known.insert(key, State::Answered(reply.clone())) {
            Some(State::UnderWay(waiting)) => waiting,
            Some(State::Answered(_)) | None => vec![asked.clone()],
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
