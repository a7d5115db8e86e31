//! Why a command or a question has no good answer, and whether it left.

use std::time::SystemTime;

use crate::command::CommandFault;

/// Why a command has no good answer.
#[derive(Debug, thiserror::Error)]
pub enum CommandError {
    /// The PBX refused; nothing was done.
    #[error("the PBX refused with code {code} (HTTP {http})")]
    Refused {
        /// The PBX's [`Code`](crate::Code); 0 when it gave none.
        code: i32,
        /// The PBX's own words, for people who administer it.
        message: Option<String>,
        /// The HTTP status; 401 is the lock-out after bad requests.
        http: u16,
    },
    /// Not sent: the PBX does not listen to this account until then, after two bad requests (manual 1.4.1).
    #[error("not sent: the account is locked out after bad requests")]
    Quiet {
        /// When it listens again.
        until: SystemTime,
    },
    /// Not sent: no connection to the PBX.
    #[error("not sent: the PBX cannot be reached")]
    Unreachable(#[source] reqwest::Error),
    /// Sent, and no answer that could be read. It may have been done.
    #[error("sent, but what became of it is unclear")]
    Unclear(#[source] Unclear),
    /// Not sent: too many commands wait already, or this one waited too long.
    #[error("not sent: too many commands at once")]
    Busy,
    /// Not sent, or sent to an address that is no PBX: a setting or the command itself is wrong.
    #[error("not sent")]
    Config(#[source] ConfigFault),
}

/// Why the fate of a command is unknown.
#[derive(Debug, thiserror::Error)]
pub enum Unclear {
    /// No answer in time, or the connection broke.
    #[error("no answer")]
    NoAnswer(#[source] reqwest::Error),
    /// A server's failure without a word of the PBX.
    #[error("HTTP {0} without a result")]
    Status(u16),
    /// An answer that is no reply to a command.
    #[error("the answer cannot be read")]
    Unreadable,
}

/// What is wrong on our side.
#[derive(Debug, thiserror::Error)]
pub enum ConfigFault {
    /// The API's address is no `http` or `https` address.
    #[error("\"{0}\" is no address such as https://app.mango-office.ru/vpbx/")]
    Address(String),
    /// The API's address answers with a redirect. Redirects are not followed: they would carry the command elsewhere.
    #[error("the API's address redirects (HTTP {0})")]
    Redirected(u16),
    /// The command lacks what the PBX requires.
    #[error("the command is incomplete")]
    Command(#[from] CommandFault),
    /// TLS or the HTTP client cannot be set up on this computer.
    #[error("the HTTP client cannot be set up")]
    Http(#[source] reqwest::Error),
}

impl CommandError {
    /// What was asked for is not there: a recording that is not stored yet, statistics whose key is wrong or old.
    /// A recording may be asked for again after a minute; sooner would count as a bad request (reference 4.8).
    pub fn is_not_there(&self) -> bool {
        const NO_RECORDING: i32 = 3320;
        matches!(
            self,
            CommandError::Refused { code: NO_RECORDING, .. } | CommandError::Refused { code: 0, http: 404, .. }
        )
    }
}
