//! «Проверить связь»: what a server says of itself, and what it does.

use serde_json::Value;

use super::record::{all, text};
use super::server::{Rows, Server};
use crate::source::{CheckReport, DirectoryError};

/// Nobody can have this number: whoever comes back for it comes back for any.
pub(super) const NOBODYS_NUMBER: &str = "+70000000000";

/// What is read besides patients, and what it is called.
const PARTS: [(&str, &str); 7] = [
    ("RelatedPerson", "родственники"),
    ("Appointment", "записи на приём"),
    ("Encounter", "посещения"),
    ("AllergyIntolerance", "аллергии"),
    ("Flag", "предупреждения"),
    ("Account", "счета"),
    ("Coverage", "страховки"),
];

/// Tries everything that a look-up needs.
pub(super) async fn check(server: &Server, phone_search: &str) -> CheckReport {
    let mut lines = vec![format!("адрес: {}", server.base)];
    if server.access.can_renew() {
        match server.access.token(&server.web, None).await {
            Ok(_) => lines.push("ключ доступа: получен".to_owned()),
            Err(error) => {
                lines.push(format!("ключ доступа: не получен. {error}"));
                return CheckReport { ok: false, people: None, lines };
            }
        }
    }
    match server.metadata().await {
        Ok(statement) => lines.extend(described(&statement, phone_search)),
        Err(error) if error.is_outage() || matches!(error, DirectoryError::Refused { .. }) => {
            lines.push(error.to_string());
            return CheckReport { ok: false, people: None, lines };
        }
        Err(error) => lines.push(format!("описание сервера (metadata) не прочитано: {error}")),
    }
    let ok = match probe(server, phone_search).await {
        Ok(()) => {
            lines.push(format!(
                "поиск по телефону: работает (по номеру {NOBODYS_NUMBER} никого нет, как и должно быть)"
            ));
            true
        }
        Err(error) => {
            lines.push(format!("поиск по телефону: не работает. {error}"));
            false
        }
    };
    if ok {
        match related_probe(server, phone_search).await {
            Ok(()) => lines.push("поиск по телефонам родственников: работает".to_owned()),
            Err(error) => lines.push(format!(
                "поиск по телефонам родственников: не работает ({error}). Ребёнок не найдётся по номеру матери, если \
                 номер записан только у неё"
            )),
        }
    }
    CheckReport { ok, people: None, lines }
}

/// Asks for the number that nobody has.
///
/// # Errors
/// No answer, or people came back.
pub(super) async fn probe(server: &Server, phone_search: &str) -> Result<(), DirectoryError> {
    let query = [(phone_search, NOBODYS_NUMBER), ("_count", "2")];
    nobody(&server.search("Patient", &query, |_| false).await?)
}

async fn related_probe(server: &Server, phone_search: &str) -> Result<(), DirectoryError> {
    let query = [(phone_search, NOBODYS_NUMBER), ("_count", "2"), ("_include", "RelatedPerson:patient")];
    nobody(&server.search("RelatedPerson", &query, |_| false).await?)
}

fn nobody(rows: &Rows) -> Result<(), DirectoryError> {
    match rows.matches.len() {
        0 => Ok(()),
        rows => Err(DirectoryError::FilterIgnored { rows }),
    }
}

fn described(statement: &Value, phone_search: &str) -> Vec<String> {
    if text(statement, "resourceType") != Some("CapabilityStatement") {
        return vec!["по адресу отвечает не сервер FHIR: проверьте адрес (он часто кончается на /fhir)".to_owned()];
    }
    let version = text(statement, "fhirVersion").unwrap_or("не названа");
    let software = statement.get("software");
    let said = |member: &str| software.and_then(|software| text(software, member));
    let name = [said("name"), said("version")].into_iter().flatten().collect::<Vec<_>>().join(" ");
    let name = if name.is_empty() { "сервер без названия".to_owned() } else { name };
    let mut lines = vec![format!("ответил: {name}, версия FHIR {version}")];
    if !version.starts_with("4.") {
        lines.push("Callpop знает FHIR R4 (4.0): с другой версией часть карты может не прочитаться".to_owned());
    }
    let kinds: Vec<&Value> = all(statement, "rest").iter().flat_map(|rest| all(rest, "resource")).collect();
    let kind = |wanted: &str| kinds.iter().find(|kind| text(kind, "type") == Some(wanted));
    let searches = |wanted: &str, name: &str| {
        kind(wanted).is_some_and(|kind| all(kind, "searchParam").iter().any(|one| text(one, "name") == Some(name)))
    };
    if !searches("Patient", phone_search) {
        lines.push(format!(
            "в описании сервера нет поиска пациентов по «{phone_search}»: его включает администратор МИС (или укажите \
             другое имя поиска в настройке phone_search)"
        ));
    }
    let names = |is_there: bool| {
        let parts = PARTS.iter().filter(|(name, _)| kind(name).is_some() == is_there);
        parts.map(|(_, russian)| *russian).collect::<Vec<_>>().join(", ")
    };
    let (there, missing) = (names(true), names(false));
    lines.extend((!there.is_empty()).then(|| format!("на карте будут: {there}")));
    lines.extend((!missing.is_empty()).then(|| format!("сервер не ведёт: {missing}")));
    lines
}
