//! MANGO's command API as the rehearsal serves it: `/vpbx/…` for commands, `/rehearsal/…` for those who watch.

mod acting;
mod asking;
mod door;
mod files;
mod history;
mod limits;
mod record;
mod request;
mod watch;

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{DefaultBodyLimit, Path, State};
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{any, get};
use jiff::Timestamp;
use mango_vpbx::{SignatureError, SignedForm};
use serde_json::{Value, json};

use door::Dropped;
pub(crate) use door::open;
use limits::{Admission, Limits};
pub use limits::{Busiest, LimitsSeen};
use record::Heard;
pub use record::{CommandCounts, CommandRecord};
use request::{Refusal, Request};

use crate::callback::CallbackMode;
use crate::stage::Stage;
use crate::statistics::{Requests, StatsMode};
use crate::turns::Reception;

/// The largest body that is read.
const BODY: usize = 64 * 1024;
/// How long a slow reply takes: longer than anybody waits.
const SLOW_REPLY: Duration = Duration::from_secs(30);

/// How commands are answered, right or wrong.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Answers {
    /// As the manual has it.
    #[default]
    Right,
    /// A page of HTML with HTTP 200; the command is not carried out.
    Html,
    /// A redirect to nowhere; the command is not carried out.
    Redirect,
    /// The right answer, 30 seconds late.
    Slow,
    /// HTTP 200 with a failing result (5003); the command is not carried out.
    ResultIn200,
}

impl Answers {
    /// The way of this name: `right`, `html`, `redirect`, `slow` or `result-in-200`.
    pub fn from_name(name: &str) -> Option<Answers> {
        match name {
            "right" => Some(Answers::Right),
            "html" => Some(Answers::Html),
            "redirect" => Some(Answers::Redirect),
            "slow" => Some(Answers::Slow),
            "result-in-200" => Some(Answers::ResultIn200),
            _ => None,
        }
    }
}

/// How the command server behaves.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Manners {
    pub(crate) callback: CallbackMode,
    pub(crate) transfer: Reception,
    pub(crate) stats: StatsMode,
    pub(crate) stats_after: Duration,
    /// The HTTP status of bad requests: 200, 400 or 420.
    pub(crate) errors: u16,
    pub(crate) answers: Answers,
    /// Whether signed links to recordings are switched on in the cabinet.
    pub(crate) links: bool,
}

/// What the command server knows.
pub(crate) struct Commands {
    stage: Arc<Stage>,
    manners: Manners,
    answers: Mutex<Answers>,
    addr: SocketAddr,
    limits: Mutex<Limits>,
    heard: Heard,
    requests: Requests,
}

impl Commands {
    pub(crate) fn new(stage: Arc<Stage>, manners: Manners, addr: SocketAddr) -> Commands {
        Commands {
            stage,
            manners,
            answers: Mutex::new(manners.answers),
            addr,
            limits: Mutex::default(),
            heard: Heard::default(),
            requests: Requests::default(),
        }
    }

    pub(crate) fn counts(&self) -> CommandCounts {
        self.heard.counts()
    }

    pub(crate) fn records(&self) -> Vec<CommandRecord> {
        self.heard.records()
    }

    pub(crate) fn limits_seen(&self) -> LimitsSeen {
        self.limits().seen()
    }

    /// Answers all commands this way from now on.
    pub(crate) fn answer_like(&self, answers: Answers) {
        *self.answers.lock().unwrap_or_else(PoisonError::into_inner) = answers;
    }

