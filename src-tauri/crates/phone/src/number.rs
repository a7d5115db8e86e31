use std::fmt;

use rlibphonenumber::{PHONE_NUMBER_UTIL, PhoneNumberFormat};

use crate::Region;
use crate::lexer::{self, Token};

/// A phone number in E.164 with a plus (`+79005550101`), valid by its country's numbering plan.
///
/// `Debug` shows the [`masked`](PhoneNumber::masked) form, so that a number does not reach a log by accident.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PhoneNumber {
    text: String,
    /// How many digits after the plus are the country code.
    country_digits: usize,
}

/// A number fit for a log line: country code and the last four digits (`+7…0101`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Masked(String);

/// E.164 allows 15 digits; `810` may stand before them.
pub(crate) const MOST_DIGITS: usize = 18;

impl PhoneNumber {
    /// One number as a person types it: `8 (900) 555-01-01`, `+7 900 555 01 01 доб. 12`, `555-01-99` with the region's
    /// area code. Words around it and the extension are dropped.
    ///
    /// `None` when there is no number, more than one, or digits that belong to neither: what would be dialled must be
    /// what was meant. Free text with several numbers: [`numbers_in_field`](crate::numbers_in_field).
    pub fn parse(typed: &str, region: &Region) -> Option<PhoneNumber> {
        let runs = crate::field::read(typed, region);
        let mut found = runs.numbers.into_iter();
        let one = found.next()?;
        (found.next().is_none() && !runs.stray_digits).then_some(one.number)
    }

    /// A number as a PBX writes it: digits, country code first, no plus (`79005550101`, `4930123456`).
    ///
    /// Lenient: a plus, blanks and brackets are read too, and what makes no sense with a country code is read as a
    /// national number. With trunk prefix 8 (Russia, Kazakhstan) eleven digits from 8 are national first: lines of
    /// other providers hand such numbers through. `None` for SIP addresses, `anonymous`, extensions, nothing.
    pub fn from_pbx(raw: &str, region: &Region) -> Option<PhoneNumber> {
        let (mut digits, mut plus) = (String::new(), false);
        for token in lexer::lex(raw) {
            match token {
                Token::Digits(group) => {
                    if group.plus && !digits.is_empty() {
                        return None;
                    }
                    plus |= group.plus;
                    digits.push_str(&group.digits);
                }
                // A PBX's field holds one number and nothing else.
                Token::Extension(_) | Token::Break | Token::Soft | Token::Document | Token::Dropped => return None,
            }
        }
        if digits.len() > MOST_DIGITS {
            return None;
        }
        let shape = Shape { plus, lone_first: false, glued: true, lone_trunk: false };
        if plus {
            return read_digits(shape, &digits, region);
        }
        if region.is_seven() && digits.len() == 11 && digits.starts_with('8') {
            return valid(&digits, region).or_else(|| international(&digits, region));
        }
        // Six digits is the shortest local number here; three to five are extensions.
        let read = || read_digits(shape, &digits, region).or_else(|| local(&digits, region.area_code()?, region));
        international(&digits, region).or_else(|| (digits.len() >= 6).then(read).flatten())
    }

    /// E.164 with the plus: `+79005550101`.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The digits without the plus, as MANGO wants them: `79005550101`.
    pub fn digits(&self) -> &str {
        self.text.trim_start_matches('+')
    }

    /// As a person reads it: `+7 900 555-01-01`; other countries in their own international form.
    pub fn display(&self) -> String {
        let digits = self.digits();
        if let (1, Some([a, b, c, d])) = (self.country_digits, ten(digits)) {
            // One form for the whole of +7, whatever the length of the area code.
            if digits.starts_with('7') {
                return format!("+7 {a} {b}-{c}-{d}");
            }
        }
        match PHONE_NUMBER_UTIL.parse(&self.text, None) {
            Ok(number) => number.format_as(PhoneNumberFormat::International).into_owned(),
            Err(_) => self.text.clone(),
        }
    }

    /// The last ten digits, by which older directories compare; `None` when there are fewer.
    pub fn last_ten(&self) -> Option<&str> {
        let digits = self.digits();
        digits.get(digits.len().checked_sub(10)?..)
    }

    /// The form for log lines: `+7…0101`.
    pub fn masked(&self) -> Masked {
        let digits = self.digits();
        let country = digits.get(..self.country_digits).unwrap_or_default();
        let tail = digits.get(digits.len().saturating_sub(4)..).unwrap_or_default();
        Masked(format!("+{country}…{tail}"))
    }
}

impl fmt::Display for PhoneNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl fmt::Debug for PhoneNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PhoneNumber({})", self.masked())
    }
}

impl fmt::Display for Masked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// How the digits of one number stand in a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Shape {
    /// A plus stands before them.
    pub plus: bool,
    /// The first digit stands alone, as in `+8 (900) …`.
    pub lone_first: bool,
    /// Nothing stands between them.
    pub glued: bool,
    /// The 7 and the 8 of `+7 (8 4842) …` stand alone.
    pub lone_trunk: bool,
}

