//! The settings file: what was typed ([`SettingsFile`]), and what it means ([`Settings`]). Only the latter leaves
//! this module's checks; secrets are never here.

mod file;
mod meaning;
#[cfg(test)]
mod tests;
mod write;

pub use directory::fhir::Section as FhirSection;
pub use directory::http::Section as HttpSection;
pub use directory::mgerm::Section as MgermSection;
pub use directory::sql::Section as SqlSection;
pub use file::{
    ClinicSection, DeskSection, DirectoryFileSection, DirectorySection, FeedSection, HistorySection, ListenerSection,
    MissedSection, SettingsFile, SmsSection, SmsTemplateSection, StoreSection, TlsSection, VpbxSection,
    WrapUpChoiceSection, WrapUpSection,
};
pub use meaning::{Clinic, DirectoryKind, DirectorySettings, PopRule, Settings};
pub use write::{TEMPLATE, write_over};

use std::path::Path;

/// Why a settings file cannot be used: one readable line.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{key}: {wrong}; {right}")]
pub struct SettingsError {
    /// The key, `listener.bind`.
    pub key: String,
    /// What is wrong with it.
    pub wrong: String,
    /// What would be right.
    pub right: String,
}

impl SettingsError {
    pub(crate) fn new(key: impl Into<String>, wrong: impl Into<String>, right: impl Into<String>) -> SettingsError {
        SettingsError { key: key.into(), wrong: wrong.into(), right: right.into() }
    }
}

/// Settings that were read, and what in the file was not understood.
#[derive(Debug, Clone)]
pub struct Loaded {
    /// What was typed.
    pub file: SettingsFile,
    /// What it means.
    pub settings: Settings,
    /// Keys that this version does not know, in words.
    pub warnings: Vec<String>,
}

/// Reads and checks a settings file. Relative paths in it are taken from the file's own folder.
///
/// # Errors
/// The first thing that is wrong, as one readable line.
pub fn load(path: &Path) -> Result<Loaded, SettingsError> {
    let text = std::fs::read_to_string(path).map_err(|error| {
        SettingsError::new(
            path.display().to_string(),
            format!("the file cannot be read ({error})"),
            "give the path of a settings file in TOML",
        )
    })?;
    let folder = path.parent().unwrap_or_else(|| Path::new("."));
    parse(&text, folder)
}

/// Checks the text of a settings file that lies in `folder`.
///
/// # Errors
/// The first thing that is wrong, as one readable line.
pub fn parse(text: &str, folder: &Path) -> Result<Loaded, SettingsError> {
    let (file, warnings) = file::read(text)?;
    let settings = meaning::check(&file, folder)?;
    Ok(Loaded { file, settings, warnings })
}
