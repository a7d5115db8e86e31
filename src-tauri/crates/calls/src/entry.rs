//! An entry: the set of everything the PBX said about one contact.

use std::collections::BTreeMap;
use std::collections::btree_map;

use jiff::{SignedDuration, Timestamp};

use crate::leg::LegEvents;
use crate::reading::Reading;
use crate::recalled::Recollection;
use crate::{CallId, CallState, EntryId, LegEvent, Picture, Recalled, Summary};

/// How long after the last word an entry without a live leg is over, when no summary says so.
/// Between the menu and the phones there may be a moment without any leg.
pub const GONE_AFTER: SignedDuration = SignedDuration::from_secs(10);
/// How long a ringing call may go without news before its end counts as lost.
pub const RINGING_LOST_AFTER: SignedDuration = SignedDuration::from_mins(3);
/// How long a call in the menu or a queue may go without news before its end counts as lost.
pub const GREETING_LOST_AFTER: SignedDuration = SignedDuration::from_mins(30);
/// How long a talk may go without news before its end counts as lost.
pub const TALKING_LOST_AFTER: SignedDuration = SignedDuration::from_hours(4);

/// Far more legs than any contact has; what keeps a runaway PBX from filling the memory.
const MOST_LEGS: usize = 256;
/// Of a leg with more events than twice this, the first and the last so many are kept: how it began, and where it is.
const MOST_EVENTS_AT_EACH_END: usize = 32;

/// One contact of one person with the clinic, as a set of facts. Adding a fact twice, or in another order, makes no difference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    id: EntryId,
    legs: BTreeMap<CallId, LegEvents>,
    summary: Option<Summary>,
    recalled: Option<Recollection>,
}

/// How an entry stands at a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    /// It lives in this state. `until`: when it changes if nobody says anything more.
    Live { state: CallState, until: Timestamp },
    /// It is over, by its summary, by what statistics tell, or because its last leg is gone.
    Over,
    /// The end never reached us.
    Lost,
}

impl Entry {
    /// An entry nothing is known about yet.
    pub fn new(id: EntryId) -> Entry {
        Entry { id, legs: BTreeMap::new(), summary: None, recalled: None }
    }

    /// The PBX's id of it.
    pub fn id(&self) -> &EntryId {
        &self.id
    }

    /// Whether the PBX said that it is over.
    pub fn has_summary(&self) -> bool {
        self.summary.is_some()
    }

    /// Whether anything was said about it.
    pub fn is_known(&self) -> bool {
        self.was_heard_of() || self.recalled.is_some()
    }

    /// Whether the PBX posted anything about it.
    pub(crate) fn was_heard_of(&self) -> bool {
        !self.legs.is_empty() || self.summary.is_some()
    }

    pub(crate) fn recalled(&self) -> Option<&Recollection> {
        self.recalled.as_ref()
    }

    pub(crate) fn legs(&self) -> &BTreeMap<CallId, LegEvents> {
        &self.legs
    }

    pub(crate) fn summary(&self) -> Option<&Summary> {
        self.summary.as_ref()
    }

    /// Adds what was said about a leg. Says whether the set changed; an event of another entry never changes it.
    ///
    /// Of two different events with the same leg and `seq` the same one wins whichever came first.
    pub fn add_leg(&mut self, event: LegEvent) -> bool {
        if event.entry != self.id {
            return false;
        }
        if self.legs.len() >= MOST_LEGS && !self.legs.contains_key(&event.call) {
            // The smallest ids stay, so that what is kept does not depend on who came first.
            match self.legs.last_entry() {
                Some(last) if *last.key() > event.call => drop(last.remove()),
                Some(_) | None => return false,
            }
        }
        let events = self.legs.entry(event.call.clone()).or_default();
        match events.entry(event.seq) {
            btree_map::Entry::Vacant(place) => {
                let seq = event.seq;
                place.insert(Box::new(event));
                if events.len() > 2 * MOST_EVENTS_AT_EACH_END {
                    let middle = events.keys().nth(MOST_EVENTS_AT_EACH_END).copied();
                    if let Some(middle) = middle {
                        events.remove(&middle);
                    }
                    return middle != Some(seq);
                }
                true
            }
            btree_map::Entry::Occupied(mut place) => {
                let known = place.get_mut();
                let order = event.content().cmp(&known.content());
                match order {
                    std::cmp::Ordering::Less => false,
                    std::cmp::Ordering::Equal => heard(&mut known.received_at, event.received_at),
                    std::cmp::Ordering::Greater => {
                        **known = event;
                        true
                    }
                }
            }
        }
    }

