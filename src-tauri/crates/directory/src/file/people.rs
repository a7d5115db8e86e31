//! The people of one file's bytes, read once and held: what a [`super::FileDirectory`] does with a file, without a path,
//! a clock or a thread that waits.

use jiff::Timestamp;
use phone::PhoneNumber;

use super::days::Calendar;
use super::roll::Roll;
use super::{FileSettings, shelf};
use crate::people::Person;
use crate::source::{Answer, DirectoryError};

/// So many sentences are told about rows.
const TOLD: usize = 50;

/// Everybody of a file's bytes.
#[derive(Debug)]
pub struct FilePeople {
    roll: Roll,
    settings: FileSettings,
    calendar: Calendar,
}

impl FilePeople {
    /// Reads the bytes as a patients' file, whatever its encoding; the settings' path is not looked at.
    ///
    /// # Errors
    /// What a file of these bytes is refused for.
    pub fn read(bytes: Vec<u8>, settings: FileSettings) -> Result<FilePeople, DirectoryError> {
        let calendar = Calendar { zone: settings.time_zone.clone(), relative: false };
        let roll = shelf::of_bytes(bytes, &settings, &calendar, Timestamp::UNIX_EPOCH)
            .map_err(|error| DirectoryError::Unavailable { why: error.to_string() })?;
        Ok(FilePeople { roll, settings, calendar })
    }

    /// How many people there are.
    pub fn count(&self) -> u32 {
        self.roll.people
    }

    /// Everybody on a number, in reading order.
    pub fn look_up(&self, number: &PhoneNumber, now: Timestamp) -> Answer {
        self.roll.look_up(number, &self.settings, &self.calendar, now)
    }

    /// At most `limit` people: by words of the name or chart, and by digits of a number.
    pub fn search(&self, text: &str, limit: usize, now: Timestamp) -> Vec<Person> {
        self.roll.search(text, limit, &self.settings, &self.calendar, now)
    }

    /// What is wrong with the file, a Russian sentence each.
    pub fn faults(&self) -> Vec<String> {
        self.roll.faults.iter().flat_map(|faults| faults.sentences(TOLD)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::tz::TimeZone;
    use phone::Region;
    use std::collections::BTreeMap;

    fn settings() -> FileSettings {
        FileSettings {
            path: "/nowhere".into(),
            columns: BTreeMap::new(),
            region: Region::default(),
            time_zone: TimeZone::UTC,
            open_url: None,
        }
    }

    #[test]
    fn bytes_are_read_as_a_file_is() {
        let csv = "ФИО;Телефон\nИванова Мария;8 900 555-01-01\nПетров Пётр;нет\n";
        let people = FilePeople::read(csv.into(), settings()).expect("a file");
        let number = PhoneNumber::parse("+79005550101", &Region::default()).expect("a number");
        let found = people.look_up(&number, Timestamp::UNIX_EPOCH);
        assert_eq!(found.people.iter().map(|person| person.full_name.as_str()).collect::<Vec<_>>(), ["Иванова Мария"]);
        assert_eq!(people.search("ива", 5, Timestamp::UNIX_EPOCH).len(), 1);
        assert_eq!((people.count(), people.faults().len()), (1, 1), "{:?}", people.faults());
        let error = FilePeople::read(b"PK\x03\x04".into(), settings()).expect_err("a workbook").to_string();
        assert!(error.contains("книга Excel"), "{error}");
    }
}
