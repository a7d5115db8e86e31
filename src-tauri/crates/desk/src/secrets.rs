//! Secrets: where they come from, and that they never print.

use std::path::Path;

use rand::RngExt as _;
use secrecy::{ExposeSecret as _, SecretString};

/// The keyring service under which the app keeps its secrets.
pub const KEYRING_SERVICE: &str = "callpop";

/// One of the product's secrets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SecretName {
    /// Уникальный код вашей АТС.
    VpbxApiKey,
    /// Ключ для создания подписи.
    VpbxApiSalt,
    /// What the directory asks for.
    DirectoryToken,
    /// The key of the log, 64 hex digits.
    StoreKey,
    /// The feed's token.
    FeedToken,
}

impl SecretName {
    /// The user name in the keyring, and the file name of a systemd credential.
    #[must_use]
    pub fn keyring_user(self) -> &'static str {
        match self {
            SecretName::VpbxApiKey => "vpbx-api-key",
            SecretName::VpbxApiSalt => "vpbx-api-salt",
            SecretName::DirectoryToken => "directory-token",
            SecretName::StoreKey => "store-key",
            SecretName::FeedToken => "feed-token",
        }
    }

    /// The environment variable of `callpop-desk`, which also may name a systemd credential.
    #[must_use]
    pub fn variable(self) -> &'static str {
        match self {
            SecretName::VpbxApiKey => "CALLPOP_VPBX_API_KEY",
            SecretName::VpbxApiSalt => "CALLPOP_VPBX_API_SALT",
            SecretName::DirectoryToken => "CALLPOP_DIRECTORY_TOKEN",
            SecretName::StoreKey => "CALLPOP_STORE_KEY",
            SecretName::FeedToken => "CALLPOP_FEED_TOKEN",
        }
    }
}

/// Why a secret cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    /// No keyring service is running on this computer.
    #[error("there is no keyring on this computer")]
    NoKeyring(#[source] keyring::Error),
    /// The keyring is there and does not open.
    #[error("the keyring is locked")]
    Locked(#[source] keyring::Error),
    /// The keyring failed otherwise.
    #[error("the keyring failed")]
    Failed(#[source] keyring::Error),
    /// A credential file cannot be read.
    #[error("the credential file {0} cannot be read")]
    File(String, #[source] std::io::Error),
}

/// Whether the OS keyring can be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeyringState {
    /// It answers.
    Ok,
    /// It is there and does not open.
    Locked(String),
    /// There is none.
    Absent(String),
}

/// The OS keyring: Secret Service, Credential Manager or Keychain. Its calls block: use a blocking task.
#[derive(Debug, Clone, Copy, Default)]
pub struct Keyring;

impl Keyring {
    /// Reads a secret; `None` when it was never set.
    ///
    /// # Errors
    /// When the keyring is absent, locked or fails.
    pub fn get(self, name: SecretName) -> Result<Option<SecretString>, SecretError> {
        match entry(name)?.get_password() {
            Ok(secret) => Ok(Some(SecretString::from(secret))),
            Err(keyring::Error::NoEntry) => Ok(None),
            Err(error) => Err(classify(error)),
        }
    }

    /// Sets a secret.
    ///
    /// # Errors
    /// When the keyring is absent, locked or fails.
    pub fn set(self, name: SecretName, secret: &SecretString) -> Result<(), SecretError> {
        entry(name)?.set_password(secret.expose_secret()).map_err(classify)
    }

    /// Whether the keyring can be used, with the system's own words when it cannot.
    #[must_use]
    pub fn state(self) -> KeyringState {
        match keyring::Entry::store_status() {
            Ok(_) => match self.get(SecretName::VpbxApiKey) {
                Ok(_) => KeyringState::Ok,
                Err(SecretError::Locked(why)) => KeyringState::Locked(why.to_string()),
                Err(error) => KeyringState::Absent(chain(&error)),
            },
            Err(why) => KeyringState::Absent(why.to_string()),
        }
    }
}

fn entry(name: SecretName) -> Result<keyring::Entry, SecretError> {
    keyring::Entry::new(KEYRING_SERVICE, name.keyring_user()).map_err(classify)
}

fn classify(error: keyring::Error) -> SecretError {
    let text = error.to_string();
    if matches!(error, keyring::Error::NoStorageAccess(_)) {
        SecretError::Locked(error)
    } else if matches!(error, keyring::Error::NoDefaultStore | keyring::Error::PlatformFailure(_))
        || text.contains("ServiceUnknown")
    {
        SecretError::NoKeyring(error)
    } else {
        SecretError::Failed(error)
    }
}

/// An error and its causes, on one line.
#[must_use]
pub fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(next) = cause {
        text.push_str(": ");
        text.push_str(&next.to_string());
        cause = next.source();
    }
    text
}

/// Reads a secret as `callpop-desk` does: the environment, a systemd credential, the keyring.
///
/// # Errors
/// When a credential file is there and cannot be read. An absent or locked keyring counts as "not set".
pub fn from_surroundings(name: SecretName) -> Result<Option<SecretString>, SecretError> {
    if let Ok(secret) = std::env::var(name.variable())
        && !secret.is_empty()
    {
        return Ok(Some(SecretString::from(secret)));
    }
    if let Some(folder) = std::env::var_os("CREDENTIALS_DIRECTORY") {
        for file in [name.keyring_user(), name.variable()] {
            let path = Path::new(&folder).join(file);
            match std::fs::read_to_string(&path) {
                Ok(secret) => return Ok(Some(SecretString::from(secret.trim_end_matches(['\r', '\n']).to_owned()))),
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
                Err(error) => return Err(SecretError::File(file.to_owned(), error)),
            }
        }
    }
    // The feed's token lives as long as the desk: it is never kept.
    if name == SecretName::FeedToken {
        return Ok(None);
    }
    Ok(Keyring.get(name).unwrap_or_default())
}

/// The key of the log: 256 bits.
#[derive(Clone)]
pub struct StoreKey(SecretString);

/// A store key that is not 64 hex digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the store key must be 64 hexadecimal digits")]
pub struct BadStoreKey;

impl StoreKey {
    /// Reads 64 hex digits.
    ///
    /// # Errors
    /// When it is anything else.
    pub fn parse(hex: &SecretString) -> Result<StoreKey, BadStoreKey> {
        let text = hex.expose_secret().trim();
        if text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            Ok(StoreKey(SecretString::from(text.to_ascii_lowercase())))
        } else {
            Err(BadStoreKey)
        }
    }

    /// A new random key.
    #[must_use]
    pub fn random() -> StoreKey {
        StoreKey(SecretString::from(random_hex()))
    }

    /// Its 64 hex digits: for the keyring, and as the recovery code a clinic keeps.
    #[must_use]
    pub fn hex(&self) -> &SecretString {
        &self.0
    }
}

impl std::fmt::Debug for StoreKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("StoreKey(…)")
    }
}

/// 256 random bits as 64 hex digits: a feed token, a throw-away PBX key.
#[must_use]
pub fn random_hex() -> String {
    hex::encode(rand::rng().random::<[u8; 32]>())
}
