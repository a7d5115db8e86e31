use std::fmt;

use crate::lexer::{self, Group, Token};
use crate::number::{MOST_DIGITS, read_digits};
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

pub(crate) fn read(text: &str, region: &Region) -> Found {
    let mut found = Found { numbers: Vec::new(), stray_digits: false };
    let mut run: Vec<Group> = Vec::new();
    // The number that an extension would belong to; words and commas may stand between them.
    let mut owner: Option<usize> = None;
    for token in lexer::lex(text).into_iter().chain([Token::Break]) {
        match token {
            Token::Digits(group) => run.push(group),
            Token::Break | Token::Dropped => {
                if let Some(last) = found.take(&mut run, text, region) {
                    owner = last;
                }
            }
            Token::Extension(group) => {
                if let Some(last) = found.take(&mut run, text, region) {
                    owner = last;
                }
                match owner.take().and_then(|at| found.numbers.get_mut(at)) {
                    Some(number) => number.extend(&group, text),
                    None => found.stray_digits = true,
                }
            }
        }
    }
    found.drop_repeats();
    found
}

impl Found {
    /// Reads the numbers of one run of groups. Outer `None`: the run was empty; inner: it ended in no number.
    fn take(&mut self, run: &mut Vec<Group>, text: &str, region: &Region) -> Option<Option<usize>> {
        if run.is_empty() {
            return None;
        }
        let groups = std::mem::take(run);
        let mut ended_in_number = false;
        for part in split(&groups, region) {
            ended_in_number = false;
            match part.number {
                Some(number) if self.numbers.len() < MOST_NUMBERS => {
                    let typed = typed(text, &groups[part.from], &groups[part.to - 1]);
                    self.numbers.push(FieldNumber { number, extension: None, typed });
                    ended_in_number = true;
                }
                Some(_) | None => self.stray_digits = true,
            }
        }
        Some(ended_in_number.then(|| self.numbers.len() - 1))
    }

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

fn typed(text: &str, first: &Group, last: &Group) -> String {
    let typed = text.get(first.start..last.end).unwrap_or_default();
    // "(8 900) …" without its opening bracket reads better than with only half of a pair.
    let balanced = typed.matches('(').count() == typed.matches(')').count();
    if balanced { typed } else { typed.trim_start_matches('(') }.to_owned()
}

/// Groups `from..to` of a run, read as a number or as nothing.
struct Part {
    from: usize,
    to: usize,
    number: Option<PhoneNumber>,
}

/// Cuts a run of groups where that explains the most digits with the fewest numbers:
/// `8 900 555 01 01 8 901 555 02 02` is two numbers, `495-01-99 555-02-00` two local ones.
fn split(groups: &[Group], region: &Region) -> Vec<Part> {
    // best[i]: how well the groups from i on can be read: (digits explained, fewest numbers, where the first part ends, its number).
    struct Best {
        explained: usize,
        numbers: usize,
        to: usize,
        number: Option<PhoneNumber>,
    }
    let mut best: Vec<Best> = Vec::with_capacity(groups.len() + 1);
    best.push(Best { explained: 0, numbers: 0, to: groups.len(), number: None });
    // Filled from the end, so best[groups.len() - i] belongs to i.
    for from in (0..groups.len()).rev() {
        let rest = |to: usize| &best[groups.len() - to];
        let skipped = rest(from + 1);
        let mut chosen = Best { explained: skipped.explained, numbers: skipped.numbers, to: from + 1, number: None };
        let mut digits = String::new();
        for to in from + 1..=groups.len() {
            let group = &groups[to - 1];
            if (group.plus && to > from + 1) || digits.len() + group.digits.len() > MOST_DIGITS {
                break;
            }
            digits.push_str(&group.digits);
            let lone_first = groups[from].digits.len() == 1;
            let Some(number) = read_digits(groups[from].plus, &digits, lone_first, region) else {
                continue;
            };
            let explained = digits.len() + rest(to).explained;
            let numbers = 1 + rest(to).numbers;
            let better = explained > chosen.explained || (explained == chosen.explained && numbers < chosen.numbers);
            if better {
                chosen = Best { explained, numbers, to, number: Some(number) };
            }
        }
        best.push(chosen);
    }
    let mut parts = Vec::new();
    let mut from = 0;
    while from < groups.len() {
        let at = &best[groups.len() - from];
        parts.push(Part { from, to: at.to, number: at.number.clone() });
        from = at.to;
    }
    parts
}
