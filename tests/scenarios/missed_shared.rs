use callpop_tests::{DeskSetup, FeedClient, Incoming, now};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

const MARIA: Option<&str> = Some("+79005550101");

fn in_minutes(minutes: i64) -> String {
    let until = Timestamp::now() + SignedDuration::from_mins(minutes);
    format!("{until:.3}")
}

/// Waits until this row, open or closed, is as wanted, and returns it.
async fn row(feed: &FeedClient, id: &Value, what: &str, wanted: impl Fn(&Value) -> bool) -> Value {
    let id = id.as_str().expect("an id").to_owned();
    feed.until(what, |seen| seen.missed.get(&id).filter(|row| wanted(row)).cloned()).await
}

#[tokio::test(flavor = "multi_thread")]
async fn two_desks_claim_give_back_and_put_off_one_row_and_both_see_it() {
    let desk = DeskSetup::new().start();
    let (pbx, feed, colleague) = (desk.pbx(), desk.feed().await, desk.feed_as("202", &["300"], "mine").await);
    pbx.deliver_all(&Incoming::new("79005550101").unanswered()).await;
    let id = feed.row(MARIA, "is there", |_| true).await["id"].clone();
    colleague.row(MARIA, "is there", |_| true).await;

    // Both click at once: one of them has it, and both desks say the same.
    let (one, other) = (json!({"missed": id}), json!({"missed": id}));
    tokio::join!(feed.ok("claim_missed", one), colleague.ok("claim_missed", other));
    let holder = row(&feed, &id, "is claimed", |row| row["claimed_by"].is_string()).await["claimed_by"].clone();
    row(&colleague, &id, "by the same", |row| row["claimed_by"] == holder).await;
    let (holds, looks) = if holder == "201" { (&feed, &colleague) } else { (&colleague, &feed) };
    let not_theirs = looks.refused("claim_missed", json!({"missed": id, "give_back": true})).await;
    assert_eq!(not_theirs["code"], "not_now");
    assert!(not_theirs["message"].as_str().is_some_and(|text| text.contains(holder.as_str().unwrap_or("?"))));

    let until = in_minutes(30);
    looks.ok("postpone_missed", json!({"missed": id, "until": until})).await;
    for feed in [&feed, &colleague] {
        let both = |row: &Value| row["postponed_until"] == until.as_str() && row["claimed_by"] == holder;
        row(feed, &id, "is put off and still claimed", both).await;
    }
    holds.ok("claim_missed", json!({"missed": id, "give_back": true})).await;
    for feed in [&feed, &colleague] {
        row(feed, &id, "is given back", |row| row["claimed_by"].is_null() && row["postponed_until"] == until.as_str())
            .await;
    }
    looks.ok("claim_missed", json!({"missed": id})).await;

    let before = row(&feed, &id, "is claimed anew", |row| row["claimed_by"].is_string()).await;
    let desk = desk.restart();
    let (feed, colleague) = (desk.feed().await, desk.feed_as("202", &["300"], "mine").await);
    for feed in [&feed, &colleague] {
        let same = |row: &Value| {
            ["claimed_by", "postponed_until", "count", "first_at"].iter().all(|field| row[*field] == before[*field])
        };
        row(feed, &id, "is as it was", same).await;
    }
    colleague.ok("postpone_missed", json!({"missed": id, "until": null})).await;
    row(&feed, &id, "is back", |row| row["postponed_until"].is_null()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_miss_brings_a_row_back_that_was_put_off() {
    let desk = DeskSetup::new().start();
    let (pbx, feed) = (desk.pbx(), desk.feed().await);
    pbx.deliver_all(&Incoming::new("79005550101").ago(300).unanswered()).await;
    let id = feed.row(MARIA, "is there", |_| true).await["id"].clone();
    feed.ok("postpone_missed", json!({"missed": id, "until": in_minutes(60)})).await;
    row(&feed, &id, "is put off", |row| row["postponed_until"].is_string()).await;
    // They did not wait for that: by the PBX's clock it was before anybody put the row off.
    pbx.deliver_all(&Incoming::new("79005550101").ago(30).unanswered()).await;
    row(&feed, &id, "is back", |row| row["count"] == 2 && row["postponed_until"].is_null()).await;
    let desk = desk.power_cut();
    row(&desk.feed().await, &id, "is still back", |row| row["postponed_until"].is_null()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_put_off_or_claimed_is_refused_in_words() {
    let desk = DeskSetup::new().start();
    let (pbx, feed) = (desk.pbx(), desk.feed().await);
    pbx.deliver_all(&Incoming::new("79005550101").unanswered()).await;
    let id = feed.row(MARIA, "is there", |_| true).await["id"].clone();
    for until in [json!(in_minutes(-1)), json!("завтра"), json!(in_minutes(60 * 24 * 400))] {
        let refused = feed.refused("postpone_missed", json!({"missed": id, "until": until})).await;
        assert_eq!(refused["code"], "bad_request", "{until}");
    }
    let refused = feed.refused("postpone_missed", json!({"missed": "nothing", "until": null})).await;
    assert_eq!(refused["code"], "not_found");
    let long = "а".repeat(501);
    let refused = feed.refused("close_missed", json!({"missed": id, "reason": long})).await;
    assert_eq!(refused["code"], "bad_request");
    let nobody = FeedClient::connect_as(
        desk.feed_url(),
        callpop_tests::FEED_TOKEN,
        json!({"extension": null, "groups": ["300"], "pop": "groups"}),
    )
    .await;
    assert_eq!(nobody.refused("claim_missed", json!({"missed": id})).await["code"], "no_extension");
    let row = feed.row(MARIA, "is untouched", |_| true).await;
    assert!(row["claimed_by"].is_null() && row["postponed_until"].is_null(), "{row}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_row_is_dismissed_with_a_reason_that_everybody_reads() {
    let desk = DeskSetup::new().start();
    let (pbx, feed, colleague) = (desk.pbx(), desk.feed().await, desk.feed_as("202", &["300"], "mine").await);
    pbx.deliver_all(&Incoming::new("79005550101").unanswered()).await;
    let id = feed.row(MARIA, "is there", |_| true).await["id"].clone();
    feed.ok("close_missed", json!({"missed": id, "how": "dismissed", "reason": " Ошиблись номером "})).await;
    let closed = row(&colleague, &id, "is closed", |row| row["closed"].is_object()).await["closed"].clone();
    assert_eq!(closed["how"], "dismissed");
    assert_eq!(
        (&closed["by"], &closed["reason"], &closed["call"]),
        (&json!("201"), &json!("Ошиблись номером"), &Value::Null)
    );
    assert!(closed["after_ms"].is_u64());
    let desk = desk.restart();
    let again = row(&desk.feed().await, &id, "is closed", |row| row["closed"].is_object()).await;
    assert_eq!(again["closed"], closed);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_that_a_colleague_answered_is_not_missed() {
    let desk = DeskSetup::new().start();
    let (pbx, feed) = (desk.pbx(), desk.feed().await);
    let mine = Incoming::new("79005550101");
    // The same call rings at a colleague, who takes it while this desk's phone goes silent.
    let theirs = Incoming { entry: mine.entry.clone(), leg: format!("{}-2", mine.leg), ..mine.clone().to("202") };
    pbx.deliver_all(&[mine.appeared(), theirs.appeared(), theirs.connected()]).await;
    pbx.deliver_all(&[mine.disconnected(1100), theirs.disconnected(1110), theirs.summary(true)]).await;
    let call = feed.call(&mine.entry, "ends", |call| call["state"] == "ended").await;
    assert_eq!((&call["outcome"], &call["answered_by"]), (&json!("answered"), &json!("202")));
    pbx.deliver_all(&Incoming::new("79005550102").unanswered()).await;
    feed.row(Some("+79005550102"), "is there", |_| true).await;
    assert_eq!(feed.seen().missed.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_closed_row_tells_who_after_how_long_and_by_which_call() {
    let desk = DeskSetup::new().start();
    let (pbx, feed) = (desk.pbx(), desk.feed().await);
    let missed = Incoming::new("79005550101").ago(900);
    pbx.deliver_all(&missed.unanswered()).await;
    pbx.deliver_all(&Incoming::new("79005550101").ago(600).unanswered()).await;
    let id = feed.row(MARIA, "two calls", |row| row["count"] == 2).await["id"].clone();
    let again = Incoming::new("79005550101").ago(60).to("202");
    pbx.deliver_all(&again.answered()).await;
    let closed = row(&feed, &id, "is closed", |row| row["closed"].is_object()).await["closed"].clone();
    // Missed when it ended after 20 s, answered 5 s after it rang.
    let after = (again.at + 5 - missed.at - 20) * 1000;
    let expected = json!({"how": "called_again", "by": "202", "call": again.entry, "after_ms": after, "reason": null});
    for (field, value) in expected.as_object().expect("fields") {
        assert_eq!(&closed[field], value, "{field}");
    }
    let desk = desk.restart();
    let again = row(&desk.feed().await, &id, "is closed", |row| row["closed"].is_object()).await;
    assert_eq!(again["closed"], closed);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_claim_outlives_the_calls_of_its_row_that_were_too_old_to_keep() {
    let desk = DeskSetup::new().set("history.keep_days", "1").start();
    let (pbx, feed) = (desk.pbx(), desk.feed().await);
    let (old, young) = (Incoming::new("79005550101").ago(3 * 24 * 3600), Incoming::new("79005550101").ago(60));
    pbx.deliver_all(&old.unanswered()).await;
    pbx.deliver_all(&young.unanswered()).await;
    let id = feed.row(MARIA, "two calls", |row| row["count"] == 2).await["id"].clone();
    assert_eq!(id, json!(old.entry));
    let until = in_minutes(30);
    feed.ok("claim_missed", json!({"missed": id})).await;
    feed.ok("postpone_missed", json!({"missed": id, "until": until})).await;
    // One start deletes, the next one reads what is left.
    let desk = desk.restart().restart();
    let row = desk.feed().await.row(MARIA, "the young call", |row| row["calls"] == json!([young.entry])).await;
    assert_eq!((&row["claimed_by"], &row["postponed_until"]), (&json!("201"), &json!(until)));
}

#[tokio::test(flavor = "multi_thread")]
async fn forty_rows_are_closed_by_forty_requests_at_once() {
    let desk = DeskSetup::new().start();
    let (pbx, feed) = (desk.pbx(), desk.feed().await);
    for number in 0..40 {
        let call = Incoming { at: now() - 600 + number, ..Incoming::new(&format!("790055502{number:02}")) };
        pbx.deliver_all(&call.unanswered()).await;
    }
    let ids: Vec<Value> = feed
        .until("forty rows", |seen| {
            (seen.missed.len() == 40).then(|| seen.missed.values().map(|row| row["id"].clone()).collect())
        })
        .await;
    let reason = json!("Уже решено");
    let requests = ids.iter().map(|id| feed.ok("close_missed", json!({"missed": id, "reason": reason})));
    futures_util::future::join_all(requests).await;
    let all_closed = |rows: Vec<&Value>| rows.iter().all(|row| row["closed"]["reason"] == reason);
    feed.until("all are closed", |seen| all_closed(seen.missed.values().collect()).then_some(())).await;
    let desk = desk.power_cut();
    let feed = desk.feed().await;
    let seen = feed.seen();
    assert_eq!(seen.missed.len(), 40);
    assert!(all_closed(seen.missed.values().collect()));
}
