//! What a server's answers say, without asking for them: a Bundle as it came with HTTP 200, read as the directory reads it.

use jiff::Timestamp;
use phone::PhoneNumber;
use reqwest::StatusCode;
use reqwest::header::HeaderMap;
use serde_json::Value;

use super::search::{Found, patients_beside};
use super::server::{Rows, bundle};
use super::{FhirDirectory, details, visits};
use crate::people::Person;
use crate::source::{Answer, DirectoryError};
use crate::web::Reply;

impl FhirDirectory {
    /// Who of a Bundle of Patient and RelatedPerson has the number: an answer to both questions at once. Patients who did
    /// not come along with their relatives stay away.
    ///
    /// # Errors
    /// As [`crate::Directory::look_up`].
    pub fn read_look_up(&self, body: Vec<u8>, number: &PhoneNumber, now: Timestamp) -> Result<Answer, DirectoryError> {
        let bundle = page(body)?;
        let mut found = Found::default();
        self.take_own(&mut found, &Rows::of_page(&bundle, "Patient", &self.phone_search), number)?;
        let relatives = Rows::of_page(&bundle, "RelatedPerson", &self.phone_search);
        let fitting = self.fitting_relatives(&mut found, &relatives, number)?;
        self.add_relatives(&mut found, fitting, &patients_beside(&relatives), number);
        Ok(self.answer(found.if_filtered()?, number, now))
    }

    /// What a Bundle says of a person's visits, warnings, money and insurance: an answer to all those questions at once.
    /// It is put onto the person.
    ///
    /// # Errors
    /// The body is no Bundle.
    pub fn read_details(&self, body: Vec<u8>, person: &mut Person, now: Timestamp) -> Result<(), DirectoryError> {
        let bundle = page(body)?;
        let rows = |kind| Rows::of_page(&bundle, kind, "patient");
        let (id, zone) = (person.id.clone(), &self.reading.time_zone);
        (person.last_visit, person.next_visit) =
            visits::of_rows(&rows("Appointment"), &rows("Encounter"), &id, now, zone);
        person.alerts.extend(details::allergies_in(&rows("AllergyIntolerance"), &id));
        person.alerts.extend(details::flags_in(&rows("Flag"), &id, now, &self.reading));
        person.debt = details::debt_in(&rows("Account"), &id);
        person.note = details::insurance_in(&rows("Coverage"), &id);
        details::in_order(person);
        Ok(())
    }
}

fn page(body: Vec<u8>) -> Result<Value, DirectoryError> {
    bundle(&Reply { status: StatusCode::OK, headers: HeaderMap::new(), body })
}
