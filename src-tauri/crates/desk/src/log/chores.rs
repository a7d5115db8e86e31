//! What the writer does while nobody waits for it: the index of words, and deleting what is too old until no byte of it
//! is left. Each step is short, because a post may come at any moment.

use std::time::{Duration, Instant};

use rusqlite::{Connection, OptionalExtension as _, TransactionBehavior, params};

use super::history::{self, Place};
use super::{audit, schema};

/// Calls whose words one step puts into the index: some hundredths of a second.
const INDEX_AT_ONCE: u32 = 200;
/// So many are worth a step at once; fewer wait for [`INDEX_AFTER`]. A search looks through those that wait.
const WORTH_INDEXING: u32 = 100;
/// So many are indexed even while posts are written without a pause.
const TOO_MANY: u32 = 3000;
/// How long a few may wait: each step makes a piece of the index that must be merged later.
const INDEX_AFTER: Duration = Duration::from_secs(30);
/// Rows of each table that one step deletes.
const DELETE_AT_ONCE: u32 = 500;
/// Pages of the index that one step merges.
const MERGE_PAGES: i32 = 64;
/// The pause between two steps, in which a write may come.
const PAUSE: Duration = Duration::from_millis(5);
/// How soon a step that failed is tried again.
const AGAIN_AFTER: Duration = Duration::from_secs(60);
/// How long other connections' locks are waited for, and readers that hold the write-ahead log.
const BUSY: Duration = Duration::from_secs(5);
/// How long closing may take to end a deletion.
const FINISH_WITHIN: Duration = Duration::from_secs(2);

/// What is left of a deletion.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Purge {
    /// Rows that began before this (Unix ms); true once there were any.
    Rows(i64, bool),
    /// Words of deleted rows are in the index until it is merged; true for the first step of that.
    Words(bool),
    /// Pages are in the write-ahead log.
    Pages,
}

/// What is to be done.
#[derive(Debug)]
pub(super) struct Chores {
    purge: Option<Purge>,
    waiting: u32,
    waiting_since: Instant,
    not_before: Option<Instant>,
}

impl Chores {
    pub(super) fn new(connection: &Connection) -> Chores {
        let mut chores = Chores { purge: None, waiting: 0, waiting_since: Instant::now(), not_before: None };
        chores.count(connection);
        if schema::meta(connection, "purging").ok().flatten().is_some() {
            // The desk stopped before the index was merged.
            chores.purge = Some(Purge::Words(true));
        }
        chores
    }

    /// Deletes everything before a moment (Unix ms) from now on.
    pub(super) fn delete_before(&mut self, moment_ms: i64) {
        self.purge = Some(Purge::Rows(moment_ms, false));
        self.not_before = None;
    }

    /// Something was written.
    pub(super) fn written(&mut self, connection: &Connection) {
        if self.waiting < TOO_MANY {
            self.count(connection);
        }
    }

    fn count(&mut self, connection: &Connection) {
        let sql = "SELECT count(*) FROM (SELECT 1 FROM history_waiting LIMIT ?1)";
        let counted =
            connection.prepare_cached(sql).and_then(|mut count| count.query_row([TOO_MANY], |row| row.get(0)));
        let before = std::mem::replace(&mut self.waiting, counted.unwrap_or(0));
        if before == 0 {
            self.waiting_since = Instant::now();
        }
    }

    /// How long the writer may wait for a job; `None`: there is nothing else to do.
    pub(super) fn due_in(&self) -> Option<Duration> {
        let now = Instant::now();
        let due = if self.purge.is_some() || self.waiting >= WORTH_INDEXING {
            now + PAUSE
        } else if self.waiting > 0 {
            self.waiting_since + INDEX_AFTER
        } else {
            return None;
        };
        let due = self.not_before.map_or(due, |not_before| due.max(not_before));
        Some(due.saturating_duration_since(now).max(Duration::from_millis(1)))
    }

    /// Whether so much has gathered that posts must wait for a step.
    pub(super) fn are_pressing(&self) -> bool {
        self.waiting >= TOO_MANY
    }

    /// One step, if one is due.
    pub(super) fn step_if_due(&mut self, connection: &mut Connection) {
        let now = Instant::now();
        if self.not_before.is_some_and(|not_before| now < not_before) {
            return;
        }
        let indexing = self.waiting >= WORTH_INDEXING || self.waiting_since + INDEX_AFTER <= now;
        self.not_before = None;
        let step = if self.waiting > 0 && indexing { self.index(connection) } else { self.purge(connection) };
        if let Err(error) = step {
            tracing::warn!(%error, "history could not be tidied; tried again in a minute");
            self.not_before = Some(now + AGAIN_AFTER);
        }
    }

    /// Ends a deletion when the desk stops, if that is soon done. The next start goes on with it.
    pub(super) fn finish(&mut self, connection: &mut Connection) {
        let begun = Instant::now();
        while self.purge.is_some() && begun.elapsed() < FINISH_WITHIN {
            if let Err(error) = self.purge(connection) {
                tracing::warn!(%error, "old calls could not be deleted; the next start does it");
                return;
            }
        }
    }

