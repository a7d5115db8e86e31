//! The file itself: read whole while others save, lock and replace it.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use super::columns::LayoutError;
use super::load::MAX_BYTES;

/// A file that changes under three readings is being written.
const TRIES: usize = 3;

/// What tells one state of a file from another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Stamp {
    modified: Option<SystemTime>,
    length: u64,
}

/// Why there are no new people. Its text is a Russian sentence without its full stop.
#[derive(Debug, thiserror::Error)]
pub(super) enum ReadError {
    #[error("файла нет")]
    Missing,
    #[error("папка не читается")]
    Folder(#[source] io::Error),
    #[error("файл занят другой программой (открыт в Excel?), попробуем ещё")]
    Locked(#[source] io::Error),
    #[error("нет прав на чтение файла")]
    Forbidden(#[source] io::Error),
    #[error("файл не читается")]
    Unreadable(#[source] io::Error),
    #[error("файл сохраняется прямо сейчас, попробуем ещё")]
    Changing,
    #[error("файл больше 1 ГБ")]
    TooBig,
    #[error("файлы папки вместе больше 1 ГБ или их больше 200, этот не прочитан")]
    TooMuch,
    #[error("в папке нет ни одного файла .csv или .txt")]
    EmptyFolder,
    #[error("это книга Excel, а нужен CSV: сохраните её как «CSV (разделители — запятые)»")]
    Workbook,
    #[error("в файле нет ни одного пациента с именем и телефоном")]
    Nobody,
    #[error(transparent)]
    Layout(#[from] LayoutError),
}

impl From<io::Error> for ReadError {
    fn from(error: io::Error) -> ReadError {
        // Windows: a sharing violation, or a locked part of the file.
        let locked = cfg!(windows) && matches!(error.raw_os_error(), Some(32 | 33));
        if locked {
            ReadError::Locked(error)
        } else if error.kind() == io::ErrorKind::NotFound {
            ReadError::Missing
        } else if error.kind() == io::ErrorKind::PermissionDenied {
            ReadError::Forbidden(error)
        } else {
            ReadError::Unreadable(error)
        }
    }
}

/// More exports in one folder are an archive.
const MAX_FILES: usize = 200;

/// A file to be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Export {
    pub(super) path: PathBuf,
    /// Its name where there are several, else empty.
    pub(super) name: String,
    /// False for one too many.
    pub(super) fits: bool,
}

/// The files of a path: itself, or the exports of a folder, the newest first.
pub(super) fn exports(path: &Path) -> Result<Vec<Export>, ReadError> {
    if !path.is_dir() {
        return Ok(vec![Export { path: path.to_owned(), name: String::new(), fits: true }]);
    }
    let mut found: Vec<(Option<SystemTime>, String, u64, PathBuf)> = Vec::new();
    for entry in fs::read_dir(path).map_err(ReadError::Folder)? {
        let path = entry.map_err(ReadError::Folder)?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        // An entry that went since the folder was listed is none.
        let Some(about) = fs::metadata(&path).ok().filter(|about| about.is_file() && is_export(&name)) else {
            continue;
        };
        found.push((about.modified().ok(), name, about.len(), path));
    }
    if found.is_empty() {
        return Err(ReadError::EmptyFolder);
    }
    found.sort_by(|one, other| other.0.cmp(&one.0).then_with(|| one.1.cmp(&other.1)));
    let mut bytes = 0u64;
    let all = found.into_iter().enumerate().map(|(place, (_, name, length, path))| {
        bytes = bytes.saturating_add(length);
        Export { path, name, fits: place < MAX_FILES && bytes <= MAX_BYTES }
    });
    Ok(all.collect())
}

/// Exports end in .csv or .txt; `.~lock.…` and `~$…` are the marks of a program that has one open.
fn is_export(name: &str) -> bool {
    let name = name.to_lowercase();
    (name.ends_with(".csv") || name.ends_with(".txt")) && !name.starts_with('.') && !name.starts_with("~$")
}

/// Whether the file is still as it was.
pub(super) fn is(path: &Path, seen: Option<Stamp>) -> bool {
    seen.is_some() && fs::metadata(path).ok().map(|found| stamp(&found)) == seen
}

fn stamp(found: &fs::Metadata) -> Stamp {
    Stamp { modified: found.modified().ok(), length: found.len() }
}

/// The whole file and its stamp. A file that was saved or replaced meanwhile is read again.
pub(super) fn whole(path: &Path) -> Result<(Vec<u8>, Stamp), ReadError> {
    for _ in 0..TRIES {
        let file = File::open(path)?;
        let before = file.metadata()?;
        if before.is_dir() {
            return Err(ReadError::Unreadable(io::ErrorKind::IsADirectory.into()));
        }
        if before.len() > MAX_BYTES {
            return Err(ReadError::TooBig);
        }
        let mut bytes = Vec::with_capacity(usize::try_from(before.len()).unwrap_or(0));
        file.take(MAX_BYTES + 1).read_to_end(&mut bytes)?;
        let length = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        if length > MAX_BYTES {
            return Err(ReadError::TooBig);
        }
        let before = stamp(&before);
        if length == before.length && is(path, Some(before)) {
            return Ok((bytes, before));
        }
    }
    Err(ReadError::Changing)
}

/// A workbook renamed to .csv, or saved as one by mistake.
pub(super) fn refuse_workbooks(bytes: &[u8]) -> Result<(), ReadError> {
    let workbook = bytes.starts_with(b"PK\x03\x04") || bytes.starts_with(b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1");
    if workbook { Err(ReadError::Workbook) } else { Ok(()) }
}
