//! Which legs live at this moment, and how to reach the performance that each belongs to.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::mpsc;

use crate::compose::Call;
use crate::script::{Direction, Leg, Place, State};
use crate::turns::Turn;

/// Turns that may wait for one call; more are refused as if the leg were gone.
pub(crate) const TURNS: usize = 8;

#[derive(Default)]
pub(crate) struct Exchange {
    legs: Mutex<HashMap<String, Seat>>,
}

struct Seat {
    leg: usize,
    /// The short number that rings here and could be picked up.
    rings_at: Option<String>,
    turns: mpsc::Sender<Turn>,
}

impl Exchange {
    /// Notes the state of a leg that has just been told.
    pub(crate) fn note(&self, call: &Call, leg: &Leg, turns: &mpsc::Sender<Turn>) {
        let call_id = call.call_id(leg.leg);
        if leg.state == State::Disconnected {
            self.seats().remove(call_id);
            return;
        }
        let rings =
            leg.state == State::Appeared && leg.place == Place::Abonent && call.direction() == Direction::Inbound;
        let rings_at = if rings { call.rings_at(leg).map(str::to_owned) } else { None };
        let seat = Seat { leg: leg.leg, rings_at, turns: turns.clone() };
        self.seats().insert(call_id.to_owned(), seat);
    }

    /// Forgets all legs of a call.
    pub(crate) fn forget(&self, call: &Call) {
        let mut seats = self.seats();
        for leg in 0..crate::script::LEGS {
            seats.remove(call.call_id(leg));
        }
    }

    /// Hangs up this leg; false when there is none that lives.
    pub(crate) fn hang_up(&self, call_id: &str) -> bool {
        // Removed at once: a second hang-up of the same leg finds it ended.
        let Some(seat) = self.seats().remove(call_id) else {
            return false;
        };
        seat.turns.try_send(Turn::HangUp(seat.leg)).is_ok()
    }

    /// Picks up the phone of this employee; false when it does not ring.
    pub(crate) fn answer(&self, extension: &str) -> bool {
        let seats = self.seats();
        let Some(seat) = seats.values().find(|seat| seat.rings_at.as_deref() == Some(extension)) else {
            return false;
        };
        seat.turns.try_send(Turn::Answer(seat.leg)).is_ok()
    }

    fn seats(&self) -> MutexGuard<'_, HashMap<String, Seat>> {
        self.legs.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
