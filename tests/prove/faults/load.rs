//! A PBX that posts whole calls as fast as it is answered, and what a desk then knows of them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use callpop_tests::{Desk, Incoming, Poster};
use reqwest::StatusCode;
use serde_json::{Value, json};

/// How often the desk shows each call: in its snapshot, or on a page of history.
pub(super) async fn shown(desk: &Desk) -> BTreeMap<String, u32> {
    let mut times = BTreeMap::new();
    let feed = desk.feed().await;
    let live: Vec<String> = feed.seen().calls.keys().cloned().collect();
    let mut before = Value::Null;
    loop {
        let page = feed.ok("history", json!({"before": before, "limit": 500})).await;
        for id in page["calls"].as_array().into_iter().flatten().filter_map(|call| call["id"].as_str()) {
            *times.entry(id.to_owned()).or_insert(0) += 1;
        }
        before = page["next"].clone();
        if before.is_null() {
            for id in live {
                times.entry(id).or_insert(1);
            }
            return times;
        }
    }
}

/// The PBX, posting until the desk is gone.
pub(super) struct Load {
    stops: Arc<AtomicBool>,
    acknowledged: Arc<Mutex<BTreeSet<String>>>,
    posts: Arc<AtomicUsize>,
    posters: Vec<tokio::task::JoinHandle<()>>,
}

impl Load {
    /// Whole calls, posted one after the other on this many connections.
    pub(super) fn on(listener: &str, connections: usize) -> Load {
        let load =
            Load { stops: Arc::default(), acknowledged: Arc::default(), posts: Arc::default(), posters: Vec::new() };
        let posters = (0..connections)
            .map(|_| {
                let (poster, stops) = (Poster::new(listener), Arc::clone(&load.stops));
                tokio::spawn(post_calls(poster, stops, Arc::clone(&load.acknowledged), Arc::clone(&load.posts)))
            })
            .collect();
        Load { posters, ..load }
    }

    /// How many posts were acknowledged; goes on counting.
    pub(super) fn count_of_posts(&self) -> Arc<AtomicUsize> {
        Arc::clone(&self.posts)
    }

    /// The calls of which at least one post was acknowledged.
    pub(super) async fn end(self) -> BTreeSet<String> {
        self.stops.store(true, Ordering::Relaxed);
        for poster in self.posters {
            poster.await.expect("a poster does not panic");
        }
        std::mem::take(&mut *self.acknowledged.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

async fn post_calls(
    pbx: Poster,
    stops: Arc<AtomicBool>,
    acknowledged: Arc<Mutex<BTreeSet<String>>>,
    posts: Arc<AtomicUsize>,
) {
    while !stops.load(Ordering::Relaxed) {
        let call = Incoming::new("79005550101");
        for event in call.answered() {
            let body = pbx.signed(&event.json.to_string());
            match pbx.try_post_body(&event.path, body).await {
                Ok(answer) if answer.status() == StatusCode::OK => {
                    acknowledged.lock().unwrap_or_else(PoisonError::into_inner).insert(call.entry.clone());
                    posts.fetch_add(1, Ordering::Relaxed);
                }
                // The desk is gone.
                Ok(_) | Err(_) => return,
            }
        }
    }
}
