//! A person of the clinic's records, as every kind of directory returns one. Absent knowledge is `None`, never a
//! made-up value; texts are the record's own, markup and all, and are never interpreted.

use std::fmt;

use jiff::Timestamp;
use jiff::civil::Date;
use phone::PhoneNumber;

/// A patient or another person of the clinic's records. `Debug` shows the id only, so that nobody's name or health
/// reaches a log by accident.
#[derive(Clone, PartialEq)]
pub struct Person {
    /// The record's id; where the records have none, a hash of name, birth date and chart.
    pub id: String,
    /// The whole name, family name first.
    pub full_name: String,
    /// Имя.
    pub given_name: Option<String>,
    /// Отчество.
    pub patronymic: Option<String>,
    /// Фамилия.
    pub family_name: Option<String>,
    /// Date of birth.
    pub born: Option<Date>,
    /// As recorded.
    pub sex: Sex,
    /// The number of the paper or electronic chart.
    pub chart: Option<String>,
    /// Every number of the record, in the record's order, without repeats.
    pub phones: Vec<PhoneNumber>,
    /// Who this person is to the number's owner ("мать", "сын").
    pub relation: Option<String>,
    /// What to know before speaking, in the order of [`AlertKind`].
    pub alerts: Vec<Alert>,
    /// What is owed; `None` when nothing is.
    pub debt: Option<Debt>,
    /// The attending doctor.
    pub doctor: Option<String>,
    /// The latest visit that has begun.
    pub last_visit: Option<Visit>,
    /// The nearest visit that has not.
    pub next_visit: Option<Visit>,
    /// Free text of the record.
    pub note: Option<String>,
    /// Where the person's chart opens, as an address for the browser or the system.
    pub open_url: Option<String>,
    /// What could not be fetched just now, readable: `визиты`. Empty when everything that was asked for came.
    pub gaps: Vec<String>,
}

impl Person {
    /// A person of whom only id and name are known.
    #[must_use]
    pub fn new(id: impl Into<String>, full_name: impl Into<String>) -> Person {
        Person {
            id: id.into(),
            full_name: full_name.into(),
            given_name: None,
            patronymic: None,
            family_name: None,
            born: None,
            sex: Sex::Unknown,
            chart: None,
            phones: Vec::new(),
            relation: None,
            alerts: Vec::new(),
            debt: None,
            doctor: None,
            last_visit: None,
            next_visit: None,
            note: None,
            open_url: None,
            gaps: Vec::new(),
        }
    }
}

impl fmt::Debug for Person {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Person").field("id", &self.id).finish_non_exhaustive()
    }
}

/// Sex as recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Sex {
    /// М.
    Male,
    /// Ж.
    Female,
    /// Not recorded.
    Unknown,
}

/// Something to know before speaking.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alert {
    /// What it is about.
    pub kind: AlertKind,
    /// In the record's words.
    pub text: String,
}

/// What an alert is about; ordered as a card reads them, the gravest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AlertKind {
    /// Аллергия.
    Allergy,
    /// Был конфликт.
    Conflict,
    /// Долг.
    Debt,
    /// Особый гость.
    Vip,
    /// Anything else.
    Note,
}

/// What a person owes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Debt {
    /// A positive plain decimal with a dot and at least two places: `2400.00`.
    pub amount: String,
    /// ISO 4217: `RUB`.
    pub currency: String,
}

/// A visit to the clinic.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Visit {
    /// The visit's id in the medical information system, where it has one.
    pub id: Option<String>,
    /// When it begins. A visit recorded without a time begins with its day in the clinic's time zone.
    pub at: Timestamp,
    /// Who sees the patient.
    pub doctor: Option<String>,
    /// What is done.
    pub service: Option<String>,
    /// Where: branch, room.
    pub place: Option<String>,
    /// Whether the patient confirmed it; `None` when nobody asked.
    pub confirmed: Option<bool>,
}

/// Whole years between a birth date and a day; 0 for somebody born later than that day.
///
/// Somebody born on 29 February turns a year older on 1 March of a common year.
pub fn age(born: Date, today: Date) -> u32 {
    let had_birthday = (today.month(), today.day()) >= (born.month(), born.day());
    let years = i32::from(today.year()) - i32::from(born.year()) - i32::from(!had_birthday);
    u32::try_from(years).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn age_changes_on_the_birthday() {
        assert_eq!(age(date(1991, 11, 24), date(2026, 11, 23)), 34);
        assert_eq!(age(date(1991, 11, 24), date(2026, 11, 24)), 35);
    }

    #[test]
    fn a_leap_day_birthday_is_kept_on_the_first_of_march() {
        assert_eq!(age(date(2000, 2, 29), date(2026, 2, 28)), 25);
        assert_eq!(age(date(2000, 2, 29), date(2026, 3, 1)), 26);
    }

    #[test]
    fn nobody_has_a_negative_age() {
        assert_eq!(age(date(2030, 1, 1), date(2026, 1, 1)), 0);
        assert_eq!(age(date(2026, 1, 1), date(2026, 1, 1)), 0);
    }
}
