//! What is done with calls through the PBX: the intent, what the PBX replied, and what the call shows of it.

use calls::deed::{self, Facts, State, What};
use calls::dial::Reply;
use calls::{CommandId, Entry, EntryId, Grip};
use jiff::Timestamp;
use mango_vpbx::Code;
use phone::Extension;
use serde::{Deserialize, Serialize};

use super::extras::Extras;
use super::replied::reply;
use super::{Board, CommandReplied, Outbox};
use crate::log::{FactKind, StoredFact};
use crate::view;

/// Deeds of one call that are remembered; more than a day of clicking makes.
const MOST_DEEDS: usize = 64;

/// Somebody clicked a button about a call: the fact's body, on disk before the command leaves.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeedIntent {
    /// Unique at the PBX.
    pub command_id: String,
    /// What was clicked.
    pub what: wire::Action,
    /// The call.
    pub call: String,
    /// The leg.
    pub leg: String,
    /// Who clicked.
    pub by: Option<String>,
    /// To whom, for a transfer: a short number or E.164.
    pub to: Option<String>,
    /// The mark of the request that made it, hex of SHA-256: its repeat after a restart is the same click.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request: Option<String>,
}

/// A deed on the board.
#[derive(Debug, Clone)]
pub(super) struct TrackedDeed {
    facts: Facts,
    to: Option<String>,
    why: Option<String>,
}

impl TrackedDeed {
    fn new(intent: &DeedIntent, asked_at: Timestamp) -> TrackedDeed {
        let digits = intent.to.as_deref().map(|to| to.trim_start_matches('+').to_owned());
        TrackedDeed {
            facts: Facts {
                command: CommandId::new(&intent.command_id),
                what: what(intent.what),
                leg: calls::CallId::new(&intent.leg),
                by: intent.by.as_deref().and_then(Extension::new),
                to: digits,
                asked_at,
                reply: None,
                result: None,
                restarted: false,
                recorded: false,
            },
            to: intent.to.clone(),
            why: None,
        }
    }

    fn take(&mut self, replied: &CommandReplied) {
        self.facts.reply = reply(replied);
        self.why.clone_from(&replied.why);
    }
}

impl Board {
    /// The disk has an intent: it is shown.
    pub fn deed_asked(&mut self, intent: &DeedIntent, asked_at: Timestamp) -> Outbox {
        let mut outbox = Outbox::default();
        let call = EntryId::new(&intent.call);
        if let Some(tracked) = self.entries.get_mut(&call) {
            tracked.deeds.push(TrackedDeed::new(intent, asked_at));
            if tracked.deeds.len() > MOST_DEEDS {
                tracked.deeds.remove(0);
            }
            self.deeds.insert(CommandId::new(&intent.command_id), call.clone());
            self.refresh(&call, asked_at, &mut outbox);
        }
        outbox
    }

    /// The PBX replied to a command about a call, or it is known that it did not.
    pub fn deed_replied(&mut self, replied: &CommandReplied, now: Timestamp) -> Outbox {
        let mut outbox = Outbox::default();
        self.change_deed(&CommandId::new(&replied.command_id), |deed| deed.take(replied), now, &mut outbox);
        outbox
    }

    /// What can be done with a call by this extension.
    #[must_use]
    pub fn grip(&self, call: &EntryId, extension: Option<&Extension>) -> Option<Grip> {
        Some(self.entries.get(call)?.entry.grip(extension))
    }

    /// Whether the call shows that a command was carried out, whatever was replied.
    #[must_use]
    pub fn deed_is_done(&self, command: &CommandId) -> bool {
        let shown = self.deeds.get(command).and_then(|call| self.entries.get(call)?.shown.as_ref());
        shown.is_some_and(|shown| {
            let mut deeds = shown.call.deeds.iter();
            deeds.any(|deed| deed.command_id == command.as_str() && deed.state == wire::DeedState::Done)
        })
    }

    pub(super) fn deed_result(&mut self, command: &CommandId, code: i32, now: Timestamp, outbox: &mut Outbox) {
        self.change_deed(command, |deed| deed.facts.result = Some(code), now, outbox);
    }

    fn change_deed(
        &mut self,
        command: &CommandId,
        change: impl FnOnce(&mut TrackedDeed),
        now: Timestamp,
        outbox: &mut Outbox,
    ) {
        let Some(call) = self.deeds.get(command).cloned() else { return };
        let Some(tracked) = self.entries.get_mut(&call) else { return };
        if let Some(deed) = tracked.deeds.iter_mut().find(|deed| deed.facts.command == *command) {
            change(deed);
            self.refresh(&call, now, outbox);
        }
    }

    /// Looks at the calls again whose commands are under way: one without an answer becomes unclear by time alone.
    pub(super) fn tick_deeds(&mut self, now: Timestamp, outbox: &mut Outbox) {
        let is_moving = |call: &EntryId| {
            self.entries.get(call).is_some_and(|tracked| {
                tracked.deeds.iter().any(|deed| !deed::is_settled(deed::progress(&deed.facts, &tracked.entry, now)))
            })
        };
        let mut moving: Vec<EntryId> = self.deeds.values().filter(|call| is_moving(call)).cloned().collect();
        moving.sort();
        moving.dedup();
        for call in moving {
            self.refresh(&call, now, outbox);
        }
    }
}

