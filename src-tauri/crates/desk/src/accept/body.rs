//! Reading a request's body: so much, so long, and no further.

use std::time::Duration;

use http_body_util::{BodyExt, LengthLimitError, Limited};
use hyper::body::{Body, Bytes, Incoming};
use thiserror::Error;
use tracing::debug;

use super::connection;

/// Why a body was not read to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum BodyError {
    /// Longer than the limit, as declared or as sent: the answer is 413.
    #[error("the body is longer than allowed")]
    TooLarge,
    /// Not complete at its deadline: the answer is 408.
    #[error("the body did not arrive in time")]
    TooSlow,
    /// The connection ended in the middle, or the chunks make no sense: the answer is 400.
    #[error("the body is broken")]
    Broken,
}

/// Reads a whole body of at most `limit` bytes within `deadline`, counted from this call.
///
/// After an error the body is gone and the connection ends with the answer, which still reaches a client that
/// goes on sending: the loop reads and throws away what comes for a few seconds more. A body declared too
/// long is not asked for, so a client that waits for `100 Continue` never sends it.
///
/// # Errors
/// [`BodyError`], each variant of which has its own answer.
pub async fn read_body(body: Incoming, limit: usize, deadline: Duration) -> Result<Bytes, BodyError> {
    if body.size_hint().lower() > u64::try_from(limit).unwrap_or(u64::MAX) {
        return Err(BodyError::TooLarge);
    }
    let read = tokio::time::timeout(deadline, Limited::new(body, limit).collect());
    match read.await {
        Ok(Ok(body)) => {
            connection::body_received();
            Ok(body.to_bytes())
        }
        Ok(Err(error)) if error.is::<LengthLimitError>() => Err(BodyError::TooLarge),
        Ok(Err(error)) => {
            debug!(%error, "body broken off");
            Err(BodyError::Broken)
        }
        Err(_elapsed) => Err(BodyError::TooSlow),
    }
}