    fn answers(&self) -> Answers {
        *self.answers.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn limits(&self) -> MutexGuard<'_, Limits> {
        self.limits.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The routes of the command server.
pub(crate) fn routes(commands: Arc<Commands>) -> Router {
    Router::new()
        .route("/vpbx/{*path}", any(command))
        .route("/files/{token}/{action}", get(files::file))
        .nest("/rehearsal", watch::routes())
        .layer(DefaultBodyLimit::max(BODY))
        .with_state(commands)
}

/// How a request was answered, and what remains to be done before the answer leaves.
struct Verdict {
    json: Value,
    verified: bool,
    answer: Answer,
}

enum Answer {
    /// A result, with HTTP 200 also for most refusals (reference 1.4).
    Result { code: i32, http: StatusCode, body: Value },
    /// Something that is no JSON, or no result: CSV, a redirect, nothing.
    Other { response: Response },
    /// The framework's own error bodies (reference 1.4).
    Closed { status: StatusCode, body: Value },
    /// No answer at all.
    Dropped,
    /// The answer, after a long while.
    Late { answer: Box<Answer> },
}

impl Answer {
    fn done(body: Value) -> Answer {
        Answer::Result { code: 1000, http: StatusCode::OK, body }
    }

    fn other(status: StatusCode, kind: &'static str, body: impl Into<Body>) -> Answer {
        let mut response = (status, body.into()).into_response();
        response.headers_mut().insert(header::CONTENT_TYPE, header::HeaderValue::from_static(kind));
        Answer::Other { response }
    }

    /// Code and HTTP status, for those who watch.
    fn seen(&self) -> (Option<i32>, u16) {
        match self {
            Answer::Result { code, http, .. } => (Some(*code), http.as_u16()),
            Answer::Other { response } => (None, response.status().as_u16()),
            Answer::Closed { status, .. } => (None, status.as_u16()),
            Answer::Dropped => (None, 0),
            Answer::Late { answer } => answer.seen(),
        }
    }

    fn into_response(self) -> Response {
        match self {
            Answer::Result { http, body, .. } => (http, axum::Json(body)).into_response(),
            Answer::Other { response } => response,
            Answer::Closed { status, body } => (status, axum::Json(body)).into_response(),
            Answer::Dropped => Dropped.into_response(),
            Answer::Late { answer } => answer.into_response(),
        }
    }
}

async fn command(
    State(commands): State<Arc<Commands>>,
    method: Method,
    path: Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let at = format!("{:.3}", Timestamp::now());
    let path = path.trim_matches('/');
    let verdict = decide(&commands, &method, path, &headers, &body).await;
    let (result, http) = verdict.answer.seen();
    // A signed link is a path with secrets in it.
    let told = if path.starts_with(files::LINK) { files::LINK } else { path };
    tracing::info!(path = told, result, http, verified = verdict.verified, "a command");
    commands.heard.note(CommandRecord {
        path: path.to_owned(),
        json: verdict.json,
        verified: verdict.verified,
        result,
        http,
        at,
    });
    if let Answer::Late { .. } = &verdict.answer {
        tokio::select! {
            () = commands.stage.stop.cancelled() => return Dropped.into_response(),
            () = tokio::time::sleep(SLOW_REPLY) => {}
        }
    }
    verdict.answer.into_response()
}

async fn decide(commands: &Commands, method: &Method, path: &str, headers: &HeaderMap, body: &[u8]) -> Verdict {
    let form = SignedForm::parse(body).ok();
    let json = form.as_ref().map_or(Value::Null, |form| {
        serde_json::from_str(&form.json).unwrap_or_else(|_| Value::String(form.json.clone()))
    });
    let unverified = |answer| Verdict { json: json.clone(), verified: false, answer };

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
    if !request::is_known(path) {
        return unverified(closed(StatusCode::NOT_FOUND, "Not Found", "Page not found."));
    }
    if method == Method::GET && path.starts_with(files::LINK) {
        return unverified(commands.link(path, headers));
    }
    let answers = commands.answers();
    if let Some(wrong) = wrong_answer(answers) {
        return unverified(wrong);
    }
    let (request, json) = match authentic(commands, method, form) {
        Err(refusal) => return unverified(commands.refuse(refusal, None)),
        Ok(verified) => (request::read(path, &verified, &commands.stage.cast), json),
    };
    let answer = match request {
        Err(refusal) => commands.refuse(refusal, json.get("command_id")),
        Ok(Request::Act(act)) => commands.carry_out(act).await,
        Ok(Request::Ask(question)) => commands.tell(question, headers),
    };
    let answer = if answers == Answers::Slow { Answer::Late { answer: Box::new(answer) } } else { answer };
    Verdict { json, verified: true, answer }
}

fn wrong_answer(answers: Answers) -> Option<Answer> {
    match answers {
        Answers::Right | Answers::Slow => None,
        Answers::Html => Some(html()),
        Answers::Redirect => {
            let mut response = StatusCode::FOUND.into_response();
            let nowhere = header::HeaderValue::from_static("http://nowhere.invalid/login");
            response.headers_mut().insert(header::LOCATION, nowhere);
            Some(Answer::Other { response })
        }
        Answers::ResultIn200 => {
            let body = json!({ "result": 5003, "message": "internal error" });
            Some(Answer::Result { code: 5003, http: StatusCode::OK, body })
        }
    }
}

fn html() -> Answer {
    let page = "<!DOCTYPE html><html><head><title>502</title></head><body><h1>Bad Gateway</h1></body></html>";
    Answer::other(StatusCode::OK, "text/html; charset=utf-8", page)
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
        let is_bad = (3000..4000).contains(&code);
        if is_bad {
            self.limits().bad_request(Instant::now());
        }
        let http =
            if is_bad { StatusCode::from_u16(self.manners.errors).unwrap_or(StatusCode::OK) } else { StatusCode::OK };
        // The manual of 2017: HTTP 420 with a code, not a result (reference 1.4).
        if http.as_u16() == 420 {
            return Answer::Result { code, http, body: json!({ "code": code, "message": message }) };
        }
        let mut body = json!({ "result": code, "message": message });
        if let Some(id) = command_id {
            body["command_id"] = id.clone();
        }
        Answer::Result { code, http, body }
    }
}

fn accepted(command_id: &str) -> Answer {
    Answer::done(json!({ "command_id": command_id, "result": 1000 }))
}

fn closed(status: StatusCode, name: &str, message: &str) -> Answer {
    let body = json!({ "name": name, "message": message, "code": 0, "status": status.as_u16() });
    Answer::Closed { status, body }
}
