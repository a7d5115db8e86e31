//! Statistics that were asked for: by their key, until they are fetched (reference 4.10). Pure: the time is handed in.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::{Contexts, Fields, Row};
use crate::compose::opaque;

/// Requests that are remembered; older ones are forgotten first.
const REMEMBERED: usize = 1_000;
/// How often one key may be asked for.
const POLL: Duration = Duration::from_secs(5);

/// What becomes of statistics.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum StatsMode {
    /// They are ready after a while.
    #[default]
    Ready,
    /// They are never ready.
    Never,
    /// The CSV ends in the middle of its last row.
    Half,
    /// A page of HTML instead.
    Html,
    /// Requests for them are refused (5005).
    Refused,
}

impl StatsMode {
    /// The way of this name: `ready`, `never`, `half`, `html` or `refused`.
    pub fn from_name(name: &str) -> Option<StatsMode> {
        match name {
            "ready" => Some(StatsMode::Ready),
            "never" => Some(StatsMode::Never),
            "half" => Some(StatsMode::Half),
            "html" => Some(StatsMode::Html),
            "refused" => Some(StatsMode::Refused),
            _ => None,
        }
    }
}

/// What is asked about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Asked {
    /// Unix seconds, both included.
    pub(crate) from: i64,
    pub(crate) to: i64,
    pub(crate) kind: Kind,
}

/// In which format, and what of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Basic { fields: Fields, parties: Parties },
    Extended(Contexts),
}

/// Only legs with these participants.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Parties {
    pub(crate) from: Wanted,
    pub(crate) to: Wanted,
    pub(crate) either: Wanted,
}

/// A participant; empty is anybody.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Wanted {
    pub(crate) extension: Option<String>,
    pub(crate) number: Option<String>,
}

impl Wanted {
    pub(crate) fn is_anybody(&self) -> bool {
        *self == Wanted::default()
    }

    fn is(&self, person: &super::Person) -> bool {
        let fits = |wanted: &Option<String>, is: &Option<String>| wanted.is_none() || wanted == is;
        fits(&self.extension, &person.extension) && fits(&self.number, &person.number)
    }
}

impl Parties {
    pub(crate) fn took_part(&self, row: &Row) -> bool {
        self.from.is(&row.from) && self.to.is(&row.to) && (self.either.is(&row.from) || self.either.is(&row.to))
    }
}

#[derive(Default)]
pub(crate) struct Requests {
    requests: Mutex<VecDeque<Request>>,
}

struct Request {
    key: String,
    asked: Asked,
    ready_at: Instant,
    polled_at: Option<Instant>,
}

/// What is known of a key.
pub(crate) struct Looked {
    pub(crate) asked: Asked,
    pub(crate) is_ready: bool,
    /// It was asked for more often than is allowed.
    pub(crate) too_often: bool,
}

impl Requests {
    /// A new request; its key.
    pub(crate) fn add(&self, asked: Asked, ready_at: Instant) -> String {
        let key = opaque(&mut rand::rng(), 22, "==");
        let mut requests = self.requests.lock().unwrap_or_else(PoisonError::into_inner);
        if requests.len() == REMEMBERED {
            requests.pop_front();
        }
        requests.push_back(Request { key: key.clone(), asked, ready_at, polled_at: None });
        key
    }

    /// Looks at a request; `None` when the key is wrong or too old.
    pub(crate) fn look(&self, key: &str, now: Instant) -> Option<Looked> {
        let mut requests = self.requests.lock().unwrap_or_else(PoisonError::into_inner);
        let request = requests.iter_mut().find(|request| request.key == key)?;
        let too_often = request.polled_at.is_some_and(|at| now.duration_since(at) < POLL);
        request.polled_at = Some(now);
        Some(Looked { asked: request.asked.clone(), is_ready: now >= request.ready_at, too_often })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_asked_for_every_five_seconds_at_most() {
        let (requests, now) = (Requests::default(), Instant::now());
        let asked = Asked { from: 0, to: 1, kind: Kind::Extended(Contexts::default()) };
        let key = requests.add(asked, now + Duration::from_secs(2));
        let look = |seconds| requests.look(&key, now + Duration::from_secs(seconds)).unwrap();
        let first = look(1);
        assert!(!first.is_ready && !first.too_often);
        let second = look(5);
        assert!(second.is_ready && second.too_often);
        assert!(!look(10).too_often);
        assert!(requests.look("another", now).is_none());
    }
}
