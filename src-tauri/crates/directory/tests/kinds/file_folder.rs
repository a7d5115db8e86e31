//! The kind `file` reading a folder of exports.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::time::{Duration, SystemTime};

use directory::{AlertKind, Directory, FileDirectory, FileSettings, HealthState};
use phone::Region;
use tempfile::TempDir;

use crate::contract::{self, moscow, now, number};
use crate::office::{alerts, on, why};

/// A folder into which programs put their exports.
struct Folder(TempDir);

impl Folder {
    fn new(files: &[(&str, &str)]) -> Folder {
        let folder = Folder(tempfile::tempdir().unwrap());
        for (name, text) in files {
            folder.save(name, text);
        }
        folder
    }

    fn save(&self, name: &str, text: impl AsRef<[u8]>) {
        fs::write(self.0.path().join(name), text).unwrap();
    }

    fn remove(&self, name: &str) {
        fs::remove_file(self.0.path().join(name)).unwrap();
    }

    /// As if the file had been saved so many hours before now.
    fn age(&self, name: &str, hours: u64) {
        let file = File::options().write(true).open(self.0.path().join(name)).unwrap();
        file.set_modified(SystemTime::now() - Duration::from_secs(hours * 3600)).unwrap();
    }

    fn open(&self) -> FileDirectory {
        FileDirectory::open(FileSettings {
            path: self.0.path().to_owned(),
            columns: BTreeMap::new(),
            region: Region::new("RU", Some("495")).unwrap(),
            time_zone: moscow(),
            open_url: Some("https://mis.example/card/{id}".to_owned()),
        })
    }
}

#[tokio::test]
async fn all_exports_are_read_and_nothing_else() {
    let folder = Folder::new(&[
        ("mis.csv", "ФИО;Телефон\nВымыслова Мария;+79005550101\n"),
        ("СТАРАЯ БАЗА.TXT", "Пациент\tМобильный\nНебылицын Лев\t8 900 555-01-02\n"),
        (".mis.csv", "ФИО;Телефон\nСкрытая Анна;+79005550103\n"),
        ("~$mis.csv", "не таблица"),
        ("readme.md", "ФИО;Телефон\nЧужая Анна;+79005550104\n"),
        ("mis.csv.tmp", "ФИО;Телефон\nНедописанная Анна;+79005550105\n"),
    ]);
    fs::create_dir(folder.0.path().join("архив.csv")).unwrap();
    let directory = folder.open();
    let health = directory.health();
    assert_eq!((health.state, health.people, health.why), (HealthState::Ok, Some(2), None));
    assert_eq!(on(&directory, "+79005550101").await[0].full_name, "Вымыслова Мария");
    assert_eq!(on(&directory, "+79005550102").await[0].full_name, "Небылицын Лев");
    for absent in ["+79005550103", "+79005550104", "+79005550105"] {
        assert!(on(&directory, absent).await.is_empty(), "{absent}");
    }
    assert_eq!(directory.search("небыл", 5, now()).await.unwrap().len(), 1);
    assert!(!directory.reload_if_changed().await, "nothing has changed");
}

#[tokio::test]
async fn one_person_in_two_files_is_one_person() {
    let folder = Folder::new(&[
        (
            "cards.csv",
            "Код;ФИО;Дата рождения;Телефон;Аллергия;Врач\n\
             17;Вымыслова Мария Петровна;31.01.1991;+79005550101;латекс;Старый\n\
             18;Тёзкин Иван;1980-05-05;+79005550102;;\n\
             19;Отцов Иван Иванович;1950-01-01;+79005550103;;\n",
        ),
        (
            "debts.csv",
            "ФИО,Дата рождения,Телефон,Долг,Врач\n\
             ВЫМЫСЛОВА Мария  Петровна,1991-01-31,\"8 900 555-01-01, 8 900 555-01-09\",2400,Новый\n\
             Тёзкин Иван,1999-09-09,+79005550102,100,\n\
             Отцов Иван Иванович,,+79005550103,500,\n",
        ),
    ]);
    folder.age("cards.csv", 48);
    folder.age("debts.csv", 1);
    let directory = folder.open();
    assert_eq!((directory.health().people, directory.health().why), (Some(5), None));
    let maria = on(&directory, "+79005550101").await;
    assert_eq!(maria.len(), 1);
    assert_eq!((maria[0].id.as_str(), maria[0].open_url.as_deref()), ("17", Some("https://mis.example/card/17")));
    assert_eq!(
        alerts(&maria[0]),
        [(AlertKind::Allergy, "латекс"), (AlertKind::Debt, "долг 2 400 ₽")],
        "each file tells what it knows"
    );
    assert_eq!(maria[0].doctor.as_deref(), Some("Новый"), "the newer file counts where they differ");
    assert_eq!(on(&directory, "+79005550109").await, maria, "a number of the other file finds the whole person");
    assert_eq!(on(&directory, "+79005550102").await.len(), 2, "another birth date is a namesake");
    assert_eq!(on(&directory, "+79005550103").await.len(), 2, "without a birth date it may be the son");
    assert_eq!(directory.search("вымысл", 5, now()).await.unwrap(), maria);
}