    fn index(&mut self, connection: &mut Connection) -> rusqlite::Result<()> {
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        // The newest are what is searched for; within a piece the index wants them in order.
        let mut places: Vec<Place> = {
            let mut newest =
                transaction.prepare_cached("SELECT place FROM history_waiting ORDER BY place DESC LIMIT ?1")?;
            let rows = newest.query_map([INDEX_AT_ONCE], |row| row.get(0))?;
            rows.collect::<Result<_, _>>()?
        };
        places.sort_unstable();
        for place in &places {
            let search: Option<String> = transaction
                .prepare_cached("SELECT search FROM history WHERE place = ?1")?
                .query_row([place], |row| row.get(0))
                .optional()?;
            match search {
                Some(search) => transaction
                    .prepare_cached("INSERT OR REPLACE INTO history_words (rowid, search) VALUES (?1, ?2)")?
                    .execute(params![place, search])?,
                None => transaction.prepare_cached("DELETE FROM history_words WHERE rowid = ?1")?.execute([place])?,
            };
            transaction.prepare_cached("DELETE FROM history_waiting WHERE place = ?1")?.execute([place])?;
        }
        transaction.commit()?;
        self.waiting = 0;
        self.count(connection);
        Ok(())
    }

    fn purge(&mut self, connection: &mut Connection) -> rusqlite::Result<()> {
        self.purge = match self.purge {
            None => None,
            Some(Purge::Rows(moment, any)) => {
                if delete_some(connection, moment)? {
                    Some(Purge::Rows(moment, true))
                } else {
                    any.then_some(Purge::Words(true))
                }
            }
            Some(Purge::Words(is_first)) => {
                let before = connection.total_changes();
                let pages = if is_first { -MERGE_PAGES } else { MERGE_PAGES };
                connection
                    .prepare_cached("INSERT INTO history_words (history_words, rank) VALUES ('merge', ?1)")?
                    .execute([pages])?;
                // The order itself counts as one change.
                let merged = connection.total_changes() - before > 1;
                Some(if merged { Purge::Words(false) } else { Purge::Pages })
            }
            Some(Purge::Pages) => {
                // A reader that is busy is not waited for: posts are.
                connection.busy_timeout(Duration::ZERO)?;
                connection.execute("DELETE FROM meta WHERE name = 'purging'", [])?;
                let told = connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get::<_, i64>(0));
                connection.busy_timeout(BUSY)?;
                if told? == 0 {
                    None
                } else {
                    schema::set_meta(connection, "purging", "1")?;
                    self.not_before = Some(Instant::now() + BUSY);
                    Some(Purge::Pages)
                }
            }
        };
        Ok(())
    }
}

/// Deletes some of what is older than a moment: calls with what was written about them, then what facts tell.
/// False when nothing was left.
fn delete_some(connection: &mut Connection, moment_ms: i64) -> rusqlite::Result<bool> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let old: Vec<(Option<Place>, String, Option<String>)> = {
        let mut calls = transaction.prepare_cached(
            "SELECT history.place, calls.entry, calls.number FROM calls LEFT JOIN history USING (entry)
             WHERE calls.started_at < ?1 AND calls.live = 0 LIMIT ?2",
        )?;
        let rows =
            calls.query_map(params![moment_ms, DELETE_AT_ONCE], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
        rows.collect::<Result<_, _>>()?
    };
    for (place, entry, _) in &old {
        transaction.prepare_cached("DELETE FROM notes WHERE entry = ?1")?.execute([entry])?;
        transaction.prepare_cached("DELETE FROM calls WHERE entry = ?1")?.execute([entry])?;
        if let Some(place) = place {
            history::remove(&transaction, *place)?;
        }
    }
    for number in old.iter().filter_map(|(_, _, number)| number.as_ref()) {
        // Who has a number is known of its calls; with the last of them it is forgotten.
        for table in ["choices", "contacts"] {
            let sql = format!(
                "DELETE FROM {table} WHERE number = ?1 AND NOT EXISTS (SELECT 1 FROM calls WHERE calls.number = ?1)"
            );
            transaction.prepare_cached(&sql)?.execute([number])?;
        }
    }
    let episodes = transaction.execute(
        "DELETE FROM episodes WHERE entry IN (SELECT entry FROM episodes WHERE at < ?1 LIMIT ?2)",
        params![moment_ms, DELETE_AT_ONCE],
    )?;
    let facts = transaction.execute(
        "DELETE FROM facts WHERE id IN (SELECT id FROM facts WHERE received_at < ?1 LIMIT ?2)",
        params![moment_ms, DELETE_AT_ONCE],
    )?;
    let records = audit::delete_before(&transaction, moment_ms)?;
    let deleted = old.len() + episodes + facts + records;
    if deleted > 0 {
        // Should the desk stop now, the next start goes on until the index and the write-ahead log are clean too.
        schema::set_meta(&transaction, "purging", "1")?;
    } else {
        transaction.execute("DELETE FROM open_missed WHERE number_key NOT IN (SELECT number_key FROM episodes)", [])?;
        schema::set_meta(&transaction, "deleted_before", &moment_ms.to_string())?;
    }
    transaction.commit()?;
    Ok(deleted > 0)
}

/// Indexes everything that waits, for tests.
#[cfg(test)]
pub(super) fn index_all(connection: &mut Connection) {
    let mut chores = Chores::new(connection);
    while chores.waiting > 0 {
        chores.index(connection).unwrap();
    }
}
