//! The desk's loop: the one owner of board, hub and writer. Everything reaches it as a [`Happening`]; whatever takes
//! time is done elsewhere and comes back as another.

mod asking;
mod auditing;
mod catching_up;
pub(crate) mod commands;
mod deeds;
mod diagnosing;
mod dialling;
mod health;
mod history;
mod live_in_history;
mod looking_up;
mod missed;
mod outcomes;
mod past;
mod people;
mod recent;
mod recordings;
mod requests;
mod searching;
pub(crate) mod visits;
mod wrap_up;

use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use directory::{Knowledge, Person};
use jiff::Timestamp;
use jiff::civil::Date;
use phone::PhoneNumber;
use tokio::sync::{Semaphore, mpsc};
use tokio::time::{Instant, Sleep};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use self::asking::Asking;
use self::commands::Pbx;
use self::history::Searches;
use self::looking_up::LookUp;
use self::recent::{Answer, Recent};
use self::recordings::Listening;
use crate::audit::Looks;
use crate::board::{Board, Change, NoPast, Outbox, Past, Rules};
use crate::catch_up::{CatchUp, Handed};
use crate::exports::Exports;
use crate::happening::{Asked, Happening};
use crate::hub::Hub;
use crate::log::{Durable, Fact, FactKind, MAIN, REHEARSAL, Reader, Readers, Row, Ticket, WriteFailed, Writer};
use crate::offered::Offered;
use crate::roster::Roster;
use crate::sounds::Sounds;
use crate::support::Support;
use crate::vitals::Vitals;
use crate::ways::Ways;

/// How often time is looked at: a call ends, a look-up gives up, counters are shown.
const TICK: Duration = Duration::from_millis(250);
/// The same once nothing has happened for [`QUIET_AFTER`]: every look wakes the processor up.
const TICK_WHEN_QUIET: Duration = Duration::from_secs(2);
/// By then nothing is left of what a second or two would matter to: a dial, a command, a call between two legs.
const QUIET_AFTER: Duration = Duration::from_secs(60);
/// How often the desk's counters are shown at most.
const SHOW_COUNTERS: jiff::SignedDuration = jiff::SignedDuration::from_secs(1);
/// Calls that began within this time are on the board after a start, whatever day it was.
const LONGEST_CALL: jiff::SignedDuration = jiff::SignedDuration::from_hours(5);
/// Look-ups in flight.
const LOOK_UPS: usize = 16;
/// Look-ups that may wait for their turn; more callers at once than a clinic has lines.
const WAITING_LOOK_UPS: usize = 2000;

/// What the loop is made of.
pub(crate) struct Parts {
    pub rules: Rules,
    pub log: Option<OpenLog>,
    pub vitals: Arc<Vitals>,
    pub directory: Arc<Knowledge>,
    pub rehearsal_directory: Arc<Knowledge>,
    pub pbx: Pbx,
    pub viewer: wire::Viewer,
    pub desk: wire::Desk,
    pub epoch: String,
    pub keep_days: u32,
    /// As the audit trail compares them.
    pub audited_settings: BTreeMap<String, String>,
    pub dialling: Dialling,
    pub ask_about_callers: bool,
    pub feed_address: SocketAddr,
    pub sounds: Arc<Sounds>,
    pub files: Arc<Offered>,
    pub support: Arc<Support>,
    pub exports: Arc<Exports>,
    pub happenings: mpsc::Sender<Happening>,
    pub stop: CancellationToken,
    pub tasks: TaskTracker,
}

/// How callbacks are made when nobody says otherwise.
#[derive(Debug, Clone, Default)]
pub(crate) struct Dialling {
    /// The outgoing line.
    pub line: Option<String>,
    /// Whether the own phone picks up by itself.
    pub auto_answer: bool,
}

/// The log, open.
pub(crate) struct OpenLog {
    pub writer: Writer,
    pub reader: Reader,
    /// For what takes longer than the loop may wait.
    pub readers: Arc<Readers>,
    /// Where the log of before lies, when it was found damaged at this start.
    pub set_aside: Option<PathBuf>,
}

