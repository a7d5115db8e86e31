//! MGERM: the refreshed card, and what can be changed.

use std::collections::BTreeMap;

use directory::mgerm::Section;
use directory::{AlertKind, Directory, DirectoryError, NewPerson, Sex, Slot, SlotQuery, Write, WriteError, Written};
use jiff::civil::{Date, date};

use crate::contract::{now, number};
use crate::mgerm_double::Trouble;
use crate::mgerm_office::{MgermOffice, clinic, double, section, surroundings};

const THURSDAY: Date = date(2026, 11, 26);

async fn write(office: &MgermOffice, write: Write) -> Result<Written, WriteError> {
    office.directory.write(write, now()).await
}

fn said(result: Result<Written, WriteError>) -> String {
    result.err().map(|error| error.to_string()).unwrap_or_default()
}

fn somebody(family: &str, born: Date) -> NewPerson {
    NewPerson {
        family_name: family.to_owned(),
        given_name: "Анна".to_owned(),
        patronymic: Some("Олеговна".to_owned()),
        born,
        sex: Sex::Female,
        phone: Some(number("+79165551111")),
    }
}

async fn with_card() -> MgermOffice {
    let double = double(clinic()).await;
    let paths = [("debt", "$.debt"), ("allergy", "$.allergy[*]"), ("vip", "$.vip"), ("note", "$.note")];
    let card: BTreeMap<_, _> = paths.map(|(key, path)| (key.to_owned(), path.to_owned())).into();
    let section = Section { card, ..section(&double) };
    let office = MgermOffice::with(double, &section, surroundings());
    office.reads().await;
    office
}

