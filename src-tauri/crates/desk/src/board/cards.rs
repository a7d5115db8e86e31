//! The card of a call: asked for once per number, kept beside the call, never in its way.

use std::collections::HashSet;

use calls::{Direction, EntryId, Picture};
use directory::{Learned, Person};
use jiff::Timestamp;
use phone::{Party, PhoneNumber};

use super::{Board, Outbox, Past, Tracked};
use crate::log::Row;
use crate::view;
pub(super) use crate::view::certain_person;

impl Board {
    /// Takes the directory's word about a number, for every card that waits for it.
    pub fn card(&mut self, number: &PhoneNumber, learned: &Learned, now: Timestamp, past: &dyn Past) -> Outbox {
        let mut outbox = Outbox::default();
        let is_waiting = |id: &&EntryId| {
            self.entries
                .get(*id)
                .is_some_and(|tracked| tracked.card.status == wire::CardStatus::Looking || tracked.card.more_to_come)
        };
        let waiting: Vec<EntryId> =
            self.callers.get(number).into_iter().flatten().filter(is_waiting).cloned().collect();
        if waiting.is_empty() {
            return outbox;
        }
        let card = self.answered_card(number, learned, now, past);
        for id in waiting {
            if let Some(tracked) = self.entries.get_mut(&id) {
                tracked.card = wire::Card { chosen: still_there(tracked.card.chosen.take(), &card), ..card.clone() };
            }
            self.refresh(&id, now, &mut outbox);
            self.refresh_missed_of(&id, &mut outbox);
        }
        outbox
    }

    fn answered_card(&self, number: &PhoneNumber, learned: &Learned, now: Timestamp, past: &dyn Past) -> wire::Card {
        let (people, why, failed) = match &learned.answer {
            Ok(answer) => (answer.people.as_slice(), answer.why.clone(), false),
            Err(error) => ([].as_slice(), Some(error.to_string()), true),
        };
        let today = now.to_zoned_datetime(self.rules.time_zone.clone()).date();
        let mut people: Vec<wire::Person> = people.iter().map(|person| view::person(person, today)).collect();
        let last_chosen =
            past.choice(number).filter(|last| people.len() > 1 && people.iter().any(|person| person.id == *last));
        if let Some(last) = &last_chosen {
            // The person chosen last time stands first; nobody is assumed.
            people.sort_by_key(|person| person.id != *last);
        }
        let status = match people.len() {
            _ if failed => wire::CardStatus::Unavailable,
            0 => wire::CardStatus::Unknown,
            1 => wire::CardStatus::Found,
            _ => wire::CardStatus::Several,
        };
        let took = learned.steps.iter().map(|step| step.took).sum::<std::time::Duration>();
        wire::Card {
            status,
            people,
            chosen: None,
            took_ms: Some(u32::try_from(took.as_millis()).unwrap_or(u32::MAX)),
            source: Some(learned.source.to_owned()),
            why,
            steps: learned.steps.iter().map(view::card_step).collect(),
            as_of: learned.as_of.map(view::time),
            last_chosen,
            more_to_come: learned.more_to_come,
        }
    }

    /// Puts somebody on a call's card who was not found by the number: just registered, or found by name. They are
    /// chosen. `None`: no such call.
    pub fn person_joins(&mut self, id: &EntryId, person: &Person, now: Timestamp, past: &dyn Past) -> Option<Outbox> {
        if !self.recall(id, now, past) {
            return None;
        }
        let today = now.to_zoned_datetime(self.rules.time_zone.clone()).date();
        let person = view::person(person, today);
        let mut outbox = Outbox::default();
        let tracked = self.entries.get_mut(id)?;
        let card = &mut tracked.card;
        card.people.retain(|known| known.id != person.id);
        card.chosen = Some(person.id.clone());
        card.people.insert(0, person);
        card.status = if card.people.len() > 1 { wire::CardStatus::Several } else { wire::CardStatus::Found };
        card.why = None;
        self.refresh(id, now, &mut outbox);
        self.refresh_missed_of(id, &mut outbox);
        Some(outbox)
    }

