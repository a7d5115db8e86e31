use std::time::Duration;

use callpop_tests::{Answer, CommandApi, Desk, DeskSetup, FeedClient, Incoming, Story, patience, unique};
use serde_json::{Value, json};

async fn desk_and_pbx() -> (Desk, CommandApi, FeedClient) {
    let api = CommandApi::start().await;
    let desk = DeskSetup::new().commands_to(&api.base()).start();
    let feed = desk.feed().await;
    (desk, api, feed)
}

fn command_of(reply: &Value) -> String {
    reply["command_id"].as_str().unwrap_or_else(|| panic!("no command_id in {reply}")).to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn one_click_is_one_signed_command_told_to_the_end() {
    let (desk, api, feed) = desk_and_pbx().await;
    let command = command_of(&feed.ok("dial", json!({"number": "8 (900) 555-01-01"})).await);
    assert!(command.starts_with("callpop-") && command.len() <= 128 && command.is_ascii(), "{command}");
    feed.dial(&command, "accepted").await;

    let received = api.received();
    assert_eq!(received.len(), 1, "{received:?}");
    assert_eq!(received[0].path.trim_end_matches('/'), "commands/callback");
    assert!(received[0].is_signed, "{received:?}");
    assert_eq!(received[0].json["from"]["extension"], "201");
    assert_eq!(received[0].json["to_number"], "79005550101");
    assert_eq!(received[0].json["command_id"], command);
    assert!(received[0].json.get("line_number").is_none(), "what is not chosen is left out");

    let story = Story::load("5-6").of_command(&command);
    let progress = ["ringing_us", "ringing_us", "ringing_them", "ringing_them", "ringing_them", "talking", "done"];
    for (event, state) in story.events.iter().zip(progress) {
        desk.pbx().deliver(event).await;
        let dial = feed.dial(&command, state).await;
        assert_eq!(dial["call"], story.entry, "{state}");
    }
    desk.pbx().deliver_all(&story.events).await;
    let dial = feed.dial(&command, "done").await;
    assert_eq!(dial["number"], "+79005550101");
    assert_eq!(dial["extension"], "201");
    let call = feed.call(&story.entry, "ends", |call| call["state"] == "ended").await;
    assert_eq!(
        (&call["direction"], &call["outcome"], &call["command_id"]),
        (&json!("outbound"), &json!("answered"), &json!(command))
    );
    assert_eq!(api.received().len(), 1, "never a second command");
}

#[tokio::test(flavor = "multi_thread")]
async fn extension_and_line_may_be_chosen() {
    let (_desk, api, feed) = desk_and_pbx().await;
    feed.ok("dial", json!({"number": "+79005550101", "extension": "202", "line": "+74995550199"})).await;
    let received = api.until_received(1).await;
    assert_eq!(received[0].json["from"]["extension"], "202");
    assert_eq!(received[0].json["line_number"], "74995550199");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_is_shown_with_its_code_and_not_repeated() {
    let (_desk, api, feed) = desk_and_pbx().await;
    api.next(Answer::Result(3102));
    let error = feed.refused("dial", json!({"number": "+79005550101"})).await;
    assert_eq!(error["code"], "vpbx_refused");
    assert_eq!(error["vpbx_result"], 3102);
    assert!(
        error["message"].as_str().is_some_and(|message| message.chars().any(|letter| ('а'..='я').contains(&letter))),
        "{error}"
    );
    let dial =
        feed.until("the dial failed", |seen| seen.dials.values().find(|dial| dial["state"] == "failed").cloned()).await;
    assert_eq!(dial["vpbx_result"], 3102);
    feed.until("the desk says so", |seen| (seen.desk["vpbx"]["state"] == "refused").then_some(())).await;
    assert_eq!(api.received().len(), 1);
}

/// Reference 1.5: more than one 3xxx in two minutes locks the whole account out.
#[tokio::test(flavor = "multi_thread")]
async fn after_two_refusals_nothing_leaves_for_a_while() {
    let (_desk, api, feed) = desk_and_pbx().await;
    api.next(Answer::Result(3102));
    api.next(Answer::Result(3100));
    feed.refused("dial", json!({"number": "+79005550101"})).await;
    feed.refused("dial", json!({"number": "+79005550101"})).await;
    let error = feed.refused("dial", json!({"number": "+79005550101"})).await;
    assert_eq!(error["code"], "vpbx_quiet", "{error}");
    assert!(error["until"].is_string(), "{error}");
    assert_eq!(api.received().len(), 2, "the third was held back");
    feed.until("the desk says until when", |seen| seen.desk["vpbx"]["quiet_until"].is_string().then_some(())).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lock_out_by_the_pbx_is_obeyed() {
    let (_desk, api, feed) = desk_and_pbx().await;
    api.next(Answer::Status(401));
    feed.refused("dial", json!({"number": "+79005550101"})).await;
    let error = feed.refused("dial", json!({"number": "+79005550101"})).await;
    assert_eq!(error["code"], "vpbx_quiet", "{error}");
    assert_eq!(api.received().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_impossible_command_is_a_refusal_too() {
    let (_desk, api, feed) = desk_and_pbx().await;
    for code in [2240, 4001, 5003] {
        api.next(Answer::Result(code));
        let error = feed.refused("dial", json!({"number": "+79005550101"})).await;
        assert_eq!((&error["code"], &error["vpbx_result"]), (&json!("vpbx_refused"), &json!(code)));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_torn_reply_is_unclear_and_never_resent() {
    let (desk, api, feed) = desk_and_pbx().await;
    api.next(Answer::BreakOff);
    let error = feed.refused("dial", json!({"number": "+79005550101"})).await;
    assert_eq!(error["code"], "vpbx_unclear");
    let dial = feed
        .until("the dial is unclear", |seen| seen.dials.values().find(|dial| dial["state"] == "unclear").cloned())
        .await;
    assert_eq!(api.received().len(), 1);
    let command = dial["command_id"].as_str().expect("a command").to_owned();

    // It did reach the PBX: an event tells.
    let story = Story::load("5-6").of_command(&command);
    desk.pbx().deliver(&story.events[0]).await;
    feed.dial(&command, "ringing_us").await;
    assert_eq!(api.received().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_error_is_unclear() {
    let (_desk, api, feed) = desk_and_pbx().await;
    api.next(Answer::Status(502));
    assert_eq!(feed.refused("dial", json!({"number": "+79005550101"})).await["code"], "vpbx_unclear");
    assert_eq!(api.received().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn silence_of_the_pbx_is_unclear() {
    let (_desk, api, feed) = desk_and_pbx().await;
    api.next(Answer::Silence);
    feed.send(&json!({"type": "request", "id": "r1", "do": "dial", "with": {"number": "+79005550101"}}));
    let error = feed
        .until_within(Duration::from_secs(25), "an answer after the time-out", |seen| {
            seen.replies.get("r1").map(|reply| reply["error"].clone())
        })
        .await;
    assert_eq!(error["code"], "vpbx_unclear");
    assert_eq!(api.received().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unreachable_pbx_is_said() {
    let desk = DeskSetup::new().start();
    let feed = desk.feed().await;
    assert_eq!(feed.refused("dial", json!({"number": "+79005550101"})).await["code"], "vpbx_down");
    feed.until("the desk says so", |seen| (seen.desk["vpbx"]["state"] == "down").then_some(())).await;
    feed.until("the dial failed", |seen| seen.dials.values().find(|dial| dial["state"] == "failed").cloned()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repeated_request_dials_once() {
    let (_desk, api, feed) = desk_and_pbx().await;
    let id = unique("double-click");
    let request = json!({"type": "request", "id": id, "do": "dial", "with": {"number": "+79005550101"}});
    feed.send(&request);
    feed.send(&request);
    feed.until("an answer", |seen| seen.replies.get(&id).cloned()).await;
    let again = feed.request_as(&id, "dial", json!({"number": "+79005550101"})).await;
    assert!(again["ok"]["command_id"].is_string(), "{again}");
    assert_eq!(feed.seen().dials.len(), 1);
    assert_eq!(api.received().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_legs_may_come_before_the_reply() {
    let (desk, api, feed) = desk_and_pbx().await;
    api.next(Answer::Silence);
    feed.send(&json!({"type": "request", "id": "r1", "do": "dial", "with": {"number": "+79005550101"}}));
    let command = command_of(&api.until_received(1).await[0].json);
    let story = Story::load("5-6").of_command(&command);
    desk.pbx().deliver(&story.events[1]).await;
    desk.pbx().deliver(&story.events[0]).await;
    feed.dial(&command, "ringing_us").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn how_a_dial_fails_is_told_by_its_legs() {
    for (reason, leg) in [(1121, "patient"), (1111, "patient"), (1122, "patient"), (1111, "operator")] {
        let (desk, _api, feed) = desk_and_pbx().await;
        let command = command_of(&feed.ok("dial", json!({"number": "+79005550101"})).await);
        let story = Story::load("5-6").of_command(&command);
        // 0 appeared, 1 result, 2 connected, 3 end of leg 1, 4 leg 2 appeared, 5 connected, 6 end of leg 2
        let mut events = if leg == "patient" { story.events[..5].to_vec() } else { story.events[..2].to_vec() };
        let mut end = story.events[if leg == "patient" { 6 } else { 3 }].clone();
        end.json["disconnect_reason"] = json!(reason);
        events.push(end);
        desk.pbx().deliver_all(&events).await;
        let dial = feed.dial(&command, "failed").await;
        assert_eq!(dial["vpbx_result"].as_i64().unwrap_or(reason), reason, "{leg}: {dial}");
        assert!(dial["why"].as_str().is_some_and(|why| !why.is_empty()), "{leg} {reason} in words: {dial}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn hanging_up_ends_the_leg_that_lives() {
    let (desk, api, feed) = desk_and_pbx().await;
    let call = Incoming::new("79005550101");
    desk.pbx().deliver_all(&[call.appeared(), call.connected()]).await;
    feed.call(&call.entry, "talks", |call| call["state"] == "talking").await;
    feed.ok("hang_up", json!({"call": call.entry})).await;
    let received = api.until_received(1).await;
    assert_eq!(received[0].path.trim_end_matches('/'), "commands/call/hangup");
    assert!(received[0].is_signed);
    assert_eq!(received[0].json["call_id"], call.leg);
    assert_eq!(feed.refused("hang_up", json!({"call": "nobody"})).await["code"], "not_found");
}

#[tokio::test(flavor = "multi_thread")]
async fn without_an_extension_nobody_can_be_called_back() {
    let api = CommandApi::start().await;
    let desk =
        DeskSetup::new().set("desk.extension", r#""""#).set("desk.pop", r#""groups""#).commands_to(&api.base()).start();
    let feed = desk.feed().await;
    assert_eq!(feed.refused("dial", json!({"number": "+79005550101"})).await["code"], "no_extension");
    assert!(api.received().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_connections_extension_calls() {
    let (desk, api, _feed) = desk_and_pbx().await;
    let colleague = desk.feed_as("202", &["300"], "mine").await;
    colleague.ok("dial", json!({"number": "+79005550101"})).await;
    assert_eq!(api.until_received(1).await[0].json["from"]["extension"], "202");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_power_cut_during_a_dial_leaves_it_unclear_and_sends_nothing_again() {
    let (desk, api, feed) = desk_and_pbx().await;
    api.next(Answer::Silence);
    feed.send(&json!({"type": "request", "id": "r1", "do": "dial", "with": {"number": "+79005550101"}}));
    let command = command_of(&api.until_received(1).await[0].json);
    let desk = desk.power_cut();
    let again = desk.feed().await;
    again.dial(&command, "unclear").await;
    again.ok("history", json!({"limit": 1})).await;
    assert_eq!(api.received().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn many_clicks_keep_the_pbxs_pace() {
    let (_desk, api, feed) = desk_and_pbx().await;
    let begun = std::time::Instant::now();
    for number in 0..6 {
        let id = format!("r{number}");
        feed.send(
            &json!({"type": "request", "id": id, "do": "dial", "with": {"number": format!("+790055501{number:02}")}}),
        );
    }
    feed.until_within(patience(), "six answers", |seen| (seen.replies.len() >= 6).then_some(())).await;
    let accepted = feed.seen().replies.values().filter(|reply| reply["ok"]["command_id"].is_string()).count();
    let received = api.received();
    assert_eq!(received.len(), accepted);
    // Reference 1.5: four callbacks a second.
    let fewest_seconds = (accepted.saturating_sub(4)) as f32 / 4.0;
    assert!(begun.elapsed().as_secs_f32() >= fewest_seconds * 0.9, "{accepted} in {:?}", begun.elapsed());
    let commands: std::collections::BTreeSet<String> =
        received.iter().map(|command| command.json["command_id"].to_string()).collect();
    assert_eq!(commands.len(), received.len(), "every command has an id of its own");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dial_repeated_after_a_power_cut_is_unclear_and_not_sent_again() {
    let (desk, api, feed) = desk_and_pbx().await;
    api.next(Answer::Silence);
    let (id, with) = (unique("click"), json!({"number": "+79005550101"}));
    feed.send(&json!({"type": "request", "id": id, "do": "dial", "with": with}));
    let command = command_of(&api.until_received(1).await[0].json);
    let desk = desk.power_cut();
    let feed = desk.feed().await;
    for _ in 0..2 {
        let again = feed.request_as(&id, "dial", with.clone()).await;
        assert_eq!(again["error"]["code"], "vpbx_unclear", "{again}");
        assert!(again["error"]["message"].as_str().is_some_and(|why| why.contains("не подтвердила")), "{again}");
    }
    feed.dial(&command, "unclear").await;
    assert_eq!(api.received().len(), 1, "never sent twice for one click");

    let other = feed.ok("dial", with.clone()).await;
    assert_ne!(command_of(&other), command, "another id is another click");
    assert_eq!(api.received().len(), 2);

    // Once more: what was brought back is brought back again.
    let desk = desk.power_cut();
    let again = desk.feed().await.request_as(&id, "dial", with).await;
    assert_eq!(again["error"]["code"], "vpbx_unclear", "{again}");
    assert_eq!(api.received().len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn legs_tell_a_repeat_after_a_power_cut_that_the_call_went_out() {
    let (desk, api, feed) = desk_and_pbx().await;
    api.next(Answer::Silence);
    let (id, with) = (unique("click"), json!({"number": "+79005550101"}));
    feed.send(&json!({"type": "request", "id": id, "do": "dial", "with": with}));
    let command = command_of(&api.until_received(1).await[0].json);
    desk.pbx().deliver(&Story::load("5-6").of_command(&command).events[0]).await;
    feed.dial(&command, "ringing_us").await;
    let desk = desk.power_cut();
    let again = desk.feed().await.request_as(&id, "dial", with).await;
    assert_eq!(again["ok"], json!({ "command_id": command }), "{again}");
    assert_eq!(api.received().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repeat_after_a_restart_gets_the_first_reply() {
    let (desk, api, feed) = desk_and_pbx().await;
    let with = json!({"number": "+79005550101"});
    // The second refusal of its kind makes the desk keep quiet: the last click never leaves.
    for answer in [Answer::Accept, Answer::Result(4001), Answer::Result(3102), Answer::Result(3100)] {
        api.next(answer);
    }
    let mut first = Vec::new();
    for code in ["", "vpbx_refused", "vpbx_refused", "vpbx_refused", "vpbx_quiet"] {
        let reply = feed.request_as(&unique("click"), "dial", with.clone()).await;
        assert_eq!(reply["error"]["code"].as_str().unwrap_or_default(), code, "{reply}");
        first.push(reply);
    }
    assert!(first[0]["ok"]["command_id"].is_string() && first[4]["error"]["until"].is_string(), "{first:?}");
    assert_eq!(api.received().len(), 4);

    let desk = desk.restart();
    let feed = desk.feed().await;
    for reply in &first {
        let id = reply["id"].as_str().expect("an id");
        let again = feed.request_as(id, "dial", with.clone()).await;
        assert_eq!((&again["ok"], &again["error"]), (&reply["ok"], &reply["error"]));
    }
    assert_eq!(api.received().len(), 4, "nothing left again");
    let other = command_of(&feed.ok("dial", with).await);
    assert_ne!(first[0]["ok"]["command_id"], other, "another id is another click");
    assert_eq!(api.received().len(), 5);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restart_after_more_calls_than_memory_holds_knows_the_older_ones() {
    /// More than a start brings back.
    const CALLS: usize = 3_010;
    let (desk, _api, feed) = desk_and_pbx().await;
    let command = command_of(&feed.ok("dial", json!({"number": "+79005550101"})).await);
    desk.pbx().deliver_all(&Story::load("5-6").of_command(&command).events).await;
    feed.dial(&command, "done").await;
    desk.pbx().deliver_all(&Incoming::new("79005550102").ago(100).unanswered()).await;
    let named = |row: &Value| row["person"]["full_name"].is_string();
    let row = feed.row(Some("+79005550102"), "is named", named).await;

    let pbx = desk.pbx();
    for number in 0..CALLS {
        pbx.deliver(&Incoming::new(&format!("7903{number:07}")).ago(0).summary(true)).await;
    }
    drop(feed);
    let desk = desk.restart();
    let feed = desk.feed().await;
    feed.dial(&command, "done").await;
    let again = feed.row(Some("+79005550102"), "is named", named).await;
    assert_eq!(again["person"], row["person"]);
}
