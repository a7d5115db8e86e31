//! Last and next visit: Appointment, and Encounter where a clinic books nothing.

use jiff::Timestamp;
use jiff::civil::Time;
use jiff::tz::TimeZone;
use serde_json::Value;

use super::patient::name_of;
use super::record::{all, belongs, id_of, moment, text, words};
use super::server::{Rows, Server};
use crate::people::Visit;
use crate::source::DirectoryError;

/// Booked, and not known to be off.
const TO_COME: &str = "booked,pending,arrived,checked-in";
/// Over, and the patient was there.
const DONE: &str = "fulfilled";

/// The latest visit that has begun and the nearest that has not.
pub(super) async fn of(
    server: &Server,
    patient: &str,
    now: Timestamp,
    zone: &TimeZone,
) -> Result<(Option<Visit>, Option<Visit>), DirectoryError> {
    let (booked, done) = tokio::join!(booked(server, patient, now, zone), done(server, patient, now, zone));
    let (mut last, next) = around(booked?, done?, now);
    if last.is_none() {
        last = encountered(server, patient, now, zone).await?;
    }
    Ok((last, next))
}

fn around(booked: Vec<Visit>, done: Vec<Visit>, now: Timestamp) -> (Option<Visit>, Option<Visit>) {
    let (begun, next): (Vec<Visit>, Vec<Visit>) = booked.into_iter().partition(|visit| visit.at <= now);
    let last = begun.into_iter().chain(done).max_by_key(|visit| visit.at);
    (last, next.into_iter().min_by_key(|visit| visit.at))
}

/// The same of answers that were not asked for here: appointments of every state, and encounters.
pub(super) fn of_rows(
    appointments: &Rows,
    encounters: &Rows,
    patient: &str,
    now: Timestamp,
    zone: &TimeZone,
) -> (Option<Visit>, Option<Visit>) {
    let done = appointments_in(appointments, patient, zone, DONE).into_iter().filter(|visit| visit.at <= now).collect();
    let (last, next) = around(appointments_in(appointments, patient, zone, TO_COME), done, now);
    (last.or_else(|| encountered_in(encounters, patient, now, zone)), next)
}

/// From the beginning of the clinic's day on: who came this morning is here today.
async fn booked(server: &Server, patient: &str, now: Timestamp, zone: &TimeZone) -> Result<Vec<Visit>, DirectoryError> {
    let midnight = zone.to_datetime(now).date().to_datetime(Time::midnight());
    let today = zone.to_timestamp(midnight).unwrap_or(now);
    let query = [
        ("patient", patient),
        ("date", &format!("ge{}", utc(today))),
        ("status", TO_COME),
        ("_sort", "date"),
        ("_count", "20"),
        ("_include", "Appointment:actor"),
    ];
    appointments(server, &query, patient, zone, TO_COME).await
}

async fn done(server: &Server, patient: &str, now: Timestamp, zone: &TimeZone) -> Result<Vec<Visit>, DirectoryError> {
    let query = [
        ("patient", patient),
        ("date", &format!("lt{}", utc(now))),
        ("status", DONE),
        ("_sort", "-date"),
        ("_count", "5"),
        ("_include", "Appointment:actor"),
    ];
    let visits = appointments(server, &query, patient, zone, DONE).await?;
    Ok(visits.into_iter().filter(|visit| visit.at <= now).collect())
}

/// A server that ignores a filter sends cancelled visits, and those of others: each is looked at here too.
async fn appointments(
    server: &Server,
    query: &[(&str, &str)],
    patient: &str,
    zone: &TimeZone,
    states: &str,
) -> Result<Vec<Visit>, DirectoryError> {
    server.search("Appointment", query, |_| false).await.map(|rows| appointments_in(&rows, patient, zone, states))
}

