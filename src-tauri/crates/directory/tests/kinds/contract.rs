//! What every kind of directory must answer about the same people. A kind's test puts [`people`] into its source and
//! calls [`holds`].

use directory::{AlertKind, Directory, DirectoryError, Health, HealthState, Person, Sex};
use jiff::Timestamp;
use jiff::civil::{Date, date};
use jiff::tz::TimeZone;
use phone::{PhoneNumber, Region};

/// The moment of every question: 12:00 in Moscow.
pub(crate) fn now() -> Timestamp {
    "2026-11-24T09:00:00Z".parse().unwrap()
}

pub(crate) fn moscow() -> TimeZone {
    TimeZone::get("Europe/Moscow").unwrap()
}

pub(crate) fn number(typed: &str) -> PhoneNumber {
    PhoneNumber::parse(typed, &Region::default()).unwrap()
}

/// One person as any source can hold them; times are the clinic's.
#[derive(Debug, Clone, Default)]
pub(crate) struct Known {
    pub(crate) id: &'static str,
    pub(crate) name: [&'static str; 3],
    pub(crate) born: Option<Date>,
    pub(crate) sex: &'static str,
    pub(crate) chart: &'static str,
    pub(crate) phone: &'static str,
    pub(crate) allergy: &'static str,
    pub(crate) debt: &'static str,
    pub(crate) doctor: &'static str,
    pub(crate) last_visit: &'static str,
    pub(crate) next_visit: &'static str,
}

/// A mother with two children on one number, somebody alone, and names that are none of ours.
pub(crate) fn people() -> Vec<Known> {
    vec![
        Known {
            id: "17",
            name: ["Вымыслов", "Пётр", "Ильич"],
            born: Some(date(2018, 5, 1)),
            sex: "м",
            phone: "8 (900) 555-01-01",
            ..Known::default()
        },
        Known {
            id: "18",
            name: ["Вымыслова", "Алёна", "Ильинична"],
            born: Some(date(2016, 5, 1)),
            sex: "ж",
            phone: "+7 900 555-01-01",
            next_visit: "2026-12-01 09:00",
            ..Known::default()
        },
        Known {
            id: "19",
            name: ["ВЫМЫСЛОВА", "Мария", "Петровна"],
            born: Some(date(1991, 1, 31)),
            sex: "ж",
            chart: "1234/11",
            phone: "+79005550101",
            allergy: "пенициллин",
            debt: "2400.00",
            doctor: "Петров, терапевт",
            last_visit: "2026-10-12 12:00",
            next_visit: "2026-11-25 10:30",
        },
        Known {
            id: "20",
            name: ["<b>Ёлкин</b>", "\"О'Коннор\" & Ко", ""],
            phone: "+7 499 555-02-02",
            ..Known::default()
        },
    ]
}

/// Checks a directory that holds [`people`].
pub(crate) async fn holds(directory: &dyn Directory) {
    let look_up = async |typed: &str| directory.look_up(&number(typed), now()).await.unwrap();
    let ids = |people: &[Person]| people.iter().map(|person| person.id.clone()).collect::<Vec<_>>();

    let family = look_up("+79005550101").await;
    assert_eq!(ids(&family.people), ["19", "18", "17"], "the soonest visit first, then the others");
    let [mother, daughter, son] = family.people.as_slice() else { panic!("three people") };
    assert_eq!(mother.full_name, "ВЫМЫСЛОВА Мария Петровна");
    assert_eq!(mother.family_name.as_deref(), Some("ВЫМЫСЛОВА"));
    assert_eq!(mother.given_name.as_deref(), Some("Мария"));
    assert_eq!(mother.patronymic.as_deref(), Some("Петровна"));
    assert_eq!(mother.born, Some(date(1991, 1, 31)));
    assert_eq!((mother.sex, daughter.sex, son.sex), (Sex::Female, Sex::Female, Sex::Male));
    assert_eq!(mother.chart.as_deref(), Some("1234/11"));
    assert_eq!(mother.phones, [number("+79005550101")]);
    assert_eq!(mother.doctor.as_deref(), Some("Петров, терапевт"));
    assert_eq!(mother.last_visit.as_ref().unwrap().at.to_string(), "2026-10-12T09:00:00Z");
    assert_eq!(mother.next_visit.as_ref().unwrap().at.to_string(), "2026-11-25T07:30:00Z");
    let debt = mother.debt.as_ref().unwrap();
    assert_eq!((debt.amount.as_str(), debt.currency.as_str()), ("2400.00", "RUB"));
    let alerts: Vec<_> = mother.alerts.iter().map(|alert| (alert.kind, alert.text.as_str())).collect();
    assert_eq!(alerts, [(AlertKind::Allergy, "пенициллин"), (AlertKind::Debt, "долг 2 400 ₽")]);
    assert!(son.alerts.is_empty() && son.debt.is_none(), "a mother's warnings are not her son's");
    assert_eq!((&son.chart, &son.doctor, &son.next_visit, &son.note), (&None, &None, &None, &None));

    let markup = look_up("8 499 555 02 02").await.people;
    assert_eq!(markup.len(), 1);
    assert_eq!(markup[0].full_name, "<b>Ёлкин</b> \"О'Коннор\" & Ко", "text stays text");
    assert_eq!((markup[0].born, markup[0].sex), (None, Sex::Unknown));

    let nobody = look_up("+79005559999").await;
    assert!(nobody.people.is_empty());
    assert!(nobody.why.is_some_and(|why| !why.is_empty()), "nobody is an answer with a reason");

    let search = async |text: &str, limit| ids(&directory.search(text, limit, now()).await.unwrap());
    assert_eq!(search("вымыслова мар", 10).await, ["19"]);
    assert_eq!(search("МАРИЯ  вымыслова", 10).await, ["19"]);
    assert_eq!(search("елкин", 10).await, ["20"]);
    assert_eq!(search("1234/11", 10).await, ["19"]);
    assert_eq!(search("4995550", 10).await, ["20"]);
    assert_eq!(search("вымысл", 2).await.len(), 2);
    assert_eq!(search("ымысл", 10).await, [""; 0], "words are matched from their beginning");
    assert_eq!(search("", 10).await, [""; 0]);

    let Health { state, people: count, .. } = directory.health();
    assert_eq!(state, HealthState::Ok);
    assert!(count.is_none_or(|count| count as usize == people().len()));
    let check = directory.check().await;
    assert!(check.ok && !check.lines.is_empty(), "{:?}", check.lines);
}

/// Checks a directory whose source is not there.
pub(crate) async fn is_down(directory: &dyn Directory) {
    let health = directory.health();
    assert_eq!(health.state, HealthState::Down);
    assert!(health.why.is_some_and(|why| !why.is_empty()));
    let answer = directory.look_up(&number("+79005550101"), now()).await;
    assert!(matches!(answer, Err(DirectoryError::Unavailable { .. })), "{answer:?}");
    assert!(directory.search("мария", 10, now()).await.is_err());
    let check = directory.check().await;
    assert!(!check.ok && !check.lines.is_empty());
}
