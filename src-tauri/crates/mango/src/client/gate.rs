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
mod tests {
    use super::*;
    use crate::command::{Callback, HangUp, Transfer, TransferMethod};

    fn ms(n: u64) -> Duration {
        Duration::from_millis(n)
    }

    fn secs(n: u64) -> Duration {
        Duration::from_secs(n)
    }

    fn gate() -> (Gate, Instant) {
        (Gate::new(Timing::default()), Instant::now())
    }

    fn callback() -> Pace {
        let (command_id, extension, to_number) = ("c".into(), "201".into(), "1".into());
        let no = None;
        let body =
            Callback { command_id, extension, from_number: no.clone(), to_number, line_number: no, auto_answer: false };
        Pace::of(&body.into())
    }

    fn hang_up() -> Pace {
        Pace::of(&HangUp { command_id: "h".into(), call_id: "l".into() }.into())
    }

    fn transfer() -> Pace {
        let (command_id, call_id, to_number, initiator) = ("t".into(), "l".into(), "202".into(), "201".into());
        Pace::of(&Transfer { command_id, call_id, method: TransferMethod::Blind, to_number, initiator }.into())
    }

    fn lines() -> Pace {
        Pace::of(&Command::IncomingLines)
    }

    fn stats(key: &str) -> Pace {
        Pace::of(&Command::StatsResult { key: key.into() })
    }

    /// Goes now, and is answered at once.
    fn go(gate: &mut Gate, pace: &Pace, id: u64, now: Instant) {
        assert_eq!(gate.turn(id, now), Turn::Go);
        gate.done(pace, now);
    }

    #[test]
    fn one_at_a_time_in_order_and_paced() {
        let (mut gate, t) = gate();
        let a = gate.join(callback(), t).unwrap();
        let b = gate.join(callback(), t).unwrap();
        assert_eq!(gate.turn(b, t), Turn::Wait { until: None });
        assert_eq!(gate.turn(a, t), Turn::Go);
        assert_eq!(gate.turn(b, t + secs(1)), Turn::Wait { until: None });
        gate.done(&callback(), t);
        assert_eq!(gate.turn(b, t + ms(10)), Turn::Wait { until: Some(t + ms(275)) });
        assert_eq!(gate.turn(b, t + ms(275)), Turn::Go);
    }

    #[test]
    fn a_late_arrival_counts_from_its_answer() {
        let (mut gate, t) = gate();
        let a = gate.join(callback(), t).unwrap();
        let b = gate.join(callback(), t).unwrap();
        assert_eq!(gate.turn(a, t), Turn::Go);
        gate.done(&callback(), t + ms(900));
        assert_eq!(gate.turn(b, t + ms(900)), Turn::Wait { until: Some(t + ms(1150)) });
        assert_eq!(gate.turn(b, t + ms(1150)), Turn::Go);
    }

    #[test]
    fn a_hang_up_overtakes_and_a_slow_class_holds_nobody_up() {
        let (mut gate, t) = gate();
        let first = gate.join(transfer(), t).unwrap();
        go(&mut gate, &transfer(), first, t);
        let transfer = gate.join(transfer(), t).unwrap();
        let callback = gate.join(callback(), t).unwrap();
        let hang_up_id = gate.join(hang_up(), t).unwrap();
        let t = t + APART;
        assert!(matches!(gate.turn(transfer, t), Turn::Wait { until: Some(at) } if at > t + secs(2)));
        assert_eq!(gate.turn(callback, t), Turn::Wait { until: None });
        go(&mut gate, &hang_up(), hang_up_id, t);
        assert_eq!(gate.turn(callback, t), Turn::Wait { until: Some(t + APART) });
        assert_eq!(gate.turn(callback, t + APART), Turn::Go);
    }

    #[test]
    fn a_question_under_way_delays_no_command() {
        let (mut gate, t) = gate();
        let question = gate.join(lines(), t).unwrap();
        assert_eq!(gate.turn(question, t), Turn::Go);
        let command = gate.join(callback(), t).unwrap();
        let other = gate.join(lines(), t).unwrap();
        assert_eq!(gate.turn(command, t + APART), Turn::Go);
        assert_eq!(gate.turn(other, t + secs(5)), Turn::Wait { until: None });
        gate.done(&lines(), t + secs(5));
        assert_eq!(gate.turn(other, t + secs(6)), Turn::Go);
    }

    #[test]
    fn a_command_overtakes_waiting_questions() {
        let (mut gate, t) = gate();
        let question = gate.join(lines(), t).unwrap();
        let command = gate.join(callback(), t).unwrap();
        assert_eq!(gate.turn(question, t), Turn::Wait { until: None });
        assert_eq!(gate.turn(command, t), Turn::Go);
        assert_eq!(gate.turn(question, t), Turn::Wait { until: Some(t + APART) });
        assert_eq!(gate.turn(question, t + APART), Turn::Go);
    }