/// Country codes of neighbours that no Russian or Kazakh number begins with, so that they are told without a plus:
/// Moldova, Armenia, Belarus, Ukraine.
const NEIGHBOURS: [&str; 4] = ["373", "374", "375", "380"];
/// Neighbours whose codes also begin Russian mobile numbers (+7 998 …): told only where all twelve digits are glued.
const GLUED_NEIGHBOURS: [&str; 6] = ["992", "993", "994", "995", "996", "998"];

/// Reads the digits of one written number that has its area code; a local one is [`local`].
pub(crate) fn read_digits(shape: Shape, digits: &str, region: &Region) -> Option<PhoneNumber> {
    if digits.len() > MOST_DIGITS {
        return None;
    }
    // "+7 8 (900) …", "+7 (8 4842) …": both the country code and the trunk prefix.
    if (shape.plus || region.is_seven())
        && digits.len() == 12
        && let Some(national) = digits.strip_prefix("78")
    {
        // Without the gap it may be one digit too many behind a number of an 8xx area.
        let shorter = digits.get(..11).and_then(|shorter| valid(&format!("+{shorter}"), region));
        let clear = shape.lone_trunk || shorter.is_none();
        return clear.then(|| valid(&format!("+7{national}"), region)).flatten();
    }
    if shape.plus {
        // "+8 (900) …": people put a plus before the trunk prefix. Glued together it may be Vietnam or Japan.
        let eight = region.is_seven() && digits.len() == 11 && digits.starts_with('8');
        if eight && shape.lone_first {
            return valid(digits, region).or_else(|| international(digits, region));
        }
        return international(digits, region).or_else(|| eight.then(|| valid(digits, region)).flatten());
    }
    if let Some(number) = valid(digits, region) {
        return Some(number);
    }
    // The library knows the region's own international prefix (810), not the one that the rest of the world dials.
    if let Some(rest) = digits.strip_prefix("00") {
        return international(rest, region);
    }
    let begins = |codes: &[&str]| codes.iter().any(|code| digits.starts_with(code));
    let neighbour = region.is_seven()
        && (11..=12).contains(&digits.len())
        && (begins(&NEIGHBOURS) || shape.glued && begins(&GLUED_NEIGHBOURS));
    neighbour.then(|| valid(&format!("+{digits}"), region)).flatten()
}

/// Whether the digits say by themselves that they are a phone number: a country code or the trunk prefix is there.
pub(crate) fn is_self_evident(plus: bool, digits: &str, region: &Region) -> bool {
    plus || region.is_seven() && digits.len() == 11 && digits.starts_with(['7', '8'])
}

/// Digits that begin with a country code. Where people dial 810 for abroad, `810…` is that prefix: no Japanese number
/// (+81) goes on with a 0, though the library would forgive one.
fn international(digits: &str, region: &Region) -> Option<PhoneNumber> {
    let abroad = digits.strip_prefix("810").filter(|_| region.is_seven());
    abroad.and_then(|rest| valid(&format!("+{rest}"), region)).or_else(|| valid(&format!("+{digits}"), region))
}

/// A local number (5 to 8 digits) with an area code before it.
pub(crate) fn local(digits: &str, area: &str, region: &Region) -> Option<PhoneNumber> {
    let whole = format!("{area}{digits}");
    let long_enough = (5..=8).contains(&digits.len());
    // No local number begins with the trunk prefix or a 0: "8 900 555" is half a mobile number, not somebody in Moscow.
    let fits = !region.is_seven() || whole.len() == 10 && !digits.starts_with(['0', '8']);
    (long_enough && fits).then(|| valid(&whole, region)).flatten()
}

fn valid(text: &str, region: &Region) -> Option<PhoneNumber> {
    let number = PHONE_NUMBER_UTIL.parse(text, Some(region.country())).ok()?;
    if !number.is_valid() && !is_russian_mobile(number.country_code, number.national_number) {
        return None;
    }
    Some(PhoneNumber {
        text: number.format_as(PhoneNumberFormat::E164).into_owned(),
        country_digits: number.country_code.to_string().len(),
    })
}

/// All of +7 9xx is Russian mobile, but the library knows only the ranges handed out when its tables were made (not
/// +7 930 065, for one). A patient whose number is newer than that is still to be recognised.
fn is_russian_mobile(country_code: i32, national: u64) -> bool {
    country_code == 7 && (9_000_000_000..10_000_000_000).contains(&national)
}

/// The ten digits after a one-digit country code, grouped 3-3-2-2.
fn ten(digits: &str) -> Option<[&str; 4]> {
    let national = digits.get(1..)?;
    (national.len() == 10).then_some(())?;
    Some([national.get(..3)?, national.get(3..6)?, national.get(6..8)?, national.get(8..)?])
}
