//! Rows of missed calls: one per number, shown once the disk has what they are made of.

#[cfg(test)]
mod tests;

use std::collections::{BTreeSet, HashMap};

use calls::missed::{Episode, How, Row as MissedRow, Why, is_miss, rows};
use calls::{Direction, EntryId, Outcome, Picture};
use jiff::Timestamp;
use phone::{Extension, Party, PhoneNumber};

use super::past::RowFact;
use super::{Board, Change, Outbox, Past, cards};
use crate::log::{EpisodeRow, FactKind, Row, Ticket};
use crate::view;

/// Marks the key of a hidden number: such calls are never merged.
const HIDDEN: &str = "hidden:";

/// An entry that its number's missed calls must count anew.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recount {
    entry: EntryId,
    /// The number that counted it before.
    before: Option<String>,
}

/// What an entry means for a number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Counted {
    number_key: String,
    pub(super) episode: Episode,
}

/// What happened with one number.
#[derive(Debug, Default)]
pub(super) struct Story {
    calls: HashMap<EntryId, Episode>,
    by_hand: Vec<Episode>,
    shown: Vec<wire::Missed>,
}

impl Story {
    /// Whether anybody is shown a row of it.
    pub(super) fn is_shown(&self) -> bool {
        !self.shown.is_empty()
    }
}

/// What a receptionist says about a row of missed calls.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RowWord {
    /// "I will call back."
    Claim,
    /// "Not I, after all."
    GiveBack,
    /// Not before this moment; `None`: now after all.
    PutOff(Option<Timestamp>),
    /// It needs no call back.
    Close {
        /// What closed it.
        how: wire::ClosedHow,
        /// Why, for one that is dismissed.
        reason: Option<String>,
    },
}

impl RowWord {
    /// The kind of the fact that keeps it.
    #[must_use]
    pub fn kind(&self) -> FactKind {
        match self {
            RowWord::Claim | RowWord::GiveBack => FactKind::Claim,
            RowWord::PutOff(_) => FactKind::Postponement,
            RowWord::Close { .. } => FactKind::Dismissal,
        }
    }
}

impl Board {
    /// Remembers that rows of missed calls wait for a write.
    pub fn wait_for_disk(&mut self, ticket: Ticket, recounts: impl IntoIterator<Item = Recount>) {
        self.waiting_for_disk.extend(recounts.into_iter().map(|recount| (ticket, recount)));
    }

    /// The disk has every write up to a ticket: shows the rows that waited for it.
    pub fn durable(&mut self, up_to: Ticket, past: &dyn Past) -> Outbox {
        let mut recounts = Vec::new();
        while let Some((ticket, _)) = self.waiting_for_disk.front() {
            if *ticket > up_to {
                break;
            }
            recounts.extend(self.waiting_for_disk.pop_front().map(|(_, recount)| recount));
        }
        self.recount_all(&recounts, past)
    }

    /// Shows rows whose making the disk has. However many calls of a number are among them, it is told once.
    pub fn recount_all(&mut self, recounts: &[Recount], past: &dyn Past) -> Outbox {
        let mut outbox = Outbox::default();
        let mut numbers = BTreeSet::new();
        for recount in recounts {
            numbers.extend(self.recount(recount, past));
        }
        for number in numbers {
            self.retell(&number, &mut outbox);
        }
        outbox
    }

    /// Brings the rows of a number back on the board, at start.
    pub fn restore_missed(&mut self, number_key: &str, past: &dyn Past) -> Outbox {
        let mut outbox = Outbox::default();
        self.story(number_key, past);
        if !number_key.starts_with(HIDDEN) && self.last_words.watch(number_key) {
            outbox.ask_said.push(number_key.to_owned());
        }
        self.retell(number_key, &mut outbox);
        outbox
    }

