//! A person's visits by a second request.

use jiff::Timestamp;
use serde_json::Value;

use super::card::{short, take_visits};
use super::path::Field;
use super::plan::{Plan, VisitsPlan};
use super::values::Begin;
use crate::people::{Person, Visit};

/// The gap's name.
pub(super) const VISITS: &str = "визиты";

/// Gives the person the visits of the rows. Rows of other people and visits that will not be do not count; what the
/// person's own fields said of visits stays where the rows say nothing.
pub(super) fn read(plan: &Plan, visits: &VisitsPlan, rows: &[Value], person: &mut Person, now: Timestamp) {
    let mut read = Vec::new();
    let mut unreadable = false;
    for row in rows {
        match visit(plan, visits, row, &person.id) {
            Ok(found) => read.extend(found),
            Err(_) => unreadable = true,
        }
    }
    let known = (person.last_visit.take(), person.next_visit.take());
    take_visits(person, read, now);
    person.last_visit = person.last_visit.take().or(known.0);
    person.next_visit = person.next_visit.take().or(known.1);
    if unreadable && !person.gaps.iter().any(|gap| gap == VISITS) {
        person.gaps.push(VISITS.to_owned());
    }
}

fn visit(
    plan: &Plan,
    visits: &VisitsPlan,
    row: &Value,
    person: &str,
) -> Result<Option<(Begin, Visit)>, super::values::Unreadable> {
    let first = |field: &Field| field.first(row, &plan.empty).map(|text| short(&text));
    // An API that ignores its filter returns everybody's.
    if !visits.person.paths.is_empty() && first(&visits.person).as_deref() != Some(person) {
        return Ok(None);
    }
    let state = first(&visits.status).map(|state| state.to_lowercase());
    if state.as_ref().is_some_and(|state| visits.cancelled.contains(state)) {
        return Ok(None);
    }
    let at: Vec<String> = visits.at.paths.iter().filter_map(|path| one(path.clone()).first(row, &plan.empty)).collect();
    let Some(begin) = plan.calendar.begin(&at.join(" "))? else {
        return Ok(None);
    };
    let visit = Visit {
        id: first(&visits.id),
        at: begin.at,
        doctor: first(&visits.doctor),
        service: Some(visits.service.all(row, &plan.empty).join(", "))
            .filter(|text| !text.is_empty())
            .map(|t| short(&t)),
        place: first(&visits.place),
        confirmed: state.is_some_and(|state| visits.confirmed.contains(&state)).then_some(true),
    };
    Ok(Some((begin, visit)))
}

fn one(path: super::path::Path) -> Field {
    Field { paths: vec![path] }
}
