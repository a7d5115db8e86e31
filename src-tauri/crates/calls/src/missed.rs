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
    },
    /// Somebody said that he rings back.
    Claimed {
        /// Any missed call of the row.
        row: EntryId,
        /// When.
        at: Timestamp,
        /// Who; nobody gives the row back.
        by: Option<Extension>,
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
    /// What closed it.
    pub closed: Option<Closed>,
}

/// An episode in the order in which they are told. The derived order is (when it counts, kind, call, ...): a miss before what closes it.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Step<'a> {
    at: Timestamp,
    kind: Kind,
    entry: &'a EntryId,
    by: Option<&'a Extension>,
    /// What its writer's clock said.
    said_at: Timestamp,
    /// Of a miss.
    why: Why,
}

#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Missed,
    Claimed,
    /// A call of the number was answered.
    Closes(How),
    /// Somebody closed the row and said what did.
    ClosedByHand(How),
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
            }
            (Kind::Missed, None) => rows.push(Row {
                id: step.entry.clone(),
                entries: vec![step.entry.clone()],
                first_at: step.at,
                last_at: step.at,
                why: step.why,
                claimed_by: None,
                closed: None,
            }),
            (Kind::Claimed, Some(row)) => {
                if row.entries.contains(step.entry) {
                    row.claimed_by = step.by.cloned();
                }
            }
            (Kind::Closes(how), Some(row)) => {
                row.closed = Some(Closed { how, at: step.said_at, by: step.by.cloned() });
            }
            (Kind::ClosedByHand(how), Some(row)) => {
                if row.entries.contains(step.entry) {
                    row.closed = Some(Closed { how, at: step.said_at, by: step.by.cloned() });
                }
            }
            (Kind::Claimed | Kind::Closes(_) | Kind::ClosedByHand(_), None) => {}
        }
    }
    rows
}

fn steps(episodes: &[Episode]) -> Vec<Step<'_>> {
    let answered: BTreeSet<&EntryId> = episodes
        .iter()
        .filter_map(|episode| match episode {
            Episode::Reached { entry, .. } | Episode::CalledAgain { entry, .. } => Some(entry),
            Episode::Missed { .. } | Episode::Dismissed { .. } | Episode::Claimed { .. } => None,
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
    // Claims and dismissals carry a desk's clock, calls the PBX's. Nobody can answer for a call before it was missed.
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
                Episode::Dismissed { row, at, by, how } => (Kind::ClosedByHand(*how), row, *at, by),
                Episode::Claimed { row, at, by } => (Kind::Claimed, row, *at, by),
            };
            let counts_at = match kind {
                Kind::Missed | Kind::Closes(_) => at,
                Kind::Claimed | Kind::ClosedByHand(_) => by_hand(entry, at),
            };
            Some(Step { at: counts_at, kind, entry, by: by.as_ref(), said_at: at, why: Why::Rang })
        })
        .chain(missed.iter().map(|(entry, (at, why))| Step {
            at: *at,
            kind: Kind::Missed,
            entry,
            by: None,
            said_at: *at,
            why: *why,
        }))
        .collect();
    steps.sort();
    steps
}
