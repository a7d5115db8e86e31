//! Kind `sql` on PostgreSQL: roles, rows and what is made of them.

use std::time::Duration;

use directory::sql::{Section, SqlDirectory};
use directory::{Answer, Directory, DirectoryError, HealthState, Surroundings};
use jiff::Timestamp;

use crate::contract::{moscow, now, number};
use crate::postgres::Postgres;

/// A table as offices have them, and a role that reads it.
const CLINIC: &str = "
create table people (id int, full_name text, born text, phone text, phone10 text, next_visit timestamp,
    next_visit_doctor text, time_zone text, debt numeric, debt_currency text, vip boolean, note text);
create role reader login;
grant select on people to reader;
create index on people (phone10);
insert into people values
    (1, 'Вымыслова Мария Петровна', '0000-00-00', 'мама 8900 555-01-01, папа 8(901)555-02-02', '9005550101',
        '2026-11-30 10:30', 'Петров; терапевт', 'Asia/Omsk', 2400, 'KZT', true, '<script>alert(1)</script>'),
    (1, 'Вымыслова Мария Петровна', '1991-01-31', '+7 900 555-01-01', '9005550101',
        'infinity', null, null, null, null, false, null),
    (2, '<b>Ёлкин</b> О''Коннор', 'infinity', '8 (900) 555-01-02', '9005550102',
        null, null, null, -5, null, null, repeat('ы', 5000));";

pub(crate) const BY_PHONE10: &str = "select * from people where phone10 = :phone10";

pub(crate) fn clinic() -> Postgres {
    let postgres = Postgres::new();
    postgres.sql("postgres", CLINIC);
    postgres
}

pub(crate) fn surroundings() -> Surroundings {
    Surroundings {
        region: phone::Region::default(),
        time_zone: moscow(),
        open_url: None,
        timeout: Duration::from_secs(5),
        token: None,
        certificate: None,
        folder: std::env::temp_dir(),
        keep: None,
    }
}

pub(crate) fn open(url: &str, query: &str) -> SqlDirectory {
    let section = Section { url: url.to_owned(), query: query.to_owned(), search: String::new() };
    SqlDirectory::new(&section, surroundings()).unwrap()
}

/// For a source that will not answer: patience is four times the card's 500 ms.
pub(crate) fn open_hurried(url: &str, query: &str) -> SqlDirectory {
    let section = Section { url: url.to_owned(), query: query.to_owned(), search: String::new() };
    SqlDirectory::new(&section, Surroundings { timeout: Duration::from_millis(500), ..surroundings() }).unwrap()
}

pub(crate) async fn ask(directory: &SqlDirectory, e164: &str) -> Result<Answer, DirectoryError> {
    directory.look_up(&number(e164), now()).await
}

/// The answer in words, or the error's sentence.
pub(crate) async fn told(directory: &SqlDirectory) -> String {
    match ask(directory, "+79005550101").await {
        Ok(answer) => format!("людей: {}", answer.people.len()),
        Err(error) => error.to_string(),
    }
}

#[tokio::test]
async fn rows_become_cards() {
    let postgres = clinic();
    let directory = open(&postgres.url("reader", "postgres"), BY_PHONE10);
    let answer = ask(&directory, "+79005550101").await.unwrap();
    let [mother] = answer.people.as_slice() else { panic!("{} people", answer.people.len()) };
    assert_eq!((mother.id.as_str(), mother.given_name.as_deref()), ("1", Some("Мария")));
    assert_eq!(mother.born.map(|born| born.to_string()).as_deref(), Some("1991-01-31"), "0000-00-00 is no date");
    assert_eq!(mother.phones, [number("+79005550101"), number("+79015550202")]);
    let visit = mother.next_visit.as_ref().unwrap();
    assert_eq!(visit.at, "2026-11-30T04:30:00Z".parse::<Timestamp>().unwrap(), "10:30 in Omsk");
    assert_eq!(visit.doctor.as_deref(), Some("Петров, терапевт"));
    let debt = mother.debt.as_ref().unwrap();
    assert_eq!((debt.amount.as_str(), debt.currency.as_str()), ("2400.00", "KZT"));
    assert_eq!(mother.note.as_deref(), Some("<script>alert(1)</script>"), "text stays text");
    assert_eq!(answer.why.as_deref(), Some("номер в карте: 8900 555-01-01; совпали 10 цифр"));

    let other = ask(&directory, "+79005550102").await.unwrap().people.remove(0);
    assert_eq!((other.full_name.as_str(), other.born, other.debt), ("<b>Ёлкин</b> О'Коннор", None, None));
    assert!(other.note.is_some_and(|note| note.chars().count() <= 2001));

    let trial = directory.trial(&number("+79005550101"), now()).await;
    let steps: Vec<&str> = trial.steps.iter().map(|step| step.what.as_str()).collect();
    assert_eq!(steps, ["Запрос", "Ответ", "Поля"]);
    assert!(trial.steps[0].text.contains("phone10 = $1") && trial.steps[0].text.contains(":phone10 = 9005550101"));
    assert_eq!(trial.people.unwrap().people.len(), 1);
}

