//! What is shown of a call.

use std::fmt;

use jiff::Timestamp;
use phone::{Extension, Party};

use crate::ending;
use crate::entry::Standing;
use crate::leg::{LegView, Place, party_text};
use crate::reading::Reading;
use crate::recalled::Recollection;
use crate::rings;
use crate::{CallId, CommandId, Direction, Entry, EntryId, LegState, Summary};

/// The state of a call: of its most advanced live leg.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CallState {
    /// In the menu or in a queue.
    Greeting,
    /// A phone rings: ours, or theirs when we call.
    Ringing,
    /// Somebody of the clinic talks with the other side.
    Talking,
    /// They wait on hold.
    Held,
    /// It is over.
    Ended,
}

impl CallState {
    pub(crate) fn advance(self) -> u8 {
        match self {
            CallState::Ended => 0,
            CallState::Greeting => 1,
            CallState::Ringing => 2,
            CallState::Held => 3,
            CallState::Talking => 4,
        }
    }
}

/// How a call went.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// Somebody of the clinic and the other side talked.
    Answered,
    /// It rang at someone here, and nobody talked.
    Missed,
    /// The caller was gone before it rang at anyone.
    Abandoned,
    /// We called, and nobody there answered.
    Failed,
    /// Its end never reached us.
    Unknown,
}

/// A leg as it is shown.
#[derive(Clone, PartialEq, Eq)]
pub struct Leg {
    /// The PBX's id of it.
    pub id: CallId,
    /// Whose phone it is; on the leg to the outside number of an outbound call, who calls.
    pub extension: Option<Extension>,
    /// Its own state. Every leg of a call that is over has ended.
    pub state: LegState,
    /// The PBX's word for where it is.
    pub location: Option<String>,
    /// The device: a SIP URI, a number (E.164), or our line while in the menu.
    pub device: Option<String>,
}

impl fmt::Debug for Leg {
    /// Without whole numbers: the device of an outgoing leg is the patient's phone, and this may reach a log.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let device = self.device.as_deref().map(|device| {
            let before_tail = device.char_indices().rev().nth(3).map_or(0, |(at, _)| at);
            format!("…{}", device.get(before_tail..).unwrap_or_default())
        });
        f.debug_struct("Leg")
            .field("id", &self.id)
            .field("extension", &self.extension)
            .field("state", &self.state)
            .field("location", &self.location)
            .field("device", &device)
            .finish()
    }
}

/// A phone that rings and that nobody took the call from: what may pop.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ring {
    /// Whose phone.
    pub extension: Option<Extension>,
    /// The group that rings: the leg's, else the one known earlier in this entry.
    pub group: Option<String>,
    /// The PBX's time of the ringing.
    pub at: Timestamp,
    /// Our time when we first heard of it.
    pub received_at: Timestamp,
}

/// Everything that is shown of a call at a moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Picture {
    /// The PBX's id of the entry.
    pub id: EntryId,
    /// Which way it goes.
    pub direction: Direction,
    /// How far it is.
    pub state: CallState,
    /// How it went; `None` while it lives.
    pub outcome: Option<Outcome>,
    /// The other side; `None` when hidden or internal.
    pub number: Option<Party>,
    /// Our line: E.164 or verbatim.
    pub line: Option<String>,
    /// The group that distributes it. `Some("")`: a group without a short number.
    pub group: Option<String>,
    /// The earliest moment known of it.
    pub started_at: Timestamp,
    /// When somebody of the clinic and the other side began to talk.
    pub answered_at: Option<Timestamp>,
    /// When it ended; `None` while it lives and when the end never reached us.
    pub ended_at: Option<Timestamp>,
    /// The latest moment known of it by the PBX's clock.
    pub last_at: Timestamp,
    /// Who talked first. `None` also when that was a phone without a short number.
    pub answered_by: Option<Extension>,
    /// Who of the clinic called, of an outbound or internal call.
    pub by: Option<Extension>,
    /// Its legs, in the order in which they began.
    pub legs: Vec<Leg>,
    /// The click-to-call it came from.
    pub command: Option<CommandId>,
    /// Why it ended (reference 4.14), once it is over.
    pub reason: Option<i32>,
    /// The phones of an inbound call that ring and that nobody took it from.
    pub rings: Vec<Ring>,
    /// Everybody whose phone rang, ever; sorted. A phone without a short number is not in it.
    pub rang: Vec<Extension>,
    /// Every group that was named, ever; sorted.
    pub groups: Vec<String>,
    /// It waited in a queue.
    pub waited_in_queue: bool,
    /// It is known from statistics only: the PBX posted nothing about it that reached us.
    pub recalled: bool,
    /// Which groups it was distributed by is not known at all.
    pub groups_unknown: bool,
}

