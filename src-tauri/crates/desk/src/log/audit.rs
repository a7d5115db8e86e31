//! The audit trail: who saw whose data and did what with it. Records are only ever added; each is sealed with the
//! SHA-256 of the seal before it and its own bytes, so a record that was changed or taken out is found.
//!
//! Retention cuts the trail at its old end. The last record that went leaves its number, moment and seal behind: the rest
//! of the chain begins there. Whoever holds the log's key could forge the whole chain anew; against them the newest seal
//! is told in the program's log at each start.

use std::path::Path;

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension as _, params};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::open::FILE;
use super::{Key, Reader, schema};

/// What stands before the first record.
const FIRST: Seal = [0; 32];
/// Remembers the newest record: one that is taken off the end is missed.
const HEAD: &str = "audit_head";
/// Remembers the last record that retention took.
const CUT: &str = "audit_cut";
/// Remembers the settings of the last start.
pub(super) const SETTINGS: &str = "audit_settings";
/// Records that one step of retention deletes.
const DELETE_AT_ONCE: u32 = 500;

/// A SHA-256.
type Seal = [u8; 32];

/// Something somebody did, or saw. Absent fields were no part of it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditRecord {
    /// When, in Unix ms.
    pub at_ms: i64,
    /// The extension; `None`: a desk of no extension, or the program.
    pub who: Option<String>,
    /// `saw`, `settings`, or the request's name.
    pub did: String,
    /// The patient, by the directory's id.
    pub person: Option<String>,
    /// The telephone number.
    pub number: Option<String>,
    /// The call, row or visit.
    pub about: Option<String>,
    /// What else there is to say.
    pub what: Option<String>,
}

/// A place in the chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Link {
    /// The record's number.
    pub id: i64,
    /// When, in Unix ms.
    pub at_ms: i64,
    seal: Seal,
}

impl Link {
    /// The seal in hexadecimal digits.
    #[must_use]
    pub fn seal(&self) -> String {
        hex::encode(self.seal)
    }

    fn written(&self) -> String {
        format!("{} {} {}", self.id, self.at_ms, self.seal())
    }

    fn read(text: &str) -> Option<Link> {
        let mut words = text.split(' ');
        let (id, at_ms) = (words.next()?.parse().ok()?, words.next()?.parse().ok()?);
        let seal = hex::decode(words.next()?).ok()?.try_into().ok()?;
        Some(Link { id, at_ms, seal })
    }
}

/// A trail beside the desk that writes it.
#[derive(Debug)]
pub struct AuditTrail {
    reader: Reader,
}

impl AuditTrail {
    /// Opens the log of a data folder for reading.
    ///
    /// # Errors
    /// When it is not there, or the key does not fit.
    pub fn open(folder: &Path, key: &Key) -> Result<AuditTrail, AuditError> {
        Ok(AuditTrail { reader: Reader::open(&folder.join(FILE), key)? })
    }

    /// Hands every record over in order, and checks each seal. `oldest_ms`: what is younger may not have been deleted.
    /// Returns the newest record's place.
    ///
    /// # Errors
    /// When a record was changed or taken out; those before it were handed over.
    pub fn each(
        &self,
        oldest_ms: i64,
        hand_over: impl FnMut(&AuditRecord, &Link) -> Result<(), AuditError>,
    ) -> Result<Option<Link>, AuditError> {
        each(&self.reader.connection, oldest_ms, hand_over)
    }

    /// The moment of a record, as people read it.
    #[must_use]
    pub fn moment(at_ms: i64) -> String {
        Timestamp::from_millisecond(at_ms).map(|at| format!("{at:.3}")).unwrap_or_default()
    }
}

