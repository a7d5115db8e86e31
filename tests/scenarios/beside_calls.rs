use callpop_tests::{DeskSetup, Event, Incoming, Simulator, now};
use serde_json::{Value, json};

/// In the simulated PBX's address book, and nowhere else.
const KNOWN_TO_THE_PBX: &str = "79995559877";

fn event(path: &str, json: Value) -> Event {
    Event { path: path.to_owned(), json }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_recording_is_told_from_its_beginning_until_it_can_be_played() {
    let desk = DeskSetup::new().start();
    let feed = desk.feed().await;
    let call = Incoming::new("79005550101");
    let recording = |seq: u32, state: &str, code: Option<i32>| {
        let mut json = json!({"recording_id": "r1==", "recording_state": state, "seq": seq, "entry_id": call.entry,
            "call_id": call.leg, "extension": "201", "timestamp": call.at + 5});
        if let Some(code) = code {
            json["completion_code"] = json!(code);
            json["recipient"] = json!("Cloud");
        }
        event("events/recording", json)
    };
    // Its end comes before its beginning, and the recording before the call.
    desk.pbx().deliver(&recording(2, "Completed", Some(1000))).await;
    assert!(feed.seen().calls.is_empty(), "a recording alone is no call");
    desk.pbx().deliver(&recording(1, "Started", None)).await;
    desk.pbx().deliver_all(&call.answered()).await;
    let waiting = feed.call(&call.entry, "is recorded", |call| call["recordings"][0]["state"] == "waiting").await;
    assert_eq!(
        (&waiting["recordings"][0]["id"], &waiting["recordings"][0]["extension"]),
        (&json!("r1=="), &json!("201"))
    );
    let added = json!({"entry_id": call.entry, "product_id": 400_000_001, "user_id": "400000202", "timestamp": now(),
        "recording_id": "r1=="});
    desk.pbx().deliver(&event("events/record/added", added.clone())).await;
    feed.call(&call.entry, "can be played", |call| call["recordings"][0]["state"] == "ready").await;
    let mut tagged = added.clone();
    tagged["topics"] = json!(["Запись на приём", {"name": "Анализы"}]);
    desk.pbx().deliver(&event("events/record/tagged", tagged)).await;
    desk.pbx()
        .deliver(&event("events/recognized/offline", json!({"entry_id": call.entry, "recording_id": "r1=="})))
        .await;
    let told = feed.call(&call.entry, "was looked at", |call| call["recordings"][0]["recognized"] == true).await;
    assert_eq!(told["recordings"][0]["tagged"], true);
    assert_eq!(told["topics"], json!(["Анализы", "Запись на приём"]));
    assert_eq!(told["recordings"].as_array().map(Vec::len), Some(1));

    let desk = desk.restart();
    let feed = desk.feed().await;
    let again = feed.call(&call.entry, "is remembered", |_| true).await;
    assert_eq!((&again["recordings"], &again["topics"]), (&told["recordings"], &told["topics"]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_recording_that_was_not_kept_says_why() {
    let desk = DeskSetup::new().start();
    let feed = desk.feed().await;
    let call = Incoming::new("79005550101");
    desk.pbx().deliver_all(&call.answered()).await;
    let json = json!({"recording_id": "r2", "recording_state": "Completed", "seq": "2", "entry_id": call.entry,
        "call_id": call.leg, "extension": "", "timestamp": now().to_string(), "completion_code": "4002"});
    desk.pbx().deliver(&event("events/recording", json)).await;
    let lost = feed.call(&call.entry, "lost it", |call| call["recordings"][0]["state"] == "lost").await;
    assert!(lost["recordings"][0]["why"].as_str().is_some_and(|why| !why.is_empty()), "{lost}");
    let error = feed.refused("recording", json!({"call": call.entry, "recording": "r2"})).await;
    assert_eq!(error["code"], "not_found");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_caller_pressed_and_where_he_found_us_stand_on_the_card() {
    let desk = DeskSetup::new().set("lines.\"+74995550199\"", r#""Реклама, Яндекс""#).start();
    let feed = desk.feed().await;
    let call = Incoming::new("79005550102").ago(2);
    let mut rings = call.appeared();
    rings.json["dct"] = json!({"type": "2", "number": "74995550199"});
    rings.json["sip_call_id"] = json!("0f3c9a52-demo");
    desk.pbx().deliver(&rings).await;
    let pressed = |seq: u32, digits: &str| {
        event(
            "events/dtmf",
            json!({"entry_id": call.entry, "call_id": "menu", "seq": seq, "dtmf": digits, "timestamp": call.at + i64::from(seq),
                "location": "ivr.2", "initiator": "79005550102", "from_number": "79005550102", "to_number": "74995550199"}),
        )
    };
    desk.pbx().deliver_all([&pressed(2, "15"), &pressed(1, "2"), &pressed(2, "15")]).await;
    let shown = feed.call(&call.entry, "tells what was pressed", |call| call["pressed"] == json!(["2", "15"])).await;
    assert_eq!(shown["line_name"], "Реклама, Яндекс");
    assert_eq!(shown["advert"], json!({"number": "+74995550199", "dynamic": false, "source": "Реклама, Яндекс"}));
    assert_eq!(shown["sip_call_id"], "0f3c9a52-demo");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_address_book_names_those_whom_the_directory_does_not_know() {
    let desk = DeskSetup::new().start();
    let feed = desk.feed().await;
    let stranger = Incoming::new("79990001122").ago(2);
    desk.pbx().deliver(&stranger.appeared()).await;
    let unknown = feed.call(&stranger.entry, "is unknown", |call| call["card"]["status"] == "unknown").await;
    assert!(unknown["known_as"].is_null());
    let contact = |action: &str, name: &str, phone: &str| {
        event(
            "events/ab/contacts",
            json!({"action": action, "data": [{"contact_id": 77, "name": name, "phones": [{"phone": phone, "phone_num": phone}]}]}),
        )
    };
    desk.pbx().deliver(&contact("new", "Курьер лаборатории", "79990001122")).await;
    feed.call(&stranger.entry, "has a name", |call| call["known_as"] == "Курьер лаборатории").await;

    let desk = desk.restart();
    let feed = desk.feed().await;
    let later = Incoming::new("79990001122").ago(1);
    desk.pbx().deliver(&later.appeared()).await;
    feed.call(&later.entry, "has the name after a restart", |call| call["known_as"] == "Курьер лаборатории").await;
    desk.pbx().deliver(&contact("updated", "Лаборатория", "79990001123")).await;
    feed.call(&later.entry, "is another number's now", |call| call["known_as"].is_null()).await;
    desk.pbx().deliver(&contact("deleted", "Лаборатория", "79990001123")).await;
    let other = Incoming::new("79990001123").ago(1);
    desk.pbx().deliver(&other.appeared()).await;
    let other = feed.call(&other.entry, "is unknown", |call| call["card"]["status"] == "unknown").await;
    assert!(other["known_as"].is_null(), "{other}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_about_calls_is_kept_and_counted() {
    let desk = DeskSetup::new().start();
    let feed = desk.feed().await;
    for (path, json) in [
        ("events/robots/stats", json!({"robot": "r", "calls": 3})),
        ("events/md/onAppealClose", json!({"appeal_id": 5})),
        ("events/user/status_changed", json!({"user_id": 1, "status": 2})),
        ("events/user/session_end", json!({"user_id": 1})),
        ("events/ab/organizations", json!({"action": "new", "data": []})),
        ("result/stat", json!({"key": "k", "request_id": "r"})),
        ("result/stats", json!({"key": "k"})),
        ("events/of/tomorrow", json!({"x": 1})),
    ] {
        desk.pbx().deliver(&event(path, json)).await;
    }
    feed.until("all are counted", |seen| (seen.desk["listener"]["accepted"] == 8).then_some(())).await;
    assert!(feed.seen().calls.is_empty());
    assert_eq!(desk.health().await["unknown"], 1, "only tomorrow's kind is unknown");
}

/// Only when the settings say so, and each question once.
#[tokio::test(flavor = "multi_thread")]
async fn the_pbx_is_asked_who_calls_and_where_he_found_us() {
    let address = Simulator::free_address();
    let desk = DeskSetup::new().commands_to(&Simulator::base(&address)).set("vpbx.ask_about_callers", "true").start();
    let simulator = Simulator::start(desk.listener(), &address, &[]).await;
    let feed = desk.feed().await;
    simulator.direct(&format!("play/advert?instantly=1&number={KNOWN_TO_THE_PBX}")).await;
    let told =
        |call: &Value| call["known_as"].is_string() && call["advert"]["source"] == "yandex, Терапевт, терапевт рядом";
    feed.until("both are told", |seen| seen.calls.values().any(told).then_some(())).await;
    simulator.direct(&format!("play/missed?instantly=1&number={KNOWN_TO_THE_PBX}")).await;
    feed.until("the second call", |seen| (seen.calls.len() == 2).then_some(())).await;
    simulator.direct("play/everything?instantly=1").await;
    let of_the_talk = json!(["Анализы", "Запись на приём"]);
    feed.until("the topics are told", |seen| {
        let mut topics = seen.calls.values().filter_map(|call| call["topics"].as_array());
        topics
            .any(|topics| of_the_talk.as_array().is_some_and(|all| all.iter().all(|it| topics.contains(it))))
            .then_some(())
    })
    .await;
    let asked = simulator.ask("commands").await;
    let paths: Vec<&str> = asked.as_array().expect("a list").iter().filter_map(|it| it["path"].as_str()).collect();
    assert_eq!(paths.iter().filter(|path| path.starts_with("ab/contact/init")).count(), 1, "{paths:?}");
    assert_eq!(paths.iter().filter(|path| path.starts_with("queries/user_info")).count(), 1, "{paths:?}");
    assert_eq!(paths.iter().filter(|path| path.starts_with("queries/recording_categories")).count(), 1, "{paths:?}");
}
