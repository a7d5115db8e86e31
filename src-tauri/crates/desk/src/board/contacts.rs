//! The PBX's address book, as far as it told us: names for numbers that the directory of patients does not know.

use std::collections::HashMap;

use calls::EntryId;
use jiff::Timestamp;
use mango_vpbx::event::{AddressBookAction, AddressBookChange};
use phone::PhoneNumber;

use super::{Board, Outbox, Past};
use crate::log::{MAIN, Row};

/// Numbers that are held: more than a clinic's address book has.
const MOST: usize = 200_000;

/// Topics of one call that are kept; more than any talk has.
const MOST_TOPICS: usize = 50;

/// Names by number.
#[derive(Debug, Default)]
pub(super) struct Contacts {
    by_number: HashMap<String, Known>,
}

#[derive(Debug)]
struct Known {
    contact: Option<String>,
    name: String,
}

impl Contacts {
    pub(super) fn name(&self, number: &str) -> Option<&str> {
        self.by_number.get(number).map(|known| known.name.as_str())
    }

    fn numbers_of(&self, contact: &str) -> Vec<String> {
        let is_theirs = |known: &&Known| known.contact.as_deref() == Some(contact);
        self.by_number.iter().filter(|(_, known)| is_theirs(known)).map(|(number, _)| number.clone()).collect()
    }
}

impl Board {
    /// Brings the address book of the log back, at start.
    pub fn restore_contacts(&mut self, contacts: impl IntoIterator<Item = (String, Option<String>, String)>) {
        for (number, contact, name) in contacts.into_iter().take(MOST) {
            self.contacts.by_number.insert(number, Known { contact, name });
        }
    }

    /// Whether somebody of this number is on the board whom neither the directory nor the address book knows.
    #[must_use]
    pub fn is_unknown_caller(&self, number: &PhoneNumber) -> bool {
        let is_unknown = |id| {
            self.entries
                .get(id)
                .is_some_and(|tracked| tracked.account == MAIN && tracked.card.status == wire::CardStatus::Unknown)
        };
        self.contacts.name(number.as_str()).is_none() && self.callers.get(number).into_iter().flatten().any(is_unknown)
    }

    /// The address book told a name when it was asked.
    pub fn contact_named(&mut self, number: &PhoneNumber, name: &str, now: Timestamp) -> Outbox {
        let mut outbox = Outbox::default();
        if self.contacts.by_number.len() < MOST {
            let known = Known { contact: None, name: name.to_owned() };
            self.contacts.by_number.insert(number.as_str().to_owned(), known);
            outbox.rows.push(Row::Contact {
                number: number.as_str().to_owned(),
                contact: None,
                name: Some(name.to_owned()),
            });
            let calls: Vec<_> = self.callers.get(number).into_iter().flatten().cloned().collect();
            for call in calls {
                self.refresh(&call, now, &mut outbox);
            }
        }
        outbox
    }

    /// Call tracking told where a caller found us.
    pub fn advert_source(&mut self, entry: &EntryId, source: &str, now: Timestamp, past: &dyn Past) -> Outbox {
        let mut outbox = Outbox::default();
        if self.recall(entry, now, past)
            && let Some(tracked) = self.entries.get_mut(entry)
        {
            tracked.advert_source = Some(source.to_owned());
            self.refresh(entry, now, &mut outbox);
        }
        outbox
    }

    /// Speech analytics told what a call was about.
    pub fn add_topics(&mut self, entry: &EntryId, topics: Vec<String>, now: Timestamp, past: &dyn Past) -> Outbox {
        let mut outbox = Outbox::default();
        if self.recall(entry, now, past)
            && let Some(tracked) = self.entries.get_mut(entry)
        {
            let room = MOST_TOPICS.saturating_sub(tracked.topics.len());
            tracked.topics.extend(topics.into_iter().take(room));
            self.refresh(entry, now, &mut outbox);
        }
        outbox
    }

    /// `events/ab/…`: contacts are new, different or gone.
    pub(super) fn contacts_changed(&mut self, change: &AddressBookChange, now: Timestamp, outbox: &mut Outbox) {
        let is_gone = change.action == AddressBookAction::Deleted;
        let mut touched = Vec::new();
        for contact in &change.contacts {
            let name = contact.name.clone().or_else(|| contact.organization.clone());
            let parsed = contact.numbers.iter().filter_map(|raw| {
                PhoneNumber::from_pbx(raw, &self.rules.region).or_else(|| PhoneNumber::parse(raw, &self.rules.region))
            });
            let numbers: Vec<String> = parsed.map(|number| number.as_str().to_owned()).collect();
            if let Some(id) = &contact.id {
                // Whatever the contact was called by before; a changed one tells its numbers anew.
                let former = self.contacts.numbers_of(id);
                for number in former.into_iter().filter(|number| is_gone || !numbers.contains(number)) {
                    if is_gone || !numbers.is_empty() {
                        self.contacts.by_number.remove(&number);
                        outbox.rows.push(Row::Contact { number: number.clone(), contact: None, name: None });
                        touched.push(number);
                    }
                }
            }
            for number in numbers {
                match &name {
                    Some(name) if !is_gone && self.contacts.by_number.len() < MOST => {
                        let known = Known { contact: contact.id.clone(), name: name.clone() };
                        self.contacts.by_number.insert(number.clone(), known);
                        outbox.rows.push(Row::Contact {
                            number: number.clone(),
                            contact: contact.id.clone(),
                            name: Some(name.clone()),
                        });
                    }
                    Some(_) | None if is_gone => {
                        self.contacts.by_number.remove(&number);
                        outbox.rows.push(Row::Contact { number: number.clone(), contact: None, name: None });
                    }
                    Some(_) | None => continue,
                }
                touched.push(number);
            }
        }
        for number in touched {
            let Some(number) = PhoneNumber::from_pbx(&number, &self.rules.region) else { continue };
            let calls: Vec<_> = self.callers.get(&number).into_iter().flatten().cloned().collect();
            for call in calls {
                self.refresh(&call, now, outbox);
            }
        }
    }
}
