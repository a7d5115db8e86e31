//! What ten thousand calls and ten million cost: a number that is looked up, and a start.

use std::path::Path;
use std::time::{Duration, Instant};

use callpop_tests::{Desk, DeskSetup, Incoming, Proven, quantile, write_proof};
use rusqlite::{Connection, params};
use tempfile::TempDir;

use crate::figures::{median, say};
use crate::history::{call, keep, open, seconds};

/// Calls in the small log and in the large one; `ROWS` says another for the large one.
const FEW: i64 = 10_000;
const MANY: i64 = 10_000_000;
/// Calls of today in both: what a start brings back to the window.
const TODAY: usize = 300;
/// The older ones began over so many seconds before today.
const SPAN: i64 = 10 * 365 * 24 * 3600;
const LOOK_UPS: usize = 20_000;
/// Starts of each, in turn.
const STARTS: usize = 7;
const MOST_TIMES: f64 = 8.0;
/// The 99th percentile of a look-up in the encrypted log.
const WITHIN: Duration = Duration::from_micros(200);
const MOST_TIMES_OF_A_START: f64 = 1.2;

/// Fills both, looks numbers up in both, starts both; with `writes`, into PROOF.md too.
pub(crate) async fn run(writes: bool) {
    let many = std::env::var("ROWS").ok().and_then(|rows| rows.parse().ok()).unwrap_or(MANY);
    say(&format!("\nA log of {FEW} calls and one of {many}"));
    let mut homes = [filled(FEW).await, filled(many).await];
    let sizes = homes.each_ref().map(|home| size_gb(home.path()));
    look_up(&homes, many, sizes, writes);

    let mut starts = [Vec::new(), Vec::new()];
    for _ in 0..STARTS {
        for (home, took) in homes.iter_mut().zip(&mut starts) {
            let begun = Instant::now();
            let at = std::mem::replace(home, TempDir::new().unwrap_or_else(|error| panic!("a folder: {error}")));
            let desk = setup().start_in(at);
            took.push(begun.elapsed().as_secs_f64() * 1000.0);
            *home = desk.stop().1;
        }
    }
    let [few, large] = starts.each_ref().map(|took| median(took));
    let ratio = large / few;
    told(
        writes,
        "15b",
        "a start does not grow with history",
        &format!(
            "the desk's process until it can receive, {STARTS} starts in turn on the same two logs, {TODAY} calls of today in \
             both (medians); the older calls without their posts and notes, the files just written, nothing due to be deleted"
        ),
        &format!("{few:.0} ms with {FEW} calls, {large:.0} ms with {many}: {ratio:.2} × (≤ {MOST_TIMES_OF_A_START})"),
        ratio <= MOST_TIMES_OF_A_START,
    );
}

fn setup() -> DeskSetup {
    DeskSetup::new().set("history.keep_days", "36500")
}

/// A log with today's calls as the PBX posted them, and older ones as the desk keeps them once they ended.
async fn filled(calls: i64) -> TempDir {
    let desk: Desk = setup().start();
    let pbx = desk.pbx();
    for number in 0..TODAY {
        pbx.deliver_all(&Incoming::new(&format!("7999{number:07}")).ago(60).answered()).await;
    }
    let (_, home) = desk.stop();
    let begun = Instant::now();
    fill(&home.path().join("data/callpop.db"), calls).unwrap_or_else(|error| panic!("the log is filled: {error}"));
    say(&format!("{calls} calls written in {:.0} s, {:.2} GB", seconds(begun), size_gb(home.path())));
    home
}

fn size_gb(home: &Path) -> f64 {
    std::fs::metadata(home.join("data/callpop.db")).map_or(0, |file| file.len()) as f64 / 1e9
}

