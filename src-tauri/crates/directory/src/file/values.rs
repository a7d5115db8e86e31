//! What people write into one cell: dates, visits, sums, yes and no. Each reads as a value, as nothing, or as
//! something that is neither and gets reported.

use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};

use crate::people::{Debt, Sex, Visit};

/// The cell holds something that cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Unreadable;

type Cell<T> = Result<Option<T>, Unreadable>;

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

/// Cells in which people say that there is nothing.
fn is_nothing(text: &str) -> bool {
    matches!(
        text,
        "" | "-" | "—" | "–" | "0000-00-00" | "0001-01-01" | "00.00.0000" | "01.01.0001"
    ) || matches!(
        text.to_lowercase().as_str(),
        "нет" | "no" | "null" | "none" | "n/a" | "н/д"
    )
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
        let day = Date::new(
            today.year().checked_sub(years)?,
            month.parse().ok()?,
            day.parse().ok()?,
        )
        .ok()?;
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
        let mut part = || {
            parts
                .next()
                .filter(|text| !is_nothing(text))
                .map(super::card::text)
        };
        let visit = Visit {
            id: None,
            at,
            doctor: part(),
            service: part(),
            place: part(),
            confirmed: None,
        };
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
                self.today(now)
                    .checked_add(days.days())
                    .map_err(|_| Unreadable)?
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
                Ok(Some((
                    at(day, Time::midnight())?,
                    at(after, Time::midnight())?,
                )))
            }
        }
    }
}

/// The day, and what stands after a space or a `T`.
fn split_day(text: &str) -> (&str, Option<&str>) {
    let by_space = text.split_once(char::is_whitespace);
    let by_letter = || text.split_once('T').filter(|(day, _)| day.len() == 10);
    match by_space.or_else(by_letter) {
        Some((day, clock)) => (
            day.trim_end_matches(','),
            Some(clock.trim()).filter(|clock| !clock.is_empty()),
        ),
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
            Date::new(year, month, day)
                .map(Some)
                .map_err(|_| Unreadable)
        }
        _ => Err(Unreadable),
    }
}

/// `10:30`, `9:05:00`, `09:05:00.000`.
fn time(text: &str) -> Option<Time> {
    let mut parts = text.split(':');
    let mut number = |missing: Option<i8>| match parts.next() {
        Some(part) => part
            .split('.')
            .next()?
            .parse::<i8>()
            .ok()
            .filter(|_| !part.starts_with(['+', '-'])),
        None => missing,
    };
    let (hour, minute, second) = (number(None)?, number(None)?, number(Some(0))?);
    if parts.next().is_some() {
        return None;
    }
    Time::new(hour, minute, second, 0).ok()
}

/// `м`, `Ж`, `муж.`, `female`…
pub(super) fn sex(text: &str) -> Result<Sex, Unreadable> {
    let word = super::fold::letters(text);
    match word.as_str() {
        "м" | "m" | "муж" | "мужской" | "мужчина" | "male" | "man" => {
            Ok(Sex::Male)
        }
        "ж" | "f" | "жен" | "женский" | "женщина" | "female" | "woman" => {
            Ok(Sex::Female)
        }
        "" | "unknown" | "u" | "неизвестно" | "неизвестен" | "неуказан" | "н" | "нет" => {
            Ok(Sex::Unknown)
        }
        _ => Err(Unreadable),
    }
}

/// A cell that says yes, no, or something in words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Flag<'t> {
    No,
    Yes,
    Says(&'t str),
}

/// `да`, `yes`, `1`, `+` and the like; anything else but a no is a text of its own.
pub(super) fn flag(text: &str) -> Flag<'_> {
    let text = text.trim();
    if is_nothing(text) {
        return Flag::No;
    }
    match text.to_lowercase().as_str() {
        "0" | "false" | "ложь" | "f" | "n" | "н" => Flag::No,
        "1" | "true" | "истина" | "yes" | "y" | "да" | "д" | "+" | "есть" | "x" | "х" | "v"
        | "✓" => Flag::Yes,
        _ => Flag::Says(text),
    }
}

