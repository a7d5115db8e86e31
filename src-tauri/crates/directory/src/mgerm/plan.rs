//! Which day of the schedule is read next. Pure: the moment is handed in.
//!
//! Today and tomorrow come first and every `refresh_s`; then the days of the window, so that each is at most an hour
//! old; then, slowly, older days once each. A day that failed waits longer and longer; a MIS that is out of order is
//! left in peace as a whole.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp, ToSpan};

use super::Section;
use crate::source::DirectoryError;

/// Within this every day of the window is read again.
const WINDOW_FRESH: Duration = Duration::from_secs(3600);
/// Between two older days: each is two requests, and one a second is what a MIS is asked at most.
const HISTORY_PAUSE: Duration = Duration::from_secs(2);
/// The first wait after a failure; it doubles.
const FIRST_WAIT: Duration = Duration::from_secs(10);
/// The longest wait after failures.
const LAST_WAIT: Duration = Duration::from_secs(60);
/// The longest wait after a key was refused.
const LAST_WAIT_REFUSED: Duration = Duration::from_secs(300);
/// A longer rest was not meant: somebody set the clock back.
const LONGEST_REST: Duration = Duration::from_secs(900);
/// More days than this are not read, whatever the settings say.
const MAX_DAYS: u32 = 3660;

/// What is known of the days, and what failed.
#[derive(Debug, Clone)]
pub(super) struct Plan {
    back: u32,
    ahead: u32,
    history: u32,
    refresh: Duration,
    days: BTreeMap<Date, Seen>,
    /// The whole MIS is left in peace until then.
    rest_until: Option<Timestamp>,
    /// Failures in a row of the whole MIS.
    outages: u32,
    history_read: Option<Timestamp>,
    failure: Option<DirectoryError>,
}

#[derive(Debug, Clone, Copy, Default)]
struct Seen {
    read: Option<Timestamp>,
    /// Something was changed in it: it is read again whatever its age.
    is_stale: bool,
    failures: u32,
    not_before: Option<Timestamp>,
}

impl Plan {
    pub(super) fn new(section: &Section) -> Plan {
        Plan {
            back: section.days_back.min(MAX_DAYS),
            ahead: section.days_ahead.min(MAX_DAYS),
            history: section.history_days.min(MAX_DAYS),
            refresh: Duration::from_secs(u64::from(section.refresh_s.max(5))),
            days: BTreeMap::new(),
            rest_until: None,
            outages: 0,
            history_read: None,
            failure: None,
        }
    }

    /// The day to read now, if any; `today` is the clinic's.
    pub(super) fn next(&self, today: Date, now: Timestamp) -> Option<Date> {
        if self.rest_until.is_some_and(|until| now < until && since(now, until) < LONGEST_REST) {
            return None;
        }
        let day = |offset: i64| today.checked_add(offset.days()).ok();
        let is_due = |day: &Date, fresh: Option<Duration>| {
            let seen = self.days.get(day).copied().unwrap_or_default();
            let waits = seen.not_before.is_some_and(|until| now < until && since(now, until) < LONGEST_REST);
            let is_fresh = seen.read.is_some_and(|at| fresh.is_none_or(|fresh| at <= now && since(at, now) < fresh));
            !waits && (seen.is_stale || !is_fresh)
        };
        let urgent = [0, 1].into_iter().filter_map(day).find(|day| is_due(day, Some(self.refresh)));
        if urgent.is_some() {
            return urgent;
        }
        let (back, ahead) = (i64::from(self.back), i64::from(self.ahead));
        // The days never read first, the nearest first; then those read longest ago.
        let mut window: Vec<Date> = (1..=back.max(ahead))
            .flat_map(|offset| [(offset <= ahead).then_some(offset), (offset <= back).then_some(-offset)])
            .flatten()
            .filter_map(day)
            .filter(|day| is_due(day, Some(WINDOW_FRESH.max(self.refresh))))
            .collect();
        window.sort_by_key(|day| self.days.get(day).and_then(|seen| seen.read));
        if let Some(day) = window.first() {
            return Some(*day);
        }
        if self.history_read.is_some_and(|at| at <= now && since(at, now) < HISTORY_PAUSE) {
            return None;
        }
        (back + 1..=i64::from(self.history)).filter_map(|offset| day(-offset)).find(|day| is_due(day, None))
    }

