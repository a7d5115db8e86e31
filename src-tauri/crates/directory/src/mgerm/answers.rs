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

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;
    use phone::Region;

    fn answers() -> Answers {
        Answers::new(&BTreeMap::from([("allergy".to_owned(), "$.allergy".to_owned())]), Surroundings::of_nowhere())
            .unwrap()
    }

    #[test]
    fn each_entry_points_answer_is_read() {
        let (answers, now) = (answers(), "2026-11-18T06:00:00Z".parse().unwrap());
        let number = PhoneNumber::parse("+79005550101", &Region::default()).unwrap();
        let day = date(2026, 11, 18);
        let patient = r#"{"id":17,"lastName":"Иванова","firstName":"Мария","phone":"8 900 555-01-01"}"#;
        let list = format!(r#"[{{"patient":{patient},"date":"2026-11-18","timeStart":"10:30"}}]"#);
        let found = answers.day(list.as_bytes(), day, &number, now).unwrap();
        assert_eq!(found.people.len(), 1);
        assert_eq!(found.people[0].next_visit.as_ref().unwrap().at, "2026-11-18T10:30:00Z".parse().unwrap());
        assert_eq!(answers.day(b"[]", day, &number, now), Ok(Answer::default()));
        assert!(answers.day(b"<html>", day, &number, now).is_err());

        let mut person = answers.patient(patient.as_bytes(), now).unwrap().unwrap();
        assert_eq!((person.id.as_str(), person.full_name.as_str()), ("17", "Иванова Мария"));
        assert_eq!(answers.patient(br#"{"id":17}"#, now), Ok(None));
        answers.card(r#"{"allergy":"йод"}"#.as_bytes(), &mut person).unwrap();
        assert_eq!(person.alerts.len(), 1);

        let cells = r#"[{"timeStart":"11:00","timeEnd":"11:30","free":1},{"timeStart":"10:00","timeEnd":"10:30","free":1},
            {"timeStart":"12:00","timeEnd":"12:30","free":0}]"#;
        let schedule = format!(r#"[{{"doctors":[{{"doctor":{{"id":5}},"cells":{cells}}}]}}]"#);
        let of = |doctor: Option<&str>| {
            let query = SlotQuery { date: day, doctor: doctor.map(str::to_owned) };
            let slots = answers.schedule(schedule.as_bytes(), &query).unwrap();
            slots.iter().map(|slot| slot.from.hour()).collect::<Vec<_>>()
        };
        assert_eq!((of(None), of(Some("5")), of(Some("6"))), (vec![10, 11], vec![10, 11], vec![]));
    }
}
