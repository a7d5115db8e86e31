//! MANGO's command API as the rehearsal serves it: `/vpbx/…` for commands, `/rehearsal/…` for those who watch.

mod door;
mod limits;
mod request;

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use axum::body::Bytes;
use axum::extract::{ConnectInfo, DefaultBodyLimit, Path, State};
use axum::http::{Method, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{any, get, post};
use axum::{Json, Router};
use jiff::Timestamp;
use mango_vpbx::{SignatureError, SignedForm};
use serde::Serialize;
use serde_json::{Value, json};

use door::Dropped;
pub(crate) use door::open;
use limits::{Admission, Limits};
use request::{Refusal, Request};

use crate::callback::{CallbackMode, Outcome};
use crate::stage::Stage;

/// The largest body that is read.
const BODY: usize = 64 * 1024;
/// Commands that are remembered; older ones are forgotten first.
const REMEMBERED: usize = 10_000;
/// How long a slow reply takes: longer than anybody waits.
const SLOW_REPLY: Duration = Duration::from_secs(30);

/// What the command server knows.
pub(crate) struct Commands {
    stage: Arc<Stage>,
    mode: CallbackMode,
    limits: Mutex<Limits>,
    heard: Mutex<Heard>,
}

#[derive(Default)]
struct Heard {
    commands: VecDeque<CommandRecord>,
    counts: CommandCounts,
}

/// One request to the command API, as `GET /rehearsal/commands` tells it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CommandRecord {
    /// What followed `/vpbx/`.
    pub path: String,
    /// The form's json: parsed, or as text when it is not JSON; `null` when there was none.
    pub json: Value,
    /// Whether key and signature were right.
    pub verified: bool,
    /// The code of the answer; `None` when the request was not looked at (401, 429) or not answered.
    pub result: Option<i32>,
    /// The HTTP status of the answer; 0 when the connection was dropped instead.
    pub http: u16,
    /// When it came (RFC 3339, UTC, milliseconds).
    pub at: String,
}

/// How many commands there were.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct CommandCounts {
    /// Callbacks accepted.
    pub callback: u64,
    /// Hang-ups accepted.
    pub hangup: u64,
    /// Requests refused: a code other than 1000, or HTTP 401 or 429.
    pub refused: u64,
}

impl Commands {
    pub(crate) fn new(stage: Arc<Stage>, mode: CallbackMode) -> Commands {
        Commands { stage, mode, limits: Mutex::default(), heard: Mutex::default() }
    }

    pub(crate) fn counts(&self) -> CommandCounts {
        self.heard().counts
    }

    pub(crate) fn records(&self) -> Vec<CommandRecord> {
        self.heard().commands.iter().cloned().collect()
    }

