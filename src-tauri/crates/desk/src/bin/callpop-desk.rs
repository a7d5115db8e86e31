//! `callpop-desk`: the desk without a window, for a server in the clinic, for tests and benchmarks (contract §1).

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use desk::audit;
use desk::secrets::{SecretName, StoreKey, chain, from_surroundings};
use desk::settings::{self, Settings};
use desk::{Desk, Secrets, Setup, StartError, SupportSources, VpbxSecrets};
use secrecy::{ExposeSecret as _, SecretString};

/// A bad setting, or a secret that is not there.
const EXIT_SETTINGS: u8 = 2;
/// A port is taken.
const EXIT_PORT: u8 = 3;
/// The log has another key, or is newer than this program.
const EXIT_LOG: u8 = 4;
/// The audit trail was tampered with, or cannot be read.
const EXIT_AUDIT: u8 = 5;

/// The call desk without a window: receives the PBX's events and serves the feed.
#[derive(Debug, Parser)]
#[command(version)]
struct Arguments {
    /// The settings file.
    #[arg(long)]
    config: PathBuf,
    /// Where the log is kept; the user's data folder when absent.
    #[arg(long)]
    data_dir: Option<PathBuf>,
    /// Where whoever keeps this program's log puts it, as `callpop….log`: its end goes into a support bundle.
    #[arg(long)]
    log_dir: Option<PathBuf>,
    #[command(subcommand)]
    ask: Option<Ask>,
}

/// What is asked of a data folder instead of starting a desk. One may run beside it.
#[derive(Debug, Subcommand)]
enum Ask {
    /// Prints the audit trail as CSV: who saw whose data, called whom, changed what, and when. Every record is checked.
    Audit {
        /// Only check it: prints how many records there are and the newest seal.
        #[arg(long)]
        verify: bool,
        /// Only the records of this patient, by the directory's id.
        #[arg(long)]
        person: Option<String>,
        /// Only the records of this telephone number, E.164.
        #[arg(long)]
        number: Option<String>,
    },
}

/// Why it ends before it is ready: the exit code and one readable line.
struct Ends(u8, String);

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    start_logging();
    desk::crash_files::forbid();
    let ended = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| Ends(1, error.to_string()))
        .and_then(|runtime| runtime.block_on(run(&arguments)));
    match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err(Ends(code, line)) => {
            say(&line);
            ExitCode::from(code)
        }
    }
}

async fn run(arguments: &Arguments) -> Result<(), Ends> {
    let loaded = settings::load(&arguments.config).map_err(|error| Ends(EXIT_SETTINGS, error.to_string()))?;
    for warning in &loaded.warnings {
        tracing::warn!("{warning}");
    }
    let data_dir = match &arguments.data_dir {
        Some(folder) => folder.clone(),
        None => dirs::data_local_dir()
            .map(|folder| folder.join("callpop"))
            .ok_or_else(|| Ends(EXIT_SETTINGS, "--data-dir: this user has no data folder; name one".to_owned()))?,
    };
    let settings = loaded.settings;
    if let Some(Ask::Audit { verify, person, number }) = &arguments.ask {
        let asked = audit::Asked { person: person.clone(), number: number.clone() };
        return tell_audit(&settings, &data_dir, *verify, &asked);
    }
    let secrets =
        tokio::task::spawn_blocking(move || collect_secrets(settings.encrypted).map(|found| (settings, found)))
            .await
            .map_err(|error| Ends(1, error.to_string()))?;
    let (settings, (secrets, token_is_ours)) = secrets?;
    let support = SupportSources {
        settings_file: Some(arguments.config.clone()),
        log_folder: arguments.log_dir.clone(),
        ..SupportSources::default()
    };
    serve(settings, secrets, data_dir, token_is_ours, support).await
}

/// Reads the audit trail out. What is broken is told after what is whole.
fn tell_audit(settings: &Settings, data_dir: &Path, verify: bool, asked: &audit::Asked) -> Result<(), Ends> {
    let broken = |error: audit::NoAudit| Ends(EXIT_AUDIT, error.to_string());
    let key = if settings.encrypted { Some(store_key()?) } else { None };
    let trail = audit::Audit::open(data_dir, key, settings.keep_days, jiff::Timestamp::now()).map_err(broken)?;
    if verify {
        let (records, seal) = trail.verify().map_err(broken)?;
        print_line(&serde_json::json!({"whole": true, "records": records, "seal": seal}).to_string());
        return Ok(());
    }
    trail.write_csv(asked, std::io::stdout().lock()).map(drop).map_err(broken)
}

