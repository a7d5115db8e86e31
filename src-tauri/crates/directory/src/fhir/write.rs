//! Changes: a patient registered, a number added, a visit confirmed. Each is sent once; a record is changed only as the
//! version that was read (`If-Match`), so that nobody's work is lost.

use reqwest::StatusCode;
use serde_json::{Value, json};

use super::FhirDirectory;
use super::check::probe;
use super::record::text;
use super::server::refused;
use crate::people::{Person, Sex};
use crate::source::DirectoryError;
use crate::web::Reply;
use crate::writing::{NewPerson, WriteError, Written};

impl FhirDirectory {
    /// A new patient.
    pub(super) async fn register(&self, new: &NewPerson) -> Result<Written, WriteError> {
        // A server that is away is found out before anything is sent that may or may not have been done.
        probe(&self.server, &self.phone_search).await?;
        let given: Vec<&str> = [Some(new.given_name.as_str()), new.patronymic.as_deref()]
            .into_iter()
            .flatten()
            .map(str::trim)
            .filter(|part| !part.is_empty())
            .collect();
        let mut patient = json!({
            "resourceType": "Patient",
            "active": true,
            "name": [{ "use": "official", "family": new.family_name.trim(), "given": given }],
            "birthDate": new.born.to_string(),
        });
        let sex = match new.sex {
            Sex::Male => Some("male"),
            Sex::Female => Some("female"),
            Sex::Unknown => None,
        };
        if let (Some(sex), Some(patient)) = (sex, patient.as_object_mut()) {
            patient.insert("gender".to_owned(), json!(sex));
        }
        if let (Some(phone), Some(patient)) = (&new.phone, patient.as_object_mut()) {
            patient.insert("telecom".to_owned(), json!([{ "system": "phone", "value": phone.as_str() }]));
        }
        let reply = once(self.server.put_or_post("Patient", &patient, None).await)?;
        Ok(Written { person: self.written_person(&reply, patient), visit: None })
    }

    /// The number becomes the last one of the record.
    pub(super) async fn attach(&self, person: &Person, number: &phone::PhoneNumber) -> Result<Written, WriteError> {
        let path = path("Patient", &person.id)?;
        let (mut patient, version) = self.server.read(&path).await?;
        if self.reading.written_in(&patient, number).is_some() {
            return Ok(Written { person: Some(self.reading.person(&patient)), visit: None });
        }
        let version = known_version(version)?;
        let Some(members) = patient.as_object_mut() else { return Err(unreadable()) };
        let point = json!({ "system": "phone", "value": number.as_str() });
        let points = members.entry("telecom").or_insert_with(|| json!([]));
        match points.as_array_mut() {
            Some(points) => points.push(point),
            // What stands there in place of a list stays.
            None => *points = json!([points.take(), point]),
        }
        let reply = once(self.server.put_or_post(&path, &patient, Some(&version)).await)?;
        Ok(Written { person: self.written_person(&reply, patient), visit: None })
    }

    /// The patient's own part of the appointment.
    pub(super) async fn confirm(&self, visit: &str, yes: bool) -> Result<Written, WriteError> {
        let path = path("Appointment", visit)?;
        let (mut appointment, version) = self.server.read(&path).await?;
        let version = known_version(version)?;
        if matches!(text(&appointment, "status"), Some("cancelled" | "noshow" | "entered-in-error" | "fulfilled")) {
            return Err(WriteError::Refused("Эта запись в МИС уже отменена или закрыта".to_owned()));
        }
        let is_patient = |one: &&mut Value| {
            one.pointer("/actor/reference").and_then(Value::as_str).is_some_and(|to| to.contains("Patient/"))
        };
        let parts = appointment.get_mut("participant").and_then(Value::as_array_mut);
        let own = parts.and_then(|parts| parts.iter_mut().find(is_patient)).and_then(Value::as_object_mut);
        let Some(own) = own else {
            return Err(WriteError::Refused("В этой записи МИС не указан пациент".to_owned()));
        };
        own.insert("status".to_owned(), json!(if yes { "accepted" } else { "declined" }));
        once(self.server.put_or_post(&path, &appointment, Some(&version)).await)?;
        Ok(Written { person: None, visit: Some(visit.to_owned()) })
    }

    /// The record as the server now has it: its answer, else what was sent with the id that it gave.
    fn written_person(&self, reply: &Reply, sent: Value) -> Option<Person> {
        let returned = reply.json().ok().filter(|body| text(body, "resourceType") == Some("Patient"));
        let mut patient = returned.unwrap_or(sent);
        if text(&patient, "id").is_none() {
            let place = reply.headers.get("location").and_then(|place| place.to_str().ok())?;
            let reference = json!({ "reference": place });
            let id = super::record::id_of(&reference, "Patient")?.to_owned();
            patient.as_object_mut()?.insert("id".to_owned(), json!(id));
        }
        Some(self.reading.person(&patient))
    }
}

/// What became of a change that was sent: only a clear answer is an answer.
fn once(sent: Result<Reply, DirectoryError>) -> Result<Reply, WriteError> {
    let reply = sent.map_err(|error| match error {
        DirectoryError::Refused { .. } | DirectoryError::Busy { .. } | DirectoryError::Unavailable { .. } => {
            WriteError::Directory(error)
        }
        DirectoryError::TooLate
        | DirectoryError::NotReached { .. }
        | DirectoryError::Failing { .. }
        | DirectoryError::NotUnderstood { .. }
        | DirectoryError::FilterIgnored { .. } => WriteError::Unclear,
    })?;
    let said = match reply.status {
        status if status.is_success() => return Ok(reply),
        StatusCode::CONFLICT | StatusCode::PRECONDITION_FAILED => {
            "Эту карту только что изменили в МИС. Откройте её заново и повторите"
        }
        StatusCode::BAD_REQUEST | StatusCode::UNPROCESSABLE_ENTITY => {
            "МИС не приняла данные: проверьте имя, дату рождения и номер или запишите в самой МИС"
        }
        StatusCode::METHOD_NOT_ALLOWED | StatusCode::NOT_FOUND | StatusCode::NOT_IMPLEMENTED => {
            "МИС не разрешает такую запись: сделайте это в самой МИС"
        }
        status if status.is_server_error() && status != StatusCode::SERVICE_UNAVAILABLE => {
            return Err(WriteError::Unclear);
        }
        _ => return Err(refused(&reply).err().map_or(WriteError::Unclear, WriteError::Directory)),
    };
    Err(WriteError::Refused(said.to_owned()))
}

/// Without a version somebody's change of this minute could be overwritten.
fn known_version(version: Option<String>) -> Result<String, WriteError> {
    version.ok_or_else(|| {
        WriteError::Refused("МИС не сообщает версию карты, менять её отсюда опасно: запишите в самой МИС".to_owned())
    })
}

fn path(kind: &str, id: &str) -> Result<String, WriteError> {
    let is_id = !id.is_empty()
        && id.len() <= 64
        && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._".contains(&byte));
    let is_id = is_id && id != "." && id != "..";
    is_id.then(|| format!("{kind}/{id}")).ok_or_else(unreadable)
}

fn unreadable() -> WriteError {
    WriteError::Refused("У этой карты нет номера в МИС: запишите в самой МИС".to_owned())
}
