//! What the kind `file` makes of its rows: people, visits, warnings, order, reasons.

use directory::{AlertKind, Directory, FileDirectory};

use crate::contract::{now, number};
use crate::office::{Office, alerts, on, one, why};

#[tokio::test]
async fn one_person_twice_is_one_person() {
    let directory = Office::new(
        "Код;ФИО;Дата рождения;Карта;Телефон;Аллергия;Врач\n\
         7;Вымыслова Мария Петровна;31.01.1991;12/1;+79005550101;пенициллин;\n\
         7;ВЫМЫСЛОВА  Мария Петровна;;;8 900 555-01-02;йод;Петров\n\
         ;Вымыслов Пётр;1990-01-01;;+79005550103;;\n\
         ;вымыслов петр;01.01.1990;;+79005550104, 89005550103;;\n\
         ;Тёзкин Иван;;;+79005550105;;\n\
         ;Тёзкин Иван;;;+79005550106;;\n\
         ;Тёзкин Иван;;;+79005550107, +79005550106;;\n",
    )
    .open();
    assert_eq!((directory.health().people, directory.health().why), (Some(4), None));
    let by_second = on(&directory, "+79005550102").await;
    assert_eq!(by_second, on(&directory, "+79005550101").await);
    assert_eq!(by_second[0].phones, [number("+79005550101"), number("+79005550102")]);
    assert_eq!(alerts(&by_second[0]), [(AlertKind::Allergy, "пенициллин"), (AlertKind::Allergy, "йод")]);
    assert_eq!((by_second[0].chart.as_deref(), by_second[0].doctor.as_deref()), (Some("12/1"), Some("Петров")));
    assert_eq!(on(&directory, "+79005550104").await[0].phones.len(), 2);
    let namesake = on(&directory, "+79005550105").await.remove(0);
    let twice = on(&directory, "+79005550106").await;
    assert_eq!((twice.len(), twice[0].phones.len()), (1, 2));
    assert_ne!(namesake.id, twice[0].id, "namesakes are two people");
    assert_eq!(directory.search("вымыслов", 10, now()).await.unwrap().len(), 2);
}

#[tokio::test]
async fn one_id_of_two_people_does_not_make_them_one() {
    let directory =
        Office::new("id;ФИО;Телефон\n1;Вымыслова Мария;+79005550101\n1;Небылицын Лев;+79005550101\n").open();
    let people = on(&directory, "+79005550101").await;
    assert_eq!(people.len(), 2);
    assert_ne!(people[0].id, people[1].id);
    assert_eq!(why(&directory), "строк с ошибками: 1 (строка 3)");
    let linked = people.iter().filter(|person| person.open_url.is_some()).count();
    assert_eq!(linked, 1, "a made-up id opens no chart");
}

#[tokio::test]
async fn an_id_made_up_from_the_record_is_the_same_tomorrow() {
    let row = "Вымыслова Мария;+79005550101;1991-01-31;12/1";
    let first = Office::new(format!("ФИО;Телефон;Дата рождения;Карта\n{row}\n")).open();
    let moved = Office::new(
        "ФИО,Телефон,Дата рождения,Карта\n\
         Другая Анна,+79005550102,,\n\
         ВЫМЫСЛОВА мария,\"89005550101, 89005550105\",31.01.1991,12/1\n",
    )
    .open();
    let (first, moved) = (on(&first, "+79005550101").await, on(&moved, "+79005550101").await);
    assert_eq!(first[0].id, moved[0].id);
    assert_eq!(first[0].id.len(), 24);
}

