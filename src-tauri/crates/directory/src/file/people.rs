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
