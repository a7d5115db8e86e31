//! The kind `fhir` on a real server: what stands on a card, what is written, and a server that is lenient, frozen or gone.

use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use directory::fhir::{FhirDirectory, Section};
use directory::{
    AlertKind, Directory, DirectoryError, HealthState, NewPerson, Person, Sex, Surroundings, Write, WriteError,
};
use jiff::civil::date;
use phone::Region;
use secrecy::SecretString;
use serde_json::{Value, json};

use crate::contract::{moscow, now, number};
use crate::helios::{Helios, Setup, entry};

pub(crate) const MOTHER: &str = "00000000-0000-4000-8000-000000000001";
pub(crate) const CHILD: &str = "00000000-0000-4000-8000-000000000002";

pub(crate) fn surroundings(token: Option<&str>) -> Surroundings {
    Surroundings {
        region: Region::new("RU", Some("495")).unwrap(),
        time_zone: moscow(),
        open_url: Some("https://mis.example/{id}".to_owned()),
        timeout: Duration::from_secs(3),
        token: token.map(SecretString::from),
        certificate: None,
        folder: std::env::temp_dir(),
        keep: None,
    }
}

pub(crate) fn open(section: Section) -> FhirDirectory {
    FhirDirectory::new(&section, surroundings(None)).unwrap()
}

fn at(base: &str) -> Section {
    Section { base: base.to_owned(), ..Section::default() }
}

pub(crate) fn person(key: &str, name: [&str; 2], more: Value) -> Value {
    let mut patient = json!({ "resourceType": "Patient", "name": [{ "family": name[0], "given": [name[1]] }] });
    for (member, value) in more.as_object().unwrap() {
        patient[member] = value.clone();
    }
    entry(Some(key), patient)
}

pub(crate) fn of(key: &str) -> Value {
    json!({ "reference": format!("urn:uuid:{key}") })
}

fn phone(typed: &str) -> Value {
    json!({ "telecom": [{ "system": "phone", "value": typed }] })
}

fn appointment(who: &str, status: &str, start: &str, answer: &str) -> Value {
    entry(
        None,
        json!({
            "resourceType": "Appointment", "status": status, "start": start, "end": "2027-01-01T00:00:00Z",
            "serviceType": [{ "text": "УЗИ" }],
            "participant": [
                { "actor": of(who), "status": answer },
                { "actor": { "display": "Докторов А. С." , "reference": "Practitioner/none" }, "status": "accepted" },
            ],
        }),
    )
}

async fn only(directory: &FhirDirectory, typed: &str) -> Person {
    let answer = directory.look_up(&number(typed), now()).await.unwrap();
    assert!(answer.has_more);
    let mut people = directory.details(answer.people, now()).await;
    assert_eq!(people.len(), 1);
    people.remove(0)
}

