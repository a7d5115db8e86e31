//! Recordings: how they are asked for, and the files themselves (reference 4.8, 4.9, manual 3.5).

use std::sync::Arc;
use std::time::Instant;

use axum::body::{Body, Bytes};
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;

use super::request::Refusal;
use super::{Answer, Commands, closed};
use crate::statistics::Stored;

/// How the path of a signed link begins.
pub(super) const LINK: &str = "queries/recording/link/";

/// Seven seconds of something like two people talking.
static TALK: &[u8] = include_bytes!("../../assets/talk.mp3");

impl Commands {
    /// `queries/recording/post`: a redirect to a one-time address.
    pub(super) fn recording(&self, recording_id: &str, downloads: bool, headers: &HeaderMap) -> Answer {
        match self.stage.archive.stored(recording_id) {
            Stored::Unknown => {
                let refusal = Refusal { code: 3320, message: "recording not found".to_owned() };
                self.refuse(refusal, None)
            }
            Stored::NotYet => closed(StatusCode::NOT_FOUND, "Not Found", "The recording is not in storage yet."),
            Stored::Yes => self.redirect(downloads, headers),
        }
    }

    fn redirect(&self, downloads: bool, headers: &HeaderMap) -> Answer {
        let token = self.stage.archive.address(Instant::now());
        let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).map(str::to_owned);
        let host = host.unwrap_or_else(|| self.addr.to_string());
        let action = if downloads { "download" } else { "play" };
        let mut response = StatusCode::FOUND.into_response();
        if let Ok(location) = HeaderValue::from_str(&format!("http://{host}/files/{token}/{action}")) {
            response.headers_mut().insert(header::LOCATION, location);
        }
        Answer::Other { response }
    }

    /// `queries/recording/link/{id}/{action}/{key}/{expires}/{sign}` (reference 4.9). How the PBX refuses a link is not
    /// known; it is no command, so it has no result and cannot lock the account out.
    pub(super) fn link(&self, path: &str, headers: &HeaderMap) -> Answer {
        let refused = |message: &str| closed(StatusCode::FORBIDDEN, "Forbidden", message);
        if !self.manners.links {
            return refused("Links to recordings are switched off.");
        }
        // From the right: an id may hold slashes of its own.
        let mut parts = path[LINK.len()..].rsplitn(5, '/');
        let mut next = || parts.next().unwrap_or_default();
        let (sign, expires, key, action, recording_id) = (next(), next(), next(), next(), next());
        let account = self.stage.poster.account();
        let Ok(until) = expires.parse::<i64>() else {
            return refused("The link has no end.");
        };
        if key != account.key() || !sign.eq_ignore_ascii_case(&account.recording_link_sign(recording_id, until)) {
            return refused("The signature does not fit.");
        }
        if until < Timestamp::now().as_second() {
            return refused("The link has expired.");
        }
        let downloads = match action {
            "play" => false,
            "download" => true,
            _ => return refused("Neither play nor download."),
        };
        match self.stage.archive.stored(recording_id) {
            Stored::Unknown | Stored::NotYet => closed(StatusCode::NOT_FOUND, "Not Found", "No such recording."),
            Stored::Yes => self.redirect(downloads, headers),
        }
    }
}

/// The file behind a one-time address.
pub(super) async fn file(
    State(commands): State<Arc<Commands>>,
    Path((token, action)): Path<(String, String)>,
    method: Method,
    headers: HeaderMap,
) -> Response {
    if !commands.stage.archive.open(&token, method == Method::HEAD, Instant::now()) {
        return StatusCode::NOT_FOUND.into_response();
    }
    let mut response = served(headers.get(header::RANGE).and_then(|range| range.to_str().ok()));
    let told = response.headers_mut();
    told.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if action == "download" {
        let name = HeaderValue::from_static("attachment; filename=\"recording.mp3\"");
        told.insert(header::CONTENT_DISPOSITION, name);
    }
    response
}

/// The file, or the part of it that was asked for.
fn served(range: Option<&str>) -> Response {
    let size = TALK.len() as u64;
    let all = Bytes::from_static(TALK);
    let wanted = range.and_then(|range| http_range_header::parse_range_header(range).ok());
    let Some(wanted) = wanted else {
        // What is no range is ignored (RFC 9110, 14.2).
        return audio(StatusCode::OK, all, None);
    };
    match wanted.validate(size).ok().as_deref() {
        Some([part]) => {
            let (first, last) = (*part.start(), *part.end());
            let told = format!("bytes {first}-{last}/{size}");
            audio(StatusCode::PARTIAL_CONTENT, all.slice(first as usize..=last as usize), Some(told))
        }
        // Several parts at once: the whole is an answer too.
        Some(_) => audio(StatusCode::OK, all, None),
        None => audio(StatusCode::RANGE_NOT_SATISFIABLE, Bytes::new(), Some(format!("bytes */{size}"))),
    }
}

fn audio(status: StatusCode, body: Bytes, range: Option<String>) -> Response {
    let mut response = (status, Body::from(body)).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("audio/mpeg"));
    headers.insert(header::ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    if let Some(range) = range.and_then(|range| HeaderValue::from_str(&range).ok()) {
        headers.insert(header::CONTENT_RANGE, range);
    }
    response
}
