//! From rows to people: which column is which, whose number it really is, and one person of several rows.

use std::borrow::Cow;

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{Timestamp, civil};
use phone::PhoneNumber;

use super::answer::Rows;
use crate::file::table::{Table, folded};
use crate::matching::{why_found, written_in};
use crate::order::in_reading_order;
use crate::people::Person;
use crate::settings::Surroundings;
use crate::source::{Answer, DirectoryError};

/// More people on one number are the clinic's own number typed into every card.
const MOST_SHOWN: usize = 50;

/// A row under the names of [`Plan`].
type Row = Vec<Cow<'static, str>>;

/// What the columns of a query are.
pub(super) struct Plan {
    pub(super) table: Table,
    /// Where each name stands that is read here and not by [`Table`].
    extra: Vec<(Extra, usize)>,
    last_visit: Option<usize>,
    next_visit: Option<usize>,
    debt: Option<usize>,
}

/// Columns that complete another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Extra {
    TimeZone,
    DebtCurrency,
    LastVisitDoctor,
    LastVisitService,
    LastVisitPlace,
    NextVisitDoctor,
    NextVisitService,
    NextVisitPlace,
}

impl Extra {
    fn of(name: &str) -> Option<Extra> {
        Some(match name {
            "time_zone" => Extra::TimeZone,
            "debt_currency" => Extra::DebtCurrency,
            "last_visit_doctor" => Extra::LastVisitDoctor,
            "last_visit_service" => Extra::LastVisitService,
            "last_visit_place" => Extra::LastVisitPlace,
            "next_visit_doctor" => Extra::NextVisitDoctor,
            "next_visit_service" => Extra::NextVisitService,
            "next_visit_place" => Extra::NextVisitPlace,
            _ => return None,
        })
    }
}

impl Plan {
    /// By the columns' names, in any case.
    ///
    /// # Errors
    /// There is no name or no phone among them; in Russian, with what was found.
    pub(super) fn of(columns: &[String], surroundings: &Surroundings) -> Result<Plan, String> {
        let names: Vec<String> = columns.iter().map(|name| name.trim().to_lowercase()).collect();
        let place = |wanted: &str| names.iter().position(|name| name == wanted);
        let headers: Vec<&str> = names
            .iter()
            .map(|name| match name.as_str() {
                // What the query compares is no number of the record: ten digits may be another country's.
                "phone10" | "phones10" | "phone_10" | "search_name" => "",
                "alerts" => "alert",
                "patient_id" => "id",
                name if Extra::of(name).is_some() => "",
                name => name,
            })
            .collect();
        Ok(Plan {
            table: Table::of(&headers, surroundings)?,
            extra: names.iter().enumerate().filter_map(|(at, name)| Some((Extra::of(name)?, at))).collect(),
            last_visit: place("last_visit"),
            next_visit: place("next_visit"),
            debt: place("debt"),
        })
    }

    /// Puts the completing columns where [`Table`] reads them.
    fn complete(&self, row: &mut Row, clinic: &TimeZone) {
        let extra = |wanted: Extra| {
            let place = self.extra.iter().find(|(extra, _)| *extra == wanted);
            let text = place.and_then(|(_, at)| row.get(*at)).map(|text| text.trim()).unwrap_or_default();
            // These part a visit's cell.
            text.replace([';', '|'], ",")
        };
        let named = extra(Extra::TimeZone);
        let zone = if named.is_empty() { None } else { TimeZone::get(&named).ok() };
        let zone = zone.unwrap_or_else(|| clinic.clone());
        let last = [Extra::LastVisitDoctor, Extra::LastVisitService, Extra::LastVisitPlace].map(extra);
        let next = [Extra::NextVisitDoctor, Extra::NextVisitService, Extra::NextVisitPlace].map(extra);
        let currency = extra(Extra::DebtCurrency);
        for (place, about) in [(self.last_visit, last), (self.next_visit, next)] {
            if let Some(cell) = place.and_then(|at| row.get_mut(at)).filter(|cell| !cell.trim().is_empty()) {
                *cell = Cow::Owned(visit(cell, &about, &zone));
            }
        }
        if let Some(debt) = self.debt.and_then(|at| row.get_mut(at)).filter(|debt| !debt.trim().is_empty())
            && !currency.is_empty()
        {
            *debt = Cow::Owned(format!("{debt} {currency}"));
        }
    }
}

/// `2026-11-30T10:30:00+03:00; Петров; УЗИ; каб. 12`: the visit in one cell, its time a moment.
fn visit(cell: &str, about: &[String; 3], zone: &TimeZone) -> String {
    let (when, told) = match cell.split_once([';', '|']) {
        Some((when, _)) => (when.trim(), cell.get(when.len()..).unwrap_or_default()),
        None => (cell.trim(), ""),
    };
    let moment = if when.parse::<Timestamp>().is_ok() || when.parse::<civil::Date>().is_ok_and(|_| when.len() <= 10) {
        None
    } else {
        when.parse::<DateTime>().ok().and_then(|at| zone.to_timestamp(at).ok()).map(|at| at.to_string())
    };
    let when = moment.unwrap_or_else(|| when.to_owned());
    if told.is_empty() { format!("{when}; {}", about.join("; ")) } else { format!("{when}{told}") }
}

/// Somebody's rows.
struct Found {
    rows: Vec<Row>,
    id: String,
    words: String,
}

