mod audit;
mod damage;
mod history;

use std::path::Path;

use jiff::Timestamp;
use secrecy::SecretString;
use tokio::sync::oneshot;

use super::*;
use crate::secrets::StoreKey;

struct NoRows;

impl Folded for NoRows {
    fn rows(&self, _: &str, _: &[StoredFact], _: Option<Written>) -> Vec<Row> {
        Vec::new()
    }

    fn call(&self, _: &str) -> Option<CallRow> {
        None
    }
}

/// Folds every entry to a call of its name, so that a rebuild can be seen.
struct OneCallEach;

impl Folded for OneCallEach {
    fn rows(&self, entry: &str, facts: &[StoredFact], _: Option<Written>) -> Vec<Row> {
        vec![Row::Call(call(entry, i64::try_from(facts.len()).unwrap()))]
    }

    /// Of a log that had no history yet: calls that are told by their name alone.
    fn call(&self, json: &str) -> Option<CallRow> {
        Some(call(json.trim_matches('"'), 7))
    }
}

fn key(byte: &str) -> Key {
    Key::Encrypted(StoreKey::parse(&SecretString::from(byte.repeat(32))).unwrap())
}

fn post(subject: &str, body: &str) -> Fact {
    Fact {
        account: MAIN,
        kind: FactKind::Post,
        path: "events/call".to_owned(),
        received_at: Timestamp::from_second(1_790_000_000).unwrap(),
        subject: Some(subject.to_owned()),
        body: body.as_bytes().to_vec(),
    }
}

fn call(entry: &str, started_ms: i64) -> CallRow {
    CallRow {
        entry: entry.to_owned(),
        started_ms,
        live: false,
        number: Some("+79005550101".to_owned()),
        past: Some(PastCall {
            direction: "inbound".to_owned(),
            ended: "answered".to_owned(),
            search: format!("иванова мария\n{}", entry.to_lowercase()),
            ..PastCall::default()
        }),
        json: format!("\"{entry}\""),
    }
}

fn write(writer: &mut Writer, fact: Option<Fact>, rows: Vec<Row>) {
    let (done, kept) = oneshot::channel();
    writer.write(fact, rows, Some(done)).unwrap();
    kept.blocking_recv().unwrap().unwrap();
}

fn opened(folder: &Path, key: &Key) -> (Writer, Reader) {
    let opened = open(folder, key, "1", &NoRows).unwrap();
    (opened.writer, opened.reader)
}

#[test]
fn what_was_acknowledged_is_there_after_a_restart_once() {
    let folder = tempfile::tempdir().unwrap();
    let (mut writer, _) = opened(folder.path(), &key("ab"));
    write(&mut writer, Some(post("E1", "{\"a\":1}")), vec![]);
    write(&mut writer, Some(post("E1", "{\"a\":1}")), vec![]);
    write(&mut writer, Some(post("E1", "{\"a\":2}")), vec![]);
    writer.close();
    let (_, reader) = opened(folder.path(), &key("ab"));
    let bodies: Vec<Vec<u8>> = reader.facts_about("E1").unwrap().into_iter().map(|fact| fact.body).collect();
    assert_eq!(bodies, [b"{\"a\":1}".to_vec(), b"{\"a\":2}".to_vec()]);
}

#[test]
fn the_file_tells_nothing_without_the_key() {
    let folder = tempfile::tempdir().unwrap();
    let (mut writer, _) = opened(folder.path(), &key("ab"));
    write(&mut writer, Some(post("E1", "{\"canary\":\"+79005550101\"}")), vec![Row::Call(call("E1", 1))]);
    writer.close();
    for file in std::fs::read_dir(folder.path()).unwrap() {
        let bytes = std::fs::read(file.unwrap().path()).unwrap();
        let has = |needle: &[u8]| bytes.windows(needle.len()).any(|window| window == needle);
        assert!(!has(b"canary") && !has(b"79005550101") && !has("иванова".as_bytes()) && !has(b"SQLite format"));
    }
}

