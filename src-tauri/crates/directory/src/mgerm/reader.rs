//! Reading the schedule in the background, a bounded stretch at a time: each call of `reload_if_changed` starts one
//! when something is due and none is under way.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};

use super::api::{Api, List};
use super::keep::{Keep, KeepError};
use super::plan::Plan;
use super::register::{Register, Taken};
use super::shapes::{Referral, Rows};
use crate::settings::Surroundings;
use crate::source::DirectoryError;

/// A stretch of reading is no longer than this and one day.
const STRETCH: Duration = Duration::from_secs(20);
/// A changed index is saved no more often.
const SAVE_EVERY: SignedDuration = SignedDuration::from_mins(10);

/// Tells the moment: tests tell another than the clock's.
pub(super) type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// What look-ups and the reading share.
pub(super) struct Shared {
    pub(super) api: Api,
    pub(super) register: Register,
    pub(super) surroundings: Surroundings,
    plan: Mutex<Plan>,
    clock: Clock,
    keep: Option<Keep>,
    /// The moment and the generation of the last save.
    saved: Mutex<Saved>,
    is_reading: AtomicBool,
    was_restored: AtomicBool,
    generation: AtomicU64,
}

#[derive(Debug, Clone, Copy, Default)]
struct Saved {
    at: Option<Timestamp>,
    generation: u64,
}

/// Ends the reading's claim however it ends.
struct Reading<'s>(&'s Shared);

impl Drop for Reading<'_> {
    fn drop(&mut self) {
        self.0.is_reading.store(false, Ordering::Release);
    }
}

impl Shared {
    pub(super) fn new(api: Api, surroundings: Surroundings, plan: Plan, keep: Option<Keep>, clock: Clock) -> Shared {
        Shared {
            api,
            register: Register::new(surroundings.clone()),
            surroundings,
            plan: Mutex::new(plan),
            clock,
            keep,
            saved: Mutex::default(),
            is_reading: AtomicBool::new(false),
            was_restored: AtomicBool::new(false),
            generation: AtomicU64::new(0),
        }
    }

    pub(super) fn now(&self) -> Timestamp {
        (self.clock)()
    }

    pub(super) fn today(&self, now: Timestamp) -> Date {
        self.surroundings.time_zone.to_datetime(now).date()
    }

    pub(super) fn plan(&self) -> MutexGuard<'_, Plan> {
        self.plan.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Grows whenever people or health may differ.
    pub(super) fn generation(&self) -> u64 {
        self.generation.load(Ordering::Acquire)
    }

    pub(super) fn has_changed(&self) {
        self.generation.fetch_add(1, Ordering::AcqRel);
    }

    /// Claims the reading when something is to be done and nobody does it.
    pub(super) fn begins(&self) -> bool {
        let now = self.now();
        let is_due = !self.was_restored.load(Ordering::Acquire)
            || self.plan().next(self.today(now), now).is_some()
            || self.save_is_due(now);
        is_due && !self.is_reading.swap(true, Ordering::AcqRel)
    }

    /// One stretch of reading; [`Shared::begins`] has said yes.
    pub(super) async fn read_on(self: Arc<Shared>) {
        let _reading = Reading(&self);
        let started = Instant::now();
        self.restore().await;
        while started.elapsed() < STRETCH {
            let now = self.now();
            let today = self.today(now);
            let next = self.plan().next(today, now);
            let Some(day) = next else { break };
            let read = self.read_day(day, today).await;
            let now = self.now();
            let mut plan = self.plan();
            let was_failing = plan.failure().is_some();
            match read {
                Ok(changed) => {
                    plan.was_read(day, today, now);
                    let is_news = changed || was_failing || day == today;
                    drop(plan);
                    if is_news {
                        self.has_changed();
                    }
                }
                Err(error) => {
                    let is_news = plan.failure() != Some(&error);
                    plan.failed(day, today, now, error);
                    drop(plan);
                    if is_news {
                        self.has_changed();
                    }
                }
            }
        }
        self.forget_old_days();
        self.save().await;
    }