/// The loop's state.
pub(crate) struct Running {
    board: Board,
    hub: Hub,
    log: Option<OpenLog>,
    /// What happens once a write is on disk, in the order of the writes.
    after: VecDeque<(Ticket, requests::Effect)>,
    recent: Recent,
    catch_up: CatchUp,
    /// What statistics told, waiting for its turn.
    handed: VecDeque<Handed>,
    roster: Roster,
    /// Who waits for the PBX's answer about it.
    roster_wanted: Vec<Asked>,
    dialling: Dialling,
    asking: Asking,
    feed_address: SocketAddr,
    sounds: Arc<Sounds>,
    files: Arc<Offered>,
    support: Arc<Support>,
    ways: Ways,
    exports: Arc<Exports>,
    typing: Searches,
    listening: HashMap<String, Listening>,
    /// Commands about calls that were asked for and have no answer yet: which call, what, who, and the command's id.
    under_way: HashMap<(String, wire::Action, Option<String>), String>,
    pbx: Pbx,
    desk: wire::Desk,
    shown_at: Timestamp,
    viewer: wire::Viewer,
    vitals: Arc<Vitals>,
    directory: Arc<Knowledge>,
    rehearsal_directory: Arc<Knowledge>,
    looking_up: HashMap<PhoneNumber, LookUp>,
    /// Numbers whose earlier words the log is asked for, and whether it is being asked.
    said_wanted: VecDeque<String>,
    asks_said: bool,
    /// Who was shown whom today.
    looks: Looks,
    /// Numbers look-ups.
    searches: u64,
    /// Changes in the directory that are under way, by their fingerprints.
    changing: HashSet<u64>,
    /// The last search's people, by id.
    found_people: HashMap<String, Person>,
    look_ups: Arc<Semaphore>,
    today: Date,
    time_zone: jiff::tz::TimeZone,
    keep_days: u32,
    happenings: mpsc::Sender<Happening>,
    stop: CancellationToken,
    tasks: TaskTracker,
}

impl Running {
    /// Puts the parts together and brings back what the log knows of today.
    pub(crate) fn new(parts: Parts, now: Timestamp) -> Running {
        let time_zone = parts.rules.time_zone.clone();
        let mut running = Running {
            hub: Hub::new(parts.epoch),
            log: parts.log,
            after: VecDeque::new(),
            recent: Recent::default(),
            catch_up: CatchUp::new(false, 0, None, None, now),
            handed: VecDeque::new(),
            roster: Roster::new(parts.rules.line_names.clone()),
            roster_wanted: Vec::new(),
            dialling: parts.dialling,
            asking: Asking::new(parts.ask_about_callers),
            feed_address: parts.feed_address,
            sounds: parts.sounds,
            files: parts.files,
            support: parts.support,
            ways: Ways::default(),
            exports: parts.exports,
            typing: Searches::default(),
            listening: HashMap::new(),
            under_way: HashMap::new(),
            board: Board::new(parts.rules),
            pbx: parts.pbx,
            desk: parts.desk,
            shown_at: now,
            viewer: parts.viewer,
            vitals: parts.vitals,
            directory: parts.directory,
            rehearsal_directory: parts.rehearsal_directory,
            looking_up: HashMap::new(),
            said_wanted: VecDeque::new(),
            asks_said: false,
            looks: Looks::default(),
            searches: 0,
            changing: HashSet::new(),
            found_people: HashMap::new(),
            look_ups: Arc::new(Semaphore::new(LOOK_UPS)),
            today: now.to_zoned_datetime(time_zone.clone()).date(),
            time_zone,
            keep_days: parts.keep_days,
            happenings: parts.happenings,
            stop: parts.stop,
            tasks: parts.tasks,
        };
        if let Err(error) = running.restore(now) {
            tracing::error!(%error, "the log could not be read at start; today's calls are missing from view");
        }
        running.delete_old(now);
        running.audit_settings(&parts.audited_settings, now);
        running.remember_silence(now);
        running
    }

