//! The numbers of a cell, for the index: as `phone` reads them, with a short way for the spellings of nearly every row.

use phone::{FieldNumber, PhoneNumber, Region, numbers_in_field};

/// A text of more characters is no list of phones.
const MAX_CELL: usize = 1000;

/// A number as the index holds it: the digits of its E.164 form.
pub(super) type Key = u64;

/// The index key of `+79005550101`'s digits.
pub(super) fn key(digits: &str) -> Option<Key> {
    digits.parse().ok()
}

/// Reads cells of one clinic.
#[derive(Debug, Clone)]
pub(super) struct Cells<'r> {
    region: &'r Region,
    /// Whether a bare Russian mobile number means itself here.
    short_way: bool,
}

impl<'r> Cells<'r> {
    /// Numbers are read as in `region`.
    pub(super) fn of(region: &'r Region) -> Cells<'r> {
        let spellings = ["+79005550101", "89005550101", "79005550101", "9005550101"];
        let own = |typed| PhoneNumber::parse(typed, region).is_some_and(|number| number.as_str() == "+79005550101");
        Cells { region, short_way: spellings.into_iter().all(own) }
    }

    /// The numbers of a cell as the index holds them.
    pub(super) fn keys(&self, cell: &str, into: &mut Vec<Key>) {
        match plain_mobile(cell).filter(|_| self.short_way) {
            Some(key) => into.push(key),
            None => into.extend(numbers(cell, self.region).iter().filter_map(|found| key(found.number.digits()))),
        }
    }
}

/// The numbers of a cell in full.
pub(super) fn numbers(cell: &str, region: &Region) -> Vec<FieldNumber> {
    let end = cell.char_indices().nth(MAX_CELL).map_or(cell.len(), |(at, _)| at);
    numbers_in_field(&cell[..end], region)
}

/// One Russian mobile number and nothing else: `+7 900 555-01-01`, `8 (900) 555-01-01`, `79005550101`, `9005550101`.
///
/// A library that knows every country's plan takes microseconds for what a million rows spell alike. A property test
/// holds this to it; whatever is spelled otherwise is left to it.
fn plain_mobile(cell: &str) -> Option<Key> {
    let (plus, rest) = match cell.strip_prefix('+') {
        Some(rest) => (true, rest),
        None => (false, cell),
    };
    let mut digits = [0u8; 11];
    let mut count = 0;
    let mut last = b'+';
    for byte in rest.bytes() {
        match byte {
            b'0'..=b'9' => {
                *digits.get_mut(count)? = byte - b'0';
                count += 1;
            }
            // A mark only between digits, or the bracket and blank of "8 (900) 555".
            b' ' | b'-' if last.is_ascii_digit() || (byte == b' ' && last == b')') => {}
            b'(' if count == 1 && (last.is_ascii_digit() || last == b' ') => {}
            b')' if count == 4 && last.is_ascii_digit() => {}
            _ => return None,
        }
        last = byte;
    }
    if !last.is_ascii_digit() {
        return None;
    }
    let brackets = |mark: u8| rest.bytes().filter(|byte| *byte == mark).count();
    let national = match (digits, count, plus) {
        ([7, 9, ..], 11, _) | ([8, 9, ..], 11, false) => digits.get(1..11)?,
        ([9, ..], 10, false) => digits.get(..10)?,
        _ => return None,
    };
    if brackets(b'(') != brackets(b')') || brackets(b'(') > 1 {
        return None;
    }
    Some(national.iter().fold(7, |number, digit| number * 10 + Key::from(*digit)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn slow(cell: &str, region: &Region) -> Vec<Key> {
        numbers(cell, region).iter().filter_map(|found| key(found.number.digits())).collect()
    }

    #[test]
    fn usual_spellings_take_the_short_way() {
        let spellings =
            ["+79005550101", "+7 900 555-01-01", "8 (900) 555-01-01", "8(900)555-01-01", "79005550101", "9005550101"];
        for cell in spellings {
            assert_eq!(plain_mobile(cell), Some(79_005_550_101), "{cell}");
            assert_eq!(slow(cell, &Region::default()), [79_005_550_101], "{cell}");
        }
    }

    #[test]
    fn everything_else_is_left_to_the_library() {
        for cell in [
            "",
            "8 499 555-01-01",
            "+89005550101",
            "8 (900) 555-01-01 доб. 2",
            "8900555-01-01, 8900555-01-02",
            "+1 900 555 0101",
        ] {
            assert_eq!(plain_mobile(cell), None, "{cell}");
        }
        assert!(Cells::of(&Region::default()).short_way);
        assert!(!Cells::of(&Region::new("US", None).unwrap()).short_way);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]

        #[test]
        fn the_short_way_reads_what_the_library_reads(
            cell in "\\+?[78]?[ (-]{0,2}9[0-9]{2}[ )-]{0,2}[0-9]{3}[ -]{0,2}[0-9]{2}[ -]?[0-9]{2}",
            area in prop::option::of("[48][0-9]{2}"),
            country in prop::sample::select(vec!["RU", "RU", "KZ", "US"]),
        ) {
            let region = Region::new(country, area.as_deref()).unwrap_or_default();
            if let Some(key) = plain_mobile(&cell).filter(|_| Cells::of(&region).short_way) {
                prop_assert_eq!(slow(&cell, &region), vec![key], "{}", cell);
            }
        }

        #[test]
        fn also_for_any_marks(cell in "[+0-9() -]{9,18}") {
            if let Some(key) = plain_mobile(&cell) {
                prop_assert_eq!(slow(&cell, &Region::default()), vec![key], "{}", cell);
            }
        }
    }
}
