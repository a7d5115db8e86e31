//! `events/ab/…`: the PBX's address book was changed.

use std::fmt;

use serde_json::{Map, Value};

use crate::lenient::{items, objects, plain, text, text_of};

/// The PBX's address book was changed (manual 3.9.4).
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct AddressBookChange {
    /// What kind of entries.
    pub subject: AddressBookSubject,
    /// What was done to them.
    pub action: AddressBookAction,
    /// Contacts, as far as they can be read; of deleted ones only the ids.
    pub contacts: Vec<Contact>,
    /// How many things were changed, also those that are no contacts.
    pub raw_count: usize,
}

/// What kind of entries of an address book changed: the last part of the path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AddressBookSubject {
    /// People.
    Contacts,
    /// Companies.
    Organizations,
    /// Groups of contacts.
    Groups,
    /// Something that the manual does not have.
    Other(String),
}

/// What was done to entries of an address book.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AddressBookAction {
    /// Added.
    New,
    /// Changed.
    Updated,
    /// Removed.
    Deleted,
    /// A word that the manual does not have; empty when none was said.
    Other(String),
}

/// A person of the PBX's address book (manual 3.9.3).
#[derive(Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Contact {
    /// `contact_id`.
    pub id: Option<String>,
    /// As typed.
    pub name: Option<String>,
    /// The company's name.
    pub organization: Option<String>,
    /// Normalised by the PBX where it did so, else as typed; without repeats.
    pub numbers: Vec<String>,
}

pub(super) fn change(subject: &str, body: &Map<String, Value>) -> Option<AddressBookChange> {
    if !body.contains_key("action") && !body.contains_key("data") {
        return None;
    }
    let subject = match subject {
        "contacts" | "contact" => AddressBookSubject::Contacts,
        "organizations" | "organization" => AddressBookSubject::Organizations,
        "groups" | "group" => AddressBookSubject::Groups,
        other => AddressBookSubject::Other(other.to_owned()),
    };
    let data = items(body, "data");
    let contacts = match subject {
        AddressBookSubject::Contacts => data.iter().filter_map(contact_or_id).collect(),
        AddressBookSubject::Organizations | AddressBookSubject::Groups | AddressBookSubject::Other(_) => Vec::new(),
    };
    let action = action(text(body, "action").unwrap_or_default());
    Some(AddressBookChange { subject, action, contacts, raw_count: data.len() })
}

/// Deleted contacts are a list of ids.
fn contact_or_id(item: &Value) -> Option<Contact> {
    match item {
        Value::Object(body) => Some(contact(body)),
        other @ (Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_)) => {
            let id = plain(other).filter(|id| !id.is_empty())?;
            Some(Contact { id: Some(id), ..Contact::default() })
        }
    }
}

pub(crate) fn contact(body: &Map<String, Value>) -> Contact {
    let organization = ["org", "organization"].into_iter().find_map(|name| {
        let named = objects(body, name).find_map(|org| text_of(org, &["org_name", "name"]));
        named.or_else(|| text(body, name))
    });
    let mut numbers: Vec<String> = Vec::new();
    for name in ["phones", "phone", "numbers"] {
        for item in items(body, name) {
            let number = match item {
                Value::Object(phone) => text_of(phone, &["phone_num", "phone", "number"]),
                other @ (Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_)) => {
                    plain(other).filter(|number| !number.is_empty())
                }
            };
            numbers.extend(number.filter(|number| !numbers.contains(number)));
        }
    }
    Contact { id: text_of(body, &["contact_id", "id"]), name: text(body, "name"), organization, numbers }
}

fn action(word: String) -> AddressBookAction {
    let is = |known: &str| word.eq_ignore_ascii_case(known);
    if is("new") {
        AddressBookAction::New
    } else if is("updated") {
        AddressBookAction::Updated
    } else if is("deleted") {
        AddressBookAction::Deleted
    } else {
        AddressBookAction::Other(word)
    }
}

impl fmt::Debug for Contact {
    /// Without name and numbers: this may reach a log.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Contact({}, {} numbers)", self.id.as_deref().unwrap_or("-"), self.numbers.len())
    }
}
