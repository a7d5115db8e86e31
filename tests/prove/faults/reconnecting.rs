//! Windows that lose the desk and come back, and one that hangs.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use callpop_tests::{
    Desk, DeskSetup, FEED_TOKEN, FeedClient, Incoming, Seen, Socket, connect_raw, hello, patience, quantile,
};
use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::Value;
use tokio_tungstenite::tungstenite::Message;

use super::load::Load;
use crate::claims::{Claim, Figure, Measuring, Size, measuring};

pub(crate) const LOST: Claim = Claim {
    number: "5a",
    claim: "a window that loses the desk in the middle of calls and comes back, or is loaded anew, has the same picture as one that never left",
    measure: |size| measuring(lost(size.of(300, 30))),
};

pub(crate) const HANGING: Claim = Claim {
    number: "5b",
    claim: "a window that hangs does not hold up the desk: the others are told as fast, and it is sent away",
    measure: hanging,
};

/// Connections that post at once.
const POSTERS: usize = 2;
/// What a window that reads nothing may cost the others: p99 beside it, against p99 without it.
const MOST_RATIO: f64 = 2.0;

/// What a window remembers when its link breaks.
#[derive(Default)]
struct Kept {
    epoch: String,
    seq: u64,
    /// The last change that a snapshot had in it: of what changed later, nothing may be missing. A snapshot itself has the
    /// newest 500 calls of today.
    whole_since: u64,
    calls: BTreeMap<String, Value>,
    missed: BTreeMap<String, Value>,
}

impl Kept {
    fn apply(&mut self, frame: &Value) {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let kind = frame["type"].as_str();
        match kind {
            Some("snapshot") => {
                let by_id = |list: &Value| -> BTreeMap<String, Value> {
                    list.as_array().into_iter().flatten().map(|item| (text(&item["id"]), item.clone())).collect()
                };
                self.epoch = text(&frame["epoch"]);
                self.whole_since = frame["seq"].as_u64().unwrap_or(0);
                self.calls = by_id(&frame["calls"]);
                self.missed = by_id(&frame["missed"]);
            }
            Some("call") => drop(self.calls.insert(text(&frame["call"]["id"]), frame["call"].clone())),
            Some("missed") => drop(self.missed.insert(text(&frame["missed"]["id"]), frame["missed"].clone())),
            Some("gone") if frame["kind"] == "call" => drop(self.calls.remove(&text(&frame["id"]))),
            Some("gone") if frame["kind"] == "missed" => drop(self.missed.remove(&text(&frame["id"]))),
            _ => {}
        }
        if kind != Some("resumed")
            && let Some(seq) = frame["seq"].as_u64()
        {
            self.seq = seq;
        }
    }

    /// In how much this differs from what a window knows that never left.
    fn differences(&self, steady: &Seen) -> usize {
        let others = self.calls.iter().filter(|(id, call)| steady.calls.get(*id) != Some(*call)).count();
        let changed = steady
            .frames
            .iter()
            .filter(|frame| frame["type"] == "call" && frame["seq"].as_u64().is_some_and(|seq| seq > self.whole_since));
        let missing: BTreeSet<&str> = changed
            .filter_map(|frame| frame["call"]["id"].as_str())
            .filter(|id| steady.calls.contains_key(*id) && !self.calls.contains_key(*id))
            .collect();
        others + missing.len() + usize::from(self.missed != steady.missed)
    }

    async fn read_for(&mut self, socket: &mut Socket, time: Duration) {
        let until = tokio::time::Instant::now() + time;
        while let Ok(Some(Ok(message))) = tokio::time::timeout_at(until, socket.next()).await {
            if let Message::Text(text) = message {
                self.apply(&text.parse().expect("a frame is JSON"));
            }
        }
    }
}

