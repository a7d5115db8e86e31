//! The file itself: read whole while others save, lock and replace it.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::Path;
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
