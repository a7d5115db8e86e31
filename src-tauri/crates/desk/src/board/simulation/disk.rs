//! A disk that forgets what was not synced, and sometimes takes nothing.

use std::collections::{BTreeMap, BTreeSet};

use calls::EntryId;
use calls::missed::Episode;
use jiff::Timestamp;
use phone::{PhoneNumber, Region};

use crate::board::past::{PastEntry, PastNumber, episode, row_episode};
use crate::board::{Board, OnlyFacts, Outbox, Past};
use crate::log::{EpisodeRow, Fact, FactKind, Row, Said, StoredFact, Ticket};

/// What is on the disk, and what is on its way.
#[derive(Default)]
pub(super) struct Disk {
    pub(super) is_failing: bool,
    facts: Vec<(Option<String>, StoredFact)>,
    keys: BTreeSet<(String, [u8; 32])>,
    episodes: BTreeMap<String, EpisodeRow>,
    open_missed: BTreeSet<String>,
    entries: BTreeSet<String>,
    waiting: Vec<(Option<Fact>, Vec<Row>)>,
    tickets: Ticket,
}

impl Disk {
    pub(super) fn write(&mut self, fact: Option<Fact>, rows: Vec<Row>) -> Ticket {
        self.tickets += 1;
        self.waiting.push((fact, rows));
        self.tickets
    }

    /// Writes what waits; the newest ticket that is safe now. `None`: the disk took nothing, and what waits stays owed, but
    /// for words of people, who are told that they were not kept.
    pub(super) fn sync(&mut self) -> Option<Ticket> {
        if self.is_failing {
            self.waiting.retain(|(fact, _)| fact.as_ref().is_none_or(|fact| fact.kind == FactKind::Post));
            return None;
        }
        for (fact, rows) in std::mem::take(&mut self.waiting) {
            if let Some(fact) = fact
                && self.keys.insert((fact.path.clone(), fact.hash()))
            {
                let Fact { account, kind, path, received_at, subject, body } = fact;
                self.facts.push((subject, StoredFact { account, kind, path, received_at, body }));
            }
            for row in rows {
                self.apply(row);
            }
        }
        Some(self.tickets)
    }

    fn apply(&mut self, row: Row) {
        match row {
            Row::Call(call) => drop(self.entries.insert(call.entry)),
            Row::Episode { entry, episode: Some(episode) } => drop(self.episodes.insert(entry, episode)),
            Row::Episode { entry, episode: None } => drop(self.episodes.remove(&entry)),
            Row::OpenMissed { number_key, open: true } => drop(self.open_missed.insert(number_key)),
            Row::OpenMissed { number_key, open: false } => drop(self.open_missed.remove(&number_key)),
            Row::Choice { .. }
            | Row::Contact { .. }
            | Row::Roster { .. }
            | Row::CatchUp { .. }
            | Row::Note(_)
            | Row::Audit(_)
            | Row::AuditedSettings { .. } => {}
        }
    }

    pub(super) fn lose_what_is_not_synced(&mut self) {
        self.waiting.clear();
    }

    /// Whether anything of an entry is safe.
    pub(super) fn knows(&self, entry: &str) -> bool {
        self.facts.iter().any(|(subject, _)| subject.as_deref() == Some(entry))
    }

    /// A board as it comes up on this disk, and the rows that its coming up writes.
    pub(super) fn restored(&self, now: Timestamp) -> (Board, Vec<Row>) {
        let mut board = Board::new(crate::board::tests::rules());
        for (_, fact) in self.facts.iter().rev().filter(|(_, fact)| fact.path == "events/call").take(20) {
            if let Some(post) = crate::board::post(fact) {
                board.remember_clock(&post, fact.received_at);
            }
        }
        let mut all = Outbox::default();
        for entry in &self.entries {
            let outbox = board.restore(&EntryId::new(entry), now, self);
            all.rows.extend(outbox.rows);
            all.after_disk.extend(outbox.after_disk);
        }
        all.rows.extend(board.recount_all(&all.after_disk, self).rows);
        let mut numbers = self.open_missed.clone();
        numbers.extend(self.episodes.values().map(|episode| episode.number_key.clone()));
        for number in numbers {
            all.rows.extend(board.restore_missed(&number, self).rows);
        }
        (board, all.rows)
    }

    /// How a call ended, by its facts alone.
    pub(super) fn outcome(&self, id: &EntryId, now: Timestamp) -> Option<wire::Outcome> {
        let mut board = Board::new(crate::board::tests::rules());
        board.restore(id, now, self);
        board.call(id)?.outcome
    }

    fn about(&self, subject: &str) -> Vec<StoredFact> {
        self.facts.iter().filter(|(about, _)| about.as_deref() == Some(subject)).map(|(_, fact)| fact.clone()).collect()
    }
}

impl Past for Disk {
    fn entry(&self, id: &EntryId, region: &Region) -> Option<PastEntry> {
        let facts = self.about(id.as_str());
        OnlyFacts { facts: &facts, written: None }.entry(id, region)
    }

    fn number(&self, key: &str) -> PastNumber {
        let of_number = self.episodes.iter().filter(|(_, row)| row.number_key == key);
        let mut episodes: Vec<Episode> =
            of_number.filter_map(|(entry, row)| episode(&EntryId::new(entry), row)).collect();
        episodes.extend(self.about(key).iter().filter_map(|fact| row_episode(fact.kind, &fact.body)));
        PastNumber { episodes }
    }

    fn choice(&self, _: &PhoneNumber) -> Option<String> {
        None
    }

    fn said(&self, _: &str) -> Vec<Said> {
        Vec::new()
    }
}
