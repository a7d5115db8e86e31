//! The directory that the settings ask for.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use directory::{
    Answer, CheckReport, Directory, DirectoryError, FileDirectory, FileSettings, Health, HealthState, Person,
};
use jiff::Timestamp;
use phone::PhoneNumber;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::happening::Happening;
use crate::settings::Settings;
use crate::view;

/// How often the source is looked at for changes.
const LOOK_EVERY: Duration = Duration::from_secs(2);

const NOT_SET: &str = "файл пациентов не указан: выберите его в настройках, раздел «Пациенты (МИС)»";

/// Nobody told yet where the patients are.
#[derive(Debug, Clone, Copy)]
struct NoPatients;

#[async_trait]
impl Directory for NoPatients {
    fn kind(&self) -> &'static str {
        "file"
    }

    async fn look_up(&self, _: &PhoneNumber, _: Timestamp) -> Result<Answer, DirectoryError> {
        Ok(Answer { people: Vec::new(), why: Some(NOT_SET.to_owned()) })
    }

    async fn search(&self, _: &str, _: usize, _: Timestamp) -> Result<Vec<Person>, DirectoryError> {
        Err(DirectoryError::Unavailable { why: NOT_SET.to_owned() })
    }

    fn health(&self) -> Health {
        Health { state: HealthState::Down, why: Some(NOT_SET.to_owned()), people: None }
    }

    async fn check(&self) -> CheckReport {
        CheckReport { ok: false, people: None, lines: vec![NOT_SET.to_owned()] }
    }

    async fn reload_if_changed(&self) -> bool {
        false
    }
}

/// The directory of the settings; its source is not read yet.
pub(crate) fn open(settings: &Settings) -> Arc<dyn Directory> {
    match &settings.directory.file {
        Some(path) => Arc::new(FileDirectory::open_later(FileSettings {
            path: path.clone(),
            columns: settings.directory.columns.clone(),
            region: settings.clinic.region.clone(),
            time_zone: settings.clinic.time_zone.clone(),
            open_url: settings.directory.open_url.clone(),
        })),
        None => Arc::new(NoPatients),
    }
}

/// The shipped, invented patients.
pub(crate) fn rehearsal(settings: &Settings) -> Arc<dyn Directory> {
    Arc::new(directory::rehearsal_people(Timestamp::now(), settings.clinic.time_zone.clone()))
}

/// Takes changes of the source up until stopped, and says when health or people changed.
pub(crate) async fn keep_fresh(directory: Arc<dyn Directory>, desk: mpsc::Sender<Happening>, stop: CancellationToken) {
    let mut shown = None;
    loop {
        let changed = directory.reload_if_changed().await;
        let health = view::directory_health(directory.kind(), directory.health());
        if changed || shown.as_ref() != Some(&health) {
            shown = Some(health.clone());
            if desk.send(Happening::Directory(health)).await.is_err() {
                return;
            }
        }
        tokio::select! {
            () = tokio::time::sleep(LOOK_EVERY) => {}
            () = stop.cancelled() => return,
        }
    }
}
