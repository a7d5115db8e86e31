//! What every kind of directory is told by the settings, and how a wrong setting is named.

use std::path::PathBuf;
use std::time::Duration;

use jiff::tz::TimeZone;
use phone::Region;
use secrecy::SecretString;

/// What the settings say about any kind of directory.
#[derive(Debug, Clone)]
pub struct Surroundings {
    /// How numbers without a country code are read.
    pub region: Region,
    /// The clinic's: times of the source, and when "today" is.
    pub time_zone: TimeZone,
    /// Address of a person's chart with `{id}` and `{chart}` in it; they are percent-encoded.
    pub open_url: Option<String>,
    /// How long a card waits; requests take no longer than a few times this.
    pub timeout: Duration,
    /// The secret `directory-token`: a bearer token, a client's secret, a password, a private key; what the kind needs.
    pub token: Option<SecretString>,
    /// A certificate authority of the clinic's own (PEM), trusted beside the system's.
    pub certificate: Option<PathBuf>,
    /// Relative paths of the settings start here.
    pub folder: PathBuf,
    /// Where the kind may keep something encrypted between starts, and the key (32 bytes, hex); `None`: it may not.
    pub keep: Option<(PathBuf, SecretString)>,
}

#[cfg(test)]
impl Surroundings {
    /// For units that ask nobody: no secret, no certificate, the usual numbers.
    pub(crate) fn of_nowhere() -> Surroundings {
        Surroundings {
            region: Region::default(),
            time_zone: TimeZone::UTC,
            open_url: None,
            timeout: Duration::from_secs(3),
            token: None,
            certificate: None,
            folder: PathBuf::new(),
            keep: None,
        }
    }
}

/// A setting that makes no sense.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{key}: {problem}; {right}")]
pub struct SectionError {
    /// Its name: `directory.mgerm.base`.
    pub key: String,
    /// What is wrong.
    pub problem: String,
    /// What would be right.
    pub right: String,
}

impl SectionError {
    /// A wrong setting `key`: what is wrong, what would be right (an imperative sentence in English).
    pub fn new(key: &str, problem: impl Into<String>, right: impl Into<String>) -> SectionError {
        SectionError { key: key.to_owned(), problem: problem.into(), right: right.into() }
    }
}