#[test]
fn another_key_never_opens_a_log_that_exists() {
    let folder = tempfile::tempdir().unwrap();
    opened(folder.path(), &key("ab")).0.close();
    for wrong in [key("cd"), Key::Plain] {
        let error = open(folder.path(), &wrong, "1", &NoRows).unwrap_err();
        assert!(matches!(error, LogError::OtherKey(_)), "{error}");
    }
    opened(folder.path(), &key("ab"));
}

#[test]
fn a_newer_log_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    opened(folder.path(), &Key::Plain).0.close();
    let connection = rusqlite::Connection::open(folder.path().join("callpop.db")).unwrap();
    connection.execute_batch("PRAGMA user_version = 99").unwrap();
    drop(connection);
    let error = open(folder.path(), &Key::Plain, "1", &NoRows).unwrap_err();
    assert!(matches!(error, LogError::Newer { found: 99, .. }), "{error}");
}

#[test]
fn projections_are_rebuilt_when_the_rules_change_and_only_then() {
    let folder = tempfile::tempdir().unwrap();
    let (mut writer, _) = opened(folder.path(), &Key::Plain);
    write(&mut writer, Some(post("E1", "{\"a\":1}")), vec![]);
    write(&mut writer, Some(post("E1", "{\"a\":2}")), vec![]);
    writer.close();
    let same = open(folder.path(), &Key::Plain, "1", &OneCallEach).unwrap();
    assert_eq!(same.reader.call("E1").unwrap(), None);
    same.writer.close();
    let newer = open(folder.path(), &Key::Plain, "2", &OneCallEach).unwrap();
    assert_eq!(newer.reader.call("E1").unwrap().as_deref(), Some("\"E1\""));
}

#[test]
fn rehearsals_are_gone_at_the_next_start() {
    let folder = tempfile::tempdir().unwrap();
    let (mut writer, _) = opened(folder.path(), &Key::Plain);
    write(&mut writer, Some(Fact { account: REHEARSAL, ..post("R1", "{}") }), vec![]);
    writer.close();
    let (_, reader) = opened(folder.path(), &Key::Plain);
    assert!(reader.facts_about("R1").unwrap().is_empty());
}

#[test]
fn old_days_are_deleted_facts_and_projections_alike() {
    let folder = tempfile::tempdir().unwrap();
    let (mut writer, reader) = opened(folder.path(), &Key::Plain);
    let day = 86_400_000;
    let first_ms = 1_790_000_000_000;
    write(&mut writer, Some(post("E1", "{}")), vec![Row::Call(call("E1", first_ms))]);
    let later = Fact {
        received_at: Timestamp::from_millisecond(first_ms + 2 * day).unwrap(),
        ..post("E2", "{\"later\":true}")
    };
    write(&mut writer, Some(later), vec![Row::Call(call("E2", first_ms + 2 * day))]);
    writer.delete_before(first_ms + day);
    writer.close();
    assert!(reader.facts_about("E1").unwrap().is_empty() && reader.call("E1").unwrap().is_none());
    assert_eq!(reader.facts_about("E2").unwrap().len(), 1);
    assert!(reader.call("E2").unwrap().is_some());
}

#[test]
fn sqlite_is_new_enough_for_a_log() {
    assert!(rusqlite::version_number() >= 3_051_003, "{}", rusqlite::version());
}

#[test]
fn a_log_that_another_desk_writes_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let (writer, _) = opened(folder.path(), &Key::Plain);
    let error = open(folder.path(), &Key::Plain, "1", &NoRows).unwrap_err();
    assert!(matches!(error, LogError::InUse(_)), "{error}");
    writer.close();
    opened(folder.path(), &Key::Plain);
}