#[tokio::test]
async fn visits_stand_where_the_clock_puts_them() {
    let said = |visit: &Option<directory::Visit>| visit.as_ref().map(|visit| visit.at.to_string());
    let stale =
        one("Последний визит;Следующий визит", "2026-10-01 10:00;\"2026-11-24 11:59; Петров, терапевт; УЗИ\"").await;
    assert_eq!(said(&stale.last_visit).as_deref(), Some("2026-11-24T08:59:00Z"));
    assert_eq!(stale.last_visit.unwrap().doctor.as_deref(), Some("Петров, терапевт"));
    assert_eq!(stale.next_visit, None);
    let older = one("Последний визит;Следующий визит", "2026-10-01 10:00;2026-09-01 10:00").await;
    assert_eq!((said(&older.last_visit).as_deref(), &older.next_visit), (Some("2026-10-01T07:00:00Z"), &None));
    let ahead = one("Последний визит;Следующий визит", "2026-11-30 10:00;2026-12-30 10:00").await;
    assert_eq!((&ahead.last_visit, said(&ahead.next_visit).as_deref()), (&None, Some("2026-11-30T07:00:00Z")));
    let today = one("Следующий визит", "24.11.2026").await;
    assert!(today.next_visit.is_some(), "a day without a time is to come until it is over");
}

#[tokio::test]
async fn warnings_come_gravest_first() {
    let person = one("VIP;Долг;Конфликт;Аллергия;Примечание;Внимание", "да;2400,50;1;латекс;звонить мужу;пандус").await;
    assert_eq!(
        alerts(&person),
        [
            (AlertKind::Allergy, "латекс"),
            (AlertKind::Conflict, "был конфликт"),
            (AlertKind::Debt, "долг 2 400,50 ₽"),
            (AlertKind::Vip, "VIP"),
            (AlertKind::Note, "пандус"),
        ]
    );
    assert_eq!(person.note.as_deref(), Some("звонить мужу"));
    assert_eq!(person.debt.unwrap().amount, "2400.50");
    let calm = one("VIP;Долг;Конфликт;Аллергия", "нет;0,00;-;нет").await;
    assert_eq!((calm.alerts.as_slice(), calm.debt), (&[][..], None));
}

#[tokio::test]
async fn who_comes_today_is_read_first() {
    let directory = Office::new(
        "id;ФИО;Телефон;Дата рождения;Последний визит;Следующий визит\n\
         child;Ю;+79005550101;2015-01-01;;\n\
         older-child;Э;+79005550101;2012-01-01;;\n\
         ageless;Ц;+79005550101;;;\n\
         young;Б;+79005550101;2000-01-01;;\n\
         old-b;Б;+79005550101;1950-01-01;;\n\
         old-a;А;+79005550101;1950-01-01;;\n\
         soon;Я;+79005550101;2015-01-01;;2026-12-01 10:00\n\
         sooner;Я;+79005550101;2016-01-01;;2026-11-25 10:00\n\
         was-today;Я;+79005550101;2016-01-01;2026-11-24 09:00;\n\
         today;Я;+79005550101;2016-01-01;;2026-11-24 18:00\n",
    )
    .open();
    let ids: Vec<String> = on(&directory, "+79005550101").await.into_iter().map(|person| person.id).collect();
    assert_eq!(
        ids,
        ["today", "was-today", "sooner", "soon", "old-a", "old-b", "young", "ageless", "older-child", "child"]
    );
}

#[tokio::test]
async fn the_reason_says_how_the_number_is_written() {
    let directory = Office::new("ФИО;Телефон\nА;8(900)555-01-01 доб.2\nБ;8 (900) 555-01-02\nВ;555-01-03\n").open();
    let why = async |typed: &str| directory.look_up(&number(typed), now()).await.unwrap().why;
    assert_eq!(why("+79005550101").await.as_deref(), Some("номер в карте: 8(900)555-01-01 доб.2; совпали 10 цифр"));
    assert_eq!(why("+79005550102").await.as_deref(), Some("номер в карте: 8 (900) 555-01-02; совпали 10 цифр"));
    assert_eq!(why("+74955550103").await.as_deref(), Some("номер в карте: 555-01-03; совпали 7 цифр"));
    assert_eq!(why("+79005550199").await.as_deref(), Some("номера нет в файле пациентов (3 записи)"));
}

#[tokio::test]
async fn a_number_in_every_card_does_not_flood_the_screen() {
    let rows: String = (0..3000).map(|row| format!("Человек {row};+74995550000\n")).collect();
    let directory = Office::new(format!("ФИО;Телефон\n{rows}")).open();
    let answer = directory.look_up(&number("+74995550000"), now()).await.unwrap();
    assert_eq!(answer.people.len(), 50);
    assert_eq!(answer.why.as_deref(), Some("на этом номере людей: 3000, показаны первые 50"));
}

