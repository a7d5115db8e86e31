//! Click-to-calls: the intent, what the PBX replied, and how far the legs have come.

use calls::dial::{self, Facts, Reply, State};
use calls::{CommandId, EntryId};
use jiff::{SignedDuration, Timestamp};
use mango_vpbx::Code;
use phone::{Extension, PhoneNumber};
use serde::{Deserialize, Serialize};

use super::replied::{CommandReplied, reply};
use super::{Board, Change, Outbox};
use crate::log::{FactKind, MAIN, StoredFact};

/// Click-to-calls in a snapshot.
const SNAPSHOT_DIALS: usize = 50;
/// For how long a click-to-call that is over stays on the board.
const HELD_FOR: SignedDuration = SignedDuration::from_hours(24);

/// Somebody clicked "call back": the fact's body, on disk before the command leaves.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DialIntent {
    /// Unique at the PBX.
    pub command_id: String,
    /// Whom to call, E.164.
    pub number: String,
    /// Whose phone rings first.
    pub extension: String,
    /// The outgoing line.
    pub line: Option<String>,
    /// The group whose phones ring instead of one employee's.
    #[serde(default)]
    pub group: Option<String>,
    /// The mark of the request that made it, hex of SHA-256: its repeat after a restart is the same click.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request: Option<String>,
}

/// A click-to-call on the board.
#[derive(Debug)]
pub(super) struct TrackedDial {
    facts: Facts,
    number: String,
    why: Option<String>,
    shown: Option<wire::Dial>,
}

impl Board {
    /// The disk has an intent: the click-to-call is shown.
    pub fn dial_asked(&mut self, intent: &DialIntent, asked_at: Timestamp) -> Outbox {
        let mut outbox = Outbox::default();
        let Some(extension) = Extension::new(&intent.extension) else { return outbox };
        let command = CommandId::new(&intent.command_id);
        let facts =
            Facts { command: command.clone(), extension, asked_at, reply: None, result: None, restarted: false };
        let dial = TrackedDial { facts, number: intent.number.clone(), why: None, shown: None };
        self.dials.insert(command.clone(), dial);
        self.refresh_dial(&command, asked_at, &mut outbox);
        outbox
    }

    /// The PBX replied, or it is known that it did not.
    pub fn dial_replied(&mut self, replied: &CommandReplied, now: Timestamp) -> Outbox {
        let mut outbox = Outbox::default();
        let command = CommandId::new(&replied.command_id);
        if let Some(dial) = self.dials.get_mut(&command) {
            dial.facts.reply = reply(replied);
            dial.why.clone_from(&replied.why);
            self.refresh_dial(&command, now, &mut outbox);
        }
        outbox
    }

    /// Whether legs tell that the PBX took a click-to-call.
    #[must_use]
    pub fn dial_is_under_way(&self, command: &CommandId) -> bool {
        let shown = self.dials.get(command).and_then(|dial| dial.shown.as_ref());
        shown.is_some_and(|dial| dial.call.is_some())
    }

    /// Whether the call that a click-to-call made is on the board.
    #[must_use]
    pub fn knows_call_of(&self, command: &CommandId) -> bool {
        self.commands.contains_key(command)
    }

    /// Brings a click-to-call of the log back on the board, at start. It is never sent again.
    pub fn restore_dial(&mut self, facts: &[StoredFact], now: Timestamp) -> Outbox {
        let mut outbox = Outbox::default();
        for StoredFact { kind, received_at, body, .. } in facts {
            match kind {
                FactKind::Dial => {
                    let Ok(intent) = serde_json::from_slice::<DialIntent>(body) else { continue };
                    let _ = self.dial_asked(&intent, *received_at);
                    if let Some(dial) = self.dials.get_mut(&CommandId::new(&intent.command_id)) {
                        dial.facts.restarted = true;
                    }
                }
                FactKind::Reply => {
                    if let Ok(replied) = serde_json::from_slice::<CommandReplied>(body) {
                        let _ = self.dial_replied(&replied, now);
                    }
                }
                FactKind::Post => {
                    if let Some(result) = std::str::from_utf8(body).ok().and_then(command_result) {
                        self.dial_result(&result.0, result.1, now, &mut outbox);
                    }
                }
                FactKind::Command
                | FactKind::Sms
                | FactKind::Statistics
                | FactKind::Choice
                | FactKind::Claim
                | FactKind::Dismissal
                | FactKind::Postponement
                | FactKind::WrapUp => {}
            }
        }
        outbox
    }

