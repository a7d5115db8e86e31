//! The rehearsal PBX as a whole: started, asked to play, stopped.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use mango_vpbx::sign::Account;
use secrecy::SecretString;
use serde::Serialize;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::callback::CallbackMode;
use crate::cast::{Cast, DEMO_CALLERS};
use crate::clock::Speed;
use crate::commands::{Answers, CommandCounts, CommandRecord, Commands, LimitsSeen, Manners, open, routes};
use crate::load::{Load, drive};
use crate::poster::{PostCounts, Poster};
use crate::scenario::Scenario;
use crate::stage::{Played, Stage};
use crate::statistics::StatsMode;
use crate::style::Style;
use crate::telling::Pace;
use crate::turns::Reception;

/// How long a stopping rehearsal waits for what it has begun to send.
const FAREWELL: Duration = Duration::from_secs(3);
/// Seconds between the calls of a demonstration.
const DEMO_PAUSE: u32 = 6;

/// What a rehearsal needs to know. Begin with [`PbxSettings::new`].
#[derive(Debug)]
pub struct PbxSettings {
    /// Where events are posted: the listener's base address, http or https.
    pub target: String,
    /// The key and salt that sign both events and commands.
    pub account: Account,
    /// Where commands are served; port 0 is any free port.
    pub commands_addr: SocketAddr,
    /// How fast calls go.
    pub speed: Speed,
    /// The short number of the employee whose phone the rehearsal is about.
    pub extension: String,
    /// The short number of the reception's group.
    pub group: String,
    /// Ids, order and callers follow from it.
    pub seed: u64,
    /// How click-to-call turns out.
    pub callback: CallbackMode,
    /// How the posts are written.
    pub style: Style,
    /// How often each post is sent; at least once.
    pub repeat: u32,
    /// Whether a call's posts arrive in any order.
    pub shuffle: bool,
    /// Whether lines and short numbers that the rehearsal does not know are taken as if it did: a clinic's own settings
    /// name others than the invented ones.
    pub lenient: bool,
    /// Seconds (of the scenario) that people talk on a callback, and when somebody intervened: answered, transferred,
    /// took back.
    pub talk: u32,
    /// What the target of a transfer or a route does.
    pub transfer: Reception,
    /// What becomes of statistics that are asked for.
    pub stats: StatsMode,
    /// How long statistics take, in real time.
    pub stats_after: Duration,
    /// The HTTP status of requests that are answered with a 3xxx code: 200, 400 or 420.
    pub errors: u16,
    /// How commands are answered, right or wrong.
    pub answers: Answers,
    /// Whether signed links to recordings are switched on in the cabinet.
    pub recording_links: bool,
    /// Calls are played and remembered, but nothing is posted: the listener is dead.
    pub silent: bool,
    /// The share of posts that are lost at random (seeded), in percent.
    pub loss: f64,
    /// Where each post is written down that the listener took, a JSON object a line: `path`, and `json` as the text that
    /// was signed.
    pub journal: Option<PathBuf>,
}

impl PbxSettings {
    /// A rehearsal for extension 201 in group 300, in real time, on any free port of this machine.
    pub fn new(target: impl Into<String>, account: Account) -> PbxSettings {
        PbxSettings {
            target: target.into(),
            account,
            commands_addr: SocketAddr::from(([127, 0, 0, 1], 0)),
            speed: Speed::REAL,
            extension: "201".to_owned(),
            group: "300".to_owned(),
            seed: rand::random(),
            callback: CallbackMode::default(),
            style: Style::default(),
            repeat: 1,
            shuffle: false,
            lenient: true,
            talk: 20,
            transfer: Reception::default(),
            stats: StatsMode::default(),
            stats_after: Duration::from_secs(2),
            errors: 200,
            answers: Answers::default(),
            recording_links: true,
            silent: false,
            loss: 0.0,
            journal: None,
        }
    }
}

