//! The computer's clock is set, both ways and far.

use callpop_tests::{DeskSetup, Incoming};

use crate::claims::{Claim, Figure, measuring};

pub(crate) const CLAIM: Claim = Claim {
    number: "5c",
    claim: "clock jumps both ways, summer time, sleep: calls pop after each of them, none pops twice, none is lost",
    measure: |size| measuring(jumping(size.of(40, 12))),
};

/// By how much the clock is then off, in seconds: minutes, an hour as if somebody set the summer time by hand, half a day.
const JUMPS: [i64; 8] = [600, -600, 3_600, -3_600, 90, -90, 43_200, 0];

/// A desk whose time of day is what `FAKETIME…` says; how long things take stays true.
pub(super) fn with_another_clock(setup: DeskSetup) -> DeskSetup {
    let folders = std::fs::read_dir("/usr/lib").into_iter().flatten().flatten();
    let library =
        folders.map(|folder| folder.path().join("faketime/libfaketime.so.1")).find(|library| library.exists());
    let library = library.expect("libfaketime is installed").to_string_lossy().into_owned();
    setup.environment("LD_PRELOAD", &library).environment("DONT_FAKE_MONOTONIC", "1")
}

/// As libfaketime reads it.
fn offset(jump: i64) -> String {
    format!("{}{jump}s", if jump < 0 { "" } else { "+" })
}

async fn jumping(calls: usize) -> Figure {
    let clock = tempfile::NamedTempFile::new().expect("a file for the clock");
    let set = |jump: i64| std::fs::write(clock.path(), offset(jump)).expect("the clock is set");
    set(0);
    let path = clock.path().to_string_lossy().into_owned();
    let clock_from_a_file = [("FAKETIME_NO_CACHE", "1"), ("FAKETIME_TIMESTAMP_FILE", path.as_str())];
    let setup = with_another_clock(DeskSetup::new());
    let desk = clock_from_a_file.into_iter().fold(setup, |setup, (name, value)| setup.environment(name, value)).start();
    let (pbx, feed) = (desk.pbx(), desk.feed().await);
    let (mut all, mut late, mut twice, mut wrong_seen) = (0, 0, 0, 0);
    for jump in JUMPS {
        set(jump);
        for index in 0..calls {
            let call = Incoming::new("79005550101").ago(0);
            all += 1;
            pbx.deliver(&call.appeared()).await;
            let shown = feed.call(&call.entry, "is shown", |_| true).await;
            // The desk needs some posts to believe that it is its own clock that is off.
            late += usize::from(shown["pops"] != true && index >= calls / 2);
            pbx.deliver_all(&[call.connected(), call.disconnected(1110), call.summary(true)]).await;
            let entry = call.entry.clone();
            feed.call(&entry, "ends", |call| call["state"] == "ended" && call["outcome"] == "answered").await;
            twice += usize::from(feed.seen().pops_of(&entry) > 1);
        }
        if jump.abs() > 120 {
            // The desk's own state is told once in a while.
            feed.until("the clock is called wrong", |seen| (seen.desk["clock"]["wrong"] == true).then_some(())).await;
            wrong_seen += 1;
        }
    }
    let off = JUMPS.iter().filter(|jump| jump.abs() > 120).count();
    let after = desk.restart();
    let known = super::load::shown(&after).await.len();
    Figure {
        how: format!(
            "the desk's clock set by libfaketime while it runs ({} jumps of 90 s to 12 h, both ways), {calls} calls after each; sleep is a jump \
             forward for a program; times of day are shown by the clinic's zone and stored in UTC, so summer time itself moves nothing",
            JUMPS.len()
        ),
        told: format!(
            "{all} calls: {late} of the later half after a jump did not pop, {twice} popped twice, {known} kept; the clock was called wrong after {wrong_seen} of {off} long jumps"
        ),
        holds: late == 0 && twice == 0 && known == all && wrong_seen == off,
    }
}
