//! Which legs live at this moment, what may be done to each, and how to reach the performance that it belongs to.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::mpsc;

use crate::compose::Call;
use crate::script::{Direction, Leg, Mark, Place, Recording, State, Transfer, Who};
use crate::turns::{Pass, Turn};

/// Turns that may wait for one call; more are refused as if the leg were gone.
pub(crate) const TURNS: usize = 8;

/// Done.
pub(crate) const DONE: i32 = 1000;
/// Impossible by the logic of the PBX (reference 4.14).
const IMPOSSIBLE: i32 = 4100;
/// The call ended, or there never was one.
const GONE: i32 = 4101;
/// It is being recorded already.
const RECORDED_ALREADY: i32 = 4102;
/// The number is not there.
const NO_SUCH_PARTY: i32 = 3330;

#[derive(Default)]
pub(crate) struct Exchange {
    legs: Mutex<HashMap<String, Seat>>,
}

/// One living leg.
struct Seat {
    entry_id: String,
    direction: Direction,
    leg: Leg,
    from: Person,
    to: Person,
    /// Who is recorded here: operators, or `None` for the person outside.
    recorded: Vec<Option<usize>>,
    /// A command ended it, and the call does not know yet.
    ending: bool,
    turns: mpsc::Sender<Turn>,
}

#[derive(Clone, Default)]
struct Person {
    extension: Option<String>,
    number: Option<String>,
}

impl Person {
    fn of(call: &Call, who: Who) -> Person {
        let (extension, number) = call.identity(who);
        Person { extension: extension.map(str::to_owned), number }
    }

    fn is(&self, text: &str) -> bool {
        self.extension.as_deref() == Some(text) || self.number.as_deref() == Some(text)
    }

    fn works_at(&self, extension: &str) -> bool {
        self.extension.as_deref() == Some(extension)
    }
}

impl Seat {
    /// The participant whom a command names, when an employee: transfers by others are not allowed (manual 3.2.8).
    fn employee(&self, named: &str) -> Option<Who> {
        let people = [(&self.to, self.leg.to.who), (&self.from, self.leg.from.who)];
        let (_, who) = people.into_iter().find(|(person, _)| person.is(named) && person.extension.is_some())?;
        Some(who)
    }

    /// The phone that rings here and could be picked up.
    fn rings_at(&self) -> Option<&str> {
        let Leg { state, place, mark, transfer, .. } = self.leg;
        let rings = state == State::Appeared && place == Place::Abonent && mark != Mark::Callback;
        let inward = self.direction == Direction::Inbound || transfer.is_some();
        if rings && inward { self.to.extension.as_deref() } else { None }
    }

    fn is_at(&self, extension: &str) -> bool {
        self.leg.place == Place::Abonent && (self.from.works_at(extension) || self.to.works_at(extension))
    }

    fn who(&self, extension: &str) -> Who {
        if self.to.works_at(extension) { self.leg.to.who } else { self.leg.from.who }
    }

    fn tell(&self, turn: Turn) -> i32 {
        if self.turns.try_send(turn).is_ok() { DONE } else { GONE }
    }
}

impl Exchange {
    /// Notes the state of a leg that has just been told.
    pub(crate) fn note(&self, call: &Call, leg: &Leg, turns: &mpsc::Sender<Turn>) {
        let call_id = call.call_id(leg.leg);
        let mut seats = self.seats();
        if leg.state == State::Disconnected {
            seats.remove(call_id);
            return;
        }
        let seat = seats.entry(call_id.to_owned()).or_insert_with(|| Seat {
            entry_id: call.entry_id().to_owned(),
            direction: call.direction(),
            leg: *leg,
            from: Person::default(),
            to: Person::default(),
            recorded: Vec::new(),
            ending: false,
            turns: turns.clone(),
        });
        seat.leg = *leg;
        seat.from = Person::of(call, leg.from.who);
        seat.to = Person::of(call, leg.to.who);
    }