/// Calls, what they meant for missed calls, and their rows of history. Older posts and notes are left out, and the words of a
/// search: a start reads today's only, and a look-up none.
fn fill(database: &Path, calls: i64) -> rusqlite::Result<()> {
    let mut log = open(database)?;
    log.execute_batch("PRAGMA cache_size = -1000000")?;
    let later = "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND tbl_name IN ('calls', 'episodes', 'history') AND sql NOT NULL";
    let indexes: Vec<(String, String)> =
        log.prepare(later)?.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect::<Result<_, _>>()?;
    let first = callpop_tests::now() - 24 * 3600 - SPAN;
    let mut dice = 88_172_645_463_325_252_u64;
    let transaction = log.transaction()?;
    for (name, _) in &indexes {
        transaction.execute_batch(&format!("DROP INDEX {name}"))?;
    }
    for number in 0..calls {
        let at = first + number * SPAN / calls;
        let call = call(number, at, &mut dice);
        let entry = format!("bench-{number:09}");
        let (direction, ended) = (call["direction"].as_str(), call["outcome"].as_str());
        let extension = call["answered_by"].as_str().or(call["by"].as_str());
        keep(&transaction, &call, &entry, at * 1000)?;
        transaction
            .prepare_cached(
                "INSERT INTO history (place, entry, number, person, direction, ended, extension, line, wait_ms, talk_ms, search)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, 7000, 88000, '')",
            )?
            .execute(params![
                at * 1_000_000 + number % 1_000,
                entry,
                call["number"].as_str(),
                call["card"]["people"][0]["id"].as_str(),
                direction,
                ended,
                extension,
                call["line"].as_str(),
            ])?;
    }
    for (_, sql) in &indexes {
        transaction.execute_batch(sql)?;
    }
    transaction.commit()?;
    log.execute_batch("PRAGMA wal_checkpoint(TRUNCATE)")
}

/// The last call of a number, as a card is opened with it.
fn look_up(homes: &[TempDir; 2], many: i64, sizes: [f64; 2], writes: bool) {
    let logs = homes.each_ref().map(|home| {
        open(&home.path().join("data/callpop.db")).unwrap_or_else(|error| panic!("the log opens: {error}"))
    });
    let numbers = logs.each_ref().map(|log| some_numbers(log).unwrap_or_else(|error| panic!("numbers: {error}")));
    let mut took = [Vec::new(), Vec::new()];
    for turn in 0..LOOK_UPS {
        for side in [turn % 2, 1 - turn % 2] {
            let number = &numbers[side][turn * 7919 % numbers[side].len()];
            let begun = Instant::now();
            let json = last_of(&logs[side], number).unwrap_or_else(|error| panic!("{number}: {error}"));
            took[side].push(begun.elapsed());
            assert!(json.contains(number.as_str()), "{json}");
        }
    }
    let [few, large] = took.each_mut().map(|took| quantile(took, 0.5));
    let p99 = quantile(&mut took[1], 0.99);
    let ratio = large.as_secs_f64() / few.as_secs_f64().max(1e-9);
    told(
        writes,
        "15a",
        "a number's last call is found among ten million in at most 8 times the time it takes among ten thousand, and within 0.2 ms",
        &format!(
            "{LOOK_UPS} reads of a number's last call by the index of calls, in turn in two encrypted logs of {:.2} and {:.2} \
             GB of calls, episodes and history, just written",
            sizes[0], sizes[1]
        ),
        &format!(
            "p50 {:.0} µs with {FEW} calls, {:.0} µs with {many}: {ratio:.2} × (≤ {MOST_TIMES}); p99 with {many} {:.0} µs",
            few.as_secs_f64() * 1e6,
            large.as_secs_f64() * 1e6,
            p99.as_secs_f64() * 1e6
        ),
        ratio <= MOST_TIMES && p99 <= WITHIN,
    );
}

fn some_numbers(log: &Connection) -> rusqlite::Result<Vec<String>> {
    let mut numbers = log.prepare(
        "SELECT number FROM calls WHERE number IS NOT NULL AND rowid % max(1, (SELECT max(rowid) FROM calls) / 5000) = 0",
    )?;
    numbers.query_map([], |row| row.get(0))?.collect()
}

fn last_of(log: &Connection, number: &str) -> rusqlite::Result<String> {
    log.prepare_cached("SELECT json FROM calls WHERE number = ?1 ORDER BY started_at DESC LIMIT 1")?
        .query_row([number], |row| row.get(0))
}

fn told(writes: bool, number: &str, claim: &str, how: &str, figure: &str, holds: bool) {
    say(&format!("{claim}\n    {figure}: {}", if holds { "holds" } else { "MISSED" }));
    if !writes {
        return;
    }
    let written = write_proof(&Proven { number, claim, how, figure, holds, command: "cargo xtask bench" });
    if let Err(error) = written {
        say(&error);
    }
}
