//! A pop while the medical information system is well, gone, frozen, or answers after half a minute.

use std::time::Duration;

use callpop_tests::{DeskSetup, Mis, Mood};

use crate::client::latencies;
use crate::figures::{median, percentile, say};
use crate::peers::server_of;

const ROUNDS: usize = 5;
/// Callers of one measurement, at this rate a second.
const CALLERS: usize = 250;
const RATE: u32 = 50;
/// What the design promises.
const MOST_TIMES: f64 = 1.5;

const MOODS: [(&str, Option<Mood>); 4] = [
    ("healthy", Some(Mood::Healthy)),
    ("dead (nobody listens)", None),
    ("frozen (never answers)", Some(Mood::Frozen)),
    ("answers after 30 s", Some(Mood::After(Duration::from_secs(30)))),
];

/// Measures and prints: post → frame with the call, for each mood.
pub(crate) async fn run() {
    let mut measured: Vec<(Vec<f64>, Vec<f64>)> = MOODS.iter().map(|_| (Vec::new(), Vec::new())).collect();
    for _ in 0..ROUNDS {
        for ((_, mood), (p50, p99)) in MOODS.iter().zip(&mut measured) {
            let mis = Mis::start().await;
            let base = mood.map_or_else(|| "http://127.0.0.1:9".to_owned(), |_| mis.base());
            if let Some(mood) = mood {
                mis.set(*mood);
            }
            let desk = DeskSetup::new()
                .set("directory.kind", r#""fhir""#)
                .set("directory.fhir.base", &format!("{base:?}"))
                .start();
            let mut seen = latencies(&server_of(&desk), RATE, CALLERS).await;
            if seen.lost > 0 {
                say(&format!("{} posts got no frame or no 200", seen.lost));
            }
            p50.push(percentile(&mut seen.to_frame, 0.5));
            p99.push(percentile(&mut seen.to_frame, 0.99));
        }
    }
    say(&format!("\nPost → pop by the state of the MIS, medians of {ROUNDS} rounds in turn, {RATE} calls/s\n"));
    say(&format!("{:<26} {:>9} {:>7} {:>9} {:>7}   promised", "", "p50, ms", "ratio", "p99, ms", "ratio"));
    let healthy = measured.first().map(|(p50, p99)| (median(p50), median(p99))).unwrap_or((f64::NAN, f64::NAN));
    for ((name, _), (p50, p99)) in MOODS.iter().zip(&measured) {
        let (p50, p99) = (median(p50), median(p99));
        let (times_p50, times_p99) = (p50 / healthy.0, p99 / healthy.1);
        let verdict = if times_p50 <= MOST_TIMES && times_p99 <= MOST_TIMES { "holds" } else { "MISSED" };
        say(&format!(
            "{name:<26} {p50:>9.2} {times_p50:>6.2}× {p99:>9.2} {times_p99:>6.2}×   ≤ {MOST_TIMES} ×  {verdict}"
        ));
    }
}
