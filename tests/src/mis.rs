//! A medical information system that behaves as it is told: a small FHIR server of ours with one patient and her son,
//! quick, late, frozen or out of order. Real servers are in the directory's own tests.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

/// How it behaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mood {
    /// It answers at once.
    Healthy,
    /// It answers after this time.
    After(Duration),
    /// It takes the question and says nothing.
    Frozen,
    /// It answers every question with this status.
    Status(u16),
    /// A page of a web site instead of data.
    Html,
    /// It ignores the number and returns everybody.
    Everybody,
}

/// A running one.
pub struct Mis {
    address: SocketAddr,
    shared: Arc<Shared>,
    task: tokio::task::JoinHandle<()>,
}

struct Shared {
    mood: Mutex<Mood>,
    asked: Mutex<Vec<String>>,
    keys: Mutex<Vec<String>>,
}

impl Mis {
    /// Listens on any free port, in good health.
    pub async fn start() -> Mis {
        Mis::at(SocketAddr::from(([127, 0, 0, 1], 0))).await
    }

    /// Listens on this address.
    pub async fn at(address: SocketAddr) -> Mis {
        let listener =
            tokio::net::TcpListener::bind(address).await.unwrap_or_else(|error| panic!("{address}: {error}"));
        let address = listener.local_addr().unwrap_or(address);
        let shared =
            Arc::new(Shared { mood: Mutex::new(Mood::Healthy), asked: Mutex::default(), keys: Mutex::default() });
        let router = Router::new().fallback(answer).with_state(shared.clone());
        let task = tokio::spawn(async move {
            let _ = axum::serve(listener, router).await;
        });
        Mis { address, shared, task }
    }

    /// The address of its API, as the settings want it.
    pub fn base(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Changes how it behaves, for questions that come from now on.
    pub fn set(&self, mood: Mood) {
        *self.shared.mood.lock().unwrap_or_else(PoisonError::into_inner) = mood;
    }

    /// Whether a question came with this `Authorization`.
    pub fn was_shown(&self, key: &str) -> bool {
        self.shared.keys.lock().unwrap_or_else(PoisonError::into_inner).iter().any(|seen| seen == key)
    }

    /// The paths and queries of all questions about a patient's phone so far.
    pub fn asked(&self) -> Vec<String> {
        let asked = self.shared.asked.lock().unwrap_or_else(PoisonError::into_inner);
        asked.iter().filter(|path| path.starts_with("/Patient?") && path.contains("phone=")).cloned().collect()
    }
}

impl Drop for Mis {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn answer(State(shared): State<Arc<Shared>>, request: Request) -> Response {
    let path = request.uri().to_string();
    shared.asked.lock().unwrap_or_else(PoisonError::into_inner).push(path.clone());
    if let Some(key) = request.headers().get(header::AUTHORIZATION).and_then(|key| key.to_str().ok()) {
        shared.keys.lock().unwrap_or_else(PoisonError::into_inner).push(key.to_owned());
    }
    let mood = *shared.mood.lock().unwrap_or_else(PoisonError::into_inner);
    match mood {
        Mood::Healthy | Mood::Everybody => {}
        Mood::After(time) => tokio::time::sleep(time).await,
        Mood::Frozen => std::future::pending().await,
        Mood::Status(code) => return StatusCode::from_u16(code).unwrap_or_default().into_response(),
        Mood::Html => return axum::response::Html("<html><body>Вход в МИС</body></html>").into_response(),
    }
    let everybody = mood == Mood::Everybody;
    let body = match path.split('?').next() {
        Some("/metadata") => capabilities(),
        Some("/Patient") if everybody || path.contains("79005550101") => bundle(&path, &[maria(), ivan()], everybody),
        _ => bundle(&path, &[], everybody),
    };
    ([(header::CONTENT_TYPE, "application/fhir+json")], body.to_string()).into_response()
}

fn bundle(path: &str, resources: &[Value], filter_ignored: bool) -> Value {
    let entries: Vec<Value> = resources.iter().map(|resource| json!({ "resource": resource })).collect();
    let path = if filter_ignored { path.split('?').next().unwrap_or_default() } else { path };
    json!({
        "resourceType": "Bundle",
        "type": "searchset",
        "link": [{ "relation": "self", "url": format!("http://mis.test{path}") }],
        "entry": entries,
    })
}

fn maria() -> Value {
    json!({
        "resourceType": "Patient", "id": "maria",
        "name": [{ "use": "official", "family": "Иванова", "given": ["Мария", "Петровна"] }],
        "gender": "female", "birthDate": "1991-01-01",
        "telecom": [{ "system": "phone", "value": "8 (900) 555-01-01 доб. 2" }],
    })
}

fn ivan() -> Value {
    json!({
        "resourceType": "Patient", "id": "ivan",
        "name": [{ "family": "Иванов", "given": ["Иван"] }],
        "gender": "male", "birthDate": "2018-05-03",
        "telecom": [{ "system": "phone", "value": "+7 900 555 01 01" }],
    })
}

fn capabilities() -> Value {
    json!({
        "resourceType": "CapabilityStatement", "fhirVersion": "4.0.1",
        "rest": [{ "mode": "server", "resource": [{
            "type": "Patient", "searchParam": [{ "name": "phone", "type": "token" }, { "name": "name", "type": "string" }],
        }] }],
    })
}
