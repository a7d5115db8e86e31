use std::fmt;

use crate::lexer::{self, Group, Token};
use crate::run::{Part, joined, split};
use crate::{PhoneNumber, Region};

/// One number found in a free text field.
#[derive(Clone, PartialEq, Eq)]
pub struct FieldNumber {
    /// The number.
    pub number: PhoneNumber,
    /// Its extension (`доб. 12`), digits only.
    pub extension: Option<String>,
    /// How it stood in the field, the extension included.
    pub typed: String,
}

/// Nobody has more phones; a pasted list is cut here.
const MOST_NUMBERS: usize = 32;

/// All numbers of a field such as `мама 8 (900) 555-01-01 доб. 2, папа 8 901 555-02-02`, in order, each once.
///
/// Numbers may be parted by words, punctuation, new lines, or only by blanks. SIP and mail addresses and dates are
/// passed over. At most 32 numbers of the first 1,024 characters.
pub fn numbers_in_field(text: &str, region: &Region) -> Vec<FieldNumber> {
    read(text, region).numbers
}

pub(crate) struct Found {
    pub numbers: Vec<FieldNumber>,
    /// Digits were left that belong to no number.
    pub stray_digits: bool,
}

/// Which area code a number without one has.
enum Area {
    /// The clinic's.
    Home,
    /// That of a number before it: `8 (812) 555-01-99, 555-02-00`.
    Told(String),
    /// A number of another area stands before it, and where its code ends is not to be seen.
    Unclear,
}

struct Reader<'t> {
    text: &'t str,
    region: &'t Region,
    found: Found,
    area: Area,
    /// The digits of the last piece when it was no number: perhaps the beginning of the next one.
    left: String,
}

pub(crate) fn read(text: &str, region: &Region) -> Found {
    let found = Found { numbers: Vec::new(), stray_digits: false };
    let mut reader = Reader { text, region, found, area: Area::Home, left: String::new() };
    let mut run: Vec<Group> = Vec::new();
    // The number that an extension would belong to; words and commas may stand between them.
    let mut owner: Option<usize> = None;
    let mut on_paper = false;
    for token in lexer::lex(text).into_iter().chain([Token::Break]) {
        match token {
            Token::Digits(group) => run.push(group),
            Token::Soft => {}
            Token::Break | Token::Dropped | Token::Document => {
                if let Some(last) = reader.take(&mut run, on_paper) {
                    owner = last;
                    on_paper = false;
                }
                on_paper |= token == Token::Document;
            }
            Token::Extension(group) => {
                if let Some(last) = reader.take(&mut run, on_paper) {
                    owner = last;
                    on_paper = false;
                }
                match owner.take().and_then(|at| reader.found.numbers.get_mut(at)) {
                    Some(number) => number.extend(&group, text),
                    None => reader.found.stray_digits = true,
                }
            }
        }
    }
    reader.found.drop_repeats();
    reader.found
}

