//! Many calls at a steady rate: bodies are composed and signed ahead of time, and sent over several connections at once,
//! so nothing arrives in any particular order.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use jiff::Timestamp;
use rand::seq::SliceRandom;
use tokio::sync::{Mutex, mpsc};
use tokio::time::Instant;

use crate::cast::random_caller;
use crate::clock::{Clock, Speed};
use crate::poster::Sealed;
use crate::scenario::Scenario;
use crate::stage::Stage;
use crate::telling::deliveries;

/// How fast, how much, and of what.
#[derive(Clone, Copy, Debug)]
pub struct Load {
    /// The kind of calls.
    pub scenario: Scenario,
    /// Posts per second, over all connections.
    pub rate: u32,
    /// How many calls; `None` goes on until the rehearsal stops.
    pub count: Option<u64>,
    /// Connections that post at the same time.
    pub connections: usize,
}

/// Posts are mixed with each other within blocks of this many, so that a call is told within a short time.
const BLOCK: usize = 512;

/// Sends the calls; returns how many there were. `caller` is `None` for a new random number each.
pub(crate) async fn drive(stage: &Arc<Stage>, load: Load, caller: Option<&str>) -> u64 {
    // About a second ahead: times are told when a body is made, and must not be old when it leaves.
    let ahead = (load.rate as usize).clamp(64, 4096);
    let (sender, receiver) = mpsc::channel(ahead);
    let writer = {
        let (stage, caller) = (Arc::clone(stage), caller.map(str::to_owned));
        stage.tasks.clone().spawn_blocking(move || write(&stage, load, caller.as_deref(), &sender))
    };
    let receiver = Arc::new(Mutex::new(receiver));
    let next = Arc::new(AtomicU64::new(0));
    // A head start for the writer, so that the first second is as fast as the others.
    while receiver.lock().await.len() < ahead && !writer.is_finished() {
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    let started = Instant::now();
    let connections: Vec<_> = (0..load.connections.max(1))
        .map(|_| {
            let (stage, receiver, next) = (Arc::clone(stage), Arc::clone(&receiver), Arc::clone(&next));
            stage.tasks.clone().spawn(async move {
                loop {
                    let Some(sealed): Option<Sealed> = receiver.lock().await.recv().await else {
                        return;
                    };
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    let due = started + Duration::from_secs_f64(number as f64 / f64::from(load.rate.max(1)));
                    tokio::select! {
                        () = stage.stop.cancelled() => return,
                        () = tokio::time::sleep_until(due) => {}
                    }
                    stage.poster.send(sealed).await;
                }
            })
        })
        .collect();
    for connection in connections {
        let _ = connection.await;
    }
    drop(receiver);
    writer.await.unwrap_or(0)
}

/// Composes and signs, call after call, as fast as the channel takes it.
fn write(stage: &Stage, load: Load, caller: Option<&str>, sender: &mpsc::Sender<Sealed>) -> u64 {
    let mut calls = 0;
    let mut block: Vec<Sealed> = Vec::new();
    while load.count.is_none_or(|count| calls < count) && !stage.stop.is_cancelled() {
        let number = caller.map_or_else(|| stage.with_random(random_caller), str::to_owned);
        let scenario = stage.with_random(|random| load.scenario.settled(random));
        let (script, mut call) = stage.stage(scenario, calls, &number, &stage.cast);
        let clock = Clock::start(Speed::NO_PAUSES, script.length(), Instant::now(), Timestamp::now());
        let sealed: Vec<Sealed> =
            stage.tell_all(&script, &mut call, &clock).iter().map(|post| stage.poster.seal(post)).collect();
        let order = stage.with_random(|random| deliveries(&script, stage.repeat, stage.shuffle, random));
        block.extend(order.iter().map(|delivery| sealed[delivery.step].clone()));
        stage.ledger.close(&call, Timestamp::now().as_second());
        stage.remember(scenario.name(), &call);
        calls += 1;
        if (!stage.shuffle || block.len() >= BLOCK) && !send_all(stage, &mut block, sender) {
            return calls;
        }
    }
    send_all(stage, &mut block, sender);
    calls
}

/// False when nobody sends any more.
fn send_all(stage: &Stage, block: &mut Vec<Sealed>, sender: &mpsc::Sender<Sealed>) -> bool {
    if stage.shuffle {
        stage.with_random(|random| block.shuffle(random));
    }
    block.drain(..).all(|sealed| sender.blocking_send(sealed).is_ok())
}
