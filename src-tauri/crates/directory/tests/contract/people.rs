//! The invented people that every kind of directory is asked about.

use directory::Sex;
use jiff::civil::{Date, DateTime, Time, date, time};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use phone::{PhoneNumber, Region};

/// The address of a chart in every clinic's settings.
pub(crate) const OPEN_URL: &str = "https://mis.example/card/{id}";

/// The moment of every question, for a clinic that can be told the time: 12:00 in Moscow.
pub(crate) fn noon() -> Timestamp {
    "2026-11-24T09:00:00Z".parse().unwrap()
}

/// The clinics' time zone.
pub(crate) fn moscow() -> TimeZone {
    TimeZone::get("Europe/Moscow").unwrap()
}

/// The clinics' region.
pub(crate) fn region() -> Region {
    Region::new("RU", Some("495")).unwrap()
}

/// A caller's number.
pub(crate) fn number(e164: &str) -> PhoneNumber {
    PhoneNumber::parse(e164, &region()).unwrap()
}

/// One person as a system may hold them.
#[derive(Debug, Clone)]
pub(crate) struct Known {
    /// A key among [`people`]; a system with ids of its own need not keep it.
    pub(crate) id: &'static str,
    /// Фамилия, имя, отчество; the last may be empty.
    pub(crate) name: [&'static str; 3],
    pub(crate) born: Option<Date>,
    pub(crate) sex: Sex,
    /// Number of the chart; may be empty.
    pub(crate) chart: &'static str,
    /// The field for phones as somebody typed it. A system with a place for each number gets each in its own, as typed.
    pub(crate) phone: &'static str,
    /// What they are allergic to; may be empty.
    pub(crate) allergy: &'static str,
    /// Roubles, `2400.00`; may be empty.
    pub(crate) debt: &'static str,
    /// The [`Known::id`] of this person's mother, whose number stands in their record.
    pub(crate) mother: Option<&'static str>,
    pub(crate) visits: Vec<KnownVisit>,
}

/// One visit.
#[derive(Debug, Clone)]
pub(crate) struct KnownVisit {
    /// The clinic's local time; it takes 30 minutes.
    pub(crate) at: DateTime,
    pub(crate) state: State,
    /// Whom they see: family name, given name, patronymic.
    pub(crate) doctor: [&'static str; 3],
}

/// What became of a visit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum State {
    Booked,
    Done,
    Cancelled,
}

impl Known {
    /// Family name first.
    pub(crate) fn full_name(&self) -> String {
        self.name.join(" ").trim_end().to_owned()
    }
}

impl KnownVisit {
    /// The moment it begins.
    pub(crate) fn begins(&self) -> Timestamp {
        moscow().to_timestamp(self.at).unwrap()
    }
}

/// The doctor of every visit.
pub(crate) const DOCTOR: [&str; 3] = ["Докторов", "Аркадий", "Семёнович"];

/// Everybody. Days count from the clinic's day of `now`; all visits are within 30 days of it.
///
/// On one number: a mother and her son. Two numbers in one field. A number of another country. A number written with
/// 8 and brackets. A name with markup in it, without birth date or sex.
pub(crate) fn people(now: Timestamp) -> Vec<Known> {
    let today = moscow().to_datetime(now).date();
    let visit = |days: i64, at: Time, state: State| KnownVisit {
        at: (today + days.days()).to_datetime(at),
        state,
        doctor: DOCTOR,
    };
    let nobody = Known {
        id: "",
        name: [""; 3],
        born: None,
        sex: Sex::Unknown,
        chart: "",
        phone: "",
        allergy: "",
        debt: "",
        mother: None,
        visits: Vec::new(),
    };
    vec![
        Known {
            id: "17",
            name: ["ИВАНОВ", "Иван", "Петрович"],
            born: Some(date(2018, 5, 1)),
            sex: Sex::Male,
            chart: "1234/12",
            phone: "+7 900 555-01-01",
            mother: Some("18"),
            visits: vec![visit(-20, time(9, 0, 0, 0), State::Done)],
            ..nobody.clone()
        },
        Known {
            id: "18",
            name: ["ИВАНОВА", "Мария", "Петровна"],
            born: Some(date(1991, 1, 1)),
            sex: Sex::Female,
            chart: "1234/11",
            phone: "8 (900) 555-01-01 доб. 2",
            allergy: "пенициллин",
            debt: "2400.00",
            visits: vec![
                visit(-25, time(12, 0, 0, 0), State::Done),
                visit(-10, time(15, 30, 0, 0), State::Done),
                visit(-3, time(11, 0, 0, 0), State::Cancelled),
                visit(1, time(10, 0, 0, 0), State::Cancelled),
                visit(2, time(10, 30, 0, 0), State::Booked),
                visit(9, time(10, 30, 0, 0), State::Booked),
            ],
            ..nobody.clone()
        },
        Known {
            id: "19",
            name: ["ПЕТРОВ", "Пётр", "Петрович"],
            born: Some(date(1960, 2, 29)),
            sex: Sex::Male,
            chart: "77",
            phone: "+7 901 555-02-02, 8-495-555-03-03",
            visits: vec![visit(-5, time(9, 0, 0, 0), State::Done)],
            ..nobody.clone()
        },
        Known {
            id: "20",
            name: ["ШМИДТ", "Клара", ""],
            born: Some(date(1985, 12, 31)),
            sex: Sex::Female,
            chart: "DE-1",
            phone: "+49 30 123456",
            visits: vec![visit(5, time(18, 0, 0, 0), State::Booked)],
            ..nobody.clone()
        },
        Known {
            id: "21",
            name: ["СИДОРОВА", "Алёна", "Игоревна"],
            born: Some(date(2001, 7, 7)),
            sex: Sex::Female,
            chart: "0042",
            phone: "8 (912) 555-04-04",
            visits: vec![visit(-1, time(9, 0, 0, 0), State::Done)],
            ..nobody.clone()
        },
        Known {
            id: "22",
            name: ["<b>Ёлкин</b>", "О'Коннор & Ко", ""],
            phone: "+7 499 555-05-05",
            visits: vec![visit(-2, time(9, 0, 0, 0), State::Done)],
            ..nobody
        },
    ]
}
