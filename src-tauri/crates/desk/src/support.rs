//! What one sends to those who help: a ZIP without a secret, a patient's name, a full number or a note.
//!
//! Two walls: only what is meant for it goes in (settings by a list of keys, paths by a list of known ones, never a
//! fact, card or note), and every free text passes [`Masking`].

mod masking;
mod settings;
mod system;

use std::collections::BTreeMap;
use std::io::{Cursor, Write as _};
use std::net::IpAddr;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::{Value, json};
use zip::write::SimpleFileOptions;

pub(crate) use self::masking::Masking;
pub(crate) use self::system::system;
use crate::Secrets;
use crate::view;
use crate::vitals::Knock;

/// How much of the program's log goes in, in bytes.
const LOG_TAIL: usize = 256 * 1024;
/// The longest line of the log that goes in, in characters.
const LONGEST_LINE: usize = 2000;
/// Settings files larger than this are not read.
const LARGEST_SETTINGS: u64 = 1024 * 1024;

/// Where a support bundle finds what the desk itself does not know.
#[derive(Debug, Clone, Default)]
pub struct SupportSources {
    /// The settings file.
    pub settings_file: Option<PathBuf>,
    /// The folder of the program's log files, `callpop….log`.
    pub log_folder: Option<PathBuf>,
    /// More facts about this computer, by name: its monitors.
    pub facts: BTreeMap<String, String>,
}

/// What every bundle of this desk is made with.
#[derive(Debug)]
pub(crate) struct Support {
    sources: SupportSources,
    masking: Masking,
    database: PathBuf,
}

/// What the loop tells about the moment.
#[derive(Debug)]
pub(crate) struct Moment {
    /// How the desk fares.
    pub(crate) diagnostics: wire::Diagnostics,
    /// How the feed shows the desk.
    pub(crate) desk: wire::Desk,
    /// The last requests to the listener.
    pub(crate) knocks: Vec<Knock>,
}

impl Support {
    /// Knows the secrets only to find them.
    pub(crate) fn new(sources: SupportSources, secrets: &Secrets, data_dir: &Path) -> Support {
        let mut known: Vec<SecretString> = Vec::new();
        if let Some(account) = &secrets.account {
            known.push(SecretString::from(account.key.clone()));
            known.push(account.salt.clone());
        }
        known.extend(secrets.store_key.as_ref().map(|key| key.hex().clone()));
        known.extend(secrets.directory_token.clone());
        known.extend(secrets.feed_token.clone().map(SecretString::from));
        let known = known.iter().map(|secret| secret.expose_secret().to_owned()).collect();
        Support { sources, masking: Masking::new(known, data_dir), database: data_dir.join("callpop.db") }
    }

    /// The log of calls with what is not yet checkpointed, in bytes; `None` without a file. Blocks.
    pub(crate) fn log_bytes(&self) -> Option<u64> {
        let size = |path: &Path| std::fs::metadata(path).ok().map(|of| of.len());
        let beside = self.database.with_file_name("callpop.db-wal");
        Some(size(&self.database)? + size(&beside).unwrap_or(0))
    }

    /// Makes the bundle. Blocks.
    ///
    /// # Errors
    /// When the archive cannot be made, which memory alone can cause.
    pub(crate) fn bundle(&self, moment: &Moment) -> Result<Vec<u8>, zip::result::ZipError> {
        let log = self.log();
        let files: [(&str, String); 8] = [
            ("README.txt", README.to_owned()),
            ("diagnostics.json", pretty(&diagnostics(&moment.diagnostics))),
            ("problems.json", pretty(&self.problems(&moment.desk))),
            ("knocks.json", pretty(&Value::from_iter(moment.knocks.iter().map(knock)))),
            ("settings.toml", self.settings()),
            ("system.json", pretty(&self.facts(&moment.diagnostics))),
            ("log-counters.json", pretty(&json!(counted(&log)))),
            ("log.txt", log),
        ];
        let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
        let options = SimpleFileOptions::default().compression_method(zip::CompressionMethod::Deflated);
        for (name, text) in files {
            zip.start_file(name, options)?;
            zip.write_all(text.as_bytes())?;
        }
        Ok(zip.finish()?.into_inner())
    }

