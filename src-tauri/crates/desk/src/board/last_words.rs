//! What was said in earlier calls of a number: it stands on the next card, and on a row of missed calls.
//!
//! What is on the board is known at once; what only the log has is asked for beside the directory's look-up and comes
//! after the call's first frame.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use calls::{EntryId, Picture};
use jiff::Timestamp;

use super::{Board, Change, Outbox, Past, ShownCall, Tracked, wrap_up};
use crate::log::{MAIN, Said, Written};
use crate::view;

/// Earlier calls with words that the log is asked for, for each number: the newest are what is shown.
pub(crate) const MOST_SAID: u32 = 50;

/// Whose a call is, and where it stands among the calls of its number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) account: &'static str,
    pub(super) number: String,
    pub(super) started_ms: i64,
}

/// The words of every number that somebody on the board has.
#[derive(Debug, Default)]
pub(super) struct LastWords {
    by_number: HashMap<(&'static str, String), OfNumber>,
}

#[derive(Debug, Default)]
struct OfNumber {
    /// By the call's beginning.
    said: BTreeMap<(i64, EntryId), wire::LastWords>,
    /// The number's calls on the board.
    calls: HashSet<EntryId>,
    /// Whether the log was asked.
    asked: bool,
}

impl LastWords {
    /// A call of the number is on the board. True: the log must be asked about the number.
    pub(super) fn join(&mut self, id: &EntryId, place: &Place) -> bool {
        let number = self.by_number.entry((place.account, place.number.clone())).or_default();
        number.calls.insert(id.clone());
        place.account == MAIN && !std::mem::replace(&mut number.asked, true)
    }

    /// Somebody of this number is to be rung back. True: the log must be asked about the number.
    pub(super) fn watch(&mut self, number: &str) -> bool {
        let number = self.by_number.entry((MAIN, number.to_owned())).or_default();
        !std::mem::replace(&mut number.asked, true)
    }

    /// A call is not at this place any more: it turned out to have another number or beginning. True: it had words.
    pub(super) fn moved(&mut self, id: &EntryId, place: &Place) -> bool {
        let key = (place.account, place.number.clone());
        let Some(number) = self.by_number.get_mut(&key) else { return false };
        number.calls.remove(id);
        let had_words = number.said.remove(&(place.started_ms, id.clone())).is_some();
        if number.calls.is_empty() && number.said.is_empty() {
            self.by_number.remove(&key);
        }
        had_words
    }

    /// A call left memory; its words stay as long as somebody of the number is there to be shown them.
    pub(super) fn left(&mut self, id: &EntryId, place: &Place, is_watched: bool) {
        let key = (place.account, place.number.clone());
        let Some(number) = self.by_number.get_mut(&key) else { return };
        number.calls.remove(id);
        if number.calls.is_empty() && !is_watched {
            self.by_number.remove(&key);
            return;
        }
        let room = number.calls.len() + usize::try_from(MOST_SAID).unwrap_or(usize::MAX);
        while number.said.len() > room {
            number.said.pop_first();
        }
    }

    /// What is said of a call now; `None`: nothing. True: that is news.
    pub(super) fn say(&mut self, id: &EntryId, place: &Place, words: Option<wire::LastWords>) -> bool {
        let Some(number) = self.by_number.get_mut(&(place.account, place.number.clone())) else { return false };
        let key = (place.started_ms, id.clone());
        if number.said.get(&key) == words.as_ref() {
            return false;
        }
        match words {
            Some(words) => drop(number.said.insert(key, words)),
            None => drop(number.said.remove(&key)),
        }
        true
    }

    /// The words of the newest call before this one.
    pub(super) fn before(&self, id: &EntryId, place: &Place) -> Option<&wire::LastWords> {
        let number = self.by_number.get(&(place.account, place.number.clone()))?;
        number.said.range(..(place.started_ms, id.clone())).next_back().map(|(_, words)| words)
    }

    /// The words of the newest call of a number.
    pub(super) fn newest(&self, number: &str) -> Option<&wire::LastWords> {
        self.by_number.get(&(MAIN, number.to_owned()))?.said.last_key_value().map(|(_, words)| words)
    }

