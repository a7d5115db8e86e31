//! From a FHIR Patient to the [`Person`] of a card.

use jiff::tz::TimeZone;
use phone::{FieldNumber, PhoneNumber, Region};
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::record::{all, cut, day, has_code, text, words};
use crate::link::chart_link;
use crate::matching::{numbers_of, written_in};
use crate::people::{Alert, AlertKind, Person, Sex};

/// Longer names are cut on a card.
const MAX_NAME: usize = 400;
/// More numbers of one person are not kept.
const MAX_PHONES: usize = 50;

/// How this clinic's records are read.
#[derive(Debug)]
pub(super) struct Reading {
    pub(super) region: Region,
    pub(super) time_zone: TimeZone,
    pub(super) open_url: Option<String>,
    /// The identifier system of chart numbers; empty: identifiers of type MR, else the first.
    pub(super) chart_system: String,
}

impl Reading {
    /// Where the number stands in a record (Patient or RelatedPerson), if it does.
    pub(super) fn written_in(&self, resource: &Value, number: &PhoneNumber) -> Option<FieldNumber> {
        written_in(phone_fields(resource), number, &self.region)
    }

    /// The person of a record.
    pub(super) fn person(&self, patient: &Value) -> Person {
        let name = Name::of(patient);
        let chart = self.chart(patient);
        let born = text(patient, "birthDate").and_then(day);
        let own_id = text(patient, "id").map(str::to_owned);
        let id = own_id.clone().unwrap_or_else(|| {
            let parts = [name.full.to_lowercase(), born.map_or_else(String::new, |born| born.to_string())];
            let parts = [parts[0].as_str(), parts[1].as_str(), chart.as_deref().unwrap_or_default()];
            hex::encode(Sha256::digest(parts.join("\n").as_bytes())).chars().take(24).collect()
        });
        let mut phones = numbers_of(phone_fields(patient), &self.region);
        phones.truncate(MAX_PHONES);
        let mut person = Person::new(id, name.full);
        person.family_name = name.family;
        person.given_name = name.given;
        person.patronymic = name.patronymic;
        person.born = born;
        person.sex = match text(patient, "gender") {
            Some("male") => Sex::Male,
            Some("female") => Sex::Female,
            Some(_) | None => Sex::Unknown,
        };
        person.phones = phones;
        let doctor = all(patient, "generalPractitioner").iter().find_map(|doctor| text(doctor, "display"));
        person.doctor = doctor.map(cut);
        person.open_url = chart_link(self.open_url.as_deref(), own_id.as_deref(), chart.as_deref());
        person.chart = chart;
        if is_dead(patient) {
            let text = "в карте отмечено, что пациент умер".to_owned();
            person.alerts.push(Alert { kind: AlertKind::Note, text });
        }
        person
    }

    fn chart(&self, patient: &Value) -> Option<String> {
        let identifiers = all(patient, "identifier");
        let is_current = |identifier: &&Value| text(identifier, "use") != Some("old");
        let mut current = identifiers.iter().filter(is_current);
        let wanted = self.chart_system.trim();
        let found = if wanted.is_empty() {
            let is_chart = |identifier: &Value| identifier.get("type").is_some_and(|kind| has_code(kind, "MR"));
            current.clone().find(|identifier| is_chart(identifier)).or_else(|| current.next())
        } else {
            current.find(|identifier| text(identifier, "system") == Some(wanted))
        };
        text(found?, "value").map(cut)
    }
}

/// A name as the clinic would say it.
struct Name {
    full: String,
    family: Option<String>,
    given: Option<String>,
    patronymic: Option<String>,
}

