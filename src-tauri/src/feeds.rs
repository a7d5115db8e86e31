//! The feed without a socket: the pages' second way to the same frames, for a web view that refuses the first.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use desk::Session;
use tauri::ipc::Channel;
use tokio::sync::mpsc;

/// Frames of a page that wait for the desk. A page sends one for each click.
const WAITING_AT_MOST: usize = 64;
/// Sessions at one time: three windows, and what a reload leaves behind.
const SESSIONS_AT_MOST: usize = 16;

/// The open sessions.
#[derive(Default)]
pub(crate) struct Feeds(Mutex<Open>);

#[derive(Default)]
struct Open {
    last: u32,
    pages: HashMap<u32, mpsc::Sender<String>>,
}

/// Why a frame did not go through.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum FeedError {
    /// The session has ended.
    #[error("the session has ended")]
    Ended,
    /// Too many frames, or too many sessions.
    #[error("too many at once")]
    Busy,
}

impl Feeds {
    /// Opens a session; its frames go to `page` until either side ends it. An empty frame says that the desk did.
    pub(crate) fn open(&self, mut session: Session, page: Channel<String>) -> Result<u32, FeedError> {
        let (to_desk, mut from_page) = mpsc::channel::<String>(WAITING_AT_MOST);
        let id = {
            let mut open = self.lock();
            open.pages.retain(|_, page| !page.is_closed());
            if open.pages.len() >= SESSIONS_AT_MOST {
                return Err(FeedError::Busy);
            }
            open.last = open.last.wrapping_add(1);
            let id = open.last;
            open.pages.insert(id, to_desk);
            id
        };
        tauri::async_runtime::spawn(async move {
            loop {
                tokio::select! {
                    frame = session.next() => match frame {
                        Some(frame) => if page.send(frame).is_err() { break },
                        None => break,
                    },
                    frame = from_page.recv() => match frame {
                        Some(frame) => if session.send(frame).await.is_err() { break },
                        None => break,
                    },
                }
            }
            // The page may be gone already; then nobody needs to hear of the end.
            let _ = page.send(String::new());
        });
        Ok(id)
    }

    /// Hands a page's frame to its session.
    pub(crate) fn send(&self, session: u32, frame: String) -> Result<(), FeedError> {
        let open = self.lock();
        let page = open.pages.get(&session).ok_or(FeedError::Ended)?;
        page.try_send(frame).map_err(|error| match error {
            mpsc::error::TrySendError::Full(_) => FeedError::Busy,
            mpsc::error::TrySendError::Closed(_) => FeedError::Ended,
        })
    }

    /// Ends a session.
    pub(crate) fn close(&self, session: u32) {
        self.lock().pages.remove(&session);
    }

    fn lock(&self) -> MutexGuard<'_, Open> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
