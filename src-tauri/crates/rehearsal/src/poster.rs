//! Posts to the listener, signed as MANGO signs them, over kept-alive connections, and counts what became of each.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use axum::body::Bytes;
use mango_vpbx::sign::Account;
use reqwest::header::CONTENT_TYPE;
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
    account: Arc<Account>,
    in_flight: Semaphore,
    posted: AtomicU64,
    accepted: AtomicU64,
    refused: AtomicU64,
    failed: AtomicU64,
}

/// A post that is ready to leave: signed and form-encoded.
#[derive(Clone, Debug)]
pub(crate) struct Sealed {
    url: Arc<str>,
    body: Bytes,
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
            account,
            in_flight: Semaphore::new(IN_FLIGHT),
            posted: AtomicU64::new(0),
            accepted: AtomicU64::new(0),
            refused: AtomicU64::new(0),
            failed: AtomicU64::new(0),
        })
    }

    pub(crate) fn account(&self) -> &Account {
        &self.account
    }

    pub(crate) fn seal(&self, post: &Post) -> Sealed {
        Sealed {
            url: format!("{}/{}", self.target, post.path).into(),
            body: Bytes::from(self.account.form_body(&post.json)),
        }
    }

    /// Sends it once. MANGO is not known to repeat (reference 3.2), so neither does the rehearsal.
    pub(crate) async fn send(&self, sealed: Sealed) {
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