/// What is wrong with a trail. The texts are for a person.
#[derive(Debug, thiserror::Error)]
pub enum AuditError {
    /// A record does not fit its seal.
    #[error("record {0} of the audit trail was changed, or one before it was")]
    Changed(i64),
    /// A number is left out.
    #[error("record {0} of the audit trail is missing")]
    Missing(i64),
    /// The newest records are missing.
    #[error("the audit trail ends at record {found}, but {newest} was written")]
    CutShort {
        /// The last that is there.
        found: i64,
        /// The last that was written.
        newest: i64,
    },
    /// Old records went before their days were over.
    #[error("the audit trail begins at record {0}: what stood before it was younger than may be deleted")]
    BeganEarlier(i64),
    /// The log cannot be read.
    #[error("the log cannot be read: {0}")]
    Log(#[from] rusqlite::Error),
}

fn seal(before: &Seal, id: i64, body: &str) -> Seal {
    let mut hash = Sha256::new();
    hash.update(before);
    hash.update(id.to_be_bytes());
    hash.update(body.as_bytes());
    hash.finalize().into()
}

fn remembered(connection: &Connection, name: &str) -> rusqlite::Result<Option<Link>> {
    Ok(schema::meta(connection, name)?.as_deref().and_then(Link::read))
}

/// The newest record, or where retention cut; `None`: nothing was ever written.
pub(super) fn head(connection: &Connection) -> rusqlite::Result<Option<Link>> {
    remembered(connection, HEAD)
}

/// Adds a record behind the newest, in the transaction at hand.
pub(super) fn append(connection: &Connection, record: &AuditRecord) -> rusqlite::Result<()> {
    let (before, id) = head(connection)?.map_or((FIRST, 1), |head| (head.seal, head.id + 1));
    // Text keys and plain fields: this cannot fail.
    let body = serde_json::to_string(record).unwrap_or_default();
    let link = Link { id, at_ms: record.at_ms, seal: seal(&before, id, &body) };
    connection
        .prepare_cached("INSERT INTO audit (id, at, body, seal) VALUES (?1, ?2, ?3, ?4)")?
        .execute(params![link.id, link.at_ms, body, link.seal])?;
    schema::set_meta(connection, HEAD, &link.written())
}

/// Deletes some of what is older than a moment, from the old end only. Returns how many records went.
pub(super) fn delete_before(connection: &Connection, moment_ms: i64) -> rusqlite::Result<usize> {
    // Clocks jump: nothing behind a record that stays may go.
    let old: Option<Link> = connection
        .prepare_cached(
            "SELECT id, at, seal FROM
                 (SELECT id, at, seal FROM audit
                  WHERE id < coalesce((SELECT min(id) FROM audit WHERE at >= ?1), 9223372036854775807)
                  ORDER BY id LIMIT ?2)
             ORDER BY id DESC LIMIT 1",
        )?
        .query_row(params![moment_ms, DELETE_AT_ONCE], |row| {
            Ok(Link { id: row.get(0)?, at_ms: row.get(1)?, seal: row.get(2)? })
        })
        .optional()?;
    let Some(old) = old else { return Ok(0) };
    schema::set_meta(connection, CUT, &old.written())?;
    connection.prepare_cached("DELETE FROM audit WHERE id <= ?1")?.execute([old.id])
}

/// Reads the whole trail and checks each seal; hands every record over in order. `oldest_ms`: what is younger may not
/// have been deleted.
///
/// # Errors
/// See [`AuditError`]; the records before the broken one were handed over.
pub(super) fn each(
    connection: &Connection,
    oldest_ms: i64,
    mut hand_over: impl FnMut(&AuditRecord, &Link) -> Result<(), AuditError>,
) -> Result<Option<Link>, AuditError> {
    let cut = remembered(connection, CUT)?;
    let mut last = cut;
    let mut records = connection.prepare("SELECT id, at, body, seal FROM audit ORDER BY id")?;
    let mut rows = records.query([])?;
    while let Some(row) = rows.next()? {
        let (id, at_ms): (i64, i64) = (row.get(0)?, row.get(1)?);
        let (body, sealed): (String, Vec<u8>) = (row.get(2)?, row.get(3)?);
        let (before, wanted) = last.map_or((FIRST, 1), |last| (last.seal, last.id + 1));
        if id != wanted {
            return Err(AuditError::Missing(wanted));
        }
        let link = Link { id, at_ms, seal: seal(&before, id, &body) };
        let record: AuditRecord = serde_json::from_str(&body).map_err(|_| AuditError::Changed(id))?;
        if link.seal[..] != sealed[..] || record.at_ms != at_ms {
            return Err(AuditError::Changed(id));
        }
        hand_over(&record, &link)?;
        last = Some(link);
    }
    let newest = head(connection)?;
    match (newest, last) {
        (Some(newest), Some(last)) if newest.id == last.id && newest.seal == last.seal => {}
        (Some(newest), Some(last)) if newest.id == last.id => return Err(AuditError::Changed(newest.id)),
        (None, None) => {}
        (newest, last) => {
            let id = |link: Option<Link>| link.map_or(0, |link| link.id);
            return Err(AuditError::CutShort { found: id(last), newest: id(newest) });
        }
    }
    match cut {
        Some(cut) if cut.at_ms >= oldest_ms => Err(AuditError::BeganEarlier(cut.id + 1)),
        Some(_) | None => Ok(last),
    }
}
