//! A double of MGERM's external API: every entry point, every code and every oddity of the reference, and the troubles of
//! a real server on demand. It knows nothing of our code; hand-typed phones and missing fields are its daily bread.

mod answers;
mod clinic;
mod people;

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE, LOCATION, RETRY_AFTER};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use futures_util::StreamExt;
use hyper_util::rt::TokioIo;
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;

pub use clinic::{Clinic, Doctor, Patient, Visit};
pub use people::invented;

/// What is the matter with the server.
#[derive(Debug, Clone, PartialEq)]
pub enum Trouble {
    /// Nothing.
    None,
    /// Nobody listens, open connections are cut.
    Down,
    /// It answers after a while.
    Slow(Duration),
    /// It accepts and never answers.
    Frozen,
    /// It answers everything so; with a `Retry-After` when one is given.
    Status(u16, Option<u32>),
    /// A page of a web server instead of data.
    Html,
    /// Half of the answer, then the connection ends.
    Truncated,
    /// Fifty megabytes.
    Huge,
    /// It sends on to another address.
    Redirect(String),
    /// It does what it is asked, and the connection ends before it says so: changes only, reading works.
    CutAfterChange,
    /// The day asked for is ignored: always today's schedule.
    IgnoresDate,
    /// Lists of rooms fail, those of doctors come.
    RoomsFail,
}

/// One request as it came.
#[derive(Debug, Clone)]
pub struct Asked {
    /// `GET` or `POST`.
    pub method: String,
    /// `getPatient.php`.
    pub entry: String,
    /// Query and form together.
    pub fields: HashMap<String, String>,
    /// The `Authorization` header.
    pub authorization: Option<String>,
}

/// A running double. It ends with its last clone's owner dropping it.
pub struct MgermDouble {
    address: SocketAddr,
    shared: Arc<Shared>,
    trouble: watch::Sender<Trouble>,
    serving: JoinHandle<()>,
}

struct Shared {
    clinic: Mutex<Clinic>,
    asked: Mutex<Vec<Asked>>,
    token: Option<String>,
    trouble: watch::Receiver<Trouble>,
}

impl MgermDouble {
    /// Listens on the address; `token` is what it wants as bearer, `None` for no check at all.
    pub async fn start(bind: SocketAddr, token: Option<&str>, clinic: Clinic) -> std::io::Result<MgermDouble> {
        let listener = TcpListener::bind(bind).await?;
        let address = listener.local_addr()?;
        let (trouble, seen) = watch::channel(Trouble::None);
        let shared = Arc::new(Shared {
            clinic: Mutex::new(clinic),
            asked: Mutex::default(),
            token: token.map(str::to_owned),
            trouble: seen,
        });
        let serving = tokio::spawn(serve(listener, address, Arc::clone(&shared)));
        Ok(MgermDouble { address, shared, trouble, serving })
    }

    /// The address for the settings.
    pub fn base(&self) -> String {
        format!("http://{}/_mgerm_external", self.address)
    }

