//! Where a number is, as far as its first digits tell.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use crate::PhoneNumber;

/// The table; its first lines say where it is from.
const TABLE: &str = include_str!("../data/places.csv");

static PLACES: LazyLock<BTreeMap<&str, Place>> = LazyLock::new(|| {
    let rows = TABLE.lines().filter(|line| !line.starts_with('#'));
    rows.filter_map(|line| {
        let mut cells = line.split(';');
        let (beginning, russian, english) = (cells.next()?, cells.next()?, cells.next()?);
        Some((beginning, Place { russian, english }))
    })
    .collect()
});

/// A region or country.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// «Новосибирская область»
    pub russian: &'static str,
    /// `Novosibirsk`
    pub english: &'static str,
}

impl PhoneNumber {
    /// The region of the number's code, or its country; `None` for a country that the table does not know. A mobile
    /// number tells its country only: people take it along when they move.
    #[must_use]
    pub fn place(&self) -> Option<Place> {
        let digits = self.digits();
        (1..=digits.len()).rev().find_map(|length| PLACES.get(digits.get(..length)?).copied())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Region;

    #[test]
    fn the_longest_beginning_counts() {
        for (text, russian) in [
            ("+74955550199", "Москва"),
            ("+78125550199", "Санкт-Петербург"),
            ("+73832345678", "Новосибирская область"),
            ("+79005550101", "мобильный, Россия"),
            ("+78005553535", "бесплатный номер 8-800"),
            ("+77015550101", "мобильный, Казахстан"),
            ("+375291234567", "мобильный, Беларусь"),
            ("+4930123456", "Германия"),
        ] {
            let number = PhoneNumber::parse(text, &Region::default()).expect(text);
            assert_eq!(number.place().map(|place| place.russian), Some(russian), "{text}");
        }
    }

    #[test]
    fn every_row_is_whole() {
        let rows = TABLE.lines().filter(|line| !line.starts_with('#')).count();
        assert_eq!(PLACES.len(), rows);
        for (beginning, place) in PLACES.iter() {
            assert!(beginning.bytes().all(|byte| byte.is_ascii_digit()), "{beginning}");
            assert!(!place.russian.is_empty() && !place.english.is_empty(), "{beginning}");
        }
    }
}
