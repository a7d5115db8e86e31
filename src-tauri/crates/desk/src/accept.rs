//! The public accept loop: HTTP/1.1 with a deadline for every part of a request and a cap on connections.
//!
//! It faces the internet, so a connection that makes no progress is closed and a crowd of slow ones never
//! shuts out an honest post. What a request means is not known here.

mod body;
mod connection;
mod progress;
mod seats;
#[cfg(test)]
mod tests;

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::{Request, Response};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::Instant;
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tracing::{debug, warn};

pub use body::{BodyError, read_body};

use connection::Connection;
use progress::Progress;
use seats::Seats;

use crate::seldom::Seldom;

/// How long requests under way may take to finish once the loop is told to stop.
const STOPPING: Duration = Duration::from_secs(3);

/// The pause after a failed accept: without it a process out of files would spin.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// How many waiting connections are closed when the process is out of files. More than one, because the
/// log and the feed need files as well.
const CLOSED_WHEN_OUT_OF_FILES: usize = 16;

/// What one connection, one address and all of them together may take.
///
/// The deadlines are for the whole part of the request, never for a single byte, so one byte a second buys
/// nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Open connections in all. Zero counts as one.
    pub connections: usize,
    /// Open connections of one address (for IPv6: of one /64 network). Zero counts as one.
    pub per_address: usize,
    /// From the connection's start (for TLS: from the end of the handshake) to the first byte.
    pub first_byte: Duration,
    /// From the first byte of a request to the end of its head.
    pub head: Duration,
    /// From the end of the head to the end of the body. An answer has as long to leave.
    pub body: Duration,
    /// From an answer that has left to the first byte of the next request.
    pub idle: Duration,
    /// From the connection's start to the end of the TLS handshake.
    pub tls_handshake: Duration,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            connections: 2048,
            per_address: 256,
            first_byte: Duration::from_secs(10),
            head: Duration::from_secs(10),
            body: Duration::from_secs(10),
            idle: Duration::from_secs(14),
            tls_handshake: Duration::from_secs(10),
        }
    }
}

/// Accepts connections and answers their requests through `service` until `stop` is cancelled, then ends
/// within about three seconds: requests under way finish first, everything else is closed.
///
/// `service` is called with each request and the address of its other end. It reads the body with
/// [`read_body`], in the same task: that is how the loop knows that the request has arrived in full and that
/// the connection must no longer be closed to make room. It has no deadline of its own after that.
///
/// Dropping the future closes all connections at once.
pub async fn serve<S, F>(
    listener: TcpListener,
    tls: Option<TlsAcceptor>,
    limits: Limits,
    service: S,
    stop: CancellationToken,
) where
    S: Fn(Request<Incoming>, SocketAddr) -> F + Send + Sync + 'static,
    F: Future<Output = Response<Full<Bytes>>> + Send + 'static,
{
    accept_from(listener, tls, limits, service, stop).await;
}

/// Where connections come from: a listening socket, or a test's.
trait Source: Send {
    fn accept(&mut self) -> impl Future<Output = io::Result<(TcpStream, SocketAddr)>> + Send;
}

impl Source for TcpListener {
    async fn accept(&mut self) -> io::Result<(TcpStream, SocketAddr)> {
        TcpListener::accept(self).await
    }
}

async fn accept_from<S, F>(
    mut source: impl Source,
    tls: Option<TlsAcceptor>,
    limits: Limits,
    service: S,
    stop: CancellationToken,
) where
    S: Fn(Request<Incoming>, SocketAddr) -> F + Send + Sync + 'static,
    F: Future<Output = Response<Full<Bytes>>> + Send + 'static,
{
    let service = Arc::new(service);
    let seats = Arc::new(Seats::new(limits.connections, limits.per_address));
    let connections = TaskTracker::new();
    let close_all = CancellationToken::new();
    let _closes_when_dropped = close_all.clone().drop_guard();
    let mut crowded = Seldom::new();
    let mut refused = Seldom::new();

    loop {
        let accepted = tokio::select! {
            biased;
            () = stop.cancelled() => break,
            accepted = source.accept() => accepted,
        };
        let (tcp, peer) = match accepted {
            Ok(accepted) => accepted,
            // Somebody hung up while waiting to be accepted: no trouble of ours.
            Err(error) if is_of_the_other_end(&error) => continue,
            Err(error) => {
                let closed = seats.make_room(CLOSED_WHEN_OUT_OF_FILES);
                if let Some(unlogged) = refused.now(Instant::now()) {
                    warn!(%error, closed, unlogged, "connections cannot be accepted");
                }
                tokio::select! {
                    () = stop.cancelled() => break,
                    () = tokio::time::sleep(ACCEPT_PAUSE) => continue,
                }
            }
        };

        let progress = Arc::new(Progress::new(limits, tls.is_some(), Instant::now()));
        let close = close_all.child_token();
        let taken = seats.take(peer.ip(), Arc::clone(&progress), close.clone());
        if taken.made_room
            && let Some(unlogged) = crowded.now(Instant::now())
        {
            warn!(%peer, unlogged, "too many connections, the longest waiting are closed");
        }
        // Dropping the socket is all the answer there is when everybody else is being served.
        let Some(seat) = taken.seat else { continue };
        if let Err(error) = tcp.set_nodelay(true) {
            debug!(%peer, %error, "answers may leave late");
        }
        let connection = Connection { peer, progress, service: Arc::clone(&service), stop: stop.clone() };
        let tls = tls.clone();
        connections.spawn(async move {
            let _seat = seat;
            close
                .run_until_cancelled(connection.run(tcp, tls))
                .await
                .unwrap_or_else(|| debug!(%peer, "connection closed to make room or at the end"));
        });
    }

    drop(source);
    connections.close();
    if tokio::time::timeout(STOPPING, connections.wait()).await.is_err() {
        close_all.cancel();
        connections.wait().await;
    }
}

fn is_of_the_other_end(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionAborted
            | io::ErrorKind::ConnectionReset
            | io::ErrorKind::ConnectionRefused
            | io::ErrorKind::Interrupted
    )
}