#[tokio::test]
async fn a_role_that_can_write_is_refused_until_it_cannot() {
    let postgres = clinic();
    postgres.sql(
        "postgres",
        "create role inserts login; grant select, insert on people to inserts;
        create role one_column login; grant select on people to one_column; grant update (note) on people to one_column;
        create role makes_tables login; grant select on people to makes_tables;
        grant create on schema public to makes_tables;
        create role makes_schemas login; grant select on people to makes_schemas;
        grant create on database postgres to makes_schemas;
        create role inherits login; grant inserts to inherits;
        create role makes_roles login createrole; grant select on people to makes_roles;",
    );
    let cases = [
        ("gnuhealth", "это суперпользователь"),
        ("inserts", "она может менять public.people"),
        ("one_column", "она может менять public.people"),
        ("makes_tables", "она может создавать таблицы в схеме public"),
        ("makes_schemas", "она может создавать схемы в базе postgres"),
        ("inherits", "она может менять public.people"),
        ("makes_roles", "она может создавать роли"),
    ];
    for (role, why) in cases {
        let directory = open(&postgres.url(role, "postgres"), BY_PHONE10);
        let error = ask(&directory, "+79005550101").await.unwrap_err();
        assert!(matches!(&error, DirectoryError::Refused { why: said } if said.contains(why)), "{role}: {error}");
        let check = directory.check().await;
        assert!(!check.ok && check.lines.iter().any(|line| line.contains(why)), "{role}: {:?}", check.lines);
        assert_eq!(directory.health().state, HealthState::Down);
    }
    let directory = open(&postgres.url("inserts", "postgres"), BY_PHONE10);
    assert!(!directory.check().await.ok);
    postgres.sql("postgres", "revoke insert on people from inserts");
    let check = directory.check().await;
    assert!(check.ok, "{:?}", check.lines);
    assert_eq!(told(&directory).await, "людей: 1");
    postgres.sql("postgres", "grant delete on people to inserts");
    assert!(!directory.check().await.ok, "a check looks at the rights afresh");
}

#[tokio::test]
async fn nobody_but_the_caller_is_shown() {
    let postgres = clinic();
    let url = postgres.url("reader", "postgres");
    let everybody = open(&url, "select * from people where :phone10 <> ''");
    assert_eq!(told(&everybody).await, "людей: 1", "the others' rows are dropped");
    let nobodys = ask(&everybody, "+79005559999").await;
    assert_eq!(nobodys, Err(DirectoryError::FilterIgnored { rows: 3 }));
    let check = everybody.check().await;
    assert!(!check.ok && check.lines.iter().any(|line| line.contains("не учитывает номер")), "{:?}", check.lines);

    let nobody = open(&url, BY_PHONE10);
    let answer = ask(&nobody, "+79005559999").await.unwrap();
    assert_eq!((answer.people.len(), answer.why.as_deref()), (0, Some("номера нет в базе МИС")));
}

#[tokio::test]
async fn five_thousand_people_on_one_number_do_not_freeze_the_card() {
    let postgres = clinic();
    postgres.sql(
        "postgres",
        "insert into people (id, full_name, phone, phone10)
        select number, 'Небылицын ' || number, '8 495 555-00-00', '4955550000' from generate_series(100, 5099) number;",
    );
    let directory = open(&postgres.url("reader", "postgres"), BY_PHONE10);
    let began = std::time::Instant::now();
    let answer = ask(&directory, "+74955550000").await.unwrap();
    assert_eq!(answer.people.len(), 50);
    assert_eq!(answer.why.as_deref(), Some("на этом номере больше 200 человек, показаны первые 50"));
    assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
}

