//! The window under a day's load: what a receptionist would feel as stuttering, and what the program takes of memory.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::{Duration, Instant};

use callpop_tests::{Simulator, Tree, quantile};
use serde_json::Value;

use super::clinic::Clinic;
use crate::day::played::Day;

/// The longest frame that is not felt as a stutter.
const LONGEST_FRAME_MS: f64 = 100.0;
/// After a card has come up its frames are watched for so long.
const WATCHED_MS: u32 = 1_000;
/// After this a started program has made all its windows.
const SETTLED: Duration = Duration::from_secs(5);
/// So many of the longest frames are told.
const TOLD: usize = 10;
/// How often memory is read.
const EVERY: Duration = Duration::from_secs(2);

/// Writes down every frame's length, and when a card comes up: into room that is taken beforehand, for what is written
/// must not be taken for the page's own memory.
const WATCH: &str = r#"
  const room = { frames: new Float64Array(400_000).fill(-1), cards: new Float64Array(20_000).fill(-1) };
  let frames = 0;
  let cards = 0;
  window.seenFrames = () => ({ frames: Array.from(room.frames.subarray(0, 2 * frames)), cards: Array.from(room.cards.subarray(0, cards)) });
  let last = performance.now();
  const tick = (now) => {
    room.frames[2 * frames] = Math.round(now);
    room.frames[2 * frames + 1] = Math.round((now - last) * 10) / 10;
    if (2 * frames + 2 < room.frames.length) frames += 1;
    last = now;
    requestAnimationFrame(tick);
  };
  requestAnimationFrame(tick);
  document.addEventListener("visibilitychange", () => { last = performance.now(); });
  new MutationObserver((changes) => {
    for (const { addedNodes } of changes)
      for (const node of addedNodes)
        if (node instanceof Element && (node.matches('[data-testid="pop-card"]') || node.querySelector('[data-testid="pop-card"]')))
          room.cards[cards++] = Math.round(performance.now());
  }).observe(document.body, { childList: true, subtree: true });
"#;

/// A few calls here; `cargo xtask day` plays 1,500 in ten minutes. It measures and prints: how fast this machine is
/// decides no test.
#[tokio::test(flavor = "multi_thread")]
async fn cards_come_up_all_day_and_their_frames_and_memory_are_measured() {
    let day = Day::wanted(150, Duration::from_secs(30));
    let pbx = Simulator::free_address();
    let clinic = Clinic::of_a_day(&pbx).await;
    let window = clinic.open("pop").await;
    clinic.until_listening().await;
    // The day begins at a desk that is there: how fast a start is is another question.
    tokio::time::sleep(SETTLED).await;
    let fresh = pss_kib(&clinic);
    // A desk in the middle of its day: what it keeps of what is over is full, and its pages have done all they do.
    let before = played(&clinic, &day.before(), &pbx, "before.jsonl").await;
    tokio::time::sleep(SETTLED).await;
    tell_before(&day.before(), &fresh, &before);

    window.client.execute(WATCH, Vec::new()).await.expect("the page is watched");
    let memory = played(&clinic, &day, &pbx, "posts.jsonl").await;
    let seen: Value = window.client.execute("return window.seenFrames()", Vec::new()).await.expect("the page tells");
    let worst = worst_frames(&seen);
    tell(&worst, &long_frames(&seen), &memory);
    window.photograph("day-at-its-end").await;
    tokio::time::sleep(day.rest()).await;
    tell_rest(&day, &pss_kib(&clinic));

    assert!(worst.len() >= 20, "cards came up: {}", worst.len());
    window.close().await;
}

/// Plays a day, and reads the memory meanwhile.
async fn played(clinic: &Clinic, day: &Day, pbx: &str, journal: &str) -> Vec<BTreeMap<String, u64>> {
    let simulator = clinic.simulator(day, pbx, journal).await;
    let mut memory = Vec::new();
    {
        let mut playing = std::pin::pin!(day.play(&simulator, &[]));
        let mut due = Instant::now();
        loop {
            tokio::select! {
                _ = &mut playing => break,
                () = tokio::time::sleep_until(due.into()) => {
                    memory.push(pss_kib(clinic));
                    due += EVERY;
                }
            }
        }
    }
    memory.push(pss_kib(clinic));
    simulator.stop();
    memory
}

/// When each frame was, in ms since the page began, and how long it took.
fn frames(seen: &Value) -> Vec<(f64, f64)> {
    let told: Vec<f64> = seen["frames"].as_array().into_iter().flatten().filter_map(Value::as_f64).collect();
    told.chunks_exact(2).map(|frame| (frame[0], frame[1])).collect()
}