    /// Notes that somebody is recorded on a leg.
    pub(crate) fn note_recording(&self, call: &Call, recording: &Recording) {
        if let Some(seat) = self.seats().get_mut(call.call_id(recording.leg)) {
            seat.recorded.retain(|operator| *operator != recording.operator);
            if !recording.completed {
                seat.recorded.push(recording.operator);
            }
        }
    }

    /// Forgets all legs of a call.
    pub(crate) fn forget(&self, call: &Call) {
        let mut seats = self.seats();
        for call_id in call.call_ids() {
            seats.remove(call_id);
        }
    }

    /// Hangs up this leg.
    pub(crate) fn hang_up(&self, call_id: &str) -> i32 {
        self.ask(call_id, |seat| {
            // Reference 4: only what is in the menu or in front of an employee.
            if seat.leg.place == Place::Queue {
                return IMPOSSIBLE;
            }
            // At once: a second hang-up of the same leg finds it ended.
            seat.ending = true;
            seat.tell(Turn::HangUp(seat.leg.leg))
        })
    }

    /// Transfers by one of the leg's employees.
    pub(crate) fn transfer(&self, call_id: &str, initiator: &str, way: Transfer, pass: Pass) -> i32 {
        self.ask(call_id, |seat| {
            let Some(who) = seat.employee(initiator) else {
                return NO_SUCH_PARTY;
            };
            if !seat.talks() || seat.transferring() {
                return IMPOSSIBLE;
            }
            let done = seat.tell(Turn::Transfer { leg: seat.leg.leg, who, way, pass });
            if done == DONE && way == Transfer::Blind {
                seat.ending = true;
            }
            done
        })
    }

    /// Puts the other participant on hold.
    pub(crate) fn hold(&self, call_id: &str, initiator: &str) -> i32 {
        self.ask(call_id, |seat| match seat.employee(initiator) {
            None => NO_SUCH_PARTY,
            Some(_) if !seat.talks() || seat.transferring() => IMPOSSIBLE,
            Some(who) => seat.tell(Turn::Hold { leg: seat.leg.leg, who }),
        })
    }

    /// Sends a call in the menu, in the queue or ringing somewhere elsewhere.
    pub(crate) fn route(&self, call_id: &str, pass: Pass) -> i32 {
        self.ask(call_id, |seat| {
            let Leg { state, mark, transfer, .. } = seat.leg;
            let waits = state == State::Appeared && mark != Mark::Callback && transfer.is_none();
            if !waits || seat.direction != Direction::Inbound {
                return IMPOSSIBLE;
            }
            seat.ending = true;
            seat.tell(Turn::Route { leg: seat.leg.leg, pass })
        })
    }

    /// Joins a held leg with the one on which its initiator asks a colleague.
    pub(crate) fn connect(&self, held_id: &str, asked_id: &str, initiator: &str) -> i32 {
        let (entry_id, asked) = {
            let seats = self.seats();
            let Some(asked) = seats.get(asked_id) else {
                return GONE;
            };
            if asked.leg.state != State::Connected || asked.employee(initiator).is_none() {
                return IMPOSSIBLE;
            }
            (asked.entry_id.clone(), asked.leg.leg)
        };
        self.ask(held_id, |seat| {
            let held = seat.leg.state == State::OnHold && seat.employee(initiator).is_some();
            if !held || seat.entry_id != entry_id {
                return IMPOSSIBLE;
            }
            seat.ending = true;
            seat.tell(Turn::Connect { held: seat.leg.leg, consulting: asked })
        })
    }

    /// Calls off the consultation about a held leg.
    pub(crate) fn cancel(&self, held_id: &str) -> i32 {
        let asks = {
            let seats = self.seats();
            let Some(held) = seats.get(held_id) else {
                return GONE;
            };
            let is_about = |seat: &Seat| {
                seat.entry_id == held.entry_id
                    && seat.leg.transfer == Some(Transfer::Consultative)
                    && seat.leg.from.taken_from == Some(held.leg.leg)
            };
            held.leg.state == State::OnHold && seats.values().any(is_about)
        };
        if !asks {
            return IMPOSSIBLE;
        }
        self.ask(held_id, |seat| seat.tell(Turn::Cancel(seat.leg.leg)))
    }

