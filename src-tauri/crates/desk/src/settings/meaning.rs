//! What the settings mean: checked addresses, extensions, ports.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use ipnet::IpNet;
use jiff::tz::TimeZone;
use phone::{Extension, Region};

use super::SettingsError;
use super::file::{SettingsFile, TlsSection, WrapUpChoiceSection};
use crate::tls::TlsSetting;

/// Checked settings.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The command API's address, with a slash at its end.
    pub api_base: String,
    /// Where the listener binds.
    pub listener_bind: SocketAddr,
    /// What the cabinet's address ends with: `""` or `/mangotelecom`.
    pub listener_path: String,
    /// Whether the PBX comes by HTTPS.
    pub tls: TlsSetting,
    /// Who may post; empty: any with a valid signature.
    pub allow: Vec<IpNet>,
    /// The workstation's extension.
    pub extension: Option<Extension>,
    /// The reception groups.
    pub groups: Vec<String>,
    /// Whose ringing calls pop up here.
    pub pop: PopRule,
    /// Where the feed binds: a loopback address.
    pub feed_bind: SocketAddr,
    /// Pages that may connect beside the app's own.
    pub feed_origins: Vec<String>,
    /// Where patients are looked up.
    pub directory: DirectorySettings,
    /// Whether the log is encrypted.
    pub encrypted: bool,
    /// Days after which calls are deleted.
    pub keep_days: u32,
    /// Where and when the clinic is.
    pub clinic: Clinic,
    /// A call shorter than this is nobody's miss.
    pub ignore_missed_under: Duration,
    /// Whether the PBX's address book, call tracking and speech analytics are asked about callers.
    pub ask_about_callers: bool,
    /// Reverse proxies whose word about the sender is believed.
    pub behind_proxy: Vec<IpNet>,
    /// The line that callbacks go out by.
    pub line: Option<String>,
    /// Whether the own phone picks a callback up by itself.
    pub auto_answer: bool,
    /// What the clinic calls its lines, by E.164 or the SIP line's own name.
    pub line_names: BTreeMap<String, String>,
    /// Ready-made text messages.
    pub sms_templates: Vec<wire::SmsTemplate>,
    /// What can be chosen in a wrap-up.
    pub wrap_up: wire::WrapUpChoices,
}

/// Whose ringing calls pop up.
pub type PopRule = wire::Pop;

/// Where patients are looked up.
#[derive(Debug, Clone)]
pub struct DirectorySettings {
    /// Which kind, with its section.
    pub kind: DirectoryKind,
    /// The CSV; `None`: no patients yet.
    pub file: Option<PathBuf>,
    /// Our field → the header in the file.
    pub columns: BTreeMap<String, String>,
    /// Whether the CSV answers when the kind above does not.
    pub falls_back: bool,
    /// How long a card waits.
    pub timeout: Duration,
    /// How to open a person's chart.
    pub open_url: Option<String>,
    /// A certificate authority of the clinic's own.
    pub certificate: Option<PathBuf>,
    /// Where relative paths of the sections start.
    pub folder: PathBuf,
}

/// The kinds of directory.
#[derive(Debug, Clone)]
pub enum DirectoryKind {
    /// A CSV.
    File,
    /// MGERM.
    Mgerm(directory::mgerm::Section),
    /// FHIR R4.
    Fhir(directory::fhir::Section),
    /// Any JSON API.
    Http(Box<directory::http::Section>),
    /// A database.
    Sql(directory::sql::Section),
}

/// Where and when the clinic is.
#[derive(Debug, Clone)]
pub struct Clinic {
    /// For "today", ages, and times of the directory.
    pub time_zone: TimeZone,
    /// How national numbers are read.
    pub region: Region,
}

