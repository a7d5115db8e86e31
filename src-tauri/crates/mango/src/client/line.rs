//! Whose turn it is: the queue, the pace, and the PBX's patience with us. No clock, no I/O.

use std::collections::{HashMap, VecDeque};
use std::time::Instant;

use super::Timing;
use crate::RateClass;

/// More commands than people at the desks of one PBX can have asked for by hand.
const LONGEST: usize = 64;

/// Bad requests within [`Timing::lock_out`] after which the PBX stops listening (manual 1.4.1: more than one).
const BAD_REQUESTS: usize = 2;

pub(super) struct Line {
    timing: Timing,
    waiting: VecDeque<Ticket>,
    last_id: u64,
    in_flight: bool,
    /// When the next command of a class may leave.
    next: HashMap<RateClass, Instant>,
    slow_until: Option<Instant>,
    /// How often in a row the PBX asked us to slow down.
    slowed: u32,
    /// When the PBX found requests bad, oldest first.
    refusals: VecDeque<Instant>,
    quiet_until: Option<Instant>,
}

struct Ticket {
    id: u64,
    class: RateClass,
    joined: Instant,
}

#[derive(Debug, PartialEq, Eq)]
pub(super) enum Refused {
    Full,
    Quiet(Instant),
}

#[derive(Debug, PartialEq, Eq)]
pub(super) enum Turn {
    /// Send now; [`Line::done`] must follow.
    Go,
    /// Ask again when something changes, at the latest then.
    Wait {
        until: Option<Instant>,
    },
    Quiet(Instant),
}

impl Line {
    pub(super) fn new(timing: Timing) -> Line {
        Line {
            timing,
            waiting: VecDeque::new(),
            last_id: 0,
            in_flight: false,
            next: HashMap::new(),
            slow_until: None,
            slowed: 0,
            refusals: VecDeque::new(),
            quiet_until: None,
        }
    }

    pub(super) fn join(&mut self, class: RateClass, now: Instant) -> Result<u64, Refused> {
        if let Some(until) = self.quiet_until(now) {
            return Err(Refused::Quiet(until));
        }
        if self.waiting.len() >= LONGEST {
            return Err(Refused::Full);
        }
        self.last_id += 1;
        self.waiting.push_back(Ticket { id: self.last_id, class, joined: now });
        Ok(self.last_id)
    }

    pub(super) fn turn(&mut self, id: u64, now: Instant) -> Turn {
        if let Some(until) = self.quiet_until(now) {
            return Turn::Quiet(until);
        }
        let Some(mine) = self.waiting.iter().find(|ticket| ticket.id == id) else {
            return Turn::Wait { until: None };
        };
        let (class, ready) = (mine.class, self.ready_at(mine.class));
        if self.in_flight {
            return Turn::Wait { until: None };
        }
        if let Some(ready) = ready.filter(|&at| at > now) {
            return Turn::Wait { until: Some(ready) };
        }
        if self.first_ready(now) != Some(id) {
            return Turn::Wait { until: None };
        }
        self.in_flight = true;
        self.next.insert(class, now + class.interval());
        self.leave(id);
        Turn::Go
    }

    pub(super) fn leave(&mut self, id: u64) {
        self.waiting.retain(|ticket| ticket.id != id);
    }

