//! Asking the PBX what happened while nobody listened, and taking up what it tells.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use super::requests::error;
use super::{Running, WAITING_LOOK_UPS, past};
use crate::board::Outbox;
use crate::catch_up::{self, CatchUp, Ended, Handed, Job, Staff, StaffAsked};
use crate::happening::Asked;
use crate::log::{Fact, FactKind, MAIN, Row};
use crate::running::commands::{moment, no_answer};

/// With so many look-ups waiting, calls of the past wait: who calls now comes first.
const LOOK_UPS_FOR_THE_PAST: usize = WAITING_LOOK_UPS / 4;

impl Running {
    /// What the log knows of times in which posts may not have reached us.
    pub(super) fn remember_silence(&mut self, now: Timestamp) {
        let (kept, heard_at) = match &self.log {
            Some(log) => (log.reader.catch_up(), log.reader.last_post_at()),
            None => return,
        };
        let (Ok(kept), Ok(heard_at)) = (kept, heard_at) else {
            tracing::warn!("the log could not be read: what happened before this start is not asked about");
            return;
        };
        let kept = kept.and_then(|json| serde_json::from_str(&json).ok());
        let enabled = self.pbx.client(MAIN).is_some() && !self.board.is_rehearsing();
        self.catch_up = CatchUp::new(enabled, self.keep_days, kept, heard_at, now);
    }

    /// Somebody wants to know what happened while nobody listened.
    pub(super) fn ask_catch_up(&mut self, asked: &Asked, now: Timestamp) -> Result<(), wire::RequestError> {
        if self.log.is_none() {
            return Err(error(wire::ErrorCode::LogFailing, "Журнал звонков недоступен: сохранить ответ АТС некуда"));
        }
        if !self.catch_up.ask_now(self.board.start_of_today(now)) {
            return Err(error(wire::ErrorCode::NotConfigured, "Код и ключ АТС не введены: откройте настройки"));
        }
        self.catch_up_if_due(now);
        self.answer(asked, Ok(json!({})));
        Ok(())
    }

    /// Lets time pass for it.
    pub(super) fn catch_up_if_due(&mut self, now: Timestamp) {
        self.catch_up.tick(now);
        self.take_recalled(now);
        if let Some(client) = self.pbx.client(MAIN) {
            // A question must not be the second bad request that locks the account out.
            let not_before = client.quiet_until().or_else(|| client.forgotten_at()).and_then(moment);
            if let Some(job) = self.catch_up.due(now, not_before, self.board.ahead()) {
                let staff = self.staff();
                let asks_staff = job.asks_staff && staff.groups.is_none() && self.roster.is_stale(now, false);
                let job = Job { staff, asks_staff, ..job };
                let (back, stop) = (self.happenings.clone(), self.stop.clone());
                // Not among the tasks that a stop waits for: the answer may take minutes, and is asked for again.
                tokio::spawn(async move {
                    tokio::select! {
                        () = catch_up::catch_up(client, job, back) => {}
                        () = stop.cancelled() => {}
                    }
                });
            }
        }
        self.show_catch_up(now);
    }

    /// Takes up what statistics told, as far as look-ups have room.
    pub(super) fn take_recalled(&mut self, now: Timestamp) {
        while self.silent_look_ups() < LOOK_UPS_FOR_THE_PAST
            && let Some(Handed { told, kept }) = self.handed.pop_front()
        {
            // Days are deleted as a whole: what is told of a call goes with the call's day, not with that of the telling.
            let ended_at = told.ended().and_then(|unix| Timestamp::from_second(unix).ok());
            let received_at = ended_at.unwrap_or(now).min(now);
            let (outbox, news) = self.board.recalled(&told, received_at, now, past(self.log.as_ref()));
            self.catch_up.found(news);
            let fact = Fact {
                account: MAIN,
                kind: FactKind::Statistics,
                path: catch_up::PATH.to_owned(),
                received_at,
                subject: Some(told.entry_id.clone()),
                body: told.body(),
            };
            self.carry_out(outbox, Some(fact), Some(kept));
        }
    }

    pub(super) fn caught_up(&mut self, mut ended: Ended, now: Timestamp) {
        let listening_since = self.catch_up.listening_since();
        ended.young.retain(|young| !self.board.was_heard_since(&young.entry, listening_since));
        if let StaffAsked::Failed(error) = &ended.staff {
            self.roster.fail(&no_answer(error), now);
            self.show_roster();
        }
        self.catch_up.ended(ended, now);
        self.show_catch_up(now);
    }

    fn show_catch_up(&mut self, now: Timestamp) {
        if let Some(json) = self.catch_up.take_kept() {
            self.carry_out(Outbox { rows: vec![Row::CatchUp { json }], ..Outbox::default() }, None, None);
        }
        if self.desk.catch_up.as_ref() != self.catch_up.view() {
            self.desk.catch_up = self.catch_up.view().cloned();
            self.show_desk(now);
        }
    }

    /// Who works here, as far as the PBX told.
    fn staff(&self) -> Staff {
        let roster = self.roster.view();
        let groups: BTreeMap<String, Vec<String>> =
            roster.colleagues.iter().map(|colleague| (colleague.extension.clone(), colleague.groups.clone())).collect();
        Staff { groups: (!groups.is_empty()).then_some(groups), extensions: self.roster.extensions().clone() }
    }
}

impl crate::board::Board {
    /// By how much this computer's clock is ahead of the PBX's.
    fn ahead(&self) -> SignedDuration {
        self.clock().ahead_ms.map_or(SignedDuration::ZERO, SignedDuration::from_millis)
    }
}
