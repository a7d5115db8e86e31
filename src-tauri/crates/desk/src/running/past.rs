//! What the log brings back at start, and what of it is let go.

use calls::{CommandId, EntryId};
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use serde_json::json;

use super::recent::{Answer, REMEMBERED_FOR};
use super::{LONGEST_CALL, Running, commands};
use crate::board::{CommandReplied, DialIntent, HELD_ENDED, Outbox};
use crate::log::{FactKind, Reader, StoredFact};

/// How far the PBX's clock and ours may be apart, and a call from the click that made it.
const CLOCKS_DIFFER: SignedDuration = SignedDuration::from_mins(15);

/// What the intents of dials, commands and messages have in common.
#[derive(Debug, Deserialize)]
struct Intent {
    command_id: String,
    request: Option<String>,
}

impl Running {
    pub(super) fn restore(&mut self, now: Timestamp) -> rusqlite::Result<()> {
        let restored = self.restore_board(now);
        // What cannot be shown must still not be sent again.
        self.restore_requests(now).and(restored)
    }

    /// Knows again which clicks sent a command shortly before the start: nothing is sent twice for one click.
    fn restore_requests(&mut self, now: Timestamp) -> rusqlite::Result<()> {
        let Some(log) = &self.log else { return Ok(()) };
        let since = now.checked_sub(REMEMBERED_FOR).unwrap_or(now);
        let mut asked = Vec::new();
        for kind in [FactKind::Dial, FactKind::Command, FactKind::Sms] {
            asked.extend(log.reader.facts_since(kind, since)?);
        }
        asked.sort_by_key(|fact| fact.received_at);
        for fact in asked {
            let Ok(intent) = serde_json::from_slice::<Intent>(&fact.body) else { continue };
            let Some(mark) = &intent.request else { continue };
            let answer = self.answer_of(&fact, &intent.command_id, &log.reader)?;
            self.recent.restore(fact.received_at, mark, answer);
        }
        Ok(())
    }

    /// What a request of before the start is told, by the same rules as one of now.
    fn answer_of(&self, fact: &StoredFact, command_id: &str, reader: &Reader) -> rusqlite::Result<Answer> {
        let about = reader.facts_about(command_id)?;
        let replied = about
            .iter()
            .rev()
            .filter(|fact| fact.kind == FactKind::Reply)
            .find_map(|fact| serde_json::from_slice::<CommandReplied>(&fact.body).ok());
        let ok = if fact.kind == FactKind::Command { json!({}) } else { json!({ "command_id": command_id }) };
        let answer = match replied {
            Some(replied) => commands::told(&replied, ok.clone()),
            None => Err(commands::unclear()),
        };
        let command = CommandId::new(command_id);
        let is_seen = || self.board.dial_is_under_way(&command) || self.board.deed_is_done(&command);
        Ok(match answer {
            Err(error) if error.code == wire::ErrorCode::VpbxUnclear && is_seen() => Ok(ok),
            answer => answer,
        })
    }

    fn restore_board(&mut self, now: Timestamp) -> rusqlite::Result<()> {
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
        for entry in log.reader.entries_since(recent, HELD_ENDED)? {
            merge(&mut outbox, self.board.restore(&EntryId::new(entry), now, &log.reader));
        }
        let dials: Vec<(Timestamp, DialIntent)> = log
            .reader
            .facts_since(FactKind::Dial, today)?
            .into_iter()
            .filter_map(|fact| Some((fact.received_at, serde_json::from_slice(&fact.body).ok()?)))
            .collect();
        for (asked_at, intent) in &dials {
            if self.board.knows_call_of(&CommandId::new(&intent.command_id)) {
                continue;
            }
            // Not among the newest of today: without its call nobody could tell what came of the click.
            let around = (
                asked_at.checked_sub(CLOCKS_DIFFER).unwrap_or(*asked_at),
                asked_at.checked_add(CLOCKS_DIFFER).unwrap_or(*asked_at),
            );
            for entry in log.reader.entries_of(&intent.number, around)? {
                merge(&mut outbox, self.board.restore(&EntryId::new(entry), now, &log.reader));
            }
        }
        let recounts = std::mem::take(&mut outbox.after_disk);
        merge(&mut outbox, self.board.recount_all(&recounts, &log.reader));
        let kept_since = self.kept_since(now).unwrap_or(today);
        for key in log.reader.numbers_to_watch(today)? {
            merge(&mut outbox, self.board.restore_missed(&key, &log.reader));
            self.board.name_rows(&key, kept_since, &log.reader);
        }
        let ask_said = std::mem::take(&mut outbox.ask_said);
        self.board.recall_said(&ask_said, &log.reader);
        for (_, intent) in &dials {
            let _ = self.board.restore_dial(&log.reader.facts_about(&intent.command_id)?, now);
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
        if let Some(first) = self.kept_since(now) {
            log.writer.delete_before(first.as_millisecond());
        }
    }

    /// The beginning of the oldest day that retention keeps.
    fn kept_since(&self, now: Timestamp) -> Option<Timestamp> {
        let day = now
            .to_zoned_datetime(self.time_zone.clone())
            .checked_sub(jiff::Span::new().days(i64::from(self.keep_days)))
            .and_then(|day| day.start_of_day());
        Some(day.ok()?.timestamp())
    }
}

fn merge(into: &mut Outbox, more: Outbox) {
    into.changes.extend(more.changes);
    into.rows.extend(more.rows);
    into.look_up.extend(more.look_up);
    into.ask_said.extend(more.ask_said);
    into.after_disk.extend(more.after_disk);
}