    /// Adds the summary. Says whether the set changed; a summary of another entry never changes it.
    pub fn add_summary(&mut self, summary: Summary) -> bool {
        if summary.entry != self.id {
            return false;
        }
        let Some(known) = &mut self.summary else {
            self.summary = Some(summary);
            return true;
        };
        let order = summary.content().cmp(&known.content());
        match order {
            std::cmp::Ordering::Less => false,
            std::cmp::Ordering::Equal => heard(&mut known.received_at, summary.received_at),
            std::cmp::Ordering::Greater => {
                *known = summary;
                true
            }
        }
    }

    /// Adds what statistics tell of it afterwards. Says whether the set changed; what is told of another entry never changes it.
    pub fn add_recalled(&mut self, told: Recalled) -> bool {
        if told.entry != self.id {
            return false;
        }
        match &mut self.recalled {
            Some(known) => known.add(told),
            None => {
                self.recalled = Some(Recollection::new(told));
                true
            }
        }
    }

    /// What is shown of the entry at `now`. Computed from the facts and `now` alone.
    pub fn picture(&self, now: Timestamp) -> Picture {
        let mut reading = Reading::new(self);
        let standing = self.standing(&reading, now);
        // Of a call that lives, or whose newest word is later than they are, statistics are only a part.
        reading.recalled = if standing == Standing::Over { self.recalled.as_ref() } else { None };
        Picture::of(self, &reading, standing)
    }

    /// Our time of the newest post (its first arrival), or when it was told of afterwards; the Unix epoch while nothing is known.
    pub fn last_heard_at(&self) -> Timestamp {
        let legs = self.legs.values().flat_map(LegEvents::values).map(|event| event.received_at);
        let summary = self.summary.iter().map(|summary| summary.received_at);
        // What is told afterwards is no sign of life.
        let recalled = || self.recalled.as_ref().map(|recalled| recalled.received_at);
        legs.chain(summary).max().or_else(recalled).unwrap_or(Timestamp::UNIX_EPOCH)
    }

    /// The next moment after `now` at which [`Entry::picture`] may change without anybody saying anything: a call without a live leg ends,
    /// or a call whose end was lost is given up. `None`: time alone changes nothing any more.
    pub fn next_deadline(&self, now: Timestamp) -> Option<Timestamp> {
        match self.standing(&Reading::new(self), now) {
            Standing::Live { until, .. } => Some(until),
            Standing::Over | Standing::Lost => None,
        }
    }

    pub(crate) fn standing(&self, reading: &Reading<'_>, now: Timestamp) -> Standing {
        if self.summary.is_some() {
            return Standing::Over;
        }
        let recalled = self.recalled.as_ref();
        if recalled.is_some_and(|recalled| recalled.closes(reading)) {
            return Standing::Over;
        }
        let heard_at = self.last_heard_at();
        let (state, patience, then) = match (reading.live_state(), reading.last_state()) {
            (Some(state), _) => {
                let is_told = recalled.is_some_and(|recalled| recalled.is_newest(reading));
                (state, patience_with(state), if is_told { Standing::Over } else { Standing::Lost })
            }
            (None, Some(state)) => (state, GONE_AFTER, Standing::Over),
            // Nothing is known at all.
            (None, None) => return Standing::Lost,
        };
        let until = later(heard_at, patience);
        if now < until { Standing::Live { state, until } } else { then }
    }
}

fn patience_with(state: CallState) -> SignedDuration {
    match state {
        CallState::Greeting => GREETING_LOST_AFTER,
        CallState::Talking | CallState::Held => TALKING_LOST_AFTER,
        CallState::Ringing | CallState::Ended => RINGING_LOST_AFTER,
    }
}

/// `at` plus `by`, held inside the calendar.
pub(crate) fn later(at: Timestamp, by: SignedDuration) -> Timestamp {
    at.checked_add(by).unwrap_or(Timestamp::MAX)
}

/// Keeps the earlier of two arrivals of the same fact; says whether that is news.
fn heard(known: &mut Timestamp, again: Timestamp) -> bool {
    let earlier = again < *known;
    if earlier {
        *known = again;
    }
    earlier
}
