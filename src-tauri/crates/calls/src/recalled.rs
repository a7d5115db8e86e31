//! What the PBX's statistics tell of a call afterwards (`stats/result`, reference 4.10): for calls that happened while nobody listened.
//!
//! Statistics come late, in pieces and more than once, so they are kept as a set of legs. They say something only where neither the events
//! nor the PBX's own summary do, and they end a call only when nothing newer is known of it.

use std::cmp::Ordering;

use jiff::Timestamp;
use phone::{Extension, Party};

use crate::leg::{LegView, Place, place_named};
use crate::reading::Reading;
use crate::{Direction, EntryId, LegEvent, Side, Summary};

/// Far more legs than any contact has.
const MOST_LEGS: usize = 256;

/// What statistics tell of one entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recalled {
    /// The entry.
    pub entry: EntryId,
    /// Our time when the answer came. Not part of what was told.
    pub received_at: Timestamp,
    /// Which way it went, when the statistics say so themselves (extended ones do).
    pub direction: Option<Direction>,
    /// Its legs that are over, in any order.
    pub legs: Vec<RecalledLeg>,
    /// The groups whose members' phones the legs name. `None`: nobody knows who is in which group.
    pub groups: Option<Vec<String>>,
}

/// One leg of the past: a row of the basic statistics, or a context call of the extended ones.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecalledLeg {
    /// The calling side.
    pub from: Side,
    /// The called side.
    pub to: Side,
    /// `line_number`: E.164, or verbatim.
    pub line: Option<String>,
    /// `ivr`, `queue`, `abonent`, another word, or nothing.
    pub location: Option<String>,
    /// `create`: when the whole contact began.
    pub created_at: Option<Timestamp>,
    /// `start`.
    pub started_at: Option<Timestamp>,
    /// `answer`; `None` for 0.
    pub answered_at: Option<Timestamp>,
    /// `finish`.
    pub ended_at: Option<Timestamp>,
    /// `disconnect_reason`.
    pub reason: Option<i32>,
}

impl RecalledLeg {
    fn content(&self) -> impl Ord + '_ {
        (
            (self.started_at, self.place().rank(), self.from.extension.is_some()),
            (self.answered_at, self.ended_at, self.created_at, self.reason),
            (&self.location, &self.line),
            (self.from.content(), self.to.content()),
        )
    }

    fn place(&self) -> Place {
        self.location.as_deref().and_then(place_named).unwrap_or(Place::Phone)
    }

    fn is_phone(&self) -> bool {
        self.place() == Place::Phone
    }

    /// An employee's phone calls a number outside.
    fn goes_out(&self) -> bool {
        let from_our_device = matches!(&self.from.number, Party::Sip(uri) if uri.contains("mangosip.ru"));
        let by_employee = self.from.extension.is_some() || (from_our_device && self.line.is_none());
        self.is_phone() && by_employee && self.to.extension.is_none()
    }

    /// Whether it may be the leg that these events are about.
    fn fits(&self, leg: &LegView<'_>) -> bool {
        let same_sides =
            |event: &LegEvent| event.from.extension == self.from.extension && event.to.extension == self.to.extension;
        let fits = if leg.place() == Place::Phone { leg.events().any(same_sides) } else { !self.is_phone() };
        fits && self.ended_at.is_some_and(|ended_at| ended_at >= leg.last.at)
    }
}

/// All that statistics ever told of one entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Recollection {
    pub(crate) received_at: Timestamp,
    told_direction: Option<Direction>,
    /// In the order in which they began; each once.
    legs: Vec<RecalledLeg>,
    /// Sorted.
    groups: Option<Vec<String>>,
    /// What it comes to, in the words of a summary.
    summary: Summary,
}

impl Recollection {
    pub(crate) fn new(told: Recalled) -> Recollection {
        let received_at = told.received_at;
        let summary = Summary {
            entry: told.entry.clone(),
            received_at,
            direction: None,
            from: Side::default(),
            to: Side::default(),
            line: None,
            created_at: None,
            forwarded_at: None,
            talked_at: None,
            ended_at: None,
            answered: false,
            reason: None,
        };
        let mut all = Recollection { received_at, told_direction: None, legs: Vec::new(), groups: None, summary };
        all.add(told);
        all
    }

