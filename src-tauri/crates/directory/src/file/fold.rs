//! Texts made comparable: case, ё, punctuation and spaces do not tell names or headers apart.

/// Lower case, ё as е, only letters and digits: «№ Карты» → «карты».
pub(crate) fn letters(text: &str) -> String {
    folded(text).filter(|letter| *letter != ' ').collect()
}

/// Appends the words of a text, a space before each: «Салтыков-Щедрин» → « салтыков щедрин».
pub(super) fn push_words(text: &str, into: &mut String) {
    let mut in_word = false;
    for letter in folded(text) {
        if letter == ' ' {
            in_word = false;
        } else {
            if !in_word {
                into.push(' ');
            }
            in_word = true;
            into.push(letter);
        }
    }
}

/// The words of a text, a space before each.
pub(crate) fn words(text: &str) -> String {
    let mut words = String::with_capacity(text.len() + 1);
    push_words(text, &mut words);
    words
}

/// Whether a cell says anything: «—» and «...» do not.
pub(crate) fn has_letters(text: &str) -> bool {
    text.chars().any(char::is_alphanumeric)
}

/// Everything that is neither letter nor digit becomes a space.
fn folded(text: &str) -> impl Iterator<Item = char> {
    text.chars().flat_map(|letter| {
        let lower = match letter {
            // The letters of nearly every name, without the tables of Unicode.
            'А'..='Я' => char::from_u32(u32::from(letter) + 32).unwrap_or(letter),
            'а'..='я' => letter,
            'Ё' | 'ё' => 'е',
            _ if letter.is_ascii_alphanumeric() => letter.to_ascii_lowercase(),
            _ if letter.is_ascii() => ' ',
            _ => return Folded::Slow(letter.to_lowercase()),
        };
        Folded::Fast(Some(lower))
    })
}

enum Folded {
    Fast(Option<char>),
    Slow(std::char::ToLowercase),
}

impl Iterator for Folded {
    type Item = char;

    fn next(&mut self) -> Option<char> {
        match self {
            Folded::Fast(letter) => letter.take(),
            Folded::Slow(letters) => letters.next().map(|letter| if letter.is_alphanumeric() { letter } else { ' ' }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn words_are_split_at_everything_that_is_no_letter() {
        assert_eq!(words("САЛТЫКОВ-Щедрин  Пётр (мл.)"), " салтыков щедрин петр мл");
        assert_eq!(letters("№ Карты_2"), "карты2");
        assert_eq!(words("Ғабдулла Ҡыҙы"), " ғабдулла ҡыҙы");
    }

    proptest! {
        #[test]
        fn the_short_way_is_the_long_way(text in "\\PC{0,20}") {
            let long: String = text
                .chars()
                .flat_map(char::to_lowercase)
                .map(|letter| if letter == 'ё' { 'е' } else { letter })
                .filter(|letter| letter.is_alphanumeric())
                .collect();
            prop_assert_eq!(letters(&text), long);
        }
    }
}