fn appointments_in(rows: &Rows, patient: &str, zone: &TimeZone, states: &str) -> Vec<Visit> {
    let is_wanted = |visit: &&Value| {
        text(visit, "status").is_some_and(|state| states.split(',').any(|wanted| wanted == state))
            && all(visit, "participant").iter().any(|taking_part| belongs(taking_part, "actor", patient))
    };
    let wanted = rows.matches.iter().filter(is_wanted);
    wanted.filter_map(|visit| self::visit(visit, &rows.included, patient, zone)).collect()
}

fn visit(appointment: &Value, included: &[Value], patient: &str, zone: &TimeZone) -> Option<Visit> {
    let at = moment(text(appointment, "start")?, zone)?;
    let taking_part = all(appointment, "participant");
    let who = |kinds: &[&str]| {
        taking_part.iter().find_map(|one| {
            let actor = one.get("actor")?;
            let (kind, id) = kinds.iter().find_map(|kind| Some((*kind, id_of(actor, kind)?)))?;
            text(actor, "display").map(str::to_owned).or_else(|| named(included, kind, id))
        })
    };
    let speciality = all(appointment, "specialty").iter().find_map(words);
    let doctor = who(&["Practitioner", "PractitionerRole"]);
    let doctor = match (doctor, speciality) {
        (Some(doctor), Some(speciality)) => Some(format!("{doctor}, {speciality}")),
        (doctor, speciality) => doctor.or(speciality),
    };
    let service = all(appointment, "serviceType").iter().find_map(words);
    let own = taking_part.iter().find(|one| belongs(one, "actor", patient));
    Some(Visit {
        id: text(appointment, "id").map(str::to_owned),
        at,
        doctor,
        service: service.or_else(|| appointment.get("appointmentType").and_then(words)),
        place: who(&["Location"]),
        confirmed: match own.and_then(|own| text(own, "status")) {
            Some("accepted") => Some(true),
            Some("declined") => Some(false),
            Some(_) | None => None,
        },
    })
}

/// The name of a doctor, role or place that came along.
fn named(included: &[Value], kind: &str, id: &str) -> Option<String> {
    let is_it = |one: &&Value| text(one, "resourceType") == Some(kind) && text(one, "id") == Some(id);
    let one = included.iter().find(is_it)?;
    match kind {
        "PractitionerRole" => one.get("practitioner").and_then(|doctor| text(doctor, "display")).map(str::to_owned),
        "Location" => text(one, "name").map(str::to_owned),
        _ => name_of(one),
    }
}

/// For clinics that record who was there without having booked it.
async fn encountered(
    server: &Server,
    patient: &str,
    now: Timestamp,
    zone: &TimeZone,
) -> Result<Option<Visit>, DirectoryError> {
    let until = format!("lt{}", utc(now));
    let query = [("patient", patient), ("date", until.as_str()), ("_sort", "-date"), ("_count", "5")];
    server.search("Encounter", &query, |_| false).await.map(|rows| encountered_in(&rows, patient, now, zone))
}

fn encountered_in(rows: &Rows, patient: &str, now: Timestamp, zone: &TimeZone) -> Option<Visit> {
    let was_there = |one: &&Value| {
        matches!(text(one, "status"), Some("arrived" | "triaged" | "in-progress" | "onleave" | "finished"))
            && belongs(one, "subject", patient)
    };
    let visits = rows.matches.iter().filter(was_there).filter_map(|one| {
        let doctors = all(one, "participant").iter().filter_map(|doctor| doctor.get("individual"));
        Some(Visit {
            id: None,
            at: moment(text(one.get("period")?, "start")?, zone)?,
            doctor: doctors.filter_map(|doctor| text(doctor, "display")).next().map(str::to_owned),
            service: all(one, "type").iter().find_map(words),
            place: one.get("serviceProvider").and_then(|place| text(place, "display")).map(str::to_owned),
            confirmed: None,
        })
    });
    visits.filter(|visit| visit.at <= now).max_by_key(|visit| visit.at)
}

/// Whole seconds in UTC: some servers read no other form.
fn utc(at: Timestamp) -> String {
    at.round(jiff::Unit::Second).unwrap_or(at).strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}
