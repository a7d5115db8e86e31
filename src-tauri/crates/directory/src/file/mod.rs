//! Kind `file`: patients from a CSV that somebody exports or keeps by hand (contract, section 4, "The patients' CSV"), or
//! from a folder of such exports.
//!
//! The header names the columns, in any order, in English or Russian; only a name and phones are needed. Visits may
//! carry doctor, service and place after a `;` or `|`: `2026-11-30 10:30; Петров, терапевт; УЗИ; каб. 12`. A row
//! that cannot be read is named with its line; the rest load. A file that cannot be read leaves the last good people.
//!
//! Of a folder every `*.csv` and `*.txt` is read, and somebody who is in two files is one person: by id and name; or by
//! name, birth date and a number or the chart. Where two files differ the newer one counts. A broken file does not touch
//! the others.

mod card;
mod columns;
mod days;
mod faults;
mod field;
pub(crate) mod fold;
mod joining;
mod load;
mod people;
mod phones;
mod read;
mod records;
mod roll;
mod shelf;
pub(crate) mod table;
mod text;
pub(crate) mod values;

pub(crate) use self::values::spoken as spoken_debt;

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use async_trait::async_trait;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use phone::{PhoneNumber, Region};

pub use self::people::FilePeople;

use self::days::Calendar;
use self::read::ReadError;
use self::roll::Roll;
use self::shelf::{Afresh, Shelf};
use crate::people::Person;
use crate::source::{Answer, CheckReport, Directory, DirectoryError, Health, HealthState};
use crate::spoken::russian;

/// So many faults are spelled out in a check.
const FAULTS_IN_CHECK: usize = 50;

/// Where the file is and how it is to be read.
#[derive(Debug, Clone)]
pub struct FileSettings {
    /// The CSV, or a folder of them.
    pub path: PathBuf,
    /// Our field (`full_name`, `phones`, …) → the file's header. What stands here outranks guesses; a header that the
    /// file lacks is reported, not replaced by a guess.
    pub columns: BTreeMap<String, String>,
    /// How numbers without a country code are read.
    pub region: Region,
    /// The clinic's: times of the file, and when "today" is.
    pub time_zone: TimeZone,
    /// Address of a person's chart with `{id}` and `{chart}` in it; they are percent-encoded.
    pub open_url: Option<String>,
}

/// Patients from a CSV or a folder of them. Clones share the people.
#[derive(Clone)]
pub struct FileDirectory {
    shared: Arc<Shared>,
}

struct Shared {
    settings: FileSettings,
    calendar: Calendar,
    /// The shipped invented patients instead of the file.
    shipped: Option<&'static str>,
    state: RwLock<State>,
    /// What was read of each file; held while reading, so that reads do not overlap.
    shelf: Mutex<Shelf>,
}

impl fmt::Debug for FileDirectory {
    /// Without the people: this may reach a log.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FileDirectory").field("path", &self.shared.settings.path).finish_non_exhaustive()
    }
}

#[derive(Debug, Clone, Default)]
struct State {
    /// The last good people.
    roll: Option<Arc<Roll>>,
    /// Why the newest files are not what `roll` holds.
    failure: Option<String>,
}

impl FileDirectory {
    /// Reads the file. Never fails: a missing or bad file is a [`Health`] that says so, and is taken up by
    /// [`Directory::reload_if_changed`] once it is good.
    ///
    /// Blocks for as long as the file takes (seconds for a million rows): call it off the async threads.
    pub fn open(settings: FileSettings) -> FileDirectory {
        let directory = FileDirectory::open_later(settings);
        directory.shared.take_up(Timestamp::UNIX_EPOCH);
        directory
    }

    /// Does not read the file yet: the first [`Directory::reload_if_changed`] does. Until then look-ups say so.
    pub fn open_later(settings: FileSettings) -> FileDirectory {
        FileDirectory::unread(settings, None)
    }

    /// The shipped people, whose days are told from `now` on.
    pub(crate) fn shipped(csv: &'static str, now: Timestamp, time_zone: TimeZone) -> FileDirectory {
        let settings = FileSettings {
            path: PathBuf::new(),
            columns: BTreeMap::new(),
            region: Region::default(),
            time_zone,
            open_url: None,
        };
        let directory = FileDirectory::unread(settings, Some(csv));
        directory.shared.take_up(now);
        directory
    }

    fn unread(settings: FileSettings, shipped: Option<&'static str>) -> FileDirectory {
        let calendar = Calendar { zone: settings.time_zone.clone(), relative: shipped.is_some() };
        let state = RwLock::new(State::default());
        FileDirectory { shared: Arc::new(Shared { settings, calendar, shipped, state, shelf: Mutex::default() }) }
    }

    fn roll(&self) -> Result<Arc<Roll>, DirectoryError> {
        let State { roll, failure } = self.shared.state();
        roll.ok_or_else(|| DirectoryError::Unavailable {
            why: failure.unwrap_or_else(|| "файл ещё не прочитан".to_owned()),
        })
    }
}

