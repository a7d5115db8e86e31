//! What holds for every text and every number.

use std::collections::BTreeSet;

use phone::{Extension, PhoneNumber, Region, numbers_in_field, party};
use proptest::prelude::*;
use rlibphonenumber::{PHONE_NUMBER_UTIL, PhoneNumberFormat};

fn regions() -> [Region; 3] {
    [
        Region::default(),
        Region::new("RU", Some("495")).expect("a region"),
        Region::new("DE", Some("30")).expect("a region"),
    ]
}

fn check_every_way(text: &str) {
    for region in &regions() {
        let _ = Extension::new(text);
        let _ = format!("{:?}", party(Some(text), region));
        let mut numbers: Vec<PhoneNumber> = PhoneNumber::parse(text, region).into_iter().collect();
        numbers.extend(PhoneNumber::from_pbx(text, region));
        for found in numbers_in_field(text, region) {
            assert!(text.contains(&found.typed));
            numbers.push(found.number);
        }
        numbers.iter().for_each(check_faces);
    }
}

/// A number reads the same whichever face of it is read again, whatever the home region.
fn check_faces(number: &PhoneNumber) {
    for region in &regions() {
        assert_eq!(PhoneNumber::parse(&number.display(), region).as_ref(), Some(number), "{number}");
        assert_eq!(PhoneNumber::parse(number.as_str(), region).as_ref(), Some(number), "{number}");
        assert_eq!(PhoneNumber::from_pbx(number.as_str(), region).as_ref(), Some(number), "{number}");
    }
}

#[test]
fn every_country_reads_back() {
    let region = Region::default();
    let mut read = BTreeSet::new();
    for country in PHONE_NUMBER_UTIL.get_supported_regions() {
        let example = PHONE_NUMBER_UTIL.get_example_number(country).unwrap();
        let e164 = example.format_as(PhoneNumberFormat::E164).into_owned();
        let number = PhoneNumber::parse(&e164, &region).unwrap_or_else(|| panic!("{e164}"));
        assert_eq!(number.as_str(), e164);
        check_faces(&number);
        read.insert(number);
    }
    assert!(read.len() > 200);
}

/// A range that the library's tables do not know: found by the property below.
#[test]
fn a_mobile_of_a_new_range_is_a_number() {
    for text in ["89300650000", "+7 930 065-00-00", "9300650000"] {
        let number = PhoneNumber::parse(text, &Region::default());
        assert_eq!(number.as_ref().map(PhoneNumber::as_str), Some("+79300650000"), "{text}");
    }
}

proptest! {
    #[test]
    fn any_text_is_survived(text in any::<String>()) {
        check_every_way(&text);
    }

    #[test]
    fn any_phone_like_text_is_survived(text in "[0-9+()\\-. ,;/#xдоб№:@а-я\n]{0,60}") {
        check_every_way(&text);
    }

    #[test]
    fn russian_mobiles_read_the_same_in_every_spelling(national in 9_000_000_000_u64..10_000_000_000) {
        let d = national.to_string();
        let (a, b, c, e) = (&d[..3], &d[3..6], &d[6..8], &d[8..]);
        let whole = format!("+7{d}");
        for text in [
            d.clone(), format!("8{d}"), format!("7{d}"), format!("8 ({a}) {b}-{c}-{e}"), format!("+7 {a} {b} {c} {e}"),
            format!("8-{a}-{b}-{c}-{e} доб. 12"), format!("8107{d}"),
        ] {
            let number = PhoneNumber::parse(&text, &Region::default());
            prop_assert_eq!(number.as_ref().map(PhoneNumber::as_str), Some(whole.as_str()), "{}", text);
        }
        check_faces(&PhoneNumber::from_pbx(&format!("7{d}"), &Region::default()).unwrap());
    }

    #[test]
    fn two_numbers_side_by_side_are_two(a in 9_000_000_000_u64..10_000_000_000, b in 9_000_000_000_u64..10_000_000_000, between in "( |, |; |/|\n| и | мама )") {
        prop_assume!(a != b);
        let found = numbers_in_field(&format!("8{a}{between}8{b}"), &Region::new("RU", Some("495")).unwrap());
        let found: Vec<String> = found.iter().map(|n| n.number.to_string()).collect();
        prop_assert_eq!(found, [format!("+7{a}"), format!("+7{b}")]);
    }

    /// Half a mobile number is nobody's, and above all not somebody's in the clinic's own town.
    #[test]
    fn a_torn_mobile_is_no_number(
        national in 9_000_000_000_u64..10_000_000_000, other in 9_000_000_000_u64..10_000_000_000,
        left in 0_usize..10, prefix in "8 |8|\\+7 |\\+7|7 |8\\(|8-|\\+7 \\(", mark in "[ -]",
    ) {
        let region = Region::new("RU", Some("495")).unwrap();
        let grouped = |digits: &str| {
            let cuts = [3, 6, 8].into_iter().filter(|cut| *cut < digits.len()).rev();
            cuts.fold(digits.to_owned(), |mut text, cut| { text.insert_str(cut, &mark); text })
        };
        let torn = format!("{prefix}{}", grouped(&national.to_string()[..left]));
        let found: Vec<String> = numbers_in_field(&torn, &region).iter().map(|n| n.number.to_string()).collect();
        prop_assert!(found.is_empty(), "{torn}: {found:?}");
        let torn = format!("{torn} 8 {}", grouped(&other.to_string()));
        let found: Vec<String> = numbers_in_field(&torn, &region).iter().map(|n| n.number.to_string()).collect();
        prop_assert_eq!(found, [format!("+7{other}")], "{}", torn);
    }
}
