//! The kind `sql`: the real schema of GNU Health on PostgreSQL, and an SQLite file.

use std::time::Duration;

use directory::sql::{Section, SqlDirectory};
use directory::{Sex, Surroundings};
use jiff::Timestamp;

use crate::clinic::{Clinic, Fact, holds};
use crate::clinics::gnu_health::{GnuHealth, Patient};
use crate::people::{DOCTOR, OPEN_URL, State, moscow, noon, people, region};

#[tokio::test]
async fn gnu_health_on_postgresql_holds_to_the_contract() {
    // The view asks the server's own clock.
    let now = Timestamp::now();
    let clinic = gnu_health(now).await;
    let section = Section {
        url: clinic.postgres.url("mis_reader", "health"),
        query: "select * from callpop.patients where phones10 @> array[:phone10]".to_owned(),
        search: "select * from callpop.patients
            where (select bool_and(search_name like '% ' || word || '%') from unnest(:words) word)
                or chart = :text
                or (:digits <> '' and array_to_string(phones10, ' ') like '%' || :digits || '%')"
            .to_owned(),
    };
    let directory = SqlDirectory::new(&section, surroundings()).unwrap();
    holds(Clinic { directory: Box::new(directory), now, lacks: vec![Fact::Debt], keep: Box::new(clinic) }).await;
}

#[tokio::test]
async fn sqlite_holds_to_the_contract() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("клиника.db");
    sqlite(&rusqlite::Connection::open(&path).unwrap(), noon());
    let section = Section {
        url: "sqlite:клиника.db".to_owned(),
        query: "select * from people where callpop_has_number(phones, :phone)".to_owned(),
        search: "select * from people
            where not exists (
                    select 1 from json_each(:words)
                    where callpop_folded(family_name || ' ' || given_name || ' ' || patronymic)
                        not like '% ' || value || '%')
                or chart = :text
                or (:digits <> '' and replace(replace(replace(replace(phones, ' ', ''), '-', ''), '(', ''), ')', '')
                    like '%' || :digits || '%')"
            .to_owned(),
    };
    let surroundings = Surroundings { folder: folder.path().to_owned(), ..surroundings() };
    let directory = SqlDirectory::new(&section, surroundings).unwrap();
    holds(Clinic { directory: Box::new(directory), now: noon(), lacks: Vec::new(), keep: Box::new(folder) }).await;
}

fn surroundings() -> Surroundings {
    Surroundings {
        region: region(),
        time_zone: moscow(),
        open_url: Some(OPEN_URL.to_owned()),
        timeout: Duration::from_secs(3),
        token: None,
        certificate: None,
        folder: std::env::temp_dir(),
        keep: None,
    }
}

/// An office's own database: a row for a person, visits apart.
fn sqlite(connection: &rusqlite::Connection, now: Timestamp) {
    connection
        .execute_batch(
            "pragma journal_mode = wal;
            create table patients (id integer primary key, family_name text, given_name text, patronymic text, born text,
                sex text, chart text, phones text, allergy text, debt numeric);
            create table visits (patient integer, at text, doctor text, state text);
            create view people as
            select *,
                (select at || '; ' || doctor from visits where patient = id and state = 'Done' order by at desc limit 1)
                    as last_visit,
                (select at || '; ' || doctor from visits where patient = id and state = 'Booked' order by at limit 1)
                    as next_visit
            from patients;",
        )
        .unwrap();
    for known in people(now) {
        let [family, given, patronymic] = known.name;
        let sex = match known.sex {
            Sex::Male => Some("м"),
            Sex::Female => Some("ж"),
            Sex::Unknown => None,
        };
        let born = known.born.map(|born| born.to_string());
        let debt: Option<f64> = known.debt.parse().ok();
        connection
            .execute(
                "insert into patients values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                rusqlite::params![
                    known.id,
                    family,
                    given,
                    patronymic,
                    born,
                    sex,
                    known.chart,
                    known.phone,
                    known.allergy,
                    debt
                ],
            )
            .unwrap();
        for visit in &known.visits {
            let at = visit.at.strftime("%Y-%m-%d %H:%M").to_string();
            let state = format!("{:?}", visit.state);
            connection
                .execute("insert into visits values (?, ?, ?, ?)", (known.id, at, visit.doctor.join(" "), state))
                .unwrap();
        }
    }
}

/// GNU Health with the invented people, and the view that is shipped for it.
pub(crate) async fn gnu_health(now: Timestamp) -> GnuHealth {
    let clinic = GnuHealth::start().await;
    let session = clinic.login().await;
    let doctor = session.doctor(DOCTOR[0], &format!("{} {}", DOCTOR[1], DOCTOR[2])).await;
    for known in people(now) {
        let [family, given, patronymic] = known.name;
        let given = format!("{given} {patronymic}");
        let patient = Patient {
            family,
            given: given.trim(),
            born: known.born,
            gender: match known.sex {
                Sex::Male => "m",
                Sex::Female => "f",
                Sex::Unknown => "u",
            },
            chart: Some(known.chart).filter(|chart| !chart.is_empty()),
            // The system has a contact for each number.
            phones: known.phone.split(',').map(str::trim).collect(),
        };
        let id = session.patient(&patient).await;
        if !known.allergy.is_empty() {
            session.allergy(id, known.allergy).await;
        }
        for visit in &known.visits {
            let state = match visit.state {
                State::Booked => "confirmed",
                State::Done => "done",
                State::Cancelled => "user_cancelled",
            };
            session.visit(id, doctor, visit.begins(), state).await;
        }
    }
    clinic.postgres.sql("health", include_str!("../../sql/gnu-health.sql"));
    clinic
}
