//! Recordings that are being listened to: fetched from the PBX, held in memory for some minutes, never written anywhere.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use axum::body::Body;
use axum::http::header::{ACCEPT_RANGES, CACHE_CONTROL, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE, RANGE};
use axum::http::{HeaderMap, Method, StatusCode};
use axum::response::{IntoResponse as _, Response};
use bytes::Bytes;
use tokio::time::Instant;

use crate::secrets;

/// For how long a sound can be played once it was asked for.
const HELD_FOR: Duration = Duration::from_secs(15 * 60);
/// Sounds held at once; the oldest makes room.
const MOST: usize = 8;
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
    held: Mutex<Vec<Held>>,
}

#[derive(Debug)]
struct Held {
    ticket: String,
    recording: String,
    sound: Bytes,
    kind: String,
    until: Instant,
}

impl Sounds {
    /// Keeps a sound; returns the ticket by which it is served.
    fn keep(&self, recording: &str, sound: Bytes, kind: String) -> String {
        let ticket = secrets::random_hex();
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        held.retain(|held| held.until > now);
        if held.len() >= MOST {
            held.remove(0);
        }
        held.push(Held { ticket: ticket.clone(), recording: recording.to_owned(), sound, kind, until: now + HELD_FOR });
        ticket
    }

    /// The ticket of a recording that is held already.
    pub(crate) fn ticket(&self, recording: &str) -> Option<String> {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        let known = held.iter_mut().find(|held| held.recording == recording && held.until > now)?;
        known.until = now + HELD_FOR;
        Some(known.ticket.clone())
    }

    fn sound(&self, ticket: &str) -> Option<(Bytes, String)> {
        let held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        let known = held.iter().find(|held| held.ticket == ticket && held.until > now)?;
        Some((known.sound.clone(), known.kind.clone()))
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
        Ok(self.keep(recording, sound.into(), kind))
    }

    /// Answers a player: the whole sound, or the part it asks for.
    pub(crate) fn serve(&self, ticket: &str, method: &Method, headers: &HeaderMap) -> Response {
        let Some((sound, kind)) = self.sound(ticket) else { return StatusCode::NOT_FOUND.into_response() };
        let whole = sound.len();
        let range = headers.get(RANGE).and_then(|range| range.to_str().ok());
        let part = match range.map(|range| http_range::HttpRange::parse(range, whole as u64)) {
            None => None,
            Some(Ok(ranges)) => ranges.first().map(|range| (range.start as usize, range.length as usize)),
            Some(Err(_)) => {
                let unknown = [(CONTENT_RANGE, format!("bytes */{whole}"))];
                return (StatusCode::RANGE_NOT_SATISFIABLE, unknown).into_response();
            }
        };
        let (start, length) = part.unwrap_or((0, whole));
        let end = start.saturating_add(length).min(whole);
        let body = if method == Method::HEAD { Body::empty() } else { Body::from(sound.slice(start.min(end)..end)) };
        let mut response = Response::builder()
            .header(CONTENT_TYPE, kind)
            .header(ACCEPT_RANGES, "bytes")
            .header(CACHE_CONTROL, "no-store")
            .header(CONTENT_LENGTH, end - start.min(end));
        if part.is_some() {
            let told = format!("bytes {start}-{}/{whole}", end.saturating_sub(1));
            response = response.status(StatusCode::PARTIAL_CONTENT).header(CONTENT_RANGE, told);
        }
        response.body(body).unwrap_or_else(|_| StatusCode::INTERNAL_SERVER_ERROR.into_response())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn held() -> (Sounds, String) {
        let sounds = Sounds::default();
        let ticket = sounds.keep("r", Bytes::from_static(b"0123456789"), "audio/mpeg".to_owned());
        (sounds, ticket)
    }

    async fn asked(range: Option<&str>) -> (u16, Option<String>, Vec<u8>) {
        let (sounds, ticket) = held();
        let mut headers = HeaderMap::new();
        if let Some(range) = range {
            headers.insert(RANGE, range.parse().unwrap());
        }
        let response = sounds.serve(&ticket, &Method::GET, &headers);
        let told = response.headers().get(CONTENT_RANGE).map(|told| told.to_str().unwrap().to_owned());
        let status = response.status().as_u16();
        let body = axum::body::to_bytes(response.into_body(), 100).await.unwrap();
        (status, told, body.to_vec())
    }

    #[tokio::test]
    async fn a_player_gets_the_part_it_asks_for() {
        assert_eq!(asked(None).await, (200, None, b"0123456789".to_vec()));
        assert_eq!(asked(Some("bytes=0-")).await, (206, Some("bytes 0-9/10".into()), b"0123456789".to_vec()));
        assert_eq!(asked(Some("bytes=2-4")).await, (206, Some("bytes 2-4/10".into()), b"234".to_vec()));
        assert_eq!(asked(Some("bytes=-3")).await, (206, Some("bytes 7-9/10".into()), b"789".to_vec()));
        assert_eq!(asked(Some("bytes=8-100")).await, (206, Some("bytes 8-9/10".into()), b"89".to_vec()));
        assert_eq!(asked(Some("bytes=10-")).await, (416, Some("bytes */10".into()), Vec::new()));
        assert_eq!(asked(Some("bytes=x")).await.0, 416);
    }

    #[test]
    fn a_wrong_ticket_finds_nothing_and_old_sounds_make_room() {
        let (sounds, first) = held();
        assert_eq!(sounds.serve("guess", &Method::GET, &HeaderMap::new()).status(), StatusCode::NOT_FOUND);
        assert_eq!(sounds.ticket("r"), Some(first.clone()));
        for n in 0..MOST {
            sounds.keep(&n.to_string(), Bytes::from_static(b"x"), "audio/mpeg".to_owned());
        }
        assert_eq!(sounds.serve(&first, &Method::GET, &HeaderMap::new()).status(), StatusCode::NOT_FOUND);
        assert_eq!(sounds.ticket("r"), None);
    }
}
