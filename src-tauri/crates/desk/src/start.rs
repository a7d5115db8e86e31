//! Starting and stopping a desk: what is bound, opened and run, and in which order it ends.

mod open_log;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use directory::{Knowledge, Trial};
use jiff::{SignedDuration, Timestamp};
use mango_vpbx::Account;
use mango_vpbx::client::{Client, Timing};
use phone::{Extension, PhoneNumber};
use secrecy::SecretString;
use tokio::net::{TcpListener, TcpSocket};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::accept::{self, Limits};
use crate::board::Rules;
use crate::exports::Exports;
use crate::feed::{Feed, Session};
use crate::happening::Happening;
use crate::listener::Listener;
use crate::log::{self, MAIN, REHEARSAL};
use crate::offered::Offered;
use crate::running::commands::Pbx;
use crate::running::{Dialling, Parts, Running};
use crate::seldom::Seldom;
use crate::settings::{Clinic, Settings};
use crate::sounds::Sounds;
use crate::support::Support;
use crate::vitals::{Knock, Vitals};
use crate::{Setup, VpbxSecrets, addresses, patients, secrets, tls};

/// Happenings that may wait for the loop.
const WAITING: usize = 4096;
/// Connections that the system holds until they are accepted; twice what is served at once.
const KNOCKING: u32 = 4096;
/// How long a start waits for a small list of patients, so that the first call has its card at once.
const PATIENTS_WITHIN: Duration = Duration::from_secs(1);
/// A receptionist who clicked waits ten seconds for a word, not longer.
const COMMANDS: Timing = Timing {
    connect: Duration::from_secs(3),
    reply: Duration::from_secs(7),
    patience: Duration::from_secs(15),
    lock_out: Duration::from_secs(120),
    slow_down: Duration::from_secs(2),
};
/// How long running look-ups and commands may take once the desk stops.
const TASKS_WITHIN: Duration = Duration::from_secs(3);
/// How long viewers have to take their leave.
const FEED_WITHIN: Duration = Duration::from_secs(3);

/// Why a desk does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// Somebody else has the port.
    #[error("port {port} ({bind}) is taken by another program; stop that program or set another port")]
    PortTaken {
        /// The address asked for.
        bind: SocketAddr,
        /// Its port.
        port: u16,
    },
    /// The address cannot be bound for another reason.
    #[error("{bind} cannot be listened on: {source}")]
    Bind {
        /// The address asked for.
        bind: SocketAddr,
        /// The system's reason.
        #[source]
        source: std::io::Error,
    },
    /// The log has another key, is newer than this program, or cannot be used.
    #[error("{0}")]
    Log(String),
    /// The listener's certificate.
    #[error("listener.tls: {}", secrets::chain(.0))]
    Tls(tls::TlsError),
    /// The section of the directory.
    #[error("{0}")]
    Directory(String),
    /// The address of the command API.
    #[error("vpbx.api_base: {0}")]
    ApiBase(String),
}

/// A running desk.
pub struct Desk {
    listener_url: String,
    listener_port: u16,
    feed: Feed,
    vitals: Arc<Vitals>,
    directory: Arc<Knowledge>,
    pub(crate) client: Option<Arc<Client>>,
    rehearsal_account: VpbxSecrets,
    pub(crate) happenings: mpsc::Sender<Happening>,
    ending: Ending,
}

/// What ends in which order.
struct Ending {
    listener: (CancellationToken, tokio::task::JoinHandle<()>),
    tasks: (CancellationToken, TaskTracker),
    running: (CancellationToken, tokio::task::JoinHandle<()>),
    feed: (CancellationToken, tokio::task::JoinHandle<()>),
}

impl std::fmt::Debug for Desk {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Desk").field("listener", &self.listener_url).finish_non_exhaustive()
    }
}

