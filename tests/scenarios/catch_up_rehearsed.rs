use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use callpop_tests::{Desk, DeskSetup, FeedClient, Incoming, Seen, Simulator, eventually, patience};
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

/// Waits until the desk says that everything is told, without anybody asking for it, and returns what it knows then.
async fn told_by_itself(feed: &FeedClient, calls: usize) -> BTreeMap<String, Value> {
    feed.until_within(Duration::from_secs(60), "everything is told", |seen| {
        let state = &seen.desk["catch_up"]["state"];
        assert_ne!(state, "failed", "{}", seen.desk["catch_up"]);
        (state == "done").then_some(())
    })
    .await;
    let known = history(feed).await;
    assert_eq!(known.len(), calls, "{}", feed.seen().desk["catch_up"]);
    known
}

fn nothing_popped(feed: &FeedClient) {
    for frame in &feed.seen().frames {
        let calls = frame["calls"].as_array().into_iter().flatten().chain([&frame["call"]]);
        assert!(calls.into_iter().all(|call| call["pops"] != true), "{frame}");
    }
}

/// A desk that knows one call and not who is in which group, with the simulator for its commands.
async fn desk_of(address: &str) -> (Desk, Incoming) {
    set_up(DeskSetup::new(), address).await
}

async fn set_up(setup: DeskSetup, address: &str) -> (Desk, Incoming) {
    let desk = setup.commands_to(&Simulator::base(address)).start();
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
    let told = told_by_itself(&feed, 201).await;
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
    told_by_itself(&feed, 201).await;
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
    let told = told_by_itself(&feed, 101).await;
    let not_recalled = told.values().filter(|call| call["recalled"] == false).count();
    assert!((20..101).contains(&not_recalled), "some posts of {not_recalled} calls arrived");
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

#[tokio::test(flavor = "multi_thread")]
async fn calls_of_the_last_minute_before_a_start_are_told_of_without_being_asked_for() {
    let address = Simulator::free_address();
    let awake = DeskSetup::new().start();
    let simulator = Simulator::start(awake.listener(), &address, &["--stats-after", "0", "--seed", "13"]).await;
    let (mut desk, of_before) = desk_of(&address).await;
    desk.program().kill();
    let played = simulator.direct("play/mixed?count=200&instantly=1&spread=60").await;
    let played = played["played"].as_array().expect("what was played").clone();

    let desk = desk.power_cut();
    let feed = desk.feed().await;
    let told = told_by_itself(&feed, 201).await;
    assert!(told.contains_key(&of_before.entry));
    for call in &played {
        let told = &told[call["entry_id"].as_str().expect("an id")];
        assert_eq!(told["answered_at"].is_string(), call["answered_by"].is_string(), "{told} but {call}");
    }
    assert_eq!(feed.seen().desk["catch_up"]["calls"], 200, "those that were asked for again count too");
    nothing_popped(&feed);
    let limits = simulator.ask("limits").await;
    assert_eq!(limits["breaches"], 0, "{limits}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_that_rang_at_a_doctors_is_no_missed_call_of_the_reception() {
    let address = Simulator::free_address();
    let awake = DeskSetup::new().start();
    let simulator = Simulator::start(awake.listener(), &address, &["--stats-after", "0"]).await;
    // The doctor refuses at once.
    let (mut desk, _) = set_up(DeskSetup::new().set("missed.ignore_under_s", "0"), &address).await;
    assert_eq!(desk.feed().await.seen().roster["colleagues"], json!([]), "nobody asked who works here");
    desk.program().kill();
    let number = "79005550102";
    simulator.direct(&format!("play/ring?number={number}&extension=301")).await;
    eventually("the doctor refuses it", || async {
        (simulator.direct("hang_up/301").await["hung_up"] == true).then_some(())
    })
    .await;
    let ours = simulator.direct("play/missed?number=79005550103&instantly=1").await;
    let ours = ours["played"][0]["entry_id"].as_str().expect("an id").to_owned();
    let desk = desk.power_cut();
    let feed = desk.feed().await;
    let told = told_by_itself(&feed, 3).await;
    let doctors = told.values().find(|call| call["number"] == format!("+{number}")).expect("the doctor's call");
    assert_eq!((&doctors["outcome"], &told[&ours]["outcome"]), (&json!("missed"), &json!("missed")));
    assert_eq!(missed(&feed.seen()), BTreeSet::from([ours]), "{doctors}");
    assert_eq!(feed.seen().desk["catch_up"]["missed"], 1);
    let colleagues = feed.seen().roster["colleagues"].as_array().cloned().unwrap_or_default();
    let doctor = colleagues.iter().find(|colleague| colleague["extension"] == "301").expect("the doctor");
    assert_eq!(doctor["groups"], json!(["400"]));
    let feed = desk.restart().feed().await;
    assert_eq!(feed.seen().roster["colleagues"], json!(colleagues), "it is known at once");
}
