//! Who takes part: the clinic's invented numbers, and the callers.

use rand::{Rng, RngExt};

use crate::script::Line;

/// How the posts are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Style {
    /// Numbers are sent as strings, as some of the manual's samples do.
    pub strings: bool,
    /// The fields of API v2 (`was_transferred`, `hold_initiator`, `transfer`) are left out.
    pub v1: bool,
}

/// The clinic's side of every call.
#[derive(Clone, Debug)]
pub(crate) struct Cast {
    pub(crate) operators: [String; 3],
    pub(crate) group: String,
    pub(crate) mobile: String,
    pub(crate) style: Style,
}

const CITY_LINE: &str = "74995550199";
const DOMAIN: &str = "vpbx000000001.mangosip.ru";
const SIP_LINE: &str = "sip:line1@vpbx000000001.mangosip.ru";

impl Cast {
    /// The reception of the reference: 201, 202 and 203 in group 300, with `extension` as the first of them.
    pub(crate) fn new(extension: &str, group: &str, style: Style) -> Cast {
        let mut colleagues = ["201", "202", "203"].into_iter().filter(|colleague| *colleague != extension);
        let mut next = || colleagues.next().unwrap_or("204").to_owned();
        let operators = [extension.to_owned(), next(), next()];
        Cast { operators, group: group.to_owned(), mobile: "79005550222".to_owned(), style }
    }

    pub(crate) fn operator(&self, operator: usize) -> &str {
        &self.operators[operator % self.operators.len()]
    }

    /// The SIP address of an operator's phone.
    pub(crate) fn device(&self, operator: usize) -> String {
        format!("sip:user{}@{DOMAIN}", self.operator(operator))
    }

    pub(crate) fn line(&self, line: Line) -> Option<&'static str> {
        match line {
            Line::None => None,
            Line::City => Some(CITY_LINE),
            Line::Sip => Some(SIP_LINE),
        }
    }

    /// Whether an employee has this short number.
    pub(crate) fn employs(&self, extension: &str) -> bool {
        self.operators.iter().any(|operator| operator == extension)
    }

    /// The same people seen by the employee of this extension: they come first.
    pub(crate) fn led_by(&self, extension: &str) -> Cast {
        let mut cast = self.clone();
        if let Some(place) = cast.operators.iter().position(|operator| operator == extension) {
            cast.operators.swap(0, place);
        }
        cast
    }

    /// Who this number is: an employee, or somebody outside; empty is a hidden number.
    pub(crate) fn outside(&self, number: &str) -> Outside {
        if let Some(operator) = self.operators.iter().position(|operator| operator == number) {
            return Outside { extension: Some(number.to_owned()), number: Some(self.device(operator)) };
        }
        Outside { extension: None, number: (!number.is_empty()).then(|| number.to_owned()) }
    }
}

/// The person on the other side of the PBX.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Outside {
    /// Set when it is an employee after all (note to reference 5.6).
    pub(crate) extension: Option<String>,
    /// Digits with the country code; `None` when hidden.
    pub(crate) number: Option<String>,
}

/// The callers of a demonstration: three of the shipped patients' numbers, one that nobody knows, one hidden.
pub(crate) const DEMO_CALLERS: [&str; 5] = ["79005550101", "79005550102", "79005550103", "79995559876", ""];

/// A caller for a mixture: often one of the shipped patients, else anybody, now and then hidden.
pub(crate) fn random_caller(random: &mut impl Rng) -> String {
    match random.random_range(0..10) {
        0 => String::new(),
        1..=5 => format!("7900555{:04}", random.random_range(101..=300)),
        _ => format!("79{:09}", random.random_range(100_000_000..=999_999_999)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn our_extension_leads_the_reception() {
        let operators = |extension| Cast::new(extension, "300", Style::default()).operators;
        assert_eq!(operators("201"), ["201", "202", "203"]);
        assert_eq!(operators("203"), ["203", "201", "202"]);
        assert_eq!(operators("17"), ["17", "201", "202"]);
        let cast = Cast::new("201", "300", Style::default()).led_by("203");
        assert_eq!(cast.operators, ["203", "202", "201"]);
    }

    #[test]
    fn an_employee_is_not_outside() {
        let cast = Cast::new("201", "300", Style::default());
        assert_eq!(cast.outside("202").extension.as_deref(), Some("202"));
        assert_eq!(cast.outside("79005550101").extension, None);
        assert_eq!(cast.outside(""), Outside { extension: None, number: None });
    }
}
