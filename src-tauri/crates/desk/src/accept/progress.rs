//! How far one connection has come, and until when it may take for the next step.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use http_body_util::Full;
use hyper::body::{Body, Bytes, Frame, SizeHint};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::Instant;

use super::Limits;

/// What the service has over the body's deadline to answer that it was too slow, before the connection is cut.
const TO_ANSWER_TOO_SLOW: Duration = Duration::from_secs(1);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Phase {
    Handshake,
    FirstByte,
    Head,
    Body,
    /// The request is here in full and the service has it.
    Served,
    /// The service has answered; `taken` once the whole answer is in the write buffer.
    Answering {
        taken: bool,
    },
    Idle,
    /// HTTP is over; the other end is given time to read the last answer.
    Parting,
}

/// The progress of one connection, shared by its socket, its requests and whoever looks for room.
pub(super) struct Progress {
    limits: Limits,
    state: Mutex<State>,
}

struct State {
    phase: Phase,
    deadline: Option<Instant>,
    waiting_since: Instant,
    left_unread: bool,
}

impl Progress {
    pub(super) fn new(limits: Limits, tls: bool, now: Instant) -> Progress {
        let (phase, time) =
            if tls { (Phase::Handshake, limits.tls_handshake) } else { (Phase::FirstByte, limits.first_byte) };
        Progress {
            limits,
            state: Mutex::new(State { phase, deadline: Some(now + time), waiting_since: now, left_unread: false }),
        }
    }

    pub(super) fn phase(&self) -> Phase {
        self.state().phase
    }

    /// When the connection is to be closed unless it gets further. None while the service has the request.
    pub(super) fn deadline(&self) -> Option<Instant> {
        self.state().deadline
    }

    /// Since when this connection holds its place without a finished request, or None while one is being
    /// served: the connection accepted, or the last answer gone. Bytes do not count.
    pub(super) fn waiting_since(&self) -> Option<Instant> {
        let state = self.state();
        match state.phase {
            Phase::Served | Phase::Answering { .. } => None,
            Phase::Handshake | Phase::FirstByte | Phase::Head | Phase::Body | Phase::Idle | Phase::Parting => {
                Some(state.waiting_since)
            }
        }
    }

    /// Whether an answer was given to a request whose body had not arrived in full.
    pub(super) fn left_unread(&self) -> bool {
        self.state().left_unread
    }

    pub(super) fn handshake_done(&self) {
        self.state().enter(Phase::FirstByte, Some(self.limits.first_byte));
    }

    fn bytes_read(&self) {
        let mut state = self.state();
        if matches!(state.phase, Phase::FirstByte | Phase::Idle) {
            state.enter(Phase::Head, Some(self.limits.head));
        }
    }

    pub(super) fn request_begun(&self, has_body: bool) {
        if has_body {
            let time = self.limits.body.saturating_add(TO_ANSWER_TOO_SLOW);
            self.state().enter(Phase::Body, Some(time));
        } else {
            self.state().enter(Phase::Served, None);
        }
    }

    pub(super) fn body_received(&self) {
        let mut state = self.state();
        if state.phase == Phase::Body {
            state.enter(Phase::Served, None);
        }
    }

    /// The service has answered. True when the request's body has not arrived in full.
    pub(super) fn answered(&self) -> bool {
        let mut state = self.state();
        state.left_unread = state.phase == Phase::Body;
        state.enter(Phase::Answering { taken: false }, Some(self.limits.body));
        state.left_unread
    }

    fn answer_taken(&self) {
        let mut state = self.state();
        if let Phase::Answering { taken } = &mut state.phase {
            *taken = true;
        }
    }

    fn flushed(&self) {
        let mut state = self.state();
        if state.phase == (Phase::Answering { taken: true }) {
            state.enter(Phase::Idle, Some(self.limits.idle));
            state.waiting_since = Instant::now();
        }
    }

    pub(super) fn parting(&self, time: Duration) {
        self.state().enter(Phase::Parting, Some(time));
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn enter(&mut self, phase: Phase, time: Option<Duration>) {
        self.phase = phase;
        self.deadline = time.map(|time| Instant::now() + time);
    }
}

/// A stream that tells when the first bytes of a request come and when an answer has left.
pub(super) struct Watched<I> {
    pub(super) stream: I,
    pub(super) progress: Arc<Progress>,
}

impl<I: AsyncRead + Unpin> AsyncRead for Watched<I> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        ready!(Pin::new(&mut self.stream).poll_read(cx, buf))?;
        if buf.filled().len() > before {
            self.progress.bytes_read();
        }
        Poll::Ready(Ok(()))
    }
}

impl<I: AsyncWrite + Unpin> AsyncWrite for Watched<I> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, buf)
    }

    // hyper flushes the stream only when its own buffer has been written out.
    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(Pin::new(&mut self.stream).poll_flush(cx))?;
        self.progress.flushed();
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(cx, bufs)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}

/// An answer's body that tells when all of it has been taken: hyper drops it then.
pub(super) struct Answer {
    body: Full<Bytes>,
    progress: Arc<Progress>,
}

impl Answer {
    pub(super) fn new(body: Full<Bytes>, progress: Arc<Progress>) -> Answer {
        Answer { body, progress }
    }
}

impl Body for Answer {
    type Data = Bytes;
    type Error = <Full<Bytes> as Body>::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        Pin::new(&mut self.body).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl Drop for Answer {
    fn drop(&mut self) {
        self.progress.answer_taken();
    }
}
