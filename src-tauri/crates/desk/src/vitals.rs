//! What the desk knows about its own health: counters that many tasks raise and few read.

use std::collections::{BTreeMap, VecDeque};
use std::net::IpAddr;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use jiff::Timestamp;
use tokio::sync::Notify;

/// Requests to the listener that are remembered.
const KNOCKS: usize = 50;
/// Kinds of events that are told apart; the PBX has some twenty.
const KINDS: usize = 100;
/// What is counted once there are so many.
const OTHER_KINDS: &str = "…";

/// Somebody who asked the listener anything: for the settings' "has the cabinet reached us?".
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Knock {
    /// When.
    pub at: Timestamp,
    /// From which address.
    pub from: IpAddr,
    /// The path asked for.
    pub path: String,
    /// The status we answered.
    pub answer: u16,
}

/// Counters since the start.
#[derive(Debug)]
pub struct Vitals {
    /// When the desk started.
    pub started_at: Timestamp,
    accepted: AtomicU64,
    refused: AtomicU64,
    /// Posts with our code and a wrong signature since the last good one.
    forged: AtomicU64,
    /// Posts with another account's code since the last good one.
    foreign: AtomicU64,
    unknown: AtomicU64,
    last_event_ms: AtomicI64,
    log_sequence: AtomicI64,
    log_failing: AtomicBool,
    knocks: Mutex<VecDeque<Knock>>,
    kinds: Mutex<BTreeMap<String, u64>>,
    directory: Mutex<Option<wire::DirectoryHealth>>,
    refusing: Notify,
}

impl Vitals {
    /// Nothing happened yet.
    #[must_use]
    pub fn new(started_at: Timestamp) -> Vitals {
        Vitals {
            started_at,
            accepted: AtomicU64::new(0),
            refused: AtomicU64::new(0),
            forged: AtomicU64::new(0),
            foreign: AtomicU64::new(0),
            unknown: AtomicU64::new(0),
            last_event_ms: AtomicI64::new(0),
            log_sequence: AtomicI64::new(0),
            log_failing: AtomicBool::new(false),
            knocks: Mutex::new(VecDeque::new()),
            kinds: Mutex::new(BTreeMap::new()),
            directory: Mutex::new(None),
            refusing: Notify::new(),
        }
    }

    /// An event was accepted; `known` tells whether this version understands its kind.
    pub fn accept(&self, at: Timestamp, known: bool) {
        self.accepted.fetch_add(1, Ordering::Relaxed);
        self.forged.store(0, Ordering::Relaxed);
        self.foreign.store(0, Ordering::Relaxed);
        if !known {
            self.unknown.fetch_add(1, Ordering::Relaxed);
        }
        self.last_event_ms.fetch_max(at.as_millisecond(), Ordering::Relaxed);
    }

    /// Counts an accepted event by its kind. At most a hundred kinds are told apart.
    pub fn count(&self, kind: String) {
        let mut kinds = self.kinds.lock().unwrap_or_else(PoisonError::into_inner);
        let has_room = kinds.len() + 1 < KINDS || kinds.contains_key(&kind);
        let kind = if has_room { kind } else { OTHER_KINDS.to_owned() };
        *kinds.entry(kind).or_default() += 1;
    }

    /// Accepted events since the start, by their kind: the path after the base address, numbers masked.
    pub fn kinds(&self) -> BTreeMap<String, u64> {
        self.kinds.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// A post came with our code and a wrong signature.
    pub fn forge(&self) {
        self.forged.fetch_add(1, Ordering::Relaxed);
    }

    /// A post came with another account's code.
    pub fn meet_foreign(&self) {
        self.foreign.fetch_add(1, Ordering::Relaxed);
    }

    /// Why the PBX's posts cannot be taken, when they all fail alike: in the cabinet both secrets change at once, and
    /// only the signature when somebody mends one of them. A single odd post is a stranger's and says nothing.
    pub fn why_refused(&self) -> Option<&'static str> {
        const ALIKE: u64 = 3;
        if self.forged.load(Ordering::Relaxed) >= ALIKE {
            Some(
                "События MANGO приходят с другой подписью: в кабинете сменили «Ключ для создания подписи». \
                 Скопируйте новый ключ в настройки",
            )
        } else if self.foreign.load(Ordering::Relaxed) >= ALIKE {
            Some(
                "События приходят с другим кодом АТС: в кабинете сменили «Уникальный код вашей АТС» и ключ подписи. \
                 Скопируйте оба в настройки",
            )
        } else {
            None
        }
    }

