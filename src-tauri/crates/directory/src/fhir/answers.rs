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
        let fitting = self.fitting(&mut found, &relatives, number)?;
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

#[cfg(test)]
mod tests {
    use super::super::Section;
    use super::*;
    use crate::settings::Surroundings;
    use phone::Region;
    use serde_json::json;

    fn directory() -> FhirDirectory {
        let section = Section { base: "http://127.0.0.1:9/fhir".to_owned(), ..Section::default() };
        FhirDirectory::new(&section, Surroundings::of_nowhere()).unwrap()
    }

    fn bundle(resources: Vec<Value>) -> Vec<u8> {
        let entries: Vec<Value> = resources.into_iter().map(|one| json!({ "resource": one })).collect();
        json!({ "resourceType": "Bundle", "entry": entries }).to_string().into_bytes()
    }

    #[test]
    fn a_bundle_is_read_without_a_server() {
        let (directory, now) = (directory(), "2026-11-18T06:00:00Z".parse().unwrap());
        let number = PhoneNumber::parse("+79005550101", &Region::default()).unwrap();
        let phone = json!([{ "system": "phone", "value": "8 900 555-01-01" }]);
        let son = json!({ "resourceType": "Patient", "id": "17", "gender": "male", "name": [{ "text": "Иванов" }] });
        let mother = json!({
            "resourceType": "RelatedPerson", "patient": { "reference": "Patient/17" }, "telecom": phone,
            "relationship": [{ "coding": [{ "code": "MTH" }] }],
        });
        // The son beside his mother came along with her: nobody asked whether he himself has the number.
        let found = directory.read_look_up(bundle(vec![mother]), &number, now).unwrap();
        assert!(found.people.is_empty(), "her patient did not come along");
        let strangers = directory.read_look_up(bundle(vec![son.clone()]), &number, now);
        assert_eq!(strangers, Err(DirectoryError::FilterIgnored { rows: 1 }));
        let mut own = son;
        own["telecom"] = phone;
        let mut person = directory.read_look_up(bundle(vec![own]), &number, now).unwrap().people.remove(0);
        assert_eq!(person.full_name, "Иванов");

        let flag = json!({
            "resourceType": "Flag", "status": "active", "subject": { "reference": "Patient/17" }, "code": { "text": "VIP" },
        });
        let visit = json!({
            "resourceType": "Appointment", "status": "booked", "start": "2026-11-20T10:30:00Z",
            "participant": [{ "actor": { "reference": "Patient/17" } }],
        });
        directory.read_details(bundle(vec![flag, visit]), &mut person, now).unwrap();
        assert_eq!((person.alerts.len(), person.next_visit.is_some()), (1, true));
        assert!(directory.read_details(b"{}".into(), &mut person, now).is_err());
    }
}
