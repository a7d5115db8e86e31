//! Hiding in a text what nobody else may read, whatever brought it there.

use std::path::Path;
use std::sync::LazyLock;

use jiff::Timestamp;
use regex::Regex;

/// What stands where something was hidden.
const HIDDEN: &str = "•••";
/// A shorter secret would hide half of every text; real ones have 32 characters.
const SHORTEST_SECRET: usize = 4;

/// What is hidden beside the secrets and folders of this desk, in this order.
static RULES: LazyLock<Vec<(Regex, &'static str)>> = LazyLock::new(|| {
    [
        // Addresses of people, and of computers but for their network.
        (r"[^\s@=<>]+@[^\s@]+", HIDDEN),
        (r"\b(\d{1,3}\.\d{1,3})\.\d{1,3}\.\d{1,3}\b", "$1.x.x"),
        (r"(?i)\b[0-9a-f]{0,4}(?::[0-9a-f]{0,4}){3,}", HIDDEN),
        // A user's folder, on any system.
        (r#"(?i)((?:/home/|/Users/|\\Users\\)|/root\b)[^\s/\\"']*"#, "$1…"),
        // Text in disguise.
        (r"(?:%[0-9A-Fa-f]{2}){2,}", HIDDEN),
        (r"(?:\\u\{?[0-9a-fA-F]{2,6}\}?){2,}", HIDDEN),
        (r"(?:\\x[0-9a-fA-F]{2}){2,}", HIDDEN),
        // Numbers of seven digits and more, however they are grouped.
        (r"\+?\d(?:[\s\u{a0}\u{2011}\u{2012}\u{2013}().-]{0,3}\d){6,}", HIDDEN),
    ]
    .into_iter()
    .filter_map(|(pattern, instead)| Some((Regex::new(pattern).ok()?, instead)))
    .collect()
});

/// A word with a Cyrillic capital: a name, or the beginning of a sentence.
static CAPITALISED: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"[\p{L}\d-]*\p{Lu}[\p{L}\d-]*").ok());
/// A long word: a key, token, identifier, hex or base64 when it has a digit or a capital within.
static LONG_WORD: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"[A-Za-z0-9+/_=-]{16,}").ok());
/// The path of a post, which may be anything that this version does not know.
static EVENT_PATH: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r#"\b(?:events|result)/[^\s"']*"#).ok());
/// Words of our own that are written so.
const OUR_WORDS: &[&str] = &["АТС", "МИС"];

/// Hides secrets, numbers, names and folders in a text.
#[derive(Debug)]
pub(crate) struct Masking {
    /// Longest first: one may hold another.
    exact: Vec<Hidden>,
}

/// A text that is looked for and never shown.
struct Hidden(String);

impl std::fmt::Debug for Hidden {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("…")
    }
}

impl Masking {
    /// Hides these secrets, the data folder and the user's home beside what looks like a secret by itself.
    pub(crate) fn new(secrets: Vec<String>, data_dir: &Path) -> Masking {
        let home = dirs::home_dir().map(|home| home.display().to_string());
        let mut exact: Vec<String> = secrets;
        // A key in PEM is one secret of many lines, each of which gives a part away.
        let lines: Vec<String> =
            exact.iter().flat_map(|secret| secret.lines()).map(|line| line.trim().to_owned()).collect();
        exact.extend(lines);
        exact.push(data_dir.display().to_string());
        exact.extend(home);
        exact.retain(|text| text.chars().count() >= SHORTEST_SECRET);
        exact.sort_by_key(|text| std::cmp::Reverse(text.len()));
        exact.dedup();
        Masking { exact: exact.into_iter().map(Hidden).collect() }
    }

    /// A line of the program's log; its moment stays.
    pub(crate) fn line(&self, line: &str) -> String {
        match line.split_once(' ') {
            Some((moment, rest)) if moment.parse::<Timestamp>().is_ok() => format!("{moment} {}", self.text(rest)),
            Some(_) | None => self.text(line),
        }
    }