    /// The account a number is called from: that of the latest live call with it.
    #[must_use]
    pub fn account_of(&self, number: &PhoneNumber) -> &'static str {
        self.callers
            .get(number)
            .into_iter()
            .flatten()
            .filter_map(|id| self.entries.get(id))
            .max_by_key(|tracked| tracked.entry.last_heard_at())
            .map_or(MAIN, |tracked| tracked.account)
    }

    /// The phone number of a call's other side.
    #[must_use]
    pub fn number_of(&self, id: &EntryId) -> Option<PhoneNumber> {
        self.entries.get(id)?.looked_up.clone()
    }

    /// The account of a call.
    #[must_use]
    pub fn account_of_call(&self, id: &EntryId) -> &'static str {
        self.entries.get(id).map_or(MAIN, |tracked| tracked.account)
    }

    pub(super) fn dial_result(&mut self, command: &CommandId, code: i32, now: Timestamp, outbox: &mut Outbox) {
        if let Some(dial) = self.dials.get_mut(command) {
            dial.facts.result = Some(code);
            self.refresh_dial(command, now, outbox);
        }
    }

    pub(super) fn refresh_dial(&mut self, command: &CommandId, now: Timestamp, outbox: &mut Outbox) {
        let Some(dial) = self.dials.get_mut(command) else { return };
        let entry = self.commands.get(command).and_then(|id| self.entries.get(id)).map(|tracked| &tracked.entry);
        let progress = dial::progress(&dial.facts, entry, now);
        let view = wire::Dial {
            command_id: command.as_str().to_owned(),
            number: dial.number.clone(),
            extension: dial.facts.extension.to_string(),
            state: state(progress.state),
            why: why(progress.state, progress.reason, dial.why.as_deref()),
            vpbx_result: match dial.facts.reply {
                Some(Reply::Refused { code }) => Some(code),
                Some(Reply::Accepted | Reply::Unreachable | Reply::Unclear) | None => {
                    dial.facts.result.filter(|code| !Code(*code).is_ok())
                }
            },
            call: progress.call.map(|id| id.as_str().to_owned()),
        };
        if dial.shown.as_ref() != Some(&view) {
            dial.shown = Some(view.clone());
            outbox.changes.push(Change::Dial(view.into()));
        }
    }

    pub(super) fn tick_dials(&mut self, now: Timestamp, outbox: &mut Outbox) {
        let moving: Vec<CommandId> = self
            .dials
            .iter()
            .filter(|(_, dial)| dial.shown.as_ref().is_none_or(|shown| !is_over(shown.state)))
            .map(|(command, _)| command.clone())
            .collect();
        for command in moving {
            self.refresh_dial(&command, now, outbox);
        }
        self.dials.retain(|_, dial| {
            dial.shown.as_ref().is_none_or(|shown| !is_over(shown.state))
                || now.duration_since(dial.facts.asked_at) < HELD_FOR
        });
    }

    pub(super) fn shown_dials(&self, since: Timestamp) -> Vec<wire::Dial> {
        let mut dials: Vec<&TrackedDial> = self
            .dials
            .values()
            .filter(|dial| {
                dial.facts.asked_at >= since || dial.shown.as_ref().is_some_and(|shown| !is_over(shown.state))
            })
            .collect();
        dials.sort_by_key(|dial| std::cmp::Reverse(dial.facts.asked_at));
        dials.into_iter().take(SNAPSHOT_DIALS).filter_map(|dial| dial.shown.clone()).collect()
    }
}

fn is_over(state: wire::DialState) -> bool {
    match state {
        wire::DialState::Done | wire::DialState::Failed => true,
        wire::DialState::Sending
        | wire::DialState::Accepted
        | wire::DialState::RingingUs
        | wire::DialState::RingingThem
        | wire::DialState::Talking
        | wire::DialState::Unclear => false,
    }
}

fn state(state: State) -> wire::DialState {
    match state {
        State::Sending => wire::DialState::Sending,
        State::Accepted => wire::DialState::Accepted,
        State::RingingUs => wire::DialState::RingingUs,
        State::RingingThem => wire::DialState::RingingThem,
        State::Talking => wire::DialState::Talking,
        State::Done => wire::DialState::Done,
        State::Failed => wire::DialState::Failed,
        State::Unclear => wire::DialState::Unclear,
    }
}

fn why(state: State, reason: Option<i32>, replied: Option<&str>) -> Option<String> {
    match state {
        State::Failed => reason
            .map(|code| Code(code).russian().to_owned())
            .or_else(|| replied.map(str::to_owned))
            .or_else(|| Some("Звонок не состоялся".to_owned())),
        State::Unclear => {
            Some("АТС не подтвердила, ушёл ли вызов. Посмотрите на свой телефон, прежде чем звонить ещё раз".to_owned())
        }
        State::Sending | State::Accepted | State::RingingUs | State::RingingThem | State::Talking | State::Done => None,
    }
}

fn command_result(json: &str) -> Option<(CommandId, i32)> {
    let json = mango_vpbx::VerifiedJson::kept(json.to_owned());
    let mango_vpbx::Post::CommandResult(result) = mango_vpbx::parse("result/callback", &json).ok()? else {
        return None;
    };
    Some((CommandId::new(result.command_id?), result.result))
}
