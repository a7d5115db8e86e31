//! Kind `http`: any JSON API, described by templates and JSONPaths.

use async_trait::async_trait;
use jiff::Timestamp;
use phone::PhoneNumber;
use serde::{Deserialize, Serialize};

use crate::people::Person;
use crate::settings::{SectionError, Surroundings};
use crate::source::{Answer, CheckReport, Directory, DirectoryError, Health, HealthState};

/// `[directory.http]` as it is typed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Section {
    /// A ready-made description that the other keys change: `renovatio`, `macdent`, `gnu-health`; empty: none.
    pub preset: String,
    /// Where it answers.
    pub base: String,
}

impl Default for Section {
    fn default() -> Self {
        Section { preset: String::new(), base: String::new() }
    }
}

/// Patients of any JSON API, described by templates and JSONPaths.
#[derive(Debug)]
pub struct HttpDirectory {
    surroundings: Surroundings,
}

impl HttpDirectory {
    /// Reads the settings; asks nobody yet.
    ///
    /// # Errors
    /// A setting that makes no sense.
    pub fn new(section: &Section, surroundings: Surroundings) -> Result<HttpDirectory, SectionError> {
        let _ = section;
        Ok(HttpDirectory { surroundings })
    }
}

#[async_trait]
impl Directory for HttpDirectory {
    fn kind(&self) -> &'static str {
        "http"
    }

    async fn look_up(&self, number: &PhoneNumber, now: Timestamp) -> Result<Answer, DirectoryError> {
        let _ = (number, now, &self.surroundings);
        Err(DirectoryError::TooLate)
    }

    async fn search(&self, text: &str, limit: usize, now: Timestamp) -> Result<Vec<Person>, DirectoryError> {
        let _ = (text, limit, now);
        Err(DirectoryError::TooLate)
    }

    fn health(&self) -> Health {
        Health { state: HealthState::Down, why: None, people: None }
    }

    async fn check(&self) -> CheckReport {
        CheckReport { ok: false, people: None, lines: Vec::new() }
    }

    async fn reload_if_changed(&self) -> bool {
        false
    }
}