    fn settings(&self) -> String {
        let Some(path) = &self.sources.settings_file else { return "# the desk was not told of a file\n".to_owned() };
        let text = match std::fs::metadata(path) {
            Ok(of) if of.len() <= LARGEST_SETTINGS => std::fs::read_to_string(path),
            Ok(_) => return "# the settings file is too large to be one\n".to_owned(),
            Err(error) => Err(error),
        };
        match text {
            Ok(text) => settings::told(&text, &self.masking),
            Err(error) => format!("# the settings file cannot be read: {:?}\n", error.kind()),
        }
    }

    fn problems(&self, desk: &wire::Desk) -> Value {
        let masked = |why: &Option<String>| why.as_deref().map(|why| self.masking.text(why));
        json!({
            "listener": masked(&desk.listener.why),
            "last_event_at": desk.listener.last_event_at,
            "configured": desk.configured,
            "vpbx": {"state": desk.vpbx.state, "why": masked(&desk.vpbx.why), "quiet_until": desk.vpbx.quiet_until},
            "directory": {
                "kind": desk.directory.kind,
                "state": desk.directory.state,
                "why": masked(&desk.directory.why),
                "people": desk.directory.people,
            },
            "clock": desk.clock,
            "log_failing": desk.log_failing,
            "log_why": masked(&desk.log_why),
            "log_set_aside": desk.log_set_aside,
        })
    }

    fn facts(&self, diagnostics: &wire::Diagnostics) -> Value {
        let facts: BTreeMap<&str, String> =
            self.sources.facts.iter().map(|(name, fact)| (name.as_str(), self.masking.text(fact))).collect();
        json!({"version": diagnostics.version, "system": diagnostics.system, "facts": facts})
    }

    /// The end of the program's log, every line masked once more.
    fn log(&self) -> String {
        let Some(folder) = &self.sources.log_folder else { return String::new() };
        let mut files: Vec<PathBuf> = std::fs::read_dir(folder)
            .into_iter()
            .flatten()
            .flatten()
            .map(|file| file.path())
            .filter(|path| {
                let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
                name.starts_with("callpop") && name.ends_with(".log")
            })
            .collect();
        // Their names hold their days.
        files.sort();
        let mut tail: Vec<u8> = Vec::new();
        while tail.len() < LOG_TAIL
            && let Some(newest) = files.pop()
        {
            let mut before = end_of(&newest, LOG_TAIL - tail.len()).unwrap_or_default();
            before.append(&mut tail);
            tail = before;
        }
        String::from_utf8_lossy(&tail).lines().map(|line| self.masking.line(&cut(line)) + "\n").collect()
    }
}

/// The last bytes of a file, from the beginning of a line on.
fn end_of(path: &Path, most: usize) -> std::io::Result<Vec<u8>> {
    use std::io::{Read as _, Seek as _, SeekFrom};
    let mut file = std::fs::File::open(path)?;
    let whole = file.metadata()?.len();
    let from = whole.saturating_sub(most as u64);
    file.seek(SeekFrom::Start(from))?;
    let mut bytes = Vec::new();
    file.take(most as u64).read_to_end(&mut bytes)?;
    if from > 0 {
        // The first line may have lost its beginning, and with it what would give a number away.
        let line = bytes.iter().position(|byte| *byte == b'\n').map_or(bytes.len(), |end| end + 1);
        bytes.drain(..line);
    }
    Ok(bytes)
}

fn cut(line: &str) -> String {
    line.chars().take(LONGEST_LINE).collect()
}

fn diagnostics(of: &wire::Diagnostics) -> Value {
    let mut events: BTreeMap<String, u64> = BTreeMap::new();
    for (path, count) in &of.events {
        *events.entry(known_path(path)).or_default() += count;
    }
    json!(wire::Diagnostics { events, ..of.clone() })
}

fn knock(knock: &Knock) -> Value {
    // The listener's prefix is the clinic's own; what follows it tells the kind.
    let path = knock.path.trim_end_matches('/');
    let kind = ["/events/", "/result/"].iter().find_map(|start| path.find(start)).map(|at| known_path(&path[at + 1..]));
    let kind = kind.unwrap_or_else(|| if path.ends_with("/ping") { "ping" } else { "other" }.to_owned());
    json!({"at": view::time(knock.at), "from": shortened(knock.from), "path": kind, "answer": knock.answer})
}

