//! A patient of the index: what the schedule told of them, packed small, and the [`Person`] of a card made from it.

use std::collections::HashMap;

use jiff::civil::{Date, DateTime, Time};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use phone::{PhoneNumber, Region};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::api::List;
use super::shapes::{self, PersonShape, Referral, said};
use crate::file::fold;
use crate::index::{Number, Record, number_of};
use crate::link::chart_link;
use crate::matching::numbers_of;
use crate::people::{Person, Sex, Visit};
use crate::settings::Surroundings;

/// Longer texts are cut.
const MAX_TEXT: usize = 400;
/// Longer phone fields are no list of phones.
const MAX_PHONE: usize = 1000;
/// More phone fields of one person are not kept.
const MAX_FIELDS: usize = 20;
/// More visits of one person are not kept; the nearest to today stay.
const MAX_VISITS: usize = 200;

/// What is kept of a patient. `None` is "the MIS said nothing", an empty text is "the MIS said: empty".
#[derive(Serialize, Deserialize, Clone, Default, PartialEq)]
pub(super) struct Patient {
    /// True when the id is the MIS' own, false when it is made up from name, birth date and chart.
    pub(super) has_own_id: bool,
    pub(super) family: Option<String>,
    pub(super) given: Option<String>,
    pub(super) patronymic: Option<String>,
    /// `1991-01-01`.
    pub(super) born: Option<String>,
    pub(super) sex: Option<u8>,
    pub(super) chart: Option<String>,
    /// As typed.
    pub(super) phones: Option<Vec<String>>,
    pub(super) visits: Vec<KeptVisit>,
}

/// What is kept of a visit.
#[derive(Serialize, Deserialize, Clone, PartialEq, Eq)]
pub(super) struct KeptVisit {
    /// The day it was listed on, and in which list: a list read again replaces its visits.
    pub(super) day: Date,
    pub(super) list: u8,
    /// The referral's id: what the API calls `recordID`.
    pub(super) id: Option<String>,
    /// The clinic's local time; without one only the day is known.
    pub(super) at: Option<Time>,
    pub(super) doctor: Option<String>,
    pub(super) service: Option<String>,
    pub(super) place: Option<String>,
    /// What was confirmed through this program; the API does not tell.
    pub(super) confirmed: Option<bool>,
}

/// Text bounded, spaces single.
pub(super) fn bounded(text: &str) -> String {
    let mut words = text.split_whitespace();
    let mut whole = words.next().unwrap_or_default().to_owned();
    for word in words {
        whole.push(' ');
        whole.push_str(word);
    }
    match whole.char_indices().nth(MAX_TEXT) {
        Some((end, _)) => format!("{}…", &whole[..end]),
        None => whole,
    }
}

/// Family name, given name, patronymic of a patient or doctor.
fn name_parts(shape: &PersonShape) -> [Option<String>; 3] {
    let part = |plain: &Option<String>, cases: &Option<String>| match (said(plain), said(cases)) {
        (Some(text), _) | (None, Some(text)) => Some(bounded(text)),
        (None, None) => plain.as_ref().map(|_| String::new()),
    };
    [
        part(&shape.last_name, &shape.last_name_obj),
        part(&shape.first_name, &shape.first_name_obj),
        part(&shape.second_name, &shape.second_name_obj),
    ]
}

/// «Докторов Аркадий Семёнович, терапевт»
pub(super) fn doctor(shape: &PersonShape) -> Option<String> {
    let parts: Vec<String> = name_parts(shape).into_iter().flatten().filter(|part| !part.is_empty()).collect();
    let name = parts.join(" ");
    let specialty = shape.specialty.as_ref().and_then(|specialty| specialty.name()).map(bounded);
    match (name.is_empty(), specialty) {
        (true, specialty) => specialty,
        (false, Some(specialty)) => Some(format!("{name}, {specialty}")),
        (false, None) => Some(name),
    }
}

impl Patient {
    /// The patient of a referral or of `getPatient`; `None` for somebody without any name.
    pub(super) fn of(shape: &PersonShape) -> Option<(String, Patient)> {
        let [family, given, patronymic] = name_parts(shape);
        let is_named = [&family, &given].into_iter().flatten().any(|part| fold::has_letters(part));
        if !is_named {
            return None;
        }
        let chart = said(&shape.full_card_number).map(bounded).or_else(|| {
            let number = said(&shape.card_number)?;
            Some(match said(&shape.card_year).and_then(|year| year.parse::<u32>().ok()) {
                // PHP gives the year of 2008 as 8.
                Some(year) => format!("{number}/{year:02}"),
                None => number.to_owned(),
            })
        });
        let patient = Patient {
            has_own_id: false,
            family,
            given,
            patronymic,
            born: shape
                .birth_day
                .as_deref()
                .map(|text| shapes::day(text).map_or_else(String::new, |day| day.to_string())),
            sex: said(&shape.sex).and_then(|sex| sex.parse().ok()),
            chart,
            phones: phones(shape),
            visits: Vec::new(),
        };
        let own_id = said(&shape.id).filter(|id| *id != "0").map(|id| id.chars().take(100).collect::<String>());
        Some(match own_id {
            Some(id) => (id, Patient { has_own_id: true, ..patient }),
            None => (patient.made_up_id(), patient),
        })
    }

