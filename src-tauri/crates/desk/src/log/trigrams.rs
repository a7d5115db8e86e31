//! What the index of words is asked: trigrams that few calls have. Each trigram costs the index as much as there are calls
//! with it, and our own line's number stands in nearly all of them; the text itself decides anyway.

use std::collections::{BTreeSet, HashMap};
use std::time::{Duration, Instant};

/// What the index knows: three signs.
const LENGTH: usize = 3;
/// Trigrams of one spelling that are asked for: three rare ones leave little that is not meant.
const ASKED: usize = 3;
/// The newest calls that tell how rare a trigram is.
pub(super) const SAMPLE: usize = 300;
/// A trigram that one call in so many has tells next to nothing.
const COMMON_IN: usize = 4;
/// After this the newest calls are others.
const HOLDS_FOR: Duration = Duration::from_secs(600);
/// A log that begins, or is being filled, soon has a better sample.
const SMALL_HOLDS_FOR: Duration = Duration::from_secs(5);

type Trigram = [char; LENGTH];

/// How many calls of a sample have a trigram.
#[derive(Debug)]
pub(super) struct Rarity {
    counts: HashMap<Trigram, usize>,
    texts: usize,
    taken_at: Instant,
}

impl Rarity {
    /// By the texts of a sample.
    pub(super) fn of(texts: &[String]) -> Rarity {
        let mut counts = HashMap::new();
        for text in texts {
            for trigram in trigrams(text) {
                *counts.entry(trigram).or_default() += 1;
            }
        }
        Rarity { counts, texts: texts.len(), taken_at: Instant::now() }
    }

    /// Whether another sample should be taken.
    pub(super) fn is_old(&self) -> bool {
        self.taken_at.elapsed() >= if self.texts < SAMPLE { SMALL_HOLDS_FOR } else { HOLDS_FOR }
    }

    fn count(&self, trigram: &Trigram) -> usize {
        self.counts.get(trigram).copied().unwrap_or_default()
    }

    fn is_common(&self, count: usize) -> bool {
        count > 0 && count * COMMON_IN >= self.texts
    }
}

/// The question for terms that must all be there, each in one of its spellings; `None` when the index can answer none.
/// It finds every call that is meant, and some that are not.
pub(super) fn question(terms: &[Vec<String>], rarity: &Rarity) -> Option<String> {
    let asked: Vec<(usize, String)> = terms.iter().filter_map(|term| of_term(term, rarity)).collect();
    let tells = |count: &usize| !rarity.is_common(*count);
    let some_tell = asked.iter().any(|(count, _)| tells(count));
    let parts: Vec<String> =
        asked.into_iter().filter(|(count, _)| tells(count) || !some_tell).map(|(_, text)| text).collect();
    (!parts.is_empty()).then(|| parts.join(" AND "))
}

/// `("ива" AND "ван") OR ("iva")`, and how many calls of the sample may have it; `None`: a spelling is too short.
fn of_term(spellings: &[String], rarity: &Rarity) -> Option<(usize, String)> {
    let spellings: Option<Vec<(usize, String)>> =
        spellings.iter().map(|spelling| of_spelling(spelling, rarity)).collect();
    let spellings = spellings.filter(|spellings| !spellings.is_empty())?;
    let count = spellings.iter().map(|(count, _)| count).sum();
    let texts: Vec<String> = spellings.into_iter().map(|(_, text)| text).collect();
    Some((count, format!("({})", texts.join(" OR "))))
}

fn of_spelling(text: &str, rarity: &Rarity) -> Option<(usize, String)> {
    let mut rarest: Vec<(usize, Trigram)> =
        trigrams(text).into_iter().map(|trigram| (rarity.count(&trigram), trigram)).collect();
    rarest.sort_unstable();
    rarest.truncate(ASKED);
    let least = rarest.first()?.0;
    let asked: Vec<String> = rarest
        .iter()
        .filter(|(count, _)| *count == least || !rarity.is_common(*count))
        .map(|(_, trigram)| format!("\"{}\"", trigram.iter().collect::<String>().replace('"', "\"\"")))
        .collect();
    Some((least, format!("({})", asked.join(" AND "))))
}

fn trigrams(text: &str) -> BTreeSet<Trigram> {
    let signs: Vec<char> = text.chars().collect();
    signs.windows(LENGTH).filter_map(|three| three.try_into().ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn owned(texts: &[&str]) -> Vec<String> {
        texts.iter().map(|&text| text.to_owned()).collect()
    }

    fn asked(terms: &[&[&str]], sample: &[&str]) -> Option<String> {
        let terms: Vec<Vec<String>> = terms.iter().map(|term| owned(term)).collect();
        question(&terms, &Rarity::of(&owned(sample)))
    }

    #[test]
    fn without_a_sample_a_few_of_its_trigrams_are_asked_for() {
        assert_eq!(asked(&[&["иван"]], &[]).unwrap(), r#"(("ван" AND "ива"))"#);
        assert_eq!(asked(&[&["щербакова"]], &[]).unwrap().matches('"').count(), 2 * ASKED);
        assert_eq!(asked(&[&["a\"bc"]], &[]).unwrap(), r#"(("""bc" AND "a""b"))"#);
    }

    #[test]
    fn the_rarest_are_asked_for_and_what_all_calls_have_is_left_out() {
        let sample = ["+7495 +7901111", "+7495 +7902222", "+7495 +7903333", "+7495 +7904444", "+7495 +7905555"];
        assert_eq!(asked(&[&["+79015"]], &sample).unwrap(), r#"(("015" AND "901"))"#);
        assert_eq!(asked(&[&["+74"]], &sample).unwrap(), r#"(("+74"))"#, "nothing else is known of it");
        assert_eq!(asked(&[&["+749"], &["2222"]], &sample).unwrap(), r#"(("222"))"#);
    }

    #[test]
    fn each_spelling_is_asked_for_and_a_short_one_cannot_be() {
        assert_eq!(asked(&[&["анна", "anna"]], &[]).unwrap(), r#"(("анн" AND "нна") OR ("ann" AND "nna"))"#);
        assert_eq!(asked(&[&["анна", "ан"]], &[]), None);
        assert_eq!(asked(&[&["ан"], &["анна"]], &[]).unwrap(), r#"(("анн" AND "нна"))"#);
        assert_eq!(asked(&[], &[]), None);
    }
}
