//! What somebody typed into the search of history: numbers in any spelling, days, kinds of calls, and words.

use jiff::civil::Date;
use jiff::{Span, tz::TimeZone};
use phone::{PhoneNumber, Region};

use crate::log::{Wanted, marks, place_of};
use crate::view::searchable;

mod days;

/// Words that are read; more make no search better.
const MOST_WORDS: usize = 12;
/// A longer word is cut: its beginning finds enough.
const LONGEST_WORD: usize = 60;
/// Colleagues and lines that one word may name.
const MOST_NAMED: usize = 12;
/// A shorter number would be read as a local one, which a part of a number is not.
const WHOLE_NUMBER: usize = 10;
/// More is no number.
const MOST_DIGITS: usize = 20;

/// What a search is read with.
#[derive(Debug, Clone)]
pub(crate) struct Reading {
    /// How numbers are read.
    pub region: Region,
    /// The clinic's day.
    pub today: Date,
    /// Short numbers with names, as `searchable` writes them.
    pub colleagues: Vec<(String, String)>,
    /// Our lines with names, as `searchable` writes them.
    pub lines: Vec<(String, String)>,
}

/// What was typed.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Typed {
    /// Each must be found, in one of its spellings.
    pub terms: Vec<Vec<String>>,
    /// The first and the last day.
    pub days: Option<(Date, Date)>,
    /// What was read as days or kinds of calls.
    pub understood: Vec<wire::Understood>,
}

const UNANSWERED: Kind = Kind::Ended(&[wire::Outcome::Missed, wire::Outcome::Abandoned]);
const ANSWERED: Kind = Kind::Ended(&[wire::Outcome::Answered]);

/// The words that name a kind of call, as the rows of history say it too: the beginning that must be there, and what it means.
const KINDS: [(&str, Kind); 18] = [
    ("пропущен", UNANSWERED),
    ("неотвечен", UNANSWERED),
    ("отвечен", ANSWERED),
    ("принят", ANSWERED),
    ("поговорил", ANSWERED),
    ("дозвонил", ANSWERED),
    ("недозвон", Kind::Ended(&[wire::Outcome::Failed])),
    ("missed", UNANSWERED),
    ("abandoned", Kind::Ended(&[wire::Outcome::Abandoned])),
    ("answered", ANSWERED),
    ("входящ", Kind::Direction(wire::Direction::Inbound)),
    ("исходящ", Kind::Direction(wire::Direction::Outbound)),
    ("внутренн", Kind::Direction(wire::Direction::Internal)),
    ("inbound", Kind::Direction(wire::Direction::Inbound)),
    ("incoming", Kind::Direction(wire::Direction::Inbound)),
    ("outbound", Kind::Direction(wire::Direction::Outbound)),
    ("outgoing", Kind::Direction(wire::Direction::Outbound)),
    ("internal", Kind::Direction(wire::Direction::Internal)),
];
/// What follows «не».
const NOT_KINDS: [(&str, Kind); 5] = [
    ("дозвонил", Kind::Ended(&[wire::Outcome::Failed])),
    ("дождал", Kind::Ended(&[wire::Outcome::Abandoned])),
    ("отвечен", UNANSWERED),
    ("принят", UNANSWERED),
    ("взял", Kind::Ended(&[wire::Outcome::Missed])),
];
/// How such a word may end: `пропущенные`, `входящими`, `дозвонились`. Anything else is another word: `Пропущенко`.
const ENDINGS: &[&str] = &[
    "", "а", "о", "ы", "и", "ов", "ом", "ный", "ная", "ное", "ные", "ных", "ным", "ными", "ного", "ной", "ную", "ному",
    "ый", "ая", "ое", "ые", "ых", "ым", "ыми", "ого", "ой", "ую", "ому", "ий", "ее", "ие", "их", "им", "ими", "его",
    "ей", "ему", "ся", "ась", "ись",
];