    /// Records a participant.
    pub(crate) fn record(&self, call_id: &str, party: &str, command_id: &str) -> i32 {
        self.ask(call_id, |seat| {
            let people = [(&seat.to, seat.leg.to.who), (&seat.from, seat.leg.from.who)];
            let Some((_, who)) = people.into_iter().find(|(person, _)| person.is(party)) else {
                return NO_SUCH_PARTY;
            };
            if seat.leg.state != State::Connected || seat.leg.place != Place::Abonent {
                return IMPOSSIBLE;
            }
            let operator = operator_of(who);
            if seat.recorded.contains(&operator) {
                return RECORDED_ALREADY;
            }
            seat.recorded.push(operator);
            seat.tell(Turn::Record { leg: seat.leg.leg, operator, command_id: command_id.to_owned() })
        })
    }

    /// Whether something can be played to the caller of this leg (reference 4, `play/start`).
    pub(crate) fn play(&self, call_id: &str) -> i32 {
        self.ask(call_id, |seat| {
            let waits = matches!(seat.leg.place, Place::Ivr | Place::Queue) && seat.direction == Direction::Inbound;
            if waits { DONE } else { IMPOSSIBLE }
        })
    }

    /// Picks up the phone of this employee; false when it does not ring.
    pub(crate) fn answer(&self, extension: &str) -> bool {
        self.at_phone(|seat| seat.rings_at() == Some(extension), |seat| Turn::Answer(seat.leg.leg))
    }

    /// Puts down the phone of this employee; false when she has no call.
    pub(crate) fn put_down(&self, extension: &str) -> bool {
        let put_down = |seat: &Seat| Turn::PutDown { leg: seat.leg.leg, who: seat.who(extension) };
        // What rings at somebody else is not hers to put down, unless she is the one who calls.
        let has = |seat: &Seat| {
            let talks = matches!(seat.leg.state, State::Connected | State::OnHold);
            seat.is_at(extension) && (talks || seat.from.works_at(extension))
        };
        self.at_phone(has, put_down) || self.at_phone(|seat| seat.rings_at() == Some(extension), put_down)
    }

    /// Takes a held call back at this employee's phone; false when there is none.
    pub(crate) fn unhold(&self, extension: &str) -> bool {
        let has = |seat: &Seat| seat.is_at(extension) && seat.leg.state == State::OnHold;
        self.at_phone(has, |seat| Turn::Unhold(seat.leg.leg))
    }

    fn at_phone(&self, wanted: impl Fn(&Seat) -> bool, turn: impl Fn(&Seat) -> Turn) -> bool {
        let seats = self.seats();
        let seat = seats.values().find(|seat| !seat.ending && wanted(seat));
        seat.is_some_and(|seat| seat.tell(turn(seat)) == DONE)
    }

    fn ask(&self, call_id: &str, asked: impl FnOnce(&mut Seat) -> i32) -> i32 {
        match self.seats().get_mut(call_id) {
            Some(seat) if !seat.ending => asked(seat),
            Some(_) | None => GONE,
        }
    }

    fn seats(&self) -> MutexGuard<'_, HashMap<String, Seat>> {
        self.legs.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Seat {
    fn talks(&self) -> bool {
        self.leg.state == State::Connected && self.leg.place == Place::Abonent
    }

    /// A consultation is no call to be passed on itself, and neither is the first leg of a click-to-call.
    fn transferring(&self) -> bool {
        let first_of_callback = self.leg.mark == Mark::Callback && self.leg.from.taken_from.is_none();
        self.leg.transfer == Some(Transfer::Consultative) || first_of_callback
    }
}

fn operator_of(who: Who) -> Option<usize> {
    match who {
        Who::Operator(operator) | Who::Mobile(operator) => Some(operator),
        Who::Nobody | Who::Outside | Who::Guest(_) | Who::Group | Who::CityLine | Who::SipLine => None,
    }
}
