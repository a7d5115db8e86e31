//! Kind `sql` on SQLite, and settings that make no sense.

use std::path::Path;
use std::time::{Duration, Instant};

use directory::sql::{Section, SqlDirectory};
use directory::{Directory, DirectoryError, HealthState, Surroundings};
use rusqlite::Connection;

use crate::contract::now;
use crate::sql::{ask, surroundings, told};

const BY_SPELLING: &str = "select * from people where phone in (select value from json_each(:phones))";

fn fill(path: &Path, people: &[&str]) -> Connection {
    let connection = Connection::open(path).unwrap();
    connection.execute_batch("pragma journal_mode = wal; create table people (full_name text, phone text)").unwrap();
    for name in people {
        connection.execute("insert into people values (?, '8 (900) 555-01-01')", [name]).unwrap();
    }
    connection
}

fn open(folder: &Path, query: &str) -> SqlDirectory {
    let section = Section { url: "sqlite:clinic.db".to_owned(), query: query.to_owned(), search: String::new() };
    SqlDirectory::new(&section, Surroundings { folder: folder.to_owned(), ..surroundings() }).unwrap()
}

#[tokio::test]
async fn another_programs_file_is_read_while_it_writes() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("clinic.db");
    let theirs = fill(&path, &["Вымыслова Мария"]);
    let directory = open(folder.path(), BY_SPELLING);
    assert_eq!(told(&directory).await, "людей: 1");
    theirs.execute_batch("begin immediate; insert into people values ('Вымыслов Пётр', '8 (900) 555-01-01')").unwrap();
    assert_eq!(told(&directory).await, "людей: 1", "what is not committed is not there");
    theirs.execute_batch("commit").unwrap();
    let people = ask(&directory, "+79005550101").await.unwrap().people;
    assert_eq!(people.len(), 2);
    assert_ne!(people[0].id, people[1].id, "people without ids are told apart");
    drop(theirs);

    for file in ["clinic.db", "clinic.db-wal", "clinic.db-shm"] {
        let _ = std::fs::remove_file(folder.path().join(file));
    }
    fill(&path, &["Новый Пациент", "Второй Пациент", "Третий Пациент"]);
    assert_eq!(told(&directory).await, "людей: 3", "a file that was replaced is read");
}

#[tokio::test]
async fn nothing_can_be_written() {
    let folder = tempfile::tempdir().unwrap();
    let theirs = fill(&folder.path().join("clinic.db"), &["Вымыслова Мария"]);
    let query = "with gone as (select :phone) delete from people returning full_name, phone";
    let directory = open(folder.path(), query);
    assert!(told(&directory).await.contains("разрешено только чтение"));
    assert!(!directory.check().await.ok);
    let left: i64 = theirs.query_row("select count(*) from people", [], |row| row.get(0)).unwrap();
    assert_eq!(left, 1);
}

#[tokio::test]
async fn a_query_without_end_is_stopped() {
    let folder = tempfile::tempdir().unwrap();
    let _theirs = fill(&folder.path().join("clinic.db"), &["Вымыслова Мария"]);
    let endless = "with recursive n(x) as (select 1 union all select x + 1 from n)
        select full_name, phone from people where phone = :phone or (select count(*) from n) = 0";
    let section = Section { url: "sqlite:clinic.db".to_owned(), query: endless.to_owned(), search: String::new() };
    let timeout = Duration::from_millis(500);
    let surroundings = Surroundings { folder: folder.path().to_owned(), timeout, ..surroundings() };
    let directory = SqlDirectory::new(&section, surroundings).unwrap();
    for _ in 0..3 {
        // Three times: a place that stays taken would make the third one wait for ever.
        let began = Instant::now();
        assert_eq!(ask(&directory, "+79005550101").await, Err(DirectoryError::TooLate));
        assert!(began.elapsed() < Duration::from_secs(4), "{:?}", began.elapsed());
    }
    assert_eq!(directory.health().state, HealthState::Down);
}

#[tokio::test]
async fn a_file_that_is_none_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let directory = open(folder.path(), BY_SPELLING);
    assert!(told(&directory).await.contains("файл базы не открывается"));
    assert!(!folder.path().join("clinic.db").exists(), "nothing is created");
    std::fs::write(folder.path().join("clinic.db"), "ФИО;Телефон\n".repeat(200)).unwrap();
    assert!(told(&directory).await.contains("это не база SQLite"));
    let check = directory.check().await;
    assert!(!check.ok, "{:?}", check.lines);
    std::fs::remove_file(folder.path().join("clinic.db")).unwrap();
    let theirs = fill(&folder.path().join("clinic.db"), &[]);
    theirs.execute("insert into people values (?, '8 (900) 555-01-01')", ["ы".repeat(3 << 20)]).unwrap();
    assert!(told(&directory).await.contains("больше 2 МБ"));
    theirs.execute_batch("drop table people").unwrap();
    assert!(told(&directory).await.contains("запрос не принят базой: no such table"));
    assert!(directory.search("вымыслова", 10, now()).await.unwrap().is_empty(), "no search is set up");
}

#[test]
fn settings_that_make_no_sense_name_the_key() {
    let cases = [
        ("", BY_SPELLING, "directory.sql.url"),
        ("mysql://reader@localhost/mis", BY_SPELLING, "directory.sql.url"),
        ("postgres://reader:secret@localhost/mis", BY_SPELLING, "directory.sql.url"),
        ("postgres://localhost/mis", BY_SPELLING, "directory.sql.url"),
        ("postgres:nonsense?x", BY_SPELLING, "directory.sql.url"),
        ("sqlite:", BY_SPELLING, "directory.sql.url"),
        ("sqlite:clinic.db", "", "directory.sql.query"),
        ("sqlite:clinic.db", "drop table people", "directory.sql.query"),
        ("sqlite:clinic.db", "select * from people", "directory.sql.query"),
        ("sqlite:clinic.db", "select * from people where phone = :text", "directory.sql.query"),
    ];
    for (url, query, key) in cases {
        let section = Section { url: url.to_owned(), query: query.to_owned(), search: String::new() };
        let error = SqlDirectory::new(&section, surroundings()).unwrap_err();
        assert_eq!(error.key, key, "{url} {query}");
        assert!(!error.to_string().contains("secret"), "{error}");
    }
}
