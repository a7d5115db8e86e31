//! Looking people up: by the caller's number, and by what a receptionist types.

use jiff::Timestamp;
use phone::{FieldNumber, PhoneNumber};
use serde_json::Value;

use super::FhirDirectory;
use super::patient::{is_inactive, relation};
use super::record::{all, id_of, text};
use super::server::{Rows, escaped};
use crate::matching::{spellings, why_found};
use crate::order::in_reading_order;
use crate::people::Person;
use crate::source::{Answer, DirectoryError};

/// More people on one number are not shown.
const MAX_SHOWN: usize = 50;
/// Relatives whose patients did not come along are asked for so many at once.
const MAX_ASKED: usize = 20;
/// Longer texts are not searched for.
const MAX_TYPED: usize = 200;
const PAGE: &str = "100";

/// What the two questions for a number brought.
#[derive(Default)]
pub(super) struct Found {
    people: Vec<(Person, Reason)>,
    /// Rows that came back in all, and those that had the number.
    pub(super) rows: usize,
    pub(super) fitting: usize,
    total: u64,
    more: bool,
}

/// How somebody was found.
struct Reason {
    written: FieldNumber,
    of_relative: bool,
}

impl FhirDirectory {
    /// Everybody with the number: patients, and patients whose relatives have it.
    pub(super) async fn found(&self, number: &PhoneNumber) -> Result<Found, DirectoryError> {
        let values = self.values(number);
        let own = [(self.phone_search.as_str(), values.as_str()), ("_count", PAGE)];
        let of_relatives = [own[0], own[1], ("_include", "RelatedPerson:patient")];
        let has_number = |page: &[Value]| page.iter().any(|one| self.reading.written_in(one, number).is_some());
        let (own, related) = tokio::join!(
            self.server.search("Patient", &own, has_number),
            self.server.search("RelatedPerson", &of_relatives, has_number),
        );
        let own = own?;
        let mut found = Found::default();
        self.take_own(&mut found, &own, number)?;
        match related {
            Ok(related) => self.take_related(&mut found, related, number).await?,
            // Not every server knows relatives, and the patient's own card is worth more than nothing.
            Err(error) if error.is_outage() && found.people.is_empty() => return Err(error),
            Err(error) if error.is_outage() => {
                for (person, _) in &mut found.people {
                    person.gaps.push("родственники с этим номером".to_owned());
                }
            }
            Err(error) => tracing::debug!(%error, "relatives cannot be searched by number"),
        }
        found.if_filtered()
    }

    /// All usual spellings in one value: FHIR servers compare numbers letter by letter (reference 3.2).
    pub(super) fn values(&self, number: &PhoneNumber) -> String {
        spellings(number).iter().map(|way| escaped(way)).collect::<Vec<_>>().join(",")
    }

    pub(super) fn take_own(&self, found: &mut Found, rows: &Rows, number: &PhoneNumber) -> Result<(), DirectoryError> {
        let fitting = self.fitting(found, rows, number)?;
        found.total += rows.total.unwrap_or(0);
        found.more |= rows.more;
        let has_active = fitting.iter().any(|(row, _)| !is_inactive(row));
        for (row, written) in fitting {
            // A record that was merged into another stays findable; its person is there once more.
            if !(has_active && is_inactive(row)) {
                found.add(self.reading.person(row), Reason { written, of_relative: false });
            }
        }
        Ok(())
    }

    async fn take_related(&self, found: &mut Found, rows: Rows, number: &PhoneNumber) -> Result<(), DirectoryError> {
        let fitting = self.fitting(found, &rows, number)?;
        let mut patients = patients_beside(&rows);
        let missing = missing(&fitting, &patients);
        if !missing.is_empty() {
            // A server that does not know `_include`.
            let ids = missing.iter().map(|id| escaped(id)).collect::<Vec<_>>().join(",");
            let rows = self.server.search("Patient", &[("_id", &ids), ("_count", PAGE)], |_| false).await?;
            patients.extend(
                rows.matches
                    .into_iter()
                    .filter(|patient| text(patient, "id").is_some_and(|id| missing.iter().any(|wanted| wanted == id))),
            );
        }
        self.add_relatives(found, fitting, &patients, number);
        Ok(())
    }

