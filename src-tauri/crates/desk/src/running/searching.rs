//! Searching people: what is asked, and what comes back.

use directory::Person;
use jiff::Timestamp;
use serde_json::json;

use super::Running;
use super::requests::error;
use crate::happening::{Asked, Happening};
use crate::view;

/// People in one answer to a search.
const MOST_PEOPLE: usize = 50;

impl Running {
    pub(super) fn search_people(&self, asked: Asked, text: String, now: Timestamp) {
        let directory = self.directory.clone();
        let back = self.happenings.clone();
        self.tasks.spawn(async move {
            let people = directory.search(&text, MOST_PEOPLE, now).await.map_err(|error| error.to_string());
            let _ = back.send(Happening::Found { asked, people }).await;
        });
    }

    pub(super) fn found(&mut self, asked: &Asked, people: Result<Vec<Person>, String>, now: Timestamp) {
        let today = now.to_zoned_datetime(self.time_zone.clone()).date();
        let result = match people {
            Ok(people) => {
                // One of them may be said to have the caller's number.
                self.found_people = people.iter().map(|person| (person.id.clone(), person.clone())).collect();
                let people: Vec<wire::Person> = people.iter().map(|person| view::person(person, today)).collect();
                Ok(json!({ "people": people }))
            }
            Err(why) => Err(error(wire::ErrorCode::DirectoryDown, &why)),
        };
        self.answer(asked, result);
    }
}
