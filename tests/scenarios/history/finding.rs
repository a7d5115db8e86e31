use callpop_tests::{Desk, DeskSetup, FeedClient, Incoming};
use serde_json::{Value, json};

use super::page;

/// Four calls that differ in everything: Сидорова's was answered with a note, Иванов's family's was missed, a stranger
/// talked with 202, and one who hides the number was missed.
struct Day {
    desk: Desk,
    feed: FeedClient,
    sidorova: Incoming,
    family: Incoming,
    stranger: Incoming,
    hidden: Incoming,
}

async fn day() -> Day {
    let desk = DeskSetup::new().set("desk.pop", r#""all""#).start();
    let (pbx, feed) = (desk.pbx(), desk.feed().await);
    let sidorova = Incoming::new("79005550102").ago(400);
    let family = Incoming::new("79005550101").ago(300);
    let stranger = Incoming::new("74951112233").ago(200).to("202");
    let hidden = Incoming::hidden().ago(100);
    pbx.deliver_all(&sidorova.answered()).await;
    pbx.deliver_all(&family.unanswered()).await;
    pbx.deliver_all(&stranger.answered()).await;
    pbx.deliver_all(&hidden.unanswered()).await;
    for call in [&sidorova, &family, &stranger, &hidden] {
        feed.call(&call.entry, "ends with a card", |call| {
            call["state"] == "ended" && call["card"]["status"] != "looking"
        })
        .await;
    }
    feed.ok("note", json!({"call": sidorova.entry, "text": "Просила счёт за МРТ"})).await;
    Day { desk, feed, sidorova, family, stranger, hidden }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_is_found_by_whatever_is_known_of_it() {
    let day = day().await;
    let (sidorova, family) = (day.sidorova.entry.as_str(), day.family.entry.as_str());
    let (stranger, hidden) = (day.stranger.entry.as_str(), day.hidden.entry.as_str());
    let all = [hidden, stranger, family, sidorova];
    let finds: [(Value, &[&str]); 24] = [
        (json!({"text": "0102"}), &[sidorova]),
        (json!({"text": "8 495 111"}), &[stranger]),
        (json!({"text": "+7 495 111 22 33"}), &[stranger]),
        (json!({"text": "сидор"}), &[sidorova]),
        (json!({"text": "С"}), &[family, sidorova]),
        (json!({"text": "ИВАНОВА Мария"}), &[family]),
        (json!({"text": "1234/11"}), &[family]),
        (json!({"text": "счет"}), &[sidorova]),
        (json!({"text": "мрт анна"}), &[sidorova]),
        (json!({"text": "пропущенные"}), &[hidden, family]),
        (json!({"text": "скрыт"}), &[hidden]),
        (json!({"text": "Номер скрыт"}), &[hidden]),
        (json!({"text": "number withheld"}), &[hidden]),
        (json!({"text": "отвеченные сегодня 202"}), &[stranger]),
        (json!({"text": "исходящие"}), &[]),
        (json!({"ended": "answered"}), &[stranger, sidorova]),
        (json!({"ended": "answered", "extension": "202"}), &[stranger]),
        (json!({"extension": "20"}), &[]),
        (json!({"direction": "outbound"}), &[]),
        (json!({"line": "+74995550199"}), &all),
        (json!({"line": "+74995550198"}), &[]),
        (json!({"tag": "нет"}), &[]),
        (json!({"from": "2020-01-01", "to": "2020-12-31"}), &[]),
        (json!({"from": "2020-01-01", "text": "01.01.2020"}), &[]),
    ];
    for (with, wanted) in &finds {
        assert_eq!(page(&day.feed, with.clone()).await.0, *wanted, "{with}");
    }
    let told = day.feed.ok("history", json!({"text": "пропущенные сегодня"})).await;
    let understood = told["understood"].as_array().expect("what was understood");
    assert_eq!(understood[0]["kind"], "ended", "{told}");
    assert_eq!(understood[1]["kind"], "days", "{told}");
    assert_eq!(day.feed.refused("history", json!({"from": "вчера"})).await["code"], "bad_request");
    drop(day.desk);
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_repeat_nothing_and_leave_nothing_out_while_calls_come_in() {
    let desk = DeskSetup::new().start();
    let (pbx, feed) = (desk.pbx(), desk.feed().await);
    let calls: Vec<Incoming> = (0..30).map(|number| Incoming::new("79005550102").ago(3000 - number * 50)).collect();
    for call in &calls {
        pbx.deliver_all(&call.unanswered()).await;
    }
    feed.until("all have ended with a card", |seen| {
        let done = |call: &Value| call["state"] == "ended" && call["card"]["status"] == "found";
        (seen.calls.len() == 30 && seen.calls.values().all(done)).then_some(())
    })
    .await;
    let (mut ids, mut next) = (Vec::new(), Value::Null);
    loop {
        let (page, following) = page(&feed, json!({"before": next, "text": "сидорова", "limit": 7})).await;
        ids.extend(page);
        next = following;
        if next.is_null() {
            break;
        }
        pbx.deliver_all(&Incoming::new("79005550102").ago(40).unanswered()).await;
    }
    let newest_first: Vec<&String> = calls.iter().rev().map(|call| &call.entry).collect();
    assert_eq!(ids.iter().collect::<Vec<_>>(), newest_first);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_story_is_of_one_person_and_holds_what_is_beside_the_calls() {
    let day = day().await;
    let again = Incoming::new("79005550102").ago(60);
    day.desk.pbx().deliver_all(&again.unanswered()).await;
    day.feed.call(&again.entry, "ends", |call| call["state"] == "ended" && call["card"]["status"] == "found").await;
    day.feed.row(Some("+79005550102"), "is missed", |row| row["closed"].is_null()).await;
    for with in [json!({"person": "p3"}), json!({"number": "+79005550102"})] {
        let story = day.feed.ok("story", with.clone()).await;
        let ids: Vec<&str> =
            story["calls"].as_array().unwrap().iter().map(|call| call["id"].as_str().unwrap()).collect();
        assert_eq!(ids, [again.entry.as_str(), day.sidorova.entry.as_str()], "{with}");
        assert_eq!(story["missed"][0]["calls"][0], again.entry, "{with}");
        assert_eq!(story["numbers"], json!(["+79005550102"]), "{with}");
    }
    let first = day.feed.ok("story", json!({"person": "p3", "limit": 1})).await;
    let second = day.feed.ok("story", json!({"person": "p3", "limit": 1, "before": first["next"]})).await;
    assert_eq!((&second["calls"][0]["id"], &second["next"]), (&json!(day.sidorova.entry), &Value::Null));
    assert_eq!(day.feed.refused("story", json!({})).await["code"], "bad_request");
}
