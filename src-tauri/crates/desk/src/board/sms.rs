//! Text messages: the intent, what the PBX replied, and whether it was delivered.

use calls::CommandId;
use calls::dial::{REPLY_LOST_AFTER, Reply};
use jiff::{SignedDuration, Timestamp};
use mango_vpbx::{Code, Post};
use phone::PhoneNumber;
use serde::{Deserialize, Serialize};

use super::replied::reply;
use super::{Board, Change, CommandReplied, Outbox};
use crate::log::{FactKind, StoredFact};
use crate::view;

/// Messages in a snapshot.
const SNAPSHOT_SMS: usize = 100;
/// For how long a message stays on the board.
const HELD_FOR: SignedDuration = SignedDuration::from_hours(48);

/// Somebody sent a text message: the fact's body, on disk before the command leaves.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SmsIntent {
    /// Unique at the PBX.
    pub command_id: String,
    /// To whom, E.164.
    pub number: String,
    /// The whole text.
    pub text: String,
    /// The extension that sends it.
    pub by: String,
    /// The call it belongs to.
    pub call: Option<String>,
    /// The mark of the request that made it, hex of SHA-256: its repeat after a restart is the same click.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request: Option<String>,
}

/// A message on the board.
#[derive(Debug)]
pub(super) struct TrackedSms {
    intent: SmsIntent,
    asked_at: Timestamp,
    reply: Option<Reply>,
    why: Option<String>,
    /// The code of `result/sms`.
    result: Option<i32>,
    /// The code of `events/sms`.
    delivery: Option<i32>,
    restarted: bool,
    shown: Option<wire::Sms>,
}

impl Board {
    /// The disk has an intent: it is shown.
    pub fn sms_asked(&mut self, intent: SmsIntent, asked_at: Timestamp) -> Outbox {
        let mut outbox = Outbox::default();
        let command = CommandId::new(&intent.command_id);
        let sms = TrackedSms {
            intent,
            asked_at,
            reply: None,
            why: None,
            result: None,
            delivery: None,
            restarted: false,
            shown: None,
        };
        self.sms.insert(command.clone(), sms);
        self.refresh_sms(&command, asked_at, &mut outbox);
        outbox
    }

    /// The PBX replied, or it is known that it did not.
    pub fn sms_replied(&mut self, replied: &CommandReplied, now: Timestamp) -> Outbox {
        let mut outbox = Outbox::default();
        let command = CommandId::new(&replied.command_id);
        if let Some(sms) = self.sms.get_mut(&command) {
            sms.reply = reply(replied);
            sms.why.clone_from(&replied.why);
            self.refresh_sms(&command, now, &mut outbox);
        }
        outbox
    }

    /// Brings a message of the log back on the board, at start. It is never sent again.
    pub fn restore_sms(&mut self, facts: &[StoredFact], now: Timestamp) {
        for fact in facts {
            match fact.kind {
                FactKind::Sms => {
                    let Ok(intent) = serde_json::from_slice::<SmsIntent>(&fact.body) else { continue };
                    let command = CommandId::new(&intent.command_id);
                    let _ = self.sms_asked(intent, fact.received_at);
                    if let Some(sms) = self.sms.get_mut(&command) {
                        sms.restarted = true;
                    }
                }
                FactKind::Reply => {
                    if let Ok(replied) = serde_json::from_slice::<CommandReplied>(&fact.body) {
                        let _ = self.sms_replied(&replied, now);
                    }
                }
                FactKind::Post => {
                    let mut outbox = Outbox::default();
                    if let Some(post) = super::past::post(fact) {
                        self.sms_told(&post, now, &mut outbox);
                    }
                }
                FactKind::Dial
                | FactKind::Command
                | FactKind::Statistics
                | FactKind::Choice
                | FactKind::Claim
                | FactKind::Dismissal
                | FactKind::Postponement
                | FactKind::WrapUp => {}
            }
        }
    }

