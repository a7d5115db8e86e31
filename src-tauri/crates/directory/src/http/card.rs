//! From one row of an answer to a person.

use std::collections::BTreeMap;

use jiff::Timestamp;
use phone::{FieldNumber, PhoneNumber};
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::path::Field;
use super::plan::Plan;
use super::values::Begin;
use crate::file::values::{self, Flag};
use crate::link::chart_link;
use crate::matching::{numbers_of, written_in};
use crate::people::{Alert, AlertKind, Debt, Person, Sex, Visit};
use crate::settings::Surroundings;

/// Longer texts are cut on a card.
const MAX_TEXT: usize = 2000;
/// Longer names are cut on a card.
const MAX_NAME: usize = 400;
/// More numbers of one person are not kept.
const MAX_PHONES: usize = 50;

/// The fields of a person that `[directory.http.person]` may name.
pub(super) const FIELDS: [&str; 27] = [
    "id",
    "family_name",
    "given_name",
    "patronymic",
    "full_name",
    "born",
    "sex",
    "chart",
    "phones",
    "relation",
    "allergy",
    "conflict",
    "vip",
    "alert",
    "debt",
    "debt_currency",
    "note",
    "doctor",
    "last_visit",
    "last_visit_doctor",
    "last_visit_service",
    "last_visit_place",
    "next_visit",
    "next_visit_doctor",
    "next_visit_service",
    "next_visit_place",
    "next_visit_id",
];

/// `[directory.http.person]`, parsed.
#[derive(Debug, Clone, Default)]
pub(super) struct PersonFields {
    pub(super) fields: BTreeMap<&'static str, Field>,
}

/// Reads rows as people.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reading<'a> {
    pub(super) plan: &'a Plan,
    pub(super) surroundings: &'a Surroundings,
    pub(super) now: Timestamp,
}

impl Reading<'_> {
    pub(super) fn all(&self, field: &str, row: &Value) -> Vec<String> {
        self.plan.person.fields.get(field).map(|field| field.all(row, &self.plan.empty)).unwrap_or_default()
    }

    fn first(&self, field: &str, row: &Value) -> Option<String> {
        self.all(field, row).into_iter().next()
    }

    fn text(&self, field: &str, row: &Value) -> Option<String> {
        self.first(field, row).map(|text| cut(&text, MAX_TEXT))
    }

    fn name(&self, field: &str, row: &Value) -> Option<String> {
        let words = self.first(field, row)?;
        Some(cut(&words.split_whitespace().collect::<Vec<_>>().join(" "), MAX_NAME))
    }

    /// How the number stands in the row, if it does.
    pub(super) fn written(&self, row: &Value, number: &PhoneNumber) -> Option<FieldNumber> {
        let phones = self.all("phones", row);
        written_in(phones.iter().map(String::as_str), number, &self.surroundings.region)
    }

    /// Everything the row says of a person.
    pub(super) fn person(&self, row: &Value) -> Person {
        let parts = ["family_name", "given_name", "patronymic"].map(|field| self.name(field, row));
        let full_name = self.name("full_name", row).unwrap_or_else(|| {
            let parts: Vec<&str> = parts.iter().flatten().map(String::as_str).collect();
            parts.join(" ")
        });
        let full_name = if full_name.is_empty() { "Имя не указано".to_owned() } else { full_name };
        let [family_name, given_name, patronymic] = split(parts, &full_name);

        let mut gaps = Vec::new();
        let born = self.first("born", row).and_then(|text| {
            self.plan.calendar.born(&text, self.now).unwrap_or_else(|_| {
                gaps.push("дата рождения".to_owned());
                None
            })
        });
        let sex = self.first("sex", row).map_or(Sex::Unknown, |text| self.plan.sex.read(&text));
        let chart = self.text("chart", row);
        let typed = self.all("phones", row);
        let mut phones = numbers_of(typed.iter().map(String::as_str), &self.surroundings.region);
        phones.truncate(MAX_PHONES);

        let own_id = self.text("id", row);
        let id = own_id.clone().unwrap_or_else(|| {
            let born = born.map(|born| born.to_string()).unwrap_or_default();
            let phone = phones.first().map(|number| number.digits().to_owned()).unwrap_or_default();
            made_up_id(&full_name, &born, chart.as_deref().unwrap_or_default(), &phone)
        });

        let debt = self.debt(row).unwrap_or_else(|| {
            gaps.push("долг".to_owned());
            None
        });
        let mut alerts = Vec::new();
        for (field, kind, plain) in [
            ("allergy", AlertKind::Allergy, "есть аллергия"),
            ("conflict", AlertKind::Conflict, "был конфликт"),
            ("vip", AlertKind::Vip, "VIP"),
            ("alert", AlertKind::Note, "есть предупреждение"),
        ] {
            self.all(field, row).iter().for_each(|text| warn(&mut alerts, kind, text, plain));
        }
        if let Some(debt) = &debt {
            alerts.push(Alert { kind: AlertKind::Debt, text: format!("долг {}", values::spoken(debt)) });
        }
        alerts.sort_by_key(|alert| alert.kind);

        let mut person = Person {
            open_url: chart_link(self.surroundings.open_url.as_deref(), own_id.as_deref(), chart.as_deref()),
            id,
            full_name,
            given_name,
            patronymic,
            family_name,
            born,
            sex,
            chart,
            phones,
            relation: self.text("relation", row),
            alerts,
            debt,
            doctor: self.text("doctor", row),
            last_visit: None,
            next_visit: None,
            note: self.text("note", row),
            gaps,
        };
        self.visits_of_row(row, &mut person);
        person
    }

    /// `None`: it says something that is no sum.
    fn debt(&self, row: &Value) -> Option<Option<Debt>> {
        let Some(text) = self.first("debt", row) else {
            return Some(None);
        };
        let (below_zero, sum) = match text.strip_prefix(['-', '−']) {
            Some(sum) => (true, sum),
            None => (false, text.as_str()),
        };
        if below_zero != self.plan.debt_below_zero {
            // A balance in the patient's favour, or an overpaid debt.
            return Some(None);
        }
        let debt = values::debt(sum).ok()?;
        let told = self.first("debt_currency", row).map(|currency| currency.trim().to_uppercase());
        let currency = told.filter(|currency| currency.len() == 3 && currency.chars().all(|l| l.is_ascii_uppercase()));
        let spoken = sum.chars().any(|sign| !sign.is_ascii_digit() && !sign.is_whitespace() && !".,'".contains(sign));
        Some(debt.map(|debt| Debt {
            currency: currency.unwrap_or_else(|| if spoken { debt.currency } else { self.plan.currency.clone() }),
            amount: debt.amount,
        }))
    }

    /// The visits that stand in the person's own fields.
    fn visits_of_row(&self, row: &Value, person: &mut Person) {
        let mut visits = Vec::new();
        for which in ["last_visit", "next_visit"] {
            let Some(text) = self.first(which, row) else { continue };
            let part = |name: &str| self.text(&format!("{which}_{name}"), row);
            match self.plan.calendar.begin(&text) {
                Ok(None) => {}
                Ok(Some(begin)) => visits.push((
                    begin,
                    Visit {
                        id: part("id"),
                        at: begin.at,
                        doctor: part("doctor"),
                        service: part("service"),
                        place: part("place"),
                        confirmed: None,
                    },
                )),
                Err(_) => person.gaps.push("визиты".to_owned()),
            }
        }
        take_visits(person, visits, self.now);
    }
}

