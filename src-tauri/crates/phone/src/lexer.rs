//! Cuts free text into digit groups, extensions and what separates them.

/// One group of adjoining digits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Group {
    pub digits: String,
    /// A plus stands right before the group.
    pub plus: bool,
    /// A comma or a slash stands before the group.
    pub after_soft: bool,
    /// Bytes of the text, the plus and an opening bracket included.
    pub start: usize,
    pub end: usize,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Token {
    Digits(Group),
    /// `доб. 12`, `#12`: its digits and where it ends.
    Extension(Group),
    /// What cannot stand inside one number: a word, a semicolon, a new line.
    Break,
    /// A comma or a slash: parts two numbers, but some write `495/555-01-99` and `8 900, 555-01-01`.
    Soft,
    /// A word that says that the digits after it are no phone: `паспорт`, `карта`.
    Document,
    /// An address or a date: digits that are no number.
    Dropped,
}

/// A phone field is a line, not a letter; more is cut off.
const LONGEST_TEXT: usize = 1024;

/// Words before an extension, longer before shorter of one beginning; Cyrillic «х» is typed for "x".
const EXTENSION_WORDS: [&str; 17] = [
    "добавочный",
    "внутренний",
    "extension",
    "добав",
    "внутр",
    "внут",
    "тоном",
    "доб",
    "доп",
    "тон",
    "extn",
    "ext",
    "вн",
    "int",
    "x",
    "х",
    "#",
];

/// What numbers of papers are called. «Код» is not among them: a code is an area's.
const DOCUMENT_WORDS: [&str; 27] = [
    "карта",
    "карты",
    "карте",
    "карту",
    "карточка",
    "амбкарта",
    "медкарта",
    "паспорт",
    "паспорта",
    "полис",
    "полиса",
    "омс",
    "дмс",
    "снилс",
    "инн",
    "огрн",
    "кпп",
    "договор",
    "договора",
    "дог",
    "счет",
    "счёт",
    "заказ",
    "заявка",
    "индекс",
    "id",
    "ид",
];

/// Words between such a word and its number.
const NUMBER_WORDS: [&str; 5] = ["номер", "серия", "серии", "пациента", "карты"];

/// The most digits an extension has (libphonenumber's limit for an unlabelled one is close to it).
const LONGEST_EXTENSION: usize = 7;
/// «Доп.» may also mean a further phone.
const LONGEST_AFTER_FURTHER: usize = 4;

pub(crate) fn lex(text: &str) -> Vec<Token> {
    let mut chars: Vec<(usize, char)> = text.char_indices().take(LONGEST_TEXT).map(|(at, c)| (at, fold(c))).collect();
    read_letters_as_zeros(&mut chars);
    let end_of_text = text.char_indices().nth(LONGEST_TEXT).map_or(text.len(), |(at, _)| at);
    let mut lexer = Lexer { chars, end_of_text, at: 0, tokens: Vec::new() };
    while lexer.at < lexer.chars.len() {
        lexer.step();
    }
    lexer.tokens
}

struct Lexer {
    chars: Vec<(usize, char)>,
    end_of_text: usize,
    at: usize,
    tokens: Vec<Token>,
}

impl Lexer {
    fn step(&mut self) {
        if self.starts_a_word()
            && let Some(end) = self.address().or_else(|| self.date())
        {
            self.at = end;
            self.tokens.push(Token::Dropped);
            return;
        }
        if let Some((digits_at, plus)) = self.group_here() {
            let start = self.byte(self.at);
            self.at = digits_at;
            let group = self.digits(start, plus);
            self.tokens.push(Token::Digits(group));
            return;
        }
        if let Some(digits_at) = self.extension_here() {
            let start = self.byte(self.at);
            self.at = digits_at;
            let group = self.digits(start, false);
            self.tokens.push(Token::Extension(group));
            return;
        }
        let c = self.char(self.at);
        if !is_inside_number(c) {
            let token = match c {
                ',' | '/' | '\\' => Token::Soft,
                _ if self.document_here() => Token::Document,
                _ => Token::Break,
            };
            // A word is passed as a whole: the "x" in "box 12" is no extension.
            if c.is_alphabetic() {
                self.at = self.until(self.at, |c| !c.is_alphabetic()) - 1;
            }
            if self.tokens.last() != Some(&token) {
                self.tokens.push(token);
            }
        }
        self.at += 1;
    }

