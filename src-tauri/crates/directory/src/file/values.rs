//! What people write into one cell: sums, yes and no. Each reads as a value, as nothing, or as
//! something that is neither and gets reported.

use crate::people::{Debt, Sex};

/// The cell holds something that cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Unreadable;

/// What a cell holds; `None` for nothing.
pub(crate) type Cell<T> = Result<Option<T>, Unreadable>;

/// Cells in which people say that there is nothing.
pub(crate) fn is_nothing(text: &str) -> bool {
    matches!(text, "" | "-" | "—" | "–" | "0000-00-00" | "0001-01-01" | "00.00.0000" | "01.01.0001")
        || matches!(text.to_lowercase().as_str(), "нет" | "no" | "null" | "none" | "n/a" | "н/д")
}

/// `м`, `Ж`, `муж.`, `female`…
pub(crate) fn sex(text: &str) -> Result<Sex, Unreadable> {
    let word = super::fold::letters(text);
    match word.as_str() {
        "м" | "m" | "муж" | "мужской" | "мужчина" | "male" | "man" => Ok(Sex::Male),
        "ж" | "f" | "жен" | "женский" | "женщина" | "female" | "woman" => Ok(Sex::Female),
        "" | "unknown" | "u" | "неизвестно" | "неизвестен" | "неуказан" | "н" | "нет" => {
            Ok(Sex::Unknown)
        }
        _ => Err(Unreadable),
    }
}

/// A cell that says yes, no, or something in words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Flag<'t> {
    No,
    Yes,
    Says(&'t str),
}

/// `да`, `yes`, `1`, `+` and the like; anything else but a no is a text of its own.
pub(crate) fn flag(text: &str) -> Flag<'_> {
    let text = text.trim();
    if is_nothing(text) {
        return Flag::No;
    }
    match text.to_lowercase().as_str() {
        "0" | "false" | "ложь" | "f" | "n" | "н" => Flag::No,
        "1" | "true" | "истина" | "yes" | "y" | "да" | "д" | "+" | "есть" | "x" | "х" | "v" | "✓" => {
            Flag::Yes
        }
        _ => Flag::Says(text),
    }
}

/// `2 400`, `2400,50`, `2 400 ₽`, `2.400,50 руб.` → `2400.50`; zero is no debt. A sum that can be read two ways
/// (`2,400`) or is below zero is not read.
pub(crate) fn debt(text: &str) -> Cell<Debt> {
    let text = text.trim();
    if is_nothing(text) {
        return Ok(None);
    }
    let lower = text.to_lowercase();
    let unit = lower.trim_start_matches(|letter: char| letter.is_ascii_digit() || is_in_sum(letter)).trim();
    let (number, currency) = match unit {
        "" => (lower.as_str(), "RUB"),
        unit => (lower.get(..lower.len() - unit.len()).ok_or(Unreadable)?, currency(unit).ok_or(Unreadable)?),
    };
    let number: String = number.chars().filter(|letter| !letter.is_whitespace() && *letter != '\'').collect();
    let (whole, cents) = split_sum(&number)?;
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || whole.len() > 15 || !digits(&whole) || !digits(cents) {
        return Err(Unreadable);
    }
    let whole = whole.trim_start_matches('0');
    let cents = cents.trim_end_matches('0');
    if whole.is_empty() && cents.is_empty() {
        return Ok(None);
    }
    let whole = if whole.is_empty() { "0" } else { whole };
    Ok(Some(Debt { amount: format!("{whole}.{cents:0<2}"), currency: currency.to_owned() }))
}

fn is_in_sum(letter: char) -> bool {
    letter.is_whitespace() || matches!(letter, '.' | ',' | '\'')
}

fn currency(unit: &str) -> Option<&'static str> {
    match unit.trim_end_matches('.') {
        "₽" | "р" | "руб" | "рублей" | "рубля" | "рубль" | "rub" | "rur" => Some("RUB"),
        "₸" | "тг" | "тенге" | "kzt" => Some("KZT"),
        "byn" => Some("BYN"),
        "€" | "евро" | "eur" => Some("EUR"),
        "$" | "usd" => Some("USD"),
        _ => None,
    }
}

