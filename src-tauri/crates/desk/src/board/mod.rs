//! The board: everything the desk knows, as a fold of its facts. No clock, disk or network of its own: time and the
//! log's past are handed in, what must happen is handed back in an [`Outbox`].

mod cards;
mod contacts;
mod deeds;
mod dials;
mod extras;
mod forgetting;
mod last_words;
mod missed;
mod past;
mod posts;
mod recalled;
mod replied;
mod shown;
#[cfg(test)]
mod simulation;
mod sms;
#[cfg(test)]
mod tests;
mod wrap_up;

pub use deeds::DeedIntent;
pub use dials::DialIntent;
pub(crate) use forgetting::HELD_ENDED;
pub(crate) use last_words::MOST_SAID;
pub use missed::{Recount, RowWord};
pub use past::{NoPast, Past};
pub(crate) use past::{OnlyFacts, post, row_episode};
use posts::past_of;
pub(crate) use posts::subject;
pub use replied::CommandReplied;
pub use shown::{Change, ShownCall, viewer};
pub use sms::SmsIntent;
pub use wrap_up::Chosen;

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet, VecDeque};
use std::sync::Arc;

use calls::{CommandId, Entry, EntryId, Skew};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use phone::{PhoneNumber, Region};

use crate::log::{MAIN, Row, StoredFact, Ticket, Written};
use crate::view;

/// For how long an ended call stays in memory whatever their number.
const HELD_FOR: SignedDuration = SignedDuration::from_mins(10);
/// Today's calls in a snapshot.
const SNAPSHOT_CALLS: usize = 500;
/// Rows of missed calls in a snapshot.
const SNAPSHOT_MISSED: usize = 500;

/// By what the board judges.
#[derive(Debug, Clone)]
pub struct Rules {
    /// How numbers are read.
    pub region: Region,
    /// For "today" and ages.
    pub time_zone: TimeZone,
    /// Whose missed calls are listed.
    pub watched: calls::missed::Watched,
    /// The kind of directory.
    pub source: String,
    /// True when every call is a rehearsal.
    pub rehearsing: bool,
    /// What the clinic calls its lines.
    pub line_names: BTreeMap<String, String>,
}

impl Rules {
    /// What the projections depend on: they are rebuilt when it changes.
    #[must_use]
    pub fn fold_version(&self) -> String {
        /// Raised whenever the fold judges differently.
        const FOLD: u32 = 3;
        format!("{FOLD}:{:?}", self.watched)
    }
}

/// What must happen because of what happened.
#[derive(Debug, Default)]
pub struct Outbox {
    /// For the feed, in order.
    pub changes: Vec<Change>,
    /// For the log, in the fact's transaction.
    pub rows: Vec<Row>,
    /// For the directory.
    pub look_up: Vec<PhoneNumber>,
    /// For the log, whenever it gets to it: numbers whose earlier words are not on the board.
    pub ask_said: Vec<String>,
    /// Whose missed rows change once the disk has the rows above.
    pub after_disk: Vec<Recount>,
}

/// What a new viewer sees.
#[derive(Debug)]
pub struct Snapshot {
    /// Live calls and today's newest.
    pub calls: Vec<Arc<ShownCall>>,
    /// Rows of missed calls.
    pub missed: Vec<wire::Missed>,
    /// Click-to-calls.
    pub dials: Vec<wire::Dial>,
    /// Text messages.
    pub sms: Vec<wire::Sms>,
}

/// Everything the desk knows.
#[derive(Debug)]
pub struct Board {
    rules: Rules,
    skew: Skew,
    entries: HashMap<EntryId, Tracked>,
    deadlines: BTreeSet<(Timestamp, EntryId)>,
    commands: HashMap<CommandId, EntryId>,
    /// Whose cards are about a number.
    callers: HashMap<PhoneNumber, HashSet<EntryId>>,
    forgot_at: Timestamp,
    dials: BTreeMap<CommandId, dials::TrackedDial>,
    /// The call that a command is about.
    deeds: HashMap<CommandId, EntryId>,
    sms: BTreeMap<CommandId, sms::TrackedSms>,
    contacts: contacts::Contacts,
    numbers: HashMap<String, missed::Story>,
    waiting_for_disk: VecDeque<(Ticket, Recount)>,
    last_words: last_words::LastWords,
}

