//! A log that the disk damaged: told from one with another key, and set aside so that the desk can go on.
//!
//! An encrypted file that cannot be read looks alike whether its key is another or its bytes are. So a mark lies beside
//! the log: the key that made it, hashed, and the salt that its file begins with. A log that fits its mark and the key
//! and still cannot be read is damaged; it is moved aside, with the files that belong to it, and a new one is begun.
//! Whatever does not fit is somebody's log and is never touched.

use std::io::Read as _;
use std::path::{Path, PathBuf};

use jiff::{Timestamp, tz::TimeZone};
use rusqlite::{Connection, ErrorCode};
use secrecy::ExposeSecret as _;
use sha2::{Digest as _, Sha256};

use super::open::{FILE, Key};

/// Lies beside the log and tells by which key it was made.
const KEY_MARK: &str = "callpop.key-mark";
/// Lies beside the log once reading or writing it told of damage: the next start sets the log aside.
const DAMAGE_MARK: &str = "callpop.damaged";
/// What a log that was set aside is called: this, and the moment in UTC.
const SET_ASIDE: &str = "callpop.db.damaged-";
/// The files of one log.
const FILES: [&str; 3] = ["", "-wal", "-shm"];
/// An encrypted SQLite file begins with as many random bytes, the same as long as it lives (SQLCipher, "Database Salt").
const SALT: usize = 16;
/// How many of the newest rows of a table are read at a start.
const NEWEST: u32 = 500;

/// Whether an error says that the file's bytes are not what was written.
pub(super) fn tells_of_damage(error: &rusqlite::Error) -> bool {
    matches!(error.sqlite_error_code(), Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase))
}

/// Remembers by which key the log in this folder is made.
pub(super) fn mark_key(folder: &Path, key: &Key) -> std::io::Result<()> {
    if is_marked_by(folder, key) { Ok(()) } else { std::fs::write(folder.join(KEY_MARK), mark_of(folder, key)?) }
}

/// Whether the log in this folder is known to be made by this key.
pub(super) fn is_marked_by(folder: &Path, key: &Key) -> bool {
    let mark = std::fs::read_to_string(folder.join(KEY_MARK));
    mark.is_ok_and(|mark| mark_of(folder, key).is_ok_and(|wanted| mark == wanted))
}

/// Whether there was a log in this folder of which not a byte is left. One that somebody moved away is another thing.
pub(super) fn is_gone(folder: &Path) -> bool {
    folder.join(KEY_MARK).exists() && std::fs::metadata(folder.join(FILE)).is_ok_and(|file| file.len() == 0)
}

fn mark_of(folder: &Path, key: &Key) -> std::io::Result<String> {
    Ok(match key {
        Key::Plain => "plain".to_owned(),
        Key::Encrypted(key) => {
            let mut salt = [0; SALT];
            std::fs::File::open(folder.join(FILE))?.read_exact(&mut salt)?;
            let hash = Sha256::new().chain_update(b"callpop key mark 1 ").chain_update(key.hex().expose_secret());
            format!("{} {}", hex::encode(hash.finalize()), hex::encode(salt))
        }
    })
}

/// Has the log of this folder set aside at the next start.
pub(super) fn set_aside_at_next_start(folder: &Path) {
    if let Err(error) = std::fs::write(folder.join(DAMAGE_MARK), "") {
        tracing::warn!(%error, "the damage of the log is not remembered");
    }
}

/// Whether a run before this one met damage.
pub(super) fn was_met(folder: &Path) -> bool {
    folder.join(DAMAGE_MARK).exists()
}

/// Moves the damaged log away, with all that belongs to it; returns its new name.
pub(super) fn set_aside(folder: &Path, now: Timestamp) -> std::io::Result<PathBuf> {
    let name = format!("{SET_ASIDE}{}", now.strftime("%Y%m%dT%H%M%SZ"));
    for file in FILES {
        let from = folder.join(format!("{FILE}{file}"));
        if from.exists() {
            std::fs::rename(from, folder.join(format!("{name}{file}")))?;
        }
    }
    match std::fs::remove_file(folder.join(DAMAGE_MARK)) {
        Ok(()) => {}
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
        Err(error) => return Err(error),
    }
    Ok(folder.join(name))
}

/// Deletes the logs that were set aside before a moment (Unix ms): what the clinic no longer keeps is not kept in them either.
pub(super) fn forget_set_aside(folder: &Path, before_ms: i64) {
    let files = std::fs::read_dir(folder).into_iter().flatten().flatten();
    for file in files {
        let name = file.file_name();
        let Some(moment) = name.to_str().and_then(|name| name.strip_prefix(SET_ASIDE)) else { continue };
        let moment = moment.split('-').next().unwrap_or(moment);
        let set_aside_at = jiff::civil::DateTime::strptime("%Y%m%dT%H%M%SZ", moment)
            .and_then(|moment| TimeZone::UTC.to_timestamp(moment));
        let is_old = set_aside_at.is_ok_and(|moment| moment.as_millisecond() < before_ms);
        if is_old && let Err(error) = std::fs::remove_file(file.path()) {
            tracing::warn!(%error, "a log that was set aside cannot be deleted");
        }
    }
}

/// Reads what was written last, where a disk that lost its power does its damage. Costs the same however long the log is.
pub(super) fn look_at_newest(connection: &Connection) -> rusqlite::Result<()> {
    for newest in [
        "SELECT total(length(body)) FROM (SELECT body FROM facts ORDER BY id DESC LIMIT ?1)",
        "SELECT total(length(json)) FROM (SELECT json FROM calls ORDER BY started_at DESC LIMIT ?1)",
        "SELECT total(length(number_key)) FROM (SELECT number_key FROM open_missed LIMIT ?1)",
    ] {
        connection.query_row(newest, [NEWEST], |_| Ok(()))?;
    }
    Ok(())
}