    /// Runs until stopped and nothing more comes.
    pub(crate) async fn run(
        mut self,
        mut happenings: mpsc::Receiver<Happening>,
        mut durable: Option<mpsc::UnboundedReceiver<Durable>>,
    ) {
        let mut tick = std::pin::pin!(tokio::time::sleep(TICK));
        let mut happened = Instant::now();
        let vitals = Arc::clone(&self.vitals);
        loop {
            tokio::select! {
                biased;
                Some(told) = next_durable(&mut durable) => self.durable(told),
                happening = happenings.recv() => match happening {
                    Some(happening) => {
                        happened = Instant::now();
                        sooner(tick.as_mut(), happened + TICK);
                        self.take(happening);
                    }
                    None => break,
                },
                () = &mut tick => {
                    self.tick(Timestamp::now());
                    let now = Instant::now();
                    let pause = if now - happened > QUIET_AFTER { TICK_WHEN_QUIET } else { TICK };
                    tick.as_mut().reset(now + pause);
                }
                // Last: a flood of them must not keep the time from being looked at.
                () = vitals.refuses(), if tick.deadline() > Instant::now() + TICK => sooner(tick.as_mut(), Instant::now() + TICK),
                () = self.stop.cancelled() => break,
            }
        }
        // Nobody posts any more; what was taken is still written and answered.
        happenings.close();
        while let Some(happening) = happenings.recv().await {
            self.take(happening);
        }
        self.exports.clear();
        if let Some(log) = self.log.take() {
            let _ = tokio::task::spawn_blocking(move || log.writer.close()).await;
        }
    }

    fn take(&mut self, happening: Happening) {
        let now = Timestamp::now();
        match happening {
            Happening::Post { account, path, body, post, received_at, arrived, kept } => {
                let way = self.begin_way(account, &post, received_at, arrived);
                let outbox = {
                    let past = past(self.log.as_ref());
                    self.board.post(account, &post, received_at, past)
                };
                if account == MAIN {
                    if self.roster.hear(&post) {
                        self.show_roster();
                    }
                    self.catch_up.heard(now);
                    self.ask_further(&post, now);
                }
                let subject = crate::board::subject(&post);
                let fact = Fact { account, kind: FactKind::Post, path, received_at, subject, body };
                let written = self.carry_out(outbox, Some(fact), Some(kept));
                self.way_is_written(way, written.and_then(Result::ok));
            }
            Happening::Card { number, learned } => self.learned(&number, learned, now),
            Happening::Said(said) => self.said(said),
            Happening::LookedUp { number, search } => self.looked_up(&number, search),
            Happening::Written { asked, change, same, outcome } => self.written(&asked, (change, same), outcome, now),
            Happening::Slots { asked, slots } => self.slots_told(&asked, slots),
            Happening::Named { number, name, refused } => self.named(&number, name, refused, now),
            Happening::Topics { entry, topics, refused } => self.topics_told(&entry, topics, refused, now),
            Happening::Tracked { entry, source, refused } => self.tracked(&entry, source, refused, now),
            Happening::Directory(health) => {
                self.vitals.set_directory(health.clone());
                let may_know_more = health.state == wire::DirectoryState::Ok
                    || health.people != self.desk.directory.people
                    || health.kind != self.desk.directory.kind;
                self.desk.directory = health;
                self.show_desk(now);
                if !may_know_more {
                    // It has only got worse: cards that say so are asked for again when it heals.
                    return;
                }
                let outbox = self.board.look_up_open_cards(now, past(self.log.as_ref()));
                self.carry_out(outbox, None, None);
            }
            Happening::Attach { viewer, since, frames, attached } => {
                if self.count() {
                    self.show_desk(now);
                }
                let viewer = viewer.unwrap_or_else(|| self.viewer.clone());
                let seen = (&self.desk, self.roster.view());
                let session = self.hub.attach(viewer, since.as_ref(), frames, &self.board, seen, now);
                if attached.send(session).is_err() {
                    self.hub.detach(session);
                }
                self.audit_arrival(session, now);
            }
            Happening::Detach(session) => {
                self.hub.detach(session);
                self.typing.forget(session);
            }
            Happening::Request(session, request) => self.request(session, request, now),
            Happening::Told { asked, answer } => self.answer(&asked, answer),
            Happening::Found { asked, people } => self.found(&asked, people, now),
            Happening::Answered { asked, answer } => self.answer(&asked, answer),
            Happening::Dialled { asked, account, replied, outcome } => {
                self.dialled(&asked, account, &replied, outcome, now);
            }
            Happening::Commanded { asked, account, about, replied, outcome } => {
                self.commanded(&asked, account, about, &replied, outcome, now);
            }
            Happening::Roster(told) => self.roster_told(told, now),
            Happening::Recording { recording, url } => self.recording_fetched(&recording, url, now),
            Happening::Recalled(handed) => {
                self.handed.extend(handed);
                self.take_recalled(now);
            }
            Happening::CaughtUp(ended) => self.caught_up(ended, now),
            Happening::Checked(outcome) => self.show_vpbx(&outcome, now),
            Happening::RehearsalPbx(commands) => self.pbx.set_rehearsal(commands),
        }
    }