/// `2 400`, `2400,50`, `2 400 ₽`, `2.400,50 руб.` → `2400.50`; zero is no debt. A sum that can be read two ways
/// (`2,400`) or is below zero is not read.
pub(super) fn debt(text: &str) -> Cell<Debt> {
    let text = text.trim();
    if is_nothing(text) {
        return Ok(None);
    }
    let lower = text.to_lowercase();
    let unit = lower
        .trim_start_matches(|letter: char| letter.is_ascii_digit() || is_in_sum(letter))
        .trim();
    let (number, currency) = match unit {
        "" => (lower.as_str(), "RUB"),
        unit => (
            lower.get(..lower.len() - unit.len()).ok_or(Unreadable)?,
            currency(unit).ok_or(Unreadable)?,
        ),
    };
    let number: String = number
        .chars()
        .filter(|letter| !letter.is_whitespace() && *letter != '\'')
        .collect();
    let (whole, cents) = split_sum(&number)?;
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || whole.len() > 15 || !digits(&whole) || !digits(cents) {
        return Err(Unreadable);
    }
    let whole = whole.trim_start_matches('0');
    let cents = cents.trim_end_matches('0');
    if whole.is_empty() && cents.is_empty() {
        return Ok(None);
    }
    let whole = if whole.is_empty() { "0" } else { whole };
    Ok(Some(Debt {
        amount: format!("{whole}.{cents:0<2}"),
        currency: currency.to_owned(),
    }))
}

fn is_in_sum(letter: char) -> bool {
    letter.is_whitespace() || matches!(letter, '.' | ',' | '\'')
}

fn currency(unit: &str) -> Option<&'static str> {
    match unit.trim_end_matches('.') {
        "₽" | "р" | "руб" | "рублей" | "рубля" | "рубль" | "rub" | "rur" => {
            Some("RUB")
        }
        "₸" | "тг" | "тенге" | "kzt" => Some("KZT"),
        "byn" => Some("BYN"),
        "€" | "евро" | "eur" => Some("EUR"),
        "$" | "usd" => Some("USD"),
        _ => None,
    }
}

/// The whole part and the digits after its separator, spaces already gone.
fn split_sum(number: &str) -> Result<(String, &str), Unreadable> {
    let Some(last) = number.rfind(['.', ',']) else {
        return Ok((number.to_owned(), ""));
    };
    let (whole, cents) = (&number[..last], &number[last + 1..]);
    let mark = number.get(last..=last).unwrap_or_default();
    let groups: Vec<&str> = whole.split(['.', ',']).collect();
    let grouped = groups.len() > 1
        && groups.iter().skip(1).all(|group| group.len() == 3)
        && groups
            .first()
            .is_some_and(|group| (1..=3).contains(&group.len()));
    if groups.len() > 1 && !grouped {
        return Err(Unreadable);
    }
    match cents.len() {
        3 if grouped && whole.contains(mark) => Ok((groups.concat() + cents, "")),
        3 if !grouped && whole.len() <= 3 && whole != "0" => Err(Unreadable),
        1..=4 if !whole.contains(mark) => Ok((groups.concat(), cents)),
        _ => Err(Unreadable),
    }
}

