//! People by number, by id and by words, for kinds of directory that hold everybody in memory: a million and more.
//!
//! Readers never wait. They look into a [`Snapshot`], which never changes; a writer builds the next one beside it and
//! swaps the pointer. Snapshots share what did not change: people and numbers lie in some thousands of shards, and an
//! update copies only the shards it touches. What a person *is* stays the kind's business: a [`Record`]'s body is bytes.

mod build;
mod search;
mod shard;

use std::fmt;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::{Arc, Mutex, PoisonError};

use arc_swap::ArcSwap;

use self::build::Builder;
pub use self::shard::Entry;
use self::shard::{Numbers, People};

/// A number as the index holds it: the digits of its E.164 form.
pub type Number = u64;

/// How many shards there are; a power of two. At a million people each holds some 250, copied in microseconds.
const SHARDS: usize = 4096;

/// Somebody to be found. `Debug` shows the id only.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Record {
    /// The person's id, unique in the index; at most 65,535 bytes count.
    pub id: String,
    /// The digits of every number.
    pub numbers: Vec<Number>,
    /// Folded words of name and chart, a space before each.
    pub words: String,
    /// What the owner of the index knows of the person.
    pub body: Vec<u8>,
}

impl fmt::Debug for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Record").field("id", &self.id).finish_non_exhaustive()
    }
}

/// One change of the index.
#[derive(Debug, Clone)]
pub enum Change {
    /// This person is so, whether known before or not.
    Put(Record),
    /// Nobody has this id.
    Remove(String),
}

/// The number of `+79005550101`'s digits.
#[must_use]
pub fn number_of(digits: &str) -> Option<Number> {
    digits.parse().ok()
}

/// Everybody, now. Shared by reference; writers wait for each other, readers for nobody.
pub struct Index {
    now: ArcSwap<Snapshot>,
    /// Held while the next snapshot is built. Former snapshots wait here until no reader is left, so that freeing one
    /// is the writer's work.
    former: Mutex<Vec<Arc<Snapshot>>>,
}

impl Default for Index {
    fn default() -> Self {
        Index { now: ArcSwap::from_pointee(Snapshot::default()), former: Mutex::default() }
    }
}

impl Index {
    /// Everybody as of this moment. Cheap; holding it long only keeps memory.
    #[must_use]
    pub fn snapshot(&self) -> Arc<Snapshot> {
        self.now.load_full()
    }

    /// Makes changes, all visible at once; of two changes of one person the later counts. True when anybody changed.
    pub fn update(&self, changes: impl IntoIterator<Item = Change>) -> bool {
        let mut former = self.former.lock().unwrap_or_else(PoisonError::into_inner);
        let before = self.now.load_full();
        match before.with(changes) {
            Some(after) => {
                self.swap(&mut former, before, after);
                true
            }
            None => false,
        }
    }

    /// Everybody anew; of two records of one id the later counts. Readers see the former people until it is complete.
    pub fn replace(&self, records: impl IntoIterator<Item = Record>) {
        let mut builder = Builder::default();
        for record in records {
            builder.push(&record);
        }
        let after = builder.finish();
        let mut former = self.former.lock().unwrap_or_else(PoisonError::into_inner);
        let before = self.now.load_full();
        self.swap(&mut former, before, after);
    }

    fn swap(&self, former: &mut Vec<Arc<Snapshot>>, before: Arc<Snapshot>, after: Snapshot) {
        self.now.store(Arc::new(after));
        former.push(before);
        former.retain(|snapshot| Arc::strong_count(snapshot) > 1);
    }
}

/// Everybody at one moment.
pub struct Snapshot {
    people: Vec<Arc<People>>,
    numbers: Vec<Arc<Numbers>>,
    count: usize,
}

impl Default for Snapshot {
    fn default() -> Self {
        let (people, numbers) = (Arc::new(People::default()), Arc::new(Numbers::default()));
        Snapshot { people: vec![people; SHARDS], numbers: vec![numbers; SHARDS], count: 0 }
    }
}

impl Snapshot {
    /// How many people there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.count
    }

    /// Whether there is nobody.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// Everybody with this number.
    pub fn on_number(&self, number: Number) -> impl Iterator<Item = Entry<'_>> {
        let keys = self.numbers.get(shard_of_number(number)).map(|shard| shard.of(number)).unwrap_or_default();
        keys.iter()
            .filter_map(|(_, key)| self.people.get(shard_of_key(*key)).map(|shard| shard.of(*key)))
            .flatten()
            // Two ids may share a key; only one of them has the number.
            .filter(move |entry| entry.numbers().any(|own| own == number))
    }

    /// The person with this id.
    #[must_use]
    pub fn get(&self, id: &str) -> Option<Entry<'_>> {
        let key = key_of(id);
        self.people.get(shard_of_key(key))?.of(key).find(|entry| entry.id() == id)
    }

    /// Everybody, in no particular order.
    pub fn all(&self) -> impl Iterator<Item = Entry<'_>> {
        self.people.iter().flat_map(|shard| shard.all())
    }

    /// This snapshot with changes; `None` when nothing is different.
    fn with(&self, changes: impl IntoIterator<Item = Change>) -> Option<Snapshot> {
        let mut by_shard: Vec<(usize, u64, Change)> = Vec::new();
        for change in changes {
            let key = match &change {
                Change::Put(record) => key_of(&record.id),
                Change::Remove(id) => key_of(id),
            };
            by_shard.push((shard_of_key(key), key, change));
        }
        // Stable: of two changes of one person the later stays behind.
        by_shard.sort_by_key(|(shard, key, _)| (*shard, *key));
        let mut people = None;
        let mut count = self.count;
        let mut moved = Vec::new();
        for group in by_shard.chunk_by(|one, other| one.0 == other.0) {
            let Some((at, ..)) = group.first() else { continue };
            let Some(shard) = self.people.get(*at) else { continue };
            let changes = group.iter().map(|(_, key, change)| (*key, change));
            if let Some(changed) = shard.with(changes, &mut moved) {
                count = count + changed.len() - shard.len();
                if let Some(place) = people.get_or_insert_with(|| self.people.clone()).get_mut(*at) {
                    *place = Arc::new(changed);
                }
            }
        }
        let people = people?;
        let mut numbers = self.numbers.clone();
        moved.sort_by_key(|(number, ..)| shard_of_number(*number));
        for group in moved.chunk_by(|one, other| shard_of_number(one.0) == shard_of_number(other.0)) {
            let place = group.first().and_then(|(number, ..)| numbers.get_mut(shard_of_number(*number)));
            if let Some(place) = place {
                *place = Arc::new(place.with(group));
            }
        }
        Some(Snapshot { people, numbers, count })
    }
}

/// Where a person stands. Two ids may share a key: ids are compared besides.
fn key_of(id: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    id.hash(&mut hasher);
    hasher.finish()
}

fn shard_of_key(key: u64) -> usize {
    usize::try_from(key >> 52).unwrap_or(0)
}

/// Neighbouring numbers go to different shards (Fibonacci hashing).
fn shard_of_number(number: Number) -> usize {
    usize::try_from(number.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 52).unwrap_or(0)
}

#[cfg(test)]
mod tests;