#[tokio::test]
async fn two_people_of_one_file_stay_two() {
    let twins = "Код;ФИО;Дата рождения;Телефон\n1;Близнецова Анна;2015-01-01;+79005550101\n2;Близнецова Анна;2015-01-01;+79005550101\n";
    let folder = Folder::new(&[
        ("a.csv", twins),
        ("b.csv", "ФИО;Дата рождения;Телефон\nБлизнецова Анна;2015-01-01;+79005550101\n"),
    ]);
    assert_eq!(on(&folder.open(), "+79005550101").await.len(), 3, "nobody can tell which of them the other file means");
}

#[tokio::test]
async fn ids_of_two_programs_may_be_alike() {
    let folder = Folder::new(&[
        ("a.csv", "Код;ФИО;Телефон\n1;Вымыслова Мария;+79005550101\n"),
        ("b.csv", "Код;ФИО;Телефон\n1;Небылицын Лев;+79005550101\n"),
    ]);
    folder.age("a.csv", 1);
    folder.age("b.csv", 48);
    let directory = folder.open();
    let people = on(&directory, "+79005550101").await;
    assert_eq!(people.len(), 2);
    assert_ne!(people[0].id, people[1].id);
    assert_eq!(why(&directory), "b.csv: строк с ошибками: 1 (строка 2)");
}

#[tokio::test]
async fn files_come_change_and_go() {
    let folder = Folder::new(&[("a.csv", "ФИО;Телефон\nПервая Анна;+79005550101\n")]);
    let directory = folder.open();
    folder.save("b.csv", "ФИО;Телефон\nВторой Олег;+79005550102\n");
    assert!(directory.reload_if_changed().await);
    assert_eq!(on(&directory, "+79005550102").await.len(), 1);
    folder.save("b.csv", "ФИО;Телефон\nВторой Олег;+79005550103\nТретий Олег;+79005550103\n");
    assert!(directory.reload_if_changed().await);
    assert!(on(&directory, "+79005550102").await.is_empty());
    assert_eq!((on(&directory, "+79005550103").await.len(), directory.health().people), (2, Some(3)));
    folder.remove("a.csv");
    assert!(directory.reload_if_changed().await);
    assert!(on(&directory, "+79005550101").await.is_empty());
    assert_eq!((directory.health().state, directory.health().people), (HealthState::Ok, Some(2)));
    assert!(!directory.reload_if_changed().await);

    folder.remove("b.csv");
    assert!(directory.reload_if_changed().await);
    let health = directory.health();
    assert_eq!((health.state, health.people), (HealthState::Slow, Some(2)), "a list is worth more than none");
    assert!(health.why.unwrap().starts_with("в папке нет ни одного файла .csv или .txt. Пока работает прежний список"));
    assert!(!directory.reload_if_changed().await);
    folder.save("c.csv", "ФИО;Телефон\nНовая Анна;+79005550104\n");
    assert!(directory.reload_if_changed().await);
    let health = directory.health();
    assert_eq!((health.state, health.people, health.why), (HealthState::Ok, Some(1), None));
}

#[tokio::test]
async fn a_broken_file_is_named_and_touches_nobody_else() {
    let folder = Folder::new(&[
        ("a.csv", "ФИО;Телефон\nПервая Анна;+79005550101\n"),
        ("b.csv", "ФИО;Телефон\nВторой Олег;+79005550102\n"),
        ("отчёт.csv", "Дата;Сумма\n1;2\n"),
    ]);
    let directory = folder.open();
    assert_eq!((directory.health().state, directory.health().people), (HealthState::Slow, Some(2)));
    assert!(why(&directory).starts_with("отчёт.csv: нет нужных колонок"), "{}", why(&directory));
    folder.remove("отчёт.csv");
    for broken in ["", "PK\u{3}\u{4}", "ФИО;Телефон\nВторой Олег;+7900"] {
        folder.save("b.csv", broken);
        folder.save("a.csv", format!("ФИО;Телефон\nПервая Анна;+79005550101\n{}", "\n".repeat(broken.len())));
        assert!(directory.reload_if_changed().await);
        let said = why(&directory);
        assert!(said.starts_with("b.csv: ") && said.ends_with("прежний список этого файла"), "{said}");
        for known in ["+79005550101", "+79005550102"] {
            assert_eq!(on(&directory, known).await.len(), 1, "{known}");
        }
        assert!(!directory.reload_if_changed().await, "a useless file is read once");
    }
    folder.save("a.csv", "ФИО;Телефон\nПервая Анна;+79005550111\n");
    assert!(directory.reload_if_changed().await);
    assert_eq!(on(&directory, "+79005550111").await.len(), 1, "the other file is still taken up");
    assert_eq!(on(&directory, "+79005550102").await.len(), 1);
    folder.save("b.csv", "ФИО;Телефон\nВторой Олег;+79005550122\n");
    assert!(directory.reload_if_changed().await);
    assert_eq!((directory.health().why, on(&directory, "+79005550122").await.len()), (None, 1));
}

