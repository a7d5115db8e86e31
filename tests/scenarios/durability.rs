use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use callpop_tests::{Desk, DeskSetup, Incoming, Poster};
use reqwest::StatusCode;

/// Posters that go on until told to stop or until the desk is gone; what got a 200 is kept.
struct Load {
    stop: Arc<AtomicBool>,
    acknowledged: Arc<Mutex<BTreeSet<String>>>,
    posters: Vec<tokio::task::JoinHandle<()>>,
}

impl Load {
    fn on(listener: &str, posters: usize) -> Load {
        let stop = Arc::new(AtomicBool::new(false));
        let acknowledged = Arc::new(Mutex::new(BTreeSet::new()));
        let posters = (0..posters)
            .map(|_| {
                let (pbx, stop, acknowledged) = (Poster::new(listener), Arc::clone(&stop), Arc::clone(&acknowledged));
                tokio::spawn(async move {
                    while !stop.load(Ordering::Relaxed) {
                        let call = Incoming::new("79005550101");
                        let body = pbx.signed(&call.appeared().json.to_string());
                        match pbx.try_post_body("events/call", body).await {
                            Ok(answer) if answer.status() == StatusCode::OK => {
                                acknowledged.lock().expect("no panic inside").insert(call.entry);
                            }
                            // The desk is gone.
                            Ok(_) | Err(_) => return,
                        }
                    }
                })
            })
            .collect();
        Load { stop, acknowledged, posters }
    }

    fn count(&self) -> usize {
        self.acknowledged.lock().expect("no panic inside").len()
    }

    async fn until_acknowledged(&self, count: usize) {
        callpop_tests::eventually("the load is accepted", || async { (self.count() >= count).then_some(()) }).await;
    }

    async fn end(self) -> BTreeSet<String> {
        self.stop.store(true, Ordering::Relaxed);
        for poster in self.posters {
            poster.await.expect("a poster does not panic");
        }
        Arc::try_unwrap(self.acknowledged).expect("all posters ended").into_inner().expect("no panic inside")
    }
}

/// Every id that the log knows, by pages of history and the live calls.
async fn known(desk: &Desk) -> BTreeSet<String> {
    let feed = desk.feed().await;
    let mut ids: BTreeSet<String> = feed.seen().calls.keys().cloned().collect();
    let mut next = serde_json::Value::Null;
    loop {
        let page = feed.ok("history", serde_json::json!({"before": next, "limit": 500})).await;
        ids.extend(
            page["calls"].as_array().expect("calls").iter().filter_map(|call| call["id"].as_str().map(str::to_owned)),
        );
        next = page["next"].clone();
        if next.is_null() {
            return ids;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn twenty_power_cuts_under_load_lose_nothing_acknowledged() {
    let mut desk = DeskSetup::new().start();
    let mut acknowledged = BTreeSet::new();
    for round in 0..20 {
        let load = Load::on(desk.listener(), 8);
        // Cut at a different moment of the group commit each time.
        load.until_acknowledged(5 + round * 3).await;
        let begun = Instant::now();
        desk = desk.power_cut();
        assert!(begun.elapsed() < Duration::from_secs(10), "round {round}: back after {:?}", begun.elapsed());
        acknowledged.extend(load.end().await);
    }
    let known = known(&desk).await;
    let lost: Vec<&String> = acknowledged.difference(&known).collect();
    assert!(lost.is_empty(), "{} of {} acknowledged calls are lost", lost.len(), acknowledged.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_orderly_stop_under_load_loses_nothing_acknowledged() {
    let desk = DeskSetup::new().start();
    let load = Load::on(desk.listener(), 8);
    load.until_acknowledged(50).await;
    let desk = desk.restart();
    let acknowledged = load.end().await;
    let known = known(&desk).await;
    assert!(acknowledged.is_subset(&known), "{} acknowledged, {} known", acknowledged.len(), known.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_told_twice_after_a_power_cut() {
    let desk = DeskSetup::new().start();
    let call = Incoming::new("79005550101");
    desk.pbx().deliver_all(&call.answered()).await;
    let desk = desk.power_cut();
    // The PBX got no answer to its last post and sends all of it again.
    desk.pbx().deliver_all(&call.answered()).await;
    let feed = desk.feed().await;
    feed.call(&call.entry, "ends", |call| call["state"] == "ended" && call["outcome"] == "answered").await;
    let seen = feed.seen();
    assert_eq!(seen.calls.len(), 1);
    assert_eq!(seen.pops_of(&call.entry), 0);
}
