//! Signed posts that somebody kept and posts again.

use callpop_tests::{DeskSetup, Incoming};
use reqwest::StatusCode;
use serde_json::Value;

use super::clock::with_another_clock;
use crate::claims::{Claim, Figure, Measuring, Size, measuring};

pub(crate) const CLAIM: Claim = Claim {
    number: "3b",
    claim: "signed posts that are posted again a month later have no effect: no pop, no row of missed calls, no change",
    measure,
};

/// What is posted again within these days is still known; older days are deleted, calls and all.
const LATER: &str = "+31d";

fn measure(size: Size) -> Measuring {
    measuring(replayed(size.of(200, 30)))
}

async fn replayed(calls: u32) -> Figure {
    let desk = DeskSetup::new().start();
    let pbx = desk.pbx();
    let told: Vec<Incoming> = (0..calls).map(|index| Incoming::new(&format!("7905{index:07}")).ago(0)).collect();
    let mut bodies = Vec::new();
    for call in &told {
        let events = if call.number.as_deref().is_some_and(|number| number.ends_with('0')) {
            call.unanswered()
        } else {
            call.answered()
        };
        for event in events {
            bodies.push((event.path.clone(), pbx.signed(&event.json.to_string())));
        }
    }
    for (path, body) in &bodies {
        assert_eq!(pbx.post_body(path, body.clone()).await.status(), StatusCode::OK);
    }
    let before = calls_of(&desk.feed().await).await;
    let (_, home) = desk.stop();

    let later = with_another_clock(DeskSetup::new()).environment("FAKETIME", LATER).start_in(home);
    let feed = later.feed().await;
    let pbx = later.pbx();
    let mut accepted = 0;
    for (path, body) in &bodies {
        accepted += u32::from(pbx.post_body(path, body.clone()).await.status() == StatusCode::OK);
    }
    let is_a_month_later = says_later(&later.log());
    let seen = feed.seen().frames.clone();
    let effects =
        seen.iter().filter(|frame| matches!(frame["type"].as_str(), Some("call" | "missed" | "gone"))).count();
    let pops: usize = told.iter().map(|call| feed.seen().pops_of(&call.entry)).sum();
    let after = calls_of(&feed).await;
    Figure {
        how: format!(
            "{calls} calls ({} signed posts) kept byte for byte; the desk started again on its log with its clock {LATER} (libfaketime), and all of them posted again",
            bodies.len()
        ),
        told: format!(
            "{accepted} answered 200; {effects} changes on the feed, {pops} pops, history {}",
            if before == after { "the same" } else { "another" }
        ),
        holds: is_a_month_later && accepted as usize == bodies.len() && effects == 0 && pops == 0 && before == after,
    }
}

/// The history as a text, to be compared.
async fn calls_of(feed: &callpop_tests::FeedClient) -> Vec<Value> {
    let mut calls = Vec::new();
    let mut before = Value::Null;
    loop {
        let page = feed.ok("history", serde_json::json!({"before": before, "limit": 500})).await;
        calls.extend(page["calls"].as_array().into_iter().flatten().cloned());
        before = page["next"].clone();
        if before.is_null() {
            calls.sort_by_key(|call| call["id"].to_string());
            return calls;
        }
    }
}

/// Whether the program's own log is written a month from now.
fn says_later(log: &str) -> bool {
    let written: Option<jiff::Timestamp> =
        log.lines().rev().find_map(|line| line.split_whitespace().next()?.parse().ok());
    written.is_some_and(|written| written.duration_since(jiff::Timestamp::now()).as_hours() > 30 * 24)
}
