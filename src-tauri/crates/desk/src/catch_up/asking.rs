//! One catch-up under way: asks the PBX month by month and hands over what it tells, a few calls at a time.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use mango_vpbx::client::CommandError;
use tokio::sync::{mpsc, oneshot};
use tokio::time::Instant;

use super::SETTLED_AFTER;
use super::failure::{Failure, Step, is_unsupported};
use super::source::{Answer, Kind, PAGE, Question, Source};
use super::told::{self, Staff, Told};
use crate::happening::Happening;
use crate::log::WriteFailed;

/// The first look for an answer; most are ready at once.
const FIRST_LOOK: Duration = Duration::from_secs(1);
/// The PBX wants to be asked for an answer no more often (reference 4.10).
const LOOK_EVERY: Duration = Duration::from_secs(5);
/// An answer that is not ready by then never will be.
const NEVER_READY_AFTER: Duration = Duration::from_secs(180);
/// The longest time one question is about; the PBX allows a month (reference 4.10).
const LONGEST: i64 = 30 * 24 * 3600;
/// Months overlap by the longest call there may be: a leg must lie within one of them as a whole.
const OVERLAP: i64 = 4 * 3600;
/// Calls that are handed over at once. The loop has other things to do between them.
const AT_ONCE: usize = 10;
/// Pages of extended statistics of one month.
const MOST_PAGES: u32 = 100;

/// What to ask.
#[derive(Debug, Clone)]
pub(crate) struct Job {
    /// From when, by the PBX's clock: Unix seconds.
    pub from: i64,
    /// Until when, which is the PBX's now.
    pub to: i64,
    /// The basic statistics were refused before.
    pub extended: bool,
    /// Who works here.
    pub staff: Staff,
    /// It is worth asking the PBX who works here, as soon as it has told of calls.
    pub asks_staff: bool,
}

/// A call that was told of, on its way into the log.
#[derive(Debug)]
pub(crate) struct Handed {
    /// What was told.
    pub told: Told,
    /// Where to say that it is on disk.
    pub kept: oneshot::Sender<Result<(), WriteFailed>>,
}

/// A call that was told of so soon after its end that more of it may follow. Times by the PBX's clock: Unix seconds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Young {
    /// The entry.
    pub entry: String,
    /// When its first leg began.
    pub start: i64,
    /// When its last leg ended.
    pub end: i64,
}

/// What came of asking who works here.
#[derive(Debug)]
pub(crate) enum StaffAsked {
    /// Nobody asked.
    No,
    /// The PBX told, be it that nobody does.
    Told,
    /// It did not tell.
    Failed(CommandError),
}

/// How a catch-up ended.
#[derive(Debug)]
pub(crate) struct Ended {
    /// Why it failed, or nothing.
    pub failed: Option<Failure>,
    /// The PBX knows only extended statistics.
    pub extended: bool,
    /// Until when everything was told, by the PBX's clock: Unix seconds. `None`: nothing was.
    pub told_until: Option<i64>,
    /// Calls that were not handed over because they may be told of only in part.
    pub young: Vec<Young>,
    /// Whether it was learnt who works here.
    pub staff: StaffAsked,
}

/// Asks, hands over, and tells how it ended.
pub(crate) async fn catch_up(source: Arc<dyn Source>, job: Job, back: mpsc::Sender<Happening>) {
    let Job { from, to, extended, staff, asks_staff } = job;
    let settled = to - SETTLED_AFTER.as_secs();
    let mut asking = Asking {
        source,
        extended,
        staff,
        asks_staff,
        staff_asked: StaffAsked::No,
        settled,
        young: BTreeMap::new(),
        back,
    };
    let (mut failed, mut told_until) = (None, None);
    for (from, to) in months(from, to) {
        if let Err(failure) = asking.month(from, to).await {
            failed = Some(failure);
            break;
        }
        told_until = Some(to);
    }
    let Asking { extended, staff_asked, young, back, .. } = asking;
    let ended = Ended { failed, extended, told_until, young: young.into_values().collect(), staff: staff_asked };
    let _ = back.send(Happening::CaughtUp(ended)).await;
}

struct Asking {
    source: Arc<dyn Source>,
    extended: bool,
    staff: Staff,
    asks_staff: bool,
    staff_asked: StaffAsked,
    /// What ended later may be told of only in part.
    settled: i64,
    /// By entry: months overlap.
    young: BTreeMap<String, Young>,
    back: mpsc::Sender<Happening>,
}

