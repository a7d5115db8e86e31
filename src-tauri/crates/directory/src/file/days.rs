//! Days and times of a file: dates as people and databases write them, and visits in the clinic's time zone.

use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};

use super::values::{Cell, Unreadable, is_nothing};
use crate::people::Visit;

/// How days of the file become moments.
#[derive(Debug, Clone)]
pub(super) struct Calendar {
    /// The clinic's.
    pub(super) zone: TimeZone,
    /// Understand `today+1 10:30` and `35y 03-14`: only the shipped invented patients have such.
    pub(super) relative: bool,
}

/// A visit of the file, and the first moment at which it is no longer to come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct DatedVisit {
    pub(super) visit: Visit,
    /// The visit's own time; for a visit without one the end of its day.
    pub(super) past_from: Timestamp,
}

impl Calendar {
    /// The day in the clinic.
    pub(super) fn today(&self, now: Timestamp) -> Date {
        self.zone.to_datetime(now).date()
    }

    /// `1991-01-31`, `31.01.1991`, `31/01/1991`, with or without a time after it.
    pub(super) fn born(&self, text: &str, now: Timestamp) -> Cell<Date> {
        let text = text.trim();
        if is_nothing(text) {
            return Ok(None);
        }
        if let Some((years, day)) = text.split_once("y ").filter(|_| self.relative) {
            return self.birthday(years, day, now).map(Some).ok_or(Unreadable);
        }
        let (day, _) = split_day(text);
        let born = date(day)?;
        match born {
            Some(born) if born.year() < 1850 => Err(Unreadable),
            born => Ok(born),
        }
    }

    /// `35y 03-14`: somebody who is 35 on any day, born on 14 March.
    fn birthday(&self, years: &str, day: &str, now: Timestamp) -> Option<Date> {
        let (month, day) = day.split_once('-')?;
        let today = self.today(now);
        let years: i16 = years.parse().ok()?;
        let day = Date::new(today.year().checked_sub(years)?, month.parse().ok()?, day.parse().ok()?).ok()?;
        if (day.month(), day.day()) <= (today.month(), today.day()) {
            return Some(day);
        }
        day.checked_sub(1.year()).ok()
    }

    /// `2026-11-30 10:30` in the clinic's time zone (or RFC 3339 with an offset), then, each after a `;` or `|` and
    /// each optional: doctor, service, place: `30.11.2026 10:30; Петров, терапевт; УЗИ; каб. 12`.
    pub(super) fn visit(&self, text: &str, now: Timestamp) -> Cell<DatedVisit> {
        let mut parts = text.split([';', '|']).map(str::trim);
        let when = parts.next().unwrap_or_default();
        if is_nothing(when) {
            return Ok(None);
        }
        let Some((at, past_from)) = self.moment(when, now)? else {
            return Ok(None);
        };
        let mut part = || parts.next().filter(|text| !is_nothing(text)).map(super::card::text);
        let visit = Visit { id: None, at, doctor: part(), service: part(), place: part(), confirmed: None };
        Ok(Some(DatedVisit { visit, past_from }))
    }

    fn moment(&self, text: &str, now: Timestamp) -> Cell<(Timestamp, Timestamp)> {
        if let Ok(at) = text.parse::<Timestamp>() {
            return Ok(Some((at, at)));
        }
        let (day, clock) = split_day(text);
        let relative = day.strip_prefix("today").filter(|_| self.relative);
        let day = match relative {
            Some("") => self.today(now),
            Some(shift) => {
                let days: i64 = shift.parse().map_err(|_| Unreadable)?;
                if days.abs() > 36_500 {
                    return Err(Unreadable);
                }
                self.today(now).checked_add(days.days()).map_err(|_| Unreadable)?
            }
            None => match date(day)? {
                Some(day) => day,
                None => return Ok(None),
            },
        };
        let at = |day: Date, clock: Time| {
            let moment = self.zone.to_timestamp(day.to_datetime(clock));
            moment.map_err(|_| Unreadable)
        };
        match clock {
            Some(clock) => {
                let begins = at(day, time(clock).ok_or(Unreadable)?)?;
                Ok(Some((begins, begins)))
            }
            None => {
                let after = day.tomorrow().map_err(|_| Unreadable)?;
                Ok(Some((at(day, Time::midnight())?, at(after, Time::midnight())?)))
            }
        }
    }
}

/// The day, and what stands after a space or a `T`.
fn split_day(text: &str) -> (&str, Option<&str>) {
    let by_space = text.split_once(char::is_whitespace);
    let by_letter = || text.split_once('T').filter(|(day, _)| day.len() == 10);
    match by_space.or_else(by_letter) {
        Some((day, clock)) => (day.trim_end_matches(','), Some(clock.trim()).filter(|clock| !clock.is_empty())),
        None => (text, None),
    }
}

