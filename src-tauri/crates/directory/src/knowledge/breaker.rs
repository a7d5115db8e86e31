//! A source that fails again and again is left in peace: nobody asks it until it has shown a sign of life.

use std::time::Duration;

use jiff::Timestamp;
use tokio::time::Instant;

use crate::source::DirectoryError;

/// So many failures in a row, and nobody asks any more.
const FAILURES: u32 = 3;
/// How often a sign of life is looked for.
const LOOK_EVERY: Duration = Duration::from_secs(5);
/// How often, once it has been out of order for a while.
const LOOK_SELDOM: Duration = Duration::from_secs(30);
/// When that is.
const FOR_A_WHILE: Duration = Duration::from_secs(120);

#[derive(Debug, Default)]
pub(super) struct Breaker {
    failures: u32,
    /// The last error, and whether it is of the source as a whole.
    why: Option<DirectoryError>,
    since: Option<(Timestamp, Instant)>,
    /// Set while nobody asks.
    look_at: Option<Instant>,
}

impl Breaker {
    /// The error to give instead of asking.
    pub(super) fn refusal(&self, now: Instant) -> Option<DirectoryError> {
        // A look that is overdue has not happened: the next question is as good a sign.
        let look_at = self.look_at?;
        if now > look_at + LOOK_SELDOM { None } else { self.why.clone() }
    }

    /// Whether a sign of life is to be looked for now.
    pub(super) fn is_due(&self, now: Instant) -> bool {
        self.look_at.is_some_and(|at| now >= at)
    }

    /// What is wrong, and whether nobody asks any more.
    pub(super) fn trouble(&self) -> Option<(String, bool)> {
        Some((self.why.as_ref()?.to_string(), self.look_at.is_some()))
    }

    /// True when the state changed.
    pub(super) fn failed(&mut self, error: &DirectoryError, now: Instant, at: Timestamp) -> bool {
        let before = (self.why.clone(), self.look_at.is_some());
        self.failures = self.failures.saturating_add(1);
        let (_, since) = *self.since.get_or_insert((at, now));
        self.why = Some(error.clone());
        if let DirectoryError::Busy { wait } = error {
            self.look_at = Some(now + *wait);
        } else if self.failures >= FAILURES {
            let every = if now.duration_since(since) > FOR_A_WHILE { LOOK_SELDOM } else { LOOK_EVERY };
            self.look_at = Some(now + every);
        }
        before != (self.why.clone(), self.look_at.is_some())
    }

    /// It answers, and refuses: asking on is harmless, and the reason is worth showing.
    pub(super) fn refused(&mut self, error: &DirectoryError) -> bool {
        let changed = self.why.as_ref() != Some(error);
        *self = Breaker { why: Some(error.clone()), ..Breaker::default() };
        changed
    }

    pub(super) fn succeeded(&mut self) -> bool {
        let changed = self.why.is_some();
        *self = Breaker::default();
        changed
    }
}
