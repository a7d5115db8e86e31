//! The kind `fhir` on Helios, a FHIR server that nobody here wrote.

use std::time::Duration;

use directory::Sex;
use directory::fhir::{FhirDirectory, Section};
use serde_json::{Value, json};

use crate::clinic::{Clinic, Fact, holds};
use crate::helios::{Helios, Setup, entry};
use crate::people::{DOCTOR, Known, OPEN_URL, State, moscow, noon, people, region};

#[tokio::test]
async fn fhir_holds_to_the_contract() {
    holds(clinic().await).await;
}

async fn clinic() -> Clinic {
    let helios = Helios::start(Setup::default()).await;
    let [family, given, patronymic] = DOCTOR;
    let mut entries = vec![entry(
        Some(&key("0")),
        json!({ "resourceType": "Practitioner", "name": [{ "family": family, "given": [given, patronymic] }] }),
    )];
    for known in people(noon()) {
        entries.extend(resources(&known));
    }
    helios.load(entries, None).await;
    let section = Section { base: helios.url.clone(), ..Section::default() };
    let surroundings = directory::Surroundings {
        region: region(),
        time_zone: moscow(),
        open_url: Some(OPEN_URL.to_owned()),
        timeout: Duration::from_secs(3),
        token: None,
        certificate: None,
        folder: std::env::temp_dir(),
        keep: None,
    };
    let directory = FhirDirectory::new(&section, surroundings).unwrap();
    // R4 has no balances. Numbers are compared letter by letter: `доб. 2` beside one would make it unfindable.
    let lacks = vec![Fact::Debt, Fact::Extension];
    Clinic { directory: Box::new(directory), now: noon(), lacks, keep: Box::new(helios) }
}

/// A person with their visits and allergies. A child's number is kept as clinics keep it: with the mother.
fn resources(known: &Known) -> Vec<Value> {
    let me = key(known.id);
    let reference = json!({ "reference": format!("urn:uuid:{me}") });
    let given: Vec<&str> = known.name[1..].iter().copied().filter(|part| !part.is_empty()).collect();
    let phones: Vec<Value> = known
        .phone
        .split(',')
        .map(|phone| phone.split("доб.").next().unwrap_or_default().trim())
        .map(|phone| json!({ "system": "phone", "value": phone }))
        .collect();
    let mut patient = json!({
        "resourceType": "Patient",
        "name": [{ "use": "official", "family": known.name[0], "given": given }],
    });
    if known.mother.is_none() {
        patient["telecom"] = phones.clone().into();
    }
    if let Some(born) = known.born {
        patient["birthDate"] = born.to_string().into();
    }
    if !known.chart.is_empty() {
        patient["identifier"] = json!([{ "type": { "coding": [{ "code": "MR" }] }, "value": known.chart }]);
    }
    match known.sex {
        Sex::Male => patient["gender"] = "male".into(),
        Sex::Female => patient["gender"] = "female".into(),
        Sex::Unknown => {}
    }
    let mut entries = vec![entry(Some(&me), patient)];
    if known.mother.is_some() {
        let related = json!({
            "resourceType": "RelatedPerson",
            "patient": reference,
            "relationship": [{ "coding": [{ "code": "MTH" }], "text": "мать" }],
            "telecom": phones,
        });
        entries.push(entry(None, related));
    }
    if !known.allergy.is_empty() {
        let active = "http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical";
        let allergy = json!({
            "resourceType": "AllergyIntolerance",
            "patient": reference,
            "clinicalStatus": { "coding": [{ "system": active, "code": "active" }] },
            "code": { "text": known.allergy },
        });
        entries.push(entry(None, allergy));
    }
    for visit in &known.visits {
        let status = match visit.state {
            State::Booked => "booked",
            State::Done => "fulfilled",
            State::Cancelled => "cancelled",
        };
        let begins = visit.begins();
        let appointment = json!({
            "resourceType": "Appointment",
            "status": status,
            "start": begins.to_string(),
            "end": (begins + jiff::SignedDuration::from_mins(30)).to_string(),
            "participant": [
                { "actor": reference, "status": "needs-action" },
                { "actor": { "reference": format!("urn:uuid:{}", key("0")) }, "status": "accepted" },
            ],
        });
        entries.push(entry(None, appointment));
    }
    entries
}

fn key(id: &str) -> String {
    format!("00000000-0000-4000-8000-{id:0>12}")
}
