//! The log's tables, and how an older log becomes a newer one.

use rusqlite::{Connection, OptionalExtension as _, TransactionBehavior};

/// What each version added; the index is the version it starts from.
pub(super) const MIGRATIONS: &[&str] = &[
    // 0 → 1
    "CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
     CREATE TABLE facts (
         id INTEGER PRIMARY KEY,
         account TEXT NOT NULL,
         kind TEXT NOT NULL,
         version INTEGER NOT NULL,
         path TEXT NOT NULL,
         hash BLOB NOT NULL,
         received_at INTEGER NOT NULL,
         subject TEXT,
         body BLOB NOT NULL,
         UNIQUE (account, path, hash)
     );
     CREATE INDEX facts_subject ON facts (subject) WHERE subject IS NOT NULL;
     CREATE INDEX facts_received ON facts (received_at);
     CREATE TABLE calls (
         entry TEXT PRIMARY KEY,
         started_at INTEGER NOT NULL,
         live INTEGER NOT NULL,
         number TEXT,
         search TEXT NOT NULL,
         json TEXT NOT NULL
     );
     CREATE INDEX calls_started ON calls (started_at, entry);
     CREATE INDEX calls_live ON calls (live) WHERE live = 1;
     CREATE INDEX calls_number ON calls (number, started_at) WHERE number IS NOT NULL;
     CREATE TABLE episodes (
         entry TEXT PRIMARY KEY,
         number_key TEXT NOT NULL,
         kind TEXT NOT NULL,
         at INTEGER NOT NULL,
         by TEXT,
         why TEXT
     ) WITHOUT ROWID;
     CREATE INDEX episodes_number ON episodes (number_key, at);
     CREATE INDEX episodes_at ON episodes (at);
     CREATE TABLE open_missed (number_key TEXT PRIMARY KEY) WITHOUT ROWID;
     CREATE TABLE choices (number TEXT PRIMARY KEY, person TEXT NOT NULL) WITHOUT ROWID;
     CREATE TABLE notes (entry TEXT PRIMARY KEY, text TEXT NOT NULL) WITHOUT ROWID;",
    // 1 → 2
    "CREATE TABLE contacts (number TEXT PRIMARY KEY, contact TEXT, name TEXT NOT NULL) WITHOUT ROWID;",
    // 2 → 3
    "ALTER TABLE notes ADD COLUMN person TEXT;",
    // 3 → 4
    "ALTER TABLE notes ADD COLUMN outcome TEXT;
     ALTER TABLE notes ADD COLUMN tags TEXT NOT NULL DEFAULT '[]';
     ALTER TABLE notes ADD COLUMN done INTEGER NOT NULL DEFAULT 0;
     ALTER TABLE notes ADD COLUMN by TEXT;
     ALTER TABLE notes ADD COLUMN at INTEGER;
     ALTER TABLE notes ADD COLUMN number TEXT;
     ALTER TABLE notes ADD COLUMN started_at INTEGER NOT NULL DEFAULT 0;
     DELETE FROM notes WHERE trim(text) = '';
     UPDATE notes SET (number, started_at) = (SELECT number, started_at FROM calls WHERE calls.entry = notes.entry)
         WHERE entry IN (SELECT entry FROM calls);
     CREATE INDEX notes_number ON notes (number, started_at) WHERE number IS NOT NULL;",
    // 4 → 5: history. ended calls in the order of time, narrow enough to be counted and searched without reading whole calls.
    // `place` is the begin in ms × 1000 and a tie-breaker. The index of trigrams is filled after the fact.
    "CREATE TABLE history (
         place INTEGER PRIMARY KEY,
         entry TEXT NOT NULL UNIQUE,
         number TEXT,
         person TEXT,
         direction TEXT NOT NULL,
         ended TEXT NOT NULL,
         extension TEXT,
         line TEXT,
         wait_ms INTEGER,
         talk_ms INTEGER,
         wrap_up TEXT,
         tags TEXT,
         search TEXT NOT NULL
     );
     CREATE INDEX history_number ON history (number) WHERE number IS NOT NULL;
     CREATE INDEX history_person ON history (person) WHERE person IS NOT NULL;
     CREATE TABLE history_waiting (place INTEGER PRIMARY KEY);
     CREATE VIRTUAL TABLE history_words USING fts5(
         search, content='', contentless_delete=1, detail=none, tokenize='trigram case_sensitive 1'
     );
     CREATE INDEX facts_sms ON facts (received_at) WHERE kind = 'sms';",
    // 5 → 6: the audit trail. Records are only added; retention, which says first how far it goes, cuts the old end.
    "CREATE TABLE audit (id INTEGER PRIMARY KEY, at INTEGER NOT NULL, body TEXT NOT NULL, seal BLOB NOT NULL);
     CREATE INDEX audit_at ON audit (at);
     CREATE TRIGGER audit_is_never_changed BEFORE UPDATE ON audit
         BEGIN SELECT raise(ABORT, 'the audit trail is never changed'); END;
     CREATE TRIGGER audit_is_only_cut BEFORE DELETE ON audit
         WHEN old.id > coalesce((SELECT CAST(value AS INTEGER) FROM meta WHERE name = 'audit_cut'), 0)
         BEGIN SELECT raise(ABORT, 'the audit trail is cut at its old end only'); END;",
];

/// The version this program writes.
pub(super) fn newest() -> i64 {
    i64::try_from(MIGRATIONS.len()).unwrap_or(i64::MAX)
}

/// The version of the log at hand.
pub(super) fn version(connection: &Connection) -> rusqlite::Result<i64> {
    connection.query_row("PRAGMA user_version", [], |row| row.get(0))
}

/// Brings an older log up to date, each step in a transaction of its own.
pub(super) fn migrate(connection: &mut Connection) -> rusqlite::Result<()> {
    loop {
        let at = version(connection)?;
        let Some(step) = usize::try_from(at).ok().and_then(|index| MIGRATIONS.get(index)) else { return Ok(()) };
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        transaction.execute_batch(step)?;
        transaction.execute_batch(&format!("PRAGMA user_version = {}", at + 1))?;
        transaction.commit()?;
    }
}

/// A remembered word about the log.
pub(super) fn meta(connection: &Connection, name: &str) -> rusqlite::Result<Option<String>> {
    connection.query_row("SELECT value FROM meta WHERE name = ?1", [name], |row| row.get(0)).optional()
}

/// Remembers a word about the log.
pub(super) fn set_meta(connection: &Connection, name: &str, value: &str) -> rusqlite::Result<()> {
    connection
        .prepare_cached("INSERT INTO meta (name, value) VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET value = ?2")?
        .execute([name, value])
        .map(|_| ())
}
