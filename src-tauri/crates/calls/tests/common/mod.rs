//! Facts for tests: the PBX's own stories read from the fixtures, and short ways to say one thing about one leg.

mod row;
mod said;
mod scenario;

use calls::{Entry, EntryId, LegEvent, Picture, Recalled, Summary};
use jiff::{SignedDuration, Timestamp};
use phone::{Extension, Region};
use proptest::test_runner::Config;

pub(crate) use row::{Row, row, statistics_of, told};
pub(crate) use said::{Said, appeared, connected, disconnected, on_hold, over};
pub(crate) use scenario::{ALL_SCENARIOS, scenario, scenario_of_version_1};

/// The patient of every story.
pub(crate) const PATIENT: &str = "79005550101";
/// The clinic's line.
pub(crate) const LINE: &str = "74995550199";
/// The first moment of the stories told by `said`.
const BEGINNING: i64 = 1_790_000_000;

/// Seconds after the beginning of the stories.
pub(crate) fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(BEGINNING + seconds).unwrap()
}

/// Long after every story.
pub(crate) fn late() -> Timestamp {
    at(10_000_000)
}

pub(crate) fn region() -> Region {
    Region::default()
}

pub(crate) fn extension(text: &str) -> Extension {
    Extension::new(text).unwrap()
}

pub(crate) fn seconds(seconds: i64) -> SignedDuration {
    SignedDuration::from_secs(seconds)
}

/// Something the PBX said.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Fact {
    Leg(LegEvent),
    Summary(Summary),
    Recalled(Recalled),
}

impl Fact {
    fn entry(&self) -> &EntryId {
        match self {
            Fact::Leg(event) => &event.entry,
            Fact::Summary(summary) => &summary.entry,
            Fact::Recalled(told) => &told.entry,
        }
    }

    pub(crate) fn received(mut self, at: Timestamp) -> Fact {
        match &mut self {
            Fact::Leg(event) => event.received_at = at,
            Fact::Summary(summary) => summary.received_at = at,
            Fact::Recalled(told) => told.received_at = at,
        }
        self
    }

    pub(crate) fn add_to(self, entry: &mut Entry) -> bool {
        match self {
            Fact::Leg(event) => entry.add_leg(event),
            Fact::Summary(summary) => entry.add_summary(summary),
            Fact::Recalled(told) => entry.add_recalled(told),
        }
    }

    /// Somebody talks on a phone, as this fact has it.
    pub(crate) fn is_answer(&self) -> bool {
        match self {
            Fact::Leg(event) => {
                matches!(event.state, calls::LegState::Talking | calls::LegState::Held)
                    && event.location.as_deref() == Some("abonent")
            }
            Fact::Summary(_) | Fact::Recalled(_) => false,
        }
    }
}

/// An entry of these facts, told in this order.
pub(crate) fn entry_of<F: Into<Fact>>(facts: impl IntoIterator<Item = F>) -> Entry {
    let mut facts = facts.into_iter().map(Into::into).peekable();
    let id = facts.peek().map_or_else(|| EntryId::new("entry"), |fact| fact.entry().clone());
    let mut entry = Entry::new(id);
    for fact in facts {
        fact.add_to(&mut entry);
    }
    entry
}

/// The picture of these facts long after.
pub(crate) fn picture_of<F: Into<Fact>>(facts: impl IntoIterator<Item = F>) -> Picture {
    entry_of(facts).picture(late())
}

/// Generated cases without files left beside the tests; `PROPTEST_CASES` asks for fewer.
pub(crate) fn cases(cases: u32) -> Config {
    let asked_for = std::env::var("PROPTEST_CASES").ok().and_then(|count| count.parse().ok());
    Config { cases: asked_for.unwrap_or(cases).min(cases), failure_persistence: None, ..Config::default() }
}
