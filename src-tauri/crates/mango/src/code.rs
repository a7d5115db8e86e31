//! The PBX's codes: one table for results of commands and for reasons of hang-ups (manual, appendix).

mod table;

use std::fmt;

/// A result of a command, or the reason why a leg ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Code(pub i32);

/// What kind of news a [`Code`] is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Class {
    /// 10xx: done.
    Ok,
    /// A call ran its course: somebody hung up, or the routing ended it.
    EndedNormally,
    /// A call reached nobody: no answer, busy, rejected, unavailable.
    NotReached,
    /// A call was not allowed: lists, settings of the PBX.
    Restricted,
    /// 12xx: the contact centre's session.
    ContactCentre,
    /// 2xxx: money and the account's limits.
    Billing,
    /// 3xxx: the request was wrong. Two within two minutes lock the account out (manual 1.4.1).
    BadRequest,
    /// 4xxx: the request was right and cannot be done.
    Impossible,
    /// 5xxx: the PBX itself is in trouble.
    ServerTrouble,
    /// 6xxx: fax.
    Fax,
    /// No class of the manual.
    Unknown,
}

impl Code {
    /// What kind of news it is; unknown codes belong to the class of their hundreds or thousands.
    pub fn class(self) -> Class {
        match self.0 {
            1000..=1099 => Class::Ok,
            1100..=1110 | 1120 | 1170..=1189 | 1300..=1399 => Class::EndedNormally,
            1140..=1159 | 1161 => Class::Restricted,
            1200..=1299 => Class::ContactCentre,
            1111..=1199 => Class::NotReached,
            2000..=2999 => Class::Billing,
            3000..=3999 => Class::BadRequest,
            4000..=4999 => Class::Impossible,
            5000..=5999 => Class::ServerTrouble,
            6000..=6999 => Class::Fax,
            _ => Class::Unknown,
        }
    }

    /// Done, perhaps with remarks (10xx). For a callback it only means: accepted (reference 4.7).
    pub fn is_ok(self) -> bool {
        self.class() == Class::Ok
    }

    /// The request was wrong (3xxx); it must not be sent again.
    pub fn is_bad_request(self) -> bool {
        self.class() == Class::BadRequest
    }

    /// A sentence for a Russian-speaking receptionist, without the code.
    pub fn russian(self) -> &'static str {
        self.row().map_or("Неизвестный код АТС", |row| row.1)
    }

    /// A sentence for an English-speaking receptionist, without the code.
    pub fn english(self) -> &'static str {
        self.row().map_or("Unknown code of the PBX", |row| row.2)
    }

    /// The code itself, else its tens, hundreds, thousands: 2219 reads as 2210, 1090 as 1000 (manual, appendix).
    fn row(self) -> Option<&'static table::Row> {
        [1, 10, 100, 1000].into_iter().find_map(|step| {
            let code = self.0 / step * step;
            let at = table::ROWS.binary_search_by_key(&code, |row| row.0).ok()?;
            table::ROWS.get(at)
        })
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sorted_and_has_words() {
        assert!(table::ROWS.is_sorted_by(|a, b| a.0 < b.0));
        for &(code, russian, english) in table::ROWS {
            assert!(russian.chars().any(|c| ('а'..='я').contains(&c)), "{code}");
            assert!(english.is_ascii() && !english.is_empty(), "{code}");
            assert_ne!(Code(code).class(), Class::Unknown, "{code}");
        }
    }

    #[test]
    fn unknown_codes_read_as_their_class() {
        assert_eq!(Code(2219).russian(), Code(2210).russian());
        assert_eq!(Code(1090).english(), Code(1000).english());
        assert_eq!(Code(3199).russian(), Code(3100).russian());
        assert_eq!(Code(3131).russian(), Code(3130).russian());
        assert_eq!(Code(4399).russian(), Code(4300).russian());
        assert_eq!(Code(5999).russian(), Code(5000).russian());
        assert_eq!(Code(6123).english(), Code(6000).english());
        for code in [0, -1, 999, 7000, i32::MAX, i32::MIN + 1000] {
            assert_eq!(Code(code).russian(), "Неизвестный код АТС", "{code}");
            assert_eq!(Code(code).class(), Class::Unknown);
        }
    }

    #[test]
    fn every_code_of_the_manual_has_its_own_words() {
        let mut codes = vec![
            1000, 1001, 1100, 1110, 1111, 1140, 1150, 1151, 1152, 2000, 2100, 2110, 2120, 2130, 2140, 2200, 2210, 2211,
            2212, 2220, 2230, 2240, 2250, 2251, 2252, 2253, 2300, 2400, 3000, 3200, 3300, 3310, 3320, 3330, 3340, 3400,
            3503, 4000, 4001, 4002, 4100, 4101, 4102, 4104, 4200, 4290, 4300, 4301, 5000, 5100, 5200, 5300, 6000,
        ];
        for range in [
            1120..=1125,
            1130..=1135,
            1160..=1164,
            1170..=1171,
            1180..=1183,
            1190..=1193,
            1200..=1202,
            1210..=1212,
            1230..=1236,
            1310..=1314,
            3100..=3112,
            3120..=3130,
            3135..=3137,
            4391..=4393,
            4400..=4405,
            4500..=4507,
            5001..=5011,
        ] {
            codes.extend(range);
        }
        for code in codes {
            assert!(table::ROWS.iter().any(|row| row.0 == code), "{code}");
        }
    }

    #[test]
    fn classes() {
        for (code, class) in [
            (1000, Class::Ok),
            (1099, Class::Ok),
            (1110, Class::EndedNormally),
            (1120, Class::EndedNormally),
            (1111, Class::NotReached),
            (1121, Class::NotReached),
            (1151, Class::Restricted),
            (1200, Class::ContactCentre),
            (2240, Class::Billing),
            (3102, Class::BadRequest),
            (4101, Class::Impossible),
            (5008, Class::ServerTrouble),
        ] {
            assert_eq!(Code(code).class(), class, "{code}");
        }
        assert!(Code(1001).is_ok() && !Code(1100).is_ok());
        assert!(Code(3105).is_bad_request() && !Code(4100).is_bad_request());
    }

    proptest::proptest! {
        #[test]
        fn every_number_has_words(code in proptest::prelude::any::<i32>()) {
            let code = Code(code);
            proptest::prop_assert!(!code.russian().is_empty() && !code.english().is_empty());
            let _ = code.class();
        }
    }
}
