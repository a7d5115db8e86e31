//! What deserves attention: whether a call wants the pop, what is worth a notification, and how the desk fares.
//! A small picture of the feed, folded frame by frame; no window, no clock.

use std::collections::{BTreeMap, BTreeSet};

use wire::{Call, CallState, CardStatus, Desk, DeskFrame, Dial, DialState, Direction, GoneKind, Missed, Person};

/// Ids whose notification was shown; older ones are forgotten.
const TOLD_AT_MOST: usize = 5_000;

/// Something worth a notification, once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum News {
    /// A call began to ring here.
    Rings {
        /// The call.
        call: String,
    },
    /// Nobody talked to somebody, once more.
    Missed {
        /// The row.
        row: String,
    },
}

/// The picture.
#[derive(Debug, Default)]
pub(crate) struct Attention {
    calls: BTreeMap<String, Call>,
    missed: BTreeMap<String, Missed>,
    dials: BTreeMap<String, Dial>,
    desk: Option<Desk>,
    told: BTreeSet<String>,
}

impl Attention {
    /// Takes a frame up; says what is new in it.
    pub(crate) fn apply(&mut self, frame: DeskFrame) -> Vec<News> {
        match frame {
            DeskFrame::Snapshot { desk, calls, missed, dials, .. } => {
                self.desk = Some(desk);
                self.calls = calls.into_iter().map(|call| (call.id.clone(), call)).collect();
                self.dials = dials.into_iter().map(|dial| (dial.command_id.clone(), dial)).collect();
                // What was missed before we looked stands in the desk's list: it is not news.
                for row in &missed {
                    self.tell_once(miss_of(row));
                }
                self.missed = missed.into_iter().map(|row| (row.id.clone(), row)).collect();
                let ringing: Vec<String> =
                    self.calls.values().filter(|call| call.pops).map(|call| call.id.clone()).collect();
                ringing.into_iter().filter_map(|call| self.rings(call)).collect()
            }
            DeskFrame::Call { call, .. } => {
                let (id, pops) = (call.id.clone(), call.pops);
                self.calls.insert(id.clone(), call);
                if pops { self.rings(id).into_iter().collect() } else { Vec::new() }
            }
            DeskFrame::Missed { missed: row, .. } => {
                let is_news = row.closed.is_none() && self.tell_once(miss_of(&row));
                let id = row.id.clone();
                self.missed.insert(id.clone(), row);
                if is_news { vec![News::Missed { row: id }] } else { Vec::new() }
            }
            DeskFrame::Dial { dial, .. } => {
                self.dials.insert(dial.command_id.clone(), dial);
                Vec::new()
            }
            DeskFrame::Desk { desk, .. } => {
                self.desk = Some(desk);
                Vec::new()
            }
            DeskFrame::Gone { kind, id, .. } => {
                match kind {
                    GoneKind::Call => drop(self.calls.remove(&id)),
                    GoneKind::Missed => drop(self.missed.remove(&id)),
                    GoneKind::Dial => drop(self.dials.remove(&id)),
                }
                Vec::new()
            }
            DeskFrame::Resumed { .. } | DeskFrame::Reply(_) | DeskFrame::Sms { .. } | DeskFrame::Roster { .. } => {
                Vec::new()
            }
        }
    }

    /// The desk has ended: nothing rings any more as far as anyone knows.
    pub(crate) fn lose(&mut self) {
        let told = std::mem::take(&mut self.told);
        *self = Attention { told, ..Attention::default() };
    }

    /// Whether the pop has something live to show: a call that rings here, an own call, an own dial.
    pub(crate) fn wants_pop(&self) -> bool {
        let me = self.desk.as_ref().and_then(|desk| desk.extension.as_deref());
        self.calls.values().any(|call| call.pops || is_own(call, me))
            || self.dials.values().any(|dial| is_live(dial, me))
    }

    /// The desk as it last said it was.
    pub(crate) fn desk(&self) -> Option<&Desk> {
        self.desk.as_ref()
    }