    fn calls(&self, account: &'static str, number: &str) -> impl Iterator<Item = &EntryId> {
        self.by_number.get(&(account, number.to_owned())).into_iter().flat_map(|number| &number.calls)
    }
}

impl Board {
    /// Takes what the log knows of a number's earlier calls.
    pub fn said(&mut self, number: &str, said: Vec<Said>) -> Outbox {
        let mut outbox = Outbox::default();
        for Said { entry, started_ms, talked, written } in said {
            let id = EntryId::new(&entry);
            // Of a call on the board the board knows best: the log was read a moment ago.
            if self.entries.contains_key(&id) || !written.has_words() {
                continue;
            }
            let place = Place { account: MAIN, number: number.to_owned(), started_ms };
            let started_at = Timestamp::from_millisecond(started_ms).unwrap_or_default();
            self.last_words.say(&id, &place, Some(words(&id, started_at, talked, &written)));
        }
        self.tell_last_words(MAIN, number, &mut outbox);
        outbox
    }

    /// Asks the log about numbers at once: at start, and when an old call is called for.
    pub fn recall_said(&mut self, numbers: &[String], past: &dyn Past) {
        for number in numbers {
            // At start nobody looks yet; later nothing else of a number that is asked about here is on the board.
            self.said(number, past.said(number));
        }
    }

    /// Shows a number's words wherever they stand and are not those shown. Nothing else of those calls has changed, so the
    /// log, which keeps words with their own call, need not hear of it.
    pub(super) fn tell_last_words(&mut self, account: &'static str, number: &str, outbox: &mut Outbox) {
        for id in self.last_words.calls(account, number) {
            let Some(tracked) = self.entries.get_mut(id) else { continue };
            let (Some(place), Some(shown)) = (&tracked.place, &tracked.shown) else { continue };
            let words = self.last_words.before(id, place);
            if shown.call.last_words.as_ref() == words {
                continue;
            }
            let mut told = ShownCall::clone(shown);
            told.call.last_words = words.cloned();
            let told = Arc::new(told);
            tracked.shown = Some(told.clone());
            if !tracked.in_history {
                outbox.changes.push(Change::Call(told));
            }
        }
        if account == MAIN {
            self.refresh_missed(number, outbox);
        }
    }
}

/// Brings up to date where a call stands and what is said of it. Returns the places whose later calls may show other words.
pub(super) fn settle(
    last_words: &mut LastWords,
    tracked: &mut Tracked,
    picture: &Picture,
    outbox: &mut Outbox,
) -> Vec<Place> {
    let id = &picture.id;
    let mut retold = Vec::new();
    let number = picture.number.as_ref().and_then(view::number);
    let started_ms = picture.started_at.as_millisecond();
    let place = number.map(|number| Place { account: tracked.account, number, started_ms });
    if tracked.place != place {
        let before = std::mem::replace(&mut tracked.place, place);
        if before.is_some() && !tracked.written.is_empty() {
            // Its words are found by its number.
            outbox.rows.extend(wrap_up::note_row(id, tracked, picture.started_at));
        }
        retold.extend(before.filter(|before| last_words.moved(id, before)));
        if let Some(place) = tracked.place.as_ref().filter(|place| last_words.join(id, place)) {
            outbox.ask_said.push(place.number.clone());
        }
    }
    if let Some(place) = &tracked.place {
        let by = picture.answered_by.as_ref().or(picture.by.as_ref()).map(ToString::to_string);
        let has_words = tracked.written.has_words();
        let said = has_words.then(|| words(id, picture.started_at, by, &tracked.written));
        if last_words.say(id, place, said) {
            retold.push(place.clone());
        }
    }
    retold
}

/// A call's words as the next card shows them.
pub(super) fn words(id: &EntryId, started_at: Timestamp, by: Option<String>, written: &Written) -> wire::LastWords {
    wire::LastWords {
        call: id.as_str().to_owned(),
        at: view::time(started_at),
        by,
        note: (!written.text.is_empty()).then(|| written.text.clone()),
        person: written.person.clone(),
        outcome: written.outcome.clone(),
        tags: written.tags.clone(),
    }
}
