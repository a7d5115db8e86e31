//! The receiver that is posted to, and the program that posts.

use std::net::SocketAddr;
use std::process::Stdio;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::routing::post;
use mango_vpbx::{Account, SignedForm};
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};

const KEY: &str = "rehearsalKey";
pub(crate) const SALT: &str = "rehearsalSalt";
const PATIENCE: Duration = Duration::from_secs(20);

pub(crate) fn account() -> Account {
    Account::new(KEY, SALT.to_owned().into())
}

/// Verifies and keeps what is posted.
#[derive(Clone, Default)]
pub(crate) struct Receiver {
    posts: Arc<Mutex<Vec<(String, Value)>>>,
}

impl Receiver {
    pub(crate) async fn start() -> (Receiver, SocketAddr) {
        let receiver = Receiver::default();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let addr = listener.local_addr().unwrap();
        let routes = Router::new().route("/mango/{*path}", post(Receiver::receive)).with_state(receiver.clone());
        tokio::spawn(async move { axum::serve(listener, routes).await });
        (receiver, addr)
    }

    #[expect(clippy::unused_async, reason = "axum wants it")]
    async fn receive(State(receiver): State<Receiver>, Path(path): Path<String>, body: Bytes) {
        // What is signed with another salt is not for this receiver.
        let Ok(json) = account().verify(SignedForm::parse(&body).unwrap()) else { return };
        receiver.posts.lock().unwrap().push((path, serde_json::from_str(json.as_str()).unwrap()));
    }

    pub(crate) fn posts(&self) -> Vec<(String, Value)> {
        self.posts.lock().unwrap().clone()
    }

    /// Waits for posts of which this holds.
    pub(crate) async fn eventually(&self, what: &str, holds: impl Fn(&[(String, Value)]) -> bool) {
        let started = Instant::now();
        while !holds(&self.posts()) {
            assert!(started.elapsed() < PATIENCE, "{what}: {:#?}", self.posts());
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
}

pub(crate) struct Program {
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
    pub(crate) commands: String,
}

impl Program {
    pub(crate) async fn start(target: SocketAddr, more: &[&str]) -> Program {
        let mut child = Command::new(env!("CARGO_BIN_EXE_callpop-pbx"))
            .args(["--target", &format!("http://{target}/mango"), "--api-key", KEY, "--salt", SALT])
            .args(["--commands", "127.0.0.1:0"])
            .args(more)
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let ready: Value = serde_json::from_str(&lines.next_line().await.unwrap().unwrap()).unwrap();
        assert_eq!(ready["ready"], true);
        let commands = ready["commands"].as_str().unwrap().to_owned();
        Program { child, lines, commands }
    }

    /// Waits for the end; the counts and the exit code.
    pub(crate) async fn end(mut self) -> (Value, i32) {
        let counts = tokio::time::timeout(PATIENCE * 3, self.lines.next_line()).await.unwrap().unwrap().unwrap();
        let code = self.child.wait().await.unwrap().code().unwrap();
        (serde_json::from_str(&counts).unwrap(), code)
    }

    pub(crate) async fn terminate(self) -> (Value, i32) {
        let id = self.child.id().unwrap().to_string();
        assert!(Command::new("kill").args(["-TERM", &id]).status().await.unwrap().success());
        self.end().await
    }

    pub(crate) async fn command(&self, path: &str, json: &Value) -> (u16, Value) {
        self.ask(path, account().form_body(&json.to_string())).await.unwrap()
    }

    pub(crate) async fn ask(&self, path: &str, body: String) -> Result<(u16, Value), reqwest::Error> {
        let reply = reqwest::Client::new()
            .post(format!("{}{path}", self.commands))
            .header("content-type", "application/x-www-form-urlencoded")
            .body(body)
            .send()
            .await?;
        Ok((reply.status().as_u16(), serde_json::from_slice(&reply.bytes().await?).unwrap()))
    }

    /// The answer as it is, redirects not followed.
    pub(crate) async fn text(&self, path: &str, json: &Value) -> (u16, String) {
        let reply = self.post(path, json).await;
        (reply.status().as_u16(), reply.text().await.unwrap())
    }

    /// Asks for a recording: the status, and where it can be had.
    pub(crate) async fn recording(&self, id: &str) -> (u16, Option<String>) {
        let reply = self.post("queries/recording/post", &json!({ "recording_id": id, "action": "play" })).await;
        let location = reply.headers().get("location").map(|location| location.to_str().unwrap().to_owned());
        (reply.status().as_u16(), location)
    }

    async fn post(&self, path: &str, json: &Value) -> reqwest::Response {
        let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
        client
            .post(format!("{}{path}", self.commands))
            .header("content-type", "application/x-www-form-urlencoded")
            .body(account().form_body(&json.to_string()))
            .send()
            .await
            .unwrap()
    }

    /// Directs the rehearsal: POST `/rehearsal/…`.
    pub(crate) async fn direct(&self, what: &str) -> Value {
        let url = self.commands.replace("/vpbx/", &format!("/rehearsal/{what}"));
        let reply = reqwest::Client::new().post(url).send().await.unwrap();
        assert!(reply.status().is_success(), "{what}: {}", reply.status());
        serde_json::from_slice(&reply.bytes().await.unwrap()).unwrap()
    }

    pub(crate) async fn watch(&self, what: &str) -> Value {
        let url = self.commands.replace("/vpbx/", &format!("/rehearsal/{what}"));
        serde_json::from_slice(&reqwest::get(url).await.unwrap().bytes().await.unwrap()).unwrap()
    }
}

pub(crate) fn callback(to: &str) -> Value {
    json!({ "command_id": "pop-1", "from": { "extension": "202" }, "to_number": to })
}

pub(crate) fn of_state<'a>(posts: &'a [(String, Value)], state: &'a str) -> impl Iterator<Item = &'a Value> {
    posts.iter().filter(move |(_, json)| json["call_state"] == state).map(|(_, json)| json)
}

pub(crate) fn has(posts: &[(String, Value)], path: &str) -> bool {
    posts.iter().any(|(known, _)| known == path)
}
