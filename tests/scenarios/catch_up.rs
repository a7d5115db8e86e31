use std::collections::BTreeSet;
use std::time::Duration;

use callpop_tests::{CommandApi, Desk, DeskSetup, FeedClient, Incoming, PastLeg, Telling, eventually, patience};
use serde_json::{Value, json};

/// A desk that heard of one call, so that its log is not empty, and whose PBX answers as told.
async fn desk_with_a_call() -> (CommandApi, Desk, Incoming) {
    let api = CommandApi::start().await;
    let desk = DeskSetup::new().commands_to(&api.base()).start();
    let call = Incoming::new("79005550101");
    desk.pbx().deliver_all(&call.answered()).await;
    desk.feed().await.call(&call.entry, "ends", |call| call["state"] == "ended").await;
    assert!(api.asked("stats/request").is_empty(), "of an empty log nothing is missing");
    (api, desk, call)
}

/// Waits until the desk's catch-up is in this state, and returns it.
async fn caught_up(feed: &FeedClient, state: &str) -> Value {
    feed.until_within(patience() * 2, &format!("the catch-up is {state}"), |seen| {
        Some(&seen.desk["catch_up"]).filter(|told| told["state"] == state).cloned()
    })
    .await
}

/// Every call of history, newest first.
async fn history(feed: &FeedClient) -> Vec<Value> {
    let (mut calls, mut next) = (Vec::new(), Value::Null);
    loop {
        let page = feed.ok("history", json!({"before": next, "limit": 100})).await;
        calls.extend(page["calls"].as_array().expect("calls").clone());
        next = page["next"].clone();
        if next.is_null() {
            return calls;
        }
    }
}

/// The ids of these calls; each must be there once.
fn each_once(calls: &[Value]) -> BTreeSet<String> {
    let ids: BTreeSet<String> = calls.iter().map(|call| call["id"].as_str().expect("an id").to_owned()).collect();
    assert_eq!(ids.len(), calls.len(), "a call is there twice");
    ids
}

fn nothing_popped(feed: &FeedClient) {
    let seen = feed.seen();
    for frame in &seen.frames {
        assert_ne!(frame["call"]["pops"], true, "{frame}");
        let calls = frame["calls"].as_array();
        assert!(calls.into_iter().flatten().all(|call| call["pops"] != true), "{frame}");
    }
}

/// Calls of the night: every fourth was missed, each by somebody else.
fn a_night(calls: i64) -> Vec<(Incoming, bool)> {
    (0..calls).map(|n| (Incoming::new(&format!("7900556{n:04}")).ago(580 - 2 * n), n % 4 != 0)).collect()
}

fn told(night: &[(Incoming, bool)]) -> Vec<PastLeg> {
    night.iter().map(|(call, answered)| call.told(*answered)).collect()
}

