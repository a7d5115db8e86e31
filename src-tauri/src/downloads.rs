//! Saves a file that the desk serves on this machine (an export, a support bundle) into the user's downloads.

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use tauri::{AppHandle, Manager as _, Url};
use tauri_plugin_opener::OpenerExt as _;
use tempfile::NamedTempFile;

/// A million calls as a spreadsheet are a fifth of this; what is larger is not a file of the desk's.
const MOST_BYTES: u64 = 1 << 30;
/// A large export is written while it is read; longer than this nobody waits.
const PATIENCE: Duration = Duration::from_secs(10 * 60);
/// What the desk makes, and what nothing runs by a double click.
const ENDINGS: [&str; 3] = ["csv", "xlsx", "zip"];
/// Characters of a name before its ending: file systems take 255 bytes, and two of them make a Russian letter.
const LONGEST_NAME: usize = 100;
/// So many files of one name are kept beside each other.
const MOST_COPIES: u32 = 999;

/// Why a file was not saved. Names neither the file nor the address: both may be of a patient.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DownloadError {
    /// Not an address of this machine.
    #[error("only files of this desk are saved")]
    NotOurs,
    /// Not a kind of file that the desk makes.
    #[error("this kind of file is not saved")]
    NotThisKind,
    /// The desk did not give it.
    #[error("the desk does not give the file")]
    NotGiven(#[from] reqwest::Error),
    /// The desk answered with another status than 200.
    #[error("the desk does not give the file: {0}")]
    Refused(u16),
    /// It never ends.
    #[error("the file is too large")]
    TooLarge,
    /// The system has no folder for downloads.
    #[error("there is no folder for downloads")]
    NoFolder(#[from] tauri::Error),
    /// The disk is full, or the folder may not be written.
    #[error("the file cannot be written")]
    Disk(#[from] io::Error),
}

/// Saves what `url` serves as `name`, or as `name (2)` when there is one already, and shows it in the file manager.
/// Answers the name it got.
pub(crate) async fn save(app: &AppHandle, url: &str, name: &str) -> Result<String, DownloadError> {
    let url = ours(url).ok_or(DownloadError::NotOurs)?;
    let name = FileName::of(name).ok_or(DownloadError::NotThisKind)?;
    let folder = app.path().download_dir().or_else(|_| app.path().home_dir())?;
    let saved = fetch(url, &folder, &name).await?;
    if let Err(error) = app.opener().reveal_item_in_dir(&saved) {
        // The file is there all the same, and the page says where.
        tracing::debug!(%error, "no file manager shows the downloads");
    }
    Ok(saved.file_name().unwrap_or_default().to_string_lossy().into_owned())
}

/// Only plain HTTP of this machine: the page is not a way to any other address.
fn ours(url: &str) -> Option<Url> {
    let url = Url::parse(url).ok()?;
    let is_ours = url.scheme() == "http"
        && matches!(url.host_str(), Some("127.0.0.1" | "localhost" | "[::1]"))
        && url.username().is_empty()
        && url.password().is_none();
    is_ours.then_some(url)
}

async fn fetch(url: Url, folder: &Path, name: &FileName) -> Result<PathBuf, DownloadError> {
    let client =
        reqwest::Client::builder().timeout(PATIENCE).no_proxy().redirect(reqwest::redirect::Policy::none()).build()?;
    let mut answer = client.get(url).send().await.map_err(reqwest::Error::without_url)?;
    if answer.status() != reqwest::StatusCode::OK {
        return Err(DownloadError::Refused(answer.status().as_u16()));
    }
    tokio::fs::create_dir_all(folder).await?;
    // Beside its place, and gone by itself when anything fails: half a file is never seen under the name.
    let mut file = NamedTempFile::new_in(folder)?;
    let mut written = 0_u64;
    while let Some(part) = answer.chunk().await.map_err(reqwest::Error::without_url)? {
        written = written.saturating_add(part.len() as u64);
        if written > MOST_BYTES {
            return Err(DownloadError::TooLarge);
        }
        file.write_all(&part)?;
    }
    file.as_file().sync_all()?;
    keep(file, folder, name)
}

/// Gives the file its name, and never takes the place of another.
fn keep(mut file: NamedTempFile, folder: &Path, name: &FileName) -> Result<PathBuf, DownloadError> {
    for copy in 1..=MOST_COPIES {
        let path = folder.join(name.copy(copy));
        match file.persist_noclobber(&path) {
            Ok(_) => return Ok(path),
            Err(error) if error.error.kind() == io::ErrorKind::AlreadyExists => file = error.file,
            Err(error) => return Err(error.error.into()),
        }
    }
    Err(io::Error::from(io::ErrorKind::AlreadyExists).into())
}

/// A name that every file system takes.
#[derive(Debug, PartialEq, Eq)]
struct FileName {
    stem: String,
    ending: &'static str,
}

impl FileName {
    /// Null when the ending is not one that the desk makes.
    fn of(name: &str) -> Option<Self> {
        let (stem, ending) = name.rsplit_once('.')?;
        let ending = ENDINGS.into_iter().find(|known| known.eq_ignore_ascii_case(ending))?;
        let clean: String = stem
            .chars()
            .map(|c| if c.is_control() || r#"<>:"/\|?*"#.contains(c) { '_' } else { c })
            .take(LONGEST_NAME)
            .collect();
        // Windows drops dots and spaces at the end, and a dot at the beginning hides a file elsewhere.
        let clean = clean.trim_matches(|c: char| c == '.' || c.is_whitespace());
        let stem = if clean.is_empty() || is_device(clean) {
            format!("callpop {clean}").trim().to_owned()
        } else {
            clean.to_owned()
        };
        Some(Self { stem, ending })
    }

    fn copy(&self, copy: u32) -> String {
        if copy == 1 {
            format!("{}.{}", self.stem, self.ending)
        } else {
            format!("{} ({copy}).{}", self.stem, self.ending)
        }
    }
}

/// Names that Windows keeps for its devices, whatever follows a dot.
fn is_device(stem: &str) -> bool {
    let name = stem.split('.').next().unwrap_or_default().trim().to_ascii_uppercase();
    matches!(name.as_str(), "CON" | "PRN" | "AUX" | "NUL")
        || (name.len() == 4
            && (name.starts_with("COM") || name.starts_with("LPT"))
            && name.ends_with(|c: char| c.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(name: &str) -> Option<String> {
        FileName::of(name).map(|name| name.copy(1))
    }

    #[test]
    fn only_this_machine_is_asked() {
        for url in ["http://127.0.0.1:8091/files/x", "http://localhost:1/x", "http://[::1]:1/x"] {
            assert!(ours(url).is_some(), "{url}");
        }
        for url in [
            "https://127.0.0.1/x",
            "http://127.0.0.1.evil.example/x",
            "http://127.0.0.1@evil.example/x",
            "http://me@127.0.0.1/x",
            "http://10.0.0.5/x",
            "file:///etc/passwd",
            "x",
            "",
        ] {
            assert!(ours(url).is_none(), "{url}");
        }
    }

    #[test]
    fn a_name_is_one_that_every_system_takes() {
        assert_eq!(named("звонки 2026-11-24.xlsx").as_deref(), Some("звонки 2026-11-24.xlsx"));
        assert_eq!(named("a.CSV").as_deref(), Some("a.csv"));
        assert_eq!(named("../../etc/cron.d/x.csv").as_deref(), Some("_.._etc_cron.d_x.csv"));
        assert_eq!(named(r"C:\Windows\x.zip").as_deref(), Some("C__Windows_x.zip"));
        assert_eq!(named("CON.csv").as_deref(), Some("callpop CON.csv"));
        assert_eq!(named("lpt1.old.csv").as_deref(), Some("callpop lpt1.old.csv"));
        assert_eq!(named(" . .csv").as_deref(), Some("callpop.csv"));
        assert_eq!(named("a\nb\0.csv").as_deref(), Some("a_b_.csv"));
        assert_eq!(named(&format!("{}.csv", "я".repeat(400))).map(|name| name.chars().count()), Some(LONGEST_NAME + 4));
        for name in ["x.exe", "x.csv.exe", "x", "", ".", "x.desktop"] {
            assert_eq!(named(name), None, "{name}");
        }
    }

    /// A desk that serves `body` with `status` to whoever asks.
    async fn serve(status: &'static str, body: &'static str) -> Url {
        use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/file", listener.local_addr().unwrap());
        tokio::spawn(async move {
            while let Ok((mut peer, _)) = listener.accept().await {
                let mut head = [0; 2048];
                let _ = peer.read(&mut head).await;
                let answer = format!(
                    "HTTP/1.1 {status}\r\nlocation: http://10.0.0.5/\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
                    body.len()
                );
                let _ = peer.write_all(answer.as_bytes()).await;
            }
        });
        Url::parse(&url).unwrap()
    }

    #[tokio::test]
    async fn a_file_never_takes_the_place_of_another() {
        let folder = tempfile::tempdir().unwrap();
        let url = serve("200 OK", "a;b\n").await;
        let name = FileName::of("звонки.csv").unwrap();
        std::fs::write(folder.path().join("звонки.csv"), "mine").unwrap();
        let saved = fetch(url.clone(), folder.path(), &name).await.unwrap();
        assert_eq!(saved.file_name().unwrap(), "звонки (2).csv");
        let third = fetch(url, folder.path(), &name).await.unwrap();
        assert_eq!(third.file_name().unwrap(), "звонки (3).csv");
        assert_eq!(std::fs::read_to_string(saved).unwrap(), "a;b\n");
        assert_eq!(std::fs::read_to_string(folder.path().join("звонки.csv")).unwrap(), "mine");
    }

    #[tokio::test]
    async fn what_is_refused_leaves_nothing_behind() {
        let folder = tempfile::tempdir().unwrap();
        let name = FileName::of("x.csv").unwrap();
        for status in ["404 Not Found", "302 Found"] {
            let url = serve(status, "no").await;
            let error = fetch(url, folder.path(), &name).await.unwrap_err();
            assert!(matches!(error, DownloadError::Refused(_)), "{error}");
        }
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}
