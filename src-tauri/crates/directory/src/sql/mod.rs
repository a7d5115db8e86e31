//! Kind `sql`: one read-only query on PostgreSQL or SQLite.

use async_trait::async_trait;
use jiff::Timestamp;
use phone::PhoneNumber;
use serde::{Deserialize, Serialize};

use crate::people::Person;
use crate::settings::{SectionError, Surroundings};
use crate::source::{Answer, CheckReport, Directory, DirectoryError, Health, HealthState};

/// `[directory.sql]` as it is typed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Section {
    /// `postgres://user@host/database` or `sqlite:path`; the password is the secret `directory-token`.
    pub url: String,
    /// The query by number; parameters `:phones` (spellings, a list), `:phone` (E.164), `:phone10` (last ten digits).
    pub query: String,
    /// The query by name or chart; parameters `:text`, `:limit`. Empty: no search.
    pub search: String,
}

impl Default for Section {
    fn default() -> Self {
        Section { url: String::new(), query: String::new(), search: String::new() }
    }
}

/// Patients of one read-only query on PostgreSQL or SQLite.
#[derive(Debug)]
pub struct SqlDirectory {
    surroundings: Surroundings,
}

impl SqlDirectory {
    /// Reads the settings; asks nobody yet.
    ///
    /// # Errors
    /// A setting that makes no sense.
    pub fn new(section: &Section, surroundings: Surroundings) -> Result<SqlDirectory, SectionError> {
        let _ = section;
        Ok(SqlDirectory { surroundings })
    }
}

#[async_trait]
impl Directory for SqlDirectory {
    fn kind(&self) -> &'static str {
        "sql"
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
