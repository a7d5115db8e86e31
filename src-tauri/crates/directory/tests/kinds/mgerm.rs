//! MGERM: found by the schedule, and whatever its server does.

use std::time::{Duration, Instant};

use directory::mgerm::{MgermDirectory, Section};
use directory::{Directory, DirectoryError, HealthState, Sex};
use jiff::ToSpan;

use crate::contract::{moscow, now, number};
use crate::mgerm_double::{Clinic, Patient, Trouble};
use crate::mgerm_office::{MgermOffice, clinic, double, section, surroundings};

#[tokio::test(flavor = "multi_thread")]
async fn phones_are_read_as_people_type_them() {
    let office = MgermOffice::read().await;
    let mother = office.one("+79005550606").await;
    let father = office.one("+79015550707").await;
    assert_eq!((mother.id.as_str(), &mother.full_name), (father.id.as_str(), &"ЗВЁЗДНАЯ Ева Олеговна".to_owned()));
    assert_eq!(mother.sex, Sex::Unknown, "3 is unknown");
    assert_eq!(office.one("+79005550808").await.full_name, "БЕЗНОМЕРНЫЙ Глеб");
    assert_eq!(office.why("+74955550303").await, "номер в карте: 8-495-555-03-03; совпали 10 цифр");
    let markup = office.one("+74995550505").await;
    assert_eq!((markup.full_name.as_str(), markup.born), ("<b>Ёлкин</b> О'Коннор & Ко", None));
    let petrov = office.one("+79015550202").await;
    assert_eq!(petrov.chart.as_deref(), Some("77/8"));
    let next = petrov.next_visit.unwrap();
    assert_eq!(next.at.to_string(), "2026-11-24T12:00:00Z", "a visit to a room counts too");
    assert_eq!(next.place.as_deref(), Some("Клиника, Поликлиническое отделение, каб. 12"));
    assert_eq!(next.id, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_miss_says_since_when_it_looked() {
    let office = MgermOffice::read().await;
    let why = office.why("+79005559999").await;
    assert_eq!(why, "номера нет в расписании с 25.10.2026 по 24.12.2026 (9 человек)");
    let health = office.directory.health();
    assert_eq!(health.people, Some(9));
    let told = "индекс: 9 человек, дни с 25.10.2026 по 24.12.2026, обновлён в 12:00";
    assert_eq!(health.why.as_deref(), Some(told));
    assert!(office.directory.answers_from_memory());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dead_mis_answers_from_the_index_and_heals_by_itself() {
    let office = MgermOffice::read().await;
    office.double.set(Trouble::Down).await;
    office.passes(301);
    let health = office.until("it says so", |health| health.state == HealthState::Slow).await;
    let why = health.why.unwrap();
    assert!(why.starts_with("МИС не отвечает") && why.contains("Пока отвечает индекс: 9 человек"), "{why}");
    assert_eq!(office.on("+79005550101").await.len(), 2);
    office.double.set(Trouble::None).await;
    office.passes(70);
    office.until("it heals", |health| health.state == HealthState::Ok).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_frozen_mis_does_not_slow_a_look_up() {
    let office = MgermOffice::read().await;
    office.double.set(Trouble::Frozen).await;
    office.passes(301);
    let started = Instant::now();
    for _ in 0..10 {
        office.directory.reload_if_changed().await;
        assert_eq!(office.on("+79005550101").await.len(), 2);
    }
    assert!(started.elapsed() < Duration::from_secs(1), "{:?}", started.elapsed());
}

#[tokio::test(flavor = "multi_thread")]
async fn every_trouble_is_a_sentence_and_not_a_card() {
    let troubles = [
        (Trouble::Down, "МИС не отвечает"),
        (Trouble::Status(401, None), "ключ доступа не принят (401)"),
        (Trouble::Status(403, None), "нет прав на эти данные (403)"),
        (Trouble::Status(404, None), "ничего нет (404)"),
        (Trouble::Status(429, Some(7)), "просит подождать 7 с"),
        (Trouble::Status(500, None), "HTTP 500"),
        (Trouble::Status(503, Some(3)), "просит подождать 3 с"),
        (Trouble::Html, "страница сайта (HTML)"),
        (Trouble::Truncated, "оборван"),
        (Trouble::Huge, "он больше 32 МБ"),
    ];
    for (trouble, words) in troubles {
        let office = MgermOffice::new().await;
        office.double.set(trouble.clone()).await;
        let health = office.until("down", |health| health.why.as_ref().is_some_and(|why| why.contains(words))).await;
        assert_eq!(health.state, HealthState::Down, "{trouble:?}");
        let error = office.directory.look_up(&number("+79005550101"), now()).await.unwrap_err();
        assert!(error.to_string().contains(words), "{trouble:?}: {error}");
        assert!(office.directory.search("иванова", 10, now()).await.is_err());
        assert!(office.directory.ping().await.is_err());
        let check = office.directory.check().await;
        assert!(!check.ok && check.lines.iter().any(|line| line.contains(words)), "{trouble:?}: {:?}", check.lines);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_token_is_refused_and_asked_for_seldom() {
    let double = double(clinic()).await;
    let (section, mut around) = (section(&double), surroundings());
    around.token = Some("another".into());
    let office = MgermOffice::with(double, &section, around);
    office.until("refused", |health| health.why.as_ref().is_some_and(|why| why.contains("401"))).await;
    for _ in 0..20 {
        office.directory.reload_if_changed().await;
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert_eq!(office.double.asked().len(), 2, "both lists of today, once");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_token_does_not_follow_to_another_host() {
    let stranger = double(clinic()).await;
    let office = MgermOffice::new().await;
    office.double.set(Trouble::Redirect(format!("{}/patientScheduledOnDate.php", stranger.base()))).await;
    office.until("told", |health| health.why.as_ref().is_some_and(|why| why.contains("перенаправляет"))).await;
    assert!(stranger.asked().is_empty());
    assert!(office.double.asked().iter().all(|asked| asked.authorization.as_deref() == Some("Bearer secret-token")));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_visit_that_vanishes_is_gone_at_the_next_reading() {
    let office = MgermOffice::read().await;
    let next = office.one("+79125550404").await.last_visit.unwrap();
    assert_eq!(next.at.to_string(), "2026-11-24T07:00:00Z");
    office.double.clinic().visits.retain(|visit| Some(visit.id.unwrap_or(0).to_string()) != next.id);
    office.passes(301);
    let before = "2026-11-23T06:00:00Z";
    office
        .until_on("+79125550404", |people| {
            people[0].last_visit.as_ref().is_some_and(|visit| visit.at.to_string() == before)
        })
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_changed_phone_moves_the_person() {
    let office = MgermOffice::read().await;
    let petrov = office.double.clinic().patients.iter().position(|one| one.id == Some(19)).unwrap();
    office.double.clinic().patients[petrov].phone = Some("8 903 555-09-09".to_owned());
    office.passes(301);
    office.until_on("+79035550909", |people| people.len() == 1).await;
    assert!(office.on("+79015550202").await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mis_that_ignores_the_day_makes_no_visits() {
    let office = MgermOffice::new().await;
    office.double.set(Trouble::IgnoresDate).await;
    let health =
        office.until("told", |health| health.why.as_ref().is_some_and(|why| why.contains("другого дня"))).await;
    assert_eq!(health.state, HealthState::Slow);
    let plain = office.one("+79125550404").await;
    assert_eq!((plain.next_visit, plain.last_visit.unwrap().at.to_string()), (None, "2026-11-24T07:00:00Z".to_owned()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_that_fails_does_not_take_the_other_with_it() {
    let office = MgermOffice::new().await;
    office.double.set(Trouble::RoomsFail).await;
    let health = office.until("told", |health| health.why.as_ref().is_some_and(|why| why.contains("HTTP 500"))).await;
    assert_eq!(health.state, HealthState::Slow);
    assert_eq!(office.on("+79125550404").await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn older_days_are_filled_in_slowly_and_forgotten_in_the_end() {
    let mut clinic = Clinic::new(moscow().to_datetime(now()));
    let place = clinic.add(Patient {
        id: Some(1),
        name: ["ДАВНЯЯ", "Ольга", ""].map(str::to_owned),
        phone: Some("89005550101".to_owned()),
        ..Patient::default()
    });
    let today = clinic.now.date();
    clinic.book(place, (today - 5.days()).at(9, 0, 0, 0));
    let double = double(clinic).await;
    let section = Section { days_back: 1, days_ahead: 1, history_days: 6, ..section(&double) };
    let office = MgermOffice::with(double, &section, surroundings());
    office.reads().await;
    for _ in 0..20 {
        office.directory.reload_if_changed().await;
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert!(office.double.count("patientScheduledOnDate.php") <= 8, "the clock stands: one older day at most");
    office
        .until("the older days are read", |health| {
            office.passes(2);
            health.why.as_ref().is_some_and(|why| why.contains("дни с 18.11.2026 по 25.11.2026"))
        })
        .await;
    assert_eq!(office.one("+79005550101").await.full_name, "ДАВНЯЯ Ольга");
    office.passes(2 * 24 * 3600);
    office.until_on("+79005550101", <[_]>::is_empty).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn five_thousand_people_on_one_number_do_not_freeze_the_card() {
    let mut clinic = Clinic::new(moscow().to_datetime(now()));
    let today = clinic.now.date();
    for id in 1..=5000 {
        let name = ["ОДНОФАМИЛЬЦЕВА".to_owned(), "Анна".to_owned(), String::new()];
        let phone = Some("+7 495 555-00-00".to_owned());
        let place = clinic.add(Patient { id: Some(id), name, phone, ..Patient::default() });
        clinic.book(place, (today - if id == 4321 { 0.days() } else { 3.days() }).at(15, 0, 0, 0));
    }
    let double = double(clinic).await;
    let section = Section { days_back: 4, days_ahead: 1, history_days: 4, ..section(&double) };
    let office = MgermOffice::with(double, &section, surroundings());
    office.reads().await;
    let started = Instant::now();
    let answer = office.directory.look_up(&number("+74955550000"), now()).await.unwrap();
    assert!(started.elapsed() < Duration::from_secs(1));
    assert_eq!(answer.people.len(), 50);
    assert_eq!(answer.people[0].id, "4321", "who comes today is first");
    assert_eq!(answer.why.as_deref(), Some("на этом номере людей: 5000, показаны первые 50"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_check_says_what_came_back() {
    let office = MgermOffice::new().await;
    let check = office.directory.check().await;
    assert!(check.ok, "{:?}", check.lines);
    for words in [
        "соединение не зашифровано",
        "расписание на сегодня, к врачам: записей 5, пациентов 5",
        "расписание на сегодня, в кабинеты: записей 1, пациентов 1",
        "телефонов, которые не удалось прочитать: 1",
        "карта пациента (getPatient): пришла",
    ] {
        assert!(check.lines.iter().any(|line| line.contains(words)), "{words}: {:?}", check.lines);
    }
    assert!(check.lines.iter().all(|line| !line.contains("secret-token") && !line.contains("ПЕТРОВ")));
}

#[test]
fn a_wrong_setting_is_named() {
    let open = |section: Section| MgermDirectory::new(&section, surroundings()).err().map(|error| error.key);
    let right = Section { base: "https://mis.example/_mgerm_external".to_owned(), ..Section::default() };
    assert_eq!(open(right.clone()), None);
    assert_eq!(open(Section::default()).as_deref(), Some("directory.mgerm.base"));
    let with_secret = "https://name:word@mis.example".to_owned();
    assert_eq!(open(Section { base: with_secret, ..right.clone() }).as_deref(), Some("directory.mgerm.base"));
    assert_eq!(open(Section { keep: "drawer".to_owned(), ..right }).as_deref(), Some("directory.mgerm.keep"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mis_not_read_yet_is_no_answer() {
    let office = MgermOffice::new().await;
    let error = office.directory.look_up(&number("+79005550101"), now()).await.unwrap_err();
    assert!(matches!(error, DirectoryError::Unavailable { .. }), "{error}");
    assert_eq!(office.directory.health().state, HealthState::Down);
}
