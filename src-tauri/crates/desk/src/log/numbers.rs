//! Reading what the numbers of some days are counted from.

use rusqlite::params;

use super::Reader;
use super::history::{Place, moment_of, place_of};
use super::read::collect;

/// A call, as far as it is counted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CountedCall {
    /// When it began: Unix ms.
    pub started_ms: i64,
    /// `inbound`, `outbound`, `internal`.
    pub direction: String,
    /// `answered`, `missed`, `abandoned`, `failed`, `unknown`.
    pub ended: String,
    /// The extension that talked first, or that called.
    pub extension: Option<String>,
    /// Our line.
    pub line: Option<String>,
    /// From the begin until somebody here talked, in ms.
    pub wait_ms: Option<i64>,
    /// From then until the end, in ms.
    pub talk_ms: Option<i64>,
    /// The outcome of the wrap-up.
    pub wrap_up: Option<String>,
    /// Its tags, a line each.
    pub tags: Option<String>,
}

impl Reader {
    /// Hands every call that began in a time (Unix ms, its end excluded) over, oldest first.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn count_calls(
        &self,
        (from_ms, until_ms): (i64, i64),
        mut count: impl FnMut(CountedCall),
    ) -> rusqlite::Result<()> {
        let mut calls = self.connection.prepare_cached(
            "SELECT place, direction, ended, extension, line, wait_ms, talk_ms, wrap_up, tags
             FROM history WHERE place >= ?1 AND place < ?2 ORDER BY place",
        )?;
        let mut rows = calls.query(params![place_of(from_ms), place_of(until_ms)])?;
        while let Some(row) = rows.next()? {
            let place: Place = row.get(0)?;
            count(CountedCall {
                started_ms: moment_of(place),
                direction: row.get(1)?,
                ended: row.get(2)?,
                extension: row.get(3)?,
                line: row.get(4)?,
                wait_ms: row.get(5)?,
                talk_ms: row.get(6)?,
                wrap_up: row.get(7)?,
                tags: row.get(8)?,
            });
        }
        Ok(())
    }

    /// The numbers with a missed call in a time (Unix ms, its end excluded).
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn numbers_missed(&self, (from_ms, until_ms): (i64, i64)) -> rusqlite::Result<Vec<String>> {
        let mut numbers = self.connection.prepare_cached(
            "SELECT DISTINCT number_key FROM episodes WHERE at >= ?1 AND at < ?2 AND kind = 'missed'",
        )?;
        collect(numbers.query_map([from_ms, until_ms], |row| row.get(0))?)
    }

    /// The line of a call.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn line_of(&self, entry: &str) -> rusqlite::Result<Option<String>> {
        let mut lines = self.connection.prepare_cached("SELECT line FROM history WHERE entry = ?1")?;
        let line: Vec<Option<String>> = collect(lines.query_map([entry], |row| row.get(0))?)?;
        Ok(line.into_iter().flatten().next())
    }
}