/// An entry, and what the desk adds to it.
#[derive(Debug)]
struct Tracked {
    entry: Entry,
    account: &'static str,
    card: wire::Card,
    /// Whose people the card shows.
    looked_up: Option<PhoneNumber>,
    /// What was written about it by hand.
    written: Written,
    /// Where it stands among the calls of its number.
    place: Option<last_words::Place>,
    /// It is older than the feed's calls and came from statistics: it goes into history without being shown.
    in_history: bool,
    deeds: Vec<deeds::TrackedDeed>,
    extras: extras::Extras,
    /// Where the caller found us, when call tracking told.
    advert_source: Option<String>,
    /// What it was about, when speech analytics told on being asked.
    topics: Vec<String>,
    deadline: Option<Timestamp>,
    shown: Option<Arc<ShownCall>>,
    /// What it means for its number's missed calls.
    counts: Option<missed::Counted>,
}

impl Board {
    /// An empty board.
    #[must_use]
    pub fn new(rules: Rules) -> Board {
        Board {
            rules,
            skew: Skew::new(),
            entries: HashMap::new(),
            deadlines: BTreeSet::new(),
            commands: HashMap::new(),
            callers: HashMap::new(),
            forgot_at: Timestamp::MIN,
            dials: BTreeMap::new(),
            deeds: HashMap::new(),
            sms: BTreeMap::new(),
            contacts: contacts::Contacts::default(),
            numbers: HashMap::new(),
            waiting_for_disk: VecDeque::new(),
            last_words: last_words::LastWords::default(),
        }
    }

    /// By what it judges.
    #[must_use]
    pub fn rules(&self) -> &Rules {
        &self.rules
    }

    /// How numbers are read.
    #[must_use]
    pub fn region(&self) -> &Region {
        &self.rules.region
    }

    /// Whether every call is a rehearsal.
    #[must_use]
    pub fn is_rehearsing(&self) -> bool {
        self.rules.rehearsing
    }

    /// How this computer's clock stands to the PBX's.
    #[must_use]
    pub fn clock(&self) -> wire::ClockState {
        wire::ClockState {
            ahead_ms: self.skew.ahead().and_then(|ahead| i64::try_from(ahead.as_millis()).ok()),
            wrong: self.skew.is_wrong(),
        }
    }

    /// Brings an entry of the log back on the board, at start.
    pub fn restore(&mut self, id: &EntryId, now: Timestamp, past: &dyn Past) -> Outbox {
        let mut outbox = Outbox::default();
        self.tracked(id, MAIN, past);
        self.refresh(id, now, &mut outbox);
        outbox
    }

    /// Lets time pass: what ends or is given up by now.
    pub fn tick(&mut self, now: Timestamp) -> Outbox {
        let mut outbox = Outbox::default();
        while let Some((at, id)) = self.deadlines.first().cloned() {
            if at > now {
                break;
            }
            self.deadlines.pop_first();
            if let Some(tracked) = self.entries.get_mut(&id) {
                tracked.deadline = None;
            }
            self.refresh(&id, now, &mut outbox);
        }
        self.tick_dials(now, &mut outbox);
        self.tick_deeds(now, &mut outbox);
        self.tick_sms(now, &mut outbox);
        self.forget(now);
        outbox
    }

    /// The call as shown, if it is on the board or in the log.
    #[must_use]
    pub fn call(&self, id: &EntryId) -> Option<&wire::Call> {
        self.entries.get(id)?.shown.as_ref().map(|shown| &shown.call)
    }

