//! The program is killed at random moments while the PBX posts.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use callpop_tests::DeskSetup;

use super::load::{Load, shown};
use crate::claims::{Claim, Figure, Measuring, Size, measuring};

pub(crate) const CLAIM: Claim = Claim {
    number: "1",
    claim: "kill -9 at any moment: nothing that was acknowledged is lost, nothing is shown twice, and the desk is back in 2 s",
    measure,
};

/// Posts at once.
const POSTERS: usize = 8;
/// The desk listens again after at most this.
const BACK_WITHIN: Duration = Duration::from_secs(2);
/// It is killed at a random moment of this time.
const RANDOM_MOMENT_MS: u64 = 250;

fn measure(size: Size) -> Measuring {
    measuring(killed(size.of(1_000, 100)))
}

async fn killed(rounds: u32) -> Figure {
    let mut desk = DeskSetup::new().start();
    let mut acknowledged = BTreeSet::new();
    let mut back = Vec::new();
    for _ in 0..rounds {
        let load = Load::on(desk.listener(), POSTERS);
        tokio::time::sleep(Duration::from_millis(rand::random_range(0..RANDOM_MOMENT_MS))).await;
        let begun = Instant::now();
        desk = tokio::task::spawn_blocking(move || desk.power_cut()).await.expect("it starts again");
        back.push(begun.elapsed());
        acknowledged.extend(load.end().await);
    }
    back.sort_unstable();
    let times = shown(&desk).await;
    let lost = acknowledged.iter().filter(|call| !times.contains_key(*call)).count();
    let twice = times.values().filter(|times| **times > 1).count();
    let longest = back.last().copied().unwrap_or_default();
    let middle = back.get(back.len() / 2).copied().unwrap_or_default();
    Figure {
        how: format!(
            "{rounds} kills, each within {RANDOM_MOMENT_MS} ms of {POSTERS} connections beginning to post whole calls to the same encrypted log"
        ),
        told: format!(
            "{} calls acknowledged, {lost} lost, {twice} shown twice; back after {} ms (median), {} ms (longest)",
            acknowledged.len(),
            middle.as_millis(),
            longest.as_millis()
        ),
        holds: lost == 0 && twice == 0 && longest <= BACK_WITHIN && acknowledged.len() > rounds as usize,
    }
}