    /// Takes who a row is about from the log, where its calls are no longer in memory. Only of rows with a call since this
    /// moment: what retention is about to delete must not be told once more.
    pub fn name_rows(&mut self, key: &str, since: Timestamp, past: &dyn Past) {
        let region = &self.rules.region;
        let Some(story) = self.numbers.get_mut(key) else { return };
        let is_wanted =
            |row: &wire::Missed| row.person.is_none() && row.last_at.parse::<Timestamp>().is_ok_and(|at| at >= since);
        for row in story.shown.iter_mut().filter(|row| is_wanted(row)) {
            let cards = row.calls.iter().rev().filter_map(|call| past.entry(&EntryId::new(call), region)?.card);
            row.person = cards.take(NAMED_BY).find_map(|card| cards::certain_person(&card).cloned());
        }
    }

    /// A row as it is shown.
    #[must_use]
    pub fn missed_row(&self, row: &str) -> Option<&wire::Missed> {
        self.find_row(row).map(|(_, shown)| shown)
    }

    fn find_row(&self, row: &str) -> Option<(&String, &wire::Missed)> {
        let is_it = |shown: &&wire::Missed| shown.id == row || shown.calls.iter().any(|call| call == row);
        self.numbers.iter().find_map(|(key, story)| Some((key, story.shown.iter().find(is_it)?)))
    }

    /// A receptionist's word about a row. `None`: no such row. Else the number's key and the fact's body.
    #[must_use]
    pub fn row_fact(
        &self,
        row: &str,
        by: Option<&Extension>,
        word: &RowWord,
        now: Timestamp,
    ) -> Option<(String, Vec<u8>)> {
        let (key, shown) = self.find_row(row)?;
        let mut fact = RowFact {
            row: shown.calls.last()?.clone(),
            by: by.map(ToString::to_string),
            at_ms: now.as_millisecond(),
            ..RowFact::default()
        };
        match word {
            RowWord::Claim => {}
            RowWord::GiveBack => fact.give_back = true,
            RowWord::PutOff(until) => fact.until_ms = until.map(Timestamp::as_millisecond),
            RowWord::Close { how, reason } => {
                fact.how = Some(*how);
                fact.reason.clone_from(reason);
            }
        }
        Some((key.clone(), serde_json::to_vec(&fact).ok()?))
    }

    /// Applies a receptionist's word about a row, once the disk has it.
    pub fn row_word(&mut self, number_key: &str, episode: Episode, past: &dyn Past) -> Outbox {
        let mut outbox = Outbox::default();
        self.story(number_key, past);
        if let Some(story) = self.numbers.get_mut(number_key) {
            if !story.by_hand.contains(&episode) {
                story.by_hand.push(episode);
            }
            self.retell(number_key, &mut outbox);
        }
        outbox
    }

    /// Open rows and those closed since a moment, newest first.
    pub(super) fn missed_since(&self, since: Timestamp) -> Vec<wire::Missed> {
        let since = view::time(since);
        let mut missed: Vec<wire::Missed> = self
            .numbers
            .values()
            .flat_map(|story| &story.shown)
            .filter(|row| row.closed.as_ref().is_none_or(|closed| closed.at >= since))
            .cloned()
            .collect();
        missed.sort_by(|a, b| b.last_at.cmp(&a.last_at).then_with(|| a.id.cmp(&b.id)));
        missed
    }

    /// Notes what an entry means for its number: the row for the log now, the view when the disk has it.
    pub(super) fn count_episode(&mut self, id: &EntryId, picture: &Picture, outbox: &mut Outbox) {
        let counts = self
            .episode(id, picture)
            .map(|episode| Counted { number_key: number_key(id, picture.number.as_ref()), episode });
        let Some(tracked) = self.entries.get_mut(id) else { return };
        if tracked.counts == counts {
            return;
        }
        let before = tracked.counts.take().map(|counted| counted.number_key);
        if let Some(Counted { number_key, episode: Episode::Missed { .. } }) = &counts {
            outbox.rows.push(Row::OpenMissed { number_key: number_key.clone(), open: true });
        }
        outbox
            .rows
            .push(Row::Episode { entry: id.as_str().to_owned(), episode: counts.as_ref().and_then(episode_row) });
        tracked.counts = counts;
        outbox.after_disk.push(Recount { entry: id.clone(), before });
    }

