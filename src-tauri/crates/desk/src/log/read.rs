//! Reading the log: short look-ups by an index, never a walk through history.

use std::cell::RefCell;

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension as _, Row as SqlRow, params};

use super::trigrams::Rarity;
use super::{EpisodeRow, FactKind, MAIN, REHEARSAL, Said, Written};

/// A reader beside the writer. Sees what is committed.
#[derive(Debug)]
pub struct Reader {
    pub(super) connection: Connection,
    /// What a search asks the index for; known from the first search on.
    pub(super) rarity: RefCell<Option<Rarity>>,
}

/// A fact as it stands in the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredFact {
    /// [`MAIN`] or [`REHEARSAL`].
    pub account: &'static str,
    /// What kind of thing happened.
    pub kind: FactKind,
    /// A post's path after the base address.
    pub path: String,
    /// When it reached us.
    pub received_at: Timestamp,
    /// The bytes as received.
    pub body: Vec<u8>,
}

impl Reader {
    pub(super) fn new(connection: Connection) -> Reader {
        Reader { connection, rarity: RefCell::new(None) }
    }

    /// The facts about an entry, a command or a number, in the order they came.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn facts_about(&self, subject: &str) -> rusqlite::Result<Vec<StoredFact>> {
        let mut statement = self.connection.prepare_cached(
            "SELECT account, kind, path, received_at, body FROM facts WHERE subject = ?1 ORDER BY id",
        )?;
        collect(statement.query_map([subject], stored_fact)?)
    }

    /// Facts of a kind received since a moment, oldest first.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn facts_since(&self, kind: FactKind, since: Timestamp) -> rusqlite::Result<Vec<StoredFact>> {
        let mut statement = self.connection.prepare_cached(
            "SELECT account, kind, path, received_at, body FROM facts
             WHERE received_at >= ?1 AND kind = ?2 ORDER BY id",
        )?;
        collect(statement.query_map(params![since.as_millisecond(), kind.word()], stored_fact)?)
    }

    /// The newest posts of a path, oldest first.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn newest_posts(&self, path: &str, count: u32) -> rusqlite::Result<Vec<StoredFact>> {
        let mut statement = self.connection.prepare_cached(
            "SELECT account, kind, path, received_at, body FROM
                 (SELECT * FROM facts WHERE account = ?3 ORDER BY id DESC LIMIT 10 * ?2)
             WHERE path = ?1 ORDER BY id DESC LIMIT ?2",
        )?;
        let mut posts = collect(statement.query_map(params![path, count, MAIN], stored_fact)?)?;
        posts.reverse();
        Ok(posts)
    }

    /// The entries that live, and the newest of those that began since a moment.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn entries_since(&self, since: Timestamp, newest: u32) -> rusqlite::Result<Vec<String>> {
        let mut statement = self.connection.prepare_cached(
            "SELECT entry FROM calls WHERE live = 1
             UNION SELECT entry FROM
                 (SELECT entry FROM calls WHERE started_at >= ?1 ORDER BY started_at DESC LIMIT ?2)",
        )?;
        collect(statement.query_map(params![since.as_millisecond(), newest], |row| row.get(0))?)
    }

    /// The entries of a number that began between two moments.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn entries_of(&self, number: &str, (from, until): (Timestamp, Timestamp)) -> rusqlite::Result<Vec<String>> {
        let mut statement = self
            .connection
            .prepare_cached("SELECT entry FROM calls WHERE number = ?1 AND started_at BETWEEN ?2 AND ?3")?;
        collect(statement.query_map(params![number, from.as_millisecond(), until.as_millisecond()], |row| row.get(0))?)
    }

    /// A call as last shown.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn call(&self, entry: &str) -> rusqlite::Result<Option<String>> {
        self.connection
            .prepare_cached("SELECT json FROM calls WHERE entry = ?1")?
            .query_row([entry], |row| row.get(0))
            .optional()
    }

    /// What a number's calls mean for its missed calls, oldest first.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn episodes(&self, number_key: &str) -> rusqlite::Result<Vec<(String, EpisodeRow)>> {
        let mut statement = self.connection.prepare_cached(
            "SELECT entry, number_key, kind, at, by, why FROM episodes WHERE number_key = ?1 ORDER BY at",
        )?;
        collect(statement.query_map([number_key], |row| {
            Ok((
                row.get(0)?,
                EpisodeRow {
                    number_key: row.get(1)?,
                    kind: row.get(2)?,
                    at_ms: row.get(3)?,
                    by: row.get(4)?,
                    why: row.get(5)?,
                },
            ))
        })?)
    }

    /// The numbers with an open row of missed calls, or with anything that happened since a moment.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn numbers_to_watch(&self, since: Timestamp) -> rusqlite::Result<Vec<String>> {
        let mut statement = self.connection.prepare_cached(
            "SELECT number_key FROM open_missed UNION SELECT number_key FROM episodes WHERE at >= ?1",
        )?;
        collect(statement.query_map([since.as_millisecond()], |row| row.get(0))?)
    }

    /// The person last chosen for a number.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn choice(&self, number: &str) -> rusqlite::Result<Option<String>> {
        self.connection
            .prepare_cached("SELECT person FROM choices WHERE number = ?1")?
            .query_row([number], |row| row.get(0))
            .optional()
    }

    /// The PBX's address book: number, the contact's id, its name.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn contacts(&self) -> rusqlite::Result<Vec<(String, Option<String>, String)>> {
        let mut statement = self.connection.prepare_cached("SELECT number, contact, name FROM contacts")?;
        collect(statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?)
    }

    /// Colleagues, groups and lines as the PBX told them last.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn roster(&self) -> rusqlite::Result<Option<String>> {
        super::schema::meta(&self.connection, "roster")
    }

    /// Since when calls may be missing, and until when the PBX's statistics were asked.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn catch_up(&self) -> rusqlite::Result<Option<String>> {
        super::schema::meta(&self.connection, "catch_up")
    }

    /// When the newest post of the clinic's PBX came.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn last_post_at(&self) -> rusqlite::Result<Option<Timestamp>> {
        let ms: Option<i64> = self
            .connection
            .prepare_cached(
                "SELECT received_at FROM facts WHERE kind = ?1 AND account = ?2 ORDER BY received_at DESC LIMIT 1",
            )?
            .query_row([FactKind::Post.word(), MAIN], |row| row.get(0))
            .optional()?;
        Ok(ms.and_then(|ms| Timestamp::from_millisecond(ms).ok()))
    }

    /// What was written about a call.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn written(&self, entry: &str) -> rusqlite::Result<Option<Written>> {
        self.connection
            .prepare_cached("SELECT text, person, outcome, tags, done, by, at FROM notes WHERE entry = ?1")?
            .query_row([entry], |row| written(row, 0))
            .optional()
    }

    /// What was written about a number's calls, the newest call first.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn said(&self, number: &str, limit: u32) -> rusqlite::Result<Vec<Said>> {
        let mut statement = self.connection.prepare_cached(
            "SELECT notes.entry, notes.started_at,
                 coalesce(json_extract(calls.json, '$.answered_by'), json_extract(calls.json, '$.by')),
                 notes.text, notes.person, notes.outcome, notes.tags, notes.done, notes.by, notes.at
             FROM notes LEFT JOIN calls ON calls.entry = notes.entry
             WHERE notes.number = ?1 ORDER BY notes.started_at DESC, notes.entry DESC LIMIT ?2",
        )?;
        collect(statement.query_map(params![number, limit], |row| {
            Ok(Said { entry: row.get(0)?, started_ms: row.get(1)?, talked: row.get(2)?, written: written(row, 3)? })
        })?)
    }

    /// The settings of the last start, as the audit trail compares them.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn audited_settings(&self) -> rusqlite::Result<Option<String>> {
        super::schema::meta(&self.connection, super::audit::SETTINGS)
    }

    /// The number and the seal of the newest record of the audit trail.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn audit_head(&self) -> rusqlite::Result<Option<(i64, String)>> {
        Ok(super::audit::head(&self.connection)?.map(|head| (head.id, head.seal())))
    }

    /// How many facts are kept. Walks an index of them: not for the loop.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn count_facts(&self) -> rusqlite::Result<i64> {
        self.connection.query_row("SELECT count(*) FROM facts", [], |row| row.get(0))
    }

    /// How many facts there are: the log's length.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn newest_fact(&self) -> rusqlite::Result<i64> {
        self.connection.query_row("SELECT coalesce(max(id), 0) FROM facts", [], |row| row.get(0))
    }
}

pub(super) fn stored_fact(row: &SqlRow<'_>) -> rusqlite::Result<StoredFact> {
    let account: String = row.get(0)?;
    let kind: String = row.get(1)?;
    let received_ms: i64 = row.get(3)?;
    Ok(StoredFact {
        account: if account == REHEARSAL { REHEARSAL } else { MAIN },
        kind: FactKind::from_word(&kind).unwrap_or(FactKind::Post),
        path: row.get(2)?,
        received_at: Timestamp::from_millisecond(received_ms).unwrap_or_default(),
        body: row.get(4)?,
    })
}

/// The seven columns of a note, from this one on.
fn written(row: &SqlRow<'_>, first: usize) -> rusqlite::Result<Written> {
    let tags: String = row.get(first + 3)?;
    Ok(Written {
        text: row.get(first)?,
        person: row.get(first + 1)?,
        outcome: row.get(first + 2)?,
        tags: serde_json::from_str(&tags).unwrap_or_default(),
        done: row.get(first + 4)?,
        by: row.get(first + 5)?,
        at_ms: row.get(first + 6)?,
    })
}

pub(super) fn collect<T>(rows: impl Iterator<Item = rusqlite::Result<T>>) -> rusqlite::Result<Vec<T>> {
    rows.collect()
}
