//! The cloud storage of recordings: which there are, and the one-time addresses under which they can be had
//! (reference 4.8).

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::compose::opaque;

/// Recordings and addresses that are remembered; older ones are forgotten first.
const REMEMBERED: usize = 50_000;
/// How long an address works.
const LIFE: Duration = Duration::from_secs(60);

#[derive(Default)]
pub(crate) struct Archive {
    shelf: Mutex<Shelf>,
}

#[derive(Default)]
struct Shelf {
    /// Whether the recording is in storage already, by its id.
    recordings: HashMap<String, bool>,
    order: VecDeque<String>,
    addresses: VecDeque<(String, Instant)>,
}

/// What is known of a recording.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stored {
    /// Not even begun.
    Unknown,
    /// Recorded, but not in storage yet.
    NotYet,
    /// It can be had.
    Yes,
}

impl Archive {
    /// Notes a recording that began, or that is in storage now.
    pub(crate) fn note(&self, recording_id: &str, is_stored: bool) {
        let mut shelf = self.shelf();
        if let Some(stored) = shelf.recordings.get_mut(recording_id) {
            *stored |= is_stored;
            return;
        }
        if shelf.order.len() == REMEMBERED
            && let Some(oldest) = shelf.order.pop_front()
        {
            shelf.recordings.remove(&oldest);
        }
        shelf.order.push_back(recording_id.to_owned());
        shelf.recordings.insert(recording_id.to_owned(), is_stored);
    }

    pub(crate) fn stored(&self, recording_id: &str) -> Stored {
        match self.shelf().recordings.get(recording_id) {
            None => Stored::Unknown,
            Some(false) => Stored::NotYet,
            Some(true) => Stored::Yes,
        }
    }

    /// A new address: it works once, and not for long.
    pub(crate) fn address(&self, now: Instant) -> String {
        let token = opaque(&mut rand::rng(), 32, "").replace(['+', '/'], "x");
        let mut shelf = self.shelf();
        if shelf.addresses.len() == REMEMBERED {
            shelf.addresses.pop_front();
        }
        shelf.addresses.push_back((token.clone(), now));
        token
    }

    /// Whether the address works; it does not a second time, unless it is only looked at.
    pub(crate) fn open(&self, token: &str, only_looks: bool, now: Instant) -> bool {
        let mut shelf = self.shelf();
        let Some(place) = shelf.addresses.iter().position(|(known, _)| known == token) else {
            return false;
        };
        let since = shelf.addresses[place].1;
        if !only_looks {
            shelf.addresses.remove(place);
        }
        now.duration_since(since) < LIFE
    }

    fn shelf(&self) -> MutexGuard<'_, Shelf> {
        self.shelf.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_works_once_within_a_minute() {
        let (archive, now) = (Archive::default(), Instant::now());
        let (first, second) = (archive.address(now), archive.address(now));
        assert!(archive.open(&first, true, now) && archive.open(&first, false, now));
        assert!(!archive.open(&first, false, now));
        assert!(!archive.open(&second, false, now + LIFE));
        assert!(!archive.open("another", false, now));
    }

    #[test]
    fn a_recording_is_there_after_it_was_added() {
        let archive = Archive::default();
        assert_eq!(archive.stored("a"), Stored::Unknown);
        archive.note("a", false);
        assert_eq!(archive.stored("a"), Stored::NotYet);
        archive.note("a", true);
        archive.note("a", false);
        assert_eq!(archive.stored("a"), Stored::Yes);
    }
}
