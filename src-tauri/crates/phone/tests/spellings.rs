//! How people, directories and PBXs write numbers, one line each.

use phone::{Extension, Party, PhoneNumber, Region, numbers_in_field, party};

fn moscow() -> Region {
    Region::new("RU", Some("495")).expect("a region")
}

fn typed(text: &str) -> Option<String> {
    PhoneNumber::parse(text, &moscow()).map(|n| n.to_string())
}

fn pbx(text: &str) -> Option<String> {
    PhoneNumber::from_pbx(text, &moscow()).map(|n| n.to_string())
}

fn field(text: &str) -> Vec<String> {
    numbers_in_field(text, &moscow())
        .into_iter()
        .map(|n| match n.extension {
            Some(extension) => format!("{}#{extension}", n.number),
            None => n.number.to_string(),
        })
        .collect()
}

#[test]
fn typed_numbers() {
    let table = [
        ("8 (900) 555-01-01", "+79005550101"),
        ("8(900)5550101", "+79005550101"),
        ("8-900-555-01-01", "+79005550101"),
        ("8.900.555.01.01", "+79005550101"),
        ("8 900 555 0101", "+79005550101"),
        ("9005550101", "+79005550101"),
        ("(900) 555-01-01", "+79005550101"),
        ("79005550101", "+79005550101"),
        ("+79005550101", "+79005550101"),
        ("+7 900 555 01 01", "+79005550101"),
        ("+ 7 900 555 01 01", "+79005550101"),
        ("+7 (900) 555\u{2011}01\u{2013}01", "+79005550101"),
        ("\u{feff}+7\u{a0}900\u{a0}555\u{a0}01\u{a0}01", "+79005550101"),
        ("８９００５５５０１０１", "+79005550101"),
        ("  8 9 0 0 5 5 5 0 1 0 1 ", "+79005550101"),
        ("+7 900 555 01 01 доб. 12", "+79005550101"),
        ("+79005550101#12", "+79005550101"),
        ("+79005550101 ext 12345", "+79005550101"),
        ("+79005550101x12", "+79005550101"),
        ("тел.: 8 900 555-01-01", "+79005550101"),
        ("8 900 555-01-01 (мама)", "+79005550101"),
        ("tel:+7-900-555-01-01", "+79005550101"),
        ("+8 (900) 555-01-01", "+79005550101"),
        ("+89005550101", "+79005550101"),
        ("0079005550101", "+79005550101"),
        ("810 7 900 555 01 01", "+79005550101"),
        ("8-800-555-35-35", "+78005553535"),
        ("+7 800 555-35-35", "+78005553535"),
        ("88005553535", "+78005553535"),
        ("8005553535", "+78005553535"),
        ("8 (495) 555-01-99", "+74955550199"),
        ("555-01-99", "+74955550199"),
        ("5550199", "+74955550199"),
        ("8 701 555-01-01", "+77015550101"),
        ("+49 30 123456", "+4930123456"),
        ("0049 30 123456", "+4930123456"),
        ("810 49 30 123456", "+4930123456"),
        ("8-10-49-30-123456", "+4930123456"),
        ("8~10 49 30 123456", "+4930123456"),
        ("+1 650 253 0000", "+16502530000"),
        ("+39 06 6982 1234", "+390669821234"),
        ("+375 29 123-45-67", "+375291234567"),
    ];
    for (text, number) in table {
        assert_eq!(typed(text).as_deref(), Some(number), "{text}");
    }
}

#[test]
fn not_one_typed_number() {
    let table = [
        "",
        " ",
        "+",
        "мама",
        "201",
        "20112",
        "112",
        "03",
        "*100#",
        "555-01",
        "8900555010",
        "890055501011",
        "+7 900 555 01 0",
        "70000000000",
        "sip:79005550101@vpbx000000001.mangosip.ru",
        "sip: 79005550101",
        "SIP:79005550101",
        "sips:+79005550101@example.org",
        "79005550101@example.org",
        "+79005550101@x",
        "8 900 555 01 01 2",
        "89005550101, 89015550202",
        "01.01.1991",
        "4276 5500 1234 5678",
        "https://clinic.example/89005550101",
        "мама 18 лет",
        "٨٩٠٠",
    ];
    for text in table {
        assert_eq!(typed(text), None, "{text}");
    }
}

