//! What every kind of directory must answer about the same people.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use directory::{AlertKind, Health, HealthState, Sex};
use jiff::civil::date;

use crate::clinic::{Clinic, Fact, names};
use crate::people::{DOCTOR, Known, OPEN_URL, State, number, people};

type Case = fn(Arc<Clinic>) -> Pin<Box<dyn Future<Output = ()> + Send>>;

macro_rules! cases {
    ($($name:ident),* $(,)?) => {
        vec![$((stringify!($name), |clinic| Box::pin($name(clinic)) as _)),*]
    };
}

/// Every case with its name.
pub(crate) fn all() -> Vec<(&'static str, Case)> {
    cases![
        one_is_found_with_what_the_record_says,
        mother_and_child_share_a_number,
        why_quotes_the_record,
        a_number_written_with_eight_and_brackets,
        several_numbers_of_one_person,
        a_number_of_another_country,
        an_unknown_number_is_an_answer,
        a_cancelled_visit_is_not_the_next,
        no_debt_is_nothing_and_not_zero,
        warnings_are_the_persons_own,
        text_stays_text,
        people_are_found_by_name,
        people_are_found_by_chart,
        people_are_found_by_digits,
        the_chart_opens,
        it_says_that_it_fares_well,
    ]
}

fn known(clinic: &Clinic, id: &str) -> Known {
    people(clinic.now).into_iter().find(|known| known.id == id).unwrap()
}

async fn one_is_found_with_what_the_record_says(clinic: Arc<Clinic>) {
    let person = clinic.only("+79125550404").await;
    assert_eq!(person.full_name, "СИДОРОВА Алёна Игоревна");
    assert_eq!(person.family_name.as_deref(), Some("СИДОРОВА"));
    assert_eq!(person.given_name.as_deref(), Some("Алёна"));
    assert_eq!(person.patronymic.as_deref(), Some("Игоревна"));
    assert_eq!(person.born, Some(date(2001, 7, 7)));
    assert_eq!(person.sex, if clinic.has(Fact::Sex) { Sex::Female } else { Sex::Unknown });
    assert_eq!(person.chart.as_deref(), clinic.has(Fact::Chart).then_some("0042"));
    assert_eq!(person.phones, [number("+79125550404")]);
    assert_eq!(person.gaps, [""; 0], "nothing failed");
    let again = clinic.only("+79125550404").await;
    assert!(!person.id.is_empty() && person.id == again.id, "an id stays");
}

async fn mother_and_child_share_a_number(clinic: Arc<Clinic>) {
    let found = clinic.ask("+79005550101").await.people;
    let mut both = names(&found);
    both.sort();
    assert_eq!(both, ["ИВАНОВ Иван Петрович", "ИВАНОВА Мария Петровна"]);
    let mut sorted = found.clone();
    directory::in_reading_order(&mut sorted, clinic.now, &crate::people::moscow());
    assert_eq!(names(&sorted), ["ИВАНОВА Мария Петровна", "ИВАНОВ Иван Петрович"], "who comes soonest is read first");
    assert_ne!(found[0].id, found[1].id);
    let child = sorted.remove(1);
    assert_eq!(child.born, Some(date(2018, 5, 1)));
    assert_eq!(child.next_visit, None, "a mother's visit is not her son's");
}

async fn why_quotes_the_record(clinic: Arc<Clinic>) {
    let why = clinic.ask("+79125550404").await.why.unwrap();
    assert_eq!(why, "номер в карте: 8 (912) 555-04-04; совпали 10 цифр");
    if clinic.has(Fact::Extension) {
        let people = clinic.ask("+79005550101").await;
        let why = people.why.unwrap();
        let typed = ["8 (900) 555-01-01 доб. 2", "+7 900 555-01-01"];
        assert!(typed.iter().any(|typed| why.starts_with(&format!("номер в карте: {typed}; совпал"))), "{why}");
    }
}

async fn a_number_written_with_eight_and_brackets(clinic: Arc<Clinic>) {
    let mother = clinic.ask("+79005550101").await.people;
    let mother = mother.iter().find(|person| person.full_name.starts_with("ИВАНОВА")).unwrap();
    assert_eq!(mother.phones, [number("+79005550101")], "«доб. 2» is no number of its own");
}

async fn several_numbers_of_one_person(clinic: Arc<Clinic>) {
    let by_first = clinic.only("+79015550202").await;
    let by_second = clinic.only("+74955550303").await;
    assert_eq!(by_first.full_name, "ПЕТРОВ Пётр Петрович");
    assert_eq!(by_first.id, by_second.id);
    assert_eq!(by_first.phones, [number("+79015550202"), number("+74955550303")]);
    assert_eq!(by_first.born, Some(date(1960, 2, 29)));
}

async fn a_number_of_another_country(clinic: Arc<Clinic>) {
    let person = clinic.only("+4930123456").await;
    assert_eq!(person.full_name, "ШМИДТ Клара");
    assert_eq!(person.patronymic, None);
    assert_eq!(person.phones, [number("+4930123456")]);
}

