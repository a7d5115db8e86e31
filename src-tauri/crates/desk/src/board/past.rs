//! What the log remembers of an entry or a number that is not on the board.

use calls::missed::{Episode, How, Why};
use calls::{Entry, EntryId};
use jiff::Timestamp;
use mango_vpbx::Post;
use mango_vpbx::VerifiedJson;
use phone::{Extension, PhoneNumber, Region};
use serde::{Deserialize, Serialize};

use super::deeds::TrackedDeed;
use super::extras::Extras;
use crate::catch_up::Told;
use crate::log::{EpisodeRow, FactKind, Reader, Said, StoredFact, Written};
use crate::translate;

/// The past, as the board asks for it.
pub trait Past {
    /// An entry the log knows.
    fn entry(&self, id: &EntryId, region: &Region) -> Option<PastEntry>;
    /// What happened with a number.
    fn number(&self, key: &str) -> PastNumber;
    /// The person last chosen for a number.
    fn choice(&self, number: &PhoneNumber) -> Option<String>;
    /// What was written about a number's calls, the newest call first; as much as is worth showing.
    fn said(&self, number: &str) -> Vec<Said>;
}

/// An entry the log knows.
#[derive(Debug)]
pub struct PastEntry {
    /// Its facts.
    pub entry: Entry,
    /// Whose it is.
    pub account: &'static str,
    /// The card as last shown.
    pub card: Option<wire::Card>,
    /// The number the card is about.
    pub number: Option<PhoneNumber>,
    /// What was written about it by hand.
    pub written: Written,
    /// What was done with it.
    pub(super) deeds: Vec<TrackedDeed>,
    /// What was told beside its legs.
    pub(super) extras: Extras,
    /// Where the caller found us.
    pub(super) advert_source: Option<String>,
    /// What it was about.
    pub(super) topics: Vec<String>,
}

/// What happened with a number.
#[derive(Debug, Default)]
pub struct PastNumber {
    /// Its missed and answered calls, claims, postponements and dismissals.
    pub episodes: Vec<Episode>,
}

/// No log: nothing is remembered.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoPast;

impl Past for NoPast {
    fn entry(&self, _: &EntryId, _: &Region) -> Option<PastEntry> {
        None
    }

    fn number(&self, _: &str) -> PastNumber {
        PastNumber::default()
    }

    fn choice(&self, _: &PhoneNumber) -> Option<String> {
        None
    }

    fn said(&self, _: &str) -> Vec<Said> {
        Vec::new()
    }
}

/// The facts of one entry, what was written about it, and nothing else: for a rebuild.
pub(crate) struct OnlyFacts<'a> {
    pub(crate) facts: &'a [StoredFact],
    pub(crate) written: Option<Written>,
}

impl Past for OnlyFacts<'_> {
    fn entry(&self, id: &EntryId, region: &Region) -> Option<PastEntry> {
        let account = self.facts.first()?.account;
        let (entry, extras) = fold(id, self.facts, region);
        Some(PastEntry {
            entry,
            account,
            card: None,
            number: None,
            written: self.written.clone().unwrap_or_default(),
            deeds: Vec::new(),
            extras,
            advert_source: None,
            topics: Vec::new(),
        })
    }

    fn number(&self, _: &str) -> PastNumber {
        PastNumber::default()
    }

    fn choice(&self, _: &PhoneNumber) -> Option<String> {
        None
    }

    fn said(&self, _: &str) -> Vec<Said> {
        Vec::new()
    }
}

/// What a receptionist did with a row of missed calls: the body of a claim, a postponement or a dismissal.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct RowFact {
    /// The row, by its newest missed call when it was said; older facts name another call of it.
    pub row: String,
    /// Who.
    pub by: Option<String>,
    /// When: Unix ms.
    pub at_ms: i64,
    /// What closed it, for a row closed by hand.
    #[serde(default)]
    pub how: Option<wire::ClosedHow>,
    /// Why, for one that was dismissed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Until when it is put off, Unix ms; for a postponement, `None` takes the row back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until_ms: Option<i64>,
    /// For a claim: it is given back.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub give_back: bool,
}

impl Past for Reader {
    fn entry(&self, id: &EntryId, region: &Region) -> Option<PastEntry> {
        let facts = told(self.facts_about(id.as_str()))?;
        let account = facts.first()?.account;
        let (entry, extras) = fold(id, &facts, region);
        let shown: Option<wire::Call> =
            told(self.call(id.as_str())).flatten().and_then(|json| serde_json::from_str(&json).ok());
        let number = shown
            .as_ref()
            .filter(|call| !matches!(call.card.status, wire::CardStatus::Looking | wire::CardStatus::Unavailable))
            .and_then(|call| PhoneNumber::from_pbx(call.number.as_deref()?, region));
        let advert_source = shown.as_ref().and_then(|call| call.advert.as_ref()?.source.clone());
        Some(PastEntry {
            entry,
            account,
            advert_source,
            topics: shown.as_ref().map(|call| call.topics.clone()).unwrap_or_default(),
            card: shown.filter(|_| number.is_some()).map(|call| call.card),
            number,
            written: told(self.written(id.as_str())).flatten().unwrap_or_default(),
            deeds: super::deeds::of_facts(&facts, |command| told(self.facts_about(command)).unwrap_or_default()),
            extras,
        })
    }

