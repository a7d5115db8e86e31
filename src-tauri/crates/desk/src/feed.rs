//! The feed: a websocket for this machine's user interfaces, and the same frames without a socket.

mod fetching;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::extract::ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{any, get};
use axum::serve::ListenerExt as _;
use subtle::ConstantTimeEq as _;
use tokio::net::TcpListener;
use tokio::sync::{Semaphore, mpsc, oneshot};
use tokio::time::{Instant, timeout};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::exports::Exports;
use crate::happening::Happening;
use crate::hub::{Frame, QUEUED_FRAMES, SessionId};
use crate::offered::Offered;
use crate::sounds::Sounds;

/// How long a client may take to say hello.
const HELLO_WITHIN: Duration = Duration::from_secs(5);
/// How often a client is pinged.
const PING_EVERY: Duration = Duration::from_secs(5);
/// How long a ping may stay without an answer.
const PONG_WITHIN: Duration = Duration::from_secs(10);
/// How long a client may take to accept a frame before it counts as gone.
const SEND_WITHIN: Duration = Duration::from_secs(10);
/// How long a farewell may take.
const FAREWELL: Duration = Duration::from_secs(1);
/// How long a farewell waits behind the frames that a slow client has not read yet.
const SLOW_FAREWELL: Duration = Duration::from_secs(30);
/// Clients at once.
const CLIENTS: usize = 512;
/// The largest frame of a client.
const LARGEST_FRAME: usize = 64 * 1024;

/// No or a wrong token.
const CLOSE_TOKEN: u16 = 4401;
/// Too slow, or silent.
const CLOSE_SLOW: u16 = 4408;
/// The desk ends.
const CLOSE_ENDS: u16 = 1001;

/// What the feed's sessions share.
#[derive(Debug, Clone)]
pub struct Feed {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    token: String,
    address: SocketAddr,
    origins: Vec<String>,
    desk: mpsc::Sender<Happening>,
    sounds: Arc<Sounds>,
    files: Arc<Offered>,
    exports: Arc<Exports>,
    clients: Semaphore,
    tasks: TaskTracker,
    stop: CancellationToken,
}

impl Feed {
    /// A feed at a bound address.
    #[must_use]
    pub fn new(
        token: String,
        address: SocketAddr,
        origins: Vec<String>,
        desk: mpsc::Sender<Happening>,
        (sounds, files, exports): (Arc<Sounds>, Arc<Offered>, Arc<Exports>),
        stop: CancellationToken,
    ) -> Feed {
        let (clients, tasks) = (Semaphore::new(CLIENTS), TaskTracker::new());
        Feed { inner: Arc::new(Inner { token, address, origins, desk, sounds, files, exports, clients, tasks, stop }) }
    }

    /// What a hello must carry.
    #[must_use]
    pub fn token(&self) -> &str {
        &self.inner.token
    }

