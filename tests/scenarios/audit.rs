use callpop_tests::{CommandApi, Desk, DeskSetup, Exited, Incoming, STORE_KEY};
use rusqlite::Connection;
use serde_json::{Value, json};

/// The rows of the table, by its heads.
fn table(told: &Exited) -> Vec<csv::StringRecord> {
    assert_eq!(told.code, Some(0), "{}", told.stderr);
    let text = told.stdout.join("\n");
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    reader.records().map(|row| row.expect("a row")).collect()
}

/// Whether a row says this: who, did, person, number, about; an empty word is not compared.
fn says(row: &csv::StringRecord, wanted: [&str; 5]) -> bool {
    (2..7).zip(wanted).all(|(cell, word)| word.is_empty() || row.get(cell) == Some(word))
}

fn verified(desk: &Desk) -> Value {
    let told = desk.audit(&["--verify"]);
    assert_eq!(told.code, Some(0), "{}", told.stderr);
    told.stdout[0].parse().expect("JSON")
}

fn log(home: &std::path::Path) -> Connection {
    let log = Connection::open(home.join("data/callpop.db")).expect("the log");
    log.pragma_update(None, "key", format!("x'{STORE_KEY}'")).expect("its key");
    log
}

#[tokio::test(flavor = "multi_thread")]
async fn who_saw_called_and_changed_what_is_written_down() {
    let api = CommandApi::start().await;
    let setup = DeskSetup::new().commands_to(&api.base());
    let desk = setup.clone().start();
    let (mine, colleague) = (desk.feed().await, desk.feed_as("202", &["300"], "mine").await);
    let call = Incoming::new("79005550102");
    desk.pbx().deliver_all(&call.unanswered()).await;
    for feed in [&mine, &colleague] {
        feed.call(&call.entry, "ends", |call| call["state"] == "ended" && call["card"]["status"] == "found").await;
    }
    colleague.ok("dial", json!({"number": "8 900 555-01-01"})).await;
    colleague.ok("note", json!({"call": call.entry, "text": "секрет заметки"})).await;
    mine.ok("search_people", json!({"text": "Иванов"})).await;
    mine.ok("export", json!({"format": "csv", "text": "=анна"})).await;
    let _ = mine.request("recording", json!({"call": call.entry, "recording": "r1"})).await;
    mine.ok("story", json!({"number": "+79005550102"})).await;

    let rows = table(&desk.audit(&[]));
    for wanted in [
        ["201", "saw", "p3", "+79005550102", &call.entry],
        ["202", "saw", "p3", "+79005550102", &call.entry],
        ["201", "saw", "p1", "", ""],
        ["201", "saw", "p2", "", ""],
        ["202", "dial", "", "8 900 555-01-01", ""],
        ["202", "note", "", "", &call.entry],
        ["201", "export", "", "", ""],
        ["201", "recording", "", "", &call.entry],
        ["201", "story", "", "+79005550102", ""],
    ] {
        assert_eq!(rows.iter().filter(|row| says(row, wanted)).count(), 1, "{wanted:?} in {rows:?}");
    }
    assert!(rows.iter().any(|row| row.get(7) == Some("'=анна")), "no formula in {rows:?}");
    let text = format!("{rows:?}");
    assert!(!text.contains("секрет") && !text.contains("Сидорова"), "who and when, not what was written: {text}");
    let of_one = table(&desk.audit(&["--person", "p3"]));
    assert!(of_one.len() == 2 && of_one.iter().all(|row| row.get(4) == Some("p3")), "{of_one:?}");
    assert!(table(&desk.audit(&["--number", "+79990000000"])).is_empty());
    let before = verified(&desk);
    assert_eq!(before["records"], rows.len());
    assert_eq!(before["seal"].as_str(), rows.last().and_then(|row| row.get(8)));

    // Settings that were changed between two starts; the trail goes on behind the same seal.
    let (_, home) = desk.stop();
    let desk = setup.set("desk.line", "\"+74995550199\"").set("desk.pop", "\"groups\"").start_in(home);
    let rows = table(&desk.audit(&[]));
    let changed = rows.iter().find(|row| row.get(3) == Some("settings")).expect("the settings");
    assert!(changed.get(7).is_some_and(|what| what.ends_with(": desk.pop, desk.line")), "{changed:?}");
    assert!(desk.log().contains(before["seal"].as_str().expect("a seal")), "the program's log tells the newest seal");
    let log = desk.log();
    assert!(!log.contains("Сидорова") && !log.contains("9005550102"), "{log}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_changed_or_removed_record_is_found() {
    let setup = DeskSetup::new();
    let desk = setup.clone().start();
    let feed = desk.feed().await;
    for number in ["79005550101", "79005550102"] {
        let call = Incoming::new(number).ago(1);
        desk.pbx().deliver(&call.appeared()).await;
        feed.call(&call.entry, "has its card", |call| call["card"]["people"] != json!([])).await;
        feed.ok("shown", json!({"call": call.entry})).await;
    }
    assert!(verified(&desk)["records"].as_u64() >= Some(5), "{}", verified(&desk));
    let (_, home) = desk.stop();
    let whole = std::fs::read(home.path().join("data/callpop.db")).expect("the log");
    for (sql, says) in [
        ("UPDATE audit SET body = replace(body, '\"p3\"', '\"p9\"')", "was changed"),
        ("DELETE FROM audit WHERE id = 2", "is missing"),
        ("DELETE FROM audit WHERE id = (SELECT max(id) FROM audit)", "was written"),
        ("DELETE FROM audit WHERE id <= 2; INSERT OR REPLACE INTO meta VALUES ('audit_cut', '2 0 00')", "record 1"),
    ] {
        std::fs::write(home.path().join("data/callpop.db"), &whole).expect("the log");
        let connection = log(home.path());
        assert!(connection.execute_batch(sql).is_err(), "the table lets {sql} happen");
        connection
            .execute_batch("DROP TRIGGER audit_is_never_changed; DROP TRIGGER audit_is_only_cut")
            .expect("whoever has the key can");
        connection.execute_batch(sql).expect("it is tampered with");
        drop(connection);
        let told = setup.audit_in(home.path(), &["--verify"]);
        assert_eq!(told.code, Some(5), "{sql}: {told:?}");
        assert!(told.stderr.contains(says), "{sql}: {}", told.stderr);
    }
    let stranger = setup.secret("CALLPOP_STORE_KEY", &"0".repeat(64)).audit_in(home.path(), &[]);
    assert_eq!(stranger.code, Some(5), "without the key there is nothing to read: {stranger:?}");
    assert!(stranger.stdout.is_empty());
}
