//! The order of knowledge: what is in memory, then what was just told, then the question itself, and behind all of it a
//! file. A card never waits longer than it says; a late answer is told when it comes.

mod breaker;
mod kept;
#[cfg(test)]
mod tests;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use phone::PhoneNumber;
use tokio::sync::mpsc;
use tokio::time::Instant;

use self::breaker::Breaker;
use self::kept::Kept;
use crate::order::in_reading_order;
use crate::people::Person;
use crate::source::{Answer, CheckReport, Directory, DirectoryError, Health, HealthState, Trial};
use crate::spoken::russian;
use crate::writing::{Abilities, Slot, SlotQuery, Write, WriteError, Written};

/// How long the parts of people that take longer may take.
const DETAILS_WITHIN: Duration = Duration::from_secs(3);
/// Of more people on one number the slow parts are not fetched: nobody reads so many cards while it rings.
const MOST_DETAILED: usize = 6;

/// A directory, what it told lately, and what stands behind it. Shared by everybody who asks.
pub struct Knowledge {
    first: Arc<dyn Directory>,
    behind: Option<Arc<dyn Directory>>,
    patience: Duration,
    time_zone: TimeZone,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    breaker: Breaker,
    kept: Kept,
}

/// What is known of a number at one moment; a later one replaces it.
#[derive(Debug, Clone, PartialEq)]
pub struct Learned {
    /// Who, or why nobody can tell.
    pub answer: Result<Answer, DirectoryError>,
    /// The kind that told.
    pub source: &'static str,
    /// When the people were fetched, if that was before this look-up.
    pub as_of: Option<Timestamp>,
    /// Every step so far.
    pub steps: Vec<Step>,
    /// Another word will follow.
    pub more_to_come: bool,
}

/// One step of a look-up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// Where it was looked.
    pub what: StepKind,
    /// The kind of directory.
    pub source: &'static str,
    /// How long it took.
    pub took: Duration,
    /// What it gave, in Russian.
    pub result: String,
}

/// Where a look-up looked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum StepKind {
    /// In memory.
    Index,
    /// An answer of less than a minute ago.
    Cache,
    /// The source was asked.
    Request,
    /// The slow parts of those who were found.
    Details,
    /// The file behind it.
    Fallback,
}

impl std::fmt::Debug for Knowledge {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Knowledge").field("kind", &self.first.kind()).finish_non_exhaustive()
    }
}

/// One look-up under way.
struct Search<'k> {
    knowledge: &'k Knowledge,
    number: &'k PhoneNumber,
    begun_at: Timestamp,
    begun: Instant,
    steps: Vec<Step>,
    tell: &'k mpsc::Sender<Learned>,
}

impl Knowledge {
    /// `patience`: how long a card waits for an answer. `behind` answers when `first` does not, or finds nobody.
    /// `time_zone` is the clinic's: it says when "today" is.
    pub fn new(
        first: Arc<dyn Directory>,
        behind: Option<Arc<dyn Directory>>,
        patience: Duration,
        time_zone: TimeZone,
    ) -> Knowledge {
        Knowledge { first, behind, patience, time_zone, state: Mutex::default() }
    }

    /// Whose number this is: one or more words through `tell`, the last of them without `more_to_come`. The first word
    /// comes within the card's patience. `now` is the moment of the question.
    pub async fn learn(&self, number: &PhoneNumber, now: Timestamp, tell: &mpsc::Sender<Learned>) {
        let search = Search { knowledge: self, number, begun_at: now, begun: Instant::now(), steps: Vec::new(), tell };
        search.run().await;
    }

    /// Forgets what was told about a number, so that the next question is asked afresh.
    pub fn forget(&self, number: &PhoneNumber) {
        self.state().kept.forget(number);
    }

    /// Looks for signs of change and of life. True when people or health may differ.
    pub async fn tend(&self, now: Timestamp) -> bool {
        let mut changed = self.first.reload_if_changed().await;
        if let Some(behind) = &self.behind {
            changed |= behind.reload_if_changed().await;
        }
        if self.state().breaker.is_due(Instant::now()) {
            let alive = tokio::time::timeout(self.patience, self.first.ping()).await;
            let alive = alive.unwrap_or(Err(DirectoryError::TooLate));
            changed |= self.record(alive.as_ref().err(), now);
        }
        changed
    }