#[tokio::test]
async fn a_card_holds_what_is_in_force() {
    let helios = Helios::start(Setup::default()).await;
    let status = |code: &str| json!({ "coding": [{ "code": code }] });
    let allergy = |what: &str, clinical: &str, verified: &str| {
        entry(
            None,
            json!({
                "resourceType": "AllergyIntolerance", "patient": of(MOTHER), "code": { "text": what },
                "clinicalStatus": status(clinical), "verificationStatus": status(verified),
            }),
        )
    };
    let flag = |text: &str, status: &str, category: &str, end: &str| {
        entry(
            None,
            json!({
                "resourceType": "Flag", "status": status, "subject": of(MOTHER), "code": { "text": text },
                "category": [{ "coding": [{ "code": category }] }], "period": { "end": end },
            }),
        )
    };
    let entries = vec![
        person(MOTHER, ["Вымыслова", "Мария"], phone("8 (900) 555-01-01")),
        person(CHILD, ["Вымыслов", "Пётр"], json!({ "gender": "male", "birthDate": "2018" })),
        entry(
            None,
            json!({
                "resourceType": "RelatedPerson", "patient": of(CHILD), "relationship": [status("MTH")],
                "telecom": [{ "system": "phone", "value": "8(901)555-01-02" }],
            }),
        ),
        allergy("йод", "active", "confirmed"),
        allergy("орехи", "resolved", "confirmed"),
        allergy("кошки", "active", "refuted"),
        flag("кричит на регистраторов", "active", "behavioral", "2027-01-01"),
        flag("старое", "inactive", "admin", "2027-01-01"),
        flag("прошло", "active", "admin", "2026-11-01"),
        flag("VIP гость", "active", "admin", "2026-11-24"),
        appointment(MOTHER, "cancelled", "2026-11-24T10:00:00Z", "declined"),
        appointment(MOTHER, "noshow", "2026-11-23T10:00:00Z", "accepted"),
        appointment(MOTHER, "booked", "2026-11-26T10:00:00Z", "needs-action"),
        appointment(MOTHER, "booked", "2026-11-25T23:30:00+03:00", "accepted"),
        appointment(MOTHER, "fulfilled", "2026-11-20T10:00:00Z", "accepted"),
        appointment(MOTHER, "arrived", "2026-11-24T00:15:00+03:00", "accepted"),
        entry(
            None,
            json!({
                "resourceType": "Encounter", "status": "finished", "class": { "code": "AMB" }, "subject": of(CHILD),
                "period": { "start": "2026-10-01" },
            }),
        ),
        entry(
            None,
            json!({
                "resourceType": "Coverage", "status": "active", "beneficiary": of(MOTHER), "type": { "text": "ДМС" },
                "payor": [{ "display": "СК «Забота»" }], "period": { "end": "2026-12-31" },
            }),
        ),
    ];
    helios.load(entries, None).await;
    for section in [at(&helios.url), Section { search_by_post: true, ..at(&format!("{}/", helios.url)) }] {
        let directory = open(section);
        let mother = only(&directory, "+79005550101").await;
        assert_eq!(mother.gaps, [""; 0]);
        let alerts: Vec<_> = mother.alerts.iter().map(|alert| (alert.kind, alert.text.as_str())).collect();
        assert_eq!(
            alerts,
            [
                (AlertKind::Allergy, "йод"),
                (AlertKind::Conflict, "кричит на регистраторов"),
                (AlertKind::Vip, "VIP гость"),
            ]
        );
        let next = mother.next_visit.unwrap();
        assert_eq!((next.at.to_string().as_str(), next.confirmed), ("2026-11-25T20:30:00Z", Some(true)));
        assert_eq!((next.service.as_deref(), next.doctor.as_deref()), (Some("УЗИ"), Some("Докторов А. С.")));
        let last = mother.last_visit.unwrap().at.to_string();
        assert_eq!(last, "2026-11-23T21:15:00Z", "who came after midnight is here today");
        assert_eq!(mother.note.as_deref(), Some("Страховка: ДМС, СК «Забота», до 31.12.2026"));
        assert_eq!(mother.debt, None);

        let answer = directory.look_up(&number("+79015550102"), now()).await.unwrap();
        let why = answer.why.as_deref();
        assert_eq!(why, Some("номер родственника: номер в карте: 8(901)555-01-02; совпали 10 цифр"));
        let child = only(&directory, "+79015550102").await;
        assert_eq!((child.full_name.as_str(), child.relation.as_deref()), ("Вымыслов Пётр", Some("сын")));
        assert_eq!((child.born, child.alerts.len()), (None, 0), "a year is no birthday");
        assert_eq!(child.phones, [number("+79015550102")]);
        let seen = child.last_visit.unwrap();
        assert_eq!((seen.at.to_string().as_str(), seen.id), ("2026-09-30T21:00:00Z", None));
    }
}

#[tokio::test]
async fn what_is_written_is_there() {
    let helios = Helios::start(Setup::default()).await;
    let loaded = helios
        .load(
            vec![
                person(MOTHER, ["Вымыслова", "Мария"], phone("+79005550101")),
                appointment(MOTHER, "booked", "2026-11-26T10:00:00Z", "needs-action"),
            ],
            None,
        )
        .await;
    let directory = open(Section { write: true, ..at(&helios.url) });
    assert!(directory.abilities().attach_number && directory.abilities().register_person);

    let mother = only(&directory, "+79005550101").await;
    assert_eq!(mother.next_visit.as_ref().unwrap().confirmed, None);
    let visit = mother.next_visit.as_ref().unwrap().id.clone().unwrap();
    assert_eq!(visit, loaded[1]["id"]);
    for yes in [true, false] {
        let write = Write::ConfirmVisit { visit: visit.clone(), yes };
        assert_eq!(directory.write(write, now()).await.unwrap().visit.as_deref(), Some(visit.as_str()));
        assert_eq!(only(&directory, "+79005550101").await.next_visit.unwrap().confirmed, Some(yes));
    }

    let second = number("+79015550102");
    let attach = || Write::AttachNumber { person: Box::new(mother.clone()), number: second.clone() };
    let written = directory.write(attach(), now()).await.unwrap().person.unwrap();
    assert_eq!(written.phones, [number("+79005550101"), second.clone()]);
    assert_eq!(directory.write(attach(), now()).await.unwrap().person.unwrap().phones.len(), 2, "once is enough");
    assert_eq!(only(&directory, "+79015550102").await.id, mother.id);

    let new = NewPerson {
        family_name: "Небылицын".to_owned(),
        given_name: "Лев".to_owned(),
        patronymic: Some("Ильич".to_owned()),
        born: date(1980, 2, 29),
        sex: Sex::Male,
        phone: Some(number("+79025550103")),
    };
    let written = directory.write(Write::RegisterPerson(new.clone()), now()).await.unwrap().person.unwrap();
    let found = only(&directory, "+79025550103").await;
    assert_eq!((&found.id, found.full_name.as_str()), (&written.id, "Небылицын Лев Ильич"));
    assert_eq!((found.born, found.sex), (Some(date(1980, 2, 29)), Sex::Male));

    let nowhere = Write::ConfirmVisit { visit: "../Patient/1".to_owned(), yes: true };
    assert!(matches!(directory.write(nowhere, now()).await, Err(WriteError::Refused(_))));
    let reading = open(at(&helios.url));
    let refused = reading.write(Write::RegisterPerson(new), now()).await;
    assert!(matches!(refused, Err(WriteError::NotSupported)) && !reading.abilities().register_person);
}

