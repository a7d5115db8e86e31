//! What deserves attention: whether a call wants the pop, what is worth a notification, and how the desk fares.
//! A small picture of the feed, folded frame by frame; no window, no clock.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};
use wire::{
    Call, CallState, CardStatus, CatchUpState, Desk, DeskFrame, Dial, DialState, Direction, GoneKind, Missed, Person,
};

/// Ids whose notification was shown; older ones are forgotten.
const TOLD_AT_MOST: usize = 5_000;
/// Ended calls that are remembered: as many as a snapshot brings. More than twice as many are never held.
const ENDED_AT_MOST: usize = 500;
/// A call missed longer ago than this is history, not news: the desk has just learned of it.
const NEWS_FOR: SignedDuration = SignedDuration::from_mins(5);

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
    /// The desk has learned what happened while it did not listen.
    CaughtUp {
        /// Calls that were missed meanwhile, 1 or more.
        missed: u32,
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
    /// Takes a frame up; says what is new in it, now.
    pub(crate) fn apply(&mut self, frame: DeskFrame, now: Timestamp) -> Vec<News> {
        match frame {
            DeskFrame::Snapshot { desk, calls, missed, dials, .. } => {
                let caught_up = self.take_desk(desk);
                self.calls = calls.into_iter().map(|call| (call.id.clone(), call)).collect();
                self.dials = dials.into_iter().map(|dial| (dial.command_id.clone(), dial)).collect();
                // What was missed before we looked stands in the desk's list: it is not news.
                for row in &missed {
                    self.tell_once(miss_of(row));
                }
                self.missed = missed.into_iter().map(|row| (row.id.clone(), row)).collect();
                let ringing: Vec<String> =
                    self.calls.values().filter(|call| call.pops).map(|call| call.id.clone()).collect();
                ringing.into_iter().filter_map(|call| self.rings(call)).chain(caught_up).collect()
            }
            DeskFrame::Call { call, .. } => {
                let (id, pops) = (call.id.clone(), call.pops);
                self.calls.insert(id.clone(), call);
                self.forget_ended();
                if pops { self.rings(id).into_iter().collect() } else { Vec::new() }
            }
            DeskFrame::Missed { missed: row, .. } => {
                let is_news = row.closed.is_none() && self.tell_once(miss_of(&row)) && self.is_recent(&row, now);
                let id = row.id.clone();
                self.missed.insert(id.clone(), row);
                if is_news { vec![News::Missed { row: id }] } else { Vec::new() }
            }
            DeskFrame::Dial { dial, .. } => {
                self.dials.insert(dial.command_id.clone(), dial);
                Vec::new()
            }
            DeskFrame::Desk { desk, .. } => self.take_desk(desk).into_iter().collect(),
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

    /// Lets the oldest of the calls that are over go: the program may run for weeks.
    fn forget_ended(&mut self) {
        if self.calls.len() <= 2 * ENDED_AT_MOST {
            return;
        }
        let ended = self.calls.values().filter(|call| call.state == CallState::Ended);
        let mut ended: Vec<(String, String)> = ended.map(|call| (call.started_at.clone(), call.id.clone())).collect();
        ended.sort();
        for (_, id) in &ended[..ended.len().saturating_sub(ENDED_AT_MOST)] {
            self.calls.remove(id);
        }
    }

    /// The desk has ended: nothing rings any more as far as anyone knows.
    pub(crate) fn lose(&mut self) {
        let told = std::mem::take(&mut self.told);
        *self = Attention { told, ..Attention::default() };
    }

    /// When the next row that was put off comes back.
    pub(crate) fn next_due(&self, now: Timestamp) -> Option<Timestamp> {
        self.put_off().map(|(at, _)| at).filter(|at| *at > now).min()
    }

    /// The rows that were put off until now or a moment ago, each once. A row that a colleague is on is theirs to ring.
    pub(crate) fn take_due(&mut self, now: Timestamp) -> Vec<Missed> {
        let me = self.desk.as_ref().and_then(|desk| desk.extension.clone());
        let is_mine = |row: &Missed| row.claimed_by.is_none() || row.claimed_by == me;
        let due: Vec<(Timestamp, Missed)> = self
            .put_off()
            .filter(|(at, row)| *at <= now && now.duration_since(*at) <= NEWS_FOR && is_mine(row))
            .map(|(at, row)| (at, row.clone()))
            .collect();
        due.into_iter().filter(|(at, row)| self.tell_once(format!("due {} {at}", row.id))).map(|(_, row)| row).collect()
    }

    /// The open rows that were put off, and until when.
    fn put_off(&self) -> impl Iterator<Item = (Timestamp, &Missed)> {
        self.missed
            .values()
            .filter(|row| row.closed.is_none())
            .filter_map(|row| Some((row.postponed_until.as_deref()?.parse().ok()?, row)))
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

    /// How many of today's newest calls touched an extension.
    pub(crate) fn calls_of(&self, extension: &str) -> usize {
        let touched = |call: &&Call| call.legs.iter().any(|leg| leg.extension.as_deref() == Some(extension));
        self.calls.values().filter(touched).count()
    }

    fn take_desk(&mut self, desk: Desk) -> Option<News> {
        let done = desk.catch_up.as_ref().filter(|caught| caught.state == CatchUpState::Done && caught.missed > 0);
        let found = done.map(|caught| (format!("caught up {} {}", caught.since, caught.until), caught.missed));
        self.desk = Some(desk);
        let (what, missed) = found?;
        self.tell_once(what).then_some(News::CaughtUp { missed })
    }

    /// Whether a call was missed just now, by the PBX's clock.
    fn is_recent(&self, row: &Missed, now: Timestamp) -> bool {
        let ahead = self.desk.as_ref().and_then(|desk| desk.clock.ahead_ms).unwrap_or(0);
        // A time that cannot be read is no reason to keep quiet.
        row.last_at.parse::<Timestamp>().map_or(true, |last| {
            now.duration_since(last).saturating_sub(SignedDuration::from_millis(ahead)) <= NEWS_FOR
        })
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

    fn now() -> Timestamp {
        "2026-11-24T10:01:00Z".parse().unwrap()
    }

    fn frame(value: Value) -> DeskFrame {
        serde_json::from_value(value).unwrap()
    }

    fn looking(calls: Value, missed: Value) -> (Attention, Vec<News>) {
        let mut seen = Attention::default();
        let news = seen.apply(
            frame(
                json!({"type": "snapshot", "epoch": "e", "seq": 1, "desk": desk(), "calls": calls, "missed": missed, "dials": []}),
            ),
            now(),
        );
        (seen, news)
    }

    fn change(seen: &mut Attention, what: &str, value: Value) -> Vec<News> {
        seen.apply(frame(json!({"type": what, "seq": 2, what: value})), now())
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
    fn a_row_that_was_put_off_is_told_once_when_its_time_has_come() {
        let (mut seen, _) = looking(json!([]), json!([]));
        let put_off = |id: &str, until: &str, claimed_by: Value| {
            let mut row = row(id, 1, &Value::Null);
            row["postponed_until"] = json!(until);
            row["claimed_by"] = claimed_by;
            row
        };
        change(&mut seen, "missed", put_off("mine", "2026-11-24T10:30:00.000Z", Value::Null));
        change(&mut seen, "missed", put_off("theirs", "2026-11-24T10:30:00.000Z", json!("202")));
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        assert_eq!(seen.next_due(now()), Some(at("2026-11-24T10:30:00Z")));
        assert!(seen.take_due(at("2026-11-24T10:29:59Z")).is_empty());
        let due: Vec<String> = seen.take_due(at("2026-11-24T10:30:00Z")).into_iter().map(|row| row.id).collect();
        assert_eq!(due, ["mine"]);
        assert!(seen.take_due(at("2026-11-24T10:30:01Z")).is_empty());
        // Put off once more it comes back once more.
        change(&mut seen, "missed", put_off("mine", "2026-11-24T11:00:00.000Z", Value::Null));
        assert_eq!(seen.take_due(at("2026-11-24T11:00:00Z")).len(), 1);
        let mut closed = put_off("mine", "2026-11-24T12:00:00.000Z", Value::Null);
        closed["closed"] = json!({"how": "reached", "at": "2026-11-24T11:05:00.000Z", "by": "202"});
        change(&mut seen, "missed", closed);
        assert!(seen.take_due(at("2026-11-24T12:00:00Z")).is_empty());
    }

    #[test]
    fn what_was_missed_long_ago_is_no_news_of_its_own() {
        let (mut seen, _) = looking(json!([]), json!([]));
        let at = |id: &str, count: u32, last_at: &str| {
            let mut row = row(id, count, &Value::Null);
            row["last_at"] = json!(last_at);
            row
        };
        assert!(change(&mut seen, "missed", at("night", 1, "2026-11-24T03:00:00.000Z")).is_empty());
        assert!(change(&mut seen, "missed", at("night", 2, "2026-11-24T09:55:59.000Z")).is_empty());
        assert_eq!(change(&mut seen, "missed", at("night", 3, "2026-11-24T09:56:30.000Z")).len(), 1);
        // This computer's clock is ten minutes ahead: what the PBX calls ten to ten is a moment ago.
        let mut ahead = desk();
        ahead["clock"] = json!({"ahead_ms": 600_000, "wrong": true});
        change(&mut seen, "desk", ahead);
        assert_eq!(change(&mut seen, "missed", at("live", 1, "2026-11-24T09:50:40.000Z")).len(), 1);
        assert!(change(&mut seen, "missed", at("old", 1, "2026-11-24T09:40:00.000Z")).is_empty());
    }

    #[test]
    fn what_was_slept_through_is_told_once() {
        let (mut seen, _) = looking(json!([]), json!([]));
        let caught = |state: &str, until: &str, missed: u32| {
            let mut desk = desk();
            desk["catch_up"] = json!({"state": state, "since": "2026-11-23T17:00:00.000Z", "until": until, "calls": 23,
                "missed": missed, "why": null});
            desk
        };
        let first = "2026-11-24T05:00:00.000Z";
        assert!(change(&mut seen, "desk", caught("asking", first, 0)).is_empty());
        assert_eq!(change(&mut seen, "desk", caught("done", first, 7)), [News::CaughtUp { missed: 7 }]);
        assert!(change(&mut seen, "desk", caught("done", first, 7)).is_empty());
        assert!(change(&mut seen, "desk", caught("done", "2026-11-24T06:00:00.000Z", 0)).is_empty());
        assert!(change(&mut seen, "desk", caught("failed", "2026-11-24T07:00:00.000Z", 3)).is_empty());
        let again = change(&mut seen, "desk", caught("done", "2026-11-24T08:00:00.000Z", 1));
        assert_eq!(again, [News::CaughtUp { missed: 1 }]);
    }

    #[test]
    fn what_rings_at_the_first_look_is_news_and_a_reconnect_is_not() {
        let (mut seen, news) = looking(json!([call("a", &json!({"pops": true}))]), json!([]));
        assert_eq!(news, [News::Rings { call: "a".into() }]);
        seen.lose();
        assert!(!seen.wants_pop());
        let again = seen.apply(
            frame(json!({"type": "snapshot", "epoch": "e", "seq": 9, "desk": desk(),
                "calls": [call("a", &json!({"pops": true}))], "missed": [], "dials": []})),
            now(),
        );
        assert!(again.is_empty());
        assert!(seen.wants_pop());
        seen.apply(frame(json!({"type": "gone", "seq": 10, "kind": "call", "id": "a"})), now());
        assert!(!seen.wants_pop());
    }

    #[test]
    fn what_is_over_is_not_remembered_for_ever() {
        let mut attention = Attention::default();
        let mut take = |id: String, state: &str, second: usize| {
            let call = call(&id, &json!({"state": state, "started_at": format!("2026-11-24T10:00:{second:06}Z")}));
            let frame = serde_json::from_value(json!({"type": "call", "seq": 1, "call": call})).unwrap();
            attention.apply(frame, "2026-11-24T12:00:00Z".parse().unwrap());
            attention.calls.len()
        };
        take("live".to_owned(), "talking", 0);
        let held: Vec<usize> = (1..3_000).map(|number| take(format!("c{number}"), "ended", number)).collect();
        assert!(held.iter().all(|held| *held <= 2 * ENDED_AT_MOST), "{:?}", held.iter().max());
        assert!(
            attention.call("live").is_some() && attention.call("c2999").is_some() && attention.call("c1").is_none()
        );
    }
}
