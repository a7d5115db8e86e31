//! Where calls are performed: tells each step at its time, and follows the turns that people take meanwhile.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use serde::Serialize;
use tokio::sync::mpsc;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::callback::{CallBack, Outcome};
use crate::cast::{Cast, Outside};
use crate::clock::{Clock, Speed};
use crate::compose::{Call, Post, result_post};
use crate::exchange::{Exchange, TURNS};
use crate::poster::Poster;
use crate::scenario::Scenario;
use crate::script::{Script, State, Step, What, callback_script, length, with_talk};
use crate::statistics::{Archive, Ledger};
use crate::telling::{Pace, complete_recordings, deliveries, insert, is_first_answer_of_callback, is_stored_later};
use crate::turns::{Turn, after};

/// Calls that are remembered for `GET /rehearsal/calls`; older ones are forgotten first.
const REMEMBERED: usize = 20_000;

pub(crate) struct Stage {
    pub(crate) poster: Poster,
    pub(crate) cast: Arc<Cast>,
    pub(crate) speed: Speed,
    pub(crate) repeat: u32,
    pub(crate) shuffle: bool,
    pub(crate) exchange: Exchange,
    pub(crate) ledger: Ledger,
    pub(crate) archive: Archive,
    /// Calls played, without those that commands caused.
    pub(crate) calls: AtomicU64,
    /// Everything that posts.
    pub(crate) tasks: TaskTracker,
    pub(crate) stop: CancellationToken,
    random: Mutex<StdRng>,
    /// Apart from `random`, so that a command at any moment does not change the ids of a seeded scenario.
    callback_random: Mutex<StdRng>,
    played: Mutex<VecDeque<Played>>,
}

/// A call that the rehearsal has played, as it should look to whoever received it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Played {
    /// MANGO's `entry_id`.
    pub entry_id: String,
    /// The scenario's name, or `callback`.
    pub scenario: String,
    /// The number on the other side; `None` when hidden.
    pub number: Option<String>,
    /// Who talked first; `None` when nobody did.
    pub answered_by: Option<String>,
}

impl Stage {
    pub(crate) fn new(poster: Poster, cast: Cast, speed: Speed, repeat: u32, shuffle: bool, seed: u64) -> Stage {
        Stage {
            poster,
            cast: Arc::new(cast),
            speed,
            repeat: repeat.max(1),
            shuffle,
            exchange: Exchange::default(),
            ledger: Ledger::default(),
            archive: Archive::default(),
            calls: AtomicU64::new(0),
            tasks: TaskTracker::new(),
            stop: CancellationToken::new(),
            random: Mutex::new(StdRng::seed_from_u64(seed)),
            callback_random: Mutex::new(StdRng::seed_from_u64(seed ^ 0x0063_616c_6c62_6163)),
            played: Mutex::new(VecDeque::new()),
        }
    }

    /// A new call of this scenario, and its script. `caller`: digits; empty is hidden.
    pub(crate) fn stage(&self, scenario: Scenario, turn: u64, caller: &str, cast: &Arc<Cast>) -> (Script, Call) {
        let script = scenario.script(turn);
        let call = self.with_random(|random| Call::new(&script, Arc::clone(cast), cast.outside(caller), None, random));
        (script, call)
    }

