//! One connection from its handshake to its last byte.

use std::convert::Infallible;
use std::future::poll_fn;
use std::net::SocketAddr;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use http_body_util::Full;
use hyper::body::{Body, Bytes, Incoming};
use hyper::header::{CONNECTION, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::Instant;
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;
use tracing::debug;

use super::progress::{Answer, Phase, Progress, Watched};

/// The read buffer of a connection, and so the longest head: the PBX's heads are a few hundred bytes.
const BUFFER: usize = 16 * 1024;

/// How long and how much a client may go on sending after its request was answered without being read. A
/// socket closed with bytes unread resets the connection, and the answer would be lost with it.
const PARTING: Duration = Duration::from_secs(3);
const PARTING_BYTES: u64 = 16 * 1024 * 1024;

tokio::task_local! {
    /// The connection whose task this is: so that `read_body` can say that the body is here.
    static PROGRESS: Arc<Progress>;
}

/// Tells the connection of this task that its request has arrived in full.
pub(super) fn body_received() {
    // Outside the task there is nobody to tell; the connection then keeps the body's deadline.
    let _ = PROGRESS.try_with(|progress| progress.body_received());
}

/// What one connection needs to be served.
pub(super) struct Connection<S> {
    pub(super) peer: SocketAddr,
    pub(super) progress: Arc<Progress>,
    pub(super) service: Arc<S>,
    pub(super) stop: CancellationToken,
}

/// How the HTTP part of a connection ended.
enum End {
    /// By HTTP's rules: answered, hung up, not HTTP at all. True when the other end may still be sending.
    Finished {
        still_sending: bool,
    },
    TooSlow(Phase),
}

impl<S, F> Connection<S>
where
    S: Fn(Request<Incoming>, SocketAddr) -> F + Send + Sync + 'static,
    F: Future<Output = Response<Full<Bytes>>> + Send + 'static,
{
    pub(super) async fn run(self, tcp: TcpStream, tls: Option<TlsAcceptor>) {
        let Some(tls) = tls else {
            return self.converse(tcp).await;
        };
        let shaken = tokio::select! {
            // Nothing was asked yet, so nothing is lost.
            () = self.stop.cancelled() => return,
            () = at(self.progress.deadline()) => {
                debug!(peer = %self.peer, "TLS handshake took too long");
                return;
            }
            shaken = tls.accept(tcp) => shaken,
        };
        match shaken {
            Ok(stream) => {
                self.progress.handshake_done();
                self.converse(stream).await;
            }
            Err(error) => debug!(peer = %self.peer, %error, "TLS handshake failed"),
        }
    }

    async fn converse<I>(self, stream: I)
    where
        I: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let progress = Arc::clone(&self.progress);
        PROGRESS.scope(progress, self.converse_in_scope(stream)).await;
    }

    async fn converse_in_scope<I>(self, stream: I)
    where
        I: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let Connection { peer, progress, service, stop } = self;
        let answer = service_fn(|request: Request<Incoming>| {
            let progress = Arc::clone(&progress);
            progress.request_begun(!request.body().is_end_stream());
            let answer = service(request, peer);
            // Boxed, because hyper gives the socket back only for futures that may move.
            Box::pin(async move {
                let mut response = answer.await;
                if progress.answered() {
                    // The rest of the body stands between us and the next request: say that there is none.
                    response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
                }
                Ok::<_, Infallible>(response.map(|body| Answer::new(body, progress)))
            })
        });
        let stream = TokioIo::new(Watched { stream, progress: Arc::clone(&progress) });
        // All deadlines are ours: hyper's own covers the head only. A client that closes its sending side
        // after the request (`nc -N`) still gets its answer.
        let mut http = http1::Builder::new()
            .header_read_timeout(None)
            .half_close(true)
            .max_buf_size(BUFFER)
            .serve_connection(stream, answer);

        let end = {
            let mut stopping = pin!(stop.cancelled());
            let mut told = false;
            let mut alarm = pin!(tokio::time::sleep_until(Instant::now()));
            let mut alarm_is_for = None;
            poll_fn(|cx| {
                loop {
                    // The socket before the alarm: bytes that came in time count even if we are late.
                    if let Poll::Ready(end) = http.poll_without_shutdown(cx) {
                        let still_sending = progress.left_unread() || end.is_err();
                        if let Err(error) = end {
                            debug!(%peer, %error, "connection ended early");
                        }
                        return Poll::Ready(End::Finished { still_sending });
                    }
                    if !told && stopping.as_mut().poll(cx).is_ready() {
                        told = true;
                        Pin::new(&mut http).graceful_shutdown();
                        continue;
                    }
                    let deadline = progress.deadline();
                    if alarm_is_for != deadline {
                        alarm_is_for = deadline;
                        if let Some(deadline) = deadline {
                            alarm.as_mut().reset(deadline);
                        }
                    }
                    if deadline.is_none() || alarm.as_mut().poll(cx).is_pending() {
                        return Poll::Pending;
                    }
                    let phase = progress.phase();
                    if phase != Phase::Idle || told {
                        return Poll::Ready(End::TooSlow(phase));
                    }
                    // An idle connection ends politely: nobody did anything wrong.
                    told = true;
                    Pin::new(&mut http).graceful_shutdown();
                }
            })
            .await
        };
        match end {
            End::TooSlow(phase) => debug!(%peer, ?phase, "connection too slow"),
            End::Finished { still_sending } => {
                let stream = http.into_parts().io.into_inner().stream;
                progress.parting(PARTING);
                part(stream, still_sending, progress.deadline()).await;
            }
        }
    }
}

/// Says that nothing more comes from here and, if asked to, reads on for a while so that the last answer
/// arrives.
async fn part<I: AsyncRead + AsyncWrite + Unpin>(mut stream: I, still_sending: bool, deadline: Option<Instant>) {
    let goodbye = async {
        if stream.shutdown().await.is_ok() && still_sending {
            let mut rest = stream.take(PARTING_BYTES);
            // An error is an end as well.
            let _ = tokio::io::copy(&mut rest, &mut tokio::io::sink()).await;
        }
    };
    tokio::select! {
        () = goodbye => {}
        () = at(deadline) => {}
    }
}

async fn at(deadline: Option<Instant>) {
    match deadline {
        Some(deadline) => tokio::time::sleep_until(deadline).await,
        None => std::future::pending().await,
    }
}
