//! The desk's core in a simulated world: network, disk, clock and crashes come from one seed, so a failure replays
//! exactly. `SEEDS=10000` runs that many worlds instead of a few dozen, `SEED=77` one of them.

mod disk;
mod script;

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap};

use calls::EntryId;
use jiff::{SignedDuration, Timestamp};
use mango_vpbx::VerifiedJson;
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};

use self::disk::Disk;
use self::script::{Ending, Script};
use super::*;
use crate::log::{Fact, FactKind};

/// Worlds, unless `SEEDS` or `SEED` says otherwise.
const SEEDS: u64 = 60;
/// 2026-09-21 09:00 in Moscow: the whole simulation is one day.
const BEGIN_MS: i64 = 1_789_970_400_000;
/// The PBX gives a post up after so many tries.
const MOST_TRIES: u32 = 12;

#[test]
fn whatever_breaks_the_desk_ends_with_what_its_disk_tells() {
    let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
    let seeds = match number("SEED") {
        Some(seed) => seed..seed + 1,
        None => 0..number("SEEDS").unwrap_or(SEEDS),
    };
    let mut seen = Seen::default();
    for seed in seeds {
        seen.add(&World::new(seed).run());
    }
    tell(&seen);
    assert!(seen.worlds == 1 || (seen.crashes > 0 && seen.refused > 0 && seen.missed > 0), "too quiet: {seen:?}");
}

/// What happened in worlds, so that nobody takes a quiet one for a proof.
#[derive(Debug, Default)]
struct Seen {
    worlds: u64,
    posts: u64,
    crashes: u64,
    refused: u64,
    jumps: u64,
    missed: u64,
}

impl Seen {
    fn add(&mut self, other: &Seen) {
        self.worlds += other.worlds;
        self.posts += other.posts;
        self.crashes += other.crashes;
        self.refused += other.refused;
        self.jumps += other.jumps;
        self.missed += other.missed;
    }
}

