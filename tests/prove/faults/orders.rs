//! The PBX's posts in every order and many times over.

use callpop_tests::{Desk, DeskSetup, Event, FeedClient, Poster, Story, unique};
use futures_util::StreamExt as _;
use rand::rngs::StdRng;
use rand::seq::SliceRandom as _;
use rand::{RngExt as _, SeedableRng as _};
use serde_json::{Value, json};

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
    let pbx = desk.pbx();
    let mut random = StdRng::seed_from_u64(SEED);
    let (mut told, mut posts, mut failures) = (0, 0, Vec::new());
    let mut caller = 0;
    for name in STORIES {
        // Each has a window of its own: one that saw all of them would look through all of them.
        let feed = desk.feed().await;
        let in_order = told_by(name, &mut caller);
        pbx.deliver_all(&in_order.events).await;
        let wanted = picture(&feed, &in_order).await;
        assert!(wanted["state"].is_string(), "{name} in order is told");
        let runs: Vec<(Story, Vec<Event>)> = (0..orders)
            .map(|_| {
                let story = told_by(name, &mut caller);
                let times = |_: &Event| random.random_range(1..=MOST_TIMES) as usize;
                let mut posts: Vec<Event> = repeated(&story.events, times);
                posts.shuffle(&mut random);
                (story, posts)
            })
            .collect();
        let results = runs.iter().map(|(story, posts)| one(&pbx, &feed, story, posts, &wanted));
        let results: Vec<Option<String>> =
            futures_util::stream::iter(results).buffer_unordered(AT_ONCE).collect().await;
        told += runs.len();
        posts += runs.iter().map(|(_, posts)| posts.len()).sum::<usize>();
        failures.extend(results.into_iter().flatten().map(|why| format!("{name}: {why}")));
        failures.extend(numbers_with_two_rows(&desk).await.into_iter().map(|number| format!("{name}: {number} twice")));
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
fn told_by(name: &str, caller: &mut u32) -> Story {
    *caller += 1;
    Story::load(name).of_caller(&format!("7905{caller:07}"))
}

/// Whose missed calls stand in more than one row.
async fn numbers_with_two_rows(desk: &Desk) -> Vec<String> {
    let rows = desk.feed().await.seen().missed.clone();
    let mut numbers: Vec<String> = rows.values().map(|row| row["number"].to_string()).collect();
    numbers.sort_unstable();
    numbers.chunk_by(|one, other| one == other).filter(|rows| rows.len() > 1).map(|rows| rows[0].clone()).collect()
}

fn repeated(events: &[Event], mut times: impl FnMut(&Event) -> usize) -> Vec<Event> {
    events.iter().flat_map(|event| std::iter::repeat_n(event.clone(), times(event))).collect()
}

/// Posts one story so; tells what is not as it should be.
async fn one(pbx: &Poster, feed: &FeedClient, story: &Story, posts: &[Event], wanted: &Value) -> Option<String> {
    pbx.deliver_all(posts).await;
    let picture = picture(feed, story).await;
    if picture != *wanted {
        return Some(format!("{picture} instead of {wanted}"));
    }
    let pops = feed.seen().pops_of(&story.entry);
    (pops > 1).then(|| format!("{pops} pops"))
}

/// How the call looks once all of its posts have had their effect: whatever is asked after them is answered after them.
async fn picture(feed: &FeedClient, story: &Story) -> Value {
    let id = unique("barrier");
    feed.send(&json!({"type": "request", "id": id, "do": "nothing of the kind", "with": {}}));
    feed.until("what was posted is told", |seen| seen.replies.get(&id).map(|_| ())).await;
    feed.seen().calls.get(&story.entry).map_or(Value::Null, |call| comparable(call, story))
}

/// A call's picture without what is this very call's: its ids, its moments, its caller's number.
fn comparable(call: &Value, story: &Story) -> Value {
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
            *value = (moment.as_second() - story.began).into();
        }
    }
    call
}