    /// The account that questions about the PBX go to.
    fn main_account(&self) -> &'static str {
        if self.pbx.client(MAIN).is_none() && self.pbx.client(REHEARSAL).is_some() { REHEARSAL } else { MAIN }
    }

    fn tick(&mut self, now: Timestamp) {
        let outbox = self.board.tick(now);
        self.carry_out(outbox, None, None);
        self.recent.forget(now);
        self.catch_up_if_due(now);
        if now.duration_since(self.shown_at) >= SHOW_COUNTERS && self.count() {
            self.show_desk(now);
        }
        if self.exports.has_old() {
            let exports = self.exports.clone();
            self.tasks.spawn_blocking(move || exports.delete_old());
        }
        let today = now.to_zoned_datetime(self.time_zone.clone()).date();
        if today != self.today {
            self.today = today;
            self.delete_old(now);
        }
    }

    /// Tells, writes and asks what an [`Outbox`] says. Returns the write's ticket, if there was something to write.
    fn carry_out(
        &mut self,
        outbox: Outbox,
        fact: Option<Fact>,
        kept: Option<tokio::sync::oneshot::Sender<Result<(), WriteFailed>>>,
    ) -> Option<Result<Ticket, WriteFailed>> {
        let told: Vec<Change> = outbox.changes.clone();
        for change in outbox.changes {
            let call = if let Change::Call(shown) = &change { Some(Arc::clone(shown)) } else { None };
            self.hub.tell(change, &self.desk);
            if let Some(shown) = call {
                self.ways.told(&shown.call);
            }
        }
        for number in outbox.look_up {
            self.look_up(number);
        }
        self.ask_said(outbox.ask_said);
        let mut rows = outbox.rows;
        rows.extend(self.looks_at(&told, Timestamp::now()));
        if fact.is_none() && rows.is_empty() && outbox.after_disk.is_empty() {
            return None;
        }
        let written = self.write(fact, rows, kept);
        if let Ok(ticket) = written
            && !outbox.after_disk.is_empty()
        {
            self.board.wait_for_disk(ticket, outbox.after_disk);
        }
        Some(written)
    }

    fn write(
        &mut self,
        fact: Option<Fact>,
        rows: Vec<Row>,
        kept: Option<tokio::sync::oneshot::Sender<Result<(), WriteFailed>>>,
    ) -> Result<Ticket, WriteFailed> {
        match &mut self.log {
            Some(log) => log.writer.write(fact, rows, kept),
            None => {
                let failed = WriteFailed(self.desk.log_why.clone().unwrap_or_else(|| "there is no log".to_owned()));
                if let Some(kept) = kept {
                    let _ = kept.send(Err(failed.clone()));
                }
                Err(failed)
            }
        }
    }

    fn durable(&mut self, told: Durable) {
        let now = Timestamp::now();
        self.show_log(told.failed.clone(), now);
        self.vitals.set_log_failing(told.failed.is_some());
        self.catch_up.log_is_failing(told.failed.is_some(), now);
        while let Some((ticket, _)) = self.after.front() {
            if *ticket > told.up_to {
                break;
            }
            if let Some((_, effect)) = self.after.pop_front() {
                self.effect(effect, told.failed.as_deref(), now);
            }
        }
        if told.failed.is_none() {
            self.ways.stored(told.up_to);
            self.vitals.set_log_sequence(i64::try_from(told.up_to).unwrap_or(i64::MAX));
            // Rows that waited while the disk failed are shown with the first batch that it takes.
            let outbox = self.board.durable(told.up_to, past(self.log.as_ref()));
            self.carry_out(outbox, None, None);
        }
    }
}

/// The log as the board asks for it.
fn past(log: Option<&OpenLog>) -> &dyn Past {
    log.map_or(&NoPast, |log| &log.reader)
}

/// Moves a planned moment to an earlier one.
fn sooner(planned: Pin<&mut Sleep>, at: Instant) {
    if planned.deadline() > at {
        planned.reset(at);
    }
}

async fn next_durable(durable: &mut Option<mpsc::UnboundedReceiver<Durable>>) -> Option<Durable> {
    match durable {
        Some(durable) => durable.recv().await,
        None => None,
    }
}