/// The whole part and the digits after its separator, spaces already gone.
fn split_sum(number: &str) -> Result<(String, &str), Unreadable> {
    let Some(last) = number.rfind(['.', ',']) else {
        return Ok((number.to_owned(), ""));
    };
    let (whole, cents) = (&number[..last], &number[last + 1..]);
    let mark = number.get(last..=last).unwrap_or_default();
    let groups: Vec<&str> = whole.split(['.', ',']).collect();
    let grouped = groups.len() > 1
        && groups.iter().skip(1).all(|group| group.len() == 3)
        && groups.first().is_some_and(|group| (1..=3).contains(&group.len()));
    if groups.len() > 1 && !grouped {
        return Err(Unreadable);
    }
    match cents.len() {
        3 if grouped && whole.contains(mark) => Ok((groups.concat() + cents, "")),
        3 if !grouped && whole.len() <= 3 && whole != "0" => Err(Unreadable),
        1..=4 if !whole.contains(mark) => Ok((groups.concat(), cents)),
        _ => Err(Unreadable),
    }
}

/// `2400.50` → `2 400,50 ₽`.
pub(crate) fn spoken(debt: &Debt) -> String {
    let (whole, cents) = debt.amount.split_once('.').unwrap_or((&debt.amount, ""));
    let mut spoken = String::new();
    for (index, digit) in whole.chars().enumerate() {
        if index > 0 && (whole.len() - index).is_multiple_of(3) {
            spoken.push(' ');
        }
        spoken.push(digit);
    }
    if cents.bytes().any(|byte| byte != b'0') {
        spoken.push(',');
        spoken.push_str(cents);
    }
    let sign = match debt.currency.as_str() {
        "RUB" => "₽",
        "KZT" => "₸",
        "EUR" => "€",
        "USD" => "$",
        other => other,
    };
    format!("{spoken} {sign}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn amount(text: &str) -> Cell<String> {
        debt(text).map(|debt| debt.map(|debt| format!("{} {}", debt.amount, debt.currency)))
    }

    #[test]
    fn sums_become_plain_decimals() {
        let cases = [
            ("2 400", "2400.00 RUB"),
            ("2\u{a0}400\u{202f}₽", "2400.00 RUB"),
            ("2400,50", "2400.50 RUB"),
            ("2400.5", "2400.50 RUB"),
            ("2 400 руб.", "2400.00 RUB"),
            ("1.234.567,80", "1234567.80 RUB"),
            ("1,234,567", "1234567.00 RUB"),
            ("0,5", "0.50 RUB"),
            ("100 €", "100.00 EUR"),
            ("007", "7.00 RUB"),
        ];
        for (text, expected) in cases {
            assert_eq!(amount(text), Ok(Some(expected.to_owned())), "{text}");
        }
        for text in ["", "0", "0,00", "0.000 ₽", "-", "нет"] {
            assert_eq!(amount(text), Ok(None), "{text}");
        }
        for text in
            ["много", "-2400", "2,400", "1.2.3", "1,2,345", "2400 попугаев", "₽", ".", "1e3", "12345678901234567890"]
        {
            assert_eq!(amount(text), Err(Unreadable), "{text}");
        }
    }

    #[test]
    fn sums_are_spoken_as_on_a_receipt() {
        let spoken = |text: &str| super::spoken(&debt(text).unwrap().unwrap());
        assert_eq!(spoken("2400"), "2 400 ₽");
        assert_eq!(spoken("2400,5"), "2 400,50 ₽");
        assert_eq!(spoken("1234567 kzt"), "1 234 567 ₸");
        assert_eq!(spoken("400"), "400 ₽");
    }

    #[test]
    fn yes_no_and_words() {
        assert_eq!(["да", "YES", "1", "+", "Истина"].map(flag), [Flag::Yes; 5]);
        assert_eq!(["", "нет", "0", "-", "FALSE"].map(flag), [Flag::No; 5]);
        assert_eq!(flag(" жена главврача "), Flag::Says("жена главврача"));
        assert_eq!(
            (sex("Ж"), sex("муж."), sex(""), sex("3")),
            (Ok(Sex::Female), Ok(Sex::Male), Ok(Sex::Unknown), Err(Unreadable))
        );
    }

    proptest! {
        #[test]
        fn no_cell_panics(text in "[0-9a-zтуĞ₽Y+.,:;|T '\u{a0}-]{0,24}") {
            let _ = (sex(&text), flag(&text));
            if let Ok(Some(debt)) = debt(&text) {
                prop_assert!(debt.amount.parse::<f64>().unwrap() > 0.0);
                let _ = super::spoken(&debt);
            }
        }
    }
}
