//! What was asked so far, for those who watch.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde::Serialize;
use serde_json::Value;

/// Commands that are remembered; older ones are forgotten first.
const REMEMBERED: usize = 10_000;

/// One request to the command API, as `GET /rehearsal/commands` tells it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CommandRecord {
    /// What followed `/vpbx/`.
    pub path: String,
    /// The form's json: parsed, or as text when it is not JSON; `null` when there was none.
    pub json: Value,
    /// Whether key and signature were right.
    pub verified: bool,
    /// The code of the answer; `None` when the request was not looked at (401, 429), not answered, or answered with
    /// something else than a result (CSV, a redirect).
    pub result: Option<i32>,
    /// The HTTP status of the answer; 0 when the connection was dropped instead.
    pub http: u16,
    /// When it came (RFC 3339, UTC, milliseconds).
    pub at: String,
}

/// How many commands there were.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct CommandCounts {
    /// Callbacks accepted.
    pub callback: u64,
    /// Hang-ups accepted.
    pub hangup: u64,
    /// Requests refused: a code other than 1000, or an HTTP status of 4xx or 5xx.
    pub refused: u64,
}

#[derive(Default)]
pub(super) struct Heard(Mutex<Known>);

#[derive(Default)]
struct Known {
    commands: VecDeque<CommandRecord>,
    counts: CommandCounts,
}

impl Heard {
    pub(super) fn note(&self, record: CommandRecord) {
        let mut known = self.known();
        let accepted = record.result == Some(1000);
        let refused = record.http >= 400 || record.result.is_some_and(|code| code != 1000);
        known.counts.refused += u64::from(refused);
        known.counts.callback += u64::from(accepted && record.path == "commands/callback");
        known.counts.hangup += u64::from(accepted && record.path == "commands/call/hangup");
        if known.commands.len() == REMEMBERED {
            known.commands.pop_front();
        }
        known.commands.push_back(record);
    }

    pub(super) fn counts(&self) -> CommandCounts {
        self.known().counts
    }

    pub(super) fn records(&self) -> Vec<CommandRecord> {
        self.known().commands.iter().cloned().collect()
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
