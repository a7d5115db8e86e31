//! A clinic's office with a patients' file in it.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use directory::{AlertKind, Directory, FileDirectory, FileSettings, Person};
use phone::Region;
use tempfile::TempDir;

use crate::contract::{moscow, now, number};

/// A file in a folder of its own, read as a clinic's.
pub(crate) struct Office {
    _folder: TempDir,
    pub(crate) path: PathBuf,
}

impl Office {
    pub(crate) fn new(content: impl AsRef<[u8]>) -> Office {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("patients.csv");
        fs::write(&path, content).unwrap();
        Office { _folder: folder, path }
    }

    pub(crate) fn save(&self, content: impl AsRef<[u8]>) {
        fs::write(&self.path, content).unwrap();
    }

    pub(crate) fn settings(&self) -> FileSettings {
        FileSettings {
            path: self.path.clone(),
            columns: BTreeMap::new(),
            region: Region::new("RU", Some("495")).unwrap(),
            time_zone: moscow(),
            open_url: Some("https://mis.example/card/{id}".to_owned()),
        }
    }

    pub(crate) fn open(&self) -> FileDirectory {
        FileDirectory::open(self.settings())
    }
}

pub(crate) async fn on(directory: &FileDirectory, typed: &str) -> Vec<Person> {
    directory.look_up(&number(typed), now()).await.unwrap().people
}

/// The only person of a file with a header and one row.
pub(crate) async fn one(header: &str, row: &str) -> Person {
    let directory = Office::new(format!("ФИО;Телефон;{header}\nВымыслова Мария;+79005550101;{row}\n")).open();
    assert_eq!(directory.health().why, None, "{row}");
    on(&directory, "+79005550101").await.remove(0)
}

pub(crate) fn alerts(person: &Person) -> Vec<(AlertKind, &str)> {
    person.alerts.iter().map(|alert| (alert.kind, alert.text.as_str())).collect()
}

pub(crate) fn why(directory: &FileDirectory) -> String {
    directory.health().why.unwrap_or_default()
}