    /// Adds what was told again, or told more fully. Says whether that is news.
    pub(crate) fn add(&mut self, told: Recalled) -> bool {
        let mut is_news = false;
        for leg in told.legs {
            if let Err(place) = self.legs.binary_search_by(|known| known.content().cmp(&leg.content())) {
                is_news |= place < MOST_LEGS;
                self.legs.insert(place, leg);
                self.legs.truncate(MOST_LEGS);
            }
        }
        if let Some(told) = told.groups {
            is_news |= self.groups.is_none();
            let known = self.groups.get_or_insert_default();
            for group in told {
                if let Err(place) = known.binary_search(&group) {
                    known.insert(place, group);
                    is_news = true;
                }
            }
        }
        if let Some(told) = told.direction
            && self.told_direction.is_none_or(|known| told < known)
        {
            self.told_direction = Some(told);
            is_news = true;
        }
        if told.received_at < self.received_at {
            self.received_at = told.received_at;
            is_news = true;
        }
        if is_news {
            self.summary = self.summed_up();
        }
        is_news
    }

    /// What it comes to, in the words of a summary.
    pub(crate) fn summary(&self) -> &Summary {
        &self.summary
    }

    /// Employees whose phones rang, as far as it was not their own call.
    pub(crate) fn rang(&self) -> impl Iterator<Item = &Extension> {
        self.legs.iter().filter(|leg| leg.is_phone()).filter_map(|leg| leg.to.extension.as_ref())
    }

    /// Whether any phone rang.
    pub(crate) fn rang_at_all(&self) -> bool {
        self.legs.iter().any(RecalledLeg::is_phone)
    }

    /// Whether the legs name this employee.
    pub(crate) fn knows(&self, extension: &Extension) -> bool {
        self.legs
            .iter()
            .filter(|leg| leg.is_phone())
            .any(|leg| leg.from.extension.as_ref() == Some(extension) || leg.to.extension.as_ref() == Some(extension))
    }

    /// Groups that distributed it: those whose queue it waited in, and those whose members it rang at.
    pub(crate) fn groups(&self) -> impl Iterator<Item = &str> {
        let queues = self.legs.iter().filter(|leg| leg.place() == Place::Queue);
        let named = queues.filter_map(|leg| leg.to.extension.as_ref()).map(Extension::as_str);
        named.chain(self.groups.iter().flatten().map(String::as_str))
    }

    /// Whether nobody knew who is in which group.
    pub(crate) fn groups_are_unknown(&self) -> bool {
        self.groups.is_none()
    }

    /// Whether it waited in a queue.
    pub(crate) fn waited_in_queue(&self) -> bool {
        self.legs.iter().any(|leg| leg.place() == Place::Queue)
    }

    /// Whether nothing that the events tell is later than its end.
    pub(crate) fn is_newest(&self, reading: &Reading<'_>) -> bool {
        self.summary.ended_at.is_some_and(|ended_at| reading.events().all(|(_, event)| event.at <= ended_at))
    }

    /// Whether the entry is over: nothing newer is known, and each leg that seems to live is one of those that ended. A colleague's leg may
    /// have ended while the patient is still on hold, and statistics tell of ended legs only.
    pub(crate) fn closes(&self, reading: &Reading<'_>) -> bool {
        let ended = |leg: &LegView<'_>| self.legs.iter().any(|told| told.fits(leg));
        self.is_newest(reading) && reading.legs.iter().filter(|leg| leg.is_live()).all(ended)
    }

    fn direction(&self) -> Direction {
        if let Some(told) = self.told_direction {
            return told;
        }
        let phones = || self.legs.iter().filter(|leg| leg.is_phone());
        let Some(first) = self.legs.first() else { return Direction::Inbound };
        // The first leg of a click-to-call looks as if the patient called (reference 0.7); the second calls the patient back.
        let calls_back = |leg: &RecalledLeg| {
            leg.goes_out() && leg.to.number == first.from.number && !matches!(first.from.number, Party::Hidden)
        };
        if first.goes_out() || phones().any(calls_back) {
            return Direction::Outbound;
        }
        let among_us = |leg: &RecalledLeg| leg.from.extension.is_some() && leg.to.extension.is_some();
        if phones().next().is_some() && phones().all(among_us) && first.from.extension.is_some() {
            Direction::Internal
        } else {
            Direction::Inbound
        }
    }

