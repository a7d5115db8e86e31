//! Whether somebody whom a source returned is who was sought: some sources ignore the question here too.

use crate::people::Person;

/// Fewer digits are no part of a number.
const FEWEST_DIGITS: usize = 3;

/// What was typed.
#[derive(Debug, Clone)]
pub(super) struct Sought {
    words: Vec<String>,
    text: String,
    digits: String,
}

impl Sought {
    pub(super) fn new(text: &str) -> Sought {
        let folded = fold(text.trim());
        let numeric = folded.chars().all(|letter| letter.is_ascii_digit() || " -+()".contains(letter));
        Sought {
            words: words(&folded).map(str::to_owned).collect(),
            digits: folded.chars().filter(|letter| numeric && letter.is_ascii_digit()).collect(),
            text: folded,
        }
    }

    pub(super) fn is_blank(&self) -> bool {
        self.text.is_empty()
    }

    /// Every word begins a word of the name; or it is the chart; or a part of a number.
    pub(super) fn is(&self, person: &Person) -> bool {
        let name = fold(&person.full_name);
        let of_name: Vec<&str> = words(&name).collect();
        let by_name = !self.words.is_empty()
            && self.words.iter().all(|word| of_name.iter().any(|part| part.starts_with(word.as_str())));
        let by_chart = person.chart.as_ref().is_some_and(|chart| fold(chart) == self.text);
        let digits = self.digits.strip_prefix('8').filter(|digits| digits.len() >= 10).unwrap_or(&self.digits);
        let by_number =
            digits.len() >= FEWEST_DIGITS && person.phones.iter().any(|number| number.digits().contains(digits));
        by_name || by_chart || by_number
    }
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|letter: char| !letter.is_alphanumeric()).filter(|word| !word.is_empty())
}

fn fold(text: &str) -> String {
    text.to_lowercase().replace('ё', "е")
}

#[cfg(test)]
mod tests {
    use super::*;
    use phone::{PhoneNumber, Region};

    #[test]
    fn by_beginnings_chart_and_digits() {
        let mut person = Person::new("19", "Ёлкина-Палкина Мария О'Коннор");
        person.chart = Some("1234/11".to_owned());
        person.phones = PhoneNumber::parse("+79005550101", &Region::default()).into_iter().collect();
        for text in ["елкина", "МАР елк", "палк", "коннор", "1234/11", "900555", "8 (900) 555-01-01", "+7 900 555"]
        {
            assert!(Sought::new(text).is(&person), "{text}");
        }
        for text in ["лкина", "елкин петр", "1234", "55", "900556", "%", "/11"] {
            assert!(!Sought::new(text).is(&person), "{text}");
        }
        assert!(Sought::new("  ").is_blank());
    }
}