    /// Both lists of a day. One that came is taken up even when the other failed.
    async fn read_day(self: &Arc<Shared>, day: Date, today: Date) -> Result<bool, DirectoryError> {
        let [doctors, rooms] = List::BOTH;
        let (of_doctors, of_rooms) = tokio::join!(self.api.scheduled(day, doctors), self.api.scheduled(day, rooms));
        let mut changed = false;
        let mut failure = None;
        for (list, rows) in [(doctors, of_doctors), (rooms, of_rooms)] {
            match rows {
                Ok(rows) => match self.take(day, list, rows, today).await {
                    Ok(taken) => changed |= taken.changed,
                    Err(error) => failure = Some(error),
                },
                Err(error) => failure = failure.or(Some(error)),
            }
        }
        if changed {
            self.has_changed();
        }
        failure.map_or(Ok(changed), Err)
    }

    /// Takes a list up, off the async threads: reading a thousand hand-typed phones takes milliseconds.
    pub(super) async fn take(
        self: &Arc<Shared>,
        day: Date,
        list: List,
        rows: Rows<Referral>,
        today: Date,
    ) -> Result<Taken, DirectoryError> {
        if rows.rows.is_empty() && rows.unread > 0 {
            let why = format!("ни одну из записей дня прочитать не удалось ({})", rows.unread);
            return Err(DirectoryError::NotUnderstood { why });
        }
        let shared = Arc::clone(self);
        let taken = tokio::task::spawn_blocking(move || {
            let all = rows.rows.len();
            let foreign = rows.rows.iter().filter(|row| super::person::KeptVisit::of(row, day, list).is_none()).count();
            // A MIS that ignores the day answers with another day's list: what is known of this day stays.
            (all == 0 || foreign < all).then(|| shared.register.take(day, list, &rows.rows, today))
        });
        let taken =
            taken.await.map_err(|_| DirectoryError::Unavailable { why: "чтение прервано".to_owned() })?;
        taken.ok_or_else(|| DirectoryError::NotUnderstood {
            why: "пришло расписание другого дня".to_owned()
        })
    }

    fn forget_old_days(&self) {
        let first = {
            let mut plan = self.plan();
            let first = plan.first_day(self.today(self.now()));
            plan.forget_before(first);
            first
        };
        if self.register.forget_before(first) {
            self.has_changed();
        }
    }

    async fn restore(self: &Arc<Shared>) {
        if self.was_restored.swap(true, Ordering::AcqRel) || self.keep.is_none() {
            return;
        }
        let shared = Arc::clone(self);
        let restored = tokio::task::spawn_blocking(move || {
            let kept = shared.keep.as_ref().map(Keep::load);
            match kept {
                Some(Ok(Some(kept))) => {
                    shared.register.restore(kept.records);
                    shared.plan().knows(kept.days);
                    shared.has_changed();
                }
                Some(Err(error)) => tracing::warn!(%error, "the kept index is not used and is read anew"),
                Some(Ok(None)) | None => {}
            }
        });
        if restored.await.is_err() {
            tracing::warn!("the kept index was not read");
        }
    }

    fn save_is_due(&self, now: Timestamp) -> bool {
        let saved = *self.saved();
        self.keep.is_some()
            && saved.generation != self.generation()
            && saved.at.is_none_or(|at| now.duration_since(at).abs() >= SAVE_EVERY)
            && self.window_is_read(now)
    }

    fn window_is_read(&self, now: Timestamp) -> bool {
        let (read, all) = self.plan().window_read(self.today(now));
        read == all
    }

    /// What somebody has just changed is kept at once.
    pub(super) async fn save_now(self: &Arc<Shared>) {
        self.saved().at = None;
        self.save().await;
    }

    async fn save(self: &Arc<Shared>) {
        let now = self.now();
        if !self.save_is_due(now) {
            return;
        }
        let shared = Arc::clone(self);
        let generation = self.generation();
        let written = tokio::task::spawn_blocking(move || {
            let days = shared.plan().read_days();
            match &shared.keep {
                Some(keep) => keep.save(&shared.register.snapshot(), days),
                None => Ok(()),
            }
        });
        *self.saved() = Saved { at: Some(now), generation };
        let failure = match written.await {
            Ok(Ok(())) => return,
            Ok(Err(KeepError::Io(error))) => error.to_string(),
            Ok(Err(KeepError::NotOurs)) | Err(_) => "it could not be encrypted".to_owned(),
        };
        tracing::warn!(failure, "the index was not kept on disk");
    }

    fn saved(&self) -> MutexGuard<'_, Saved> {
        self.saved.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
