//! Searching people and past calls: what is asked, and what comes back.

use std::sync::PoisonError;

use directory::Person;
use jiff::Timestamp;
use phone::{PhoneNumber, Region};
use serde_json::{Value, json};

use super::Running;
use super::requests::error;
use crate::happening::{Asked, Happening};
use crate::log::Page;
use crate::view;

/// People in one answer to a search.
const MOST_PEOPLE: usize = 50;
/// Calls in one page of history.
const MOST_CALLS: u32 = 500;
/// Calls in a page when the client does not say.
const USUAL_CALLS: u32 = 50;

impl Running {
    pub(super) fn search_people(&self, asked: Asked, text: String, now: Timestamp) {
        let directory = self.directory.clone();
        let back = self.happenings.clone();
        self.tasks.spawn(async move {
            let people = directory.search(&text, MOST_PEOPLE, now).await.map_err(|error| error.to_string());
            let _ = back.send(Happening::Found { asked, people }).await;
        });
    }

    pub(super) fn read_history(
        &self,
        asked: Asked,
        before: Option<String>,
        text: Option<&str>,
        limit: Option<u32>,
    ) -> Result<(), wire::RequestError> {
        let Some(log) = &self.log else {
            return Err(error(wire::ErrorCode::LogFailing, "Журнал звонков недоступен"));
        };
        let limit = limit.unwrap_or(USUAL_CALLS).clamp(1, MOST_CALLS);
        let text = text.unwrap_or_default();
        let words = search_words(text, self.board.region());
        let (reader, back) = (log.history.clone(), self.happenings.clone());
        self.tasks.spawn(async move {
            let read = tokio::task::spawn_blocking(move || {
                let reader = reader.lock().unwrap_or_else(PoisonError::into_inner);
                reader.history(before.as_deref(), &words, limit).map_err(|error| error.to_string())
            });
            let page = read.await.unwrap_or_else(|error| Err(error.to_string()));
            let _ = back.send(Happening::History { asked, page }).await;
        });
        Ok(())
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

    pub(super) fn history_read(&mut self, asked: &Asked, page: Result<Page, String>) {
        let result = match page {
            Ok(page) => {
                let calls: Vec<Value> = page.calls.iter().filter_map(|call| serde_json::from_str(call).ok()).collect();
                Ok(json!({ "calls": calls, "next": page.next }))
            }
            Err(why) => {
                tracing::warn!(why, "history could not be read");
                Err(error(wire::ErrorCode::LogFailing, "Журнал звонков не читается"))
            }
        };
        self.answer(asked, result);
    }
}

/// What a search must find: a number is found however it is typed, a part of one by its digits, anything else by words.
fn search_words(text: &str, region: &Region) -> Vec<String> {
    /// A shorter number would be read as a local one, which a part of a number is not.
    const WHOLE_NUMBER: usize = 10;
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    if digits.len() >= WHOLE_NUMBER
        && let Some(number) = PhoneNumber::parse(text, region)
    {
        return vec![number.as_str().to_owned()];
    }
    // A chart number such as 1234/11 stays as it is.
    if !digits.is_empty() && text.chars().all(|sign| sign.is_ascii_digit() || " +-().".contains(sign)) {
        return vec![digits];
    }
    view::searchable(text).split_whitespace().take(8).map(str::to_owned).collect()
}
