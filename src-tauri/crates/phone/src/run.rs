//! Which groups of adjoining digits make numbers.

use crate::lexer::Group;
use crate::number::{self, MOST_DIGITS, Shape, read_digits};
use crate::{PhoneNumber, Region};

/// The longest beginning of a number that a comma or a slash parts from the rest: `8-4842/55-01-99`.
const LONGEST_BEGINNING: usize = 6;

/// Groups `from..to` of a run, read as a number or as nothing.
#[derive(Debug, Clone)]
pub(crate) struct Part {
    pub from: usize,
    pub to: usize,
    pub number: Option<PhoneNumber>,
    /// Read with an area code that does not stand there.
    pub is_local: bool,
}

/// Cuts a run of groups where that explains the most digits with the fewest numbers:
/// `8 900 555 01 01 8 901 555 02 02` is two numbers, `495-01-99 555-02-00` two local ones.
///
/// A number without an area code counts only where every digit of the run belongs to a number: otherwise it may be a
/// piece of a longer one, and a wrong number is worse than none.
pub(crate) fn split(groups: &[Group], area: Option<&str>, on_paper: bool, region: &Region) -> Vec<Part> {
    let whole = |groups: &[Group], digits: &str| {
        if on_paper && !number::is_self_evident(shape(groups).plus, digits, region) {
            return None;
        }
        read_digits(shape(groups), digits, region).map(|number| (number, false))
    };
    let parts = cut(groups, region, whole);
    let is_read = |parts: &[Part]| parts.iter().all(|part| part.number.is_some());
    let Some(area) = area.filter(|_| !on_paper && !is_read(&parts)) else {
        return parts;
    };
    let with_local = cut(groups, region, |groups, digits| {
        // "7 900 555" is half a mobile number too.
        let half =
            matches!(groups, [first, next, ..] if first.digits == "7" && next.digits.len() == 3) && region.is_seven();
        let local = || number::local(digits, area, region).filter(|_| !half && !shape(groups).plus);
        whole(groups, digits).or_else(|| local().map(|number| (number, true)))
    });
    if is_read(&with_local) { with_local } else { parts }
}

/// Pieces parted by commas or slashes as one number, where the first of them is short enough to be its beginning.
pub(crate) fn joined(pieces: &[&[Group]], region: &Region) -> Option<PhoneNumber> {
    let digits = |groups: &[Group]| groups.iter().map(|group| group.digits.as_str()).collect::<String>();
    let first = pieces.first().filter(|first| digits(first).len() <= LONGEST_BEGINNING)?;
    let later_plus = pieces.iter().skip(1).any(|piece| shape(piece).plus);
    let whole: String = pieces.iter().map(|piece| digits(piece)).collect();
    read_digits(shape(first), &whole, region).filter(|_| !later_plus)
}

fn shape(groups: &[Group]) -> Shape {
    Shape {
        plus: groups.first().is_some_and(|group| group.plus),
        lone_first: groups.first().is_some_and(|group| group.digits.len() == 1),
        glued: groups.len() == 1,
        lone_trunk: matches!(groups, [code, trunk, ..] if code.digits == "7" && trunk.digits == "8"),
    }
}

/// Whether a number begins here that is written as such: `8 901 555-02-02`. Torn digits before it do not fill up with it.
fn is_anchor(groups: &[Group], region: &Region) -> bool {
    let [trunk, code, ..] = groups else { return false };
    if !region.is_seven() || !matches!(trunk.digits.as_str(), "7" | "8") || !(3..=5).contains(&code.digits.len()) {
        return false;
    }
    let mut digits = String::new();
    for (at, group) in groups.iter().enumerate() {
        digits.push_str(&group.digits);
        if digits.len() >= 11 {
            let groups = groups.get(..=at).unwrap_or_default();
            return digits.len() == 11
                && group.digits.len() > 1
                && read_digits(shape(groups), &digits, region).is_some();
        }
    }
    false
}

/// How well the groups from one on can be read.
struct Best {
    /// How many digits belong to numbers.
    explained: usize,
    numbers: usize,
    /// Where the first part ends.
    to: usize,
    /// What the first part is, and whether it is local.
    number: Option<(PhoneNumber, bool)>,
    /// The first part is a national number without a trunk prefix.
    bare: bool,
}

fn cut(groups: &[Group], region: &Region, read: impl Fn(&[Group], &str) -> Option<(PhoneNumber, bool)>) -> Vec<Part> {
    let is_anchored = |at: usize| {
        let before: String = groups.iter().take(at).map(|group| group.digits.as_str()).collect();
        // Nothing, 00 7 900 …, 8 10 7 900 …, +7 8 900 …
        let begins = matches!(before.as_str(), "" | "00" | "810" | "7");
        !begins && groups.get(at..).is_some_and(|rest| is_anchor(rest, region))
    };
    let anchors: Vec<bool> = (0..groups.len()).map(is_anchored).collect();
    let mut best: Vec<Best> = Vec::with_capacity(groups.len() + 1);
    best.push(Best { explained: 0, numbers: 0, to: groups.len(), number: None, bare: false });
    // Filled from the end, so best[groups.len() - i] belongs to i.
    for from in (0..groups.len()).rev() {
        let rest = |to: usize| &best[groups.len() - to];
        let mut skipped_to = from + 1;
        // A lone 8 belongs to the digits after it. "8 900 555 01 0 901 …": those are too few, and must not fill up with the
        // next number's; nor does the 8 of "8 900 555 01 0 8 901 …" end the first number.
        let is_trunk = |group: &Group| region.is_seven() && matches!(group.digits.as_str(), "7" | "8");
        if is_trunk(&groups[from]) && rest(skipped_to).bare {
            skipped_to = rest(skipped_to).to;
        }
        let skipped = rest(skipped_to);
        let mut chosen =
            Best { explained: skipped.explained, numbers: skipped.numbers, to: skipped_to, number: None, bare: false };
        let mut digits = String::new();
        for to in from + 1..=groups.len() {
            let group = &groups[to - 1];
            let is_next = to > from + 1 && (group.plus || anchors[to - 1]);
            if is_next || digits.len() + group.digits.len() > MOST_DIGITS {
                break;
            }
            digits.push_str(&group.digits);
            let Some(number) = read(&groups[from..to], &digits) else {
                continue;
            };
            if is_trunk(group) && rest(to).bare {
                continue;
            }
            let explained = digits.len() + rest(to).explained;
            let numbers = 1 + rest(to).numbers;
            // Of equals the one that begins first: "+7 84722 5-01-99 1" has a digit too many behind, not a +7 before.
            let as_good = explained == chosen.explained && numbers <= chosen.numbers && chosen.number.is_none();
            let better =
                explained > chosen.explained || explained == chosen.explained && numbers < chosen.numbers || as_good;
            if better {
                let bare = digits.len() == 10 && !groups[from].plus;
                chosen = Best { explained, numbers, to, number: Some(number), bare };
            }
        }
        best.push(chosen);
    }
    let mut parts = Vec::new();
    let mut from = 0;
    while from < groups.len() {
        let at = &best[groups.len() - from];
        let is_local = at.number.as_ref().is_some_and(|(_, local)| *local);
        parts.push(Part { from, to: at.to, number: at.number.clone().map(|(number, _)| number), is_local });
        from = at.to;
    }
    parts
}
