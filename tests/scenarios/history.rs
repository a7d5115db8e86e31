mod finding;
mod telling;

use callpop_tests::{DeskSetup, FeedClient, Incoming};
use serde_json::{Value, json};

async fn page(feed: &FeedClient, with: Value) -> (Vec<String>, Value) {
    let page = feed.ok("history", with).await;
    let calls = page["calls"].as_array().unwrap_or_else(|| panic!("no calls in {page}"));
    (calls.iter().map(|call| call["id"].as_str().expect("an id").to_owned()).collect(), page["next"].clone())
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_hold_every_call_once_newest_first() {
    let desk = DeskSetup::new().start();
    let (pbx, feed) = (desk.pbx(), desk.feed().await);
    let calls: Vec<Incoming> = (0..25).map(|number| Incoming::new("79005550101").ago(3000 - number * 100)).collect();
    for call in &calls {
        pbx.deliver_all(&call.unanswered()).await;
    }
    feed.until("all have ended", |seen| {
        (seen.calls.len() == 25 && seen.calls.values().all(|call| call["state"] == "ended")).then_some(())
    })
    .await;
    let mut ids = Vec::new();
    let mut next = Value::Null;
    loop {
        let (page, following) = page(&feed, json!({"before": next, "limit": 10})).await;
        assert!(page.len() <= 10 && !page.is_empty());
        ids.extend(page);
        next = following;
        if next.is_null() {
            break;
        }
    }
    let newest_first: Vec<&String> = calls.iter().rev().map(|call| &call.entry).collect();
    assert_eq!(ids.iter().collect::<Vec<_>>(), newest_first);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_number_finds_its_calls_however_it_is_typed() {
    let desk = DeskSetup::new().start();
    let (pbx, feed) = (desk.pbx(), desk.feed().await);
    let (wanted, other) = (Incoming::new("79005550101").ago(200), Incoming::new("79005550102").ago(100));
    pbx.deliver_all(&wanted.answered()).await;
    pbx.deliver_all(&other.unanswered()).await;
    feed.call(&wanted.entry, "ends", |call| call["state"] == "ended").await;
    feed.call(&other.entry, "ends", |call| call["state"] == "ended").await;
    for text in ["+79005550101", "8 (900) 555-01-01", "5550101"] {
        assert_eq!(
            page(&feed, json!({"text": text, "limit": 10})).await.0,
            std::slice::from_ref(&wanted.entry),
            "{text}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn history_survives_a_restart_and_keeps_notes() {
    let desk = DeskSetup::new().start();
    let (pbx, feed) = (desk.pbx(), desk.feed().await);
    let call = Incoming::new("79005550101");
    pbx.deliver_all(&call.answered()).await;
    feed.call(&call.entry, "ends", |call| call["state"] == "ended").await;
    feed.ok("note", json!({"call": call.entry, "text": "Просила перезвонить завтра"})).await;
    feed.call(&call.entry, "has its note", |call| call["note"] == "Просила перезвонить завтра").await;
    let desk = desk.power_cut();
    let again = desk.feed().await;
    let found = again.ok("history", json!({"limit": 10})).await;
    assert_eq!(found["calls"][0]["id"], call.entry, "{found}");
    assert_eq!(found["calls"][0]["note"], "Просила перезвонить завтра");
    assert_eq!(found["calls"][0]["outcome"], "answered");
}

#[tokio::test(flavor = "multi_thread")]
async fn limits_are_kept_and_nonsense_is_refused() {
    let desk = DeskSetup::new().start();
    let feed = desk.feed().await;
    let (ids, next) = page(&feed, json!({"limit": 100_000})).await;
    assert!(ids.is_empty() && next.is_null());
    assert_eq!(feed.refused("history", json!({"limit": "many"})).await["code"], "bad_request");
    feed.request("history", json!({"before": "no such page", "limit": 5})).await;
    feed.ok("history", json!({"text": "%_'\"; drop table calls", "limit": 5})).await;
}