impl Shared {
    fn state(&self) -> State {
        self.state.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn set(&self, state: State) {
        *self.state.write().unwrap_or_else(PoisonError::into_inner) = state;
    }

    /// Reads the files that changed; true when people or failure changed.
    fn take_up(&self, now: Timestamp) -> bool {
        let mut shelf = self.shelf.lock().unwrap_or_else(PoisonError::into_inner);
        let before = self.state();
        let (roll, failure) = match self.shipped {
            Some(_) if before.roll.is_some() => return false,
            Some(csv) => match shelf::shipped(csv, &self.settings, &self.calendar, now) {
                Ok(roll) => (Some(roll), None),
                Err(error) => (None, Some(error.to_string())),
            },
            None => {
                let held = before.roll.as_ref().map_or(0, |roll| roll.people);
                let found = shelf.look(&self.settings, &self.calendar, held);
                (found.roll, found.failure)
            }
        };
        if roll.is_none() && failure == before.failure {
            return false;
        }
        match &failure {
            Some(failure) => tracing::warn!(failure, "patients' file not taken up"),
            None => tracing::info!(people = roll.as_ref().map(|roll| roll.people), "patients' file taken up"),
        }
        self.set(State { roll: roll.map(Arc::new).or(before.roll), failure });
        true
    }

    fn check(&self, now: Timestamp) -> CheckReport {
        let path = self.settings.path.display();
        let is_folder = self.settings.path.is_dir();
        let mut lines = vec![match self.shipped {
            Some(_) => "пациенты репетиции: все люди и номера выдуманы".to_owned(),
            None if is_folder => format!("папка: {path}"),
            None => format!("файл: {path}"),
        }];
        let read = match self.shipped {
            Some(csv) => {
                shelf::shipped(csv, &self.settings, &self.calendar, now).map(|roll| (Some(roll), 1, Vec::new()))
            }
            None => shelf::afresh(&self.settings, &self.calendar).map(|Afresh { files, failures }| {
                let good = files.len();
                ((good > 0).then(|| joining::roll(files)), good, failures)
            }),
        };
        let (roll, good, failures) = match read {
            Ok(read) => read,
            Err(error) => {
                lines.push(error.to_string());
                return CheckReport { ok: false, people: None, lines };
            }
        };
        if is_folder {
            lines.push(format!("файлов .csv и .txt: {}, из них прочитано: {good}", good + failures.len()));
        }
        lines.extend(failures.iter().map(|(name, error)| named(name, error.to_string())));
        let Some(roll) = roll else {
            return CheckReport { ok: false, people: None, lines };
        };
        for (place, (sheet, faults)) in roll.sheets.iter().zip(&roll.faults).enumerate() {
            let mut said = vec![
                format!("кодировка: {}", sheet.encoding),
                format!("разделитель: {}", sheet.layout.separator_name()),
                format!("колонки: {}", sheet.layout.pairs().join(", ")),
            ];
            if is_folder {
                said = vec![said.join("; "), format!("строк с пациентами: {}", roll.rows_in(place))];
            }
            said.extend(sheet.layout.remarks.iter().cloned());
            said.extend(faults.summary());
            said.extend(faults.sentences(FAULTS_IN_CHECK));
            lines.extend(said.into_iter().map(|line| named(&sheet.name, line)));
        }
        lines.push(format!("людей: {}, номеров: {}", roll.people, roll.numbers()));
        if roll.people == 0 {
            lines.push(ReadError::Nobody.to_string());
        }
        CheckReport { ok: roll.people > 0, people: Some(roll.people), lines }
    }
}

/// A sentence about a file, with its name where there are several.
fn named(name: &str, sentence: String) -> String {
    if name.is_empty() { sentence } else { format!("{name}: {sentence}") }
}

#[async_trait]
impl Directory for FileDirectory {
    fn kind(&self) -> &'static str {
        "file"
    }

    async fn look_up(&self, number: &PhoneNumber, now: Timestamp) -> Result<Answer, DirectoryError> {
        Ok(self.roll()?.look_up(number, &self.shared.settings, &self.shared.calendar, now))
    }

    async fn search(&self, text: &str, limit: usize, now: Timestamp) -> Result<Vec<Person>, DirectoryError> {
        let (roll, shared, text) = (self.roll()?, Arc::clone(&self.shared), text.to_owned());
        // A million names take a tenth of a second.
        let found =
            tokio::task::spawn_blocking(move || roll.search(&text, limit, &shared.settings, &shared.calendar, now));
        found.await.map_err(|_| DirectoryError::Unavailable { why: "поиск прерван".to_owned() })
    }

    fn health(&self) -> Health {
        let State { roll, failure } = self.shared.state();
        let people = roll.as_ref().map(|roll| roll.people);
        let Some(roll) = roll else {
            return Health { state: HealthState::Down, why: failure, people };
        };
        let state = if failure.is_some() { HealthState::Slow } else { HealthState::Ok };
        let mut whys: Vec<String> = failure.into_iter().collect();
        for (sheet, faults) in roll.sheets.iter().zip(&roll.faults) {
            let remarks = sheet.layout.remarks.iter().cloned().chain(faults.summary());
            whys.extend(remarks.map(|remark| named(&sheet.name, remark)));
        }
        if roll.people == 0 && state == HealthState::Ok {
            whys.insert(0, ReadError::Nobody.to_string());
        }
        let why = (!whys.is_empty()).then(|| whys.join("; "));
        Health { state, why, people }
    }

    async fn check(&self) -> CheckReport {
        let shared = Arc::clone(&self.shared);
        // Days do not matter to a check; the shipped people's are relative to any.
        let report = tokio::task::spawn_blocking(move || shared.check(Timestamp::UNIX_EPOCH));
        report.await.unwrap_or_else(|_| CheckReport {
            ok: false,
            people: None,
            lines: vec!["проверка прервана".to_owned()],
        })
    }

    async fn reload_if_changed(&self) -> bool {
        let shared = Arc::clone(&self.shared);
        let taken_up = tokio::task::spawn_blocking(move || shared.take_up(Timestamp::UNIX_EPOCH));
        taken_up.await.unwrap_or(false)
    }
}

/// «200 записей»
fn spoken_rows(count: u32) -> String {
    format!("{count} {}", russian(count.into(), "запись", "записи", "записей"))
}
