use super::*;

fn reading() -> Reading {
    Reading {
        region: Region::default(),
        today: "2026-11-24".parse().unwrap(),
        colleagues: vec![("201".into(), "петрова анна".into()), ("202".into(), "анохин лев".into())],
        lines: vec![("+74951234567".into(), "реклама, яндекс".into())],
    }
}

fn terms(text: &str) -> Vec<Vec<String>> {
    read(text, &reading()).terms
}

fn days(text: &str) -> Option<(String, String)> {
    read(text, &reading()).days.map(|(from, to)| (from.to_string(), to.to_string()))
}

fn day(day: &str) -> Option<(String, String)> {
    Some((day.to_owned(), day.to_owned()))
}

#[test]
fn a_number_is_read_in_any_spelling_and_a_part_of_one_by_its_digits() {
    for text in ["+7 900 555-01-01", "8 (900) 555-01-01", "89005550101", "79005550101", "9005550101"] {
        assert_eq!(terms(text)[0][0], "+79005550101", "{text}");
    }
    assert_eq!(terms("0101"), [["0101"]]);
    assert_eq!(terms("555-01-01"), [["5550101", "555-01-01"]], "a note has it as it was typed");
    assert_eq!(terms("8-495-123-45-67"), [["+74951234567", "8-495-123-45-67"]]);
    assert_eq!(terms("5-7"), [["57", "5-7"]], "or it is a chart");
    assert_eq!(terms("8900 55"), [["+790055", "890055", "8900 55"]]);
    assert_eq!(terms("+7 (9"), [["+79", "+7 (9"]]);
    assert_eq!(terms("8"), [["8"]]);
    assert_eq!(terms("1234/11"), [["1234/11"]], "a chart number is a word");
    assert_eq!(terms(&"9".repeat(500))[0][0].len(), MOST_DIGITS);
}

#[test]
fn days_are_read_as_people_type_them() {
    assert_eq!(days("24.11"), day("2026-11-24"));
    assert_eq!(days("25.11"), day("2025-11-25"), "a day that has not come yet was last year's");
    assert_eq!(days("24.11.2025"), day("2025-11-24"));
    assert_eq!(days("24.11.25"), day("2025-11-24"));
    assert_eq!(days("2026-11-02"), day("2026-11-02"));
    assert_eq!(days("сегодня"), day("2026-11-24"));
    assert_eq!(days("Вчера"), day("2026-11-23"));
    assert_eq!(days("yesterday"), day("2026-11-23"));
    assert_eq!(days("3 ноября"), day("2026-11-03"));
    assert_eq!(days("3 декабря 2024"), day("2024-12-03"));
    assert_eq!(days("29.02"), day("2024-02-29"));
    assert_eq!(days("ноябрь"), Some(("2026-11-01".into(), "2026-11-30".into())));
    assert_eq!(days("декабре"), Some(("2025-12-01".into(), "2025-12-31".into())));
    assert_eq!(days("февраль 2024"), Some(("2024-02-01".into(), "2024-02-29".into())));
    assert_eq!(days("1.11 3.11"), Some(("2026-11-01".into(), "2026-11-03".into())));
}

#[test]
fn what_leads_in_to_days_belongs_to_them() {
    assert_eq!(days("в ноябре"), Some(("2026-11-01".into(), "2026-11-30".into())));
    assert_eq!(days("за май"), Some(("2026-05-01".into(), "2026-05-31".into())));
    assert_eq!(days("за вчера"), day("2026-11-23"));
    assert_eq!(days("с 3 по 5 ноября"), Some(("2026-11-03".into(), "2026-11-05".into())));
    assert_eq!(days("с 28 октября по 2 ноября"), Some(("2026-10-28".into(), "2026-11-02".into())));
    assert_eq!(days("с 1.11 по вчера"), Some(("2026-11-01".into(), "2026-11-23".into())));
    for text in ["в ноябре", "с 3 по 5 ноября"] {
        assert!(terms(text).is_empty(), "{text}");
    }
    assert_eq!(terms("в очереди"), [["в"], ["очереди"]]);
    assert_eq!(terms("с мамой")[1], ["мамой"]);
}

#[test]
fn a_day_of_the_week_is_the_latest_that_has_begun() {
    // It is a Tuesday.
    assert_eq!(days("вторник"), day("2026-11-24"));
    assert_eq!(days("в понедельник"), day("2026-11-23"));
    assert_eq!(days("в среду"), day("2026-11-18"));
    assert_eq!(days("Sunday"), day("2026-11-22"));
    assert_eq!(days("с субботы по понедельник"), Some(("2026-11-21".into(), "2026-11-23".into())));
    assert_eq!(days("с понедельника по пятницу"), Some(("2026-11-16".into(), "2026-11-20".into())));
    assert_eq!(days("с пятницы по вторник"), Some(("2026-11-20".into(), "2026-11-24".into())));
    assert_eq!(terms("Пятница Олег"), [["пятница"], ["олег"]], "a name");
    assert!(terms("во вторник").is_empty());
}

