//! Who talked, and how and why a call ended: legs first, and what they do not say from the summary.

use jiff::Timestamp;
use phone::{Extension, Party};

use crate::leg::{LegView, Place};
use crate::reading::Reading;
use crate::recalled::Recollection;
use crate::{Direction, LegEvent, LegState, Outcome, Summary};

/// That somebody talked.
pub(crate) struct Answer<'a> {
    pub(crate) at: Option<Timestamp>,
    pub(crate) by: Option<&'a Extension>,
}

/// The group named where a summary usually names an employee: a short number without a device that no leg knows (reference 5.2).
pub(crate) fn group_of_summary<'a>(reading: &Reading<'_>, summary: Option<&'a Summary>) -> Option<&'a str> {
    let (extension, is_group) = short_number_of_summary(reading, summary)?;
    is_group.then(|| extension.as_str())
}

/// The employee a summary names as called.
pub(crate) fn employee_of_summary<'a>(reading: &Reading<'_>, summary: Option<&'a Summary>) -> Option<&'a Extension> {
    let (extension, is_group) = short_number_of_summary(reading, summary)?;
    (!is_group).then_some(extension)
}

fn short_number_of_summary<'a>(reading: &Reading<'_>, summary: Option<&'a Summary>) -> Option<(&'a Extension, bool)> {
    let summary = summary?;
    let extension = summary.to_extension()?;
    let is_group = matches!(summary.to.number, Party::Hidden) && !reading.knows(extension);
    Some((extension, is_group))
}

pub(crate) fn answer<'a>(reading: &Reading<'a>, summary: Option<&'a Summary>) -> Option<Answer<'a>> {
    let by_legs = reading.answer().map(|event| Answer {
        at: Some(event.at),
        by: match reading.direction {
            Direction::Inbound | Direction::Internal => event.to.extension.as_ref(),
            Direction::Outbound => event.from.extension.as_ref().or_else(|| caller(reading, summary)),
        },
    });
    let by_summary = || {
        let summary = summary.filter(|summary| summary.answered)?;
        Some(Answer {
            at: summary.talked_at,
            by: match reading.direction {
                Direction::Inbound | Direction::Internal => employee_of_summary(reading, Some(summary)),
                Direction::Outbound => caller(reading, Some(summary)),
            },
        })
    };
    by_legs.or_else(by_summary)
}

/// Who of the clinic called.
pub(crate) fn caller<'a>(reading: &Reading<'a>, summary: Option<&'a Summary>) -> Option<&'a Extension> {
    let by_legs = match reading.direction {
        Direction::Inbound => return None,
        Direction::Internal => first_caller(reading.legs.iter()),
        Direction::Outbound => match reading.click_to_call() {
            Some(leg) => leg.extension(),
            None => first_caller(reading.called_legs()),
        },
    };
    by_legs.or_else(|| summary?.from.extension.as_ref())
}

fn first_caller<'a: 'b, 'b>(mut legs: impl Iterator<Item = &'b LegView<'a>>) -> Option<&'a Extension> {
    legs.find_map(|leg| leg.events().find_map(|event| event.from.extension.as_ref()))
}

pub(crate) fn outcome(reading: &Reading<'_>, summary: Option<&Summary>, is_answered: bool) -> Outcome {
    if is_answered {
        return Outcome::Answered;
    }
    match reading.direction {
        Direction::Outbound => Outcome::Failed,
        Direction::Internal => Outcome::Missed,
        Direction::Inbound => {
            let rang = reading.legs.iter().any(|leg| leg.was_at(Place::Phone))
                || summary.is_some_and(|summary| names_who_missed(reading, summary))
                || reading.recalled.is_some_and(Recollection::rang_at_all);
            if rang { Outcome::Missed } else { Outcome::Abandoned }
        }
    }
}

/// Whether a summary says that it rang at somebody: it names him or his device. A group alone says so only when no leg tells more, since in
/// a group's queue one may wait without any phone ringing.
fn names_who_missed(reading: &Reading<'_>, summary: &Summary) -> bool {
    let names_device = !matches!(summary.to.number, Party::Hidden);
    names_device
        || employee_of_summary(reading, Some(summary)).is_some()
        || (reading.legs.is_empty() && summary.to.extension.is_some())
}

pub(crate) fn ended_at(reading: &Reading<'_>, summary: Option<&Summary>) -> Option<Timestamp> {
    let last_end =
        reading.events().filter(|(_, event)| event.state == LegState::Ended).map(|(_, event)| event.at).max();
    let by_summary = summary.and_then(|summary| summary.ended_at);
    let all_ended = reading.legs.iter().all(|leg| leg.end().is_some());
    // A talk that began when every known leg had ended was on a leg we never heard of.
    let talked_later =
        summary.is_some_and(|summary| summary.answered && summary.talked_at.is_some() && summary.talked_at >= last_end);
    match reading.recalled {
        // Statistics know every leg, and each when it ended.
        Some(recalled) if summary == Some(recalled.summary()) => by_summary.max(last_end),
        Some(_) | None if all_ended && !talked_later => last_end.or(by_summary),
        Some(_) | None => by_summary.or(last_end),
    }
}

/// The code of the last end of the leg that decided: the answered one, the one to the outside, or the last that rang. When nothing rang
/// the summary knows better than the menu's leg, which often ends "normally".
pub(crate) fn reason(reading: &Reading<'_>, summary: Option<&Summary>) -> Option<i32> {
    let answered = || last_end(reading.legs.iter().filter(|leg| reading.is_answered(leg)));
    let on_phones = || match reading.direction {
        Direction::Inbound | Direction::Internal => {
            last_end(reading.legs.iter().filter(|leg| leg.was_at(Place::Phone)))
        }
        Direction::Outbound => {
            last_end(reading.called_legs()).or_else(|| last_end(reading.legs.iter().filter(|leg| leg.is_click_to_call)))
        }
    };
    answered()
        .or_else(on_phones)
        .and_then(|event| event.reason)
        .or_else(|| summary.and_then(|summary| summary.reason))
        .or_else(|| last_end(reading.legs.iter()).and_then(|event| event.reason))
}

pub(crate) fn last_end<'a: 'b, 'b>(legs: impl Iterator<Item = &'b LegView<'a>>) -> Option<&'a LegEvent> {
    legs.filter_map(LegView::end).max_by_key(|event| event.moment())
}