impl Reader<'_> {
    /// Reads the numbers of one run of groups. Outer `None`: the run was empty; inner: it ended in no number. A number
    /// `on_paper` is a passport's or a chart's unless it is plainly a phone.
    fn take(&mut self, run: &mut Vec<Group>, on_paper: bool) -> Option<Option<usize>> {
        if run.is_empty() {
            return None;
        }
        let groups = std::mem::take(run);
        let pieces: Vec<&[Group]> = groups.chunk_by(|_, next| !next.after_soft).collect();
        let mut last = None;
        let mut at = 0;
        while let Some(piece) = pieces.get(at) {
            let home = match &self.area {
                Area::Home => self.region.area_code(),
                Area::Told(code) => Some(code.as_str()),
                Area::Unclear => None,
            };
            let parts = split(piece, home, on_paper, self.region);
            let ends = (at + 2..=pieces.len()).rev();
            let whole = ends.filter(|_| !on_paper && is_stray(&parts)).find_map(|end| {
                let number = joined(pieces.get(at..end)?, self.region)?;
                Some((end, number))
            });
            last = match whole {
                Some((end, number)) => {
                    let whole: Vec<Group> = pieces.get(at..end).unwrap_or_default().concat();
                    let part = Part { from: 0, to: whole.len(), number: Some(number), is_local: false };
                    at = end;
                    self.keep(&whole, vec![part])
                }
                None => {
                    at += 1;
                    self.keep(piece, parts)
                }
            };
        }
        Some(last)
    }

    /// Keeps the numbers of a piece; the place of the last one if the piece ends in it.
    fn keep(&mut self, groups: &[Group], parts: Vec<Part>) -> Option<usize> {
        let mut last = None;
        for part in parts {
            last = None;
            let groups = groups.get(part.from..part.to).unwrap_or_default();
            let digits: String = groups.iter().map(|group| group.digits.as_str()).collect();
            let number = part.number.filter(|number| !(part.is_local && self.is_half(&digits, number)));
            match (number, groups) {
                (Some(number), [first, ..]) if self.found.numbers.len() < MOST_NUMBERS => {
                    if !part.is_local {
                        self.see_area(&number, groups);
                    }
                    let end = groups.last().map_or(first.end, |group| group.end);
                    let typed = typed(self.text, first.start, end);
                    self.found.numbers.push(FieldNumber { number, extension: None, typed });
                    self.left.clear();
                    last = Some(self.found.numbers.len() - 1);
                }
                _ => {
                    self.found.stray_digits = true;
                    self.left = digits;
                }
            }
        }
        last
    }

    /// Whether a local number is rather the end of another one whose beginning was torn off: «код 812, тел. 555-01-99».
    fn is_half(&self, digits: &str, number: &PhoneNumber) -> bool {
        !self.left.is_empty() && {
            let group =
                |digits: &str| Group { digits: digits.to_owned(), plus: false, after_soft: false, start: 0, end: 0 };
            let (torn, rest) = (group(&self.left), group(digits));
            joined(&[&[torn], &[rest]], self.region).is_some_and(|whole| whole != *number)
        }
    }

    /// Numbers without an area code that follow are of this number's area.
    fn see_area(&mut self, number: &PhoneNumber, groups: &[Group]) {
        let national = number.digits().strip_prefix('7').filter(|_| self.region.is_seven());
        let Some(national) =
            national.filter(|national| !national.starts_with(['9', '7']) && !national.starts_with("80"))
        else {
            return;
        };
        let code = |group: &&Group| (3..=5).contains(&group.digits.len()) && national.starts_with(&group.digits);
        self.area = match groups.iter().find(code) {
            Some(group) => Area::Told(group.digits.clone()),
            None if self.region.area_code().is_some_and(|home| national.starts_with(home)) => Area::Home,
            None => Area::Unclear,
        };
    }
}

fn is_stray(parts: &[Part]) -> bool {
    parts.iter().all(|part| part.number.is_none())
}

impl Found {
    fn drop_repeats(&mut self) {
        let mut kept: Vec<FieldNumber> = Vec::with_capacity(self.numbers.len());
        for number in self.numbers.drain(..) {
            let known = kept.iter().any(|k| k.number == number.number && k.extension == number.extension);
            if !known {
                kept.push(number);
            }
        }
        self.numbers = kept;
    }
}

impl FieldNumber {
    fn extend(&mut self, extension: &Group, text: &str) {
        // The text between number and marker is kept: it is how the field reads.
        if let Some(begin) = text.get(..extension.start).and_then(|t| t.rfind(self.typed.as_str()))
            && let Some(whole) = text.get(begin..extension.end)
        {
            self.typed = whole.to_owned();
        }
        self.extension = Some(extension.digits.clone());
    }
}

impl fmt::Debug for FieldNumber {
    /// Without the whole number: this may reach a log.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FieldNumber")
            .field("number", &self.number)
            .field("extension", &self.extension)
            .finish_non_exhaustive()
    }
}

fn typed(text: &str, start: usize, end: usize) -> String {
    let typed = text.get(start..end).unwrap_or_default();
    // "(8 900) …" without its opening bracket reads better than with only half of a pair.
    let balanced = typed.matches('(').count() == typed.matches(')').count();
    if balanced { typed } else { typed.trim_start_matches('(') }.to_owned()
}