impl Asking {
    async fn month(&mut self, from: i64, to: i64) -> Result<(), Failure> {
        let mut offset = 0;
        loop {
            let kind = if self.extended { Kind::Calls { offset } } else { Kind::Legs };
            let key = match self.source.ask(&Question { from, to, kind }).await {
                Err(error) if kind == Kind::Legs && is_unsupported(&error) => {
                    tracing::info!("the PBX has no statistics of legs: asking for those of calls");
                    self.extended = true;
                    continue;
                }
                asked => asked.map_err(|error| Failure::of(&error, Step::Asking, Timestamp::now()))?,
            };
            let answer = self.answer(&key, kind).await?;
            if answer.tells_something() {
                self.learn_who_works_here().await;
            }
            let (told, homeless, more) = match answer {
                Answer::NotReady => return Err(Failure::never_ready()),
                Answer::Legs(rows) => {
                    let (told, homeless) = told::of_rows(rows, &self.staff);
                    (told, homeless, false)
                }
                Answer::Calls(calls) => {
                    let full = calls.len() >= usize::try_from(PAGE).unwrap_or(usize::MAX);
                    let (told, homeless) = told::of_calls(calls, &self.staff);
                    (told, homeless, full && offset < MOST_PAGES * PAGE)
                }
            };
            if homeless > 0 {
                tracing::warn!(homeless, "statistics name no entry for some legs: these are passed over");
                if told.is_empty() {
                    return Err(Failure::homeless());
                }
            }
            self.hand_over(told).await?;
            if !more {
                return Ok(());
            }
            offset += PAGE;
        }
    }

    async fn answer(&self, key: &str, kind: Kind) -> Result<Answer, Failure> {
        let gives_up = Instant::now() + NEVER_READY_AFTER;
        let mut wait = FIRST_LOOK;
        loop {
            tokio::time::sleep(wait).await;
            let fetched = self.source.fetch(key, kind).await;
            match fetched.map_err(|error| Failure::of(&error, Step::Fetching, Timestamp::now()))? {
                Answer::NotReady if Instant::now() < gives_up => wait = LOOK_EVERY,
                answer @ (Answer::NotReady | Answer::Legs(_) | Answer::Calls(_)) => return Ok(answer),
            }
        }
    }

    /// Without knowing who is in which group nobody can say whose a missed call is. Asked only after statistics were told
    /// well: one refusal on top of another locks the account out.
    async fn learn_who_works_here(&mut self) {
        if !std::mem::take(&mut self.asks_staff) {
            return;
        }
        self.staff_asked = match self.source.staff().await {
            Ok(told) => {
                if let Some(staff) = Staff::of(&told) {
                    self.staff = staff;
                    let _ = self.back.send(Happening::Roster(Ok(told))).await;
                }
                StaffAsked::Told
            }
            Err(error) => StaffAsked::Failed(error),
        };
    }

    /// Hands over what is over, oldest first, and goes on once the disk has it.
    async fn hand_over(&mut self, mut told: Vec<Told>) -> Result<(), Failure> {
        told.retain(|told| match told.ended() {
            Some(end) if end > self.settled => {
                let start = told.legs.iter().map(|leg| leg.start).filter(|start| *start > 0).min().unwrap_or(end);
                let young = Young { entry: told.entry_id.clone(), start, end };
                self.young.insert(told.entry_id.clone(), young);
                false
            }
            ended => ended.is_some(),
        });
        told.sort_by_key(Told::ended);
        let mut told = told.into_iter();
        loop {
            let (mut handed, mut kept) = (Vec::new(), Vec::new());
            for told in told.by_ref().take(AT_ONCE) {
                let (done, on_disk) = oneshot::channel();
                handed.push(Handed { told, kept: done });
                kept.push(on_disk);
            }
            if handed.is_empty() {
                return Ok(());
            }
            if self.back.send(Happening::Recalled(handed)).await.is_err() {
                return Err(Failure::not_kept());
            }
            for on_disk in kept {
                if !matches!(on_disk.await, Ok(Ok(()))) {
                    return Err(Failure::not_kept());
                }
            }
        }
    }
}

/// The months of a longer time, oldest first.
fn months(from: i64, to: i64) -> Vec<(i64, i64)> {
    let mut months = Vec::new();
    let mut at = from;
    loop {
        let end = (at + LONGEST).min(to);
        months.push((at, end));
        if end >= to {
            return months;
        }
        at = end - OVERLAP;
    }
}
