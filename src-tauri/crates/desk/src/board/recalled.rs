//! What the PBX's statistics tell of calls that nobody listened to. Nothing of it ever pops.

use calls::EntryId;
use calls::missed::Episode;
use jiff::Timestamp;

use super::{Board, Outbox, Past, past_of};
use crate::catch_up::{News, Told};
use crate::log::MAIN;
use crate::translate;

impl Board {
    /// Whether a post about this entry has come since then.
    pub(crate) fn was_heard_since(&self, entry: &str, since: Timestamp) -> bool {
        let tracked = self.entries.get(&EntryId::new(entry));
        tracked.is_some_and(|tracked| tracked.entry.last_heard_at() >= since)
    }

    /// Takes what statistics tell of one entry; `received_at` is the fact's. Calls of earlier days go into history and the
    /// missed calls only, unless they are on the board.
    pub(crate) fn recalled(
        &mut self,
        told: &Told,
        received_at: Timestamp,
        now: Timestamp,
        past: &dyn Past,
    ) -> (Outbox, News) {
        let mut outbox = Outbox::default();
        let id = EntryId::new(&told.entry_id);
        let past = past_of(Some(received_at), now, past);
        let recalled = translate::recalled(told, received_at, &self.rules.region);
        let today = self.start_of_today(now);

        let was_here = self.entries.contains_key(&id);
        let tracked = self.tracked(&id, MAIN, past);
        let before = tracked.entry.is_known().then(|| tracked.entry.picture(now).outcome);
        for recording in told.recordings() {
            tracked.extras.add_stored_recording(&recording);
        }
        let is_news = tracked.entry.add_recalled(recalled);
        if !was_here && !is_news {
            // The log has it, word for word.
            self.entries.remove(&id);
            return (outbox, News { is_news: false, is_missed: false });
        }
        let picture = tracked.entry.picture(now);
        tracked.in_history |= !was_here && picture.started_at < today;
        self.refresh(&id, now, &mut outbox);
        let counts = self.entries.get(&id).and_then(|tracked| tracked.counts.as_ref());
        let is_missed = counts.is_some_and(|counted| matches!(counted.episode, Episode::Missed { .. }));
        (outbox, News { is_news: is_news && before != Some(picture.outcome), is_missed })
    }
}

#[cfg(test)]
mod tests;
