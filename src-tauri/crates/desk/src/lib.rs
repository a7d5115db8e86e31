//! The running desk: it receives the PBX's events, keeps them, folds them into calls, looks up who calls, shows all
//! of it on a feed, and sends commands. No window, no operating-system desktop: those are the shell's.

pub mod accept;
pub mod addresses;
pub mod audit;
mod board;
mod catch_up;
pub mod crash_files;
mod exports;
mod feed;
mod happening;
mod hub;
mod listener;
mod log;
mod numbers;
mod offered;
mod pasted;
mod patients;
mod roster;
mod running;
pub mod secrets;
mod seldom;
pub mod settings;
mod sounds;
mod start;
mod support;
pub mod tls;
mod translate;
mod typed;
mod view;
mod vitals;
mod vpbx_check;
mod ways;

pub use crate::log::AuditError;
pub use directory::{Person, Trial, russian};
pub use feed::{Closed, Session, SessionFrames, SessionSender};
pub use pasted::number_in_text;
pub use start::{Desk, StartError};
pub use support::SupportSources;
pub use vitals::Knock;
pub use vpbx_check::VpbxCheck;

use std::path::PathBuf;

use secrecy::SecretString;

/// What a desk is started with.
#[derive(Debug, Clone)]
pub struct Setup {
    /// Checked settings.
    pub settings: settings::Settings,
    /// Secrets, as far as there are any.
    pub secrets: Secrets,
    /// Where the log lies.
    pub data_dir: PathBuf,
    /// True for a desk that only rehearses: every call is marked, patients are the shipped ones, and the data folder is
    /// thrown away by whoever made it.
    pub rehearsing: bool,
    /// True for the app with a window: when the log cannot be opened the desk starts all the same. Calls pop, posts are
    /// answered 503, and the desk says why.
    pub without_log_if_it_fails: bool,
    /// Where a support bundle finds what the desk does not know.
    pub support: SupportSources,
}

/// The secrets of a desk.
#[derive(Debug, Clone, Default)]
pub struct Secrets {
    /// Уникальный код вашей АТС and Ключ для создания подписи; `None`: every post is refused until they are set.
    pub account: Option<VpbxSecrets>,
    /// The key of the log; `None` with encryption on counts as a log that cannot be opened.
    pub store_key: Option<secrets::StoreKey>,
    /// What the directory asks for, if it asks for anything.
    pub directory_token: Option<SecretString>,
    /// The feed's token; made when absent.
    pub feed_token: Option<String>,
    /// A readable reason why secrets are missing (a locked keyring), shown by the desk.
    pub why_missing: Option<String>,
}

/// The PBX account's secrets.
#[derive(Clone)]
pub struct VpbxSecrets {
    /// Уникальный код вашей АТС.
    pub key: String,
    /// Ключ для создания подписи.
    pub salt: SecretString,
}

impl std::fmt::Debug for VpbxSecrets {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("VpbxSecrets(…)")
    }
}
