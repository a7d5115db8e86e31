//! One click calls back: the intent is on disk, then one command leaves.

use jiff::Timestamp;
use mango_vpbx::Command;
use mango_vpbx::command::{Callback, CallbackGroup};
use phone::{Extension, PhoneNumber, Region};

use super::requests::{Effect, What, error, own_fact};
use super::{Running, commands};
use crate::board::DialIntent;
use crate::happening::{Asked, Happening};
use crate::log::FactKind;

impl Running {
    pub(super) fn ask_dial(
        &mut self,
        asked: Asked,
        typed: &str,
        extension: Option<Extension>,
        (line, group): (Option<String>, Option<String>),
        now: Timestamp,
    ) -> Result<(), wire::RequestError> {
        let Some(number) = PhoneNumber::parse(typed, self.board.region()) else {
            return Err(error(wire::ErrorCode::BadNumber, "Это не телефонный номер: звонить некуда"));
        };
        let group = match group.as_deref().map(str::trim).filter(|group| !group.is_empty()) {
            Some(typed) => match Extension::new(typed) {
                Some(group) => Some(group.as_str().to_owned()),
                None => return Err(error(wire::ErrorCode::BadNumber, "Это не номер группы: звонить не через кого")),
            },
            None => None,
        };
        let line = line.filter(|line| !line.trim().is_empty());
        let Some(extension) = extension else {
            return Err(error(
                wire::ErrorCode::NoExtension,
                "Не указан внутренний номер этого рабочего места: впишите его в настройках",
            ));
        };
        let account = self.board.account_of(&number);
        if self.pbx.client(account).is_none() {
            return Err(error(wire::ErrorCode::NotConfigured, "Код и ключ АТС не введены: откройте настройки"));
        }
        let intent = DialIntent {
            command_id: self.pbx.new_command_id(),
            number: number.as_str().to_owned(),
            extension: extension.as_str().to_owned(),
            line: line.or_else(|| self.dialling.line.clone()).map(|line| line_for_pbx(&line, self.board.region())),
            group,
            request: self.recent.mark(&asked),
        };
        let body = serde_json::to_value(&intent).unwrap_or_default();
        let fact = own_fact(account, FactKind::Dial, intent.command_id.clone(), &body, now);
        self.write_then(fact, Effect { asked, what: What::Dial { intent, asked_at: now, account } })
    }

    pub(super) fn send_dial(&self, asked: Asked, intent: DialIntent, account: &'static str) {
        let Some(client) = self.pbx.client(account) else { return };
        let back = self.happenings.clone();
        let to = intent.number.trim_start_matches('+').to_owned();
        let command = match intent.group {
            Some(group) => Command::from(CallbackGroup {
                command_id: intent.command_id.clone(),
                from: group,
                to,
                line_number: intent.line,
            }),
            None => Command::from(Callback {
                command_id: intent.command_id.clone(),
                extension: intent.extension,
                from_number: None,
                to_number: to,
                line_number: intent.line,
                auto_answer: self.dialling.auto_answer,
            }),
        };
        self.tasks.spawn(async move {
            let outcome = commands::send(&client, &command).await;
            let replied = commands::replied(&intent.command_id, &outcome);
            let _ = back.send(Happening::Dialled { asked, account, replied, outcome }).await;
        });
    }
}

/// An outgoing line as the PBX wants it: digits of a number, or the name of a SIP line as it is (reference 4).
fn line_for_pbx(line: &str, region: &Region) -> String {
    PhoneNumber::parse(line, region).map_or_else(|| line.trim().to_owned(), |number| number.digits().to_owned())
}