impl Picture {
    /// Somebody of the clinic and the other side talked, or talk.
    pub fn is_answered(&self) -> bool {
        self.answered_at.is_some() || self.outcome == Some(Outcome::Answered)
    }

    pub(crate) fn of(entry: &Entry, reading: &Reading<'_>, standing: Standing) -> Picture {
        let summary = entry.summary().or_else(|| reading.recalled.map(Recollection::summary));
        let direction = reading.direction;
        let (state, is_over) = match standing {
            Standing::Live { state, .. } => (state, false),
            Standing::Over | Standing::Lost => (CallState::Ended, true),
        };

        let answer = ending::answer(reading, summary);
        let outcome = match standing {
            Standing::Live { .. } => None,
            Standing::Over => Some(ending::outcome(reading, summary, answer.is_some())),
            Standing::Lost => Some(Outcome::Unknown),
        };
        let ended_at = match standing {
            Standing::Over => ending::ended_at(reading, summary),
            Standing::Live { .. } | Standing::Lost => None,
        };
        let said = span(reading, summary);
        let (started_at, last_at) = said.unwrap_or_else(|| {
            let heard_at = entry.last_heard_at();
            (heard_at, heard_at)
        });

        let group = group(reading, summary);
        let groups = groups(reading, summary);
        let recalled = !entry.was_heard_of() && entry.recalled().is_some();
        Picture {
            id: entry.id().clone(),
            direction,
            state,
            outcome,
            number: number(reading, summary),
            line: line(reading, summary),
            started_at,
            answered_at: answer.as_ref().and_then(|answer| answer.at),
            ended_at,
            last_at,
            answered_by: answer.and_then(|answer| answer.by.cloned()),
            by: ending::caller(reading, summary).cloned(),
            legs: reading.legs.iter().map(|leg| shown(reading, leg, is_over)).collect(),
            command: command(reading).cloned(),
            reason: is_over.then(|| ending::reason(reading, summary)).flatten(),
            rings: if is_over { Vec::new() } else { rings::rings(reading, group) },
            rang: rang(reading, summary),
            waited_in_queue: reading.legs.iter().any(|leg| leg.was_at(Place::Queue))
                || reading.recalled.is_some_and(Recollection::waited_in_queue),
            recalled,
            groups_unknown: recalled
                && groups.is_empty()
                && reading.recalled.is_some_and(Recollection::groups_are_unknown),
            groups,
            group: group.map(str::to_owned),
        }
    }
}

fn number(reading: &Reading<'_>, summary: Option<&Summary>) -> Option<Party> {
    let by_summary = || {
        let summary = summary?;
        match reading.direction {
            Direction::Inbound => Some(&summary.from.number),
            Direction::Outbound => Some(&summary.to.number),
            Direction::Internal => None,
        }
    };
    reading.number().or_else(by_summary).filter(|number| !matches!(number, Party::Hidden)).cloned()
}