pub(super) fn check(file: &SettingsFile, folder: &Path) -> Result<Settings, SettingsError> {
    if let Some(version) = file.version
        && version != 1
    {
        return Err(SettingsError::new(
            "version",
            format!("{version} is newer than this program understands"),
            "it must be 1; update the program",
        ));
    }
    let extension = extension(&file.desk.extension)?;
    let pop = pop_rule(file, extension.is_some())?;
    Ok(Settings {
        api_base: api_base(&file.vpbx.api_base)?,
        listener_bind: address("listener.bind", &file.listener.bind, "0.0.0.0:8082")?,
        listener_path: listener_path(&file.listener.path)?,
        tls: tls(&file.listener.tls, folder)?,
        allow: networks("listener.allow", &file.listener.allow)?,
        extension,
        groups: file.desk.groups.iter().map(|text| group(text)).collect::<Result<_, _>>()?,
        pop,
        feed_bind: feed_bind(&file.feed.bind)?,
        feed_origins: file.feed.origins.clone(),
        directory: directory(file, folder)?,
        encrypted: on_or_off("store.encryption", &file.store.encryption)?,
        keep_days: keep_days(file.history.keep_days)?,
        clinic: clinic(file)?,
        ignore_missed_under: Duration::from_secs(u64::from(file.missed.ignore_under_s)),
        ask_about_callers: file.vpbx.ask_about_callers,
        behind_proxy: networks("listener.behind_proxy", &file.listener.behind_proxy)?,
        line: Some(file.desk.line.trim().to_owned()).filter(|line| !line.is_empty()),
        auto_answer: file.desk.auto_answer,
        line_names: line_names(file)?,
        sms_templates: sms_templates(file),
        wrap_up: wire::WrapUpChoices {
            outcomes: choices("wrap_up.outcomes", &file.wrap_up.outcomes)?,
            tags: choices("wrap_up.tags", &file.wrap_up.tags)?,
        },
    })
}

/// Outcomes or tags that can be told apart, by name and by key.
fn choices(setting: &str, typed: &[WrapUpChoiceSection]) -> Result<Vec<wire::WrapUpChoice>, SettingsError> {
    let mut known: Vec<wire::WrapUpChoice> = Vec::new();
    for choice in typed {
        let name = choice.name.trim();
        let key = choice.key.trim().to_lowercase();
        if name.is_empty() {
            continue;
        }
        let is_one_sign = key.chars().count() <= 1 && key.chars().all(char::is_alphanumeric);
        if !is_one_sign {
            return Err(SettingsError::new(
                setting,
                format!("the key \"{key}\" of \"{name}\" is not one letter or digit"),
                "write one letter or digit, for example \"1\", or leave it empty",
            ));
        }
        if known.iter().any(|other| other.name.to_lowercase() == name.to_lowercase()) {
            return Err(SettingsError::new(setting, format!("\"{name}\" is there twice"), "keep one of them"));
        }
        if !key.is_empty() && known.iter().any(|other| other.key == key) {
            return Err(SettingsError::new(
                setting,
                format!("the key \"{key}\" is there twice"),
                "give one of them another key, or leave it empty",
            ));
        }
        known.push(wire::WrapUpChoice { name: name.to_owned(), key });
    }
    Ok(known)
}

fn pop_rule(file: &SettingsFile, has_extension: bool) -> Result<PopRule, SettingsError> {
    match file.desk.pop.as_deref() {
        None if has_extension => Ok(wire::Pop::Mine),
        None if !file.desk.groups.is_empty() => Ok(wire::Pop::Groups),
        None | Some("all") => Ok(wire::Pop::All),
        Some("groups") => Ok(wire::Pop::Groups),
        Some("mine") if has_extension => Ok(wire::Pop::Mine),
        Some("mine") => Err(SettingsError::new(
            "desk.extension",
            "it is empty while desk.pop is \"mine\", so no call would ever pop up",
            "enter the workstation's extension, for example \"201\", or set desk.pop to \"groups\" or \"all\"",
        )),
        Some(other) => Err(SettingsError::new(
            "desk.pop",
            format!("\"{other}\" is not one of its words"),
            "write \"mine\", \"groups\" or \"all\"",
        )),
    }
}

fn extension(text: &str) -> Result<Option<Extension>, SettingsError> {
    if text.trim().is_empty() {
        return Ok(None);
    }
    Extension::new(text).map(Some).ok_or_else(|| {
        SettingsError::new(
            "desk.extension",
            format!("\"{text}\" is not a short number"),
            "write the employee's short number in digits, for example \"201\"",
        )
    })
}

fn group(text: &str) -> Result<String, SettingsError> {
    Extension::new(text).map(|group| group.as_str().to_owned()).ok_or_else(|| {
        SettingsError::new(
            "desk.groups",
            format!("\"{text}\" is not a group's short number"),
            "write short numbers in digits, for example [\"300\"]",
        )
    })
}

