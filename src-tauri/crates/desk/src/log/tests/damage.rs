//! A log whose bytes are not what was written.

use std::io::{Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

use super::{NoRows, call, key, opened, post, write};
use crate::log::{Key, LogError, Row, damage, open};

/// SQLite's pages here are of the usual size.
const PAGE: u64 = 4096;

fn file(folder: &Path) -> PathBuf {
    folder.join("callpop.db")
}

/// A folder with a log of some calls that was closed in order.
fn kept(key: &Key) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let (mut writer, _) = opened(folder.path(), key);
    for index in 0..40_i64 {
        let entry = format!("E{index}");
        write(&mut writer, Some(post(&entry, "{\"a\":1}")), vec![Row::Call(call(&entry, index))]);
    }
    writer.close();
    folder
}

/// Overwrites 64 bytes at a place.
fn scratch(folder: &Path, at: u64) {
    let mut file = std::fs::OpenOptions::new().write(true).open(file(folder)).unwrap();
    file.seek(SeekFrom::Start(at)).unwrap();
    file.write_all(&[0x5A; 64]).unwrap();
}

fn set_aside(folder: &Path) -> Vec<String> {
    let names = std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().file_name().into_string().unwrap());
    names.filter(|name| name.starts_with("callpop.db.damaged-")).collect()
}

#[test]
fn a_damaged_log_is_set_aside_and_a_new_one_serves() {
    let every_page = |inside: u64| (1..30).map(|page| page * PAGE + inside).collect::<Vec<u64>>();
    // Encrypted, every byte beyond the salt is vouched for; plain, only what gives the file its shape is.
    for (key, damages) in [(key("ab"), [vec![200], every_page(40)]), (Key::Plain, [vec![0], every_page(0)])] {
        for places in damages {
            let folder = kept(&key);
            let before = std::fs::read(file(folder.path())).unwrap();
            for place in places.iter().filter(|place| **place < before.len() as u64) {
                scratch(folder.path(), *place);
            }
            let damaged = std::fs::read(file(folder.path())).unwrap();
            let anew = open(folder.path(), &key, "1", &NoRows).unwrap();
            let aside = anew.set_aside.unwrap_or_else(|| panic!("{places:?} of {key:?} is not seen"));
            assert_eq!(std::fs::read(aside).unwrap(), damaged, "what is set aside is kept as it was");
            let mut writer = anew.writer;
            write(&mut writer, Some(post("E1", "{\"a\":2}")), vec![]);
            writer.close();
            let again = open(folder.path(), &key, "1", &NoRows).unwrap();
            assert_eq!(again.set_aside, None, "it is told of once");
            assert_eq!(again.reader.facts_about("E1").unwrap().len(), 1);
        }
    }
}

#[test]
fn a_log_that_is_cut_off_is_damaged_even_to_nothing() {
    let key = key("ab");
    for length in [0, 100, PAGE + 17] {
        let folder = kept(&key);
        std::fs::OpenOptions::new().write(true).open(file(folder.path())).unwrap().set_len(length).unwrap();
        let anew = open(folder.path(), &key, "1", &NoRows).unwrap();
        assert!(anew.set_aside.is_some(), "{length} bytes");
    }
}

#[test]
fn somebody_elses_log_is_never_set_aside() {
    let (ours, theirs) = (kept(&key("ab")), kept(&key("cd")));
    std::fs::copy(file(theirs.path()), file(ours.path())).unwrap();
    let error = open(ours.path(), &key("ab"), "1", &NoRows).unwrap_err();
    assert!(matches!(error, LogError::OtherKey(_)), "{error}");
    assert!(set_aside(ours.path()).is_empty());
    // Not even a damaged one, nor one of before the marks.
    scratch(theirs.path(), 200);
    let error = open(theirs.path(), &key("ab"), "1", &NoRows).unwrap_err();
    assert!(matches!(error, LogError::OtherKey(_)), "{error}");
    std::fs::remove_file(theirs.path().join("callpop.key-mark")).unwrap();
    let error = open(theirs.path(), &key("cd"), "1", &NoRows).unwrap_err();
    assert!(matches!(error, LogError::OtherKey(_)), "{error}");
}

#[test]
fn a_log_that_was_moved_away_is_no_damage() {
    let folder = kept(&key("ab"));
    std::fs::rename(file(folder.path()), folder.path().join("last year.db")).unwrap();
    let anew = open(folder.path(), &key("cd"), "1", &NoRows).unwrap();
    assert_eq!(anew.set_aside, None);
    anew.writer.close();
    assert_eq!(open(folder.path(), &key("cd"), "1", &NoRows).unwrap().set_aside, None);
}

#[test]
fn damage_that_is_met_while_it_runs_is_dealt_with_at_the_next_start() {
    let folder = kept(&Key::Plain);
    damage::set_aside_at_next_start(folder.path());
    assert!(open(folder.path(), &Key::Plain, "1", &NoRows).unwrap().set_aside.is_some());
    assert_eq!(open(folder.path(), &Key::Plain, "1", &NoRows).unwrap().set_aside, None);
}

#[test]
fn what_was_set_aside_goes_when_its_days_are_over() {
    let folder = tempfile::tempdir().unwrap();
    for name in
        ["callpop.db.damaged-20260102T030405Z", "callpop.db.damaged-20260102T030405Z-wal", "callpop.db.damaged-x"]
    {
        std::fs::write(folder.path().join(name), "bytes").unwrap();
    }
    let moment = "2026-01-02T03:04:05Z".parse::<jiff::Timestamp>().unwrap().as_millisecond();
    damage::forget_set_aside(folder.path(), moment);
    assert_eq!(set_aside(folder.path()).len(), 3);
    damage::forget_set_aside(folder.path(), moment + 1);
    assert_eq!(set_aside(folder.path()), ["callpop.db.damaged-x"]);
}
