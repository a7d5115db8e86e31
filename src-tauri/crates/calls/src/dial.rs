//! How far a click-to-call has come.
//!
//! Four sources tell about it, in no guaranteed order: what we know ourselves (asked, restarted), the PBX's HTTP reply, its
//! `result/callback`, and the legs that come of it. Legs outrank the rest: a call that rings is no failure whatever a reply said.

use jiff::{SignedDuration, Timestamp};
use phone::Extension;

use crate::entry::{Standing, later};
use crate::leg::LegView;
use crate::picture::continues_lost_click_to_call;
use crate::reading::Reading;
use crate::recalled::Recollection;
use crate::{CommandId, Entry, EntryId, GONE_AFTER, ending};

/// How long a command without a reply may be on its way.
pub const REPLY_LOST_AFTER: SignedDuration = SignedDuration::from_secs(30);
/// How long an accepted command may go without a leg.
pub const LEG_LOST_AFTER: SignedDuration = SignedDuration::from_secs(60);

/// What is known of a click-to-call apart from its legs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Facts {
    /// Our command.
    pub command: CommandId,
    /// The employee whose phone rings first.
    pub extension: Extension,
    /// When the command was written down, before it left.
    pub asked_at: Timestamp,
    /// What came of sending it; `None` while it is on its way.
    pub reply: Option<Reply>,
    /// The code of `result/callback`.
    pub result: Option<i32>,
    /// The desk was restarted since: whether the command left is not known, and it is not sent again.
    pub restarted: bool,
}

/// What came of sending the command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reply {
    /// The PBX took it.
    Accepted,
    /// The PBX refused it.
    Refused {
        /// Its code (reference 4.14).
        code: i32,
    },
    /// The connection was never made: the command did not leave.
    Unreachable,
    /// It left, and no readable answer came.
    Unclear,
}

/// How far it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum State {
    /// On its way to the PBX.
    Sending,
    /// The PBX took it; no phone rings yet.
    Accepted,
    /// Our phone rings: lift it.
    RingingUs,
    /// The called party's phone rings, or is about to.
    RingingThem,
    /// We talk.
    Talking,
    /// We talked, it is over.
    Done,
    /// It came to nothing.
    Failed,
    /// What became of it is not known.
    Unclear,
}

/// How far a click-to-call is, why it failed, and the call it became.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Progress {
    /// How far.
    pub state: State,
    /// The PBX's code for why it failed.
    pub reason: Option<i32>,
    /// The call, from its first leg on.
    pub call: Option<EntryId>,
}

/// How far the click-to-call of `facts` is at `now`. `entry` is the entry one of whose legs names the command, if one does.
pub fn progress(facts: &Facts, entry: Option<&Entry>, now: Timestamp) -> Progress {
    let told = entry.and_then(|entry| {
        let reading = Reading::new(entry);
        let (state, reason) = by_entry(facts, entry, &reading, now)?;
        Some(Progress { state, reason, call: Some(entry.id().clone()) })
    });
    told.unwrap_or_else(|| {
        let (state, reason) = by_replies(facts, now);
        Progress { state, reason, call: None }
    })
}

/// The next moment after `now` at which [`progress`] may change by time alone.
pub fn next_deadline(facts: &Facts, entry: Option<&Entry>, now: Timestamp) -> Option<Timestamp> {
    let waits = [
        Some(later(facts.asked_at, REPLY_LOST_AFTER)),
        Some(later(facts.asked_at, LEG_LOST_AFTER)),
        entry.map(|entry| later(entry.last_heard_at(), GONE_AFTER)),
        entry.and_then(|entry| entry.next_deadline(now)),
    ];
    waits.into_iter().flatten().filter(|at| *at > now).min()
}

fn by_replies(facts: &Facts, now: Timestamp) -> (State, Option<i32>) {
    let accepted = || {
        if now < later(facts.asked_at, LEG_LOST_AFTER) { State::Accepted } else { State::Unclear }
    };
    match (facts.result, facts.reply) {
        (Some(code), _) if !is_done(code) => (State::Failed, Some(code)),
        (_, Some(Reply::Refused { code })) => (State::Failed, Some(code)),
        (_, Some(Reply::Unreachable)) => (State::Failed, None),
        (_, Some(Reply::Accepted)) => (accepted(), None),
        // Its result tells that the PBX did take it.
        (Some(_), Some(Reply::Unclear) | None) => (accepted(), None),
        (None, Some(Reply::Unclear)) => (State::Unclear, None),
        (None, None) if facts.restarted => (State::Unclear, None),
        (None, None) if now >= later(facts.asked_at, REPLY_LOST_AFTER) => (State::Unclear, None),
        (None, None) => (State::Sending, None),
    }
}

