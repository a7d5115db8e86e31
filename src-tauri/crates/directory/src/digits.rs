//! Some digits of a number, as somebody types them to find it.

/// Fewer digits are on everybody's number.
const FEWEST: usize = 3;
/// E.164 has no more.
const MOST: usize = 15;

/// Digits that may stand anywhere in a number.
pub(crate) struct Digits {
    wanted: u64,
    /// Ten to the power of how many there are.
    places: u64,
}

impl Digits {
    /// `None` for text that is no part of a number, and for fewer than three digits. A leading 8 of a whole number is the
    /// national 7.
    pub(crate) fn typed(text: &str) -> Option<Digits> {
        let is_number = |letter: char| letter.is_ascii_digit() || letter.is_whitespace() || "+()-".contains(letter);
        if !text.chars().all(is_number) {
            return None;
        }
        let digits: String = text.chars().filter(char::is_ascii_digit).collect();
        let national = digits.strip_prefix('8').filter(|rest| rest.len() == 10).map(|rest| format!("7{rest}"));
        let digits = national.unwrap_or(digits);
        if !(FEWEST..=MOST).contains(&digits.len()) {
            return None;
        }
        let places = 10u64.checked_pow(u32::try_from(digits.len()).ok()?)?;
        Some(Digits { wanted: digits.parse().ok()?, places })
    }

    /// Whether they stand in a row in this number.
    pub(crate) fn are_in(&self, number: u64) -> bool {
        let mut rest = number;
        while rest >= self.places / 10 && rest != 0 {
            if rest % self.places == self.wanted {
                return true;
            }
            rest /= 10;
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_is_no_part_of_a_number() {
        for text in ["", "55", "Иванова", "1234/11", "1234567890123456"] {
            assert!(Digits::typed(text).is_none(), "{text}");
        }
        assert!(Digits::typed("8 (900) 555-01-01").is_some_and(|digits| digits.are_in(79_005_550_101)));
    }

    proptest! {
        #[test]
        fn it_is_as_in_the_text(number in 1_000_000u64..1_000_000_000_000_000, typed in "[1-7][0-9]{2,6}") {
            let expected = number.to_string().contains(&typed);
            prop_assert_eq!(Digits::typed(&typed).is_some_and(|digits| digits.are_in(number)), expected);
        }
    }
}