    /// Somebody entered here, of whom the MIS has told nothing yet.
    pub(super) fn entered(who: &crate::writing::NewPerson) -> Patient {
        Patient {
            has_own_id: false,
            family: Some(bounded(&who.family_name)),
            given: Some(bounded(&who.given_name)),
            patronymic: who.patronymic.as_deref().map(bounded),
            born: Some(who.born.to_string()),
            sex: match who.sex {
                Sex::Male => Some(1),
                Sex::Female => Some(2),
                Sex::Unknown => None,
            },
            chart: None,
            phones: who.phone.as_ref().map(|phone| vec![phone.as_str().to_owned()]),
            visits: Vec::new(),
        }
    }

    /// Name, birth date and chart do not change from day to day; somebody with a name only is told from a namesake by
    /// the first phone.
    pub(super) fn made_up_id(&self) -> String {
        let born = self.born.clone().unwrap_or_default();
        let chart = self.chart.as_deref().map(fold::letters).unwrap_or_default();
        let mut hash = Sha256::new();
        for part in [fold::words(&self.full_name()), born.clone(), chart.clone()] {
            hash.update(part.as_bytes());
            hash.update([0]);
        }
        if born.is_empty() && chart.is_empty() {
            hash.update(self.phones.iter().flatten().next().map(String::as_bytes).unwrap_or_default());
        }
        let digest = hash.finalize();
        hex::encode(digest.get(..12).unwrap_or_default())
    }

    pub(super) fn full_name(&self) -> String {
        let parts = [&self.family, &self.given, &self.patronymic].into_iter().flatten();
        parts.filter(|part| !part.is_empty()).map(String::as_str).collect::<Vec<_>>().join(" ")
    }

    /// Whether both can be one person: the same name, and nothing against it.
    pub(super) fn may_be(&self, other: &Patient) -> bool {
        let agree = |one: &Option<String>, other: &Option<String>| match (said(one), said(other)) {
            (Some(one), Some(other)) => one == other,
            (None, _) | (_, None) => true,
        };
        fold::words(&self.full_name()) == fold::words(&other.full_name())
            && agree(&self.born, &other.born)
            && agree(&self.chart, &other.chart)
    }

    /// Takes over what a newer answer says; what it does not mention stays.
    pub(super) fn learn(&mut self, newer: Patient) {
        let Patient { has_own_id, family, given, patronymic, born, sex, chart, phones, visits } = newer;
        self.has_own_id |= has_own_id;
        self.family = family.or(self.family.take());
        self.given = given.or(self.given.take());
        self.patronymic = patronymic.or(self.patronymic.take());
        self.born = born.or(self.born.take());
        self.sex = sex.or(self.sex);
        self.chart = chart.or(self.chart.take());
        self.phones = phones.or(self.phones.take());
        self.visits.extend(visits);
    }

    pub(super) fn decoded(body: &[u8]) -> Option<Patient> {
        postcard::from_bytes(body).ok()
    }

    /// As the index holds it.
    pub(super) fn record(&self, id: &str, read: &mut Numbers<'_>) -> Option<Record> {
        let mut numbers = Vec::new();
        for field in self.phones.iter().flatten() {
            for number in read.of(field) {
                if !numbers.contains(number) {
                    numbers.push(*number);
                }
            }
        }
        let mut words = fold::words(&self.full_name());
        if let Some(chart) = &self.chart {
            words.push_str(&fold::words(chart));
        }
        Some(Record { id: id.to_owned(), numbers, words, body: postcard::to_stdvec(self).ok()? })
    }

    /// Keeps the visits bounded: those nearest to `today`.
    pub(super) fn forget_the_farthest(&mut self, today: Date) {
        if self.visits.len() > MAX_VISITS {
            self.visits.sort_by_key(|visit| (visit.day - today).get_days().unsigned_abs());
            self.visits.truncate(MAX_VISITS);
        }
    }

    /// The person of a card.
    pub(super) fn person(&self, id: &str, now: Timestamp, surroundings: &Surroundings) -> Person {
        let part = |part: &Option<String>| said(part).map(str::to_owned);
        let chart = part(&self.chart);
        let own_id = self.has_own_id.then_some(id);
        let (last_visit, next_visit) = self.visits_around(now, &surroundings.time_zone);
        Person {
            family_name: part(&self.family),
            given_name: part(&self.given),
            patronymic: part(&self.patronymic),
            born: self.born.as_deref().and_then(shapes::day),
            sex: match self.sex {
                Some(1) => Sex::Male,
                Some(2) => Sex::Female,
                Some(_) | None => Sex::Unknown,
            },
            phones: self.numbers(surroundings),
            open_url: chart_link(surroundings.open_url.as_deref(), own_id, chart.as_deref()),
            chart,
            last_visit,
            next_visit,
            ..Person::new(id, self.full_name())
        }
    }

