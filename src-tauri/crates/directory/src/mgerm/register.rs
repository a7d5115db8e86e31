//! Everybody the schedule told of: the index, and which list of which day told of whom, so that a list read again
//! replaces its visits and nothing else.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use jiff::civil::Date;
use phone::PhoneNumber;

use super::api::List;
use super::person::{KeptVisit, Numbers, Patient};
use super::shapes::{PersonShape, Referral};
use crate::index::{Change, Entry, Index, Record, Snapshot, number_of};
use crate::matching::{why_found, written_in};
use crate::order::in_reading_order;
use crate::people::Person;
use crate::settings::Surroundings;
use crate::source::Answer;

/// More people on one number are the clinic's own number typed into every card.
const MAX_SHOWN: usize = 50;
/// From so many people, chosen by their visits, the best [`MAX_SHOWN`] are chosen.
const MAX_WEIGHED: usize = 200;
/// From so many people on one number the choice is made at all.
const MAX_READ: usize = 5000;

/// Everybody.
pub(super) struct Register {
    index: Index,
    surroundings: Surroundings,
    /// Whom each list told of. Held during a change, so that changes do not overlap.
    listed: Mutex<Listed>,
}

type Listed = HashMap<(Date, u8), Vec<String>>;

/// What a list of a day brought.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(super) struct Taken {
    /// Whether anybody is different now.
    pub(super) changed: bool,
    /// Patients in it.
    pub(super) people: usize,
    /// Rows of another day than was asked for.
    pub(super) foreign: usize,
    /// Phone fields with digits that are no number.
    pub(super) unread_phones: usize,
}

/// People whose data changes, each read from the index once.
struct Changing<'s> {
    snapshot: &'s Snapshot,
    people: BTreeMap<String, Patient>,
}

impl Changing<'_> {
    fn known(&mut self, id: &str) -> Option<&mut Patient> {
        if !self.people.contains_key(id) {
            let known = Patient::decoded(self.snapshot.get(id)?.body())?;
            self.people.insert(id.to_owned(), known);
        }
        self.people.get_mut(id)
    }

    fn learn(&mut self, id: &str, newer: Patient) {
        match self.known(id) {
            Some(known) => known.learn(newer),
            None => drop(self.people.insert(id.to_owned(), newer)),
        }
    }
}

impl Register {
    pub(super) fn new(surroundings: Surroundings) -> Register {
        Register { index: Index::default(), surroundings, listed: Mutex::default() }
    }

    pub(super) fn snapshot(&self) -> std::sync::Arc<Snapshot> {
        self.index.snapshot()
    }

    pub(super) fn people(&self) -> usize {
        self.index.snapshot().len()
    }

    /// A list of a day as it now is: its visits replace those it had.
    pub(super) fn take(&self, day: Date, list: List, rows: &[Referral], today: Date) -> Taken {
        let mut listed = self.listed();
        let snapshot = self.index.snapshot();
        let mut changing = Changing { snapshot: &snapshot, people: BTreeMap::new() };
        let key = (day, list.number());
        let mut confirmed: HashMap<String, bool> = HashMap::new();
        for id in listed.get(&key).into_iter().flatten() {
            let Some(patient) = changing.known(id) else { continue };
            patient.visits.retain(|visit| {
                let is_of_list = (visit.day, visit.list) == key;
                if is_of_list && let (Some(id), Some(yes)) = (&visit.id, visit.confirmed) {
                    confirmed.insert(id.clone(), yes);
                }
                !is_of_list
            });
        }
        let mut taken = Taken::default();
        let mut told_of = BTreeSet::new();
        let mut numbers = self.numbers();
        for row in rows {
            let Some(visit) = KeptVisit::of(row, day, list) else {
                taken.foreign += 1;
                continue;
            };
            let Some((id, mut patient)) = row.patient.as_ref().and_then(Patient::of) else { continue };
            let is_void = row.record.as_ref().is_some_and(super::shapes::RecordShape::is_void);
            if !is_void {
                let confirmed = visit.id.as_ref().and_then(|id| confirmed.get(id).copied());
                patient.visits.push(KeptVisit { confirmed, ..visit });
            }
            if told_of.insert(id.clone()) {
                taken.unread_phones += numbers.unread(&patient);
            }
            changing.learn(&id, patient);
        }
        taken.people = told_of.len();
        for patient in changing.people.values_mut() {
            patient.forget_the_farthest(today);
        }
        taken.changed = self.index.update(changes(&changing.people, &mut numbers));
        listed.insert(key, told_of.into_iter().collect());
        taken
    }