    /// The kind of the directory that is asked first.
    pub fn kind(&self) -> &'static str {
        self.first.kind()
    }

    /// How it fares.
    pub fn health(&self) -> Health {
        let health = self.first.health();
        let Some((why, is_open)) = self.state().breaker.trouble() else { return health };
        let state = if is_open { HealthState::Down } else { HealthState::Slow };
        let why = match &self.behind {
            Some(_) if is_open => format!("{why}. Пока отвечает файл пациентов"),
            Some(_) | None => why,
        };
        Health { state, why: Some(why), people: health.people }
    }

    /// As [`Directory::abilities`].
    pub fn abilities(&self) -> Abilities {
        self.first.abilities()
    }

    /// As [`Directory::check`]; what stands behind is checked too.
    pub async fn check(&self) -> CheckReport {
        let mut report = self.first.check().await;
        if let Some(behind) = &self.behind {
            report.lines.push("Запасной список:".to_owned());
            report.lines.extend(behind.check().await.lines);
        }
        report
    }

    /// As [`Directory::trial`].
    pub async fn trial(&self, number: &PhoneNumber, now: Timestamp) -> Trial {
        self.first.trial(number, now).await
    }

    /// As [`Directory::search`]; an outage leaves the search to what stands behind.
    ///
    /// # Errors
    /// Neither could answer.
    pub async fn search(&self, text: &str, limit: usize, now: Timestamp) -> Result<Vec<Person>, DirectoryError> {
        let asked = async {
            if !self.first.answers_from_memory()
                && let Some(error) = self.state().breaker.refusal(Instant::now())
            {
                return Err(error);
            }
            let found = tokio::time::timeout(self.patience, self.first.search(text, limit, now)).await;
            let found = found.unwrap_or(Err(DirectoryError::TooLate));
            self.record(found.as_ref().err(), now);
            found
        };
        match (asked.await, &self.behind) {
            (Err(error), Some(behind)) => behind.search(text, limit, now).await.map_err(|_| error),
            (found, _) => found,
        }
    }

    /// As [`Directory::slots`].
    ///
    /// # Errors
    /// As there.
    pub async fn slots(&self, query: &SlotQuery, now: Timestamp) -> Result<Vec<Slot>, DirectoryError> {
        self.first.slots(query, now).await
    }

    /// As [`Directory::write`].
    ///
    /// # Errors
    /// As there.
    pub async fn write(&self, write: Write, now: Timestamp) -> Result<Written, WriteError> {
        let written = self.first.write(write, now).await;
        if written.is_ok() {
            // Whose card the change touches is not known here; a minute's answers are cheap to ask again.
            self.state().kept.forget_all();
        }
        written
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps in mind how a question fared; true when that changes the health.
    fn record(&self, error: Option<&DirectoryError>, now: Timestamp) -> bool {
        let breaker = &mut self.state().breaker;
        match error {
            Some(error) if error.is_outage() => breaker.failed(error, Instant::now(), now),
            Some(error) => breaker.refused(error),
            None => breaker.succeeded(),
        }
    }
}

