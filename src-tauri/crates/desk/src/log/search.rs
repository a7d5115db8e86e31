//! Searching history: trigrams find candidates, newest first and one at a time; the text itself decides.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use rusqlite::{CachedStatement, OptionalExtension as _, params};

use super::Reader;
use super::history::Place;
use super::read::collect;
use super::trigrams::{self, Rarity};

/// Candidates of the index that one page looks at: each costs a page of the file to be deciphered, and a key that is typed
/// is to be answered within 20 ms.
const MOST_CANDIDATES: usize = 600;
/// For a key that is typed a slow computer looks at fewer: for so long, but at some in any case.
const LOOKS_FOR: Duration = Duration::from_millis(8);
const LEAST_CANDIDATES: usize = 50;
/// Calls that one page walks through for words of one or two signs, which no index knows.
const LONGEST_WALK: usize = 4000;
/// Calls without an index yet that one page looks at: some while posts come, many after an update.
const MOST_WAITING: usize = 2000;

/// Who waits for a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Haste {
    /// Somebody who types: rather a short page at once.
    Typed,
    /// A file that is written: whole pages.
    Written,
}

/// Which calls are wanted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Wanted {
    /// Each must be there, in one of its spellings, as `marks` and `view::searchable` write it.
    pub terms: Vec<Vec<String>>,
    /// The first place that counts.
    pub from: Option<Place>,
    /// The first place that no longer counts.
    pub until: Option<Place>,
}

/// A page of past calls.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Page {
    /// Calls as the feed shows them, newest first.
    pub calls: Vec<String>,
    /// Where each of them stands.
    pub places: Vec<Place>,
    /// Where the next page begins. There may be more although this page is not full, or empty: a page looks through a
    /// bounded number of calls.
    pub next: Option<Place>,
}

impl Wanted {
    /// Whether a call with this text and place is wanted.
    #[must_use]
    pub fn is_found_in(&self, place: Place, search: &str) -> bool {
        self.from.is_none_or(|from| from <= place)
            && self.until.is_none_or(|until| place < until)
            && self.terms.iter().all(|term| term.iter().any(|spelling| search.contains(spelling.as_str())))
    }
}

/// Places that were found, and the lowest that was looked at when that is not all.
#[derive(Default)]
struct Found {
    places: Vec<Place>,
    looked_down_to: Option<Place>,
}

