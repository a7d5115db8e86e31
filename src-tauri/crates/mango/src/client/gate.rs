//! Whose turn it is: the queue, the pace, and the PBX's patience with us. No clock, no I/O.

use std::collections::{HashMap, VecDeque};
use std::time::{Duration, Instant};

use super::{QUESTIONS_MAY, Timing};
use crate::{Command, RateClass};

/// More commands than people at the desks of one PBX can have asked for by hand; and as many questions.
const LONGEST: usize = 64;

/// Bad requests within [`Timing::lock_out`] after which the PBX stops listening (manual 1.4.1: more than one).
const BAD_REQUESTS: usize = 2;

/// Between any two requests. The PBX allows ten a second in all and counts what arrives, which the network bunches up:
/// eight leave.
const APART: Duration = Duration::from_millis(125);

/// More remembered paces than this are looked through for old ones.
const MANY_PACES: usize = 32;

/// What shares a limit: a class, of statistics each key.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Pace {
    class: RateClass,
    key: Option<String>,
    lane: Lane,
}

/// What leaves one at a time. A slow answer to a question must not delay a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Lane {
    Commands,
    Questions,
}

pub(super) struct Gate {
    timing: Timing,
    waiting: VecDeque<Ticket>,
    last_id: u64,
    in_flight: Vec<Lane>,
    /// When the next request of a pace may leave.
    next: HashMap<Pace, Instant>,
    /// When the next request of any pace may leave.
    next_of_all: Option<Instant>,
    slow_until: Option<Instant>,
    /// How often in a row the PBX asked us to slow down.
    slowed: u32,
    /// When the PBX found requests bad, oldest first.
    refusals: VecDeque<Instant>,
    quiet_until: Option<Instant>,
}

struct Ticket {
    id: u64,
    pace: Pace,
    joined: Instant,
}

#[derive(Debug, PartialEq, Eq)]
pub(super) enum Refused {
    Full,
    Quiet(Instant),
}

#[derive(Debug, PartialEq, Eq)]
pub(super) enum Turn {
    /// Send now; [`Gate::done`] must follow.
    Go,
    /// Ask again when something changes, at the latest then.
    Wait {
        until: Option<Instant>,
    },
    Quiet(Instant),
}

impl Pace {
    pub(super) fn of(command: &Command) -> Pace {
        let lane = if command.is_question() { Lane::Questions } else { Lane::Commands };
        let mut pace = Pace { class: command.class(), key: None, lane };
        if let Command::StatsResult { key } | Command::CallsStatsResult { key } = command {
            pace.key = Some(key.clone());
        }
        pace
    }

    /// How long one may wait for its turn.
    pub(super) fn patience(&self, timing: Timing) -> Duration {
        match self.lane {
            Lane::Commands => timing.patience,
            Lane::Questions => timing.patience * QUESTIONS_MAY,
        }
    }

    /// From one departure to the next, a tenth more than the PBX allows.
    fn interval(&self) -> Duration {
        self.class.interval() * 11 / 10
    }
}

impl Gate {
    pub(super) fn new(timing: Timing) -> Gate {
        Gate {
            timing,
            waiting: VecDeque::new(),
            last_id: 0,
            in_flight: Vec::new(),
            next: HashMap::new(),
            next_of_all: None,
            slow_until: None,
            slowed: 0,
            refusals: VecDeque::new(),
            quiet_until: None,
        }
    }

    pub(super) fn join(&mut self, pace: Pace, now: Instant) -> Result<u64, Refused> {
        if let Some(until) = self.quiet_until(now) {
            return Err(Refused::Quiet(until));
        }
        if self.waiting.iter().filter(|ticket| ticket.pace.lane == pace.lane).count() >= LONGEST {
            return Err(Refused::Full);
        }
        self.last_id += 1;
        self.waiting.push_back(Ticket { id: self.last_id, pace, joined: now });
        Ok(self.last_id)
    }

