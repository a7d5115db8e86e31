//! Kind `http`: any JSON API, described by templates and JSONPaths.
//!
//! The description is data: no word of it is run, and what it inserts is always escaped. It is read whole when the
//! settings are, so that a card never stumbles over a typing error. Ready-made ones: [`presets`].

mod asking;
mod card;
mod path;
mod plan;
mod presets;
mod request;
mod rules;
mod search;
mod section;
mod template;
mod trial;
mod values;
mod visits;

use std::sync::{Mutex, PoisonError};

use async_trait::async_trait;
use futures_util::future::join_all;
use jiff::Timestamp;
use phone::PhoneNumber;
use serde_json::Value;

pub use self::presets::{Preset, presets};
pub use self::section::{Paths, RequestSection, Section, SessionSection, SexSection, VisitsSection};

use self::asking::{Asking, Rows};
use self::card::{Reading, each_once};
use self::plan::{Auth, Plan};
use self::request::{AskedNumber, Request, Values};
use self::trial::Journal;
use self::visits::VISITS;
use crate::matching::why_found;
use crate::order::in_reading_order;
use crate::people::Person;
use crate::settings::{SectionError, Surroundings};
use crate::source::{Answer, CheckReport, Directory, DirectoryError, Health, HealthState, Trial};
use crate::web::Web;

/// So many people of one number are shown.
const MOST_PEOPLE: usize = 50;
/// Questions on the way at once.
const AT_ONCE: usize = 4;
/// Of more people on one number the visits are not fetched.
const WITH_VISITS: usize = 12;
/// An approximate question may bring so many who do not have the number.
const STRANGERS: usize = 20;

/// Patients of any JSON API, described by templates and JSONPaths.
pub struct HttpDirectory {
    plan: Plan,
    surroundings: Surroundings,
    asking: Asking,
    /// How the last question ended.
    last: Mutex<Option<DirectoryError>>,
}

impl std::fmt::Debug for HttpDirectory {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("HttpDirectory").field("plan", &self.plan).finish_non_exhaustive()
    }
}

impl HttpDirectory {
    /// Reads the settings; asks nobody yet.
    ///
    /// # Errors
    /// A setting that makes no sense.
    pub fn new(section: &Section, surroundings: Surroundings) -> Result<HttpDirectory, SectionError> {
        let plan = Plan::new(section, &surroundings)?;
        let asking = Asking::new(Web::new(&surroundings)?, &surroundings);
        Ok(HttpDirectory { plan, surroundings, asking, last: Mutex::new(None) })
    }