#[derive(Clone, Copy)]
enum Kind {
    Ended(&'static [wire::Outcome]),
    Direction(wire::Direction),
}

/// Reads a search.
pub(crate) fn read(text: &str, with: &Reading) -> Typed {
    let text = searchable(text);
    let words: Vec<&str> = text.split_whitespace().take(MOST_WORDS).collect();
    let mut typed = Typed::default();
    let mut rest = words.as_slice();
    while let Some((word, after)) = rest.split_first() {
        if days::LEAD_IN.contains(word)
            && let Some((from, to, length)) = days::read_after(word, after, with.today)
        {
            typed.add_days(from, to, &rest[..=length].join(" "));
            rest = &after[length..];
            continue;
        }
        if let Some((from, to, length)) = days::read(rest, with.today) {
            typed.add_days(from, to, &rest[..length].join(" "));
            rest = &rest[length..];
            continue;
        }
        if let Some((kind, length)) = kind(rest) {
            typed.add_kind(kind, &rest[..length].join(" "));
            rest = &rest[length..];
            continue;
        }
        if let Some(length) = withheld(rest) {
            typed.terms.push(vec![rest[..length].join(" "), marks::WITHHELD.to_owned()]);
            rest = &rest[length..];
            continue;
        }
        let digits = rest.iter().take_while(|word| is_part_of_number(word)).count();
        if digits > 0 {
            typed.terms.push(number(&rest[..digits], &with.region));
            rest = &rest[digits..];
            continue;
        }
        typed.terms.push(named(word, with));
        rest = after;
    }
    typed
}

impl Typed {
    fn add_days(&mut self, from: Date, to: Date, text: &str) {
        self.days = Some(self.days.map_or((from, to), |(first, last)| (first.min(from), last.max(to))));
        let text = text.to_owned();
        self.understood.push(wire::Understood::Days { text, from: from.to_string(), to: to.to_string() });
    }

    fn add_kind(&mut self, kind: Kind, words: &str) {
        let (text, mut spellings) = (words.to_owned(), vec![words.to_owned()]);
        match kind {
            Kind::Ended(ended) => {
                spellings.extend(ended.iter().map(|ended| marks::ended(*ended).to_owned()));
                self.understood.push(wire::Understood::Ended { text, ended: ended.to_vec() });
            }
            Kind::Direction(direction) => {
                spellings.push(marks::direction(direction).to_owned());
                self.understood.push(wire::Understood::Direction { text, direction });
            }
        }
        self.terms.push(spellings);
    }

