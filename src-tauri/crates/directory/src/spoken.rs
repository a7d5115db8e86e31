//! Counts in Russian.

/// The word that goes with a count: 1 запись, 2 записи, 5 записей.
#[must_use]
pub fn russian(count: u64, one: &'static str, few: &'static str, many: &'static str) -> &'static str {
    match (count % 10, count % 100) {
        (_, 11..=14) => many,
        (1, _) => one,
        (2..=4, _) => few,
        (_, _) => many,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_have_their_words() {
        let word = |count| russian(count, "запись", "записи", "записей");
        assert_eq!([1, 21, 101].map(word), ["запись"; 3]);
        assert_eq!([2, 24, 103, 104].map(word), ["записи"; 4]);
        assert_eq!([0, 5, 11, 12, 14, 112].map(word), ["записей"; 6]);
    }
}
