//! Why the PBX did not tell, in the receptionist's words, and when it is worth asking again.

use std::time::SystemTime;

use jiff::{SignedDuration, Timestamp};
use mango_vpbx::client::{CommandError, ConfigFault, Unclear};

use crate::running::commands::{moment, refusal};

/// For how long the PBX is deaf after bad requests (reference 1.4).
const LOCKED_OUT_FOR: SignedDuration = SignedDuration::from_mins(2);

/// Why a catch-up failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Failure {
    /// A sentence for the receptionist.
    pub why: String,
    /// When to ask again.
    pub again: Again,
}

/// When to ask again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Again {
    /// After 1, 2, 5, then every 15 minutes.
    Soon,
    /// After a quarter of an hour.
    Later,
    /// When a command or a check has succeeded, or after an hour: refusals lock the account out.
    OnceAccepted,
    /// From this moment on.
    At(Timestamp),
}

/// At which step it failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    /// Asking for statistics.
    Asking,
    /// Fetching them.
    Fetching,
}

impl Failure {
    /// The PBX does not get the answer ready.
    pub(crate) fn never_ready() -> Failure {
        Failure::new(
            "АТС не подготовила статистику звонков за три минуты. Спросим ещё раз через 15 минут",
            Again::Later,
        )
    }

    /// No leg says to which call it belongs.
    pub(crate) fn homeless() -> Failure {
        Failure::new(
            "В статистике АТС нет номеров вызовов: непонятно, что к какому звонку относится. Спросим ещё раз через 15 минут",
            Again::Later,
        )
    }

    /// What was told could not be kept.
    pub(crate) fn not_kept() -> Failure {
        Failure::new(
            "Журнал звонков не записывается, поэтому пропущенное не сохранено. Спросим АТС ещё раз, когда он заработает",
            Again::Soon,
        )
    }

    /// The PBX's client failed.
    pub(crate) fn of(error: &CommandError, step: Step, now: Timestamp) -> Failure {
        match error {
            CommandError::Quiet { until } => quiet(Some(*until), now),
            CommandError::Refused { http: 401, .. } => quiet(None, now),
            CommandError::Refused { code: 4290 | 5008, .. } | CommandError::Refused { http: 429 | 503, .. } => {
                Failure::new("АТС просит спрашивать реже. Спросим ещё раз через минуту", Again::Soon)
            }
            CommandError::Refused { .. } if step == Step::Fetching && error.is_not_there() => {
                Failure::new("АТС потеряла подготовленную статистику. Спросим ещё раз через 15 минут", Again::Later)
            }
            CommandError::Refused { .. } => {
                let why = format!("Статистику звонков узнать не удалось. {}", refusal(error).message);
                Failure { why, again: Again::OnceAccepted }
            }
            CommandError::Unreachable(_) => Failure::new(
                "Нет связи с АТС: что было, пока программа не слышала звонков, пока неизвестно. Спросим ещё раз сами",
                Again::Soon,
            ),
            CommandError::Unclear(Unclear::NoAnswer(_) | Unclear::Status(_)) => {
                Failure::new("АТС не ответила о прошедших звонках. Спросим ещё раз сами", Again::Soon)
            }
            CommandError::Unclear(Unclear::Unreadable) => match step {
                Step::Asking => Failure::new(
                    "Вместо ответа о прошедших звонках пришло что-то другое, например веб-страница. \
                     Проверьте интернет и адрес АТС; спросим ещё раз через 15 минут",
                    Again::Later,
                ),
                Step::Fetching => Failure::new(
                    "Статистика АТС пришла не целиком: ничего из неё не взято. Спросим ещё раз через 15 минут",
                    Again::Later,
                ),
            },
            CommandError::Busy => {
                Failure::new("АТС занята другими вопросами. Спросим о прошедших звонках через минуту", Again::Soon)
            }
            CommandError::Config(ConfigFault::Redirected(_)) => Failure::new(
                "Адрес АТС в настройках пересылает на другой адрес: о прошедших звонках спросить не удалось. Проверьте адрес",
                Again::OnceAccepted,
            ),
            CommandError::Config(_) => Failure { why: refusal(error).message, again: Again::OnceAccepted },
        }
    }

    fn new(why: &str, again: Again) -> Failure {
        Failure { why: why.to_owned(), again }
    }
}

fn quiet(until: Option<SystemTime>, now: Timestamp) -> Failure {
    let until = until.and_then(moment).or_else(|| now.checked_add(LOCKED_OUT_FOR).ok()).unwrap_or(now);
    Failure::new(
        "АТС временно не принимает запросов после двух отклонённых. Спросим о прошедших звонках, когда она их примет",
        Again::At(until),
    )
}

/// Whether a PBX does not know this kind of statistics: unsupported, or no such path.
pub(crate) fn is_unsupported(error: &CommandError) -> bool {
    matches!(error, CommandError::Refused { code: 4001, .. } | CommandError::Refused { code: 0, http: 404, .. })
}