    fn heard(&self) -> MutexGuard<'_, Heard> {
        self.heard.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn limits(&self) -> MutexGuard<'_, Limits> {
        self.limits.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The routes of the command server.
pub(crate) fn routes(commands: Arc<Commands>) -> Router {
    Router::new()
        .route("/vpbx/{*path}", any(command))
        .route("/rehearsal/commands", get(records))
        .route("/rehearsal/calls", get(calls))
        .route("/rehearsal/answer/{extension}", post(answer))
        .layer(DefaultBodyLimit::max(BODY))
        .with_state(commands)
}

async fn records(from: ConnectInfo<SocketAddr>, State(commands): State<Arc<Commands>>) -> Response {
    for_this_machine(from, || Json(commands.records()).into_response())
}

async fn calls(from: ConnectInfo<SocketAddr>, State(commands): State<Arc<Commands>>) -> Response {
    for_this_machine(from, || Json(commands.stage.played()).into_response())
}

async fn answer(
    from: ConnectInfo<SocketAddr>,
    State(commands): State<Arc<Commands>>,
    Path(extension): Path<String>,
) -> Response {
    for_this_machine(from, || Json(json!({ "answered": commands.stage.exchange.answer(&extension) })).into_response())
}

fn for_this_machine(ConnectInfo(from): ConnectInfo<SocketAddr>, tell: impl FnOnce() -> Response) -> Response {
    if from.ip().to_canonical().is_loopback() { tell() } else { StatusCode::NOT_FOUND.into_response() }
}

/// How a request was answered, and what remains to be done before the answer leaves.
struct Verdict {
    json: Value,
    verified: bool,
    answer: Answer,
}

enum Answer {
    /// HTTP 200 with a result (reference 1.4: also for refusals).
    Result { code: i32, body: Value },
    /// The framework's own error bodies (reference 1.4).
    Closed { status: StatusCode, body: Value },
    /// No answer at all.
    Dropped,
    /// The answer, after a long while.
    Late { body: Value },
}

async fn command(State(commands): State<Arc<Commands>>, method: Method, path: Path<String>, body: Bytes) -> Response {
    let at = format!("{:.3}", Timestamp::now());
    let path = path.trim_matches('/');
    let verdict = decide(&commands, &method, path, &body).await;
    let (result, http) = match &verdict.answer {
        Answer::Result { code, .. } => (Some(*code), 200),
        Answer::Closed { status, .. } => (None, status.as_u16()),
        Answer::Dropped => (None, 0),
        Answer::Late { .. } => (Some(1000), 200),
    };
    tracing::info!(path, result, http, verified = verdict.verified, "a command");
    {
        let mut heard = commands.heard();
        let accepted = result == Some(1000);
        // Neither one nor the other: a connection that was dropped.
        heard.counts.refused += u64::from(!accepted && http != 0);
        heard.counts.callback += u64::from(accepted && path == "commands/callback");
        heard.counts.hangup += u64::from(accepted && path == "commands/call/hangup");
        if heard.commands.len() == REMEMBERED {
            heard.commands.pop_front();
        }
        let record =
            CommandRecord { path: path.to_owned(), json: verdict.json, verified: verdict.verified, result, http, at };
        heard.commands.push_back(record);
    }
    match verdict.answer {
        Answer::Result { body, .. } => Json(body).into_response(),
        Answer::Closed { status, body } => (status, Json(body)).into_response(),
        Answer::Dropped => Dropped.into_response(),
        Answer::Late { body } => {
            tokio::select! {
                () = commands.stage.stop.cancelled() => Dropped.into_response(),
                () = tokio::time::sleep(SLOW_REPLY) => Json(body).into_response(),
            }
        }
    }
}

async fn decide(commands: &Commands, method: &Method, path: &str, body: &[u8]) -> Verdict {
    let form = SignedForm::parse(body).ok();
    let json = form.as_ref().map_or(Value::Null, |form| {
        serde_json::from_str(&form.json).unwrap_or_else(|_| Value::String(form.json.clone()))
    });
    let unverified = |answer| Verdict { json: json.clone(), verified: false, answer };

    if !request::is_known(path) {
        return unverified(closed(StatusCode::NOT_FOUND, "Not Found", "Page not found."));
    }
    match commands.limits().admit(path, Instant::now()) {
        Admission::Open => {}
        Admission::TooOften => {
            let status = StatusCode::TOO_MANY_REQUESTS;
            return unverified(closed(status, "Service Unavailable", "Rate limit exceeded."));
        }
        Admission::LockedOut => {
            let message = "More than one invalid request within two minutes.";
            return unverified(closed(StatusCode::UNAUTHORIZED, "Unauthorized", message));
        }
    }
    let (request, json) = match authentic(commands, method, form) {
        Err(refusal) => return unverified(commands.refuse(refusal, None)),
        Ok(verified) => (request::read(path, &verified, &commands.stage.cast), json),
    };
    let answer = match request {
        Err(refusal) => commands.refuse(refusal, json.get("command_id")),
        Ok(Request::Balance) => Answer::Result { code: 1000, body: balance(Timestamp::now()) },
        Ok(Request::HangUp { command_id, call_id }) => commands.hang_up(&command_id, &call_id),
        Ok(Request::Callback { command_id, extension, to_number }) => {
            commands.call_back(&command_id, &extension, &to_number).await
        }
    };
    Verdict { json, verified: true, answer }
}

/// The json of a request that is signed as it must be.
fn authentic(commands: &Commands, method: &Method, form: Option<SignedForm>) -> Result<String, Refusal> {
    let refusal = |code, message: &str| Refusal { code, message: message.to_owned() };
    if method != Method::POST {
        return Err(refusal(3101, "not a POST request"));
    }
    let Some(form) = form else {
        return Err(refusal(3103, "mandatory parameter missing: vpbx_api_key, sign and json are wanted in a form"));
    };
    if form.key.is_empty() {
        return Err(refusal(3103, "mandatory parameter missing: vpbx_api_key"));
    }
    if form.sign.is_empty() {
        return Err(refusal(3103, "mandatory parameter missing: sign"));
    }
    match commands.stage.poster.account().verify(form) {
        Ok(verified) => Ok(verified.as_str().to_owned()),
        Err(SignatureError::ForeignKey) => Err(refusal(3105, "wrong api key")),
        Err(SignatureError::Mismatch) => Err(refusal(3102, "sign mismatch")),
    }
}

impl Commands {
    fn refuse(&self, Refusal { code, message }: Refusal, command_id: Option<&Value>) -> Answer {
        if (3000..4000).contains(&code) {
            self.limits().bad_request(Instant::now());
        }
        let mut body = json!({ "result": code, "message": message });
        if let Some(id) = command_id {
            body["command_id"] = id.clone();
        }
        Answer::Result { code, body }
    }

    fn hang_up(&self, command_id: &str, call_id: &str) -> Answer {
        let code = if self.stage.exchange.hang_up(call_id) { 1000 } else { 4101 };
        let (stage, id) = (Arc::clone(&self.stage), command_id.to_owned());
        let told = async move { stage.tell_result("call/hangup", Some(&id), code).await };
        self.stage.tasks.spawn(told);
        if code == 1000 {
            return accepted(command_id);
        }
        let refusal = Refusal { code, message: "call ended or missing".to_owned() };
        self.refuse(refusal, Some(&Value::from(command_id)))
    }

    async fn call_back(&self, command_id: &str, extension: &str, to_number: &str) -> Answer {
        let outcome = self.mode.outcome(to_number);
        self.stage.call_back(command_id, extension, to_number, outcome).await;
        match outcome {
            Outcome::Reset => Answer::Dropped,
            Outcome::SlowReply => Answer::Late { body: json!({ "command_id": command_id, "result": 1000 }) },
            Outcome::Answered
            | Outcome::OperatorNoAnswer
            | Outcome::Busy
            | Outcome::NoAnswer
            | Outcome::PatientRefuses
            | Outcome::NoEvents
            | Outcome::ResultFirst => accepted(command_id),
        }
    }
}

fn accepted(command_id: &str) -> Answer {
    Answer::Result { code: 1000, body: json!({ "command_id": command_id, "result": 1000 }) }
}

fn closed(status: StatusCode, name: &str, message: &str) -> Answer {
    let body = json!({ "name": name, "message": message, "code": 0, "status": status.as_u16() });
    Answer::Closed { status, body }
}

/// Reference 4, `account/balance`.
fn balance(now: Timestamp) -> Value {
    let response_at = now.strftime("%Y-%m-%d %H:%M:%S").to_string();
    json!({ "result": 1000, "balance": 1234.5, "currency": "RUR", "response_at": response_at })
}
