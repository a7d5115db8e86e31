//! The kind `file` as an office treats its file: any encoding, broken rows, saved, replaced, gone.

use std::fs;

use directory::{Directory, HealthState};
use proptest::prelude::*;

use crate::contract::{self, now, number};
use crate::office::{Office, on, why};

#[tokio::test]
async fn answers_as_every_kind_does() {
    let mut writer = csv::WriterBuilder::new().delimiter(b';').from_writer(Vec::new());
    let header =
        "id,Фамилия,Имя,Отчество,Дата рождения,Пол,Карта,Телефон,Аллергия,Долг,Врач,Последний визит,Следующий визит";
    writer.write_record(header.split(',')).unwrap();
    for known in contract::people() {
        let [family, given, patronymic] = known.name;
        let born = known.born.map(|born| born.to_string()).unwrap_or_default();
        let record = [
            known.id,
            family,
            given,
            patronymic,
            &born,
            known.sex,
            known.chart,
            known.phone,
            known.allergy,
            known.debt,
            known.doctor,
            known.last_visit,
            known.next_visit,
        ];
        writer.write_record(record).unwrap();
    }
    contract::holds(&Office::new(writer.into_inner().unwrap()).open()).await;
}

#[tokio::test]
async fn every_encoding_and_separator_gives_the_same_people() {
    let utf16 = |text: &str| text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>();
    let text = "ФИО;Телефон;Примечание\r\n\"Ёлкина; Мария\";8 (900) 555-01-01;\"две\r\nстроки\"\r\n";
    let tabs = text.replace("Ёлкина; Мария", "Ёлкина, Мария").replace(';', "\t");
    let commas = "ФИО,Телефон,Примечание\r\n\"Ёлкина, Мария\",8 (900) 555-01-01,\"две\r\nстроки\"\r\n";
    let files: [Vec<u8>; 6] = [
        text.into(),
        format!("\u{feff}{text}").into(),
        encoding_rs::WINDOWS_1251.encode(text).0.into_owned(),
        utf16(&format!("\u{feff}{text}")),
        tabs.into(),
        commas.into(),
    ];
    for file in files {
        let directory = Office::new(&file).open();
        let people = on(&directory, "+79005550101").await;
        assert_eq!(people.len(), 1, "{:?}", directory.health());
        assert!(people[0].full_name.starts_with("Ёлкина") && people[0].full_name.ends_with(" Мария"));
        assert_eq!(people[0].note.as_deref(), Some("две\r\nстроки"));
    }
}

#[tokio::test]
async fn bad_rows_are_named_and_the_rest_load() {
    let office = Office::new(
        "ФИО;Телефон;Дата рождения;Долг\n\
         Первая Анна;+79005550101;31.01.1991;\n\
         ;+79005550102;;\n\
         \"Четвёртый Олег;+79005550104;;\n\
         Пятый Олег;телефона нет;;\n\
         \n\
         ;;;\n\
         Восьмой Олег;8 900 555 01 08;32.01.1991;много\n\
         Девятая Анна;+79005550109;;;лишнее\n\
         Десятая Анна;+79005550110;0000-00-00;0\n",
    );
    let directory = office.open();
    let health = directory.health();
    assert_eq!((health.state, health.people), (HealthState::Ok, Some(3)));
    assert_eq!(health.why.as_deref(), Some("строк с ошибками: 5 (строки 3, 4, 5, 8, 9)"));
    let half_read = on(&directory, "+79005550108").await.remove(0);
    assert_eq!((half_read.born, half_read.debt), (None, None), "absent, not made up");
    let lines = directory.check().await.lines;
    for expected in [
        "строка 3: нет имени",
        "строка 4: кавычки",
        "строка 5: нет понятного номера",
        "строка 8: не понято: дата рождения",
        "строка 8: не понято: долг",
        "строка 9: полей больше",
    ] {
        assert!(lines.iter().any(|line| line.starts_with(expected)), "{expected}: {lines:?}");
    }
    assert!(lines.iter().all(|line| !line.contains("Олег")), "a check names lines, not people");
}

#[tokio::test]
async fn a_file_without_names_or_numbers_says_what_it_has() {
    let office = Office::new("Дата;Сумма\n1;2\n");
    contract::is_down(&office.open()).await;
    let said = why(&office.open());
    assert!(said.contains("ФИО") && said.contains("Телефон") && said.contains("«Дата», «Сумма»"), "{said}");
    for (content, expected) in [(&b""[..], "файл пуст"), (b"PK\x03\x04...", "книга Excel"), (b"\n\n", "файл пуст")]
    {
        let directory = Office::new(content).open();
        contract::is_down(&directory).await;
        assert!(why(&directory).contains(expected), "{}", why(&directory));
    }
}

#[tokio::test]
async fn a_file_that_is_not_there_is_taken_up_when_it_comes() {
    let office = Office::new("");
    fs::remove_file(&office.path).unwrap();
    let directory = office.open();
    contract::is_down(&directory).await;
    assert!(!directory.reload_if_changed().await, "still not there: nothing new to say");
    office.save("ФИО;Телефон\nВымыслова Мария;+79005550101\n");
    assert!(directory.reload_if_changed().await);
    assert_eq!(directory.health().state, HealthState::Ok);
    assert!(!directory.reload_if_changed().await);
}

