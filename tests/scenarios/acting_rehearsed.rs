use std::time::{Duration, Instant};

use callpop_tests::{Desk, DeskSetup, FeedClient, Simulator, eventually, patience};
use serde_json::{Value, json};

/// A desk and the simulated PBX, five times as fast as life.
async fn rehearsal(arguments: &[&str]) -> (Desk, Simulator, FeedClient) {
    let address = Simulator::free_address();
    let desk = DeskSetup::new().commands_to(&Simulator::base(&address)).start();
    let arguments = [&["--speed", "5", "--talk", "200"], arguments].concat();
    let simulator = Simulator::start(desk.listener(), &address, &arguments).await;
    let feed = desk.feed().await;
    (desk, simulator, feed)
}

fn may(call: &Value) -> Vec<&str> {
    call["may"].as_array().expect("a list").iter().filter_map(Value::as_str).collect()
}

/// The one call there is, once it is as wanted.
async fn the_call(feed: &FeedClient, what: &str, mut wanted: impl FnMut(&Value) -> bool) -> (String, Value) {
    let label = format!("the call {what}");
    feed.until_within(patience() * 2, &label, |seen| {
        let call = seen.calls.values().find(|call| wanted(call))?;
        Some((call["id"].as_str()?.to_owned(), call.clone()))
    })
    .await
}

async fn deed(feed: &FeedClient, call: &str, what: &str, state: &str) -> Value {
    let label = format!("{what} is {state}");
    feed.until_within(patience() * 2, &label, |seen| {
        let deeds = seen.calls.get(call)?["deeds"].as_array()?;
        deeds.iter().find(|deed| deed["what"] == what && deed["state"] == state).cloned()
    })
    .await
}