#[test]
fn local_numbers_need_an_area_code() {
    let nowhere = Region::default();
    assert_eq!(PhoneNumber::parse("555-01-99", &nowhere), None);
    let kaluga = Region::new("RU", Some("4842")).unwrap();
    assert_eq!(PhoneNumber::parse("55-01-99", &kaluga).unwrap().as_str(), "+74842550199");
    assert_eq!(PhoneNumber::parse("555-01-99", &kaluga), None);
}

#[test]
fn other_countries_as_home() {
    let berlin = Region::new("de", Some("30")).unwrap();
    let read = |text| PhoneNumber::parse(text, &berlin).map(|n| n.to_string());
    assert_eq!(read("030 123456").as_deref(), Some("+4930123456"));
    assert_eq!(read("0049 30 123456").as_deref(), Some("+4930123456"));
    assert_eq!(read("123456").as_deref(), Some("+4930123456"));
    assert_eq!(read("+7 900 555-01-01").as_deref(), Some("+79005550101"));
    let almaty = Region::new("KZ", None).unwrap();
    assert_eq!(PhoneNumber::parse("8 (701) 555-01-01", &almaty).unwrap().as_str(), "+77015550101");
}

#[test]
fn settings_that_are_no_region() {
    for (country, area) in [
        ("", None),
        ("R", None),
        ("RUS", None),
        ("ZZ", None),
        ("Россия", None),
        ("RU", Some("4x5")),
        ("RU", Some("1")),
        ("RU", Some("123456")),
    ] {
        let error = Region::new(country, area).unwrap_err().to_string();
        assert!(error.contains("such as"), "{error}");
    }
    assert_eq!(Region::new("RU", Some(" ")).unwrap(), Region::default());
}

#[test]
fn pbx_numbers() {
    let table = [
        ("79005550101", Some("+79005550101")),
        ("+79005550101", Some("+79005550101")),
        ("+7 (900) 555-01-01", Some("+79005550101")),
        ("89005550101", Some("+79005550101")),
        ("9005550101", Some("+79005550101")),
        ("4930123456", Some("+4930123456")),
        ("16502530000", Some("+16502530000")),
        ("81312345678", Some("+81312345678")),
        ("84955550199", Some("+74955550199")),
        ("810493012345", Some("+493012345")),
        ("78005553535", Some("+78005553535")),
        ("77015550101", Some("+77015550101")),
        ("5550199", Some("+74955550199")),
        ("201", None),
        ("20112", None),
        ("", None),
        ("anonymous", None),
        ("sip:79005550101@vpbx000000001.mangosip.ru", None),
        ("79005550101 79015550202", None),
        ("79005550101,79015550202", None),
        ("7900555010112", None),
    ];
    for (text, number) in table {
        assert_eq!(pbx(text).as_deref(), number, "{text}");
    }
}

#[test]
fn fields_with_several_numbers() {
    let (one, two) = ("+79005550101", "+79015550202");
    let table: [(&str, &[&str]); 25] = [
        ("мама 89005550101, папа 8(901)555-02-02", &[one, two]),
        ("мама 8 900 555 01 01 папа 8 901 555 02 02", &[one, two]),
        ("89005550101 89015550202", &[one, two]),
        ("8 900 555 01 01 8 901 555 02 02", &[one, two]),
        ("8 900 555-01-01  8 901 555-02-02", &[one, two]),
        ("9005550101 9015550202", &[one, two]),
        ("+79005550101+79015550202", &[one, two]),
        ("89005550101/89015550202", &[one, two]),
        ("89005550101\n89015550202\r\n", &[one, two]),
        ("89005550101;89015550202;", &[one, two]),
        ("8(900)555-01-01 доб.2 мама, 8 901 555 02 02", &["+79005550101#2", two]),
        ("8 900 555 01 01 (доб. 12) 8 901 555 02 02", &["+79005550101#12", two]),
        ("8 900 555 01 01, доб. 12345; 8 901 555 02 02", &["+79005550101#12345", two]),
        ("8 900 555 01 01 вн.12 8 901 555 02 02 #3", &["+79005550101#12", "+79015550202#3"]),
        ("8 900 555 01 01 мама (доб 7)", &["+79005550101#7"]),
        ("89005550101доб.7", &["+79005550101#7"]),
        ("89005550101, 8 900 555 01 01", &[one]),
        ("+7 900 555-01-01, +49 30 123456", &[one, "+4930123456"]),
        ("+49 30 123456 / +7 900 555-01-01", &["+4930123456", one]),
        ("р. 01.02.1991, 8 900 555 01 01", &[one]),
        ("1985 89005550101", &[one]),
        ("555-01-99, 495-01-99 555-02-00", &["+74955550199", "+74954950199", "+74955550200"]),
        ("ivanov1985@mail.example, 89005550101", &[one]),
        ("89005550101, ул. Мира д. 12", &[one]),
        ("sip:89015550202@pbx.example 8 (900) 555 01 01", &[one]),
    ];
    for (text, numbers) in table {
        assert_eq!(field(text), numbers, "{text}");
    }
    assert_eq!(field("не звонить после 18"), Vec::<String>::new());
    assert_eq!(field("доб. 12"), Vec::<String>::new());
}