    pub(super) fn done(&mut self) {
        self.in_flight = false;
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

    /// Hang-ups first, then in order. A caller that has given up, or does not look, holds nobody up.
    fn first_ready(&self, now: Instant) -> Option<u64> {
        let ready = |ticket: &&Ticket| {
            self.ready_at(ticket.class).is_none_or(|at| at <= now) && ticket.joined + self.timing.patience > now
        };
        let rank = |ticket: &&Ticket| (ticket.class != RateClass::HangUp, ticket.id);
        self.waiting.iter().filter(ready).min_by_key(rank).map(|ticket| ticket.id)
    }

    fn ready_at(&self, class: RateClass) -> Option<Instant> {
        self.next.get(&class).copied().max(self.slow_until)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::RateClass::{Callback, HangUp, Transfer};

    fn ms(n: u64) -> Duration {
        Duration::from_millis(n)
    }

    fn secs(n: u64) -> Duration {
        Duration::from_secs(n)
    }

    fn line() -> (Line, Instant) {
        (Line::new(Timing::default()), Instant::now())
    }

    #[test]
    fn one_at_a_time_in_order_and_paced() {
        let (mut line, t) = line();
        let a = line.join(Callback, t).unwrap();
        let b = line.join(Callback, t).unwrap();
        assert_eq!(line.turn(b, t), Turn::Wait { until: None });
        assert_eq!(line.turn(a, t), Turn::Go);
        assert_eq!(line.turn(b, t + secs(1)), Turn::Wait { until: None });
        line.done();
        assert_eq!(line.turn(b, t + ms(10)), Turn::Wait { until: Some(t + ms(250)) });
        assert_eq!(line.turn(b, t + ms(250)), Turn::Go);
    }

    #[test]
    fn a_hang_up_overtakes_and_a_slow_class_holds_nobody_up() {
        let (mut line, t) = line();
        let first = line.join(Transfer, t).unwrap();
        assert_eq!(line.turn(first, t), Turn::Go);
        let transfer = line.join(Transfer, t).unwrap();
        let callback = line.join(Callback, t).unwrap();
        let hang_up = line.join(HangUp, t).unwrap();
        line.done();
        assert_eq!(line.turn(transfer, t), Turn::Wait { until: Some(t + secs(2)) });
        assert_eq!(line.turn(callback, t), Turn::Wait { until: None });
        assert_eq!(line.turn(hang_up, t), Turn::Go);
        line.done();
        assert_eq!(line.turn(callback, t), Turn::Go);
    }

    #[test]
    fn the_sixty_fifth_is_told_so() {
        let (mut line, t) = line();
        let ids: Vec<u64> = (0..64).map(|_| line.join(Callback, t).unwrap()).collect();
        assert_eq!(line.join(HangUp, t), Err(Refused::Full));
        line.leave(ids[10]);
        assert!(line.join(HangUp, t).is_ok());
    }

    #[test]
    fn two_bad_requests_within_two_minutes_silence_us_until_the_first_is_forgotten() {
        let (mut line, t) = line();
        let waiting = line.join(Callback, t).unwrap();
        line.refused(t);
        assert_eq!((line.quiet_until(t), line.refused_recently(t)), (None, 1));
        assert_eq!(line.forgotten_at(t), Some(t + secs(120)));
        line.refused(t + secs(30));
        assert_eq!(line.quiet_until(t + secs(30)), Some(t + secs(120)));
        assert_eq!(line.turn(waiting, t + secs(30)), Turn::Quiet(t + secs(120)));
        assert_eq!(line.join(HangUp, t + secs(119)), Err(Refused::Quiet(t + secs(120))));
        assert!(line.join(HangUp, t + secs(120)).is_ok());
        assert_eq!(line.refused_recently(t + secs(121)), 1);
        line.refused(t + secs(140));
        assert_eq!(line.quiet_until(t + secs(140)), Some(t + secs(150)));
        assert_eq!((line.quiet_until(t + secs(300)), line.refused_recently(t + secs(300))), (None, 0));
    }

    #[test]
    fn bad_requests_far_apart_are_forgiven() {
        let (mut line, t) = line();
        for n in 0..5 {
            let now = t + secs(120 * n);
            line.refused(now);
            assert_eq!(line.quiet_until(now), None);
        }
    }

    #[test]
    fn locked_out_without_a_known_cause_lasts_two_minutes() {
        let (mut line, t) = line();
        line.locked_out(t);
        assert_eq!(line.quiet_until(t), Some(t + secs(120)));
    }

    #[test]
    fn slowing_down_grows_and_is_forgotten() {
        let (mut line, t) = line();
        let id = line.join(Callback, t).unwrap();
        for pause in [2, 4, 8, 16, 16] {
            line.slow_down(t);
            assert_eq!(line.turn(id, t), Turn::Wait { until: Some(t + secs(pause)) });
        }
        line.went_well();
        line.slow_down(t);
        assert_eq!(line.turn(id, t), Turn::Wait { until: Some(t + secs(2)) });
    }

    #[test]
    fn a_caller_that_stopped_looking_holds_nobody_up() {
        let (mut line, t) = line();
        let _forgotten = line.join(Callback, t).unwrap();
        let later = line.join(Callback, t + secs(10)).unwrap();
        assert_eq!(line.turn(later, t + secs(10)), Turn::Wait { until: None });
        assert_eq!(line.turn(later, t + secs(15)), Turn::Go);
    }
}
