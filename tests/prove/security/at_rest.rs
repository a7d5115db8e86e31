//! Whoever takes the disk, or looks at the processes: what they read there.

use std::path::Path;

use callpop_tests::{Desk, DeskSetup, Incoming, Poster, eventually};
use serde_json::json;
use tempfile::TempDir;

use super::canaries::{Canaries, finds_what_is_planted};
use crate::claims::{Claim, Figure, Measuring, Size, measuring};

pub(crate) const CLAIM: Claim = Claim {
    number: "10a",
    claim: "no number, name, birth date, note, account key, salt, feed token or store key is readable in the data folder, \
            its write-ahead log, temporary files, logs, crash files or processes' arguments and surroundings",
    measure,
};

const KEY: &str = "canaryVpbxKey71Kestrel";
const SALT: &str = "canaryVpbxSalt72Plover";
const TOKEN: &str = "canary-feed-token-73-dunlin";
const STORE_KEY: &str = "c0ffee73a1b2c3d4e5f60718293a4b5c6d7e8f90a1b2c3d4e5f60718293ac0de";
const NUMBER: &str = "79127773141";
/// What must be nowhere.
const WORDS: [&str; 12] = [
    KEY,
    SALT,
    TOKEN,
    STORE_KEY,
    "9127773141",
    "912 777-31-41",
    "Канарейкина",
    "Пелагея",
    "1991-01-29",
    "29.01.1991",
    "канареечная пыль",
    "поёт по утрам",
];
const PATIENTS: &str = "\
id;full_name;born;sex;chart;phones;allergy;debt;doctor;note
p1;Канарейкина Пелагея Львовна;1991-01-29;ж;1234/11;8 (912) 777-31-41;канареечная пыль;2400;Щеглов;поёт по утрам
";
/// The user's own files, which the desk only reads: the patients are listed there.
const GIVEN: [&str; 3] = ["patients.csv", "credentials", "settings.toml"];
/// An exported file is readable for its fifteen minutes, and deleted when the desk stops (ARCHITECTURE.md).
const OFFERED: &str = "data/exports";

fn measure(size: Size) -> Measuring {
    measuring(at_rest(size.of(300, 20)))
}

async fn at_rest(calls: usize) -> Figure {
    let canaries = Canaries::new(&WORDS);
    let blind: Vec<&&str> = WORDS.iter().filter(|word| !finds_what_is_planted(&canaries, word)).collect();
    let home = TempDir::new().expect("a folder");
    let mut setup = DeskSetup::new().patients(PATIENTS);
    let given = home.path().join("credentials");
    std::fs::create_dir_all(&given).expect("a folder");
    for (file, variable, secret) in [
        ("vpbx-api-key", "CALLPOP_VPBX_API_KEY", KEY),
        ("vpbx-api-salt", "CALLPOP_VPBX_API_SALT", SALT),
        ("feed-token", "CALLPOP_FEED_TOKEN", TOKEN),
        ("store-key", "CALLPOP_STORE_KEY", STORE_KEY),
    ] {
        std::fs::write(given.join(file), secret).expect("the secret is written");
        setup = setup.without_secret(variable);
    }
    let temporary = home.path().join("tmp");
    std::fs::create_dir_all(&temporary).expect("a folder");
    setup = setup
        .secret("CREDENTIALS_DIRECTORY", &given.display().to_string())
        .secret("TMPDIR", &temporary.display().to_string())
        .secret("CALLPOP_LOG", "debug");
    let mut desk = setup.start_in(home);
    work(&desk, calls).await;

    let mut found = Vec::new();
    let (mut files, mut bytes) = (0, 0);
    let mut look = |desk: &Path, when: &str, but: &[&str]| {
        let (words, read, size) = canaries.below(desk, but);
        found.extend(words.into_iter().map(|word| format!("{when}: {word}")));
        (files, bytes) = (files + read, bytes + size);
    };
    let but_export = [GIVEN[0], GIVEN[1], GIVEN[2], OFFERED];
    look(desk.home(), "while it runs", &but_export);
    let told = surroundings(desk.program().id());
    let processes = told.len();
    let in_processes: Vec<String> = told
        .iter()
        .flat_map(|(what, text)| canaries.found_in(text).into_iter().map(move |word| format!("{word} in {what}")))
        .collect();
    let core = core_limit(desk.program().id());
    let mut desk = desk.power_cut();
    look(desk.home(), "after a power cut", &GIVEN);
    desk.program().signal(rustix::process::Signal::ABORT);
    desk.program().wait();
    look(desk.home(), "after a crash", &GIVEN);
    let (_, home) = desk.power_cut().stop();
    look(home.path(), "after an orderly end", &GIVEN);
    found.extend(in_processes);
    Figure {
        how: format!(
            "{} words, each as text, UTF-16, base64, hex, JSON and URL escapes, looked for in {files} files ({:.1} MB) while \
             a desk runs (its log at debug) with {calls} calls, notes, searches and an export, after kill -9, after SIGABRT \
             and after an orderly end; and in {processes} command lines and environments",
            WORDS.len(),
            bytes as f64 / 1e6
        ),
        told: format!(
            "{} found{}; words that the search would miss: {}; crash files may be {core}",
            found.len(),
            found.iter().take(6).map(|found| format!(" [{found}]")).collect::<String>(),
            blind.len(),
        ),
        holds: found.is_empty() && blind.is_empty() && processes >= 2 && core == "0 bytes large",
    }
}