    /// The search as the log answers it, narrowed by what was chosen from lists.
    ///
    /// # Errors
    /// The day that is none.
    pub(crate) fn wanted(self, which: &wire::CallFilter, time_zone: &TimeZone) -> Result<Wanted, String> {
        let mut terms = self.terms;
        let mut chosen = |mark: String| terms.push(vec![mark]);
        if let Some(ended) = which.ended {
            chosen(marks::ended(ended).to_owned());
        }
        if let Some(direction) = which.direction {
            chosen(marks::direction(direction).to_owned());
        }
        let lists = [
            which.extension.as_deref().map(marks::extension),
            which.line.as_deref().map(marks::line),
            which.wrap_up.as_deref().map(marks::wrap_up),
            which.tag.as_deref().map(marks::tag),
        ];
        lists.into_iter().flatten().for_each(chosen);
        let day = |text: &String| text.parse::<Date>().map_err(|_| text.clone());
        let first =
            which.from.as_ref().map(day).transpose()?.into_iter().chain(self.days.map(|(first, _)| first)).max();
        let last = which.to.as_ref().map(day).transpose()?.into_iter().chain(self.days.map(|(_, last)| last)).min();
        let from = first.and_then(|first| begin_ms(first, time_zone)).map(place_of);
        let until = last.and_then(|last| begin_ms(after(last), time_zone)).map(place_of);
        Ok(Wanted { terms, from, until })
    }
}

/// When a day begins in the clinic: Unix ms.
pub(crate) fn begin_ms(day: Date, time_zone: &TimeZone) -> Option<i64> {
    let begin = day.to_zoned_datetime(time_zone.clone()).and_then(|day| day.start_of_day()).ok()?;
    Some(begin.timestamp().as_millisecond())
}

/// The day after.
pub(crate) fn after(day: Date) -> Date {
    day.saturating_add(Span::new().days(1))
}

fn kind(words: &[&str]) -> Option<(Kind, usize)> {
    match words {
        ["не", word, ..] => kind_among(&NOT_KINDS, word).map(|kind| (kind, 2)),
        [word, ..] => kind_among(&KINDS, word).map(|kind| (kind, 1)),
        [] => None,
    }
}

fn kind_among(kinds: &[(&str, Kind)], word: &str) -> Option<Kind> {
    kinds.iter().find_map(|(stem, kind)| {
        let ending = word.strip_prefix(stem)?;
        let is_one = if stem.is_ascii() { ending.is_empty() } else { ENDINGS.contains(&ending) };
        is_one.then_some(*kind)
    })
}

fn is_part_of_number(word: &str) -> bool {
    word.bytes().any(|sign| sign.is_ascii_digit())
        && word.bytes().all(|sign| sign.is_ascii_digit() || b"+-().".contains(&sign))
}

/// A whole number is found however it is typed, a part of one by its digits; in notes and charts as it is written there.
fn number(words: &[&str], region: &Region) -> Vec<String> {
    let mut spellings = digits_of(words, region);
    let as_typed: String = words.join(" ").chars().take(LONGEST_WORD).collect();
    let has_signs = as_typed.trim_start_matches('+').chars().any(|sign| !sign.is_ascii_digit());
    if has_signs && !spellings.contains(&as_typed) {
        spellings.push(as_typed);
    }
    spellings
}

fn digits_of(words: &[&str], region: &Region) -> Vec<String> {
    let together = words.concat();
    let digits: String = together.chars().filter(char::is_ascii_digit).take(MOST_DIGITS).collect();
    if digits.len() >= WHOLE_NUMBER
        && let Some(number) = PhoneNumber::parse(&words.join(" "), region)
    {
        return vec![number.as_str().to_owned()];
    }
    if together.starts_with('+') {
        return vec![format!("+{digits}")];
    }
    // The trunk prefix of Russia stands for +7; three signs or more may also be the middle of a number.
    match digits.strip_prefix('8') {
        Some(rest) if !rest.is_empty() && digits.len() < WHOLE_NUMBER + 1 => vec![format!("+7{rest}"), digits],
        Some(_) | None => vec![digits],
    }
}

/// A word, and the colleagues and lines that it names.
fn named(word: &str, with: &Reading) -> Vec<String> {
    let word: String = word.chars().take(LONGEST_WORD).collect();
    let starts = |name: &str| name.split_whitespace().any(|part| part.starts_with(&word));
    let colleagues = with.colleagues.iter().filter(|(_, name)| starts(name)).map(|(known, _)| marks::extension(known));
    let lines = with.lines.iter().filter(|(_, name)| name.contains(&word)).map(|(known, _)| marks::line(known));
    let named: Vec<String> = colleagues.chain(lines).take(MOST_NAMED).collect();
    std::iter::once(word).chain(named).collect()
}

/// How many words say that a number is hidden: `скрыт`, `номер скрыт` as the rows of history say it, `скрытый номер`.
fn withheld(words: &[&str]) -> Option<usize> {
    let is_hidden = |word: &str| {
        let ending = word.strip_prefix("скрыт");
        ending.is_some_and(|ending| ENDINGS.contains(&ending)) || matches!(word, "withheld" | "hidden")
    };
    let is_number = |word: &str| word.starts_with("номер") || word == "number";
    match words {
        [one, other, ..] if is_number(one) && is_hidden(other) || is_hidden(one) && is_number(other) => Some(2),
        [one, ..] if is_hidden(one) => Some(1),
        [..] => None,
    }
}

#[cfg(test)]
mod tests;
