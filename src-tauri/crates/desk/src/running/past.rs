//! What the log brings back at start, and what of it is let go.

use calls::EntryId;
use jiff::Timestamp;

use super::{LONGEST_CALL, Running};
use crate::board::Outbox;
use crate::log::FactKind;

impl Running {
    pub(super) fn restore(&mut self, now: Timestamp) -> rusqlite::Result<()> {
        let Some(log) = &self.log else { return Ok(()) };
        let today = self.board.start_of_today(now);
        // Somewhat longer than a call lasts: what is heard of next must find its call on the board.
        let recent = today.min(now.checked_sub(LONGEST_CALL).unwrap_or(now));
        for fact in log.reader.newest_posts("events/call", 20)? {
            if let Some(post) = crate::board::post(&fact) {
                self.board.remember_clock(&post, fact.received_at);
                self.vitals.remember_event(fact.received_at);
            }
        }
        let mut outbox = Outbox::default();
        self.board.restore_contacts(log.reader.contacts()?);
        for (entry, _) in log.reader.calls_since(recent)? {
            merge(&mut outbox, self.board.restore(&EntryId::new(entry), now, &log.reader));
        }
        let recounts = std::mem::take(&mut outbox.after_disk);
        merge(&mut outbox, self.board.recount_all(&recounts, &log.reader));
        for key in log.reader.numbers_to_watch(today)? {
            merge(&mut outbox, self.board.restore_missed(&key, &log.reader));
        }
        for fact in log.reader.facts_since(FactKind::Dial, today)? {
            let intent: Result<crate::board::DialIntent, _> = serde_json::from_slice(&fact.body);
            if let Ok(intent) = intent {
                let facts = log.reader.facts_about(&intent.command_id)?;
                let _ = self.board.restore_dial(&facts, now);
            }
        }
        for fact in log.reader.facts_since(FactKind::Sms, today)? {
            let intent: Result<crate::board::SmsIntent, _> = serde_json::from_slice(&fact.body);
            if let Ok(intent) = intent {
                self.board.restore_sms(&log.reader.facts_about(&intent.command_id)?, now);
            }
        }
        if let Some(json) = log.reader.roster()? {
            self.roster.restore(&json);
        }
        self.vitals.set_log_sequence(log.reader.newest_fact()?);
        // Nobody looks yet, so nobody is told.
        outbox.changes.clear();
        self.carry_out(outbox, None, None);
        Ok(())
    }

    pub(super) fn delete_old(&self, now: Timestamp) {
        let Some(log) = &self.log else { return };
        let first = now
            .to_zoned_datetime(self.time_zone.clone())
            .checked_sub(jiff::Span::new().days(i64::from(self.keep_days)))
            .and_then(|day| day.start_of_day());
        if let Ok(first) = first {
            log.writer.delete_before(first.timestamp().as_millisecond());
        }
    }
}

fn merge(into: &mut Outbox, more: Outbox) {
    into.changes.extend(more.changes);
    into.rows.extend(more.rows);
    into.look_up.extend(more.look_up);
    into.after_disk.extend(more.after_disk);
}
