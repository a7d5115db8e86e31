use std::path::{Path, PathBuf};

use callpop_tests::{Answer, CommandApi, DeskSetup, FEED_TOKEN, Incoming, KEY, SALT, STORE_KEY, form};
use serde_json::json;

/// What must be in no log line: secrets, and who called.
const CANARIES: [&str; 10] = [
    KEY,
    SALT,
    FEED_TOKEN,
    STORE_KEY,
    "79005550101",
    "9005550102",
    "Иванова",
    "Сидорова",
    "пенициллин",
    "Тайная заметка",
];

#[tokio::test(flavor = "multi_thread")]
async fn logs_and_files_hold_no_secret_and_nobodys_name() {
    let api = CommandApi::start().await;
    let desk = DeskSetup::new().commands_to(&api.base()).secret("RUST_LOG", "trace").start();
    let (pbx, feed) = (desk.pbx(), desk.feed().await);
    let call = Incoming::new("79005550101");
    pbx.deliver_all(&call.answered()).await;
    pbx.deliver_all(&Incoming::new("79005550102").unanswered()).await;
    feed.call(&call.entry, "has its card", |call| call["card"]["status"] == "several").await;
    feed.row(Some("+79005550102"), "knows the person", |row| !row["person"].is_null()).await;
    feed.ok("note", json!({"call": call.entry, "text": "Тайная заметка"})).await;
    feed.ok("choose_person", json!({"call": call.entry, "person": "p1"})).await;
    feed.ok("search_people", json!({"text": "Иванова"})).await;
    feed.ok("history", json!({"text": "+79005550101", "limit": 5})).await;
    feed.ok("dial", json!({"number": "+79005550101"})).await;
    api.next(Answer::Result(3102));
    feed.refused("dial", json!({"number": "+79005550102"})).await;
    // What is refused is logged too.
    let json = call.appeared().json.to_string();
    pbx.post_body("events/call", form(KEY, "0badc0de", &json)).await;
    pbx.post_text("events/call", "{\"from\":\"79005550101\"").await;
    pbx.post_json("events/dtmf", &json!({"from_number": "79005550101"})).await;
    pbx.client().get(format!("{}?key={KEY}", desk.listener())).send().await.expect("an answer");

    let log = desk.log();
    assert!(log.lines().count() > 3, "there is a log to look at: {log}");
    for canary in CANARIES {
        let found = log.lines().find(|line| line.contains(canary));
        assert!(found.is_none(), "{canary:?} is in the log: {found:?}");
    }
    for line in desk.stdout() {
        assert!(CANARIES.iter().all(|canary| !line.contains(canary)), "{line}");
    }
    let (_, home) = desk.stop();
    for file in files_below(&home.path().join("data")) {
        let bytes = std::fs::read(&file).expect("a file of the desk");
        for canary in CANARIES {
            assert!(!contains(&bytes, canary.as_bytes()), "{canary:?} is readable in {}", file.display());
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_folder_is_for_its_owner_alone() {
    use std::os::unix::fs::PermissionsExt;
    let desk = DeskSetup::new().start();
    desk.pbx().deliver(&Incoming::new("79005550101").appeared()).await;
    let rights = desk.home().join("data").metadata().expect("the desk's folder").permissions().mode();
    assert_eq!(rights & 0o077, 0, "it is {rights:o}");
}

fn contains(bytes: &[u8], wanted: &[u8]) -> bool {
    bytes.windows(wanted.len()).any(|window| window == wanted)
}

fn files_below(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() { files.extend(files_below(&path)) } else { files.push(path) }
    }
    assert!(!files.is_empty(), "{} holds nothing", folder.display());
    files
}