    /// Where the digits of a group begin, if one begins here, and whether a plus stands before them.
    fn group_here(&self) -> Option<(usize, bool)> {
        let mut at = self.at;
        if self.char(at).is_ascii_digit() {
            return Some((at, false));
        }
        let mut plus = false;
        while matches!(self.char(at), '+' | '(' | ' ') {
            if self.char(at) == ' ' && !plus {
                return None;
            }
            plus |= self.char(at) == '+';
            at += 1;
        }
        (at > self.at && self.char(at).is_ascii_digit()).then_some((at, plus))
    }

    fn digits(&mut self, start: usize, plus: bool) -> Group {
        let mut digits = String::new();
        while self.char(self.at).is_ascii_digit() {
            digits.push(self.char(self.at));
            self.at += 1;
        }
        let after_soft = self.tokens.last() == Some(&Token::Soft);
        Group { digits, plus, after_soft, start, end: self.byte(self.at) }
    }

    /// Where an extension's digits begin, if its marker stands here and a number came before.
    fn extension_here(&self) -> Option<usize> {
        if !self.tokens.iter().any(|token| matches!(token, Token::Digits(_))) {
            return None;
        }
        let word = EXTENSION_WORDS.iter().find(|word| self.reads(self.at, word))?;
        if word.chars().all(char::is_alphabetic) && !self.starts_a_word() {
            return None;
        }
        let blank = |c: char| matches!(c, ' ' | '.' | ':' | '№' | '-' | '(' | '=');
        let mut at = self.until(self.at + word.chars().count(), |c| !blank(c));
        for word in ["номер", "набор"] {
            if self.reads(at, word) {
                at = self.until(at + word.chars().count(), |c| !blank(c));
            }
        }
        let digits = (at..).take_while(|&i| self.char(i).is_ascii_digit()).count();
        // «доп. 555-02-00» and «доп. 8 901 …» are a further number, and so is what is too long.
        let may_be_phone = word.starts_with("доп");
        let next = self.char(at + digits);
        let further = next == '-' || may_be_phone && matches!(next, ' ' | '(');
        let after = self.until(at + digits + 1, |c| !matches!(c, ' ' | '('));
        let further = further && self.char(after).is_ascii_digit();
        let longest = if may_be_phone { LONGEST_AFTER_FURTHER } else { LONGEST_EXTENSION };
        ((1..=longest).contains(&digits) && !further).then_some(at)
    }

    /// Whether a word that calls the digits after it something else than a phone begins here.
    fn document_here(&self) -> bool {
        let letters = |from: usize| -> (String, usize) {
            let end = self.until(from, |c| !c.is_alphabetic());
            ((from..end).flat_map(|at| self.char(at).to_lowercase()).collect(), end)
        };
        let (word, mut at) = letters(self.at);
        if !DOCUMENT_WORDS.contains(&word.as_str()) {
            return false;
        }
        loop {
            at = self.until(at, |c| !matches!(c, ' ' | '.' | ':' | '№' | '#' | '-' | '('));
            match letters(at) {
                (word, end) if NUMBER_WORDS.contains(&word.as_str()) => at = end,
                _ => return self.char(at).is_ascii_digit(),
            }
        }
    }

    /// Where a SIP, web or mail address that begins here ends.
    fn address(&self) -> Option<usize> {
        if self.reads(self.at, "sip:") || self.reads(self.at, "sips:") {
            let mut at = self.at + 4;
            while matches!(self.char(at), ':' | ' ') {
                at += 1;
            }
            return Some(self.until(at, |c| c.is_whitespace() || matches!(c, ',' | '>')));
        }
        let ends = |c: char| c.is_whitespace() || matches!(c, ',' | ';' | '|' | '(' | ')' | '<' | '>');
        let end = self.until(self.at, ends);
        let word: String = (self.at..end).map(|at| self.char(at)).collect();
        // The address of a chat is the number itself.
        let is_chat = ["wa.me/", "phone=", "viber://", "tel:"].iter().any(|sign| word.to_lowercase().contains(sign));
        (word.contains('@') || word.contains("://") && !is_chat).then_some(end)
    }

