//! A whole day of a reception, played by the simulated PBX: two desks ring back who was missed, and at the end history,
//! missed calls and the numbers of the day are what an independent count of the posts says.

/// What the desk says of the day, beside the count.
mod agreement;
/// The day itself: who calls when, and who rings back.
pub(crate) mod played;

use std::time::Duration;

use callpop_tests::{DeskSetup, Simulator};
use played::{Day, NEVER_TOO_SHORT};

/// The day of `CALLPOP_DAY_CALLS` calls in `CALLPOP_DAY_S` seconds; `cargo xtask day` plays 1,500 in ten minutes.
#[tokio::test(flavor = "multi_thread")]
async fn history_missed_and_numbers_agree_with_a_count_of_the_posts() {
    let day = Day::wanted(1_500, Duration::from_secs(60));
    let address = Simulator::free_address();
    let desk = DeskSetup::new()
        .set("desk.pop", r#""all""#)
        .set("missed.ignore_under_s", &NEVER_TOO_SHORT.to_string())
        .commands_to(&Simulator::base(&address))
        .start();
    let journal = desk.home().join("posts.jsonl");
    let simulator = day.simulator(desk.listener(), &address, &journal).await;
    let feeds = [desk.feed_as("201", &["300"], "all").await, desk.feed_as("202", &["300"], "all").await];

    let rung_back = day.play(&simulator, &feeds).await;
    assert!(rung_back > 0, "somebody was rung back");
    day.until_over(&feeds).await;
    simulator.stop();

    let counted = agreement::count(&journal);
    agreement::of_calls(&feeds[0], &counted).await;
    agreement::of_missed(&feeds, &counted);
    agreement::of_numbers(&feeds[1], &counted).await;
}
