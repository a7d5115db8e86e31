//! Kind `mgerm`: MGERM, whose API has no search by phone: an index of its schedule.

use std::collections::BTreeMap;

use async_trait::async_trait;
use jiff::Timestamp;
use phone::PhoneNumber;
use serde::{Deserialize, Serialize};

use crate::people::Person;
use crate::settings::{SectionError, Surroundings};
use crate::source::{Answer, CheckReport, Directory, DirectoryError, Health, HealthState};

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
    /// How often today and tomorrow are read, in s.
    pub refresh_s: u32,
    /// How far back older days are filled in, slowly.
    pub history_days: u32,
    /// `memory`, or `disk`: the index outlives a restart, encrypted with the log's key.
    pub keep: String,
    /// JSONPaths into the free card: `debt`, `allergy`, `vip`, `conflict`, `note`.
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

/// Patients of MGERM, whose API has no search by phone: an index of its schedule.
#[derive(Debug)]
pub struct MgermDirectory {
    surroundings: Surroundings,
}

impl MgermDirectory {
    /// Reads the settings; asks nobody yet.
    ///
    /// # Errors
    /// A setting that makes no sense.
    pub fn new(section: &Section, surroundings: Surroundings) -> Result<MgermDirectory, SectionError> {
        let _ = section;
        Ok(MgermDirectory { surroundings })
    }
}

#[async_trait]
impl Directory for MgermDirectory {
    fn kind(&self) -> &'static str {
        "mgerm"
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
