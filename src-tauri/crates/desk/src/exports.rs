//! History as a file. It holds patients' names, so it lies in the data folder for some minutes only, readable by this
//! user alone, and is served by an address that nobody can guess.

mod sheet;
#[cfg(test)]
mod tests;
mod text;

pub(crate) use text::disarmed;

use std::collections::HashMap;
use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use axum::body::Body;
use axum::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_LENGTH, CONTENT_TYPE};
use axum::http::{Method, StatusCode};
use axum::response::{IntoResponse as _, Response};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use tokio_util::io::ReaderStream;

use crate::log::{Page, Place, private_folder};
use crate::secrets;

/// For how long a file can be fetched.
const HELD_FOR: Duration = Duration::from_secs(15 * 60);
/// Files held at once; the oldest makes room.
const MOST: usize = 4;
/// Calls that are read and written at a time.
pub(crate) const PAGE: u32 = 500;

/// Why there is no file.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ExportError {
    /// The disk is full, or the folder cannot be used.
    #[error("the file cannot be written: {0}")]
    Disk(#[from] std::io::Error),
    /// The same from the writer of CSV.
    #[error("the file cannot be written: {0}")]
    Csv(#[from] csv::Error),
    /// The same from the writer of XLSX.
    #[error("the file cannot be written: {0}")]
    Xlsx(#[from] rust_xlsxwriter::XlsxError),
    /// The log cannot be read.
    #[error(transparent)]
    Log(#[from] rusqlite::Error),
}

/// What a file's words need.
#[derive(Debug, Clone)]
pub(crate) struct Words {
    /// Of the head, and of how a call went.
    pub language: wire::Language,
    /// The clinic's time.
    pub time_zone: TimeZone,
    /// Colleagues' names by short number.
    pub colleagues: HashMap<String, String>,
    /// What our lines are called.
    pub lines: HashMap<String, String>,
}

/// A file that can be fetched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Exported {
    /// What its address must hold.
    pub ticket: String,
    /// What it is called.
    pub name: String,
    /// How many calls it has.
    pub rows: u64,
}

/// The files of this desk.
#[derive(Debug)]
pub(crate) struct Exports {
    folder: PathBuf,
    held: Mutex<Vec<Held>>,
}

#[derive(Debug)]
struct Held {
    ticket: String,
    name: String,
    path: PathBuf,
    format: wire::ExportFormat,
    until: Instant,
}

impl Drop for Held {
    fn drop(&mut self) {
        if let Err(error) = std::fs::remove_file(&self.path) {
            tracing::warn!(%error, "an exported file could not be deleted; the next start does it");
        }
    }
}

impl Exports {
    /// Files in a folder of the data folder. What an earlier desk left there is deleted.
    pub(crate) fn new(data_dir: &Path) -> Exports {
        let folder = data_dir.join("exports");
        if let Err(error) = std::fs::remove_dir_all(&folder)
            && error.kind() != std::io::ErrorKind::NotFound
        {
            tracing::warn!(%error, "exported files of before could not be deleted");
        }
        Exports { folder, held: Mutex::new(Vec::new()) }
    }

    /// Writes a file from pages of calls, newest first. Blocks, for about ten seconds per hundred thousand calls.
    ///
    /// # Errors
    /// See [`ExportError`]; nothing is left on the disk then.
    pub(crate) fn write(
        &self,
        format: wire::ExportFormat,
        today: Date,
        pages: impl FnMut(Option<Place>) -> rusqlite::Result<Page>,
        words: &Words,
    ) -> Result<Exported, ExportError> {
        private_folder(&self.folder)?;
        let ticket = secrets::random_hex();
        let path = self.folder.join(secrets::random_hex());
        let file = private_file(&path)?;
        let extension = match format {
            wire::ExportFormat::Csv => "csv",
            wire::ExportFormat::Xlsx => "xlsx",
        };
        let name = format!("callpop-calls-{today}.{extension}");
        let mut held = Held { ticket: ticket.clone(), name: name.clone(), path, format, until: Instant::now() };
        let calls = Calls { pages, words };
        let rows = match format {
            wire::ExportFormat::Csv => {
                let mut file = BufWriter::new(file);
                let rows = text::write(&mut file, calls)?;
                file.flush()?;
                rows
            }
            wire::ExportFormat::Xlsx => sheet::write(file, &self.folder, sheet::MOST_ROWS, calls)?,
        };
        held.until = Instant::now() + HELD_FOR;
        let mut all = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        if all.len() >= MOST {
            all.remove(0);
        }
        all.push(held);
        Ok(Exported { ticket, name, rows })
    }

    /// Whether a file has been there long enough.
    pub(crate) fn has_old(&self) -> bool {
        let now = Instant::now();
        self.held.lock().unwrap_or_else(PoisonError::into_inner).iter().any(|held| held.until <= now)
    }

    /// Deletes the files that have been there long enough.
    pub(crate) fn delete_old(&self) {
        let now = Instant::now();
        self.held.lock().unwrap_or_else(PoisonError::into_inner).retain(|held| held.until > now);
    }

    /// Deletes all files.
    pub(crate) fn clear(&self) {
        self.held.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    /// Answers a browser.
    pub(crate) async fn serve(&self, ticket: &str, method: &Method) -> Response {
        let known = {
            let held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
            let known = held.iter().find(|held| held.ticket == ticket && held.until > Instant::now());
            known.map(|held| (held.path.clone(), held.name.clone(), held.format))
        };
        let Some((path, name, format)) = known else { return StatusCode::NOT_FOUND.into_response() };
        let Ok(file) = tokio::fs::File::open(&path).await else { return StatusCode::NOT_FOUND.into_response() };
        let Ok(length) = file.metadata().await.map(|file| file.len()) else {
            return StatusCode::NOT_FOUND.into_response();
        };
        let body = if method == Method::HEAD { Body::empty() } else { Body::from_stream(ReaderStream::new(file)) };
        let kind = match format {
            wire::ExportFormat::Csv => "text/csv; charset=utf-8",
            wire::ExportFormat::Xlsx => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        };
        Response::builder()
            .header(CONTENT_TYPE, kind)
            .header(CONTENT_LENGTH, length)
            .header(CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\""))
            .header(CACHE_CONTROL, "no-store")
            .body(body)
            .unwrap_or_else(|_| StatusCode::INTERNAL_SERVER_ERROR.into_response())
    }
}

/// Calls, page by page.
struct Calls<'a, P> {
    pages: P,
    words: &'a Words,
}

impl<P: FnMut(Option<Place>) -> rusqlite::Result<Page>> Calls<'_, P> {
    /// Hands over the cells of each call; returns how many there were.
    fn each(mut self, mut write: impl FnMut(&Line) -> Result<(), ExportError>) -> Result<u64, ExportError> {
        let (mut rows, mut before) = (0, None);
        loop {
            let page = (self.pages)(before)?;
            for call in page.calls.iter().filter_map(|json| serde_json::from_str(json).ok()) {
                write(&line(&call, self.words))?;
                rows += 1;
            }
            match page.next {
                Some(next) => before = Some(next),
                None => return Ok(rows),
            }
        }
    }
}

