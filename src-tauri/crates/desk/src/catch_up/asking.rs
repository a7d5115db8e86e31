//! One catch-up under way: asks the PBX month by month and hands over what it tells, a few calls at a time.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::{mpsc, oneshot};
use tokio::time::Instant;

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
/// Calls that ended later may be told only in part.
const SETTLED_AFTER: i64 = 30;
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
}

/// A call that was told of, on its way into the log.
#[derive(Debug)]
pub(crate) struct Handed {
    /// What was told.
    pub told: Told,
    /// Where to say that it is on disk.
    pub kept: oneshot::Sender<Result<(), WriteFailed>>,
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
}

/// Asks, hands over, and tells how it ended.
pub(crate) async fn catch_up(source: Arc<dyn Source>, job: Job, back: mpsc::Sender<Happening>) {
    let mut asking = Asking { source, extended: job.extended, staff: job.staff, back };
    let (mut failed, mut told_until) = (None, None);
    for (from, to) in months(job.from, job.to) {
        if let Err(failure) = asking.month(from, to, job.to - SETTLED_AFTER).await {
            failed = Some(failure);
            break;
        }
        told_until = Some(to);
    }
    let ended = Ended { failed, extended: asking.extended, told_until };
    let _ = asking.back.send(Happening::CaughtUp(ended)).await;
}

struct Asking {
    source: Arc<dyn Source>,
    extended: bool,
    staff: Staff,
    back: mpsc::Sender<Happening>,
}

impl Asking {
    async fn month(&mut self, from: i64, to: i64, settled: i64) -> Result<(), Failure> {
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
            let (told, homeless, more) = match self.answer(&key, kind).await? {
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
            self.hand_over(told, settled).await?;
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

    /// Hands over what is over, oldest first, and goes on once the disk has it.
    async fn hand_over(&self, mut told: Vec<Told>, settled: i64) -> Result<(), Failure> {
        told.retain(|told| told.ended().is_some_and(|ended| ended <= settled));
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