#[test]
fn a_hidden_number_is_found_by_what_its_row_says() {
    for text in ["скрыт", "Номер скрыт", "скрытый номер", "скрытые", "number withheld", "hidden number", "withheld"]
    {
        let terms = terms(text);
        assert_eq!((terms.len(), terms[0].last().unwrap().as_str()), (1, marks::WITHHELD), "{text}");
    }
    for text in ["Скрытников", "номер", "w"] {
        assert!(!terms(text)[0].contains(&marks::WITHHELD.to_owned()), "{text}");
    }
}

#[test]
fn people_who_are_called_like_a_month_are_found() {
    assert_eq!(terms("Май Елена"), [["май"], ["елена"]]);
    assert_eq!(terms("Олег Март"), [["олег"], ["март"]]);
    assert_eq!(terms("April"), [["april"]]);
    assert_eq!(days("май 2025"), Some(("2025-05-01".into(), "2025-05-31".into())));
    assert_eq!(days("9 мая"), day("2026-05-09"));
}

#[test]
fn what_only_looks_like_a_day_is_searched() {
    for text in ["45.11", "31.02", "марта", "ноября", "201", "2026", "майя", "12.345", "..", "1.2.3.4", "+1.2"]
    {
        assert_eq!(days(text), None, "{text}");
        assert!(!terms(text).is_empty(), "{text}");
    }
}

#[test]
fn kinds_of_calls_are_found_by_their_words_and_as_words() {
    let typed = read("пропущенные Иванова", &reading());
    let missed = ["пропущенные", "\u{E000}m\u{E000}", "\u{E000}b\u{E000}"].map(str::to_owned);
    assert_eq!(typed.terms, [missed.to_vec(), vec!["иванова".to_owned()]]);
    assert_eq!(
        typed.understood,
        [wire::Understood::Ended {
            text: "пропущенные".to_owned(),
            ended: vec![wire::Outcome::Missed, wire::Outcome::Abandoned],
        }]
    );
    assert_eq!(terms("исходящие")[0][1], "\u{E001}o\u{E001}");
    assert_eq!(terms("answered")[0][1], "\u{E000}a\u{E000}");
    for (text, mark) in
        [("принятые", "a"), ("поговорили", "a"), ("дозвонились", "a"), ("не дозвонились", "f"), ("не дождалась", "b")]
    {
        assert_eq!(terms(text)[0][1], format!("\u{E000}{mark}\u{E000}"), "{text}");
    }
    for text in ["проп", "ответ", "answer", "пропущенко", "не", "не дом", "входящая-исходящая", "missedcall"]
    {
        assert!(read(text, &reading()).understood.is_empty(), "{text}");
    }
}

#[test]
fn colleagues_and_lines_are_found_by_name() {
    assert_eq!(terms("петр"), [["петр", "\u{E002}201\u{E002}"]]);
    assert_eq!(terms("Ан"), [["ан", "\u{E002}201\u{E002}", "\u{E002}202\u{E002}"]]);
    assert_eq!(terms("Яндекс"), [["яндекс", "\u{E003}+74951234567\u{E003}"]]);
    assert_eq!(terms("Ёлкина"), [["елкина"]]);
    assert_eq!(terms("И\u{306}одов"), [["йодов"]], "as a Mac writes it");
}

#[test]
fn nothing_typed_breaks_the_reading() {
    for text in ["", "   ", "\u{0}", "\u{E000}m\u{E000}", "%_'\"; drop table calls", "+", "-.-", "8.8", "\u{1F600}"] {
        let typed = read(text, &reading());
        assert!(typed.terms.iter().flatten().all(|spelling| !spelling.is_empty()), "{text:?}");
        assert!(!typed.terms.iter().flatten().any(|spelling| spelling.contains('\u{E000}')), "{text:?}");
    }
    assert!(terms(&"слово ".repeat(1000)).len() <= MOST_WORDS);
}

#[test]
fn chosen_filters_narrow_and_a_day_that_is_none_is_told() {
    let which = wire::CallFilter {
        from: Some("2026-11-20".into()),
        to: Some("2026-11-22".into()),
        ended: Some(wire::Outcome::Missed),
        extension: Some("201".into()),
        ..wire::CallFilter::default()
    };
    let zone = TimeZone::get("Europe/Moscow").unwrap();
    let wanted = read("ноябрь", &reading()).wanted(&which, &zone).unwrap();
    assert_eq!(wanted.terms, [["\u{E000}m\u{E000}"], ["\u{E002}201\u{E002}"]]);
    let moscow = |text: &str| place_of(text.parse::<jiff::Timestamp>().unwrap().as_millisecond());
    assert_eq!(wanted.from, Some(moscow("2026-11-20T00:00:00+03:00")));
    assert_eq!(wanted.until, Some(moscow("2026-11-23T00:00:00+03:00")));
    let wrong = wire::CallFilter { from: Some("вчера".into()), ..wire::CallFilter::default() };
    assert_eq!(read("", &reading()).wanted(&wrong, &zone), Err("вчера".to_owned()));
}
