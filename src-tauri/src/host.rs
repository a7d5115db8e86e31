//! The desk inside this program: read its settings and secrets, start it, stop it, start it anew.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use desk::secrets::{Keyring, KeyringState, SecretName, StoreKey, random_hex};
use desk::settings::{self, Loaded, SettingsError, SettingsFile};
use desk::{Desk, Secrets, Setup, SupportSources, VpbxSecrets};
use secrecy::{ExposeSecret as _, SecretString};
use serde::Serialize;
use tokio::sync::{RwLock, RwLockReadGuard, watch};

use crate::memory::Language;
use crate::problems::{Problem, why_missing};
use crate::startup::Paths;

/// How long the keyring may take before the desk starts without it.
const KEYRING_WITHIN: Duration = Duration::from_secs(8);
/// How long a page that asks about secrets waits for the first word about them.
const SETTLES_WITHIN: Duration = Duration::from_secs(10);
/// How long until a desk that did not start is tried again.
const TRY_AGAIN: Duration = Duration::from_secs(20);

/// What is known about settings and secrets.
#[derive(Debug, Clone)]
pub(crate) struct Known {
    /// The settings that the desk runs with.
    pub(crate) loaded: Loaded,
    /// What must be mended.
    pub(crate) problems: Vec<Problem>,
    /// Whether the keyring can be used.
    pub(crate) keyring: KeyringState,
    /// Which secrets there are.
    pub(crate) has: Has,
    /// Why no desk runs.
    pub(crate) why_not: Option<Problem>,
}

/// Which secrets there are.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Has {
    /// Уникальный код вашей АТС.
    pub(crate) vpbx_api_key: bool,
    /// Ключ для создания подписи.
    pub(crate) vpbx_api_salt: bool,
    /// What the directory asks for.
    pub(crate) directory_token: bool,
    /// The key of the log.
    pub(crate) store_key: bool,
}

/// The desk, and what it was started with.
pub(crate) struct Host {
    paths: Paths,
    is_rehearsing: bool,
    /// The account of `--rehearsal`, which lives as long as the program.
    throw_away: Secrets,
    desk: RwLock<Option<Desk>>,
    known: Mutex<Known>,
    starts: watch::Sender<u64>,
    /// What a support bundle says of this computer.
    facts: Mutex<BTreeMap<String, String>>,
}

impl Host {
    /// Reads the settings; starts nothing.
    pub(crate) fn new(paths: Paths, is_rehearsing: bool) -> Result<Host, SettingsError> {
        let (loaded, problems) =
            if is_rehearsing { (settings_of_a_rehearsal(&paths.data)?, Vec::new()) } else { read_settings(&paths)? };
        let throw_away = Secrets {
            account: Some(VpbxSecrets { key: random_hex(), salt: SecretString::from(random_hex()) }),
            store_key: Some(StoreKey::random()),
            directory_token: None,
            feed_token: None,
            why_missing: None,
        };
        let known = Known { loaded, problems, keyring: KeyringState::Ok, has: Has::default(), why_not: None };
        Ok(Host {
            paths,
            is_rehearsing,
            throw_away,
            desk: RwLock::new(None),
            known: Mutex::new(known),
            starts: watch::Sender::new(0),
            facts: Mutex::default(),
        })
    }

    /// Whether everything here is invented.
    pub(crate) fn is_rehearsing(&self) -> bool {
        self.is_rehearsing
    }

    /// Where the files lie.
    pub(crate) fn paths(&self) -> &Paths {
        &self.paths
    }

    /// Adds to what a support bundle says of this computer, from the next start of the desk on.
    pub(crate) fn note_fact(&self, name: String, fact: String) {
        self.facts.lock().unwrap_or_else(PoisonError::into_inner).insert(name, fact);
    }