/// The latest visit that has begun and the nearest that has not.
pub(super) fn take_visits(person: &mut Person, visits: Vec<(Begin, Visit)>, now: Timestamp) {
    let (past, coming): (Vec<_>, Vec<_>) = visits.into_iter().partition(|(begin, _)| begin.past_from <= now);
    person.last_visit = past.into_iter().map(|(_, visit)| visit).max_by_key(|visit| visit.at);
    person.next_visit = coming.into_iter().map(|(_, visit)| visit).min_by_key(|visit| visit.at);
}

/// The same person in several rows becomes one, with the numbers of all. An id that several people share is nobody's:
/// each gets one of their own, and no chart is opened by it.
pub(super) fn each_once(people: Vec<Person>) -> Vec<Person> {
    let who = |person: &Person| (person.id.clone(), person.full_name.to_lowercase(), person.born);
    let mut once: Vec<Person> = Vec::with_capacity(people.len());
    let mut places = BTreeMap::new();
    let mut sharing: BTreeMap<String, usize> = BTreeMap::new();
    for person in people {
        match places.get(&who(&person)).and_then(|place: &usize| once.get_mut(*place)) {
            Some(known) => {
                let new = person.phones.into_iter().filter(|number| !known.phones.contains(number)).collect::<Vec<_>>();
                known.phones.extend(new);
                known.phones.truncate(MAX_PHONES);
            }
            None => {
                places.insert(who(&person), once.len());
                *sharing.entry(person.id.clone()).or_default() += 1;
                once.push(person);
            }
        }
    }
    for person in &mut once {
        if sharing.get(&person.id).is_some_and(|people| *people > 1) {
            let born = person.born.map(|born| born.to_string()).unwrap_or_default();
            let phone = person.phones.first().map(|number| number.digits()).unwrap_or_default();
            person.id = made_up_id(&person.full_name, &born, person.chart.as_deref().unwrap_or_default(), phone);
            person.open_url = None;
        }
    }
    once
}

pub(super) fn short(text: &str) -> String {
    cut(text, MAX_TEXT)
}

fn cut(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

fn warn(alerts: &mut Vec<Alert>, kind: AlertKind, said: &str, plain: &str) {
    let text = match values::flag(said) {
        Flag::No => return,
        Flag::Yes => plain.to_owned(),
        Flag::Says(words) => cut(words, MAX_TEXT),
    };
    if !alerts.iter().any(|alert| alert.kind == kind && alert.text == text) {
        alerts.push(Alert { kind, text });
    }
}

/// Name and patronymic of one field are told apart where the last word is a patronymic; any other name could be split
/// wrongly, and is not.
fn split(parts: [Option<String>; 3], full_name: &str) -> [Option<String>; 3] {
    let is_patronymic = |word: &str| {
        let word = word.to_lowercase();
        ["вич", "вна", "чна", "ьич"].iter().any(|end| word.ends_with(end))
    };
    match parts {
        [None, None, None] => match full_name.split(' ').collect::<Vec<_>>().as_slice() {
            [family, given, last] if is_patronymic(last) => [family, given, last].map(|word| Some((*word).to_owned())),
            _ => [None, None, None],
        },
        [family, Some(given), None] => match given.split_once(' ') {
            Some((first, last)) if is_patronymic(last) && !last.contains(' ') => {
                [family, Some(first.to_owned()), Some(last.to_owned())]
            }
            _ => [family, Some(given), None],
        },
        told => told,
    }
}

/// Somebody known by name only is told from a namesake by the first number.
fn made_up_id(name: &str, born: &str, chart: &str, phone: &str) -> String {
    let mut hash = Sha256::new();
    let phone = if born.is_empty() && chart.is_empty() { phone } else { "" };
    for part in [&name.to_lowercase(), born, chart, phone] {
        hash.update(part.as_bytes());
        hash.update([0]);
    }
    hex::encode(&hash.finalize()[..12])
}
