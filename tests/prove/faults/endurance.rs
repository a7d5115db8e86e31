//! A day's and a night's worth of posts.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use callpop_tests::{Desk, DeskSetup, Incoming, Poster, resident_kib};

use crate::claims::{Claim, Figure, measuring};

pub(crate) const CLAIM: Claim = Claim {
    number: "5d",
    claim: "8 hours' worth of posts at 50 a second: memory grows by at most 5 % once warm, no handle is left open",
    measure: |size| measuring(enduring(size.of(1_440_000, 20_000))),
};

const CONNECTIONS: usize = 32;
/// Calls that live at once on each connection, so that the desk always has some.
const LIVING: usize = 4;
/// How often is looked.
const PARTS: usize = 6;
const MOST_GROWTH: f64 = 1.05;

async fn enduring(posts: usize) -> Figure {
    let mut desk = DeskSetup::new().start();
    let process = desk.program().id();
    let begun = Instant::now();
    // The day's first part fills what is held of a day: the newest calls, the caches.
    let warming = posts / 4;
    let mut posted = posted_by(&desk, warming).await;
    let warm = settled(process).await;
    let mut most = warm;
    for _ in 0..PARTS {
        posted += posted_by(&desk, (posts - warming) / PARTS).await;
        let now = settled(process).await;
        most = (most.0.max(now.0), most.1.max(now.1));
    }
    let growth = most.0 as f64 / warm.0.max(1) as f64;
    Figure {
        how: format!(
            "{posted} posts of whole calls on {CONNECTIONS} connections as fast as they are acknowledged ({:.0} s), durable and encrypted; resident              memory and open handles after the first quarter, and the most of {PARTS} looks after it",
            begun.elapsed().as_secs_f32()
        ),
        told: format!(
            "{} MB, at most {} MB ({growth:.3} x); {} handles, at most {}",
            warm.0 / 1_024,
            most.0 / 1_024,
            warm.1,
            most.1
        ),
        holds: growth <= MOST_GROWTH && most.1 <= warm.1 && posted >= posts / 10 * 9,
    }
}

/// Posts so many events; returns how many it were.
async fn posted_by(desk: &Desk, posts: usize) -> usize {
    let posters = (0..CONNECTIONS).map(|_| tokio::spawn(post(desk.pbx(), posts / CONNECTIONS)));
    let counts = futures_util::future::join_all(posters).await;
    counts.into_iter().map(|count| count.expect("a poster does not panic")).sum()
}

/// Memory in KiB and open handles, once the connections are closed.
async fn settled(process: u32) -> (u64, usize) {
    tokio::time::sleep(Duration::from_secs(20)).await;
    (resident_kib(process), handles(process))
}

fn handles(process: u32) -> usize {
    std::fs::read_dir(format!("/proc/{process}/fd")).map_or(0, Iterator::count)
}

async fn post(pbx: Poster, posts: usize) -> usize {
    let mut living: VecDeque<Incoming> = VecDeque::new();
    let mut posted = 0;
    while posted < posts {
        let call = Incoming::new("79005550101").ago(0);
        pbx.deliver(&call.appeared()).await;
        living.push_back(call);
        posted += 1;
        if living.len() > LIVING
            && let Some(oldest) = living.pop_front()
        {
            pbx.deliver_all(&[oldest.connected(), oldest.disconnected(1110), oldest.summary(true)]).await;
            posted += 3;
        }
    }
    posted
}
