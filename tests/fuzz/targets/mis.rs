//! Answers of a MIS: of MGERM, of a FHIR server, of an API that the settings describe. The first byte says whose answer to
//! which question the rest is.
#![no_main]

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::LazyLock;
use std::time::Duration;

use directory::fhir::FhirDirectory;
use directory::http::{HttpDirectory, Section, presets};
use directory::{Person, SlotQuery, Surroundings, fhir, mgerm};
use jiff::Timestamp;
use jiff::civil::date;
use jiff::tz::{self, TimeZone};
use libfuzzer_sys::fuzz_target;
use phone::{PhoneNumber, Region};
use serde_json::json;

static MOSCOW: LazyLock<Region> = LazyLock::new(|| Region::new("RU", Some("495")).expect("a region"));
static CALLER: LazyLock<PhoneNumber> = LazyLock::new(|| PhoneNumber::parse("+79005550101", &MOSCOW).expect("a number"));
static MIS: LazyLock<Mis> = LazyLock::new(Mis::new);

struct Mis {
    mgerm: mgerm::Answers,
    fhir: FhirDirectory,
    /// One for every ready-made description, and one that is written by hand.
    http: Vec<HttpDirectory>,
}

fuzz_target!(|bytes: &[u8]| {
    let Some((question, body)) = bytes.split_first() else { return };
    MIS.read(*question, body);
});

impl Mis {
    fn new() -> Mis {
        let card = [
            ("debt", "$.money.debt"),
            ("allergy", "$.allergies[*].name"),
            ("vip", "$.vip"),
            ("conflict", "$.conflict"),
            ("note", "$.note"),
        ];
        let card: BTreeMap<String, String> = card.map(|(key, path)| (key.to_owned(), path.to_owned())).into();
        let fhir = fhir::Section { base: "http://127.0.0.1:9/fhir".to_owned(), ..fhir::Section::default() };
        Mis {
            mgerm: mgerm::Answers::new(&card, surroundings()).expect("a card"),
            fhir: FhirDirectory::new(&fhir, surroundings()).expect("a server"),
            http: descriptions()
                .map(|section| HttpDirectory::new(&section, surroundings()).expect("a description"))
                .collect(),
        }
    }

    fn read(&self, question: u8, body: &[u8]) {
        let now = Timestamp::constant(1_795_000_000, 0);
        let (kind, of_kind) = (question & 3, usize::from(question >> 2));
        match kind {
            0 => self.read_mgerm(of_kind % 4, body, now),
            1 => self.read_fhir(of_kind % 2, body, now),
            _ => self.read_http(&self.http[of_kind % self.http.len()], kind == 3, body, now),
        }
    }

    fn read_mgerm(&self, question: usize, body: &[u8], now: Timestamp) {
        let today = date(2026, 11, 18);
        match question {
            0 => {
                let answer = self.mgerm.day(body, today, &CALLER, now);
                all_have_it(answer.map(|answer| answer.people).unwrap_or_default());
            }
            1 => {
                if let Ok(Some(person)) = self.mgerm.patient(body, now) {
                    assert!(!person.id.is_empty() && !person.full_name.is_empty(), "nobody");
                }
            }
            2 => drop(self.mgerm.card(body, &mut Person::new("17", "Иванова Мария"))),
            _ => {
                let slots = self.mgerm.schedule(body, &SlotQuery { date: today, doctor: None }).unwrap_or_default();
                assert!(slots.iter().all(|slot| slot.from < slot.to && slot.from.date() == today), "no such time");
            }
        }
    }

    fn read_fhir(&self, question: usize, body: &[u8], now: Timestamp) {
        if question == 0 {
            let answer = self.fhir.read_look_up(body.to_vec(), &CALLER, now);
            all_have_it(answer.map(|answer| answer.people).unwrap_or_default());
        } else {
            let _ = self.fhir.read_details(body.to_vec(), &mut Person::new("17", "Иванова Мария"), now);
        }
    }

    fn read_http(&self, described: &HttpDirectory, is_about_one: bool, body: &[u8], now: Timestamp) {
        if is_about_one {
            let _ = described.read_visits(body.to_vec(), &mut Person::new("17", "Иванова Мария"), now);
            let _ = described.read_search(body.to_vec(), "ива", 7, now);
        } else {
            let answer = described.read_look_up(body.to_vec(), &CALLER, now);
            assert!(answer.map_or(0, |answer| answer.people.len()) <= 50);
        }
    }
}

/// Whoever comes back has the number: another's card is never shown.
fn all_have_it(people: Vec<Person>) {
    assert!(people.iter().all(|person| person.phones.len() >= 50 || person.phones.contains(&CALLER)), "a stranger");
}

/// Every ready-made description, and one with what those do not have.
fn descriptions() -> impl Iterator<Item = Section> {
    let ready = presets().iter().map(|preset| Section {
        preset: preset.name.to_owned(),
        base: "http://127.0.0.1:9/api".to_owned(),
        auth_name: "reader".to_owned(),
        ..Section::default()
    });
    ready.chain([by_hand()])
}

fn by_hand() -> Section {
    let visits =
        json!({"path": "visits", "list": "$..visits[*]", "id": "$.id", "at": ["$.day", "$.time"], "doctor": "$.who"});
    let person = json!({
        "full_name": "$.name",
        "born": "$.born",
        "phones": ["$.phones[*]", "$.phone"],
        "debt": "$.balance",
        "vip": "$.vip",
        "next_visit": "$.next",
        "allergy": "$..allergy",
    });
    let section = json!({
        "base": "http://127.0.0.1:9/api",
        "look_up": {"path": "find", "list": "$.found[*]", "approximate": true},
        "search": {"path": "find", "list": "$.found"},
        "visits": visits,
        "person": person,
        "dates": ["%d.%m.%Y"],
        "debt_is": "negative",
        "nobody": "$.nobody",
    });
    serde_json::from_value(section).expect("a description")
}

fn surroundings() -> Surroundings {
    Surroundings {
        region: MOSCOW.clone(),
        time_zone: TimeZone::fixed(tz::offset(3)),
        open_url: Some("https://mis.example/{id}?chart={chart}".to_owned()),
        timeout: Duration::from_secs(2),
        token: Some("token".to_owned().into()),
        certificate: None,
        folder: PathBuf::new(),
        keep: None,
    }
}
