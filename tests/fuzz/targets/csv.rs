//! A patients' file of any bytes: its encoding, its columns, its rows, and the people of them. The first byte says how the
//! settings read it.
#![no_main]

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::LazyLock;

use directory::{FilePeople, FileSettings, Person};
use jiff::Timestamp;
use jiff::tz::{self, TimeZone};
use libfuzzer_sys::fuzz_target;
use phone::{PhoneNumber, Region};

/// The most people of one number that are shown; beyond it not everybody is found by it.
const SHOWN: usize = 50;

static MOSCOW: LazyLock<Region> = LazyLock::new(|| Region::new("RU", Some("495")).expect("a region"));
static CALLER: LazyLock<PhoneNumber> = LazyLock::new(|| PhoneNumber::parse("+79005550101", &MOSCOW).expect("a number"));

fuzz_target!(|bytes: &[u8]| {
    let Some((how, file)) = bytes.split_first() else { return };
    let now = Timestamp::constant(1_795_000_000, 0);
    let Ok(people) = FilePeople::read(file.to_vec(), settings(*how)) else { return };
    let _ = people.faults();

    let count = people.count() as usize;
    for person in people.look_up(&CALLER, now).people {
        assert!(person.phones.contains(&CALLER), "somebody without the number");
    }
    // One question for each file: the others are other files'.
    let text = ["иванова", "900", "12-34", "а"][usize::from(how >> 4 & 3)];
    let found = people.search(text, 3, now);
    assert!(found.len() <= count.min(3));
    if let Some(person) = found.first() {
        is_found_by_number(&people, person, now);
    }
});

fn settings(how: u8) -> FileSettings {
    let columns = match how & 3 {
        0 => BTreeMap::new(),
        1 => BTreeMap::from([("phones".to_owned(), "Номер".to_owned())]),
        2 => BTreeMap::from([("full_name".to_owned(), "n".to_owned()), ("phones".to_owned(), "p".to_owned())]),
        _ => BTreeMap::from([("no_such".to_owned(), "x".to_owned())]),
    };
    FileSettings {
        path: PathBuf::new(),
        columns,
        region: MOSCOW.clone(),
        time_zone: TimeZone::fixed(tz::offset(3)),
        open_url: (how & 4 > 0).then(|| "https://mis.example/{id}?chart={chart}".to_owned()),
    }
}

fn is_found_by_number(people: &FilePeople, person: &Person, now: Timestamp) {
    assert!(!person.full_name.is_empty() && !person.id.is_empty(), "somebody without name or id");
    if let Some(number) = person.phones.first() {
        let on_number = people.look_up(number, now).people;
        let is_there = on_number.iter().any(|other| other.id == person.id);
        assert!(is_there || on_number.len() >= SHOWN, "somebody who is not found by their own number");
    }
}
