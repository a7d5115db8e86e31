//! Posts to the listener, signed as MANGO signs them, over kept-alive connections, and counts what became of each.

use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Duration;

use axum::body::Bytes;
use mango_vpbx::sign::Account;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use reqwest::header::CONTENT_TYPE;
use secrecy::SecretString;
use serde::Serialize;
use tokio::sync::Semaphore;

use crate::compose::Post;

/// How long a listener may take to answer. MANGO's own patience is not known (reference 3.2).
const PATIENCE: Duration = Duration::from_secs(10);
/// Posts on their way at once: more wait their turn.
const IN_FLIGHT: usize = 256;

pub(crate) struct Poster {
    http: reqwest::Client,
    target: String,
    account: RwLock<Arc<Account>>,
    in_flight: Semaphore,
    /// Nothing is posted at all: the listener is dead.
    silent: AtomicBool,
    loss: Option<Loss>,
    journal: Option<Mutex<BufWriter<File>>>,
    posted: AtomicU64,
    accepted: AtomicU64,
    refused: AtomicU64,
    failed: AtomicU64,
    lost: AtomicU64,
}

/// Which share of the posts never leaves.
struct Loss {
    percent: f64,
    random: Mutex<StdRng>,
}

/// A post that is ready to leave: signed and form-encoded.
#[derive(Clone, Debug)]
pub(crate) struct Sealed {
    url: Arc<str>,
    body: Bytes,
    /// What the journal says of it, when there is one.
    line: Option<Arc<str>>,
}

/// What became of the posts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct PostCounts {
    /// Posts sent, repeats included.
    pub posted: u64,
    /// Answered with 2xx.
    pub accepted: u64,
    /// Answered with anything else.
    pub refused: u64,
    /// Not answered: no connection, or none that lasted.
    pub failed: u64,
    /// Lost on purpose: never sent.
    #[serde(skip_serializing_if = "is_zero")]
    pub lost: u64,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde wants it")]
fn is_zero(count: &u64) -> bool {
    *count == 0
}

impl Poster {
    /// `target` is an http or https address; what follows it is appended after a slash.
    pub(crate) fn new(target: &str, account: Arc<Account>) -> Result<Poster, reqwest::Error> {
        let http = reqwest::Client::builder()
            .timeout(PATIENCE)
            .redirect(reqwest::redirect::Policy::none())
            // The listener's certificate may be self-signed, and there is nothing here that a stranger could steal.
            .tls_danger_accept_invalid_certs(true)
            .no_proxy()
            .tcp_nodelay(true)
            .build()?;
        Ok(Poster {
            http,
            target: target.trim_end_matches('/').to_owned(),
            account: RwLock::new(account),
            in_flight: Semaphore::new(IN_FLIGHT),
            silent: AtomicBool::new(false),
            loss: None,
            journal: None,
            posted: AtomicU64::new(0),
            accepted: AtomicU64::new(0),
            refused: AtomicU64::new(0),
            failed: AtomicU64::new(0),
            lost: AtomicU64::new(0),
        })
    }

    /// Loses this share of the posts (percent), at random from this seed.
    pub(crate) fn losing(mut self, percent: f64, seed: u64) -> Poster {
        let random = Mutex::new(StdRng::seed_from_u64(seed ^ 0x6c6f_7373));
        self.loss = (percent > 0.0).then_some(Loss { percent, random });
        self
    }

    /// Writes each post that the listener took to a file, a JSON object a line: `path` and `json`, as text.
    pub(crate) fn keeping_a_journal(mut self, file: Option<&Path>) -> std::io::Result<Poster> {
        self.journal = file.map(File::create).transpose()?.map(|file| Mutex::new(BufWriter::new(file)));
        Ok(self)
    }

    fn note(&self, line: &str) {
        let Some(journal) = &self.journal else { return };
        let mut journal = journal.lock().unwrap_or_else(PoisonError::into_inner);
        if let Err(error) = writeln!(journal, "{line}") {
            tracing::warn!(%error, "the journal is not written");
        }
    }

    /// Everything that was noted is in the file.
    pub(crate) fn close_journal(&self) {
        let Some(journal) = &self.journal else { return };
        if let Err(error) = journal.lock().unwrap_or_else(PoisonError::into_inner).flush() {
            tracing::warn!(%error, "the journal is not whole");
        }
    }

    /// Whether nothing is posted from now on.
    pub(crate) fn silence(&self, silent: bool) {
        self.silent.store(silent, Ordering::Relaxed);
    }

    /// The account that signs at this moment.
    pub(crate) fn account(&self) -> Arc<Account> {
        Arc::clone(&self.account.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// The cabinet makes a new salt: everything is signed with it from now on, both ways.
    pub(crate) fn change_salt(&self, salt: SecretString) {
        let mut account = self.account.write().unwrap_or_else(PoisonError::into_inner);
        *account = Arc::new(Account::new(account.key(), salt));
    }

    fn is_lost(&self) -> bool {
        self.silent.load(Ordering::Relaxed)
            || self.loss.as_ref().is_some_and(|loss| {
                let mut random = loss.random.lock().unwrap_or_else(PoisonError::into_inner);
                random.random_range(0.0..100.0) < loss.percent
            })
    }

    pub(crate) fn seal(&self, post: &Post) -> Sealed {
        Sealed {
            url: format!("{}/{}", self.target, post.path).into(),
            body: Bytes::from(self.account().form_body(&post.json)),
            line: self
                .journal
                .is_some()
                .then(|| serde_json::json!({ "path": post.path, "json": post.json }).to_string().into()),
        }
    }

    /// Sends it once. MANGO is not known to repeat (reference 3.2), so neither does the rehearsal.
    pub(crate) async fn send(&self, sealed: Sealed) {
        if self.is_lost() {
            self.lost.fetch_add(1, Ordering::Relaxed);
            return;
        }
        let _turn = self.in_flight.acquire().await;
        let asked = self
            .http
            .post(&*sealed.url)
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(sealed.body)
            .send()
            .await;
        self.posted.fetch_add(1, Ordering::Relaxed);
        let reply = match asked {
            Ok(reply) => reply,
            Err(error) => {
                if self.failed.fetch_add(1, Ordering::Relaxed) == 0 {
                    tracing::warn!(%error, "the listener does not answer");
                }
                return;
            }
        };
        let status = reply.status();
        // Only a connection whose answer was read can carry the next post.
        let _ = reply.bytes().await;
        if status.is_success() {
            self.accepted.fetch_add(1, Ordering::Relaxed);
            if let Some(line) = &sealed.line {
                self.note(line);
            }
        } else if self.refused.fetch_add(1, Ordering::Relaxed) == 0 {
            tracing::warn!(status = status.as_u16(), url = %sealed.url, "the listener refused a post");
        }
    }

    pub(crate) fn counts(&self) -> PostCounts {
        PostCounts {
            posted: self.posted.load(Ordering::Relaxed),
            accepted: self.accepted.load(Ordering::Relaxed),
            refused: self.refused.load(Ordering::Relaxed),
            failed: self.failed.load(Ordering::Relaxed),
            lost: self.lost.load(Ordering::Relaxed),
        }
    }
}

#[cfg(test)]
impl Sealed {
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    pub(crate) fn body(&self) -> &[u8] {
        &self.body
    }
}
