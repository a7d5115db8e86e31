//! How fast the window is, what it costs, and what it does while nothing happens. It measures and prints: how fast this
//! machine is decides no test. `cargo xtask bench` runs it in full and writes PROOF.md.

use std::path::PathBuf;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use callpop_tests::{Incoming, Proven, Tree, began_ms, eventually, program, quantile, write_proof};
use serde_json::Value;

use super::clinic::{Clinic, Window};

/// Says for each card when it was painted: two frames after it came into the page, in ms since 1970.
const WATCH: &str = r#"
  const painted = (window.paintedCards = {});
  new MutationObserver((changes) => {
    for (const { addedNodes } of changes)
      for (const node of addedNodes) {
        const card = node instanceof Element ? (node.matches("[data-call]") ? node : node.querySelector("[data-call]")) : null;
        if (card === null || card.dataset.call in painted) continue;
        painted[card.dataset.call] = null;
        requestAnimationFrame(() => requestAnimationFrame(() => (painted[card.dataset.call] = performance.timeOrigin + performance.now())));
      }
  }).observe(document.body, { childList: true, subtree: true });
"#;

const FIRST_PAINT: &str = r#"
  const paint = performance.getEntriesByName("first-contentful-paint")[0];
  return paint ? performance.timeOrigin + paint.startTime : null;
"#;

/// How long after the last thing that happened the pages still move their time every second (ui/src/look/pace.ts), and
/// some seconds more.
const LIVELY: Duration = Duration::from_secs(66);

/// In full for PROOF.md, or as a test among others.
fn in_full() -> bool {
    std::env::var_os("CALLPOP_PROOF").is_some()
}

fn now_ms() -> f64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs_f64() * 1_000.0
}

#[expect(clippy::print_stdout, reason = "the figures are what this is for")]
fn tell(number: &str, claim: &str, how: &str, figure: &str, holds: bool) {
    println!("{number}  {claim}: {figure}{}", if holds { "" } else { "  MISSED" });
    if in_full() {
        let proven = Proven { number, claim, how, figure, holds, command: "cargo xtask bench" };
        write_proof(&proven).expect("PROOF.md is written");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn from_the_post_to_the_painted_card() {
    let count = if in_full() { 300 } else { 10 };
    let (clinic, window) = Clinic::at_work("pop").await;
    tokio::time::sleep(Duration::from_secs(3)).await;
    window.client.execute(WATCH, Vec::new()).await.expect("the page is watched");
    let mut took = Vec::new();
    for number in 0..count {
        let call = Incoming::new(&format!("7903{number:07}")).ago(0);
        let posted = now_ms();
        clinic.pbx.deliver(&call.appeared()).await;
        let painted = eventually("the card is painted", || async {
            let painted = window.client.execute("return window.paintedCards", Vec::new()).await.ok()?;
            painted[&call.entry].as_f64()
        })
        .await;
        took.push(painted - posted);
        clinic.pbx.deliver_all(&call.unanswered()[1..]).await;
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    let (p50, p99) = (quantile(&mut took, 0.5), quantile(&mut took, 0.99));
    tell(
        "14a",
        "a post is a painted card in the real window at once",
        &format!("{count} calls, one after another; two frames after the card came into the page count as painted"),
        &format!("p50 {p50:.0} ms (≤ 50), p99 {p99:.0} ms (≤ 150)"),
        p50 <= 50.0 && p99 <= 150.0,
    );
    window.close().await;
}

/// What a start told: first paint after so many ms, and the memory of all processes in MB.
struct Started {
    first_paint_ms: f64,
    memory_mb: f64,
}

/// Reads a program that has just been opened; `words` are in its command line.
async fn started(window: &Window, words: &[&str]) -> Started {
    let painted = eventually("the first paint", || async {
        window.client.execute(FIRST_PAINT, Vec::new()).await.ok().as_ref().and_then(Value::as_f64)
    })
    .await;
    let first = Tree::of(words).ids.into_iter().filter_map(began_ms).fold(f64::INFINITY, f64::min);
    tokio::time::sleep(Duration::from_secs(4)).await;
    Started { first_paint_ms: painted - first, memory_mb: Tree::of(words).memory_kib() as f64 / 1_024.0 }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_start_beside_an_empty_app() {
    let rounds = if in_full() { 5 } else { 1 };
    let (mut ours, mut empty) = (Vec::new(), Vec::new());
    let (mut idle, mut empty_idle) = (0.0, 0.0);
    for round in 1..=rounds {
        let is_last = round == rounds;
        let clinic = Clinic::set_up().await;
        let window = clinic.open("desk").await;
        let folder = clinic.folder.path().display().to_string();
        let words = [folder.as_str(), "--data-dir"];
        ours.push(started(&window, &words).await);
        let web_views = window.client.windows().await.expect("its web views").len();
        if is_last {
            // Until then the time on its pages moves every second.
            tokio::time::sleep(if in_full() { LIVELY } else { Duration::ZERO }).await;
            idle = idle_share(&words).await;
        }
        window.close().await;

        let words = ["empty", &folder];
        let arguments = [web_views.to_string(), folder.clone()];
        let window = Window::open_program(&clinic.desktop, &empty_app(), &arguments).await;
        empty.push(started(&window, &words).await);
        if is_last {
            empty_idle = idle_share(&words).await;
        }
        window.close().await;
    }
    let middle =
        |of: &[Started], value: fn(&Started) -> f64| quantile(&mut of.iter().map(value).collect::<Vec<_>>(), 0.5);
    let how = format!(
        "medians of {rounds} interleaved rounds; the empty app is src-tauri/examples/empty.rs with as many web views"
    );
    let (own, bare) = (middle(&ours, |of| of.first_paint_ms), middle(&empty, |of| of.first_paint_ms));
    tell(
        "14b",
        "the window is painted soon after the start",
        &how,
        &format!("{own:.0} ms, an empty Tauri app {bare:.0} ms: {:.2} × (≤ 1.2)", own / bare),
        own / bare <= 1.2,
    );
    let (own, bare) = (middle(&ours, |of| of.memory_mb), middle(&empty, |of| of.memory_mb));
    tell(
        "14c",
        "the memory of all processes is hardly more than the web views'",
        &format!("PSS; {how}"),
        &format!("{own:.0} MB, an empty Tauri app {bare:.0} MB: {:.2} × (≤ 1.2)", own / bare),
        own / bare <= 1.2,
    );
    tell(
        "14d",
        "while nothing happens it does nothing",
        "processor time of all processes while no call comes, from 70 s after the start on; median of 3 minutes",
        &format!("{idle:.2} % of a core (≤ 0.5); an empty Tauri app {empty_idle:.2} %"),
        idle <= 0.5,
    );
}

/// Percent of a core that it takes while nothing happens.
async fn idle_share(words: &[&str]) -> f64 {
    let (samples, time) = if in_full() { (3, Duration::from_secs(60)) } else { (1, Duration::from_secs(3)) };
    let tree = Tree::of(words);
    let mut shares = Vec::new();
    for _ in 0..samples {
        let before = tree.processor_time();
        tokio::time::sleep(time).await;
        shares.push((tree.processor_time() - before).as_secs_f64() / time.as_secs_f64() * 100.0);
    }
    quantile(&mut shares, 0.5)
}

/// The example beside the programs.
fn empty_app() -> PathBuf {
    let programs = program("callpop");
    programs.parent().expect("a program lies in a folder").join("examples/empty")
}