    /// What `result/sms` and `events/sms` tell.
    pub(super) fn sms_told(&mut self, post: &Post, now: Timestamp, outbox: &mut Outbox) {
        let (command, result, delivery) = if let Post::CommandResult(told) = post {
            (told.command_id.as_deref(), Some(told.result), None)
        } else if let Post::Sms(told) = post {
            (told.command_id.as_deref(), None, Some(told.reason))
        } else {
            return;
        };
        let Some(command) = command.map(CommandId::new) else { return };
        let Some(sms) = self.sms.get_mut(&command) else { return };
        sms.result = result.or(sms.result);
        sms.delivery = delivery.or(sms.delivery);
        self.refresh_sms(&command, now, outbox);
    }

    pub(super) fn tick_sms(&mut self, now: Timestamp, outbox: &mut Outbox) {
        let sending = |sms: &TrackedSms| sms.shown.as_ref().is_none_or(|sms| sms.state == wire::SmsState::Sending);
        let moving: Vec<CommandId> =
            self.sms.iter().filter(|(_, sms)| sending(sms)).map(|(command, _)| command.clone()).collect();
        for command in moving {
            self.refresh_sms(&command, now, outbox);
        }
        self.sms.retain(|_, sms| now.duration_since(sms.asked_at) < HELD_FOR);
    }

    pub(super) fn shown_sms(&self, since: Timestamp) -> Vec<wire::Sms> {
        let mut sms: Vec<&TrackedSms> = self.sms.values().filter(|sms| sms.asked_at >= since).collect();
        sms.sort_by_key(|sms| std::cmp::Reverse(sms.asked_at));
        sms.into_iter().take(SNAPSHOT_SMS).filter_map(|sms| sms.shown.clone()).collect()
    }

    fn refresh_sms(&mut self, command: &CommandId, now: Timestamp, outbox: &mut Outbox) {
        let region = &self.rules.region;
        let Some(sms) = self.sms.get_mut(command) else { return };
        let (state, reason) = sms.standing(now);
        let view = wire::Sms {
            command_id: sms.intent.command_id.clone(),
            number: sms.intent.number.clone(),
            number_display: PhoneNumber::from_pbx(&sms.intent.number, region)
                .map_or_else(|| sms.intent.number.clone(), |number| number.display()),
            call: sms.intent.call.clone(),
            text: sms.intent.text.clone(),
            by: Some(sms.intent.by.clone()),
            state,
            why: match state {
                wire::SmsState::Sending | wire::SmsState::Accepted | wire::SmsState::Delivered => None,
                wire::SmsState::Unclear => Some(
                    "АТС не подтвердила, ушло ли сообщение. Уточните у пациента, прежде чем слать ещё раз".to_owned(),
                ),
                wire::SmsState::Failed => Some(
                    sms.why
                        .clone()
                        .or_else(|| reason.map(|code| Code(code).russian().to_owned()))
                        .unwrap_or_else(|| "Сообщение не отправлено".to_owned()),
                ),
            },
            vpbx_result: reason.filter(|_| state == wire::SmsState::Failed),
            at: view::time(sms.asked_at),
        };
        if sms.shown.as_ref() != Some(&view) {
            sms.shown = Some(view.clone());
            outbox.changes.push(Change::Sms(view.into()));
        }
    }
}

impl TrackedSms {
    /// Delivery outranks the replies; a bad result outranks a good reply.
    fn standing(&self, now: Timestamp) -> (wire::SmsState, Option<i32>) {
        let asked_long_ago = now.duration_since(self.asked_at) >= REPLY_LOST_AFTER;
        match (self.delivery, self.result, self.reply) {
            (Some(code), _, _) if Code(code).is_ok() => (wire::SmsState::Delivered, None),
            (Some(code), _, _) => (wire::SmsState::Failed, Some(code)),
            (None, Some(code), _) if !Code(code).is_ok() => (wire::SmsState::Failed, Some(code)),
            (None, _, Some(Reply::Refused { code })) => (wire::SmsState::Failed, Some(code)),
            (None, _, Some(Reply::Unreachable)) => (wire::SmsState::Failed, None),
            (None, Some(_), _) | (None, None, Some(Reply::Accepted)) => (wire::SmsState::Accepted, None),
            (None, None, Some(Reply::Unclear)) => (wire::SmsState::Unclear, None),
            (None, None, None) if self.restarted || asked_long_ago => (wire::SmsState::Unclear, None),
            (None, None, None) => (wire::SmsState::Sending, None),
        }
    }
}
