//! What the PBX calls: the answers of contract §3, decided in one place. The sockets are [`crate::accept`]'s.

mod sender;

use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::header::{CONTENT_TYPE, HeaderMap, HeaderValue};
use hyper::{Method, Request, Response, StatusCode};
use ipnet::IpNet;
use jiff::Timestamp;
use mango_vpbx::{Account, FormError, ParseError, Post, SignedForm};
use serde_json::json;
use tokio::sync::{mpsc, oneshot};
use tokio::time::Instant;

use crate::accept::{BodyError, read_body};
use crate::happening::Happening;
use crate::log::{MAIN, WriteFailed};
use crate::seldom::Seldom;
use crate::view;
use crate::vitals::{Knock, Vitals};
use crate::ways::Arrived;

/// The largest body of a post.
const LARGEST_BODY: usize = 256 * 1024;
/// The largest body of an address-book post: whole lists of contacts.
const LARGEST_ADDRESS_BOOK: usize = 1024 * 1024;
/// The longest path of a post that is told apart, in characters.
const LONGEST_KIND: usize = 80;
/// How long a body may take.
const BODY_WITHIN: Duration = Duration::from_secs(10);
/// How long a post waits for a place in the desk's queue before it is answered 503.
const QUEUE_WITHIN: Duration = Duration::from_secs(5);
/// How long a post waits for the disk before it is answered 503.
const DISK_WITHIN: Duration = Duration::from_secs(20);

/// What the listener needs to answer.
#[derive(Debug)]
pub struct Listener {
    /// `/mangotelecom`, or empty.
    pub path: String,
    /// Who may post; empty: any with a valid signature.
    pub allow: Vec<IpNet>,
    /// Reverse proxies whose word about the sender is believed; empty: nobody's.
    pub behind_proxy: Vec<IpNet>,
    /// The accounts whose posts are taken, by name.
    pub accounts: Vec<(&'static str, Account)>,
    /// Where verified posts go.
    pub desk: mpsc::Sender<Happening>,
    /// Counters.
    pub vitals: Arc<Vitals>,
    /// Posts with a foreign account code: logged seldom, whoever sends how many.
    pub foreign: Mutex<Seldom>,
    /// Posts with a wrong signature.
    pub forged: Mutex<Seldom>,
}

/// The answer to a request, before it is a response.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Answer {
    Done,
    Forbidden,
    Malformed,
    TooLarge,
    TooSlow,
    NotKept,
    Nothing,
}

impl Answer {
    fn status(self) -> StatusCode {
        match self {
            Answer::Done => StatusCode::OK,
            Answer::Forbidden => StatusCode::FORBIDDEN,
            Answer::Malformed => StatusCode::BAD_REQUEST,
            Answer::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Answer::TooSlow => StatusCode::REQUEST_TIMEOUT,
            Answer::NotKept => StatusCode::SERVICE_UNAVAILABLE,
            Answer::Nothing => StatusCode::NOT_FOUND,
        }
    }
}

/// What a path under the listener's prefix asks for.
#[derive(Debug, PartialEq, Eq)]
enum Target {
    Ping,
    Post(String),
}

impl Listener {
    /// Answers a request. Never fails: whatever comes gets an answer of the contract.
    pub async fn answer(self: Arc<Self>, request: Request<Incoming>, from: SocketAddr) -> Response<Full<Bytes>> {
        let from = from.ip().to_canonical();
        let path = request.uri().path().to_owned();
        if path == "/healthz" {
            return self.health(&request, from);
        }
        let from = sender::sender(from, request.headers(), &self.behind_proxy);
        let answer = self.decide(request, from, &path).await;
        if answer != Answer::Done {
            self.vitals.refuse();
            tracing::debug!(%from, status = answer.status().as_u16(), "a post was refused");
        }
        self.vitals.knock(Knock {
            at: Timestamp::now(),
            from,
            path: path.chars().take(200).collect(),
            answer: answer.status().as_u16(),
        });
        respond(answer)
    }

