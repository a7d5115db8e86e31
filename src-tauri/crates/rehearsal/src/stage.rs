//! Where calls are performed: tells each step at its time, and follows the turns that people take meanwhile.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use rand::rngs::StdRng;
use rand::seq::SliceRandom;
use rand::{Rng, RngExt, SeedableRng};
use serde::Serialize;
use tokio::sync::mpsc;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::callback::Outcome;
use crate::cast::Cast;
use crate::clock::{Clock, Speed};
use crate::compose::{Call, Post, result_post};
use crate::exchange::{Exchange, TURNS};
use crate::poster::Poster;
use crate::scenario::Scenario;
use crate::script::{Script, Step, What, callback_script};
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
            tasks: TaskTracker::new(),
            stop: CancellationToken::new(),
            random: Mutex::new(StdRng::seed_from_u64(seed)),
            callback_random: Mutex::new(StdRng::seed_from_u64(seed ^ 0x0063_616c_6c62_6163)),
            played: Mutex::new(VecDeque::new()),
        }
    }

    /// A new call of this scenario, and its script. `caller`: digits; empty is hidden.
    pub(crate) fn stage(&self, scenario: Scenario, turn: u64, caller: &str) -> (Script, Call) {
        let script = scenario.script(turn);
        let call = self
            .with_random(|random| Call::new(&script, Arc::clone(&self.cast), self.cast.outside(caller), None, random));
        (script, call)
    }

    pub(crate) fn with_random<T>(&self, draw: impl FnOnce(&mut StdRng) -> T) -> T {
        draw(&mut self.random.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Plays the call to its end, or to the end of the rehearsal.
    pub(crate) async fn perform(self: &Arc<Self>, scenario: &str, script: Script, mut call: Call) -> Played {
        // A call that waits for a person needs time in which to wait.
        let speed = if script.waits && self.speed.is_without_pauses() { Speed::REAL } else { self.speed };
        let clock = Clock::start(speed, script.length(), Instant::now(), Timestamp::now());
        if script.order.is_some() || self.shuffle {
            self.tell_in_disorder(&script, &mut call, &clock).await;
        } else {
            self.tell_in_order(&script, &mut call, &clock).await;
        }
        self.exchange.forget(&call);
        self.remember(scenario, &call)
    }

    async fn tell_in_order(self: &Arc<Self>, script: &Script, call: &mut Call, clock: &Clock) {
        let (sender, mut turns) = mpsc::channel(TURNS);
        let mut rest: VecDeque<Step> = script.steps.iter().copied().collect();
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
                second = clock.second(Instant::now()).max(second).min(script.length().max(second));
                if turn == Turn::Stop {
                    stopping = true;
                    if call.living().next().is_none() {
                        return;
                    }
                }
                rest = after(turn, call, rest.make_contiguous(), second).into();
                continue;
            }
            rest.pop_front();
            second = second.max(step.at);
            let told = call.tell(&step, clock.stamp(step.at));
            if let What::Leg(leg) = &step.what {
                self.exchange.note(call, leg, &sender);
            }
            self.post(told, script.doubled).await;
        }
    }

    async fn tell_in_disorder(self: &Arc<Self>, script: &Script, call: &mut Call, clock: &Clock) {
        let told = tell_all(script, call, clock);
        let deliveries = self.with_random(|random| deliveries(script, 1, self.shuffle, random));
        for delivery in deliveries {
            tokio::select! {
                () = self.stop.cancelled() => return,
                () = tokio::time::sleep_until(clock.due(delivery.at)) => {}
            }
            self.post(told[delivery.step].clone(), false).await;
        }
    }

    /// Posts once, or as often as the rehearsal is told to. Without pauses one after another, else without waiting for
    /// the answer, as MANGO does (reference 3.2).
    async fn post(self: &Arc<Self>, post: Post, doubled: bool) {
        let sealed = self.poster.seal(&post);
        let times = self.repeat * if doubled { 2 } else { 1 };
        for _ in 0..times {
            if self.speed.is_without_pauses() {
                self.poster.send(sealed.clone()).await;
            } else {
                let (stage, sealed) = (Arc::clone(self), sealed.clone());
                self.tasks.spawn(async move { stage.poster.send(sealed).await });
            }
        }
    }

    /// Posts the result of a command and waits until it was answered.
    pub(crate) async fn tell_result(&self, command: &str, command_id: Option<&str>, code: i32) {
        let post = result_post(&self.cast, command, command_id, code);
        self.poster.send(self.poster.seal(&post)).await;
    }

    /// Carries out an accepted callback: both legs, and its result before or after the first of them.
    pub(crate) async fn call_back(self: &Arc<Self>, command_id: &str, extension: &str, to: &str, outcome: Outcome) {
        let Some(script) = callback_script(outcome) else {
            return;
        };
        let cast = Arc::new(self.cast.led_by(extension));
        let outside = cast.outside(to);
        let (call, result_first) = {
            let mut random = self.callback_random.lock().unwrap_or_else(PoisonError::into_inner);
            let call = Call::new(&script, cast, outside, Some(command_id.to_owned()), &mut *random);
            (call, random.random_bool(0.5))
        };
        if outcome == Outcome::ResultFirst {
            self.tell_result("callback", Some(command_id), 1000).await;
        } else {
            let (stage, command_id) = (Arc::clone(self), command_id.to_owned());
            let wait = if result_first { Duration::ZERO } else { self.pause(1) };
            self.tasks.spawn(async move {
                tokio::time::sleep(wait).await;
                stage.tell_result("callback", Some(&command_id), 1000).await;
            });
        }
        let stage = Arc::clone(self);
        self.tasks.spawn(async move { stage.perform("callback", script, call).await });
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

/// Everything a script says, told in the order of events.
pub(crate) fn tell_all(script: &Script, call: &mut Call, clock: &Clock) -> Vec<Post> {
    script.steps.iter().map(|step| call.tell(step, clock.stamp(step.at))).collect()
}

/// One arrival of one step's post.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Delivery {
    /// The second of the script at which it is posted: never before it happened.
    pub(crate) at: u32,
    /// Index of the step.
    pub(crate) step: usize,
}

/// The order in which a script's posts arrive.
pub(crate) fn deliveries(script: &Script, repeat: u32, shuffle: bool, random: &mut impl Rng) -> Vec<Delivery> {
    let order: Vec<usize> = script.order.map_or_else(|| (0..script.steps.len()).collect(), <[usize]>::to_vec);
    let times = repeat as usize * if script.doubled { 2 } else { 1 };
    let mut steps: Vec<usize> = order.into_iter().flat_map(|step| std::iter::repeat_n(step, times)).collect();
    if shuffle {
        steps.shuffle(random);
    }
    let mut at = 0;
    steps
        .into_iter()
        .map(|step| {
            at = at.max(script.steps[step].at);
            Delivery { at, step }
        })
        .collect()
}