    /// Where clients connect.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.inner.address
    }

    /// Serves websockets until the desk stops.
    pub async fn serve(self, listener: TcpListener) {
        let stop = self.inner.stop.clone();
        let tasks = self.inner.tasks.clone();
        let router = Router::new()
            .route("/feed", any(upgrade))
            .route("/recording/{ticket}", get(fetching::sound))
            .route("/file/{ticket}", get(fetching::file))
            .route("/export/{ticket}/{name}", get(fetching::export))
            .with_state(self);
        // A frame must not wait for the acknowledgement of the one before it.
        let listener = listener.tap_io(|tcp| {
            let _ = tcp.set_nodelay(true);
        });
        let served =
            axum::serve(listener, router).with_graceful_shutdown(async move { stop.cancelled_owned().await }).await;
        if let Err(error) = served {
            tracing::error!(%error, "the feed ended");
        }
        tasks.close();
        tasks.wait().await;
    }

    /// Opens a session without a socket. Its first frame must be a hello too.
    #[must_use]
    pub fn open(&self) -> Session {
        let (to_desk, from_client) = mpsc::channel(64);
        let (to_client, frames) = mpsc::channel(QUEUED_FRAMES);
        let feed = self.clone();
        self.inner.tasks.spawn(async move { feed.run_local(from_client, to_client).await });
        Session { send: to_desk, frames }
    }

    async fn run_local(self, mut from_client: mpsc::Receiver<String>, to_client: mpsc::Sender<Frame>) {
        let Ok(Some(hello)) = timeout(HELLO_WITHIN, from_client.recv()).await else { return };
        let Some(hello) = self.admitted(&hello) else { return };
        let Some(session) = self.attach(hello, to_client).await else { return };
        loop {
            tokio::select! {
                frame = from_client.recv() => match frame {
                    Some(text) => self.take(session, &text).await,
                    None => break,
                },
                () = self.inner.stop.cancelled() => break,
            }
        }
        let _ = self.inner.desk.send(Happening::Detach(session)).await;
    }

    /// The hello of a frame, if it carries the token.
    fn admitted(&self, text: &str) -> Option<wire::Hello> {
        let hello = wire::Hello::read(text)?;
        bool::from(hello.token.as_bytes().ct_eq(self.inner.token.as_bytes())).then_some(hello)
    }

    async fn attach(&self, hello: wire::Hello, frames: mpsc::Sender<Frame>) -> Option<SessionId> {
        let (attached, number) = oneshot::channel();
        let happening = Happening::Attach { viewer: hello.viewer, since: hello.since, frames, attached };
        self.inner.desk.send(happening).await.ok()?;
        number.await.ok()
    }

    /// A client's later frame. One that makes no sense is ignored: the connection lives on.
    async fn take(&self, session: SessionId, text: &str) {
        match serde_json::from_str(text) {
            Ok(wire::ClientFrame::Request(request)) => {
                let _ = self.inner.desk.send(Happening::Request(session, request)).await;
            }
            Ok(wire::ClientFrame::Hello(_)) | Err(_) => tracing::debug!("a client's frame was not understood"),
        }
    }

    /// Whether a page or program may connect: this machine's names, and pages that the app or the settings know.
    fn may_connect(&self, headers: &HeaderMap) -> bool {
        let text = |name| {
            headers.get_all(name).iter().map(|value: &header::HeaderValue| value.to_str().ok()).collect::<Vec<_>>()
        };
        let port = self.inner.address.port();
        let host = match text(header::HOST).as_slice() {
            [Some(host)] => [format!("127.0.0.1:{port}"), format!("localhost:{port}"), format!("[::1]:{port}")]
                .iter()
                .any(|known| known.eq_ignore_ascii_case(host)),
            _ => false,
        };
        let origin = match text(header::ORIGIN).as_slice() {
            [] => true,
            [Some(origin)] => {
                ["tauri://localhost", "http://tauri.localhost"].contains(origin)
                    || self.inner.origins.iter().any(|known| known.trim_end_matches('/') == *origin)
            }
            _ => false,
        };
        host && origin
    }

    async fn run_socket(self, mut socket: WebSocket) {
        let _place = match self.inner.clients.try_acquire() {
            Ok(place) => place,
            Err(_) => return close(&mut socket, CLOSE_SLOW, "too many clients").await,
        };
        let deadline = Instant::now() + HELLO_WITHIN;
        let hello = loop {
            match tokio::time::timeout_at(deadline, socket.recv()).await {
                Ok(Some(Ok(Message::Text(text)))) => break self.admitted(&text),
                Ok(Some(Ok(Message::Ping(_) | Message::Pong(_)))) => {}
                Ok(Some(Ok(Message::Binary(_)))) | Err(_) => break None,
                Ok(Some(Ok(Message::Close(_)) | Err(_)) | None) => return,
            }
        };
        let Some(hello) = hello else {
            return close(&mut socket, CLOSE_TOKEN, "say hello with the token").await;
        };
        let (to_client, frames) = mpsc::channel(QUEUED_FRAMES);
        let Some(session) = self.attach(hello, to_client).await else {
            return close(&mut socket, CLOSE_ENDS, "the desk ends").await;
        };
        let code = self.exchange(&mut socket, session, frames).await;
        let _ = self.inner.desk.send(Happening::Detach(session)).await;
        if let Some((code, why)) = code {
            let patience = if code == CLOSE_SLOW { SLOW_FAREWELL } else { FAREWELL };
            tokio::select! {
                () = farewell(&mut socket, code, why, patience) => {}
                () = self.inner.stop.cancelled(), if code == CLOSE_SLOW => {}
            }
        }
    }

    async fn exchange(
        &self,
        socket: &mut WebSocket,
        session: SessionId,
        mut frames: mpsc::Receiver<Frame>,
    ) -> Option<(u16, &'static str)> {
        let mut ping = tokio::time::interval(PING_EVERY);
        ping.reset();
        let mut unanswered_since: Option<Instant> = None;
        loop {
            let patience_ends = unanswered_since.map(|since| since + PONG_WITHIN);
            tokio::select! {
                frame = frames.recv() => {
                    let Some(frame) = frame else {
                        return Some(if self.inner.stop.is_cancelled() {
                            (CLOSE_ENDS, "the desk ends")
                        } else {
                            (CLOSE_SLOW, "too slow")
                        });
                    };
                    match timeout(SEND_WITHIN, socket.send(Message::Text(frame))).await {
                        Ok(Ok(())) => {}
                        Ok(Err(_)) => return None,
                        Err(_) => return Some((CLOSE_SLOW, "too slow")),
                    }
                }
                message = socket.recv() => {
                    let Some(Ok(message)) = message else { return None };
                    unanswered_since = None;
                    match message {
                        Message::Text(text) => self.take(session, &text).await,
                        Message::Binary(_) | Message::Ping(_) | Message::Pong(_) => {}
                        Message::Close(_) => return None,
                    }
                }
                _ = ping.tick() => {
                    match timeout(SEND_WITHIN, socket.send(Message::Ping(Vec::new().into()))).await {
                        Ok(Ok(())) => unanswered_since = unanswered_since.or(Some(Instant::now())),
                        Ok(Err(_)) => return None,
                        Err(_) => return Some((CLOSE_SLOW, "too slow")),
                    }
                }
                () = at(patience_ends) => return Some((CLOSE_SLOW, "no answer to a ping")),
                () = self.inner.stop.cancelled() => return Some((CLOSE_ENDS, "the desk ends")),
            }
        }
    }
}

