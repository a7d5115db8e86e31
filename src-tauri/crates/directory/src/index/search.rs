//! People by the beginnings of words, and by digits anywhere in a number. Every person is looked at: a tenth of a second
//! for a million, so it is asked off the async threads.

use super::{Entry, Number, Snapshot};
use crate::file::fold;

/// From so many found people the first by name are chosen.
const MAX_FOUND: usize = 500;
/// Fewer digits are on everybody's number.
const MIN_DIGITS: usize = 3;
/// Longer queries are cut.
const MAX_QUERY: usize = 200;

impl Snapshot {
    /// At most `limit` people, those whose words end as `text` first, then ordered by their words: everybody of whose words some begin as those of `text`; and, when
    /// `text` looks like a number, everybody with a number that has three and more digits of it in a row.
    #[must_use]
    pub fn search(&self, text: &str, limit: usize) -> Vec<Entry<'_>> {
        let text: String = text.chars().take(MAX_QUERY).collect();
        let mut found = self.by_words(&fold::words(&text));
        let is_number = |letter: char| letter.is_ascii_digit() || letter.is_whitespace() || "+()-".contains(letter);
        if text.chars().all(is_number) {
            found.extend(self.by_digits(&text.chars().filter(char::is_ascii_digit).collect::<String>()));
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

    /// A leading 8 of a whole number is the national 7.
    fn by_digits(&self, digits: &str) -> Vec<Entry<'_>> {
        if digits.len() < MIN_DIGITS || digits.len() > 18 {
            return Vec::new();
        }
        let national = digits.strip_prefix('8').filter(|rest| rest.len() == 10).map(|rest| format!("7{rest}"));
        let digits = national.as_deref().unwrap_or(digits);
        let places = u32::try_from(digits.len()).ok().and_then(|places| 10u64.checked_pow(places));
        let (Ok(wanted), Some(places)) = (digits.parse::<Number>(), places) else {
            return Vec::new();
        };
        let holds = |number: Number| {
            let mut rest = number;
            while rest >= places / 10 && rest != 0 {
                if rest % places == wanted {
                    return true;
                }
                rest /= 10;
            }
            false
        };
        let mut found: Vec<Entry<'_>> = Vec::new();
        let mut last = None;
        for (number, _) in self.numbers.iter().flat_map(|shard| &shard.0) {
            if last != Some(*number) && holds(*number) {
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
