use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::statistics::{Asked, PastLeg, Statistics, Telling};
use crate::{KEY, SALT, eventually, sign};

/// How a PBX answers the next command.
#[derive(Debug, Clone)]
pub enum Answer {
    /// Takes it: `result` 1000.
    Accept,
    /// `result` is this code, inside HTTP 200, as the real one does.
    Result(i32),
    /// Another HTTP status with an empty object.
    Status(u16),
    /// Takes the command, and breaks the connection before the reply is whole.
    BreakOff,
    /// Takes the command, and never replies.
    Silence,
}

/// One command that arrived.
#[derive(Debug, Clone)]
pub struct Received {
    /// Below the API base: `commands/callback`.
    pub path: String,
    /// The signed object.
    pub json: Value,
    /// Whether key and signature are the tests' account's.
    pub is_signed: bool,
}

#[derive(Default)]
struct Shared {
    answers: Vec<Answer>,
    received: Vec<Received>,
    statistics: Statistics,
}

/// A PBX's command API that does exactly what a test says, and keeps what it got.
#[derive(Clone)]
pub struct CommandApi {
    address: SocketAddr,
    shared: Arc<Mutex<Shared>>,
}

impl CommandApi {
    /// Starts on a free port; accepts everything until told otherwise.
    pub async fn start() -> CommandApi {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("a bound socket has an address");
        let shared = Arc::new(Mutex::new(Shared::default()));
        let router = Router::new().route("/vpbx/{*path}", axum::routing::post(answer)).with_state(Arc::clone(&shared));
        tokio::spawn(async move { axum::serve(listener, router).await });
        CommandApi { address, shared }
    }

    /// The base address for the settings.
    pub fn base(&self) -> String {
        format!("http://{}/vpbx/", self.address)
    }

    /// How the next command is answered; later ones in the order of the calls.
    pub fn next(&self, answer: Answer) {
        self.lock().answers.push(answer);
    }

    /// What it knows of the past from now on.
    pub fn remembers(&self, legs: impl IntoIterator<Item = PastLeg>) {
        self.lock().statistics.legs.extend(legs);
    }

    /// How it tells of the past from now on.
    pub fn tells(&self, telling: Telling) {
        self.lock().statistics.telling = telling;
    }

    /// What its statistics were asked so far. They are not among the commands that [arrived](CommandApi::received).
    pub fn asked(&self, path: &str) -> Vec<Asked> {
        self.lock().statistics.asked.iter().filter(|asked| asked.path == path).cloned().collect()
    }

    /// What arrived so far.
    pub fn received(&self) -> Vec<Received> {
        self.lock().received.clone()
    }

    /// Waits until this many commands arrived.
    pub async fn until_received(&self, count: usize) -> Vec<Received> {
        eventually(&format!("{count} commands at the PBX"), || async {
            let received = self.received();
            (received.len() >= count).then_some(received)
        })
        .await
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Shared> {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn answer(State(shared): State<Arc<Mutex<Shared>>>, Path(path): Path<String>, body: Bytes) -> Response {
    let fields: HashMap<String, String> = form_urlencoded::parse(&body).into_owned().collect();
    let field = |name: &str| fields.get(name).map_or("", String::as_str);
    let json: Value = field("json").parse().unwrap_or(Value::Null);
    let is_signed = field("vpbx_api_key") == KEY && field("sign") == sign(KEY, field("json"), SALT);
    let command_id = json["command_id"].clone();
    let next = {
        let mut shared = shared.lock().unwrap_or_else(PoisonError::into_inner);
        if path.starts_with("stats/") {
            return shared.statistics.answer(&path, &json);
        }
        if path == "account/balance" {
            // A question, not a command: it is asked to see whether code and key are right.
            return axum::Json(
                json!({"result": if is_signed { 1000 } else { 3102 }, "balance": 1204.5, "currency": "RUB"}),
            )
            .into_response();
        }
        shared.received.push(Received { path, json, is_signed });
        if shared.answers.is_empty() { Answer::Accept } else { shared.answers.remove(0) }
    };
    let reply = |result: i32| axum::Json(json!({"command_id": command_id, "result": result})).into_response();
    match next {
        Answer::Accept => reply(1000),
        Answer::Result(code) => reply(code),
        Answer::Status(code) => {
            (StatusCode::from_u16(code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR), "{}").into_response()
        }
        Answer::BreakOff => {
            let torn =
                futures_util::stream::iter([Ok(Bytes::from_static(b"{\"comm")), Err(std::io::Error::other("torn"))]);
            axum::body::Body::from_stream(torn).into_response()
        }
        Answer::Silence => {
            tokio::time::sleep(Duration::from_secs(120)).await;
            reply(1000)
        }
    }
}