impl Desk {
    /// Starts log, directory, feed and listener.
    ///
    /// # Errors
    /// See [`StartError`].
    pub async fn start(setup: Setup) -> Result<Desk, StartError> {
        let Setup { settings, secrets, data_dir, rehearsing, without_log_if_it_fails, support } = setup;
        let now = Timestamp::now();
        if let Err(error) = log::private_folder(&data_dir) {
            return Err(StartError::Log(format!("the data folder {} cannot be made: {error}", data_dir.display())));
        }
        let names = certificate_names(&settings);
        let acceptor = tls::acceptor(&settings.tls, &data_dir, &names).map_err(StartError::Tls)?;
        let listener = bind(settings.listener_bind)?;
        let feed_listener = bind(settings.feed_bind)?;
        let listener_at = local(&listener, settings.listener_bind)?;
        let feed_at = local(&feed_listener, settings.feed_bind)?;

        let rules = rules(&settings, rehearsing);
        let (log, log_why) = match open_log::open_log(&settings, &secrets, &data_dir, &rules).await {
            Ok(log) => (Some(log), None),
            Err(why) if without_log_if_it_fails => (None, Some(why)),
            Err(why) => return Err(StartError::Log(why)),
        };
        let (mut log, mut durable) = (log, None);
        if let Some(log) = &mut log {
            durable = log.writer.take_durable();
        }

        let directory = if rehearsing {
            patients::rehearsal(&settings)
        } else {
            patients::open(&settings, &secrets, &data_dir).map_err(|error| StartError::Directory(error.to_string()))?
        };
        let _ = tokio::time::timeout(PATIENTS_WITHIN, directory.tend(now)).await;
        let vitals = Arc::new(Vitals::new(now));
        let health = patients::health(&directory);
        vitals.set_directory(health.clone());

        let account = secrets.account.as_ref().map(|account| Account::new(account.key.clone(), account.salt.clone()));
        // The account of a rehearsal is invented: MANGO is never asked with it, only the rehearsal PBX is.
        let client = account
            .clone()
            .filter(|_| !rehearsing)
            .map(|account| Client::with_timing(&settings.api_base, account, COMMANDS).map(Arc::new))
            .transpose()
            .map_err(|error| StartError::ApiBase(secrets::chain(&error)))?;
        let rehearsal_account =
            VpbxSecrets { key: secrets::random_hex(), salt: SecretString::from(secrets::random_hex()) };
        let rehearsal = Account::new(rehearsal_account.key.clone(), rehearsal_account.salt.clone());

        let scheme = if acceptor.is_some() { "https" } else { "http" };
        let listener_url = format!("{scheme}://{}{}", reachable(listener_at), settings.listener_path);
        let log_is = LogIs { failing: log_why, set_aside: log.as_ref().and_then(|log| log.set_aside.as_deref()) };
        let desk = first_view(&settings, &secrets, &listener_url, health, log_is, account.is_some());
        let (happenings, inbox) = mpsc::channel(WAITING);
        let tokens: [CancellationToken; 4] = std::array::from_fn(|_| CancellationToken::new());
        let [stop_listener, stop_tasks, stop_running, stop_feed] = tokens;
        let tasks = TaskTracker::new();

        let (sounds, files) = (Arc::new(Sounds::default()), Arc::new(Offered::default()));
        let token = secrets.feed_token.clone().unwrap_or_else(secrets::random_hex);
        let known = crate::Secrets { feed_token: Some(token.clone()), ..secrets.clone() };
        let exports = Arc::new(Exports::new(&data_dir));
        let audited_settings = audited_settings(support.settings_file.as_deref());
        let running = Running::new(
            Parts {
                rules,
                log,
                vitals: vitals.clone(),
                directory: directory.clone(),
                rehearsal_directory: patients::rehearsal(&settings),
                pbx: Pbx::new(client.clone(), rehearsal.clone(), desk_name(&settings)),
                viewer: viewer(&settings),
                desk,
                epoch: uuid::Uuid::new_v4().to_string(),
                keep_days: settings.keep_days,
                audited_settings,
                dialling: Dialling { line: settings.line.clone(), auto_answer: settings.auto_answer },
                ask_about_callers: settings.ask_about_callers,
                feed_address: feed_at,
                sounds: sounds.clone(),
                files: files.clone(),
                support: Arc::new(Support::new(support, &known, &data_dir)),
                exports: exports.clone(),
                happenings: happenings.clone(),
                stop: stop_running.clone(),
                tasks: tasks.clone(),
            },
            now,
        );
        let running = tokio::spawn(running.run(inbox, durable));
        tasks.spawn(patients::keep_fresh(directory.clone(), happenings.clone(), stop_tasks.clone()));

        let origins = settings.feed_origins.clone();
        let feed = Feed::new(token, feed_at, origins, happenings.clone(), (sounds, files, exports), stop_feed.clone());
        let feed_task = tokio::spawn(feed.clone().serve(feed_listener));

        let mut accounts: Vec<(&'static str, Account)> = Vec::new();
        accounts.extend(account.map(|account| (MAIN, account)));
        accounts.push((REHEARSAL, rehearsal));
        let answers = Arc::new(Listener {
            path: settings.listener_path.clone(),
            allow: settings.allow.clone(),
            behind_proxy: settings.behind_proxy.clone(),
            accounts,
            desk: happenings.clone(),
            vitals: vitals.clone(),
            foreign: Mutex::new(Seldom::new()),
            forged: Mutex::new(Seldom::new()),
        });
        let service = move |request, from| answers.clone().answer(request, from);
        let listener_task =
            tokio::spawn(accept::serve(listener, acceptor, Limits::default(), service, stop_listener.clone()));

        Ok(Desk {
            listener_url,
            listener_port: listener_at.port(),
            feed,
            vitals,
            directory,
            client,
            rehearsal_account,
            happenings,
            ending: Ending {
                listener: (stop_listener, listener_task),
                tasks: (stop_tasks, tasks),
                running: (stop_running, running),
                feed: (stop_feed, feed_task),
            },
        })
    }

    /// `http://127.0.0.1:8082/mangotelecom`: where the PBX's events arrive on this machine.
    #[must_use]
    pub fn listener_url(&self) -> String {
        self.listener_url.clone()
    }

    /// The port that is listened on.
    #[must_use]
    pub fn listener_port(&self) -> u16 {
        self.listener_port
    }

    /// `ws://127.0.0.1:41873/feed`.
    #[must_use]
    pub fn feed_url(&self) -> String {
        format!("ws://{}/feed", self.feed.address())
    }

    /// What a hello must carry.
    #[must_use]
    pub fn feed_token(&self) -> &str {
        self.feed.token()
    }

    /// Opens a session with the same frames as the websocket, in this process. Its first frame must be a hello too.
    #[must_use]
    pub fn open(&self) -> Session {
        self.feed.open()
    }

    /// The last fifty requests to the listener, oldest first.
    #[must_use]
    pub fn knocks(&self) -> Vec<Knock> {
        self.vitals.knocks()
    }

    /// Accepted events since the start, by their kind: the path after the base address (`events/call`), with numbers
    /// masked. Kinds that this version does not know are among them.
    #[must_use]
    pub fn event_kinds(&self) -> BTreeMap<String, u64> {
        self.vitals.kinds()
    }

    /// When the last event was accepted, also before this start; `None` when there was none.
    #[must_use]
    pub fn last_event_at(&self) -> Option<Timestamp> {
        self.vitals.last_event_at()
    }

    /// The throw-away account of rehearsal calls: for a rehearsal PBX in this process.
    #[must_use]
    pub fn rehearsal_account(&self) -> VpbxSecrets {
        self.rehearsal_account.clone()
    }

    /// Where the rehearsal PBX takes commands (`http://127.0.0.1:…/vpbx/`); `None` when it ended.
    pub async fn set_rehearsal_pbx(&self, commands: Option<String>) {
        let _ = self.happenings.send(Happening::RehearsalPbx(commands)).await;
    }

    /// The directory, for the settings' check.
    #[must_use]
    pub fn directory(&self) -> Arc<Knowledge> {
        self.directory.clone()
    }

    /// Looks a number up in any spelling and tells every step, with the directory as it runs. `None`: no number.
    pub async fn try_number(&self, typed: &str, clinic: &Clinic) -> Option<Trial> {
        let number = PhoneNumber::parse(typed, &clinic.region)?;
        Some(self.directory.trial(&number, Timestamp::now()).await)
    }

    /// Stops in order: listener, commands and look-ups, log, feed. What was acknowledged is on disk.
    pub async fn stop(self) {
        let Ending { listener, tasks, running, feed } = self.ending;
        listener.0.cancel();
        let _ = listener.1.await;
        tasks.0.cancel();
        tasks.1.close();
        let _ = tokio::time::timeout(TASKS_WITHIN, tasks.1.wait()).await;
        running.0.cancel();
        if let Err(error) = running.1.await {
            tracing::error!(%error, "the desk's loop failed");
        }
        feed.0.cancel();
        let _ = tokio::time::timeout(FEED_WITHIN, feed.1).await;
    }
}

/// What a certificate of our own making is for: the address bound, and this computer's in the local network.
fn certificate_names(settings: &Settings) -> Vec<String> {
    let bound = Some(settings.listener_bind.ip()).filter(|ip| !ip.is_unspecified());
    bound.into_iter().chain(addresses::in_the_local_network()).map(|ip| ip.to_string()).collect()
}

fn bind(bind: SocketAddr) -> Result<TcpListener, StartError> {
    listen(bind).map_err(|source| {
        if source.kind() == std::io::ErrorKind::AddrInUse {
            StartError::PortTaken { bind, port: bind.port() }
        } else {
            StartError::Bind { bind, source }
        }
    })
}

/// Listens with a long queue: a crowd that knocks at one moment must not cost an honest knock its first second.
fn listen(bind: SocketAddr) -> std::io::Result<TcpListener> {
    let socket = if bind.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
    // As for every server on Unix: connections of before that still take their leave hold no port.
    #[cfg(unix)]
    socket.set_reuseaddr(true)?;
    socket.bind(bind)?;
    socket.listen(KNOCKING)
}

fn local(listener: &TcpListener, bind: SocketAddr) -> Result<SocketAddr, StartError> {
    listener.local_addr().map_err(|source| StartError::Bind { bind, source })
}

/// The address under which this machine reaches what is bound to every address.
fn reachable(bound: SocketAddr) -> SocketAddr {
    if bound.ip().is_unspecified() { SocketAddr::from(([127, 0, 0, 1], bound.port())) } else { bound }
}

fn rules(settings: &Settings, rehearsing: bool) -> Rules {
    Rules {
        region: settings.clinic.region.clone(),
        time_zone: settings.clinic.time_zone.clone(),
        watched: calls::missed::Watched {
            extension: settings.extension.clone(),
            groups: settings.groups.clone(),
            everything: settings.pop == wire::Pop::All || (settings.extension.is_none() && settings.groups.is_empty()),
            ignore_under: SignedDuration::try_from(settings.ignore_missed_under).unwrap_or_default(),
        },
        source: "file".to_owned(),
        rehearsing,
        line_names: settings.line_names.clone(),
    }
}

fn viewer(settings: &Settings) -> wire::Viewer {
    wire::Viewer {
        extension: settings.extension.as_ref().map(ToString::to_string),
        groups: settings.groups.clone(),
        pop: settings.pop,
    }
}

/// The settings file as the audit trail compares it with the last start's.
fn audited_settings(file: Option<&Path>) -> BTreeMap<String, String> {
    let text = file.and_then(|file| std::fs::read_to_string(file).ok());
    text.map(|text| crate::audit::settings_of(&text)).unwrap_or_default()
}

fn desk_name(settings: &Settings) -> String {
    let extension = settings.extension.as_ref().map_or("desk", Extension::as_str);
    extension.chars().filter(char::is_ascii_alphanumeric).take(20).collect()
}

/// How the log fared at the start.
struct LogIs<'a> {
    /// Why there is none.
    failing: Option<String>,
    /// Where the one of before lies, when it was damaged.
    set_aside: Option<&'a Path>,
}

fn first_view(
    settings: &Settings,
    secrets: &crate::Secrets,
    listener_url: &str,
    directory: wire::DirectoryHealth,
    log: LogIs<'_>,
    configured: bool,
) -> wire::Desk {
    wire::Desk {
        extension: settings.extension.as_ref().map(ToString::to_string),
        groups: settings.groups.clone(),
        listener: wire::ListenerHealth {
            url: listener_url.to_owned(),
            last_event_at: None,
            accepted: 0,
            refused: 0,
            why: None,
        },
        directory,
        vpbx: wire::VpbxHealth { state: wire::VpbxState::Unknown, why: secrets.why_missing.clone(), quiet_until: None },
        clock: wire::ClockState { ahead_ms: None, wrong: false },
        log_failing: log.failing.is_some(),
        log_why: log.failing,
        log_set_aside: log.set_aside.and_then(Path::file_name).map(|name| name.to_string_lossy().into_owned()),
        configured,
        catch_up: None,
        line: settings.line.clone(),
        sms_templates: settings.sms_templates.clone(),
        wrap_up: settings.wrap_up.clone(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
    }
}