fn api_base(text: &str) -> Result<String, SettingsError> {
    let text = text.trim();
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://")).unwrap_or_default();
    let host = rest.split('/').next().unwrap_or_default();
    if host.is_empty() || host.contains(char::is_whitespace) {
        return Err(SettingsError::new(
            "vpbx.api_base",
            format!("\"{text}\" is not a web address"),
            "copy it from the cabinet: \"https://app.mango-office.ru/vpbx/\"",
        ));
    }
    Ok(if text.ends_with('/') { text.to_owned() } else { format!("{text}/") })
}

fn address(key: &str, text: &str, example: &str) -> Result<SocketAddr, SettingsError> {
    text.trim().parse().map_err(|_| {
        SettingsError::new(
            key,
            format!("\"{text}\" is not an address with a port"),
            format!("write an IP address and a port, for example \"{example}\""),
        )
    })
}

fn feed_bind(text: &str) -> Result<SocketAddr, SettingsError> {
    let bind = address("feed.bind", text, "127.0.0.1:0")?;
    if bind.ip().is_loopback() {
        return Ok(bind);
    }
    Err(SettingsError::new(
        "feed.bind",
        format!("{} can be reached from other machines", bind.ip()),
        "the feed serves this machine only: write \"127.0.0.1:0\"",
    ))
}

fn listener_path(text: &str) -> Result<String, SettingsError> {
    let text = text.trim().trim_matches('/');
    if text.contains(|c: char| c.is_whitespace() || c == '?' || c == '#') {
        return Err(SettingsError::new(
            "listener.path",
            format!("\"{text}\" is not a path"),
            "write it without spaces, for example \"/mangotelecom\"",
        ));
    }
    Ok(if text.is_empty() { String::new() } else { format!("/{text}") })
}

fn tls(section: &TlsSection, folder: &Path) -> Result<TlsSetting, SettingsError> {
    match section {
        TlsSection::Word(word) if word == "off" => Ok(TlsSetting::Off),
        TlsSection::Word(word) if word == "self-signed" => Ok(TlsSetting::SelfSigned),
        TlsSection::Word(word) => Err(SettingsError::new(
            "listener.tls",
            format!("\"{word}\" is not one of its words"),
            "write \"off\", \"self-signed\" or { cert = \"chain.pem\", key = \"key.pem\" }",
        )),
        TlsSection::Files { cert, key } => Ok(TlsSetting::Files {
            cert: folder.join(pem_path("listener.tls.cert", cert, "the certificate")?),
            key: folder.join(pem_path("listener.tls.key", key, "its private key")?),
        }),
    }
}

fn pem_path<'a>(key: &str, typed: &'a str, what: &str) -> Result<&'a str, SettingsError> {
    match typed.trim() {
        "" => Err(SettingsError::new(key, "it is empty", format!("write the path of the PEM file with {what}"))),
        path => Ok(path),
    }
}

fn networks(key: &str, texts: &[String]) -> Result<Vec<IpNet>, SettingsError> {
    texts.iter().map(|text| network(key, text)).collect()
}

/// Names by the number as calls carry it, whatever way it was typed.
fn line_names(file: &SettingsFile) -> Result<BTreeMap<String, String>, SettingsError> {
    let region = clinic(file)?.region;
    let line = |typed: &str| {
        phone::PhoneNumber::parse(typed, &region)
            .map_or_else(|| typed.trim().to_owned(), |number| number.as_str().to_owned())
    };
    let named = file.lines.iter().filter(|(_, name)| !name.trim().is_empty());
    Ok(named.map(|(number, name)| (line(number), name.trim().to_owned())).collect())
}

fn sms_templates(file: &SettingsFile) -> Vec<wire::SmsTemplate> {
    let clinic = file.clinic.name.trim();
    let kept = file.sms.templates.iter().filter(|template| !template.text.trim().is_empty());
    kept.map(|template| wire::SmsTemplate {
        name: template.name.trim().to_owned(),
        text: template.text.replace("{клиника}", clinic).trim().to_owned(),
    })
    .collect()
}

fn network(key: &str, text: &str) -> Result<IpNet, SettingsError> {
    let text = text.trim();
    text.parse::<IpNet>().or_else(|_| text.parse::<std::net::IpAddr>().map(IpNet::from)).map_err(|_| {
        SettingsError::new(
            key,
            format!("\"{text}\" is not an address"),
            "write IP addresses or networks, for example [\"81.88.80.132\", \"81.88.82.0/24\"]",
        )
    })
}

