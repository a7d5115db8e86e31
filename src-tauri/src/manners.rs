//! When the program may disturb: the pop switched off, quiet hours, a pause, a locked screen. Pure: time is handed in.

use jiff::civil::Time;
#[cfg(test)]
use jiff::civil::Weekday;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan as _};
use serde::{Deserialize, Serialize};

/// How this user's program behaves towards the person before it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Manners {
    /// Whether ringing calls pop up. Without it calling by a click works all the same.
    pub(crate) pops: bool,
    /// What is heard while a call rings here.
    pub(crate) ring: Ring,
    /// Hours in which nothing disturbs.
    pub(crate) quiet: QuietHours,
    /// Whether the windows vanish while the screen is locked.
    pub(crate) hides_when_locked: bool,
    /// Whether a shared or recorded screen shows the windows as blank; Windows and macOS can do that.
    pub(crate) hides_when_shared: bool,
    /// Whether different people work at this desk: today's extension is asked for.
    pub(crate) hot_desk: bool,
    /// The key that offers to call the number in the clipboard, from anywhere; empty: none.
    pub(crate) clipboard_key: String,
}

impl Default for Manners {
    fn default() -> Manners {
        Manners {
            pops: true,
            ring: Ring::default(),
            quiet: QuietHours::default(),
            hides_when_locked: true,
            hides_when_shared: false,
            hot_desk: false,
            clipboard_key: "Ctrl+Alt+N".to_owned(),
        }
    }
}

/// What is heard while a call rings here.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Ring {
    /// Which sound.
    pub(crate) sound: Sound,
    /// The file of one's own: where it was when it was chosen.
    pub(crate) file: String,
    /// How loud, 0 to 100.
    pub(crate) volume: u8,
}

impl Default for Ring {
    fn default() -> Ring {
        Ring { sound: Sound::default(), file: String::new(), volume: 60 }
    }
}

/// Which sound rings.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Sound {
    /// None: the telephone rings anyway.
    #[default]
    None,
    /// Two quiet tones of the program's own.
    Gentle,
    /// A file.
    Own,
}

/// Hours in which nothing disturbs. They may reach over midnight; a day is the one on which they begin.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct QuietHours {
    /// Whether there are any.
    pub(crate) on: bool,
    /// When they begin, `20:00`.
    pub(crate) from: String,
    /// When they end, `08:00`.
    pub(crate) to: String,
    /// On which days they begin: Monday is 1, Sunday 7.
    pub(crate) days: Vec<i8>,
}

impl Default for QuietHours {
    fn default() -> QuietHours {
        QuietHours { on: false, from: "20:00".to_owned(), to: "08:00".to_owned(), days: (1..=7).collect() }
    }
}

impl QuietHours {
    /// Whether begin and end can be read.
    pub(crate) fn is_readable(&self) -> bool {
        self.times().is_some()
    }

    fn times(&self) -> Option<(Time, Time)> {
        let read = |text: &str| Time::strptime("%H:%M", text.trim()).ok();
        Some((read(&self.from)?, read(&self.to)?))
    }

    /// When the quiet ends that holds at a moment; `None`: it is not quiet.
    fn end_of(&self, now: Timestamp, zone: &TimeZone) -> Option<Timestamp> {
        if !self.on {
            return None;
        }
        let (from, to) = self.times()?;
        let today = now.to_zoned_datetime(zone.clone()).date();
        // Yesterday's may reach into today.
        [today.yesterday().ok()?, today].into_iter().find_map(|day| {
            if !self.days.contains(&day.weekday().to_monday_one_offset()) {
                return None;
            }
            let last = if to <= from { day.tomorrow().ok()? } else { day };
            let begins = day.to_datetime(from).to_zoned_datetime(zone.clone()).ok()?.timestamp();
            let ends = last.to_datetime(to).to_zoned_datetime(zone.clone()).ok()?.timestamp();
            (begins <= now && now < ends).then_some(ends)
        })
    }
}

/// Why nothing disturbs now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Why {
    /// The screen is locked.
    Locked,
    /// Somebody asked for a pause.
    Paused,
    /// It is a quiet hour.
    QuietHours,
    /// Calls do not pop up here at all.
    PopsOff,
}

/// Nothing disturbs: why, and until when as far as that is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Silence {
    pub(crate) why: Why,
    pub(crate) until: Option<Timestamp>,
}

impl Silence {
    /// Whether notifications keep quiet too. With the pop switched off they are what is left.
    pub(crate) fn hushes_notices(self) -> bool {
        match self.why {
            Why::Locked | Why::Paused | Why::QuietHours => true,
            Why::PopsOff => false,
        }
    }
}

/// Whether something keeps the program from disturbing.
pub(crate) fn silence(
    manners: &Manners,
    paused_until: Option<Timestamp>,
    is_locked: bool,
    now: Timestamp,
    zone: &TimeZone,
) -> Option<Silence> {
    if is_locked && manners.hides_when_locked {
        return Some(Silence { why: Why::Locked, until: None });
    }
    if let Some(until) = paused_until.filter(|until| now < *until) {
        return Some(Silence { why: Why::Paused, until: Some(until) });
    }
    if let Some(until) = manners.quiet.end_of(now, zone) {
        return Some(Silence { why: Why::QuietHours, until: Some(until) });
    }
    (!manners.pops).then_some(Silence { why: Why::PopsOff, until: None })
}

/// How long a pause is to last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Pause {
    /// So many minutes.
    Minutes(u16),
    /// Until seven in the morning of the next day.
    Tomorrow,
    /// Not any longer.
    Over,
}

