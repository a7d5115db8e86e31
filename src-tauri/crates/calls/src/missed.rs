//! Missed calls: which call is one, and the rows of people to ring back.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};
use phone::Extension;

use crate::{CallState, Direction, EntryId, Outcome, Picture};

/// Whose missed calls a desk lists.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Watched {
    /// The desk's short number.
    pub extension: Option<Extension>,
    /// The reception's groups.
    pub groups: Vec<String>,
    /// Every missed call of the clinic.
    pub everything: bool,
    /// Calls that were over sooner are not worth ringing back.
    pub ignore_under: SignedDuration,
}

/// Where a missed caller got to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Why {
    /// A phone rang, nobody took it.
    Rang,
    /// Gone while waiting in a queue.
    Queue,
    /// Gone in the menu.
    Menu,
    /// Outside working hours, or nobody was available.
    Closed,
}

/// Whether somebody must be rung back for this call, and why. Never for a call that lives, that somebody took, or whose end is unknown.
pub fn is_miss(picture: &Picture, watched: &Watched) -> Option<Why> {
    let unanswered = match picture.outcome? {
        Outcome::Missed | Outcome::Abandoned => !picture.is_answered(),
        Outcome::Answered | Outcome::Failed | Outcome::Unknown => false,
    };
    if picture.direction != Direction::Inbound || picture.state != CallState::Ended || !unanswered {
        return None;
    }
    let until = picture.ended_at.unwrap_or(picture.last_at);
    if until.duration_since(picture.started_at) < watched.ignore_under {
        return None;
    }
    concerns(picture, watched).then(|| why(picture))
}

fn concerns(picture: &Picture, watched: &Watched) -> bool {
    let mine = watched.extension.as_ref().is_some_and(|extension| {
        // Of a short number that only a summary names it is not known whether it is an employee's or a group's.
        picture.rang.contains(extension) || picture.groups.iter().any(|group| group == extension.as_str())
    });
    let ours = picture.groups.iter().any(|group| watched.groups.contains(group));
    let before_distribution = picture.rang.is_empty() && picture.groups.is_empty();
    // Of a call that happened while nobody listened, and without a list of who is in which group: a row too many is better than one lost.
    watched.everything || mine || ours || before_distribution || picture.groups_unknown
}

fn why(picture: &Picture) -> Why {
    let rang = !picture.rang.is_empty() || picture.outcome == Some(Outcome::Missed);
    // Nobody available; called number inactive: by its flag, by schedule (reference 4.14).
    let closed = matches!(picture.reason, Some(1164 | 1190..=1192));
    if rang {
        Why::Rang
    } else if closed {
        Why::Closed
    } else if picture.waited_in_queue {
        Why::Queue
    } else {
        Why::Menu
    }
}

/// Something that happened with one number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Episode {
    /// They called, and nobody talked with them.
    Missed {
        /// The call.
        entry: EntryId,
        /// When it began.
        at: Timestamp,
        /// Where they got to.
        why: Why,
    },
    /// We called, and they answered.
    Reached {
        /// The call.
        entry: EntryId,
        /// When they answered.
        at: Timestamp,
        /// Who called.
        by: Option<Extension>,
    },
    /// They called again, and somebody here answered.
    CalledAgain {
        /// The call.
        entry: EntryId,
        /// When it was answered.
        at: Timestamp,
        /// Who answered.
        by: Option<Extension>,
    },
    /// Somebody closed the row by hand.
    Dismissed {
        /// Any missed call of the row.
        row: EntryId,
        /// When.
        at: Timestamp,
        /// Who.
        by: Option<Extension>,
        /// What they said closed it.
        how: How,
        /// Why, in their words.
        reason: Option<String>,
    },
    /// Somebody said that he rings back.
    Claimed {
        /// Any missed call of the row.
        row: EntryId,
        /// When.
        at: Timestamp,
        /// Who; nobody gives the row back, whoever claimed it.
        by: Option<Extension>,
    },
    /// Somebody does not ring back after all. A claim that a colleague has laid meanwhile stays.
    GivenBack {
        /// Any missed call of the row.
        row: EntryId,
        /// When.
        at: Timestamp,
        /// Whose claim it was.
        by: Option<Extension>,
    },
    /// Somebody put the row off, or took it back from there.
    Postponed {
        /// The newest missed call of the row when they did: a newer one brings the row back, whatever the clocks say.
        row: EntryId,
        /// When.
        at: Timestamp,
        /// Who.
        by: Option<Extension>,
        /// Until when; `None`: it is not put off any more.
        until: Option<Timestamp>,
    },
}

