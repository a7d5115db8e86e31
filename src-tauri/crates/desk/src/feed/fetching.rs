//! What a page fetches by HTTP beside the feed: its address holds a ticket that only the one who asked for it knows.

use std::future::{Ready, ready};

use axum::extract::{Path, State};
use axum::http::{HeaderMap, Method, StatusCode};
use axum::response::{IntoResponse as _, Response};

use super::Feed;

/// A recording for a player.
pub(super) fn sound(
    State(feed): State<Feed>,
    method: Method,
    headers: HeaderMap,
    Path(ticket): Path<String>,
) -> Ready<Response> {
    ready(if feed.may_connect(&headers) { feed.inner.sounds.serve(&ticket, &method, &headers) } else { refused() })
}

/// A file that was asked for over the feed.
pub(super) fn file(
    State(feed): State<Feed>,
    method: Method,
    headers: HeaderMap,
    Path(ticket): Path<String>,
) -> Ready<Response> {
    ready(if feed.may_connect(&headers) { feed.inner.files.serve(&ticket, &method, &headers) } else { refused() })
}

/// A file of past calls. Its name stands in the address for who saves it by hand.
pub(super) async fn export(
    State(feed): State<Feed>,
    method: Method,
    headers: HeaderMap,
    Path((ticket, _name)): Path<(String, String)>,
) -> Response {
    if feed.may_connect(&headers) { feed.inner.exports.serve(&ticket, &method).await } else { refused() }
}

fn refused() -> Response {
    StatusCode::FORBIDDEN.into_response()
}