    /// Any text.
    pub(crate) fn text(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for Hidden(exact) in &self.exact {
            if text.contains(exact.as_str()) {
                text = text.replace(exact.as_str(), HIDDEN);
            }
        }
        if let Some(paths) = EVENT_PATH.as_ref()
            && paths.is_match(&text)
        {
            let known = |path: &regex::Captures<'_>| super::known_path(path.get(0).map_or("", |path| path.as_str()));
            text = paths.replace_all(&text, known).into_owned();
        }
        for (rule, instead) in RULES.iter() {
            if rule.is_match(&text) {
                text = rule.replace_all(&text, *instead).into_owned();
            }
        }
        if let Some(words) = LONG_WORD.as_ref() {
            let hidden = |word: &regex::Captures<'_>| {
                let word = word.get(0).map_or("", |word| word.as_str());
                let odd = word.chars().any(|sign| sign.is_ascii_digit())
                    || word.chars().skip(1).any(|sign| sign.is_ascii_uppercase());
                if odd { HIDDEN.to_owned() } else { word.to_owned() }
            };
            text = words.replace_all(&text, hidden).into_owned();
        }
        let Some(capitalised) = CAPITALISED.as_ref() else { return HIDDEN.to_owned() };
        let named = |word: &regex::Captures<'_>| {
            let word = word.get(0).map_or("", |word| word.as_str());
            let stays = word.is_ascii() || OUR_WORDS.contains(&word);
            if stays { word.to_owned() } else { "…".to_owned() }
        };
        capitalised.replace_all(&text, named).into_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn masking() -> Masking {
        Masking::new(vec!["the-salt".to_owned(), "-----BEGIN\nqqqq\n-----END".to_owned()], Path::new("/clinic/data"))
    }

    #[test]
    fn every_rule_is_a_rule() {
        assert_eq!(RULES.len(), 8);
        assert!(CAPITALISED.is_some() && LONG_WORD.is_some() && EVENT_PATH.is_some());
    }

    #[test]
    fn what_nobody_may_read_is_hidden() {
        for text in [
            "number=+79005550101",
            "8 (900) 555-01-01 x",
            "a 900\u{a0}555\u{a0}01\u{a0}01",
            "key the-salt x",
            "qqqq",
            "/clinic/data/callpop.db",
            "C:\\Users\\ivanova\\AppData",
            "/home/ivanova/x",
            "from 81.88.80.132",
            "from fe80::1:2:3:4",
            "Иванова Мария",
            "d09cd0b0d180d0b8d18f",
            "0JzQsNGA0LjRjyDQmNCy",
            "%D0%9C%D0%B0",
            "\\u041c\\u0430",
            "ivanova@mail.example",
            "MTIzNDU2Nzg5MA-abc",
        ] {
            let masked = masking().text(text);
            for part in [
                "900",
                "555",
                "salt",
                "qqqq",
                "clinic",
                "ivanova",
                "80.132",
                "fe80",
                "Иванова",
                "Мария",
                "d09c",
                "0Jz",
                "D0",
                "041c",
                "MTIz",
            ] {
                assert!(!masked.contains(part), "{text} → {masked}");
            }
        }
    }

    #[test]
    fn a_path_that_nobody_knows_is_not_told() {
        assert_eq!(masking().text("path=\"events/Drozdova/#-#\""), "path=\"other\"");
        assert_eq!(masking().text("path=\"events/record/added\""), "path=\"events/record/added\"");
    }

    #[test]
    fn what_helps_stays() {
        let line = "2026-11-24T19:18:02.123456Z  WARN desk::listener: a post with a wrong signature was refused from=81.88.80.132 unlogged=12";
        assert_eq!(masking().line(line), line.replace("80.132", "x.x"));
        let why = "ключ не подходит: МИС ответила 403, повторите через 15 минут";
        assert_eq!(masking().text(why), why);
        assert_eq!(masking().text("listener.bind: port 8082 is taken"), "listener.bind: port 8082 is taken");
    }
}
