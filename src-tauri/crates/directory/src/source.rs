//! What every kind of directory can be asked, and how it says that it cannot answer.

use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;
use phone::PhoneNumber;

use crate::people::Person;
use crate::writing::{Abilities, Slot, SlotQuery, Write, WriteError, Written};

/// A place where patients are looked up.
#[async_trait]
pub trait Directory: Send + Sync {
    /// The kind's name in the settings: `file`, `mgerm`, …
    fn kind(&self) -> &'static str;

    /// Whose number this is, in the order a receptionist reads them (see [`crate::in_reading_order`]). Nobody found is
    /// an answer, not an error. Every number that comes back is compared here: a source that ignores the question and
    /// returns everybody is an error, never a card.
    ///
    /// # Errors
    /// The directory could not answer; the error's text is a sentence for the card.
    async fn look_up(&self, number: &PhoneNumber, now: Timestamp) -> Result<Answer, DirectoryError>;

    /// Fills in the parts of people that take longer than finding them (visits, warnings, money). A part that failed is
    /// named in [`Person::gaps`]; the rest stays. Worth asking only when [`Answer::has_more`] says so.
    async fn details(&self, people: Vec<Person>, now: Timestamp) -> Vec<Person> {
        let _ = now;
        people
    }

    /// People by the beginnings of their names' words, by chart number, or by three and more digits of a number;
    /// at most `limit` of them.
    ///
    /// # Errors
    /// As [`Directory::look_up`].
    async fn search(&self, text: &str, limit: usize, now: Timestamp) -> Result<Vec<Person>, DirectoryError>;

    /// How the directory fares, from what is known; asks nobody.
    fn health(&self) -> Health;

    /// True for a directory that answers look-ups from memory, so that they work while its source does not.
    fn answers_from_memory(&self) -> bool {
        false
    }

    /// For a directory that answers from memory: why its source does not answer now, and when what it holds was read.
    fn trouble(&self) -> Option<(DirectoryError, Option<Timestamp>)> {
        None
    }

    /// Asks the source for a sign of life, cheaply: whether a directory that failed can be asked again.
    ///
    /// # Errors
    /// As [`Directory::look_up`].
    async fn ping(&self) -> Result<(), DirectoryError> {
        Ok(())
    }

    /// Tries the directory afresh and tells in Russian what was tried and what came back. Changes nothing.
    async fn check(&self) -> CheckReport;

    /// Looks one number up and tells every step of it: what was asked, what came back, what was made of it. Nothing of
    /// it is kept, and no secret is in it.
    async fn trial(&self, number: &PhoneNumber, now: Timestamp) -> Trial {
        Trial { steps: Vec::new(), people: self.look_up(number, now).await }
    }

    /// Takes up what has changed at the source since the last time. True when people or health may differ, so that
    /// cards are worth looking up again. Cheap when nothing changed; always false for a kind that holds nothing.
    async fn reload_if_changed(&self) -> bool;

    /// What can be changed through it.
    fn abilities(&self) -> Abilities {
        Abilities::default()
    }

    /// Changes something at the source, once: nothing is repeated by itself.
    ///
    /// # Errors
    /// It was refused, or nobody knows whether it was done.
    async fn write(&self, write: Write, now: Timestamp) -> Result<Written, WriteError> {
        let _ = (write, now);
        Err(WriteError::NotSupported)
    }

    /// Free times of a day, for a directory that makes visits.
    ///
    /// # Errors
    /// As [`Directory::look_up`].
    async fn slots(&self, query: &SlotQuery, now: Timestamp) -> Result<Vec<Slot>, DirectoryError> {
        let _ = (query, now);
        Ok(Vec::new())
    }
}

/// The people on one number.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Answer {
    /// In reading order; empty when nobody has the number.
    pub people: Vec<Person>,
    /// A sentence worth showing: why nobody was found, or how the number is written in the record.
    pub why: Option<String>,
    /// True when [`Directory::details`] knows more about these people.
    pub has_more: bool,
}

/// Why a directory could not answer. Its text is a Russian sentence for the card.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DirectoryError {
    /// The source is not there or makes no sense.
    #[error("Список пациентов недоступен: {why}")]
    Unavailable {
        /// What exactly is wrong, readable, without patients' data.
        why: String,
    },
    /// No answer within the time a card waits.
    #[error("МИС не ответила вовремя")]
    TooLate,
    /// Nobody answers at its address.
    #[error("МИС не отвечает: {why}")]
    NotReached {
        /// Refused, no such host, certificate not trusted, …
        why: String,
    },
    /// It answers, and fails (HTTP 5xx, a database error).
    #[error("В МИС ошибка: {why}")]
    Failing {
        /// What it said.
        why: String,
    },
    /// It wants to be left in peace for a while (HTTP 429, 503 with `Retry-After`).
    #[error("МИС просит подождать {} с", .wait.as_secs().max(1))]
    Busy {
        /// For how long.
        wait: Duration,
    },
    /// The key or token is wrong, or has not the right.
    #[error("МИС не пускает: {why}")]
    Refused {
        /// Which, and where it is mended.
        why: String,
    },
    /// What came back cannot be read.
    #[error("Ответ МИС не разобран: {why}")]
    NotUnderstood {
        /// What came instead.
        why: String,
    },
    /// People came back who do not have the number.
    #[error("МИС не учитывает номер: вернула чужие карты ({rows}), они не показаны")]
    FilterIgnored {
        /// How many.
        rows: usize,
    },
}

impl DirectoryError {
    /// Whether the source as a whole is out of order, so that asking it at once again is useless.
    #[must_use]
    pub fn is_outage(&self) -> bool {
        match self {
            DirectoryError::TooLate
            | DirectoryError::NotReached { .. }
            | DirectoryError::Failing { .. }
            | DirectoryError::Busy { .. } => true,
            DirectoryError::Unavailable { .. }
            | DirectoryError::Refused { .. }
            | DirectoryError::NotUnderstood { .. }
            | DirectoryError::FilterIgnored { .. } => false,
        }
    }
}

/// How a directory fares.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Health {
    /// Whether it answers.
    pub state: HealthState,
    /// A readable reason when it is not [`HealthState::Ok`], or what was skipped when it is.
    pub why: Option<String>,
    /// How many people it holds, where it knows.
    pub people: Option<u32>,
}

/// Whether a directory answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum HealthState {
    /// It answers.
    Ok,
    /// It answers, but late or from an older list.
    Slow,
    /// It does not answer.
    Down,
}

/// What a fresh try of a directory found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckReport {
    /// Whether people can be looked up.
    pub ok: bool,
    /// How many people there are, where it is known.
    pub people: Option<u32>,
    /// What was tried and what came back, a Russian sentence each.
    pub lines: Vec<String>,
}

/// A look-up told step by step.
#[derive(Debug, Clone, PartialEq)]
pub struct Trial {
    /// What was asked and what came back.
    pub steps: Vec<TrialStep>,
    /// Who was made of it.
    pub people: Result<Answer, DirectoryError>,
}

/// One step of a [`Trial`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrialStep {
    /// «Запрос», «Ответ», «Поля»…
    pub what: String,
    /// Its text, several lines allowed, at most some thousand characters.
    pub text: String,
}
