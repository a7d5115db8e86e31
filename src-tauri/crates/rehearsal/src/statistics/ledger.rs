//! What the PBX remembers of every call, one row a leg, also while nobody listens.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::compose::Call;
use crate::script::{Direction, Group, Leg, Place, Recording, State, Transfer};

/// Legs that are remembered; older ones are forgotten first.
const REMEMBERED: usize = 200_000;

#[derive(Default)]
pub(crate) struct Ledger {
    book: Mutex<Book>,
}

#[derive(Default)]
struct Book {
    rows: VecDeque<Row>,
    /// Rows that were forgotten: what turns a number of `places` into an index.
    forgotten: usize,
    places: HashMap<String, usize>,
}

/// One leg, as both kinds of statistics tell it. Times are Unix seconds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Row {
    pub(crate) entry_id: String,
    pub(crate) call_id: String,
    pub(crate) direction: Direction,
    /// When the entry came into being.
    pub(crate) created: i64,
    pub(crate) start: i64,
    /// 0 when it was never answered.
    pub(crate) answer: i64,
    /// `None` while it lives.
    pub(crate) finish: Option<i64>,
    pub(crate) from: Person,
    pub(crate) to: Person,
    pub(crate) line: Option<String>,
    pub(crate) location: &'static str,
    pub(crate) reason: i32,
    /// The group that distributed it.
    pub(crate) group: Option<usize>,
    pub(crate) held: i64,
    held_since: Option<i64>,
    pub(crate) transfer: Option<Transfer>,
    pub(crate) records: Vec<String>,
}

/// A party: an employee, a number, or nothing known.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Person {
    pub(crate) extension: Option<String>,
    pub(crate) number: Option<String>,
}

impl Ledger {
    /// Notes the state of a leg.
    pub(crate) fn note(&self, call: &Call, leg: &Leg, at: i64) {
        let mut book = self.book();
        let row = book.row(call, leg, at);
        let person = |who| {
            let (extension, number) = call.identity(who);
            Person { extension: extension.map(str::to_owned), number }
        };
        // The last told: a transfer puts the client in the initiator's place.
        (row.from, row.to) = (person(leg.from.who), person(leg.to.who));
        row.transfer = leg.transfer.or(row.transfer);
        if let Some(since) = row.held_since.take() {
            row.held += at - since;
        }
        match leg.state {
            State::Appeared => {}
            State::Connected if row.answer == 0 => row.answer = at,
            State::Connected => {}
            State::OnHold => row.held_since = Some(at),
            State::Disconnected => {
                row.finish = Some(at);
                row.reason = leg.reason.unwrap_or(0);
            }
        }
    }

    /// Notes that a leg is recorded.
    pub(crate) fn note_recording(&self, call: &Call, recording: &Recording) {
        let id = call.recording_id(recording.recording);
        if let Some(row) = self.book().find(call.call_id(recording.leg))
            && !row.records.iter().any(|known| known == id)
        {
            row.records.push(id.to_owned());
        }
    }

    /// Ends what nobody was told the end of.
    pub(crate) fn close(&self, call: &Call, at: i64) {
        let mut book = self.book();
        for leg in call.living() {
            if let Some(row) = book.find(call.call_id(leg.leg)) {
                row.finish.get_or_insert(at);
                row.reason = 1110;
            }
        }
    }

    /// All legs that ended before `now` and began within the window, oldest first.
    pub(crate) fn ended(&self, from: i64, to: i64, now: i64) -> Vec<Row> {
        let is_wanted = |row: &&Row| row.finish.is_some_and(|finish| finish <= now) && (from..=to).contains(&row.start);
        let mut rows: Vec<Row> = self.book().rows.iter().filter(is_wanted).cloned().collect();
        rows.sort_by_key(|row| row.start);
        rows
    }

    /// The legs of one call.
    pub(crate) fn entry(&self, entry_id: &str) -> Vec<Row> {
        self.book().rows.iter().filter(|row| row.entry_id == entry_id).cloned().collect()
    }

    fn book(&self) -> MutexGuard<'_, Book> {
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Book {
    fn find(&mut self, call_id: &str) -> Option<&mut Row> {
        let place = self.places.get(call_id)?;
        self.rows.get_mut(place.checked_sub(self.forgotten)?)
    }

    fn row(&mut self, call: &Call, leg: &Leg, at: i64) -> &mut Row {
        let call_id = call.call_id(leg.leg);
        let known = self.places.get(call_id).and_then(|place| place.checked_sub(self.forgotten));
        if let Some(index) = known {
            return &mut self.rows[index];
        }
        if self.rows.len() == REMEMBERED
            && let Some(oldest) = self.rows.pop_front()
        {
            self.places.remove(&oldest.call_id);
            self.forgotten += 1;
        }
        self.places.insert(call_id.to_owned(), self.forgotten + self.rows.len());
        let line = call.cast().line(leg.to.line).or_else(|| match call.direction() {
            Direction::Internal => None,
            Direction::Inbound | Direction::Outbound => call.line_number(),
        });
        self.rows.push_back(Row {
            entry_id: call.entry_id().to_owned(),
            call_id: call_id.to_owned(),
            direction: call.direction(),
            created: call.created_at().unwrap_or(at),
            start: at,
            answer: 0,
            finish: None,
            from: Person::default(),
            to: Person::default(),
            line: line.map(str::to_owned),
            location: match leg.place {
                Place::Ivr => "ivr",
                Place::Queue => "queue",
                Place::Abonent => "abonent",
            },
            reason: 0,
            group: match leg.to.group {
                Group::None | Group::Nameless => None,
                Group::Reception => Some(0),
                Group::Numbered(group) => Some(group),
            },
            held: 0,
            held_since: None,
            transfer: leg.transfer,
            records: Vec::new(),
        });
        let last = self.rows.len() - 1;
        &mut self.rows[last]
    }
}