    /// What is known better now of one patient; `phone` is a number that was entered here.
    pub(super) fn learn(&self, shape: &PersonShape, phone: Option<&PhoneNumber>) -> Option<String> {
        let (id, mut patient) = Patient::of(shape)?;
        let _listed = self.listed();
        let snapshot = self.index.snapshot();
        let mut changing = Changing { snapshot: &snapshot, people: BTreeMap::new() };
        if let Some(phone) = phone {
            let known = changing.known(&id).and_then(|known| known.phones.clone());
            let phones = patient.phones.get_or_insert_with(|| known.unwrap_or_default());
            if written_in(phones.iter().map(String::as_str), phone, &self.surroundings.region).is_none() {
                phones.push(phone.as_str().to_owned());
            }
        }
        changing.learn(&id, patient);
        self.index.update(changes(&changing.people, &mut self.numbers()));
        Some(id)
    }

    /// A visit that was made here, until the day is read again. It goes to the one person it may belong to, else to
    /// somebody new.
    pub(super) fn add_visit(&self, who: Patient, phone: &PhoneNumber, visit: KeptVisit) -> String {
        let mut listed = self.listed();
        let snapshot = self.index.snapshot();
        let number = number_of(phone.digits()).unwrap_or_default();
        let on_number = snapshot.on_number(number).take(MAX_READ);
        let known = on_number.filter(|entry| Patient::decoded(entry.body()).is_some_and(|known| known.may_be(&who)));
        let known: Vec<String> = known.take(2).map(|entry| entry.id().to_owned()).collect();
        let id = match known.as_slice() {
            [one] => one.clone(),
            _ => who.made_up_id(),
        };
        listed.entry((visit.day, visit.list)).or_default().push(id.clone());
        let mut changing = Changing { snapshot: &snapshot, people: BTreeMap::new() };
        match changing.known(&id) {
            Some(known) => known.visits.push(visit),
            None => changing.learn(&id, Patient { visits: vec![visit], ..who }),
        }
        self.index.update(changes(&changing.people, &mut self.numbers()));
        id
    }

    /// Changes the visit with this id, among the days from `from` on; the visit's day, if there is such a visit. `None`
    /// from `change` removes it.
    pub(super) fn change_visit(
        &self,
        visit_id: &str,
        from: Date,
        change: impl Fn(&KeptVisit) -> Option<KeptVisit>,
    ) -> Option<Date> {
        let listed = self.listed();
        let snapshot = self.index.snapshot();
        let mut changing = Changing { snapshot: &snapshot, people: BTreeMap::new() };
        let mut day = None;
        for id in listed.iter().filter(|((day, _), _)| *day >= from).flat_map(|(_, ids)| ids) {
            let Some(mut patient) = snapshot.get(id).and_then(|entry| Patient::decoded(entry.body())) else { continue };
            if !patient.visits.iter().any(|visit| visit.id.as_deref() == Some(visit_id)) {
                continue;
            }
            patient.visits = std::mem::take(&mut patient.visits)
                .into_iter()
                .filter_map(|visit| {
                    if visit.id.as_deref() != Some(visit_id) {
                        return Some(visit);
                    }
                    day = Some(visit.day);
                    change(&visit)
                })
                .collect();
            changing.people.insert(id.clone(), patient);
        }
        self.index.update(changes(&changing.people, &mut self.numbers()));
        day
    }

    /// Forgets visits before `first`, and people who had no others.
    pub(super) fn forget_before(&self, first: Date) -> bool {
        let mut listed = self.listed();
        let snapshot = self.index.snapshot();
        let mut changes = Vec::new();
        let gone: Vec<(Date, u8)> = listed.keys().filter(|(day, _)| *day < first).copied().collect();
        for id in gone.iter().filter_map(|key| listed.remove(key)).flatten() {
            let Some(mut patient) = snapshot.get(&id).and_then(|entry| Patient::decoded(entry.body())) else {
                continue;
            };
            patient.visits.retain(|visit| visit.day >= first);
            if patient.visits.is_empty() {
                changes.push(Change::Remove(id));
            } else {
                changes.extend(patient.record(&id, &mut self.numbers()).map(Change::Put));
            }
        }
        self.index.update(changes)
    }

