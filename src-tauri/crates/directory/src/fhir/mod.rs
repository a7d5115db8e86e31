//! Kind `fhir`: any server of HL7 FHIR R4.

use async_trait::async_trait;
use jiff::Timestamp;
use phone::PhoneNumber;
use serde::{Deserialize, Serialize};

use crate::people::Person;
use crate::settings::{SectionError, Surroundings};
use crate::source::{Answer, CheckReport, Directory, DirectoryError, Health, HealthState};

/// `[directory.fhir]` as it is typed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Section {
    /// Address of the FHIR API: `https://mis.example/fhir`.
    pub base: String,
    /// `none`, `bearer`, `client-credentials`, `smart`.
    pub auth: String,
    /// The client's id, for `client-credentials` and `smart`.
    pub client_id: String,
    /// Where tokens are given; empty: asked of `{base}/.well-known/smart-configuration`.
    pub token_url: String,
    /// Rights to ask for; empty: what a call desk reads.
    pub scopes: Vec<String>,
    /// The identifier system of chart numbers; empty: identifiers of type MR, else the first.
    pub chart_system: String,
    /// Whether new patients and numbers may be written.
    pub write: bool,
}

impl Default for Section {
    fn default() -> Self {
        Section {
            base: String::new(),
            auth: "none".to_owned(),
            client_id: String::new(),
            token_url: String::new(),
            scopes: Vec::new(),
            chart_system: String::new(),
            write: false,
        }
    }
}

/// Patients of any server of HL7 FHIR R4.
#[derive(Debug)]
pub struct FhirDirectory {
    surroundings: Surroundings,
}

impl FhirDirectory {
    /// Reads the settings; asks nobody yet.
    ///
    /// # Errors
    /// A setting that makes no sense.
    pub fn new(section: &Section, surroundings: Surroundings) -> Result<FhirDirectory, SectionError> {
        let _ = section;
        Ok(FhirDirectory { surroundings })
    }
}

#[async_trait]
impl Directory for FhirDirectory {
    fn kind(&self) -> &'static str {
        "fhir"
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
