//! What is done with calls through the PBX: transfer, take-over, hold, hang-up, recording; and text messages. The intent is
//! on disk before the command leaves, and a command leaves once.

use calls::{EntryId, Grip};
use jiff::Timestamp;
use mango_vpbx::Command;
use mango_vpbx::command::{
    CallsConnect, HangUp, HoldOn, RecordingStart, Route, Sms, Transfer, TransferCancel, TransferMethod,
};
use phone::{Extension, PhoneNumber};

use super::requests::{Effect, What, error, own_fact};
use super::{Running, commands};
use crate::board::{DeedIntent, SmsIntent};
use crate::happening::{About, Asked, Happening};
use crate::log::FactKind;

/// A short number has no more digits; what is longer is a telephone number.
const LONGEST_SHORT_NUMBER: usize = 6;

/// What is asked of a call.
pub(super) struct Deed {
    pub(super) call: String,
    pub(super) action: wire::Action,
    /// The leg, when the asker names one.
    pub(super) leg: Option<String>,
    /// To whom, as typed.
    pub(super) to: Option<String>,
}

impl Running {
    pub(super) fn ask_deed(
        &mut self,
        asked: Asked,
        deed: Deed,
        me: Option<Extension>,
        now: Timestamp,
    ) -> Result<(), wire::RequestError> {
        let call = self.known_call(&deed.call, now)?;
        let account = self.board.account_of_call(&call);
        if self.pbx.client(account).is_none() {
            return Err(error(wire::ErrorCode::NotConfigured, "Код и ключ АТС не введены: откройте настройки"));
        }
        if me.is_none() && deed.action != wire::Action::HangUp {
            return Err(error(
                wire::ErrorCode::NoExtension,
                "Не указан внутренний номер этого рабочего места: впишите его в настройках",
            ));
        }
        let click = (call.as_str().to_owned(), deed.action, me.as_ref().map(|me| me.as_str().to_owned()));
        if self.under_way.contains_key(&click) {
            return Err(error(wire::ErrorCode::NotNow, "Эта команда уже отправляется"));
        }
        let to = match &deed.to {
            Some(typed) => Some(self.transfer_target(typed)?),
            None => None,
        };
        if to.is_some() && to.as_deref() == me.as_ref().map(Extension::as_str) {
            return Err(error(wire::ErrorCode::BadNumber, "Это ваш собственный номер: выберите коллегу или группу"));
        }
        let grip = self.board.grip(&call, me.as_ref()).unwrap_or_default();
        let leg = match deed.leg {
            Some(leg) => self.leg_of(&call, &leg)?,
            None => self.leg_for(&call, deed.action, &grip)?,
        };
        let intent = DeedIntent {
            command_id: self.pbx.new_command_id(),
            what: deed.action,
            call: call.as_str().to_owned(),
            leg,
            by: me.map(|me| me.as_str().to_owned()),
            to,
            request: self.recent.mark(&asked),
        };
        let command = command(&intent, &grip);
        let command_id = intent.command_id.clone();
        let body = serde_json::to_value(&intent).unwrap_or_default();
        let fact = own_fact(account, FactKind::Command, intent.call.clone(), &body, now);
        self.write_then(fact, Effect { asked, what: What::Deed { intent, command, asked_at: now, account } })?;
        self.under_way.insert(click, command_id);
        Ok(())
    }

    pub(super) fn ask_sms(
        &mut self,
        asked: Asked,
        (typed, text, call): (&str, &str, Option<String>),
        me: Option<Extension>,
        now: Timestamp,
    ) -> Result<(), wire::RequestError> {
        let Some(number) = PhoneNumber::parse(typed, self.board.region()) else {
            return Err(error(wire::ErrorCode::BadNumber, "Это не телефонный номер: писать некуда"));
        };
        let Some(by) = me else {
            return Err(error(
                wire::ErrorCode::NoExtension,
                "Не указан внутренний номер этого рабочего места: впишите его в настройках",
            ));
        };
        let text = text.trim();
        if text.is_empty() {
            return Err(error(wire::ErrorCode::BadRequest, "Сообщение пустое: напишите текст"));
        }
        let account = match &call {
            Some(call) => {
                let call = self.known_call(call, now)?;
                self.board.account_of_call(&call)
            }
            None => self.board.account_of(&number),
        };
        if self.pbx.client(account).is_none() {
            return Err(error(wire::ErrorCode::NotConfigured, "Код и ключ АТС не введены: откройте настройки"));
        }
        let intent = SmsIntent {
            command_id: self.pbx.new_command_id(),
            number: number.as_str().to_owned(),
            text: text.to_owned(),
            by: by.as_str().to_owned(),
            call,
            request: self.recent.mark(&asked),
        };
        let command = Command::from(Sms {
            command_id: intent.command_id.clone(),
            text: intent.text.clone(),
            from_extension: intent.by.clone(),
            to_number: number.digits().to_owned(),
            sender: None,
        });
        if command.check().is_err() {
            return Err(error(
                wire::ErrorCode::BadRequest,
                "Сообщение слишком длинное: не больше 268 знаков по-русски или 612 латиницей",
            ));
        }
        let body = serde_json::to_value(&intent).unwrap_or_default();
        let fact = own_fact(account, FactKind::Sms, intent.command_id.clone(), &body, now);
        self.write_then(fact, Effect { asked, what: What::Sms { intent, command, asked_at: now, account } })
    }

