use callpop_tests::{DeskSetup, Event, Incoming, Story, now};
use serde_json::json;

/// The same event, as if the PBX's clock were that many seconds off.
fn off_by(event: &Event, seconds: i64) -> Event {
    let mut event = event.clone();
    let time = event.json["timestamp"].as_i64().expect("a leg event has a time");
    event.json["timestamp"] = json!(time + seconds);
    event
}

#[tokio::test(flavor = "multi_thread")]
async fn it_pops_where_it_rings_until_somebody_takes_it() {
    let desk = DeskSetup::new().start();
    let (pbx, mine, taker) = (desk.pbx(), desk.feed().await, desk.feed_as("202", &[], "mine").await);
    let story = Story::load("5-1");
    pbx.deliver_all(&story.events[..5]).await;
    mine.call(&story.entry, "pops here", |call| call["pops"] == true).await;
    taker.call(&story.entry, "pops there", |call| call["pops"] == true).await;
    pbx.deliver(&story.events[5]).await;
    mine.call(&story.entry, "is taken elsewhere", |call| call["pops"] == false && call["answered_by"] == "202").await;
    pbx.deliver_all(&story.events[6..]).await;
    mine.call(&story.entry, "ends", |call| call["state"] == "ended").await;
    assert_eq!(mine.seen().pops_of(&story.entry), 1, "never again after a take");
    assert!(mine.seen().missed.is_empty(), "a call that a colleague took is not missed");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_menu_does_not_pop() {
    let desk = DeskSetup::new().start();
    let (pbx, feed) = (desk.pbx(), desk.feed_as("", &[], "all").await);
    let story = Story::load("5-1");
    pbx.deliver(&story.events[0]).await;
    let call = feed.call(&story.entry, "is in the menu", |call| call["state"] == "greeting").await;
    assert_eq!(call["pops"], false);
}

#[tokio::test(flavor = "multi_thread")]
async fn our_own_click_to_call_never_pops_as_an_inbound_call() {
    let desk = DeskSetup::new().start();
    let (pbx, feed) = (desk.pbx(), desk.feed_as("201", &["300"], "all").await);
    let story = Story::load("5-6");
    for event in &story.events {
        pbx.deliver(event).await;
    }
    feed.call(&story.entry, "ends", |call| call["state"] == "ended").await;
    let seen = feed.seen();
    assert!(seen.pictures_of(&story.entry).iter().all(|call| call["pops"] == false && call["direction"] == "outbound"));
    assert!(seen.missed.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_callback_without_our_command_id_is_known_by_its_initiator() {
    let desk = DeskSetup::new().start();
    let (pbx, feed) = (desk.pbx(), desk.feed_as("201", &["300"], "all").await);
    let mut story = Story::load("5-6");
    for event in &mut story.events {
        if let Some(fields) = event.json.as_object_mut() {
            fields.remove("command_id");
        }
    }
    pbx.deliver_all(story.events.iter().filter(|event| event.path == "events/call")).await;
    feed.call(&story.entry, "is outbound", |call| call["direction"] == "outbound").await;
    assert_eq!(feed.seen().pops_of(&story.entry), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_transferred_call_pops_at_the_colleague() {
    let desk = DeskSetup::new().start();
    let (pbx, colleague) = (desk.pbx(), desk.feed_as("202", &[], "mine").await);
    for name in ["5-3", "5-4", "5-5"] {
        let story = Story::load(name);
        let ring = story
            .events
            .iter()
            .position(|event| event.json["call_state"] == "Appeared" && event.json["to"]["extension"] == "202");
        pbx.deliver_all(&story.events[..=ring.expect("it rings at 202")]).await;
        let call = colleague.call(&story.entry, "pops", |call| call["pops"] == true).await;
        assert_eq!(call["number"], "+79005550101", "{name}: the patient, not the colleague");
        pbx.deliver_all(&story.events).await;
        colleague.call(&story.entry, "is taken", |call| call["pops"] == false).await;
        assert_eq!(colleague.seen().pops_of(&story.entry), 1, "{name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hidden_number_pops_with_no_number() {
    let desk = DeskSetup::new().start();
    let (pbx, feed) = (desk.pbx(), desk.feed().await);
    for hidden in ["", "anonymous", "restricted"] {
        let mut ring = Incoming::hidden().appeared();
        if !hidden.is_empty() {
            ring.json["from"] = json!({"number": hidden});
        }
        pbx.deliver(&ring).await;
        let entry = ring.json["entry_id"].as_str().expect("an id");
        let call = feed.call(entry, "pops", |call| call["pops"] == true).await;
        assert!(call["number"].is_null() && call["number_display"].is_null(), "{call}");
        let call = feed.call(entry, "has its card", |call| call["card"]["status"] != "looking").await;
        assert_eq!(call["card"]["people"], json!([]), "nobody is made up: {call}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sip_address_is_no_phone_number() {
    let desk = DeskSetup::new().start();
    let (pbx, feed) = (desk.pbx(), desk.feed().await);
    let mut ring = Incoming::new("79005550101").appeared();
    ring.json["from"] = json!({"number": "sip:79005550101@other.example"});
    pbx.deliver(&ring).await;
    let entry = ring.json["entry_id"].as_str().expect("an id");
    let call = feed.call(entry, "has its card", |call| call["card"]["status"] != "looking").await;
    assert_eq!(call["card"]["people"], json!([]), "{call}");
    assert_ne!(call["number"], "+79005550101", "{call}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_old_post_never_pops() {
    let desk = DeskSetup::new().start();
    let (pbx, feed) = (desk.pbx(), desk.feed().await);
    // The clock is known to be right from these.
    for _ in 0..5 {
        pbx.deliver_all(&Incoming::new("79005550102").ago(2).unanswered()).await;
    }
    let old = Incoming::new("79005550101").ago(600);
    pbx.deliver(&old.appeared()).await;
    let fresh = Incoming::new("79005550101").ago(1);
    pbx.deliver(&fresh.appeared()).await;
    feed.call(&fresh.entry, "pops", |call| call["pops"] == true).await;
    assert_eq!(feed.seen().pops_of(&old.entry), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replayed_post_pops_nothing() {
    let desk = DeskSetup::new().start();
    let (pbx, feed) = (desk.pbx(), desk.feed().await);
    let call = Incoming::new("79005550101");
    pbx.deliver_all(&call.answered()).await;
    feed.call(&call.entry, "ends", |call| call["state"] == "ended").await;
    let pops = feed.seen().pops_of(&call.entry);
    pbx.deliver_all(&call.answered()).await;
    pbx.deliver(&Incoming::new("79005550102").appeared()).await;
    feed.until("the next call", |seen| (seen.calls.len() == 2).then_some(())).await;
    assert_eq!(feed.seen().pops_of(&call.entry), pops);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_that_is_ten_minutes_off_pops_and_is_said() {
    for seconds in [-600, 600] {
        let desk = DeskSetup::new().start();
        let (pbx, feed) = (desk.pbx(), desk.feed().await);
        let calls: Vec<Incoming> = (0..4).map(|_| Incoming { at: now(), ..Incoming::new("79005550101") }).collect();
        for call in &calls {
            pbx.deliver(&off_by(&call.appeared(), seconds)).await;
            feed.call(&call.entry, "pops all the same", |call| call["pops"] == true).await;
        }
        feed.until("the clock is said to be wrong", |seen| (seen.desk["clock"]["wrong"] == true).then_some(())).await;
        let ahead = feed.seen().desk["clock"]["ahead_ms"].as_i64().expect("it is known");
        assert!((ahead + seconds * 1000).abs() < 30_000, "{ahead} ms for {seconds} s");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_group_without_a_number_takes_the_group_known_before() {
    let desk = DeskSetup::new().start();
    let (pbx, feed) = (desk.pbx(), desk.feed_as("209", &["300"], "groups").await);
    let first = Incoming::new("79005550101");
    pbx.deliver(&first.appeared()).await;
    feed.call(&first.entry, "pops", |call| call["pops"] == true).await;
    pbx.deliver(&first.disconnected(1111)).await;
    let second = Incoming {
        entry: first.entry.clone(),
        extension: "202".to_owned(),
        group: Some(String::new()),
        ..Incoming::new("79005550101")
    };
    pbx.deliver(&second.appeared()).await;
    let call = feed
        .call(&first.entry, "pops at the next phone", |call| {
            let legs = call["legs"].as_array().map(Vec::as_slice).unwrap_or_default();
            call["pops"] == true && legs.iter().any(|leg| leg["extension"] == "202" && leg["state"] == "ringing")
        })
        .await;
    assert_eq!(call["group"], "300");
}

#[tokio::test(flavor = "multi_thread")]
async fn several_devices_of_one_extension_pop_once() {
    let desk = DeskSetup::new().start();
    let (pbx, feed) = (desk.pbx(), desk.feed().await);
    let phone = Incoming::new("79005550101");
    let mobile = Incoming { entry: phone.entry.clone(), ..Incoming::new("79005550101") };
    pbx.deliver(&phone.appeared()).await;
    pbx.deliver(&mobile.appeared()).await;
    feed.call(&phone.entry, "two devices ring", |call| call["legs"].as_array().is_some_and(|legs| legs.len() == 2))
        .await;
    pbx.deliver(&mobile.connected()).await;
    feed.call(&phone.entry, "is taken on one", |call| call["pops"] == false && call["answered_by"] == "201").await;
    pbx.deliver(&phone.disconnected(1100)).await;
    pbx.deliver(&mobile.disconnected(1110)).await;
    pbx.deliver(&mobile.summary(true)).await;
    feed.call(&phone.entry, "ends", |call| call["state"] == "ended" && call["outcome"] == "answered").await;
    assert_eq!(feed.seen().pops_of(&phone.entry), 1);
}