#[tokio::test]
async fn a_list_of_spellings_finds_a_column_as_typed() {
    let postgres = clinic();
    let directory = open(&postgres.url("reader", "postgres"), "select * from people where phone = any(:phones);");
    assert_eq!(ask(&directory, "+79005550102").await.unwrap().people.len(), 1);
    let search = Section {
        url: postgres.url("reader", "postgres"),
        query: BY_PHONE10.to_owned(),
        search: "select * from people where true or :text = '' limit :limit".to_owned(),
    };
    let directory = SqlDirectory::new(&search, surroundings()).unwrap();
    let found = directory.search("вымысл мар", 10, now()).await.unwrap();
    assert_eq!(found.len(), 1, "whoever is not called so is not shown");
}

/// The tables that `sql/example.sql` reads.
const ANY_MIS: &str = "
create schema mis;
create table mis.doctor (id int primary key, name text);
create table mis.branch (id int primary key, time_zone text);
create table mis.patient (id int primary key, card_number text, last_name text, first_name text, middle_name text,
    birth_date date, sex text, phones text, allergies text, conflict boolean, vip boolean, warning text, debt numeric,
    relation text, comment text, doctor_id int, branch_id int);
create table mis.visit (patient_id int, starts_at timestamptz, state text, doctor_name text, service_name text,
    room text);
insert into mis.doctor values (1, 'Докторов А. С.');
insert into mis.branch values (1, 'Asia/Omsk');
insert into mis.patient values (7, '1234/11', 'Вымыслова', 'Алёна', 'Петровна', '1991-01-31', 'ж',
    'мама 8 (900) 555-01-01 доб. 2; папа +7 901 555-02-02', 'пенициллин', false, true, null, 2400, null, 'звонить после 18',
    1, 1);
insert into mis.visit values
    (7, now() - interval '3 days', 'done', 'Докторов А. С.', 'приём', '12'),
    (7, now() + interval '1 day', 'cancelled', 'Докторов А. С.', 'приём', '12'),
    (7, now() + interval '2 days', 'booked', 'Докторов А. С.', 'УЗИ', '14');";

#[tokio::test]
async fn the_example_view_is_what_callpop_reads() {
    let postgres = Postgres::new();
    postgres.sql("postgres", ANY_MIS);
    postgres.sql("postgres", include_str!("../../sql/example.sql"));
    let by_number = "select * from callpop.patients where phones10 @> array[:phone10]";
    let section = Section {
        url: postgres.url("mis_reader", "postgres"),
        query: by_number.to_owned(),
        search: "select * from callpop.patients
            where (select bool_and(search_name like '% ' || word || '%') from unnest(:words) word)
               or chart = :text
               or (:digits <> '' and array_to_string(phones10, ' ') like '%' || :digits || '%')"
            .to_owned(),
    };
    let directory = SqlDirectory::new(&section, surroundings()).unwrap();
    let check = directory.check().await;
    assert!(check.ok, "{:?}", check.lines);
    for caller in ["+79005550101", "+79015550202"] {
        let mut people = directory.look_up(&number(caller), Timestamp::now()).await.unwrap().people;
        let person = people.remove(0);
        assert_eq!((person.id.as_str(), person.chart.as_deref()), ("7", Some("1234/11")));
        assert_eq!(person.patronymic.as_deref(), Some("Петровна"));
        let alerts: Vec<&str> = person.alerts.iter().map(|alert| alert.text.as_str()).collect();
        assert_eq!(alerts, ["пенициллин", "долг 2 400 ₽", "VIP"]);
        let next = person.next_visit.unwrap();
        assert_eq!((next.service.as_deref(), next.place.as_deref()), (Some("УЗИ"), Some("14")));
        assert!(person.last_visit.is_some_and(|visit| visit.at < Timestamp::now()));
    }
    for typed in ["алена вым", "1234/11", "8 900 555-01-01"] {
        assert_eq!(directory.search(typed, 10, Timestamp::now()).await.unwrap().len(), 1, "{typed}");
    }
    let plan = postgres.sql(
        "postgres",
        "set enable_seqscan = off;
        explain select * from callpop.patients where phones10 @> array['9005550101'::text]",
    );
    assert!(plan.contains("callpop_phones10"), "the view hides the index:\n{plan}");
}
