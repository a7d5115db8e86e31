//! The desk's view of itself: counters, clock, log.

use jiff::Timestamp;

use super::Running;
use crate::board::Change;
use crate::view;

impl Running {
    /// Takes the counters up into the desk's view; says whether it differs.
    pub(super) fn count(&mut self) -> bool {
        let listener = wire::ListenerHealth {
            url: self.desk.listener.url.clone(),
            last_event_at: self.vitals.last_event_at().map(view::time),
            accepted: self.vitals.accepted(),
            refused: self.vitals.refused(),
            why: self.vitals.why_refused().map(str::to_owned),
        };
        let clock = self.board.clock();
        let vpbx = wire::VpbxHealth { quiet_until: self.pbx.quiet_until().map(view::time), ..self.desk.vpbx.clone() };
        // The clock's very milliseconds differ with every event; a viewer needs them only roughly.
        let near = |a: Option<i64>, b: Option<i64>| match (a, b) {
            (Some(a), Some(b)) => a.abs_diff(b) < 2000,
            (a, b) => a == b,
        };
        let same_clock = self.desk.clock.wrong == clock.wrong && near(self.desk.clock.ahead_ms, clock.ahead_ms);
        let differs = self.desk.listener != listener || !same_clock || self.desk.vpbx != vpbx;
        self.desk.listener = listener;
        self.desk.vpbx = vpbx;
        if !same_clock {
            self.desk.clock = clock;
        }
        differs
    }

    pub(super) fn show_desk(&mut self, now: Timestamp) {
        self.shown_at = now;
        self.hub.tell(Change::Desk, &self.desk);
    }

    pub(super) fn show_log(&mut self, failed: Option<String>, now: Timestamp) {
        let failing = failed.is_some();
        if self.desk.log_failing != failing {
            self.desk.log_failing = failing;
            self.desk.log_why = failed;
            self.show_desk(now);
        }
    }
}
