//! From a script's seconds to the wall clock.

use std::time::Duration;

use jiff::Timestamp;
use tokio::time::Instant;

/// How fast scenarios are played: 1 is real time, 10 is ten times as fast, 0 is without any pauses.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Speed(f64);

impl Speed {
    /// As fast as in life.
    pub const REAL: Speed = Speed(1.0);
    /// Without any pauses.
    pub const NO_PAUSES: Speed = Speed(0.0);

    /// This many times as fast as in life. `None` when negative, not a number or beyond 10,000.
    pub fn times(factor: f64) -> Option<Speed> {
        (0.0..=10_000.0).contains(&factor).then_some(Speed(factor))
    }

    /// Whether there are no pauses at all.
    pub fn is_without_pauses(self) -> bool {
        self.0 == 0.0
    }
}

/// The clock of one call.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Clock {
    speed: Speed,
    started: Instant,
    /// Unix seconds of the script's second 0.
    began: f64,
}

impl Clock {
    /// Starts a call of this length. Without pauses it is told as if it ended just now.
    pub(crate) fn start(speed: Speed, length: u32, started: Instant, now: Timestamp) -> Clock {
        let ago = if speed.is_without_pauses() { f64::from(length) } else { 0.0 };
        Clock { speed, started, began: now.as_millisecond() as f64 / 1000.0 - ago }
    }

    /// Whether everything is told at once.
    pub(crate) fn is_without_pauses(&self) -> bool {
        self.speed.is_without_pauses()
    }

    /// The moment to post what happens at second `at`.
    pub(crate) fn due(&self, at: u32) -> Instant {
        if self.speed.is_without_pauses() {
            return self.started;
        }
        self.started + Duration::from_secs_f64(f64::from(at) / self.speed.0)
    }

    /// The Unix time of second `at`.
    pub(crate) fn stamp(&self, at: u32) -> i64 {
        let factor = if self.speed.is_without_pauses() { 1.0 } else { self.speed.0 };
        (self.began + f64::from(at) / factor).floor() as i64
    }

    /// The second of the script that it is now.
    pub(crate) fn second(&self, now: Instant) -> u32 {
        (now.duration_since(self.started).as_secs_f64() * self.speed.0) as u32
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(seconds).unwrap()
    }

    #[test]
    fn without_pauses_the_end_is_now() {
        let clock = Clock::start(Speed::NO_PAUSES, 96, Instant::now(), at(1_790_000_096));
        assert_eq!((clock.stamp(0), clock.stamp(96)), (1_790_000_000, 1_790_000_096));
        assert_eq!(clock.due(96), clock.due(0));
    }

    #[test]
    fn faster_time_is_told_and_kept() {
        let started = Instant::now();
        let clock = Clock::start(Speed::times(10.0).unwrap(), 96, started, at(1_790_000_000));
        assert_eq!(clock.stamp(50), 1_790_000_005);
        assert_eq!(clock.due(50), started + Duration::from_secs(5));
        assert_eq!(clock.second(started + Duration::from_secs(5)), 50);
    }

    #[test]
    fn impossible_speeds_are_refused() {
        assert_eq!(Speed::times(-1.0), None);
        assert_eq!(Speed::times(f64::NAN), None);
        assert_eq!(Speed::times(f64::INFINITY), None);
    }
}