    async fn decide(&self, request: Request<Incoming>, from: IpAddr, path: &str) -> Answer {
        if !self.allow.is_empty() && !self.allow.iter().any(|network| network.contains(&from)) {
            return Answer::Forbidden;
        }
        let Some(target) = target(&self.path, path) else { return Answer::Nothing };
        match (request.method(), &target) {
            (&Method::GET | &Method::HEAD, Target::Ping) => return Answer::Done,
            (&Method::POST, _) => {}
            _ => return Answer::Nothing,
        }
        let is_form = is_form(request.headers());
        let limit = match &target {
            Target::Post(path) if path.starts_with("events/ab/") => LARGEST_ADDRESS_BOOK,
            Target::Post(_) | Target::Ping => LARGEST_BODY,
        };
        let body = match read_body(request.into_body(), limit, BODY_WITHIN).await {
            Ok(body) => body,
            Err(BodyError::TooLarge) => return Answer::TooLarge,
            Err(BodyError::TooSlow) => return Answer::TooSlow,
            Err(BodyError::Broken) => return Answer::Malformed,
        };
        match target {
            // "Проверить подключение" sends no json (reference 3.3); nothing is ever done for it.
            Target::Ping => Answer::Done,
            Target::Post(_) if !is_form => Answer::Malformed,
            Target::Post(path) => self.post(path, &body, from).await,
        }
    }

    async fn post(&self, path: String, body: &[u8], from: IpAddr) -> Answer {
        let (received_at, at) = (Timestamp::now(), std::time::Instant::now());
        let form = match SignedForm::parse(body) {
            Ok(form) => form,
            Err(FormError::NotAForm | FormError::NoJson) => return Answer::Malformed,
        };
        let Some((account, verifier)) = self.accounts.iter().find(|(_, account)| account.key() == form.key) else {
            self.vitals.meet_foreign();
            if let Some(unlogged) = seldom(&self.foreign) {
                tracing::warn!(%from, unlogged, "a post with a foreign account code was refused");
            }
            return Answer::Forbidden;
        };
        let Ok(json) = verifier.verify(form) else {
            if *account == MAIN {
                self.vitals.forge();
            }
            if let Some(unlogged) = seldom(&self.forged) {
                tracing::warn!(%from, unlogged, "a post with a wrong signature was refused");
            }
            return Answer::Forbidden;
        };
        let arrived = Arrived { at, verified: at.elapsed() };
        // A body that is not JSON is kept too: it was signed, so it came from the PBX.
        let (post, answer) = match mango_vpbx::parse(&path, &json) {
            Ok(post) => (post, Answer::Done),
            Err(ParseError::NotJson(_)) => (Post::Unknown, Answer::Malformed),
            Err(ParseError::NotAnObject) => (Post::Unknown, Answer::Done),
        };
        let known = post != Post::Unknown;
        let kind = kind_of(&path);
        if !known {
            tracing::info!(path = kind, "a post of a kind that this version does not know is kept as received");
        }
        let (kept, disk) = oneshot::channel();
        let happening = Happening::Post {
            account,
            path,
            body: json.into_string().into_bytes(),
            post: Box::new(post),
            received_at,
            arrived,
            kept,
        };
        match tokio::time::timeout(QUEUE_WITHIN, self.desk.send(happening)).await {
            Ok(Ok(())) => {}
            Ok(Err(_)) | Err(_) => return Answer::NotKept,
        }
        match tokio::time::timeout(DISK_WITHIN, disk).await {
            Ok(Ok(Ok(()))) => {
                self.vitals.accept(received_at, known);
                self.vitals.count(kind);
                answer
            }
            Ok(Ok(Err(WriteFailed(why)))) => {
                tracing::error!(why, "an event could not be kept and was not acknowledged");
                Answer::NotKept
            }
            Ok(Err(_)) | Err(_) => Answer::NotKept,
        }
    }

    fn health(&self, request: &Request<Incoming>, from: IpAddr) -> Response<Full<Bytes>> {
        let forwarded = request.headers().keys().any(|name| is_of_a_proxy(name.as_str()));
        if !from.is_loopback() || forwarded || !matches!(*request.method(), Method::GET | Method::HEAD) {
            return respond(Answer::Nothing);
        }
        let directory = self.vitals.directory();
        let body = json!({
            "status": if self.vitals.log_failing() { "log_failing" } else { "ok" },
            "uptime_s": Timestamp::now().duration_since(self.vitals.started_at).as_secs(),
            "accepted": self.vitals.accepted(),
            "refused": self.vitals.refused(),
            "unknown": self.vitals.unknown(),
            "kinds": self.vitals.kinds(),
            "last_event_at": self.vitals.last_event_at().map(view::time),
            "log_seq": self.vitals.log_sequence(),
            "directory": directory.map(|health| json!({"kind": health.kind, "state": health.state})),
            "version": env!("CARGO_PKG_VERSION"),
        });
        json_response(StatusCode::OK, body.to_string())
    }
}