#[test]
fn what_was_typed_is_kept() {
    let found = numbers_in_field("мама 8(900)555-01-01 доб.2, папа (901) 555-02-02!", &moscow());
    let typed: Vec<&str> = found.iter().map(|n| n.typed.as_str()).collect();
    assert_eq!(typed, ["8(900)555-01-01 доб.2", "(901) 555-02-02"]);
}

#[test]
fn a_long_field_is_bounded() {
    let text = "89005550101, ".repeat(10_000);
    assert_eq!(numbers_in_field(&text, &moscow()).len(), 1);
    assert!(numbers_in_field(&"1 ".repeat(100_000), &moscow()).len() <= 32);
}

#[test]
fn faces_of_a_number() {
    let number = PhoneNumber::parse("89005550101", &moscow()).unwrap();
    assert_eq!(number.as_str(), "+79005550101");
    assert_eq!(number.digits(), "79005550101");
    assert_eq!(number.display(), "+7 900 555-01-01");
    assert_eq!(number.last_ten(), Some("9005550101"));
    assert_eq!(number.masked().to_string(), "+7…0101");
    assert_eq!(format!("{number:?}"), "PhoneNumber(+7…0101)");
    let german = PhoneNumber::parse("+49 30 123456", &moscow()).unwrap();
    assert_eq!(german.display(), "+49 30 123456");
    assert_eq!(german.masked().to_string(), "+49…3456");
    assert_eq!(PhoneNumber::parse("8-800-555-35-35", &moscow()).unwrap().display(), "+7 800 555-35-35");
}

#[test]
fn parties() {
    let region = moscow();
    for hidden in [
        None,
        Some(""),
        Some("  "),
        Some("anonymous"),
        Some("Anonymous"),
        Some("restricted"),
        Some("UNKNOWN"),
        Some("private"),
        Some("sip:anonymous@anonymous.invalid"),
    ] {
        assert_eq!(party(hidden, &region), Party::Hidden, "{hidden:?}");
    }
    for sip in ["sip:user201@vpbx000000001.mangosip.ru", "SIP:79005550101", "79005550101@mangosip.ru"] {
        assert_eq!(party(Some(sip), &region), Party::Sip(sip.to_owned()));
    }
    for other in ["201", "1234567890123", "*100#", "мама"] {
        assert_eq!(party(Some(other), &region), Party::Other(other.to_owned()));
    }
    let Party::Phone(number) = party(Some("79005550101"), &region) else { panic!("no number") };
    assert_eq!(number.as_str(), "+79005550101");
    for private in [
        party(Some("79005550101"), &region),
        party(Some("1234567890123"), &region),
        party(Some("sip:ivanov@x"), &region),
    ] {
        let shown = format!("{private:?}");
        assert!(!shown.contains("900555") && !shown.contains("12345") && !shown.contains("ivanov"), "{shown}");
    }
}

#[test]
fn extensions() {
    assert_eq!(Extension::new(" 201 ").unwrap().as_str(), "201");
    assert_eq!(Extension::new("*33#").unwrap().to_string(), "*33#");
    for wrong in ["", " ", "20 1", "abc", "+7", "123456789012345678901", "２０１"] {
        assert_eq!(Extension::new(wrong), None, "{wrong}");
    }
}