/// The frames that are felt: at which second, and how long.
fn long_frames(seen: &Value) -> Vec<String> {
    let mut long: Vec<(f64, f64)> = frames(seen).into_iter().filter(|(_, length)| *length > LONGEST_FRAME_MS).collect();
    long.sort_by(|one, other| other.1.total_cmp(&one.1));
    long.into_iter().map(|(at, length)| format!("{:.1} s: {length:.0} ms", at / 1_000.0)).collect()
}

/// The longest frame after each card, in ms.
fn worst_frames(seen: &Value) -> Vec<f64> {
    let frames = frames(seen);
    let cards = seen["cards"].as_array().into_iter().flatten().filter_map(Value::as_f64);
    let worst = cards.filter_map(|card| {
        let until = card + f64::from(WATCHED_MS);
        let after = frames.iter().filter(|(at, _)| (card..until).contains(at)).map(|(_, length)| *length);
        after.max_by(f64::total_cmp)
    });
    worst.collect()
}

/// The proportional memory of the program and of each of its web views.
fn pss_kib(clinic: &Clinic) -> BTreeMap<String, u64> {
    Tree::of(&[&clinic.folder.path().display().to_string(), "--data-dir"]).memory_each_kib()
}

/// The median of each fifth, in MB: the first is the warming up, and whether it is flat is seen from the second on.
fn fifths(memory: &[u64]) -> Vec<f64> {
    let fifth = memory.len().div_ceil(5).max(1);
    memory.chunks(fifth).map(|part| quantile(&mut part.to_vec(), 0.5) as f64 / 1024.0).collect()
}

/// The medians of [`fifths`] in words.
fn in_fifths(memory: &[u64]) -> String {
    fifths(memory).iter().map(|median| format!("{median:.0}")).collect::<Vec<_>>().join(", ")
}

#[expect(clippy::print_stdout, reason = "the figures are what this is for")]
fn tell_before(day: &Day, fresh: &BTreeMap<String, u64>, memory: &[BTreeMap<String, u64>]) {
    let together: Vec<u64> = memory.iter().map(|each| each.values().sum()).collect();
    let fresh = fresh.values().sum::<u64>() / 1_024;
    println!(
        "{day} before it: {fresh} MB when nothing had happened yet, then the median of each fifth: {}",
        in_fifths(&together)
    );
}

#[expect(clippy::print_stdout, reason = "the figures are what this is for")]
fn tell_rest(day: &Day, memory: &BTreeMap<String, u64>) {
    let told: Vec<String> = memory.iter().map(|(process, kib)| format!("{process}: {}", kib / 1_024)).collect();
    let together = memory.values().sum::<u64>() / 1_024;
    println!("after {:.0} s of rest: {together} MB ({})", day.rest().as_secs_f64(), told.join(", "));
}

#[expect(clippy::print_stdout, reason = "the figures are what this is for")]
fn tell(worst: &[f64], long: &[String], memory: &[BTreeMap<String, u64>]) {
    let mut sorted = worst.to_vec();
    let mut at = |share: f64| quantile(&mut sorted, share);
    let together: Vec<u64> = memory.iter().map(|each| each.values().sum()).collect();
    let fifths = fifths(&together);
    let (early, late) = (fifths.get(1).copied().unwrap_or(f64::NAN), fifths.last().copied().unwrap_or(f64::NAN));
    let mut told = String::new();
    let _ = writeln!(told, "cards that came up: {}", worst.len());
    let _ = writeln!(
        told,
        "longest frame within {WATCHED_MS} ms of a card: p50 {:.0} ms, p99 {:.0} ms, longest {:.0} ms; over {LONGEST_FRAME_MS:.0} ms: {}",
        at(0.5),
        at(0.99),
        at(1.0),
        worst.iter().filter(|frame| **frame > LONGEST_FRAME_MS).count()
    );
    let _ = writeln!(
        told,
        "frames over {LONGEST_FRAME_MS:.0} ms: {}; the longest: {}",
        long.len(),
        long[..long.len().min(TOLD)].join(", ")
    );
    let _ = writeln!(
        told,
        "memory of all processes (PSS), MB, the median of each fifth: {}; the last against the second: {:.2} x",
        in_fifths(&together),
        late / early
    );
    for process in memory.last().into_iter().flat_map(BTreeMap::keys) {
        let of_it: Vec<u64> = memory.iter().filter_map(|each| each.get(process).copied()).collect();
        let _ = writeln!(told, "  {process}: {}", in_fifths(&of_it));
    }
    print!("{told}");
}