    fn summed_up(&self) -> Summary {
        let direction = self.direction();
        let phones = || self.legs.iter().filter(|leg| leg.is_phone());
        let talks = |leg: &&RecalledLeg| match direction {
            Direction::Inbound | Direction::Internal => true,
            Direction::Outbound => leg.goes_out(),
        };
        let answer = phones().filter(talks).filter(|leg| leg.answered_at.is_some()).min_by(|a, b| {
            a.answered_at.cmp(&b.answered_at).then_with(|| -> Ordering { a.content().cmp(&b.content()) })
        });
        let (from, to) = match direction {
            Direction::Inbound => (self.caller(), answer.map(|leg| leg.to.clone()).unwrap_or_default()),
            Direction::Internal => {
                let by = phones().next().map(|leg| leg.from.clone()).unwrap_or_default();
                (by, answer.map(|leg| leg.to.clone()).unwrap_or_default())
            }
            Direction::Outbound => self.outgoing(answer),
        };
        let moments = || self.legs.iter().flat_map(|leg| [leg.created_at, leg.started_at]).flatten();
        Summary {
            entry: self.summary.entry.clone(),
            received_at: self.received_at,
            direction: Some(direction),
            from,
            to,
            line: self.line(),
            created_at: moments().min(),
            forwarded_at: None,
            talked_at: answer.and_then(|leg| leg.answered_at),
            ended_at: self.legs.iter().filter_map(|leg| leg.ended_at).max(),
            answered: answer.is_some(),
            reason: self.reason(direction),
        }
    }

    /// Who called from outside: the first who shows a number.
    fn caller(&self) -> Side {
        let from_outside = || self.legs.iter().map(|leg| &leg.from).filter(|from| from.extension.is_none());
        let numbered = from_outside().find(|from| !matches!(from.number, Party::Hidden));
        numbered.or_else(|| from_outside().next()).cloned().unwrap_or_default()
    }

    /// Who of us called whom.
    fn outgoing(&self, answer: Option<&RecalledLeg>) -> (Side, Side) {
        if let Some(leg) = answer.or_else(|| self.legs.iter().find(|leg| leg.goes_out())) {
            return (leg.from.clone(), leg.to.clone());
        }
        // A click-to-call whose operator never lifted has its first leg only, which is the other way round.
        let first = self.legs.iter().find(|leg| leg.is_phone());
        first.map(|leg| (leg.to.clone(), Side { extension: None, ..leg.from.clone() })).unwrap_or_default()
    }

    fn line(&self) -> Option<String> {
        let told = self.legs.iter().find_map(|leg| leg.line.as_deref());
        let dialled = || {
            self.legs.iter().filter(|leg| leg.place() == Place::Menu).find_map(|leg| match &leg.to.number {
                Party::Phone(number) => Some(number.as_str()),
                Party::Sip(uri) => Some(uri.as_str()),
                Party::Hidden | Party::Other(_) => None,
            })
        };
        told.or_else(dialled).map(str::to_owned)
    }

    /// The code of the last end of the leg that decided.
    fn reason(&self, direction: Direction) -> Option<i32> {
        let last = |of: &dyn Fn(&&RecalledLeg) -> bool| {
            let ended = self.legs.iter().filter(of).filter(|leg| leg.ended_at.is_some());
            ended.max_by_key(|leg| (leg.ended_at, leg.reason)).and_then(|leg| leg.reason)
        };
        let is_ours = |leg: &&RecalledLeg| match direction {
            Direction::Inbound | Direction::Internal => leg.is_phone(),
            Direction::Outbound => leg.goes_out(),
        };
        last(&|leg| is_ours(leg) && leg.answered_at.is_some()).or_else(|| last(&is_ours)).or_else(|| last(&|_| true))
    }
}