    /// Where a date that begins here (01.01.1991, 1991-01-31, 31/01/1991, 31.01.91) ends.
    fn date(&self) -> Option<usize> {
        let end = self.until(self.at, |c| !c.is_ascii_digit() && !matches!(c, '.' | '-' | '/'));
        let word: String = (self.at..end).map(|at| self.char(at)).collect();
        let parts: Vec<&str> = word.trim_end_matches('.').split(['.', '-', '/']).collect();
        let [a, b, c] = parts.as_slice() else {
            return None;
        };
        let (year, month, day) = if a.len() == 4 { (a, b, c) } else { (c, b, a) };
        let within = |text: &str, range: std::ops::RangeInclusive<u32>| {
            text.len() <= 4 && text.parse().is_ok_and(|value: u32| range.contains(&value))
        };
        // Six digits may be the rest of a number too: 8 (4842) 21.02.91, +687 20.12.34.
        let before = self.tokens.iter().rev().map_while(|token| match token {
            Token::Digits(group) => Some(group.digits.len()),
            Token::Extension(_) | Token::Break | Token::Soft | Token::Document | Token::Dropped => None,
        });
        let after_area = (1..10).contains(&before.sum::<usize>());
        let dated = match year.len() {
            4 => within(year, 1900..=2100) && month.len() <= 2 && day.len() <= 2,
            2 => day.len() == 2 && month.len() == 2 && !word.contains('-') && !after_area,
            _ => false,
        };
        (dated && within(month, 1..=12) && within(day, 1..=31)).then_some(end)
    }

    fn starts_a_word(&self) -> bool {
        self.at.checked_sub(1).is_none_or(|before| !self.char(before).is_alphanumeric() && self.char(before) != '+')
            && !self.char(self.at).is_whitespace()
            || self.after_digit_before_letter()
    }

    /// `0101доб.2`: a word glued to the number begins here.
    fn after_digit_before_letter(&self) -> bool {
        self.at.checked_sub(1).is_some_and(|before| self.char(before).is_ascii_digit())
            && self.char(self.at).is_alphabetic()
    }

    fn until(&self, from: usize, ends: impl Fn(char) -> bool) -> usize {
        (from..self.chars.len()).find(|&at| ends(self.char(at))).unwrap_or(self.chars.len())
    }

    fn reads(&self, at: usize, word: &str) -> bool {
        word.chars().enumerate().all(|(i, c)| self.char(at + i).to_lowercase().eq(c.to_lowercase()))
    }

    /// The folded character; a new line past the end, which ends everything.
    fn char(&self, at: usize) -> char {
        self.chars.get(at).map_or('\n', |&(_, c)| c)
    }

    fn byte(&self, at: usize) -> usize {
        self.chars.get(at).map_or(self.end_of_text, |&(byte, _)| byte)
    }
}

/// `8 9ОО 555-О1-О1`: the letter O, Russian or Latin, in a word of digits is a mistyped zero.
fn read_letters_as_zeros(chars: &mut [(usize, char)]) {
    for word in chars.chunk_by_mut(|(_, one), (_, other)| one.is_alphanumeric() && other.is_alphanumeric()) {
        let is_zero = |c: char| matches!(c, 'О' | 'о' | 'O' | 'o');
        let of_digits = word.iter().all(|&(_, c)| c.is_ascii_digit() || is_zero(c));
        if of_digits && word.iter().any(|&(_, c)| c.is_ascii_digit()) {
            word.iter_mut().filter(|(_, c)| is_zero(*c)).for_each(|(_, c)| *c = '0');
        }
    }
}

/// What may stand between the digit groups of one number.
fn is_inside_number(c: char) -> bool {
    matches!(c, ' ' | '-' | '(' | ')' | '.' | '[' | ']' | '_')
}

/// Full-width digits, typographic dashes and blanks as their plain forms.
fn fold(c: char) -> char {
    match c {
        '０'..='９' => char::from_u32(c as u32 - '０' as u32 + '0' as u32).unwrap_or(c),
        '＋' => '+',
        '\t' | '\u{a0}' | '\u{202f}' | '\u{2000}'..='\u{200b}' | '\u{feff}' => ' ',
        '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{ad}' | '－' | '~' => '-',
        other => other,
    }
}