/// How a row was closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum How {
    /// We called and they answered.
    Reached,
    /// They called again and somebody answered.
    CalledAgain,
    /// By hand.
    Dismissed,
}

/// That a row was closed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Closed {
    /// How.
    pub how: How,
    /// When.
    pub at: Timestamp,
    /// By whom.
    pub by: Option<Extension>,
    /// How long after the row's first missed call; never negative, whatever the clocks say.
    pub after: SignedDuration,
    /// The call in which they were reached or got through; `None`: it was closed by hand.
    pub call: Option<EntryId>,
    /// Why, in the words of whoever closed it by hand.
    pub reason: Option<String>,
}

/// Somebody to ring back, or who was: the missed calls of one number until something closed them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// The first missed call of it. A row that is closed stays so; the next missed call begins a new one.
    pub id: EntryId,
    /// All missed calls of it, oldest first.
    pub entries: Vec<EntryId>,
    /// When the first one began.
    pub first_at: Timestamp,
    /// When the last one began.
    pub last_at: Timestamp,
    /// Where they got to the last time.
    pub why: Why,
    /// Who is on it.
    pub claimed_by: Option<Extension>,
    /// Until when it is put off. Whether that moment has passed is for the reader to say.
    pub postponed_until: Option<Timestamp>,
    /// What closed it.
    pub closed: Option<Closed>,
}

/// An episode in the order in which they are told. The derived order is (when it counts, turn, when it was said, ...): a miss
/// before what closes it, and what was said with a clock that is behind in the order in which it was said.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Step<'a> {
    at: Timestamp,
    turn: Turn,
    /// What its writer's clock said.
    said_at: Timestamp,
    kind: Kind,
    entry: &'a EntryId,
    by: Option<&'a Extension>,
    /// Of a miss.
    why: Why,
    /// Of a postponement.
    until: Option<Timestamp>,
    /// Of a row closed by hand.
    reason: Option<&'a str>,
}

/// What comes first of what counts at one moment.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Turn {
    Missed,
    Said,
    Closes,
    ClosedByHand,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Missed,
    Claimed,
    GivenBack,
    Postponed,
    /// A call of the number was answered.
    Closes(How),
    /// Somebody closed the row and said what did.
    ClosedByHand(How),
}

impl Kind {
    fn turn(self) -> Turn {
        match self {
            Kind::Missed => Turn::Missed,
            Kind::Claimed | Kind::GivenBack | Kind::Postponed => Turn::Said,
            Kind::Closes(_) => Turn::Closes,
            Kind::ClosedByHand(_) => Turn::ClosedByHand,
        }
    }
}

/// The rows of one number (or of one hidden call), oldest first. The order and repetition of `episodes` make no difference.
pub fn rows(episodes: &[Episode]) -> Vec<Row> {
    let mut rows: Vec<Row> = Vec::new();
    for step in steps(episodes) {
        let open = rows.last_mut().filter(|row| row.closed.is_none());
        match (step.kind, open) {
            (Kind::Missed, Some(row)) => {
                row.entries.push(step.entry.clone());
                row.last_at = step.at;
                row.why = step.why;
                row.postponed_until = None;
            }
            (Kind::Missed, None) => rows.push(Row {
                id: step.entry.clone(),
                entries: vec![step.entry.clone()],
                first_at: step.at,
                last_at: step.at,
                why: step.why,
                claimed_by: None,
                postponed_until: None,
                closed: None,
            }),
            (Kind::Claimed, Some(row)) => {
                if row.entries.contains(step.entry) {
                    row.claimed_by = step.by.cloned();
                }
            }
            (Kind::GivenBack, Some(row)) => {
                if row.entries.contains(step.entry) && row.claimed_by.as_ref() == step.by {
                    row.claimed_by = None;
                }
            }
            (Kind::Postponed, Some(row)) => {
                if row.entries.last() == Some(step.entry) {
                    row.postponed_until = step.until;
                }
            }
            (Kind::Closes(how), Some(row)) => close(row, how, &step, Some(step.entry.clone())),
            (Kind::ClosedByHand(how), Some(row)) => {
                if row.entries.contains(step.entry) {
                    close(row, how, &step, None);
                }
            }
            (Kind::Claimed | Kind::GivenBack | Kind::Postponed | Kind::Closes(_) | Kind::ClosedByHand(_), None) => {}
        }
    }
    rows
}

