use std::time::Duration;

use callpop_tests::{Desk, DeskSetup, FeedClient, Incoming, unique};
use serde_json::{Value, json};
use tokio::time::Instant;

const NUMBER: &str = "79005550101";

async fn ended(desk: &Desk, feed: &FeedClient, ago: i64) -> Incoming {
    let call = Incoming::new(NUMBER).ago(ago);
    desk.pbx().deliver_all(&call.answered()).await;
    feed.call(&call.entry, "ends", |call| call["state"] == "ended").await;
    call
}

/// What a text was sent as, and when.
struct Typed {
    request: String,
    text: String,
    sent_at: Instant,
}

#[tokio::test(flavor = "multi_thread")]
async fn a_power_cut_while_somebody_types_loses_at_most_the_last_second() {
    let mut desk = DeskSetup::new().start();
    let call = ended(&desk, &desk.feed().await, 60).await;
    for round in 0..3 {
        let feed = desk.feed().await;
        let mut typed: Vec<Typed> = Vec::new();
        for letter in 0..9 {
            let text = format!("круг {round}, знаков {letter}");
            let request = unique("note");
            let with = json!({"call": call.entry, "text": text});
            feed.send(&json!({"type": "request", "id": request, "do": "note", "with": with}));
            typed.push(Typed { request, text, sent_at: Instant::now() });
            // Not always at the same moment of the write.
            tokio::time::sleep(Duration::from_millis(300 - 7 * round)).await;
        }
        let cut_at = Instant::now();
        desk.program().kill();
        let acknowledged: Vec<bool> = {
            let seen = feed.seen();
            let ok = |request: &str| seen.replies.get(request).is_some_and(|reply| !reply["ok"].is_null());
            typed.iter().map(|typed| ok(&typed.request)).collect()
        };
        desk = desk.power_cut();
        let feed = desk.feed().await;
        let note = feed.call(&call.entry, "has a note", |call| call["note"].is_string()).await["note"].clone();
        let found = typed.iter().position(|typed| note == typed.text.as_str());
        let found = found.unwrap_or_else(|| panic!("round {round}: {note} was not typed in this round"));
        let last_acknowledged = acknowledged.iter().rposition(|ok| *ok).unwrap_or_default();
        assert!(found >= last_acknowledged, "round {round}: {note} is older than what was acknowledged");
        let a_second_old = typed.iter().rposition(|typed| cut_at - typed.sent_at >= Duration::from_secs(1));
        assert!(Some(found) >= a_second_old, "round {round}: {note} is older than a second");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_call_was_about_survives_a_restart() {
    let desk = DeskSetup::new().start();
    let feed = desk.feed().await;
    let call = ended(&desk, &feed, 60).await;
    assert!(feed.seen().calls[&call.entry]["wrap_up"].is_null());
    // The list was edited meanwhile, and tags come as they were clicked.
    let tags = json!(["Прежняя метка", "Цены", "Жалоба", "Цены"]);
    feed.ok("outcome", json!({"call": call.entry, "outcome": "Прежний итог", "tags": tags})).await;
    feed.ok("note", json!({"call": call.entry, "text": "перенести на утро"})).await;
    let shown = feed.call(&call.entry, "is wrapped up", |call| call["note"].is_string()).await;
    assert_eq!(shown["wrap_up"]["outcome"], "Прежний итог");
    assert_eq!(shown["wrap_up"]["tags"], json!(["Жалоба", "Цены", "Прежняя метка"]), "in the order of the settings");
    assert_eq!((&shown["wrap_up"]["by"], &shown["wrap_up"]["done"]), (&json!("201"), &json!(false)));
    let desk = desk.power_cut();
    let feed = desk.feed().await;
    let again = feed.call(&call.entry, "is wrapped up", |call| !call["wrap_up"].is_null()).await;
    assert_eq!((&again["wrap_up"], &again["note"]), (&shown["wrap_up"], &shown["note"]));
    let history = feed.ok("history", json!({"text": "на утро"})).await;
    assert_eq!(history["calls"][0]["wrap_up"], shown["wrap_up"]);
    feed.ok("outcome", json!({"call": call.entry, "outcome": "", "tags": []})).await;
    feed.ok("note", json!({"call": call.entry, "text": ""})).await;
    feed.call(&call.entry, "says nothing", |call| call["wrap_up"].is_null() && call["note"].is_null()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_too_much_is_refused_and_changes_nothing() {
    let desk = DeskSetup::new().start();
    let feed = desk.feed().await;
    let call = ended(&desk, &feed, 60).await;
    let many: Vec<String> = (0..21).map(|tag| format!("метка {tag}")).collect();
    for with in [
        json!({"call": call.entry, "outcome": "я".repeat(101)}),
        json!({"call": call.entry, "tags": ["я".repeat(101)]}),
        json!({"call": call.entry, "tags": many}),
        json!({"call": call.entry, "tags": "Жалоба"}),
    ] {
        assert_eq!(feed.refused("outcome", with).await["code"], "bad_request");
    }
    assert_eq!(feed.refused("outcome", json!({"call": "nothing", "done": true})).await["code"], "not_found");
    feed.ok("outcome", json!({"call": call.entry, "outcome": "я".repeat(100), "tags": many[..20]})).await;
    feed.call(&call.entry, "is wrapped up", |call| call["wrap_up"]["tags"].as_array().map(Vec::len) == Some(20)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn done_writes_one_fact_each_time_it_is_said_of_something_new() {
    let desk = DeskSetup::new().set("store.encryption", r#""off""#).start();
    let feed = desk.feed().await;
    let call = ended(&desk, &feed, 60).await;
    feed.ok("note", json!({"call": call.entry, "text": "записана к Петрову"})).await;
    let done = json!({"call": call.entry, "outcome": "Записали", "done": true});
    feed.request_as("the-click", "outcome", done.clone()).await;
    feed.request_as("the-click", "outcome", done.clone()).await;
    feed.ok("outcome", done).await;
    feed.call(&call.entry, "is done", |call| call["wrap_up"]["done"] == true).await;
    feed.ok("note", json!({"call": call.entry, "text": "записана к Сидорову"})).await;
    feed.call(&call.entry, "is open again", |call| call["wrap_up"]["done"] == false).await;
    feed.ok("outcome", json!({"call": call.entry, "done": true})).await;
    let (status, home) = desk.stop();
    assert!(status.success());
    let log = rusqlite::Connection::open(home.path().join("data/callpop.db")).expect("a log");
    let mut statement = log
        .prepare("SELECT body FROM facts WHERE kind = 'wrap_up' AND subject = ?1 ORDER BY id")
        .expect("a log with facts");
    let facts: Vec<Value> = statement
        .query_map([&call.entry], |row| row.get::<_, Vec<u8>>(0))
        .expect("rows")
        .map(|body| serde_json::from_slice(&body.expect("a body")).expect("JSON"))
        .collect();
    let told: Vec<(&Value, &Value)> = facts.iter().map(|fact| (&fact["text"], &fact["outcome"])).collect();
    let outcome = json!("Записали");
    assert_eq!(told, [(&json!("записана к Петрову"), &outcome), (&json!("записана к Сидорову"), &outcome)]);
    assert_eq!(facts[0]["by"], "201");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_last_words_stand_on_the_next_card_and_follow_what_is_written() {
    let desk = DeskSetup::new().start();
    let (pbx, feed) = (desk.pbx(), desk.feed().await);
    let earlier = ended(&desk, &feed, 300).await;
    feed.ok("note", json!({"call": earlier.entry, "text": "перезвонить по анализам"})).await;
    feed.ok("outcome", json!({"call": earlier.entry, "outcome": "Перезвоним"})).await;
    let next = Incoming::new(NUMBER).to("202");
    pbx.deliver(&next.appeared()).await;
    let shown = feed.call(&next.entry, "is shown", |_| true).await;
    let first = feed.seen().frames.iter().find(|frame| frame["call"]["id"] == next.entry.as_str()).cloned();
    let words = first.expect("a frame")["call"]["last_words"].clone();
    assert_eq!(words, shown["last_words"], "already in the first frame: it is on the board");
    assert_eq!((&words["call"], &words["by"]), (&json!(earlier.entry), &json!("201")));
    assert_eq!((&words["note"], &words["outcome"]), (&json!("перезвонить по анализам"), &json!("Перезвоним")));
    feed.ok("note", json!({"call": earlier.entry, "text": "анализы готовы"})).await;
    feed.call(&next.entry, "follows", |call| call["last_words"]["note"] == "анализы готовы").await;
    assert!(feed.seen().calls[&earlier.entry]["last_words"].is_null());

    let desk = desk.restart();
    let feed = desk.feed().await;
    let again = &feed.seen().calls[&next.entry]["last_words"].clone();
    assert_eq!(again["note"], "анализы готовы", "in the snapshot");
}

#[tokio::test(flavor = "multi_thread")]
async fn words_that_only_the_log_has_come_to_the_card_and_to_the_missed_row() {
    let desk = DeskSetup::new().start();
    let feed = desk.feed().await;
    let earlier = ended(&desk, &feed, 3 * 24 * 3600).await;
    feed.ok("note", json!({"call": earlier.entry, "text": "ждёт справку"})).await;
    feed.ok("outcome", json!({"call": earlier.entry, "tags": ["Анализы"], "done": true})).await;
    // After a start, a call of three days ago is in the log alone.
    let desk = desk.restart();
    let (pbx, feed) = (desk.pbx(), desk.feed().await);
    assert!(!feed.seen().calls.contains_key(&earlier.entry));
    let next = Incoming::new(NUMBER);
    pbx.deliver(&next.appeared()).await;
    let has_words = |shown: &Value| shown["last_words"]["note"] == "ждёт справку";
    let shown = feed.call(&next.entry, "has the words of then", has_words).await;
    assert_eq!(shown["last_words"]["call"], json!(earlier.entry));
    assert_eq!((&shown["last_words"]["by"], &shown["last_words"]["tags"]), (&json!("201"), &json!(["Анализы"])));
    pbx.deliver_all(&[next.disconnected(1110), next.summary(false)]).await;
    let number = Some("+79005550101");
    feed.row(number, "has them too", has_words).await;

    // The call is called for and its note changed: the card and the row follow.
    feed.ok("note", json!({"call": earlier.entry, "text": "справка готова"})).await;
    feed.call(&next.entry, "follows", |call| call["last_words"]["note"] == "справка готова").await;
    feed.row(number, "follows", |row| row["last_words"]["note"] == "справка готова").await;
    let desk = desk.power_cut();
    let feed = desk.feed().await;
    feed.row(number, "knows it after a restart", |row| row["last_words"]["note"] == "справка готова").await;
    let shown = feed.call(&earlier.entry, "is not of today", |_| true);
    assert!(tokio::time::timeout(Duration::from_millis(300), shown).await.is_err());
}
