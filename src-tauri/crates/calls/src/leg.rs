//! What the PBX says about one leg (`events/call`, reference 2.1), and a leg read as the set of all that was said.

use std::collections::BTreeMap;

use jiff::Timestamp;
use phone::{Extension, Party};

use crate::{CallId, CommandId, EntryId};

/// How far a leg is. The order is the order of a leg's life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LegState {
    /// `Appeared`: it rings, waits or listens to the menu.
    Ringing,
    /// `Connected`.
    Talking,
    /// `OnHold`.
    Held,
    /// `Disconnected`.
    Ended,
}

/// The calling or the called side of a leg: `from` or `to`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Side {
    /// An employee's short number. Absent: not an employee, or not yet distributed to one.
    pub extension: Option<Extension>,
    /// The caller's number, the device rung, or our line while in the menu.
    pub number: Party,
    /// Our line: E.164, or verbatim when it is not a phone number.
    pub line: Option<String>,
    /// The group that distributes the call (`acd_group`). `Some("")`: a group without a short number.
    pub group: Option<String>,
    /// The leg this side was on before.
    pub taken_from: Option<CallId>,
    /// The other side left this leg by a transfer (version 2 of the API only, in `Disconnected` only).
    pub was_transferred: bool,
}

impl Default for Side {
    /// A side the PBX says nothing about.
    fn default() -> Side {
        Side {
            extension: None,
            number: Party::Hidden,
            line: None,
            group: None,
            taken_from: None,
            was_transferred: false,
        }
    }
}

impl Side {
    /// The content in an order of its own, so that of two contradicting posts the same one always wins.
    pub(crate) fn content(&self) -> impl Ord + '_ {
        (&self.extension, party_content(&self.number), &self.line, &self.group, &self.taken_from, self.was_transferred)
    }

    pub(crate) fn named_group(&self) -> Option<&str> {
        self.group.as_deref().filter(|group| !group.is_empty())
    }
}

fn party_content(party: &Party) -> (u8, &str) {
    match party {
        Party::Hidden => (0, ""),
        Party::Other(text) => (1, text),
        Party::Sip(uri) => (2, uri),
        Party::Phone(number) => (3, number.as_str()),
    }
}

/// The text of a number as it is shown for a device or a line: E.164, a SIP URI, or verbatim.
pub(crate) fn party_text(party: &Party) -> Option<&str> {
    match party {
        Party::Hidden => None,
        Party::Other(text) | Party::Sip(text) => Some(text),
        Party::Phone(number) => Some(number.as_str()),
    }
}

/// One post about one leg (`events/call`), translated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LegEvent {
    /// The entry the leg belongs to.
    pub entry: EntryId,
    /// The leg.
    pub call: CallId,
    /// Order of posts inside this leg, from 1, possibly with gaps.
    pub seq: u32,
    /// The PBX's time of the change, whole seconds.
    pub at: Timestamp,
    /// Our time when the post came in. Not part of what was said: a repeat that comes later changes nothing.
    pub received_at: Timestamp,
    /// The state the leg is in from now on.
    pub state: LegState,
    /// `ivr`, `ivr.N`, `queue`, `abonent`, a word we do not know, or nothing.
    pub location: Option<String>,
    /// The calling side.
    pub from: Side,
    /// The called side.
    pub to: Side,
    /// Why it ended (reference 4.14), in `Disconnected` only.
    pub reason: Option<i32>,
    /// Our command that made the leg, or ended it.
    pub command: Option<CommandId>,
    /// The leg was made by a click-to-call or a campaign: `callback_initiator` or `task_id` is there.
    pub is_callback: bool,
    /// `consultative`, `blind`, `return_blind` (version 2 of the API only).
    pub transfer: Option<String>,
}

impl LegEvent {
    /// Everything that was said, without when we heard it.
    pub(crate) fn content(&self) -> impl Ord + '_ {
        (
            (self.state, self.at, self.reason, self.is_callback),
            (&self.command, &self.transfer, &self.location),
            (self.from.content(), self.to.content()),
        )
    }

    pub(crate) fn taken_from(&self) -> Option<&CallId> {
        self.from.taken_from.as_ref().or(self.to.taken_from.as_ref())
    }

    pub(crate) fn is_answer(&self) -> bool {
        matches!(self.state, LegState::Talking | LegState::Held)
    }

    /// Where events stand in time, with ties broken the same way in every run.
    pub(crate) fn moment(&self) -> (Timestamp, u32, &CallId) {
        (self.at, self.seq, &self.call)
    }

    fn said_place(&self) -> Option<Place> {
        place_named(self.location.as_deref()?)
    }
}