    fn numbers(&self, surroundings: &Surroundings) -> Vec<PhoneNumber> {
        numbers_of(self.phones.iter().flatten().map(String::as_str), &surroundings.region)
    }

    /// The latest visit that has begun and the nearest that has not; one that the patient refused comes after those that
    /// stand.
    pub(super) fn visits_around(&self, now: Timestamp, zone: &TimeZone) -> (Option<Visit>, Option<Visit>) {
        let refused = |visit: &KeptVisit| visit.confirmed == Some(false);
        let moments: Vec<_> = self.visits.iter().filter_map(|visit| Some((visit, visit.moments(zone)?))).collect();
        let last = moments.iter().filter(|(visit, (_, past))| *past <= now && !refused(visit)).max_by_key(|(_, at)| at);
        let next =
            moments.iter().filter(|(_, (_, past))| *past > now).min_by_key(|(visit, (at, _))| (refused(visit), *at));
        let shown =
            |found: Option<&(&KeptVisit, (Timestamp, Timestamp))>| found.map(|(visit, (at, _))| visit.shown(*at));
        (shown(last), shown(next))
    }
}

/// Reads phone fields, each text once: the library that knows every country's plan takes its time, and a clinic's own
/// number stands in thousands of cards.
pub(super) struct Numbers<'r> {
    region: &'r Region,
    known: HashMap<String, Vec<Number>>,
}

impl<'r> Numbers<'r> {
    pub(super) fn new(region: &'r Region) -> Numbers<'r> {
        Numbers { region, known: HashMap::new() }
    }

    pub(super) fn of(&mut self, field: &str) -> &[Number] {
        if !self.known.contains_key(field) {
            let found = numbers_of([field], self.region);
            let numbers = found.iter().filter_map(|number| number_of(number.digits())).collect();
            self.known.insert(field.to_owned(), numbers);
        }
        self.known.get(field).map(Vec::as_slice).unwrap_or_default()
    }

    /// How many of a patient's fields have digits that are no number.
    pub(super) fn unread(&mut self, patient: &Patient) -> usize {
        let looks_like_one = |field: &&String| field.bytes().filter(u8::is_ascii_digit).count() >= 3;
        patient.phones.iter().flatten().filter(looks_like_one).filter(|field| self.of(field).is_empty()).count()
    }
}

/// The phone fields, as typed; `None` when the answer has none at all.
fn phones(shape: &PersonShape) -> Option<Vec<String>> {
    if shape.phone.is_none() && shape.contacts.is_none() {
        return None;
    }
    let contacts = shape.contacts.iter().flatten().filter_map(super::shapes::Contact::phone);
    let mut phones: Vec<String> = Vec::new();
    for field in shape.phone.as_deref().into_iter().chain(contacts) {
        let field: String = field.trim().chars().take(MAX_PHONE).collect();
        if !field.is_empty() && !phones.contains(&field) && phones.len() < MAX_FIELDS {
            phones.push(field);
        }
    }
    Some(phones)
}

impl KeptVisit {
    /// The visit of a referral; `None` when it is on another day than was asked for.
    pub(super) fn of(referral: &Referral, asked: Date, list: List) -> Option<KeptVisit> {
        let listed = referral.date.as_deref().and_then(shapes::day);
        let begins = referral.time_start.as_deref().and_then(|text| shapes::moment(text, listed.or(Some(asked))));
        let day = begins.map(DateTime::date).or(listed).unwrap_or(asked);
        if day != asked {
            return None;
        }
        let id = said(&referral.id).or_else(|| referral.record.as_ref().and_then(|record| said(&record.id)));
        let places = [&referral.hospital, &referral.department, &referral.cabinet].into_iter().flatten();
        let places: Vec<String> = places.filter_map(|place| place.name().map(bounded)).collect();
        Some(KeptVisit {
            day,
            list: list.number(),
            id: id.filter(|id| *id != "0").map(str::to_owned),
            at: begins.map(DateTime::time),
            doctor: referral.doctor.as_ref().and_then(doctor),
            service: referral.service.as_ref().and_then(|service| service.name().map(bounded)),
            place: (!places.is_empty()).then(|| bounded(&places.join(", "))),
            confirmed: None,
        })
    }

    /// When it begins, and from when on it is past: for a visit without a time the end of its day.
    pub(super) fn moments(&self, zone: &TimeZone) -> Option<(Timestamp, Timestamp)> {
        let moment = |day: Date, time: Time| zone.to_timestamp(day.to_datetime(time)).ok();
        match self.at {
            Some(time) => moment(self.day, time).map(|at| (at, at)),
            None => {
                let after = self.day.checked_add(1.day()).ok()?;
                Some((moment(self.day, Time::midnight())?, moment(after, Time::midnight())?))
            }
        }
    }

    fn shown(&self, at: Timestamp) -> Visit {
        Visit {
            id: self.id.clone(),
            at,
            doctor: self.doctor.clone(),
            service: self.service.clone(),
            place: self.place.clone(),
            confirmed: self.confirmed,
        }
    }
}