    fn episode(&self, id: &EntryId, picture: &Picture) -> Option<Episode> {
        let entry = id.clone();
        if let Some(why) = is_miss(picture, &self.rules.watched) {
            return Some(Episode::Missed { entry, at: picture.ended_at.unwrap_or(picture.last_at), why });
        }
        let at = picture.answered_at?;
        let by = picture.answered_by.clone();
        // A call whose end was lost was answered all the same.
        match (picture.direction, picture.outcome) {
            (_, Some(Outcome::Missed | Outcome::Abandoned | Outcome::Failed)) => None,
            (Direction::Inbound, _) => Some(Episode::CalledAgain { entry, at, by }),
            (Direction::Outbound, _) => Some(Episode::Reached { entry, at, by }),
            (Direction::Internal, _) => None,
        }
    }

    /// The disk has an entry: its number's story includes it.
    /// Counts an entry anew; returns the numbers that it was and is counted for.
    fn recount(&mut self, recount: &Recount, past: &dyn Past) -> impl Iterator<Item = String> + use<> {
        let counts = self.entries.get(&recount.entry).and_then(|tracked| tracked.counts.clone());
        let key = counts.as_ref().map(|counts| counts.number_key.clone());
        let old = recount.before.clone().filter(|old| Some(old) != key.as_ref());
        if let Some(old) = &old {
            self.story(old, past);
            if let Some(story) = self.numbers.get_mut(old) {
                story.calls.remove(&recount.entry);
            }
        }
        if let Some(Counted { number_key, episode }) = counts {
            self.story(&number_key, past);
            if let Some(story) = self.numbers.get_mut(&number_key) {
                story.calls.insert(recount.entry.clone(), episode);
            }
        }
        old.into_iter().chain(key)
    }

    /// Makes sure that a number's past is on the board.
    fn story(&mut self, key: &str, past: &dyn Past) {
        if self.numbers.contains_key(key) {
            return;
        }
        let mut story = Story::default();
        for episode in past.number(key).episodes {
            match &episode {
                Episode::Missed { entry, .. } | Episode::Reached { entry, .. } | Episode::CalledAgain { entry, .. } => {
                    story.calls.insert(entry.clone(), episode);
                }
                Episode::Claimed { .. }
                | Episode::GivenBack { .. }
                | Episode::Postponed { .. }
                | Episode::Dismissed { .. } => story.by_hand.push(episode),
            }
        }
        self.numbers.insert(key.to_owned(), story);
    }

    /// Works a number's rows out anew and says what differs from what is shown.
    fn retell(&mut self, key: &str, outbox: &mut Outbox) {
        let Some(story) = self.numbers.get(key) else { return };
        let episodes: Vec<Episode> = story.calls.values().chain(&story.by_hand).cloned().collect();
        let shown: Vec<wire::Missed> = rows(&episodes).iter().map(|row| self.row_view(key, row)).collect();
        let before = &story.shown;
        for gone in before.iter().filter(|old| shown.iter().all(|new| new.id != old.id)) {
            outbox.changes.push(Change::Gone(wire::GoneKind::Missed, gone.id.clone()));
        }
        for new in shown.iter().filter(|new| !before.contains(new)) {
            outbox.changes.push(Change::Missed(new.clone().into()));
        }
        let was_open = before.iter().any(|row| row.closed.is_none());
        let is_open = shown.iter().any(|row| row.closed.is_none());
        if was_open != is_open || before.is_empty() {
            outbox.rows.push(Row::OpenMissed { number_key: key.to_owned(), open: is_open });
        }
        if let Some(story) = self.numbers.get_mut(key) {
            story.shown = shown;
        }
    }

    /// Looks at an entry's row again, because its card has changed.
    pub(super) fn refresh_missed_of(&mut self, id: &EntryId, outbox: &mut Outbox) {
        let key =
            self.entries.get(id).and_then(|tracked| tracked.counts.as_ref()).map(|counts| counts.number_key.clone());
        if let Some(key) = key {
            self.refresh_missed(&key, outbox);
        }
    }

