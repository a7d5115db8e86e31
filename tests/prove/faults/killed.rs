//! The program is killed at random moments while the PBX posts.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use callpop_tests::{Desk, DeskSetup, Incoming, Poster};
use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::claims::{Claim, Figure, Measuring, Size, measuring};

pub(crate) const CLAIM: Claim = Claim {
    number: "1",
    claim: "kill -9 at any moment: nothing that was acknowledged is lost, nothing is shown twice, and the desk is back in 2 s",
    measure,
};

/// Posts at once.
const POSTERS: usize = 8;
/// The desk listens again after at most this.
const BACK_WITHIN: Duration = Duration::from_secs(2);
/// It is killed at a random moment of this time.
const RANDOM_MOMENT_MS: u64 = 250;

fn measure(size: Size) -> Measuring {
    measuring(killed(size.of(1_000, 100)))
}

async fn killed(rounds: u32) -> Figure {
    let mut desk = DeskSetup::new().start();
    let mut acknowledged = BTreeSet::new();
    let mut back = Vec::new();
    for _ in 0..rounds {
        let load = Load::on(desk.listener());
        tokio::time::sleep(Duration::from_millis(rand::random_range(0..RANDOM_MOMENT_MS))).await;
        let begun = Instant::now();
        desk = tokio::task::spawn_blocking(move || desk.power_cut()).await.expect("it starts again");
        back.push(begun.elapsed());
        acknowledged.extend(load.end().await);
    }
    back.sort_unstable();
    let times = shown(&desk).await;
    let lost = acknowledged.iter().filter(|call| !times.contains_key(*call)).count();
    let twice = times.values().filter(|times| **times > 1).count();
    let longest = back.last().copied().unwrap_or_default();
    let middle = back.get(back.len() / 2).copied().unwrap_or_default();
    Figure {
        how: format!(
            "{rounds} kills, each within {RANDOM_MOMENT_MS} ms of {POSTERS} connections beginning to post whole calls to the same encrypted log"
        ),
        told: format!(
            "{} calls acknowledged, {lost} lost, {twice} shown twice; back after {} ms (median), {} ms (longest)",
            acknowledged.len(),
            middle.as_millis(),
            longest.as_millis()
        ),
        holds: lost == 0 && twice == 0 && longest <= BACK_WITHIN && acknowledged.len() > rounds as usize,
    }
}

/// How often the desk shows each call: in its snapshot, or on a page of history.
async fn shown(desk: &Desk) -> BTreeMap<String, u32> {
    let mut times = BTreeMap::new();
    let feed = desk.feed().await;
    let mut before = Value::Null;
    loop {
        let page = feed.ok("history", json!({"before": before, "limit": 500})).await;
        for id in page["calls"].as_array().into_iter().flatten().filter_map(|call| call["id"].as_str()) {
            *times.entry(id.to_owned()).or_insert(0) += 1;
        }
        before = page["next"].clone();
        if before.is_null() {
            return times;
        }
    }
}

/// The PBX, posting until the desk is gone.
struct Load {
    stops: Arc<AtomicBool>,
    acknowledged: Arc<Mutex<BTreeSet<String>>>,
    posters: Vec<tokio::task::JoinHandle<()>>,
}

impl Load {
    fn on(listener: &str) -> Load {
        let (stops, acknowledged) = (Arc::new(AtomicBool::new(false)), Arc::new(Mutex::new(BTreeSet::new())));
        let posters = (0..POSTERS)
            .map(|_| {
                let poster = Poster::new(listener);
                tokio::spawn(post_calls(poster, Arc::clone(&stops), Arc::clone(&acknowledged)))
            })
            .collect();
        Load { stops, acknowledged, posters }
    }

    /// The calls of which at least one post was acknowledged.
    async fn end(self) -> BTreeSet<String> {
        self.stops.store(true, Ordering::Relaxed);
        for poster in self.posters {
            poster.await.expect("a poster does not panic");
        }
        std::mem::take(&mut *self.acknowledged.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

async fn post_calls(pbx: Poster, stops: Arc<AtomicBool>, acknowledged: Arc<Mutex<BTreeSet<String>>>) {
    while !stops.load(Ordering::Relaxed) {
        let call = Incoming::new("79005550101");
        for event in call.answered() {
            let body = pbx.signed(&event.json.to_string());
            match pbx.try_post_body(&event.path, body).await {
                Ok(answer) if answer.status() == StatusCode::OK => {
                    acknowledged.lock().unwrap_or_else(PoisonError::into_inner).insert(call.entry.clone());
                }
                // The desk is gone.
                Ok(_) | Err(_) => return,
            }
        }
    }
}
