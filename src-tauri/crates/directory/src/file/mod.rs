//! Kind `file`: patients from a CSV that somebody exports or keeps by hand (contract, section 4, "The patients' CSV").
//!
//! The header names the columns, in any order, in English or Russian; only a name and phones are needed. Visits may
//! carry doctor, service and place after a `;` or `|`: `2026-11-30 10:30; Петров, терапевт; УЗИ; каб. 12`. A row
//! that cannot be read is named with its line; the rest load. A file that cannot be read leaves the last good people.

mod card;
mod columns;
mod days;
mod faults;
mod field;
mod fold;
mod load;
mod phones;
mod read;
mod records;
mod roll;
pub(crate) mod table;
mod text;
mod values;

pub(crate) use self::values::spoken as spoken_debt;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use async_trait::async_trait;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use phone::{PhoneNumber, Region};

use self::days::Calendar;
use self::read::{ReadError, Stamp};
use self::roll::Roll;
use crate::people::Person;
use crate::source::{Answer, CheckReport, Directory, DirectoryError, Health, HealthState};

/// So many faults are spelled out in a check.
const FAULTS_IN_CHECK: usize = 50;

/// Where the file is and how it is to be read.
#[derive(Debug, Clone)]
pub struct FileSettings {
    /// The CSV.
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

/// Patients from a CSV. Clones share the people.
#[derive(Debug, Clone)]
pub struct FileDirectory {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    settings: FileSettings,
    calendar: Calendar,
    /// The shipped invented patients instead of the file.
    shipped: Option<&'static str>,
    state: RwLock<State>,
    /// The file as it was when it was last taken up or found useless; held while reading, so that reads do not overlap.
    seen: Mutex<Option<Stamp>>,
}

#[derive(Debug, Clone, Default)]
struct State {
    /// The last good people.
    roll: Option<Arc<Roll>>,
    /// Why the newest file is not what `roll` holds.
    failure: Option<String>,
}

impl State {
    fn holds_people(&self) -> bool {
        self.roll.as_ref().is_some_and(|roll| roll.people > 0)
    }
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
        FileDirectory { shared: Arc::new(Shared { settings, calendar, shipped, state, seen: Mutex::new(None) }) }
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

    /// Reads the file if it is not the one last seen; true when people or failure changed.
    fn take_up(&self, now: Timestamp) -> bool {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let before = self.state();
        let is_shipped = self.shipped.is_some() && before.roll.is_some();
        // What was read and found useless is not read again until it changes; what could not be read has no stamp.
        if is_shipped || read::is(&self.settings.path, *seen) {
            return false;
        }
        *seen = None;
        let failure = match self.load(now) {
            // Half saved, or emptied by mistake: a list is worth more than none.
            Ok((roll, stamp)) if roll.people == 0 && before.holds_people() => {
                *seen = stamp;
                ReadError::Nobody.to_string()
            }
            Ok((roll, stamp)) => {
                tracing::info!(people = roll.people, "patients' file taken up");
                *seen = stamp;
                self.set(State { roll: Some(Arc::new(roll)), failure: None });
                return true;
            }
            Err((error, stamp)) => {
                *seen = stamp;
                error.to_string()
            }
        };
        if before.failure.as_ref() == Some(&failure) {
            return false;
        }
        tracing::warn!(failure, "patients' file not taken up");
        self.set(State { roll: before.roll, failure: Some(failure) });
        true
    }

    /// The people, or why there are none; with the stamp of what was read, if anything was.
    fn load(&self, now: Timestamp) -> Result<(Roll, Option<Stamp>), (ReadError, Option<Stamp>)> {
        let (bytes, stamp) = match self.shipped {
            Some(csv) => (csv.as_bytes().to_vec(), None),
            None => {
                let (bytes, stamp) = read::whole(&self.settings.path).map_err(|error| (error, None))?;
                (bytes, Some(stamp))
            }
        };
        read::refuse_workbooks(&bytes).map_err(|error| (error, stamp))?;
        let roll = load::load(bytes, &self.settings, &self.calendar, now);
        roll.map(|roll| (roll, stamp)).map_err(|error| (error.into(), stamp))
    }

    fn check(&self, now: Timestamp) -> CheckReport {
        let mut lines = vec![match self.shipped {
            Some(_) => "пациенты репетиции: все люди и номера выдуманы".to_owned(),
            None => format!("файл: {}", self.settings.path.display()),
        }];
        let roll = match self.load(now) {
            Ok((roll, _)) => roll,
            Err((error, _)) => {
                lines.push(error.to_string());
                return CheckReport { ok: false, people: None, lines };
            }
        };
        lines.push(format!("кодировка: {}", roll.encoding));
        lines.push(format!("разделитель: {}", roll.layout.separator_name()));
        lines.push(format!("колонки: {}", roll.layout.pairs().join(", ")));
        lines.extend(roll.layout.remarks.iter().cloned());
        lines.push(format!("людей: {}, номеров: {}", roll.people, roll.numbers()));
        if roll.people == 0 {
            lines.push(ReadError::Nobody.to_string());
        }
        lines.extend(roll.faults.summary());
        lines.extend(roll.faults.sentences(FAULTS_IN_CHECK));
        CheckReport { ok: roll.people > 0, people: Some(roll.people), lines }
    }
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
        match (roll, failure) {
            (Some(roll), None) => {
                let mut whys = roll.layout.remarks.clone();
                whys.extend((roll.people == 0).then(|| ReadError::Nobody.to_string()));
                whys.extend(roll.faults.summary());
                let why = (!whys.is_empty()).then(|| whys.join("; "));
                Health { state: HealthState::Ok, why, people }
            }
            (Some(roll), Some(failure)) => {
                let why = format!("{failure}. Пока работает прежний список ({})", spoken_rows(roll.people));
                Health { state: HealthState::Slow, why: Some(why), people }
            }
            (None, failure) => Health { state: HealthState::Down, why: failure, people },
        }
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
    let word = match (count % 100, count % 10) {
        (11..=14, _) => "записей",
        (_, 1) => "запись",
        (_, 2..=4) => "записи",
        _ => "записей",
    };
    format!("{count} {word}")
}
