//! What an event costs while few calls are live, and while many are.

use std::time::Duration;

use callpop_tests::{DeskSetup, Incoming, Poster, Proven, processor_time_of, write_proof};

use crate::figures::{median, say};

const ROUNDS: usize = 5;
/// So many calls are live meanwhile.
const FEW: usize = 10;
const MANY: usize = 1_000;
/// Calls whose events are counted, from the first ring to the summary.
const CALLS: usize = 500;
/// What the design promises.
const MOST_TIMES: f64 = 1.5;

/// Measures and prints the processor time of one event.
pub(crate) async fn run(writes: bool) {
    let (mut few, mut many) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        few.push(cost(FEW).await);
        many.push(cost(MANY).await);
    }
    let (few, many) = (median(&few), median(&many));
    let ratio = many / few;
    let told = format!("{few:.0} µs with {FEW}, {many:.0} µs with {MANY}: {ratio:.2} × (≤ {MOST_TIMES})");
    say(&format!("\nProcessor time of one event while calls are live, medians of {ROUNDS} rounds in turn\n{told}"));
    if !writes {
        return;
    }
    let written = write_proof(&Proven {
        number: "15c",
        claim: "an event costs the same with a thousand live calls as with ten",
        how: &format!(
            "processor time of the desk for each of {} posts, medians of {ROUNDS} interleaved rounds",
            CALLS * 4
        ),
        figure: &told,
        holds: ratio <= MOST_TIMES,
        command: "cargo xtask bench",
    });
    if let Err(error) = written {
        say(&error);
    }
}

/// The microseconds of one event.
async fn cost(live: usize) -> f64 {
    let mut desk = DeskSetup::new().start();
    let id = desk.program().id();
    let pbx = desk.pbx();
    for number in 0..live {
        pbx.deliver(&Incoming::new(&format!("7901{number:07}")).ago(0).appeared()).await;
    }
    // A window that looks, so that what it is told costs too.
    let _feed = desk.feed().await;
    tokio::time::sleep(Duration::from_secs(1)).await;
    let before = processor_time_of(id).unwrap_or_default();
    deliver_calls(&pbx).await;
    let after = processor_time_of(id).unwrap_or_default();
    (after - before).as_secs_f64() * 1e6 / (CALLS * 4) as f64
}

async fn deliver_calls(pbx: &Poster) {
    for number in 0..CALLS {
        pbx.deliver_all(&Incoming::new(&format!("7902{number:07}")).ago(0).answered()).await;
    }
}
