//! Rebuilding the projections from the facts, when the rules by which they are folded have changed.

use std::path::Path;

use rusqlite::{Connection, TransactionBehavior};

use super::read::StoredFact;
use super::{CallRow, Key, MAIN, Reader, Row, Written, history, schema, write};

/// Folds the facts of one entry into its rows.
pub trait Folded {
    /// The rows of an entry, from all the facts about it and what was written about it by hand.
    fn rows(&self, entry: &str, facts: &[StoredFact], written: Option<Written>) -> Vec<Row>;
    /// The row of a call as the feed showed it; `None` when it cannot be read.
    fn call(&self, json: &str) -> Option<CallRow>;
}

/// Throws rehearsals away, and rebuilds calls and episodes when they were folded by other rules than `fold_version`.
/// Takes about a minute per million facts, and nothing when the rules are the same.
pub(super) fn rebuild_if_needed(
    connection: &mut Connection,
    path: &Path,
    key: &Key,
    fold_version: &str,
    folded: &dyn Folded,
) -> rusqlite::Result<()> {
    connection.execute("DELETE FROM facts WHERE account <> ?1", [MAIN])?;
    if schema::meta(connection, "fold_version")?.as_deref() == Some(fold_version) {
        return history::fill(connection, folded);
    }
    let reader = Reader::open(path, key)?;
    let entries: Vec<String> = {
        let mut statement = connection.prepare(
            "SELECT DISTINCT subject FROM facts WHERE kind IN ('post', 'statistics') AND subject IS NOT NULL",
        )?;
        let rows = statement.query_map([], |row| row.get(0))?;
        rows.collect::<Result<_, _>>()?
    };
    if !entries.is_empty() {
        tracing::info!(entries = entries.len(), "the rules have changed: calls are folded anew");
    }
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    transaction.execute_batch("DELETE FROM calls; DELETE FROM episodes; DELETE FROM open_missed;")?;
    history::clear(&transaction)?;
    for entry in &entries {
        let facts = reader.facts_about(entry)?;
        for row in folded.rows(entry, &facts, reader.written(entry)?) {
            if let Row::Episode { episode: Some(episode), .. } = &row {
                // Whether it is open is known once all its episodes are; the desk looks at start.
                write::apply(&transaction, &Row::OpenMissed { number_key: episode.number_key.clone(), open: true })?;
            }
            write::apply(&transaction, &row)?;
        }
    }
    history::filled(&transaction)?;
    schema::set_meta(&transaction, "fold_version", fold_version)?;
    transaction.commit()
}
