//! The sound of one's own that rings: a copy in the data folder, so that it rings also when the file has moved.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use tauri::{AppHandle, Manager};

use crate::host::Host;
use crate::manners::{Ring, Sound};

/// Larger files are songs.
const LARGEST: u64 = 5 * 1024 * 1024;
/// What every web view plays.
const KINDS: [&str; 3] = ["mp3", "ogg", "wav"];

/// Why a sound cannot ring.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum NoRing {
    /// The file is not there or cannot be read.
    #[error("the file cannot be read: {0}")]
    Unreadable(String),
    /// It is not a kind that is played.
    #[error("only wav, mp3 and ogg are played")]
    OtherKind,
    /// It is too large.
    #[error("the file is larger than 5 MB")]
    TooLarge,
}

/// Copies the chosen file, when it is another than before.
pub(crate) async fn keep(app: &AppHandle, before: &Ring, next: &Ring) -> Result<(), NoRing> {
    let kept = kept(app);
    if next.sound != Sound::Own || (next.file == before.file && kept.exists()) {
        return Ok(());
    }
    let from = PathBuf::from(next.file.trim());
    tokio::task::spawn_blocking(move || copy(&from, &kept))
        .await
        .unwrap_or_else(|error| Err(NoRing::Unreadable(error.to_string())))
}

/// The bytes of the kept copy.
pub(crate) async fn sound(app: &AppHandle) -> Result<Vec<u8>, NoRing> {
    let kept = kept(app);
    tokio::task::spawn_blocking(move || std::fs::read(kept))
        .await
        .map_err(|error| NoRing::Unreadable(error.to_string()))?
        .map_err(|error| NoRing::Unreadable(error.to_string()))
}

fn kept(app: &AppHandle) -> PathBuf {
    app.state::<Arc<Host>>().paths().data.join("ring-sound")
}

fn copy(from: &Path, kept: &Path) -> Result<(), NoRing> {
    let kind = from.extension().and_then(|kind| kind.to_str()).unwrap_or_default().to_lowercase();
    if !KINDS.contains(&kind.as_str()) {
        return Err(NoRing::OtherKind);
    }
    let unreadable = |error: std::io::Error| NoRing::Unreadable(error.to_string());
    if std::fs::metadata(from).map_err(unreadable)?.len() > LARGEST {
        return Err(NoRing::TooLarge);
    }
    std::fs::copy(from, kept).map(drop).map_err(unreadable)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_small_sound_is_kept() {
        let folder = tempfile::tempdir().unwrap();
        let kept = folder.path().join("ring-sound");
        let file = |name: &str, length: usize| {
            let path = folder.path().join(name);
            std::fs::write(&path, vec![1; length]).unwrap();
            path
        };
        assert!(matches!(copy(&folder.path().join("gone.wav"), &kept), Err(NoRing::Unreadable(_))));
        assert_eq!(copy(&file("song.flac", 10), &kept), Err(NoRing::OtherKind));
        assert_eq!(copy(&file("long.mp3", 5 * 1024 * 1024 + 1), &kept), Err(NoRing::TooLarge));
        assert!(!kept.exists());
        assert_eq!(copy(&file("Звонок.WAV", 10), &kept), Ok(()));
        assert_eq!(std::fs::read(&kept).unwrap().len(), 10);
    }
}