/// Connected events and outgoing legs may come without the line, so any event may tell it (reference 6.5).
fn line(reading: &Reading<'_>, summary: Option<&Summary>) -> Option<String> {
    let said = || reading.events().find_map(|(_, event)| event.to.line.as_deref().or(event.from.line.as_deref()));
    let dialled = || {
        reading.events().find_map(|(leg, event)| {
            let number = &event.to.number;
            let is_line = leg.place_at(event) == Place::Menu && matches!(number, Party::Phone(_) | Party::Sip(_));
            if is_line { party_text(number) } else { None }
        })
    };
    let by_summary = || {
        let summary = summary?;
        summary.line.as_deref().or(summary.to.line.as_deref()).or(summary.from.line.as_deref())
    };
    said().or_else(dialled).or_else(by_summary).map(str::to_owned)
}

fn group<'a>(reading: &Reading<'a>, summary: Option<&'a Summary>) -> Option<&'a str> {
    reading
        .events()
        .find_map(|(_, event)| event.to.named_group())
        .or_else(|| ending::group_of_summary(reading, summary))
        .or_else(|| reading.events().find_map(|(_, event)| event.to.group.as_deref()))
        .or_else(|| reading.recalled.and_then(|recalled| recalled.groups().next()))
}

fn groups(reading: &Reading<'_>, summary: Option<&Summary>) -> Vec<String> {
    let mut groups: Vec<&str> = reading
        .events()
        .filter_map(|(_, event)| event.to.named_group())
        .chain(ending::group_of_summary(reading, summary))
        .chain(reading.recalled.into_iter().flat_map(Recollection::groups))
        .collect();
    groups.sort_unstable();
    groups.dedup();
    groups.into_iter().map(str::to_owned).collect()
}

fn rang(reading: &Reading<'_>, summary: Option<&Summary>) -> Vec<Extension> {
    // The first leg of a click-to-call rings the operator who calls.
    let is_rung = reading.direction != Direction::Outbound;
    let mut rang: Vec<&Extension> = reading
        .events()
        .filter(|(leg, event)| !leg.is_click_to_call && leg.place_at(event) == Place::Phone)
        .filter_map(|(_, event)| event.to.extension.as_ref())
        .chain(ending::employee_of_summary(reading, summary))
        .chain(reading.recalled.into_iter().filter(|_| is_rung).flat_map(Recollection::rang))
        .collect();
    rang.sort_unstable();
    rang.dedup();
    rang.into_iter().cloned().collect()
}

/// The command of the click-to-call; when only the second leg of it reached us, that one tells it.
fn command<'a>(reading: &Reading<'a>) -> Option<&'a CommandId> {
    reading.click_to_call().and_then(|leg| leg.events().find_map(|event| event.command.as_ref())).or_else(|| {
        reading
            .legs
            .iter()
            .find(|leg| continues_lost_click_to_call(reading, leg))
            .and_then(|leg| leg.first.command.as_ref())
    })
}

/// A leg to the outside that was taken from a leg we never heard of.
pub(crate) fn continues_lost_click_to_call(reading: &Reading<'_>, leg: &LegView<'_>) -> bool {
    reading.direction == Direction::Outbound
        && leg.first.from.extension.is_some()
        && leg.taken_from.is_some_and(|from| !reading.legs.iter().any(|other| other.id == from))
        && reading.has_called_party(leg, leg.first)
}

fn shown(reading: &Reading<'_>, leg: &LegView<'_>, is_over: bool) -> Leg {
    let caller = || {
        leg.events()
            .find_map(|event| event.from.extension.as_ref())
            .filter(|_| reading.direction == Direction::Outbound)
    };
    Leg {
        id: leg.id.clone(),
        extension: leg.extension().or_else(caller).cloned(),
        state: if is_over { LegState::Ended } else { leg.last.state },
        location: leg.events().rev().find_map(|event| event.location.clone()),
        device: leg.events().rev().find_map(|event| party_text(&event.to.number)).map(str::to_owned),
    }
}

fn span(reading: &Reading<'_>, summary: Option<&Summary>) -> Option<(Timestamp, Timestamp)> {
    let events = || reading.events().map(|(_, event)| event.at);
    let first = events().chain(summary.and_then(Summary::earliest)).min()?;
    let last = events().chain(summary.and_then(Summary::latest)).max()?;
    Some((first, last))
}
