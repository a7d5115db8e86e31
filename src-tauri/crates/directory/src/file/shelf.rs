//! The files that are read, each with its last good reading: one file, or a folder of exports.

use std::path::PathBuf;
use std::sync::Arc;

use jiff::Timestamp;

use super::days::Calendar;
use super::load::{self, Part, Rows, Sheet};
use super::read::{self, Export, ReadError, Stamp};
use super::roll::Roll;
use super::{FileSettings, joining, spoken_rows};

/// What is known of the files; kept between readings.
#[derive(Default)]
pub(super) struct Shelf {
    books: Vec<Book>,
}

/// One file.
struct Book {
    export: Export,
    /// As it was when it was last read, be it useless. What could not be read at all has none, and is tried again.
    seen: Option<Stamp>,
    /// The last good reading.
    sheet: Option<Arc<Sheet>>,
    failure: Option<String>,
}

/// What a look at the files found.
pub(super) struct Found {
    /// Everybody of all readable files; `None` when no file's reading has changed, or when nothing readable is left.
    pub(super) roll: Option<Roll>,
    /// What could not be read.
    pub(super) failure: Option<String>,
}

impl Shelf {
    /// Looks at the files, reads those that changed, and drops those that went. `held` is how many people the last
    /// look left.
    pub(super) fn look(&mut self, settings: &FileSettings, calendar: &Calendar, held: u32) -> Found {
        let exports = match read::exports(&settings.path) {
            Ok(exports) => exports,
            Err(error) => return Found { roll: None, failure: Some(older(error.to_string(), held)) },
        };
        let mut before = std::mem::take(&mut self.books);
        let places: Vec<PathBuf> = before.iter().filter(|book| book.sheet.is_some()).map(Book::path).collect();
        let mut fresh: Vec<Option<Part>> = Vec::new();
        for export in exports {
            let known = before.iter().position(|book| book.export.path == export.path);
            let mut book = known.map_or_else(|| Book::new(&export), |at| before.swap_remove(at));
            book.export = export;
            fresh.push(book.read(settings, calendar, held));
            self.books.push(book);
        }
        let now: Vec<PathBuf> = self.books.iter().filter(|book| book.sheet.is_some()).map(Book::path).collect();
        let changed = fresh.iter().any(Option::is_some) || now != places;
        // The people of files that went stay while there is nobody else.
        let roll = (changed && !now.is_empty()).then(|| self.roll(fresh, settings, calendar));
        let failure = self.failure(if roll.is_some() { 0 } else { held });
        Found { roll, failure }
    }

    /// Everybody. `fresh` rows are those just read; of other files they are read again from memory.
    fn roll(&self, fresh: Vec<Option<Part>>, settings: &FileSettings, calendar: &Calendar) -> Roll {
        let files = self.books.iter().zip(fresh).filter_map(|(book, fresh)| {
            let sheet = Arc::clone(book.sheet.as_ref()?);
            let rows = fresh.unwrap_or_else(|| load::rows(&sheet, settings, calendar, Timestamp::UNIX_EPOCH));
            Some((sheet, rows))
        });
        joining::roll(files.collect())
    }

    fn failure(&self, held: u32) -> Option<String> {
        let failures: Vec<String> = self.books.iter().filter_map(|book| book.said(held)).collect();
        (!failures.is_empty()).then(|| failures.join("; "))
    }
}

impl Book {
    fn new(export: &Export) -> Book {
        Book { export: export.clone(), seen: None, sheet: None, failure: None }
    }

    fn path(&self) -> PathBuf {
        self.export.path.clone()
    }

    /// Reads the file if it is not the one last seen; its rows when they are new and good.
    fn read(&mut self, settings: &FileSettings, calendar: &Calendar, held: u32) -> Option<Part> {
        // What was read and found useless is not read again until it changes.
        if read::is(&self.export.path, self.seen) {
            return None;
        }
        self.seen = None;
        let read = bytes(&self.export).and_then(|(bytes, stamp)| {
            self.seen = Some(stamp);
            sheet(self.export.name.clone(), bytes, settings)
        });
        let rows = read.and_then(|sheet| {
            let rows = load::rows(&sheet, settings, calendar, Timestamp::UNIX_EPOCH);
            // Half saved, or emptied by mistake: a list is worth more than none.
            let useless = rows.starts.is_empty() && (held > 0 || !self.export.name.is_empty());
            if useless { Err(ReadError::Nobody) } else { Ok((Arc::new(sheet), rows)) }
        });
        match rows {
            Ok((sheet, rows)) => {
                self.sheet = Some(sheet);
                self.failure = None;
                Some(rows)
            }
            Err(error) => {
                self.failure = Some(error.to_string());
                None
            }
        }
    }

    fn said(&self, held: u32) -> Option<String> {
        let failure = self.failure.as_ref()?;
        Some(match (self.export.name.as_str(), &self.sheet) {
            ("", _) => older(failure.clone(), held),
            (name, Some(_)) => format!("{name}: {failure}. Пока работает прежний список этого файла"),
            (name, None) => format!("{name}: {failure}"),
        })
    }
}

/// A failure, with what works meanwhile.
fn older(failure: String, held: u32) -> String {
    match held {
        0 => failure,
        held => format!("{failure}. Пока работает прежний список ({})", spoken_rows(held)),
    }
}

fn bytes(export: &Export) -> Result<(Vec<u8>, Stamp), ReadError> {
    if export.fits { read::whole(&export.path) } else { Err(ReadError::TooMuch) }
}

fn sheet(name: String, bytes: Vec<u8>, settings: &FileSettings) -> Result<Sheet, ReadError> {
    read::refuse_workbooks(&bytes)?;
    Ok(Sheet::read(name, bytes, settings)?)
}

/// The shipped people.
pub(super) fn shipped(
    csv: &str,
    settings: &FileSettings,
    calendar: &Calendar,
    now: Timestamp,
) -> Result<Roll, ReadError> {
    of_bytes(csv.as_bytes().to_vec(), settings, calendar, now)
}

/// Everybody of the bytes of one file.
pub(super) fn of_bytes(
    bytes: Vec<u8>,
    settings: &FileSettings,
    calendar: &Calendar,
    now: Timestamp,
) -> Result<Roll, ReadError> {
    let sheet = sheet(String::new(), bytes, settings)?;
    let rows = load::rows(&sheet, settings, calendar, now);
    Ok(joining::roll(vec![(Arc::new(sheet), rows)]))
}

/// What a fresh reading gave.
pub(super) struct Afresh {
    pub(super) files: Vec<Rows>,
    /// The names of files that could not be read, and why.
    pub(super) failures: Vec<(String, ReadError)>,
}

/// Reads all files afresh and keeps nothing.
pub(super) fn afresh(settings: &FileSettings, calendar: &Calendar) -> Result<Afresh, ReadError> {
    let (mut files, mut failures) = (Vec::new(), Vec::new());
    for export in read::exports(&settings.path)? {
        match bytes(&export).and_then(|(bytes, _)| sheet(export.name.clone(), bytes, settings)) {
            Ok(sheet) => {
                let rows = load::rows(&sheet, settings, calendar, Timestamp::UNIX_EPOCH);
                files.push((Arc::new(sheet), rows));
            }
            Err(error) => failures.push((export.name, error)),
        }
    }
    Ok(Afresh { files, failures })
}
