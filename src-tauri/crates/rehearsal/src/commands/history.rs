//! Statistics: asked for, waited for, fetched (reference 4.10).

use std::sync::Arc;
use std::time::Instant;

use axum::http::StatusCode;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::request::Refusal;
use super::{Answer, Commands, closed, html};
use crate::compose::Post;
use crate::statistics::{Asked, Kind, StatsMode, contexts, csv};

const CSV: &str = "text/csv; charset=utf-8";

impl Commands {
    pub(super) fn ask_stats(&self, asked: Asked, request_id: Option<String>) -> Answer {
        if self.manners.stats == StatsMode::Refused {
            let refusal = Refusal { code: 5005, message: "service mode".to_owned() };
            return self.refuse(refusal, None);
        }
        let is_announced = matches!(asked.kind, Kind::Basic { .. }) && self.manners.stats != StatsMode::Never;
        let key = self.requests.add(asked, Instant::now() + self.manners.stats_after);
        if is_announced {
            self.announce(key.clone(), request_id);
        }
        Answer::done(json!({ "key": key }))
    }

    /// `result/stat`, or `result/stats` (reference 2.8).
    fn announce(&self, key: String, request_id: Option<String>) {
        let stage = Arc::clone(&self.stage);
        let after = self.manners.stats_after;
        self.stage.tasks.spawn(async move {
            tokio::select! {
                () = stage.stop.cancelled() => return,
                () = tokio::time::sleep(after) => {}
            }
            let path = if stage.cast.style.result_stats { "result/stats" } else { "result/stat" };
            let mut body = json!({ "key": key });
            if let Some(id) = request_id {
                body["request_id"] = id.into();
            }
            stage.tell_post(Post { path: path.to_owned(), json: body.to_string() }).await;
        });
    }

    /// What was asked by this key, and whether it is ready; `None` when there is none.
    fn look(&self, key: &str) -> Option<(Asked, bool)> {
        let looked = self.requests.look(key, Instant::now())?;
        if looked.too_often {
            self.limits().polled_too_often();
        }
        let is_ready = looked.is_ready && self.manners.stats != StatsMode::Never;
        Some((looked.asked, is_ready))
    }

    pub(super) fn stats(&self, key: &str) -> Answer {
        let Some((Asked { from, to, kind: Kind::Basic { fields, parties } }, is_ready)) = self.look(key) else {
            return closed(StatusCode::NOT_FOUND, "Not Found", "No such key.");
        };
        if !is_ready {
            return Answer::other(StatusCode::NO_CONTENT, CSV, "");
        }
        if self.manners.stats == StatsMode::Html {
            return html();
        }
        let mut rows = self.stage.ledger.ended(from, to, Timestamp::now().as_second());
        rows.retain(|row| parties.took_part(row));
        let mut text = csv(&rows, &fields).into_bytes();
        if self.manners.stats == StatsMode::Half {
            text.truncate(half(&text));
        }
        Answer::other(StatusCode::OK, CSV, text)
    }

    pub(super) fn calls_stats(&self, key: &str) -> Answer {
        let Some((Asked { from, to, kind: Kind::Extended(wanted) }, is_ready)) = self.look(key) else {
            return Answer::done(json!({ "result": 1000, "status": "not-found", "data": [] }));
        };
        if !is_ready {
            return Answer::done(json!({ "result": 1000, "status": "work", "data": [] }));
        }
        if self.manners.stats == StatsMode::Html {
            return html();
        }
        let rows = self.stage.ledger.ended(from, to, Timestamp::now().as_second());
        let mut body: Value = json!({ "result": 1000, "status": "complete" });
        body["data"] = contexts(&rows, &wanted, &self.stage.cast);
        if self.stage.cast.style.strings {
            crate::compose::as_texts(&mut body);
        }
        if self.manners.stats == StatsMode::Half {
            let mut text = body.to_string().into_bytes();
            text.truncate(text.len() / 2);
            return Answer::other(StatusCode::OK, "application/json", text);
        }
        Answer::done(body)
    }
}

/// Where to cut a CSV so that its last row is torn: in the middle of the row in the middle.
fn half(text: &[u8]) -> usize {
    let is_end = |byte: &u8| *byte == b'\n';
    let middle = text[..text.len() / 2].iter().rposition(is_end).map_or(0, |end| end + 1);
    let row = text[middle..].iter().position(is_end).unwrap_or(0);
    middle + row / 2
}
