//! The desk's core in ten thousand simulated worlds.

use std::process::Command;
use std::time::{Duration, Instant};

use callpop_tests::workspace;

use crate::claims::{Claim, Figure, Measuring, Size, measuring};

pub(crate) const CLAIM: Claim = Claim {
    number: "4",
    claim: "the desk's core with time, network and disk handed in: whatever breaks, it ends with what its disk tells; a seed replays exactly",
    measure,
};

const WITHIN: Duration = Duration::from_secs(600);

fn measure(size: Size) -> Measuring {
    measuring(simulated(size.of(10_000, 500)))
}

async fn simulated(seeds: u32) -> Figure {
    // Built beforehand, so that only the worlds are timed; with the packages of the measured programs, so that nothing is built twice.
    let built = run(None).await;
    let begun = Instant::now();
    let first = run(Some(seeds)).await;
    let took = begun.elapsed();
    let told = first.as_deref().and_then(figures).unwrap_or("a world ended otherwise").to_owned();
    Figure {
        how: format!(
            "{seeds} seeds of `desk::board::simulation`: posts lost, repeated and reordered, a disk that fails and heals, crashes, clock jumps and the \
             receptionists' claims; every world compared with what its log tells (a failing seed is told and replays with SEED=…)"
        ),
        told: format!("{told}; {:.0} s", took.as_secs_f32()),
        holds: built.is_some()
            && first.is_some_and(|text| text.contains(&format!("simulation: {seeds} seeds")))
            && took < WITHIN,
    }
}

fn figures(text: &str) -> Option<&str> {
    text.lines().find_map(|line| line.split_once("simulation: ").map(|(_, told)| told))
}

/// Runs the simulation with this many seeds, or only builds it; what it said, when it passed.
async fn run(seeds: Option<u32>) -> Option<String> {
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.current_dir(workspace()).args(["test", "--profile", "bench", "--quiet", "--lib"]);
    for package in ["callpop", "desk", "rehearsal", "callpop-tests"] {
        cargo.args(["--package", package]);
    }
    cargo.args(["--features", "callpop/custom-protocol"]);
    match seeds {
        None => cargo.arg("--no-run"),
        Some(seeds) => cargo.env("SEEDS", seeds.to_string()).args(["--", "board::simulation", "--nocapture"]),
    };
    let ran = tokio::task::spawn_blocking(move || cargo.output()).await.expect("cargo is waited for");
    let output = ran.expect("cargo runs");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    output.status.success().then_some(text)
}