impl Name {
    /// The official name, else the first that is not an old one.
    fn of(resource: &Value) -> Name {
        let names = all(resource, "name");
        let by_use = |wanted: &str| names.iter().find(|name| text(name, "use") == Some(wanted));
        let current = || names.iter().find(|name| !matches!(text(name, "use"), Some("old" | "maiden")));
        let Some(name) = by_use("official").or_else(current).or(names.first()) else {
            return Name { full: "без имени".to_owned(), family: None, given: None, patronymic: None };
        };
        let tidy = |said: &str| said.split_whitespace().collect::<Vec<_>>().join(" ");
        let family = text(name, "family").map(tidy);
        let given = name.get("given").map(strings).unwrap_or_default();
        let mut given: Vec<String> = given.iter().map(|part| tidy(part)).filter(|part| !part.is_empty()).collect();
        // FHIR has no place for an otchestvo: it stands among the given names.
        let patronymic = (given.len() > 1).then(|| given.pop_if(|last| is_patronymic(last))).flatten();
        let given = (!given.is_empty()).then(|| given.join(" "));
        let parts: Vec<&str> = [&family, &given, &patronymic].into_iter().flatten().map(String::as_str).collect();
        let full = if parts.is_empty() { text(name, "text").map(tidy).unwrap_or_default() } else { parts.join(" ") };
        let full = if full.is_empty() { "без имени".to_owned() } else { full.chars().take(MAX_NAME).collect() };
        Name { full, family, given, patronymic }
    }
}

/// The name of any resource that has one: a doctor's, a relative's.
pub(super) fn name_of(resource: &Value) -> Option<String> {
    (!all(resource, "name").is_empty()).then(|| Name::of(resource).full)
}

fn strings(value: &Value) -> Vec<&str> {
    match value {
        Value::Array(items) => items.iter().filter_map(Value::as_str).collect(),
        Value::String(one) => vec![one],
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => Vec::new(),
    }
}

fn is_patronymic(name: &str) -> bool {
    let name = name.to_lowercase();
    ["вич", "вна", "чна", "ьич", "оглы", "оглу", "кызы", "гызы", "улы", "уулу"].iter().any(|end| name.ends_with(end))
}

/// What is typed into the places for telephones: a record's own, and those of its contacts.
fn phone_fields(resource: &Value) -> impl Iterator<Item = &str> {
    let contacts = all(resource, "contact").iter().flat_map(|contact| all(contact, "telecom"));
    all(resource, "telecom")
        .iter()
        .chain(contacts)
        .filter(|point| matches!(text(point, "system"), None | Some("phone" | "sms" | "other")))
        .filter_map(|point| text(point, "value"))
}

fn is_dead(patient: &Value) -> bool {
    patient.get("deceasedBoolean").and_then(Value::as_bool).unwrap_or(false)
        || text(patient, "deceasedDateTime").is_some()
}

/// Whether a record was replaced by another or closed.
pub(super) fn is_inactive(patient: &Value) -> bool {
    patient.get("active").and_then(Value::as_bool) == Some(false)
}