impl Pause {
    /// When it ends; `None`: it is over.
    pub(crate) fn ends(self, now: Timestamp, zone: &TimeZone) -> Option<Timestamp> {
        const MORNING: i8 = 7;
        match self {
            Pause::Minutes(minutes) => now.checked_add(i64::from(minutes).minutes()).ok(),
            Pause::Tomorrow => {
                let tomorrow = now.to_zoned_datetime(zone.clone()).date().tomorrow().ok()?;
                let morning = tomorrow.at(MORNING, 0, 0, 0).to_zoned_datetime(zone.clone()).ok()?;
                Some(morning.timestamp())
            }
            Pause::Over => None,
        }
    }
}

/// The days of the week in the order in which a clinic counts them.
#[cfg(test)]
const WORKING_DAYS: [Weekday; 5] =
    [Weekday::Monday, Weekday::Tuesday, Weekday::Wednesday, Weekday::Thursday, Weekday::Friday];

#[cfg(test)]
mod tests {
    use super::*;

    fn zone() -> TimeZone {
        TimeZone::get("Europe/Moscow").unwrap()
    }

    /// A moment of the clinic's day; 24 November 2026 is a Tuesday.
    fn at(local: &str) -> Timestamp {
        local.parse::<jiff::civil::DateTime>().unwrap().to_zoned_datetime(zone()).unwrap().timestamp()
    }

    fn quiet(from: &str, to: &str, days: &[Weekday]) -> Manners {
        let days = days.iter().map(|day| day.to_monday_one_offset()).collect();
        Manners { quiet: QuietHours { on: true, from: from.to_owned(), to: to.to_owned(), days }, ..Manners::default() }
    }

    fn why(manners: &Manners, local: &str) -> Option<Why> {
        silence(manners, None, false, at(local), &zone()).map(|silence| silence.why)
    }

    #[test]
    fn quiet_hours_reach_over_midnight_and_belong_to_the_day_they_begin() {
        let manners = quiet("20:00", "08:00", &WORKING_DAYS);
        assert_eq!(why(&manners, "2026-11-24T19:59:59"), None);
        assert_eq!(why(&manners, "2026-11-24T20:00:00"), Some(Why::QuietHours));
        assert_eq!(why(&manners, "2026-11-25T07:59:59"), Some(Why::QuietHours));
        assert_eq!(why(&manners, "2026-11-25T08:00:00"), None);
        // Friday's reach into Saturday morning; Saturday evening is not one of them.
        assert_eq!(why(&manners, "2026-11-28T07:00:00"), Some(Why::QuietHours));
        assert_eq!(why(&manners, "2026-11-28T21:00:00"), None);
        let until = silence(&manners, None, false, at("2026-11-24T23:00:00"), &zone()).unwrap().until;
        assert_eq!(until, Some(at("2026-11-25T08:00:00")));
    }

    #[test]
    fn quiet_hours_within_a_day() {
        let manners = quiet("13:00", "14:00", &WORKING_DAYS);
        assert_eq!(why(&manners, "2026-11-24T13:30:00"), Some(Why::QuietHours));
        assert_eq!(why(&manners, "2026-11-24T14:00:00"), None);
        assert_eq!(why(&manners, "2026-11-29T13:30:00"), None);
    }

    #[test]
    fn hours_that_cannot_be_read_silence_nothing() {
        for (from, to) in [("", "08:00"), ("восемь", "9"), ("25:00", "08:00")] {
            let manners = quiet(from, to, &WORKING_DAYS);
            assert!(!manners.quiet.is_readable());
            assert_eq!(why(&manners, "2026-11-24T23:00:00"), None);
        }
    }

    #[test]
    fn the_night_of_a_clock_change_ends_in_the_morning() {
        let zone = TimeZone::get("Europe/Berlin").unwrap();
        let manners = quiet("22:00", "06:00", &[Weekday::Saturday]);
        let moment = |local: &str| {
            local.parse::<jiff::civil::DateTime>().unwrap().to_zoned_datetime(zone.clone()).unwrap().timestamp()
        };
        let night = silence(&manners, None, false, moment("2026-10-25T02:30:00"), &zone).unwrap();
        assert_eq!(night.until, Some(moment("2026-10-25T06:00:00")));
        assert_eq!(silence(&manners, None, false, moment("2026-10-25T06:00:00"), &zone), None);
    }

    #[test]
    fn a_pause_outranks_quiet_hours_and_ends_by_itself() {
        let manners = quiet("20:00", "08:00", &WORKING_DAYS);
        let now = at("2026-11-24T21:00:00");
        let until = Pause::Minutes(15).ends(now, &zone());
        let silent = silence(&manners, until, false, now, &zone()).unwrap();
        assert_eq!((silent.why, silent.until), (Why::Paused, Some(at("2026-11-24T21:15:00"))));
        assert_eq!(silence(&Manners::default(), until, false, at("2026-11-24T21:15:00"), &zone()), None);
        assert_eq!(Pause::Tomorrow.ends(now, &zone()), Some(at("2026-11-25T07:00:00")));
        assert_eq!(Pause::Over.ends(now, &zone()), None);
    }

    #[test]
    fn a_locked_screen_is_silent_where_that_is_wanted() {
        let now = at("2026-11-24T12:00:00");
        let mut manners = Manners::default();
        assert_eq!(silence(&manners, None, true, now, &zone()).map(|silence| silence.why), Some(Why::Locked));
        manners.hides_when_locked = false;
        assert_eq!(silence(&manners, None, true, now, &zone()), None);
    }

    #[test]
    fn with_the_pop_off_notices_are_what_is_left() {
        let manners = Manners { pops: false, ..Manners::default() };
        let silent = silence(&manners, None, false, at("2026-11-24T12:00:00"), &zone()).unwrap();
        assert_eq!(silent.why, Why::PopsOff);
        assert!(!silent.hushes_notices());
    }
}
