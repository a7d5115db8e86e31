//! Everybody anew: records are packed as they come, and ordered in the end.

use std::sync::Arc;

use super::shard::{Entry, Head, Numbers, People, push};
use super::{Number, Record, SHARDS, Snapshot, key_of, shard_of_key, shard_of_number};

/// A snapshot in the making.
pub(super) struct Builder {
    people: Vec<People>,
    numbers: Vec<Vec<(Number, u64)>>,
}

impl Default for Builder {
    fn default() -> Self {
        let people = std::iter::repeat_with(People::default).take(SHARDS).collect();
        Builder { people, numbers: vec![Vec::new(); SHARDS] }
    }
}

impl Builder {
    pub(super) fn push(&mut self, record: &Record) {
        let key = key_of(&record.id);
        if let Some(shard) = self.people.get_mut(shard_of_key(key))
            && let Ok(start) = u32::try_from(shard.bytes.len())
        {
            shard.heads.push(Head { key, start });
            push(&mut shard.bytes, record);
        }
        for number in &record.numbers {
            if let Some(shard) = self.numbers.get_mut(shard_of_number(*number)) {
                shard.push((*number, key));
            }
        }
    }

    pub(super) fn finish(self) -> Snapshot {
        let people: Vec<Arc<People>> = self.people.into_iter().map(|shard| Arc::new(ordered(shard))).collect();
        let numbers = self.numbers.into_iter().map(|mut shard| {
            shard.sort_unstable();
            shard.dedup();
            shard.shrink_to_fit();
            Arc::new(Numbers(shard))
        });
        let count = people.iter().map(|shard| shard.len()).sum();
        // Numbers of an earlier record of one id may linger: whoever looks a number up asks the person too.
        Snapshot { numbers: numbers.collect(), people, count }
    }
}

/// By key; of one id the latest record.
fn ordered(mut shard: People) -> People {
    shard.heads.sort_by_key(|head| (head.key, std::cmp::Reverse(head.start)));
    let mut heads: Vec<Head> = Vec::with_capacity(shard.heads.len());
    for head in &shard.heads {
        let id = |head: &Head| Entry::at(&shard.bytes, head.start).map(|entry| entry.id());
        let same_key = heads.iter().rev().take_while(|other| other.key == head.key);
        if !same_key.map(id).any(|other| other == id(head)) {
            heads.push(*head);
        }
    }
    shard.bytes.shrink_to_fit();
    People { heads, bytes: shard.bytes }
}
