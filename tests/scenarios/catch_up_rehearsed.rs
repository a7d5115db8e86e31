use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use callpop_tests::{Desk, DeskSetup, FeedClient, Incoming, Seen, Simulator, patience};
use serde_json::{Value, json};

/// Every call of history by id; each must be there once.
async fn history(feed: &FeedClient) -> BTreeMap<String, Value> {
    let (mut calls, mut next) = (BTreeMap::new(), Value::Null);
    loop {
        let page = feed.ok("history", json!({"before": next, "limit": 100})).await;
        for call in page["calls"].as_array().expect("calls") {
            let id = call["id"].as_str().expect("an id").to_owned();
            assert!(calls.insert(id, call.clone()).is_none(), "a call is there twice: {call}");
        }
        next = page["next"].clone();
        if next.is_null() {
            return calls;
        }
    }
}

/// The calls that have rows, each once.
fn missed(seen: &Seen) -> BTreeSet<String> {
    let rows: Vec<String> = seen
        .missed
        .values()
        .flat_map(|row| row["calls"].as_array().into_iter().flatten())
        .map(|call| call.as_str().expect("an id").to_owned())
        .collect();
    let calls: BTreeSet<String> = rows.iter().cloned().collect();
    assert_eq!(calls.len(), rows.len(), "a call is in two rows");
    calls
}

/// Asks until the desk knows this many calls: of calls that ended just now statistics are not complete yet.
async fn asked_until_complete(feed: &FeedClient, calls: usize) -> BTreeMap<String, Value> {
    for _ in 0..30 {
        feed.until_within(patience() * 3, "an answer", |seen| {
            let state = &seen.desk["catch_up"]["state"];
            assert_ne!(state, "failed", "{}", seen.desk["catch_up"]);
            (state == "done").then_some(())
        })
        .await;
        let known = history(feed).await;
        if known.len() >= calls {
            return known;
        }
        tokio::time::sleep(Duration::from_secs(3)).await;
        feed.ok("catch_up", json!({})).await;
    }
    panic!("the desk never learnt of all {calls} calls");
}

fn nothing_popped(feed: &FeedClient) {
    for frame in &feed.seen().frames {
        let calls = frame["calls"].as_array().into_iter().flatten().chain([&frame["call"]]);
        assert!(calls.into_iter().all(|call| call["pops"] != true), "{frame}");
    }
}

/// A desk that knows one call and who is in which group, with the simulator for its commands.
async fn desk_of(address: &str) -> (Desk, Incoming) {
    let desk = DeskSetup::new().commands_to(&Simulator::base(address)).start();
    let call = Incoming::new("79005550101");
    desk.pbx().deliver_all(&call.answered()).await;
    let feed = desk.feed().await;
    feed.call(&call.entry, "ends", |call| call["state"] == "ended").await;
    (desk, call)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_desk_that_slept_knows_the_same_calls_as_one_that_listened() {
    let address = Simulator::free_address();
    let awake = DeskSetup::new().start();
    let simulator = Simulator::start(awake.listener(), &address, &["--stats-after", "0", "--seed", "7"]).await;
    let (asleep, of_before) = desk_of(&address).await;
    let roster = asleep.feed().await.ok("roster", json!({"fresh": true})).await;
    assert!(!roster["roster"]["colleagues"].as_array().is_none_or(Vec::is_empty), "{roster}");
    let (status, home) = asleep.stop();
    assert!(status.success());

    let played = simulator.direct("play/mixed?count=200&instantly=1&spread=400").await;
    let played = played["played"].as_array().expect("what was played").clone();
    assert_eq!(played.len(), 200);
    // Of some calls even whoever listens never hears the end.
    let lost: BTreeSet<&str> = played
        .iter()
        .filter(|call| call["scenario"] == "lost-end")
        .filter_map(|call| call["entry_id"].as_str())
        .collect();
    let listened = awake.feed().await;
    listened
        .until_within(patience() * 6, "all have ended", |seen| {
            let ended = seen.calls.values().filter(|call| call["state"] == "ended").count();
            (ended == 200 - lost.len()).then_some(())
        })
        .await;

    let desk = DeskSetup::new().commands_to(&Simulator::base(&address)).start_in(home);
    let feed = desk.feed().await;
    let told = asked_until_complete(&feed, 201).await;
    let heard = history(&listened).await;
    assert_eq!((told.len(), heard.len()), (201, 200));
    assert!(told.contains_key(&of_before.entry));
    for (id, heard) in heard.iter().filter(|(id, _)| !lost.contains(id.as_str())) {
        let told = &told[id];
        for key in ["direction", "state", "outcome", "number", "answered_by", "answered_at", "by", "ended_at"] {
            assert_eq!(told[key], heard[key], "{key} of\n{told}\nbut\n{heard}");
        }
        assert_eq!(told["recalled"], true);
    }
    for call in &played {
        let told = &told[call["entry_id"].as_str().expect("an id")];
        assert_eq!(told["answered_at"].is_string(), call["answered_by"].is_string(), "{told} but {call}");
    }
    let wanted = missed(&listened.seen());
    feed.until("all rows", |seen| (missed(seen) == wanted).then_some(())).await;
    nothing_popped(&feed);

    let again = desk.restart();
    let feed = again.feed().await;
    assert_eq!(asked_until_complete(&feed, 201).await.len(), 201);
    assert_eq!(missed(&feed.seen()), wanted);
    let limits = simulator.ask("limits").await;
    assert_eq!(limits["breaches"], 0, "{limits}");
}

#[tokio::test(flavor = "multi_thread")]
async fn calls_of_which_most_posts_were_lost_are_whole_afterwards() {
    let address = Simulator::free_address();
    let (desk, _) = desk_of(&address).await;
    let arguments = ["--stats-after", "0", "--loss", "60", "--seed", "11"];
    let simulator = Simulator::start(desk.listener(), &address, &arguments).await;
    let played = simulator.direct("play/mixed?count=100&instantly=1&spread=400").await;
    let played = played["played"].as_array().expect("what was played").clone();
    let desk = desk.power_cut();
    let feed = desk.feed().await;
    let told = asked_until_complete(&feed, 101).await;
    assert_eq!(told.len(), 101);
    let not_recalled = told.values().filter(|call| call["recalled"] == false).count();
    assert!((20..101).contains(&not_recalled), "some posts of {not_recalled} calls arrived");
    // What ended in the last half minute is told of when somebody asks later.
    let all_ended = || async { history(&feed).await.values().all(|call| call["state"] == "ended") };
    for _ in 0..20 {
        if all_ended().await {
            break;
        }
        tokio::time::sleep(Duration::from_secs(3)).await;
        feed.ok("catch_up", json!({})).await;
    }
    let told = history(&feed).await;
    for call in &played {
        let told = &told[call["entry_id"].as_str().expect("an id")];
        assert_eq!(told["answered_at"].is_string(), call["answered_by"].is_string(), "{told} but {call}");
        assert_eq!(told["state"], "ended", "{told}");
        assert_ne!(told["outcome"], "unknown", "{told}");
    }
    let of_missed: BTreeSet<String> = told
        .values()
        .filter(|call| call["direction"] == "inbound" && call["answered_at"].is_null())
        .map(|call| call["id"].as_str().expect("an id").to_owned())
        .collect();
    assert!(missed(&feed.seen()).is_subset(&of_missed));
}