/// What a cell holds.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Cell {
    Text(String),
    /// A telephone number as a person reads it.
    Phone(String),
    Seconds(Option<i64>),
}

type Line = [Cell; HEAD.len()];

/// The columns, in Russian and in English.
const HEAD: [(&str, &str); 14] = [
    ("Дата", "Date"),
    ("Время", "Time"),
    ("Направление", "Direction"),
    ("Номер", "Number"),
    ("Имя", "Name"),
    ("Карта", "Chart"),
    ("Линия", "Line"),
    ("Сотрудник", "Colleague"),
    ("Чем кончился", "How it ended"),
    ("Ждал, с", "Waited, s"),
    ("Разговор, с", "Talked, s"),
    ("Итог", "Outcome"),
    ("Метки", "Tags"),
    ("Заметка", "Note"),
];

fn head(language: wire::Language) -> [&'static str; HEAD.len()] {
    HEAD.map(|(russian, english)| language.of(russian, english))
}

fn line(call: &wire::Call, words: &Words) -> Line {
    let moment = |text: &Option<String>| text.as_deref().and_then(|at| at.parse::<jiff::Timestamp>().ok());
    let started_at = moment(&Some(call.started_at.clone()));
    let (answered_at, ended_at) = (moment(&call.answered_at), moment(&call.ended_at));
    let local = started_at.map(|at| at.to_zoned_datetime(words.time_zone.clone()));
    let between = |from: Option<jiff::Timestamp>, to: Option<jiff::Timestamp>| {
        Cell::Seconds(from.zip(to).map(|(from, to)| to.duration_since(from).as_secs().max(0)))
    };
    let person = crate::view::certain_person(&call.card);
    let name = match (person, call.card.people.as_slice()) {
        (Some(person), _) => person.full_name.clone(),
        (None, []) => call.known_as.clone().unwrap_or_default(),
        // Who of them it was nobody said.
        (None, people) => people.iter().map(|person| person.full_name.as_str()).collect::<Vec<_>>().join(" / "),
    };
    let named = |known: &Option<String>, names: &HashMap<String, String>| {
        known.as_ref().map(|known| names.get(known).map_or_else(|| known.clone(), |name| format!("{name} ({known})")))
    };
    let extension = match call.direction {
        wire::Direction::Inbound => &call.answered_by,
        wire::Direction::Outbound | wire::Direction::Internal => &call.by,
    };
    let said = call.wrap_up.as_ref();
    [
        Cell::Text(local.as_ref().map(|at| at.strftime("%d.%m.%Y").to_string()).unwrap_or_default()),
        Cell::Text(local.as_ref().map(|at| at.strftime("%H:%M:%S").to_string()).unwrap_or_default()),
        Cell::Text(direction(call.direction, words.language).to_owned()),
        Cell::Phone(call.number_display.clone().unwrap_or_default()),
        Cell::Text(name),
        Cell::Text(person.and_then(|person| person.chart.clone()).unwrap_or_default()),
        Cell::Text(call.line_name.clone().or_else(|| named(&call.line, &words.lines)).unwrap_or_default()),
        Cell::Text(named(extension, &words.colleagues).unwrap_or_default()),
        Cell::Text(call.outcome.map(|outcome| ended(outcome, words.language)).unwrap_or_default().to_owned()),
        between(started_at, answered_at.or(ended_at)),
        between(answered_at, ended_at),
        Cell::Text(said.and_then(|said| said.outcome.clone()).unwrap_or_default()),
        Cell::Text(said.map(|said| said.tags.join(", ")).unwrap_or_default()),
        Cell::Text(call.note.clone().unwrap_or_default()),
    ]
}

fn direction(direction: wire::Direction, language: wire::Language) -> &'static str {
    match direction {
        wire::Direction::Inbound => language.of("входящий", "inbound"),
        wire::Direction::Outbound => language.of("исходящий", "outbound"),
        wire::Direction::Internal => language.of("внутренний", "internal"),
    }
}

fn ended(outcome: wire::Outcome, language: wire::Language) -> &'static str {
    match outcome {
        wire::Outcome::Answered => language.of("отвечен", "answered"),
        wire::Outcome::Missed => language.of("пропущен", "missed"),
        wire::Outcome::Abandoned => language.of("не дождался ответа", "gave up waiting"),
        wire::Outcome::Failed => language.of("не дозвонились", "not reached"),
        wire::Outcome::Unknown => language.of("неизвестно", "unknown"),
    }
}

#[cfg(unix)]
fn private_file(path: &Path) -> std::io::Result<File> {
    use std::os::unix::fs::OpenOptionsExt as _;
    std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)
}

#[cfg(not(unix))]
fn private_file(path: &Path) -> std::io::Result<File> {
    std::fs::OpenOptions::new().write(true).create_new(true).open(path)
}