#[tokio::test]
async fn long_names_markup_and_formulas_stay_text() {
    let long = "Я".repeat(200);
    for name in [long.as_str(), "<script>alert(1)</script>", "=HYPERLINK(1)", "Ы\u{202e}Ъ", "O'Коннор & Ко"] {
        let directory = Office::new(format!("ФИО;Телефон;Примечание\n{name};+79005550101;<img src=x>\n")).open();
        let person = on(&directory, "+79005550101").await.remove(0);
        assert_eq!((person.full_name.as_str(), person.note.as_deref()), (name, Some("<img src=x>")));
    }
    let endless = one("Примечание", &"ж".repeat(9000)).await.note.unwrap();
    assert_eq!(endless.chars().count(), 2001, "a card's text is bounded");
}

#[tokio::test]
async fn names_are_split_only_where_that_is_sure() {
    let split = async |name: &str| {
        let directory = Office::new(format!("ФИО;Телефон\n{name};+79005550101\n")).open();
        let person = on(&directory, "+79005550101").await.remove(0);
        [person.family_name, person.given_name, person.patronymic].map(Option::unwrap_or_default)
    };
    assert_eq!(split("Вымыслова Мария Петровна").await, ["Вымыслова", "Мария", "Петровна"]);
    assert_eq!(split("Мамедов Рустам Фарид оглы").await, ["Мамедов", "Рустам", "Фарид оглы"]);
    assert_eq!(split("Нгуен Тхи Минь Хоа").await, ["", "", ""]);
    assert_eq!(split("Мария Вымыслова").await, ["", "", ""]);
}

#[tokio::test]
async fn settings_say_which_columns_and_how_charts_open() {
    let office = Office::new("Кто;Связь;Телефон;Код\nВымыслова Мария;+79005550101;+79005550102;а/1\n");
    let mut settings = office.settings();
    settings.columns = [("full_name", "Кто"), ("phones", "Связь"), ("doctor", "Доктор")]
        .map(|(ours, theirs)| (ours.to_owned(), theirs.to_owned()))
        .into();
    let directory = FileDirectory::open(settings);
    let person = on(&directory, "+79005550101").await.remove(0);
    assert_eq!(person.open_url.as_deref(), Some("https://mis.example/card/%D0%B0%2F1"));
    assert!(on(&directory, "+79005550102").await.is_empty());
    assert_eq!(why(&directory), "колонки «Доктор» (для doctor) в файле нет");
}

#[tokio::test]
async fn search_takes_numbers_as_people_type_them() {
    let directory =
        Office::new("id;ФИО;Телефон;Карта\n1;Вымыслова-Заречная Мария;+79005550101;77/3\n2;Ёлкин;+79005550177;\n")
            .open();
    let search = async |text: &str| {
        let people = directory.search(text, 10, now()).await.unwrap();
        people.into_iter().map(|person| person.id).collect::<Vec<_>>()
    };
    assert_eq!(search("8 (900) 555-01-01").await, ["1"]);
    assert_eq!(search("01-01").await, ["1"]);
    assert_eq!(search("77").await, ["1"], "two digits are a chart, not a number");
    assert_eq!(search("0177").await, ["2"]);
    assert_eq!(search("заречн мар").await, ["1"]);
    assert_eq!(search("заречн елк").await, [""; 0]);
    assert_eq!(search(&"9".repeat(300)).await, [""; 0]);
    assert_eq!(directory.search("555", 0, now()).await.unwrap(), []);
}

#[tokio::test]
async fn exactly_this_chart_is_first_however_many_are_like_it() {
    let rows: String =
        (1..=1200).rev().map(|chart| format!("{chart};Вымыслова {chart};+7900{chart:07};{chart}/11\n")).collect();
    let directory = Office::new(format!("id;ФИО;Телефон;Карта\n{rows}")).open();
    for (text, id) in [("1/11", "1"), ("11/11", "11"), ("1200/11", "1200")] {
        let found = directory.search(text, 50, now()).await.unwrap();
        assert_eq!(found.first().map(|person| person.id.as_str()), Some(id), "{text}");
    }
}
