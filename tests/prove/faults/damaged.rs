//! A log that the disk gave back damaged.

use std::io::{Seek as _, SeekFrom, Write as _};
use std::path::Path;

use callpop_tests::{DeskSetup, Incoming};
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::claims::{Claim, Figure, Measuring, Size, measuring};

pub(crate) const CLAIM: Claim = Claim {
    number: "2b",
    claim: "a damaged log is never a crash loop and never a silent loss: the desk starts, says so, sets the log aside where it cannot be used, and takes calls",
    measure,
};

const CALLS: usize = 1_500;
const SECTOR: u64 = 512;
const SEED: u64 = 20_261_129;

fn measure(size: Size) -> Measuring {
    measuring(damaged(size.of(200, 20)))
}

/// What a desk made of a damaged log.
#[derive(Debug, Default)]
struct Outcomes {
    whole: u32,
    set_aside: u32,
    told: u32,
    faults: Vec<String>,
}

async fn damaged(rounds: u32) -> Figure {
    let desk = DeskSetup::new().start();
    let pbx = desk.pbx();
    for _ in 0..CALLS {
        pbx.deliver_all(&Incoming::new("79005550101").answered()).await;
    }
    let (status, whole) = desk.stop();
    assert!(status.success(), "{status}");
    let mut random = StdRng::seed_from_u64(SEED);
    let mut outcomes = Outcomes::default();
    for round in 0..rounds {
        let home = tempfile::TempDir::new().expect("a folder for the desk");
        copy(&whole.path().join("data"), &home.path().join("data"));
        let what = damage(&home.path().join("data/callpop.db"), round, &mut random);
        one(home, &what, &mut outcomes).await;
    }
    let Outcomes { whole, set_aside, told, faults } = outcomes;
    for fault in faults.iter().take(5) {
        crate::proving::say(&format!("   {fault}"));
    }
    Figure {
        how: format!(
            "an encrypted log of {CALLS} calls, damaged in {rounds} ways (1 to 64 sectors of garbage or zeros anywhere, among them the first page; cut off \
             anywhere; seed {SEED}); the desk started on each, posted to, searched, and started once more"
        ),
        told: format!(
            "{whole} showed every call, {set_aside} set the log aside and said so, {told} said that history or the log cannot be read; {} crashed, lost in silence or took no call after a second start",
            faults.len()
        ),
        holds: faults.is_empty() && set_aside > 0,
    }
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir(to).expect("a folder");
    for file in std::fs::read_dir(from).expect("the data").flatten() {
        if file.path().is_file() {
            std::fs::copy(file.path(), to.join(file.file_name())).expect("a copy");
        }
    }
}

/// Damages the file in some way; says how.
fn damage(log: &Path, round: u32, random: &mut StdRng) -> String {
    let mut file = std::fs::OpenOptions::new().write(true).open(log).expect("the log");
    let length = file.metadata().expect("its length").len();
    if round % 5 == 4 {
        let left = random.random_range(0..length);
        file.set_len(left).expect("it is cut off");
        return format!("cut off at {left} of {length}");
    }
    let (count, is_zero) = (1_u32 << random.random_range(0..7), random.random_bool(0.5));
    for index in 0..count {
        // Every third begins at the front, which is read first.
        let sector = if index == 0 && round.is_multiple_of(3) {
            random.random_range(0..8)
        } else {
            random.random_range(0..length / SECTOR)
        };
        let bytes: Vec<u8> = (0..SECTOR).map(|_| if is_zero { 0 } else { random.random() }).collect();
        // The salt at the very front stays: a file with another salt is another log.
        let skip = if sector == 0 { 16 } else { 0 };
        file.seek(SeekFrom::Start(sector * SECTOR + skip)).expect("a place");
        file.write_all(&bytes[usize::try_from(skip).unwrap_or(0)..]).expect("garbage");
    }
    format!("{count} sectors of {}", if is_zero { "zeros" } else { "garbage" })
}

async fn one(home: tempfile::TempDir, what: &str, outcomes: &mut Outcomes) {
    let Some(desk) = started(home).await else {
        return outcomes.faults.push(format!("{what}: it does not start"));
    };
    let feed = desk.feed().await;
    let is_set_aside = !feed.seen().desk["log_set_aside"].is_null();
    let call = Incoming::new("79005550102").ago(0);
    let status = desk.pbx().post(&call.appeared()).await;
    feed.call(&call.entry, "pops", |call| call["pops"] == true).await;
    let is_said = feed.seen().desk["log_failing"] == true;
    let known = history(&feed).await;
    let (_, home) = desk.stop();

    let Some(again) = started(home).await else {
        return outcomes.faults.push(format!("{what}: it does not start a second time"));
    };
    let is_set_aside_now = !again.feed().await.seen().desk["log_set_aside"].is_null();
    let later = again.pbx().post(&Incoming::new("79005550102").ago(0).appeared()).await;
    if later != StatusCode::OK {
        outcomes.faults.push(format!("{what}: after a second start a post gets {later} (at first {status})"));
    } else if is_set_aside || is_set_aside_now {
        outcomes.set_aside += 1;
    } else if known == Some(CALLS) {
        outcomes.whole += 1;
    } else if known.is_none() || is_said {
        outcomes.told += 1;
    } else {
        outcomes.faults.push(format!("{what}: {known:?} calls of {CALLS} are shown, and nothing is said"));
    }
}

async fn started(home: tempfile::TempDir) -> Option<callpop_tests::Desk> {
    let start = move || std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| DeskSetup::new().start_in(home))).ok();
    tokio::task::spawn_blocking(start).await.expect("a start that fails is caught")
}

/// How many calls of before history shows; `None` when it says that it cannot be read.
async fn history(feed: &callpop_tests::FeedClient) -> Option<usize> {
    let (mut count, mut before) = (0, Value::Null);
    loop {
        let reply = feed.request("history", json!({"before": before, "limit": 500})).await;
        if !reply["error"].is_null() {
            return None;
        }
        let page = &reply["ok"];
        count += page["calls"].as_array().into_iter().flatten().filter(|call| call["state"] == "ended").count();
        before = page["next"].clone();
        if before.is_null() {
            return Some(count);
        }
    }
}
