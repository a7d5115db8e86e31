//! Kind `fhir`: any server of HL7 FHIR R4.
//!
//! A number is asked for in all its usual spellings at once, of patients and of their relatives (a mother's number finds
//! the child). Servers are lenient by default, and some answer a filter that they do not know with *everybody*: each
//! request insists on its filter (`Prefer: handling=strict`), and each record that comes back is compared here.

mod access;
mod answers;
mod check;
mod details;
mod patient;
mod record;
mod search;
mod server;
mod visits;
mod write;

use std::sync::{Mutex, PoisonError};

use async_trait::async_trait;
use futures_util::{StreamExt, stream};
use jiff::Timestamp;
use phone::PhoneNumber;
use serde::{Deserialize, Serialize};

use self::access::Access;
use self::patient::Reading;
use self::server::Server;
use crate::people::Person;
use crate::settings::{SectionError, Surroundings};
use crate::source::{Answer, CheckReport, Directory, DirectoryError, Health, HealthState, Trial, TrialStep};
use crate::web::{Web, base_url};
use crate::writing::{Abilities, Write, WriteError, Written};

/// Visits and warnings are asked for so many people of one number; the others are read in the list.
const DETAILED: usize = 10;
/// So many people are asked for at a time, with some requests each.
const AT_ONCE: usize = 4;

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
    /// The id of the private key in the key set that the server knows (`kid`), for `smart`; empty: none is named.
    pub key_id: String,
    /// Where tokens are given; empty: asked of `{base}/.well-known/smart-configuration`.
    pub token_url: String,
    /// Rights to ask for; empty: what a call desk reads.
    pub scopes: Vec<String>,
    /// The identifier system of chart numbers; empty: identifiers of type MR, else the first.
    pub chart_system: String,
    /// The search parameter for numbers: `phone`, or `telecom` where a server knows only that.
    pub phone_search: String,
    /// Whether searches are sent as forms (`POST …/_search`), so that numbers and names do not stand in the server's
    /// log of addresses. Not every server offers it.
    pub search_by_post: bool,
    /// Whether new patients and numbers may be written.
    pub write: bool,
}

impl Default for Section {
    fn default() -> Self {
        Section {
            base: String::new(),
            auth: "none".to_owned(),
            client_id: String::new(),
            key_id: String::new(),
            token_url: String::new(),
            scopes: Vec::new(),
            chart_system: String::new(),
            phone_search: "phone".to_owned(),
            search_by_post: false,
            write: false,
        }
    }
}

/// Patients of any server of HL7 FHIR R4.
#[derive(Debug)]
pub struct FhirDirectory {
    server: Server,
    reading: Reading,
    phone_search: String,
    may_write: bool,
    /// How the last request fared.
    health: Mutex<Health>,
}

impl FhirDirectory {
    /// Reads the settings; asks nobody yet.
    ///
    /// # Errors
    /// A setting that makes no sense, or a secret that is not there.
    pub fn new(section: &Section, surroundings: Surroundings) -> Result<FhirDirectory, SectionError> {
        let mut base = base_url("directory.fhir.base", &section.base)?;
        base.set_query(None);
        base.set_fragment(None);
        let phone_search = match section.phone_search.trim() {
            "" => "phone",
            name if name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte)) => name,
            name => {
                let problem = format!("\"{name}\" is no search parameter");
                return Err(SectionError::new(
                    "directory.fhir.phone_search",
                    problem,
                    "write \"phone\" or \"telecom\"",
                ));
            }
        };
        let access = Access::new(section, &base, &surroundings)?;
        let web = Web::new(&surroundings)?;
        Ok(FhirDirectory {
            server: Server { base, access, web, by_post: section.search_by_post },
            reading: Reading {
                region: surroundings.region,
                time_zone: surroundings.time_zone,
                open_url: surroundings.open_url,
                chart_system: section.chart_system.clone(),
            },
            phone_search: phone_search.to_owned(),
            may_write: section.write,
            health: Mutex::new(Health { state: HealthState::Ok, why: None, people: None }),
        })
    }

    fn note<T>(&self, result: Result<T, DirectoryError>) -> Result<T, DirectoryError> {
        let health = match &result {
            Ok(_) => Health { state: HealthState::Ok, why: None, people: None },
            Err(error) => Health { state: HealthState::Down, why: Some(error.to_string()), people: None },
        };
        *self.health.lock().unwrap_or_else(PoisonError::into_inner) = health;
        result
    }
}

#[async_trait]
impl Directory for FhirDirectory {
    fn kind(&self) -> &'static str {
        "fhir"
    }

    async fn look_up(&self, number: &PhoneNumber, now: Timestamp) -> Result<Answer, DirectoryError> {
        let found = self.note(self.found(number).await)?;
        Ok(self.answer(found, number, now))
    }

    async fn details(&self, mut people: Vec<Person>, now: Timestamp) -> Vec<Person> {
        let rest = people.split_off(people.len().min(DETAILED));
        let filled = stream::iter(people).map(|person| details::fill(&self.server, &self.reading, person, now));
        let mut filled: Vec<Person> = filled.buffered(AT_ONCE).collect().await;
        filled.extend(rest.into_iter().map(|mut person| {
            person.gaps.push("визиты и предупреждения: людей на номере слишком много".to_owned());
            person
        }));
        filled
    }

    async fn search(&self, text: &str, limit: usize, now: Timestamp) -> Result<Vec<Person>, DirectoryError> {
        self.note(self.typed(text, limit, now).await)
    }

    fn health(&self) -> Health {
        self.health.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    async fn ping(&self) -> Result<(), DirectoryError> {
        self.note(check::probe(&self.server, &self.phone_search).await)
    }

    async fn check(&self) -> CheckReport {
        check::check(&self.server, &self.phone_search).await
    }

    async fn trial(&self, number: &PhoneNumber, now: Timestamp) -> Trial {
        let values = self.values(number);
        let query = [(self.phone_search.as_str(), values.as_str())];
        let asked = ["Patient", "RelatedPerson"].map(|kind| self.server.address(kind, &query)).join("\n");
        let mut steps = vec![TrialStep { what: "Запрос".to_owned(), text: asked }];
        let people = match self.found(number).await {
            Ok(found) => {
                let text = format!("записей пришло: {}, из них с этим номером: {}", found.rows, found.fitting);
                steps.push(TrialStep { what: "Ответ".to_owned(), text });
                Ok(self.answer(found, number, now))
            }
            Err(error) => {
                steps.push(TrialStep { what: "Ответ".to_owned(), text: error.to_string() });
                Err(error)
            }
        };
        Trial { steps, people }
    }

    async fn reload_if_changed(&self) -> bool {
        false
    }

    fn abilities(&self) -> Abilities {
        Abilities {
            confirm_visit: self.may_write,
            register_person: self.may_write,
            attach_number: self.may_write,
            make_visit: false,
            cancel_visit: false,
        }
    }

    async fn write(&self, write: Write, _now: Timestamp) -> Result<Written, WriteError> {
        if !self.may_write {
            return Err(WriteError::NotSupported);
        }
        match write {
            Write::ConfirmVisit { visit, yes } => self.confirm(&visit, yes).await,
            Write::RegisterPerson(new) => self.register(&new).await,
            Write::AttachNumber { person, number } => self.attach(&person, &number).await,
            Write::MakeVisit { .. } | Write::CancelVisit { .. } => Err(WriteError::NotSupported),
        }
    }
}