/// The deeds that a log keeps of one entry. `about` reads the facts about a command. They are never sent again.
pub(super) fn of_facts(facts: &[StoredFact], about: impl Fn(&str) -> Vec<StoredFact>) -> Vec<TrackedDeed> {
    let mut deeds = Vec::new();
    for fact in facts.iter().filter(|fact| fact.kind == FactKind::Command) {
        let Ok(intent) = serde_json::from_slice::<DeedIntent>(&fact.body) else { continue };
        let mut deed = TrackedDeed::new(&intent, fact.received_at);
        deed.facts.restarted = true;
        for told in about(&intent.command_id) {
            match told.kind {
                FactKind::Reply => {
                    if let Ok(replied) = serde_json::from_slice(&told.body) {
                        deed.take(&replied);
                    }
                }
                FactKind::Post => {
                    if let Some(mango_vpbx::Post::CommandResult(result)) = super::past::post(&told) {
                        deed.facts.result = Some(result.result);
                    }
                }
                FactKind::Dial
                | FactKind::Command
                | FactKind::Sms
                | FactKind::Statistics
                | FactKind::Choice
                | FactKind::Claim
                | FactKind::Dismissal
                | FactKind::Postponement
                | FactKind::WrapUp => {}
            }
        }
        deeds.push(deed);
    }
    deeds
}

/// The commands of these deeds.
pub(super) fn commands(deeds: &[TrackedDeed]) -> impl Iterator<Item = &CommandId> {
    deeds.iter().map(|deed| &deed.facts.command)
}

/// The deeds as shown.
pub(super) fn shown(deeds: &mut [TrackedDeed], entry: &Entry, extras: &Extras, now: Timestamp) -> Vec<wire::Deed> {
    deeds
        .iter_mut()
        .map(|deed| {
            deed.facts.recorded = extras.recording_began(&deed.facts.command, deed.facts.asked_at);
            let progress = deed::progress(&deed.facts, entry, now);
            wire::Deed {
                command_id: deed.facts.command.as_str().to_owned(),
                what: action(deed.facts.what),
                by: deed.facts.by.as_ref().map(ToString::to_string),
                to: deed.to.clone(),
                state: state(progress.state),
                why: why(deed.facts.what, progress.state, progress.reason, deed.why.as_deref()),
                vpbx_result: match (progress.state, deed.facts.reply) {
                    (State::Failed, Some(Reply::Refused { code })) => Some(code),
                    (State::Failed, _) => progress.reason,
                    (State::Sending | State::Accepted | State::Done | State::Unclear, _) => None,
                },
                at: view::time(deed.facts.asked_at),
            }
        })
        .collect()
}

/// What may be done, from the legs at hand. A call that is being recorded is not recorded twice.
pub(super) fn may(grip: &Grip, is_recorded: bool) -> Vec<wire::Action> {
    let mut may = Vec::new();
    if grip.hang_up.is_some() {
        may.push(wire::Action::HangUp);
    }
    if grip.take.is_some() {
        may.push(wire::Action::Take);
    }
    if grip.talk.is_some() {
        may.extend([wire::Action::Transfer, wire::Action::Consult, wire::Action::Hold]);
        if !is_recorded {
            may.push(wire::Action::Record);
        }
    }
    if let Some(consult) = &grip.consult {
        if consult.answered {
            may.push(wire::Action::CompleteTransfer);
        }
        may.push(wire::Action::CancelTransfer);
    }
    may
}

fn what(action: wire::Action) -> What {
    match action {
        wire::Action::HangUp => What::HangUp,
        wire::Action::Take => What::Take,
        wire::Action::Transfer => What::Transfer,
        wire::Action::Consult => What::Consult,
        wire::Action::CompleteTransfer => What::CompleteTransfer,
        wire::Action::CancelTransfer => What::CancelTransfer,
        wire::Action::Hold => What::Hold,
        wire::Action::Record => What::Record,
    }
}

fn action(what: What) -> wire::Action {
    match what {
        What::HangUp => wire::Action::HangUp,
        What::Take => wire::Action::Take,
        What::Transfer => wire::Action::Transfer,
        What::Consult => wire::Action::Consult,
        What::CompleteTransfer => wire::Action::CompleteTransfer,
        What::CancelTransfer => wire::Action::CancelTransfer,
        What::Hold => wire::Action::Hold,
        What::Record => wire::Action::Record,
    }
}

fn state(state: State) -> wire::DeedState {
    match state {
        State::Sending => wire::DeedState::Sending,
        State::Accepted => wire::DeedState::Accepted,
        State::Done => wire::DeedState::Done,
        State::Failed => wire::DeedState::Failed,
        State::Unclear => wire::DeedState::Unclear,
    }
}

fn why(what: What, state: State, reason: Option<i32>, replied: Option<&str>) -> Option<String> {
    match state {
        State::Sending | State::Accepted | State::Done => None,
        State::Unclear => Some("АТС не подтвердила команду. Посмотрите на телефон, прежде чем повторять".to_owned()),
        State::Failed => Some(match (replied, reason) {
            (Some(replied), _) => replied.to_owned(),
            (None, Some(code)) => Code(code).russian().to_owned(),
            (None, None) => match what {
                What::Transfer | What::Consult | What::CompleteTransfer => "Звонок закончился раньше, чем его перевели",
                What::Take => "Звонок закончился раньше, чем вы его забрали",
                What::HangUp | What::CancelTransfer | What::Hold | What::Record => {
                    "Звонок закончился раньше, чем это выполнилось"
                }
            }
            .to_owned(),
        }),
    }
}
