use callpop_tests::{Desk, DeskSetup, FeedClient, Simulator, patience};
use serde_json::{Value, json};

/// A desk whose commands go to the simulator, ten times as fast as life.
async fn rehearsal(callbacks: &str) -> (Desk, Simulator, FeedClient) {
    let address = Simulator::free_address();
    let desk = DeskSetup::new().commands_to(&Simulator::base(&address)).start();
    let simulator = Simulator::start(desk.listener(), &address, &["--callback", callbacks, "--speed", "10"]).await;
    let feed = desk.feed().await;
    (desk, simulator, feed)
}

async fn dial(feed: &FeedClient) -> String {
    let reply = feed.ok("dial", json!({"number": "+79005550199"})).await;
    reply["command_id"].as_str().expect("a command").to_owned()
}

async fn dial_ends(feed: &FeedClient, command: &str) -> Value {
    feed.until_within(patience() * 2, "the dial ends", |seen| {
        let dial = seen.dials.get(command)?;
        ["done", "failed"].contains(&dial["state"].as_str()?).then(|| dial.clone())
    })
    .await
}

/// One outbound call for one command.
fn is_one_call(feed: &FeedClient, command: &str) {
    let seen = feed.seen();
    let calls: Vec<&Value> = seen.calls.values().filter(|call| call["command_id"] == command).collect();
    assert_eq!(calls.len(), 1, "{calls:?}");
    assert_eq!(calls[0]["direction"], "outbound");
    assert_eq!(seen.pops_of(calls[0]["id"].as_str().expect("an id")), 0);
    assert!(seen.missed.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn both_answer_and_talk() {
    for callbacks in ["answered", "result-first"] {
        let (_desk, _simulator, feed) = rehearsal(callbacks).await;
        let command = dial(&feed).await;
        let dial = dial_ends(&feed, &command).await;
        assert_eq!(dial["state"], "done", "{callbacks}: {dial}");
        let talked = feed
            .seen()
            .frames
            .iter()
            .any(|frame| frame["dial"]["command_id"] == command && frame["dial"]["state"] == "talking");
        assert!(talked, "{callbacks}: it was told that they talk");
        is_one_call(&feed, &command);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_talks_and_the_reason_is_told() {
    for (callbacks, reason) in [
        ("busy", 1121),
        ("no-answer", 1111),
        ("patient-refuses", 1122),
        ("operator-no-answer", 1111),
        ("operator-busy", 1121),
    ] {
        let (_desk, _simulator, feed) = rehearsal(callbacks).await;
        let command = dial(&feed).await;
        let dial = dial_ends(&feed, &command).await;
        assert_eq!(dial["state"], "failed", "{callbacks}: {dial}");
        assert!(dial["why"].as_str().is_some_and(|why| !why.is_empty()), "{callbacks}: {dial}");
        assert_eq!(dial["vpbx_result"].as_i64().unwrap_or(reason), reason, "{callbacks}: {dial}");
        is_one_call(&feed, &command);
        let id = dial["call"].as_str().expect("it became a call").to_owned();
        feed.call(&id, "failed", |call| call["outcome"] == "failed").await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dropped_connection_is_unclear() {
    let (_desk, _simulator, feed) = rehearsal("reset").await;
    assert_eq!(feed.refused("dial", json!({"number": "+79005550199"})).await["code"], "vpbx_unclear");
    feed.until("the dial is unclear", |seen| seen.dials.values().find(|dial| dial["state"] == "unclear").cloned())
        .await;
    assert_eq!(feed.seen().dials.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn hanging_up_ends_the_conversation() {
    let address = Simulator::free_address();
    let desk = DeskSetup::new().commands_to(&Simulator::base(&address)).start();
    let _simulator = Simulator::start(desk.listener(), &address, &["--callback", "answered", "--speed", "1"]).await;
    let feed = desk.feed().await;
    let command = dial(&feed).await;
    let dial = feed.dial(&command, "talking").await;
    feed.ok("hang_up", json!({"call": dial["call"]})).await;
    let id = dial["call"].as_str().expect("a call").to_owned();
    feed.call(&id, "ends", |call| call["state"] == "ended").await;
    feed.dial(&command, "done").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_signing_key_is_refused_by_the_pbx() {
    let address = Simulator::free_address();
    let desk =
        DeskSetup::new().secret("CALLPOP_VPBX_API_SALT", "anotherSalt").commands_to(&Simulator::base(&address)).start();
    let _simulator = Simulator::start(desk.listener(), &address, &["--speed", "10"]).await;
    let feed = desk.feed().await;
    let error = feed.refused("dial", json!({"number": "+79005550199"})).await;
    assert_eq!((&error["code"], &error["vpbx_result"]), (&json!("vpbx_refused"), &json!(3102)));
}

#[tokio::test(flavor = "multi_thread")]
async fn every_scenario_can_be_played() {
    let desk = DeskSetup::new().start();
    let feed = desk.feed().await;
    for (scenario, calls) in [("ivr-group-answer", 1), ("missed", 1), ("hidden", 1), ("internal", 1), ("disorder", 1)] {
        let before = feed.seen().calls.len();
        let ended = Simulator::play(desk.listener(), &["--scenario", scenario, "--speed", "0", "--count", "1"]);
        assert_eq!(ended.code, Some(0), "{scenario}: {}", ended.stderr);
        feed.until(scenario, |seen| {
            (seen.calls.len() == before + calls && seen.calls.values().all(|call| call["state"] == "ended"))
                .then_some(())
        })
        .await;
    }
    feed.until("the posts are counted", |seen| seen.desk["listener"]["accepted"].as_u64().filter(|count| *count > 20))
        .await;
}