#[tokio::test]
async fn a_folder_of_nothing_readable_is_down() {
    let folder = Folder::new(&[("a.csv", ""), ("b.csv", "Дата;Сумма\n")]);
    let directory = folder.open();
    contract::is_down(&directory).await;
    assert!(why(&directory).contains("a.csv: файл пуст") && why(&directory).contains("b.csv: нет нужных"));
    folder.save("a.csv", "ФИО;Телефон\nПервая Анна;+79005550101\n");
    assert!(directory.reload_if_changed().await);
    assert_eq!(on(&directory, "+79005550101").await.len(), 1);
}

#[tokio::test]
async fn a_file_may_become_a_folder() {
    let folder = Folder::new(&[("patients", "ФИО;Телефон\nПервая Анна;+79005550101\n")]);
    let path = folder.0.path().join("patients");
    let mut settings = FileSettings {
        path: path.clone(),
        columns: BTreeMap::new(),
        region: Region::default(),
        time_zone: moscow(),
        open_url: None,
    };
    let directory = FileDirectory::open(settings.clone());
    fs::remove_file(&path).unwrap();
    fs::create_dir(&path).unwrap();
    fs::write(path.join("a.csv"), "ФИО;Телефон\nВторой Олег;+79005550102\n").unwrap();
    assert!(directory.reload_if_changed().await);
    assert!(on(&directory, "+79005550101").await.is_empty());
    assert_eq!(on(&directory, "+79005550102").await.len(), 1);
    settings.path = path.join("нет такой");
    contract::is_down(&FileDirectory::open(settings)).await;
}

#[tokio::test]
async fn a_check_tells_of_every_file() {
    let folder = Folder::new(&[
        ("a.csv", "ФИО;Телефон\nПервая Анна;+79005550101\n;+79005550102\n"),
        ("b.txt", "Пациент\tМобильный\nВторой Олег\t+79005550103\nТретий Олег\t+79005550103\n"),
        ("c.csv", "PK\u{3}\u{4}"),
    ]);
    let report = folder.open().check().await;
    assert_eq!((report.ok, report.people), (true, Some(3)));
    for expected in [
        "файлов .csv и .txt: 3, из них прочитано: 2",
        "c.csv: это книга Excel",
        "a.csv: кодировка: UTF-8; разделитель: точка с запятой; колонки: «ФИО» → full_name",
        "a.csv: строк с пациентами: 1",
        "a.csv: строка 3: нет имени",
        "b.txt: кодировка: UTF-8; разделитель: табуляция",
        "b.txt: строк с пациентами: 2",
        "людей: 3, номеров: 2",
    ] {
        assert!(report.lines.iter().any(|line| line.starts_with(expected)), "{expected}: {:?}", report.lines);
    }
    assert!(report.lines.iter().all(|line| !line.contains("Олег") && !line.contains("Анна")));
    let nothing = Folder::new(&[("c.csv", "PK\u{3}\u{4}")]).open().check().await;
    assert!(!nothing.ok && nothing.lines.iter().any(|line| line.starts_with("c.csv: это книга")));
}

#[tokio::test]
async fn the_reason_quotes_the_file_that_has_the_number() {
    let folder = Folder::new(&[
        ("a.csv", "id;ФИО;Телефон\n1;Первая Анна;+79005550101\n"),
        ("b.csv", "id;ФИО;Телефон\n1;Первая Анна;раб. 555-01-03 доб.7\n"),
    ]);
    let directory = folder.open();
    let answer = directory.look_up(&number("+74955550103"), now()).await.unwrap();
    assert_eq!(answer.why.as_deref(), Some("номер в карте: 555-01-03 доб.7; совпали 7 цифр"));
    assert_eq!(answer.people[0].phones.len(), 2);
}
