//! Everybody of one reading of the files, held small: the texts themselves, where each row begins, and sorted numbers. A
//! card is made of its rows when it is asked for.

use std::collections::{HashMap, HashSet};
use std::fmt;
use std::sync::Arc;

use jiff::Timestamp;
use phone::PhoneNumber;

use super::card::Line;
use super::days::Calendar;
use super::faults::Faults;
use super::joining::file_of;
use super::load::Sheet;
use super::phones::{self, Key};
use super::records::{Records, fields};
use super::{FileSettings, card, fold, spoken_rows};
use crate::digits::Digits;
use crate::matching::{why_found, written_in};
use crate::order::in_reading_order;
use crate::people::Person;
use crate::source::Answer;

/// More people on one number are the clinic's own number typed into every card.
const MAX_SHOWN: usize = 50;
/// From so many people the best [`MAX_SHOWN`] are chosen.
const MAX_WEIGHED: usize = 200;
/// From so many found people the first by name are chosen.
const MAX_FOUND: usize = 500;

/// The people of some files. A person is the number of their first row.
pub(super) struct Roll {
    /// The files, in the order in which their values count.
    pub(super) sheets: Vec<Arc<Sheet>>,
    /// The first row of each file.
    pub(super) first_rows: Vec<u32>,
    /// What is wrong with each file.
    pub(super) faults: Vec<Faults>,
    /// Where each row begins in its file's text.
    pub(super) starts: Vec<u32>,
    /// The folded words of every row's name and chart, a space before each, a line end after each row.
    pub(super) words: String,
    /// Where each row ends in `words`.
    pub(super) words_end: Vec<u32>,
    /// Sorted.
    pub(super) phones: Vec<(Key, u32)>,
    /// The other rows of a person who has several.
    pub(super) rows_of: HashMap<u32, Vec<u32>>,
    /// The reverse of `rows_of`.
    pub(super) first_of: HashMap<u32, u32>,
    /// People whose id in the file belongs to somebody else too.
    pub(super) without_id: HashSet<u32>,
    pub(super) people: u32,
}

impl fmt::Debug for Roll {
    /// Without the people: this may reach a log.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Roll").field("people", &self.people).finish_non_exhaustive()
    }
}

impl Roll {
    /// How many different numbers there are.
    pub(super) fn numbers(&self) -> usize {
        self.phones.chunk_by(|one, other| one.0 == other.0).count()
    }

    /// How many rows of the file at a place in `sheets` were kept.
    pub(super) fn rows_in(&self, place: usize) -> usize {
        let ends = self.first_rows.iter().skip(1).map(|first| *first as usize).chain([self.starts.len()]);
        let rows = self.first_rows.iter().zip(ends).nth(place);
        rows.map_or(0, |(first, end)| end.saturating_sub(*first as usize))
    }

    pub(super) fn look_up(
        &self,
        number: &PhoneNumber,
        settings: &FileSettings,
        calendar: &Calendar,
        now: Timestamp,
    ) -> Answer {
        let key = phones::key(number.digits()).unwrap_or_default();
        let from = self.phones.partition_point(|(phone, _)| *phone < key);
        let on_number = self.phones.get(from..).unwrap_or_default().partition_point(|(phone, _)| *phone == key);
        let found = self.phones.get(from..from + on_number).unwrap_or_default();
        if found.is_empty() {
            let why = format!("номера нет в файле пациентов ({})", spoken_rows(self.people));
            return Answer { why: Some(why), ..Answer::default() };
        }
        let weighed = found.iter().take(MAX_WEIGHED);
        let made = weighed.filter_map(|(_, first)| Some((self.person(*first, settings, calendar, now)?, *first)));
        let (mut people, firsts): (Vec<Person>, Vec<u32>) = made.unzip();
        let rows: HashMap<String, u32> = people.iter().map(|person| person.id.clone()).zip(firsts).collect();
        in_reading_order(&mut people, now, &calendar.zone);
        people.truncate(MAX_SHOWN);
        let why = if found.len() > people.len() {
            Some(format!("на этом номере людей: {}, показаны первые {}", found.len(), people.len()))
        } else {
            let first = people.first().and_then(|person| rows.get(&person.id));
            first.and_then(|first| self.why(*first, number, settings))
        };
        Answer { people, why, has_more: false }
    }

    /// How the number is written in the person's record.
    fn why(&self, first: u32, number: &PhoneNumber, settings: &FileSettings) -> Option<String> {
        let lines = self.rows(first);
        written_in(lines.iter().flat_map(Line::phones), number, &settings.region).as_ref().map(why_found)
    }