    /// The running desk; nothing in it while it is stopped. Hold it no longer than one request.
    pub(crate) async fn desk(&self) -> RwLockReadGuard<'_, Option<Desk>> {
        self.desk.read().await
    }

    /// Changes whenever a desk started, stopped, or did not start.
    pub(crate) fn starts(&self) -> watch::Receiver<u64> {
        self.starts.subscribe()
    }

    /// Waits until the keyring was asked and the desk had its first start: before that, nothing is known of secrets.
    /// Not for ever: a keyring may ask a person first.
    pub(crate) async fn settled(&self) {
        let mut starts = self.starts();
        let _ = tokio::time::timeout(SETTLES_WITHIN, starts.wait_for(|count| *count > 0)).await;
    }

    /// What is known about settings and secrets.
    pub(crate) fn known(&self) -> Known {
        self.lock().clone()
    }

    /// Why no desk runs, for the receptionist.
    pub(crate) fn why_not(&self, language: Language) -> String {
        let why_not = self.lock().why_not.clone();
        let starting = language.of("Callpop ещё запускается", "Callpop is still starting");
        why_not.map_or_else(|| starting.to_owned(), |why| why.message(language).to_owned())
    }

    /// Takes up changed settings; `problems` are what remains to be mended.
    pub(crate) fn take_up(&self, loaded: Loaded, problems: Vec<Problem>) {
        let mut known = self.lock();
        known.loaded = loaded;
        known.problems = problems;
    }

    /// Starts the desk, or starts it anew. When the new settings do not start, the desk runs on with the former
    /// ones, and the reason is returned.
    pub(crate) async fn restart(&self, former: Option<Loaded>) -> Option<Problem> {
        let secrets = self.read_secrets().await;
        let mut running = self.desk.write().await;
        if let Some(desk) = running.take() {
            desk.stop().await;
        }
        let now = self.known().loaded;
        let problem = match Desk::start(self.setup(&now, &secrets)).await {
            Ok(desk) => {
                *running = Some(desk);
                None
            }
            Err(error) => {
                tracing::error!(error = %desk::secrets::chain(&error), "the desk did not start");
                Some(Problem::from(&error))
            }
        };
        if problem.is_some()
            && let Some(former) = former
            && let Ok(desk) = Desk::start(self.setup(&former, &secrets)).await
        {
            self.lock().loaded = former;
            *running = Some(desk);
        }
        self.lock().why_not = if running.is_some() { None } else { problem.clone() };
        if let Some(desk) = &*running {
            tracing::info!(listener = desk.listener_url(), "the desk runs");
        }
        drop(running);
        self.starts.send_modify(|start| *start += 1);
        problem
    }

    /// Starts the desk, and tries again until it does: a port may become free.
    pub(crate) async fn start(&self) {
        let mut told: Option<Problem> = None;
        loop {
            let problem = self.restart(None).await;
            {
                let mut known = self.lock();
                // Only what an earlier try told: a problem of the settings file stays until the file is mended.
                known.problems.retain(|old| Some(old) != told.as_ref());
                known.problems.extend(problem.clone());
            }
            if problem.is_none() {
                return;
            }
            told = problem;
            tokio::time::sleep(TRY_AGAIN).await;
            if self.desk.read().await.is_some() {
                return;
            }
        }
    }

    /// Stops the desk: what was acknowledged is on disk.
    pub(crate) async fn stop(&self) {
        if let Some(desk) = self.desk.write().await.take() {
            desk.stop().await;
        }
    }

    fn setup(&self, loaded: &Loaded, secrets: &Secrets) -> Setup {
        Setup {
            settings: loaded.settings.clone(),
            secrets: secrets.clone(),
            data_dir: self.paths.data.clone(),
            rehearsing: self.is_rehearsing,
            without_log_if_it_fails: true,
            support: SupportSources {
                settings_file: Some(self.paths.settings.clone()),
                log_folder: Some(self.paths.logs.clone()),
                facts: self.facts.lock().unwrap_or_else(PoisonError::into_inner).clone(),
            },
        }
    }

    async fn read_secrets(&self) -> Secrets {
        if self.is_rehearsing {
            self.lock().has = Has { vpbx_api_key: true, vpbx_api_salt: true, directory_token: false, store_key: true };
            return self.throw_away.clone();
        }
        // A log that exists is never given a new key: it would be lost with the old one.
        let may_make_key = !self.paths.data.join("callpop.db").exists();
        let read = tokio::task::spawn_blocking(move || read_keyring(may_make_key));
        let (secrets, keyring, has) = match tokio::time::timeout(KEYRING_WITHIN, read).await {
            Ok(Ok(read)) => read,
            Ok(Err(_)) => nothing_known(KeyringState::Absent("keyring".to_owned())),
            // A locked keyring asks a person for its password and waits as long as they do.
            Err(_) => nothing_known(KeyringState::Locked(String::new())),
        };
        let mut known = self.lock();
        known.keyring = keyring;
        known.has = has;
        secrets
    }

    fn lock(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The settings file; a bad one is a problem to show, and the last good one is used.
fn read_settings(paths: &Paths) -> Result<(Loaded, Vec<Problem>), SettingsError> {
    if !paths.settings.exists() {
        return Ok((settings::parse("", folder_of(&paths.settings))?, Vec::new()));
    }
    match settings::load(&paths.settings) {
        Ok(loaded) => {
            if let Err(error) = std::fs::copy(&paths.settings, &paths.last_good) {
                tracing::warn!(%error, "no copy of the good settings");
            }
            for warning in &loaded.warnings {
                tracing::warn!("{warning}");
            }
            Ok((loaded, Vec::new()))
        }
        Err(error) => {
            tracing::error!(%error, "the settings file cannot be used");
            let folder = folder_of(&paths.settings);
            let last = std::fs::read_to_string(&paths.last_good).unwrap_or_default();
            let loaded = settings::parse(&last, folder).or_else(|_| settings::parse("", folder))?;
            Ok((loaded, vec![error.into()]))
        }
    }
}

/// Checks settings that were typed into the window, as if they stood in the file.
pub(crate) fn check(file: &SettingsFile, settings: &Path) -> Result<Loaded, SettingsError> {
    let text = toml::to_string(file).map_err(|error| SettingsError {
        key: "settings".to_owned(),
        wrong: error.to_string(),
        right: "type it again".to_owned(),
    })?;
    settings::parse(&text, folder_of(settings))
}

fn folder_of(file: &Path) -> &Path {
    file.parent().unwrap_or_else(|| Path::new("."))
}

fn settings_of_a_rehearsal(folder: &Path) -> Result<Loaded, SettingsError> {
    let mut file = SettingsFile::default();
    file.listener.bind = "127.0.0.1:0".to_owned();
    file.desk.extension = "201".to_owned();
    file.desk.groups = vec!["300".to_owned()];
    file.desk.pop = Some("groups".to_owned());
    check(&file, &folder.join("settings.toml"))
}

fn nothing_known(keyring: KeyringState) -> (Secrets, KeyringState, Has) {
    let why_missing = why_missing(&keyring, false, false);
    (Secrets { why_missing, ..Secrets::default() }, keyring, Has::default())
}

/// Reads the keyring; makes the key of the log on the first start. Blocks.
fn read_keyring(may_make_key: bool) -> (Secrets, KeyringState, Has) {
    let mut state = Keyring.state();
    let read =
        |name: SecretName| Keyring.get(name).ok().flatten().filter(|secret| !secret.expose_secret().trim().is_empty());
    let key = read(SecretName::VpbxApiKey);
    let salt = read(SecretName::VpbxApiSalt);
    let mut store_key = read(SecretName::StoreKey).and_then(|hex| StoreKey::parse(&hex).ok());
    if store_key.is_none() && may_make_key && state == KeyringState::Ok {
        let new = StoreKey::random();
        match Keyring.set(SecretName::StoreKey, new.hex()) {
            Ok(()) => store_key = Some(new),
            // A locked keyring answers a read with "nothing there"; only a write tells the truth.
            Err(error) => state = KeyringState::Locked(desk::secrets::chain(&error)),
        }
    }
    let directory_token = read(SecretName::DirectoryToken);
    let has = Has {
        vpbx_api_key: key.is_some(),
        vpbx_api_salt: salt.is_some(),
        directory_token: directory_token.is_some(),
        store_key: store_key.is_some(),
    };
    let account = key.zip(salt).map(|(key, salt)| VpbxSecrets { key: key.expose_secret().to_owned(), salt });
    let why_missing = why_missing(&state, account.is_some(), store_key.is_some());
    (Secrets { account, store_key, directory_token, feed_token: None, why_missing }, state, has)
}

#[cfg(test)]
mod tests {
    use desk::settings::TlsSection;
    use desk::tls::TlsSetting;

    use super::*;

    fn paths(folder: &Path) -> Paths {
        crate::startup::Paths::for_test(folder)
    }

    #[test]
    fn a_bad_file_is_a_problem_and_the_last_good_settings_hold() {
        let folder = tempfile::tempdir().unwrap();
        let paths = paths(folder.path());
        std::fs::write(&paths.settings, "[desk]\nextension = \"205\"\n").unwrap();
        let (loaded, problems) = read_settings(&paths).unwrap();
        assert!(problems.is_empty());
        assert_eq!(loaded.file.desk.extension, "205");
        std::fs::write(&paths.settings, "[desk]\nextension = \"206\"\npop = \"nobody\"\n").unwrap();
        let (loaded, problems) = read_settings(&paths).unwrap();
        assert_eq!(problems[0].field, "desk.pop");
        assert_eq!(loaded.file.desk.extension, "205");
    }

    #[test]
    fn what_the_window_edits_is_checked_as_if_it_stood_in_the_file() {
        let mut file = SettingsFile::default();
        file.listener.tls = TlsSection::Files { cert: "chain.pem".to_owned(), key: "key.pem".to_owned() };
        file.listener.allow = vec!["81.88.80.132".to_owned()];
        file.lines.insert("+74995550199".to_owned(), "реклама, «Яндекс»".to_owned());
        file.sms.templates.clear();
        let path = Path::new("/clinic/settings.toml");
        let loaded = check(&file, path).unwrap();
        assert_eq!(loaded.file, file);
        let wanted = TlsSetting::Files { cert: "/clinic/chain.pem".into(), key: "/clinic/key.pem".into() };
        assert_eq!(loaded.settings.tls, wanted);
        file.listener.tls = TlsSection::Files { cert: String::new(), key: "key.pem".to_owned() };
        assert_eq!(check(&file, path).unwrap_err().key, "listener.tls.cert");
    }

    #[test]
    fn no_file_and_a_torn_first_file_are_the_defaults() {
        let folder = tempfile::tempdir().unwrap();
        let paths = paths(folder.path());
        let (loaded, problems) = read_settings(&paths).unwrap();
        assert!(problems.is_empty());
        assert_eq!(loaded.file.listener.bind, "0.0.0.0:8082");
        std::fs::write(&paths.settings, "[listener\nbind").unwrap();
        let (loaded, problems) = read_settings(&paths).unwrap();
        assert_eq!(problems.len(), 1);
        assert_eq!(loaded.file.listener.bind, "0.0.0.0:8082");
    }

    #[test]
    fn a_rehearsal_listens_on_this_machine_only() {
        let folder = tempfile::tempdir().unwrap();
        let loaded = settings_of_a_rehearsal(folder.path()).unwrap();
        assert!(loaded.settings.listener_bind.ip().is_loopback());
        assert_eq!(loaded.settings.listener_bind.port(), 0);
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_rehearsal_has_nobody_to_ask_at_mango() {
        let folder = tempfile::tempdir().unwrap();
        let host = Host::new(paths(folder.path()), true).unwrap();
        assert_eq!(host.restart(None).await, None);
        let check = host.desk().await.as_ref().unwrap().check_vpbx().await;
        assert!(!check.ok && check.code.is_none() && check.what.contains("не введены"), "{check:?}");
        host.stop().await;
    }
}
