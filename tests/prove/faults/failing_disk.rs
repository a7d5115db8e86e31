//! A disk that takes nothing: full, read-only, broken.

use callpop_tests::{DeskSetup, Incoming};
use reqwest::StatusCode;

use super::load::shown;
use crate::claims::{Claim, Figure, Measuring, Size, measuring};

pub(crate) const CLAIM: Claim = Claim {
    number: "2c",
    claim: "disk full, read-only or broken: the PBX gets 503, the call pops all the same, a notice says so, nothing acknowledged is lost",
    measure,
};

/// What the system answers when the log is written.
const FAULTS: [(&str, &str); 4] = [
    ("full", "inject=pwrite64:error=ENOSPC"),
    ("read-only", "inject=pwrite64:error=EROFS"),
    ("broken", "inject=pwrite64:error=EIO"),
    ("broken at its sync", "inject=fdatasync,fsync:error=EIO"),
];

fn measure(size: Size) -> Measuring {
    measuring(failing(size.of(10, 2)))
}

async fn failing(times: u32) -> Figure {
    let (mut rounds, mut faults) = (0, Vec::new());
    for (name, fault) in FAULTS {
        for time in 0..times {
            rounds += 1;
            // The first writes of a start succeed; it fails at another moment each time.
            let from = if name == "broken at its sync" { 8 + 3 * time } else { 120 + 17 * time };
            if let Err(why) = one(&format!("{fault}:when={from}+")).await {
                faults.push(format!("{name} from write {from}: {why}"));
            }
        }
    }
    for fault in faults.iter().take(5) {
        crate::proving::say(&format!("   {fault}"));
    }
    Figure {
        how: format!(
            "{rounds} desks whose system calls for the log fail from some moment on (strace's fault injection: ENOSPC, EROFS, EIO of writes, EIO of syncs, \
             {times} moments each), posted to until they fail; then started again on a healthy disk"
        ),
        told: format!(
            "{} of {rounds} answered 503, popped, told of it and kept what was acknowledged",
            rounds as usize - faults.len()
        ),
        holds: faults.is_empty(),
    }
}

/// Posts to a desk whose disk fails; what is not as it should be.
async fn one(fault: &str) -> Result<(), String> {
    let strace = ["strace", "-D", "-f", "-qq", "-e", "trace=pwrite64,fdatasync,fsync", "-e", fault, "-o", "/dev/null"];
    // The log is there already: a disk that fails while it is made is another story.
    let (_, home) = DeskSetup::new().start().stop();
    let desk = DeskSetup::new().under(&strace).start_in(home);
    let (pbx, feed) = (desk.pbx(), desk.feed().await);
    let mut acknowledged = Vec::new();
    let refused = loop {
        let call = Incoming::new("79005550101").ago(0);
        match pbx.post(&call.appeared()).await {
            StatusCode::OK => acknowledged.push(call.entry),
            StatusCode::SERVICE_UNAVAILABLE => break call,
            other => return Err(format!("the PBX got {other}")),
        }
        if acknowledged.len() > 2_000 {
            return Err("the disk never failed".to_owned());
        }
    };
    feed.call(&refused.entry, "pops though it is not kept", |call| call["pops"] == true).await;
    feed.until("the log is said to fail", |seen| (seen.desk["log_failing"] == true).then_some(())).await;
    let next = Incoming::new("79005550102").ago(0);
    let status = pbx.post(&next.appeared()).await;
    if status != StatusCode::SERVICE_UNAVAILABLE {
        return Err(format!("the next post got {status}"));
    }
    feed.call(&next.entry, "pops too", |call| call["pops"] == true).await;

    let (_, home) = desk.stop();
    let again = DeskSetup::new().start_in(home);
    let known = shown(&again).await;
    let live = again.feed().await.seen().calls.clone();
    let lost = acknowledged.iter().filter(|entry| !known.contains_key(*entry) && !live.contains_key(*entry)).count();
    if lost > 0 {
        return Err(format!("{lost} of {} acknowledged calls are lost", acknowledged.len()));
    }
    let status = again.pbx().post(&next.appeared()).await;
    if status == StatusCode::OK { Ok(()) } else { Err(format!("on a healthy disk the post got {status}")) }
}
