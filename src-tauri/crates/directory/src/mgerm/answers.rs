//! What the API's answers say, without asking for them: each entry point's body as it came, read as the directory reads
//! it. Nothing is kept from one answer to the next.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::Date;
use phone::PhoneNumber;
use serde_json::Value;

use super::api::List;
use super::card::CardMap;
use super::register::Register;
use super::shapes::{self, PersonShape, Referral, ScheduledDepartment};
use super::writes;
use crate::people::Person;
use crate::settings::{SectionError, Surroundings};
use crate::source::{Answer, DirectoryError};
use crate::writing::{Slot, SlotQuery};

/// Reads answers of MGERM.
#[derive(Debug, Clone)]
pub struct Answers {
    surroundings: Surroundings,
    card: CardMap,
}

impl Answers {
    /// `card` is the section's: JSONPaths into the free card.
    ///
    /// # Errors
    /// A path that makes no sense.
    pub fn new(card: &BTreeMap<String, String>, surroundings: Surroundings) -> Result<Answers, SectionError> {
        Ok(Answers { surroundings, card: CardMap::new(card)? })
    }

    /// `patientScheduledOnDate.php`: who of a day's list has the number.
    ///
    /// # Errors
    /// The body is no such list.
    pub fn day(&self, body: &[u8], day: Date, number: &PhoneNumber, now: Timestamp) -> Result<Answer, DirectoryError> {
        let rows = shapes::rows::<Referral>(body)?.rows;
        if rows.is_empty() {
            return Ok(Answer::default());
        }
        let register = Register::new(self.surroundings.clone());
        register.take(day, List::Doctors, &rows, self.surroundings.time_zone.to_datetime(now).date());
        Ok(register.look_up(number, now))
    }

    /// `getPatient.php`: a patient; `None` for one without any name.
    ///
    /// # Errors
    /// The body is no patient.
    pub fn patient(&self, body: &[u8], now: Timestamp) -> Result<Option<Person>, DirectoryError> {
        let shape: PersonShape = shapes::read(body)?;
        let register = Register::new(self.surroundings.clone());
        Ok(register.learn(&shape, None).and_then(|id| register.by_id(&id, now)))
    }

    /// `getPatient.php` with `getCardData`: what a free card says of somebody is put onto them.
    ///
    /// # Errors
    /// The body is not JSON.
    pub fn card(&self, body: &[u8], person: &mut Person) -> Result<(), DirectoryError> {
        let card: Value = shapes::read(body)?;
        self.card.apply(&card, person);
        Ok(())
    }

    /// `schedule.php`: the free times of a day.
    ///
    /// # Errors
    /// The body is no such list.
    pub fn schedule(&self, body: &[u8], query: &SlotQuery) -> Result<Vec<Slot>, DirectoryError> {
        let departments = shapes::rows::<ScheduledDepartment>(body)?.rows;
        let days = departments.iter().flat_map(|department| writes::days(department, query));
        Ok(writes::in_order(days.flat_map(writes::DoctorsDay::slots).collect()))
    }
}