    /// Everybody from what was kept on disk.
    pub(super) fn restore(&self, records: Vec<Record>) {
        let mut listed = self.listed();
        listed.clear();
        for record in &records {
            for visit in Patient::decoded(&record.body).iter().flat_map(|patient| &patient.visits) {
                let ids = listed.entry((visit.day, visit.list)).or_default();
                if ids.last() != Some(&record.id) {
                    ids.push(record.id.clone());
                }
            }
        }
        self.index.replace(records);
    }

    /// Everybody on a number. Who has none of their own id is one with the person whom they may be.
    pub(super) fn look_up(&self, number: &PhoneNumber, now: Timestamp) -> Answer {
        let snapshot = self.index.snapshot();
        let Some(digits) = number_of(number.digits()) else { return Answer::default() };
        let zone = &self.surroundings.time_zone;
        let mut found: Vec<(&str, Patient)> = Vec::new();
        for entry in snapshot.on_number(digits).take(MAX_READ) {
            found.extend(Patient::decoded(entry.body()).map(|patient| (entry.id(), patient)));
        }
        let mut found = if found.len() > MAX_SHOWN { found } else { without_twins(found) };
        let count = found.len();
        if count > MAX_WEIGHED {
            let today = zone.to_datetime(now).date();
            found.sort_by_cached_key(|(_, patient)| {
                let comes_today = patient.visits.iter().any(|visit| visit.day == today);
                let next = patient.visits_around(now, zone).1.map(|visit| visit.at);
                (!comes_today, next.is_none(), next)
            });
            found.truncate(MAX_WEIGHED);
        }
        let mut people: Vec<Person> =
            found.iter().map(|(id, patient)| patient.person(id, now, &self.surroundings)).collect();
        in_reading_order(&mut people, now, zone);
        people.truncate(MAX_SHOWN);
        let why = if count > people.len() {
            Some(format!("на этом номере людей: {count}, показаны первые {}", people.len()))
        } else {
            let first = people.first().and_then(|first| found.iter().find(|(id, _)| *id == first.id));
            let fields = first.into_iter().flat_map(|(_, patient)| patient.phones.iter().flatten());
            written_in(fields.map(String::as_str), number, &self.surroundings.region).map(|found| why_found(&found))
        };
        let has_more = found.iter().any(|(_, patient)| patient.has_own_id);
        Answer { people, why, has_more }
    }

    /// People by words, chart or digits.
    pub(super) fn search(&self, text: &str, limit: usize, now: Timestamp) -> Vec<Person> {
        let snapshot = self.index.snapshot();
        let found = snapshot.search(text, limit);
        found.iter().filter_map(|entry| self.person(entry, now)).collect()
    }

    /// One person by id.
    pub(super) fn by_id(&self, id: &str, now: Timestamp) -> Option<Person> {
        let snapshot = self.index.snapshot();
        self.person(&snapshot.get(id)?, now)
    }

    fn person(&self, entry: &Entry<'_>, now: Timestamp) -> Option<Person> {
        Some(Patient::decoded(entry.body())?.person(entry.id(), now, &self.surroundings))
    }

    fn numbers(&self) -> Numbers<'_> {
        Numbers::new(&self.surroundings.region)
    }

    fn listed(&self) -> MutexGuard<'_, Listed> {
        self.listed.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn changes(people: &BTreeMap<String, Patient>, numbers: &mut Numbers<'_>) -> Vec<Change> {
    people.iter().filter_map(|(id, patient)| patient.record(id, numbers).map(Change::Put)).collect()
}

/// A referral without the patient's id makes a second person of somebody: on one number they are told by their name.
fn without_twins(found: Vec<(&str, Patient)>) -> Vec<(&str, Patient)> {
    let (mut own, without): (Vec<_>, Vec<_>) = found.into_iter().partition(|(_, patient)| patient.has_own_id);
    for (id, patient) in without {
        let mut twins = own.iter_mut().filter(|(_, other)| other.has_own_id && other.may_be(&patient));
        match (twins.next(), twins.next()) {
            (Some((_, twin)), None) => twin.visits.extend(patient.visits),
            (Some(_), Some(_)) | (None, _) => own.push((id, patient)),
        }
    }
    own
}
