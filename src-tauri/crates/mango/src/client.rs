//! Sends commands and questions to one PBX and keeps to what the PBX allows (manual 1.4): one gate for all of them.
//!
//! Commands leave one at a time, and questions one at a time beside them, so that a slow answer delays no call. Both
//! share the PBX's limits, its lock-out of clients that send bad requests, and the pause after "too fast".
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

mod error;
mod gate;
mod questions;
mod reply;

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use reqwest::Url;
use reqwest::header::{CONTENT_TYPE, HeaderValue, LOCATION};
use tokio::sync::Notify;

pub use self::error::{CommandError, ConfigFault, Unclear};
use self::gate::{Gate, Pace, Turn};
pub use self::reply::CommandReply;
use self::reply::Heard;
pub use crate::answer::{
    Balance, CallsStats, CentreCall, ContactPage, ContextCall, ContextLeg, Device, Employee, Group, GroupOperator,
    Line, PageVisit, SiteVisitor, Stats, StatsRow, TrunkNumber,
};
use crate::command::{Command, StatsField};
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
    gate: Mutex<Gate>,
    /// Something in `gate` changed: whoever waits looks again.
    changed: Notify,
    /// What the columns of prepared statistics are, by their key, oldest first.
    columns: Mutex<VecDeque<(String, Vec<StatsField>)>>,
}

/// How long things may take. The defaults are for the real PBX; tests hand in shorter ones. Questions may wait and take
/// three times as long: nobody stands at a phone for them.
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

/// How many times as long as a command a question may wait and take.
const QUESTIONS_MAY: u32 = 3;

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
        let gate = Mutex::new(Gate::new(timing));
        let columns = Mutex::default();
        let shared = Shared { http, base, account, timing, gate, changed: Notify::new(), columns };
        Ok(Client { shared: Arc::new(shared) })
    }

    /// Sends a command once its turn has come, and waits for the answer. A good answer to a callback means only that
    /// the PBX accepted it. Questions have methods of their own, which also read the answer.
    ///
    /// Dropping the future takes a waiting command back; one that has left is then unclear.
    ///
    /// # Errors
    /// See [`CommandError`]: each variant says whether the command left.
    pub async fn send(&self, command: &Command) -> Result<CommandReply, CommandError> {
        self.carry_out(command, |heard| reply::read(command, &heard)).await
    }

    /// Waits for the turn, sends, reads with `read`, and learns from what came back.
    async fn carry_out<T>(
        &self,
        command: &Command,
        read: impl FnOnce(Heard) -> Result<T, CommandError> + Send,
    ) -> Result<T, CommandError> {
        command.check().map_err(|fault| CommandError::Config(fault.into()))?;
        let in_flight = self.turn(command).await?;
        let begun = now();
        let answer = self.exchange(command).await.and_then(read);
        self.learn(answer.as_ref().err());
        drop(in_flight);
        let (path, id) = (command.path(), command.command_id().unwrap_or("-"));
        let took_ms = now().duration_since(begun).as_millis();
        match &answer {
            Ok(_) => tracing::info!(path, id, took_ms, "command accepted"),
            Err(error) => tracing::warn!(path, id, %error, took_ms, "command failed"),
        }
        answer
    }

    /// Until when nothing is sent because the PBX does not listen; `None` when it does.
    pub fn quiet_until(&self) -> Option<SystemTime> {
        let now = now();
        self.gate().quiet_until(now).map(|until| wall(until, now))
    }

    /// How many requests the PBX found bad within its memory of two minutes. A second one locks the account out.
    pub fn refused_recently(&self) -> u32 {
        self.gate().refused_recently(now())
    }

    /// When the oldest of the [recent refusals](Client::refused_recently) is forgotten and trying is safe again.
    pub fn forgotten_at(&self) -> Option<SystemTime> {
        let now = now();
        self.gate().forgotten_at(now).map(|at| wall(at, now))
    }

    /// Waits until this command may leave.
    async fn turn(&self, command: &Command) -> Result<InFlight<'_>, CommandError> {
        let pace = Pace::of(command);
        let joined = self.gate().join(pace.clone(), now());
        let place = match joined {
            Ok(id) => Place { shared: &self.shared, id },
            Err(gate::Refused::Full) => return Err(CommandError::Busy),
            Err(gate::Refused::Quiet(until)) => return Err(quiet(until)),
        };
        let gives_up = now() + pace.patience(self.shared.timing);
        loop {
            let changed = self.shared.changed.notified();
            tokio::pin!(changed);
            changed.as_mut().enable();
            let turn = self.gate().turn(place.id, now());
            let wake = match turn {
                Turn::Go => {
                    return Ok(InFlight { shared: &self.shared, pace });
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

    async fn exchange(&self, command: &Command) -> Result<Heard, CommandError> {
        let url = self
            .shared
            .base
            .join(command.path())
            .map_err(|_| CommandError::Config(ConfigFault::Address(self.shared.base.to_string())))?;
        let form = HeaderValue::from_static("application/x-www-form-urlencoded");
        let request = self.shared.http.post(url).header(CONTENT_TYPE, form);
        let request = if command.is_question() {
            // Nobody's call waits for it, and statistics are long.
            request.timeout(self.shared.timing.connect + self.shared.timing.reply * QUESTIONS_MAY)
        } else {
            request
        };
        let body = self.shared.account.form_body(&command.json());
        let mut response = request.body(body).send().await.map_err(failure)?;
        let status = response.status().as_u16();
        let location = response.headers().get(LOCATION).and_then(|to| to.to_str().ok()).map(str::to_owned);
        let longest = reply::longest(command);
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(failure)? {
            if body.len() + chunk.len() > longest {
                return Err(CommandError::Unclear(Unclear::Unreadable));
            }
            body.extend_from_slice(&chunk);
        }
        Ok(Heard { http: status, location, body })
    }

    /// What an answer means for the commands after it.
    fn learn(&self, error: Option<&CommandError>) {
        let now = now();
        let mut gate = self.gate();
        match error {
            None => gate.went_well(),
            Some(CommandError::Refused { code, http, .. }) => {
                if Code(*code).is_bad_request() {
                    gate.refused(now);
                }
                if *http == 401 {
                    gate.locked_out(now);
                }
                if matches!(http, 429 | 503) || matches!(code, 4290 | 5008) {
                    gate.slow_down(now);
                }
            }
            Some(CommandError::Unclear(Unclear::Status(503))) => gate.slow_down(now),
            Some(
                CommandError::Unclear(_)
                | CommandError::Unreachable(_)
                | CommandError::Quiet { .. }
                | CommandError::Busy
                | CommandError::Config(_),
            ) => {}
        }
    }

    fn gate(&self) -> MutexGuard<'_, Gate> {
        self.shared.gate()
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Client({})", self.shared.base)
    }
}

impl Shared {
    fn gate(&self) -> MutexGuard<'_, Gate> {
        // No code that holds the lock can panic half-way through a change.
        self.gate.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A command's place in the queue, given back when its caller goes away.
struct Place<'a> {
    shared: &'a Shared,
    id: u64,
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.shared.gate().leave(self.id);
        self.shared.changed.notify_waiters();
    }
}

/// The one command, or the one question, that is under way.
struct InFlight<'a> {
    shared: &'a Shared,
    pace: Pace,
}

impl Drop for InFlight<'_> {
    fn drop(&mut self) {
        self.shared.gate().done(&self.pace, now());
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