    /// The rows with the number. All are counted, so that a server that ignores the question is noticed.
    pub(super) fn fitting<'r>(
        &self,
        found: &mut Found,
        rows: &'r Rows,
        number: &PhoneNumber,
    ) -> Result<Vec<(&'r Value, FieldNumber)>, DirectoryError> {
        let fitting = rows.matches.iter().filter_map(|row| Some((row, self.reading.written_in(row, number)?)));
        let fitting: Vec<(&Value, FieldNumber)> = fitting.collect();
        found.rows += rows.matches.len();
        found.fitting += fitting.len();
        if rows.lost_filter && fitting.len() < rows.matches.len() {
            return Err(DirectoryError::FilterIgnored { rows: rows.matches.len() });
        }
        Ok(fitting)
    }

    pub(super) fn add_relatives(
        &self,
        found: &mut Found,
        fitting: Vec<(&Value, FieldNumber)>,
        patients: &[Value],
        number: &PhoneNumber,
    ) {
        for (row, written) in fitting {
            let id = patient_of(row);
            let patient = patients.iter().find(|patient| id.is_some() && text(patient, "id") == id.as_deref());
            let Some(patient) = patient.filter(|patient| !is_inactive(patient)) else { continue };
            let mut person = self.reading.person(patient);
            person.relation = relation(row, person.sex);
            if !person.phones.contains(number) {
                person.phones.push(number.clone());
            }
            found.add(person, Reason { written, of_relative: true });
        }
    }

    /// The answer for a card.
    pub(super) fn answer(&self, found: Found, number: &PhoneNumber, now: Timestamp) -> Answer {
        if found.people.is_empty() {
            let why = format!(
                "номера нет в МИС: искали у пациентов и у их родственников, написаний номера: {}",
                spellings(number).len()
            );
            return Answer { people: Vec::new(), why: Some(why), has_more: false };
        }
        let (mut people, reasons): (Vec<Person>, Vec<(String, Reason)>) = found
            .people
            .into_iter()
            .map(|(person, reason)| {
                let id = person.id.clone();
                (person, (id, reason))
            })
            .unzip();
        in_reading_order(&mut people, now, &self.reading.time_zone);
        let all = people.len();
        people.truncate(MAX_SHOWN);
        let first = people.first().map(|person| person.id.as_str());
        let reason = reasons.iter().find(|(id, _)| Some(id.as_str()) == first).map(|(_, reason)| reason);
        let why = if all > people.len() || found.more {
            let told = usize::try_from(found.total).unwrap_or(usize::MAX).max(all);
            let more = if found.more && told == all { "больше " } else { "" };
            Some(format!("на этом номере людей: {more}{told}, показаны первые {}", people.len()))
        } else {
            reason.map(|reason| {
                let whose = if reason.of_relative { "номер родственника: " } else { "" };
                format!("{whose}{}", why_found(&reason.written))
            })
        };
        Answer { people, why, has_more: true }
    }

    /// By beginnings of names, by chart, by a whole number.
    pub(super) async fn typed(&self, typed: &str, limit: usize, now: Timestamp) -> Result<Vec<Person>, DirectoryError> {
        let typed: String = typed.trim().chars().take(MAX_TYPED).collect();
        if typed.is_empty() || limit == 0 {
            return Ok(Vec::new());
        }
        let (by_name, by_chart, by_number) =
            tokio::join!(self.by_name(&typed), self.by_chart(&typed), self.by_number(&typed, now));
        let mut people: Vec<Person> = Vec::new();
        let mut failure = None;
        let mut has_answer = false;
        for some in [by_name, by_chart, by_number].into_iter().flatten() {
            match some {
                Ok(found) => {
                    has_answer = true;
                    for person in found {
                        if !people.iter().any(|one| one.id == person.id) {
                            people.push(person);
                        }
                    }
                }
                Err(error) => failure = Some(error),
            }
        }
        if let (false, Some(failure)) = (has_answer, failure) {
            return Err(failure);
        }
        people.sort_by_cached_key(|person| (folded(&person.full_name), person.born));
        people.truncate(limit);
        Ok(people)
    }

    async fn by_name(&self, typed: &str) -> Option<Result<Vec<Person>, DirectoryError>> {
        let wanted: Vec<String> = folded(typed).split_whitespace().map(str::to_owned).take(6).collect();
        if !wanted.iter().all(|word| word.chars().any(char::is_alphabetic)) {
            return None;
        }
        // Not folded for the server: it may compare ё and е as two letters.
        let words: Vec<String> = typed.split_whitespace().take(6).map(escaped).collect();
        let mut query: Vec<(&str, &str)> = words.iter().map(|word| ("name", word.as_str())).collect();
        query.push(("_count", PAGE));
        let rows = match self.server.search("Patient", &query, |_| false).await {
            Ok(rows) => rows,
            Err(error) => return Some(Err(error)),
        };
        let fits = |person: &Person| {
            let name = folded(&person.full_name);
            let names: Vec<&str> = name.split_whitespace().collect();
            wanted.iter().all(|word| names.iter().any(|name| name.starts_with(word.as_str())))
        };
        Some(self.checked(&rows, |_, person| fits(person)))
    }

    async fn by_chart(&self, typed: &str) -> Option<Result<Vec<Person>, DirectoryError>> {
        if !typed.chars().any(|letter| letter.is_ascii_digit()) {
            return None;
        }
        let system = self.reading.chart_system.trim();
        let value = if system.is_empty() { escaped(typed) } else { format!("{}|{}", escaped(system), escaped(typed)) };
        let rows = self.server.search("Patient", &[("identifier", &value), ("_count", PAGE)], |_| false).await;
        let has_it = |patient: &Value, _: &Person| {
            all(patient, "identifier").iter().any(|one| text(one, "value").is_some_and(|value| value == typed))
        };
        Some(rows.and_then(|rows| self.checked(&rows, has_it)))
    }

    async fn by_number(&self, typed: &str, now: Timestamp) -> Option<Result<Vec<Person>, DirectoryError>> {
        let is_number = |letter: char| letter.is_ascii_digit() || letter.is_whitespace() || "+()-".contains(letter);
        if !typed.chars().all(is_number) {
            return None;
        }
        let number = PhoneNumber::parse(typed, &self.reading.region)?;
        Some(self.found(&number).await.map(|found| self.answer(found, &number, now).people))
    }

    /// Those of a search whom it was about; a server that ignores it returns anybody.
    fn checked(&self, rows: &Rows, fits: impl Fn(&Value, &Person) -> bool) -> Result<Vec<Person>, DirectoryError> {
        let people = rows.matches.iter().map(|row| (row, self.reading.person(row)));
        let people: Vec<Person> = people.filter(|(row, person)| fits(row, person)).map(|(_, person)| person).collect();
        if rows.lost_filter && people.len() < rows.matches.len() {
            return Err(DirectoryError::NotUnderstood {
                why: "она не учитывает, кого искали".to_owned()
            });
        }
        Ok(people)
    }
}