    /// Both lists of a day were read.
    pub(super) fn was_read(&mut self, day: Date, today: Date, now: Timestamp) {
        self.days.insert(day, Seen { read: Some(now), ..Seen::default() });
        (self.outages, self.rest_until, self.failure) = (0, None, None);
        if self.is_older(day, today) {
            self.history_read = Some(now);
        }
    }

    /// A day was not read.
    pub(super) fn failed(&mut self, day: Date, today: Date, now: Timestamp, error: DirectoryError) {
        let seen = self.days.entry(day).or_default();
        seen.failures = seen.failures.saturating_add(1);
        let wait = wait_after(seen.failures, LAST_WAIT);
        seen.not_before = now.checked_add(signed(wait)).ok();
        let rests = match &error {
            DirectoryError::Busy { wait } => Some((*wait).max(FIRST_WAIT)),
            // A key that is not accepted is not accepted for the next day either, and some systems lock it.
            DirectoryError::Refused { .. } => Some(wait_after(self.outages + 2, LAST_WAIT_REFUSED)),
            DirectoryError::TooLate | DirectoryError::NotReached { .. } | DirectoryError::Failing { .. } => {
                Some(wait_after(self.outages + 1, LAST_WAIT))
            }
            DirectoryError::Unavailable { .. }
            | DirectoryError::NotUnderstood { .. }
            | DirectoryError::FilterIgnored { .. } => None,
        };
        if let Some(wait) = rests {
            self.outages = self.outages.saturating_add(1);
            self.rest_until = now.checked_add(signed(wait)).ok();
        }
        if self.is_older(day, today) {
            self.history_read = Some(now);
        }
        self.failure = Some(error);
    }

    /// This day is to be read again at once.
    pub(super) fn is_stale(&mut self, day: Date) {
        if let Some(seen) = self.days.get_mut(&day) {
            seen.is_stale = true;
            seen.not_before = None;
        }
    }

    /// Days before this are forgotten.
    pub(super) fn first_day(&self, today: Date) -> Date {
        today.checked_sub(i64::from(self.history.max(self.back)).days()).unwrap_or(today)
    }

    pub(super) fn forget_before(&mut self, first: Date) {
        self.days.retain(|day, _| *day >= first);
    }

    /// Every day read, with the moment, to be kept and given back to [`Plan::knows`].
    pub(super) fn read_days(&self) -> Vec<(Date, Timestamp)> {
        self.days.iter().filter_map(|(day, seen)| Some((*day, seen.read?))).collect()
    }

    pub(super) fn knows(&mut self, days: impl IntoIterator<Item = (Date, Timestamp)>) {
        for (day, read) in days {
            self.days.entry(day).or_default().read = Some(read);
        }
    }

    /// The unbroken row of read days around today, and when today was read; `None` before that.
    pub(super) fn covered(&self, today: Date) -> Option<Covered> {
        let read = |day: Date| self.days.get(&day).and_then(|seen| seen.read);
        let at = read(today)?;
        let (mut from, mut to) = (today, today);
        while let Some(day) = from.yesterday().ok().filter(|day| read(*day).is_some()) {
            from = day;
        }
        while let Some(day) = to.tomorrow().ok().filter(|day| read(*day).is_some()) {
            to = day;
        }
        Some(Covered { from, to, at })
    }

    /// How many days of the window were read ever, of how many.
    pub(super) fn window_read(&self, today: Date) -> (usize, usize) {
        let whole = self.back as usize + self.ahead as usize + 1;
        let day = |offset: i64| today.checked_add(offset.days()).unwrap_or(today);
        let (from, to) = (day(-i64::from(self.back)), day(i64::from(self.ahead)));
        let read = self.days.iter().filter(|(day, seen)| (from..=to).contains(*day) && seen.read.is_some()).count();
        (read, whole)
    }

    /// What failed last, until something succeeds.
    pub(super) fn failure(&self) -> Option<&DirectoryError> {
        self.failure.as_ref()
    }

    /// From when on today's list is too old to be called fresh.
    pub(super) fn is_old(&self, read: Timestamp, now: Timestamp) -> bool {
        since(read, now) > self.refresh * 3 + Duration::from_secs(60)
    }