    /// Shows on every card what became of a visit: confirmed or refused, or gone (`None`).
    pub fn visit_changed(&mut self, visit: &str, confirmed: Option<bool>, now: Timestamp) -> Outbox {
        let mut outbox = Outbox::default();
        let mut touched = Vec::new();
        for (id, tracked) in &mut self.entries {
            for person in &mut tracked.card.people {
                let Some(next) = &mut person.next_visit else { continue };
                if next.id.as_deref() != Some(visit) {
                    continue;
                }
                match confirmed {
                    Some(yes) => next.confirmed = Some(yes),
                    None => person.next_visit = None,
                }
                touched.push(id.clone());
            }
        }
        for id in touched {
            self.refresh(&id, now, &mut outbox);
        }
        outbox
    }

    /// Asks the directory once more about a call. `None`: no such call; no look-up: it has no phone number.
    pub fn look_up_again(&mut self, id: &EntryId, now: Timestamp, past: &dyn Past) -> Option<Outbox> {
        if !self.recall(id, now, past) {
            return None;
        }
        let mut outbox = Outbox::default();
        let tracked = self.entries.get_mut(id)?;
        if let Some(number) = tracked.looked_up.clone() {
            let chosen = tracked.card.chosen.take();
            tracked.card = wire::Card { chosen, ..view::card_looking(&self.rules.source) };
            outbox.look_up.push(number);
            self.refresh(id, now, &mut outbox);
        }
        Some(outbox)
    }

    /// Asks once more about every live card that nobody was found for: the directory has changed.
    pub fn look_up_open_cards(&mut self, now: Timestamp, past: &dyn Past) -> Outbox {
        let mut outbox = Outbox::default();
        let open: Vec<EntryId> = self
            .entries
            .iter()
            .filter(|(_, tracked)| tracked.deadline.is_some())
            .filter(|(_, tracked)| {
                matches!(tracked.card.status, wire::CardStatus::Unknown | wire::CardStatus::Unavailable)
            })
            .map(|(id, _)| id.clone())
            .collect();
        let mut asked = HashSet::new();
        for id in open {
            let more = self.look_up_again(&id, now, past).unwrap_or_default();
            outbox.changes.extend(more.changes);
            outbox.rows.extend(more.rows);
            outbox.look_up.extend(more.look_up.into_iter().filter(|number| asked.insert(number.clone())));
        }
        outbox
    }

    /// Says which of several people it is. `None`: no such call, or nobody of that id on its card.
    pub fn choose_person(
        &mut self,
        id: &EntryId,
        person: Option<&str>,
        now: Timestamp,
        past: &dyn Past,
    ) -> Option<Outbox> {
        if !self.recall(id, now, past) {
            return None;
        }
        let mut outbox = Outbox::default();
        let tracked = self.entries.get_mut(id)?;
        if let Some(person) = person
            && !tracked.card.people.iter().any(|known| known.id == person)
        {
            return None;
        }
        tracked.card.chosen = person.map(str::to_owned);
        if let Some(number) = &tracked.looked_up
            && tracked.account == crate::log::MAIN
        {
            outbox.rows.push(Row::Choice { number: number.as_str().to_owned(), person: person.map(str::to_owned) });
        }
        self.refresh(id, now, &mut outbox);
        self.refresh_missed_of(id, &mut outbox);
        Some(outbox)
    }
}

fn still_there(chosen: Option<String>, card: &wire::Card) -> Option<String> {
    chosen.filter(|chosen| card.people.iter().any(|person| person.id == *chosen))
}

/// Starts a look-up when the call's number is news.
pub(super) fn look_up_if_new(tracked: &mut Tracked, picture: &Picture, source: &str, outbox: &mut Outbox) {
    let without = match (&picture.number, picture.direction) {
        (Some(Party::Phone(number)), _) => {
            if tracked.looked_up.as_ref() != Some(number) {
                tracked.looked_up = Some(number.clone());
                tracked.card = view::card_looking(source);
                outbox.look_up.push(number.clone());
            }
            return;
        }
        (_, Direction::Internal) => "Внутренний звонок",
        (Some(Party::Sip(_) | Party::Other(_)), _) => "Это не телефонный номер: искать в списке пациентов нечего",
        (Some(Party::Hidden) | None, _) => "Номер скрыт",
    };
    tracked.looked_up = None;
    if tracked.card.why.as_deref() != Some(without) {
        tracked.card = view::card_without_look_up(without);
    }
}
