//! For those who watch and direct a rehearsal: `/rehearsal/…`, from this machine only.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::{ConnectInfo, Path, Query, Request, State};
use axum::http::StatusCode;
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Answers, Commands};
use crate::clock::Speed;
use crate::compose::{Post, status_body};
use crate::scenario::Scenario;
use crate::stage::{Played, Stage};
use crate::telling::Pace;

/// Calls that may be asked for at once.
const MOST: u64 = 10_000;

pub(super) fn routes() -> Router<Arc<Commands>> {
    Router::new()
        .route("/commands", get(commands))
        .route("/calls", get(calls))
        .route("/limits", get(limits))
        .route("/answer/{extension}", post(answer))
        .route("/hang_up/{extension}", post(hang_up))
        .route("/unhold/{extension}", post(unhold))
        .route("/status/{extension}/{status}", post(status))
        .route("/silent/{state}", post(silent))
        .route("/salt/{salt}", post(salt))
        .route("/answers/{answers}", post(answers))
        .route("/play/{scenario}", post(play))
        .layer(from_fn(this_machine_only))
}

async fn this_machine_only(ConnectInfo(from): ConnectInfo<SocketAddr>, request: Request, next: Next) -> Response {
    if from.ip().to_canonical().is_loopback() { next.run(request).await } else { StatusCode::NOT_FOUND.into_response() }
}

type Known = State<Arc<Commands>>;

async fn commands(State(commands): Known) -> Response {
    Json(commands.records()).into_response()
}

async fn calls(State(commands): Known) -> Response {
    Json(commands.stage.played()).into_response()
}

async fn limits(State(commands): Known) -> Response {
    Json(commands.limits_seen()).into_response()
}

async fn answer(State(commands): Known, Path(extension): Path<String>) -> Json<Value> {
    Json(json!({ "answered": commands.stage.exchange.answer(&extension) }))
}

async fn hang_up(State(commands): Known, Path(extension): Path<String>) -> Json<Value> {
    Json(json!({ "hung_up": commands.stage.exchange.put_down(&extension) }))
}

async fn unhold(State(commands): Known, Path(extension): Path<String>) -> Json<Value> {
    Json(json!({ "unheld": commands.stage.exchange.unhold(&extension) }))
}

/// A colleague's status in the contact centre changes (manual 4.4.2.1).
async fn status(State(commands): Known, Path((extension, status)): Path<(String, i64)>) -> Json<Value> {
    let stage = &commands.stage;
    let Some(operator) = stage.cast.place(&extension) else {
        return Json(json!({ "posted": false }));
    };
    let mut body = status_body(stage.cast.user_id(operator), status, Timestamp::now().as_second());
    if stage.cast.style.strings {
        crate::compose::as_texts(&mut body);
    }
    stage.tell_post(Post { path: "events/user/status_changed".to_owned(), json: body.to_string() }).await;
    Json(json!({ "posted": true }))
}

async fn silent(State(commands): Known, Path(state): Path<String>) -> Response {
    let silent = match state.as_str() {
        "on" => true,
        "off" => false,
        _ => return StatusCode::NOT_FOUND.into_response(),
    };
    commands.stage.poster.silence(silent);
    Json(json!({ "silent": silent })).into_response()
}

async fn salt(State(commands): Known, Path(salt): Path<String>) -> Json<Value> {
    commands.stage.poster.change_salt(salt.into());
    Json(json!({ "salt": "changed" }))
}

async fn answers(State(commands): Known, Path(name): Path<String>) -> Response {
    let Some(answers) = Answers::from_name(&name) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    commands.answer_like(answers);
    Json(json!({ "answers": name })).into_response()
}

#[derive(Deserialize)]
struct Wanted {
    /// How many calls; 1 when absent.
    count: Option<u64>,
    /// Who calls: digits, or `hidden`; the usual caller when absent, anybody for a mixture.
    number: Option<String>,
    /// Whose phone it is about, when not the usual one's: that of a colleague.
    extension: Option<String>,
    /// Without pauses, as if it had taken its time and ended now.
    instantly: Option<u8>,
    /// With `instantly`: the calls ended one after another during this many seconds up to now.
    spread: Option<u64>,
}

/// With `instantly` the answer comes when all are told, and names them; else at once.
async fn play(State(commands): Known, Path(name): Path<String>, Query(wanted): Query<Wanted>) -> Response {
    let Some(scenario) = Scenario::from_name(&name) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let instantly = wanted.instantly.is_some_and(|instantly| instantly != 0);
    let count = wanted.count.unwrap_or(1);
    if count > MOST || (instantly && scenario.waits()) {
        return StatusCode::BAD_REQUEST.into_response();
    }
    let caller = wanted.number.map(|number| if number == "hidden" { String::new() } else { number });
    let stage = Arc::clone(&commands.stage);
    let cast = match &wanted.extension {
        None => Arc::clone(&stage.cast),
        Some(extension) if stage.cast.employs(extension) => Arc::new(stage.cast.led_by(extension)),
        Some(_) => return StatusCode::NOT_FOUND.into_response(),
    };
    if !instantly {
        let playing = Arc::clone(&stage);
        stage.tasks.spawn(async move {
            for _ in 0..count {
                let pace = Pace { speed: playing.speed, ended_ago: Duration::ZERO };
                let caller = caller_of(&playing, scenario, caller.as_deref());
                playing.play(scenario, &caller, &cast, pace).await;
            }
        });
        return Json(json!({ "playing": count })).into_response();
    }
    let mut played: Vec<Played> = Vec::new();
    let spread = Duration::from_secs(wanted.spread.unwrap_or(0));
    for turn in 1..=count {
        let ended_ago = spread.mul_f64((count - turn) as f64 / count as f64);
        let pace = Pace { speed: Speed::NO_PAUSES, ended_ago };
        let caller = caller_of(&stage, scenario, caller.as_deref());
        played.push(stage.play(scenario, &caller, &cast, pace).await);
    }
    Json(json!({ "played": played })).into_response()
}

fn caller_of(stage: &Stage, scenario: Scenario, caller: Option<&str>) -> String {
    match caller {
        Some(caller) => caller.to_owned(),
        None if scenario == Scenario::Mixed => stage.with_random(crate::cast::random_caller),
        None => crate::cast::CALLER.to_owned(),
    }
}
