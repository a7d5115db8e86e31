//! Sends commands to one PBX, one at a time, and keeps to what the PBX allows (manual 1.4).
//!
//! A command leaves at most once. Whoever calls [`Client::send`] learns whether it did: refused, never left, or
//! unclear. Nothing here repeats a command by itself.
//!
//! ```no_run
//! use mango_vpbx::client::{Client, CommandError};
//! use mango_vpbx::command::{Command, HangUp};
//! use mango_vpbx::{Account, Code};
//!
//! # async fn hang_up(account: Account) -> Result<(), Box<dyn std::error::Error>> {
//! let client = Client::new("https://app.mango-office.ru/vpbx/", account)?;
//! let command = Command::from(HangUp { command_id: "pop-0002".into(), call_id: "MTo5==".into() });
//! match client.send(&command).await {
//!     Ok(_) => println!("accepted"),
//!     Err(CommandError::Refused { code, .. }) => println!("{}", Code(code).english()),
//!     Err(CommandError::Unclear(_)) => println!("perhaps done: the events will tell"),
//!     Err(not_sent) => println!("{not_sent}"),
//! }
//! # Ok(())
//! # }
//! ```

mod line;
mod reply;

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use reqwest::Url;
use reqwest::header::{CONTENT_TYPE, HeaderValue};
use tokio::sync::Notify;

use self::line::{Line, Turn};
pub use self::reply::{Balance, CommandReply};
use crate::command::{Command, CommandFault};
use crate::{Account, Code};

/// The command API of one PBX account. Clones share queue, pace and lock-out.
#[derive(Clone)]
pub struct Client {
    shared: Arc<Shared>,
}

struct Shared {
    http: reqwest::Client,
    base: Url,
    account: Account,
    timing: Timing,
    line: Mutex<Line>,
    /// Something in `line` changed: whoever waits looks again.
    changed: Notify,
}

/// How long things may take. The defaults are for the real PBX; tests hand in shorter ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timing {
    /// To reach the PBX: name, connection, TLS. After it the command surely did not leave.
    pub connect: Duration,
    /// For the answer once the connection stands. After it nobody knows what became of the command.
    pub reply: Duration,
    /// How long a command may wait for its turn; a call that starts minutes after the click helps nobody.
    pub patience: Duration,
    /// How long the PBX remembers a bad request (manual 1.4.1).
    pub lock_out: Duration,
    /// The first pause after the PBX said that we are too fast; doubled up to eightfold when it says so again.
    pub slow_down: Duration,
}