impl Found {
    /// Itself, unless only people without the number came.
    pub(super) fn if_filtered(self) -> Result<Found, DirectoryError> {
        if self.fitting == 0 && self.rows > 0 {
            return Err(DirectoryError::FilterIgnored { rows: self.rows });
        }
        Ok(self)
    }

    /// A person found twice is one; the record's own number outranks a relative's.
    fn add(&mut self, person: Person, reason: Reason) {
        match self.people.iter_mut().find(|(known, _)| known.id == person.id) {
            Some((known, _)) => known.relation = known.relation.take().or(person.relation),
            None => self.people.push((person, reason)),
        }
    }
}

/// The patients that came along with their relatives.
pub(super) fn patients_beside(rows: &Rows) -> Vec<Value> {
    rows.included.iter().filter(|one| text(one, "resourceType") == Some("Patient")).cloned().collect()
}

/// The id of a relative's patient.
fn patient_of(row: &Value) -> Option<String> {
    row.get("patient").and_then(|patient| id_of(patient, "Patient")).map(str::to_owned)
}

/// Whose relatives have the number and who did not come along.
fn missing(fitting: &[(&Value, FieldNumber)], patients: &[Value]) -> Vec<String> {
    let is_there = |id: &str| patients.iter().any(|patient| text(patient, "id") == Some(id));
    let mut missing: Vec<String> = fitting.iter().filter_map(|(row, _)| patient_of(row)).collect();
    missing.retain(|id| !is_there(id));
    missing.sort_unstable();
    missing.dedup();
    missing.truncate(MAX_ASKED);
    missing
}

/// Small letters, ё as е.
fn folded(text: &str) -> String {
    text.to_lowercase().replace('ё', "е")
}
