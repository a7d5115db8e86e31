//! What is too old is gone: not hidden, gone.

use std::time::{Duration, Instant};

use callpop_tests::{DeskSetup, Event, FeedClient, Incoming};
use rusqlite::Connection;
use serde_json::json;

use super::canaries::Canaries;
use crate::claims::{Claim, Figure, Measuring, Size, measuring};

pub(crate) const CLAIM: Claim = Claim {
    number: "10c",
    claim: "retention erases: after it no byte of an old call, its patient, its notes or what was done with it is in any \
            file, and younger calls are whole",
    measure,
};

/// Of the old calls; also in pieces of words, as the index keeps them.
const OLD: [&str; 7] = ["9161112233", "Ѫкробатова", "Ѫкр", "заметка ѯенофонта", "ѯен", "метка ѱ", "Ѳома из книги"];
const PATIENTS: &str = "id;full_name;phones\np1;Ѫкробатова Мария;79161112233\np2;Ѫкробатов Пётр;79161112233\np3;Сидорова Анна;79005550102\n";
const DAYS: i64 = 5;
/// Deleting goes on beside the work, in short steps.
const GONE_WITHIN: Duration = Duration::from_secs(30);

fn measure(size: Size) -> Measuring {
    measuring(retention(size.of(2_000, 150)))
}

async fn retention(calls: usize) -> Figure {
    let setup = DeskSetup::new().set("store.encryption", r#""off""#).set("history.keep_days", "2").patients(PATIENTS);
    let desk = setup.clone().start();
    let (pbx, feed) = (desk.pbx(), desk.feed().await);
    for number in 0..calls {
        let call = Incoming::new("79161112233");
        pbx.deliver_all(&if number % 3 == 0 { call.unanswered() } else { call.answered() }).await;
        if number < 10 {
            written_about(&feed, &call).await;
        }
    }
    let row = feed.row(Some("+79161112233"), "is there", |_| true).await;
    feed.ok("claim_missed", json!({"missed": row["id"]})).await;
    pbx.deliver(&in_the_book()).await;
    let (_, home) = desk.stop();
    let data = home.path().join("data");
    let canaries = Canaries::new(&OLD);
    let everything = std::fs::read(data.join("callpop.db")).expect("the log");
    let written: Vec<&str> = canaries.found_in(&everything);
    let planted = written.len();
    age(&data.join("callpop.db"));

    let desk = setup.start_in(home);
    let (pbx, feed) = (desk.pbx(), desk.feed().await);
    let young = Incoming::new("79005550102").ago(60);
    pbx.deliver_all(&young.unanswered()).await;
    let data = desk.home().join("data");
    let begun = Instant::now();
    while !canaries.below(&data, &[]).0.is_empty() && begun.elapsed() < GONE_WITHIN {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let took = begun.elapsed();
    let while_running = canaries.below(&data, &[]).0;
    let history = feed.ok("history", json!({"limit": 500})).await;
    let kept: Vec<&str> =
        history["calls"].as_array().into_iter().flatten().filter_map(|call| call["id"].as_str()).collect();
    let whole = kept == [young.entry.as_str()];
    let (_, home) = desk.stop();
    let (mut left, files, bytes) = canaries.below(home.path(), &["patients.csv"]);
    left.extend(while_running);
    Figure {
        how: format!(
            "{calls} calls of one number with patients, notes, tags, a choice, a claim and the address book's name, in a log \
             without encryption; {DAYS} days pass (the log's times are moved), 2 are kept; {files} files ({:.1} MB) read \
             byte by byte",
            bytes as f64 / 1e6
        ),
        told: format!(
            "{planted} of {} words were there before, {} after {:.1} s{}; the younger call is {}",
            OLD.len(),
            left.len(),
            took.as_secs_f32(),
            left.iter().map(|word| format!(" [{word}]")).collect::<String>(),
            if whole { "there alone" } else { "NOT there alone" }
        ),
        holds: planted == OLD.len() && left.is_empty() && whole,
    }
}

async fn written_about(feed: &FeedClient, call: &Incoming) {
    feed.call(&call.entry, "ends", |call| call["state"] == "ended" && call["card"]["status"] == "several").await;
    feed.ok("note", json!({"call": call.entry, "text": "заметка ѯенофонта"})).await;
    feed.ok("outcome", json!({"call": call.entry, "tags": ["метка ѱ"], "done": true})).await;
    feed.ok("choose_person", json!({"call": call.entry, "person": "p1"})).await;
}

/// The PBX's address book learns who has the number.
fn in_the_book() -> Event {
    let phones = json!([{"phone": "79161112233", "phone_num": "79161112233"}]);
    let json = json!({"action": "new", "data": [{"contact_id": 77, "name": "Ѳома из книги", "phones": phones}]});
    Event { path: "events/ab/contacts".to_owned(), json }
}

/// Days pass for everything that is in a log.
fn age(database: &std::path::Path) {
    let connection = Connection::open(database).expect("the log opens");
    // As the desk's own connection: rows that move here must leave nothing behind either.
    connection.pragma_update(None, "secure_delete", "ON").expect("it is set");
    // Who looked at a call is written down with its number, and goes with the day of the look.
    connection.execute_batch("DROP TRIGGER audit_is_never_changed").expect("only retention is looked at here");
    let ms = DAYS * 86_400_000;
    for (table, column, by) in [
        ("facts", "received_at", ms),
        ("calls", "started_at", ms),
        ("episodes", "at", ms),
        ("notes", "started_at", ms),
        ("history", "place", ms * 1000),
        ("audit", "at", ms),
    ] {
        let moved = connection.execute(&format!("UPDATE {table} SET {column} = {column} - {by}"), []);
        moved.unwrap_or_else(|error| panic!("{table}: {error}"));
    }
    // The index of words knows calls by their place.
    connection
        .execute_batch(
            "INSERT INTO history_words (history_words) VALUES ('delete-all');
             INSERT INTO history_words (rowid, search) SELECT place, search FROM history;
             DELETE FROM history_waiting;",
        )
        .expect("the words move too");
}
