use std::path::Path;
use std::time::{Duration, Instant};

use callpop_tests::{FeedClient, Simulator, patience};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use serde_json::{Value, json};

/// Time passes faster than in life, so no call is too short to count.
pub(crate) const NEVER_TOO_SHORT: u32 = 0;
/// The calls of one day are the same in every run.
const SEED: u64 = 20_261_124;
/// How many people call the clinic in a day: most of them more than once, as people do who were not answered.
const CALLERS: u32 = 500;
/// How long the longest of the calls lasts in life.
const LONGEST_S: f64 = 100.0;
/// How often a desk looks whom to ring back: the PBX takes 4 such commands a second.
const RING_BACK_EVERY: Duration = Duration::from_millis(700);

/// Kinds of calls and how many of a hundred are of it.
const MIXTURE: [(&str, u32); 12] = [
    ("ivr-group-answer", 36),
    ("missed", 24),
    ("abandoned", 6),
    ("queue", 6),
    ("serial", 5),
    ("several-devices", 4),
    ("outgoing", 6),
    ("internal", 3),
    ("hidden", 2),
    ("blind-transfer", 3),
    ("consultative-transfer", 2),
    ("disorder", 3),
];

/// How much of a day, and how fast.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Day {
    calls: u32,
    within: Duration,
    /// By which the PBX makes up its calls: two days of one seed are the same calls.
    seed: u32,
}

impl std::fmt::Display for Day {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{} calls in {:.0} s", self.calls, self.within.as_secs_f64())
    }
}

impl Day {
    /// As the environment wants it, or else this.
    pub(crate) fn wanted(calls: u32, within: Duration) -> Day {
        let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse().ok());
        Day {
            calls: number("CALLPOP_DAY_CALLS").unwrap_or(calls),
            within: number("CALLPOP_DAY_S").map_or(within, |seconds| Duration::from_secs(seconds.into())),
            seed: 7,
        }
    }

    /// What the desk has behind it when its session is looked at: so many calls (`CALLPOP_DAY_BEFORE`), twice as fast.
    pub(crate) fn before(&self) -> Day {
        let calls =
            std::env::var("CALLPOP_DAY_BEFORE").ok().and_then(|text| text.parse().ok()).unwrap_or(self.calls / 5);
        let in_life = self.within.mul_f64(f64::from(calls) / f64::from(self.calls));
        Day { calls, within: in_life / 2, seed: self.seed + 1 }
    }

    /// How long the phones rest after it, for a look at what is left of it.
    pub(crate) fn rest(&self) -> Duration {
        self.within / 5
    }

    /// The PBX of that day: as many calls live at once as at a busy reception, whatever the length of the day.
    pub(crate) async fn simulator(&self, target: &str, address: &str, journal: &Path) -> Simulator {
        const LIVE_AT_ONCE: f64 = 12.0;
        let a_second = f64::from(self.calls) / self.within.as_secs_f64();
        let speed = (LONGEST_S * a_second / LIVE_AT_ONCE).max(1.0).to_string();
        let journal = journal.display().to_string();
        let seed = self.seed.to_string();
        let arguments = ["--speed", &speed, "--talk", "60", "--seed", &seed, "--journal", &journal, "--lenient"];
        Simulator::start(target, address, &arguments).await
    }

    /// Plays the calls, one after the other at an even pace, while the desks ring back; returns how many they rang.
    pub(crate) async fn play(&self, simulator: &Simulator, desks: &[FeedClient]) -> usize {
        let mut random = StdRng::seed_from_u64(SEED);
        let began = Instant::now();
        let mut rung_back = 0;
        let mut next_look = RING_BACK_EVERY;
        for number in 0..self.calls {
            let due = self.within.mul_f64(f64::from(number) / f64::from(self.calls));
            tokio::time::sleep_until((began + due).into()).await;
            let caller = 79_005_550_000_u64 + u64::from(random.random_range(0..CALLERS));
            simulator.direct(&format!("play/{}?number={caller}", kind(&mut random))).await;
            if due >= next_look && !desks.is_empty() {
                next_look = due + RING_BACK_EVERY;
                rung_back += usize::from(ring_somebody_back(&desks[rung_back % desks.len()]).await);
            }
        }
        rung_back
    }

    /// Waits until every call has ended, and every row said how.
    pub(crate) async fn until_over(&self, desks: &[FeedClient]) {
        for desk in desks {
            desk.until_within(patience() * 6, "the day is over", |seen| {
                let live = seen.calls.values().filter(|call| call["state"] != "ended").count();
                let dialling = seen.dials.values().any(|dial| !["done", "failed"].contains(&word(&dial["state"])));
                (live == 0 && !dialling).then_some(())
            })
            .await;
        }
    }
}

fn kind(random: &mut StdRng) -> &'static str {
    let all: u32 = MIXTURE.iter().map(|(_, share)| share).sum();
    let mut drawn = random.random_range(0..all);
    for (name, share) in MIXTURE {
        if drawn < share {
            return name;
        }
        drawn -= share;
    }
    MIXTURE[0].0
}

/// Takes the row that waits longest and that nobody is on; false when there is none.
async fn ring_somebody_back(desk: &FeedClient) -> bool {
    let row: Option<Value> = {
        let seen = desk.seen();
        let mut waiting: Vec<&Value> = seen
            .missed
            .values()
            .filter(|row| row["closed"].is_null() && row["claimed_by"].is_null() && !row["number"].is_null())
            .collect();
        waiting.sort_by_key(|row| row["first_at"].as_str().map(str::to_owned));
        waiting.first().map(|row| (*row).clone())
    };
    let Some(row) = row else { return false };
    desk.ok("claim_missed", json!({"missed": row["id"]})).await;
    // The PBX may be busy; a receptionist tries again later.
    let reply = desk.request("dial", json!({"number": row["number"]})).await;
    reply["error"].is_null()
}

fn word(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}
