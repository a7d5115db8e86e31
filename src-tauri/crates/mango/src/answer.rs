//! What the PBX answers to questions, read as leniently as its posts. No I/O: the client feeds these readers, and so
//! may anybody who has an answer's text.

mod calls;
mod staff;
mod stats;
mod tracking;
mod trunks;

use std::fmt;

use serde_json::{Map, Value};

pub use self::calls::{CallsStats, ContextCall, ContextLeg};
pub use self::staff::{Device, Employee, Group, GroupOperator};
pub use self::stats::{HalfAnAnswer, Stats, StatsRow, rows};
pub use self::tracking::{CentreCall, PageVisit, SiteVisitor};
pub use self::trunks::{Balance, Line, TrunkNumber};
use crate::event::{Contact, contact};
use crate::lenient::{object, objects, text, words};

/// One page of a search in the address book.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ContactPage {
    /// The contacts of the page.
    pub contacts: Vec<Contact>,
    /// What another page is asked for with; absent when nothing was found.
    pub cursor: Option<String>,
}

/// A good answer's object, taken apart by the question that it belongs to.
///
/// ```
/// let answer = mango_vpbx::answer::Answer::read(br#"{"lines":[{"line_id":7,"number":"74995550199"}]}"#).unwrap();
/// assert_eq!(answer.lines()[0].number, "74995550199");
/// ```
#[derive(Clone, Default, PartialEq)]
pub struct Answer(Map<String, Value>);

impl Answer {
    /// Takes the text of an answer; `None` when it is no JSON object.
    pub fn read(body: &[u8]) -> Option<Answer> {
        match serde_json::from_slice(body) {
            Ok(Value::Object(object)) => Some(Answer(object)),
            Ok(_) | Err(_) => None,
        }
    }

    #[cfg(feature = "client")]
    pub(crate) fn object(&self) -> &Map<String, Value> {
        &self.0
    }

    /// The answer to [`Command::Users`](crate::Command::Users) (manual 3.7.1).
    pub fn employees(&self) -> Vec<Employee> {
        objects(&self.0, "users").map(staff::employee).collect()
    }

    /// The answer to [`Command::Groups`](crate::Command::Groups) (manual 3.7.2).
    pub fn groups(&self) -> Vec<Group> {
        objects(&self.0, "groups").map(staff::group).collect()
    }

    /// The answer to [`Command::IncomingLines`](crate::Command::IncomingLines). A line without a number is left out.
    pub fn lines(&self) -> Vec<Line> {
        objects(&self.0, "lines").filter_map(trunks::line).collect()
    }

    /// The answer to [`Command::TrunkNumbers`](crate::Command::TrunkNumbers). What has no number is left out.
    pub fn trunk_numbers(&self) -> Vec<TrunkNumber> {
        objects(&self.0, "data").filter_map(trunks::trunk_number).collect()
    }

    /// The answer to [`Command::Balance`](crate::Command::Balance).
    pub fn balance(&self) -> Option<Balance> {
        trunks::balance(&self.0)
    }

    /// The answer to [`Command::StatsRequest`](crate::Command::StatsRequest) and its like: what to fetch with.
    pub fn key(&self) -> Option<String> {
        text(&self.0, "key")
    }

    /// The answer to [`Command::RecordingTopics`](crate::Command::RecordingTopics): names, each once.
    pub fn topics(&self) -> Vec<String> {
        let mut topics: Vec<String> = Vec::new();
        for recording in objects(&self.0, "data") {
            for topic in words(recording, "categories", &["name"]) {
                if !topics.contains(&topic) {
                    topics.push(topic);
                }
            }
        }
        topics
    }

    /// The answer to [`Command::CallsStatsResult`](crate::Command::CallsStatsResult); `None` when nothing will come
    /// (`cancel`, `error`, `not-found`), and when it has neither a known status nor data.
    pub fn calls_stats(&self) -> Option<CallsStats> {
        calls::calls_stats(&self.0)
    }

    /// The answer to [`Command::ContactSearch`](crate::Command::ContactSearch) and
    /// [`Command::ContactCursor`](crate::Command::ContactCursor) (manual 3.9.3).
    pub fn contacts(&self) -> ContactPage {
        let cursor = object(&self.0, "state").and_then(|state| text(state, "cursor"));
        let cursor = cursor.or_else(|| text(&self.0, "cursor"));
        ContactPage { contacts: objects(&self.0, "data").map(contact).collect(), cursor }
    }

    /// The answer to [`Command::DctUser`](crate::Command::DctUser); `None` when nobody has the number.
    pub fn visitor(&self) -> Option<SiteVisitor> {
        tracking::visitor(&self.0)
    }

    /// The answer to [`Command::DctHistory`](crate::Command::DctHistory).
    pub fn pages(&self) -> Vec<PageVisit> {
        objects(&self.0, "data").filter_map(tracking::page).collect()
    }

    /// The answer to [`Command::ContactCentreCall`](crate::Command::ContactCentreCall) (manual 4.7.1).
    pub fn centre_call(&self) -> CentreCall {
        tracking::centre_call(object(&self.0, "call").unwrap_or(&self.0))
    }
}

impl fmt::Debug for Answer {
    /// Without its content: it names people.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Answer({} fields)", self.0.len())
    }
}