/// The people of all rows, in the rows' order; whoever has an id that is somebody else's too is known by the second part.
fn people_of(plan: &Plan, rows: Rows, now: Timestamp, clinic: &TimeZone) -> Vec<(Found, bool)> {
    let mut found: Vec<Found> = Vec::new();
    for mut row in rows.rows {
        plan.complete(&mut row, clinic);
        let own = plan.table.id(&row).to_owned();
        let id = if own.is_empty() { plan.table.made_up_id(&row, now) } else { own };
        let words = plan.table.words(&row);
        match found.iter_mut().find(|other| other.id == id && other.words == words) {
            Some(person) => person.rows.push(row),
            None => found.push(Found { rows: vec![row], id, words }),
        }
    }
    let shared: Vec<bool> =
        found.iter().map(|one| found.iter().filter(|other| other.id == one.id).count() > 1).collect();
    found.into_iter().zip(shared).collect()
}

/// Who has the number; whoever came back without it is not shown.
pub(super) fn on_number(
    plan: &Plan,
    rows: Rows,
    number: &PhoneNumber,
    now: Timestamp,
    surroundings: &Surroundings,
) -> Result<Answer, DirectoryError> {
    let (count, is_cut) = (rows.rows.len(), rows.is_cut);
    let zone = &surroundings.time_zone;
    let mut people: Vec<(Person, String)> = Vec::new();
    for (found, is_shared) in people_of(plan, rows, now, zone) {
        let cells = found.rows.iter().flat_map(|row| plan.table.phones(row));
        let Some(written) = written_in(cells, number, &surroundings.region) else {
            continue;
        };
        if let Some(person) = plan.table.person(&found.rows, !is_shared, now) {
            people.push((person, why_found(&written)));
        }
    }
    if people.is_empty() && count > 0 {
        return Err(DirectoryError::FilterIgnored { rows: count });
    }
    if people.is_empty() {
        return Ok(Answer { why: Some("номера нет в базе МИС".to_owned()), ..Answer::default() });
    }
    let mut whys: Vec<(String, String)> = people.iter().map(|(person, why)| (person.id.clone(), why.clone())).collect();
    let mut people: Vec<Person> = people.into_iter().map(|(person, _)| person).collect();
    let total = people.len();
    in_reading_order(&mut people, now, zone);
    people.truncate(MOST_SHOWN);
    let why = if is_cut {
        Some(format!("на этом номере больше {total} человек, показаны первые {}", people.len()))
    } else if total > people.len() {
        Some(format!("на этом номере людей: {total}, показаны первые {}", people.len()))
    } else {
        let first = people.first().map(|person| person.id.clone());
        let at = whys.iter().position(|(id, _)| Some(id) == first.as_ref());
        at.map(|at| whys.swap_remove(at).1)
    };
    Ok(Answer { people, why, has_more: false })
}

/// Who was found by a search. A query that does not heed what was typed shows nobody's card here either.
pub(super) fn matching(
    plan: &Plan,
    rows: Rows,
    text: &str,
    limit: usize,
    now: Timestamp,
    surroundings: &Surroundings,
) -> Vec<Person> {
    let wanted = folded(text);
    let digits = digits_of(text);
    let mut people = Vec::new();
    for (found, is_shared) in people_of(plan, rows, now, &surroundings.time_zone) {
        let by_name = !wanted.is_empty()
            && wanted.split(' ').all(|word| found.words.split(' ').any(|known| known.starts_with(word)));
        let Some(person) = plan.table.person(&found.rows, !is_shared, now) else {
            continue;
        };
        let by_chart = person.chart.as_deref().is_some_and(|chart| folded(chart).starts_with(&wanted));
        let by_number = !digits.is_empty() && person.phones.iter().any(|number| number.digits().contains(&digits));
        if by_name || by_chart || by_number {
            people.push((found.words, person));
        }
    }
    people.sort_by(|(one, _), (other, _)| one.cmp(other));
    people.into_iter().map(|(_, person)| person).take(limit).collect()
}

/// The digits of a text that is a number or a part of one, without the country's or the city's prefix of a whole
/// Russian number; else nothing.
pub(super) fn digits_of(text: &str) -> String {
    let is_number = |letter: char| letter.is_ascii_digit() || letter.is_whitespace() || "+()-".contains(letter);
    if !text.chars().all(is_number) {
        return String::new();
    }
    let digits: String = text.chars().filter(char::is_ascii_digit).take(15).collect();
    match digits.strip_prefix(['7', '8']) {
        Some(national) if national.len() == 10 => national.to_owned(),
        _ if digits.len() < 3 => String::new(),
        _ => digits,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_visit_keeps_its_moment_whatever_its_column_is() {
        let moscow = TimeZone::get("Europe/Moscow").unwrap();
        let about = ["Петров".to_owned(), String::new(), "каб. 12".to_owned()];
        let cases = [
            ("2026-11-30T10:30:00+05:00", "2026-11-30T10:30:00+05:00; Петров; ; каб. 12"),
            ("2026-11-30T10:30:00", "2026-11-30T07:30:00Z; Петров; ; каб. 12"),
            ("2026-11-30 10:30:00.25", "2026-11-30T07:30:00.25Z; Петров; ; каб. 12"),
            ("2026-11-30", "2026-11-30; Петров; ; каб. 12"),
            ("infinity", "infinity; Петров; ; каб. 12"),
            ("2026-11-30 10:30; Сидоров", "2026-11-30T07:30:00Z; Сидоров"),
        ];
        for (cell, expected) in cases {
            assert_eq!(visit(cell, &about, &moscow), expected, "{cell}");
        }
    }

    #[test]
    fn digits_of_a_whole_number_lose_their_prefix() {
        assert_eq!(digits_of("8 (912) 555-04-04"), "9125550404");
        assert_eq!(digits_of("+7 912 555"), "7912555");
        assert_eq!(digits_of("0404"), "0404");
        assert_eq!((digits_of("1234/11"), digits_of("12"), digits_of("")), Default::default());
    }
}
