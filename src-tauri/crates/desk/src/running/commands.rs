//! Commands to the PBX: one client per account, whose gate keeps the PBX's limits.

use std::sync::Arc;
use std::time::SystemTime;

use jiff::Timestamp;
use mango_vpbx::client::{Client, CommandError, ConfigFault};
use mango_vpbx::{Account, Code, Command};
use serde_json::Value;

use crate::board::CommandReplied;
use crate::happening::CommandOutcome;
use crate::log::REHEARSAL;
use crate::view;

/// The PBXs that commands go to.
#[derive(Debug, Clone)]
pub(crate) struct Pbx {
    main: Option<Arc<Client>>,
    rehearsal: Option<Arc<Client>>,
    rehearsal_account: Account,
    desk_name: String,
}

impl Pbx {
    pub(crate) fn new(main: Option<Arc<Client>>, rehearsal_account: Account, desk_name: String) -> Pbx {
        Pbx { main, rehearsal: None, rehearsal_account, desk_name }
    }

    pub(crate) fn set_rehearsal(&mut self, commands: Option<String>) {
        self.rehearsal = commands.and_then(|base| {
            Client::new(&base, self.rehearsal_account.clone())
                .inspect_err(|error| tracing::warn!(%error, "the rehearsal PBX takes no commands"))
                .ok()
                .map(Arc::new)
        });
    }

    pub(super) fn client(&self, account: &'static str) -> Option<Arc<Client>> {
        if account == REHEARSAL { self.rehearsal.clone() } else { self.main.clone() }
    }

    pub(super) fn quiet_until(&self) -> Option<Timestamp> {
        self.main.as_ref()?.quiet_until().and_then(moment)
    }

    /// Unique at the PBX (contract §5): `callpop-<desk>-<uuid>`.
    pub(super) fn new_command_id(&self) -> String {
        format!("callpop-{}-{}", self.desk_name, uuid::Uuid::new_v4())
    }
}

/// A moment of the system's clock.
pub(crate) fn moment(at: SystemTime) -> Option<Timestamp> {
    Timestamp::try_from(at).ok()
}

/// Sends a command and tells what became of it.
pub(super) async fn send(client: &Client, command: &Command) -> CommandOutcome {
    match client.send(command).await {
        Ok(_) => CommandOutcome::Accepted,
        Err(error) => {
            let mut told = refusal(&error);
            if told.code == wire::ErrorCode::VpbxUnclear {
                told.message = unclear_words(command).to_owned();
            }
            CommandOutcome::Not(told)
        }
    }
}

/// What to do when nobody knows whether a command was carried out.
fn unclear_words(command: &Command) -> &'static str {
    if matches!(command, Command::Callback(_) | Command::CallbackGroup(_)) {
        UNCLEAR_CALL
    } else if matches!(command, Command::Sms(_)) {
        "АТС не подтвердила, ушло ли сообщение. Уточните у пациента, прежде чем слать ещё раз"
    } else {
        UNCLEAR
    }
}

/// Of a command about a call.
const UNCLEAR: &str = "АТС не подтвердила команду. Посмотрите на телефон, прежде чем повторять";
/// Of a callback.
const UNCLEAR_CALL: &str = "АТС не подтвердила, ушёл ли вызов. Посмотрите на свой телефон, прежде чем звонить ещё раз";

/// A failed command in the words of the feed.
pub(crate) fn refusal(error: &CommandError) -> wire::RequestError {
    let error_of = |code, message: String| wire::RequestError { code, message, vpbx_result: None, until: None };
    match error {
        CommandError::Refused { code, http, .. } => wire::RequestError {
            vpbx_result: Some(*code),
            ..error_of(wire::ErrorCode::VpbxRefused, refused_words(*code, *http))
        },
        CommandError::Quiet { until } => wire::RequestError {
            until: moment(*until).map(view::time),
            ..error_of(
                wire::ErrorCode::VpbxQuiet,
                "АТС временно не принимает команды после двух отклонённых запросов. Звоните с телефона".to_owned(),
            )
        },
        CommandError::Unreachable(_) => error_of(
            wire::ErrorCode::VpbxDown,
            "Нет связи с АТС: команда не отправлена. Проверьте интернет и повторите".to_owned(),
        ),
        CommandError::Unclear(_) => unclear(),
        CommandError::Busy => error_of(
            wire::ErrorCode::Busy,
            "Слишком много команд сразу: эта не отправлена. Повторите через несколько секунд".to_owned(),
        ),
        CommandError::Config(fault) => error_of(wire::ErrorCode::NotConfigured, config_words(fault)),
    }
}

/// Nobody knows whether the PBX took a command.
pub(super) fn unclear() -> wire::RequestError {
    wire::RequestError {
        code: wire::ErrorCode::VpbxUnclear,
        message: UNCLEAR.to_owned(),
        vpbx_result: None,
        until: None,
    }
}

