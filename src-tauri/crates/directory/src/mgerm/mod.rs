//! Kind `mgerm`: MGERM, whose API has no search by phone (reference, "What follows for the product"). Patients and their
//! phones come with every referral of the schedule: an index of it answers, also while the MIS does not.

mod answers;
mod api;
mod card;
mod check;
mod details;
mod keep;
mod person;
mod plan;
mod reader;
mod register;
mod shapes;
mod writes;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use phone::PhoneNumber;
use serde::{Deserialize, Serialize};
use tokio::task::AbortHandle;

pub use self::answers::Answers;

use self::api::Api;
use self::card::CardMap;
use self::keep::Keep;
use self::plan::Plan;
use self::reader::{Clock, Shared};
use crate::people::Person;
use crate::settings::{SectionError, Surroundings};
use crate::source::{Answer, CheckReport, Directory, DirectoryError, Health, HealthState};
use crate::spoken::russian;
use crate::writing::{Abilities, Slot, SlotQuery, Write, WriteError, Written};

/// `[directory.mgerm]` as it is typed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Section {
    /// Address of the external API: `http://mis.example/_mgerm_external`.
    pub base: String,
    /// Days of the schedule before today that are kept fresh.
    pub days_back: u32,
    /// Days after today that are kept fresh.
    pub days_ahead: u32,
    /// How often today and tomorrow are read, in s; the other days of the window follow within an hour.
    pub refresh_s: u32,
    /// How far back older days are filled in, slowly.
    pub history_days: u32,
    /// `memory`, or `disk`: the index outlives a restart, encrypted with the log's key.
    pub keep: String,
    /// JSONPaths into the free card: `debt` (roubles) or `debt_kopecks`, `allergy`, `vip`, `conflict`, `note`.
    pub card: BTreeMap<String, String>,
}

impl Default for Section {
    fn default() -> Self {
        Section {
            base: String::new(),
            days_back: 30,
            days_ahead: 30,
            refresh_s: 300,
            history_days: 730,
            keep: "memory".to_owned(),
            card: BTreeMap::new(),
        }
    }
}

/// Patients of MGERM: an index of its schedule.
pub struct MgermDirectory {
    shared: Arc<Shared>,
    card: Arc<CardMap>,
    /// The generation that the last [`Directory::reload_if_changed`] told of.
    told: AtomicU64,
    reading: Mutex<Option<AbortHandle>>,
}

impl fmt::Debug for MgermDirectory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MgermDirectory").field("address", &self.shared.api.address()).finish_non_exhaustive()
    }
}

impl Drop for MgermDirectory {
    fn drop(&mut self) {
        let reading = self.reading.get_mut().unwrap_or_else(PoisonError::into_inner);
        if let Some(reading) = reading.take() {
            reading.abort();
        }
    }
}

impl MgermDirectory {
    /// Reads the settings; asks nobody yet: [`Directory::reload_if_changed`] does.
    ///
    /// # Errors
    /// A setting that makes no sense.
    pub fn new(section: &Section, surroundings: Surroundings) -> Result<MgermDirectory, SectionError> {
        MgermDirectory::at(section, surroundings, Arc::new(Timestamp::now))
    }

    /// As [`MgermDirectory::new`], with another clock than the computer's: which day is today, and how old what was read
    /// is.
    ///
    /// # Errors
    /// As [`MgermDirectory::new`].
    pub fn at(
        section: &Section,
        surroundings: Surroundings,
        clock: Arc<dyn Fn() -> Timestamp + Send + Sync>,
    ) -> Result<MgermDirectory, SectionError> {
        let clock: Clock = clock;
        let api = Api::new(&section.base, &surroundings)?;
        let card = CardMap::new(&section.card)?;
        let keep = match (section.keep.as_str(), &surroundings.keep) {
            ("memory", _) | ("disk", None) => None,
            ("disk", Some((path, key))) => Some(Keep::new(path, key.clone(), api.address(), &surroundings)),
            (other, _) => {
                let problem = format!("\"{other}\" is neither memory nor disk");
                return Err(SectionError::new("directory.mgerm.keep", problem, "write \"memory\" or \"disk\""));
            }
        };
        let shared = Shared::new(api, surroundings, Plan::new(section), keep, clock);
        Ok(MgermDirectory {
            shared: Arc::new(shared),
            card: Arc::new(card),
            told: AtomicU64::new(0),
            reading: Mutex::default(),
        })
    }

    /// Why nobody can be looked up: nothing was read yet.
    fn nothing_read(&self) -> Option<DirectoryError> {
        if self.shared.register.people() > 0 {
            return None;
        }
        let plan = self.shared.plan();
        if plan.window_read(self.shared.today(self.shared.now())).0 > 0 {
            return None;
        }
        let not_yet =
            || DirectoryError::Unavailable { why: "расписание МИС ещё читается".to_owned() };
        Some(plan.failure().cloned().unwrap_or_else(not_yet))
    }

    /// «номера нет в расписании с 24.10.2026 по 24.12.2026 (1 240 человек)»
    fn why_nobody(&self) -> String {
        let people = spoken_people(self.shared.register.people());
        let now = self.shared.now();
        match self.shared.plan().covered(self.shared.today(now)) {
            Some(covered) => {
                let (from, to) = (covered.from.strftime("%d.%m.%Y"), covered.to.strftime("%d.%m.%Y"));
                format!("номера нет в расписании с {from} по {to} ({people})")
            }
            None => format!("номера нет среди прочитанного; сегодняшнее расписание ещё не прочитано ({people})"),
        }
    }
}

