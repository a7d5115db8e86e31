//! What takes longer than finding somebody: the patient as they are now, and the free card. Each fails alone.

use std::sync::Arc;

use jiff::Timestamp;
use serde_json::Value;
use tokio::task::JoinSet;

use super::card::CardMap;
use super::reader::Shared;
use super::shapes::{PersonShape, said};
use crate::people::Person;
use crate::source::DirectoryError;

/// Of more people on one number nobody is asked about one by one.
const MOST_ASKED: usize = 10;

pub(super) async fn details(
    shared: &Arc<Shared>,
    card: &Arc<CardMap>,
    people: Vec<Person>,
    now: Timestamp,
) -> Vec<Person> {
    let mut asking = JoinSet::new();
    for (place, person) in people.iter().enumerate().filter(|(_, person)| is_own_id(&person.id)).take(MOST_ASKED) {
        let (shared, person, card) = (Arc::clone(shared), person.clone(), Arc::clone(card));
        asking.spawn(async move { (place, one(&shared, &card, person, now).await) });
    }
    let mut people = people;
    while let Some(asked) = asking.join_next().await {
        if let Ok((place, person)) = asked
            && let Some(old) = people.get_mut(place)
        {
            *old = person;
        }
    }
    people
}

/// The MIS' own ids are numbers; made-up ones are long hashes.
fn is_own_id(id: &str) -> bool {
    !id.is_empty() && id.len() <= 19 && id.bytes().all(|byte| byte.is_ascii_digit())
}

async fn one(shared: &Arc<Shared>, card: &CardMap, mut person: Person, now: Timestamp) -> Person {
    let wants_card = !card.is_empty();
    let free_card = async {
        match wants_card {
            true => shared.api.card(&person.id).await,
            false => Ok(None),
        }
    };
    let (refreshed, free_card) = tokio::join!(shared.api.patient(&person.id), free_card);
    let id = person.id.clone();
    match refreshed {
        Ok(Some(shape)) if said(&shape.id) == Some(id.as_str()) => person = taken_up(shared, &shape, person, now),
        // Somebody else's data never reaches this card.
        Ok(Some(_)) => person.gaps.push("карта (МИС прислала другого пациента)".to_owned()),
        Ok(None) => person.gaps.push("карта (в МИС её больше нет)".to_owned()),
        Err(error) => person.gaps.push(gap("свежие данные карты", &error)),
    }
    match free_card {
        Ok(Some(value)) if is_of(&value, &id) => card.apply(&value, &mut person),
        Ok(Some(_)) => person.gaps.push("долг и предупреждения (МИС прислала другого пациента)".to_owned()),
        Ok(None) => {}
        Err(error) => person.gaps.push(gap("долг и предупреждения", &error)),
    }
    person
}

fn taken_up(shared: &Shared, shape: &PersonShape, before: Person, now: Timestamp) -> Person {
    let fresh = shared.register.learn(shape, None).and_then(|id| shared.register.by_id(&id, now));
    match fresh {
        // Visits of a twin without an id were added when the person was looked up.
        Some(fresh) => Person {
            relation: before.relation,
            last_visit: before.last_visit,
            next_visit: before.next_visit,
            gaps: before.gaps,
            ..fresh
        },
        None => before,
    }
}

/// A card that says whose it is must be this patient's.
fn is_of(card: &Value, id: &str) -> bool {
    match card.get("patientID") {
        Some(Value::Number(number)) => number.to_string() == id,
        Some(Value::String(text)) => text == id,
        Some(Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_)) | None => true,
    }
}

fn gap(what: &str, error: &DirectoryError) -> String {
    let why = match error {
        DirectoryError::TooLate => "МИС не ответила вовремя",
        DirectoryError::NotReached { .. } => "МИС не отвечает",
        DirectoryError::Failing { .. } => "в МИС ошибка",
        DirectoryError::Busy { .. } => "МИС просит подождать",
        DirectoryError::Refused { .. } => "у ключа нет прав",
        DirectoryError::Unavailable { .. }
        | DirectoryError::NotUnderstood { .. }
        | DirectoryError::FilterIgnored { .. } => "ответ не разобран",
    };
    format!("{what} ({why})")
}