    /// From now on this is the matter: when it returns, the port is closed or open accordingly.
    pub async fn set(&self, trouble: Trouble) {
        let is_open = trouble != Trouble::Down;
        self.trouble.send_replace(trouble);
        for _ in 0..500 {
            if TcpStream::connect(self.address).await.is_ok() == is_open {
                return;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("{} does not {}", self.address, if is_open { "open" } else { "close" });
    }

    /// What is in the clinic's books; changes count from the next request on.
    pub fn clinic(&self) -> MutexGuard<'_, Clinic> {
        self.shared.clinic()
    }

    /// Every request so far.
    pub fn asked(&self) -> Vec<Asked> {
        self.shared.asked().clone()
    }

    /// How many requests of an entry point so far.
    pub fn count(&self, entry: &str) -> usize {
        self.shared.asked().iter().filter(|asked| asked.entry == entry).count()
    }
}

impl Drop for MgermDouble {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

impl Shared {
    fn clinic(&self) -> MutexGuard<'_, Clinic> {
        self.clinic.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn asked(&self) -> MutexGuard<'_, Vec<Asked>> {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Accepts while it is not down; then the port is free, as after a crash.
async fn serve(listener: TcpListener, address: SocketAddr, shared: Arc<Shared>) {
    let router = Router::new().fallback(answer).with_state(Arc::clone(&shared));
    let mut trouble = shared.trouble.clone();
    let mut listener = Some(listener);
    loop {
        let is_down = *trouble.borrow_and_update() == Trouble::Down;
        if is_down {
            listener = None;
            if trouble.changed().await.is_err() {
                return;
            }
            continue;
        }
        if listener.is_none() {
            listener = TcpListener::bind(address).await.ok();
        }
        let Some(open) = &listener else {
            tokio::time::sleep(Duration::from_millis(20)).await;
            continue;
        };
        tokio::select! {
            changed = trouble.changed() => if changed.is_err() { return },
            accepted = open.accept() => {
                let Ok((stream, _)) = accepted else { continue };
                let service = TowerToHyperService::new(router.clone());
                let mut trouble = shared.trouble.clone();
                tokio::spawn(async move {
                    let connection = hyper::server::conn::http1::Builder::new()
                        .serve_connection(TokioIo::new(stream), service);
                    tokio::select! {
                        _ = connection => {}
                        _ = trouble.wait_for(|trouble| *trouble == Trouble::Down) => {}
                    }
                });
            }
        }
    }
}

async fn answer(State(shared): State<Arc<Shared>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let body = axum::body::to_bytes(body, 1 << 20).await.unwrap_or_default();
    let asked = asked(&parts.method, parts.uri.path(), parts.uri.query(), &parts.headers, &body);
    shared.asked().push(asked.clone());
    let trouble = shared.trouble.borrow().clone();
    let early = match &trouble {
        Trouble::Slow(wait) => {
            tokio::time::sleep(*wait).await;
            None
        }
        Trouble::Frozen => std::future::pending().await,
        Trouble::Status(status, wait) => Some(refused(*status, *wait)),
        Trouble::Html => Some(html()),
        Trouble::Huge => Some(huge()),
        Trouble::Redirect(to) => Some((StatusCode::FOUND, [(LOCATION, to.clone())]).into_response()),
        Trouble::RoomsFail if asked.fields.get("obj").is_some_and(|obj| obj == "2") => Some(refused(500, None)),
        Trouble::None
        | Trouble::Down
        | Trouble::Truncated
        | Trouble::CutAfterChange
        | Trouble::IgnoresDate
        | Trouble::RoomsFail => None,
    };
    if let Some(early) = early {
        return early;
    }
    let wanted = shared.token.as_ref().map(|token| format!("Bearer {token}"));
    if wanted.is_some() && wanted != asked.authorization {
        return refused(401, None);
    }
    let (status, json) = {
        let mut clinic = shared.clinic();
        answers::answer(&mut clinic, &asked, trouble == Trouble::IgnoresDate)
    };
    if trouble == Trouble::Truncated || (trouble == Trouble::CutAfterChange && asked.method == "POST") {
        return truncated(&json);
    }
    (status, [(CONTENT_TYPE, "application/json; charset=utf-8")], json).into_response()
}

fn asked(method: &axum::http::Method, path: &str, query: Option<&str>, headers: &HeaderMap, body: &Bytes) -> Asked {
    let entry = path.strip_prefix("/_mgerm_external/").unwrap_or_default().to_owned();
    let pairs = form_urlencoded::parse(query.unwrap_or_default().as_bytes());
    let fields = pairs.into_owned().chain(form_urlencoded::parse(body).into_owned()).collect();
    let authorization = headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok()).map(str::to_owned);
    Asked { method: method.to_string(), entry, fields, authorization }
}

fn refused(status: u16, wait: Option<u32>) -> Response {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    match wait {
        Some(wait) => (status, [(RETRY_AFTER, wait.to_string())], "").into_response(),
        None => (status, "").into_response(),
    }
}

fn html() -> Response {
    let page = "<!DOCTYPE html><html><body><h1>MGERM</h1><form>Вход</form></body></html>";
    (StatusCode::OK, [(CONTENT_TYPE, "text/html; charset=utf-8")], page).into_response()
}

fn huge() -> Response {
    let piece = Bytes::from(vec![b' '; 1 << 20]);
    let pieces = (0..50).map(move |_| Ok::<_, std::io::Error>(piece.clone()));
    Body::from_stream(futures_util::stream::iter(pieces)).into_response()
}

fn truncated(json: &str) -> Response {
    let half = Bytes::from(json.as_bytes().get(..json.len() / 2).unwrap_or_default().to_vec());
    let end = async {
        // Not at once: the half is to be on its way before the connection ends.
        tokio::time::sleep(Duration::from_millis(30)).await;
        Err(std::io::Error::other("the connection ends here"))
    };
    let half = futures_util::stream::iter([Ok(half)]);
    Body::from_stream(half.chain(futures_util::stream::once(end))).into_response()
}