/// A gateway that loses the header with which we insist on filters, as gateways do.
async fn gateway(to: String) -> String {
    async fn pass(
        State(to): State<String>,
        method: Method,
        uri: Uri,
        mut headers: HeaderMap,
        body: Bytes,
    ) -> (StatusCode, Bytes) {
        headers.remove("prefer");
        headers.remove("host");
        let request = reqwest::Client::new().request(method, format!("{to}{uri}")).headers(headers).body(body);
        let answer = request.send().await.unwrap();
        (answer.status(), answer.bytes().await.unwrap())
    }
    serve(Router::new().fallback(pass).with_state(to)).await
}

/// Serves on a free port for as long as the test lives.
pub(crate) async fn serve(router: Router) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await });
    url
}

#[tokio::test]
async fn a_server_that_ignores_the_number_shows_nobody() {
    let helios = Helios::start(Setup { lenient: true, ..Setup::default() }).await;
    let everybody = vec![
        person(MOTHER, ["Вымыслова", "Мария"], phone("+79005550101")),
        person(CHILD, ["Чужой", "Пётр"], phone("+79005550199")),
    ];
    helios.load(everybody, None).await;

    let strict = open(at(&helios.url));
    let answer = strict.look_up(&number("+79005550101"), now()).await;
    assert!(matches!(answer, Err(DirectoryError::NotUnderstood { .. })), "it says that it cannot: {answer:?}");

    let lenient = open(at(&gateway(helios.url.clone()).await));
    for typed in ["+79005550101", "+79005550155"] {
        let answer = lenient.look_up(&number(typed), now()).await;
        assert_eq!(answer, Err(DirectoryError::FilterIgnored { rows: 2 }), "{typed}");
    }
    assert_eq!(lenient.health().state, HealthState::Down);
    let ignored = lenient.search("вымысл", 10, now()).await;
    assert!(ignored.is_err(), "{ignored:?}");
    for directory in [strict, lenient] {
        let check = directory.check().await;
        assert!(!check.ok, "{:?}", check.lines);
        assert!(check.lines.iter().any(|line| line.contains("нет поиска пациентов по «phone»")), "{:?}", check.lines);
    }
}

#[tokio::test]
async fn a_frozen_server_is_late_and_comes_back_and_a_stopped_one_is_gone() {
    let mut helios = Helios::start(Setup::default()).await;
    helios.load(vec![person(MOTHER, ["Вымыслова", "Мария"], phone("+79005550101"))], None).await;
    let directory = open(Section { write: true, ..at(&helios.url) });
    helios.signal("STOP");
    assert_eq!(directory.ping().await, Err(DirectoryError::TooLate));
    assert_eq!(directory.health().state, HealthState::Down);
    let mother = number("+79005550101");
    let late = directory.look_up(&mother, now());
    let thaw = async {
        tokio::time::sleep(Duration::from_millis(300)).await;
        helios.signal("CONT");
    };
    let (answer, ()) = tokio::join!(late, thaw);
    assert_eq!(answer.unwrap().people.len(), 1, "a late answer is an answer");
    assert_eq!(directory.health().state, HealthState::Ok);

    helios.stop();
    let gone = directory.look_up(&number("+79005550101"), now()).await.unwrap_err();
    assert!(gone.is_outage(), "{gone}");
    // The first may still have met a connection that was open.
    let gone = directory.look_up(&number("+79005550101"), now()).await.unwrap_err();
    assert_eq!(gone.to_string(), "МИС не отвечает: на этом порту никто не слушает");
    assert_eq!(directory.health().state, HealthState::Down);
    assert!(!directory.check().await.ok);
    let new = NewPerson {
        family_name: "Небылицын".to_owned(),
        given_name: "Лев".to_owned(),
        patronymic: None,
        born: date(1980, 1, 1),
        sex: Sex::Unknown,
        phone: None,
    };
    let unsent = directory.write(Write::RegisterPerson(new), now()).await;
    assert!(matches!(unsent, Err(WriteError::Directory(DirectoryError::NotReached { .. }))));
}
