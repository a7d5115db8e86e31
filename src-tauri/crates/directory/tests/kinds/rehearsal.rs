//! The shipped invented patients keep what demonstrations and other tests rely on.

use std::collections::HashSet;

use directory::{AlertKind, Directory, HealthState, Person, age, rehearsal_csv, rehearsal_people};
use jiff::civil::date;
use jiff::{Timestamp, ToSpan};

use crate::contract::{moscow, now, number};

async fn on(typed: &str, at: Timestamp) -> Vec<Person> {
    rehearsal_people(now(), moscow()).look_up(&number(typed), at).await.unwrap().people
}

#[tokio::test]
async fn two_hundred_people_and_not_one_bad_row() {
    let directory = rehearsal_people(now(), moscow());
    let health = directory.health();
    assert_eq!((health.state, health.why, health.people), (HealthState::Ok, None, Some(200)));
    assert!(directory.check().await.ok);
    assert!(!directory.reload_if_changed().await);
}

#[tokio::test]
async fn the_main_caller_is_as_promised_on_any_day() {
    for later in [0, 40, 400] {
        let at = now() + (24 * later).hours();
        let today = moscow().to_datetime(at).date();
        let family = on("+79005550101", at).await;
        let [mother, daughter, son] = family.as_slice() else { panic!("{} people", family.len()) };
        assert_eq!(mother.full_name, "ИВАНОВА Мария Петровна");
        assert_eq!(age(mother.born.unwrap(), today), 35);
        assert_eq!(mother.chart.as_deref(), Some("1234/11"));
        let alerts: Vec<_> = mother.alerts.iter().map(|alert| (alert.kind, alert.text.as_str())).collect();
        assert_eq!(alerts, [(AlertKind::Allergy, "пенициллин"), (AlertKind::Debt, "долг 2 400 ₽")]);
        assert_eq!(mother.debt.as_ref().unwrap().amount, "2400.00");
        let next = mother.next_visit.as_ref().unwrap();
        let tomorrow = today.tomorrow().unwrap();
        assert_eq!(moscow().to_datetime(next.at), tomorrow.at(10, 30, 0, 0));
        assert_eq!(next.doctor.as_deref(), Some("Петров, терапевт"));
        let last = mother.last_visit.as_ref().unwrap();
        assert_eq!(moscow().to_datetime(last.at).date(), today.checked_sub(43.days()).unwrap());
        assert_eq!((last.doctor.as_deref(), last.service.as_deref()), (Some("Сидоров"), Some("УЗИ")));
        assert_eq!((son.given_name.as_deref(), age(son.born.unwrap(), today)), (Some("Иван"), 8));
        assert_eq!((daughter.given_name.as_deref(), daughter.relation.as_deref()), (Some("Алёна"), Some("дочь")));
        for child in [son, daughter] {
            assert!(child.alerts.is_empty() && child.debt.is_none());
            assert_ne!(child.chart, mother.chart);
        }
    }
}

#[tokio::test]
async fn one_and_two_people_on_the_next_numbers() {
    assert_eq!(on("+79005550102", now()).await.len(), 1);
    let two = on("+79005550103", now()).await;
    assert_eq!(
        two.iter().map(|person| person.relation.as_deref()).collect::<Vec<_>>(),
        [Some("внук"), Some("бабушка")]
    );
    assert!(on("+79005550101", now()).await.iter().all(|person| person.phones == [number("+79005550101")]));
}

#[tokio::test]
async fn everybody_has_an_invented_number_and_an_id_of_their_own() {
    let people = rehearsal_people(now(), moscow()).search("555", 1000, now()).await.unwrap();
    assert_eq!(people.len(), 200);
    let invented = |number: &str| number.starts_with("+7900555") || number.starts_with("+7499555");
    assert!(people.iter().flat_map(|person| &person.phones).all(|number| invented(number.as_str())));
    assert_eq!(people.iter().map(|person| &person.id).collect::<HashSet<_>>().len(), 200);

    let count = |holds: fn(&Person) -> bool| people.iter().filter(|person| holds(person)).count();
    let warned =
        |kind: AlertKind| people.iter().filter(|person| person.alerts.iter().any(|alert| alert.kind == kind)).count();
    let today = date(2026, 11, 24);
    assert!(people.iter().any(|person| person.full_name.chars().count() >= 60));
    assert!(count(|person| person.full_name.contains(['ё', 'Ё'])) > 10);
    assert!(count(|person| !person.full_name.contains(' ')) >= 2);
    assert!(count(|person| person.born.is_none()) >= 3);
    assert!(count(|person| person.next_visit.is_some()) > 40);
    assert!(people.iter().filter(|person| person.born.is_some_and(|born| age(born, today) < 18)).count() > 25);
    for kind in [AlertKind::Allergy, AlertKind::Debt, AlertKind::Vip, AlertKind::Conflict] {
        assert!(warned(kind) >= 4, "{kind:?}");
    }
}

#[test]
fn relative_days_mean_nothing_in_a_clinics_own_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("patients.csv");
    std::fs::write(&path, rehearsal_csv()).unwrap();
    let directory = directory::FileDirectory::open(directory::FileSettings {
        path,
        columns: Default::default(),
        region: phone::Region::default(),
        time_zone: moscow(),
        open_url: None,
    });
    assert_eq!(directory.health().people, Some(200), "the rows load, the words are reported");
    assert!(directory.health().why.unwrap().starts_with("строк с ошибками: "));
}
