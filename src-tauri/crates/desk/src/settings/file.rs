//! What was typed.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::SettingsError;

/// The settings file as it stands; absent keys have their defaults.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct SettingsFile {
    /// The file's format, 1.
    pub version: Option<u32>,
    /// The PBX.
    pub vpbx: VpbxSection,
    /// Where the PBX posts.
    pub listener: ListenerSection,
    /// This workstation.
    pub desk: DeskSection,
    /// The websocket for user interfaces.
    pub feed: FeedSection,
    /// Where patients are looked up.
    pub directory: DirectorySection,
    /// The log.
    pub store: StoreSection,
    /// How long calls are kept.
    pub history: HistorySection,
    /// Where and when the clinic is.
    pub clinic: ClinicSection,
    /// What counts as a missed call.
    pub missed: MissedSection,
    /// What the clinic calls its lines: number → name.
    pub lines: BTreeMap<String, String>,
    /// Text messages.
    pub sms: SmsSection,
    /// What can be said of a call when it is over.
    pub wrap_up: WrapUpSection,
}

/// `[vpbx]`
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct VpbxSection {
    /// Адрес API Виртуальной АТС.
    pub api_base: String,
    /// Whether the PBX's address book, call tracking and speech analytics are asked about callers.
    pub ask_about_callers: bool,
}

impl Default for VpbxSection {
    fn default() -> Self {
        VpbxSection { api_base: "https://app.mango-office.ru/vpbx/".to_owned(), ask_about_callers: false }
    }
}

/// `[listener]`
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ListenerSection {
    /// Address and port; port 0: any free one.
    pub bind: String,
    /// What the cabinet's address ends with.
    pub path: String,
    /// Whether the PBX comes by HTTPS.
    pub tls: TlsSection,
    /// Addresses or networks that may post; empty: any with a valid signature.
    pub allow: Vec<String>,
    /// Reverse proxies of ours, whose word about where a post came from is believed; empty: nobody's.
    pub behind_proxy: Vec<String>,
}

impl Default for ListenerSection {
    fn default() -> Self {
        ListenerSection {
            bind: "0.0.0.0:8082".to_owned(),
            path: "/mangotelecom".to_owned(),
            tls: TlsSection::default(),
            allow: Vec::new(),
            behind_proxy: Vec::new(),
        }
    }
}

/// `"off"`, `"self-signed"`, or `{ cert = "…pem", key = "…pem" }`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum TlsSection {
    /// A word.
    Word(String),
    /// One's own certificate.
    Files {
        /// The chain, PEM.
        cert: String,
        /// The key, PEM.
        key: String,
    },
}

impl Default for TlsSection {
    fn default() -> Self {
        TlsSection::Word("off".to_owned())
    }
}

/// `[desk]`
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct DeskSection {
    /// Внутренний номер of this workstation; empty: none.
    pub extension: String,
    /// Группы регистратуры.
    pub groups: Vec<String>,
    /// `mine`, `groups` or `all`; absent: the narrowest of them that can pop at all.
    pub pop: Option<String>,
    /// The line that callbacks go out by; empty: the PBX chooses.
    pub line: String,
    /// Whether the own phone picks a callback up by itself.
    pub auto_answer: bool,
}

/// `[feed]`
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct FeedSection {
    /// A loopback address and port; port 0: any free one.
    pub bind: String,
    /// Pages that may connect beside the app's own.
    pub origins: Vec<String>,
}

impl Default for FeedSection {
    fn default() -> Self {
        FeedSection { bind: "127.0.0.1:0".to_owned(), origins: Vec::new() }
    }
}

/// `[directory]`
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct DirectorySection {
    /// `file`, `mgerm`, `fhir`, `http` or `sql`.
    pub kind: String,
    /// How long a card waits, in ms.
    pub timeout_ms: u64,
    /// How to open a person's chart: an address with `{id}` or `{chart}`.
    pub open_url: Option<String>,
    /// `file`: the CSV answers when the directory does not, or finds nobody. Empty: nothing does.
    pub fallback: String,
    /// A certificate authority of the clinic's own (PEM); empty: only the system's are trusted.
    pub certificate: String,
    /// `[directory.file]`
    pub file: DirectoryFileSection,
    /// `[directory.mgerm]`
    pub mgerm: directory::mgerm::Section,
    /// `[directory.fhir]`
    pub fhir: directory::fhir::Section,
    /// `[directory.http]`
    pub http: directory::http::Section,
    /// `[directory.sql]`
    pub sql: directory::sql::Section,
}

impl Default for DirectorySection {
    fn default() -> Self {
        DirectorySection {
            kind: "file".to_owned(),
            timeout_ms: 3000,
            open_url: None,
            fallback: String::new(),
            certificate: String::new(),
            file: DirectoryFileSection::default(),
            mgerm: directory::mgerm::Section::default(),
            fhir: directory::fhir::Section::default(),
            http: directory::http::Section::default(),
            sql: directory::sql::Section::default(),
        }
    }
}

/// `[directory.file]`
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct DirectoryFileSection {
    /// The CSV; relative to the settings file. Empty: no patients yet.
    pub path: String,
    /// Our field → the header in the file.
    pub columns: BTreeMap<String, String>,
}

/// `[store]`
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct StoreSection {
    /// `on` or `off`.
    pub encryption: String,
}

impl Default for StoreSection {
    fn default() -> Self {
        StoreSection { encryption: "on".to_owned() }
    }
}

/// `[history]`
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct HistorySection {
    /// Days after which calls are deleted.
    pub keep_days: u32,
}

