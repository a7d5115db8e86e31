//! The kind `http` against servers that answer as the ready-made descriptions' systems do, and badly.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::http::{Response, StatusCode};
use directory::http::{HttpDirectory, Section, presets};
use directory::{Directory, DirectoryError, HealthState, Surroundings};
use phone::Region;
use secrecy::SecretString;
use serde_json::{Value, json};

use crate::contract::{moscow, now};

#[path = "http_answers.rs"]
mod answers;
#[path = "http_settings.rs"]
mod settings;
#[path = "http_systems.rs"]
mod systems;
#[path = "http_trial.rs"]
mod trial;

/// The secret of every test; it must turn up nowhere but in requests.
const SECRET: &str = "s3cret/key+1";

/// One request as the server got it.
#[derive(Debug, Clone)]
struct Asked {
    method: String,
    /// Path and query.
    target: String,
    authorization: String,
    body: String,
}

/// A server that answers by a function, and keeps what it was asked.
struct Mis {
    base: String,
    asked: Arc<Mutex<Vec<Asked>>>,
}

impl Mis {
    async fn answering(answer: impl Fn(&Asked) -> Response<Body> + Clone + Send + Sync + 'static) -> Mis {
        let asked = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&asked);
        let app = Router::new().fallback(move |request: Request| {
            let (answer, kept) = (answer.clone(), Arc::clone(&kept));
            async move {
                let (head, body) = request.into_parts();
                let header = head.headers.get("authorization").and_then(|value| value.to_str().ok());
                let one = Asked {
                    method: head.method.to_string(),
                    target: head.uri.to_string(),
                    authorization: header.unwrap_or_default().to_owned(),
                    body: String::from_utf8(to_bytes(body, 1 << 20).await.unwrap().to_vec()).unwrap(),
                };
                let response = answer(&one);
                kept.lock().unwrap().push(one);
                response
            }
        });
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, app).await });
        Mis { base, asked }
    }

    /// The same JSON to everybody.
    async fn saying(body: Value) -> Mis {
        Mis::answering(move |_| reply(200, body.clone())).await
    }

    /// One answer after the other; then 500.
    async fn saying_each(bodies: Vec<(u16, Value)>) -> Mis {
        let bodies = Arc::new(Mutex::new(VecDeque::from(bodies)));
        Mis::answering(move |_| {
            let (status, body) = bodies.lock().unwrap().pop_front().unwrap_or((500, Value::Null));
            reply(status, body)
        })
        .await
    }

    fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }

    /// The settings' text opened on this server; `BASE` stands for its address.
    fn open(&self, toml: &str) -> HttpDirectory {
        open(&toml.replace("BASE", &self.base))
    }
}

fn reply(status: u16, body: Value) -> Response<Body> {
    text(status, body.to_string())
}

fn text(status: u16, body: impl Into<Body>) -> Response<Body> {
    Response::builder().status(StatusCode::from_u16(status).unwrap()).body(body.into()).unwrap()
}

fn surroundings() -> Surroundings {
    Surroundings {
        region: Region::new("RU", Some("495")).unwrap(),
        time_zone: moscow(),
        open_url: Some("https://mis.example/card/{id}".to_owned()),
        timeout: Duration::from_secs(3),
        token: Some(SecretString::from(SECRET.to_owned())),
        certificate: None,
        folder: std::env::temp_dir(),
        keep: None,
    }
}

fn open(toml: &str) -> HttpDirectory {
    HttpDirectory::new(&section(toml), surroundings()).unwrap()
}

fn section(toml: &str) -> Section {
    toml::from_str(toml).unwrap()
}

/// A plain API; tests lay more over it.
const PLAIN: &str = "
base = 'BASE/api'
auth = 'bearer'
look_up.path = 'patients'
look_up.query.phone = '{{ phone }}'
look_up.list = '$.data'
person.id = '$.id'
person.full_name = '$.name'
person.phones = '$.phones'
person.born = '$.born'
";

fn row(id: u32, phone: &str) -> Value {
    json!({"id": id, "name": format!("ВЫМЫСЛОВА Мария {id}"), "phones": phone})
}
