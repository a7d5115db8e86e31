//! Looking callers up in a medical information system that is late, frozen, out of order, or lies.

use std::time::Duration;

use callpop_tests::{Desk, DeskSetup, FeedClient, Incoming, Mis, Mood, eventually};
use serde_json::{Value, json};

fn setup(base: &str) -> DeskSetup {
    DeskSetup::new()
        .set("directory.kind", r#""fhir""#)
        .set("directory.fhir.base", &format!("{base:?}"))
        .set("directory.timeout_ms", "500")
}

async fn ring(desk: &Desk, number: &str) -> Incoming {
    let call = Incoming::new(number);
    desk.pbx().deliver(&call.appeared()).await;
    call
}

async fn card(feed: &FeedClient, call: &Incoming, what: &str, wanted: impl Fn(&Value) -> bool) -> Value {
    feed.call(&call.entry, what, |call| wanted(&call["card"])).await["card"].clone()
}

async fn last_card(feed: &FeedClient, call: &Incoming) -> Value {
    card(feed, call, "has its last card", |card| card["status"] != "looking" && card["more_to_come"] == false).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_late_answer_lands_on_its_card() {
    let mis = Mis::start().await;
    mis.set(Mood::After(Duration::from_secs(2)));
    let desk = setup(&mis.base()).start();
    let feed = desk.feed().await;
    let call = ring(&desk, "79005550101").await;
    let silent = card(&feed, &call, "says that nobody answered", |card| card["status"] == "unavailable").await;
    assert_eq!(silent["more_to_come"], true, "{silent}");
    assert!(silent["why"].as_str().is_some_and(|why| why.contains("не ответила")), "{silent}");
    let card = last_card(&feed, &call).await;
    assert_eq!(card["status"], "several", "{card}");
    assert_eq!(card["source"], "fhir");
    assert!(card["why"].as_str().is_some_and(|why| why.contains("номер в карте")), "{card}");
    let steps = card["steps"].as_array().cloned().unwrap_or_default();
    assert!(steps.iter().any(|step| step["what"] == "request" && step["took_ms"].as_f64() > Some(1900.0)), "{card}");
}

#[tokio::test(flavor = "multi_thread")]
async fn one_question_for_every_leg_and_desk() {
    let mis = Mis::start().await;
    mis.set(Mood::After(Duration::from_millis(300)));
    let desk = setup(&mis.base()).start();
    let (feed, colleague) = (desk.feed().await, desk.feed_as("202", &["300"], "groups").await);
    let first = ring(&desk, "79005550101").await;
    let second = ring(&desk, "79005550101").await;
    for call in [&first, &second] {
        assert_eq!(last_card(&feed, call).await["status"], "several");
        assert_eq!(last_card(&colleague, call).await["status"], "several");
    }
    let third = ring(&desk, "79005550101").await;
    assert_eq!(last_card(&feed, &third).await["steps"][0]["what"], "cache");
    assert_eq!(mis.asked().len(), 1, "{:?}", mis.asked());
    feed.ok("lookup_again", json!({"call": third.entry})).await;
    eventually("it is asked afresh", || async { (mis.asked().len() == 2).then_some(()) }).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dead_system_is_said_and_heals_by_itself() {
    let mis = Mis::start().await;
    let (base, address) = (mis.base(), mis.base().trim_start_matches("http://").parse().expect("an address"));
    drop(mis);
    let desk = setup(&base).start();
    let feed = desk.feed().await;
    let mut last = None;
    for caller in 0..4 {
        let call = ring(&desk, &format!("7900555020{caller}")).await;
        let card = last_card(&feed, &call).await;
        assert_eq!(card["status"], "unavailable", "{card}");
        assert!(card["why"].as_str().is_some_and(|why| why.contains("МИС не отвечает")), "{card}");
        last = Some(call);
    }
    let call = ring(&desk, "79005550101").await;
    assert_eq!(last_card(&feed, &call).await["status"], "unavailable");
    let state = eventually("the desk says so", || async {
        let state = feed.seen().desk["directory"].clone();
        (state["state"] == "down").then_some(state)
    })
    .await;
    assert!(state["why"].as_str().is_some_and(|why| why.contains("МИС не отвечает")), "{state}");
    let mis = Mis::at(address).await;
    let card = card(&feed, &call, "finds them by itself", |card| card["status"] == "several").await;
    assert_eq!(card["people"].as_array().map(Vec::len), Some(2));
    eventually("the desk is well", || async { (feed.seen().desk["directory"]["state"] == "ok").then_some(()) }).await;
    let _ = (last, mis);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_file_answers_behind_a_dead_system() {
    let desk = setup("http://127.0.0.1:9").set("directory.fallback", r#""file""#).start();
    let feed = desk.feed().await;
    let call = ring(&desk, "79005550102").await;
    let card = last_card(&feed, &call).await;
    assert_eq!((card["status"].as_str(), card["source"].as_str()), (Some("found"), Some("file")), "{card}");
    assert_eq!(card["people"][0]["id"], "p3");
    assert!(card["why"].as_str().is_some_and(|why| why.contains("МИС не отвечает")), "{card}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_seen_today_is_shown_with_its_time() {
    let mis = Mis::start().await;
    let desk = setup(&mis.base()).start();
    let feed = desk.feed().await;
    let call = ring(&desk, "79005550101").await;
    assert_eq!(last_card(&feed, &call).await["as_of"], Value::Null);
    mis.set(Mood::Status(500));
    feed.ok("lookup_again", json!({"call": call.entry})).await;
    let card = card(&feed, &call, "is of a moment ago", |card| card["as_of"].is_string()).await;
    assert_eq!(card["people"].as_array().map(Vec::len), Some(2), "{card}");
    assert!(card["why"].as_str().is_some_and(|why| why.contains("прежние данные")), "{card}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_is_sent_and_its_absence_is_said_on_the_card() {
    let mis = Mis::start().await;
    let setup = setup(&mis.base()).set("directory.fhir.auth", r#""bearer""#);
    let desk = setup.clone().start();
    let feed = desk.feed().await;
    let call = ring(&desk, "79005550101").await;
    let card = last_card(&feed, &call).await;
    assert!(card["why"].as_str().is_some_and(|why| why.contains("ключ доступа не введён")), "{card}");
    assert!(mis.asked().is_empty(), "{:?}", mis.asked());
    let desk = setup.secret("CALLPOP_DIRECTORY_TOKEN", "tests-mis-token-31").start();
    let feed = desk.feed().await;
    let call = ring(&desk, "79005550101").await;
    assert_eq!(last_card(&feed, &call).await["status"], "several");
    assert!(mis.was_shown("Bearer tests-mis-token-31"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_system_that_gets_worse_leaves_the_cards_alone() {
    let mis = Mis::start().await;
    mis.set(Mood::Status(500));
    let desk = setup(&mis.base()).start();
    let feed = desk.feed().await;
    let mut calls = Vec::new();
    for caller in 0..5 {
        calls.push(ring(&desk, &format!("7900555030{caller}")).await);
    }
    for call in &calls {
        assert_eq!(last_card(&feed, call).await["status"], "unavailable");
    }
    eventually("the desk says so", || async { (feed.seen().desk["directory"]["state"] == "down").then_some(()) }).await;
    for call in &calls {
        let seen = feed.seen();
        let statuses: Vec<&Value> = seen.pictures_of(&call.entry).iter().map(|call| &call["card"]["status"]).collect();
        let looked = statuses.windows(2).filter(|pair| pair[0] != "looking" && pair[1] == "looking").count();
        assert_eq!(looked, 0, "{statuses:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn strangers_are_never_shown() {
    let mis = Mis::start().await;
    mis.set(Mood::Everybody);
    let desk = setup(&mis.base()).start();
    let feed = desk.feed().await;
    let call = ring(&desk, "79005559999").await;
    let card = last_card(&feed, &call).await;
    assert_eq!((card["status"].as_str(), &card["people"]), (Some("unavailable"), &json!([])), "{card}");
    assert!(!card.to_string().contains("Иванова"), "{card}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_data_is_said() {
    for (mood, says) in [
        (Mood::Html, "HTML"),
        (Mood::Status(401), "401"),
        (Mood::Status(403), "403"),
        (Mood::Status(429), "подождать"),
        (Mood::Status(503), "503"),
    ] {
        let mis = Mis::start().await;
        mis.set(mood);
        let desk = setup(&mis.base()).start();
        let feed = desk.feed().await;
        let call = ring(&desk, "79005550101").await;
        let card = last_card(&feed, &call).await;
        assert_eq!(card["status"], "unavailable", "{mood:?}: {card}");
        assert!(card["why"].as_str().is_some_and(|why| why.contains(says)), "{mood:?}: {card}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_directory_that_cannot_write_says_so() {
    let desk = DeskSetup::new().start();
    let feed = desk.feed().await;
    let can = feed.seen().desk["directory"]["can"].clone();
    assert_eq!(can["register_person"], false, "{can}");
    let error = feed.refused("confirm_visit", json!({"visit": "1", "yes": true})).await;
    assert_eq!(error["code"], "not_now", "{error}");
    let person = json!({"family_name": "Петров", "given_name": "Пётр", "born": "1980-02-30"});
    let error = feed.refused("register_person", json!({ "person": person })).await;
    assert_eq!(error["code"], "bad_request", "a day that is none: {error}");
}
