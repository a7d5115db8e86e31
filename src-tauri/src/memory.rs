//! What the windows remember from day to day: words, looks, places. `window.json`; not settings of the desk.

use std::collections::BTreeMap;
use std::io;
use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
pub(crate) use wire::Language;

use crate::manners::Manners;
use crate::placement::Place;
use crate::today::Chosen;

/// Light or dark.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Theme {
    /// As the system.
    #[default]
    Auto,
    /// Always light.
    Light,
    /// Always dark.
    Dark,
}

/// How far the first run is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct FirstRun {
    /// It was gone through to its end.
    pub(crate) finished: bool,
    /// The steps that are behind, and how.
    pub(crate) steps: BTreeMap<FirstRunStep, Passed>,
}

/// A step of the first run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum FirstRunStep {
    /// Code and key of the PBX.
    Mango,
    /// Where the PBX posts.
    Listener,
    /// Whose desk this is.
    Place,
    /// Where patients are looked up.
    Patients,
}

/// How a step was left behind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Passed {
    /// Its check was good.
    Good,
    /// Knowingly, without a good check.
    Skipped,
}

/// What is remembered.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Remembered {
    /// The language of the windows.
    pub(crate) language: Language,
    /// Light or dark.
    pub(crate) theme: Theme,
    /// Whether the system's notifications are used.
    pub(crate) notifications: bool,
    /// Whether it was said that closing the window hides it.
    pub(crate) said_hiding: bool,
    /// Whether the recovery code was shown.
    pub(crate) said_recovery_code: bool,
    /// Where the pop was dragged to, by set of monitors.
    pub(crate) pop_places: BTreeMap<String, Place>,
    /// When and how it may disturb.
    pub(crate) manners: Manners,
    /// Until when nothing is to disturb.
    pub(crate) paused_until: Option<Timestamp>,
    /// Who works here today.
    pub(crate) today: Option<Chosen>,
    /// Extensions chosen before, the latest first.
    pub(crate) extensions: Vec<String>,
    /// How far the first run is.
    pub(crate) first_run: FirstRun,
}

impl Default for Remembered {
    fn default() -> Remembered {
        Remembered {
            language: Language::default(),
            theme: Theme::default(),
            notifications: true,
            said_hiding: false,
            said_recovery_code: false,
            pop_places: BTreeMap::new(),
            manners: Manners::default(),
            paused_until: None,
            today: None,
            extensions: Vec::new(),
            first_run: FirstRun::default(),
        }
    }
}

/// The file and its contents.
pub(crate) struct Memory {
    file: PathBuf,
    now: Mutex<Remembered>,
}

impl Memory {
    /// Reads the file; a missing or torn one is an empty memory, which costs a place and a hint.
    pub(crate) fn open(file: PathBuf) -> Memory {
        let now = match std::fs::read(&file) {
            Ok(bytes) => serde_json::from_slice(&bytes).unwrap_or_else(|error| {
                tracing::warn!(%error, "window.json is not readable, starting anew");
                Remembered::default()
            }),
            Err(_) => Remembered::default(),
        };
        Memory { file, now: Mutex::new(now) }
    }

    /// What is remembered.
    pub(crate) fn read(&self) -> Remembered {
        self.lock().clone()
    }

    /// Changes it, and writes the file when that made a difference. A failed write is logged: the change still
    /// holds until the program ends.
    pub(crate) fn change(&self, change: impl FnOnce(&mut Remembered)) {
        let mut now = self.lock();
        let before = now.clone();
        change(&mut now);
        if *now != before
            && let Err(error) = self.write(&now)
        {
            tracing::warn!(%error, "window.json is not written");
        }
    }

    fn write(&self, now: &Remembered) -> io::Result<()> {
        if let Some(folder) = self.file.parent() {
            std::fs::create_dir_all(folder)?;
        }
        let new = self.file.with_extension("json.new");
        std::fs::write(&new, serde_json::to_vec_pretty(now)?)?;
        std::fs::rename(new, &self.file)
    }

    fn lock(&self) -> MutexGuard<'_, Remembered> {
        self.now.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn remembers_over_a_restart_and_forgives_a_torn_file() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("new/window.json");
        Memory::open(file.clone()).change(|now| now.language = Language::En);
        assert_eq!(Memory::open(file.clone()).read().language, Language::En);
        std::fs::write(&file, "{\"language\":").unwrap();
        assert_eq!(Memory::open(file.clone()).read(), Remembered::default());
        Memory::open(file.clone()).change(|now| {
            now.first_run.steps.insert(FirstRunStep::Listener, Passed::Skipped);
        });
        assert_eq!(Memory::open(file.clone()).read().first_run.steps[&FirstRunStep::Listener], Passed::Skipped);
        std::fs::write(&file, "{\"newer\":1,\"said_hiding\":true}").unwrap();
        assert!(Memory::open(file).read().said_hiding);
    }
}
