//! Readers for what people ask: a few connections beside the loop's own, each with a bounded memory of pages.

use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::Semaphore;

use super::{Key, Reader};

/// Searches at once; a desktop has few cores, and posts come first.
const QUICK: usize = 2;
/// Exports and counts at once.
const SLOW: usize = 1;
/// Questions that may wait.
const MOST_WAITING: usize = 128;

/// How long a question takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lane {
    /// A page: milliseconds.
    Quick,
    /// All of a time: it must not keep pages waiting.
    Slow,
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum NotRead {
    /// Too many questions wait.
    #[error("too many questions wait for the log")]
    Busy,
    /// The file cannot be read.
    #[error(transparent)]
    Log(#[from] rusqlite::Error),
    /// The answer could not be worked out.
    #[error("{0}")]
    Broken(String),
}

/// Opens readers as they are needed and keeps them.
#[derive(Debug)]
pub struct Readers {
    path: PathBuf,
    key: Key,
    idle: Mutex<Vec<Reader>>,
    quick: Semaphore,
    slow: Semaphore,
    waiting: AtomicUsize,
}

impl Readers {
    /// Readers of a log that is open.
    #[must_use]
    pub fn new(path: PathBuf, key: Key) -> Readers {
        Readers {
            path,
            key,
            idle: Mutex::new(Vec::new()),
            quick: Semaphore::new(QUICK),
            slow: Semaphore::new(SLOW),
            waiting: AtomicUsize::new(0),
        }
    }

    /// Reads on a thread that may wait for the disk.
    ///
    /// # Errors
    /// See [`NotRead`].
    pub async fn read<T: Send + 'static>(
        self: &Arc<Self>,
        lane: Lane,
        work: impl FnOnce(&Reader) -> Result<T, NotRead> + Send + 'static,
    ) -> Result<T, NotRead> {
        let _waits = Waits::begin(&self.waiting)?;
        let lane = match lane {
            Lane::Quick => &self.quick,
            Lane::Slow => &self.slow,
        };
        let _turn = lane.acquire().await.map_err(|closed| NotRead::Broken(closed.to_string()))?;
        let readers = self.clone();
        let read = tokio::task::spawn_blocking(move || {
            let idle = readers.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
            let reader = match idle {
                Some(reader) => reader,
                None => Reader::open(&readers.path, &readers.key)?,
            };
            let answer = work(&reader);
            readers.idle.lock().unwrap_or_else(PoisonError::into_inner).push(reader);
            answer
        });
        read.await.unwrap_or_else(|broken| Err(NotRead::Broken(broken.to_string())))
    }
}

struct Waits<'a>(&'a AtomicUsize);

impl Waits<'_> {
    fn begin(waiting: &AtomicUsize) -> Result<Waits<'_>, NotRead> {
        let waits = Waits(waiting);
        if waiting.fetch_add(1, Ordering::Relaxed) >= MOST_WAITING { Err(NotRead::Busy) } else { Ok(waits) }
    }
}

impl Drop for Waits<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}
