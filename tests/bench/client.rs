//! The load: prepared posts over kept-alive connections, and one listener on the feed.

use std::collections::{HashMap, HashSet};
use std::time::{Duration, Instant};

use callpop_tests::{Incoming, Poster, connect_raw};
use futures_util::{SinkExt, StreamExt};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio_tungstenite::tungstenite::Message;

use crate::figures::percentile;

/// A server under load.
#[derive(Clone)]
pub(crate) struct Server {
    /// `127.0.0.1:PORT` of the listener.
    pub(crate) address: String,
    /// The websocket.
    pub(crate) feed: String,
    /// The first frame that the websocket wants, if any.
    pub(crate) hello: Option<String>,
}

/// One prepared post: the id to look for in the frames, and all its bytes.
pub(crate) struct Prepared {
    id: String,
    bytes: Vec<u8>,
}

/// Ringing calls of `count` different callers, signed and ready.
pub(crate) fn prepare(server: &Server, count: usize) -> Vec<Prepared> {
    let pbx = Poster::new("http://unused");
    let prepared = (0..count).map(|number| {
        let call = Incoming { at: callpop_tests::now(), ..Incoming::new(&format!("7900{number:07}")) };
        let body = pbx.signed(&call.appeared().json.to_string());
        let bytes = format!(
            "POST /mangotelecom/events/call HTTP/1.1\r\nHost: {}\r\nContent-Type: application/x-www-form-urlencoded\r\n\
             Content-Length: {}\r\n\r\n{body}",
            server.address,
            body.len()
        );
        Prepared { id: call.entry, bytes: bytes.into_bytes() }
    });
    prepared.collect()
}

/// How many posts a second are answered with 200 over this many connections.
pub(crate) async fn requests_per_second(server: &Server, connections: usize, duration: Duration) -> f64 {
    // More than any of them manages in the time.
    let mut shares: Vec<Vec<Prepared>> = (0..connections).map(|_| Vec::new()).collect();
    for (number, post) in prepare(server, 60_000).into_iter().enumerate() {
        shares[number % connections].push(post);
    }
    let begun = Instant::now();
    let workers = shares.into_iter().map(|share| {
        let address = server.address.clone();
        tokio::spawn(async move {
            let mut connection = Connection::open(&address).await;
            let mut answered = 0_u32;
            for post in &share {
                if begun.elapsed() > duration {
                    break;
                }
                answered += u32::from(connection.post(&post.bytes).await == 200);
            }
            answered
        })
    });
    let mut answered = 0;
    for worker in workers.collect::<Vec<_>>() {
        answered += worker.await.unwrap_or_default();
    }
    f64::from(answered) / begun.elapsed().as_secs_f64()
}

/// What a steady rate of posts met.
pub(crate) struct Latencies {
    /// From the first byte of the post to its frame on the feed.
    pub(crate) to_frame: Vec<Duration>,
    /// From the first byte of the post to its 200.
    pub(crate) to_answer: Vec<Duration>,
    /// Posts that got no 200, or no frame.
    pub(crate) lost: usize,
}

impl Latencies {
    /// Percentiles of the way to a frame, in milliseconds.
    pub(crate) fn frames(&mut self, shares: &[f64]) -> Vec<f64> {
        shares.iter().map(|share| percentile(&mut self.to_frame, *share)).collect()
    }

    /// Percentiles of the way to the 200, in milliseconds.
    pub(crate) fn answers(&mut self, shares: &[f64]) -> Vec<f64> {
        shares.iter().map(|share| percentile(&mut self.to_answer, *share)).collect()
    }
}

/// Posts at a steady rate while many windows listen; every frame of every window counts.
pub(crate) async fn crowd(server: &Server, listeners: usize, rate: u32, count: usize) -> Latencies {
    let (seen, mut frames) = mpsc::unbounded_channel();
    let mut readers = Vec::new();
    for _ in 0..listeners {
        readers.push(listen(server, seen.clone()).await);
    }
    drop(seen);
    let (sent, to_answer) = post_at(server, rate, count).await;
    let mut to_frame = Vec::new();
    while to_frame.len() < sent.len() * listeners {
        let Ok(Some((id, at))) = tokio::time::timeout(Duration::from_secs(2), frames.recv()).await else {
            break;
        };
        if let Some(begun) = sent.get(&id) {
            to_frame.push(at - *begun);
        }
    }
    for reader in readers {
        reader.abort();
    }
    // The desk tells a call more than once, when its card comes; nobody is told less than once.
    let lost = (sent.len() * listeners).saturating_sub(to_frame.len()) + sent.len() - to_answer.len();
    Latencies { to_frame, to_answer, lost }
}