#[test]
fn what_the_disk_did_not_take_is_written_when_it_does() {
    let folder = tempfile::tempdir().unwrap();
    let (mut writer, reader) = opened(folder.path(), &Key::Plain);
    let other = rusqlite::Connection::open(folder.path().join("callpop.db")).unwrap();
    // A table that refuses stands for a disk that does.
    other.execute_batch("CREATE TRIGGER full BEFORE INSERT ON facts BEGIN SELECT RAISE(ABORT, 'full'); END").unwrap();
    let (done, kept) = oneshot::channel();
    writer.write(Some(post("E1", "{}")), vec![Row::Call(call("E1", 1))], Some(done)).unwrap();
    assert!(kept.blocking_recv().unwrap().is_err());
    other.execute_batch("DROP TRIGGER full").unwrap();
    write(&mut writer, Some(post("E1", "{}")), vec![]);
    assert_eq!(reader.facts_about("E1").unwrap().len(), 1);
    assert_eq!(reader.call("E1").unwrap().as_deref(), Some("\"E1\""));
}

#[test]
fn what_statistics_told_is_owed_to_a_full_disk_and_folded_anew_with_the_rest() {
    let folder = tempfile::tempdir().unwrap();
    let (mut writer, reader) = opened(folder.path(), &Key::Plain);
    let other = rusqlite::Connection::open(folder.path().join("callpop.db")).unwrap();
    other.execute_batch("CREATE TRIGGER full BEFORE INSERT ON facts BEGIN SELECT RAISE(ABORT, 'full'); END").unwrap();
    let told = Fact { kind: FactKind::Statistics, path: "stats/result".to_owned(), ..post("E1", "{\"legs\":[]}") };
    let (done, kept) = oneshot::channel();
    writer.write(Some(told), vec![Row::Call(call("E1", 1))], Some(done)).unwrap();
    assert!(kept.blocking_recv().unwrap().is_err());
    other.execute_batch("DROP TRIGGER full").unwrap();
    write(&mut writer, Some(post("E2", "{}")), vec![]);
    assert_eq!(reader.facts_about("E1").unwrap().len(), 1);
    assert_eq!(reader.call("E1").unwrap().as_deref(), Some("\"E1\""));
    writer.close();
    let newer = open(folder.path(), &Key::Plain, "2", &OneCallEach).unwrap();
    assert!(newer.reader.call("E1").unwrap().is_some(), "nobody posted it, and it is a call");
}

#[test]
fn the_last_post_is_found_behind_whatever_came_after_it() {
    let folder = tempfile::tempdir().unwrap();
    let (mut writer, reader) = opened(folder.path(), &Key::Plain);
    assert_eq!(reader.last_post_at().unwrap(), None);
    let heard = post("E1", "{}");
    let heard_at = heard.received_at;
    write(&mut writer, Some(heard), vec![]);
    let later = heard_at + jiff::SignedDuration::from_hours(9);
    let told = Fact { kind: FactKind::Statistics, received_at: later, ..post("E2", "{}") };
    write(&mut writer, Some(told), vec![Row::CatchUp { json: "{}".to_owned() }]);
    let rehearsed = Fact { account: REHEARSAL, received_at: later, ..post("E3", "{}") };
    write(&mut writer, Some(rehearsed), vec![]);
    assert_eq!(reader.last_post_at().unwrap(), Some(heard_at));
    assert_eq!(reader.catch_up().unwrap().as_deref(), Some("{}"));
}

fn written(text: &str) -> Written {
    Written { text: text.to_owned(), ..Written::default() }
}

fn note(entry: &str, started_ms: i64, written: Written) -> Row {
    let number = Some("+79005550101".to_owned());
    Row::Note(NoteRow { entry: entry.to_owned(), number, started_ms, written })
}

