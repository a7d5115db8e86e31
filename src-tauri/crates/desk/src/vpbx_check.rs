//! The settings' check of the PBX: is the code right, is the key right, and what to do when not.

use jiff::Timestamp;
use mango_vpbx::client::CommandError;

use crate::happening::{CommandOutcome, Happening};
use crate::running::commands::{moment, refusal};
use crate::start::Desk;

/// What a signed `account/balance` brought back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VpbxCheck {
    /// True when the PBX accepted our code and key.
    pub ok: bool,
    /// The balance with its currency, when it was told.
    pub balance: Option<String>,
    /// The PBX's code when it refused.
    pub code: Option<i32>,
    /// What happened, in Russian.
    pub what: String,
    /// What to do, in Russian.
    pub advice: Option<String>,
    /// Before this moment another refused command would lock the account out: keep the button disabled.
    pub retry_at: Option<Timestamp>,
}

impl Desk {
    /// Asks the PBX for its balance, signed: proves code and key. Goes through the one gate of commands. After a
    /// refusal it waits until another refusal could not lock the account out (refinement 24).
    pub async fn check_vpbx(&self) -> VpbxCheck {
        let Some(client) = &self.client else {
            return VpbxCheck {
                ok: false,
                balance: None,
                code: None,
                what: "Код и ключ АТС не введены".to_owned(),
                advice: Some("Скопируйте их из личного кабинета MANGO OFFICE: Интеграции → API коннектор".to_owned()),
                retry_at: None,
            };
        };
        let retry_at = || client.quiet_until().or_else(|| client.forgotten_at()).and_then(moment);
        if let Some(retry_at) = retry_at() {
            return VpbxCheck {
                ok: false,
                balance: None,
                code: None,
                what: "Недавно АТС отклонила запрос. Второй отказ подряд заблокировал бы команды на две минуты"
                    .to_owned(),
                advice: Some("Проверка снова станет доступна, когда кончится отсчёт".to_owned()),
                retry_at: Some(retry_at),
            };
        }
        let balance = client.balance().await;
        let outcome = match &balance {
            Ok(_) => CommandOutcome::Accepted,
            Err(error) => CommandOutcome::Not(refusal(error)),
        };
        let _ = self.happenings.send(Happening::Checked(outcome.clone())).await;
        match balance {
            Ok(balance) => VpbxCheck {
                ok: true,
                balance: Some(match &balance.currency {
                    Some(currency) => format!("{} {currency}", balance.amount),
                    None => balance.amount.clone(),
                }),
                code: None,
                what: "АТС приняла код и ключ".to_owned(),
                advice: None,
                retry_at: None,
            },
            Err(error) => VpbxCheck {
                ok: false,
                balance: None,
                code: match &error {
                    CommandError::Refused { code, .. } => Some(*code),
                    CommandError::Quiet { .. }
                    | CommandError::Unreachable(_)
                    | CommandError::Unclear(_)
                    | CommandError::Busy
                    | CommandError::Config(_) => None,
                },
                what: match &error {
                    // A question changes nothing: nobody needs to look whether it happened.
                    CommandError::Unclear(_) => "По этому адресу ответили не так, как отвечает MANGO OFFICE".to_owned(),
                    CommandError::Refused { .. }
                    | CommandError::Quiet { .. }
                    | CommandError::Unreachable(_)
                    | CommandError::Busy
                    | CommandError::Config(_) => refusal(&error).message,
                },
                advice: advice(&error).map(str::to_owned),
                retry_at: retry_at(),
            },
        }
    }
}

fn advice(error: &CommandError) -> Option<&'static str> {
    match error {
        CommandError::Refused { code: 3102, .. } => {
            Some("Скопируйте «Ключ для создания подписи» из кабинета ещё раз: он должен совпадать до последнего знака")
        }
        CommandError::Refused { code: 3105, .. } => Some("Скопируйте «Уникальный код вашей АТС» из кабинета ещё раз"),
        CommandError::Refused { code: 5300, .. } => Some("Подключите в кабинете услугу «API коннектор»"),
        CommandError::Refused { .. } => {
            Some("Проверьте в кабинете «Разрешённые IP-адреса»: «Свободный доступ» или адрес этого компьютера")
        }
        CommandError::Unreachable(_) | CommandError::Unclear(_) => {
            Some("Проверьте интернет и «Адрес API Виртуальной АТС»")
        }
        CommandError::Config(_) => Some("Проверьте «Адрес API Виртуальной АТС»: https://app.mango-office.ru/vpbx/"),
        CommandError::Quiet { .. } | CommandError::Busy => None,
    }
}
