//! The directory that the settings ask for.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use directory::fhir::FhirDirectory;
use directory::http::HttpDirectory;
use directory::mgerm::MgermDirectory;
use directory::sql::SqlDirectory;
use directory::{
    Answer, CheckReport, Directory, DirectoryError, FileDirectory, FileSettings, Health, HealthState, Knowledge,
    Person, SectionError, Surroundings,
};
use jiff::Timestamp;
use phone::PhoneNumber;
use secrecy::SecretString;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::happening::Happening;
use crate::settings::{Clinic, DirectoryKind, DirectorySettings, Settings};
use crate::{Secrets, view};

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
        Ok(Answer { people: Vec::new(), why: Some(NOT_SET.to_owned()), has_more: false })
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

/// A directory of the settings' kind; its source is not asked yet. Without a token it is only good for checking the
/// settings.
///
/// # Errors
/// A setting of its section makes no sense.
pub(crate) fn open_kind(
    settings: &DirectorySettings,
    clinic: &Clinic,
    token: Option<SecretString>,
    keep: Option<(PathBuf, SecretString)>,
) -> Result<Arc<dyn Directory>, SectionError> {
    let surroundings = Surroundings {
        region: clinic.region.clone(),
        time_zone: clinic.time_zone.clone(),
        open_url: settings.open_url.clone(),
        timeout: settings.timeout,
        token,
        certificate: settings.certificate.clone(),
        folder: settings.folder.clone(),
        keep,
    };
    Ok(match &settings.kind {
        DirectoryKind::File => file(settings, clinic).unwrap_or_else(|| Arc::new(NoPatients)),
        DirectoryKind::Mgerm(section) => Arc::new(MgermDirectory::new(section, surroundings)?),
        DirectoryKind::Fhir(section) => Arc::new(FhirDirectory::new(section, surroundings)?),
        DirectoryKind::Http(section) => Arc::new(HttpDirectory::new(section, surroundings)?),
        DirectoryKind::Sql(section) => Arc::new(SqlDirectory::new(section, surroundings)?),
    })
}

/// The directory of the settings, with what stands behind it.
///
/// # Errors
/// As [`open_kind`].
pub(crate) fn open(settings: &Settings, secrets: &Secrets, data_dir: &Path) -> Result<Arc<Knowledge>, SectionError> {
    let of = &settings.directory;
    let key = secrets.store_key.as_ref().filter(|_| settings.encrypted);
    let keep = key.map(|key| (data_dir.join("directory"), key.hex().clone()));
    let first = open_kind(of, &settings.clinic, secrets.directory_token.clone(), keep)?;
    let falls_back = of.falls_back && !matches!(of.kind, DirectoryKind::File);
    let behind = falls_back.then(|| file(of, &settings.clinic)).flatten();
    Ok(Arc::new(Knowledge::new(first, behind, of.timeout, settings.clinic.time_zone.clone())))
}

fn file(settings: &DirectorySettings, clinic: &Clinic) -> Option<Arc<dyn Directory>> {
    let path = settings.file.clone()?;
    Some(Arc::new(FileDirectory::open_later(FileSettings {
        path,
        columns: settings.columns.clone(),
        region: clinic.region.clone(),
        time_zone: clinic.time_zone.clone(),
        open_url: settings.open_url.clone(),
    })))
}

/// The shipped, invented patients.
pub(crate) fn rehearsal(settings: &Settings) -> Arc<Knowledge> {
    let people = directory::rehearsal_people(Timestamp::now(), settings.clinic.time_zone.clone());
    Arc::new(Knowledge::new(Arc::new(people), None, settings.directory.timeout, settings.clinic.time_zone.clone()))
}

/// How a directory fares and what it can do, as viewers see it.
pub(crate) fn health(directory: &Knowledge) -> wire::DirectoryHealth {
    view::directory_health(directory.kind(), directory.health(), directory.abilities())
}

/// Takes changes of the source up until stopped, and says when health or people changed.
pub(crate) async fn keep_fresh(directory: Arc<Knowledge>, desk: mpsc::Sender<Happening>, stop: CancellationToken) {
    let mut shown = None;
    loop {
        let changed = directory.tend(Timestamp::now()).await;
        let health = health(&directory);
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
