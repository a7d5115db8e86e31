//! Ended calls in the order of time: what is searched and counted without reading whole calls.

use rusqlite::{Connection, OptionalExtension as _, TransactionBehavior, params};

use super::rebuild::Folded;
use super::{CallRow, schema};

/// Calls of an older log that one transaction moves into history.
const FILL_AT_ONCE: u32 = 5000;
/// How often that tells how far it is, in transactions.
const TELL_EVERY: u64 = 10;
/// How far an older log is moved: a row id of `calls`.
const FILLED_TO: &str = "history_filled_to";

/// Where a call stands in history: its begin (Unix ms) × [`PLACES_IN_MS`], and a number that keeps calls of one
/// millisecond apart.
pub type Place = i64;
/// Calls that may begin in one millisecond and still stand in order.
pub(super) const PLACES_IN_MS: i64 = 1000;

/// The first place of a moment (Unix ms).
#[must_use]
pub fn place_of(ms: i64) -> Place {
    ms.saturating_mul(PLACES_IN_MS)
}

/// The moment of a place (Unix ms).
pub(super) fn moment_of(place: Place) -> i64 {
    place.div_euclid(PLACES_IN_MS)
}

/// What history keeps of an ended call.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PastCall {
    /// Whom the card was certain about, by the directory's id.
    pub person: Option<String>,
    /// `inbound`, `outbound`, `internal`.
    pub direction: String,
    /// `answered`, `missed`, `abandoned`, `failed`, `unknown`.
    pub ended: String,
    /// The extension that talked first, or that called.
    pub extension: Option<String>,
    /// Our line, E.164.
    pub line: Option<String>,
    /// From the begin until somebody here talked, in ms.
    pub wait_ms: Option<i64>,
    /// From then until the end, in ms.
    pub talk_ms: Option<i64>,
    /// The outcome of the wrap-up.
    pub wrap_up: Option<String>,
    /// Its tags, a line each.
    pub tags: Option<String>,
    /// What a search looks through: lower case, ё as е, marked as `marks` says.
    pub search: String,
}

/// Puts a call into history as it now looks, or takes it out while it lives. The words wait for their index.
pub(super) fn put(connection: &Connection, call: &CallRow) -> rusqlite::Result<()> {
    let known: Option<(Place, String)> = connection
        .prepare_cached("SELECT place, search FROM history WHERE entry = ?1")?
        .query_row([&call.entry], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    let Some(past) = &call.past else {
        return known.map_or(Ok(()), |(place, _)| remove(connection, place));
    };
    let place = match &known {
        Some((place, _)) if moment_of(*place) == call.started_ms => *place,
        Some((place, _)) => {
            remove(connection, *place)?;
            free_place(connection, call.started_ms)?
        }
        None => free_place(connection, call.started_ms)?,
    };
    connection
        .prepare_cached(
            "INSERT OR REPLACE INTO history
                 (place, entry, number, person, direction, ended, extension, line, wait_ms, talk_ms, wrap_up, tags, search)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)",
        )?
        .execute(params![
            place,
            call.entry,
            call.number,
            past.person,
            past.direction,
            past.ended,
            past.extension,
            past.line,
            past.wait_ms,
            past.talk_ms,
            past.wrap_up,
            past.tags,
            past.search,
        ])?;
    if known.is_none_or(|(before, search)| before != place || search != past.search) {
        connection.prepare_cached("INSERT OR IGNORE INTO history_waiting (place) VALUES (?1)")?.execute([place])?;
    }
    Ok(())
}

fn free_place(connection: &Connection, started_ms: i64) -> rusqlite::Result<Place> {
    let first = place_of(started_ms);
    let last: Option<Place> = connection
        .prepare_cached("SELECT max(place) FROM history WHERE place >= ?1 AND place < ?1 + ?2")?
        .query_row([first, PLACES_IN_MS], |row| row.get(0))?;
    let mut place = last.map_or(first, |last| last + 1);
    // More in one millisecond than there are places: the next that is free.
    while place >= first.saturating_add(PLACES_IN_MS) && is_taken(connection, place)? {
        place += 1;
    }
    Ok(place)
}

fn is_taken(connection: &Connection, place: Place) -> rusqlite::Result<bool> {
    connection
        .prepare_cached("SELECT EXISTS (SELECT 1 FROM history WHERE place = ?1)")?
        .query_row([place], |row| row.get(0))
}

/// Takes a call out of history.
pub(super) fn remove(connection: &Connection, place: Place) -> rusqlite::Result<()> {
    connection.prepare_cached("DELETE FROM history WHERE place = ?1")?.execute([place])?;
    connection.prepare_cached("DELETE FROM history_waiting WHERE place = ?1")?.execute([place])?;
    connection.prepare_cached("DELETE FROM history_words WHERE rowid = ?1")?.execute([place])?;
    Ok(())
}

/// Empties it, before a rebuild.
pub(super) fn clear(connection: &Connection) -> rusqlite::Result<()> {
    connection.execute_batch(
        "DELETE FROM history; DELETE FROM history_waiting;
         INSERT INTO history_words (history_words) VALUES ('delete-all');",
    )
}

/// Remembers that every ended call of `calls` is in history.
pub(super) fn filled(connection: &Connection) -> rusqlite::Result<()> {
    schema::set_meta(connection, FILLED_TO, &i64::MAX.to_string())
}

/// Moves the ended calls of a log that had no history yet, bit by bit: a start that is cut off goes on with the next.
/// About a minute for a million calls.
pub(super) fn fill(connection: &mut Connection, folded: &dyn Folded) -> rusqlite::Result<()> {
    let mut step = 0_u64;
    loop {
        let to: i64 = schema::meta(connection, FILLED_TO)?.and_then(|to| to.parse().ok()).unwrap_or(0);
        if to == i64::MAX {
            return Ok(());
        }
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let calls: Vec<(i64, String)> = {
            let mut statement =
                transaction.prepare_cached("SELECT rowid, json FROM calls WHERE rowid > ?1 ORDER BY rowid LIMIT ?2")?;
            let rows = statement.query_map([to, i64::from(FILL_AT_ONCE)], |row| Ok((row.get(0)?, row.get(1)?)))?;
            rows.collect::<Result<_, _>>()?
        };
        for (_, json) in &calls {
            if let Some(call) = folded.call(json) {
                put(&transaction, &call)?;
            }
        }
        match calls.last() {
            Some((row, _)) => schema::set_meta(&transaction, FILLED_TO, &row.to_string())?,
            None => filled(&transaction)?,
        }
        transaction.commit()?;
        step += 1;
        if step.is_multiple_of(TELL_EVERY) {
            tracing::info!(calls = step * u64::from(FILL_AT_ONCE), "an older log's calls are put into history");
        }
    }
}
