//! Invented people for a clinic that is shown around: families on one number, phones as people type them, and everything
//! that may be missing.

use jiff::ToSpan;
use jiff::civil::DateTime;
use serde_json::json;

use super::clinic::{Clinic, Patient, Visit};

/// A clinic at this moment with everybody in it, visits around today.
pub fn invented(now: DateTime) -> Clinic {
    let mut clinic = Clinic::new(now);
    let today = now.date();
    let at = |days: i64, hour: i8, minute: i8| (today + days.days()).at(hour, minute, 0, 0);
    let card = json!({ "debt": 2400, "allergy": ["пенициллин"], "vip": false, "note": "звонить после 18" });
    let somebody = |id: i64, name: [&str; 3], born: &str, sex: i64, phone: &str, chart: &str| Patient {
        id: Some(id),
        name: name.map(str::to_owned),
        born: Some(format!("{born} 00:00:00")),
        sex: Some(sex),
        phone: Some(phone.to_owned()),
        contacts: Vec::new(),
        chart: (!chart.is_empty()).then(|| chart.to_owned()),
        card: json!({ "debt": 0, "allergy": [], "vip": false, "note": null }),
    };

    let mother = clinic.add(Patient {
        contacts: vec![(2, "8 (900) 555-01-01 доб. 2".to_owned()), (3, "maria@mis.example".to_owned())],
        card,
        ..somebody(18, ["ИВАНОВА", "Мария", "Петровна"], "1991-01-01", 2, "8 (900) 555-01-01 доб. 2", "1234/11")
    });
    let son = clinic.add(somebody(17, ["ИВАНОВ", "Иван", "Петрович"], "2018-05-01", 1, "+7 900 555-01-01", "1234/12"));
    let two_numbers = "+7 901 555-02-02, 8-495-555-03-03";
    let petrov = clinic.add(somebody(19, ["ПЕТРОВ", "Пётр", "Петрович"], "1960-02-29", 1, two_numbers, "77/8"));
    let german = clinic.add(somebody(20, ["ШМИДТ", "Клара", ""], "1985-12-31", 2, "+49 30 123456", "DE-1"));
    let plain =
        clinic.add(somebody(21, ["СИДОРОВА", "Алёна", "Игоревна"], "2001-07-07", 2, "8 (912) 555-04-04", "0042"));
    let markup = clinic.add(Patient {
        id: Some(22),
        name: ["<b>Ёлкин</b>", "О'Коннор & Ко", ""].map(str::to_owned),
        born: Some("0000-00-00 00:00:00".to_owned()),
        phone: Some("+7 499 555-05-05".to_owned()),
        ..Patient::default()
    });
    let family = "мама 89005550606, папа 8(901)555-07-07";
    let child = clinic.add(somebody(23, ["ЗВЁЗДНАЯ", "Ева", "Олеговна"], "2020-02-02", 3, family, "55/20"));
    let without_id = clinic
        .add(Patient {
            id: None, ..somebody(0, ["БЕЗНОМЕРНЫЙ", "Глеб", ""], "1970-03-03", 1, "9005550808", "")
        });
    let unreadable = clinic.add(somebody(24, ["ПУСТОВ", "Лев", "Ильич"], "1955-05-05", 1, "+7999888--66", "9/9"));

    for (patient, moment) in [
        (son, at(-20, 9, 0)),
        (mother, at(-25, 12, 0)),
        (mother, at(-10, 15, 30)),
        (mother, at(2, 10, 30)),
        (petrov, at(-5, 9, 0)),
        (petrov, at(0, 9, 30)),
        (german, at(5, 11, 0)),
        (plain, at(-1, 9, 0)),
        (plain, at(0, 10, 0)),
        (markup, at(-2, 9, 0)),
        (markup, at(0, 9, 0)),
        (child, at(1, 9, 0)),
        (without_id, at(0, 12, 30)),
        (unreadable, at(0, 10, 30)),
    ] {
        clinic.book(patient, moment);
    }
    clinic.visits.push(room(petrov, at(0, 15, 0)));
    let cancelled = clinic.book(mother, at(1, 10, 0));
    if let Some(visit) = clinic.visit(cancelled) {
        visit.cancelled = true;
    }
    clinic
}

/// A referral to a room, without an id.
fn room(patient: usize, at: DateTime) -> Visit {
    Visit { id: None, patient, doctor: 1, list: 2, at, minutes: 30, cancelled: false, confirmed: None }
}
