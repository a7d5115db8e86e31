//! Who takes part: the clinic's invented people, groups and numbers, and the callers.

use rand::{Rng, RngExt};

use crate::script::Line;
use crate::style::Style;

/// The clinic's side of every call.
#[derive(Clone, Debug)]
pub(crate) struct Cast {
    /// Short numbers: the one the rehearsal is about first, then the rest of the reception, then the doctors.
    pub(crate) operators: Vec<String>,
    /// The reception's group.
    pub(crate) group: String,
    /// The doctors' group.
    pub(crate) doctors: String,
    pub(crate) mobile: String,
    pub(crate) style: Style,
    /// Seconds that people talk when nothing else is scripted.
    pub(crate) talk: u32,
    /// Lines and short numbers that are not ours are taken as if they were.
    pub(crate) lenient: bool,
}

/// One of our lines, as `incominglines` tells it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct OwnLine {
    pub(crate) id: i64,
    pub(crate) number: &'static str,
    /// The cabinet names only SIP lines; other lines have a comment (manual 3.7.7).
    pub(crate) name: Option<&'static str>,
    pub(crate) comment: &'static str,
    pub(crate) region: &'static str,
}

const CITY_LINE: &str = "74995550199";
const DOMAIN: &str = "vpbx000000001.mangosip.ru";
const SIP_LINE: &str = "sip:line1@vpbx000000001.mangosip.ru";

pub(crate) const LINES: [OwnLine; 3] = [
    OwnLine { id: 300_000_001, number: CITY_LINE, name: None, comment: "Реклама, Яндекс", region: "2" },
    OwnLine { id: 300_000_002, number: "74995550198", name: None, comment: "Регистратура", region: "2" },
    OwnLine { id: 300_000_003, number: SIP_LINE, name: Some("line1"), comment: "SIP-линия", region: "sip" },
];

/// Where the invented employees' ids begin.
pub(crate) const USER_IDS: i64 = 400_000_000;
/// The product (the PBX) itself.
pub(crate) const PRODUCT_ID: i64 = USER_IDS + 1;
/// The employee without a short number.
pub(crate) const MANAGER_ID: i64 = USER_IDS + 900;
/// Where the ids of groups begin.
const GROUP_IDS: i64 = 10_000_000;

const DOCTOR: &str = "301";

impl Cast {
    /// The reception of the reference: 201, 202 and 203 in group 300, with `extension` as the first of them; and a
    /// doctor.
    pub(crate) fn new(extension: &str, group: &str, style: Style) -> Cast {
        let known = ["201", "202", "203", DOCTOR];
        let colleagues = known.into_iter().filter(|colleague| *colleague != extension);
        let operators = std::iter::once(extension).chain(colleagues).map(str::to_owned).collect();
        let doctors = if group == "400" { "401" } else { "400" };
        Cast {
            operators,
            group: group.to_owned(),
            doctors: doctors.to_owned(),
            mobile: "79005550222".to_owned(),
            style,
            talk: 20,
            lenient: false,
        }
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
        self.place(extension).is_some()
    }

    /// Which of the operators has this short number.
    pub(crate) fn place(&self, extension: &str) -> Option<usize> {
        self.operators.iter().position(|operator| operator == extension)
    }

    /// The short numbers of our groups: 0 is the reception's, 1 the doctors'.
    pub(crate) fn group(&self, group: usize) -> &str {
        if group == 0 { &self.group } else { &self.doctors }
    }

    /// Which of our groups has this short number.
    pub(crate) fn group_place(&self, number: &str) -> Option<usize> {
        (0..2).find(|group| self.group(*group) == number)
    }

    pub(crate) fn group_id(&self, group: usize) -> i64 {
        GROUP_IDS + self.group(group).parse::<i64>().unwrap_or(group as i64 + 1)
    }

    /// Which operators belong to a group.
    pub(crate) fn members(&self, group: usize) -> Vec<usize> {
        let doctors = group != 0;
        (0..self.operators.len()).filter(|operator| (self.operator(*operator) == DOCTOR) == doctors).collect()
    }

    /// `general.user_id`, and `user_id` or `abonent_id` in events.
    pub(crate) fn user_id(&self, operator: usize) -> i64 {
        self.operator(operator).parse::<i64>().map_or(-1, |number| USER_IDS + number)
    }

    /// The name of an operator, as the cabinet has it.
    pub(crate) fn name(&self, operator: usize) -> String {
        match self.operator(operator) {
            "201" => "Анна Ким".to_owned(),
            "202" => "Мария Орлова".to_owned(),
            "203" => "Ольга Белова".to_owned(),
            DOCTOR => "Игорь Соколов".to_owned(),
            other => format!("Сотрудник {other}"),
        }
    }

    /// Whether this operator is a doctor, not a receptionist.
    pub(crate) fn is_doctor(&self, operator: usize) -> bool {
        self.operator(operator) == DOCTOR
    }

    /// The same people seen by the employee of this extension: they come first.
    pub(crate) fn led_by(&self, extension: &str) -> Cast {
        let mut cast = self.clone();
        if let Some(place) = cast.place(extension) {
            cast.operators.swap(0, place);
        }
        cast
    }

    /// Who this number is: an employee, or somebody outside; empty is a hidden number.
    pub(crate) fn outside(&self, number: &str) -> Outside {
        if let Some(operator) = self.place(number) {
            return Outside { extension: Some(number.to_owned()), number: Some(self.device(operator)) };
        }
        if self.lenient && is_short(number) {
            return Outside { extension: Some(number.to_owned()), number: Some(format!("sip:user{number}@{DOMAIN}")) };
        }
        Outside { extension: None, number: (!number.is_empty()).then(|| number.to_owned()) }
    }
}

/// Whether this looks like an employee's number, not like somebody's outside.
pub(crate) fn is_short(number: &str) -> bool {
    (1..=5).contains(&number.len()) && number.bytes().all(|letter| letter.is_ascii_digit())
}

/// The person on the other side of the PBX.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Outside {
    /// Set when it is an employee after all (note to reference 5.6).
    pub(crate) extension: Option<String>,
    /// Digits with the country code; `None` when hidden.
    pub(crate) number: Option<String>,
}

/// The caller when none is named.
pub(crate) const CALLER: &str = "79005550101";
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
        assert_eq!(operators("201"), ["201", "202", "203", "301"]);
        assert_eq!(operators("203"), ["203", "201", "202", "301"]);
        assert_eq!(operators("17")[..3], ["17", "201", "202"]);
        let cast = Cast::new("201", "300", Style::default()).led_by("203");
        assert_eq!(cast.operators[..3], ["203", "202", "201"]);
    }

    #[test]
    fn an_employee_is_not_outside() {
        let cast = Cast::new("201", "300", Style::default());
        assert_eq!(cast.outside("202").extension.as_deref(), Some("202"));
        assert_eq!(cast.outside("79005550101").extension, None);
        assert_eq!(cast.outside(""), Outside { extension: None, number: None });
    }

    #[test]
    fn every_employee_with_a_short_number_is_in_one_group() {
        let cast = Cast::new("17", "400", Style::default());
        assert_eq!((cast.members(0), cast.members(1)), (vec![0, 1, 2, 3], vec![4]));
        assert_eq!(
            (cast.group_place("400"), cast.group_place("401"), cast.group_place("300")),
            (Some(0), Some(1), None)
        );
    }
}
