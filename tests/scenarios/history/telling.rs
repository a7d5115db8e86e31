use std::io::Cursor;
use std::path::Path;

use calamine::{Data, Reader as _, Xlsx};
use callpop_tests::{DeskSetup, FeedClient, Incoming, eventually};
use serde_json::{Value, json};

async fn fetched(url: &str) -> (u16, Vec<u8>) {
    let answer = reqwest::get(url).await.expect("the desk answers");
    (answer.status().as_u16(), answer.bytes().await.expect("a body").to_vec())
}

async fn exported(feed: &FeedClient, with: Value) -> (Value, Vec<u8>) {
    let told = feed.ok("export", with).await;
    let (status, bytes) = fetched(told["url"].as_str().expect("an address")).await;
    assert_eq!(status, 200);
    (told, bytes)
}

fn seconds(call: &Value, from: &str, to: &str) -> Option<i64> {
    let at = |field: &str| call[field].as_str()?.parse::<jiff::Timestamp>().ok();
    Some(at(to)?.duration_since(at(from)?).as_secs())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_opened_again_is_history() {
    let desk = DeskSetup::new().start();
    let (pbx, feed) = (desk.pbx(), desk.feed().await);
    let calls: Vec<Incoming> = (0..12).map(|number| Incoming::new("79005550102").ago(900 - number * 50)).collect();
    for (number, call) in calls.iter().enumerate() {
        pbx.deliver_all(&if number % 2 == 0 { call.answered() } else { call.unanswered() }).await;
        feed.call(&call.entry, "ends", |call| call["state"] == "ended" && call["card"]["status"] == "found").await;
    }
    feed.ok("note", json!({"call": calls[3].entry, "text": "=HYPERLINK(\"x\";\"y\")\n; \"счёт\""})).await;
    let history = feed.ok("history", json!({"limit": 500})).await;
    let wanted: Vec<[String; 5]> = history["calls"]
        .as_array()
        .expect("calls")
        .iter()
        .map(|call| {
            let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
            let outcome = if call["outcome"] == "answered" { "отвечен" } else { "пропущен" };
            let talk = seconds(call, "answered_at", "ended_at").map(|talk| talk.to_string()).unwrap_or_default();
            let name = text(&call["card"]["people"][0]["full_name"]);
            [text(&call["number_display"]), name, outcome.to_owned(), talk, text(&call["note"])]
        })
        .collect();
    assert_eq!(wanted.len(), 12);
    let (told, bytes) = exported(&feed, json!({"format": "csv"})).await;
    assert_eq!(told["rows"], 12);
    let mut table = csv::ReaderBuilder::new().delimiter(b';').from_reader(bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap());
    let rows: Vec<[String; 5]> = table
        .records()
        .map(|row| {
            let row = row.expect("a row");
            // The note is a formula for a spreadsheet, so it is marked as text.
            [3, 4, 8, 10, 13].map(|column| row[column].trim_start_matches('\'').to_owned())
        })
        .collect();
    assert_eq!(rows, wanted);
    let (_, bytes) = exported(&feed, json!({"format": "xlsx"})).await;
    let mut book: Xlsx<_> = calamine::open_workbook_from_rs(Cursor::new(bytes)).expect("a workbook");
    let sheet = book.worksheet_range("Звонки").expect("a sheet");
    let cell = |data: &Data| data.to_string();
    let rows: Vec<[String; 5]> =
        sheet.rows().skip(1).map(|row| [3, 4, 8, 10, 13].map(|column: usize| cell(&row[column]))).collect();
    assert_eq!(rows, wanted);
    let (missed, _) = exported(&feed, json!({"format": "csv", "ended": "missed"})).await;
    assert_eq!(missed["rows"], 6);
    let guessed = told["url"].as_str().unwrap().replace("/export/", "/export/0");
    assert_eq!(fetched(&guessed).await.0, 404);
    let folder = desk.home().join("data/exports");
    assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 3);
    let (status, _home) = desk.stop();
    assert!(status.success());
    assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 0, "no name stays on the disk");
}