/// The place that the PBX's word names, if it is one we know.
pub(crate) fn place_named(location: &str) -> Option<Place> {
    if location.starts_with("ivr") {
        Some(Place::Menu)
    } else if location.starts_with("queue") {
        Some(Place::Queue)
    } else if location == "abonent" {
        Some(Place::Phone)
    } else {
        None
    }
}

/// Where a leg is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// The voice menu: `ivr`, `ivr.N`.
    Menu,
    /// Waiting for a group: `queue`.
    Queue,
    /// A phone: `abonent`, or a word (or nothing) that names neither menu nor queue.
    Phone,
}

impl Place {
    /// The order in which a call passes through them.
    pub(crate) fn rank(self) -> u8 {
        match self {
            Place::Menu => 0,
            Place::Queue => 1,
            Place::Phone => 2,
        }
    }
}

/// The events of one leg by `seq`. Never empty inside an entry. Boxed: a map takes room for eleven at once, and a leg has three.
pub(crate) type LegEvents = BTreeMap<u32, Box<LegEvent>>;

/// A leg, read.
#[derive(Clone, Copy)]
pub(crate) struct LegView<'a> {
    pub(crate) id: &'a CallId,
    pub(crate) first: &'a LegEvent,
    pub(crate) last: &'a LegEvent,
    /// The first leg of a click-to-call: it looks like an inbound call from the patient and is not one (reference 0.7).
    pub(crate) is_click_to_call: bool,
    /// The leg this one continues, if any of its events says so.
    pub(crate) taken_from: Option<&'a CallId>,
    /// That leg is the first leg of a click-to-call.
    pub(crate) follows_click_to_call: bool,
    events: &'a LegEvents,
    usual_place: Place,
}

impl<'a> LegView<'a> {
    pub(crate) fn new(id: &'a CallId, events: &'a LegEvents) -> Option<LegView<'a>> {
        let first = events.values().next()?;
        let last = events.values().next_back()?;
        let usual_place = events.values().find_map(|event| event.said_place()).unwrap_or(Place::Phone);
        let mut leg = LegView {
            id,
            first,
            last,
            is_click_to_call: false,
            follows_click_to_call: false,
            taken_from: events.values().find_map(|event| event.taken_from()),
            events,
            usual_place,
        };
        // Only the first word counts: the Disconnected of an inbound leg carries the command that transferred it (reference 5.3).
        leg.is_click_to_call = (first.is_callback || first.command.is_some())
            && first.taken_from().is_none()
            && !first.from.was_transferred
            && !first.to.was_transferred
            && leg.place_at(first) == Place::Phone;
        Some(leg)
    }

    pub(crate) fn events(&self) -> impl DoubleEndedIterator<Item = &'a LegEvent> + use<'a> {
        self.events.values().map(Box::as_ref)
    }

    /// Where the leg is at this event: what it says, else what the leg's other events say.
    pub(crate) fn place_at(&self, event: &LegEvent) -> Place {
        match event.said_place() {
            Some(place) => place,
            None if event.to.extension.is_some() => Place::Phone,
            None => self.usual_place,
        }
    }

    pub(crate) fn place(&self) -> Place {
        self.place_at(self.last)
    }

    pub(crate) fn was_at(&self, place: Place) -> bool {
        self.events().any(|event| self.place_at(event) == place)
    }

    pub(crate) fn is_live(&self) -> bool {
        self.last.state != LegState::Ended
    }

    /// The earliest word that somebody talks on this phone. Even a late one counts, whatever the leg's state is by now.
    pub(crate) fn answer(&self) -> Option<&'a LegEvent> {
        self.events()
            .filter(|event| event.is_answer() && self.place_at(event) == Place::Phone)
            .min_by_key(|event| event.moment())
    }

    /// The newest word that it ended.
    pub(crate) fn end(&self) -> Option<&'a LegEvent> {
        self.events().filter(|event| event.state == LegState::Ended).max_by_key(|event| event.moment())
    }

    /// The newest event before it ended.
    pub(crate) fn before_end(&self) -> Option<&'a LegEvent> {
        self.events().rfind(|event| event.state != LegState::Ended)
    }

    /// Who is called on it, as said last.
    pub(crate) fn extension(&self) -> Option<&'a Extension> {
        self.events().rev().find_map(|event| event.to.extension.as_ref())
    }
}
