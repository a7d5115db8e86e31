//! How an API writes days, times and sex.

use std::collections::BTreeSet;

use jiff::civil::{Date, DateTime};
use jiff::fmt::strtime::BrokenDownTime;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan as _};

use crate::file::values;
use crate::people::Sex;

/// Nobody alive was born before.
const FIRST_YEAR: i16 = 1900;

/// The text says something that cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Unreadable;

/// How days and times are written.
#[derive(Debug, Clone)]
pub(super) struct Calendar {
    /// strftime's formats.
    pub(super) formats: Vec<String>,
    /// Of times without an offset.
    pub(super) zone: TimeZone,
    /// The clinic's: when a day begins.
    pub(super) clinic: TimeZone,
}

/// A moment, or a day whose moment nobody wrote down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Begin {
    /// A day begins at its midnight.
    pub(super) at: Timestamp,
    /// From then on it is the past: a day only when it is over.
    pub(super) past_from: Timestamp,
}

impl Calendar {
    /// A birth date; zero dates and days of the future are none.
    pub(super) fn born(&self, text: &str, now: Timestamp) -> Result<Option<Date>, Unreadable> {
        if is_zero(text) {
            return Ok(None);
        }
        let date = self.date(text).ok_or(Unreadable)?;
        let today = self.clinic.to_datetime(now).date();
        Ok((date.year() >= FIRST_YEAR && date <= today).then_some(date))
    }

    fn date(&self, text: &str) -> Option<Date> {
        let by_format = |format: &String| BrokenDownTime::parse(format, text).ok()?.to_date().ok();
        self.formats.iter().find_map(by_format).or_else(|| {
            let day = text.split(['T', ' ']).next()?;
            day.parse().ok()
        })
    }

    /// When something begins.
    pub(super) fn begin(&self, text: &str) -> Result<Option<Begin>, Unreadable> {
        if is_zero(text) {
            return Ok(None);
        }
        if let Some(at) = self.moment(text) {
            return Ok(Some(Begin { at, past_from: at }));
        }
        let date = self.date(text).ok_or(Unreadable)?;
        let midnight = |date: Date| self.clinic.to_timestamp(date.to_datetime(jiff::civil::Time::midnight()));
        let at = midnight(date).map_err(|_| Unreadable)?;
        let past_from = midnight(date.saturating_add(1.day())).map_err(|_| Unreadable)?;
        Ok(Some(Begin { at, past_from }))
    }

    fn moment(&self, text: &str) -> Option<Timestamp> {
        if let Ok(at) = text.parse::<Timestamp>() {
            return Some(at);
        }
        let by_format = |format: &String| {
            let parsed = BrokenDownTime::parse(format, text).ok()?;
            parsed.to_timestamp().ok().or_else(|| {
                // A format without a time names a day.
                parsed.hour()?;
                self.zone.to_timestamp(parsed.to_datetime().ok()?).ok()
            })
        };
        self.formats.iter().find_map(by_format).or_else(|| {
            let has_time = text.contains(':');
            let local: DateTime = has_time.then(|| text.parse().ok()).flatten()?;
            self.zone.to_timestamp(local).ok()
        })
    }
}

/// `0000-00-00`, `0001-01-01T00:00:00`, `00.00.0000`…
fn is_zero(text: &str) -> bool {
    let day = text.split(['T', ' ']).next().unwrap_or_default();
    values::is_nothing(text) || values::is_nothing(day) || day.starts_with("0001-01-01")
}

/// How sex is written.
#[derive(Debug, Clone, Default)]
pub(super) struct SexWords {
    pub(super) male: BTreeSet<String>,
    pub(super) female: BTreeSet<String>,
}

impl SexWords {
    /// By the settings' words, else by the usual ones.
    pub(super) fn read(&self, text: &str) -> Sex {
        let word = text.trim().to_lowercase();
        if self.male.contains(&word) {
            Sex::Male
        } else if self.female.contains(&word) {
            Sex::Female
        } else {
            values::sex(text).unwrap_or(Sex::Unknown)
        }
    }
}

/// Words to compare with, in small letters.
pub(super) fn words(list: &[String]) -> BTreeSet<String> {
    list.iter().map(|word| word.trim().to_lowercase()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;
    use proptest::prelude::*;

    fn calendar(formats: &[&str], zone: &str) -> Calendar {
        Calendar {
            formats: formats.iter().map(|format| (*format).to_owned()).collect(),
            zone: TimeZone::get(zone).unwrap(),
            clinic: TimeZone::get("Europe/Moscow").unwrap(),
        }
    }

    fn now() -> Timestamp {
        "2026-11-24T09:00:00Z".parse().unwrap()
    }

    #[test]
    fn birth_dates_of_every_style() {
        let calendar = calendar(&["%d.%m.%Y"], "Europe/Moscow");
        for text in ["31.01.1991", "1991-01-31", "1991-01-31T00:00:00", "1991-01-31 00:00:00", "1991-01-31T00:00:00Z"] {
            assert_eq!(calendar.born(text, now()), Ok(Some(date(1991, 1, 31))), "{text}");
        }
        for text in ["0000-00-00", "0001-01-01", "0001-01-01T00:00:00", "00.00.0000", "", "2031-01-01", "1800-01-01"] {
            assert_eq!(calendar.born(text, now()), Ok(None), "{text}");
        }
        assert_eq!(calendar.born("в мае", now()), Err(Unreadable));
        assert_eq!(calendar.born("31.02.1991", now()), Err(Unreadable));
    }

    #[test]
    fn times_are_the_clinics_unless_they_say_otherwise() {
        let at = |calendar: &Calendar, text: &str| calendar.begin(text).map(|begin| begin.unwrap().at.to_string());
        let moscow = calendar(&["%d.%m.%Y %H:%M", "%d.%m.%Y"], "Europe/Moscow");
        let expected = Ok("2026-11-25T07:30:00Z".to_owned());
        for text in ["25.11.2026 10:30", "2026-11-25 10:30:00", "2026-11-25T10:30", "2026-11-25T09:30:00+02:00"] {
            assert_eq!(at(&moscow, text), expected, "{text}");
        }
        assert_eq!(at(&calendar(&[], "UTC"), "2026-11-25T07:30:00"), expected);
        assert_eq!(at(&calendar(&["%s"], "UTC"), "1795591800"), expected);
        let day = moscow.begin("24.11.2026").unwrap().unwrap();
        assert_eq!(day.at.to_string(), "2026-11-23T21:00:00Z");
        assert!(day.past_from > now(), "today's visit without a time is still to come");
        assert_eq!(moscow.begin("0000-00-00 00:00:00"), Ok(None));
        assert_eq!(moscow.begin("скоро"), Err(Unreadable));
    }

    #[test]
    fn sex_by_codes_and_by_words() {
        let words = SexWords { male: words(&["1".to_owned()]), female: words(&["2".to_owned()]) };
        assert_eq!(
            ["1", "2", "Ж", "male", "3"].map(|text| words.read(text)),
            [Sex::Male, Sex::Female, Sex::Female, Sex::Male, Sex::Unknown]
        );
    }

    proptest! {
        #[test]
        fn no_text_panics(text in "[0-9TZ:.+ -]{0,25}") {
            let calendar = calendar(&["%d.%m.%Y %H:%M", "%s"], "Europe/Moscow");
            let _ = (calendar.born(&text, now()), calendar.begin(&text));
        }
    }
}