    /// A call.
    pub(crate) fn call(&self, id: &str) -> Option<&Call> {
        self.calls.get(id)
    }

    /// A row of missed calls.
    pub(crate) fn missed(&self, id: &str) -> Option<&Missed> {
        self.missed.get(id)
    }

    /// How many of today's calls touched an extension.
    pub(crate) fn calls_of(&self, extension: &str) -> usize {
        let touched = |call: &&Call| call.legs.iter().any(|leg| leg.extension.as_deref() == Some(extension));
        self.calls.values().filter(touched).count()
    }

    fn rings(&mut self, call: String) -> Option<News> {
        self.tell_once(format!("rings {call}")).then_some(News::Rings { call })
    }

    fn tell_once(&mut self, what: String) -> bool {
        if self.told.len() >= TOLD_AT_MOST {
            self.told.clear();
        }
        self.told.insert(what)
    }
}

/// The one person a card speaks of: the chosen one, or the only one. Never a guess among several.
pub(crate) fn person_of(call: &Call) -> Option<&Person> {
    match &call.card.chosen {
        Some(chosen) => call.card.people.iter().find(|person| person.id == *chosen),
        None if call.card.status == CardStatus::Found => call.card.people.first(),
        None => None,
    }
}

fn is_own(call: &Call, me: Option<&str>) -> bool {
    let is_mine = me.is_some() && (call.answered_by.as_deref() == me || call.by.as_deref() == me);
    is_mine && call.state != CallState::Ended && call.direction != Direction::Internal
}

fn is_live(dial: &Dial, me: Option<&str>) -> bool {
    let is_over = match dial.state {
        DialState::Sending
        | DialState::Accepted
        | DialState::RingingUs
        | DialState::RingingThem
        | DialState::Talking => false,
        DialState::Done | DialState::Failed | DialState::Unclear => true,
    };
    !is_over && me.is_none_or(|me| me == dial.extension)
}

