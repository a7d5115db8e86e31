//! The one writer: a thread that commits whatever has gathered, and only then says "durable".

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::mpsc as thread_channel;
use std::time::Duration;

use rusqlite::{Connection, TransactionBehavior, params};
use tokio::sync::{mpsc, oneshot};

use super::chores::Chores;
use super::{CallRow, Fact, FactKind, NoteRow, Row, audit, damage, history, schema};

/// How many writes may wait for the disk; further ones are refused, which answers the PBX 503.
const WAITING: usize = 8192;
/// How many writes one commit takes at most.
const BATCH: usize = 1024;
/// How many writes that the disk did not take are held for when it does.
const MOST_OWED: usize = 10_000;
/// How often a disk that took nothing is tried again when nothing new comes.
const OWED_AGAIN: Duration = Duration::from_secs(5);
/// The format of our own facts' bodies.
const FACT_VERSION: i64 = 1;

/// The number of a write, in the order they were handed in.
pub type Ticket = u64;

/// What the writer tells after each commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Durable {
    /// Every write up to this one is dealt with.
    pub up_to: Ticket,
    /// Why the batch was not kept; `None`: it is on disk.
    pub failed: Option<String>,
}

/// A write that was not kept.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the log cannot be written: {0}")]
pub struct WriteFailed(pub String);

#[derive(Debug)]
struct Write {
    ticket: Ticket,
    fact: Option<Fact>,
    rows: Vec<Row>,
    done: Option<oneshot::Sender<Result<(), WriteFailed>>>,
}

#[derive(Debug)]
enum Job {
    Write(Write),
    DeleteBefore(i64),
}

/// Hands writes to the writer's thread.
#[derive(Debug)]
pub struct Writer {
    jobs: Option<thread_channel::SyncSender<Job>>,
    thread: Option<std::thread::JoinHandle<()>>,
    durable: Option<mpsc::UnboundedReceiver<Durable>>,
    next: Ticket,
}

impl Writer {
    /// `lock` is held until the file is closed. `folder` is where the log lies.
    pub(super) fn start(connection: Connection, lock: std::fs::File, folder: &Path) -> Writer {
        let folder = folder.to_owned();
        let (jobs, waiting) = thread_channel::sync_channel(WAITING);
        let (told, durable) = mpsc::unbounded_channel();
        let thread = std::thread::Builder::new()
            .name("log-writer".to_owned())
            .spawn(move || {
                run(connection, &waiting, &told, &folder);
                drop(lock);
            })
            .ok();
        Writer { jobs: Some(jobs), thread, durable: Some(durable), next: 0 }
    }

    /// The word after each commit; can be taken once.
    pub fn take_durable(&mut self) -> Option<mpsc::UnboundedReceiver<Durable>> {
        self.durable.take()
    }

    /// Hands in a fact with the rows it changed. `done` hears when it is on disk, or that it is not.
    ///
    /// # Errors
    /// When too many writes wait for the disk; `done` hears it too.
    pub fn write(
        &mut self,
        fact: Option<Fact>,
        rows: Vec<Row>,
        done: Option<oneshot::Sender<Result<(), WriteFailed>>>,
    ) -> Result<Ticket, WriteFailed> {
        self.next += 1;
        let ticket = self.next;
        let job = Job::Write(Write { ticket, fact, rows, done });
        let (job, why) = match &self.jobs {
            Some(jobs) => match jobs.try_send(job) {
                Ok(()) => return Ok(ticket),
                Err(thread_channel::TrySendError::Full(job)) => (job, "too many writes wait for the disk"),
                Err(thread_channel::TrySendError::Disconnected(job)) => (job, "the writer has ended"),
            },
            None => (job, "the log is closed"),
        };
        let failed = WriteFailed(why.to_owned());
        if let Job::Write(Write { done: Some(done), .. }) = job {
            let _ = done.send(Err(failed.clone()));
        }
        Err(failed)
    }

    /// Deletes everything received before a moment (Unix ms): whole days, facts and projections alike, bit by bit while
    /// nothing else is written, until no byte of it is left.
    pub fn delete_before(&self, moment_ms: i64) {
        if let Some(jobs) = &self.jobs {
            let _ = jobs.try_send(Job::DeleteBefore(moment_ms));
        }
    }

    /// Commits what waits and closes the file. Blocks.
    pub fn close(self) {
        drop(self);
    }
}