/// The kind of a post: its path, with any number in it masked, for a path of tomorrow could hold a patient's.
fn kind_of(path: &str) -> String {
    let mut kind = String::new();
    for sign in path.chars().take(LONGEST_KIND) {
        match sign {
            '0'..='9' if kind.ends_with('#') => {}
            '0'..='9' => kind.push('#'),
            sign if sign.is_control() => kind.push('?'),
            sign => kind.push(sign),
        }
    }
    kind
}

fn seldom(trouble: &Mutex<Seldom>) -> Option<u64> {
    trouble.lock().unwrap_or_else(PoisonError::into_inner).now(Instant::now())
}

fn respond(answer: Answer) -> Response<Full<Bytes>> {
    let body = if answer == Answer::Done { "{}" } else { "" };
    json_response(answer.status(), body.to_owned())
}

fn json_response(status: StatusCode, body: String) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(Bytes::from(body)));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

/// What a request path asks for; `None`: nothing of ours. Double and trailing slashes are the PBX's way (reference 2).
fn target(prefix: &str, path: &str) -> Option<Target> {
    let prefix = mango_vpbx::normalise_path(prefix);
    let path = mango_vpbx::normalise_path(path);
    let rest = if prefix.is_empty() {
        path.as_str()
    } else {
        match path.strip_prefix(prefix.as_str())? {
            "" => "",
            rest => rest.strip_prefix('/')?,
        }
    };
    match rest {
        "" | "ping" => Some(Target::Ping),
        rest if rest.starts_with("events/") || rest.starts_with("result/") => Some(Target::Post(rest.to_owned())),
        _ => None,
    }
}

/// Headers that only something between us and the asker adds.
fn is_of_a_proxy(name: &str) -> bool {
    const OF_PROXIES: [&str; 6] =
        ["forwarded", "via", "x-real-ip", "x-client-ip", "cf-connecting-ip", "true-client-ip"];
    name.starts_with("x-forwarded") || OF_PROXIES.contains(&name)
}

/// A body without a content type is given the benefit of the doubt.
fn is_form(headers: &HeaderMap) -> bool {
    headers.get(CONTENT_TYPE).is_none_or(|value| {
        value.to_str().is_ok_and(|text| {
            text.split(';')
                .next()
                .is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/x-www-form-urlencoded"))
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kind_is_a_path_without_numbers() {
        for (path, kind) in [
            ("events/call", "events/call"),
            ("events/md/79005550101/closed", "events/md/#/closed"),
            ("events/a1b22", "events/a#b#"),
            ("events/x\ny", "events/x?y"),
        ] {
            assert_eq!(kind_of(path), kind);
        }
        assert_eq!(kind_of(&"ж".repeat(1000)).chars().count(), LONGEST_KIND);
    }

    #[test]
    fn paths_are_read_with_double_and_trailing_slashes() {
        let post = |path: &str| Some(Target::Post(path.to_owned()));
        for (path, wanted) in [
            ("/mangotelecom", Some(Target::Ping)),
            ("/mangotelecom/", Some(Target::Ping)),
            ("/mangotelecom/ping/", Some(Target::Ping)),
            ("/mangotelecom/events/call", post("events/call")),
            ("/mangotelecom//events/call/", post("events/call")),
            ("//mangotelecom/events//call", post("events/call")),
            ("/mangotelecom/result/callback", post("result/callback")),
            ("/mangotelecomevents/call", None),
            ("/events/call", None),
            ("/mangotelecom/other", None),
            ("/", None),
        ] {
            assert_eq!(target("/mangotelecom", path), wanted, "{path}");
        }
        assert_eq!(target("", "/events/call"), post("events/call"));
        assert_eq!(target("", "/"), Some(Target::Ping));
    }
}
