//! One part of the people, and one part of the numbers: sorted, packed, never changed once built.

use super::{Change, Number, Record};

/// Where a record begins among the bytes.
#[derive(Clone, Copy)]
pub(super) struct Head {
    pub(super) key: u64,
    pub(super) start: u32,
}

/// Some people, ordered by key.
#[derive(Default)]
pub(super) struct People {
    pub(super) heads: Vec<Head>,
    pub(super) bytes: Vec<u8>,
}

/// Some numbers with the keys of their people, ordered.
#[derive(Default)]
pub(super) struct Numbers(pub(super) Vec<(Number, u64)>);

/// A number that came to a person (`true`) or went.
pub(super) type Moved = (Number, u64, bool);

/// A person in the index.
#[derive(Clone, Copy)]
pub struct Entry<'i> {
    id: &'i str,
    words: &'i str,
    numbers: &'i [u8],
    body: &'i [u8],
}

impl<'i> Entry<'i> {
    /// [`Record::id`].
    #[must_use]
    pub fn id(&self) -> &'i str {
        self.id
    }

    /// [`Record::words`].
    #[must_use]
    pub fn words(&self) -> &'i str {
        self.words
    }

    /// [`Record::numbers`].
    pub fn numbers(&self) -> impl Iterator<Item = Number> + use<'i> {
        let (numbers, _) = self.numbers.as_chunks::<8>();
        numbers.iter().map(|bytes| Number::from_le_bytes(*bytes))
    }

    /// [`Record::body`].
    #[must_use]
    pub fn body(&self) -> &'i [u8] {
        self.body
    }

    /// As it was put in.
    #[must_use]
    pub fn to_record(&self) -> Record {
        Record {
            id: self.id.to_owned(),
            numbers: self.numbers().collect(),
            words: self.words.to_owned(),
            body: self.body.to_vec(),
        }
    }

    /// Lengths of id, words and body, how many numbers; then these.
    pub(super) fn at(bytes: &'i [u8], start: u32) -> Option<Entry<'i>> {
        let mut rest = bytes.get(start as usize..)?;
        let [id, words, numbers, body] =
            [length(&mut rest)?, length(&mut rest)?, length(&mut rest)?, length(&mut rest)?];
        let id = std::str::from_utf8(rest.split_off(..id)?).ok()?;
        let words = std::str::from_utf8(rest.split_off(..words)?).ok()?;
        let numbers = rest.split_off(..numbers.checked_mul(8)?)?;
        let body = rest.split_off(..body)?;
        Some(Entry { id, words, numbers, body })
    }
}

fn length(rest: &mut &[u8]) -> Option<usize> {
    let (length, after) = rest.split_first_chunk::<4>()?;
    *rest = after;
    usize::try_from(u32::from_le_bytes(*length)).ok()
}

/// Appends a record; [`Entry::at`] reads it.
pub(super) fn push(bytes: &mut Vec<u8>, record: &Record) {
    let lengths = [record.id.len(), record.words.len(), record.numbers.len(), record.body.len()];
    for length in lengths {
        bytes.extend_from_slice(&u32::try_from(length).unwrap_or(u32::MAX).to_le_bytes());
    }
    bytes.extend_from_slice(record.id.as_bytes());
    bytes.extend_from_slice(record.words.as_bytes());
    for number in &record.numbers {
        bytes.extend_from_slice(&number.to_le_bytes());
    }
    bytes.extend_from_slice(&record.body);
}

impl People {
    pub(super) fn len(&self) -> usize {
        self.heads.len()
    }