    fn number(&self, key: &str) -> PastNumber {
        let calls = told(self.episodes(key)).unwrap_or_default();
        let mut episodes: Vec<Episode> =
            calls.iter().filter_map(|(entry, row)| episode(&EntryId::new(entry), row)).collect();
        for fact in told(self.facts_about(key)).unwrap_or_default() {
            episodes.extend(row_episode(fact.kind, &fact.body));
        }
        PastNumber { episodes }
    }

    fn choice(&self, number: &PhoneNumber) -> Option<String> {
        told(Reader::choice(self, number.as_str())).flatten()
    }

    fn said(&self, number: &str) -> Vec<Said> {
        told(Reader::said(self, number, super::MOST_SAID)).unwrap_or_default()
    }
}

/// A log that cannot be read just now remembers nothing; the failure is said in the log of the program.
fn told<T>(read: rusqlite::Result<T>) -> Option<T> {
    read.inspect_err(|error| tracing::warn!(%error, "the log could not be read")).ok()
}

/// An entry from its facts, and what they tell beside its legs. Each fact is read once: a start reads those of a day.
fn fold(id: &EntryId, facts: &[StoredFact], region: &Region) -> (Entry, Extras) {
    let (mut entry, mut extras) = (Entry::new(id.clone()), Extras::default());
    let mut stored_recordings = Vec::new();
    for fact in facts {
        if let Some(told) = statistics(fact) {
            stored_recordings.extend(told.recordings());
            entry.add_recalled(translate::recalled(&told, fact.received_at, region));
        }
        let Some(post) = post(fact) else { continue };
        extras.add(&post, fact.received_at);
        if let Post::Call(event) = &post
            && let Some(leg) = translate::leg(event, fact.received_at, region)
        {
            entry.add_leg(leg);
        }
        if let Post::Summary(summary) = &post {
            entry.add_summary(translate::summary(summary, fact.received_at, region));
        }
    }
    for id in stored_recordings {
        extras.add_stored_recording(&id);
    }
    (entry, extras)
}

/// Statistics of the log, read again.
fn statistics(fact: &StoredFact) -> Option<Told> {
    if fact.kind != FactKind::Statistics {
        return None;
    }
    serde_json::from_slice(&fact.body).ok()
}

/// A post of the log, read again.
pub(crate) fn post(fact: &StoredFact) -> Option<Post> {
    if fact.kind != FactKind::Post {
        return None;
    }
    let json = VerifiedJson::kept(String::from_utf8(fact.body.clone()).ok()?);
    mango_vpbx::parse(&fact.path, &json).ok()
}

pub(super) fn episode(entry: &EntryId, row: &EpisodeRow) -> Option<Episode> {
    let at = Timestamp::from_millisecond(row.at_ms).ok()?;
    let by = row.by.as_deref().and_then(Extension::new);
    let entry = entry.clone();
    match row.kind.as_str() {
        "missed" => Some(Episode::Missed { entry, at, why: why(row.why.as_deref()) }),
        "reached" => Some(Episode::Reached { entry, at, by }),
        "called_again" => Some(Episode::CalledAgain { entry, at, by }),
        _ => None,
    }
}

fn why(word: Option<&str>) -> Why {
    match word {
        Some("queue") => Why::Queue,
        Some("menu") => Why::Menu,
        Some("closed") => Why::Closed,
        Some(_) | None => Why::Rang,
    }
}

/// What a receptionist did with a row, from the fact's body.
pub(crate) fn row_episode(kind: FactKind, body: &[u8]) -> Option<Episode> {
    let fact: RowFact = serde_json::from_slice(body).ok()?;
    let row = EntryId::new(&fact.row);
    let at = Timestamp::from_millisecond(fact.at_ms).ok()?;
    let by = fact.by.as_deref().and_then(Extension::new);
    match kind {
        FactKind::Claim if fact.give_back => Some(Episode::GivenBack { row, at, by }),
        FactKind::Claim => Some(Episode::Claimed { row, at, by }),
        FactKind::Postponement => {
            let until = fact.until_ms.map(Timestamp::from_millisecond).transpose().ok()?;
            Some(Episode::Postponed { row, at, by, until })
        }
        FactKind::Dismissal => {
            let how = match fact.how {
                Some(wire::ClosedHow::Reached) => How::Reached,
                Some(wire::ClosedHow::CalledAgain) => How::CalledAgain,
                Some(wire::ClosedHow::Dismissed) | None => How::Dismissed,
            };
            Some(Episode::Dismissed { row, at, by, how, reason: fact.reason })
        }
        FactKind::Post
        | FactKind::Dial
        | FactKind::Reply
        | FactKind::Command
        | FactKind::Sms
        | FactKind::Statistics
        | FactKind::Choice
        | FactKind::WrapUp => None,
    }
}