impl Drop for Writer {
    /// Waits for the thread: a program that ends under it takes the cipher's library away while it still writes.
    fn drop(&mut self) {
        self.jobs = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn run(
    mut connection: Connection,
    waiting: &thread_channel::Receiver<Job>,
    told: &mpsc::UnboundedSender<Durable>,
    folder: &Path,
) {
    let mut owed = Owed::default();
    let mut chores = Chores::new(&connection);
    loop {
        let mut writes = Vec::new();
        let mut next = match owed.next(waiting, chores.due_in()) {
            Next::Job(job) => Some(job),
            Next::TryAgain => None,
            Next::End => break,
        };
        while let Some(job) = next {
            match job {
                Job::Write(write) => writes.push(write),
                Job::DeleteBefore(moment) => {
                    chores.delete_before(moment);
                    damage::forget_set_aside(folder, moment);
                }
            }
            next = if writes.len() < BATCH { waiting.try_recv().ok() } else { None };
        }
        if !writes.is_empty() || !owed.is_empty() {
            let kept = commit(&mut connection, owed.writes.iter().chain(&writes));
            let failed = kept.as_ref().err().map(|error| why(error, folder));
            if let Some(up_to) = owed.writes.iter().chain(&writes).map(|write| write.ticket).max() {
                let _ = told.send(Durable { up_to, failed: failed.clone() });
            }
            for done in writes.iter_mut().filter_map(|write| write.done.take()) {
                let _ = done.send(failed.clone().map_or(Ok(()), |why| Err(WriteFailed(why))));
            }
            match failed {
                Some(_) => owed.add(writes),
                None => owed = Owed::default(),
            }
            chores.written(&connection);
        } else {
            chores.step_if_due(&mut connection);
        }
        if chores.are_pressing() {
            chores.step_if_due(&mut connection);
        }
    }
    chores.finish(&mut connection);
    if let Err(error) = connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())) {
        tracing::warn!(%error, "the log was closed without a checkpoint; the next start does it");
    }
}

/// What a full or broken disk did not take: written with the next batch that it does take. The board knows these posts
/// already, so a repeat of one would bring no rows with it.
#[derive(Default)]
struct Owed {
    writes: Vec<Write>,
}

enum Next {
    Job(Job),
    TryAgain,
    End,
}

impl Owed {
    fn is_empty(&self) -> bool {
        self.writes.is_empty()
    }

    /// Waits for the next job; not for ever while something is owed or a chore is due.
    fn next(&self, waiting: &thread_channel::Receiver<Job>, chore_in: Option<Duration>) -> Next {
        let owed_in = (!self.is_empty()).then_some(OWED_AGAIN);
        let Some(patience) = owed_in.into_iter().chain(chore_in).min() else {
            return waiting.recv().map_or(Next::End, Next::Job);
        };
        match waiting.recv_timeout(patience) {
            Ok(job) => Next::Job(job),
            Err(thread_channel::RecvTimeoutError::Timeout) => Next::TryAgain,
            Err(thread_channel::RecvTimeoutError::Disconnected) => Next::End,
        }
    }

    /// Takes over a failed batch: what the board shows already. A command's intent is not owed: the command was refused for
    /// want of it.
    fn add(&mut self, writes: Vec<Write>) {
        let worth_keeping = |write: &Write| {
            let is_shown = |kind| matches!(kind, FactKind::Post | FactKind::Statistics | FactKind::WrapUp);
            write.fact.as_ref().is_none_or(|fact| is_shown(fact.kind))
        };
        self.writes.extend(writes.into_iter().filter(worth_keeping));
        let surplus = self.writes.len().saturating_sub(MOST_OWED);
        if surplus > 0 {
            tracing::error!(surplus, "events that were not acknowledged are given up: the disk takes nothing");
            self.writes.drain(..surplus);
        }
    }
}

/// What a person is told of a write that failed. Damage is remembered: the next start begins a new log.
fn why(error: &rusqlite::Error, folder: &Path) -> String {
    if !damage::tells_of_damage(error) {
        return error.to_string();
    }
    damage::set_aside_at_next_start(folder);
    format!("{error}; start the program again: the damaged log is then set aside and a new one begun")
}

fn commit<'a>(connection: &mut Connection, writes: impl Iterator<Item = &'a Write>) -> rusqlite::Result<()> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    // A busy call changes several times within a batch; only its last look is worth writing.
    let mut calls: BTreeMap<&str, &CallRow> = BTreeMap::new();
    for write in writes {
        if let Some(fact) = &write.fact {
            insert(&transaction, fact)?;
        }
        for row in &write.rows {
            match row {
                Row::Call(call) => {
                    calls.insert(&call.entry, call);
                }
                Row::Episode { .. }
                | Row::OpenMissed { .. }
                | Row::Choice { .. }
                | Row::Contact { .. }
                | Row::Roster { .. }
                | Row::CatchUp { .. }
                | Row::Audit(_)
                | Row::AuditedSettings { .. }
                | Row::Note(_) => {
                    apply(&transaction, row)?;
                }
            }
        }
    }
    for call in calls.into_values() {
        put_call(&transaction, call)?;
    }
    transaction.commit()
}