#[tokio::test]
async fn a_useless_new_file_leaves_the_last_good_people() {
    let office = Office::new("ФИО;Телефон\nВымыслова Мария;+79005550101\n");
    let directory = office.open();
    for (broken, expected) in [
        ("", "файл пуст"),
        ("ФИО;Теле", "нет нужных колонок"),
        ("PK\u{3}\u{4}", "книга Excel"),
        ("ФИО;Телефон\nВымыслова Мария;+7900", "нет ни одного пациента"),
    ] {
        office.save(broken);
        assert!(directory.reload_if_changed().await, "{broken}");
        let health = directory.health();
        assert_eq!((health.state, health.people), (HealthState::Slow, Some(1)));
        let said = health.why.unwrap();
        assert!(said.contains(expected) && said.contains("прежний список (1 запись)"), "{said}");
        assert_eq!(on(&directory, "+79005550101").await.len(), 1);
        assert!(!directory.reload_if_changed().await, "a useless file is read once");
        assert!(!directory.check().await.ok, "a check reads the file that is there");
    }
    fs::remove_file(&office.path).unwrap();
    assert!(directory.reload_if_changed().await);
    assert!(why(&directory).contains("файла нет"));
    office.save("ФИО;Телефон\nВымыслова Мария;+79005550102\nВымыслов Пётр;+79005550102\n");
    assert!(directory.reload_if_changed().await);
    assert_eq!(directory.health().why, None);
    assert!(on(&directory, "+79005550101").await.is_empty());
    assert_eq!(on(&directory, "+79005550102").await.len(), 2);
}

#[tokio::test]
async fn an_empty_folder_is_readable_trouble() {
    let office = Office::new("");
    fs::remove_file(&office.path).unwrap();
    fs::create_dir(&office.path).unwrap();
    contract::is_down(&office.open()).await;
    assert_eq!(why(&office.open()), "в папке нет ни одного файла .csv или .txt");
}

#[tokio::test]
async fn replacing_the_file_while_it_is_read_never_leaves_half_of_it() {
    let people = |mark: &str| {
        let rows = (0..3000).map(|row| format!("{mark} {row};+7900555{row:04}\n"));
        format!("ФИО;Телефон\n{}", rows.collect::<String>())
    };
    let (old, new) = (people("Старый"), people("Новенький"));
    let office = Office::new(&old);
    let directory = office.open();
    let aside = office.path.with_extension("tmp");
    for round in 0..20 {
        let path = office.path.clone();
        let (aside, text) = (aside.clone(), if round % 2 == 0 { new.clone() } else { old.clone() });
        let saving = std::thread::spawn(move || {
            fs::write(&aside, text).unwrap();
            fs::rename(&aside, &path).unwrap();
        });
        directory.reload_if_changed().await;
        assert_eq!(directory.health().people, Some(3000));
        saving.join().unwrap();
    }
    directory.reload_if_changed().await;
    assert_eq!(on(&directory, "+79005550001").await[0].full_name, "Старый 1");
}

#[tokio::test]
async fn chunks_of_a_large_file_keep_lines_and_people() {
    let mut text = "id;ФИО;Телефон;Примечание\n".to_owned();
    for row in 0..30_000u32 {
        let phone = if row % 10_000 == 9_999 { "нет".to_owned() } else { format!("+7900{row:07}") };
        text.push_str(&format!("{};Человек {row};{phone};\"а\nб\"\n", row % 29_000));
    }
    let directory = Office::new(text).open();
    let health = directory.health();
    assert_eq!(health.people, Some(29_997));
    // 1,000 ids come twice with other names; rows 9,999, 19,999 and 29,999 have no number, two lines a row.
    assert_eq!(why(&directory).split_once(" (").unwrap().0, "строк с ошибками: 1002");
    assert!(why(&directory).contains("(строки 20000, 40000, 58002, 58004"), "{}", why(&directory));
    for row in [0, 8191, 8192, 20_000, 29_998] {
        assert_eq!(on(&directory, &format!("+7900{row:07}")).await[0].full_name, format!("Человек {row}"));
    }
}

proptest! {
    #[test]
    fn no_bytes_panic(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        ask_everything(&bytes);
    }

    #[test]
    fn no_rows_under_a_good_header_panic(rows in "[\"\n\r;,| \t0-9a-zА-яЁё+().:/=<-]{0,300}", noise in prop::collection::vec(any::<u8>(), 0..8)) {
        let mut bytes = "id;ФИО;Телефон;Дата рождения;Долг;VIP;Следующий визит\n1;А;+79005550101;1991-01-31;1;да;2026-11-30 10:30\n".as_bytes().to_vec();
        bytes.extend(rows.as_bytes());
        bytes.extend(noise);
        ask_everything(&bytes);
    }
}

fn ask_everything(bytes: &[u8]) {
    let office = Office::new(bytes);
    let directory = office.open();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(async {
        let _ = directory.look_up(&number("+79005550101"), now()).await;
        for text in ["а", "1", "555", "\""] {
            let _ = directory.search(text, 5, now()).await;
        }
        let _ = (directory.health(), directory.check().await);
    });
}
