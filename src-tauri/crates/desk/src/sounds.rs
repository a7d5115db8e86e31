//! Recordings that are being listened to: fetched from the PBX, held in memory for some minutes, never written anywhere.

use std::time::Duration;

use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, Method};
use axum::response::Response;

use crate::offered::{Offer, Offered};

/// The longest sound: more than an hour and a half of the PBX's recordings.
const LARGEST: usize = 96 * 1024 * 1024;
/// How long the PBX's storage may take.
const FETCH_WITHIN: Duration = Duration::from_secs(60);

/// Why a sound cannot be had.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum NoSound {
    /// The storage does not answer, or its address leads nowhere.
    #[error("хранилище записей АТС не отвечает. Повторите позже")]
    Unreachable,
    /// It answered without a sound.
    #[error("хранилище записей АТС ответило не записью (HTTP {0}). Повторите через минуту")]
    NotThere(u16),
    /// It answered with a page or a text.
    #[error("вместо записи АТС прислала страницу. Проверьте в кабинете галочку «Записи разговоров»")]
    NotASound,
    /// It does not fit into memory.
    #[error("запись слишком длинная, чтобы слушать её здесь: откройте её в кабинете")]
    TooLong,
}

/// Sounds in memory, by unguessable addresses.
#[derive(Debug, Default)]
pub(crate) struct Sounds {
    offered: Offered,
}

impl Sounds {
    /// The ticket of a recording that is held already.
    pub(crate) fn ticket(&self, recording: &str) -> Option<String> {
        self.offered.ticket(recording)
    }

    /// Fetches a sound from the one-time address that the PBX gave, and keeps it.
    pub(crate) async fn fetch(&self, recording: &str, address: &str) -> Result<String, NoSound> {
        let http = reqwest::Client::builder()
            .timeout(FETCH_WITHIN)
            .tls_version_min(reqwest::tls::Version::TLS_1_2)
            .redirect(reqwest::redirect::Policy::limited(3))
            .build()
            .map_err(|_| NoSound::Unreachable)?;
        let mut response = http.get(address).send().await.map_err(|_| NoSound::Unreachable)?;
        if !response.status().is_success() {
            return Err(NoSound::NotThere(response.status().as_u16()));
        }
        let kind = response.headers().get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or("audio/mpeg");
        let kind = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        if kind.starts_with("text/") || kind == "application/json" {
            return Err(NoSound::NotASound);
        }
        let kind = if kind.starts_with("audio/") { kind } else { "audio/mpeg".to_owned() };
        let mut sound = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|_| NoSound::Unreachable)? {
            if sound.len() + chunk.len() > LARGEST {
                return Err(NoSound::TooLong);
            }
            sound.extend_from_slice(&chunk);
        }
        if sound.is_empty() {
            return Err(NoSound::NotThere(200));
        }
        // A page is a page whatever it is called.
        if sound.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'<') {
            return Err(NoSound::NotASound);
        }
        let content = sound.into();
        Ok(self.offered.offer(Offer { of: recording.to_owned(), content, kind, name: None }))
    }

    /// Answers a player: the whole sound, or the part it asks for.
    pub(crate) fn serve(&self, ticket: &str, method: &Method, headers: &HeaderMap) -> Response {
        self.offered.serve(ticket, method, headers)
    }
}