/// Does with a patient whatever is done with patients.
async fn work(desk: &Desk, calls: usize) {
    let pbx = Poster::with_account(desk.listener(), KEY, SALT);
    let feed = callpop_tests::FeedClient::connect(desk.feed_url(), TOKEN).await;
    for _ in 0..calls {
        let call = Incoming::new(NUMBER).ago(200);
        pbx.deliver_all(&call.answered()).await;
        feed.call(&call.entry, "has its card", |call| call["card"]["status"] == "found").await;
        feed.ok("note", json!({"call": call.entry, "text": "поёт по утрам"})).await;
    }
    let missed = Incoming::new(NUMBER).ago(60);
    pbx.deliver_all(&missed.unanswered()).await;
    let row = feed.row(Some("+79127773141"), "is there", |row| !row["person"].is_null()).await;
    feed.ok("claim_missed", json!({"missed": row["id"]})).await;
    feed.ok("search_people", json!({"text": "Канарейкина"})).await;
    feed.ok("history", json!({"text": "канарейкина пелагея", "limit": 50})).await;
    feed.ok("history", json!({"text": NUMBER, "limit": 50})).await;
    feed.ok("export", json!({"format": "csv"})).await;
    feed.ok("export", json!({"format": "xlsx"})).await;
    feed.ok("support_bundle", json!({})).await;
    let _ = feed.request("dial", json!({"number": "8 (912) 777-31-41"})).await;
    // Refused and broken posts are written about too.
    Poster::with_account(desk.listener(), KEY, "a wrong salt").post(&missed.appeared()).await;
    pbx.post_text("events/call", "не JSON Канарейкина 79127773141").await;
    pbx.post_text("events/Канарейкина/79127773141", "{\"name\":\"Канарейкина\"}").await;
    eventually("the log tells of a refused post", || async { desk.log().contains("wrong signature").then_some(()) })
        .await;
}

/// Command line and environment of a process and of everything it started.
fn surroundings(id: u32) -> Vec<(String, Vec<u8>)> {
    let mut told = Vec::new();
    for what in ["cmdline", "environ"] {
        if let Ok(text) = std::fs::read(format!("/proc/{id}/{what}")) {
            told.push((format!("{what} of {id}"), text));
        }
    }
    for task in std::fs::read_dir(format!("/proc/{id}/task")).into_iter().flatten().flatten() {
        let children = std::fs::read_to_string(task.path().join("children")).unwrap_or_default();
        for child in children.split_whitespace().filter_map(|child| child.parse().ok()) {
            told.extend(surroundings(child));
        }
    }
    told
}

/// How large a crash file of a process may become.
fn core_limit(id: u32) -> String {
    let limits = std::fs::read_to_string(format!("/proc/{id}/limits")).unwrap_or_default();
    let line = limits.lines().find_map(|line| line.strip_prefix("Max core file size")).unwrap_or_default();
    format!("{} bytes large", line.split_whitespace().nth(1).unwrap_or("?"))
}
