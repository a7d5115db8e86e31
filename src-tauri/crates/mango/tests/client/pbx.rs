//! A PBX of a few lines: it checks the signature and answers what it is told.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::header::LOCATION;
use axum::http::{StatusCode, Uri};
use axum::response::{IntoResponse, Redirect, Response};
use mango_vpbx::client::{Client, Timing};
use mango_vpbx::{Account, SignedForm};
use tokio::net::TcpListener;

use crate::quick;

/// What the PBX is told to answer next.
pub(crate) enum Answer {
    Json(u16, &'static str),
    Text(u16, String),
    /// A status with a `Location`.
    To(u16, &'static str),
    /// Answers so late that nobody waits.
    Late,
    Redirect,
    /// Answers when told to.
    Held(tokio::sync::oneshot::Receiver<()>),
}

#[derive(Default)]
struct Heard {
    at: Vec<(Instant, String, String)>,
    answers: VecDeque<Answer>,
    under_way: u32,
    most_under_way: u32,
}

#[derive(Clone)]
pub(crate) struct Pbx {
    pub(crate) base: String,
    heard: Arc<Mutex<Heard>>,
}

pub(crate) const OK: Answer = Answer::Json(200, r#"{"result":1000}"#);

pub(crate) fn account() -> Account {
    Account::new("clinicDemoKey0000000000000000001", "clinicDemoSalt000000000000000001".into())
}

impl Pbx {
    pub(crate) async fn start(answers: impl IntoIterator<Item = Answer>) -> Pbx {
        let heard = Heard { answers: answers.into_iter().collect(), ..Heard::default() };
        let heard = Arc::new(Mutex::new(heard));
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let base = format!("http://{}/vpbx/", listener.local_addr().expect("an address"));
        let app = Router::new().fallback(answer).with_state(Arc::clone(&heard));
        tokio::spawn(async move { axum::serve(listener, app).await });
        Pbx { base, heard }
    }

    pub(crate) fn client(&self) -> Client {
        self.client_with(Timing { lock_out: Duration::from_millis(600), ..quick() })
    }

    pub(crate) fn client_with(&self, timing: Timing) -> Client {
        Client::with_timing(&self.base, account(), timing).expect("a client")
    }

    pub(crate) fn heard(&self) -> Vec<(Instant, String, String)> {
        self.heard.lock().expect("no panic").at.clone()
    }

    /// The most requests that were ever under way at once.
    pub(crate) fn most_under_way(&self) -> u32 {
        self.heard.lock().expect("no panic").most_under_way
    }

    /// Waits until so many requests have arrived.
    pub(crate) async fn hears(&self, requests: usize) {
        let deadline = Instant::now() + Duration::from_secs(10);
        while self.heard().len() < requests {
            assert!(Instant::now() < deadline, "heard {} of {requests}", self.heard().len());
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
}

async fn answer(State(heard): State<Arc<Mutex<Heard>>>, uri: Uri, body: Bytes) -> Response {
    let form = SignedForm::parse(&body).expect("a signed form");
    let json = account().verify(form).expect("our signature").into_string();
    let answer = {
        let mut heard = heard.lock().expect("no panic");
        heard.at.push((Instant::now(), uri.path().to_owned(), json));
        heard.under_way += 1;
        heard.most_under_way = heard.most_under_way.max(heard.under_way);
        heard.answers.pop_front().unwrap_or(OK)
    };
    let response = match answer {
        Answer::Json(status, body) => (StatusCode::from_u16(status).expect("a status"), body).into_response(),
        Answer::Text(status, body) => (StatusCode::from_u16(status).expect("a status"), body).into_response(),
        Answer::To(status, location) => {
            (StatusCode::from_u16(status).expect("a status"), [(LOCATION, location)]).into_response()
        }
        Answer::Late => {
            tokio::time::sleep(Duration::from_secs(60)).await;
            StatusCode::OK.into_response()
        }
        Answer::Redirect => Redirect::temporary("/vpbx/elsewhere").into_response(),
        Answer::Held(release) => {
            let _ = release.await;
            (StatusCode::OK, r#"{"result":1000}"#).into_response()
        }
    };
    heard.lock().expect("no panic").under_way -= 1;
    response
}