async fn serve(
    settings: Settings,
    secrets: Secrets,
    data_dir: PathBuf,
    token_is_ours: bool,
    support: SupportSources,
) -> Result<(), Ends> {
    let stop = stop_signal().map_err(|error| Ends(1, error.to_string()))?;
    let setup = Setup {
        settings,
        secrets,
        data_dir: data_dir.clone(),
        rehearsing: false,
        without_log_if_it_fails: false,
        support,
    };
    let desk = Desk::start(setup).await.map_err(|error| Ends(exit_code(&error), error.to_string()))?;
    // A token that nobody gave must be readable by whoever may read the data folder, and by nobody else.
    let token_file = token_is_ours.then(|| data_dir.join("feed-token"));
    if let Some(path) = &token_file {
        keep_token(path, desk.feed_token()).map_err(|error| Ends(1, format!("{}: {error}", path.display())))?;
    }
    announce(&desk);
    stop.await;
    tracing::info!("stopping");
    desk.stop().await;
    if let Some(path) = &token_file {
        let _ = std::fs::remove_file(path);
    }
    Ok(())
}

fn exit_code(error: &StartError) -> u8 {
    match error {
        StartError::PortTaken { .. } => EXIT_PORT,
        StartError::Bind { .. } | StartError::Tls(_) | StartError::ApiBase(_) | StartError::Directory(_) => {
            EXIT_SETTINGS
        }
        StartError::Log(_) => EXIT_LOG,
    }
}

/// Secrets from the environment, systemd credentials or the keyring; true when the feed's token is ours to make.
fn collect_secrets(encrypted: bool) -> Result<(Secrets, bool), Ends> {
    let key = required(SecretName::VpbxApiKey)?;
    let salt = required(SecretName::VpbxApiSalt)?;
    let store_key = if encrypted { Some(store_key()?) } else { None };
    let feed_token = found(SecretName::FeedToken)?.map(|token| token.expose_secret().to_owned());
    let token_is_ours = feed_token.is_none();
    let account = Some(VpbxSecrets { key: key.expose_secret().to_owned(), salt });
    let directory_token = found(SecretName::DirectoryToken)?;
    Ok((Secrets { account, store_key, directory_token, feed_token, why_missing: None }, token_is_ours))
}

fn store_key() -> Result<StoreKey, Ends> {
    let hex = required(SecretName::StoreKey)?;
    StoreKey::parse(&hex).map_err(|error| Ends(EXIT_SETTINGS, format!("{}: {error}", SecretName::StoreKey.variable())))
}

fn found(name: SecretName) -> Result<Option<SecretString>, Ends> {
    from_surroundings(name).map_err(|error| Ends(EXIT_SETTINGS, chain(&error)))
}

fn required(name: SecretName) -> Result<SecretString, Ends> {
    found(name)?.ok_or_else(|| {
        Ends(
            EXIT_SETTINGS,
            format!(
                "the secret {} is not set: give it in the environment as {}, as a systemd credential, or in the keyring \
                 (service {}, user {})",
                name.keyring_user(),
                name.variable(),
                desk::secrets::KEYRING_SERVICE,
                name.keyring_user(),
            ),
        )
    })
}

fn keep_token(path: &Path, token: &str) -> std::io::Result<()> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        let _ = std::fs::remove_file(path);
        options.mode(0o600);
    }
    std::io::Write::write_all(&mut options.open(path)?, token.as_bytes())
}

/// Resolves at SIGTERM or Ctrl-C.
#[cfg(unix)]
fn stop_signal() -> std::io::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}

/// Resolves at Ctrl-C.
#[cfg(not(unix))]
fn stop_signal() -> std::io::Result<impl Future<Output = ()>> {
    let mut interrupt = tokio::signal::windows::ctrl_c()?;
    Ok(async move {
        interrupt.recv().await;
    })
}

fn start_logging() {
    let filter = tracing_subscriber::EnvFilter::try_from_env("CALLPOP_LOG")
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("info,zbus=warn"));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).with_ansi(false).init();
}

fn announce(desk: &Desk) {
    let ready = serde_json::json!({"ready": true, "listener": desk.listener_url(), "feed": desk.feed_url()});
    print_line(&ready.to_string());
}

/// Says what contract §1 promises or what was asked for. Whoever no longer reads it does not take the desk down.
fn print_line(line: &str) {
    if let Err(error) = writeln!(std::io::stdout(), "{line}") {
        tracing::debug!(%error, "nobody reads the standard output");
    }
}

/// Says one readable line to whoever started the program, if they still listen.
fn say(line: &str) {
    let _ = writeln!(std::io::stderr(), "{line}");
}
