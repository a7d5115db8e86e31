//! The audit trail's records, written beside everything else: never before a frame has left.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::Value;

use super::Running;
use crate::audit;
use crate::board::Change;
use crate::hub::SessionId;
use crate::log::{AuditRecord, Row};

/// Whom a viewer sees: the person, the number, the call or row.
type Sight = (String, Option<String>, Option<String>);

impl Running {
    /// The records of what was just told to everybody who looks.
    pub(super) fn looks_at(&mut self, told: &[Change], now: Timestamp) -> Vec<Row> {
        let sights: Vec<Sight> = told.iter().flat_map(seen_in).collect();
        if sights.is_empty() {
            return Vec::new();
        }
        self.hub.extensions().iter().flat_map(|who| self.looks(who.as_deref(), &sights, now)).collect()
    }

    /// Records whom a viewer sees who has just come.
    pub(super) fn audit_arrival(&mut self, session: SessionId, now: Timestamp) {
        let Some(viewer) = self.hub.viewer(session) else { return };
        let who = viewer.extension.clone();
        let seen = self.board.snapshot(now);
        let calls = seen.calls.into_iter().map(Change::Call);
        let rows = seen.missed.into_iter().map(|row| Change::Missed(row.into()));
        let sights: Vec<Sight> = calls.chain(rows).flat_map(|change| seen_in(&change)).collect();
        let looks = self.looks(who.as_deref(), &sights, now);
        self.audit(looks);
    }

    /// Records whom an answer shows to who asked.
    pub(super) fn audit_answer(&mut self, session: SessionId, answer: &Value) {
        let sights = audit::people_in(answer);
        if sights.is_empty() {
            return;
        }
        let who = self.hub.viewer(session).and_then(|viewer| viewer.extension.clone());
        let looks = self.looks(who.as_deref(), &sights, Timestamp::now());
        self.audit(looks);
    }

    /// Records what is asked for, whatever becomes of it.
    pub(super) fn audit_request(&mut self, viewer: &wire::Viewer, name: &str, what: &wire::Do, now: Timestamp) {
        let record = audit::of_request(viewer.extension.as_deref(), name, what, now);
        self.audit(record.map(Row::Audit).into_iter().collect());
    }

    /// Records which settings are others than at the last start.
    pub(super) fn audit_settings(&mut self, settings: &BTreeMap<String, String>, now: Timestamp) {
        let Some(log) = &self.log else { return };
        let (head, before) = (log.reader.audit_head(), log.reader.audited_settings());
        match head {
            Ok(Some((record, seal))) => tracing::info!(record, %seal, "the audit trail goes on"),
            Ok(None) => tracing::info!("the audit trail begins"),
            Err(error) => tracing::error!(%error, "the audit trail cannot be read"),
        }
        let Ok(before) = before else { return };
        let before: Option<BTreeMap<String, String>> = before.and_then(|json| serde_json::from_str(&json).ok());
        if settings.is_empty() || before.as_ref() == Some(settings) {
            return;
        }
        let who = self.viewer.extension.clone();
        let record = before.and_then(|before| audit::of_settings(who.as_deref(), (&before, settings), now));
        let json = serde_json::to_string(settings).unwrap_or_default();
        self.audit(record.map(Row::Audit).into_iter().chain([Row::AuditedSettings { json }]).collect());
    }

    fn looks(&mut self, who: Option<&str>, sights: &[Sight], now: Timestamp) -> Vec<Row> {
        let today = self.today;
        let looks = &mut self.looks;
        let of = |(person, number, about): &Sight| -> Option<AuditRecord> {
            looks.of(who, (person, number.as_deref(), about.as_deref()), today, now)
        };
        sights.iter().filter_map(of).map(Row::Audit).collect()
    }

    fn audit(&mut self, rows: Vec<Row>) {
        if !rows.is_empty()
            && let Err(error) = self.write(None, rows, None)
        {
            tracing::error!(%error, "the audit trail has a gap");
        }
    }
}

fn seen_in(change: &Change) -> Vec<Sight> {
    match change {
        Change::Call(shown) if !shown.call.rehearsal => {
            let call = &shown.call;
            let sight = |person: &wire::Person| (person.id.clone(), call.number.clone(), Some(call.id.clone()));
            call.card.people.iter().map(sight).collect()
        }
        Change::Missed(row) => {
            row.person.iter().map(|person| (person.id.clone(), row.number.clone(), Some(row.id.clone()))).collect()
        }
        Change::Call(_) | Change::Dial(_) | Change::Sms(_) | Change::Roster(_) | Change::Desk | Change::Gone(..) => {
            Vec::new()
        }
    }
}
