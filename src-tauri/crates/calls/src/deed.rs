//! How far a command about a call has come: a hang-up, a transfer, a hold, …
//!
//! As with a click-to-call ([`dial`](crate::dial)), what the call itself shows outranks the PBX's replies, and the replies may come in
//! any order. Nothing here is ever sent again.

use jiff::Timestamp;
use phone::Extension;

use crate::dial::{REPLY_LOST_AFTER, Reply};
use crate::entry::{Standing, later};
use crate::leg::LegView;
use crate::reading::Reading;
use crate::{CallId, CommandId, Entry, GONE_AFTER, LegEvent, LegState};

/// What was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum What {
    /// End a leg.
    HangUp,
    /// Take a leg to one's own phone.
    Take,
    /// Hand it over at once.
    Transfer,
    /// Hold it and ask a colleague.
    Consult,
    /// Join the one on hold with the colleague.
    CompleteTransfer,
    /// Go back to the one on hold.
    CancelTransfer,
    /// Hold it.
    Hold,
    /// Record it.
    Record,
}

/// What is known of a command apart from the call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Facts {
    /// Our command.
    pub command: CommandId,
    /// What was asked for.
    pub what: What,
    /// The leg it is about: for the end of a consultation the one on hold.
    pub leg: CallId,
    /// Who asked.
    pub by: Option<Extension>,
    /// To whom it goes: a short number, or digits.
    pub to: Option<String>,
    /// When it was written down, before it left.
    pub asked_at: Timestamp,
    /// What came of sending it.
    pub reply: Option<Reply>,
    /// The code of `result/…`.
    pub result: Option<i32>,
    /// The desk was restarted since.
    pub restarted: bool,
    /// A recording began that names the command, or that began after it.
    pub recorded: bool,
}

/// How far it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum State {
    /// On its way.
    Sending,
    /// The PBX took it.
    Accepted,
    /// The call shows it.
    Done,
    /// It was refused, or came to nothing.
    Failed,
    /// Nobody knows.
    Unclear,
}

/// How far it is, and the PBX's code when it failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// How far.
    pub state: State,
    /// A code of reference 4.14.
    pub reason: Option<i32>,
}

/// What the call shows of a command.
enum Effect {
    Shown,
    NotYet,
    /// It was tried and came to nothing.
    Undone(Option<i32>),
}

/// How far the command of `facts` is at `now`.
pub fn progress(facts: &Facts, entry: &Entry, now: Timestamp) -> Progress {
    let reading = Reading::new(entry);
    let over = matches!(entry.standing(&reading, now), Standing::Over | Standing::Lost);
    let told = |state, reason| Progress { state, reason };
    match effect(facts, entry, &reading, now, over) {
        Effect::Shown => return told(State::Done, None),
        Effect::Undone(reason) => return told(State::Failed, reason.or(bad_result(facts))),
        Effect::NotYet => {}
    }
    match (facts.result, facts.reply) {
        (Some(code), _) if !is_done(code) => told(State::Failed, Some(code)),
        (_, Some(Reply::Refused { code })) => told(State::Failed, Some(code)),
        (_, Some(Reply::Unreachable)) => told(State::Failed, None),
        // The call ended before anything came of it.
        (Some(_), _) | (_, Some(Reply::Accepted)) if over => told(State::Failed, None),
        (Some(_), _) | (_, Some(Reply::Accepted)) => told(State::Accepted, None),
        (None, Some(Reply::Unclear)) => told(State::Unclear, None),
        (None, None) if facts.restarted => told(State::Unclear, None),
        (None, None) if now >= later(facts.asked_at, REPLY_LOST_AFTER) => told(State::Unclear, None),
        (None, None) => told(State::Sending, None),
    }
}

/// Whether time or events may still change it.
pub fn is_settled(progress: Progress) -> bool {
    match progress.state {
        State::Done | State::Failed => true,
        State::Sending | State::Accepted | State::Unclear => false,
    }
}

