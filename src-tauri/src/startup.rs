//! How the program was started, where its files lie, and how it begins and ends.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use anyhow::Context;
use clap::{Parser, ValueEnum};
use tauri::path::BaseDirectory;
use tauri::{AppHandle, Manager, RunEvent};
use tracing_appender::non_blocking::WorkerGuard;

use crate::disturbing::{self, Disturbing};
use crate::feed_client::Eyes;
use crate::feeds::Feeds;
use crate::host::Host;
use crate::memory::Memory;
use crate::pop::Pop;
use crate::rehearse::Rehearsals;
use crate::today::Today;
use crate::tray::Tray;
use crate::windows::{self, Awake, ComingUp};
use crate::{links, logs, screen_lock};

/// How long the end may take.
const FAREWELL: Duration = Duration::from_secs(6);

/// Callpop: the call desk of a clinic's reception.
#[derive(Debug, Clone, Parser)]
#[command(version)]
pub(crate) struct Args {
    /// The settings file, instead of the user's own.
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// Where calls and logs are kept, instead of the user's own folder.
    #[arg(long, value_name = "DIR")]
    pub(crate) data_dir: Option<PathBuf>,
    /// Play invented calls: no account, no keyring, nothing kept.
    #[arg(long)]
    pub(crate) rehearsal: bool,
    /// Start in the tray.
    #[arg(long)]
    pub(crate) hidden: bool,
    /// The window that is made first: a test driver sees that one.
    #[arg(long, value_enum, hide = true)]
    pub(crate) open: Option<First>,
    /// A `tel:` or `callto:` link.
    pub(crate) link: Option<String>,
}

/// A window that can be made first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum First {
    /// The main window.
    Desk,
    /// The pop.
    Pop,
    /// The settings.
    Settings,
}

/// Where the files lie.
#[derive(Debug, Clone)]
pub(crate) struct Paths {
    /// The settings file.
    pub(crate) settings: PathBuf,
    /// The settings that were good when they were last read.
    pub(crate) last_good: PathBuf,
    /// The log of calls.
    pub(crate) data: PathBuf,
    /// What the windows remember.
    pub(crate) memory: PathBuf,
    /// The program's log.
    pub(crate) logs: PathBuf,
    /// Deleted at the end.
    throw_away: Option<PathBuf>,
}

impl Paths {
    /// Finds them, and makes the folders. A rehearsal has a fresh folder for all of them.
    pub(crate) fn find(app: &AppHandle, args: &Args) -> anyhow::Result<Paths> {
        if args.rehearsal {
            let folder = tempfile::Builder::new().prefix("callpop-rehearsal-").tempdir()?.keep();
            return Ok(Paths { throw_away: Some(folder.clone()), ..Paths::all_in(&folder) });
        }
        let resolve = |of: BaseDirectory| app.path().resolve("", of).context("the user's folders are not known");
        let settings = match &args.config {
            Some(file) => std::path::absolute(file)?,
            None => resolve(BaseDirectory::AppConfig)?.join("settings.toml"),
        };
        let paths = match &args.data_dir {
            Some(folder) => Paths { settings, ..Paths::all_in(&std::path::absolute(folder)?) },
            None => {
                let config = resolve(BaseDirectory::AppConfig)?;
                let data = resolve(BaseDirectory::AppData)?;
                Paths {
                    settings,
                    last_good: data.join("settings-last-good.toml"),
                    memory: config.join("window.json"),
                    logs: resolve(BaseDirectory::AppLog)?,
                    data,
                    throw_away: None,
                }
            }
        };
        std::fs::create_dir_all(&paths.data).with_context(|| format!("the data folder {}", paths.data.display()))?;
        Ok(paths)
    }

    fn all_in(folder: &Path) -> Paths {
        Paths {
            settings: folder.join("settings.toml"),
            last_good: folder.join("settings-last-good.toml"),
            data: folder.to_owned(),
            memory: folder.join("window.json"),
            logs: folder.join("logs"),
            throw_away: None,
        }
    }

    #[cfg(test)]
    pub(crate) fn for_test(folder: &Path) -> Paths {
        Paths::all_in(folder)
    }

    /// Deletes what a rehearsal left.
    pub(crate) fn throw_away(&self) {
        if let Some(folder) = &self.throw_away
            && let Err(error) = std::fs::remove_dir_all(folder)
        {
            tracing::warn!(%error, "the rehearsal's folder stays");
        }
    }
}

/// The system's services that this program uses. A rehearsal uses none that a real desk beside it would miss.
pub(crate) fn plugins(args: &Args) -> tauri::Builder<tauri::Wry> {
    let mut builder = tauri::Builder::default();
    if !args.rehearsal {
        // First of all: a second start ends here, and its link reaches the first.
        builder = builder
            .plugin(tauri_plugin_single_instance::init(|app, _, _| windows::show_desk(app)))
            .plugin(tauri_plugin_deep_link::init())
            .plugin(tauri_plugin_autostart::Builder::new().app_name("Callpop").arg("--hidden").build());
    }
    builder
        .plugin(tauri_plugin_opener::Builder::new().open_js_links_on_click(false).build())
        .plugin(tauri_plugin_clipboard_manager::init())
        .plugin(tauri_plugin_global_shortcut::Builder::new().build())
}