fn miss_of(row: &Missed) -> String {
    format!("missed {} {}", row.id, row.count)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn desk() -> Value {
        json!({"extension": "201", "groups": ["300"], "listener": {"url": "", "last_event_at": null, "accepted": 0, "refused": 0},
            "directory": {"kind": "file", "state": "ok", "why": null, "people": 200},
            "vpbx": {"state": "unknown", "why": null, "quiet_until": null},
            "clock": {"ahead_ms": null, "wrong": false}, "log_failing": false, "log_why": null, "configured": true, "version": "0.1.0"})
    }

    fn call(id: &str, change: &Value) -> Value {
        let mut call = json!({"id": id, "direction": "inbound", "state": "ringing", "outcome": null, "number": "+79005550101",
            "number_display": "+7 900 555-01-01", "line": null, "group": "300", "started_at": "2026-11-24T10:00:00.000Z",
            "answered_at": null, "ended_at": null, "answered_by": null, "by": null, "pops": false, "legs": [],
            "command_id": null, "reason": null, "card": {"status": "looking", "people": [], "chosen": null, "took_ms": null,
            "source": null, "why": null}, "recordings": [], "note": null, "rehearsal": false});
        for (key, value) in change.as_object().unwrap() {
            call[key] = value.clone();
        }
        call
    }

    fn row(id: &str, count: u32, closed: &Value) -> Value {
        json!({"id": id, "number": "+79005550101", "number_display": null, "person": null, "calls": [], "count": count,
            "first_at": "2026-11-24T10:00:00.000Z", "last_at": "2026-11-24T10:00:00.000Z", "why": "rang",
            "claimed_by": null, "closed": closed})
    }

    fn frame(value: Value) -> DeskFrame {
        serde_json::from_value(value).unwrap()
    }

    fn looking(calls: Value, missed: Value) -> (Attention, Vec<News>) {
        let mut seen = Attention::default();
        let news = seen.apply(frame(
            json!({"type": "snapshot", "epoch": "e", "seq": 1, "desk": desk(), "calls": calls, "missed": missed, "dials": []}),
        ));
        (seen, news)
    }

    fn change(seen: &mut Attention, what: &str, value: Value) -> Vec<News> {
        seen.apply(frame(json!({"type": what, "seq": 2, what: value})))
    }

    #[test]
    fn a_call_that_rings_here_pops_and_is_told_once() {
        let (mut seen, news) = looking(json!([]), json!([]));
        assert!(news.is_empty() && !seen.wants_pop());
        assert!(change(&mut seen, "call", call("a", &json!({}))).is_empty());
        assert!(!seen.wants_pop());
        assert_eq!(change(&mut seen, "call", call("a", &json!({"pops": true}))), [News::Rings { call: "a".into() }]);
        assert!(seen.wants_pop());
        assert!(change(&mut seen, "call", call("a", &json!({"pops": true, "group": "301"}))).is_empty());
        change(&mut seen, "call", call("a", &json!({"state": "talking", "answered_by": "202"})));
        assert!(!seen.wants_pop());
    }

    #[test]
    fn an_own_call_keeps_the_pop_until_it_ends() {
        let (mut seen, _) = looking(json!([]), json!([]));
        change(&mut seen, "call", call("a", &json!({"state": "talking", "answered_by": "201"})));
        assert!(seen.wants_pop());
        change(&mut seen, "call", call("a", &json!({"state": "ended", "answered_by": "201"})));
        assert!(!seen.wants_pop());
        change(
            &mut seen,
            "call",
            call("b", &json!({"direction": "internal", "state": "talking", "answered_by": "201"})),
        );
        assert!(!seen.wants_pop());
    }

    #[test]
    fn an_own_dial_shows_the_pop_and_a_colleagues_does_not() {
        let (mut seen, _) = looking(json!([]), json!([]));
        let dial = |extension: &str, state: &str| {
            json!({"command_id": "c", "number": "+79005550101", "extension": extension, "state": state, "why": null,
                "vpbx_result": null, "call": null})
        };
        change(&mut seen, "dial", dial("202", "ringing_us"));
        assert!(!seen.wants_pop());
        change(&mut seen, "dial", dial("201", "sending"));
        assert!(seen.wants_pop());
        change(&mut seen, "dial", dial("201", "failed"));
        assert!(!seen.wants_pop());
    }

    #[test]
    fn a_missed_call_is_news_once_for_each_miss() {
        let (mut seen, news) = looking(json!([]), json!([row("old", 1, &Value::Null)]));
        assert!(news.is_empty());
        assert!(change(&mut seen, "missed", row("old", 1, &Value::Null)).is_empty());
        assert_eq!(change(&mut seen, "missed", row("old", 2, &Value::Null)), [News::Missed { row: "old".into() }]);
        assert_eq!(change(&mut seen, "missed", row("new", 1, &Value::Null)), [News::Missed { row: "new".into() }]);
        let closed = json!({"how": "reached", "at": "2026-11-24T10:05:00.000Z", "by": "202"});
        assert!(change(&mut seen, "missed", row("late", 1, &closed)).is_empty());
    }

    #[test]
    fn what_rings_at_the_first_look_is_news_and_a_reconnect_is_not() {
        let (mut seen, news) = looking(json!([call("a", &json!({"pops": true}))]), json!([]));
        assert_eq!(news, [News::Rings { call: "a".into() }]);
        seen.lose();
        assert!(!seen.wants_pop());
        let again = seen.apply(frame(json!({"type": "snapshot", "epoch": "e", "seq": 9, "desk": desk(),
            "calls": [call("a", &json!({"pops": true}))], "missed": [], "dials": []})));
        assert!(again.is_empty());
        assert!(seen.wants_pop());
        seen.apply(frame(json!({"type": "gone", "seq": 10, "kind": "call", "id": "a"})));
        assert!(!seen.wants_pop());
    }
}
