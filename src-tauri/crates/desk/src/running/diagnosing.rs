//! How the desk fares, for whoever looks after it, and the file that is sent to those who help.

use std::collections::BTreeMap;

use bytes::Bytes;
use calls::EntryId;
use jiff::Timestamp;
use mango_vpbx::Post;
use serde_json::json;

use super::Running;
use super::requests::error;
use crate::happening::{Asked, Happening};
use crate::log::{Lane, MAIN, Ticket};
use crate::offered::Offer;
use crate::support::{self, Moment};
use crate::ways::Arrived;
use crate::{translate, view};

impl Running {
    /// Begins a call's way when a post is its first; returns the call to be told when it is written.
    pub(super) fn begin_way(
        &mut self,
        account: &'static str,
        post: &Post,
        received_at: Timestamp,
        arrived: Arrived,
    ) -> Option<EntryId> {
        let Post::Call(event) = post else { return None };
        let call = EntryId::new(&event.entry_id);
        if account != MAIN || self.board.call(&call).is_some() {
            return None;
        }
        self.ways.begin(call.clone(), translate::moment(event.timestamp), received_at, arrived);
        Some(call)
    }

    /// A call's first post has gone to the writer.
    pub(super) fn way_is_written(&mut self, call: Option<EntryId>, ticket: Option<Ticket>) {
        if let (Some(call), Some(ticket)) = (call, ticket) {
            self.ways.writing(&call, ticket);
        }
    }

    /// Answers with counters and ways; sizes are read beside the loop.
    pub(super) fn diagnose(&self, asked: Asked) {
        let (diagnostics, back) = (self.measured(), self.happenings.clone());
        self.tasks.spawn(async move {
            let answer = Ok(json!({ "diagnostics": diagnostics.await }));
            let _ = back.send(Happening::Told { asked, answer }).await;
        });
    }

    /// Makes the bundle beside the loop and offers it.
    pub(super) fn make_support_bundle(&self, asked: Asked, now: Timestamp) {
        let (diagnostics, desk, knocks) = (self.measured(), self.desk.clone(), self.vitals.knocks());
        let (support, files, back) = (self.support.clone(), self.files.clone(), self.happenings.clone());
        let (feed, name) = (self.feed_address, support::file_name(now, &self.time_zone));
        self.tasks.spawn(async move {
            let moment = Moment { diagnostics: diagnostics.await, desk, knocks };
            let made = tokio::task::spawn_blocking(move || support.bundle(&moment)).await;
            let answer = match made {
                Ok(Ok(zip)) => {
                    let content = Bytes::from(zip);
                    let kind = "application/zip".to_owned();
                    let ticket = files.offer(Offer { of: String::new(), content, kind, name: Some(name.clone()) });
                    Ok(json!({"url": format!("http://{feed}/file/{ticket}"), "name": name}))
                }
                Ok(Err(why)) => Err(not_made(&why.to_string())),
                Err(why) => Err(not_made(&why.to_string())),
            };
            let _ = back.send(Happening::Told { asked, answer }).await;
        });
    }

    fn measured(&self) -> impl Future<Output = wire::Diagnostics> + use<> {
        let counters = BTreeMap::from([
            ("accepted", self.vitals.accepted()),
            ("refused", self.vitals.refused()),
            ("unknown", self.vitals.unknown()),
            ("written", u64::try_from(self.vitals.log_sequence()).unwrap_or(0)),
            ("viewers", self.hub.viewers() as u64),
            ("look_ups", self.searches),
        ]);
        let mut diagnostics = wire::Diagnostics {
            ways: self.ways.view(),
            counters: counters.into_iter().map(|(name, count)| (name.to_owned(), count)).collect(),
            events: self.vitals.kinds(),
            started_at: view::time(self.vitals.started_at),
            version: self.desk.version.clone(),
            system: String::new(),
            log_bytes: None,
            facts: 0,
        };
        let (readers, support) = (self.log.as_ref().map(|log| log.readers.clone()), self.support.clone());
        async move {
            if let Some(readers) = readers {
                let facts = readers.read(Lane::Slow, |reader| Ok(reader.count_facts()?)).await;
                diagnostics.facts = facts.unwrap_or(0);
            }
            let read = tokio::task::spawn_blocking(move || (support::system(), support.log_bytes()));
            if let Ok((system, log_bytes)) = read.await {
                diagnostics = wire::Diagnostics { system, log_bytes, ..diagnostics };
            }
            diagnostics
        }
    }
}

fn not_made(why: &str) -> wire::RequestError {
    tracing::warn!(why, "the support bundle was not made");
    error(wire::ErrorCode::BadRequest, "Отчёт не собран: не хватило памяти или места. Повторите позже")
}