fn close(row: &mut Row, how: How, step: &Step<'_>, call: Option<EntryId>) {
    row.postponed_until = None;
    row.closed = Some(Closed {
        how,
        at: step.said_at,
        by: step.by.cloned(),
        after: step.said_at.duration_since(row.first_at).max(SignedDuration::ZERO),
        call,
        reason: step.reason.map(str::to_owned),
    });
}

fn steps(episodes: &[Episode]) -> Vec<Step<'_>> {
    let answered: BTreeSet<&EntryId> = episodes
        .iter()
        .filter_map(|episode| match episode {
            Episode::Reached { entry, .. } | Episode::CalledAgain { entry, .. } => Some(entry),
            Episode::Missed { .. }
            | Episode::Dismissed { .. }
            | Episode::Claimed { .. }
            | Episode::GivenBack { .. }
            | Episode::Postponed { .. } => None,
        })
        .collect();
    // A call is missed once, at the earliest moment told, and not at all if somebody talked after all.
    let mut missed: BTreeMap<&EntryId, (Timestamp, Why)> = BTreeMap::new();
    for episode in episodes {
        if let Episode::Missed { entry, at, why } = episode
            && !answered.contains(entry)
        {
            let known = missed.entry(entry).or_insert((*at, *why));
            *known = (*known).min((*at, *why));
        }
    }
    // Claims, postponements and dismissals carry a desk's clock, calls the PBX's. Nobody can answer for a call before it was missed.
    let by_hand = |row: &EntryId, at: Timestamp| match missed.get(row) {
        Some((missed_at, _)) => at.max(*missed_at),
        None => at,
    };
    let mut steps: Vec<Step<'_>> = episodes
        .iter()
        .filter_map(|episode| {
            let (kind, entry, at, by) = match episode {
                Episode::Missed { .. } => return None,
                Episode::Reached { entry, at, by } => (Kind::Closes(How::Reached), entry, *at, by),
                Episode::CalledAgain { entry, at, by } => (Kind::Closes(How::CalledAgain), entry, *at, by),
                Episode::Dismissed { row, at, by, how, .. } => (Kind::ClosedByHand(*how), row, *at, by),
                Episode::Claimed { row, at, by } => (Kind::Claimed, row, *at, by),
                Episode::GivenBack { row, at, by } => (Kind::GivenBack, row, *at, by),
                Episode::Postponed { row, at, by, .. } => (Kind::Postponed, row, *at, by),
            };
            let counts_at = match kind {
                Kind::Missed | Kind::Closes(_) => at,
                Kind::Claimed | Kind::GivenBack | Kind::Postponed | Kind::ClosedByHand(_) => by_hand(entry, at),
            };
            let until = if let Episode::Postponed { until, .. } = episode { *until } else { None };
            let reason = if let Episode::Dismissed { reason, .. } = episode { reason.as_deref() } else { None };
            let (turn, by, why) = (kind.turn(), by.as_ref(), Why::Rang);
            Some(Step { at: counts_at, turn, said_at: at, kind, entry, by, why, until, reason })
        })
        .chain(missed.iter().map(|(entry, (at, why))| Step {
            at: *at,
            turn: Turn::Missed,
            said_at: *at,
            kind: Kind::Missed,
            entry,
            by: None,
            why: *why,
            until: None,
            reason: None,
        }))
        .collect();
    steps.sort();
    steps
}
