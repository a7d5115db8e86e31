use std::collections::HashSet;
use std::time::Duration;

use callpop_tests::{DeskSetup, Event, FeedClient, Story, numbers_as_text, patience};
use rand::seq::SliceRandom;
use serde_json::{Value, json};

/// A story without a summary ends when nothing lived for ten seconds.
const QUIET_END: Duration = Duration::from_secs(12);

struct Expected {
    story: &'static str,
    call: Value,
    legs: usize,
    /// (answered, ended) in seconds after the beginning.
    times: (Option<i64>, i64),
}

fn expected() -> Vec<Expected> {
    let inbound = json!({
        "direction": "inbound", "outcome": "answered", "number": "+79005550101", "number_display": "+7 900 555-01-01",
        "line": "+74995550199", "command_id": null, "by": null,
    });
    let with = |base: &Value, more: Value| {
        let mut call = base.clone();
        for (key, value) in more.as_object().expect("an object") {
            call[key] = value.clone();
        }
        call
    };
    vec![
        Expected {
            story: "5-1",
            call: with(&inbound, json!({"group": "300", "answered_by": "202", "reason": 1110})),
            legs: 4,
            times: (Some(15), 78),
        },
        Expected {
            story: "5-2",
            call: with(&inbound, json!({"outcome": "missed", "group": "300", "answered_by": null, "reason": 1110})),
            legs: 3,
            times: (None, 21),
        },
        Expected { story: "5-3", call: with(&inbound, json!({"answered_by": "201"})), legs: 2, times: (Some(4), 90) },
        Expected { story: "5-4", call: with(&inbound, json!({"answered_by": "201"})), legs: 2, times: (Some(0), 50) },
        Expected { story: "5-5", call: with(&inbound, json!({"answered_by": "201"})), legs: 2, times: (Some(5), 110) },
        Expected {
            story: "5-6",
            call: with(
                &inbound,
                json!({"direction": "outbound", "answered_by": "201", "by": "201", "command_id": "pop-0001", "reason": 1120}),
            ),
            legs: 2,
            times: (Some(18), 75),
        },
        Expected {
            story: "5-7",
            call: with(&inbound, json!({"direction": "outbound", "answered_by": "203", "by": "203", "reason": 1120})),
            legs: 1,
            times: (Some(11), 52),
        },
        Expected {
            story: "5-8",
            call: with(
                &inbound,
                json!({
                    "direction": "internal", "number": null, "number_display": null, "line": null, "answered_by": "203",
                    "by": "201", "reason": 1110,
                }),
            ),
            legs: 1,
            times: (Some(3), 33),
        },
        Expected {
            story: "5-9",
            call: with(
                &inbound,
                json!({
                    "number": null, "number_display": null, "line": "sip:line1@vpbx000000001.mangosip.ru", "group": "",
                    "answered_by": "201", "reason": 1110,
                }),
            ),
            legs: 2,
            times: (Some(8), 20),
        },
    ]
}

