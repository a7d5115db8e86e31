//! How often the PBX may be asked (reference 1.5). Pure: the time is handed in.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::time::{Duration, Instant};

use serde::Serialize;

/// How long the PBX is closed, counted from the first bad request, once there were two.
pub(crate) const LOCK_OUT: Duration = Duration::from_secs(120);

#[derive(Debug, Default)]
pub(crate) struct Limits {
    asked: HashMap<&'static str, VecDeque<Instant>>,
    bad: Option<Bad>,
    seen: LimitsSeen,
    arrived: HashMap<&'static str, VecDeque<Instant>>,
}

/// How the limits were kept so far: `GET /rehearsal/limits`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct LimitsSeen {
    /// Requests beyond a limit (HTTP 429), and statistics asked for by one key more often than every 5 seconds.
    pub breaches: u64,
    /// Requests that found the account locked out (HTTP 401).
    pub locked_out: u64,
    /// The busiest moment of each class of requests; `all` are all of them together.
    pub by_class: BTreeMap<&'static str, Busiest>,
}

/// The busiest moment of one class of requests.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Busiest {
    /// The most requests that arrived within the window.
    pub max: usize,
    /// How many are allowed within it.
    pub limit: usize,
    /// The window, in seconds.
    pub seconds: u64,
}

#[derive(Clone, Copy, Debug)]
struct Bad {
    first: Instant,
    count: u32,
}

/// Whether a request is looked at at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Admission {
    Open,
    /// HTTP 429.
    TooOften,
    /// HTTP 401.
    LockedOut,
}

struct Rate {
    /// The class of requests that share this rate.
    class: &'static str,
    requests: usize,
    per: Duration,
}

const SECOND: Duration = Duration::from_secs(1);
const TWO_SECONDS: Duration = Duration::from_secs(2);

/// Reference 1.5, the column "per product".
fn rate(path: &str) -> Rate {
    match path.trim_end_matches('/') {
        "commands/callback" => Rate { class: "callback", requests: 4, per: SECOND },
        "commands/call/hangup" => Rate { class: "hangup", requests: 4, per: SECOND },
        "commands/recording/start" => Rate { class: "recording/start", requests: 4, per: SECOND },
        "account/balance" => Rate { class: "balance", requests: 2, per: SECOND },
        "config/users/request" => Rate { class: "users", requests: 1, per: TWO_SECONDS },
        "commands/transfer" => Rate { class: "transfer", requests: 1, per: TWO_SECONDS },
        "commands/route" => Rate { class: "route", requests: 1, per: TWO_SECONDS },
        "stats/request" | "stats/calls/request" => Rate { class: "stats", requests: 1, per: TWO_SECONDS },
        // No limit of ours (the platform's is 50 a second); what is counted is how often each key is asked for.
        "stats/result" | "stats/calls/result" => Rate { class: "stats/result", requests: 50, per: SECOND },
        path if path.starts_with("queries/recording/") => Rate { class: "recordings", requests: 10, per: SECOND },
        "ab/contact" | "ab/contact/init" | "ab/contact/cursor" => {
            Rate { class: "address-book", requests: 50, per: SECOND }
        }
        _ => Rate { class: "default", requests: 10, per: SECOND },
    }
}

impl Limits {
    /// Asks for a request to this path; an admitted one counts.
    pub(crate) fn admit(&mut self, path: &str, now: Instant) -> Admission {
        if self.bad.is_some_and(|bad| now.duration_since(bad.first) >= LOCK_OUT) {
            self.bad = None;
        }
        let rate = rate(path);
        self.arrive(&rate, now);
        self.arrive(&Rate { class: "all", requests: 10, per: SECOND }, now);
        if self.bad.is_some_and(|bad| bad.count > 1) {
            self.seen.locked_out += 1;
            return Admission::LockedOut;
        }
        let asked = self.asked.entry(rate.class).or_default();
        while asked.front().is_some_and(|at| now.duration_since(*at) >= rate.per) {
            asked.pop_front();
        }
        if asked.len() >= rate.requests {
            self.seen.breaches += 1;
            return Admission::TooOften;
        }
        asked.push_back(now);
        Admission::Open
    }

    fn arrive(&mut self, rate: &Rate, now: Instant) {
        let arrived = self.arrived.entry(rate.class).or_default();
        while arrived.front().is_some_and(|at| now.duration_since(*at) >= rate.per) {
            arrived.pop_front();
        }
        arrived.push_back(now);
        let busiest = self.seen.by_class.entry(rate.class).or_default();
        let (max, limit, seconds) = (busiest.max.max(arrived.len()), rate.requests, rate.per.as_secs());
        *busiest = Busiest { max, limit, seconds };
    }

    /// Notes that statistics were asked for too often by one key.
    pub(crate) fn polled_too_often(&mut self) {
        self.seen.breaches += 1;
    }

    /// How the limits were kept so far.
    pub(crate) fn seen(&self) -> LimitsSeen {
        self.seen.clone()
    }

    /// Notes a request that was answered with a 3xxx code.
    pub(crate) fn bad_request(&mut self, now: Instant) {
        let bad = self.bad.get_or_insert(Bad { first: now, count: 0 });
        bad.count += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn four_callbacks_a_second() {
        let (mut limits, start) = (Limits::default(), Instant::now());
        let mut ask = |millis: u64| limits.admit("commands/callback", start + Duration::from_millis(millis));
        assert!([0, 100, 200, 300].into_iter().all(|millis| ask(millis) == Admission::Open));
        assert_eq!(ask(999), Admission::TooOften);
        assert_eq!(ask(1000), Admission::Open);
        assert_eq!(ask(1001), Admission::TooOften);
        assert_eq!(limits.admit("commands/call/hangup", start), Admission::Open);
        assert_eq!(limits.admit("commands/transfer", start), Admission::Open);
        assert_eq!(limits.admit("commands/transfer", start + Duration::from_millis(1999)), Admission::TooOften);
        let seen = limits.seen();
        assert_eq!((seen.breaches, seen.locked_out), (3, 0));
        assert_eq!(seen.by_class["callback"], Busiest { max: 6, limit: 4, seconds: 1 });
        assert_eq!(seen.by_class["transfer"], Busiest { max: 2, limit: 1, seconds: 2 });
    }

    #[test]
    fn two_bad_requests_close_the_door_until_two_minutes_after_the_first() {
        let (mut limits, start) = (Limits::default(), Instant::now());
        limits.bad_request(start);
        let after = |seconds| start + Duration::from_secs(seconds);
        assert_eq!(limits.admit("account/balance", after(10)), Admission::Open);
        limits.bad_request(after(60));
        assert_eq!(limits.admit("account/balance", after(61)), Admission::LockedOut);
        assert_eq!(limits.admit("commands/callback", after(119)), Admission::LockedOut);
        assert_eq!(limits.admit("commands/callback", after(120)), Admission::Open);
    }

    #[test]
    fn two_bad_requests_far_apart_are_forgiven() {
        let (mut limits, start) = (Limits::default(), Instant::now());
        limits.bad_request(start);
        let later = start + Duration::from_secs(121);
        assert_eq!(limits.admit("commands/callback", later), Admission::Open);
        limits.bad_request(later);
        assert_eq!(limits.admit("commands/callback", later), Admission::Open);
    }
}