#[tokio::test(flavor = "multi_thread")]
async fn the_free_card_lands_on_the_person() {
    let office = with_card().await;
    let found = office.directory.look_up(&number("+79005550101"), now()).await.unwrap();
    assert!(found.has_more);
    let people = office.directory.details(found.people, now()).await;
    let [mother, son] = people.as_slice() else { panic!("two people") };
    let alerts: Vec<_> = mother.alerts.iter().map(|alert| (alert.kind, alert.text.as_str())).collect();
    assert_eq!(alerts, [(AlertKind::Allergy, "пенициллин"), (AlertKind::Debt, "долг 2 400 ₽")]);
    assert_eq!(mother.note.as_deref(), Some("звонить после 18"));
    assert!(mother.next_visit.is_some() && mother.gaps.is_empty());
    assert!(son.alerts.is_empty() && son.debt.is_none() && son.gaps.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_card_that_does_not_come_is_a_gap() {
    let office = with_card().await;
    let found = office.on("+79005550101").await;
    office.double.set(Trouble::Status(500, None)).await;
    let people = office.directory.details(found.clone(), now()).await;
    assert_eq!(people[0].full_name, "ИВАНОВА Мария Петровна");
    let gaps = ["свежие данные карты (в МИС ошибка)", "долг и предупреждения (в МИС ошибка)"];
    assert_eq!(people[0].gaps, gaps);
    assert!(people[0].next_visit.is_some(), "what was known stays");
    office.double.set(Trouble::None).await;
    office.double.clinic().patients.retain(|patient| patient.id != Some(17));
    let people = office.directory.details(found, now()).await;
    assert!(people[0].gaps.is_empty());
    assert_eq!(people[1].gaps, ["карта (в МИС её больше нет)"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn details_bring_what_changed_since() {
    let office = with_card().await;
    let found = office.on("+79125550404").await;
    let place = office.double.clinic().patients.iter().position(|one| one.id == Some(21)).unwrap();
    office.double.clinic().patients[place].name[0] = "ЗАМУЖНЯЯ".to_owned();
    let people = office.directory.details(found, now()).await;
    assert_eq!(people[0].full_name, "ЗАМУЖНЯЯ Алёна Игоревна");
    assert_eq!(office.one("+79125550404").await.full_name, "ЗАМУЖНЯЯ Алёна Игоревна", "the index knows it too");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_visit_is_confirmed_and_refused() {
    let office = MgermOffice::read().await;
    let mother = office.on("+79005550101").await.remove(0);
    let visit = mother.next_visit.unwrap().id.unwrap();
    let confirmed = async || office.on("+79005550101").await.remove(0).next_visit.unwrap().confirmed;
    assert_eq!(confirmed().await, None);
    write(&office, Write::ConfirmVisit { visit: visit.clone(), yes: true }).await.unwrap();
    assert_eq!(confirmed().await, Some(true));
    let told = |office: &MgermOffice| office.double.clinic().visit(visit.parse().unwrap()).unwrap().confirmed;
    assert_eq!(told(&office), Some(true));
    write(&office, Write::ConfirmVisit { visit: visit.clone(), yes: false }).await.unwrap();
    assert_eq!((confirmed().await, told(&office)), (Some(false), Some(false)));
    // The day is read again at once, and does not forget what was told.
    let before = office.double.count("patientScheduledOnDate.php");
    office.directory.reload_if_changed().await;
    office.until("read again", |_| office.double.count("patientScheduledOnDate.php") >= before + 2).await;
    office.reads().await;
    assert_eq!(confirmed().await, Some(false));

    let unknown = said(write(&office, Write::ConfirmVisit { visit: "1".to_owned(), yes: true }).await);
    assert_eq!(unknown, "МИС отказала: Запись не найдена");
    let asked = office.double.asked().len();
    let none = said(write(&office, Write::ConfirmVisit { visit: "x&action=1".to_owned(), yes: true }).await);
    assert!(none.contains("нет номера записи"), "{none}");
    assert_eq!(office.double.asked().len(), asked, "nothing was sent");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_without_an_answer_is_unclear_and_sent_once() {
    let office = MgermOffice::read().await;
    let visit = office.on("+79005550101").await.remove(0).next_visit.unwrap().id.unwrap();
    office.double.set(Trouble::CutAfterChange).await;
    let confirm = Write::ConfirmVisit { visit: visit.clone(), yes: true };
    assert_eq!(write(&office, confirm.clone()).await, Err(WriteError::Unclear));
    assert_eq!(office.double.count("appointmentCallHistory.php"), 1);
    office.double.set(Trouble::Status(502, None)).await;
    assert_eq!(write(&office, confirm.clone()).await, Err(WriteError::Unclear));
    office.double.set(Trouble::Status(401, None)).await;
    assert!(matches!(
        write(&office, confirm.clone()).await,
        Err(WriteError::Directory(DirectoryError::Refused { .. }))
    ));
    office.double.set(Trouble::Down).await;
    // Whoever still holds a connection may have sent something over it: only a new one is known not to have.
    let section = section(&office.double);
    let office = MgermOffice::with(office.double, &section, surroundings());
    let down = write(&office, confirm).await;
    assert!(matches!(down, Err(WriteError::Directory(DirectoryError::NotReached { .. }))), "{down:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_visit_is_cancelled() {
    let office = MgermOffice::read().await;
    let visit = office.on("+79005550101").await.remove(0).next_visit.unwrap().id.unwrap();
    write(&office, Write::CancelVisit { visit: visit.clone(), reason: "заболела".to_owned() }).await.unwrap();
    assert!(office.on("+79005550101").await.iter().all(|person| person.next_visit.is_none()));
    let again = said(write(&office, Write::CancelVisit { visit, reason: String::new() }).await);
    assert_eq!(again, "МИС отказала (HTTP 400) и не сказала почему");
}

async fn slots(office: &MgermOffice) -> Vec<Slot> {
    let query = SlotQuery { date: THURSDAY, doctor: Some("2".to_owned()) };
    office.directory.slots(&query, now()).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn free_times_are_the_free_ones() {
    let office = MgermOffice::read().await;
    let times: Vec<String> = slots(&office).await.iter().map(|slot| slot.from.strftime("%H:%M").to_string()).collect();
    // 10:30 is the mother's; then a break, a reserved and a blocked place.
    assert_eq!(times, ["09:00", "09:30", "10:00", "12:30"]);
    let first = slots(&office).await.remove(0);
    assert_eq!(
        (first.doctor.as_str(), first.department.as_str()),
        ("Докторов Аркадий Семёнович, терапевт", "Поликлиническое отделение")
    );
    assert_eq!(first.services[0].price.as_deref(), Some("1500.00"));
    let all = office.directory.slots(&SlotQuery { date: THURSDAY, doctor: None }, now()).await.unwrap();
    let ultrasound = all.iter().find(|slot| slot.doctor_id == "3").unwrap();
    assert_eq!(ultrasound.services[0].name, "УЗИ брюшной полости", "asked for one by one where the schedule has none");
    assert_eq!(ultrasound.services[0].price.as_deref(), Some("2200.50"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_visit_is_made_and_found_at_once() {
    let office = MgermOffice::read().await;
    let slot = slots(&office).await.remove(0);
    let make = |who: NewPerson, slot: &Slot| Write::MakeVisit {
        who,
        slot: slot.clone(),
        service: Some("1".to_owned()),
        comment: Some("<b>натощак</b>".to_owned()),
    };
    let made = write(&office, make(somebody("НОВАЯ", date(1990, 2, 3)), &slot)).await.unwrap();
    let person = office.one("+79165551111").await;
    assert_eq!(person.full_name, "НОВАЯ Анна Олеговна");
    assert_eq!(person.next_visit.as_ref().unwrap().id, made.visit);
    assert_eq!(made.person, Some(person));
    // The day is read again: the MIS' own patient takes the place of the one entered here.
    let people = office.until_on("+79165551111", |people| people.len() == 1 && people[0].id.len() < 10).await;
    assert_eq!(people[0].next_visit.as_ref().unwrap().service.as_deref(), Some("Приём первичный"));

    let errors = [
        (make(somebody("ДРУГАЯ", date(1991, 2, 3)), &slot), "это время уже занято"),
        (
            make(somebody("НОВАЯ", date(1990, 2, 3)), &Slot { doctor_id: "3".to_owned(), ..slot.clone() }),
            "к другому врачу",
        ),
        (
            make(
                NewPerson { phone: Some(number("+4930123456")), ..somebody("ШМИДТ", date(1990, 2, 3)) },
                &slots(&office).await.remove(0),
            ),
            "не распознала номер",
        ),
        (
            make(
                somebody("ПОЗДНЯЯ", date(1990, 2, 3)),
                &Slot {
                    from: date(2026, 11, 23).at(9, 0, 0, 0),
                    to: date(2026, 11, 23).at(9, 30, 0, 0),
                    ..slot.clone()
                },
            ),
            "время уже прошло",
        ),
        (make(NewPerson { phone: None, ..somebody("БЕЗ", date(1990, 2, 3)) }, &slot), "нужен номер телефона"),
    ];
    for (wrong, words) in errors {
        let told = said(write(&office, wrong).await);
        assert!(told.contains(words), "{words}: {told}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_patient_is_registered_with_the_callers_number() {
    let office = MgermOffice::read().await;
    let written = write(&office, Write::RegisterPerson(somebody("НОВАЯ", date(1990, 2, 3)))).await.unwrap();
    let person = written.person.unwrap();
    assert_eq!(person.gaps, ["номер телефона (впишите его в карту в самой МИС)"], "the API has no place for it");
    let found = office.one("+79165551111").await;
    assert_eq!((found.id, found.born), (person.id, Some(date(1990, 2, 3))));
    let before = office.double.clinic().patients.len();
    write(&office, Write::RegisterPerson(somebody("НОВАЯ", date(1990, 2, 3)))).await.unwrap();
    assert_eq!(office.double.clinic().patients.len(), before, "who is there is not made twice");
    let odd = said(write(&office, Write::RegisterPerson(somebody("Н<ОВАЯ", date(1990, 2, 3)))).await);
    assert_eq!(odd, "МИС не приняла пациента: в фамилии есть недопустимые знаки");
}

#[tokio::test(flavor = "multi_thread")]
async fn it_says_what_it_can_change() {
    let office = MgermOffice::new().await;
    let can = office.directory.abilities();
    assert!(can.confirm_visit && can.register_person && can.make_visit && can.cancel_visit && !can.attach_number);
    let person = directory::Person::new("1", "И");
    let attach = Write::AttachNumber { person: Box::new(person), number: number("+79165551111") };
    assert_eq!(write(&office, attach).await, Err(WriteError::NotSupported));
}
