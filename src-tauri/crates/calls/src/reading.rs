//! An entry's legs, read once: in order, with the direction they give the entry.

use phone::{Extension, Party};

use crate::direction::outside_of;
use crate::leg::{LegView, Place};
use crate::recalled::Recollection;
use crate::{CallState, Direction, Entry, LegEvent, LegState};

/// The legs of an entry in the order in which they began, and what follows from them for all of them.
pub(crate) struct Reading<'a> {
    pub(crate) legs: Vec<LegView<'a>>,
    pub(crate) direction: Direction,
    /// What statistics tell of it, where that may be used.
    pub(crate) recalled: Option<&'a Recollection>,
}

impl<'a> Reading<'a> {
    pub(crate) fn new(entry: &'a Entry) -> Reading<'a> {
        let mut legs: Vec<LegView<'a>> =
            entry.legs().iter().filter_map(|(id, events)| LegView::new(id, events)).collect();
        legs.sort_by_key(|leg| (leg.taken_from.is_some(), leg.first.at, leg.id));

        let firsts: Vec<_> = legs.iter().filter(|leg| leg.is_click_to_call).map(|leg| leg.id).collect();
        for leg in &mut legs {
            leg.follows_click_to_call = leg.taken_from.is_some_and(|id| firsts.contains(&id));
        }

        let by_legs = if !firsts.is_empty() {
            Some(Direction::Outbound)
        } else {
            legs.iter()
                .find_map(|leg| leg.events().find_map(|event| outside_of(leg, event)).map(|(direction, _)| direction))
                .or(if legs.is_empty() { None } else { Some(Direction::Internal) })
        };
        let by_recalled = || entry.recalled().and_then(|recalled| recalled.summary().direction);
        let direction = by_legs
            .or_else(|| entry.summary().and_then(|summary| summary.direction))
            .or_else(by_recalled)
            .unwrap_or(Direction::Inbound);
        Reading { legs, direction, recalled: None }
    }

    /// Every event, leg by leg, in order.
    pub(crate) fn events(&self) -> impl Iterator<Item = (&LegView<'a>, &'a LegEvent)> {
        self.legs.iter().flat_map(|leg| leg.events().map(move |event| (leg, event)))
    }

    /// The first number of the other side that a leg tells, hidden ones passed over. Only legs that go the entry's way count:
    /// a patient who was put through to a doctor's mobile has not become that mobile.
    pub(crate) fn number(&self) -> Option<&'a Party> {
        self.events().find_map(|(leg, event)| {
            let (direction, number) = outside_of(leg, event)?;
            (direction == self.direction && !matches!(number, Party::Hidden)).then_some(number)
        })
    }

    /// The click-to-call leg that the others continue: the one they were taken from, else the one that was answered, else the first.
    pub(crate) fn click_to_call(&self) -> Option<&LegView<'a>> {
        let firsts = || self.legs.iter().filter(|leg| leg.is_click_to_call);
        firsts()
            .find(|first| self.legs.iter().any(|leg| leg.taken_from == Some(first.id)))
            .or_else(|| firsts().find(|leg| leg.answer().is_some()))
            .or_else(|| firsts().next())
    }

    /// Whether the outside party of an outbound call is on this leg at this event. The operator's own first leg is never it. After a transfer
    /// the called party goes on as the caller of the next leg.
    pub(crate) fn has_called_party(&self, leg: &LegView<'_>, event: &LegEvent) -> bool {
        if leg.is_click_to_call || leg.place_at(event) != Place::Phone {
            return false;
        }
        match (&event.from.extension, &event.to.extension) {
            (Some(_), None) => true,
            // Click-to-call to a colleague: the second leg has employees on both sides.
            (Some(_), Some(_)) => leg.follows_click_to_call,
            (None, None) => true,
            // Not answered by the first operator, the click-to-call may ring the next one: still the clinic's own side.
            (None, Some(_)) => leg.taken_from.is_some() && !leg.follows_click_to_call,
        }
    }

    /// The legs of an outbound call that ever had the outside party on them.
    pub(crate) fn called_legs(&self) -> impl Iterator<Item = &LegView<'a>> {
        self.legs.iter().filter(|leg| leg.events().any(|event| self.has_called_party(leg, event)))
    }

    /// The earliest word that somebody of the clinic talks with the other side.
    pub(crate) fn answer(&self) -> Option<&'a LegEvent> {
        self.events()
            .filter(|(leg, event)| {
                event.is_answer()
                    && leg.place_at(event) == Place::Phone
                    && match self.direction {
                        Direction::Inbound | Direction::Internal => true,
                        Direction::Outbound => self.has_called_party(leg, event),
                    }
            })
            // The PBX tells seconds: of two answers within one, a leg came before those that were taken from it.
            .min_by_key(|(leg, event)| (event.at, self.generation(leg), event.moment()))
            .map(|(_, event)| event)
    }

    /// How many legs a leg descends from, among those that are known.
    fn generation(&self, leg: &LegView<'_>) -> usize {
        let parent_of = |id| self.legs.iter().find(|known| known.id == id).and_then(|known| known.taken_from);
        // Ids that lead in a circle end with the number of legs.
        std::iter::successors(leg.taken_from, |id| parent_of(*id)).take(self.legs.len()).count()
    }

    /// Whether this leg was answered in the sense of [`Reading::answer`].
    pub(crate) fn is_answered(&self, leg: &LegView<'_>) -> bool {
        match self.direction {
            Direction::Inbound | Direction::Internal => leg.answer().is_some(),
            Direction::Outbound => leg.events().any(|event| event.is_answer() && self.has_called_party(leg, event)),
        }
    }

    /// The state of the most advanced live leg; `None` when no leg lives.
    pub(crate) fn live_state(&self) -> Option<CallState> {
        self.legs
            .iter()
            .filter(|leg| leg.is_live())
            .map(|leg| self.state_at(leg, leg.last))
            .max_by_key(|state| state.advance())
    }

    /// The state that the leg which ended last had before.
    pub(crate) fn last_state(&self) -> Option<CallState> {
        self.legs
            .iter()
            .filter_map(|leg| Some((leg, leg.end()?)))
            .map(|(leg, end)| {
                let before = leg.before_end().unwrap_or(end);
                (end.at, self.state_at(leg, before))
            })
            .max_by_key(|(at, state)| (*at, state.advance()))
            .map(|(_, state)| state)
    }

    fn state_at(&self, leg: &LegView<'_>, event: &LegEvent) -> CallState {
        match leg.place_at(event) {
            Place::Menu | Place::Queue => CallState::Greeting,
            Place::Phone => match event.state {
                // Of a leg whose only word is its end it is known that its phone rang.
                LegState::Ringing | LegState::Ended => CallState::Ringing,
                LegState::Talking | LegState::Held
                    if self.direction == Direction::Outbound && !self.has_called_party(leg, event) =>
                {
                    CallState::Ringing
                }
                LegState::Talking => CallState::Talking,
                LegState::Held => CallState::Held,
            },
        }
    }

    /// Whether any leg has this employee on one of its sides.
    pub(crate) fn knows(&self, extension: &Extension) -> bool {
        self.events().any(|(_, event)| {
            event.from.extension.as_ref() == Some(extension) || event.to.extension.as_ref() == Some(extension)
        }) || self.recalled.is_some_and(|recalled| recalled.knows(extension))
    }
}