impl Default for HistorySection {
    fn default() -> Self {
        HistorySection { keep_days: 365 }
    }
}

/// `[clinic]`
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ClinicSection {
    /// IANA name, `Europe/Moscow`.
    pub time_zone: String,
    /// ISO country of national numbers.
    pub country: String,
    /// The code of seven-digit numbers.
    pub area_code: String,
    /// What the clinic is called in text messages.
    pub name: String,
}

impl Default for ClinicSection {
    fn default() -> Self {
        ClinicSection {
            time_zone: "Europe/Moscow".to_owned(),
            country: "RU".to_owned(),
            area_code: "495".to_owned(),
            name: String::new(),
        }
    }
}

/// `[missed]`
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct MissedSection {
    /// A call shorter than this, in seconds, is nobody's miss.
    pub ignore_under_s: u32,
}

impl Default for MissedSection {
    fn default() -> Self {
        MissedSection { ignore_under_s: 5 }
    }
}

/// `[sms]`
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct SmsSection {
    /// Ready-made messages.
    pub templates: Vec<SmsTemplateSection>,
}

/// One of `[[sms.templates]]`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct SmsTemplateSection {
    /// What the button says.
    pub name: String,
    /// The text; `{имя}`, `{врач}`, `{когда}` and `{клиника}` are filled in from the card.
    pub text: String,
}

impl Default for SmsSection {
    fn default() -> Self {
        let template = |name: &str, text: &str| SmsTemplateSection { name: name.to_owned(), text: text.to_owned() };
        SmsSection {
            templates: vec![
                template(
                    "Напоминание о визите",
                    "Здравствуйте, {имя}! Напоминаем о визите: {когда}, {врач}. {клиника}",
                ),
                template(
                    "Не смогли дозвониться",
                    "Здравствуйте! Мы не смогли до вас дозвониться. Перезвоните нам, пожалуйста. {клиника}",
                ),
            ],
        }
    }
}

/// `[wrap_up]`
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct WrapUpSection {
    /// One of them ends a call.
    pub outcomes: Vec<WrapUpChoiceSection>,
    /// Any of them may be put on a call.
    pub tags: Vec<WrapUpChoiceSection>,
}

/// One of `[[wrap_up.outcomes]]` or `[[wrap_up.tags]]`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct WrapUpChoiceSection {
    /// What the button says.
    pub name: String,
    /// One letter or digit that chooses it; empty: none.
    pub key: String,
}

impl Default for WrapUpSection {
    fn default() -> Self {
        let choice = |name: &str, key: &str| WrapUpChoiceSection { name: name.to_owned(), key: key.to_owned() };
        WrapUpSection {
            outcomes: vec![
                choice("Записали", "1"),
                choice("Перенесли", "2"),
                choice("Отменили", "3"),
                choice("Проконсультировали", "4"),
                choice("Перезвоним", "5"),
                choice("Не к нам", "6"),
            ],
            tags: vec![choice("Новый пациент", ""), choice("Жалоба", ""), choice("Цены", ""), choice("Анализы", "")],
        }
    }
}

/// Sections and keys that a later version owns: known, so not worth a warning.
const KNOWN_ELSEWHERE: &[&str] = &["window"];

pub(super) fn read(text: &str) -> Result<(SettingsFile, Vec<String>), SettingsError> {
    let table: toml::Table = toml::from_str(text).map_err(|error| {
        let line = error.span().map_or(1, |span| text[..span.start.min(text.len())].lines().count().max(1));
        SettingsError::new(
            format!("line {line}"),
            error.message().to_owned(),
            "write it as `key = value` in TOML; text stands in quotes",
        )
    })?;
    let file: SettingsFile = serde_path_to_error::deserialize(table.clone()).map_err(|error| {
        let key = error.path().to_string();
        SettingsError::new(key.clone(), error.inner().message().trim().to_owned(), right_shape(&key))
    })?;
    let known = toml::Table::try_from(&file).unwrap_or_default();
    let mut warnings = Vec::new();
    unknown_keys("", &table, &known, &mut warnings);
    Ok((file, warnings))
}

/// What the value of a key looks like, by the commented template.
fn right_shape(key: &str) -> String {
    let last = key.rsplit('.').next().unwrap_or(key);
    super::write::TEMPLATE
        .lines()
        .map(|line| line.trim_start_matches('#').trim())
        .find(|line| line.split('=').next().is_some_and(|name| name.trim() == last) && line.contains('='))
        .map_or_else(
            || "compare with the commented settings file in the README".to_owned(),
            |line| format!("for example `{line}`"),
        )
}

fn unknown_keys(prefix: &str, typed: &toml::Table, known: &toml::Table, warnings: &mut Vec<String>) {
    for (key, value) in typed {
        let path = if prefix.is_empty() { key.clone() } else { format!("{prefix}.{key}") };
        if KNOWN_ELSEWHERE.contains(&path.as_str())
            || [
                "version",
                "desk.pop",
                "directory.open_url",
                "listener.tls",
                "directory.file.columns",
                "directory.mgerm.card",
                "directory.http",
                "lines",
            ]
            .contains(&path.as_str())
        {
            continue;
        }
        match (value, known.get(key)) {
            (_, None) => warnings.push(format!("{path}: this version does not know the key; it is ignored")),
            (toml::Value::Table(typed), Some(toml::Value::Table(known))) => {
                unknown_keys(&path, typed, known, warnings);
            }
            (_, Some(_)) => {}
        }
    }
}