/// Posts at a steady rate and measures each way.
pub(crate) async fn latencies(server: &Server, rate: u32, count: usize) -> Latencies {
    let (seen, mut frames) = mpsc::unbounded_channel();
    let reader = listen(server, seen).await;
    let (sent, to_answer) = post_at(server, rate, count).await;
    let mut to_frame: HashMap<String, Duration> = HashMap::new();
    while to_frame.len() < sent.len() {
        let Ok(Some((id, at))) = tokio::time::timeout(Duration::from_secs(2), frames.recv()).await else {
            break;
        };
        if let Some(begun) = sent.get(&id) {
            to_frame.entry(id).or_insert(at - *begun);
        }
    }
    reader.abort();
    let lost = (sent.len() - to_frame.len()).max(sent.len() - to_answer.len());
    Latencies { to_frame: to_frame.into_values().collect(), to_answer, lost }
}

/// A window on the feed: tells when which call's frame came. A frame that tells a call again is not told again.
async fn listen(server: &Server, seen: mpsc::UnboundedSender<(String, Instant)>) -> JoinHandle<()> {
    let mut socket = connect_raw(&server.feed, &[]).await.unwrap_or_else(|error| panic!("the feed opens: {error}"));
    if let Some(hello) = &server.hello {
        socket.send(Message::text(hello.as_str())).await.unwrap_or_else(|error| panic!("the hello is sent: {error}"));
        let _snapshot = socket.next().await;
    }
    tokio::spawn(async move {
        let mut known = HashSet::new();
        while let Some(Ok(message)) = socket.next().await {
            if let Message::Text(text) = message {
                let at = Instant::now();
                let id = text.split("\"entry-").nth(1).and_then(|rest| rest.split('"').next());
                if let Some(id) = id
                    && known.insert(id.to_owned())
                {
                    let _ = seen.send((format!("entry-{id}"), at));
                }
            }
        }
    })
}

/// Posts at a steady rate: when each was sent, by the id to look for, and how long each 200 took.
async fn post_at(server: &Server, rate: u32, count: usize) -> (HashMap<String, Instant>, Vec<Duration>) {
    let (idle, mut free) = mpsc::unbounded_channel();
    for _ in 0..64 {
        let _ = idle.send(Connection::open(&server.address).await);
    }
    let posts = prepare(server, count);
    let (answered, mut answers) = mpsc::unbounded_channel();
    let mut sent: HashMap<String, Instant> = HashMap::new();
    let mut ticks = tokio::time::interval(Duration::from_secs(1) / rate);
    for post in posts {
        ticks.tick().await;
        let Some(mut connection) = free.recv().await else {
            break;
        };
        let (idle, answered) = (idle.clone(), answered.clone());
        let begun = Instant::now();
        sent.insert(post.id, begun);
        tokio::spawn(async move {
            if connection.post(&post.bytes).await == 200 {
                let _ = answered.send(begun.elapsed());
            }
            let _ = idle.send(connection);
        });
    }
    drop(answered);
    let mut to_answer = Vec::new();
    while let Some(took) = answers.recv().await {
        to_answer.push(took);
    }
    (sent, to_answer)
}

struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
}

impl Connection {
    async fn open(address: &str) -> Connection {
        let stream = TcpStream::connect(address).await.unwrap_or_else(|error| panic!("{address}: {error}"));
        stream.set_nodelay(true).unwrap_or_else(|error| panic!("{address}: {error}"));
        Connection { stream, buffer: vec![0; 4096] }
    }

    /// Sends a whole request and reads a whole answer; its status, 0 when the connection broke.
    async fn post(&mut self, request: &[u8]) -> u16 {
        if self.stream.write_all(request).await.is_err() {
            return 0;
        }
        let mut length = 0;
        loop {
            match self.stream.read(&mut self.buffer[length..]).await {
                Ok(0) | Err(_) => return 0,
                Ok(more) => length += more,
            }
            if let Some(status) = whole_answer(&self.buffer[..length]) {
                return status;
            }
        }
    }
}

fn whole_answer(bytes: &[u8]) -> Option<u16> {
    let text = std::str::from_utf8(bytes).ok()?;
    let (head, body) = text.split_once("\r\n\r\n")?;
    let promised = head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse::<usize>().ok())?
    });
    (body.len() >= promised.unwrap_or(0)).then(|| head.split(' ').nth(1)?.parse().ok())?
}
