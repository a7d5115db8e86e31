//! What every kind of directory can be asked, and how it says that it cannot answer.

use async_trait::async_trait;
use jiff::Timestamp;
use phone::PhoneNumber;

use crate::people::Person;

/// A place where patients are looked up.
#[async_trait]
pub trait Directory: Send + Sync {
    /// The kind's name in the settings: `file`, `mgerm`, …
    fn kind(&self) -> &'static str;

    /// Whose number this is, in the order a receptionist reads them (see [`crate::in_reading_order`]). Nobody found is
    /// an answer, not an error.
    ///
    /// # Errors
    /// The directory could not answer; the error's text is a sentence for the card.
    async fn look_up(&self, number: &PhoneNumber, now: Timestamp) -> Result<Answer, DirectoryError>;

    /// People by the beginnings of their names' words, by chart number, or by three and more digits of a number;
    /// at most `limit` of them.
    ///
    /// # Errors
    /// As [`Directory::look_up`].
    async fn search(&self, text: &str, limit: usize, now: Timestamp) -> Result<Vec<Person>, DirectoryError>;

    /// How the directory fares, from what is known; asks nobody.
    fn health(&self) -> Health;

    /// Tries the directory afresh and tells in Russian what was tried and what came back. Changes nothing.
    async fn check(&self) -> CheckReport;

    /// Takes up what has changed at the source since the last time. True when people or health may differ, so that
    /// cards are worth looking up again. Cheap when nothing changed; always false for a kind that holds nothing.
    async fn reload_if_changed(&self) -> bool;
}

/// The people on one number.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Answer {
    /// In reading order; empty when nobody has the number.
    pub people: Vec<Person>,
    /// A sentence worth showing: why nobody was found, or how the number is written in the record.
    pub why: Option<String>,
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
    #[error("Список пациентов не ответил вовремя")]
    TooLate,
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