fn effect(facts: &Facts, entry: &Entry, reading: &Reading<'_>, now: Timestamp, over: bool) -> Effect {
    let leg = reading.legs.iter().find(|leg| *leg.id == facts.leg);
    let shown = |is: bool| if is { Effect::Shown } else { Effect::NotYet };
    match facts.what {
        What::HangUp => shown(over || leg.is_some_and(|leg| !leg.is_live())),
        What::Take => {
            let made = made_by(facts, reading);
            if made.iter().any(|leg| leg.is_live() || leg.answer().is_some()) {
                Effect::Shown
            } else {
                undone(facts, entry, reading, &made, now, over)
            }
        }
        What::Transfer | What::Consult => {
            let made = made_by(facts, reading);
            if made.iter().any(|leg| leg.answer().is_some()) {
                Effect::Shown
            } else {
                undone(facts, entry, reading, &made, now, over)
            }
        }
        What::CompleteTransfer => {
            // The one who asked has left, and somebody else talks.
            let left = leg.is_none_or(|leg| !leg.is_live());
            let others_talk = reading
                .legs
                .iter()
                .any(|other| other.answer().is_some() && *other.id != facts.leg && other.last.from.extension.is_none());
            shown(left && others_talk)
        }
        What::CancelTransfer => shown(leg.is_some_and(|leg| {
            // The other side talks again after having waited, whatever comes later.
            let mut back = leg.events().filter(|event| event.state == LegState::Talking && is_after(facts, event));
            back.any(|back| leg.events().any(|event| event.state == LegState::Held && event.seq < back.seq))
        })),
        What::Hold => shown(
            leg.is_some_and(|leg| leg.events().any(|event| event.state == LegState::Held && is_after(facts, event))),
        ),
        What::Record => shown(facts.recorded),
    }
}

/// Nobody answered on any of the legs that a command made. A group's phones may ring one after another, so it came to nothing only when the
/// call is back at whoever gave it away, when it is over, or when nothing more was heard for a while.
fn undone(
    facts: &Facts,
    entry: &Entry,
    reading: &Reading<'_>,
    made: &[&LegView<'_>],
    now: Timestamp,
    over: bool,
) -> Effect {
    let Some(last_end) = made.iter().filter_map(|leg| leg.end()).max_by_key(|end| end.moment()) else {
        return Effect::NotYet;
    };
    if made.iter().any(|leg| leg.is_live()) {
        return Effect::NotYet;
    }
    let is_back = reading.legs.iter().any(|leg| {
        let theirs = facts.by.is_some() && leg.last.to.extension == facts.by && leg.is_live();
        let again = leg.last.state == LegState::Talking && is_after(facts, leg.last);
        theirs && (again || (*leg.id != facts.leg && leg.last.state == LegState::Ringing))
    });
    let is_silent = now >= later(entry.last_heard_at(), GONE_AFTER);
    if over || is_back || is_silent { Effect::Undone(last_end.reason) } else { Effect::NotYet }
}

/// Heard of after the command was written down, by our own clock: the PBX's may differ.
fn is_after(facts: &Facts, event: &LegEvent) -> bool {
    event.received_at >= facts.asked_at
}

/// The legs that the command made: those that name it; else those that continue the leg it was about; else those that reach the one it was
/// for. A group has several, and a PBX need not say the same of each.
fn made_by<'r, 'a>(facts: &Facts, reading: &'r Reading<'a>) -> Vec<&'r LegView<'a>> {
    let target = match facts.what {
        What::Take => facts.by.as_ref().map(Extension::as_str),
        What::HangUp
        | What::Transfer
        | What::Consult
        | What::CompleteTransfer
        | What::CancelTransfer
        | What::Hold
        | What::Record => facts.to.as_deref(),
    };
    let reaches =
        |leg: &&LegView<'a>| leg.extension().map(Extension::as_str).is_some_and(|short| Some(short) == target);
    let names = |leg: &&LegView<'a>| leg.events().any(|event| event.command.as_ref() == Some(&facts.command));
    let continues = |leg: &&LegView<'a>| leg.taken_from.is_some_and(|from| *from == facts.leg);
    let is_way_back = |leg: &&LegView<'a>| leg.events().any(|event| event.transfer.as_deref() == Some("return_blind"));
    let others = || {
        reading
            .legs
            .iter()
            .filter(|leg| *leg.id != facts.leg && is_after(facts, leg.first))
            .filter(|leg| !is_way_back(leg))
    };
    let named_or_next: Vec<_> = others().filter(|leg| names(leg) || continues(leg)).collect();
    if named_or_next.is_empty() { others().filter(reaches).collect() } else { named_or_next }
}

fn is_done(code: i32) -> bool {
    (1000..=1099).contains(&code)
}

fn bad_result(facts: &Facts) -> Option<i32> {
    facts.result.filter(|code| !is_done(*code))
}