async fn an_unknown_number_is_an_answer(clinic: Arc<Clinic>) {
    let nobody = clinic.ask("+79005559999").await;
    assert_eq!(names(&nobody.people), [""; 0]);
    assert!(nobody.why.is_some_and(|why| !why.is_empty()), "nobody is an answer with a reason");
}

async fn a_cancelled_visit_is_not_the_next(clinic: Arc<Clinic>) {
    let mother = known(&clinic, "18");
    let person = clinic.ask("+79005550101").await.people;
    let person = person.iter().find(|person| person.full_name == mother.full_name()).unwrap();
    let booked = mother.visits.iter().find(|visit| visit.state == State::Booked).unwrap();
    let next = person.next_visit.as_ref().unwrap();
    assert_eq!(next.at, booked.begins());
    assert!(next.doctor.as_ref().is_some_and(|doctor| doctor.contains(DOCTOR[0])), "{next:?}");
    if clinic.has(Fact::LastVisit) {
        let done = mother.visits.iter().rfind(|visit| visit.state == State::Done).unwrap();
        assert_eq!(person.last_visit.as_ref().unwrap().at, done.begins());
    } else {
        assert_eq!(person.last_visit, None);
    }
}

async fn no_debt_is_nothing_and_not_zero(clinic: Arc<Clinic>) {
    let free = clinic.only("+79125550404").await;
    assert_eq!(free.debt, None);
    assert!(free.alerts.iter().all(|alert| alert.kind != AlertKind::Debt));
    let people = clinic.ask("+79005550101").await.people;
    let debt_of = |name: &str| people.iter().find(|person| person.full_name.starts_with(name)).unwrap().debt.clone();
    assert_eq!(debt_of("ИВАНОВ "), None, "a mother's debt is not her son's");
    let debt = debt_of("ИВАНОВА ");
    if clinic.has(Fact::Debt) {
        let debt = debt.unwrap();
        assert_eq!((debt.amount.as_str(), debt.currency.as_str()), ("2400.00", "RUB"));
    } else {
        assert_eq!(debt, None);
    }
}

async fn warnings_are_the_persons_own(clinic: Arc<Clinic>) {
    let people = clinic.ask("+79005550101").await.people;
    let of = |name: &str| {
        let person = people.iter().find(|person| person.full_name.starts_with(name)).unwrap();
        let texts = person.alerts.iter().filter(|alert| alert.kind == AlertKind::Allergy);
        texts.map(|alert| alert.text.clone()).collect::<Vec<_>>()
    };
    assert_eq!(of("ИВАНОВ "), [""; 0]);
    if clinic.has(Fact::Allergy) {
        assert_eq!(of("ИВАНОВА "), ["пенициллин"]);
    } else {
        assert_eq!(of("ИВАНОВА "), [""; 0]);
    }
}

async fn text_stays_text(clinic: Arc<Clinic>) {
    let person = clinic.only("+74995550505").await;
    assert_eq!(person.full_name, "<b>Ёлкин</b> О'Коннор & Ко");
    assert_eq!((person.born, person.sex), (None, Sex::Unknown), "absent knowledge stays absent");
}

async fn people_are_found_by_name(clinic: Arc<Clinic>) {
    if !clinic.has(Fact::SearchByName) {
        return;
    }
    assert_eq!(clinic.search("иванова мар", 10).await, ["ИВАНОВА Мария Петровна"]);
    assert_eq!(clinic.search("Шмидт", 10).await, ["ШМИДТ Клара"]);
    assert_eq!(clinic.search("иванов", 1).await.len(), 1, "no more than wanted");
    assert_eq!(clinic.search("небылицын", 10).await, [""; 0]);
    assert_eq!(clinic.search("  ", 10).await, [""; 0], "nothing asked, nobody found");
}

async fn people_are_found_by_chart(clinic: Arc<Clinic>) {
    if clinic.has(Fact::SearchByChart) {
        assert_eq!(clinic.search("1234/11", 10).await, ["ИВАНОВА Мария Петровна"]);
    }
}

async fn people_are_found_by_digits(clinic: Arc<Clinic>) {
    if clinic.has(Fact::SearchByDigits) {
        assert_eq!(clinic.search("9125550404", 10).await, ["СИДОРОВА Алёна Игоревна"]);
    }
}

async fn the_chart_opens(clinic: Arc<Clinic>) {
    let person = clinic.only("+79125550404").await;
    let url = clinic.has(Fact::Id).then(|| OPEN_URL.replace("{id}", &person.id));
    assert_eq!(person.open_url, url);
}

async fn it_says_that_it_fares_well(clinic: Arc<Clinic>) {
    clinic.directory.ping().await.unwrap();
    let check = clinic.directory.check().await;
    assert!(check.ok && !check.lines.is_empty(), "{:?}", check.lines);
    let Health { state, people: count, .. } = clinic.directory.health();
    assert_eq!(state, HealthState::Ok);
    assert!(count.is_none_or(|count| count as usize == people(clinic.now).len()), "{count:?}");
}
