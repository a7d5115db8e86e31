//! People by the beginnings of words, and by digits anywhere in a number. Every person is looked at: a tenth of a second
//! for a million, so it is asked off the async threads.

use super::{Entry, Snapshot};
use crate::digits::Digits;
use crate::file::fold;

/// From so many found people the first by name are chosen.
const MAX_FOUND: usize = 500;
/// Longer queries are cut.
const MAX_QUERY: usize = 200;

impl Snapshot {
    /// At most `limit` people, those whose words end as `text` first, then ordered by their words: everybody of whose words some begin as those of `text`; and, when
    /// `text` looks like a number, everybody with a number that has three and more digits of it in a row.
    #[must_use]
    pub fn search(&self, text: &str, limit: usize) -> Vec<Entry<'_>> {
        let text: String = text.chars().take(MAX_QUERY).collect();
        let mut found = self.by_words(&fold::words(&text));
        if let Some(digits) = Digits::typed(&text) {
            found.extend(self.by_digits(&digits));
        }
        // A chart number stands last: whoever has exactly this one is meant.
        let folded = fold::words(&text);
        found.sort_by_key(|entry| (!entry.words().ends_with(&folded), entry.words(), entry.id()));
        found.dedup_by_key(|entry| entry.id());
        found.truncate(limit);
        found
    }

    fn by_words<'s>(&'s self, query: &str) -> Vec<Entry<'s>> {
        // Each with the space before it, so that only beginnings match.
        let mut words: Vec<&str> = Vec::new();
        let mut rest = query;
        while let Some(word) = rest.get(1..).filter(|word| !word.is_empty()) {
            let end = word.find(' ').map_or(rest.len(), |end| end + 1);
            words.push(rest.get(..end).unwrap_or_default());
            rest = rest.get(end..).unwrap_or_default();
        }
        words.sort_by_key(|word| std::cmp::Reverse(word.len()));
        if words.is_empty() {
            return Vec::new();
        }
        let has_all = |entry: &Entry<'_>| words.iter().all(|word| entry.words().contains(word));
        let exact = self.all().filter(|entry| entry.words().ends_with(query)).take(MAX_FOUND);
        exact.chain(self.all().filter(has_all).take(MAX_FOUND)).collect()
    }

    fn by_digits(&self, digits: &Digits) -> Vec<Entry<'_>> {
        let mut found: Vec<Entry<'_>> = Vec::new();
        let mut last = None;
        for (number, _) in self.numbers.iter().flat_map(|shard| &shard.0) {
            if last != Some(*number) && digits.are_in(*number) {
                found.extend(self.on_number(*number));
            }
            last = Some(*number);
            if found.len() >= MAX_FOUND {
                break;
            }
        }
        found
    }
}
