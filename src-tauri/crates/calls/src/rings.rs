//! Which phones of an inbound call ring that nobody took it from.

use phone::Extension;

use crate::leg::{LegView, Place};
use crate::reading::Reading;
use crate::{Direction, LegEvent, LegState, Ring};

/// A leg on which somebody talked, with the first word of it.
struct Taken<'r, 'a> {
    leg: &'r LegView<'a>,
    answer: &'a LegEvent,
}

pub(crate) fn rings(reading: &Reading<'_>, usual_group: Option<&str>) -> Vec<Ring> {
    if reading.direction != Direction::Inbound {
        return Vec::new();
    }
    let taken: Vec<Taken<'_, '_>> =
        reading.legs.iter().filter_map(|leg| Some(Taken { leg, answer: leg.answer()? })).collect();
    reading
        .legs
        .iter()
        .filter(|leg| rings_at_somebody(leg))
        .filter(|leg| taken.iter().all(|taken| is_handed_on(leg, taken)))
        .map(|leg| Ring {
            extension: leg.extension().cloned(),
            group: group_of(reading, leg).or(usual_group).map(str::to_owned),
            at: leg.last.at,
            received_at: leg.last.received_at,
        })
        .collect()
}

fn rings_at_somebody(leg: &LegView<'_>) -> bool {
    leg.last.state == LegState::Ringing
        && leg.place() == Place::Phone
        && !leg.is_click_to_call
        && (leg.extension().is_some() || leg.events().any(|event| event.to.named_group().is_some()))
}

/// Whether a leg rings because whoever took the call handed it on, and not because its phone has not fallen silent yet.
fn is_handed_on(leg: &LegView<'_>, taken: &Taken<'_, '_>) -> bool {
    if taken.leg.id == leg.id {
        // Somebody talked on this very phone.
        return false;
    }
    if leg.taken_from == Some(taken.leg.id) {
        return true;
    }
    if leg.taken_from.is_some() && leg.taken_from == taken.leg.taken_from {
        // One round of phones: one of them took it, the others are about to fall silent.
        return false;
    }
    let appeared_at = leg.first.at;
    let answered_at = taken.answer.at;
    match caller(leg) {
        Some(caller) if Some(caller) == taken.leg.extension() => true,
        Some(_) => answered_at <= appeared_at,
        None if leg.last.transfer.is_some() => answered_at <= appeared_at,
        None => answered_at < appeared_at,
    }
}

/// The colleague who consults or transfers.
fn caller<'a>(leg: &LegView<'a>) -> Option<&'a Extension> {
    leg.last.from.extension.as_ref()
}

/// The leg's own group, else the newest one that was named in the entry before it rang.
fn group_of<'a>(reading: &Reading<'a>, leg: &LegView<'a>) -> Option<&'a str> {
    leg.events().rev().find_map(|event| event.to.named_group()).or_else(|| {
        reading
            .events()
            .map(|(_, event)| event)
            .filter(|event| event.at <= leg.last.at && event.to.named_group().is_some())
            .max_by_key(|event| event.moment())
            .and_then(|event| event.to.named_group())
    })
}
