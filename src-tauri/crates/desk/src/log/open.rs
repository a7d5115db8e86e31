//! Opening the log: the key, the version, the settings of durability.

use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::Timestamp;
use rusqlite::{Connection, ErrorCode, OpenFlags};
use secrecy::ExposeSecret as _;

use super::damage;
use super::rebuild::{Folded, rebuild_if_needed};
use super::schema;
use super::{Reader, Writer};
use crate::secrets::StoreKey;

/// The first SQLite whose write-ahead log cannot lose a reset (fixed in 3.51.3).
const OLDEST_SQLITE: i32 = 3_051_003;

/// The deciphered pages that one reader keeps.
const READER_CACHE_KIB: i64 = 16 * 1024;

/// The log's file in the data folder.
pub(super) const FILE: &str = "callpop.db";

/// How the log is encrypted.
#[derive(Debug, Clone)]
pub enum Key {
    /// By this key.
    Encrypted(StoreKey),
    /// Not at all.
    Plain,
}

/// Why a log cannot be used. The texts are for a person.
#[derive(Debug, thiserror::Error)]
pub enum LogError {
    /// The file is there and this key does not open it. It is never given a new key.
    #[error("the log {} cannot be opened with this store key; give the key it was made with (the recovery code), or move the file away to start a new log", .0.display())]
    OtherKey(PathBuf),
    /// A newer program wrote it.
    #[error("the log {} was written by a newer program (format {found}, this one knows {known}); update this program", .path.display())]
    Newer {
        /// The file.
        path: PathBuf,
        /// Its format.
        found: i64,
        /// The newest this program knows.
        known: i64,
    },
    /// Another desk writes it.
    #[error("the log {} is used by another desk that is running; stop it, or give this one a data folder of its own", .0.display())]
    InUse(PathBuf),
    /// The SQLite inside the program is too old to trust with a log.
    #[error("this program was built with SQLite {0}, which can lose data; a newer build is needed")]
    OldSqlite(&'static str),
    /// The folder or file cannot be used.
    #[error("the log {} cannot be used", .path.display())]
    Unusable {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

/// A log, ready.
#[derive(Debug)]
pub struct Opened {
    /// The one writer.
    pub writer: Writer,
    /// A reader for the desk's loop.
    pub reader: Reader,
    /// Where it lies: for further readers.
    pub path: PathBuf,
    /// Where the log of before lies now, when it was found damaged and this one was begun anew.
    pub set_aside: Option<PathBuf>,
}

/// Opens the log in `folder`, making it when there is none, and brings an older one up to date. One that the disk
/// damaged is set aside, and a new one is begun.
///
/// # Errors
/// See [`LogError`].
pub fn open(folder: &Path, key: &Key, fold_version: &str, folded: &dyn Folded) -> Result<Opened, LogError> {
    if rusqlite::version_number() < OLDEST_SQLITE {
        return Err(LogError::OldSqlite(rusqlite::version()));
    }
    let path = folder.join(FILE);
    let unusable = |source: Box<dyn std::error::Error + Send + Sync>| LogError::Unusable { path: path.clone(), source };
    private_folder(folder).map_err(|error| unusable(error.into()))?;
    let lock = std::fs::File::create(folder.join("callpop.lock")).map_err(|error| unusable(error.into()))?;
    if lock.try_lock().is_err() {
        return Err(LogError::InUse(path));
    }
    let mut set_aside = None;
    let connection = loop {
        let is_damaged = damage::was_met(folder) || damage::is_gone(folder);
        let opened = if is_damaged { Err(Failed::Damaged) } else { usable(&path, key, fold_version, folded) };
        match opened {
            Ok(connection) => break connection,
            // Once only: a disk that damages a new log at once is not helped by more of them.
            Err(Failed::Damaged) if set_aside.is_none() => {
                let aside = damage::set_aside(folder, Timestamp::now()).map_err(|error| unusable(error.into()))?;
                tracing::error!("the log is damaged; it is set aside and a new one is begun");
                set_aside = Some(aside);
            }
            Err(Failed::Damaged) => {
                let why = "a new log is damaged as soon as it is made; check the disk, or give another data folder";
                return Err(unusable(why.into()));
            }
            Err(Failed::Otherwise(error)) => return Err(error),
        }
    };
    damage::mark_key(folder, key).map_err(|error| unusable(error.into()))?;
    let reader = connect(&path, key, Access::Read).map_err(|error| unusable(error.into()))?;
    Ok(Opened { writer: Writer::start(connection, lock, folder), reader: Reader::new(reader), path, set_aside })
}

/// Why one attempt to open a log did not succeed.
enum Failed {
    /// Its bytes are not what was written.
    Damaged,
    /// All else.
    Otherwise(LogError),
}

/// A connection to a log that can be read and written and is up to date.
fn usable(path: &Path, key: &Key, fold_version: &str, folded: &dyn Folded) -> Result<Connection, Failed> {
    let unusable = |source: Box<dyn std::error::Error + Send + Sync>| {
        Failed::Otherwise(LogError::Unusable { path: path.to_owned(), source })
    };
    let broken = |error: rusqlite::Error| {
        if damage::tells_of_damage(&error) { Failed::Damaged } else { unusable(error.into()) }
    };
    let folder = path.parent().unwrap_or(path);
    private_file(path).map_err(|error| unusable(error.into()))?;
    let mut connection = connect(path, key, Access::Write).map_err(|error| {
        let is_unreadable = error.sqlite_error_code() == Some(ErrorCode::NotADatabase);
        if is_unreadable && !damage::is_marked_by(folder, key) {
            Failed::Otherwise(LogError::OtherKey(path.to_owned()))
        } else {
            broken(error)
        }
    })?;
    let found = schema::version(&connection).map_err(broken)?;
    if found > schema::newest() {
        let newer = LogError::Newer { path: path.to_owned(), found, known: schema::newest() };
        return Err(Failed::Otherwise(newer));
    }
    schema::migrate(&mut connection).map_err(broken)?;
    rebuild_if_needed(&mut connection, path, key, fold_version, folded).map_err(broken)?;
    damage::look_at_newest(&connection).map_err(broken)?;
    Ok(connection)
}

impl Reader {
    /// Opens one more reader of a log that is open already.
    ///
    /// # Errors
    /// When the file cannot be opened.
    pub fn open(path: &Path, key: &Key) -> rusqlite::Result<Reader> {
        connect(path, key, Access::Read).map(Reader::new)
    }
}

/// Makes a folder that no other user of the machine may look into.
///
/// # Errors
/// When it cannot be made.
#[cfg(unix)]
pub fn private_folder(folder: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::DirBuilderExt as _;
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)
}

/// Makes a folder; a user's data folder is the user's alone on Windows.
///
/// # Errors
/// When it cannot be made.
#[cfg(not(unix))]
pub fn private_folder(folder: &Path) -> std::io::Result<()> {
    std::fs::create_dir_all(folder)
}

/// Makes the file so that no other user may read it. SQLite gives the files beside it the same rights.
#[cfg(unix)]
fn private_file(file: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
    std::fs::OpenOptions::new().append(true).create(true).mode(0o600).open(file)?;
    std::fs::set_permissions(file, std::fs::Permissions::from_mode(0o600))
}

#[cfg(not(unix))]
fn private_file(_: &Path) -> std::io::Result<()> {
    Ok(())
}

fn no_rows_is_fine(error: rusqlite::Error) -> rusqlite::Result<()> {
    if matches!(error, rusqlite::Error::QueryReturnedNoRows) { Ok(()) } else { Err(error) }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Access {
    Read,
    Write,
}

fn connect(path: &Path, key: &Key, access: Access) -> rusqlite::Result<Connection> {
    let flags = match access {
        Access::Write => OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE,
        Access::Read => OpenFlags::SQLITE_OPEN_READ_ONLY,
    };
    let connection = Connection::open_with_flags(path, flags | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    if let Key::Encrypted(key) = key {
        // A wrong key is told by one readable line of ours.
        connection.query_row("PRAGMA cipher_log_level = NONE", [], |_| Ok(())).or_else(no_rows_is_fine)?;
        // A raw key skips the derivation that a password would need.
        connection.pragma_update(None, "key", format!("x'{}'", key.hex().expose_secret()))?;
    }
    connection.busy_timeout(Duration::from_secs(5))?;
    // The first read is what tells a wrong key.
    connection.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(()))?;
    connection.pragma_update(None, "temp_store", "MEMORY")?;
    if access == Access::Read {
        // What is typed key by key reads the same pages again and again, and deciphering them is what costs.
        connection.pragma_update(None, "cache_size", -READER_CACHE_KIB)?;
    }
    if access == Access::Write {
        connection.query_row("PRAGMA journal_mode = WAL", [], |_| Ok(()))?;
        connection.pragma_update(None, "synchronous", "FULL")?;
        connection.pragma_update(None, "secure_delete", "ON")?;
    }
    Ok(connection)
}