/// Why a rehearsal does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The target is not an http or https address.
    #[error("the target `{0}` is not an http or https address")]
    Target(String),
    /// The commands' address cannot be had.
    #[error("commands cannot be served at {addr}")]
    Bind {
        /// The address asked for.
        addr: SocketAddr,
        /// The system's reason.
        #[source]
        source: std::io::Error,
    },
    /// The HTTP client cannot be made.
    #[error("no HTTP client")]
    Http(#[from] reqwest::Error),
    /// The journal cannot be written.
    #[error("the journal {file} cannot be written")]
    Journal {
        /// The file asked for.
        file: PathBuf,
        /// The system's reason.
        #[source]
        source: std::io::Error,
    },
}

/// A running rehearsal PBX. Dropping it stops its tasks without waiting for them; [`Pbx::stop`] waits.
pub struct Pbx {
    stage: Arc<Stage>,
    commands: Arc<Commands>,
    addr: SocketAddr,
    door: TaskTracker,
    door_stop: CancellationToken,
}

/// What happened in a rehearsal.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// What became of the posts.
    #[serde(flatten)]
    pub posts: PostCounts,
    /// Calls played, without those that commands caused.
    pub calls: u64,
    /// Commands heard.
    pub commands: CommandCounts,
}

impl Pbx {
    /// Starts serving commands; nothing is posted yet.
    pub async fn start(settings: PbxSettings) -> Result<Pbx, StartError> {
        let is_web = reqwest::Url::parse(&settings.target)
            .is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
        if !is_web {
            return Err(StartError::Target(settings.target));
        }
        let poster = Poster::new(&settings.target, Arc::new(settings.account))?
            .losing(settings.loss, settings.seed)
            .keeping_a_journal(settings.journal.as_deref())
            .map_err(|source| StartError::Journal { file: settings.journal.clone().unwrap_or_default(), source })?;
        poster.silence(settings.silent);
        let cast = Cast::new(&settings.extension, &settings.group, settings.style);
        let cast = Cast { talk: settings.talk, lenient: settings.lenient, ..cast };
        let stage = Stage::new(poster, cast, settings.speed, settings.repeat, settings.shuffle, settings.seed);
        let stage = Arc::new(stage);
        let bind = |source| StartError::Bind { addr: settings.commands_addr, source };
        let listener = TcpListener::bind(settings.commands_addr).await.map_err(bind)?;
        let addr = listener.local_addr().map_err(bind)?;
        let manners = Manners {
            callback: settings.callback,
            transfer: settings.transfer,
            stats: settings.stats,
            stats_after: settings.stats_after,
            errors: settings.errors,
            answers: settings.answers,
            links: settings.recording_links,
        };
        let commands = Arc::new(Commands::new(Arc::clone(&stage), manners, addr));
        let (door, door_stop) = (TaskTracker::new(), CancellationToken::new());
        door.spawn(open(listener, routes(Arc::clone(&commands)), door.clone(), door_stop.clone()));
        Ok(Pbx { stage, commands, addr, door, door_stop })
    }

    /// The base address of the command API, as the desk's `[vpbx] api_base`: `http://127.0.0.1:PORT/vpbx/`.
    pub fn commands_url(&self) -> String {
        format!("http://{}/vpbx/", self.addr)
    }

    /// Plays one call from `caller` (digits with the country code; empty is a hidden number) and returns when it is
    /// over, by itself or because the rehearsal was stopped. Several may be played at once.
    pub async fn play(&self, scenario: Scenario, caller: &str) -> Played {
        self.stage
            .play(scenario, caller, &self.stage.cast, Pace { speed: self.stage.speed, ended_ago: Duration::ZERO })
            .await
    }

    /// Plays one call at once, without pauses, told as if it had taken its time and ended `ended_ago` before now. A
    /// call that [waits](Scenario::waits) for a person is played as [`Pbx::play`] would.
    pub async fn play_instantly(&self, scenario: Scenario, caller: &str, ended_ago: Duration) -> Played {
        self.stage.play(scenario, caller, &self.stage.cast, Pace { speed: Speed::NO_PAUSES, ended_ago }).await
    }