    #[test]
    fn both_lanes_together_stay_below_ten_a_second() {
        let (mut gate, start) = gate();
        let (mut now, mut left) = (start, Vec::new());
        // Everything at once, each answered at once; whoever is first goes as soon as possible.
        let paces = [lines(), hang_up(), callback(), Pace::of(&Command::Balance), lines()];
        let mut waiting: Vec<(u64, Pace)> =
            paces.iter().cycle().take(50).map(|pace| (gate.join(pace.clone(), now).unwrap(), pace.clone())).collect();
        while now < start + secs(6) {
            if let Some(at) = waiting.iter().position(|(id, _)| gate.turn(*id, now) == Turn::Go) {
                let (_, pace) = waiting.remove(at);
                gate.done(&pace, now);
                left.push((now, pace));
            }
            now += ms(5);
        }
        assert!(left.len() >= 40, "{}", left.len());
        assert!(left.windows(9).all(|nine| nine[8].0 - nine[0].0 >= secs(1)));
        for pace in [hang_up(), callback()] {
            let of_it: Vec<Instant> = left.iter().filter(|(_, of)| *of == pace).map(|(at, _)| *at).collect();
            assert!(of_it.windows(2).all(|two| two[1] - two[0] >= ms(275)));
        }
    }

    #[test]
    fn statistics_are_polled_every_five_seconds_for_each_key() {
        let (mut gate, t) = gate();
        let first = gate.join(stats("a"), t).unwrap();
        go(&mut gate, &stats("a"), first, t);
        let again = gate.join(stats("a"), t).unwrap();
        let other = gate.join(stats("b"), t).unwrap();
        assert_eq!(gate.turn(again, t), Turn::Wait { until: Some(t + ms(5500)) });
        go(&mut gate, &stats("b"), other, t + APART);
        assert_eq!(gate.turn(again, t + ms(5500)), Turn::Go);
    }

    #[test]
    fn old_paces_are_forgotten() {
        let (mut gate, t) = gate();
        for n in 0..1000 {
            let now = t + secs(6 * n);
            let pace = stats(&n.to_string());
            let id = gate.join(pace.clone(), now).unwrap();
            go(&mut gate, &pace, id, now);
        }
        assert!(gate.next.len() <= MANY_PACES + 1, "{}", gate.next.len());
    }

    #[test]
    fn the_sixty_fifth_is_told_so() {
        let (mut gate, t) = gate();
        let ids: Vec<u64> = (0..64).map(|_| gate.join(callback(), t).unwrap()).collect();
        assert_eq!(gate.join(hang_up(), t), Err(Refused::Full));
        assert!(gate.join(lines(), t).is_ok());
        gate.leave(ids[10]);
        assert!(gate.join(hang_up(), t).is_ok());
    }

    #[test]
    fn two_bad_requests_within_two_minutes_silence_us_until_the_first_is_forgotten() {
        let (mut gate, t) = gate();
        let waiting = gate.join(callback(), t).unwrap();
        gate.refused(t);
        assert_eq!((gate.quiet_until(t), gate.refused_recently(t)), (None, 1));
        assert_eq!(gate.forgotten_at(t), Some(t + secs(120)));
        gate.refused(t + secs(30));
        assert_eq!(gate.quiet_until(t + secs(30)), Some(t + secs(120)));
        assert_eq!(gate.turn(waiting, t + secs(30)), Turn::Quiet(t + secs(120)));
        assert_eq!(gate.join(hang_up(), t + secs(119)), Err(Refused::Quiet(t + secs(120))));
        assert!(gate.join(hang_up(), t + secs(120)).is_ok());
        assert_eq!(gate.refused_recently(t + secs(121)), 1);
        gate.refused(t + secs(140));
        assert_eq!(gate.quiet_until(t + secs(140)), Some(t + secs(150)));
        assert_eq!((gate.quiet_until(t + secs(300)), gate.refused_recently(t + secs(300))), (None, 0));
    }

    #[test]
    fn bad_requests_far_apart_are_forgiven() {
        let (mut gate, t) = gate();
        for n in 0..5 {
            let now = t + secs(120 * n);
            gate.refused(now);
            assert_eq!(gate.quiet_until(now), None);
        }
    }

    #[test]
    fn locked_out_without_a_known_cause_lasts_two_minutes() {
        let (mut gate, t) = gate();
        gate.locked_out(t);
        assert_eq!(gate.quiet_until(t), Some(t + secs(120)));
    }

    #[test]
    fn slowing_down_grows_and_is_forgotten() {
        let (mut gate, t) = gate();
        let id = gate.join(callback(), t).unwrap();
        for pause in [2, 4, 8, 16, 16] {
            gate.slow_down(t);
            assert_eq!(gate.turn(id, t), Turn::Wait { until: Some(t + secs(pause)) });
        }
        gate.went_well();
        gate.slow_down(t);
        assert_eq!(gate.turn(id, t), Turn::Wait { until: Some(t + secs(2)) });
    }

    #[test]
    fn a_caller_that_stopped_looking_holds_nobody_up() {
        let (mut gate, t) = gate();
        let _forgotten = gate.join(callback(), t).unwrap();
        let later = gate.join(callback(), t + secs(10)).unwrap();
        assert_eq!(gate.turn(later, t + secs(10)), Turn::Wait { until: None });
        assert_eq!(gate.turn(later, t + secs(15)), Turn::Go);
    }
}