/// Checks that each call of a night is in history once and has a row if it was missed.
async fn is_complete(feed: &FeedClient, night: &[(Incoming, bool)], others: usize) {
    let missed: BTreeSet<&str> =
        night.iter().filter(|(_, answered)| !answered).map(|(call, _)| call.entry.as_str()).collect();
    feed.until_within(patience() * 2, "all rows", |seen| {
        let rows: Vec<&Value> = seen.missed.values().flat_map(|row| row["calls"].as_array()).flatten().collect();
        let rows_of: BTreeSet<&str> = rows.iter().filter_map(|call| call.as_str()).collect();
        (rows.len() == missed.len() && rows_of == missed).then_some(())
    })
    .await;
    let calls = history(feed).await;
    let ids = each_once(&calls);
    assert_eq!(ids.len(), night.len() + others);
    for (call, answered) in night {
        let shown = calls.iter().find(|shown| shown["id"] == call.entry).expect("it is in history");
        assert_eq!(shown["outcome"], if *answered { "answered" } else { "missed" });
        assert_eq!((&shown["direction"], &shown["state"]), (&json!("inbound"), &json!("ended")));
    }
    nothing_popped(feed);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_hundred_calls_of_a_night_are_there_once() {
    let (api, desk, _) = desk_with_a_call().await;
    let night = a_night(200);
    api.remembers(told(&night));
    let desk = desk.power_cut();
    let feed = desk.feed().await;
    let done = caught_up(&feed, "done").await;
    assert_eq!((&done["calls"], &done["missed"], &done["why"]), (&json!(200), &json!(50), &Value::Null), "{done}");
    is_complete(&feed, &night, 1).await;
    assert!(history(&feed).await.iter().filter(|call| call["recalled"] == true).count() == 200);
    let asked = api.asked("stats/request");
    assert_eq!(asked.len(), 1);
    let window = asked[0].json["date_to"].as_i64().zip(asked[0].json["date_from"].as_i64());
    assert!(window.is_some_and(|(to, from)| (600..700).contains(&(to - from))), "{window:?}");
    // Told again it is nothing new.
    let desk = desk.restart();
    let feed = desk.feed().await;
    let done = caught_up(&feed, "done").await;
    assert_eq!((&done["calls"], &done["missed"]), (&json!(0), &json!(0)));
    is_complete(&feed, &night, 1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn calls_of_which_only_some_posts_arrived_are_completed() {
    let (api, desk, _) = desk_with_a_call().await;
    let night = a_night(40);
    for (n, (call, answered)) in night.iter().enumerate() {
        let mut story = if *answered { call.answered() } else { call.unanswered() };
        match n % 5 {
            0 => story.clear(),
            1 => story.truncate(1),
            2 => drop(story.pop()),
            3 => drop(story.drain(..1)),
            _ => {}
        }
        desk.pbx().deliver_all(&story).await;
    }
    // Posts that are on time: by them the desk knows that the others are old.
    for number in 0..10 {
        desk.pbx().deliver_all(&Incoming::new(&format!("7900557{number:04}")).answered()).await;
    }
    api.remembers(told(&night));
    let desk = desk.power_cut();
    let feed = desk.feed().await;
    caught_up(&feed, "done").await;
    is_complete(&feed, &night, 11).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_missed_call_of_the_night_has_its_person_and_can_be_closed() {
    let (api, desk, _) = desk_with_a_call().await;
    let call = Incoming::new("79005550102").ago(300);
    api.remembers([call.told(false)]);
    let desk = desk.power_cut();
    let feed = desk.feed().await;
    let row = feed.row(Some("+79005550102"), "knows the person", |row| row["person"]["id"] == "p3").await;
    assert_eq!(row["calls"], json!([call.entry]));
    let shown = feed.call(&call.entry, "is on the feed of today", |call| call["card"]["status"] == "found").await;
    assert_eq!((&shown["recalled"], &shown["legs"]), (&json!(true), &json!([])));
    feed.ok("close_missed", json!({"missed": row["id"]})).await;
    let desk = desk.restart();
    let feed = desk.feed().await;
    caught_up(&feed, "done").await;
    assert!(feed.seen().open_rows(Some("+79005550102")).is_empty(), "it stays closed");
}

#[tokio::test(flavor = "multi_thread")]
async fn recordings_of_the_night_can_be_played() {
    let (api, desk, _) = desk_with_a_call().await;
    let call = Incoming::new("79005550102").ago(300);
    api.remembers([call.told(true).recorded("night-recording")]);
    let desk = desk.power_cut();
    let feed = desk.feed().await;
    caught_up(&feed, "done").await;
    let shown =
        feed.call(&call.entry, "is told of", |call| !call["recordings"].as_array().is_none_or(Vec::is_empty)).await;
    assert_eq!(
        (&shown["recordings"][0]["id"], &shown["recordings"][0]["state"]),
        (&json!("night-recording"), &json!("ready"))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_that_goes_on_is_not_ended_by_what_is_told_of_its_past() {
    let (api, desk, _) = desk_with_a_call().await;
    let call = Incoming::new("79005550102").ago(120);
    desk.pbx().deliver_all(&[call.appeared(), call.connected()]).await;
    // The menu's leg, and a colleague's that rang and did not lift, are over; the talk is not.
    let colleague = Incoming { extension: "202".to_owned(), ..call.clone() };
    api.remembers([colleague.told(false)]);
    let desk = desk.power_cut();
    let feed = desk.feed().await;
    caught_up(&feed, "done").await;
    let shown = feed.call(&call.entry, "is there", |_| true).await;
    assert_eq!((&shown["state"], &shown["answered_by"]), (&json!("talking"), &json!("201")));
    assert!(feed.seen().missed.is_empty());
    desk.pbx().deliver_all(&[call.disconnected(1110), call.summary(true)]).await;
    feed.call(&call.entry, "ends", |call| call["outcome"] == "answered").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_desk_waits_for_an_answer_without_begging() {
    let (api, desk, _) = desk_with_a_call().await;
    api.tells(Telling::Never);
    let call = Incoming::new("79005550102").ago(300);
    api.remembers([call.told(false)]);
    let desk = desk.power_cut();
    let feed = desk.feed().await;
    caught_up(&feed, "asking").await;
    eventually("looked twice", || async { (api.asked("stats/result").len() >= 2).then_some(()) }).await;
    api.tells(Telling::Ready);
    let done = caught_up(&feed, "done").await;
    assert_eq!(done["missed"], 1);
    let looks = api.asked("stats/result");
    let too_soon = looks.windows(2).find(|pair| pair[1].at - pair[0].at < Duration::from_secs(5));
    assert!(too_soon.is_none(), "at most once in five seconds");
    assert_eq!(api.asked("stats/request").len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_goes_wrong_is_said_loses_nothing_and_is_not_repeated() {
    let (api, mut desk, _) = desk_with_a_call().await;
    let call = Incoming::new("79005550102").ago(300);
    api.remembers([call.told(false), Incoming::new("79005550103").ago(200).told(true)]);
    let mut sentences = BTreeSet::new();
    for (telling, words) in [
        (Telling::Html, "веб-страница"),
        (Telling::Half, "не целиком"),
        (Telling::Moved, "пересылает"),
        (Telling::Refused(2230), "2230"),
    ] {
        api.tells(telling);
        let before = api.asked("stats/request").len();
        desk = desk.power_cut();
        let feed = desk.feed().await;
        let failed = caught_up(&feed, "failed").await;
        let why = failed["why"].as_str().expect("a sentence").to_owned();
        assert!(why.contains(words), "{telling:?}: {why}");
        assert!(sentences.insert(why));
        assert_eq!((&failed["calls"], history(&feed).await.len()), (&json!(0), 1), "{telling:?}: all or nothing");
        tokio::time::sleep(Duration::from_secs(2)).await;
        assert_eq!(api.asked("stats/request").len(), before + 1, "{telling:?}: asked once");
    }
    // Somebody insists when the PBX is well again.
    api.tells(Telling::Ready);
    let feed = desk.feed().await;
    feed.ok("catch_up", json!({})).await;
    let done = caught_up(&feed, "done").await;
    assert_eq!((&done["calls"], &done["missed"]), (&json!(2), &json!(1)), "{done}");
    each_once(&history(&feed).await);
    nothing_popped(&feed);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_accepted_command_ends_the_pause_after_a_refusal() {
    let (api, desk, _) = desk_with_a_call().await;
    api.tells(Telling::Refused(4300));
    let desk = desk.power_cut();
    let feed = desk.feed().await;
    caught_up(&feed, "failed").await;
    api.tells(Telling::Ready);
    feed.ok("dial", json!({"number": "+79005550102"})).await;
    caught_up(&feed, "done").await;
    assert_eq!(api.asked("stats/request").len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_not_answered_before_a_power_cut_is_asked_after_it() {
    let (api, desk, _) = desk_with_a_call().await;
    let call = Incoming::new("79005550102").ago(300);
    api.remembers([call.told(false)]);
    api.tells(Telling::Never);
    let desk = desk.power_cut();
    caught_up(&desk.feed().await, "asking").await;
    let since = desk.feed().await.seen().desk["catch_up"]["since"].clone();
    // Posts come again, so the last of them is no longer where the silence began.
    desk.pbx().deliver_all(&Incoming::new("79005550103").answered()).await;
    api.tells(Telling::Ready);
    let desk = desk.power_cut();
    let feed = desk.feed().await;
    let done = caught_up(&feed, "done").await;
    assert_eq!((&done["since"], &done["missed"]), (&since, &json!(1)), "{done}");
}

#[tokio::test(flavor = "multi_thread")]
async fn without_an_account_or_a_past_nobody_is_asked() {
    let api = CommandApi::start().await;
    let desk = DeskSetup::new().commands_to(&api.base()).start().restart();
    let feed = desk.feed().await;
    assert_eq!(feed.seen().desk["catch_up"], Value::Null);
    assert!(api.asked("stats/request").is_empty());
    feed.ok("catch_up", json!({})).await;
    caught_up(&feed, "done").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pbx_that_only_knows_whole_calls_tells_of_them() {
    let (api, desk, _) = desk_with_a_call().await;
    let (missed, answered) = (Incoming::new("79005550102").ago(300), Incoming::new("79005550103").ago(200));
    api.remembers([missed.told(false), answered.told(true)]);
    api.tells(Telling::OnlyCalls);
    let desk = desk.power_cut();
    let feed = desk.feed().await;
    let done = caught_up(&feed, "done").await;
    assert_eq!((&done["calls"], &done["missed"]), (&json!(2), &json!(1)), "{done}");
    let shown = feed.call(&answered.entry, "is there", |_| true).await;
    assert_eq!((&shown["direction"], &shown["outcome"]), (&json!("inbound"), &json!("answered")));
    assert_eq!((&shown["number"], &shown["line"]), (&json!("+79005550103"), &json!("+74995550199")));
    feed.row(Some("+79005550102"), "is there", |row| row["why"] == "rang").await;
    feed.ok("catch_up", json!({})).await;
    eventually("asked again", || async { (api.asked("stats/calls/request").len() >= 2).then_some(()) }).await;
    assert_eq!(api.asked("stats/request").len(), 1, "what is unsupported is not asked again");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_computer_that_slept_is_told_what_it_missed() {
    let (api, mut desk, _) = desk_with_a_call().await;
    let call = Incoming::new("79005550102").ago(60);
    api.remembers([call.told(false)]);
    desk.program().signal(rustix::process::Signal::STOP);
    // The desk takes a minute without a look at the clock for sleep.
    tokio::time::sleep(Duration::from_secs(62)).await;
    desk.program().signal(rustix::process::Signal::CONT);
    let feed = desk.feed().await;
    let done = caught_up(&feed, "done").await;
    assert_eq!((&done["calls"], &done["missed"]), (&json!(1), &json!(1)), "{done}");
    feed.row(Some("+79005550102"), "is there", |row| row["calls"] == json!([call.entry])).await;
    nothing_popped(&feed);
}