    /// Plays the demonstration: its callers in turn, answered and missed, with pauses. Returns after `count` calls, or
    /// when the rehearsal stops.
    pub async fn play_demo(&self, count: Option<u64>) {
        for (turn, caller) in (0..).zip(DEMO_CALLERS.into_iter().cycle()) {
            if count.is_some_and(|count| turn >= count) || self.stage.stop.is_cancelled() {
                return;
            }
            self.play(Scenario::Demo, caller).await;
            tokio::select! {
                () = self.stage.stop.cancelled() => return,
                () = tokio::time::sleep(self.stage.pause(DEMO_PAUSE)) => {}
            }
        }
    }

    /// Sends many calls at a steady rate; `caller` is `None` for a new random number each. Returns when all are sent,
    /// or when the rehearsal stops.
    pub async fn drive(&self, load: Load, caller: Option<&str>) {
        let calls = drive(&self.stage, load, caller).await;
        self.stage.calls.fetch_add(calls, Ordering::Relaxed);
    }

    /// Picks up the phone of this extension, as its owner would; false when no call from outside rings there.
    pub fn answer(&self, extension: &str) -> bool {
        self.stage.exchange.answer(extension)
    }

    /// The employee of this extension puts the phone down: ends her talk, refuses what rings, or completes the transfer
    /// that she asked a colleague about. False when she has no call.
    pub fn hang_up(&self, extension: &str) -> bool {
        self.stage.exchange.put_down(extension)
    }

    /// The employee of this extension takes the call back that she holds; false when she holds none.
    pub fn unhold(&self, extension: &str) -> bool {
        self.stage.exchange.unhold(extension)
    }

    /// Posts nothing from now on, or posts again: the listener is dead, and calls go on without it.
    pub fn silence(&self, silent: bool) {
        self.stage.poster.silence(silent);
    }

    /// The cabinet makes a new salt: commands signed with the old one get 3102, and posts are signed with the new one.
    pub fn change_salt(&self, salt: SecretString) {
        self.stage.poster.change_salt(salt);
    }

    /// Answers all commands this way from now on.
    pub fn answer_commands(&self, answers: Answers) {
        self.commands.answer_like(answers);
    }

    /// How the limits of the command API were kept so far.
    pub fn limits(&self) -> LimitsSeen {
        self.commands.limits_seen()
    }

    /// A random caller from the rehearsal's seed; empty is a hidden number.
    pub fn random_caller(&self) -> String {
        self.stage.with_random(crate::cast::random_caller)
    }

    /// Commands heard so far, oldest first; at most the last 10,000.
    pub fn commands(&self) -> Vec<CommandRecord> {
        self.commands.records()
    }

    /// What happened so far.
    pub fn counts(&self) -> Counts {
        Counts {
            posts: self.stage.poster.counts(),
            calls: self.stage.calls.load(Ordering::Relaxed),
            commands: self.commands.counts(),
        }
    }

    /// Waits until everything begun has been posted: also the legs of accepted callbacks.
    pub async fn settle(&self) {
        self.stage.tasks.close();
        self.stage.tasks.wait().await;
    }

    /// Hangs up every live call, tells the listener so, and stops: within a few seconds.
    pub async fn stop(&self) -> Counts {
        self.stage.stop.cancel();
        let _ = tokio::time::timeout(FAREWELL, self.settle()).await;
        self.stage.poster.close_journal();
        self.door_stop.cancel();
        self.door.close();
        let _ = tokio::time::timeout(FAREWELL, self.door.wait()).await;
        self.counts()
    }
}

impl Drop for Pbx {
    fn drop(&mut self) {
        self.stage.stop.cancel();
        self.door_stop.cancel();
    }
}