    pub(crate) fn with_random<T>(&self, draw: impl FnOnce(&mut StdRng) -> T) -> T {
        draw(&mut self.random.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Plays one call from `caller` (digits; empty is a hidden number), in a task of its own: it is told to its end
    /// also when nobody waits here any more. The first of `cast` is whose phone it is about.
    pub(crate) async fn play(
        self: &Arc<Self>,
        scenario: Scenario,
        caller: &str,
        cast: &Arc<Cast>,
        pace: Pace,
    ) -> Played {
        let turn = self.calls.fetch_add(1, Ordering::Relaxed);
        let scenario = self.with_random(|random| scenario.settled(random));
        let (script, call) = self.stage(scenario, turn, caller, cast);
        tracing::info!(scenario = scenario.name(), entry = call.entry_id(), "a call");
        let unheard = Played {
            entry_id: call.entry_id().to_owned(),
            scenario: scenario.name().to_owned(),
            number: None,
            answered_by: None,
        };
        let stage = Arc::clone(self);
        let performed = self
            .tasks
            .spawn(async move { stage.perform(scenario.name(), script, script.steps.to_vec(), call, pace).await });
        performed.await.unwrap_or(unheard)
    }

    /// Plays the call to its end, or to the end of the rehearsal.
    pub(crate) async fn perform(
        self: &Arc<Self>,
        scenario: &str,
        script: Script,
        mut steps: Vec<Step>,
        mut call: Call,
        pace: Pace,
    ) -> Played {
        if self.cast.style.short_callback {
            steps.retain(|step| !is_first_answer_of_callback(step));
        }
        // A call that waits for a person needs time in which to wait.
        let speed = if script.waits && pace.speed.is_without_pauses() { Speed::REAL } else { pace.speed };
        let now = Timestamp::now() - pace.ended_ago;
        let clock = Clock::start(speed, length(&steps), Instant::now(), now);
        if script.order.is_some() || self.shuffle {
            self.tell_in_disorder(&script, &mut call, &clock).await;
        } else {
            self.tell_in_order(&script, steps.into(), &mut call, &clock).await;
        }
        self.exchange.forget(&call);
        // The end is a fact also when its event was lost.
        self.ledger.close(&call, Timestamp::now().as_second());
        self.remember(scenario, &call)
    }

    async fn tell_in_order(
        self: &Arc<Self>,
        script: &Script,
        mut rest: VecDeque<Step>,
        call: &mut Call,
        clock: &Clock,
    ) {
        let (sender, mut turns) = mpsc::channel(TURNS);
        let mut second = 0;
        let mut stopping = false;
        while let Some(step) = rest.front().copied() {
            let turn = tokio::select! {
                biased;
                () = self.stop.cancelled(), if !stopping => Some(Turn::Stop),
                turn = turns.recv() => turn,
                () = tokio::time::sleep_until(clock.due(step.at)) => None,
            };
            if let Some(turn) = turn {
                second = clock.second(Instant::now()).max(second);
                if turn == Turn::Stop {
                    stopping = true;
                    if call.living().next().is_none() {
                        return;
                    }
                }
                let stored: Vec<Step> = rest.iter().copied().filter(is_stored_later).collect();
                rest = after(turn, call, rest.make_contiguous(), second).into();
                if !stopping && !rest.iter().any(is_stored_later) {
                    for step in stored {
                        insert(step, &mut rest);
                    }
                }
                continue;
            }
            rest.pop_front();
            second = second.max(step.at);
            let told = self.tell(call, &step, clock.stamp(step.at));
            match &step.what {
                What::Leg(leg) => {
                    self.exchange.note(call, leg, &sender);
                    if leg.state == State::Disconnected {
                        complete_recordings(leg.leg, call, &mut rest, second, stopping);
                    }
                }
                What::Recording(recording) => self.exchange.note_recording(call, recording),
                What::RecordAdded { .. }
                | What::Dtmf { .. }
                | What::Loose(_)
                | What::Result { .. }
                | What::Summary { .. } => {}
            }
            self.post(told, script.doubled, clock).await;
        }
    }

    /// Tells a step, and remembers what the PBX itself remembers of it.
    pub(crate) fn tell(&self, call: &mut Call, step: &Step, at: i64) -> Post {
        let told = call.tell(step, at);
        match &step.what {
            What::Leg(leg) => self.ledger.note(call, leg, at),
            What::Recording(recording) => {
                self.ledger.note_recording(call, recording);
                self.archive.note(call.recording_id(recording.recording), false);
            }
            What::RecordAdded { recording, .. } => self.archive.note(call.recording_id(*recording), true),
            What::Dtmf { .. } | What::Loose(_) | What::Result { .. } | What::Summary { .. } => {}
        }
        told
    }

    /// Everything a script says, told in the order of events.
    pub(crate) fn tell_all(&self, script: &Script, call: &mut Call, clock: &Clock) -> Vec<Post> {
        script.steps.iter().map(|step| self.tell(call, step, clock.stamp(step.at))).collect()
    }

    async fn tell_in_disorder(self: &Arc<Self>, script: &Script, call: &mut Call, clock: &Clock) {
        let told = self.tell_all(script, call, clock);
        let deliveries = self.with_random(|random| deliveries(script, 1, self.shuffle, random));
        for delivery in deliveries {
            tokio::select! {
                () = self.stop.cancelled() => return,
                () = tokio::time::sleep_until(clock.due(delivery.at)) => {}
            }
            self.post(told[delivery.step].clone(), false, clock).await;
        }
    }

    /// Posts once, or as often as the rehearsal is told to. Without pauses one after another, else without waiting for
    /// the answer, as MANGO does (reference 3.2).
    async fn post(self: &Arc<Self>, post: Post, doubled: bool, clock: &Clock) {
        let sealed = self.poster.seal(&post);
        let times = self.repeat * if doubled { 2 } else { 1 };
        for _ in 0..times {
            if self.speed.is_without_pauses() || clock.is_without_pauses() {
                self.poster.send(sealed.clone()).await;
            } else {
                let (stage, sealed) = (Arc::clone(self), sealed.clone());
                self.tasks.spawn(async move { stage.poster.send(sealed).await });
            }
        }
    }

    /// Posts the result of a command and waits until it was answered.
    pub(crate) async fn tell_result(&self, command: &str, command_id: Option<&str>, code: i32) {
        self.tell_post(result_post(&self.cast, command, command_id, code)).await;
    }

    /// Carries out an accepted callback: both legs, and its result before or after the first of them.
    pub(crate) async fn call_back(self: &Arc<Self>, wanted: &CallBack, outcome: Outcome) {
        let Some(script) = callback_script(outcome) else {
            return;
        };
        let cast = Arc::new(self.cast.led_by(&wanted.extension));
        let outside = cast.outside(&wanted.to_number);
        let command_id = wanted.command_id.clone();
        let (mut call, result_first) = self.call_of_command(&script, cast, outside, command_id.clone());
        if let Some(line) = &wanted.line_number {
            call.choose_line(line.clone());
        }
        if outcome == Outcome::ResultFirst {
            self.tell_result("callback", Some(&command_id), 1000).await;
        } else {
            self.tell_result_soon("callback", command_id, 1000, result_first);
        }
        let steps = with_talk(&script, self.cast.talk);
        self.perform_soon("callback", script, steps, call);
    }

    /// A call that a command causes, and whether its result comes before its first leg.
    pub(crate) fn call_of_command(
        &self,
        script: &Script,
        cast: Arc<Cast>,
        outside: Outside,
        command_id: String,
    ) -> (Call, bool) {
        let mut random = self.callback_random.lock().unwrap_or_else(PoisonError::into_inner);
        let call = Call::new(script, cast, outside, Some(command_id), &mut *random);
        (call, random.random_bool(0.5))
    }

    /// Posts the result of a command at once or a little later: the order of a result and of what the command caused is
    /// not guaranteed (reference 2.8).
    pub(crate) fn tell_result_soon(
        self: &Arc<Self>,
        command: &'static str,
        command_id: String,
        code: i32,
        first: bool,
    ) {
        let wait = if first { Duration::ZERO } else { self.pause(1) };
        let stage = Arc::clone(self);
        self.tasks.spawn(async move {
            tokio::time::sleep(wait).await;
            stage.tell_result(command, Some(&command_id), code).await;
        });
    }

    /// Performs a call that a command caused.
    pub(crate) fn perform_soon(self: &Arc<Self>, name: &'static str, script: Script, steps: Vec<Step>, call: Call) {
        let stage = Arc::clone(self);
        let pace = Pace { speed: self.speed, ended_ago: Duration::ZERO };
        self.tasks.spawn(async move { stage.perform(name, script, steps, call, pace).await });
    }

    /// Whether a coin shows heads.
    pub(crate) fn flips_coin(&self) -> bool {
        self.callback_random.lock().unwrap_or_else(PoisonError::into_inner).random_bool(0.5)
    }

    /// Posts anything, and waits until it was answered.
    pub(crate) async fn tell_post(&self, post: Post) {
        self.poster.send(self.poster.seal(&post)).await;
    }

    /// This many seconds at the rehearsal's speed.
    pub(crate) fn pause(&self, seconds: u32) -> Duration {
        let clock = Clock::start(self.speed, 0, Instant::now(), Timestamp::UNIX_EPOCH);
        clock.due(seconds).duration_since(clock.due(0))
    }

    pub(crate) fn remember(&self, scenario: &str, call: &Call) -> Played {
        let played = Played {
            entry_id: call.entry_id().to_owned(),
            scenario: scenario.to_owned(),
            number: call.number().map(str::to_owned),
            answered_by: call.answered_by().map(str::to_owned),
        };
        if call.first().is_none() {
            return played;
        }
        let mut remembered = self.played.lock().unwrap_or_else(PoisonError::into_inner);
        if remembered.len() == REMEMBERED {
            remembered.pop_front();
        }
        remembered.push_back(played.clone());
        played
    }

    pub(crate) fn played(&self) -> Vec<Played> {
        self.played.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect()
    }
}