    pub(super) fn turn(&mut self, id: u64, now: Instant) -> Turn {
        if let Some(until) = self.quiet_until(now) {
            return Turn::Quiet(until);
        }
        let Some(mine) = self.waiting.iter().find(|ticket| ticket.id == id) else {
            return Turn::Wait { until: None };
        };
        let pace = mine.pace.clone();
        if self.in_flight.contains(&pace.lane) {
            return Turn::Wait { until: None };
        }
        if let Some(ready) = self.ready_at(&pace).filter(|&at| at > now) {
            return Turn::Wait { until: Some(ready) };
        }
        if self.first_ready(now) != Some(id) {
            return Turn::Wait { until: None };
        }
        self.in_flight.push(pace.lane);
        self.next_of_all = Some(now + APART);
        if self.next.len() >= MANY_PACES {
            self.next.retain(|_, &mut at| at > now);
        }
        self.next.insert(pace.clone(), now + pace.interval());
        self.leave(id);
        Turn::Go
    }

    pub(super) fn leave(&mut self, id: u64) {
        self.waiting.retain(|ticket| ticket.id != id);
    }

    /// The answer is there, or will not come. The request arrived by now at the latest, whatever held it up: that is
    /// what the PBX counts from.
    pub(super) fn done(&mut self, pace: &Pace, now: Instant) {
        self.in_flight.retain(|&lane| lane != pace.lane);
        let next = self.next.entry(pace.clone()).or_insert(now);
        *next = (*next).max(now + pace.class.interval());
    }

    pub(super) fn went_well(&mut self) {
        self.slowed = 0;
    }

    /// The PBX found a request bad.
    pub(super) fn refused(&mut self, now: Instant) {
        self.forget(now);
        self.refusals.push_back(now);
        if self.refusals.len() >= BAD_REQUESTS {
            self.locked_out(now);
        }
    }

    /// The PBX does not listen until the first bad request that it remembers is two minutes old.
    pub(super) fn locked_out(&mut self, now: Instant) {
        self.forget(now);
        let first = self.refusals.front().copied().unwrap_or(now);
        self.quiet_until = Some(first + self.timing.lock_out);
    }

    pub(super) fn slow_down(&mut self, now: Instant) {
        let pause = self.timing.slow_down * 2_u32.pow(self.slowed.min(3));
        self.slowed = self.slowed.saturating_add(1);
        self.slow_until = Some(now + pause);
    }

    pub(super) fn quiet_until(&self, now: Instant) -> Option<Instant> {
        self.quiet_until.filter(|&until| until > now)
    }

    pub(super) fn refused_recently(&self, now: Instant) -> u32 {
        let recent = self.remembered(now).count();
        u32::try_from(recent).unwrap_or(u32::MAX)
    }

    pub(super) fn forgotten_at(&self, now: Instant) -> Option<Instant> {
        self.remembered(now).next().map(|at| at + self.timing.lock_out)
    }

    fn remembered(&self, now: Instant) -> impl Iterator<Item = Instant> {
        let memory = self.timing.lock_out;
        self.refusals.iter().copied().filter(move |&at| at + memory > now)
    }

    fn forget(&mut self, now: Instant) {
        let memory = self.timing.lock_out;
        self.refusals.retain(|&at| at + memory > now);
    }

    /// Hang-ups first, then commands, then questions, each in order. A caller that has given up, or does not look, holds
    /// nobody up.
    fn first_ready(&self, now: Instant) -> Option<u64> {
        let ready = |ticket: &&Ticket| {
            !self.in_flight.contains(&ticket.pace.lane)
                && self.ready_at(&ticket.pace).is_none_or(|at| at <= now)
                && ticket.joined + ticket.pace.patience(self.timing) > now
        };
        let rank = |ticket: &&Ticket| (ticket.pace.class != RateClass::HangUp, ticket.pace.lane, ticket.id);
        self.waiting.iter().filter(ready).min_by_key(rank).map(|ticket| ticket.id)
    }

    fn ready_at(&self, pace: &Pace) -> Option<Instant> {
        self.next.get(pace).copied().max(self.next_of_all).max(self.slow_until)
    }
}

#[cfg(test)]
mod tests;