fn tell(seen: &Seen) {
    println!(
        "simulation: {} seeds, {} posts, {} crashes, {} posts refused by the disk, {} jumps of the clock, {} missed calls",
        seen.worlds, seen.posts, seen.crashes, seen.refused, seen.jumps, seen.missed
    );
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Step {
    /// A post arrives for the so-many-th time.
    Arrives(usize, u32),
    /// The disk has written what it was given, or has not.
    Syncs,
    /// The disk takes nothing for a while.
    DiskFails,
    DiskHeals,
    /// The program is gone and comes back.
    Crashes,
    /// The computer's clock is set.
    ClockJumps,
    Ticks,
    /// Somebody says something about a row of missed calls.
    Says,
}

struct World {
    seed: u64,
    random: StdRng,
    script: Script,
    now_ms: i64,
    /// By how much the computer's clock is wrong.
    skew_ms: i64,
    queue: BinaryHeap<Reverse<(i64, u64, Step)>>,
    queued: u64,
    board: Board,
    disk: Disk,
    /// Posts whose 200 waits for the disk.
    unanswered: BTreeMap<Ticket, (usize, u32)>,
    /// Words about rows that wait for the disk.
    unsaid: BTreeMap<Ticket, (String, Vec<u8>, FactKind)>,
    acknowledged: BTreeSet<usize>,
    seen: Seen,
}

impl World {
    fn new(seed: u64) -> World {
        let mut random = StdRng::seed_from_u64(seed);
        let script = Script::generate(&mut random, BEGIN_MS);
        let mut world = World {
            seed,
            random,
            script,
            now_ms: BEGIN_MS,
            skew_ms: 0,
            queue: BinaryHeap::new(),
            queued: 0,
            board: Board::new(super::tests::rules()),
            disk: Disk::default(),
            unanswered: BTreeMap::new(),
            unsaid: BTreeMap::new(),
            acknowledged: BTreeSet::new(),
            seen: Seen { worlds: 1, ..Seen::default() },
        };
        world.plan();
        world
    }

    /// When everything happens that does not follow from something else.
    fn plan(&mut self) {
        for post in 0..self.script.posts.len() {
            let sent = self.script.posts[post].sent_ms;
            let late = if self.random.random_bool(0.1) {
                self.random.random_range(0..40_000)
            } else {
                self.random.random_range(5..300)
            };
            self.at(sent + late, Step::Arrives(post, 1));
            if self.random.random_bool(0.1) {
                let again = sent + late + self.random.random_range(1..90_000);
                self.at(again, Step::Arrives(post, 1));
            }
        }
        let end = self.script.end_ms();
        for (step, most) in [(Step::Crashes, 3), (Step::DiskFails, 2), (Step::ClockJumps, 1), (Step::Says, 8)] {
            for _ in 0..self.random.random_range(0..=most) {
                let moment = self.random.random_range(BEGIN_MS..end);
                self.at(moment, step);
            }
        }
        self.at(BEGIN_MS + 1_000, Step::Ticks);
    }

    fn at(&mut self, moment: i64, step: Step) {
        self.queued += 1;
        self.queue.push(Reverse((moment, self.queued, step)));
    }

    fn within(&mut self, least: i64, most: i64, step: Step) {
        let moment = self.now_ms + self.random.random_range(least..most);
        self.at(moment, step);
    }

    /// What the computer's clock says.
    fn clock(&self) -> Timestamp {
        Timestamp::from_millisecond(self.now_ms + self.skew_ms).unwrap()
    }

    fn run(mut self) -> Seen {
        let end = self.script.end_ms() + 20 * 60_000;
        while let Some(Reverse((moment, _, step))) = self.queue.pop() {
            self.now_ms = self.now_ms.max(moment);
            match step {
                Step::Arrives(post, attempt) => self.arrives(post, attempt),
                Step::Syncs => self.syncs(),
                Step::DiskFails => {
                    self.disk.is_failing = true;
                    self.within(500, 60_000, Step::DiskHeals);
                }
                Step::DiskHeals => {
                    self.disk.is_failing = false;
                    // What is owed is written with the next batch.
                    self.within(1, 100, Step::Syncs);
                }
                Step::Crashes => self.crashes(),
                Step::ClockJumps => {
                    self.seen.jumps += 1;
                    self.skew_ms += self.random.random_range(-600_000..600_000);
                }
                Step::Ticks => {
                    let outbox = self.board.tick(self.clock());
                    self.carry_out(outbox, None);
                    if self.now_ms < end {
                        self.within(200, 20_000, Step::Ticks);
                    }
                }
                Step::Says => self.says(),
            }
            self.check_rows();
        }
        self.end()
    }

    fn arrives(&mut self, post: usize, attempt: u32) {
        self.seen.posts += 1;
        let (path, body, subject) = {
            let sent = &self.script.posts[post];
            (sent.path.to_owned(), sent.json.clone().into_bytes(), sent.entry.clone())
        };
        let parsed = mango_vpbx::parse(&path, &VerifiedJson::kept(String::from_utf8(body.clone()).unwrap())).unwrap();
        let received_at = self.clock();
        let outbox = self.board.post(MAIN, &parsed, received_at, &self.disk);
        let fact = Fact { account: MAIN, kind: FactKind::Post, path, received_at, subject: Some(subject), body };
        let ticket = self.carry_out(outbox, Some(fact)).unwrap();
        self.unanswered.insert(ticket, (post, attempt));
    }

    fn carry_out(&mut self, outbox: Outbox, fact: Option<Fact>) -> Option<Ticket> {
        self.check_pops(&outbox);
        if fact.is_none() && outbox.rows.is_empty() && outbox.after_disk.is_empty() {
            return None;
        }
        let ticket = self.disk.write(fact, outbox.rows);
        self.board.wait_for_disk(ticket, outbox.after_disk);
        self.within(1, 60, Step::Syncs);
        Some(ticket)
    }

    fn syncs(&mut self) {
        let Some(up_to) = self.disk.sync() else {
            // 503: the PBX tries again, until it gives up.
            for (_, (post, attempt)) in std::mem::take(&mut self.unanswered) {
                self.refused(post, attempt);
            }
            // A word that was not kept was not said.
            self.unsaid.clear();
            return;
        };
        let later = self.unanswered.split_off(&(up_to + 1));
        for (post, _) in std::mem::replace(&mut self.unanswered, later).into_values() {
            self.acknowledged.insert(post);
        }
        let later = self.unsaid.split_off(&(up_to + 1));
        for (number_key, body, kind) in std::mem::replace(&mut self.unsaid, later).into_values() {
            let episode = row_episode(kind, &body).unwrap();
            let outbox = self.board.row_word(&number_key, episode, &self.disk);
            self.carry_out(outbox, None);
        }
        let outbox = self.board.durable(up_to, &self.disk);
        self.carry_out(outbox, None);
    }

    fn refused(&mut self, post: usize, attempt: u32) {
        self.seen.refused += 1;
        if attempt < MOST_TRIES && !self.acknowledged.contains(&post) {
            self.within(1_000, 60_000, Step::Arrives(post, attempt + 1));
        }
    }

    fn crashes(&mut self) {
        self.seen.crashes += 1;
        self.disk.lose_what_is_not_synced();
        self.unsaid.clear();
        for (_, (post, attempt)) in std::mem::take(&mut self.unanswered) {
            self.refused(post, attempt);
        }
        let (board, rows) = self.disk.restored(self.clock());
        self.board = board;
        self.carry_out(Outbox { rows, ..Outbox::default() }, None);
    }

    /// Somebody claims, puts off or closes a row.
    fn says(&mut self) {
        let open: Vec<String> = self.rows().into_iter().filter(|row| row.closed.is_none()).map(|row| row.id).collect();
        if open.is_empty() {
            return;
        }
        let row = &open[self.random.random_range(0..open.len())];
        let now = self.clock();
        let word = match self.random.random_range(0..4) {
            0 => RowWord::Claim,
            1 => RowWord::GiveBack,
            2 => RowWord::PutOff(Some(now + SignedDuration::from_mins(15))),
            _ => RowWord::Close { how: wire::ClosedHow::Dismissed, reason: Some("wrong number".to_owned()) },
        };
        let extension = phone::Extension::new("202");
        let (number_key, body) = self.board.row_fact(row, extension.as_ref(), &word, now).unwrap();
        let fact = Fact {
            account: MAIN,
            kind: word.kind(),
            path: "desk/row".to_owned(),
            received_at: now,
            subject: Some(number_key.clone()),
            body: body.clone(),
        };
        if let Some(ticket) = self.carry_out(Outbox::default(), Some(fact)) {
            self.unsaid.insert(ticket, (number_key, body, word.kind()));
        }
    }

    fn rows(&self) -> Vec<wire::Missed> {
        self.board.snapshot(self.clock()).missed
    }

    /// A call pops only where a phone rings that nobody took.
    fn check_pops(&self, outbox: &Outbox) {
        let reception =
            viewer(&wire::Viewer { extension: Some("201".to_owned()), groups: vec![], pop: wire::Pop::Mine });
        for change in &outbox.changes {
            let Change::Call(shown) = change else { continue };
            let call = shown.for_viewer(&reception);
            let rings = call
                .legs
                .iter()
                .any(|leg| leg.extension.as_deref() == Some("201") && leg.state == wire::LegState::Ringing);
            assert!(!call.pops || rings, "seed {}: it pops and does not ring: {call:#?}", self.seed);
            assert!(
                !call.pops || call.answered_by.is_none(),
                "seed {}: it pops after it was taken: {call:#?}",
                self.seed
            );
        }
    }

    /// A row that is shown can never be lost: its calls are on the disk.
    fn check_rows(&self) {
        for row in self.rows() {
            for call in &row.calls {
                assert!(
                    self.disk.knows(call),
                    "seed {}: a row tells of a call that could be lost: {row:#?}",
                    self.seed
                );
            }
        }
    }

    fn end(mut self) -> Seen {
        self.disk.is_failing = false;
        self.syncs();
        self.now_ms = self.script.end_ms() + 5 * 3_600_000;
        let outbox = self.board.tick(self.clock());
        self.carry_out(outbox, None);
        self.syncs();

        let now = self.clock();
        let (mut restored, rows) = self.disk.restored(now);
        let ticket = self.disk.write(None, rows);
        self.disk.sync();
        restored.durable(ticket, &self.disk);
        let (calls, missed) = seen(&self.board, now);
        let (restored_calls, restored_missed) = seen(&restored, now);
        let seed = self.seed;
        for (id, call) in &restored_calls {
            assert_eq!(calls.get(id), Some(call), "seed {seed}: a restart shows {id} otherwise");
        }
        assert_eq!(missed, restored_missed, "seed {seed}: a restart shows other rows of missed calls");
        for call in calls.values() {
            assert_eq!(call.state, wire::CallState::Ended, "seed {seed}: {} is still live", call.id);
        }
        for post in &self.acknowledged {
            let entry = &self.script.posts[*post].entry;
            assert!(self.disk.knows(entry), "seed {seed}: {entry} was acknowledged and is lost");
        }
        for (entry, ending) in self.script.endings() {
            let all_came = (0..self.script.posts.len())
                .filter(|post| &self.script.posts[*post].entry == entry)
                .all(|post| self.acknowledged.contains(&post));
            if !all_came {
                continue;
            }
            let outcome = self.disk.outcome(&EntryId::new(entry), now);
            let wanted = match ending {
                Ending::Answered => wire::Outcome::Answered,
                Ending::Missed => wire::Outcome::Missed,
            };
            assert_eq!(outcome, Some(wanted), "seed {seed}: {entry}");
            self.seen.missed += u64::from(ending == Ending::Missed);
        }
        self.seen
    }
}

/// The calls and rows that a newcomer sees.
fn seen(board: &Board, now: Timestamp) -> (BTreeMap<String, wire::Call>, Vec<wire::Missed>) {
    let snapshot = board.snapshot(now);
    let everybody = viewer(&wire::Viewer { extension: None, groups: vec![], pop: wire::Pop::All });
    let calls = snapshot.calls.iter().map(|shown| shown.for_viewer(&everybody)).map(|call| (call.id.clone(), call));
    (calls.collect(), snapshot.missed)
}
