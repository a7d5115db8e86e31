//! The kind `sql`: the real schema of GNU Health on PostgreSQL, and an SQLite file.

use directory::Sex;
use jiff::Timestamp;

use crate::clinics::gnu_health::{GnuHealth, Patient};
use crate::people::{DOCTOR, State, people};

#[tokio::test]
async fn smoke() {
    let began = std::time::Instant::now();
    let clinic = gnu_health(Timestamp::now()).await;
    eprintln!("{:?}", began.elapsed());
    eprintln!(
        "{}",
        clinic.postgres.sql("health", "set role mis_reader; select row_to_json(p) from callpop.patients p")
    );
}

/// GNU Health with the invented people, and the view that is shipped for it.
async fn gnu_health(now: Timestamp) -> GnuHealth {
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