async fn lost(times: u32) -> Figure {
    let desk = DeskSetup::new().start();
    let steady = desk.feed().await;
    let load = Load::on(desk.listener(), POSTERS);
    let (mut kept, mut anew) = (Kept::default(), 0);
    for time in 0..times {
        // Every fifth time the page is loaded anew and knows nothing.
        if time % 5 == 4 {
            kept = Kept::default();
            anew += 1;
        }
        let since = (!kept.epoch.is_empty()).then(|| (kept.epoch.clone(), kept.seq));
        let mut socket = opened(&desk, since.as_ref().map(|(epoch, seq)| (epoch.as_str(), *seq))).await;
        kept.read_for(&mut socket, Duration::from_millis(rand::random_range(1..60))).await;
        // Dropped without a word, as a cable is pulled.
        drop(socket);
        tokio::time::sleep(Duration::from_millis(rand::random_range(0..40))).await;
    }
    let posted = load.end().await.len();
    let since = (kept.epoch.clone(), kept.seq);
    let mut socket = opened(&desk, Some((&since.0, since.1))).await;
    let until = Instant::now() + patience();
    let same = loop {
        kept.read_for(&mut socket, Duration::from_millis(300)).await;
        let differing = kept.differences(&steady.seen());
        if differing == 0 || Instant::now() > until {
            break differing;
        }
    };
    Figure {
        how: format!(
            "{times} losses of the link at random moments while {posted} calls were posted, {anew} of them with a page that knows nothing; compared with a window that stayed"
        ),
        told: format!("{same} of {} calls differ", kept.calls.len()),
        holds: same == 0 && !kept.calls.is_empty() && posted > times as usize,
    }
}

async fn opened(desk: &Desk, since: Option<(&str, u64)>) -> Socket {
    let mut socket = connect_raw(desk.feed_url(), &[]).await.expect("the feed opens");
    socket.send(Message::text(hello(FEED_TOKEN, since).to_string())).await.expect("hello is said");
    socket
}

fn hanging(size: Size) -> Measuring {
    measuring(beside_a_hanging_window(size.of(5, 2), size.of(400, 100)))
}

async fn beside_a_hanging_window(rounds: u32, posts: usize) -> Figure {
    let desk = DeskSetup::new().start();
    let feed = desk.feed().await;
    let (mut ratios, mut sent_away) = (Vec::new(), 0);
    told_within(&desk, &feed, posts).await;
    for _ in 0..rounds {
        let quiet = told_within(&desk, &feed, posts).await;
        let mut windows = Vec::new();
        for _ in 0..4 {
            windows.push(opened(&desk, None).await);
        }
        let beside = told_within(&desk, &feed, posts).await;
        ratios.push(beside / quiet);
        // No pong within 10 s, or more frames than are held for it: the desk closes the connection.
        let until = Instant::now() + Duration::from_secs(25);
        tokio::time::sleep(Duration::from_secs(16)).await;
        for mut window in windows {
            let is_closed = async {
                while let Some(message) = window.next().await {
                    if !matches!(message, Ok(Message::Text(_) | Message::Ping(_) | Message::Pong(_))) {
                        break;
                    }
                }
            };
            sent_away += u32::from(tokio::time::timeout_at(until.into(), is_closed).await.is_ok());
        }
    }
    let ratio = quantile(&mut ratios, 0.5);
    Figure {
        how: format!(
            "4 windows that say hello and never read, beside one that reads; {posts} posts one after the other, {rounds} rounds in turn with and without them"
        ),
        told: format!(
            "post to frame p99 {ratio:.2} x that without them (median); {sent_away} of {} sent away",
            rounds * 4
        ),
        holds: ratio <= MOST_RATIO && sent_away == rounds * 4,
    }
}

/// p99 of the time from a post to its frame, in ms.
async fn told_within(desk: &Desk, feed: &FeedClient, posts: usize) -> f64 {
    let pbx = desk.pbx();
    let mut times = Vec::with_capacity(posts);
    for _ in 0..posts {
        let call = Incoming::new("79005550101").ago(0);
        let begun = Instant::now();
        let told = feed.call(&call.entry, "is told", |_| true);
        let event = call.appeared();
        let (_, ()) = tokio::join!(told, pbx.deliver(&event));
        times.push(begun.elapsed().as_secs_f64() * 1_000.0);
    }
    quantile(&mut times, 0.99)
}