#[tokio::test(flavor = "multi_thread")]
async fn numbers_are_what_a_recount_of_the_feed_gives() {
    let desk = DeskSetup::new().set("desk.pop", r#""all""#).start();
    let (pbx, feed) = (desk.pbx(), desk.feed().await);
    let mut calls = Vec::new();
    for number in 0..20_i64 {
        let call = Incoming::new(&format!("7900555{:04}", number % 6)).ago(1000 - number * 40);
        let call = if number % 3 == 0 { call.to("202") } else { call };
        pbx.deliver_all(&if number % 4 == 0 { call.answered() } else { call.unanswered() }).await;
        calls.push(call);
    }
    let rows = feed
        .until("all have ended and are counted", |seen| {
            let ended = seen.calls.len() == 20 && seen.calls.values().all(|call| call["state"] == "ended");
            let missed: u64 = seen.missed.values().map(|row| row["count"].as_u64().unwrap_or(0)).sum();
            (ended && missed == 15).then(|| seen.missed.values().cloned().collect::<Vec<_>>())
        })
        .await;
    let shown: Vec<Value> = feed.seen().calls.values().cloned().collect();
    // The calls may lie on both sides of midnight.
    let told = feed.ok("numbers", json!({"from": "2026-01-01", "to": "2026-12-31"})).await;
    let told = if told["numbers"]["total"]["inbound"] == 20 {
        told
    } else {
        let day = |seconds: i64| jiff::Timestamp::from_second(seconds).unwrap().to_string()[..10].to_owned();
        let now = callpop_tests::now();
        feed.ok("numbers", json!({"from": day(now - 172_800), "to": day(now + 172_800)})).await
    };
    let total = &told["numbers"]["total"];
    let count = |wanted: &dyn Fn(&&Value) -> bool| shown.iter().filter(wanted).count();
    assert_eq!(total["inbound"], 20, "{told}");
    assert_eq!(total["answered"], count(&|call| call["outcome"] == "answered"));
    assert_eq!(total["missed"], count(&|call| call["outcome"] == "missed"));
    assert_eq!(total["rows"], rows.len());
    let how = |how: &str| rows.iter().filter(|row| row["closed"]["how"] == how).count();
    assert_eq!((&total["called_again"], &total["reached"]), (&json!(how("called_again")), &json!(how("reached"))));
    assert_eq!(total["open"], rows.iter().filter(|row| row["closed"].is_null()).count());
    let ms = |from, to| shown.iter().filter_map(|call| seconds(call, from, to)).map(|s| s * 1000).collect::<Vec<_>>();
    let talks = ms("answered_at", "ended_at");
    assert_eq!(total["talk_total_ms"], talks.iter().sum::<i64>());
    let mut waits = ms("started_at", "answered_at");
    waits.sort_unstable();
    assert_eq!(total["wait_p50_ms"], waits[waits.len().div_ceil(2) - 1]);
    let of = |extension: &str| {
        let all = told["numbers"]["colleagues"].as_array().unwrap();
        all.iter().find(|colleague| colleague["extension"] == extension).map(|found| found["answered"].clone())
    };
    assert_eq!(of("202"), Some(json!(count(&|call| call["answered_by"] == "202"))));
    let sum = |of: &str| {
        let parts = told["numbers"][of].as_array().unwrap().iter();
        parts.map(|part| part.get("tally").unwrap_or(part)["inbound"].as_u64().unwrap()).sum::<u64>()
    };
    assert_eq!((sum("days"), sum("hours"), sum("lines")), (20, 20, 20));
    assert_eq!(feed.refused("numbers", json!({"from": "2026-02-30"})).await["code"], "bad_request");
    assert_eq!(feed.refused("numbers", json!({"from": "2020-01-01", "to": "2026-01-01"})).await["code"], "bad_request");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_older_than_it_may_be_is_in_no_byte_of_the_folder() {
    let setup = DeskSetup::new()
        .set("store.encryption", r#""off""#)
        .set("history.keep_days", "2")
        .patients("id;full_name;phones\np1;Ѫкробатова Мария;79161112233\np3;Сидорова Анна;79005550102\n");
    let desk = setup.clone().start();
    let (pbx, feed) = (desk.pbx(), desk.feed().await);
    let (old, young) = (Incoming::new("79161112233"), Incoming::new("79005550102").ago(60));
    pbx.deliver_all(&old.unanswered()).await;
    feed.call(&old.entry, "ends", |call| call["state"] == "ended" && call["card"]["status"] == "found").await;
    feed.ok("note", json!({"call": old.entry, "text": "заметка с ѯ"})).await;
    let (_, home) = desk.stop();
    let data = home.path().join("data");
    let names = ["79161112233", "Ѫ", "ѫ", "ѯ"];
    for name in names {
        assert!(is_told(&data, name), "{name} was written");
    }
    // Three days pass for all that is there.
    let connection = rusqlite::Connection::open(data.join("callpop.db")).unwrap();
    let day = 3 * 86_400_000_i64;
    connection.execute_batch("DROP TRIGGER audit_is_never_changed").unwrap();
    for (table, column, by) in [
        ("facts", "received_at", day),
        ("calls", "started_at", day),
        ("episodes", "at", day),
        ("history", "place", day * 1000),
        ("history_waiting", "place", day * 1000),
        ("audit", "at", day),
    ] {
        connection.execute(&format!("UPDATE {table} SET {column} = {column} - {by}"), []).unwrap();
    }
    drop(connection);
    let desk = setup.start_in(home);
    let data = desk.home().join("data");
    let (pbx, feed) = (desk.pbx(), desk.feed().await);
    pbx.deliver_all(&young.unanswered()).await;
    feed.call(&young.entry, "ends", |call| call["state"] == "ended" && call["card"]["status"] == "found").await;
    eventually("nothing of it is left", || async { (!names.iter().any(|name| is_told(&data, name))).then_some(()) })
        .await;
    let left = feed.ok("history", json!({})).await;
    assert_eq!((left["calls"].as_array().unwrap().len(), &left["calls"][0]["id"]), (1, &json!(young.entry)));
    let desk = desk.restart();
    let again = desk.feed().await.ok("history", json!({"text": "сидор"})).await;
    assert_eq!(again["calls"][0]["id"], young.entry, "{again}");
}

fn is_told(folder: &Path, text: &str) -> bool {
    std::fs::read_dir(folder)
        .expect("a folder")
        .map(|file| file.expect("a file").path())
        .filter(|path| path.is_file())
        .any(|path| {
            let bytes = std::fs::read(path).expect("its bytes");
            bytes.windows(text.len()).any(|window| window == text.as_bytes())
        })
}
