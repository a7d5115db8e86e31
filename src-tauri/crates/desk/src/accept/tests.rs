mod crowd;
mod deadlines;
mod encrypted;
mod requests;
mod stopping;

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use hyper::StatusCode;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::sync::Semaphore;
use tokio::task::JoinHandle;
use tokio::time::timeout;

use super::*;

/// Longer than anything here takes, even on a busy machine.
const PATIENCE: Duration = Duration::from_secs(20);
const NEVER: Duration = Duration::from_secs(600);
const SOON: Duration = Duration::from_millis(500);
const BODY_LIMIT: usize = 256 * 1024;

const GET: &[u8] = b"GET / HTTP/1.1\r\nHost: desk\r\n\r\n";
const POST: &[u8] = b"POST / HTTP/1.1\r\nHost: desk\r\nContent-Length: 4\r\n\r\nabcd";
const HELD: &[u8] = b"POST /held HTTP/1.1\r\nHost: desk\r\nContent-Length: 4\r\n\r\nabcd";

/// No deadline but the one under test can close a connection.
const PATIENT: Limits = Limits {
    connections: 2048,
    per_address: 256,
    first_byte: NEVER,
    head: NEVER,
    body: NEVER,
    idle: NEVER,
    tls_handshake: NEVER,
};

struct Desk {
    address: SocketAddr,
    stop: CancellationToken,
    task: JoinHandle<()>,
    room: Arc<Room>,
}

#[derive(Default)]
struct Room {
    held: Held,
    big_answer_dropped: Arc<AtomicBool>,
}

/// Requests that wait for the test.
struct Held {
    arrived: Mutex<usize>,
    at_work: Mutex<usize>,
    gate: Semaphore,
}

impl Default for Held {
    fn default() -> Held {
        Held { arrived: Mutex::default(), at_work: Mutex::default(), gate: Semaphore::new(0) }
    }
}

impl Held {
    async fn arrived(&self, count: usize) {
        eventually(|| *self.arrived.lock().unwrap_or_else(PoisonError::into_inner) == count).await;
    }

    async fn at_work(&self, count: usize) {
        eventually(|| *self.at_work.lock().unwrap_or_else(PoisonError::into_inner) == count).await;
    }

    fn release(&self) {
        self.gate.add_permits(1000);
    }
}

/// The bytes of an answer that says when it is let go.
struct Big(Vec<u8>, Arc<AtomicBool>);

impl AsRef<[u8]> for Big {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

impl Drop for Big {
    fn drop(&mut self) {
        self.1.store(true, Ordering::SeqCst);
    }
}

impl Desk {
    async fn open(limits: Limits) -> Desk {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        Desk::open_on(listener, address, None, limits)
    }

    async fn open_tls(limits: Limits) -> Desk {
        let folder = tempfile::tempdir().unwrap();
        let setting = crate::tls::TlsSetting::SelfSigned;
        let tls = crate::tls::acceptor(&setting, folder.path(), &[]).unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        Desk::open_on(listener, address, tls, limits)
    }

    fn open_on(source: impl Source + 'static, address: SocketAddr, tls: Option<TlsAcceptor>, limits: Limits) -> Desk {
        let stop = CancellationToken::new();
        let room = Arc::new(Room::default());
        let serving = Arc::clone(&room);
        let service = move |request, _peer| answer(Arc::clone(&serving), limits, request);
        let task = tokio::spawn(accept_from(source, tls, limits, service, stop.clone()));
        Desk { address, stop, task, room }
    }

    async fn connect(&self) -> Client<TcpStream> {
        Client(TcpStream::connect(self.address).await.unwrap())
    }

    /// One honest post on a connection of its own.
    async fn ask(&self) -> String {
        let mut client = self.connect().await;
        client.send(POST).await;
        client.answer().await
    }

    async fn connect_tls(&self) -> Client<tokio_rustls::client::TlsStream<TcpStream>> {
        let tcp = TcpStream::connect(self.address).await.unwrap();
        let client = crate::tls::tests::client(&[&rustls::version::TLS12]);
        let name = "localhost".try_into().unwrap();
        Client(client.connect(name, tcp).await.unwrap())
    }
}

async fn answer(room: Arc<Room>, limits: Limits, request: Request<Incoming>) -> Response<Full<Bytes>> {
    let path = request.uri().path().to_owned();
    if path == "/panic" {
        panic!("as the test wants it");
    }
    if path == "/big" {
        let big = Big(vec![b'x'; 64 * 1024 * 1024], Arc::clone(&room.big_answer_dropped));
        return Response::new(Full::new(Bytes::from_owner(big)));
    }
    let deadline = if path == "/untimed" { NEVER } else { limits.body };
    if path == "/held" {
        *room.held.arrived.lock().unwrap() += 1;
    }
    let (status, text) = match read_body(request.into_body(), BODY_LIMIT, deadline).await {
        Ok(body) => (StatusCode::OK, format!("{} bytes", body.len())),
        Err(BodyError::TooLarge) => (StatusCode::PAYLOAD_TOO_LARGE, String::new()),
        Err(BodyError::TooSlow) => (StatusCode::REQUEST_TIMEOUT, String::new()),
        Err(BodyError::Broken) => (StatusCode::BAD_REQUEST, String::new()),
    };
    if path == "/held" {
        *room.held.at_work.lock().unwrap() += 1;
        room.held.gate.acquire().await.unwrap().forget();
    }
    let mut response = Response::new(Full::from(text));
    *response.status_mut() = status;
    response
}

struct Client<I>(I);

impl<I: AsyncRead + AsyncWrite + Unpin + Send + 'static> Client<I> {
    async fn send(&mut self, bytes: &[u8]) {
        timeout(PATIENCE, self.0.write_all(bytes)).await.unwrap().unwrap();
    }

    /// Everything up to the end of the connection, whichever way it ends.
    async fn rest(mut self) -> String {
        let mut bytes = Vec::new();
        let _ = timeout(PATIENCE, self.0.read_to_end(&mut bytes)).await.expect("the connection was not closed");
        String::from_utf8(bytes).unwrap()
    }

    /// Sends one byte after the other, slowly, until the connection is closed; what was answered.
    async fn drip(self, bytes: &[u8]) -> String {
        let (mut reading, mut writing) = tokio::io::split(self.0);
        let bytes = bytes.to_owned();
        let dripping = tokio::spawn(async move {
            for byte in bytes {
                if writing.write_all(&[byte]).await.is_err() {
                    break;
                }
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        });
        let mut answer = Vec::new();
        let _ = timeout(PATIENCE, reading.read_to_end(&mut answer)).await.expect("the connection was not closed");
        dripping.abort();
        String::from_utf8(answer).unwrap()
    }

    async fn head(&mut self) -> String {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(timeout(PATIENCE, self.0.read_u8()).await.unwrap().unwrap());
        }
        String::from_utf8(head).unwrap()
    }

    /// One answer: its status and its body.
    async fn answer(&mut self) -> String {
        let head = self.head().await;
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).unwrap().parse().unwrap();
        let mut body = vec![0; length];
        timeout(PATIENCE, self.0.read_exact(&mut body)).await.unwrap().unwrap();
        let status = head.split(' ').nth(1).unwrap();
        format!("{status} {}", String::from_utf8(body).unwrap())
    }
}

async fn eventually(mut happens: impl FnMut() -> bool) {
    timeout(PATIENCE, async {
        while !happens() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    })
    .await
    .expect("it did not happen");
}
