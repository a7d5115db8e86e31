use callpop_tests::{Answer, CommandApi, Desk, DeskSetup, Event, FeedClient, Incoming, Story, unique};
use serde_json::{Value, json};

async fn desk_and_pbx() -> (Desk, CommandApi, FeedClient) {
    let api = CommandApi::start().await;
    let desk = DeskSetup::new().commands_to(&api.base()).start();
    let feed = desk.feed().await;
    (desk, api, feed)
}

/// What the PBX was told last.
async fn last_command(api: &CommandApi, count: usize) -> (String, Value) {
    let received = api.until_received(count).await;
    assert_eq!(received.len(), count, "{received:?}");
    let last = received.last().expect("a command");
    assert!(last.is_signed);
    (last.path.trim_end_matches('/').to_owned(), last.json.clone())
}

fn may(call: &Value) -> Vec<&str> {
    call["may"].as_array().expect("a list").iter().filter_map(Value::as_str).collect()
}

/// The rest of a story as a command of ours made it.
fn by_command(events: &[Event], command: &Value) -> Vec<Event> {
    let mut events = events.to_vec();
    for event in &mut events {
        if event.json.get("command_id").is_some() {
            event.json["command_id"] = command.clone();
        }
    }
    events
}

/// Only the legs: a story whose PBX echoes no command and whose results never come.
fn legs_alone(events: &[Event]) -> Vec<Event> {
    let mut legs: Vec<Event> = events.iter().filter(|event| event.path == "events/call").cloned().collect();
    for leg in &mut legs {
        let fields = leg.json.as_object_mut().expect("an object");
        fields.remove("command_id");
        fields.remove("transfer");
    }
    legs
}

