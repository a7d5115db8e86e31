//! Who saw which patient's card, who called whom, who changed what; and whether anybody can take it back.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::Instant;

use callpop_tests::{CommandApi, Desk, DeskSetup, Exited, Incoming, STORE_KEY};
use rusqlite::Connection;
use serde_json::{Value, json};

use crate::claims::{Claim, Figure, Measuring, Size, measuring};

pub(crate) const CLAIM: Claim = Claim {
    number: "11",
    claim: "an audit trail tells who saw which patient's card, who called whom, who changed what setting; a changed or \
            removed record is found; \"whose data, when\" is printed as a table",
    measure,
};

const VIEWERS: [&str; 3] = ["201", "202", "203"];
/// What the program answers with when a trail was tampered with.
const TAMPERED: i32 = 5;

fn measure(size: Size) -> Measuring {
    measuring(trail(size.of(300, 30), size.of(200, 20)))
}

async fn trail(patients: usize, tampering: usize) -> Figure {
    let api = CommandApi::start().await;
    let names: String = (0..patients).map(|n| format!("p{n};Пациент Номер{n};79{n:09}\n")).collect();
    let setup = DeskSetup::new().commands_to(&api.base()).patients(format!("id;full_name;phones\n{names}"));
    let desk = setup.clone().start();
    let expected = work(&desk, patients).await;
    let begun = Instant::now();
    let rows = rows(&desk.audit(&[]));
    let took = begun.elapsed();
    let missing = expected.iter().filter(|wanted| !rows.contains(*wanted)).count();
    let of_one = desk.audit(&["--person", "p1"]).stdout.len().saturating_sub(1);
    let (_, home) = desk.stop();
    let desk = setup.clone().set("desk.pop", "\"groups\"").start_in(home);
    let settings = desk.audit(&[]).stdout.iter().filter(|line| line.contains(",settings,")).count();
    let (_, home) = desk.stop();
    let records = verified(&setup.audit_in(home.path(), &["--verify"]));
    let mut found = 0;
    let whole = std::fs::read(home.path().join("data/callpop.db")).expect("the log");
    for round in 0..tampering {
        std::fs::write(home.path().join("data/callpop.db"), &whole).expect("the log");
        tamper(home.path(), round, records);
        found += usize::from(setup.audit_in(home.path(), &["--verify"]).code == Some(TAMPERED));
    }
    Figure {
        how: format!(
            "{patients} patients call, {} desks look, one calls back, one writes, plays and exports, a setting is changed; \
             then {tampering} times somebody with the log's key changes, moves or removes one record of {records}",
            VIEWERS.len()
        ),
        told: format!(
            "{} of {} deeds are recorded, {of_one} records of one patient, {settings} of settings; {found} of {tampering} \
             forgeries found; the table takes {:.2} s",
            expected.len() - missing,
            expected.len(),
            took.as_secs_f32()
        ),
        holds: missing == 0 && of_one >= VIEWERS.len() && settings == 1 && found == tampering && records > 0,
    }
}

/// What somebody does: who, what, patient, number, call.
type Deed = [String; 5];

async fn work(desk: &Desk, patients: usize) -> BTreeSet<Deed> {
    let mut feeds = Vec::new();
    for extension in VIEWERS {
        feeds.push(desk.feed_as(extension, &["300"], "mine").await);
    }
    let mut expected = BTreeSet::new();
    let mut deed = |words: [&str; 5]| {
        expected.insert(words.map(str::to_owned));
    };
    for patient in 0..patients {
        let (person, number) = (format!("p{patient}"), format!("79{patient:09}"));
        let call = Incoming::new(&number).ago(1);
        desk.pbx().deliver(&call.appeared()).await;
        for (feed, extension) in feeds.iter().zip(VIEWERS) {
            feed.call(&call.entry, "has its card", |call| call["card"]["status"] == "found").await;
            deed([extension, "saw", &person, &format!("+{number}"), &call.entry]);
        }
        feeds[0].ok("note", json!({"call": call.entry, "text": "заметка"})).await;
        deed([VIEWERS[0], "note", "", "", &call.entry]);
        let _ = feeds[2].request("recording", json!({"call": call.entry, "recording": "r"})).await;
        deed([VIEWERS[2], "recording", "", "", &call.entry]);
    }
    feeds[1].ok("dial", json!({"number": "+79000000001"})).await;
    deed([VIEWERS[1], "dial", "", "+79000000001", ""]);
    feeds[2].ok("export", json!({"format": "csv"})).await;
    deed([VIEWERS[2], "export", "", "", ""]);
    expected
}

fn rows(told: &Exited) -> BTreeSet<Deed> {
    let text = told.stdout.join("\n");
    let mut table = csv::Reader::from_reader(text.as_bytes());
    let cells = |row: &csv::StringRecord| [2, 3, 4, 5, 6].map(|cell| row.get(cell).unwrap_or_default().to_owned());
    table.records().filter_map(|row| Some(cells(&row.ok()?))).collect()
}

fn verified(told: &Exited) -> i64 {
    let line: Value = told.stdout.first().and_then(|line| line.parse().ok()).unwrap_or_default();
    line["records"].as_i64().unwrap_or(0)
}

/// Forges one record, each round another one in another way, as whoever has the log's key could.
fn tamper(home: &Path, round: usize, records: i64) {
    let log = Connection::open(home.join("data/callpop.db")).expect("the log");
    log.pragma_update(None, "key", format!("x'{STORE_KEY}'")).expect("its key");
    log.execute_batch("DROP TRIGGER audit_is_never_changed; DROP TRIGGER audit_is_only_cut").expect("the key opens it");
    let one = 1 + (round as i64 * 7919) % records;
    let sql = match round % 5 {
        0 => format!("DELETE FROM audit WHERE id = {one}"),
        1 => format!("UPDATE audit SET body = replace(body, '\"who\":', '\"who\" :') WHERE id = {one}"),
        2 => format!("UPDATE audit SET at = at - 1, body = body WHERE id = {one}"),
        3 => format!("UPDATE audit SET seal = randomblob(32) WHERE id = {one}"),
        _ => format!("DELETE FROM audit WHERE id >= {one}"),
    };
    assert!(log.execute(&sql, []).expect("it is done") > 0, "{sql}");
}