    /// Makes sure that an entry of the log is on the board; false when there is no such entry.
    pub fn recall(&mut self, id: &EntryId, now: Timestamp, past: &dyn Past) -> bool {
        if !self.entries.contains_key(id) {
            if past.entry(id, &self.rules.region).is_none() {
                return false;
            }
            let ask_said = self.restore(id, now, past).ask_said;
            self.recall_said(&ask_said, past);
        }
        if let Some(tracked) = self.entries.get_mut(id) {
            // Somebody works with it.
            tracked.in_history = false;
        }
        true
    }

    /// Everything a new viewer sees: live calls and today's newest, rows of missed calls, click-to-calls.
    #[must_use]
    pub fn snapshot(&self, now: Timestamp) -> Snapshot {
        let today = self.start_of_today(now);
        let mut calls: Vec<&Arc<ShownCall>> = self
            .entries
            .values()
            .filter_map(|tracked| tracked.shown.as_ref())
            .filter(|shown| shown.is_live() || shown.started_at >= today)
            .collect();
        calls.sort_by_key(|shown| std::cmp::Reverse((shown.is_live(), shown.started_at)));
        let live = calls.iter().filter(|shown| shown.is_live()).count();
        calls.truncate(live.max(SNAPSHOT_CALLS));
        let mut missed = self.missed_since(today);
        missed.truncate(SNAPSHOT_MISSED);
        Snapshot {
            calls: calls.into_iter().cloned().collect(),
            missed,
            dials: self.shown_dials(today),
            sms: self.shown_sms(today),
        }
    }

    /// Midnight in the clinic.
    #[must_use]
    pub fn start_of_today(&self, now: Timestamp) -> Timestamp {
        now.to_zoned_datetime(self.rules.time_zone.clone()).start_of_day().map_or(now, |midnight| midnight.timestamp())
    }

    /// The rows of one entry as the log keeps them, folded from its facts alone.
    #[must_use]
    pub fn fold_rows(rules: &Rules, id: &str, past: &dyn Past, now: Timestamp) -> Vec<Row> {
        let mut board = Board::new(rules.clone());
        board.restore(&EntryId::new(id), now, past).rows
    }

    /// The rows of missed calls of one number, as the log knows them.
    #[must_use]
    pub fn fold_missed(rules: &Rules, number_key: &str, past: &dyn Past) -> Vec<wire::Missed> {
        let mut board = Board::new(rules.clone());
        let _ = board.restore_missed(number_key, past);
        board.missed_since(Timestamp::MIN)
    }

    /// A text message from its facts.
    #[must_use]
    pub fn fold_sms(rules: &Rules, facts: &[StoredFact], now: Timestamp) -> Option<wire::Sms> {
        let mut board = Board::new(rules.clone());
        board.restore_sms(facts, now);
        board.shown_sms(Timestamp::MIN).pop()
    }

    fn tracked(&mut self, id: &EntryId, account: &'static str, past: &dyn Past) -> &mut Tracked {
        let region = &self.rules.region;
        let source = &self.rules.source;
        self.entries.entry(id.clone()).or_insert_with(|| {
            let known = past.entry(id, region);
            let mut tracked = Tracked {
                entry: Entry::new(id.clone()),
                account,
                card: view::card_looking(source),
                looked_up: None,
                written: Written::default(),
                place: None,
                in_history: false,
                deeds: Vec::new(),
                extras: extras::Extras::default(),
                advert_source: None,
                topics: Vec::new(),
                deadline: None,
                shown: None,
                counts: None,
            };
            if let Some(known) = known {
                tracked.entry = known.entry;
                tracked.account = known.account;
                tracked.written = known.written;
                tracked.deeds = known.deeds;
                tracked.extras = known.extras;
                tracked.advert_source = known.advert_source;
                tracked.topics = known.topics;
                if let Some(card) = known.card {
                    tracked.looked_up = known.number;
                    // Whoever was asked then will not answer any more.
                    tracked.card = wire::Card { more_to_come: false, ..card };
                }
            }
            tracked
        })
    }

