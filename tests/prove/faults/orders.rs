//! The PBX's posts in every order and many times over.

use std::collections::BTreeSet;

use callpop_tests::{DeskSetup, Event, FeedClient, Poster, Story, patience};
use futures_util::StreamExt as _;
use rand::rngs::StdRng;
use rand::seq::SliceRandom as _;
use rand::{RngExt as _, SeedableRng as _};
use serde_json::Value;

use crate::claims::{Claim, Figure, Measuring, Size, measuring};

pub(crate) const CLAIM: Claim = Claim {
    number: "3a",
    claim: "posts in any order and 1 to 10 times each leave the same picture, at most one pop and at most one row of missed calls",
    measure,
};

/// The typical sequences of the PBX.
const STORIES: [&str; 9] = ["5-1", "5-2", "5-3", "5-4", "5-5", "5-6", "5-7", "5-8", "5-9"];
/// How often one post may come.
const MOST_TIMES: u32 = 10;
/// Stories at once.
const AT_ONCE: usize = 8;
const SEED: u64 = 20_261_129;

fn measure(size: Size) -> Measuring {
    measuring(shuffled(size.of(240, 24)))
}

async fn shuffled(orders: usize) -> Figure {
    let desk = DeskSetup::new().start();
    let (pbx, feed) = (desk.pbx(), desk.feed().await);
    let mut random = StdRng::seed_from_u64(SEED);
    let (mut told, mut posts, mut failures) = (0, 0, Vec::new());
    let mut caller = 0;
    for name in STORIES {
        let in_order = told_by(name, &mut caller);
        pbx.deliver_all(&in_order.story.events).await;
        let wanted = settled(&feed, &in_order, None).await;
        let runs: Vec<(Told, Vec<Event>)> = (0..orders)
            .map(|_| {
                let told = told_by(name, &mut caller);
                let events = told.story.events.clone();
                let mut posts: Vec<Event> = events
                    .iter()
                    .flat_map(|event| std::iter::repeat_n(event.clone(), random.random_range(1..=MOST_TIMES) as usize))
                    .collect();
                posts.shuffle(&mut random);
                (told, posts)
            })
            .collect();
        let results =
            futures_util::stream::iter(runs.iter().map(|(told, posts)| one(&pbx, &feed, told, posts, &wanted)));
        let results: Vec<Option<String>> = results.buffer_unordered(AT_ONCE).collect().await;
        told += runs.len();
        posts += runs.iter().map(|(_, posts)| posts.len()).sum::<usize>();
        failures.extend(results.into_iter().flatten().map(|why| format!("{name}: {why}")));
    }
    for failure in failures.iter().take(5) {
        crate::proving::say(&format!("   {failure}"));
    }
    Figure {
        how: format!(
            "the {} sequences of the PBX's description, {orders} random orders of each (seed {SEED}), every post 1 to {MOST_TIMES} times, \
             signed and posted to the encrypted desk, {AT_ONCE} calls at once; compared with the sequence in order",
            STORIES.len()
        ),
        told: format!(
            "{told} calls out of {posts} posts: {} with another picture, a second pop or a second row",
            failures.len()
        ),
        holds: failures.is_empty() && told == orders * STORIES.len(),
    }
}

/// A story of a caller of its own.
struct Told {
    story: Story,
    number: String,
}

fn told_by(name: &str, caller: &mut u32) -> Told {
    *caller += 1;
    let number = format!("7905{caller:07}");
    Told { story: Story::load(name).of_caller(&number), number }
}

/// Posts one story so; tells what is not as it should be.
async fn one(pbx: &Poster, feed: &FeedClient, told: &Told, posts: &[Event], wanted: &Value) -> Option<String> {
    pbx.deliver_all(posts).await;
    let picture = settled(feed, told, Some(wanted)).await;
    if picture != *wanted {
        return Some(format!("{picture} instead of {wanted}"));
    }
    let seen = feed.seen();
    let pops = seen.pops_of(&told.story.entry);
    let number = format!("+{}", told.number);
    let rows: BTreeSet<&str> = seen
        .missed
        .values()
        .filter(|row| row["number"] == number.as_str())
        .filter_map(|row| row["id"].as_str())
        .collect();
    (pops > 1 || rows.len() > 1).then(|| format!("{pops} pops, {} rows", rows.len()))
}

/// How the call looks once it looks as wanted, or after a while all the same.
async fn settled(feed: &FeedClient, told: &Told, wanted: Option<&Value>) -> Value {
    let until = tokio::time::Instant::now() + patience();
    loop {
        let picture = feed.seen().calls.get(&told.story.entry).map(|call| comparable(call, told));
        let is_settled = match (&picture, wanted) {
            (Some(picture), Some(wanted)) => picture == wanted,
            (Some(picture), None) => picture["state"] == "ended",
            (None, _) => false,
        };
        if is_settled || tokio::time::Instant::now() > until {
            // One that nobody compares with is given the time to settle.
            if wanted.is_none() {
                tokio::time::sleep(std::time::Duration::from_millis(300)).await;
                return feed.seen().calls.get(&told.story.entry).map_or(Value::Null, |call| comparable(call, told));
            }
            return picture.unwrap_or(Value::Null);
        }
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
}

/// A call's picture without what is this very call's: its ids, its moments, its caller's number.
fn comparable(call: &Value, told: &Told) -> Value {
    let mut call = call.clone();
    let Some(fields) = call.as_object_mut() else { return call };
    for own in ["id", "number", "number_display", "card", "place", "legs", "recordings"] {
        let value = fields.remove(own);
        if own == "legs" {
            let legs = value.as_ref().and_then(Value::as_array).into_iter().flatten();
            let mut legs: Vec<String> =
                legs.map(|leg| format!("{} {} {}", leg["extension"], leg["state"], leg["location"])).collect();
            legs.sort();
            fields.insert(own.to_owned(), legs.into());
        }
    }
    for value in fields.values_mut() {
        let moment = value.as_str().and_then(|text| text.parse::<jiff::Timestamp>().ok());
        if let Some(moment) = moment {
            *value = (moment.as_second() - told.story.began).into();
        }
    }
    call
}