impl Search<'_> {
    async fn run(mut self) {
        let first = &self.knowledge.first;
        let source = first.kind();
        if first.answers_from_memory() {
            let found = tokio::time::timeout(self.knowledge.patience, first.look_up(self.number, self.begun_at)).await;
            let found = found.unwrap_or(Err(DirectoryError::TooLate));
            self.step(StepKind::Index, source, self.begun, spoken(&found));
            return self.found(found).await;
        }
        let cached = self.knowledge.state().kept.fresh(self.number, self.begun_at);
        if let Some(answer) = cached {
            self.step(StepKind::Cache, source, self.begun, spoken(&Ok(answer.clone())));
            return self.tell(Ok(answer), source, None, false).await;
        }
        let refusal = self.knowledge.state().breaker.refusal(self.begun);
        if let Some(error) = refusal {
            self.step(StepKind::Request, source, self.begun, "не спрашивали: только что не отвечала".to_owned());
            return self.failed(error, false).await;
        }
        let mut asked = std::pin::pin!(first.look_up(self.number, self.begun_at));
        let found = match tokio::time::timeout(self.knowledge.patience, asked.as_mut()).await {
            Ok(found) => found,
            Err(_) => {
                self.knowledge.record(Some(&DirectoryError::TooLate), self.now());
                let before = self.steps.len();
                let waited = format!("не ответила за {} с, ещё ждём", seconds(self.knowledge.patience));
                self.step(StepKind::Request, source, self.begun, waited);
                self.failed(DirectoryError::TooLate, true).await;
                let late = asked.await;
                self.steps.truncate(before);
                late
            }
        };
        self.knowledge.record(found.as_ref().err(), self.now());
        self.step(StepKind::Request, source, self.begun, spoken(&found));
        self.found(found).await;
    }

    /// The first directory's own word.
    async fn found(&mut self, found: Result<Answer, DirectoryError>) {
        let source = self.knowledge.first.kind();
        let mut answer = match found {
            Ok(answer) => answer,
            Err(error) => return self.failed(error, false).await,
        };
        // What is held in memory may be old: its source does not answer now.
        let trouble = self.knowledge.first.trouble();
        let as_of = trouble.as_ref().and_then(|(_, at)| *at);
        if let Some((error, _)) = &trouble {
            let why = answer.why.take().map_or_else(String::new, |why| format!(" ({why})"));
            answer.why = Some(format!("{error}. Показано прочитанное раньше{why}"));
        }
        if answer.people.is_empty() {
            if let Some(behind) = self.behind().await
                && !behind.people.is_empty()
            {
                let why = behind.why.clone().unwrap_or_default();
                let why = format!("в МИС номера нет; из запасного списка: {why}");
                return self.tell(Ok(Answer { why: Some(why), ..behind }), "file", None, false).await;
            }
            return self.tell(Ok(answer), source, as_of, false).await;
        }
        if answer.has_more && answer.people.len() <= MOST_DETAILED {
            self.tell(Ok(answer.clone()), source, as_of, true).await;
            let begun = Instant::now();
            let asked = self.knowledge.first.details(answer.people.clone(), self.now());
            let detailed = tokio::time::timeout(DETAILS_WITHIN, asked).await;
            match detailed {
                Ok(people) => {
                    answer.people = people;
                    // Who comes today is known only now.
                    in_reading_order(&mut answer.people, self.now(), &self.knowledge.time_zone);
                }
                Err(_) => {
                    for person in &mut answer.people {
                        person.gaps.push("подробности".to_owned());
                    }
                }
            }
            let whole = answer.people.iter().all(|person| person.gaps.is_empty());
            let result = if whole { "получены" } else { "получены не все" };
            self.step(StepKind::Details, source, begun, result.to_owned());
            if whole {
                self.knowledge.state().kept.keep(self.number, &answer, self.now());
            }
        } else if !self.knowledge.first.answers_from_memory() {
            self.knowledge.state().kept.keep(self.number, &answer, self.now());
        }
        self.tell(Ok(answer), source, as_of, false).await;
    }

    /// The first directory did not answer: what was known before, then what stands behind.
    async fn failed(&mut self, error: DirectoryError, more_to_come: bool) {
        let source = self.knowledge.first.kind();
        let before = self.knowledge.state().kept.last(self.number, self.begun_at);
        if let Some((mut answer, at)) = before {
            answer.why = Some(format!("{error}. Показаны прежние данные"));
            return self.tell(Ok(answer), source, Some(at), more_to_come).await;
        }
        if let Some(behind) = self.behind().await
            && !behind.people.is_empty()
        {
            let why = behind.why.clone().unwrap_or_default();
            let why = format!("{error}. Показано из запасного списка: {why}");
            return self.tell(Ok(Answer { why: Some(why), ..behind }), "file", None, more_to_come).await;
        }
        self.tell(Err(error), source, None, more_to_come).await;
    }

    async fn behind(&mut self) -> Option<Answer> {
        let behind = self.knowledge.behind.as_ref()?;
        let begun = Instant::now();
        let found = behind.look_up(self.number, self.begun_at).await;
        self.step(StepKind::Fallback, behind.kind(), begun, spoken(&found));
        found.ok()
    }

    fn step(&mut self, what: StepKind, source: &'static str, begun: Instant, result: String) {
        self.steps.push(Step { what, source, took: begun.elapsed(), result });
    }

    async fn tell(
        &self,
        answer: Result<Answer, DirectoryError>,
        source: &'static str,
        as_of: Option<Timestamp>,
        more_to_come: bool,
    ) {
        let learned = Learned { answer, source, as_of, steps: self.steps.clone(), more_to_come };
        let _ = self.tell.send(learned).await;
    }

    fn now(&self) -> Timestamp {
        let since = SignedDuration::try_from(self.begun.elapsed()).unwrap_or(SignedDuration::ZERO);
        self.begun_at.checked_add(since).unwrap_or(self.begun_at)
    }
}

/// «2 человека», «никого», or the error.
fn spoken(found: &Result<Answer, DirectoryError>) -> String {
    match found {
        Ok(answer) if answer.people.is_empty() => "никого".to_owned(),
        Ok(answer) => {
            let count = answer.people.len();
            let word = russian(count as u64, "человек", "человека", "человек");
            format!("{count} {word}")
        }
        Err(error) => error.to_string(),
    }
}

fn seconds(wait: Duration) -> String {
    format!("{:.1}", wait.as_secs_f64()).trim_end_matches(".0").replace('.', ",")
}