    /// At most `limit` people: by words of the name or chart, and by digits of a number.
    pub(super) fn search(
        &self,
        text: &str,
        limit: usize,
        settings: &FileSettings,
        calendar: &Calendar,
        now: Timestamp,
    ) -> Vec<Person> {
        let text: String = text.chars().take(200).collect();
        let folded = fold::words(&text);
        let meant: HashSet<u32> = self.by_last_words(&folded).into_iter().collect();
        let mut firsts = self.by_words(&folded);
        firsts.extend(&meant);
        if let Some(digits) = Digits::typed(&text) {
            firsts.extend(self.by_digits(&digits));
        }
        firsts.sort_unstable();
        firsts.dedup();
        // Whoever has exactly this chart first. Names are compared folded and cheaply before anybody's card is made.
        firsts.sort_by_key(|first| (!meant.contains(first), self.words_of(*first)));
        firsts.into_iter().filter_map(|first| self.person(first, settings, calendar, now)).take(limit).collect()
    }

    /// Every word of the query begins some word of the row.
    fn by_words(&self, query: &str) -> Vec<u32> {
        let mut words: Vec<&str> = query.match_indices(' ').map(|(at, _)| next_word(query, at)).collect();
        words.sort_by_key(|word| std::cmp::Reverse(word.len()));
        let Some((rarest, others)) = words.split_first() else {
            return Vec::new();
        };
        let rows = self.rows_that_hold(rarest);
        let rows = rows.filter(|row| others.iter().all(|word| self.words_of(*row).contains(word)));
        rows.map(|row| self.first(row)).take(MAX_FOUND).collect()
    }

    /// Whose row ends in exactly these words: a chart number stands last.
    fn by_last_words(&self, query: &str) -> Vec<u32> {
        if query.is_empty() {
            return Vec::new();
        }
        let whole = format!("{query}\n");
        self.rows_that_hold(&whole).map(|row| self.first(row)).take(MAX_FOUND).collect()
    }

    /// Every row with this text in its words, once each.
    fn rows_that_hold(&self, text: &str) -> impl Iterator<Item = u32> {
        let mut from = 0;
        std::iter::from_fn(move || {
            let at = from + self.words.get(from..)?.find(text)?;
            let row = self.words_end.partition_point(|end| (*end as usize) <= at);
            from = *self.words_end.get(row)? as usize;
            u32::try_from(row).ok()
        })
    }

    fn first(&self, row: u32) -> u32 {
        self.first_of.get(&row).copied().unwrap_or(row)
    }

    fn by_digits(&self, digits: &Digits) -> Vec<u32> {
        let found = self.phones.iter().filter(|(number, _)| digits.are_in(*number));
        found.map(|(_, first)| *first).take(MAX_FOUND).collect()
    }

    fn words_of(&self, row: u32) -> &str {
        let row = row as usize;
        let start = row.checked_sub(1).and_then(|before| self.words_end.get(before)).copied().unwrap_or(0);
        let end = self.words_end.get(row).copied().unwrap_or(start);
        self.words.get(start as usize..end as usize).unwrap_or_default()
    }

    /// All rows of a person, split.
    fn rows(&self, first: u32) -> Vec<Line<'_>> {
        let more = self.rows_of.get(&first).into_iter().flatten().copied();
        std::iter::once(first).chain(more).filter_map(|row| self.line(row)).collect()
    }

    fn line(&self, row: u32) -> Option<Line<'_>> {
        let Sheet { text, layout, .. } = self.sheets.get(file_of(&self.first_rows, row))?.as_ref();
        let start = *self.starts.get(row as usize)? as usize;
        let record = Records::new(text, start, 1, layout.separator).next()?;
        let mut cells = Vec::new();
        fields(text.get(record.start..record.end)?, layout.separator, &mut cells);
        Some(Line { layout, cells })
    }

    fn person(&self, first: u32, settings: &FileSettings, calendar: &Calendar, now: Timestamp) -> Option<Person> {
        let has_own_id = !self.without_id.contains(&first);
        card::person(&self.rows(first), has_own_id, settings, calendar, now)
    }
}

/// The word that begins with the space at `at`, the space included.
fn next_word(query: &str, at: usize) -> &str {
    let rest = query.get(at..).unwrap_or_default();
    let end = rest.get(1..).and_then(|word| word.find(' ')).map_or(rest.len(), |end| end + 1);
    rest.get(..end).unwrap_or_default()
}
