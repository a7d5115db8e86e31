//! Files that are offered for some minutes at an address on this machine that nobody can guess.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use axum::body::Body;
use axum::http::header::{
    ACCEPT_RANGES, CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE, RANGE,
};
use axum::http::{HeaderMap, Method, StatusCode};
use axum::response::{IntoResponse as _, Response};
use bytes::Bytes;
use tokio::time::Instant;

use crate::secrets;

/// For how long a file can be fetched once it was offered or asked for again.
const OFFERED_FOR: Duration = Duration::from_secs(15 * 60);
/// Files offered at once; the oldest makes room.
const MOST: usize = 8;

/// What is offered.
#[derive(Debug, Clone)]
pub(crate) struct Offer {
    /// What it is, for [`Offered::ticket`]; empty: nobody asks for it again.
    pub(crate) of: String,
    /// Its bytes: what is offered here is small (see [`crate::exports`] for what is not).
    pub(crate) content: Bytes,
    /// Its media type.
    pub(crate) kind: String,
    /// The name to save it under; `None`: it is shown or played, not saved.
    pub(crate) name: Option<String>,
}

/// Files on offer, by unguessable tickets.
#[derive(Debug, Default)]
pub(crate) struct Offered {
    held: Mutex<Vec<Held>>,
}

#[derive(Debug)]
struct Held {
    ticket: String,
    offer: Offer,
    until: Instant,
}

impl Offered {
    /// Offers a file; returns the ticket by which it is served.
    pub(crate) fn offer(&self, offer: Offer) -> String {
        let ticket = secrets::random_hex();
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        held.retain(|held| held.until > now);
        if held.len() >= MOST {
            held.remove(0);
        }
        held.push(Held { ticket: ticket.clone(), offer, until: now + OFFERED_FOR });
        ticket
    }

    /// The ticket of what is offered already; its minutes begin anew.
    pub(crate) fn ticket(&self, of: &str) -> Option<String> {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        let known = held.iter_mut().find(|held| held.offer.of == of && held.until > now)?;
        known.until = now + OFFERED_FOR;
        Some(known.ticket.clone())
    }

    fn found(&self, ticket: &str) -> Option<Offer> {
        let held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        held.iter().find(|held| held.ticket == ticket && held.until > now).map(|held| held.offer.clone())
    }

    /// Answers whoever asks with a ticket: the whole file, or the part asked for.
    pub(crate) fn serve(&self, ticket: &str, method: &Method, headers: &HeaderMap) -> Response {
        let Some(offer) = self.found(ticket) else { return StatusCode::NOT_FOUND.into_response() };
        let bytes = offer.content;
        let whole = bytes.len();
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
        let body = if method == Method::HEAD { Body::empty() } else { Body::from(bytes.slice(start.min(end)..end)) };
        let mut response = Response::builder()
            .header(CONTENT_TYPE, offer.kind)
            .header(ACCEPT_RANGES, "bytes")
            .header(CACHE_CONTROL, "no-store")
            .header(CONTENT_LENGTH, end - start.min(end));
        if let Some(name) = offer.name {
            let name: String = form_urlencoded::byte_serialize(name.as_bytes()).collect();
            let saved_as = format!("attachment; filename*=UTF-8''{}", name.replace('+', "%20"));
            response = response.header(CONTENT_DISPOSITION, saved_as);
        }
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

    fn offer(of: &str, content: Bytes) -> Offer {
        Offer { of: of.to_owned(), content, kind: "audio/mpeg".to_owned(), name: None }
    }

    fn offered() -> (Offered, String) {
        let offered = Offered::default();
        let ticket = offered.offer(offer("r", Bytes::from_static(b"0123456789")));
        (offered, ticket)
    }

    async fn asked(range: Option<&str>) -> (u16, Option<String>, Vec<u8>) {
        let (offered, ticket) = offered();
        let mut headers = HeaderMap::new();
        if let Some(range) = range {
            headers.insert(RANGE, range.parse().unwrap());
        }
        let response = offered.serve(&ticket, &Method::GET, &headers);
        let status = response.status().as_u16();
        let told = response.headers().get(CONTENT_RANGE).map(|told| told.to_str().unwrap().to_owned());
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
    fn a_wrong_ticket_finds_nothing_and_old_files_make_room() {
        let (offered, first) = offered();
        let status = |ticket: &str| offered.serve(ticket, &Method::GET, &HeaderMap::new()).status();
        assert_eq!(status("guess"), StatusCode::NOT_FOUND);
        assert_eq!(offered.ticket("r"), Some(first.clone()));
        for n in 0..MOST {
            offered.offer(offer(&n.to_string(), Bytes::from_static(b"x")));
        }
        assert_eq!(status(&first), StatusCode::NOT_FOUND);
        assert_eq!(offered.ticket("r"), None);
    }

    #[tokio::test(start_paused = true)]
    async fn a_file_is_served_by_its_name_until_its_time_is_over() {
        let offered = Offered::default();
        let mut bundle = offer("", Bytes::from_static(b"a;b"));
        bundle.name = Some("звонки 1.csv".to_owned());
        let ticket = offered.offer(bundle);
        let response = offered.serve(&ticket, &Method::GET, &HeaderMap::new());
        let name = response.headers()[CONTENT_DISPOSITION].to_str().unwrap().to_owned();
        assert_eq!(name, "attachment; filename*=UTF-8''%D0%B7%D0%B2%D0%BE%D0%BD%D0%BA%D0%B8%201.csv");
        assert_eq!(axum::body::to_bytes(response.into_body(), 100).await.unwrap(), "a;b");
        tokio::time::advance(OFFERED_FOR + Duration::from_secs(1)).await;
        assert_eq!(offered.serve(&ticket, &Method::GET, &HeaderMap::new()).status(), StatusCode::NOT_FOUND);
    }
}