/// Resolves at a moment; never without one.
async fn at(moment: Option<Instant>) {
    match moment {
        Some(moment) => tokio::time::sleep_until(moment).await,
        None => std::future::pending().await,
    }
}

async fn upgrade(
    State(feed): State<Feed>,
    headers: HeaderMap,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Response {
    if !feed.may_connect(&headers) {
        return StatusCode::FORBIDDEN.into_response();
    }
    let upgrade = match upgrade {
        Ok(upgrade) => upgrade,
        Err(rejection) => return rejection.into_response(),
    };
    let tasks = feed.inner.tasks.clone();
    upgrade.max_message_size(LARGEST_FRAME).max_frame_size(LARGEST_FRAME).on_upgrade(move |socket| async move {
        // Counted, so that stopping waits for the farewell.
        let _ = tasks.spawn(feed.run_socket(socket)).await;
    })
}

async fn close(socket: &mut WebSocket, code: u16, reason: &'static str) {
    farewell(socket, code, reason, FAREWELL).await;
}

async fn farewell(socket: &mut WebSocket, code: u16, reason: &'static str, patience: Duration) {
    let farewell = Message::Close(Some(CloseFrame { code, reason: reason.into() }));
    if timeout(patience, socket.send(farewell)).await.is_ok() {
        // A client that answers the farewell sees its code; one that does not is not waited for.
        let _ = timeout(FAREWELL, async { while let Some(Ok(_)) = socket.recv().await {} }).await;
    }
}

/// A session of the feed in this process.
#[derive(Debug)]
pub struct Session {
    send: mpsc::Sender<String>,
    frames: mpsc::Receiver<Frame>,
}

/// The desk has ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the desk has ended")]
pub struct Closed;

impl Session {
    /// Sends a client's frame.
    ///
    /// # Errors
    /// When the desk has ended.
    pub async fn send(&self, frame: String) -> Result<(), Closed> {
        self.send.send(frame).await.map_err(|_| Closed)
    }

    /// The next frame; `None` when the desk ended or closed the session.
    pub async fn next(&mut self) -> Option<String> {
        self.frames.recv().await.map(|frame| frame.as_str().to_owned())
    }

    /// Splits the session, so that one task sends while another reads.
    #[must_use]
    pub fn split(self) -> (SessionSender, SessionFrames) {
        (SessionSender { send: self.send }, SessionFrames { frames: self.frames })
    }
}

/// The sending half of a [`Session`].
#[derive(Debug, Clone)]
pub struct SessionSender {
    send: mpsc::Sender<String>,
}

impl SessionSender {
    /// Sends a client's frame.
    ///
    /// # Errors
    /// When the desk has ended.
    pub async fn send(&self, frame: String) -> Result<(), Closed> {
        self.send.send(frame).await.map_err(|_| Closed)
    }
}

/// The reading half of a [`Session`].
#[derive(Debug)]
pub struct SessionFrames {
    frames: mpsc::Receiver<Frame>,
}

impl SessionFrames {
    /// The next frame; `None` when the desk ended or closed the session.
    pub async fn next(&mut self) -> Option<String> {
        self.frames.recv().await.map(|frame| frame.as_str().to_owned())
    }
}