/// Everything from the files to the windows, and the desk last: it tells what it does as it does it.
pub(crate) fn set_up(app: &AppHandle, args: &Args) -> anyhow::Result<()> {
    let paths = Paths::find(app, args)?;
    app.manage(Log(Mutex::new(Some(logs::start(&paths.logs)?))));
    tracing::info!(version = env!("CARGO_PKG_VERSION"), rehearsal = args.rehearsal, "start");
    let memory = Memory::open(paths.memory.clone());
    let language = memory.read().language;
    app.manage(memory);
    let host = Arc::new(Host::new(paths, args.rehearsal)?);
    app.manage(Arc::clone(&host));
    app.manage(Awake::default());
    app.manage(ComingUp::default());
    app.manage(Disturbing::default());
    app.manage(Today::default());
    app.manage(Pop::default());
    app.manage(Feeds::default());
    app.manage(Rehearsals::default());
    app.manage(links::Waiting::default());
    windows::make(app, args.open.unwrap_or(First::Desk), args.hidden)?;
    match Tray::put_up(app, language) {
        Ok(tray) => drop(app.manage(tray)),
        Err(error) => tracing::warn!(%error, "no tray"),
    }
    note_monitors(app, &host);
    app.manage(Eyes::open(app, Arc::clone(&host)));
    disturbing::follow(app);
    screen_lock::listen(app);
    if !args.rehearsal {
        links::listen(app);
        if args.config.is_none() && args.data_dir.is_none() {
            links::register(app);
        }
        if let Some(link) = &args.link {
            links::follow_text(app, link);
        }
    }
    end_with_the_session(app);
    tauri::async_runtime::spawn(start(app.clone(), host, args.open.is_none() && !args.hidden));
    Ok(())
}

/// Sizes and scales, for those who help with a pop that is out of sight.
fn note_monitors(app: &AppHandle, host: &Host) {
    for (number, monitor) in app.available_monitors().unwrap_or_default().iter().enumerate() {
        let (size, at, scale) = (monitor.size(), monitor.position(), monitor.scale_factor());
        let fact = format!("{}x{} at {},{}, scale {scale}", size.width, size.height, at.x, at.y);
        host.note_fact(format!("monitor {}", number + 1), fact);
    }
}

/// Starts the desk; shows the settings when they need a person.
async fn start(app: AppHandle, host: Arc<Host>, may_show: bool) {
    let mut starts = host.starts();
    let starting = tauri::async_runtime::spawn({
        let host = Arc::clone(&host);
        async move { host.start().await }
    });
    let _ = starts.changed().await;
    let known = host.known();
    let has_account = known.has.vpbx_api_key && known.has.vpbx_api_salt;
    if !known.problems.is_empty() || (may_show && !has_account) {
        // In front of the main window, not behind it.
        windows::until_page_runs(&app, windows::DESK).await;
        windows::show_settings(&app);
    }
    let _ = starting.await;
    if host.is_rehearsing()
        && let Err(error) = app.state::<Rehearsals>().play_for_ever(&host, app.state::<Memory>().read().language).await
    {
        tracing::error!(%error, "no rehearsal");
    }
}

/// A log-out or a service manager asks politely: end in order.
fn end_with_the_session(app: &AppHandle) {
    #[cfg(unix)]
    {
        let app = app.clone();
        tauri::async_runtime::spawn(async move {
            use tokio::signal::unix::{SignalKind, signal};
            let (Ok(mut term), Ok(mut interrupt)) = (signal(SignalKind::terminate()), signal(SignalKind::interrupt()))
            else {
                return;
            };
            tokio::select! {
                _ = term.recv() => {}
                _ = interrupt.recv() => {}
            }
            app.exit(0);
        });
    }
    #[cfg(not(unix))]
    let _ = app;
}

/// What the program hears of itself: only an explicit exit ends it, and the end is orderly.
pub(crate) fn hear(app: &AppHandle, event: RunEvent) {
    #[expect(clippy::wildcard_enum_match_arm, reason = "the toolkit's events, of which two matter here")]
    match event {
        RunEvent::ExitRequested { code: None, api, .. } => api.prevent_exit(),
        RunEvent::Exit => {
            let host = Arc::clone(&app.state::<Arc<Host>>());
            let rehearsals = app.state::<Rehearsals>();
            tauri::async_runtime::block_on(async {
                let stop = async {
                    rehearsals.stop().await;
                    host.stop().await;
                };
                if tokio::time::timeout(FAREWELL, stop).await.is_err() {
                    tracing::error!("the desk did not stop in time");
                }
            });
            tracing::info!("end");
            host.paths().throw_away();
            if let Ok(mut log) = app.state::<Log>().0.lock() {
                log.take();
            }
        }
        _ => {}
    }
}

/// Writes what is left of the log when it is dropped.
struct Log(Mutex<Option<WorkerGuard>>);
