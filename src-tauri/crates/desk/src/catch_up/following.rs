//! The calls that ended just before a question are told of too early: they are asked about once more before everything
//! counts as told.

use jiff::{SignedDuration, Timestamp};

use super::{CatchUp, Pause, Run, Silence, Young};

/// How long after its end a call is asked about again that was told of too early.
const SURELY_SETTLED_AFTER: SignedDuration = SignedDuration::from_secs(12);
/// So often in a row the calls that were told of too early are asked about again before everything counts as told: where
/// calls end all the time there is always one more.
const MOST_FOLLOW_UPS: u32 = 3;

impl CatchUp {
    /// Has the calls that were told of too early asked about again, if somebody waits for them. False: there are none, or
    /// it was done often enough.
    pub(super) fn follows_up(&mut self, young: &[Young], shown: Silence, run: &Run) -> bool {
        let starts = young.iter().map(|young| young.start).min();
        let Some((start, end)) = starts.zip(young.iter().map(|young| young.end).max()) else { return false };
        if shown.quiet || self.follow_ups >= MOST_FOLLOW_UPS {
            return false;
        }
        (self.failures, self.pause) = (0, Pause::No);
        self.follow_ups += 1;
        self.awaited = Some(shown);
        let by_us = |ago: i64| run.until.checked_sub(SignedDuration::from_secs(ago)).unwrap_or(run.until);
        let (started, ended) = (by_us(run.to.saturating_sub(start)), by_us(run.to.saturating_sub(end).max(0)));
        self.owe_silence(Silence { since_ms: started.as_millisecond(), quiet: true });
        self.wait_quietly(ended.checked_add(SURELY_SETTLED_AFTER).unwrap_or(ended));
        tracing::info!(calls = young.len(), "calls that ended just now are asked about again");
        self.show(wire::CatchUpState::Asking, shown, run.until, None);
        true
    }

    /// Waits until then, unless more is owed than what can wait.
    pub(super) fn wait_quietly(&mut self, until: Timestamp) {
        if self.kept.owed.is_some_and(|owed| owed.quiet) {
            self.pause = Pause::Until(until);
        }
    }

    /// A question about the last calls of a silence is shown as one about the silence.
    pub(super) fn as_awaited(&self, silence: Silence) -> Silence {
        self.awaited.map_or(silence, |awaited| Silence { since_ms: awaited.since_ms.min(silence.since_ms), ..awaited })
    }
}
