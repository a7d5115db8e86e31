//! What the settings window reads and saves: a view of the settings file of its own, and secrets that only go in.

mod directory_view;
mod file_view;

use std::net::IpAddr;
use std::sync::Arc;

use desk::secrets::{Keyring, KeyringState, SecretName};
use desk::settings::{self, TlsSection};
use desk::tls::{self, TlsSetting};
use jiff::Timestamp;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use tauri::{AppHandle, Emitter, Manager};
use tauri_plugin_autostart::ManagerExt as _;

pub(crate) use self::file_view::FileView;
use crate::host::{self, Has, Host};
use crate::manners::Manners;
use crate::memory::{FirstRun, Language, Memory, Theme};
use crate::problems::{Problem, ProblemView};
use crate::{disturbing, hotkeys, ring, today, windows};

/// Everything the window shows.
#[derive(Debug, Serialize)]
pub(crate) struct Shown {
    file: FileView,
    secrets: Has,
    keyring: KeyringView,
    window: WindowView,
    problems: Vec<ProblemView>,
    /// What works and deserves a word all the same: a certificate that ends soon.
    notes: Vec<ProblemView>,
    /// Where the self-signed certificate lies, once there is one: for the cabinet.
    self_signed: String,
    addresses: Addresses,
    recovery_code: Option<String>,
    first_run: FirstRunView,
    version: &'static str,
}

/// How far the first run is.
#[derive(Debug, Serialize)]
struct FirstRunView {
    /// Whether it opens by itself.
    is_due: bool,
    #[serde(flatten)]
    done: FirstRun,
}

#[derive(Debug, Serialize)]
struct KeyringView {
    state: &'static str,
    why: Option<String>,
}

/// How this user's windows look and behave.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct WindowView {
    language: Language,
    theme: Theme,
    notifications: bool,
    autostart: bool,
    manners: Manners,
}

/// Where the PBX may find us.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Addresses {
    /// This computer in its network.
    pub(crate) lan: Vec<IpAddr>,
    /// The port listened on.
    pub(crate) port: u16,
    /// For "Адрес внешней системы"; the clinic's own address or domain takes the place of the network's.
    pub(crate) suggested: String,
}

/// Secrets typed into the window; absent or empty ones stay as they are. Never shown, logged or sent back.
#[derive(Default, Deserialize)]
pub(crate) struct Typed {
    #[serde(default)]
    vpbx_api_key: Option<String>,
    #[serde(default)]
    vpbx_api_salt: Option<String>,
    #[serde(default)]
    directory_token: Option<String>,
}

/// What came of saving.
#[derive(Debug, Serialize)]
pub(crate) struct Saved {
    problems: Vec<ProblemView>,
}

/// Reads everything the window shows. `is_settings`: only the settings window is told the recovery code.
pub(crate) async fn read(app: &AppHandle, is_settings: bool) -> Shown {
    let host = Arc::clone(&app.state::<Arc<Host>>());
    host.settled().await;
    let known = host.known();
    let remembered = app.state::<Memory>().read();
    let recovery_code = if is_settings && known.has.store_key { recovery_code(app, &host).await } else { None };
    let port = host.desk().await.as_ref().map(|desk| desk.listener_port());
    let settings = &known.loaded.settings;
    let (state, why) = match known.keyring {
        KeyringState::Ok => ("ok", None),
        KeyringState::Locked(why) => ("locked", Some(why)),
        KeyringState::Absent(why) => ("absent", Some(why)),
    };
    Shown {
        file: FileView::of(&known.loaded.file, settings.pop),
        secrets: known.has,
        keyring: KeyringView { state, why },
        window: WindowView {
            language: remembered.language,
            theme: remembered.theme,
            notifications: remembered.notifications,
            autostart: starts_by_itself(app),
            manners: remembered.manners,
        },
        problems: views(&known.problems, remembered.language),
        notes: views(&notes(&settings.tls).await, remembered.language),
        self_signed: tls::self_signed_certificate(&host.paths().data).display().to_string(),
        addresses: addresses(
            port.unwrap_or(settings.listener_bind.port()),
            &settings.listener_path,
            known.loaded.file.listener.tls != TlsSection::default(),
        ),
        recovery_code,
        first_run: FirstRunView {
            is_due: is_first_run_due(&remembered.first_run, known.has, host.is_rehearsing()),
            done: remembered.first_run,
        },
        version: env!("CARGO_PKG_VERSION"),
    }
}

/// Nothing is set up, or somebody closed the window in the middle.
fn is_first_run_due(first_run: &FirstRun, has: Has, is_rehearsing: bool) -> bool {
    let is_begun = !first_run.steps.is_empty();
    let has_account = has.vpbx_api_key && has.vpbx_api_salt;
    !is_rehearsing && !first_run.finished && (is_begun || !has_account)
}