/// Who the patient is to the owner of a relative's number: FHIR tells it the other way round.
pub(super) fn relation(related: &Value, patient_sex: Sex) -> Option<String> {
    let relationship = all(related, "relationship");
    let told = relationship.iter().find_map(words);
    let is = |codes: &[&str], russian: &[&str]| {
        relationship.iter().any(|concept| codes.iter().any(|code| has_code(concept, code)))
            || told.as_deref().is_some_and(|told| russian.contains(&told.to_lowercase().as_str()))
    };
    let by_sex = |male: &str, female: &str, unknown: &str| {
        Some(match patient_sex {
            Sex::Male => male.to_owned(),
            Sex::Female => female.to_owned(),
            Sex::Unknown => unknown.to_owned(),
        })
    };
    if is(
        &["MTH", "NMTH", "FTH", "NFTH", "PRN", "NPRN", "ADOPTF", "ADOPTM"],
        &["мать", "мама", "отец", "папа", "родитель"],
    ) {
        return by_sex("сын", "дочь", "ребёнок");
    }
    if is(&["CHILD", "SON", "DAU", "NCHILD", "DAUC", "SONC"], &["сын", "дочь", "ребёнок"]) {
        return by_sex("отец", "мать", "родитель");
    }
    if is(&["GRMTH", "GRFTH", "GRPRN"], &["бабушка", "дедушка"]) {
        return by_sex("внук", "внучка", "внук или внучка");
    }
    if is(&["SPS", "HUSB", "WIFE"], &["муж", "жена", "супруг", "супруга"]) {
        return by_sex("муж", "жена", "супруг(а)");
    }
    let owner: Vec<String> = [told, name_of(related)].into_iter().flatten().collect();
    (!owner.is_empty()).then(|| format!("номер записан за: {}", owner.join(", ")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn reading(chart_system: &str) -> Reading {
        Reading {
            region: Region::new("RU", Some("495")).expect("a region"),
            time_zone: TimeZone::UTC,
            open_url: Some("https://mis.example/{id}".to_owned()),
            chart_system: chart_system.to_owned(),
        }
    }

    #[test]
    fn the_official_name_wins_and_the_patronymic_is_seen() {
        let person = reading("").person(&json!({
            "id": "17",
            "name": [
                { "use": "old", "family": "Девичья" },
                { "use": "usual", "text": "Маша" },
                { "use": "official", "family": " ИВАНОВА ", "given": ["Мария", "Петровна"] },
            ],
        }));
        assert_eq!(person.full_name, "ИВАНОВА Мария Петровна");
        assert_eq!(person.patronymic.as_deref(), Some("Петровна"));
        let foreign = reading("").person(&json!({ "name": [{ "family": "Schmidt", "given": ["Klara", "Anna"] }] }));
        assert_eq!((foreign.given_name.as_deref(), foreign.patronymic), (Some("Klara Anna"), None));
        assert_eq!((foreign.id.len(), foreign.open_url), (24, None), "a made-up id opens no chart");
        assert_eq!(reading("").person(&json!({ "name": [{ "text": "Мария  И." }] })).full_name, "Мария И.");
        assert_eq!(reading("").person(&json!({ "name": "?" })).full_name, "без имени");
    }

    #[test]
    fn the_chart_is_the_identifier_that_the_settings_mean() {
        let patient = json!({ "identifier": [
            { "system": "urn:snils", "value": "1" },
            { "type": { "coding": [{ "code": "MR" }] }, "value": "1234/11", "use": "old" },
            { "type": { "coding": [{ "code": "MR" }] }, "value": "1234/12" },
        ]});
        assert_eq!(reading("").person(&patient).chart.as_deref(), Some("1234/12"));
        assert_eq!(reading("urn:snils").person(&patient).chart.as_deref(), Some("1"));
        assert_eq!(reading("urn:other").person(&patient).chart, None);
    }

    #[test]
    fn mail_is_no_telephone_and_a_contact_has_one() {
        let patient = json!({
            "telecom": [
                { "system": "email", "value": "89005550199@mail.example" },
                { "system": "phone", "value": "мама 8900 555-01-01, папа 8(901)555-02-02" },
                { "value": "8 900 555-01-01" },
            ],
            "contact": [{ "telecom": [{ "system": "phone", "value": "555-03-03" }] }],
        });
        let phones = reading("").person(&patient).phones;
        let phones: Vec<&str> = phones.iter().map(PhoneNumber::as_str).collect();
        assert_eq!(phones, ["+79005550101", "+79015550202", "+74955550303"]);
    }

    #[test]
    fn relations_are_told_from_the_patients_side() {
        let mother = json!({ "relationship": [{ "coding": [{ "code": "MTH" }] }] });
        assert_eq!(relation(&mother, Sex::Male).as_deref(), Some("сын"));
        assert_eq!(relation(&mother, Sex::Unknown).as_deref(), Some("ребёнок"));
        let son = json!({ "relationship": [{ "text": "Сын" }] });
        assert_eq!(relation(&son, Sex::Female).as_deref(), Some("мать"));
        let other = json!({ "relationship": [{ "text": "опекун" }], "name": [{ "text": "Петров П." }] });
        assert_eq!(relation(&other, Sex::Female).as_deref(), Some("номер записан за: опекун, Петров П."));
        assert_eq!(relation(&json!({}), Sex::Female), None);
    }
}