/// `2400.50` → `2 400,50 ₽`.
pub(super) fn spoken(debt: &Debt) -> String {
    let (whole, cents) = debt.amount.split_once('.').unwrap_or((&debt.amount, ""));
    let mut spoken = String::new();
    for (index, digit) in whole.chars().enumerate() {
        if index > 0 && (whole.len() - index).is_multiple_of(3) {
            spoken.push(' ');
        }
        spoken.push(digit);
    }
    if cents.bytes().any(|byte| byte != b'0') {
        spoken.push(',');
        spoken.push_str(cents);
    }
    let sign = match debt.currency.as_str() {
        "RUB" => "₽",
        "KZT" => "₸",
        "EUR" => "€",
        "USD" => "$",
        other => other,
    };
    format!("{spoken} {sign}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date as day;
    use proptest::prelude::*;

    fn moscow(relative: bool) -> Calendar {
        Calendar {
            zone: TimeZone::get("Europe/Moscow").unwrap(),
            relative,
        }
    }

    fn now() -> Timestamp {
        "2026-11-24T09:00:00Z".parse().unwrap()
    }

    fn amount(text: &str) -> Cell<String> {
        debt(text).map(|debt| debt.map(|debt| format!("{} {}", debt.amount, debt.currency)))
    }

    #[test]
    fn birth_dates_as_people_and_databases_write_them() {
        let born = |text| moscow(false).born(text, now());
        for text in [
            "1991-01-31",
            "31.01.1991",
            " 31/01/1991 ",
            "31.1.1991",
            "1991-01-31 00:00:00",
            "1991-01-31T00:00:00",
        ] {
            assert_eq!(born(text), Ok(Some(day(1991, 1, 31))), "{text}");
        }
        for text in [
            "",
            " ",
            "0000-00-00",
            "0001-01-01",
            "0000-00-00 00:00:00",
            "01.01.0001 0:00:00",
            "-",
            "NULL",
            "нет",
        ] {
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
            assert_eq!(
                (found.visit.doctor, found.past_from),
                (None, found.visit.at)
            );
        }
        let day_only = visit("30.11.2026").unwrap().unwrap();
        assert_eq!(day_only.visit.at.to_string(), "2026-11-29T21:00:00Z");
        assert_eq!(day_only.past_from.to_string(), "2026-11-30T21:00:00Z");
        assert_eq!(visit("0000-00-00 00:00:00"), Ok(None));
        for text in [
            "скоро",
            "2026-11-30 25:00",
            "2026-11-30 10",
            "today+1 10:30",
            "2026-11-30 10:30:00:00",
        ] {
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
        assert_eq!(
            (bare.doctor, bare.service.as_deref()),
            (None, Some("<b>УЗИ</b>"))
        );
    }

    #[test]
    fn sums_become_plain_decimals() {
        let cases = [
            ("2 400", "2400.00 RUB"),
            ("2\u{a0}400\u{202f}₽", "2400.00 RUB"),
            ("2400,50", "2400.50 RUB"),
            ("2400.5", "2400.50 RUB"),
            ("2 400 руб.", "2400.00 RUB"),
            ("1.234.567,80", "1234567.80 RUB"),
            ("1,234,567", "1234567.00 RUB"),
            ("0,5", "0.50 RUB"),
            ("100 €", "100.00 EUR"),
            ("007", "7.00 RUB"),
        ];
        for (text, expected) in cases {
            assert_eq!(amount(text), Ok(Some(expected.to_owned())), "{text}");
        }
        for text in ["", "0", "0,00", "0.000 ₽", "-", "нет"] {
            assert_eq!(amount(text), Ok(None), "{text}");
        }
        for text in [
            "много",
            "-2400",
            "2,400",
            "1.2.3",
            "1,2,345",
            "2400 попугаев",
            "₽",
            ".",
            "1e3",
            "12345678901234567890",
        ] {
            assert_eq!(amount(text), Err(Unreadable), "{text}");
        }
    }

    #[test]
    fn sums_are_spoken_as_on_a_receipt() {
        let spoken = |text: &str| super::spoken(&debt(text).unwrap().unwrap());
        assert_eq!(spoken("2400"), "2 400 ₽");
        assert_eq!(spoken("2400,5"), "2 400,50 ₽");
        assert_eq!(spoken("1234567 kzt"), "1 234 567 ₸");
        assert_eq!(spoken("400"), "400 ₽");
    }

    #[test]
    fn yes_no_and_words() {
        assert_eq!(["да", "YES", "1", "+", "Истина"].map(flag), [Flag::Yes; 5]);
        assert_eq!(["", "нет", "0", "-", "FALSE"].map(flag), [Flag::No; 5]);
        assert_eq!(flag(" жена главврача "), Flag::Says("жена главврача"));
        assert_eq!(
            (sex("Ж"), sex("муж."), sex(""), sex("3")),
            (
                Ok(Sex::Female),
                Ok(Sex::Male),
                Ok(Sex::Unknown),
                Err(Unreadable)
            )
        );
    }

    proptest! {
        #[test]
        fn no_cell_panics(text in "[0-9a-zтуĞ₽Y+.,:;|T '\u{a0}-]{0,24}") {
            for calendar in [moscow(false), moscow(true)] {
                let _ = calendar.born(&text, now());
                let _ = calendar.visit(&text, now());
            }
            let _ = (sex(&text), flag(&text));
            if let Ok(Some(debt)) = debt(&text) {
                prop_assert!(debt.amount.parse::<f64>().unwrap() > 0.0);
                let _ = super::spoken(&debt);
            }
        }
    }
}