/// Remembers how far the first run is.
pub(crate) fn keep_first_run(app: &AppHandle, done: FirstRun) {
    app.state::<Memory>().change(|now| now.first_run = done);
}

/// What works and deserves a word all the same.
async fn notes(setting: &TlsSetting) -> Vec<Problem> {
    let problem = match examined(setting).await {
        Some(Ok(validity)) => validity.and_then(Problem::of_validity),
        // A file that went away after the start: the desk runs on with what it has read.
        Some(Err(error)) => Some(Problem::of_certificate(&error, setting)),
        None => None,
    };
    problem.into_iter().collect()
}

/// Tries the clinic's own certificate; `None` when there is nobody to try it.
async fn examined(setting: &TlsSetting) -> Option<Result<Option<tls::Validity>, tls::TlsError>> {
    let setting = setting.clone();
    tokio::task::spawn_blocking(move || tls::examine(&setting, Timestamp::now())).await.ok()
}

fn views(problems: &[Problem], language: Language) -> Vec<ProblemView> {
    problems.iter().map(|problem| problem.view(language)).collect()
}

/// Saves what was typed. Nothing is written while something in it is wrong; the desk is started anew when it must be.
pub(crate) async fn save(app: &AppHandle, file: FileView, typed: Typed, window: WindowView) -> Saved {
    let host = Arc::clone(&app.state::<Arc<Host>>());
    let language = window.language;
    let mut problems = save_window(app, &host, window).await;
    problems.extend(save_desk(&host, file, &typed).await);
    Saved { problems: views(&problems, language) }
}

async fn save_desk(host: &Host, file: FileView, typed: &Typed) -> Vec<Problem> {
    let former = host.known().loaded;
    let mut next = former.file.clone();
    if let Err(error) = file.put_into(&mut next) {
        return vec![error.into()];
    }
    let loaded = match host::check(&next, &host.paths().settings) {
        Ok(loaded) => loaded,
        Err(error) => {
            return vec![error.into()];
        }
    };
    if host.is_rehearsing() {
        return Vec::new();
    }
    if let Some(Err(error)) = examined(&loaded.settings.tls).await {
        return vec![Problem::of_certificate(&error, &loaded.settings.tls)];
    }
    let mut problems = keep_secrets(typed).await;
    let had_problems = !host.known().problems.is_empty();
    if next != former.file || had_problems {
        let path = host.paths().settings.clone();
        let last_good = host.paths().last_good.clone();
        let written = next.clone();
        let write = tokio::task::spawn_blocking(move || {
            settings::write_over(&path, &written)?;
            std::fs::copy(&path, &last_good).map(drop)
        });
        if let Ok(Err(error)) = write.await {
            problems.push(Problem::of_system("settings", error.to_string()));
            return problems;
        }
    }
    let is_changed = next != former.file || typed.is_something() || had_problems;
    if is_changed {
        host.take_up(loaded, problems.clone());
        if let Some(problem) = host.restart(Some(former)).await {
            problems.push(problem);
        }
        let now = host.known().loaded;
        host.take_up(now, problems.clone());
    }
    problems
}

impl Typed {
    fn is_something(&self) -> bool {
        self.secrets().next().is_some()
    }

    fn secrets(&self) -> impl Iterator<Item = (SecretName, &str)> {
        [
            (SecretName::VpbxApiKey, &self.vpbx_api_key),
            (SecretName::VpbxApiSalt, &self.vpbx_api_salt),
            (SecretName::DirectoryToken, &self.directory_token),
        ]
        .into_iter()
        .filter_map(|(name, typed)| {
            let typed = typed.as_deref()?.trim();
            (!typed.is_empty()).then_some((name, typed))
        })
    }
}

async fn keep_secrets(typed: &Typed) -> Vec<Problem> {
    let secrets: Vec<(SecretName, SecretString)> =
        typed.secrets().map(|(name, secret)| (name, SecretString::from(secret))).collect();
    if secrets.is_empty() {
        return Vec::new();
    }
    let kept = tokio::task::spawn_blocking(move || {
        let keep = |(name, secret): (SecretName, SecretString)| {
            let error = Keyring.set(name, &secret).err()?;
            tracing::error!(error = %desk::secrets::chain(&error), "a secret was not kept");
            Some(Problem::of_secret(field_of(name), &error))
        };
        secrets.into_iter().filter_map(keep).collect()
    });
    kept.await.unwrap_or_default()
}

fn field_of(name: SecretName) -> &'static str {
    match name {
        SecretName::VpbxApiKey => "vpbx_api_key",
        SecretName::VpbxApiSalt => "vpbx_api_salt",
        SecretName::DirectoryToken => "directory_token",
        SecretName::StoreKey => "store_key",
        SecretName::FeedToken => "feed_token",
    }
}

