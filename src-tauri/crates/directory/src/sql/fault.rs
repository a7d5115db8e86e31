//! What went wrong in a database, as the sentence that a card shows. What the database says about values is not quoted:
//! it may name a patient.

use std::error::Error as _;
use std::time::Duration;

use tokio_postgres::error::{DbError, SqlState};

use crate::source::DirectoryError;

/// How long a server that is full or just starting gets.
const WAIT: Duration = Duration::from_secs(5);
/// Longer words of a database are cut.
const MOST: usize = 300;

/// Of PostgreSQL.
pub(super) fn of(error: &tokio_postgres::Error) -> DirectoryError {
    if let Some(said) = error.as_db_error() {
        return said_by_server(said);
    }
    if error.is_closed() {
        return DirectoryError::NotReached {
            why: "сервер базы закрыл соединение".to_owned()
        };
    }
    let mut chain = Vec::new();
    let mut next = error.source();
    while let Some(cause) = next {
        chain.push(cause.to_string());
        next = cause.source();
    }
    let words = chain.join(": ");
    let is_certificate = ["certificate", "UnknownIssuer", "CaUsedAsEndEntity", "NotValidForName"];
    let why = if is_certificate.iter().any(|word| words.contains(word)) {
        "сертификат сервера базы не доверенный: укажите в настройках файл сертификата клиники".to_owned()
    } else if words.contains("timed out") {
        "за отведённое время соединиться с сервером базы не удалось".to_owned()
    } else if words.contains("refused") {
        "на этом адресе и порту сервер базы не слушает".to_owned()
    } else if words.contains("password missing") || error.to_string().contains("password missing") {
        return DirectoryError::Refused {
            why: "нужен пароль роли: введите его в настройках, в поле «Ключ»".to_owned(),
        };
    } else if words.contains("lookup") || words.contains("resolve") {
        "такого адреса нет".to_owned()
    } else if error.to_string().contains("TLS") || words.contains("TLS") {
        format!(
            "защищённое соединение не получилось: {}",
            cut(if words.is_empty() { "сервер без TLS" } else { &words })
        )
    } else if words.is_empty() {
        cut(&error.to_string())
    } else {
        cut(&words)
    };
    DirectoryError::NotReached { why }
}

fn said_by_server(said: &DbError) -> DirectoryError {
    let code = said.code();
    let quoted = || cut(said.message());
    match code.code().get(..2).unwrap_or_default() {
        _ if *code == SqlState::QUERY_CANCELED => DirectoryError::TooLate,
        _ if *code == SqlState::LOCK_NOT_AVAILABLE => DirectoryError::TooLate,
        _ if *code == SqlState::INSUFFICIENT_PRIVILEGE => DirectoryError::Refused {
            why: format!("{}. Дайте роли право SELECT на представление", quoted()),
        },
        "28" => DirectoryError::Refused {
            why: "роль или пароль не подходят: проверьте адрес базы и ключ в настройках".to_owned(),
        },
        "3D" => unavailable("такой базы на сервере нет: проверьте адрес в настройках"),
        "53" => DirectoryError::Busy { wait: WAIT },
        "57" | "08" => DirectoryError::NotReached {
            why: "сервер базы останавливается или запускается".to_owned()
        },
        // Names of columns and tables, nobody's data.
        "42" => unavailable(&format!("запрос не принят базой: {}", quoted())),
        "25" => DirectoryError::Refused {
            why: "запрос пытается изменить базу: разрешено только чтение".to_owned()
        },
        // Its message quotes the value.
        "22" => DirectoryError::Failing {
            why: format!("запрос не подходит к данным (код {})", code.code())
        },
        _ => DirectoryError::Failing { why: format!("код {}", code.code()) },
    }
}

/// Of SQLite.
pub(super) fn of_sqlite(error: &rusqlite::Error) -> DirectoryError {
    use rusqlite::ErrorCode;
    match error.sqlite_error_code() {
        Some(ErrorCode::OperationInterrupted) => DirectoryError::TooLate,
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
            DirectoryError::Failing { why: "база занята другой программой".to_owned() }
        }
        Some(ErrorCode::CannotOpen) => unavailable("файл базы не открывается: проверьте путь и права"),
        Some(ErrorCode::NotADatabase) => unavailable("это не база SQLite, или она зашифрована"),
        Some(ErrorCode::DatabaseCorrupt) => {
            DirectoryError::Failing { why: "файл базы повреждён".to_owned() }
        }
        Some(ErrorCode::ReadOnly | ErrorCode::AuthorizationForStatementDenied) => DirectoryError::Refused {
            why: "запрос пытается изменить базу: разрешено только чтение".to_owned(),
        },
        Some(_) | None => {
            // A query that does not fit: names of columns and tables.
            if let rusqlite::Error::SqlInputError { msg, .. } | rusqlite::Error::SqliteFailure(_, Some(msg)) = error {
                return unavailable(&format!("запрос не принят базой: {}", cut(msg)));
            }
            DirectoryError::Failing { why: cut(&error.to_string()) }
        }
    }
}

pub(super) fn unavailable(why: &str) -> DirectoryError {
    DirectoryError::Unavailable { why: why.to_owned() }
}

fn cut(text: &str) -> String {
    let text = text.replace(['\n', '\r'], " ");
    match text.char_indices().nth(MOST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}