/// Why a command has no good answer.
#[derive(Debug, thiserror::Error)]
pub enum CommandError {
    /// The PBX refused; nothing was done.
    #[error("the PBX refused with code {code} (HTTP {http})")]
    Refused {
        /// The PBX's [`Code`]; 0 when it gave none.
        code: i32,
        /// The PBX's own words, for people who administer it.
        message: Option<String>,
        /// The HTTP status; 401 is the lock-out after bad requests.
        http: u16,
    },
    /// Not sent: the PBX does not listen to this account until then, after two bad requests (manual 1.4.1).
    #[error("not sent: the account is locked out after bad requests")]
    Quiet {
        /// When it listens again.
        until: SystemTime,
    },
    /// Not sent: no connection to the PBX.
    #[error("not sent: the PBX cannot be reached")]
    Unreachable(#[source] reqwest::Error),
    /// Sent, and no answer that could be read. It may have been done.
    #[error("sent, but what became of it is unclear")]
    Unclear(#[source] Unclear),
    /// Not sent: too many commands wait already, or this one waited too long.
    #[error("not sent: too many commands at once")]
    Busy,
    /// Not sent, or sent to an address that is no PBX: a setting or the command itself is wrong.
    #[error("not sent")]
    Config(#[source] ConfigFault),
}

/// Why the fate of a command is unknown.
#[derive(Debug, thiserror::Error)]
pub enum Unclear {
    /// No answer in time, or the connection broke.
    #[error("no answer")]
    NoAnswer(#[source] reqwest::Error),
    /// A server's failure without a word of the PBX.
    #[error("HTTP {0} without a result")]
    Status(u16),
    /// An answer that is no reply to a command.
    #[error("the answer cannot be read")]
    Unreadable,
}

/// What is wrong on our side.
#[derive(Debug, thiserror::Error)]
pub enum ConfigFault {
    /// The API's address is no `http` or `https` address.
    #[error("\"{0}\" is no address such as https://app.mango-office.ru/vpbx/")]
    Address(String),
    /// The API's address answers with a redirect. Redirects are not followed: they would carry the command elsewhere.
    #[error("the API's address redirects (HTTP {0})")]
    Redirected(u16),
    /// The command lacks what the PBX requires.
    #[error("the command is incomplete")]
    Command(#[from] CommandFault),
    /// TLS or the HTTP client cannot be set up on this computer.
    #[error("the HTTP client cannot be set up")]
    Http(#[source] reqwest::Error),
}

impl Default for Timing {
    fn default() -> Self {
        Timing {
            connect: Duration::from_secs(5),
            reply: Duration::from_secs(10),
            patience: Duration::from_secs(15),
            lock_out: Duration::from_secs(120),
            slow_down: Duration::from_secs(2),
        }
    }
}

impl Client {
    /// A client for the API at `api_base`, `https://app.mango-office.ru/vpbx/`, with the usual times.
    ///
    /// # Errors
    /// No usable address, or no TLS on this computer.
    pub fn new(api_base: &str, account: Account) -> Result<Client, ConfigFault> {
        Client::with_timing(api_base, account, Timing::default())
    }

    /// The same with other times.
    ///
    /// # Errors
    /// No usable address, or no TLS on this computer.
    pub fn with_timing(api_base: &str, account: Account, timing: Timing) -> Result<Client, ConfigFault> {
        let base = base(api_base).ok_or_else(|| ConfigFault::Address(api_base.to_owned()))?;
        let http = reqwest::Client::builder()
            .connect_timeout(timing.connect)
            .timeout(timing.connect + timing.reply)
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            // The PBX speaks 1.2 only (manual 1.3).
            .tls_version_min(reqwest::tls::Version::TLS_1_2)
            // A connection kept from the last call may be dead, and a command lost on it would be unclear.
            .pool_max_idle_per_host(0)
            .build()
            .map_err(ConfigFault::Http)?;
        let line = Mutex::new(Line::new(timing));
        let shared = Shared { http, base, account, timing, line, changed: Notify::new() };
        Ok(Client { shared: Arc::new(shared) })
    }

    /// Sends a command once its turn has come, and waits for the answer. A good answer to a callback means only that
    /// the PBX accepted it.
    ///
    /// Dropping the future takes a waiting command back; one that has left is then unclear.
    ///
    /// # Errors
    /// See [`CommandError`]: each variant says whether the command left.
    pub async fn send(&self, command: &Command) -> Result<CommandReply, CommandError> {
        command.check().map_err(|fault| CommandError::Config(fault.into()))?;
        let in_flight = self.turn(command).await?;
        let begun = now();
        let answer = self.exchange(command).await;
        self.learn(&answer);
        drop(in_flight);
        let (path, id) = (command.path(), command.command_id().unwrap_or("-"));
        let took_ms = now().duration_since(begun).as_millis();
        match &answer {
            Ok(reply) => tracing::info!(path, id, code = reply.code, took_ms, "command accepted"),
            Err(error) => tracing::warn!(path, id, %error, took_ms, "command failed"),
        }
        answer
    }

    /// How much money the account has: a harmless question that proves address, key and salt.
    ///
    /// # Errors
    /// As [`send`](Client::send).
    pub async fn balance(&self) -> Result<Balance, CommandError> {
        let reply = self.send(&Command::Balance).await?;
        reply.balance.ok_or(CommandError::Unclear(Unclear::Unreadable))
    }

    /// Until when nothing is sent because the PBX does not listen; `None` when it does.
    pub fn quiet_until(&self) -> Option<SystemTime> {
        let now = now();
        self.line().quiet_until(now).map(|until| wall(until, now))
    }

    /// How many requests the PBX found bad within its memory of two minutes. A second one locks the account out.
    pub fn refused_recently(&self) -> u32 {
        self.line().refused_recently(now())
    }

    /// When the oldest of the [recent refusals](Client::refused_recently) is forgotten and trying is safe again.
    pub fn forgotten_at(&self) -> Option<SystemTime> {
        let now = now();
        self.line().forgotten_at(now).map(|at| wall(at, now))
    }

    /// Waits until this command may leave.
    async fn turn(&self, command: &Command) -> Result<InFlight<'_>, CommandError> {
        let joined = self.line().join(command.class(), now());
        let place = match joined {
            Ok(id) => Place { shared: &self.shared, id },
            Err(line::Refused::Full) => return Err(CommandError::Busy),
            Err(line::Refused::Quiet(until)) => return Err(quiet(until)),
        };
        let gives_up = now() + self.shared.timing.patience;
        loop {
            let changed = self.shared.changed.notified();
            tokio::pin!(changed);
            changed.as_mut().enable();
            let turn = self.line().turn(place.id, now());
            let wake = match turn {
                Turn::Go => {
                    return Ok(InFlight { shared: &self.shared });
                }
                Turn::Quiet(until) => return Err(quiet(until)),
                Turn::Wait { until } => until.map_or(gives_up, |until| until.min(gives_up)),
            };
            if now() >= gives_up {
                return Err(CommandError::Busy);
            }
            tokio::select! {
                () = &mut changed => {}
                () = tokio::time::sleep_until(wake.into()) => {}
            }
        }
    }

    async fn exchange(&self, command: &Command) -> Result<CommandReply, CommandError> {
        let url = self
            .shared
            .base
            .join(command.path())
            .map_err(|_| CommandError::Config(ConfigFault::Address(self.shared.base.to_string())))?;
        let form = HeaderValue::from_static("application/x-www-form-urlencoded");
        let mut response = self
            .shared
            .http
            .post(url)
            .header(CONTENT_TYPE, form)
            .body(self.shared.account.form_body(&command.json()))
            .send()
            .await
            .map_err(failure)?;
        let status = response.status().as_u16();
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(failure)? {
            if body.len() + chunk.len() > reply::LONGEST {
                return Err(CommandError::Unclear(Unclear::Unreadable));
            }
            body.extend_from_slice(&chunk);
        }
        reply::read(command, status, &body)
    }

    /// What an answer means for the commands after it.
    fn learn(&self, answer: &Result<CommandReply, CommandError>) {
        let now = now();
        let mut line = self.line();
        match answer {
            Ok(_) => line.went_well(),
            Err(CommandError::Refused { code, http, .. }) => {
                if Code(*code).is_bad_request() {
                    line.refused(now);
                }
                if *http == 401 {
                    line.locked_out(now);
                }
                if matches!(http, 429 | 503) || matches!(code, 4290 | 5008) {
                    line.slow_down(now);
                }
            }
            Err(CommandError::Unclear(Unclear::Status(503))) => line.slow_down(now),
            Err(
                CommandError::Unclear(_)
                | CommandError::Unreachable(_)
                | CommandError::Quiet { .. }
                | CommandError::Busy
                | CommandError::Config(_),
            ) => {}
        }
    }

    fn line(&self) -> MutexGuard<'_, Line> {
        self.shared.line()
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Client({})", self.shared.base)
    }
}

impl Shared {
    fn line(&self) -> MutexGuard<'_, Line> {
        // No code that holds the lock can panic half-way through a change.
        self.line.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A command's place in the queue, given back when its caller goes away.
struct Place<'a> {
    shared: &'a Shared,
    id: u64,
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.shared.line().leave(self.id);
        self.shared.changed.notify_waiters();
    }
}

/// The one command that is under way.
struct InFlight<'a> {
    shared: &'a Shared,
}

impl Drop for InFlight<'_> {
    fn drop(&mut self) {
        self.shared.line().done();
        self.shared.changed.notify_waiters();
    }
}

fn failure(error: reqwest::Error) -> CommandError {
    // The address is in the settings and needs no repeating in every log line.
    let error = error.without_url();
    if error.is_connect() {
        CommandError::Unreachable(error)
    } else if error.is_builder() {
        CommandError::Config(ConfigFault::Http(error))
    } else {
        CommandError::Unclear(Unclear::NoAnswer(error))
    }
}

fn quiet(until: Instant) -> CommandError {
    CommandError::Quiet { until: wall(until, now()) }
}

/// The address with exactly one slash at its end, so that paths can be joined to it.
fn base(api_base: &str) -> Option<Url> {
    let url = Url::parse(&format!("{}/", api_base.trim().trim_end_matches('/'))).ok()?;
    let usable =
        matches!(url.scheme(), "http" | "https") && url.has_host() && url.query().is_none() && url.fragment().is_none();
    usable.then_some(url)
}

/// The runtime's clock, which tests may pause.
fn now() -> Instant {
    tokio::time::Instant::now().into_std()
}

fn wall(at: Instant, now: Instant) -> SystemTime {
    SystemTime::now() + at.saturating_duration_since(now)
}