/// A failed question in the words of the feed: nothing was to be done, so nothing can have been done twice.
pub(super) fn no_answer(error: &CommandError) -> wire::RequestError {
    let told = refusal(error);
    match told.code {
        wire::ErrorCode::VpbxUnclear => wire::RequestError {
            code: wire::ErrorCode::VpbxDown,
            message: "АТС ответила непонятно. Повторите через минуту".to_owned(),
            ..told
        },
        wire::ErrorCode::VpbxDown => wire::RequestError {
            message: "Нет связи с АТС. Проверьте интернет и повторите".to_owned(),
            ..told
        },
        wire::ErrorCode::UnknownRequest
        | wire::ErrorCode::BadRequest
        | wire::ErrorCode::NotFound
        | wire::ErrorCode::BadNumber
        | wire::ErrorCode::NoExtension
        | wire::ErrorCode::VpbxRefused
        | wire::ErrorCode::VpbxQuiet
        | wire::ErrorCode::NotConfigured
        | wire::ErrorCode::DirectoryDown
        | wire::ErrorCode::DirectoryRefused
        | wire::ErrorCode::LogFailing
        | wire::ErrorCode::NotNow
        | wire::ErrorCode::NotReady
        | wire::ErrorCode::Busy => told,
    }
}

fn config_words(fault: &ConfigFault) -> String {
    let what = match fault {
        ConfigFault::Address(_) => "такого адреса не бывает".to_owned(),
        ConfigFault::Redirected(http) => format!("по этому адресу отвечает не АТС, HTTP {http}"),
        ConfigFault::Http(_) => "на этом компьютере не работает HTTPS".to_owned(),
        ConfigFault::Command(_) => {
            return "Команда неполная и не отправлена: обновите программу".to_owned();
        }
    };
    format!("Команда не отправлена: проверьте «Адрес API Виртуальной АТС» в настройках ({what})")
}

fn refused_words(code: i32, http: u16) -> String {
    match (code, http) {
        (0, 401) => "АТС не принимает команды: слишком много ошибочных запросов. Подождите две минуты".to_owned(),
        (0, 429) => "АТС просит слать команды реже. Повторите через несколько секунд".to_owned(),
        (0, http) => format!("АТС отказала (HTTP {http})"),
        (3102, _) => "АТС не приняла подпись: в кабинете сменили «Ключ для создания подписи». Скопируйте новый ключ в \
                      настройки (код 3102)"
            .to_owned(),
        (3105, _) => "АТС не знает нашего кода: в кабинете сменили «Уникальный код вашей АТС» и ключ подписи. \
                      Скопируйте оба в настройки (код 3105)"
            .to_owned(),
        (code, _) => format!("АТС отказала: {} (код {code})", Code(code).russian()),
    }
}

/// What a click-to-call's fact says of the PBX's reply.
pub(super) fn replied(command_id: &str, outcome: &CommandOutcome) -> CommandReplied {
    let (reply, error) = match outcome {
        CommandOutcome::Accepted => ("accepted", None),
        CommandOutcome::Not(error) => {
            let reply = match error.code {
                wire::ErrorCode::VpbxRefused => "refused",
                wire::ErrorCode::VpbxUnclear => "unclear",
                wire::ErrorCode::UnknownRequest
                | wire::ErrorCode::BadRequest
                | wire::ErrorCode::NotFound
                | wire::ErrorCode::BadNumber
                | wire::ErrorCode::NoExtension
                | wire::ErrorCode::VpbxDown
                | wire::ErrorCode::VpbxQuiet
                | wire::ErrorCode::NotConfigured
                | wire::ErrorCode::DirectoryDown
                | wire::ErrorCode::DirectoryRefused
                | wire::ErrorCode::LogFailing
                | wire::ErrorCode::NotNow
                | wire::ErrorCode::NotReady
                | wire::ErrorCode::Busy => "unreachable",
            };
            (reply, Some(error))
        }
    };
    CommandReplied {
        command_id: command_id.to_owned(),
        reply: reply.to_owned(),
        code: error.and_then(|error| error.vpbx_result),
        why: error.map(|error| error.message.clone()),
        error: error.map(|error| error.code),
        until: error.and_then(|error| error.until.clone()),
    }
}

/// How the one who asked was told of what [`replied`] keeps; `ok` is what an accepted command answers.
pub(super) fn told(replied: &CommandReplied, ok: Value) -> Result<Value, wire::RequestError> {
    match (replied.reply.as_str(), replied.error, &replied.why) {
        ("accepted", ..) => Ok(ok),
        (_, Some(code), Some(why)) => Err(wire::RequestError {
            code,
            message: why.clone(),
            vpbx_result: replied.code,
            until: replied.until.clone(),
        }),
        _ => Err(unclear()),
    }
}