    fn is_older(&self, day: Date, today: Date) -> bool {
        today.checked_sub(i64::from(self.back).days()).is_ok_and(|first| day < first)
    }
}

/// Which days the index knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Covered {
    pub(super) from: Date,
    pub(super) to: Date,
    /// When today was read.
    pub(super) at: Timestamp,
}

fn since(at: Timestamp, now: Timestamp) -> Duration {
    Duration::try_from(now.duration_since(at)).unwrap_or_default()
}

fn signed(wait: Duration) -> SignedDuration {
    SignedDuration::try_from(wait).unwrap_or(SignedDuration::MAX)
}

fn wait_after(failures: u32, longest: Duration) -> Duration {
    let doubled = FIRST_WAIT.saturating_mul(2u32.saturating_pow(failures.saturating_sub(1).min(10)));
    doubled.min(longest)
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    const TODAY: Date = date(2026, 11, 24);

    fn plan() -> Plan {
        Plan::new(&Section { days_back: 2, days_ahead: 3, history_days: 5, refresh_s: 300, ..Section::default() })
    }

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_795_500_000 + second).unwrap()
    }

    fn offset(day: Date) -> i32 {
        (day - TODAY).get_days()
    }

    /// The days read one after another while each takes a second.
    fn read_all(plan: &mut Plan, from: i64, to: i64) -> Vec<i32> {
        let mut days = Vec::new();
        for second in from..to {
            if let Some(day) = plan.next(TODAY, at(second)) {
                plan.was_read(day, TODAY, at(second));
                days.push(offset(day));
            }
        }
        days
    }

    #[test]
    fn the_nearest_days_come_first_and_older_ones_slowly() {
        let mut plan = plan();
        assert_eq!(read_all(&mut plan, 0, 20), [0, 1, -1, 2, -2, 3, -3, -4, -5]);
        assert_eq!(plan.covered(TODAY), Some(Covered { from: date(2026, 11, 19), to: date(2026, 11, 27), at: at(0) }));
        assert_eq!(plan.next(TODAY, at(20)), None, "everything is read");
    }

    #[test]
    fn today_is_read_again_soon_and_the_window_within_an_hour() {
        let mut plan = plan();
        read_all(&mut plan, 0, 20);
        let again = read_all(&mut plan, 20, 3620);
        assert_eq!(again.iter().filter(|day| **day == 0).count(), 12);
        assert_eq!(again.iter().filter(|day| **day == -2).count(), 1, "{again:?}");
        assert!(!again.contains(&-4), "an older day is read once");
    }

    #[test]
    fn a_broken_day_is_passed_over_and_tried_again() {
        let mut plan = plan();
        plan.failed(TODAY, TODAY, at(0), DirectoryError::NotUnderstood { why: String::new() });
        assert_eq!(plan.next(TODAY, at(1)).map(offset), Some(1), "the others do not wait for it");
        assert!(read_all(&mut plan, 1, 60).contains(&0));
    }

    #[test]
    fn a_dead_mis_is_left_in_peace_longer_and_longer() {
        let mut plan = plan();
        let mut asked = Vec::new();
        for second in 0..300 {
            if let Some(day) = plan.next(TODAY, at(second)) {
                asked.push(second);
                plan.failed(day, TODAY, at(second), DirectoryError::TooLate);
            }
        }
        assert_eq!(asked, [0, 10, 30, 70, 130, 190, 250]);
        assert_eq!(plan.covered(TODAY), None);
        assert_eq!(plan.failure(), Some(&DirectoryError::TooLate));
        let day = plan.next(TODAY, at(2000)).unwrap();
        plan.was_read(day, TODAY, at(2000));
        assert_eq!(plan.failure(), None);
        assert!(plan.next(TODAY, at(2001)).is_some(), "a MIS that answers again is read on at once");
    }

    #[test]
    fn a_written_day_is_read_again_at_once() {
        let mut plan = plan();
        read_all(&mut plan, 0, 20);
        plan.is_stale(date(2026, 11, 26));
        assert_eq!(plan.next(TODAY, at(20)).map(offset), Some(2));
        assert!(plan.covered(TODAY).is_some_and(|covered| covered.to == date(2026, 11, 27)), "it is still known");
    }
}