    /// Looks at a number's rows again, because what stands beside them has changed.
    pub(super) fn refresh_missed(&mut self, key: &str, outbox: &mut Outbox) {
        if self.numbers.get(key).is_some_and(Story::is_shown) {
            self.retell(key, outbox);
        }
    }

    fn row_view(&self, key: &str, row: &MissedRow) -> wire::Missed {
        let number = (!key.starts_with(HIDDEN)).then(|| key.to_owned());
        let person = row
            .entries
            .iter()
            .rev()
            .filter_map(|entry| self.entries.get(entry))
            .find_map(|tracked| cards::certain_person(&tracked.card))
            .cloned();
        // The person was known when the row was last shown, maybe before the calls left memory.
        let person = person.or_else(|| {
            let story = self.numbers.get(key)?;
            story.shown.iter().find(|shown| shown.id == row.id.as_str())?.person.clone()
        });
        wire::Missed {
            id: row.id.as_str().to_owned(),
            number_display: number.as_deref().map(|number| {
                PhoneNumber::from_pbx(number, &self.rules.region)
                    .map_or_else(|| number.to_owned(), |number| number.display())
            }),
            number,
            person,
            calls: row.entries.iter().map(|entry| entry.as_str().to_owned()).collect(),
            count: u32::try_from(row.entries.len()).unwrap_or(u32::MAX),
            first_at: view::time(row.first_at),
            last_at: view::time(row.last_at),
            why: match row.why {
                Why::Rang => wire::MissedWhy::Rang,
                Why::Queue => wire::MissedWhy::Queue,
                Why::Menu => wire::MissedWhy::Menu,
                Why::Closed => wire::MissedWhy::Closed,
            },
            claimed_by: row.claimed_by.as_ref().map(ToString::to_string),
            postponed_until: row.postponed_until.map(view::time),
            last_words: self.last_words.newest(key).cloned(),
            closed: row.closed.as_ref().map(|closed| wire::Closed {
                how: match closed.how {
                    How::Reached => wire::ClosedHow::Reached,
                    How::CalledAgain => wire::ClosedHow::CalledAgain,
                    How::Dismissed => wire::ClosedHow::Dismissed,
                },
                at: view::time(closed.at),
                by: closed.by.as_ref().map(ToString::to_string),
                after_ms: u64::try_from(closed.after.as_millis()).ok(),
                call: closed.call.as_ref().map(|call| call.as_str().to_owned()),
                reason: closed.reason.clone(),
            }),
        }
    }
}

/// So many of a row's newest calls are asked of the log for the person's name.
const NAMED_BY: usize = 3;

/// What merges missed calls: the number, or nothing for a hidden one.
fn number_key(id: &EntryId, number: Option<&Party>) -> String {
    number.and_then(view::number).unwrap_or_else(|| format!("{HIDDEN}{id}"))
}

fn episode_row(counted: &Counted) -> Option<EpisodeRow> {
    let (kind, at, by, why) = match &counted.episode {
        Episode::Missed { at, why, .. } => ("missed", at, None, Some(*why)),
        Episode::Reached { at, by, .. } => ("reached", at, by.as_ref(), None),
        Episode::CalledAgain { at, by, .. } => ("called_again", at, by.as_ref(), None),
        Episode::Claimed { .. } | Episode::GivenBack { .. } | Episode::Postponed { .. } | Episode::Dismissed { .. } => {
            return None;
        }
    };
    Some(EpisodeRow {
        number_key: counted.number_key.clone(),
        kind: kind.to_owned(),
        at_ms: at.as_millisecond(),
        by: by.map(ToString::to_string),
        why: why.map(|why| {
            match why {
                Why::Rang => "rang",
                Why::Queue => "queue",
                Why::Menu => "menu",
                Why::Closed => "closed",
            }
            .to_owned()
        }),
    })
}