/// What the entry tells, or `None` when none of its legs came of this command.
fn by_entry(facts: &Facts, entry: &Entry, reading: &Reading<'_>, now: Timestamp) -> Option<(State, Option<i32>)> {
    let recalled = || (entry.standing(reading, now) == Standing::Over).then(|| entry.recalled()).flatten();
    let summary = entry.summary().or_else(|| recalled().map(Recollection::summary));
    let names_command = |leg: &LegView<'_>| leg.events().any(|event| event.command.as_ref() == Some(&facts.command));
    let firsts: Vec<&LegView<'_>> =
        reading.legs.iter().filter(|leg| leg.is_click_to_call && names_command(leg)).collect();
    let is_ours = !firsts.is_empty()
        || reading.legs.iter().any(|leg| names_command(leg) && continues_lost_click_to_call(reading, leg))
        || (reading.legs.is_empty() && summary.is_some());
    if !is_ours {
        return None;
    }

    let failed = |reason: Option<i32>| (State::Failed, reason.or(bad_result(facts)));
    let is_answered = ending::answer(reading, summary).is_some();
    if summary.is_some() {
        return Some(if is_answered { (State::Done, None) } else { failed(ending::reason(reading, summary)) });
    }
    if entry.standing(reading, now) == Standing::Lost {
        let state = if is_answered { State::Done } else { State::Unclear };
        return Some((state, None));
    }

    let called: Vec<&LegView<'_>> = reading.called_legs().collect();
    if !called.is_empty() {
        let is_live = called.iter().any(|leg| leg.is_live());
        return Some(match (is_answered, is_live) {
            (true, true) => (State::Talking, None),
            (true, false) => (State::Done, None),
            (false, true) => (State::RingingThem, None),
            (false, false) => failed(ending::reason(reading, summary)),
        });
    }
    Some(by_first_legs(facts, entry, &firsts, now))
}

/// No leg to the outside yet: what the operator's own phones do. With several devices the one that was lifted decides.
fn by_first_legs(facts: &Facts, entry: &Entry, firsts: &[&LegView<'_>], now: Timestamp) -> (State, Option<i32>) {
    let lifted = firsts.iter().find(|leg| leg.answer().is_some());
    let live = firsts.iter().find(|leg| leg.is_live());
    if let Some(leg) = lifted.or(live)
        && leg.is_live()
    {
        let state = if lifted.is_some() { State::RingingThem } else { State::RingingUs };
        return (state, None);
    }
    let code = match lifted {
        Some(leg) => leg.end(),
        None => handing_over_last(firsts),
    }
    .and_then(|event| event.reason);
    if code.is_some_and(|code| !hands_over(code)) {
        return (State::Failed, code);
    }
    if let Some(result) = bad_result(facts) {
        return (State::Failed, Some(result));
    }
    // The operator's leg makes room for the one to the outside; between them there is a moment without any.
    if now < later(entry.last_heard_at(), GONE_AFTER) { (State::RingingThem, None) } else { (State::Failed, code) }
}

/// Of the operator's ended legs the one that may go on: one that ended normally, else the one that ended last.
fn handing_over_last<'a>(firsts: &[&LegView<'a>]) -> Option<&'a crate::LegEvent> {
    firsts.iter().filter_map(|leg| leg.end()).max_by_key(|event| (event.reason.is_none_or(hands_over), event.moment()))
}

/// Codes with which the first leg of a click-to-call ends when it makes room for the second: done, ended normally (reference 5.6),
/// and "ended by caller", since the caller of that leg is the PBX.
fn hands_over(code: i32) -> bool {
    is_done(code) || (1100..=1110).contains(&code)
}

fn is_done(code: i32) -> bool {
    (1000..=1099).contains(&code)
}

fn bad_result(facts: &Facts) -> Option<i32> {
    facts.result.filter(|code| !is_done(*code))
}