    /// A post was refused.
    pub fn refuse(&self) {
        self.refused.fetch_add(1, Ordering::Relaxed);
        self.refusing.notify_one();
    }

    /// Waits for a refused post: the only counter that rises without the desk's loop hearing of it otherwise. For one
    /// waiting task.
    pub async fn refuses(&self) {
        self.refusing.notified().await;
    }

    /// Events accepted since the start.
    pub fn accepted(&self) -> u64 {
        self.accepted.load(Ordering::Relaxed)
    }

    /// Posts refused since the start.
    pub fn refused(&self) -> u64 {
        self.refused.load(Ordering::Relaxed)
    }

    /// Accepted events of a kind that this version keeps and does not understand.
    pub fn unknown(&self) -> u64 {
        self.unknown.load(Ordering::Relaxed)
    }

    /// Remembers an event of before the start.
    pub fn remember_event(&self, at: Timestamp) {
        self.last_event_ms.fetch_max(at.as_millisecond(), Ordering::Relaxed);
    }

    /// When the last event was accepted.
    pub fn last_event_at(&self) -> Option<Timestamp> {
        let ms = self.last_event_ms.load(Ordering::Relaxed);
        (ms > 0).then(|| Timestamp::from_millisecond(ms).ok()).flatten()
    }

    /// Whether the log cannot be written.
    pub fn set_log_failing(&self, failing: bool) {
        self.log_failing.store(failing, Ordering::Relaxed);
    }

    /// Whether the log cannot be written.
    pub fn log_failing(&self) -> bool {
        self.log_failing.load(Ordering::Relaxed)
    }

    /// How many writes the log has taken.
    pub fn set_log_sequence(&self, sequence: i64) {
        self.log_sequence.fetch_max(sequence, Ordering::Relaxed);
    }

    /// How many writes the log has taken.
    pub fn log_sequence(&self) -> i64 {
        self.log_sequence.load(Ordering::Relaxed)
    }

    /// Remembers a request to the listener.
    pub fn knock(&self, knock: Knock) {
        let mut knocks = self.knocks.lock().unwrap_or_else(PoisonError::into_inner);
        if knocks.len() == KNOCKS {
            knocks.pop_front();
        }
        knocks.push_back(knock);
    }

    /// The last requests to the listener, oldest first.
    pub fn knocks(&self) -> Vec<Knock> {
        self.knocks.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect()
    }

    /// Remembers how the directory fares.
    pub fn set_directory(&self, health: wire::DirectoryHealth) {
        *self.directory.lock().unwrap_or_else(PoisonError::into_inner) = Some(health);
    }

    /// How the directory fares.
    pub fn directory(&self) -> Option<wire::DirectoryHealth> {
        self.directory.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_are_counted_and_bounded() {
        let vitals = Vitals::new(Timestamp::UNIX_EPOCH);
        for kind in 0..500 {
            vitals.count(format!("events/{}", char::from_u32(0x430 + kind).unwrap()));
        }
        vitals.count("events/а".to_owned());
        let kinds = vitals.kinds();
        assert_eq!(kinds.len(), KINDS);
        assert_eq!(kinds["events/а"], 2);
        assert_eq!(kinds[OTHER_KINDS], 401);
        assert_eq!(kinds.values().sum::<u64>(), 501);
    }
}