    /// Compares an entry's picture with what is shown, and says what differs.
    fn refresh(&mut self, id: &EntryId, now: Timestamp, outbox: &mut Outbox) {
        let Some(tracked) = self.entries.get_mut(id) else { return };
        if !tracked.entry.is_known() {
            // Its recording or a pressed key came before the call itself.
            return;
        }
        for command in deeds::commands(&tracked.deeds) {
            if !self.deeds.contains_key(command) {
                self.deeds.insert(command.clone(), id.clone());
            }
        }
        let mut picture = tracked.entry.picture(now);
        let skew = &self.skew;
        picture.rings.retain(|ring| skew.is_fresh(ring.at, ring.received_at));
        let about = tracked.looked_up.clone();
        cards::look_up_if_new(tracked, &picture, &self.rules.source, outbox);
        if tracked.looked_up != about || tracked.shown.is_none() {
            forgetting::index_caller(&mut self.callers, id, about.as_ref(), tracked.looked_up.as_ref());
        }

        if let Some(at) = tracked.deadline.take() {
            self.deadlines.remove(&(at, id.clone()));
        }
        if let Some(at) = tracked.entry.next_deadline(now) {
            tracked.deadline = Some(at);
            self.deadlines.insert((at, id.clone()));
        }

        let rehearsal = self.rules.rehearsing || tracked.account != MAIN;
        let retold = last_words::settle(&mut self.last_words, tracked, &picture, outbox);
        let written = &tracked.written;
        let note = (!written.text.is_empty()).then(|| written.text.clone());
        let mut call = view::call(&picture, tracked.card.clone(), note, rehearsal);
        call.note_person = written.person.clone().filter(|_| call.note.is_some());
        call.wrap_up = wrap_up::view(written);
        call.last_words = tracked.place.as_ref().and_then(|place| self.last_words.before(id, place)).cloned();
        call.line_name = call.line.as_ref().and_then(|line| self.rules.line_names.get(line)).cloned();
        call.known_as = call.number.as_deref().and_then(|number| self.contacts.name(number)).map(str::to_owned);
        tracked.extras.show(&mut call, &self.rules.region);
        call.topics.extend(tracked.topics.iter().cloned());
        call.topics.sort_unstable();
        call.topics.dedup();
        if let Some(advert) = &mut call.advert {
            let line = advert.number.as_ref().and_then(|number| self.rules.line_names.get(number));
            advert.source = tracked.advert_source.as_ref().or(line).or(call.line_name.as_ref()).cloned();
        }
        call.deeds = deeds::shown(&mut tracked.deeds, &tracked.entry, &tracked.extras, now);
        let shown = Arc::new(ShownCall {
            call,
            rings: picture.rings.clone(),
            started_at: picture.started_at,
            may: shown::May::of(&tracked.entry, &tracked.extras),
        });
        let differs = tracked.shown.as_deref() != Some(&*shown);
        let is_kept_anew = differs && !tracked.shown.as_deref().is_some_and(|before| shown.is_kept_by(before));
        tracked.shown = Some(shown.clone());
        let kept = tracked.account == MAIN;
        if differs && !tracked.in_history {
            outbox.changes.push(Change::Call(shown.clone()));
        }
        if kept && is_kept_anew {
            outbox.rows.extend(view::call_row(&shown.call, shown.started_at).map(Row::Call));
        }
        if kept {
            self.count_episode(id, &picture, outbox);
        }
        if let Some(command) = &picture.command {
            self.commands.insert(command.clone(), id.clone());
            let command = command.clone();
            self.refresh_dial(&command, now, outbox);
        }
        for place in retold {
            self.tell_last_words(place.account, &place.number, outbox);
        }
    }
}
