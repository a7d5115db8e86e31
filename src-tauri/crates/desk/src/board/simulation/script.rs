//! What the PBX has to tell in a world: calls of a few people, some of whom get through.

use rand::RngExt as _;
use rand::rngs::StdRng;
use serde_json::{Value, json};

/// A post as the PBX would like it to arrive.
pub(super) struct Sent {
    pub(super) entry: String,
    pub(super) path: &'static str,
    pub(super) json: String,
    pub(super) sent_ms: i64,
}

/// How a call ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ending {
    Answered,
    Missed,
}

/// Everything that happens at the PBX.
pub(super) struct Script {
    pub(super) posts: Vec<Sent>,
    endings: Vec<(String, Ending)>,
}

impl Script {
    /// A few to a few dozen calls within three hours.
    pub(super) fn generate(random: &mut StdRng, begin_ms: i64) -> Script {
        let mut script = Script { posts: Vec::new(), endings: Vec::new() };
        for call in 0..random.random_range(3..25) {
            let at = begin_ms / 1_000 + random.random_range(0..10_800);
            let ending = if random.random_bool(0.5) { Ending::Answered } else { Ending::Missed };
            let number = format!("7900555{:04}", random.random_range(0..6));
            script.call(random, &format!("entry-{call}"), &number, at, ending);
        }
        script
    }

    /// The last moment of the script.
    pub(super) fn end_ms(&self) -> i64 {
        self.posts.iter().map(|post| post.sent_ms).max().unwrap_or_default() + 60_000
    }

    pub(super) fn endings(&self) -> impl Iterator<Item = (&String, Ending)> {
        self.endings.iter().map(|(entry, ending)| (entry, *ending))
    }

    /// A call that rings at one phone after the other, until it is taken at the last or nowhere.
    fn call(&mut self, random: &mut StdRng, entry: &str, number: &str, begin: i64, ending: Ending) {
        let phones = if random.random_bool(0.3) { vec!["201", "202"] } else { vec!["201"] };
        let mut now = begin;
        let mut talked_at = 0;
        for (index, phone) in phones.iter().enumerate() {
            let mut seq = 0;
            let mut leg = |now: i64, state: &str, reason: Option<i32>| {
                seq += 1;
                let mut event = json!({
                    "entry_id": entry, "call_id": format!("{entry}-{phone}"), "timestamp": now, "seq": seq,
                    "call_state": state, "location": "abonent", "from": {"number": number},
                    "to": {"extension": phone, "number": format!("sip:{phone}"), "line_number": "74995550199", "acd_group": "300"},
                    "dct": {"type": 0},
                });
                if let Some(reason) = reason {
                    event["disconnect_reason"] = Value::from(reason);
                }
                self.posts.push(Sent {
                    entry: entry.to_owned(),
                    path: "events/call",
                    json: event.to_string(),
                    sent_ms: now * 1_000,
                });
            };
            leg(now, "Appeared", None);
            now += random.random_range(6..40);
            if index + 1 == phones.len() && ending == Ending::Answered {
                talked_at = now;
                leg(now, "Connected", None);
                for _ in 0..random.random_range(0..3) {
                    now += random.random_range(2..60);
                    leg(now, "OnHold", None);
                    now += random.random_range(2..30);
                    leg(now, "Connected", None);
                }
                now += random.random_range(3..300);
            }
            leg(now, "Disconnected", Some(1_110));
        }
        let summary = json!({
            "entry_id": entry, "call_direction": 1, "from": {"number": number}, "to": {"extension": phones.last()},
            "line_number": "74995550199", "create_time": begin, "forward_time": begin, "talk_time": talked_at,
            "end_time": now, "entry_result": i32::from(ending == Ending::Answered), "disconnect_reason": 1_110,
        });
        self.posts.push(Sent {
            entry: entry.to_owned(),
            path: "events/summary",
            json: summary.to_string(),
            sent_ms: now * 1_000 + 500,
        });
        self.endings.push((entry.to_owned(), ending));
    }
}