    fn reading(&self, now: Timestamp) -> Reading<'_> {
        Reading { plan: &self.plan, surroundings: &self.surroundings, now }
    }

    /// Keeps in mind how a question ended.
    fn noted<T>(&self, result: Result<T, DirectoryError>) -> Result<T, DirectoryError> {
        let error = result.as_ref().err().cloned();
        *self.last.lock().unwrap_or_else(PoisonError::into_inner) = error;
        result
    }

    async fn answer(
        &self,
        number: &PhoneNumber,
        now: Timestamp,
        journal: Option<&Journal>,
    ) -> Result<Answer, DirectoryError> {
        let variants = self.variants(&AskedNumber::of(number), now)?;
        let Rows { rows, has_more } = self.rows(&variants, journal).await?;
        if let Some(journal) = journal {
            journal.fields(&self.reading(now), &rows);
        }
        self.made_of(&rows, has_more, number, now)
    }

    /// What an answer to the look-up says, without asking for it: a body as it came with HTTP 200, read as the settings
    /// describe.
    ///
    /// # Errors
    /// As [`Directory::look_up`].
    pub fn read_look_up(&self, body: Vec<u8>, number: &PhoneNumber, now: Timestamp) -> Result<Answer, DirectoryError> {
        let rows = asking::rows_of_body(&self.plan, &self.plan.look_up, body)?;
        self.made_of(&rows, false, number, now)
    }

    /// As [`HttpDirectory::read_look_up`], an answer to the search.
    ///
    /// # Errors
    /// As [`Directory::search`].
    pub fn read_search(
        &self,
        body: Vec<u8>,
        text: &str,
        limit: usize,
        now: Timestamp,
    ) -> Result<Vec<Person>, DirectoryError> {
        let Some(request) = &self.plan.search else { return Ok(Vec::new()) };
        let rows = asking::rows_of_body(&self.plan, request, body)?;
        Ok(self.those_sought(&rows, &search::Sought::new(text), limit, now))
    }

    /// As [`HttpDirectory::read_look_up`], an answer to the question for a person's visits: they are put onto the person.
    ///
    /// # Errors
    /// The answer cannot be read.
    pub fn read_visits(&self, body: Vec<u8>, person: &mut Person, now: Timestamp) -> Result<(), DirectoryError> {
        let Some(visits) = &self.plan.visits else { return Ok(()) };
        let rows = asking::rows_of_body(&self.plan, &visits.request, body)?;
        visits::read(&self.plan, visits, &rows, person, now);
        Ok(())
    }

    fn made_of(
        &self,
        rows: &[Value],
        has_more: bool,
        number: &PhoneNumber,
        now: Timestamp,
    ) -> Result<Answer, DirectoryError> {
        let reading = self.reading(now);
        let matching: Vec<&Value> = rows.iter().filter(|row| reading.written(row, number).is_some()).collect();
        if matching.is_empty() && rows.len() > self.strangers() {
            return Err(DirectoryError::FilterIgnored { rows: rows.len() });
        }
        let mut people = each_once(matching.iter().map(|row| reading.person(row)).collect());
        in_reading_order(&mut people, now, &self.surroundings.time_zone);
        let found = people.len();
        people.truncate(MOST_PEOPLE);
        let first = people.first().and_then(|first| {
            let is_theirs = |row: &&&Value| {
                let person = reading.person(row);
                (&person.full_name, person.born) == (&first.full_name, first.born)
            };
            reading.written(matching.iter().find(is_theirs)?, number)
        });
        let mut why = match first {
            Some(written) => why_found(&written),
            None => "МИС ответила: такого номера нет ни в одной карте".to_owned(),
        };
        if found > people.len() || (has_more && found > 0) {
            let least = if has_more { "не меньше " } else { "" };
            why.push_str(&format!("; людей на этом номере: {least}{found}, показаны первые {}", people.len()));
        }
        Ok(Answer { has_more: !people.is_empty() && self.plan.visits.is_some(), people, why: Some(why) })
    }

    fn variants(&self, number: &AskedNumber, now: Timestamp) -> Result<Vec<Values>, DirectoryError> {
        let mut values = request::today(now, &self.surroundings.time_zone);
        number.known(&mut values);
        self.plan.look_up.variants(&self.plan.templates, &values)
    }

    /// The rows of every spelling and field, a few questions at once.
    async fn rows(&self, variants: &[Values], journal: Option<&Journal>) -> Result<Rows, DirectoryError> {
        let mut all = Rows::default();
        // The first opens the session, if there is one; a source that is down is not asked in every spelling.
        let (first, others) = variants.split_at(variants.len().min(1));
        for some in [first].into_iter().chain(others.chunks(AT_ONCE)) {
            let asked =
                some.iter().map(|values| self.asking.rows(&self.plan, &self.plan.look_up, values.clone(), journal));
            for rows in join_all(asked).await {
                let rows = rows?;
                all.has_more |= rows.has_more;
                all.rows.extend(rows.rows);
            }
        }
        Ok(all)
    }

    /// Asks for a number that nobody has, in so many variants: whoever is found by it, the source does not look at numbers.
    async fn nobody(&self, variants: usize) -> Result<(), DirectoryError> {
        let asked = self.variants(&AskedNumber::nobodys(), Timestamp::UNIX_EPOCH)?;
        let asked = asked.get(..variants.min(asked.len())).unwrap_or_default();
        let rows = self.rows(asked, None).await?.rows;
        if rows.len() > self.strangers() { Err(DirectoryError::FilterIgnored { rows: rows.len() }) } else { Ok(()) }
    }

    /// How many people without the number may come.
    fn strangers(&self) -> usize {
        if self.plan.look_up.approximate { STRANGERS } else { 0 }
    }

    async fn with_visits(&self, mut person: Person, now: Timestamp, journal: Option<&Journal>) -> Person {
        let Some(visits) = &self.plan.visits else {
            return person;
        };
        let mut values = request::today(now, &self.surroundings.time_zone);
        plan::of_person(&mut values, &person.id, person.chart.as_deref());
        let rows = match visits.request.variants(&self.plan.templates, &values) {
            Ok(variants) => self.rows_of_all(&visits.request, variants, journal).await,
            Err(error) => Err(error),
        };
        match rows {
            Ok(rows) => visits::read(&self.plan, visits, &rows, &mut person, now),
            Err(error) => {
                // Its words may be the source's own.
                tracing::debug!(outage = error.is_outage(), "a person's visits did not come");
                if let Some(journal) = journal {
                    journal.add("Визиты", &error.to_string());
                }
                if !person.gaps.iter().any(|gap| gap == VISITS) {
                    person.gaps.push(VISITS.to_owned());
                }
            }
        }
        person
    }

    async fn rows_of_all(
        &self,
        request: &Request,
        variants: Vec<Values>,
        journal: Option<&Journal>,
    ) -> Result<Vec<Value>, DirectoryError> {
        let mut all = Vec::new();
        for values in variants {
            all.extend(self.asking.rows(&self.plan, request, values, journal).await?.rows);
        }
        Ok(all)
    }

    async fn fill_in(&self, people: Vec<Person>, now: Timestamp, journal: Option<&Journal>) -> Vec<Person> {
        let mut filled = Vec::with_capacity(people.len());
        let mut people = people.into_iter();
        loop {
            let some: Vec<Person> = people.by_ref().take(AT_ONCE).collect();
            if some.is_empty() {
                break;
            }
            if filled.len() >= WITH_VISITS {
                filled.extend(some.into_iter().map(|mut person| {
                    person.gaps.push(VISITS.to_owned());
                    person
                }));
                continue;
            }
            filled.extend(join_all(some.into_iter().map(|person| self.with_visits(person, now, journal))).await);
        }
        filled
    }

    async fn found(&self, text: &str, limit: usize, now: Timestamp) -> Result<Vec<Person>, DirectoryError> {
        let Some(request) = &self.plan.search else {
            return Err(DirectoryError::Unavailable {
                why: "поиск по имени для этой МИС не описан в настройках".to_owned(),
            });
        };
        let sought = search::Sought::new(text);
        if sought.is_blank() || limit == 0 {
            return Ok(Vec::new());
        }
        let mut values = request::today(now, &self.surroundings.time_zone);
        request::of_search(&mut values, text.trim());
        let variants = request.variants(&self.plan.templates, &values)?;
        let rows = self.rows_of_all(request, variants, None).await?;
        Ok(self.those_sought(&rows, &sought, limit, now))
    }

    /// Who of some rows was sought: an API that ignores the question returns everybody.
    fn those_sought(&self, rows: &[Value], sought: &search::Sought, limit: usize, now: Timestamp) -> Vec<Person> {
        let reading = self.reading(now);
        let mut people = each_once(rows.iter().map(|row| reading.person(row)).collect());
        people.retain(|person| sought.is(person));
        people.sort_by_cached_key(|person| person.full_name.to_lowercase());
        people.truncate(limit);
        people
    }
}