#[tokio::test(flavor = "multi_thread")]
async fn a_blind_transfer_is_one_command_told_to_the_end() {
    let (desk, api, feed) = desk_and_pbx().await;
    let colleague = desk.feed_as("202", &[], "mine").await;
    let story = Story::load("5-3");
    let (begins, goes_on) = story.events.split_at(2);
    desk.pbx().deliver_all(begins).await;
    let call = feed.call(&story.entry, "talks", |call| call["state"] == "talking").await;
    assert_eq!(may(&call), ["hang_up", "transfer", "consult", "hold", "record"]);
    let theirs = colleague.call(&story.entry, "talks", |call| call["state"] == "talking").await;
    assert!(may(&theirs).is_empty(), "somebody else's talk: {theirs}");

    feed.ok("transfer", json!({"call": story.entry, "to": "202", "method": "blind"})).await;
    let (path, json) = last_command(&api, 1).await;
    assert_eq!(path, "commands/transfer");
    assert_eq!(
        (&json["method"], &json["to_number"], &json["initiator"]),
        (&json!("blind"), &json!("202"), &json!("201"))
    );
    assert_eq!(json["call_id"], begins[0].json["call_id"]);
    let deed = feed.deed(&story.entry, "transfer", "accepted").await;
    assert_eq!((&deed["to"], &deed["by"], &deed["command_id"]), (&json!("202"), &json!("201"), &json["command_id"]));

    let goes_on = by_command(goes_on, &json["command_id"]);
    desk.pbx().deliver_all(&goes_on[..3]).await;
    let ringing = colleague.call(&story.entry, "rings there", |call| call["pops"] == true).await;
    assert_eq!(may(&ringing), ["hang_up"]);
    desk.pbx().deliver_all(&goes_on[3..4]).await;
    feed.deed(&story.entry, "transfer", "done").await;
    let talks = colleague.call(&story.entry, "talks there", |call| may(call).contains(&"transfer")).await;
    assert_eq!(talks["state"], "talking");
    let ours = feed.call(&story.entry, "is theirs", |call| may(call).is_empty()).await;
    assert_eq!(ours["pops"], false);
    desk.pbx().deliver_all(&goes_on).await;
    let over = feed.call(&story.entry, "has no live leg", |call| {
        call["legs"].as_array().is_some_and(|legs| legs.iter().all(|leg| leg["state"] == "ended"))
    });
    let over = over.await;
    assert_eq!(over["deeds"].as_array().map(Vec::len), Some(1));
    assert_eq!(over["deeds"][0]["state"], "done");
    assert_eq!(api.received().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_transfer_without_the_commands_id_in_its_legs_is_told_too() {
    let (desk, _api, feed) = desk_and_pbx().await;
    let story = Story::load("5-3");
    let legs = legs_alone(&story.events);
    desk.pbx().deliver_all(&legs[..2]).await;
    feed.call(&story.entry, "talks", |call| call["state"] == "talking").await;
    feed.ok("transfer", json!({"call": story.entry, "to": "202"})).await;
    desk.pbx().deliver_all(&legs[2..5]).await;
    feed.deed(&story.entry, "transfer", "done").await;
}

/// The one who answers need not be the first of the group that rang.
#[tokio::test(flavor = "multi_thread")]
async fn a_transfer_to_a_group_is_done_whoever_answers() {
    let (desk, api, feed) = desk_and_pbx().await;
    let story = Story::load("5-3");
    desk.pbx().deliver_all(&story.events[..2]).await;
    feed.call(&story.entry, "talks", |call| call["state"] == "talking").await;
    feed.ok("transfer", json!({"call": story.entry, "to": "300"})).await;
    let (_, json) = last_command(&api, 1).await;
    let goes_on = by_command(&story.events[2..], &json["command_id"]);
    let of_another = |event: &Event, short: &str| {
        let mut event = event.clone();
        event.json["call_id"] = json!(format!("leg-of-{short}-{}", story.entry));
        event.json["to"]["extension"] = json!(short);
        event
    };
    let (rings, answers) = (&goes_on[1], &goes_on[3]);
    let mut loses = answers.clone();
    loses.json["call_state"] = json!("Disconnected");
    loses.json["disconnect_reason"] = json!(1182);
    desk.pbx().deliver_all([&goes_on[0], rings, &of_another(rings, "203"), &loses]).await;
    desk.pbx().deliver(&of_another(answers, "203")).await;
    feed.deed(&story.entry, "transfer", "done").await;
    let talks = feed.call(&story.entry, "talks there", |call| call["state"] == "talking").await;
    assert_eq!(talks["deeds"].as_array().map(Vec::len), Some(1));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_target_that_does_not_answer_gives_the_call_back() {
    let (desk, api, feed) = desk_and_pbx().await;
    let story = Story::load("5-3");
    desk.pbx().deliver_all(&story.events[..2]).await;
    feed.call(&story.entry, "talks", |call| call["state"] == "talking").await;
    feed.ok("transfer", json!({"call": story.entry, "to": "202"})).await;
    let (_, json) = last_command(&api, 1).await;
    let goes_on = by_command(&story.events[2..], &json["command_id"]);
    let (left, rings, result, mut gives_up) = (&goes_on[0], &goes_on[1], &goes_on[2], goes_on[3].clone());
    gives_up.json["call_state"] = json!("Disconnected");
    gives_up.json["disconnect_reason"] = json!(1111);
    let mut back = gives_up.clone();
    back.json["call_id"] = json!(unique("leg"));
    back.json["seq"] = json!(1);
    back.json["call_state"] = json!("Appeared");
    back.json["transfer"] = json!("return_blind");
    back.json["from"]["taken_from_call_id"] = gives_up.json["call_id"].clone();
    back.json["to"]["extension"] = json!("201");
    back.json.as_object_mut().expect("an object").remove("disconnect_reason");
    desk.pbx().deliver_all([left, rings, result, &gives_up, &back]).await;
    let deed = feed.deed(&story.entry, "transfer", "failed").await;
    assert_eq!(deed["vpbx_result"], 1111);
    assert!(deed["why"].as_str().is_some_and(|why| !why.is_empty()), "{deed}");
    feed.call(&story.entry, "rings here again", |call| call["pops"] == true).await;
}

/// Holds the patient and speaks with 202: the whole of 5.5, by our command.
async fn consulting(desk: &Desk, api: &CommandApi, feed: &FeedClient) -> (Story, Vec<Event>) {
    let story = Story::load("5-5");
    desk.pbx().deliver_all(&story.events[..2]).await;
    feed.call(&story.entry, "talks", |call| call["state"] == "talking").await;
    feed.ok("transfer", json!({"call": story.entry, "to": "202", "method": "hold"})).await;
    let (path, json) = last_command(api, 1).await;
    assert_eq!((path.as_str(), &json["method"]), ("commands/transfer", &json!("hold")));
    desk.pbx().deliver_all(&story.events[2..4]).await;
    let call = feed.call(&story.entry, "waits", |call| may(call).contains(&"cancel_transfer")).await;
    assert!(!may(&call).contains(&"complete_transfer") && !may(&call).contains(&"transfer"), "{call}");
    let refused = feed.refused("complete_transfer", json!({"call": story.entry})).await;
    assert_eq!(refused["code"], "not_now");
    desk.pbx().deliver_all(&story.events[4..5]).await;
    feed.deed(&story.entry, "consult", "done").await;
    feed.call(&story.entry, "can be joined", |call| may(call).contains(&"complete_transfer")).await;
    assert_eq!(api.received().len(), 1, "what cannot be done never left");
    let rest = story.events[5..].to_vec();
    (story, rest)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_consultation_is_completed() {
    let (desk, api, feed) = desk_and_pbx().await;
    let (story, rest) = consulting(&desk, &api, &feed).await;
    feed.ok("complete_transfer", json!({"call": story.entry})).await;
    let (path, json) = last_command(&api, 2).await;
    assert_eq!(path, "commands/calls_connect");
    assert_eq!(json["holded_call_id"], story.events[2].json["call_id"]);
    assert_eq!(json["transferred_call_id"], story.events[4].json["call_id"]);
    assert_eq!(json["transfer_initiator_number"], "201");
    feed.deed(&story.entry, "complete_transfer", "accepted").await;
    desk.pbx().deliver_all(&rest[..2]).await;
    feed.deed(&story.entry, "complete_transfer", "done").await;
    let call = feed.call(&story.entry, "is theirs", |call| may(call).is_empty()).await;
    assert_eq!(call["state"], "talking");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_consultation_is_called_off() {
    let (desk, api, feed) = desk_and_pbx().await;
    let (story, _) = consulting(&desk, &api, &feed).await;
    feed.ok("cancel_transfer", json!({"call": story.entry})).await;
    let (path, json) = last_command(&api, 2).await;
    assert_eq!((path.as_str(), &json["call_id"]), ("commands/transfer_cancel", &story.events[2].json["call_id"]));
    let mut asked_ends = story.events[4].clone();
    asked_ends.json["seq"] = json!(3);
    asked_ends.json["call_state"] = json!("Disconnected");
    asked_ends.json["disconnect_reason"] = json!(1181);
    let mut back = story.events[1].clone();
    back.json["seq"] = json!(4);
    back.json["timestamp"] = json!(callpop_tests::now());
    desk.pbx().deliver_all([&asked_ends, &back]).await;
    feed.deed(&story.entry, "cancel_transfer", "done").await;
    feed.call(&story.entry, "is ours again", |call| may(call).contains(&"transfer")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_that_waits_in_the_queue_is_taken() {
    let (desk, api, feed) = desk_and_pbx().await;
    let call = Incoming::new("79005550101").to("202").ago(2);
    let mut queued = call.appeared();
    queued.json["location"] = json!("queue");
    queued.json["to"] = json!({"number": "74995550199", "line_number": "74995550199", "acd_group": "300"});
    desk.pbx().deliver(&queued).await;
    let waits = feed.call(&call.entry, "waits", |call| may(call) == ["take"]).await;
    assert_eq!(waits["state"], "greeting");
    feed.ok("take", json!({"call": call.entry})).await;
    let (path, json) = last_command(&api, 1).await;
    assert_eq!(
        (path.as_str(), &json["to_number"], &json["call_id"]),
        ("commands/route", &json!("201"), &json!(call.leg))
    );

    let mut ended = queued.clone();
    ended.json["seq"] = json!(2);
    ended.json["call_state"] = json!("Disconnected");
    ended.json["disconnect_reason"] = json!(1182);
    let mut rings = call.clone().to("201").appeared();
    rings.json["call_id"] = json!(unique("leg"));
    rings.json["timestamp"] = json!(callpop_tests::now());
    rings.json["from"]["taken_from_call_id"] = json!(call.leg);
    rings.json["command_id"] = json["command_id"].clone();
    desk.pbx().deliver_all([&ended, &rings]).await;
    feed.deed(&call.entry, "take", "done").await;
    let rings = feed.call(&call.entry, "rings here", |call| call["pops"] == true).await;
    assert_eq!((&rings["direction"], may(&rings)), (&json!("inbound"), vec!["hang_up"]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_talk_is_held_and_recorded_and_hung_up() {
    let (desk, api, feed) = desk_and_pbx().await;
    let call = Incoming::new("79005550101").ago(6);
    desk.pbx().deliver_all([&call.appeared(), &call.connected()]).await;
    feed.call(&call.entry, "talks", |call| call["state"] == "talking").await;
    feed.ok("record", json!({"call": call.entry})).await;
    let (path, json) = last_command(&api, 1).await;
    assert_eq!((path.as_str(), &json["call_party_number"]), ("commands/recording/start", &json!("201")));
    let recording = Event {
        path: "events/recording".to_owned(),
        json: json!({"recording_id": "r1", "recording_state": "Started", "seq": 1, "entry_id": call.entry,
            "call_id": call.leg, "extension": "201", "timestamp": callpop_tests::now(), "command_id": json["command_id"]}),
    };
    desk.pbx().deliver(&recording).await;
    feed.deed(&call.entry, "record", "done").await;
    let recorded = feed.call(&call.entry, "is recorded", |call| !may(call).contains(&"record")).await;
    assert_eq!(recorded["recordings"][0]["state"], "going");

    feed.ok("hold", json!({"call": call.entry})).await;
    let (path, json) = last_command(&api, 2).await;
    assert_eq!((path.as_str(), &json["initiator"]), ("commands/call/hold/on", &json!("201")));
    let mut held = call.connected();
    held.json["call_state"] = json!("OnHold");
    held.json["seq"] = json!(3);
    held.json["timestamp"] = json!(callpop_tests::now());
    desk.pbx().deliver(&held).await;
    feed.deed(&call.entry, "hold", "done").await;
    let waits = feed.call(&call.entry, "waits", |call| call["state"] == "held").await;
    assert_eq!(may(&waits), ["hang_up"]);
    let refused = feed.refused("hold", json!({"call": call.entry})).await;
    assert_eq!(refused["code"], "not_now");

    feed.ok("hang_up", json!({"call": call.entry})).await;
    let (path, json) = last_command(&api, 3).await;
    assert_eq!((path.as_str(), &json["call_id"]), ("commands/call/hangup", &json!(call.leg)));
    let mut ends = call.disconnected(1181);
    ends.json["seq"] = json!(4);
    desk.pbx().deliver(&ends).await;
    feed.deed(&call.entry, "hang_up", "done").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_an_unclear_reply_and_a_restart_are_told_as_such() {
    let (desk, api, feed) = desk_and_pbx().await;
    let call = Incoming::new("79005550101").ago(6);
    desk.pbx().deliver_all([&call.appeared(), &call.connected()]).await;
    feed.call(&call.entry, "talks", |call| call["state"] == "talking").await;
    api.next(Answer::Result(4100));
    let error = feed.refused("transfer", json!({"call": call.entry, "to": "999"})).await;
    assert_eq!((&error["code"], &error["vpbx_result"]), (&json!("vpbx_refused"), &json!(4100)));
    let deed = feed.deed(&call.entry, "transfer", "failed").await;
    assert_eq!(deed["vpbx_result"], 4100);

    api.next(Answer::BreakOff);
    let error = feed.refused("hold", json!({"call": call.entry})).await;
    assert_eq!(error["code"], "vpbx_unclear");
    feed.deed(&call.entry, "hold", "unclear").await;

    // The program dies while a command is on its way.
    api.next(Answer::Silence);
    feed.send(&json!({"type": "request", "id": "r", "do": "transfer", "with": {"call": call.entry, "to": "202"}}));
    feed.deed(&call.entry, "transfer", "sending").await;
    api.until_received(3).await;
    drop(feed);
    let desk = desk.power_cut();
    let feed = desk.feed().await;
    let deed = feed.deed(&call.entry, "transfer", "unclear").await;
    assert!(deed["why"].as_str().is_some_and(|why| why.contains("не подтвердила")), "{deed}");
    let states: Vec<Value> = feed.seen().calls[&call.entry]["deeds"]
        .as_array()
        .expect("deeds")
        .iter()
        .map(|deed| deed["state"].clone())
        .collect();
    assert_eq!(states, [json!("failed"), json!("unclear"), json!("unclear")]);
    let commands = api.received().iter().filter(|it| it.path.starts_with("commands/")).count();
    assert_eq!(commands, 3, "nothing is sent again");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_click_while_the_first_is_on_its_way_sends_nothing() {
    let (desk, api, feed) = desk_and_pbx().await;
    let call = Incoming::new("79005550101").ago(6);
    desk.pbx().deliver_all([&call.appeared(), &call.connected()]).await;
    feed.call(&call.entry, "talks", |call| call["state"] == "talking").await;
    api.next(Answer::Silence);
    feed.send(&json!({"type": "request", "id": "first", "do": "hold", "with": {"call": call.entry}}));
    feed.deed(&call.entry, "hold", "sending").await;
    let again = feed.refused("hold", json!({"call": call.entry})).await;
    assert_eq!(again["code"], "not_now");
    assert_eq!(api.until_received(1).await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_done_is_refused_in_words_and_never_sent() {
    let (desk, api, feed) = desk_and_pbx().await;
    let without = desk.feed_as("", &[], "all").await;
    let call = Incoming::new("79005550101").to("202").ago(3);
    desk.pbx().deliver(&call.appeared()).await;
    feed.call(&call.entry, "rings", |call| call["state"] == "ringing").await;
    for (what, with, code) in [
        ("transfer", json!({"call": call.entry, "to": "203"}), "not_now"),
        ("transfer", json!({"call": call.entry, "to": "201"}), "bad_number"),
        ("transfer", json!({"call": call.entry, "to": "доктору"}), "bad_number"),
        ("hold", json!({"call": call.entry}), "not_now"),
        ("record", json!({"call": call.entry}), "not_now"),
        ("complete_transfer", json!({"call": call.entry}), "not_now"),
        ("cancel_transfer", json!({"call": call.entry}), "not_now"),
        ("take", json!({"call": "nothing"}), "not_found"),
        ("recording", json!({"call": call.entry, "recording": "r"}), "not_found"),
        ("sms", json!({"number": "201x", "text": "…"}), "bad_number"),
        ("sms", json!({"number": "+79005550101", "text": "  "}), "bad_request"),
        ("sms", json!({"number": "+79005550101", "text": "ы".repeat(269)}), "bad_request"),
    ] {
        let error = feed.refused(what, with.clone()).await;
        assert_eq!(error["code"], code, "{what} {with}: {error}");
        assert!(error["message"].as_str().is_some_and(|message| message.chars().count() > 10), "{error}");
    }
    assert_eq!(without.refused("take", json!({"call": call.entry})).await["code"], "no_extension");
    assert!(api.received().is_empty(), "{:?}", api.received());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_is_followed_to_its_delivery_or_not() {
    let (desk, api, feed) = desk_and_pbx().await;
    let send = json!({"number": "8 900 555-01-01", "text": "Приём завтра в 10:30"});
    let mut commands = Vec::new();
    for _ in 0..2 {
        let reply = feed.ok("sms", send.clone()).await;
        let command = reply["command_id"].as_str().expect("a command").to_owned();
        let sms = feed.sms(&command, "accepted").await;
        assert_eq!((&sms["number"], &sms["text"]), (&json!("+79005550101"), &send["text"]));
        commands.push(command);
    }
    let (path, json) = last_command(&api, 2).await;
    assert_eq!(path, "commands/sms");
    assert_eq!((&json["from_extension"], &json["to_number"]), (&json!("201"), &json!("79005550101")));
    let told = |command: &str, reason: i32| Event {
        path: "events/sms".to_owned(),
        json: json!({"command_id": command, "timestamp": callpop_tests::now(), "reason": reason}),
    };
    desk.pbx().deliver_all([&told(&commands[0], 1000), &told(&commands[1], 4301)]).await;
    feed.sms(&commands[0], "delivered").await;
    let failed = feed.sms(&commands[1], "failed").await;
    assert_eq!(failed["vpbx_result"], 4301);
    assert!(failed["why"].as_str().is_some_and(|why| !why.is_empty()), "{failed}");

    api.next(Answer::Result(4300));
    let refused = feed.refused("sms", send.clone()).await;
    assert_eq!((&refused["code"], &refused["vpbx_result"]), (&json!("vpbx_refused"), &json!(4300)));
    let after = desk.restart();
    let feed = after.feed().await;
    let states: Vec<Value> = {
        let seen = feed.seen();
        let mut states: Vec<Value> = seen.sms.values().map(|sms| sms["state"].clone()).collect();
        states.sort_by_key(Value::to_string);
        states
    };
    assert_eq!(states, [json!("delivered"), json!("failed"), json!("failed")]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_callback_uses_the_settings_line_and_may_ring_a_group_first() {
    let api = CommandApi::start().await;
    let desk = DeskSetup::new()
        .commands_to(&api.base())
        .set("desk.line", r#""+7 499 555-01-99""#)
        .set("desk.auto_answer", "true")
        .start();
    let feed = desk.feed().await;
    assert_eq!(feed.seen().desk["line"], "+7 499 555-01-99");
    feed.ok("dial", json!({"number": "+79005550101"})).await;
    let (path, json) = last_command(&api, 1).await;
    assert_eq!((path.as_str(), &json["line_number"]), ("commands/callback", &json!("74995550199")));
    assert_eq!(json["sip_headers"]["Call-Info/answer-after"], "0");
    feed.ok("dial", json!({"number": "+79005550101", "group": "300"})).await;
    let (path, json) = last_command(&api, 2).await;
    assert_eq!(path, "commands/callback_group");
    assert_eq!((&json["from"], &json["to"]), (&json!("300"), &json!("79005550101")));
}

/// Five clicks before the first is on disk, and the same button at another window of the same extension.
#[tokio::test(flavor = "multi_thread")]
async fn a_burst_of_clicks_is_one_command() {
    let (desk, api, feed) = desk_and_pbx().await;
    let other = desk.feed_as("201", &["300"], "mine").await;
    let call = Incoming::new("79005550101").ago(6);
    desk.pbx().deliver_all([&call.appeared(), &call.connected()]).await;
    feed.call(&call.entry, "talks", |call| call["state"] == "talking").await;
    other.call(&call.entry, "talks", |call| call["state"] == "talking").await;
    api.next(Answer::Silence);
    for click in 0..5 {
        for client in [&feed, &other] {
            let with = json!({"call": call.entry, "to": "202"});
            client.send(&json!({"type": "request", "id": format!("burst-{click}"), "do": "transfer", "with": with}));
        }
    }
    feed.deed(&call.entry, "transfer", "sending").await;
    let replies = |seen: &callpop_tests::Seen| (seen.replies.len() == 4).then(|| seen.replies.clone());
    for (_, reply) in feed.until("the other clicks are answered", replies).await {
        assert_eq!(reply["error"]["code"], "not_now", "{reply}");
    }
    assert_eq!(api.until_received(1).await.len(), 1);
    let deeds = feed.seen().calls[&call.entry]["deeds"].clone();
    assert_eq!(deeds.as_array().map(Vec::len), Some(1), "{deeds}");
}

/// Each question about a recording that is not there is a bad request, and two of them lock the account out.
#[tokio::test(flavor = "multi_thread")]
async fn a_recording_that_is_not_there_is_asked_for_once_a_minute() {
    let (desk, api, feed) = desk_and_pbx().await;
    let call = Incoming::new("79005550101");
    desk.pbx().deliver_all(&call.answered()).await;
    let added = json!({"entry_id": call.entry, "product_id": 1, "user_id": 1, "timestamp": callpop_tests::now(),
        "recording_id": "r1"});
    desk.pbx().deliver(&Event { path: "events/record/added".to_owned(), json: added }).await;
    feed.call(&call.entry, "can be played", |call| call["recordings"][0]["state"] == "ready").await;
    let ask = json!({"call": call.entry, "recording": "r1"});
    api.next(Answer::Result(3320));
    let mut until = Vec::new();
    for _ in 0..3 {
        let error = feed.refused("recording", ask.clone()).await;
        assert_eq!(error["code"], "not_ready", "{error}");
        until.push(error["until"].clone());
    }
    assert!(until[0].is_string() && until.iter().all(|it| *it == until[0]), "{until:?}");
    assert_eq!(api.received().len(), 1);
    feed.ok("dial", json!({"number": "+79005550101"})).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_unclear_is_said_of_what_it_was() {
    let (desk, api, feed) = desk_and_pbx().await;
    let call = Incoming::new("79005550101").ago(6);
    desk.pbx().deliver_all([&call.appeared(), &call.connected()]).await;
    feed.call(&call.entry, "talks", |call| call["state"] == "talking").await;
    for (what, with, words) in [
        ("hold", json!({"call": call.entry}), "АТС не подтвердила команду"),
        ("sms", json!({"number": "+79005550101", "text": "Приём завтра"}), "ушло ли сообщение"),
        ("dial", json!({"number": "+79005550101"}), "ушёл ли вызов"),
    ] {
        api.next(Answer::Status(502));
        let error = feed.refused(what, with).await;
        assert_eq!(error["code"], "vpbx_unclear", "{what}: {error}");
        assert!(error["message"].as_str().is_some_and(|it| it.contains(words)), "{what}: {error}");
    }
    for (line, group, code) in [("", "", None), ("", "abc", Some("bad_number"))] {
        let reply = feed.request("dial", json!({"number": "+79005550102", "line": line, "group": group})).await;
        assert_eq!(reply["error"]["code"].as_str(), code, "{reply}");
    }
    let last = api.received().last().expect("a command").clone();
    assert!(last.json.get("line_number").is_none(), "what is empty is left out: {last:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn commands_repeated_after_a_power_cut_are_unclear_and_not_sent_again() {
    let (mut desk, api, mut feed) = desk_and_pbx().await;
    let call = Incoming::new("79005550101").ago(6);
    desk.pbx().deliver_all([&call.appeared(), &call.connected()]).await;
    feed.call(&call.entry, "talks", |call| call["state"] == "talking").await;
    let clicks = [
        ("transfer", json!({"call": call.entry, "to": "202", "method": "blind"})),
        ("hold", json!({"call": call.entry})),
        ("record", json!({"call": call.entry})),
        ("hang_up", json!({"call": call.entry})),
        ("sms", json!({"number": "+79005550101", "text": "Приём завтра в 10:30", "call": call.entry})),
    ]
    .map(|(what, with)| (unique(what), what, with));
    for (sent, (id, what, with)) in clicks.iter().enumerate() {
        api.next(Answer::Silence);
        feed.send(&json!({"type": "request", "id": id, "do": what, "with": with}));
        api.until_received(sent + 1).await;
        drop(feed);
        desk = desk.power_cut();
        feed = desk.feed().await;
    }
    for (id, what, with) in &clicks {
        let again = feed.request_as(id, what, with.clone()).await;
        assert_eq!(again["error"]["code"], "vpbx_unclear", "{what}: {again}");
        assert!(again["error"]["message"].as_str().is_some_and(|why| !why.is_empty()), "{again}");
    }
    assert_eq!(api.received().len(), clicks.len(), "never sent twice for one click");
}

#[tokio::test(flavor = "multi_thread")]
async fn commands_repeated_after_a_restart_get_the_first_reply() {
    let (desk, api, feed) = desk_and_pbx().await;
    let call = Incoming::new("79005550101").ago(6);
    desk.pbx().deliver_all([&call.appeared(), &call.connected()]).await;
    feed.call(&call.entry, "talks", |call| call["state"] == "talking").await;
    let clicks = [
        (Answer::Accept, "record", json!({"call": call.entry})),
        (Answer::Result(4100), "transfer", json!({"call": call.entry, "to": "999"})),
        (Answer::BreakOff, "hold", json!({"call": call.entry})),
        (Answer::Accept, "sms", json!({"number": "+79005550101", "text": "Приём завтра в 10:30"})),
    ];
    let mut first = Vec::new();
    for (answer, what, with) in clicks {
        api.next(answer);
        let reply = feed.request_as(&unique(what), what, with.clone()).await;
        first.push((what, with, reply));
    }
    assert_eq!(first[0].2["ok"], json!({}));
    assert_eq!(first[1].2["error"]["vpbx_result"], 4100);
    assert_eq!(first[2].2["error"]["code"], "vpbx_unclear");
    assert!(first[3].2["ok"]["command_id"].is_string(), "{first:?}");

    let desk = desk.restart();
    let feed = desk.feed().await;
    for (what, with, reply) in &first {
        let again = feed.request_as(reply["id"].as_str().expect("an id"), what, with.clone()).await;
        assert_eq!((&again["ok"], &again["error"]), (&reply["ok"], &reply["error"]), "{what}");
    }
    assert_eq!(api.received().len(), 4, "nothing left again");
    let (what, with, reply) = &first[3];
    assert_ne!(feed.ok(what, with.clone()).await["command_id"], reply["ok"]["command_id"], "another click");
    assert_eq!(api.received().len(), 5);
}