/// `None` for the dates that mean "no date" in databases.
fn date(text: &str) -> Cell<Date> {
    if is_nothing(text) {
        return Ok(None);
    }
    let numbers = |separator: char| {
        let mut parts = text.split(separator);
        match (parts.next(), parts.next(), parts.next(), parts.next()) {
            (Some(first), Some(second), Some(third), None) => Some([first, second, third]),
            _ => None,
        }
    };
    let [year, month, day] = numbers('-')
        .or_else(|| numbers('.').map(|[day, month, year]| [year, month, day]))
        .or_else(|| numbers('/').map(|[day, month, year]| [year, month, day]))
        .ok_or(Unreadable)?;
    let digits = |text: &str, most: usize| {
        (!text.is_empty() && text.len() <= most && text.bytes().all(|byte| byte.is_ascii_digit()))
            .then(|| text.parse::<i16>().ok())
            .flatten()
    };
    if year.len() != 4 {
        return Err(Unreadable);
    }
    match (digits(year, 4), digits(month, 2), digits(day, 2)) {
        (Some(0 | 1), Some(_), Some(_)) => Ok(None),
        (Some(year), Some(month), Some(day)) => {
            let month = i8::try_from(month).map_err(|_| Unreadable)?;
            let day = i8::try_from(day).map_err(|_| Unreadable)?;
            Date::new(year, month, day).map(Some).map_err(|_| Unreadable)
        }
        _ => Err(Unreadable),
    }
}

/// `10:30`, `9:05:00`, `09:05:00.000`.
fn time(text: &str) -> Option<Time> {
    let mut parts = text.split(':');
    let mut number = |missing: Option<i8>| match parts.next() {
        Some(part) => part.split('.').next()?.parse::<i8>().ok().filter(|_| !part.starts_with(['+', '-'])),
        None => missing,
    };
    let (hour, minute, second) = (number(None)?, number(None)?, number(Some(0))?);
    if parts.next().is_some() {
        return None;
    }
    Time::new(hour, minute, second, 0).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date as day;
    use proptest::prelude::*;

    fn moscow(relative: bool) -> Calendar {
        Calendar { zone: TimeZone::get("Europe/Moscow").unwrap(), relative }
    }

    fn now() -> Timestamp {
        "2026-11-24T09:00:00Z".parse().unwrap()
    }

    #[test]
    fn birth_dates_as_people_and_databases_write_them() {
        let born = |text| moscow(false).born(text, now());
        for text in
            ["1991-01-31", "31.01.1991", " 31/01/1991 ", "31.1.1991", "1991-01-31 00:00:00", "1991-01-31T00:00:00"]
        {
            assert_eq!(born(text), Ok(Some(day(1991, 1, 31))), "{text}");
        }
        for text in
            ["", " ", "0000-00-00", "0001-01-01", "0000-00-00 00:00:00", "01.01.0001 0:00:00", "-", "NULL", "нет"]
        {
            assert_eq!(born(text), Ok(None), "{text}");
        }
        for text in [
            "31.01.91",
            "1991-02-30",
            "1991-31-01",
            "1785-01-01",
            "вчера",
            "1991",
            "35y 03-14",
            "+991-01-01",
            "1991-١-01",
        ] {
            assert_eq!(born(text), Err(Unreadable), "{text}");
        }
    }

    #[test]
    fn invented_people_keep_their_age() {
        let born = |text| moscow(true).born(text, now());
        assert_eq!(born("35y 03-14"), Ok(Some(day(1991, 3, 14))));
        assert_eq!(born("35y 11-24"), Ok(Some(day(1991, 11, 24))));
        assert_eq!(born("35y 11-25"), Ok(Some(day(1990, 11, 25))));
    }

    #[test]
    fn visits_are_in_the_clinics_time_zone() {
        let visit = |text| moscow(false).visit(text, now());
        for text in [
            "2026-11-30 10:30",
            "30.11.2026 10:30",
            "2026-11-30T10:30:00",
            "30.11.2026, 10:30:00",
            "2026-11-30T07:30:00Z",
        ] {
            let found = visit(text).unwrap().unwrap();
            assert_eq!(found.visit.at.to_string(), "2026-11-30T07:30:00Z", "{text}");
            assert_eq!((found.visit.doctor, found.past_from), (None, found.visit.at));
        }
        let day_only = visit("30.11.2026").unwrap().unwrap();
        assert_eq!(day_only.visit.at.to_string(), "2026-11-29T21:00:00Z");
        assert_eq!(day_only.past_from.to_string(), "2026-11-30T21:00:00Z");
        assert_eq!(visit("0000-00-00 00:00:00"), Ok(None));
        for text in ["скоро", "2026-11-30 25:00", "2026-11-30 10", "today+1 10:30", "2026-11-30 10:30:00:00"] {
            assert_eq!(visit(text), Err(Unreadable), "{text}");
        }
    }

    #[test]
    fn doctor_service_and_place_stand_after_the_time() {
        let visit = |text| moscow(false).visit(text, now()).unwrap().unwrap().visit;
        let whole = visit("2026-11-30 10:30; Петров, терапевт; УЗИ; каб. 12");
        assert_eq!(whole.doctor.as_deref(), Some("Петров, терапевт"));
        assert_eq!(whole.service.as_deref(), Some("УЗИ"));
        assert_eq!(whole.place.as_deref(), Some("каб. 12"));
        let bare = visit("2026-11-30 10:30|-|<b>УЗИ</b>");
        assert_eq!((bare.doctor, bare.service.as_deref()), (None, Some("<b>УЗИ</b>")));
    }

    proptest! {
        #[test]
        fn no_cell_panics(text in "[0-9a-zтуYT+.,:;| -]{0,24}") {
            for calendar in [moscow(false), moscow(true)] {
                let _ = calendar.born(&text, now());
                let _ = calendar.visit(&text, now());
            }
        }
    }
}
