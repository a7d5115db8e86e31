use std::time::Duration;

use callpop_tests::{DeskSetup, Event, Incoming, Simulator, Story};
use rand::seq::SliceRandom;
use serde_json::Value;

const CALLS: usize = 1_000;

/// Ten kinds of call, each known in advance; a thousand of them, all events shuffled and doubled.
#[tokio::test(flavor = "multi_thread")]
async fn exactly_a_thousand_correct_calls() {
    let desk = DeskSetup::new().start();
    let feed = desk.feed().await;
    let mut wanted = Vec::new();
    let mut events: Vec<Event> = Vec::new();
    for number in 0..CALLS {
        let caller = format!("7900{:07}", 1_000_000 + number);
        let (entry, told, direction, outcome) = match number % 8 {
            0 => story("5-1", &caller, "inbound", "answered"),
            1 => story("5-2", &caller, "inbound", "missed"),
            2 => story("5-3", &caller, "inbound", "answered"),
            3 => story("5-5", &caller, "inbound", "answered"),
            4 => story("5-7", &caller, "outbound", "answered"),
            5 => story("5-8", &caller, "internal", "answered"),
            6 => {
                let call = Incoming::new(&caller);
                (call.entry.clone(), call.unanswered(), "inbound", "missed")
            }
            _ => {
                let call = Incoming::new(&caller);
                (call.entry.clone(), call.answered(), "inbound", "answered")
            }
        };
        wanted.push((entry, direction, outcome));
        events.extend(told.iter().chain(&told).cloned());
    }
    events.shuffle(&mut rand::rng());

    let posters: Vec<_> = events
        .chunks(events.len().div_ceil(8))
        .map(|share| {
            let (pbx, share) = (desk.pbx(), share.to_vec());
            tokio::spawn(async move { pbx.deliver_all(&share).await })
        })
        .collect();
    for poster in posters {
        poster.await.expect("every post got its 200");
    }

    let what = "a thousand calls that have ended";
    feed.until_within(Duration::from_secs(40), what, |seen| {
        let ended = seen.calls.values().filter(|call| call["state"] == "ended").count();
        (ended >= CALLS).then_some(())
    })
    .await;
    let seen = feed.seen();
    assert_eq!(seen.calls.len(), CALLS);
    for (entry, direction, outcome) in &wanted {
        let call = &seen.calls[entry];
        assert_eq!(
            (&call["direction"], &call["outcome"]),
            (&Value::from(*direction), &Value::from(*outcome)),
            "{call}"
        );
    }
    let missed = wanted.iter().filter(|(_, _, outcome)| *outcome == "missed").count();
    assert_eq!(seen.missed.values().filter(|row| row["closed"].is_null()).count(), missed);
}

fn story(
    name: &str,
    caller: &str,
    direction: &'static str,
    outcome: &'static str,
) -> (String, Vec<Event>, &'static str, &'static str) {
    let story = Story::load(name).of_caller(caller);
    (story.entry, story.events, direction, outcome)
}

/// The same by the simulator, which has its own mixture and its own disorder.
#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_calls_of_the_simulator() {
    let desk = DeskSetup::new().start();
    let feed = desk.feed().await;
    let count = CALLS.to_string();
    let arguments = [
        "--scenario",
        "mixed",
        "--count",
        &count,
        "--rate",
        "1000",
        "--seed",
        "7",
        "--speed",
        "0",
        "--shuffle",
        "--repeat",
        "2",
    ];
    let ended = Simulator::play(desk.listener(), &arguments);
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    feed.until_within(Duration::from_secs(40), "a thousand calls", |seen| (seen.calls.len() >= CALLS).then_some(()))
        .await;
    feed.until_within(Duration::from_secs(40), "the end of those that end", |seen| {
        seen.calls.values().all(|call| call["state"] == "ended" || !has_ended_legs(call)).then_some(())
    })
    .await;
    assert_eq!(feed.seen().calls.len(), CALLS);
}

fn has_ended_legs(call: &Value) -> bool {
    call["legs"].as_array().is_some_and(|legs| legs.iter().all(|leg| leg["state"] == "ended"))
}