#[test]
fn what_was_written_comes_back_whole_and_nothing_leaves_no_row() {
    let folder = tempfile::tempdir().unwrap();
    let (mut writer, reader) = opened(folder.path(), &key("ab"));
    let whole = Written {
        text: "перенести".to_owned(),
        person: Some("p1".to_owned()),
        outcome: Some("Перенесли".to_owned()),
        tags: vec!["Жалоба".to_owned(), "Цены".to_owned()],
        done: true,
        by: Some("201".to_owned()),
        at_ms: Some(1_790_000_000_000),
    };
    write(&mut writer, None, vec![note("E1", 5, whole.clone())]);
    assert_eq!(reader.written("E1").unwrap(), Some(whole));
    write(&mut writer, None, vec![note("E1", 5, Written::default())]);
    assert_eq!(reader.written("E1").unwrap(), None);
}

#[test]
fn the_words_of_a_number_come_newest_first_with_whoever_talked() {
    let folder = tempfile::tempdir().unwrap();
    let (mut writer, reader) = opened(folder.path(), &Key::Plain);
    for at in 1..=4 {
        let json = format!("{{\"answered_by\":null,\"by\":\"20{at}\"}}");
        let rows = vec![
            Row::Call(CallRow { json, ..call(&format!("E{at}"), at) }),
            note(&format!("E{at}"), at, written(&format!("слово {at}"))),
        ];
        write(&mut writer, None, rows);
    }
    let said = reader.said("+79005550101", 3).unwrap();
    let told: Vec<_> = said.iter().map(|said| (said.entry.as_str(), said.talked.as_deref())).collect();
    assert_eq!(told, [("E4", Some("204")), ("E3", Some("203")), ("E2", Some("202"))]);
    assert_eq!(reader.said("+79005550102", 3).unwrap(), []);
}

#[test]
fn the_notes_of_an_older_log_are_found_by_their_number() {
    let folder = tempfile::tempdir().unwrap();
    let old = rusqlite::Connection::open(folder.path().join("callpop.db")).unwrap();
    for step in &schema::MIGRATIONS[..3] {
        old.execute_batch(step).unwrap();
    }
    old.execute_batch(
        "INSERT INTO calls VALUES ('E1', 7, 0, '+79005550101', '', '{\"answered_by\":\"202\"}');
         INSERT INTO notes VALUES ('E1', 'с прошлой версии', 'p1'), ('E2', 'без звонка', NULL), ('E3', ' ', NULL);
         INSERT INTO meta VALUES ('fold_version', '1');
         PRAGMA user_version = 3;",
    )
    .unwrap();
    drop(old);
    let (_, reader) = opened(folder.path(), &Key::Plain);
    let said = reader.said("+79005550101", 9).unwrap();
    assert_eq!(said.len(), 1);
    assert_eq!((said[0].started_ms, said[0].talked.as_deref()), (7, Some("202")));
    let old = Written { person: Some("p1".to_owned()), ..written("с прошлой версии") };
    assert_eq!(said[0].written, old);
    assert_eq!(reader.written("E2").unwrap(), Some(written("без звонка")));
    assert_eq!(reader.written("E3").unwrap(), None);
}

#[test]
fn a_finished_wrap_up_is_owed_to_a_full_disk_with_its_words() {
    let folder = tempfile::tempdir().unwrap();
    let (mut writer, reader) = opened(folder.path(), &Key::Plain);
    let other = rusqlite::Connection::open(folder.path().join("callpop.db")).unwrap();
    other.execute_batch("CREATE TRIGGER full BEFORE INSERT ON facts BEGIN SELECT RAISE(ABORT, 'full'); END").unwrap();
    let fact = Fact { kind: FactKind::WrapUp, path: "desk/wrap_up".to_owned(), ..post("E1", "{}") };
    let (done, kept) = oneshot::channel();
    writer.write(Some(fact), vec![note("E1", 1, written("готово"))], Some(done)).unwrap();
    assert!(kept.blocking_recv().unwrap().is_err());
    other.execute_batch("DROP TRIGGER full").unwrap();
    write(&mut writer, Some(post("E2", "{}")), vec![]);
    assert_eq!(reader.written("E1").unwrap(), Some(written("готово")), "the board shows it already");
    assert_eq!(reader.facts_about("E1").unwrap().len(), 1);
}
