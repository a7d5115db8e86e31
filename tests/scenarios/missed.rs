use callpop_tests::{CommandApi, DeskSetup, FeedClient, Incoming, Story, now, unique};
use serde_json::{Value, json};

const MARIA: Option<&str> = Some("+79005550101");
const ANNA: Option<&str> = Some("+79005550102");

/// All rows of one number, open and closed.
fn rows(feed: &FeedClient, number: Option<&str>) -> Vec<Value> {
    feed.seen().missed.values().filter(|row| row["number"].as_str() == number).cloned().collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_that_nobody_took_is_a_row() {
    let desk = DeskSetup::new().start();
    let (pbx, feed) = (desk.pbx(), desk.feed().await);
    let story = Story::load("5-2");
    pbx.deliver_all(&story.events).await;
    let row = feed.row(MARIA, "is there", |_| true).await;
    assert_eq!(row["calls"], json!([story.entry]));
    assert_eq!(row["count"], 1);
    assert_eq!(row["why"], "rang");
    assert_eq!(row["number_display"], "+7 900 555-01-01");
    assert!(row["claimed_by"].is_null() && row["closed"].is_null(), "{row}");
    let call = feed.call(&story.entry, "is missed", |call| call["outcome"] == "missed").await;
    assert!(call["answered_by"].is_null());
}

#[tokio::test(flavor = "multi_thread")]
async fn no_row_before_the_end() {
    let desk = DeskSetup::new().start();
    let (pbx, feed) = (desk.pbx(), desk.feed().await);
    let story = Story::load("5-2");
    pbx.deliver_all(&story.events[..6]).await;
    feed.call(&story.entry, "has ended its legs", |call| {
        call["legs"].as_array().is_some_and(|legs| legs.iter().all(|leg| leg["state"] == "ended"))
    })
    .await;
    assert!(feed.seen().missed.is_empty(), "another phone may still ring");
    pbx.deliver_all(&story.events[6..]).await;
    feed.row(MARIA, "is there", |_| true).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn calls_of_one_number_are_one_row() {
    let desk = DeskSetup::new().start();
    let (pbx, feed) = (desk.pbx(), desk.feed().await);
    let calls: Vec<Incoming> = [600, 400, 200].into_iter().map(|ago| Incoming::new("79005550101").ago(ago)).collect();
    for call in calls.iter().rev() {
        pbx.deliver_all(&call.unanswered()).await;
    }
    pbx.deliver_all(&Incoming::new("79005550102").unanswered()).await;
    let row = feed.row(MARIA, "three calls", |row| row["count"] == 3).await;
    let entries: Vec<&String> = calls.iter().map(|call| &call.entry).collect();
    assert_eq!(row["calls"], json!(entries), "oldest first");
    assert!(row["first_at"].as_str() < row["last_at"].as_str(), "{row}");
    let other = feed.row(Some("+79005550102"), "knows the person", |row| !row["person"].is_null()).await;
    assert_eq!(other["person"]["id"], "p3");
    assert_eq!(feed.seen().open_rows(MARIA).len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_hidden_call_is_a_row_of_its_own() {
    let desk = DeskSetup::new().start();
    let (pbx, feed) = (desk.pbx(), desk.feed().await);
    for _ in 0..3 {
        pbx.deliver_all(&Incoming::hidden().unanswered()).await;
    }
    feed.until("three rows", |seen| (seen.open_rows(None).len() == 3).then_some(())).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_reaches_the_person_closes_the_row() {
    let desk = DeskSetup::new().start();
    let (pbx, feed) = (desk.pbx(), desk.feed().await);
    pbx.deliver_all(&Incoming::new("79005550101").ago(300).unanswered()).await;
    let open = feed.row(MARIA, "is there", |_| true).await;
    // 203 calls from her own softphone: no command of ours.
    pbx.deliver_all(&Story::load("5-7").events).await;
    let id = open["id"].as_str().expect("an id").to_owned();
    let closed = feed
        .until("the row is closed", |seen| {
            seen.missed.get(&id).map(|row| row["closed"].clone()).filter(Value::is_object)
        })
        .await;
    assert_eq!((&closed["how"], &closed["by"]), (&json!("reached"), &json!("203")));
}

#[tokio::test(flavor = "multi_thread")]
async fn our_call_back_closes_the_row() {
    let api = CommandApi::start().await;
    let desk = DeskSetup::new().commands_to(&api.base()).start();
    let (pbx, feed) = (desk.pbx(), desk.feed().await);
    pbx.deliver_all(&Incoming::new("79005550101").ago(300).unanswered()).await;
    let open = feed.row(MARIA, "is there", |_| true).await;
    let reply = feed.ok("dial", json!({"number": open["number"]})).await;
    let command = reply["command_id"].as_str().expect("a command");
    pbx.deliver_all(&Story::load("5-6").of_command(command).events).await;
    let id = open["id"].as_str().expect("an id").to_owned();
    let closed = feed
        .until("the row is closed", |seen| {
            seen.missed.get(&id).map(|row| row["closed"].clone()).filter(Value::is_object)
        })
        .await;
    assert_eq!((&closed["how"], &closed["by"]), (&json!("reached"), &json!("201")));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_who_calls_again_and_gets_through_closes_the_row() {
    let desk = DeskSetup::new().start();
    let (pbx, feed) = (desk.pbx(), desk.feed().await);
    pbx.deliver_all(&Incoming::new("79005550101").ago(300).unanswered()).await;
    feed.row(MARIA, "is there", |_| true).await;
    pbx.deliver_all(&Incoming::new("79005550101").ago(60).to("202").answered()).await;
    feed.until("the row is closed", |seen| {
        seen.missed.values().find(|row| row["closed"]["how"] == "called_again" && row["closed"]["by"] == "202").cloned()
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_earlier_conversation_closes_nothing() {
    let desk = DeskSetup::new().start();
    let (pbx, feed) = (desk.pbx(), desk.feed().await);
    pbx.deliver_all(&Incoming::new("79005550101").ago(100).unanswered()).await;
    feed.row(MARIA, "is there", |_| true).await;
    // It was answered before that, and the PBX tells it late.
    let early = Incoming::new("79005550101").ago(900);
    pbx.deliver_all(&early.answered()).await;
    feed.call(&early.entry, "ends", |call| call["state"] == "ended").await;
    pbx.deliver_all(&Incoming::new("79005550102").unanswered()).await;
    feed.row(Some("+79005550102"), "is there", |_| true).await;
    assert_eq!(feed.seen().open_rows(MARIA).len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_closed_row_stays_closed_and_a_new_miss_is_a_new_row() {
    let desk = DeskSetup::new().start();
    let (pbx, feed) = (desk.pbx(), desk.feed().await);
    pbx.deliver_all(&Incoming::new("79005550101").ago(600).unanswered()).await;
    let open = feed.row(MARIA, "is there", |_| true).await;
    feed.ok("close_missed", json!({"missed": open["id"], "how": "spam"})).await;
    let id = open["id"].as_str().expect("an id").to_owned();
    let closed = feed
        .until("the row is closed", |seen| {
            seen.missed.get(&id).map(|row| row["closed"].clone()).filter(Value::is_object)
        })
        .await;
    assert_eq!((&closed["how"], &closed["by"]), (&json!("dismissed"), &json!("201")));
    // The dismissal is now; a miss that began later is a new one.
    let later = Incoming { at: now() + 2, ..Incoming::new("79005550101") };
    pbx.deliver_all(&later.unanswered()).await;
    let new = feed.row(MARIA, "a new row", |row| row["id"] != open["id"]).await;
    assert_eq!(new["calls"], json!([later.entry]));
    assert_eq!(rows(&feed, MARIA).len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_claim_says_who_is_on_it() {
    let desk = DeskSetup::new().start();
    let (pbx, feed, colleague) = (desk.pbx(), desk.feed().await, desk.feed_as("202", &["300"], "mine").await);
    pbx.deliver_all(&Incoming::new("79005550101").unanswered()).await;
    let row = feed.row(MARIA, "is there", |_| true).await;
    colleague.ok("claim_missed", json!({"missed": row["id"]})).await;
    feed.row(MARIA, "is claimed by 202", |row| row["claimed_by"] == "202").await;
    assert_eq!(feed.refused("claim_missed", json!({"missed": "nothing"})).await["code"], "not_found");
    let desk = desk.restart();
    desk.feed().await.row(MARIA, "is still claimed", |row| row["claimed_by"] == "202").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slip_of_under_five_seconds_is_ignored() {
    let desk = DeskSetup::new().start();
    let (pbx, feed) = (desk.pbx(), desk.feed().await);
    let short = Incoming::new("79005550102");
    let mut end = short.disconnected(1110);
    end.json["timestamp"] = json!(short.at + 3);
    pbx.deliver_all(&[short.appeared(), end, short.summary_after(false, 3)]).await;
    pbx.deliver_all(&Incoming::new("79005550101").unanswered()).await;
    feed.row(MARIA, "is there", |_| true).await;
    assert!(feed.seen().open_rows(Some("+79005550102")).is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_for_others_is_not_ours_to_call_back() {
    let desk = DeskSetup::new().start();
    let (pbx, feed) = (desk.pbx(), desk.feed().await);
    let theirs =
        Incoming { extension: "501".to_owned(), group: Some("900".to_owned()), ..Incoming::new("79005550102") };
    pbx.deliver_all(&theirs.unanswered()).await;
    pbx.deliver_all(&Incoming::new("79005550101").unanswered()).await;
    feed.row(MARIA, "is there", |_| true).await;
    assert!(feed.seen().open_rows(Some("+79005550102")).is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_that_died_in_the_queue_is_missed_there() {
    let desk = DeskSetup::new().start();
    let (pbx, feed) = (desk.pbx(), desk.feed().await);
    let call = Incoming::new("79005550101");
    let mut queued = call.appeared();
    queued.json["location"] = json!("queue");
    queued.json["to"] = json!({"line_number": "74995550199", "acd_group": "300"});
    let mut end = queued.clone();
    end.json["seq"] = json!(2);
    end.json["call_state"] = json!("Disconnected");
    end.json["timestamp"] = json!(call.at + 20);
    end.json["disconnect_reason"] = json!(1110);
    let mut summary = call.summary(false);
    summary.json["to"] = json!({"extension": "300"});
    pbx.deliver(&queued).await;
    let waiting = feed.call(&call.entry, "waits", |call| call["state"] == "greeting").await;
    assert_eq!(waiting["group"], "300");
    pbx.deliver_all(&[end, summary]).await;
    feed.row(MARIA, "says where", |row| row["why"] == "queue").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_are_the_same_after_a_restart() {
    let desk = DeskSetup::new().start();
    let (pbx, feed) = (desk.pbx(), desk.feed().await);
    for number in ["79005550101", "79005550102", "79005550103"] {
        pbx.deliver_all(&Incoming::new(number).ago(500).unanswered()).await;
        pbx.deliver_all(&Incoming::new(number).ago(400).unanswered()).await;
    }
    let row = feed.row(Some("+79005550103"), "two calls", |row| row["count"] == 2).await;
    feed.ok("close_missed", json!({"missed": row["id"], "how": "done"})).await;
    feed.until("three rows, one closed", |seen| {
        let closed = seen.missed.values().filter(|row| row["closed"].is_object()).count();
        let two_each = seen.missed.values().all(|row| row["count"] == 2);
        let known = seen.missed.values().any(|row| row["person"]["id"] == "p3");
        (seen.missed.len() == 3 && closed == 1 && two_each && known).then_some(())
    })
    .await;
    let before = feed.seen().missed.clone();
    let desk = desk.restart();
    let again = desk.feed().await;
    again
        .until("the person is known again", |seen| {
            seen.missed.values().any(|row| row["person"]["id"] == "p3").then_some(())
        })
        .await;
    assert_eq!(again.seen().missed, before);
    let desk = desk.power_cut();
    let once_more = desk.feed().await;
    once_more
        .until("the person is known again", |seen| {
            seen.missed.values().any(|row| row["person"]["id"] == "p3").then_some(())
        })
        .await;
    assert_eq!(once_more.seen().missed, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_row_of_the_day_before_keeps_its_person_over_the_night() {
    const THE_DAY_BEFORE_S: i64 = 30 * 3_600;
    let desk = DeskSetup::new().start();
    let (pbx, feed) = (desk.pbx(), desk.feed().await);
    pbx.deliver_all(&Incoming::new("79005550102").ago(THE_DAY_BEFORE_S).unanswered()).await;
    let row = feed.row(ANNA, "is named", |row| row["person"].is_object()).await;
    let desk = desk.restart();
    let again = desk.feed().await.row(ANNA, "is there", |_| true).await;
    assert_eq!(again["person"], row["person"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_late_answer_takes_the_row_back() {
    let desk = DeskSetup::new().start();
    let (pbx, feed) = (desk.pbx(), desk.feed().await);
    let call = Incoming::new("79005550101");
    pbx.deliver_all(&[call.appeared(), call.disconnected(1110), call.summary(false)]).await;
    feed.row(MARIA, "is there", |_| true).await;
    // The Connected event was the slow one.
    pbx.deliver(&call.connected()).await;
    feed.until("no row", |seen| seen.open_rows(MARIA).is_empty().then_some(())).await;
    feed.call(&call.entry, "was answered", |call| call["outcome"] == "answered").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn closing_twice_and_strange_rows_are_refused_or_harmless() {
    let desk = DeskSetup::new().start();
    let (pbx, feed) = (desk.pbx(), desk.feed().await);
    pbx.deliver_all(&Incoming::new("79005550101").unanswered()).await;
    let row = feed.row(MARIA, "is there", |_| true).await;
    feed.ok("close_missed", json!({"missed": row["id"]})).await;
    let _either = feed.request("close_missed", json!({"missed": row["id"]})).await;
    assert_eq!(feed.refused("close_missed", json!({"missed": unique("row")})).await["code"], "not_found");
}