/// Waits until the call of a story is as it must end. It may end earlier, by its summary, and be completed by its legs.
async fn check(feed: &FeedClient, story: &Story, expected: &Expected) {
    let mut last = "it is not there".to_owned();
    let deadline = tokio::time::Instant::now() + patience() + QUIET_END;
    while tokio::time::Instant::now() < deadline {
        let call = feed.seen().calls.get(&story.entry).cloned();
        match call.map(|call| (difference(&call, story, expected), call)) {
            Some((None, _)) => return,
            Some((Some(what), call)) => last = format!("{what} of {call:#}"),
            None => {}
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("story {}: {last}", expected.story);
}

/// What is not as it must be at the end.
fn difference(call: &Value, story: &Story, expected: &Expected) -> Option<String> {
    let moment = |seconds: Option<i64>| seconds.map_or(Value::Null, |seconds| json!(story.moment(seconds)));
    let mut wanted = expected.call.clone();
    wanted["state"] = json!("ended");
    wanted["pops"] = json!(false);
    wanted["started_at"] = moment(Some(0));
    wanted["answered_at"] = moment(expected.times.0);
    wanted["ended_at"] = moment(Some(expected.times.1));
    let wrong = wanted.as_object()?.iter().find(|(key, value)| &call[key.as_str()] != *value);
    if let Some((key, value)) = wrong {
        return Some(format!("{key} is {}, not {value}", call[key.as_str()]));
    }
    let legs = call["legs"].as_array().map(Vec::as_slice).unwrap_or_default();
    let all_ended = legs.iter().all(|leg| leg["state"] == "ended");
    (legs.len() != expected.legs || !all_ended).then(|| format!("legs are not {} that ended", expected.legs))
}

#[tokio::test(flavor = "multi_thread")]
async fn every_typical_sequence_becomes_its_call() {
    let desk = DeskSetup::new().start();
    let (pbx, feed) = (desk.pbx(), desk.feed().await);
    let expected = expected();
    let stories: Vec<Story> = expected.iter().map(|expected| Story::load(expected.story)).collect();
    for story in &stories {
        pbx.deliver_all(&story.events).await;
    }
    for (story, expected) in stories.iter().zip(&expected) {
        check(&feed, story, expected).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn any_order_and_every_event_twice_is_the_same_call() {
    let desk = DeskSetup::new().start();
    let (pbx, feed) = (desk.pbx(), desk.feed().await);
    let mut told = Vec::new();
    for _ in 0..3 {
        for expected in expected() {
            let story = Story::load(expected.story);
            let mut events: Vec<&Event> = story.events.iter().chain(&story.events).collect();
            events.shuffle(&mut rand::rng());
            pbx.deliver_all(events).await;
            told.push((story, expected));
        }
    }
    for (story, expected) in &told {
        check(&feed, story, expected).await;
    }
}

/// Reference 5.10, word for word: the order, and every line twice.
#[tokio::test(flavor = "multi_thread")]
async fn the_arrival_order_stress_of_the_reference() {
    let desk = DeskSetup::new().start();
    let (pbx, feed) = (desk.pbx(), desk.feed().await);
    let story = Story::load("5-1");
    for line in [2, 3, 1, 6, 4, 5, 8, 7, 12, 10, 9, 11, 13] {
        for _ in 0..2 {
            pbx.deliver(&story.events[line - 1]).await;
        }
    }
    check(&feed, &story, &expected()[0]).await;
    assert!(feed.seen().pops_of(&story.entry) <= 1, "it popped more than once");
}

#[tokio::test(flavor = "multi_thread")]
async fn posts_in_parallel_are_the_same_call() {
    let desk = DeskSetup::new().start();
    let feed = desk.feed().await;
    let expected = expected();
    let stories: Vec<Story> = expected.iter().map(|expected| Story::load(expected.story)).collect();
    let posts = stories.iter().flat_map(|story| &story.events).map(|event| {
        let (pbx, event) = (desk.pbx(), event.clone());
        tokio::spawn(async move { pbx.deliver(&event).await })
    });
    for post in posts.collect::<Vec<_>>() {
        post.await.expect("the post was accepted");
    }
    for (story, expected) in stories.iter().zip(&expected) {
        check(&feed, story, expected).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn numbers_may_be_text() {
    let desk = DeskSetup::new().start();
    let (pbx, feed) = (desk.pbx(), desk.feed().await);
    let expected = expected();
    for expected in [&expected[0], &expected[1], &expected[8]] {
        let story = Story::load(expected.story);
        let texts: Vec<Event> = story.events.iter().map(numbers_as_text).collect();
        pbx.deliver_all(&texts).await;
        check(&feed, &story, expected).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_lives_from_state_to_state() {
    let desk = DeskSetup::new().start();
    let (pbx, feed) = (desk.pbx(), desk.feed().await);
    let story = Story::load("5-1");
    let states = ["greeting", "greeting", "ringing", "ringing", "ringing", "talking", "talking", "talking", "talking"];
    for (event, state) in story.events.iter().zip(states) {
        pbx.deliver(event).await;
        feed.call(&story.entry, state, |call| call["state"] == state && call["outcome"].is_null()).await;
    }
    pbx.deliver_all(&story.events[9..]).await;
    feed.call(&story.entry, "ends", |call| call["state"] == "ended").await;
    let seen = feed.seen();
    let ended =
        seen.pictures_of(&story.entry).into_iter().skip_while(|call| call["state"] != "ended").collect::<Vec<_>>();
    assert!(ended.iter().all(|call| call["state"] == "ended" && call["outcome"] == "answered"), "{ended:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn held_is_held_and_is_told() {
    let desk = DeskSetup::new().start();
    let (pbx, feed) = (desk.pbx(), desk.feed().await);
    let story = Story::load("5-5");
    pbx.deliver_all(&story.events[..3]).await;
    feed.call(&story.entry, "is held", |call| call["state"] == "held" && call["legs"][0]["state"] == "held").await;
    pbx.deliver_all(&story.events[3..5]).await;
    feed.call(&story.entry, "somebody talks", |call| call["state"] == "talking").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_calls_from_one_number_are_two() {
    let desk = DeskSetup::new().start();
    let (pbx, feed) = (desk.pbx(), desk.feed().await);
    let (first, second) = (Story::load("5-1"), Story::load("5-2"));
    for (one, other) in first.events.iter().zip(&second.events) {
        pbx.deliver(one).await;
        pbx.deliver(other).await;
    }
    pbx.deliver_all(first.events.iter().skip(second.events.len())).await;
    let expected = expected();
    check(&feed, &first, &expected[0]).await;
    check(&feed, &second, &expected[1]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_summary_before_the_last_hangup_is_no_missed_call() {
    let desk = DeskSetup::new().start();
    let (pbx, feed) = (desk.pbx(), desk.feed().await);
    let story = Story::load("5-1");
    let (summary, others): (Vec<&Event>, Vec<&Event>) =
        story.events.iter().partition(|event| event.path == "events/summary");
    pbx.deliver_all(summary).await;
    pbx.deliver_all(others).await;
    // The summary alone ends the call, so its end does not tell that the legs have reached this viewer.
    let legs = story.events.iter().filter_map(|event| event.json["call_id"].as_str()).collect::<HashSet<_>>().len();
    feed.call(&story.entry, "has all its legs", |call| call["legs"].as_array().is_some_and(|all| all.len() == legs))
        .await;
    check(&feed, &story, &expected()[0]).await;
    assert!(feed.seen().missed.is_empty(), "{:?}", feed.seen().missed);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_summary_alone_is_a_call_too() {
    let desk = DeskSetup::new().start();
    let (pbx, feed) = (desk.pbx(), desk.feed().await);
    let story = Story::load("5-1");
    pbx.deliver_all(story.events.iter().filter(|event| event.path == "events/summary")).await;
    let call = feed.call(&story.entry, "ends", |call| call["state"] == "ended").await;
    assert_eq!(call["outcome"], "answered", "{call}");
    assert_eq!(call["answered_by"], "202", "{call}");
    assert_eq!(call["number"], "+79005550101", "{call}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restart_rebuilds_the_same_picture() {
    let desk = DeskSetup::new().start();
    let (pbx, feed) = (desk.pbx(), desk.feed().await);
    let live = Story::load("5-5");
    let stories: Vec<Story> = ["5-1", "5-2", "5-3", "5-6", "5-7", "5-8", "5-9"].into_iter().map(Story::load).collect();
    for story in &stories {
        pbx.deliver_all(&story.events).await;
    }
    pbx.deliver_all(&live.events[..3]).await;
    for story in stories.iter().filter(|story| story.events.iter().any(|event| event.path == "events/summary")) {
        feed.call(&story.entry, "ends and has its card", |call| {
            call["state"] == "ended" && call["card"]["status"] != "looking"
        })
        .await;
    }
    let before = pictures(&feed);
    let desk = desk.restart();
    let again = desk.feed().await;
    again
        .until("the same calls", |seen| {
            (seen.calls.values().all(|call| call["card"]["status"] != "looking")).then_some(())
        })
        .await;
    let after = pictures(&again);
    for (id, call) in &before {
        let again = after.get(id).unwrap_or_else(|| panic!("{id} is gone"));
        if call["state"] == again["state"] {
            assert_eq!(call, again);
        }
    }
    assert_eq!(before.len(), after.len());
}

/// The calls without what a look-up measures.
fn pictures(feed: &FeedClient) -> std::collections::BTreeMap<String, Value> {
    let mut calls = feed.seen().calls.clone();
    for call in calls.values_mut() {
        call["card"]["took_ms"] = Value::Null;
    }
    calls
}