impl Reader {
    /// Past calls below a place, newest first. Looks at some thousand calls at most; the page says where it ended.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn history(&self, wanted: &Wanted, before: Option<Place>, limit: u32, haste: Haste) -> rusqlite::Result<Page> {
        // One picture for all that follows, whatever is written meanwhile.
        let picture = self.connection.unchecked_transaction()?;
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let from = wanted.from.unwrap_or(Place::MIN);
        let until = wanted.until.unwrap_or(Place::MAX).min(before.unwrap_or(Place::MAX));
        let enough = limit.saturating_add(1);
        let (mut places, looked_down_to) = match self.question(wanted)? {
            None if wanted.terms.is_empty() => {
                let mut newest = self.connection.prepare_cached(
                    "SELECT place FROM history WHERE place >= ?1 AND place < ?2 ORDER BY place DESC LIMIT ?3",
                )?;
                let count = i64::try_from(enough).unwrap_or(i64::MAX);
                let places: Vec<Place> = collect(newest.query_map(params![from, until, count], |row| row.get(0))?)?;
                (places, None)
            }
            None => {
                let walk = self.connection.prepare_cached(
                    "SELECT place, search FROM history WHERE place >= ?1 AND place < ?2 ORDER BY place DESC",
                )?;
                let found = walk_through(walk, (from, until), wanted, (LONGEST_WALK, enough))?;
                (found.places, found.looked_down_to)
            }
            Some(index) => {
                let waiting = self.connection.prepare_cached(
                    "SELECT place, search FROM history_waiting JOIN history USING (place)
                     WHERE place >= ?1 AND place < ?2 ORDER BY place DESC",
                )?;
                let waiting = walk_through(waiting, (from, until), wanted, (MOST_WAITING, enough))?;
                let indexed = self.indexed(&index, (from, until), wanted, (enough, haste))?;
                let both: BTreeSet<Place> = waiting.places.into_iter().chain(indexed.places).collect();
                // Below where one of them stopped, the other has not seen all.
                let down_to = waiting.looked_down_to.max(indexed.looked_down_to);
                (
                    both.into_iter().rev().filter(|place| down_to.is_none_or(|down_to| *place >= down_to)).collect(),
                    down_to,
                )
            }
        };
        let next = if places.len() > limit {
            places.truncate(limit);
            places.last().copied()
        } else {
            looked_down_to
        };
        let page = self.page_at(&places, next)?;
        drop(picture);
        Ok(page)
    }

    /// The same for the index of words: every term that it can answer, none if there is none.
    fn question(&self, wanted: &Wanted) -> rusqlite::Result<Option<String>> {
        if wanted.terms.is_empty() {
            return Ok(None);
        }
        let mut rarity = self.rarity.borrow_mut();
        let known = match rarity.take().filter(|known| !known.is_old()) {
            Some(known) => known,
            None => {
                let mut newest =
                    self.connection.prepare_cached("SELECT search FROM history ORDER BY place DESC LIMIT ?1")?;
                let texts: Vec<String> = collect(newest.query_map([trigrams::SAMPLE as i64], |row| row.get(0))?)?;
                Rarity::of(&texts)
            }
        };
        Ok(trigrams::question(&wanted.terms, rarity.insert(known)))
    }

    fn indexed(
        &self,
        index: &str,
        (from, until): (Place, Place),
        wanted: &Wanted,
        (enough, haste): (usize, Haste),
    ) -> rusqlite::Result<Found> {
        let mut words = self.connection.prepare_cached(
            "SELECT rowid FROM history_words WHERE history_words MATCH ?1 AND rowid >= ?2 AND rowid < ?3
             ORDER BY rowid DESC",
        )?;
        let mut text = self.connection.prepare_cached("SELECT search FROM history WHERE place = ?1")?;
        let mut candidates = words.query(params![index, from, until])?;
        let mut found = Found::default();
        let mut looked_at = 0;
        let begun = Instant::now();
        while let Some(row) = candidates.next()? {
            let place: Place = row.get(0)?;
            // Deleted a moment ago: its words wait for being deleted too.
            let search: Option<String> = text.query_row([place], |row| row.get(0)).optional()?;
            if search.is_some_and(|search| wanted.is_found_in(place, &search)) {
                found.places.push(place);
            }
            looked_at += 1;
            let is_late = haste == Haste::Typed && looked_at >= LEAST_CANDIDATES && begun.elapsed() >= LOOKS_FOR;
            if found.places.len() >= enough || looked_at >= MOST_CANDIDATES || is_late {
                found.looked_down_to = Some(place);
                break;
            }
        }
        Ok(found)
    }

    /// A page of the calls at these places; one that was deleted meanwhile is left out.
    pub(super) fn page_at(&self, places: &[Place], next: Option<Place>) -> rusqlite::Result<Page> {
        let mut page = Page { next, ..Page::default() };
        for place in places {
            if let Some(call) = self.call_at(*place)? {
                page.calls.push(call);
                page.places.push(*place);
            }
        }
        Ok(page)
    }

    fn call_at(&self, place: Place) -> rusqlite::Result<Option<String>> {
        self.connection
            .prepare_cached("SELECT json FROM calls WHERE entry = (SELECT entry FROM history WHERE place = ?1)")?
            .query_row([place], |row| row.get(0))
            .optional()
    }
}

/// Looks through rows of (place, text), newest first.
fn walk_through(
    mut statement: CachedStatement<'_>,
    (from, until): (Place, Place),
    wanted: &Wanted,
    (longest, enough): (usize, usize),
) -> rusqlite::Result<Found> {
    let mut rows = statement.query(params![from, until])?;
    let mut found = Found::default();
    let mut walked = 0;
    while let Some(row) = rows.next()? {
        let place: Place = row.get(0)?;
        if wanted.is_found_in(place, row.get_ref(1)?.as_str()?) {
            found.places.push(place);
        }
        walked += 1;
        if found.places.len() >= enough || walked >= longest {
            found.looked_down_to = Some(place);
            break;
        }
    }
    Ok(found)
}
