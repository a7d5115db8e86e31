//! Whether a record really has the caller's number, and how it is written there. Every kind of directory asks this of
//! every row that comes back: some sources ignore the question and return everybody.

use phone::{FieldNumber, PhoneNumber, Region, numbers_in_field};

use crate::spoken::russian;

/// The place of a record's phone fields where the number stands, if it does.
pub fn written_in<'a>(
    fields: impl IntoIterator<Item = &'a str>,
    number: &PhoneNumber,
    region: &Region,
) -> Option<FieldNumber> {
    fields.into_iter().flat_map(|field| numbers_in_field(field, region)).find(|found| found.number == *number)
}

/// Every number of a record's phone fields, in order, each once.
pub fn numbers_of<'a>(fields: impl IntoIterator<Item = &'a str>, region: &Region) -> Vec<PhoneNumber> {
    let mut numbers: Vec<PhoneNumber> = Vec::new();
    for found in fields.into_iter().flat_map(|field| numbers_in_field(field, region)) {
        if !numbers.contains(&found.number) {
            numbers.push(found.number);
        }
    }
    numbers
}

/// «номер в карте: 8(900)555-01-01 доб.2; совпали 10 цифр»
pub fn why_found(found: &FieldNumber) -> String {
    let extension = found.extension.as_deref().map_or(0, str::len);
    let typed: Vec<char> = found.typed.chars().filter_map(|c| digit(c, extension == 0)).collect();
    let typed = typed.get(..typed.len().saturating_sub(extension)).unwrap_or_default();
    let same = typed.iter().rev().zip(found.number.digits().chars().rev()).take_while(|(one, other)| **one == *other);
    let same = same.count();
    let coincided = russian(same as u64, "совпала", "совпали", "совпали");
    let digits = russian(same as u64, "цифра", "цифры", "цифр");
    format!("номер в карте: {}; {coincided} {same} {digits}", found.typed.trim())
}

/// A digit of a number as `phone` reads it: wide digits too, and a letter O typed for a zero where no word can be.
fn digit(typed: char, letters: bool) -> Option<char> {
    match typed {
        '0'..='9' => Some(typed),
        '０'..='９' => char::from_digit(u32::from(typed) - u32::from('０'), 10),
        'О' | 'о' | 'O' | 'o' if letters => Some('0'),
        _ => None,
    }
}

/// The ways in which a number may stand in a record, the likeliest first, each once: for sources that compare text.
pub fn spellings(number: &PhoneNumber) -> Vec<String> {
    let digits = number.digits();
    let mut ways = vec![number.as_str().to_owned(), digits.to_owned()];
    if let Some(national) = digits.strip_prefix('7').filter(|national| national.len() == 10 && national.is_ascii()) {
        let (a, b, c, d) = (&national[..3], &national[3..6], &national[6..8], &national[8..]);
        ways.extend([
            format!("8{national}"),
            national.to_owned(),
            format!("+7 ({a}) {b}-{c}-{d}"),
            format!("8 ({a}) {b}-{c}-{d}"),
            format!("+7 {a} {b}-{c}-{d}"),
            format!("8 {a} {b}-{c}-{d}"),
            format!("8-{a}-{b}-{c}-{d}"),
            format!("8({a}){b}{c}{d}"),
            format!("+7({a}){b}-{c}-{d}"),
            format!("8({a}){b}-{c}-{d}"),
        ]);
    }
    ways.push(number.display());
    let mut once: Vec<String> = Vec::with_capacity(ways.len());
    for way in ways {
        if !once.contains(&way) {
            once.push(way);
        }
    }
    once
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(text: &str) -> PhoneNumber {
        PhoneNumber::parse(text, &Region::default()).expect("a number")
    }

    #[test]
    fn the_sentence_quotes_the_record() {
        let region = Region::new("RU", Some("495")).expect("a region");
        let found = written_in(["мама 8(900)555-01-01 доб.2"], &number("+79005550101"), &region).expect("found");
        assert_eq!(why_found(&found), "номер в карте: 8(900)555-01-01 доб.2; совпали 10 цифр");
        let local = written_in(["555-01-99"], &number("+74955550199"), &region).expect("found");
        assert_eq!(why_found(&local), "номер в карте: 555-01-99; совпали 7 цифр");
        for mistyped in ["8 9ОО 555-О1-О1", "８９００５５５０１０１"] {
            let found = written_in([mistyped], &number("+79005550101"), &region).expect("found");
            assert_eq!(why_found(&found), format!("номер в карте: {mistyped}; совпали 10 цифр"));
        }
        assert!(written_in(["8 900 555-01-02"], &number("+79005550101"), &region).is_none());
    }

    #[test]
    fn every_spelling_reads_back() {
        for text in ["+79005550101", "+78005553535", "+4930123456", "+77272500000", "+375291234567"] {
            let number = number(text);
            let ways = spellings(&number);
            assert_eq!(ways.first().map(String::as_str), Some(text));
            let home = Region::new(if text.starts_with("+49") { "DE" } else { "RU" }, None).expect("a region");
            for way in &ways {
                let read = PhoneNumber::parse(way, &home).or_else(|| PhoneNumber::from_pbx(way, &home));
                assert_eq!(read.as_ref(), Some(&number), "{way}");
            }
        }
        assert!(spellings(&number("+79005550101")).len() >= 12);
    }
}