    /// Sends a command whose intent is on disk.
    pub(super) fn send_command(
        &self,
        asked: Asked,
        about: About,
        command_id: String,
        command: Command,
        account: &'static str,
    ) {
        let Some(client) = self.pbx.client(account) else { return };
        let back = self.happenings.clone();
        self.tasks.spawn(async move {
            let outcome = commands::send(&client, &command).await;
            let replied = commands::replied(&command_id, &outcome);
            let _ = back.send(Happening::Commanded { asked, account, about, replied, outcome }).await;
        });
    }

    /// Whom a call goes to: a colleague's or group's short number, or a telephone number.
    fn transfer_target(&self, typed: &str) -> Result<String, wire::RequestError> {
        let typed = typed.trim();
        let roster = self.roster.view();
        let is_known = |short: &str| {
            roster.colleagues.iter().any(|colleague| colleague.extension == short)
                || roster.groups.iter().any(|group| group.extension == short)
        };
        if let Some(short) = Extension::new(typed)
            && (short.as_str().len() <= LONGEST_SHORT_NUMBER || is_known(short.as_str()))
        {
            return Ok(short.as_str().to_owned());
        }
        let number = PhoneNumber::parse(typed, self.board.region());
        number.map(|number| number.as_str().to_owned()).ok_or_else(|| {
            error(wire::ErrorCode::BadNumber, "Это не внутренний и не телефонный номер: переводить некуда")
        })
    }

    fn leg_of(&self, call: &EntryId, leg: &str) -> Result<String, wire::RequestError> {
        let known = self.board.call(call).is_some_and(|shown| shown.legs.iter().any(|known| known.id == leg));
        if known {
            Ok(leg.to_owned())
        } else {
            Err(error(wire::ErrorCode::NotFound, "Этот звонок уже окончен"))
        }
    }

    fn leg_for(&self, call: &EntryId, action: wire::Action, grip: &Grip) -> Result<String, wire::RequestError> {
        let not_now = |why| Err(error(wire::ErrorCode::NotNow, why));
        let leg = match action {
            wire::Action::HangUp => match &grip.hang_up {
                Some(leg) => Some(leg.as_str().to_owned()),
                None => return self.most_advanced_leg(call),
            },
            wire::Action::Take => grip.take.as_ref().map(|leg| leg.as_str().to_owned()),
            wire::Action::Transfer | wire::Action::Consult | wire::Action::Hold | wire::Action::Record => {
                grip.talk.as_ref().map(|leg| leg.as_str().to_owned())
            }
            wire::Action::CompleteTransfer => {
                let answered = grip.consult.as_ref().filter(|consult| consult.answered);
                answered.map(|consult| consult.held.as_str().to_owned())
            }
            wire::Action::CancelTransfer => grip.consult.as_ref().map(|consult| consult.held.as_str().to_owned()),
        };
        if let Some(leg) = leg {
            return Ok(leg);
        }
        match action {
            wire::Action::Take => not_now("Забрать нельзя: звонок уже приняли, или он закончился"),
            wire::Action::Transfer | wire::Action::Consult => {
                not_now("Перевести можно только разговор, который идёт у вас")
            }
            wire::Action::Hold => not_now("Удержать можно только разговор, который идёт у вас"),
            wire::Action::Record => not_now("Записать можно только разговор, который идёт у вас"),
            wire::Action::CompleteTransfer => not_now("Соединить пока некого: коллега ещё не ответил"),
            wire::Action::CancelTransfer => not_now("Возвращаться не к кому: никто не ждёт на удержании"),
            wire::Action::HangUp => not_now("Этот звонок уже окончен"),
        }
    }

    /// Which leg a hang-up means that names none, by somebody who is not in the call: the one that talks first.
    fn most_advanced_leg(&self, call: &EntryId) -> Result<String, wire::RequestError> {
        let rank = |leg: &&wire::Leg| match leg.state {
            wire::LegState::Talking => 3,
            wire::LegState::Held => 2,
            wire::LegState::Ringing => 1,
            wire::LegState::Ended => 0,
        };
        let legs = self.board.call(call).map(|shown| shown.legs.as_slice()).unwrap_or_default();
        let live = legs.iter().filter(|leg| leg.state != wire::LegState::Ended).max_by_key(rank);
        live.map(|leg| leg.id.clone()).ok_or_else(|| error(wire::ErrorCode::NotFound, "Этот звонок уже окончен"))
    }
}

/// The PBX's command for an intent.
fn command(intent: &DeedIntent, grip: &Grip) -> Command {
    let (command_id, call_id) = (intent.command_id.clone(), intent.leg.clone());
    let me = intent.by.clone().unwrap_or_default();
    let to_number = intent.to.as_deref().unwrap_or_default().trim_start_matches('+').to_owned();
    let transfer = |method| {
        Command::from(Transfer {
            command_id: command_id.clone(),
            call_id: call_id.clone(),
            method,
            to_number: to_number.clone(),
            initiator: me.clone(),
        })
    };
    match intent.what {
        wire::Action::HangUp => HangUp { command_id, call_id }.into(),
        wire::Action::Take => Route { command_id, call_id, to_number: me, display_name: None }.into(),
        wire::Action::Transfer => transfer(TransferMethod::Blind),
        wire::Action::Consult => transfer(TransferMethod::Hold),
        wire::Action::CompleteTransfer => CallsConnect {
            command_id,
            held_call_id: call_id,
            transferred_call_id: grip
                .consult
                .as_ref()
                .map(|consult| consult.asked.as_str().to_owned())
                .unwrap_or_default(),
            initiator: me,
        }
        .into(),
        wire::Action::CancelTransfer => TransferCancel { command_id, call_id }.into(),
        wire::Action::Hold => HoldOn { command_id, call_id, initiator: me }.into(),
        wire::Action::Record => RecordingStart { command_id, call_id, party: me }.into(),
    }
}