/// A call that 201 has answered.
async fn talk(simulator: &Simulator, feed: &FeedClient) -> String {
    simulator.direct("play/ring").await;
    the_call(feed, "rings", |call| call["pops"] == true).await;
    assert_eq!(simulator.direct("answer/201").await["answered"], true);
    the_call(feed, "talks", |call| call["state"] == "talking" && may(call).contains(&"transfer")).await.0
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_is_handed_to_a_colleague_by_name() {
    let (desk, simulator, feed) = rehearsal(&[]).await;
    let roster = feed.ok("roster", json!({})).await["roster"].clone();
    let colleague = roster["colleagues"]
        .as_array()
        .expect("colleagues")
        .iter()
        .find(|colleague| colleague["extension"] == "202")
        .expect("202 works here");
    assert!(colleague["name"].as_str().is_some_and(|name| !name.is_empty()), "{colleague}");
    assert!(colleague["groups"].as_array().is_some_and(|groups| groups.contains(&json!("300"))), "{colleague}");
    let theirs = desk.feed_as("202", &[], "mine").await;
    let call = talk(&simulator, &feed).await;
    feed.ok("transfer", json!({"call": call, "to": colleague["extension"]})).await;
    theirs.until("it pops there", |seen| (seen.pops_of(&call) == 1).then_some(())).await;
    deed(&feed, &call, "transfer", "done").await;
    theirs.call(&call, "is theirs", |call| may(call).contains(&"transfer")).await;
    assert_eq!(simulator.commands_taken().await, ["commands/transfer"]);
    theirs.ok("hang_up", json!({"call": call})).await;
    let over = feed.call(&call, "ends", |call| call["state"] == "ended").await;
    assert_eq!((&over["outcome"], &over["answered_by"]), (&json!("answered"), &json!("201")));
    assert!(feed.seen().missed.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_colleague_who_does_not_answer_gives_the_call_back() {
    let (_desk, simulator, feed) = rehearsal(&["--transfer", "no-answer"]).await;
    let call = talk(&simulator, &feed).await;
    feed.ok("transfer", json!({"call": call, "to": "202"})).await;
    let failed = deed(&feed, &call, "transfer", "failed").await;
    assert_eq!(failed["vpbx_result"], 1111, "{failed}");
    feed.call(&call, "rings here again", |call| call["pops"] == true).await;
    assert_eq!(simulator.direct("answer/201").await["answered"], true);
    feed.call(&call, "is ours again", |call| may(call).contains(&"transfer")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_consultation_is_completed() {
    for version in [&[][..], &["--v1"]] {
        let (_desk, simulator, feed) = rehearsal(version).await;
        let call = talk(&simulator, &feed).await;
        feed.ok("transfer", json!({"call": call, "to": "202", "method": "hold"})).await;
        feed.call(&call, "can be joined", |call| may(call).contains(&"complete_transfer")).await;
        deed(&feed, &call, "consult", "done").await;
        feed.ok("complete_transfer", json!({"call": call})).await;
        deed(&feed, &call, "complete_transfer", "done").await;
        let theirs = feed.call(&call, "is theirs", |call| may(call).is_empty() && call["state"] == "talking").await;
        assert!(theirs["number"] == "+79005550101", "{version:?}: {theirs}");
        assert_eq!(simulator.commands_taken().await, ["commands/transfer", "commands/calls_connect"], "{version:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_consultation_is_called_off() {
    let (_desk, simulator, feed) = rehearsal(&[]).await;
    let call = talk(&simulator, &feed).await;
    feed.ok("transfer", json!({"call": call, "to": "202", "method": "hold"})).await;
    feed.call(&call, "waits", |call| may(call).contains(&"cancel_transfer")).await;
    feed.ok("cancel_transfer", json!({"call": call})).await;
    deed(&feed, &call, "cancel_transfer", "done").await;
    feed.call(&call, "is ours again", |call| may(call).contains(&"transfer") && call["state"] == "talking").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_consultation_ends_when_the_receptionist_puts_the_phone_down() {
    let (_desk, simulator, feed) = rehearsal(&[]).await;
    let call = talk(&simulator, &feed).await;
    feed.ok("transfer", json!({"call": call, "to": "202", "method": "hold"})).await;
    feed.call(&call, "can be joined", |call| may(call).contains(&"complete_transfer")).await;
    assert_eq!(simulator.direct("hang_up/201").await["hung_up"], true);
    feed.call(&call, "is theirs", |call| may(call).is_empty() && call["state"] == "talking").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_caller_in_the_queue_is_taken_over() {
    for queue in [&[][..], &["--queue-extension"]] {
        let (_desk, simulator, feed) = rehearsal(queue).await;
        simulator.direct("play/queue-wait").await;
        let in_queue = |call: &Value| {
            call["legs"]
                .as_array()
                .is_some_and(|legs| legs.iter().any(|leg| leg["location"] == "queue" && leg["state"] != "ended"))
        };
        let (call, waits) = the_call(&feed, "waits", in_queue).await;
        assert_eq!(may(&waits), ["take"], "{queue:?}");
        feed.ok("take", json!({"call": call})).await;
        deed(&feed, &call, "take", "done").await;
        feed.until("it pops here", |seen| (seen.pops_of(&call) == 1).then_some(())).await;
        assert_eq!(simulator.commands_taken().await, ["commands/route"]);
        simulator.direct("answer/201").await;
        let talks = feed.call(&call, "talks", |call| call["state"] == "talking").await;
        assert_eq!((&talks["direction"], &talks["answered_by"]), (&json!("inbound"), &json!("201")), "{queue:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_is_held_until_the_phone_takes_it_back() {
    let (_desk, simulator, feed) = rehearsal(&[]).await;
    let call = talk(&simulator, &feed).await;
    feed.ok("hold", json!({"call": call})).await;
    deed(&feed, &call, "hold", "done").await;
    let held = feed.call(&call, "is held", |call| call["state"] == "held").await;
    assert_eq!(may(&held), ["hang_up"]);
    assert_eq!(simulator.direct("unhold/201").await["unheld"], true);
    feed.call(&call, "talks again", |call| call["state"] == "talking" && may(call).contains(&"hold")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_recording_is_started_and_played_in_parts() {
    let (_desk, simulator, feed) = rehearsal(&[]).await;
    let call = talk(&simulator, &feed).await;
    feed.ok("record", json!({"call": call})).await;
    deed(&feed, &call, "record", "done").await;
    let recorded = feed.call(&call, "is recorded", |call| call["recordings"][0]["state"] == "going").await;
    let recording = recorded["recordings"][0]["id"].clone();
    let ask = json!({"call": call, "recording": recording});
    assert_eq!(feed.refused("recording", ask.clone()).await["code"], "not_ready", "it is still going");
    feed.ok("hang_up", json!({"call": call})).await;
    let ready = |seen: &callpop_tests::Seen| (seen.calls[&call]["recordings"][0]["state"] == "ready").then_some(());
    feed.until_within(patience() * 3, "it can be played", ready).await;

    // Right after the word that it is there the file may still be missing.
    let url = eventually("the PBX has the sound", || async {
        let reply = feed.request("recording", ask.clone()).await;
        assert!(reply["ok"].is_object() || reply["error"]["code"] == "not_ready", "{reply}");
        reply["ok"]["url"].as_str().map(str::to_owned)
    })
    .await;
    assert!(url.starts_with("http://127.0.0.1:"), "{url}");
    let whole = reqwest::get(&url).await.expect("it is served");
    assert_eq!(whole.headers()["content-type"], "audio/mpeg");
    let whole = whole.bytes().await.expect("a sound");
    assert!(whole.len() > 1000 && (whole.starts_with(b"ID3") || whole[0] == 0xFF), "it is an mp3");
    let part = reqwest::Client::new().get(&url).header("range", "bytes=100-199").send().await.expect("a part");
    assert_eq!(part.status().as_u16(), 206);
    assert_eq!(part.headers()["content-range"], format!("bytes 100-199/{}", whole.len()));
    assert_eq!(part.bytes().await.expect("a part"), whole.slice(100..200));
    let guessed = format!("{}{}", &url[..url.len() - 8], "00000000");
    assert_eq!(reqwest::get(&guessed).await.expect("an answer").status().as_u16(), 404);
    let foreign = reqwest::Client::new().get(&url).header("origin", "https://example.org").send().await;
    assert_eq!(foreign.expect("an answer").status().as_u16(), 403);
    // Played again, it is not fetched again: the PBX's link works once.
    assert_eq!(feed.ok("recording", ask).await["url"], url);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_is_delivered_or_says_why_not() {
    let (_desk, _simulator, feed) = rehearsal(&[]).await;
    for (number, state) in [("+79005550101", "delivered"), ("+79005550106", "failed")] {
        let reply = feed.ok("sms", json!({"number": number, "text": "Приём завтра в 10:30"})).await;
        let command = reply["command_id"].as_str().expect("a command").to_owned();
        let sms = feed.sms(&command, state).await;
        assert_eq!(sms["why"].is_string(), state == "failed", "{sms}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_status_of_the_contact_centre_is_shown_beside_the_colleague() {
    let (_desk, simulator, feed) = rehearsal(&[]).await;
    feed.ok("roster", json!({})).await;
    simulator.direct("status/202/2").await;
    feed.until("202 has a status", |seen| {
        let colleagues = seen.roster["colleagues"].as_array()?;
        colleagues.iter().find(|it| it["extension"] == "202" && it["presence"] == "do_not_disturb").map(drop)
    })
    .await;
}

/// Two bad requests within two minutes: the PBX listens to nobody, and the desk says so instead of trying.
#[tokio::test(flavor = "multi_thread")]
async fn a_salt_changed_in_mid_day_is_said_and_does_not_lock_the_account_for_good() {
    let (_desk, simulator, feed) = rehearsal(&[]).await;
    let call = talk(&simulator, &feed).await;
    simulator.direct("salt/anotherSalt0000000000000000000001").await;
    for _ in 0..2 {
        let error = feed.refused("hold", json!({"call": call})).await;
        assert_eq!(error["vpbx_result"], 3102, "{error}");
        assert!(error["message"].as_str().is_some_and(|it| it.contains("Ключ для создания подписи")), "{error}");
    }
    let error = feed.refused("hold", json!({"call": call})).await;
    assert_eq!(error["code"], "vpbx_quiet", "{error}");
    assert!(error["until"].is_string(), "{error}");
    let heard = simulator.ask("commands").await;
    assert_eq!(heard.as_array().map(Vec::len), Some(2), "the third never left: {heard}");
    simulator.direct("play/missed?count=1&instantly=1").await;
    feed.until("the desk says why nothing is heard", |seen| {
        seen.desk["listener"]["why"].as_str().filter(|why| why.contains("другой подписью")).map(drop)
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn odd_answers_of_the_pbx_are_told_in_words_and_nothing_is_repeated() {
    for (answers, code) in [("html", "vpbx_unclear"), ("redirect", "not_configured"), ("result-in-200", "vpbx_refused")]
    {
        let (_desk, simulator, feed) = rehearsal(&[]).await;
        let call = talk(&simulator, &feed).await;
        simulator.direct(&format!("answers/{answers}")).await;
        let error = feed.refused("hold", json!({"call": call})).await;
        assert_eq!(error["code"], code, "{answers}: {error}");
        assert!(error["message"].as_str().is_some_and(|it| it.chars().count() > 20), "{answers}: {error}");
        assert_eq!(simulator.ask("commands").await.as_array().map(Vec::len), Some(1), "{answers}");
    }
}

/// Ten clicks a second on every button for some seconds: the PBX's published limits hold at the PBX.
#[tokio::test(flavor = "multi_thread")]
async fn ten_clicks_a_second_on_every_button_stay_within_the_limits() {
    let (desk, simulator, feed) = rehearsal(&["--callback", "answered"]).await;
    let colleague = desk.feed_as("202", &["300"], "groups").await;
    let call = talk(&simulator, &feed).await;
    let (begun, mut clicks) = (Instant::now(), 0);
    while begun.elapsed() < Duration::from_secs(6) {
        clicks += 1;
        for (client, what, with) in [
            (&feed, "dial", json!({"number": "+79005550199"})),
            (&colleague, "dial", json!({"number": "+79005550198", "group": "300"})),
            (&feed, "hold", json!({"call": call})),
            (&feed, "transfer", json!({"call": call, "to": "202"})),
            (&colleague, "take", json!({"call": call})),
            (&feed, "record", json!({"call": call})),
            (&feed, "hang_up", json!({"call": call})),
            (&feed, "sms", json!({"number": "+79005550101", "text": "Приём завтра"})),
            (&feed, "roster", json!({"fresh": true})),
            (&feed, "recording", json!({"call": call, "recording": "none"})),
        ] {
            client.send(&json!({"type": "request", "id": format!("{what}-{clicks}"), "do": what, "with": with}));
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert!(clicks > 40, "{clicks} clicks");
    feed.until_within(patience() * 4, "the last message is answered", |seen| {
        seen.replies.contains_key(&format!("sms-{clicks}")).then_some(())
    })
    .await;
    let limits = simulator.ask("limits").await;
    assert_eq!(limits["breaches"], 0, "{limits}");
    let heard = simulator.ask("commands").await;
    let heard = heard.as_array().expect("a list");
    assert!(heard.len() > 30, "the buttons did something: {}", heard.len());
    assert!(heard.iter().all(|it| it["http"] != 429 && it["http"] != 401), "{heard:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_recording_begun_before_a_consultation_can_be_played_after_the_call() {
    let (desk, simulator, feed) = rehearsal(&[]).await;
    let theirs = desk.feed_as("202", &[], "mine").await;
    let call = talk(&simulator, &feed).await;
    feed.ok("record", json!({"call": call})).await;
    deed(&feed, &call, "record", "done").await;
    feed.ok("transfer", json!({"call": call, "to": "202", "method": "hold"})).await;
    feed.call(&call, "can be joined", |call| may(call).contains(&"complete_transfer")).await;
    feed.ok("complete_transfer", json!({"call": call})).await;
    theirs.call(&call, "is theirs", |call| may(call).contains(&"hang_up") && call["state"] == "talking").await;
    theirs.ok("hang_up", json!({"call": call})).await;
    feed.call(&call, "ends", |call| call["state"] == "ended").await;
    let ready = |seen: &callpop_tests::Seen| {
        let recordings = seen.calls[&call]["recordings"].as_array()?;
        (!recordings.is_empty() && recordings.iter().all(|it| it["state"] == "ready")).then_some(())
    };
    feed.until_within(patience() * 3, "it can be played", ready).await;
}
