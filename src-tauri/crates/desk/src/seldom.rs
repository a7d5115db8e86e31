//! Keeping a repeated trouble from filling the log of the program.

use std::time::Duration;

use tokio::time::Instant;

/// How often one kind of trouble is logged at most.
const LOG_EVERY: Duration = Duration::from_secs(60);

/// One kind of trouble.
#[derive(Debug, Default)]
pub(crate) struct Seldom {
    last: Option<Instant>,
    unlogged: u64,
}

impl Seldom {
    /// Nothing was logged yet.
    pub(crate) const fn new() -> Seldom {
        Seldom { last: None, unlogged: 0 }
    }

    /// Whether to log now; then how often it was passed over since the last time.
    pub(crate) fn now(&mut self, now: Instant) -> Option<u64> {
        if self.last.is_some_and(|last| now.duration_since(last) < LOG_EVERY) {
            self.unlogged += 1;
            return None;
        }
        self.last = Some(now);
        Some(std::mem::take(&mut self.unlogged))
    }
}