    pub(super) fn all(&self) -> impl Iterator<Item = Entry<'_>> {
        self.heads.iter().filter_map(|head| Entry::at(&self.bytes, head.start))
    }

    /// Everybody with this key: nearly always one.
    pub(super) fn of(&self, key: u64) -> impl Iterator<Item = Entry<'_>> {
        let from = self.heads.partition_point(|head| head.key < key);
        let same = self.heads.iter().skip(from).take_while(move |head| head.key == key);
        same.filter_map(|head| Entry::at(&self.bytes, head.start))
    }

    /// With changes, ordered by key; `None` when nothing is different. What numbers moved is appended.
    pub(super) fn with<'c>(
        &self,
        changes: impl Iterator<Item = (u64, &'c Change)>,
        moved: &mut Vec<Moved>,
    ) -> Option<People> {
        let mut final_ones: Vec<(u64, &str, Option<&Record>)> = Vec::new();
        for (key, change) in changes {
            let (id, record) = match change {
                Change::Put(record) => (record.id.as_str(), Some(record)),
                Change::Remove(id) => (id.as_str(), None),
            };
            match final_ones.iter_mut().find(|(other, other_id, _)| *other == key && *other_id == id) {
                Some(earlier) => earlier.2 = record,
                None => final_ones.push((key, id, record)),
            }
        }
        final_ones.retain(|(key, id, record)| {
            let before = self.of(*key).find(|entry| entry.id() == *id);
            match (before, record) {
                (None, None) => false,
                (Some(before), Some(after)) => before.to_record() != **after,
                (None, Some(_)) | (Some(_), None) => true,
            }
        });
        if final_ones.is_empty() {
            return None;
        }
        let mut next = People {
            heads: Vec::with_capacity(self.heads.len() + final_ones.len()),
            bytes: Vec::with_capacity(self.bytes.len()),
        };
        let mut coming = final_ones.iter().peekable();
        for head in &self.heads {
            while let Some((key, _, record)) = coming.next_if(|(key, ..)| *key <= head.key) {
                next.take(*key, *record, moved);
            }
            let Some(entry) = Entry::at(&self.bytes, head.start) else { continue };
            let is_changed = final_ones.iter().any(|(key, id, _)| *key == head.key && *id == entry.id());
            if is_changed {
                moved.extend(entry.numbers().map(|number| (number, head.key, false)));
            } else {
                next.take_bytes(head.key, &entry);
            }
        }
        for (key, _, record) in coming {
            next.take(*key, *record, moved);
        }
        next.heads.shrink_to_fit();
        next.bytes.shrink_to_fit();
        Some(next)
    }

    fn take(&mut self, key: u64, record: Option<&Record>, moved: &mut Vec<Moved>) {
        if let (Some(record), Ok(start)) = (record, u32::try_from(self.bytes.len())) {
            self.heads.push(Head { key, start });
            push(&mut self.bytes, record);
            moved.extend(record.numbers.iter().map(|number| (*number, key, true)));
        }
    }

    fn take_bytes(&mut self, key: u64, entry: &Entry<'_>) {
        if let Ok(start) = u32::try_from(self.bytes.len()) {
            self.heads.push(Head { key, start });
            let count = entry.numbers.len() / 8;
            for length in [entry.id.len(), entry.words.len(), count, entry.body.len()] {
                self.bytes.extend_from_slice(&u32::try_from(length).unwrap_or(u32::MAX).to_le_bytes());
            }
            for part in [entry.id.as_bytes(), entry.words.as_bytes(), entry.numbers, entry.body] {
                self.bytes.extend_from_slice(part);
            }
        }
    }
}

impl Numbers {
    /// The entries of one number.
    pub(super) fn of(&self, number: Number) -> &[(Number, u64)] {
        let from = self.0.partition_point(|(other, _)| *other < number);
        let rest = self.0.get(from..).unwrap_or_default();
        rest.get(..rest.partition_point(|(other, _)| *other == number)).unwrap_or_default()
    }

    /// With what moved; a number that both went and came is there.
    pub(super) fn with(&self, moved: &[Moved]) -> Numbers {
        let gone = |pair: &(Number, u64)| moved.iter().any(|(number, key, came)| !came && (*number, *key) == *pair);
        let mut next: Vec<(Number, u64)> = self.0.iter().filter(|pair| !gone(pair)).copied().collect();
        next.extend(moved.iter().filter(|(.., came)| *came).map(|(number, key, _)| (*number, *key)));
        next.sort_unstable();
        next.dedup();
        next.shrink_to_fit();
        Numbers(next)
    }
}