fn on_or_off(key: &str, text: &str) -> Result<bool, SettingsError> {
    match text {
        "on" => Ok(true),
        "off" => Ok(false),
        other => {
            Err(SettingsError::new(key, format!("\"{other}\" is not one of its words"), "write \"on\" or \"off\""))
        }
    }
}

fn keep_days(days: u32) -> Result<u32, SettingsError> {
    if (1..=36_500).contains(&days) {
        return Ok(days);
    }
    Err(SettingsError::new(
        "history.keep_days",
        format!("{days} is not a number of days calls can be kept"),
        "write a number from 1 to 36500, for example 365",
    ))
}

fn directory(file: &SettingsFile, folder: &Path) -> Result<DirectorySettings, SettingsError> {
    let section = &file.directory;
    let kind = match section.kind.trim() {
        "file" => DirectoryKind::File,
        "mgerm" => DirectoryKind::Mgerm(section.mgerm.clone()),
        "fhir" => DirectoryKind::Fhir(section.fhir.clone()),
        "http" => DirectoryKind::Http(Box::new(section.http.clone())),
        "sql" => DirectoryKind::Sql(section.sql.clone()),
        other => {
            return Err(SettingsError::new(
                "directory.kind",
                format!("\"{other}\" is not a kind of directory"),
                "write \"file\", \"mgerm\", \"fhir\", \"http\" or \"sql\"",
            ));
        }
    };
    let falls_back = match section.fallback.trim() {
        "" => false,
        "file" => true,
        other => {
            return Err(SettingsError::new(
                "directory.fallback",
                format!("\"{other}\" cannot stand behind another directory"),
                "write \"file\" and give the CSV in directory.file.path, or leave it empty",
            ));
        }
    };
    if !(50..=60_000).contains(&section.timeout_ms) {
        return Err(SettingsError::new(
            "directory.timeout_ms",
            format!("{} ms is not a time a card can wait", section.timeout_ms),
            "write milliseconds from 50 to 60000, for example 3000",
        ));
    }
    let path = section.file.path.trim();
    let certificate = section.certificate.trim();
    let settings = DirectorySettings {
        kind,
        falls_back,
        certificate: (!certificate.is_empty()).then(|| folder.join(certificate)),
        folder: folder.to_owned(),
        file: (!path.is_empty()).then(|| folder.join(path)),
        columns: section.file.columns.clone(),
        timeout: Duration::from_millis(section.timeout_ms),
        open_url: open_url(section.open_url.as_deref())?,
    };
    // What the section means only its kind knows: it is tried without the secret.
    crate::patients::open_kind(&settings, &clinic(file)?, None, None)
        .map_err(|error| SettingsError::new(error.key, error.problem, error.right))?;
    Ok(settings)
}

fn open_url(text: Option<&str>) -> Result<Option<String>, SettingsError> {
    let Some(text) = text.map(str::trim).filter(|text| !text.is_empty()) else { return Ok(None) };
    let scheme = text.split("://").next().unwrap_or_default();
    let is_web_or_own = text.contains("://")
        && scheme.chars().all(|sign| sign.is_ascii_alphanumeric() || "+-.".contains(sign))
        && !["file", "javascript", "data", "vbscript", ""].contains(&scheme.to_ascii_lowercase().as_str());
    if is_web_or_own {
        return Ok(Some(text.to_owned()));
    }
    Err(SettingsError::new(
        "directory.open_url",
        format!("\"{text}\" is not an address that may be opened"),
        "write a web address with {id} or {chart}, for example \"https://mis.example/card/{id}\"",
    ))
}

fn clinic(file: &SettingsFile) -> Result<Clinic, SettingsError> {
    let section = &file.clinic;
    let time_zone = TimeZone::get(section.time_zone.trim()).map_err(|_| {
        SettingsError::new(
            "clinic.time_zone",
            format!("\"{}\" is not a time zone", section.time_zone),
            "write its IANA name, for example \"Europe/Moscow\" or \"Asia/Yekaterinburg\"",
        )
    })?;
    let code = section.area_code.trim();
    let region = Region::new(section.country.trim(), (!code.is_empty()).then_some(code)).map_err(|error| {
        SettingsError::new(
            "clinic.country",
            error.to_string(),
            "write the country as two letters, \"RU\", and the area code in digits, \"495\"",
        )
    })?;
    Ok(Clinic { time_zone, region })
}