fn insert(connection: &Connection, fact: &Fact) -> rusqlite::Result<()> {
    connection
        .prepare_cached(
            "INSERT OR IGNORE INTO facts (account, kind, version, path, hash, received_at, subject, body)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        )?
        .execute(params![
            fact.account,
            fact.kind.word(),
            FACT_VERSION,
            fact.path,
            fact.hash(),
            fact.received_at.as_millisecond(),
            fact.subject,
            fact.body,
        ])
        .map(|_| ())
}

fn put_call(connection: &Connection, call: &CallRow) -> rusqlite::Result<()> {
    connection
        .prepare_cached(
            "INSERT INTO calls (entry, started_at, live, number, search, json) VALUES (?1, ?2, ?3, ?4, '', ?5)
             ON CONFLICT (entry) DO UPDATE SET started_at = ?2, live = ?3, number = ?4, search = '', json = ?5",
        )?
        .execute(params![call.entry, call.started_ms, call.live, call.number, call.json])?;
    history::put(connection, call)
}

pub(super) fn apply(connection: &Connection, row: &Row) -> rusqlite::Result<()> {
    match row {
        Row::Call(call) => put_call(connection, call),
        Row::Episode { entry, episode: Some(episode) } => connection
            .prepare_cached(
                "INSERT INTO episodes (entry, number_key, kind, at, by, why) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
                 ON CONFLICT (entry) DO UPDATE SET number_key = ?2, kind = ?3, at = ?4, by = ?5, why = ?6",
            )?
            .execute(params![entry, episode.number_key, episode.kind, episode.at_ms, episode.by, episode.why])
            .map(|_| ()),
        Row::Episode { entry, episode: None } => {
            connection.prepare_cached("DELETE FROM episodes WHERE entry = ?1")?.execute([entry]).map(|_| ())
        }
        Row::OpenMissed { number_key, open: true } => connection
            .prepare_cached("INSERT OR IGNORE INTO open_missed (number_key) VALUES (?1)")?
            .execute([number_key])
            .map(|_| ()),
        Row::OpenMissed { number_key, open: false } => connection
            .prepare_cached("DELETE FROM open_missed WHERE number_key = ?1")?
            .execute([number_key])
            .map(|_| ()),
        Row::Choice { number, person: Some(person) } => connection
            .prepare_cached(
                "INSERT INTO choices (number, person) VALUES (?1, ?2) ON CONFLICT (number) DO UPDATE SET person = ?2",
            )?
            .execute([number, person])
            .map(|_| ()),
        Row::Choice { number, person: None } => {
            connection.prepare_cached("DELETE FROM choices WHERE number = ?1")?.execute([number]).map(|_| ())
        }
        Row::Contact { number, contact, name: Some(name) } => connection
            .prepare_cached(
                "INSERT INTO contacts (number, contact, name) VALUES (?1, ?2, ?3)
                 ON CONFLICT (number) DO UPDATE SET contact = ?2, name = ?3",
            )?
            .execute(params![number, contact, name])
            .map(|_| ()),
        Row::Contact { number, name: None, .. } => {
            connection.prepare_cached("DELETE FROM contacts WHERE number = ?1")?.execute([number]).map(|_| ())
        }
        Row::Roster { json } => schema::set_meta(connection, "roster", json),
        Row::CatchUp { json } => schema::set_meta(connection, "catch_up", json),
        Row::Note(note) => put_note(connection, note),
        Row::Audit(record) => audit::append(connection, record),
        Row::AuditedSettings { json } => schema::set_meta(connection, audit::SETTINGS, json),
    }
}

fn put_note(connection: &Connection, note: &NoteRow) -> rusqlite::Result<()> {
    let NoteRow { entry, number, started_ms, written } = note;
    if written.is_empty() {
        return connection.prepare_cached("DELETE FROM notes WHERE entry = ?1")?.execute([entry]).map(|_| ());
    }
    let tags = serde_json::to_string(&written.tags).unwrap_or_else(|_| "[]".to_owned());
    connection
        .prepare_cached(
            "INSERT OR REPLACE INTO notes (entry, number, started_at, text, person, outcome, tags, done, by, at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
        )?
        .execute(params![
            entry,
            number,
            started_ms,
            written.text,
            written.person,
            written.outcome,
            tags,
            written.done,
            written.by,
            written.at_ms,
        ])
        .map(|_| ())
}
