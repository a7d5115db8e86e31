//! Reading one person's or one number's past.

use std::collections::BTreeSet;

use jiff::Timestamp;
use rusqlite::{ToSql, params};
use serde::Deserialize;

use super::history::Place;
use super::read::collect;
use super::{FactKind, MAIN, Page, Reader};

/// Numbers of one person.
const MOST_NUMBERS: u32 = 50;
/// Text messages that are looked through for those to a number; a clinic sends some a day.
const MESSAGES_LOOKED_AT: u32 = 3000;

#[derive(Deserialize)]
struct Sent {
    number: String,
    command_id: String,
}

impl Reader {
    /// The numbers in whose calls a person was the certain one.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn numbers_of(&self, person: &str) -> rusqlite::Result<Vec<String>> {
        let mut numbers = self.connection.prepare_cached(
            "SELECT number FROM history WHERE person = ?1 AND number IS NOT NULL
             GROUP BY number ORDER BY max(place) DESC LIMIT ?2",
        )?;
        collect(numbers.query_map(params![person, MOST_NUMBERS], |row| row.get(0))?)
    }

    /// Calls of these numbers below a place, newest first. With a person only theirs, and those of their numbers in
    /// which nobody was certain.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn story(
        &self,
        numbers: &[String],
        person: Option<&str>,
        before: Option<Place>,
        limit: u32,
    ) -> rusqlite::Result<Page> {
        let picture = self.connection.unchecked_transaction()?;
        let before = before.unwrap_or(Place::MAX);
        let enough = limit.saturating_add(1);
        let mut places: BTreeSet<Place> = BTreeSet::new();
        let mut add = |sql: &str, value: &dyn ToSql| -> rusqlite::Result<()> {
            let mut newest = self.connection.prepare_cached(sql)?;
            places.extend(collect(newest.query_map(params![value, before, enough], |row| row.get::<_, Place>(0))?)?);
            Ok(())
        };
        if let Some(person) = person {
            add("SELECT place FROM history WHERE person = ?1 AND place < ?2 ORDER BY place DESC LIMIT ?3", &person)?;
        }
        let of_number = if person.is_some() {
            "SELECT place FROM history WHERE number = ?1 AND person IS NULL AND place < ?2 ORDER BY place DESC LIMIT ?3"
        } else {
            "SELECT place FROM history WHERE number = ?1 AND place < ?2 ORDER BY place DESC LIMIT ?3"
        };
        for number in numbers {
            add(of_number, number)?;
        }
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let shown: Vec<Place> = places.iter().rev().copied().take(limit).collect();
        let next = if places.len() > limit { shown.last().copied() } else { None };
        let page = self.page_at(&shown, next)?;
        drop(picture);
        Ok(page)
    }

    /// The command ids of the newest text messages to these numbers, newest first.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn messages_to(&self, numbers: &[String], most: usize) -> rusqlite::Result<Vec<String>> {
        let mut newest = self.connection.prepare_cached(
            "SELECT body FROM facts WHERE kind = 'sms' AND account = ?1 ORDER BY received_at DESC LIMIT ?2",
        )?;
        debug_assert_eq!(FactKind::Sms.word(), "sms", "the index over them is for this word");
        let mut found = Vec::new();
        let mut bodies = newest.query(params![MAIN, MESSAGES_LOOKED_AT])?;
        while let Some(row) = bodies.next()? {
            let Ok(sent) = serde_json::from_slice::<Sent>(row.get_ref(0)?.as_blob()?) else { continue };
            if numbers.contains(&sent.number) {
                found.push(sent.command_id);
            }
            if found.len() >= most {
                break;
            }
        }
        Ok(found)
    }

    /// When the oldest call of history began.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn oldest_call(&self) -> rusqlite::Result<Option<Timestamp>> {
        let place: Option<Place> = self.connection.query_row("SELECT min(place) FROM history", [], |row| row.get(0))?;
        Ok(place.and_then(|place| Timestamp::from_millisecond(super::history::moment_of(place)).ok()))
    }
}