/// A path that the PBX's manual knows, or `other`: a stranger's may hold anything.
fn known_path(path: &str) -> String {
    let known = mango_vpbx::EVENT_PATHS.iter().find(|known| match known.strip_suffix('…') {
        Some(start) => path.starts_with(start),
        None => path == **known,
    });
    known.map_or_else(|| "other".to_owned(), |known| (*known).to_owned())
}

/// The network an address belongs to.
fn shortened(address: IpAddr) -> String {
    match address {
        IpAddr::V4(address) => {
            let [first, second, _, _] = address.octets();
            format!("{first}.{second}.x.x")
        }
        IpAddr::V6(address) => format!("{:x}:{:x}:x", address.segments()[0], address.segments()[1]),
    }
}

/// How many lines there are of each level and module.
fn counted(log: &str) -> BTreeMap<String, u64> {
    let mut counters = BTreeMap::new();
    for line in log.lines() {
        let mut words = line.split_whitespace().skip(1);
        if let (Some(level @ ("ERROR" | "WARN" | "INFO" | "DEBUG" | "TRACE")), Some(module)) =
            (words.next(), words.next())
        {
            *counters.entry(format!("{level} {}", module.trim_end_matches(':'))).or_default() += 1;
        }
    }
    counters
}

fn pretty(value: &Value) -> String {
    serde_json::to_string_pretty(value).unwrap_or_default() + "\n"
}

/// What the bundle's file is called.
pub(crate) fn file_name(now: Timestamp, time_zone: &jiff::tz::TimeZone) -> String {
    format!("callpop-report-{}.zip", now.to_zoned_datetime(time_zone.clone()).strftime("%Y-%m-%d-%H%M"))
}

const README: &str = "\
Отчёт Callpop для поддержки. Кодов, ключей, имён пациентов, заметок и полных номеров здесь нет:
настройки взяты по списку безвредных полей, журнал замаскирован ещё раз («•••»), адреса укорочены.

Callpop's report for support. It holds no code, key, patient's name, note or full number: settings are
taken by a list of harmless fields, the log is masked once more (•••), addresses are shortened.
";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_strangers_path_and_address_are_not_told() {
        let from = |path: &str| {
            let knocked = Knock {
                at: Timestamp::UNIX_EPOCH,
                from: "81.88.80.132".parse().unwrap(),
                path: path.to_owned(),
                answer: 404,
            };
            knock(&knocked)
        };
        assert_eq!(from("/mangotelecom/events/call")["path"], "events/call");
        assert_eq!(from("/mangotelecom/events/ab/79005550101")["path"], "events/ab/…");
        assert_eq!(from("/mangotelecom/events/79005550101")["path"], "other");
        assert_eq!(from("/ivanova/ping/")["path"], "ping");
        assert_eq!(from("/79005550101")["path"], "other");
        assert_eq!(from("/")["from"], "81.88.x.x");
        assert_eq!(shortened("2001:db8:1:2::5".parse().unwrap()), "2001:db8:x");
    }

    #[test]
    fn the_tail_of_a_long_log_begins_with_a_whole_line() {
        let folder = tempfile::tempdir().unwrap();
        let old = folder.path().join("callpop.2026-11-23.log");
        let line = "2026-11-24T19:18:02.123456Z  INFO desk::running: the desk runs number=+79005550101\n";
        std::fs::write(&old, line.repeat(8000)).unwrap();
        std::fs::write(folder.path().join("callpop.2026-11-24.log"), line).unwrap();
        std::fs::write(folder.path().join("other.log"), "тайна").unwrap();
        let sources = SupportSources { log_folder: Some(folder.path().to_owned()), ..SupportSources::default() };
        let support = Support::new(sources, &Secrets::default(), folder.path());
        let log = support.log();
        assert!(log.len() <= LOG_TAIL && log.len() > LOG_TAIL / 2, "{}", log.len());
        let masked = "2026-11-24T19:18:02.123456Z  INFO desk::running: the desk runs number=•••";
        assert!(log.lines().all(|line| line == masked), "{log}");
        assert_eq!(counted(&log).get("INFO desk::running").copied(), Some(log.lines().count() as u64));
    }
}