#[async_trait]
impl Directory for HttpDirectory {
    fn kind(&self) -> &'static str {
        "http"
    }

    async fn look_up(&self, number: &PhoneNumber, now: Timestamp) -> Result<Answer, DirectoryError> {
        self.noted(self.answer(number, now, None).await)
    }

    async fn details(&self, people: Vec<Person>, now: Timestamp) -> Vec<Person> {
        if self.plan.visits.is_none() {
            return people;
        }
        let mut people = self.fill_in(people, now, None).await;
        in_reading_order(&mut people, now, &self.surroundings.time_zone);
        people
    }

    async fn search(&self, text: &str, limit: usize, now: Timestamp) -> Result<Vec<Person>, DirectoryError> {
        self.found(text, limit, now).await
    }

    fn health(&self) -> Health {
        let last = self.last.lock().unwrap_or_else(PoisonError::into_inner).clone();
        match last {
            None => Health { state: HealthState::Ok, why: None, people: None },
            Some(error) => Health { state: HealthState::Down, why: Some(error.to_string()), people: None },
        }
    }

    async fn ping(&self) -> Result<(), DirectoryError> {
        self.noted(self.nobody(1).await)
    }

    async fn check(&self) -> CheckReport {
        let mut lines = vec![format!("адрес: {}", self.plan.base)];
        lines.extend(self.plan.label.clone());
        lines.push(match &self.plan.auth {
            Auth::None => "ключ: не нужен".to_owned(),
            Auth::Session(login) => format!("вход: сеанс пользователя {login}"),
            Auth::Bearer | Auth::Header(_) | Auth::Query(_) | Auth::Form(_) | Auth::Basic(_) | Auth::Template => {
                let given = self.surroundings.token.is_some();
                format!("ключ: {}", if given { "задан" } else { "не задан, впишите его" })
            }
        });
        let ok = match self.noted(self.nobody(usize::MAX).await) {
            Ok(()) => {
                lines.push("спросили номер, которого нет ни у кого: МИС ответила, что его нет".to_owned());
                true
            }
            Err(error) => {
                lines.push(format!("спросили номер, которого нет ни у кого: {error}"));
                false
            }
        };
        let described = |there: bool| if there { "описан" } else { "не описан" };
        lines.push(format!("поиск по имени: {}", described(self.plan.search.is_some())));
        lines.push(format!("запрос визитов: {}", described(self.plan.visits.is_some())));
        if ok {
            lines.push("чтобы увидеть поля карты, пробуйте ниже номер пациента, которого вы знаете".to_owned());
        }
        CheckReport { ok, people: None, lines }
    }

    async fn trial(&self, number: &PhoneNumber, now: Timestamp) -> Trial {
        let journal = Journal::default();
        let mut people = self.noted(self.answer(number, now, Some(&journal)).await);
        if let Ok(answer) = &mut people
            && answer.has_more
        {
            let found = std::mem::take(&mut answer.people);
            answer.people = self.fill_in(found, now, Some(&journal)).await;
            in_reading_order(&mut answer.people, now, &self.surroundings.time_zone);
        }
        Trial { steps: journal.into_steps(), people }
    }

    async fn reload_if_changed(&self) -> bool {
        false
    }
}