#[async_trait]
impl Directory for MgermDirectory {
    fn kind(&self) -> &'static str {
        "mgerm"
    }

    async fn look_up(&self, number: &PhoneNumber, now: Timestamp) -> Result<Answer, DirectoryError> {
        if let Some(error) = self.nothing_read() {
            return Err(error);
        }
        let mut answer = self.shared.register.look_up(number, now);
        if answer.people.is_empty() {
            answer.why = Some(self.why_nobody());
        }
        Ok(answer)
    }

    async fn details(&self, people: Vec<Person>, now: Timestamp) -> Vec<Person> {
        details::details(&self.shared, &self.card, people, now).await
    }

    async fn search(&self, text: &str, limit: usize, now: Timestamp) -> Result<Vec<Person>, DirectoryError> {
        if let Some(error) = self.nothing_read() {
            return Err(error);
        }
        let (shared, text) = (Arc::clone(&self.shared), text.to_owned());
        // Everybody is looked at: a tenth of a second for a million.
        let found = tokio::task::spawn_blocking(move || shared.register.search(&text, limit, now));
        found.await.map_err(|_| DirectoryError::Unavailable { why: "поиск прерван".to_owned() })
    }

    fn health(&self) -> Health {
        let now = self.shared.now();
        let people = self.shared.register.people();
        let plan = self.shared.plan();
        let failure = plan.failure().map(ToString::to_string);
        let covered = plan.covered(self.shared.today(now));
        let (read, all) = plan.window_read(self.shared.today(now));
        let held = covered.map(|covered| {
            let (from, to) = (covered.from.strftime("%d.%m.%Y"), covered.to.strftime("%d.%m.%Y"));
            let at = spoken_moment(covered.at, now, &self.shared.surroundings.time_zone);
            let rest =
                if read < all { format!("; прочитано дней: {read} из {all}") } else { String::new() };
            format!("индекс: {}, дни с {from} по {to}, обновлён {at}{rest}", spoken_people(people))
        });
        let is_old = covered.is_none_or(|covered| plan.is_old(covered.at, now));
        drop(plan);
        let count = u32::try_from(people).ok();
        match (held, failure) {
            (Some(held), None) => {
                let state = if is_old { HealthState::Slow } else { HealthState::Ok };
                Health { state, why: Some(held), people: count }
            }
            (Some(held), Some(failure)) => {
                let why = format!("{failure}. Пока отвечает {held}");
                Health { state: HealthState::Slow, why: Some(why), people: count }
            }
            (None, failure) if people > 0 => {
                let failure = failure.map(|failure| format!("{failure}. ")).unwrap_or_default();
                let why = format!("{failure}Сегодняшнее расписание не прочитано; индекс: {}", spoken_people(people));
                Health { state: HealthState::Slow, why: Some(why), people: count }
            }
            (None, failure) => {
                let why = failure.unwrap_or_else(|| format!("расписание МИС читается: дней {read} из {all}"));
                Health { state: HealthState::Down, why: Some(why), people: None }
            }
        }
    }

    fn answers_from_memory(&self) -> bool {
        true
    }

    fn trouble(&self) -> Option<(DirectoryError, Option<Timestamp>)> {
        let plan = self.shared.plan();
        let failure = plan.failure()?.clone();
        Some((failure, plan.covered(self.shared.today(self.shared.now())).map(|covered| covered.at)))
    }

    async fn ping(&self) -> Result<(), DirectoryError> {
        let today = self.shared.today(self.shared.now());
        self.shared.api.scheduled(today, api::List::Rooms).await.map(drop)
    }

    async fn check(&self) -> CheckReport {
        check::check(&self.shared, &self.card).await
    }

    async fn reload_if_changed(&self) -> bool {
        if self.shared.begins() {
            let reading = tokio::spawn(Arc::clone(&self.shared).read_on());
            *self.reading.lock().unwrap_or_else(PoisonError::into_inner) = Some(reading.abort_handle());
        }
        let generation = self.shared.generation();
        self.told.swap(generation, Ordering::AcqRel) != generation
    }

    fn abilities(&self) -> Abilities {
        Abilities {
            confirm_visit: true,
            register_person: true,
            attach_number: false,
            make_visit: true,
            cancel_visit: true,
        }
    }

    async fn write(&self, write: Write, _now: Timestamp) -> Result<Written, WriteError> {
        let written = match write {
            Write::ConfirmVisit { visit, yes } => self.shared.confirm_visit(&visit, yes).await,
            Write::CancelVisit { visit, reason } => self.shared.cancel_visit(&visit, &reason).await,
            Write::RegisterPerson(who) => self.shared.register_person(&who).await,
            Write::MakeVisit { who, slot, service, comment } => {
                self.shared.make_visit(&who, &slot, service.as_deref(), comment.as_deref()).await
            }
            Write::AttachNumber { .. } => Err(WriteError::NotSupported),
        }?;
        self.shared.save_now().await;
        Ok(written)
    }

    async fn slots(&self, query: &SlotQuery, _now: Timestamp) -> Result<Vec<Slot>, DirectoryError> {
        self.shared.free_times(query).await
    }
}

/// «1 240 человек»
fn spoken_people(count: usize) -> String {
    let word = russian(count as u64, "человек", "человека", "человек");
    let digits = count.to_string();
    let mut spoken = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            spoken.push(' ');
        }
        spoken.push(digit);
    }
    format!("{spoken} {word}")
}

/// «в 10:42», or with the day when it was not today.
fn spoken_moment(at: Timestamp, now: Timestamp, zone: &TimeZone) -> String {
    let (at, now) = (zone.to_datetime(at), zone.to_datetime(now));
    if at.date() == now.date() {
        at.strftime("в %H:%M").to_string()
    } else {
        at.strftime("%d.%m в %H:%M").to_string()
    }
}
