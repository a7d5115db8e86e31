//! The index of people: a million of them, look-ups while nothing happens, while days are refreshed, and while everybody
//! is read anew. It measures and prints; it never fails because of a figure.
//!
//! `cargo run --release -p directory --example index [people]`

use std::error::Error;
use std::fs;
use std::io::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use directory::index::{Change, Index, Number, Record};

/// What is promised of a look-up, at any time.
const MOST_US: f64 = 100.0;
/// People of one refreshed day.
const A_DAY: u64 = 500;
/// So many look-ups make a figure; a rebuild is measured for as long as it lasts.
const LOOK_UPS: u64 = 200_000;

fn main() -> Result<(), Box<dyn Error>> {
    run(std::env::args().nth(1).map_or(Ok(1_000_000), |people| people.parse())?);
    Ok(())
}

fn run(people: u64) {
    say(&format!("\nThe index: {people} people, a look-up finds everybody on a number and reads their bytes\n"));
    let before = resident_mb();
    let started = Instant::now();
    let index = Arc::new(Index::default());
    index.replace((0..people).map(somebody));
    let built = started.elapsed();
    let held = resident_mb() - before;
    say(&format!("{:<34} {:>9.2} s", "built", built.as_secs_f64()));
    say(&format!("{:<34} {held:>9.0} MB   ≤ 1000 MB  {}", "held in memory", verdict(held <= 1000.0)));

    say(&format!("\n{:<34} {:>9} {:>9} {:>9} {:>9}", "look-up, µs", "p50", "p99", "p99.9", "most"));
    print("idle", look_ups(&index, people, || false));

    let (others, done) = (Arc::clone(&index), Arc::new(AtomicBool::new(false)));
    let is_done = Arc::clone(&done);
    let refreshing = std::thread::spawn(move || {
        let (mut rounds, started) = (0, Instant::now());
        while !is_done.load(Ordering::Relaxed) {
            // Other visits and, for some, other numbers: as when a day is read again.
            let day = (0..A_DAY).map(|one| changed((rounds * 7_919 + one * 2_003) % people, rounds));
            others.update(day.map(Change::Put));
            rounds += 1;
        }
        started.elapsed() / u32::try_from(rounds.max(1)).unwrap_or(u32::MAX)
    });
    print("while days are refreshed", look_ups(&index, people, || false));
    done.store(true, Ordering::Relaxed);
    let a_day = refreshing.join().unwrap_or_default();

    let others = Arc::clone(&index);
    let started = Instant::now();
    let rebuilding = std::thread::spawn(move || others.replace((0..people).map(somebody)));
    print("while everybody is read anew", look_ups(&index, people, || !rebuilding.is_finished()));
    let _ = rebuilding.join();
    say(&format!("\n{:<34} {:>9.2} ms", format!("one day refreshed ({A_DAY} people)"), millis(a_day)));
    say(&format!("{:<34} {:>9.2} s", "everybody read anew, beside look-ups", started.elapsed().as_secs_f64()));

    let snapshot = index.snapshot();
    for text in ["небылицына мария", "5550101", "зззз"] {
        let started = Instant::now();
        let found = snapshot.search(text, 20).len();
        say(&format!("{:<34} {:>9.2} ms   {found} found", format!("search «{text}»"), millis(started.elapsed())));
    }
}

/// Look-ups of numbers all over the index, every tenth nobody's; at least [`LOOK_UPS`], and as long as `goes_on`.
fn look_ups(index: &Index, people: u64, goes_on: impl Fn() -> bool) -> Vec<Duration> {
    let mut times = Vec::new();
    let (mut at, mut read) = (0u64, 0);
    while at < LOOK_UPS || (at < 100 * LOOK_UPS && goes_on()) {
        let number = if at % 10 == 0 { 79_990_000_000 + at } else { number_of(at * 7_919 % people) };
        let started = Instant::now();
        let snapshot = index.snapshot();
        for entry in snapshot.on_number(number) {
            read += entry.body().iter().map(|byte| usize::from(*byte)).sum::<usize>() + entry.id().len();
        }
        drop(snapshot);
        times.push(started.elapsed());
        at += 1;
    }
    std::hint::black_box(read);
    times
}

fn print(what: &str, mut times: Vec<Duration>) {
    times.sort_unstable();
    let us = |share: f64| {
        let place = (times.len().saturating_sub(1) as f64 * share).round() as usize;
        times.get(place).map_or(f64::NAN, |time| millis(*time) * 1000.0)
    };
    let [p50, p99, p999, most] = [us(0.5), us(0.99), us(0.999), us(1.0)];
    let promise = format!("p99 ≤ {MOST_US:.0} µs  {}", verdict(p99 <= MOST_US));
    say(&format!("{what:<34} {p50:>9.2} {p99:>9.2} {p999:>9.2} {most:>9.0}   {promise}"));
}

/// Tells the person at the terminal.
fn say(text: &str) {
    let _ = writeln!(std::io::stdout(), "{text}");
}

fn verdict(holds: bool) -> &'static str {
    if holds { "holds" } else { "MISSED" }
}

fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}

fn resident_mb() -> f64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap_or_default();
    line.trim().trim_end_matches(" kB").trim().parse::<f64>().unwrap_or(f64::NAN) / 1024.0
}

/// Every fourth person shares the number of the one before.
fn number_of(person: u64) -> Number {
    79_000_000_000 + if person % 4 == 3 { person - 1 } else { person }
}

/// As much as is kept of a patient with one or two visits.
fn somebody(person: u64) -> Record {
    let families = [" вымыслова", " небылицына", " пятидесятникова", " ежикова", " салтыкова заречная"];
    let names = [" мария петровна", " алена игоревна", " зоя федоровна", " нино георгиевна"];
    let pick = |list: &[&'static str], at: u64| {
        usize::try_from(at).ok().and_then(|at| list.get(at % list.len())).copied().unwrap_or_default()
    };
    let words = format!("{}{} {} {}", pick(&families, person / 7), pick(&names, person / 3), person / 3, person % 30);
    let mut numbers = vec![number_of(person)];
    if person.is_multiple_of(5) {
        numbers.push(74_950_000_000 + person);
    }
    let body = vec![u8::try_from(person % 251).unwrap_or(0); 180];
    Record { id: person.to_string(), numbers, words, body }
}

fn changed(person: u64, round: u64) -> Record {
    let mut record = somebody(person);
    record.body.extend(round.to_le_bytes());
    if person.is_multiple_of(50) {
        record.numbers.push(79_800_000_000 + person);
    }
    record
}