/// The key of the log, once: whoever keeps it can read the log on another computer.
async fn recovery_code(app: &AppHandle, host: &Host) -> Option<String> {
    use secrecy::ExposeSecret as _;
    let memory = app.state::<Memory>();
    if host.is_rehearsing() || memory.read().said_recovery_code {
        return None;
    }
    let read = tokio::task::spawn_blocking(|| Keyring.get(SecretName::StoreKey)).await;
    let code = read.ok()?.ok()??;
    memory.change(|now| now.said_recovery_code = true);
    Some(code.expose_secret().to_owned())
}

/// Saves how the windows look and behave. What cannot be as wanted stays as it was and is said.
async fn save_window(app: &AppHandle, host: &Host, mut window: WindowView) -> Vec<Problem> {
    let memory = app.state::<Memory>();
    let before = memory.read().manners;
    let mut problems = Vec::new();
    if window.manners.quiet.on && !window.manners.quiet.is_readable() {
        problems.push(Problem::of_quiet_hours());
        window.manners.quiet = before.quiet.clone();
    }
    if let Err(why) = ring::keep(app, &before.ring, &window.manners.ring).await {
        problems.push(Problem::of_ring(&why));
        window.manners.ring = before.ring.clone();
    }
    if let Err(key) = hotkeys::change(app, &before.clipboard_key, &window.manners.clipboard_key) {
        problems.push(Problem::of_hotkey(&key));
        window.manners.clipboard_key = before.clipboard_key.clone();
    }
    memory.change(|now| {
        now.language = window.language;
        now.theme = window.theme;
        now.notifications = window.notifications;
        now.manners = window.manners.clone();
    });
    disturbing::follow(app);
    windows::protect(app);
    if before.hot_desk != window.manners.hot_desk {
        today::tell(app);
    }
    if !host.is_rehearsing() && window.autostart != starts_by_itself(app) {
        let autostart = app.autolaunch();
        let changed = if window.autostart { autostart.enable() } else { autostart.disable() };
        if let Err(error) = changed {
            tracing::warn!(%error, "starting with the system was not changed");
        }
    }
    if let Err(error) = app.emit("window-settings", window) {
        tracing::warn!(%error, "the other windows look as before");
    }
    problems
}

fn starts_by_itself(app: &AppHandle) -> bool {
    app.try_state::<tauri_plugin_autostart::AutoLaunchManager>()
        .is_some_and(|autostart| autostart.is_enabled().unwrap_or(false))
}

/// Where the PBX may find us, as far as this computer knows.
pub(crate) fn addresses(port: u16, path: &str, is_tls: bool) -> Addresses {
    let lan = desk::addresses::in_the_local_network();
    let here = lan.first().map_or_else(|| "127.0.0.1".to_owned(), ToString::to_string);
    let scheme = if is_tls { "https" } else { "http" };
    Addresses { suggested: format!("{scheme}://{here}:{port}{path}"), lan, port }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn empty_secrets_stay_as_they_are() {
        let typed: Typed = serde_json::from_str(r#"{"vpbx_api_key":"  ","vpbx_api_salt":" s "}"#).unwrap();
        let secrets: Vec<_> = typed.secrets().collect();
        assert_eq!(secrets, [(SecretName::VpbxApiSalt, "s")]);
        let token: Typed = serde_json::from_str(r#"{"directory_token":"-----BEGIN\nKEY"}"#).unwrap();
        assert_eq!(token.secrets().collect::<Vec<_>>(), [(SecretName::DirectoryToken, "-----BEGIN\nKEY")]);
        let none: Typed = serde_json::from_str("{}").unwrap();
        assert!(!none.is_something());
    }

    #[test]
    fn the_first_run_opens_by_itself_until_it_is_finished() {
        let set_up = Has { vpbx_api_key: true, vpbx_api_salt: true, ..Has::default() };
        let mut done = FirstRun::default();
        assert!(is_first_run_due(&done, Has::default(), false));
        assert!(!is_first_run_due(&done, Has::default(), true));
        assert!(!is_first_run_due(&done, set_up, false), "an older desk is set up already");
        done.steps.insert(crate::memory::FirstRunStep::Mango, crate::memory::Passed::Good);
        assert!(is_first_run_due(&done, set_up, false), "it was closed in the middle");
        done.finished = true;
        assert!(!is_first_run_due(&done, Has::default(), false));
    }

    #[test]
    fn the_suggested_address_is_an_address_for_the_cabinet() {
        let suggested = addresses(8082, "/mangotelecom", true).suggested;
        assert!(suggested.starts_with("https://") && suggested.ends_with(":8082/mangotelecom"), "{suggested}");
    }
}
