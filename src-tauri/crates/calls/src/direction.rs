//! Which way a call goes, and who is on the other side of it (reference 6.4, 6.6).

use phone::Party;

use crate::LegEvent;
use crate::leg::{LegView, Place};

/// Which way a call goes, seen from the clinic.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Direction {
    /// Somebody calls the clinic.
    Inbound,
    /// The clinic calls somebody.
    Outbound,
    /// Employees among themselves.
    Internal,
}

/// The side of a leg that is not the clinic's, as one event tells it: the way it makes the call go, and its number.
/// `None`: both sides are employees.
pub(crate) fn outside_of<'a>(leg: &LegView<'a>, event: &'a LegEvent) -> Option<(Direction, &'a Party)> {
    if leg.is_click_to_call {
        return Some((Direction::Outbound, &event.from.number));
    }
    match (&event.from.extension, &event.to.extension) {
        (None, _) if is_employee_without_extension(leg, event) => Some((Direction::Outbound, &event.to.number)),
        (None, _) => Some((Direction::Inbound, &event.from.number)),
        // An employee in the menu or in a queue is not distributed yet; he is not calling outside.
        (Some(_), None) if leg.place_at(event) != Place::Phone => None,
        (Some(_), None) => Some((Direction::Outbound, &event.to.number)),
        (Some(_), Some(_)) => None,
    }
}

/// An employee without a short number who calls outside: a device of the PBX calls a number, and no line of ours is called.
fn is_employee_without_extension(leg: &LegView<'_>, event: &LegEvent) -> bool {
    let from_our_device = matches!(&event.from.number, Party::Sip(uri) if uri.contains("mangosip.ru"));
    from_our_device && event.to.extension.is_none() && event.to.line.is_none() && leg.place_at(event) == Place::Phone
}
