//! A number in a text that somebody copied somewhere.

use phone::{Region, numbers_in_field};

/// The first phone number of a text, E.164; the rest of the text is left alone.
#[must_use]
pub fn number_in_text(text: &str, region: &Region) -> Option<String> {
    numbers_in_field(text, region).first().map(|found| found.number.as_str().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_number_of_whatever_was_copied() {
        let region = Region::new("RU", Some("495")).unwrap();
        let found = |text: &str| number_in_text(text, &region);
        assert_eq!(found("Тел.: 8 (900) 555-01-01 (мама), 8 900 555-01-02").as_deref(), Some("+79005550101"));
        assert_eq!(found("555-01-99").as_deref(), Some("+74955550199"));
        for none in ["", "Иванова Мария", "24.11.2026", "заказ 17"] {
            assert_eq!(found(none), None, "{none}");
        }
    }
}
