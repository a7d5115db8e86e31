//! What goes into the audit trail, and reading it: whose data, when.

use std::collections::{BTreeMap, HashSet};
use std::io::Write;
use std::path::Path;

use jiff::Timestamp;
use jiff::civil::Date;
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use crate::exports::disarmed;
use crate::log::{AuditError, AuditRecord, AuditTrail, Key};
use crate::secrets::StoreKey;

/// Pairs of viewer and patient that are remembered as recorded today; more than a clinic sees in a day. Beyond them a
/// look may be recorded twice, never not at all.
const MOST_LOOKS: usize = 100_000;

/// Who was shown whom today: one record a day for each pair.
#[derive(Debug, Default)]
pub(crate) struct Looks {
    day: Option<Date>,
    recorded: HashSet<(Option<String>, String)>,
}

impl Looks {
    /// The record of a patient's card that a viewer has before them, unless it was written today.
    pub(crate) fn of(
        &mut self,
        who: Option<&str>,
        (person, number, call): (&str, Option<&str>, Option<&str>),
        today: Date,
        now: Timestamp,
    ) -> Option<AuditRecord> {
        if self.day != Some(today) || self.recorded.len() >= MOST_LOOKS {
            self.recorded.clear();
            self.day = Some(today);
        }
        if !self.recorded.insert((who.map(str::to_owned), person.to_owned())) {
            return None;
        }
        Some(AuditRecord {
            person: Some(person.to_owned()),
            number: number.map(str::to_owned),
            about: call.map(str::to_owned),
            ..record(who, "saw", now)
        })
    }
}

fn record(who: Option<&str>, did: &str, now: Timestamp) -> AuditRecord {
    AuditRecord {
        at_ms: now.as_millisecond(),
        who: who.filter(|who| !who.is_empty()).map(str::to_owned),
        did: did.to_owned(),
        ..AuditRecord::default()
    }
}

/// The record of a request; `None`: it neither touches a patient's data nor changes anything. What it brings to the
/// screen is recorded besides, as seen.
pub(crate) fn of_request(who: Option<&str>, name: &str, what: &wire::Do, now: Timestamp) -> Option<AuditRecord> {
    let made = record(who, name, now);
    let about = |about: &str| AuditRecord { about: Some(about.to_owned()), ..made.clone() };
    Some(match what {
        wire::Do::Dial { number, extension, .. } => {
            AuditRecord { number: Some(number.clone()), what: extension.clone(), ..made }
        }
        wire::Do::Sms { number, call, .. } => AuditRecord { number: Some(number.clone()), about: call.clone(), ..made },
        wire::Do::Transfer { call, to, .. } => AuditRecord { what: Some(to.clone()), ..about(call) },
        wire::Do::Recording { call, recording } => AuditRecord { what: Some(recording.clone()), ..about(call) },
        wire::Do::CompleteTransfer { call }
        | wire::Do::CancelTransfer { call }
        | wire::Do::Hold { call }
        | wire::Do::Take { call }
        | wire::Do::Record { call }
        | wire::Do::HangUp { call, .. }
        | wire::Do::LookupAgain { call }
        | wire::Do::Note { call, .. }
        | wire::Do::Outcome { call, .. }
        | wire::Do::Shown { call } => about(call),
        wire::Do::ChoosePerson { call, person } => AuditRecord { person: person.clone(), ..about(call) },
        wire::Do::AttachNumber { call, person } => AuditRecord { person: Some(person.clone()), ..about(call) },
        wire::Do::RegisterPerson { call, .. } | wire::Do::MakeVisit { call, .. } => {
            AuditRecord { about: call.clone(), ..made }
        }
        wire::Do::ConfirmVisit { visit, .. } | wire::Do::CancelVisit { visit, .. } => about(visit),
        wire::Do::ClaimMissed { missed, .. }
        | wire::Do::PostponeMissed { missed, .. }
        | wire::Do::CloseMissed { missed, .. } => about(missed),
        wire::Do::Story { number, person, .. } => {
            AuditRecord { person: person.clone(), number: number.clone(), ..made }
        }
        wire::Do::Export { text, .. } => AuditRecord { what: text.clone(), ..made },
        wire::Do::SupportBundle {} => made,
        wire::Do::Roster { .. }
        | wire::Do::CatchUp {}
        | wire::Do::SearchPeople { .. }
        | wire::Do::VisitSlots { .. }
        | wire::Do::History { .. }
        | wire::Do::Numbers { .. }
        | wire::Do::Diagnostics {} => return None,
    })
}

/// The patients in what the desk answers: id, number, call.
pub(crate) fn people_in(answer: &Value) -> Vec<(String, Option<String>, Option<String>)> {
    let mut people = Vec::new();
    let id = |person: &Value| person["id"].as_str().map(str::to_owned);
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    for person in list(&answer["people"]).iter().chain([&answer["person"]]) {
        people.extend(id(person).map(|id| (id, None, None)));
    }
    for call in list(&answer["calls"]) {
        let (number, entry) = (call["number"].as_str().map(str::to_owned), call["id"].as_str().map(str::to_owned));
        for person in list(&call["card"]["people"]) {
            people.extend(id(&person).map(|id| (id, number.clone(), entry.clone())));
        }
    }
    for row in list(&answer["missed"]) {
        let number = row["number"].as_str().map(str::to_owned);
        people.extend(id(&row["person"]).map(|id| (id, number, row["id"].as_str().map(str::to_owned))));
    }
    people
}

/// The settings of a file, each key with the SHA-256 of its value: values may be private, that they changed is not.
pub(crate) fn settings_of(text: &str) -> BTreeMap<String, String> {
    fn walk(name: &str, value: &toml::Value, found: &mut BTreeMap<String, String>) {
        match value {
            toml::Value::Table(table) => {
                for (key, value) in table {
                    let name = if name.is_empty() { key.clone() } else { format!("{name}.{key}") };
                    walk(&name, value, found);
                }
            }
            toml::Value::String(_)
            | toml::Value::Integer(_)
            | toml::Value::Float(_)
            | toml::Value::Boolean(_)
            | toml::Value::Datetime(_)
            | toml::Value::Array(_) => {
                found.insert(name.to_owned(), hex::encode(Sha256::digest(value.to_string())));
            }
        }
    }
    let mut found = BTreeMap::new();
    if let Ok(settings) = text.parse::<toml::Table>() {
        walk("", &toml::Value::Table(settings), &mut found);
    }
    found
}

/// The record of settings that are others than at the last start: who the computer's user is, and which keys.
pub(crate) fn of_settings(
    who: Option<&str>,
    (before, after): (&BTreeMap<String, String>, &BTreeMap<String, String>),
    now: Timestamp,
) -> Option<AuditRecord> {
    let changed: Vec<&str> = before
        .keys()
        .chain(after.keys().filter(|key| !before.contains_key(*key)))
        .filter(|key| before.get(*key) != after.get(*key))
        .map(String::as_str)
        .collect();
    let user = ["USER", "USERNAME"].iter().find_map(|name| std::env::var(name).ok()).unwrap_or_default();
    let what = format!("{user}: {}", changed.join(", "));
    (!changed.is_empty()).then(|| AuditRecord { what: Some(what), ..record(who, "settings", now) })
}

/// The audit trail of a data folder, for reading beside a running desk.
pub struct Audit {
    trail: AuditTrail,
    oldest_ms: i64,
}

/// What was asked of a trail.
#[derive(Debug, Clone, Default)]
pub struct Asked {
    /// One patient's records only.
    pub person: Option<String>,
    /// One telephone number's records only.
    pub number: Option<String>,
}

/// Why a trail tells nothing, or not all.
#[derive(Debug, thiserror::Error)]
pub enum NoAudit {
    /// It was tampered with, or cannot be read.
    #[error("{0}. Keep a copy of the data folder, and compare the seals that the program's log tells at each start")]
    Trail(#[from] AuditError),
    /// Whoever reads the table hung up.
    #[error("the table cannot be written: {0}")]
    Table(#[from] csv::Error),
}

impl Audit {
    /// Opens the log of a data folder; `keep_days` as in the settings.
    ///
    /// # Errors
    /// When there is no log, or the key does not fit.
    pub fn open(data_dir: &Path, key: Option<StoreKey>, keep_days: u32, now: Timestamp) -> Result<Audit, NoAudit> {
        let key = key.map_or(Key::Plain, Key::Encrypted);
        // Retention goes by whole days of the clinic's clock, and a desk may have stood still: one day of grace.
        let days = i64::from(keep_days.saturating_sub(1));
        let trail = AuditTrail::open(data_dir, &key)?;
        Ok(Audit { trail, oldest_ms: now.as_millisecond() - days * 24 * 3600 * 1000 })
    }

    /// Checks every seal; tells how many records there are, and the newest seal.
    ///
    /// # Errors
    /// When a record was changed or taken out.
    pub fn verify(&self) -> Result<(u64, String), NoAudit> {
        let mut records = 0;
        let newest = self.trail.each(self.oldest_ms, |_, _| {
            records += 1;
            Ok(())
        })?;
        Ok((records, newest.map(|link| link.seal()).unwrap_or_default()))
    }

    /// Writes the records that are asked for as CSV, and checks every seal meanwhile.
    ///
    /// # Errors
    /// When a record was changed or taken out: what stands before it was written.
    pub fn write_csv(&self, asked: &Asked, file: impl Write) -> Result<u64, NoAudit> {
        let mut table = csv::WriterBuilder::new().from_writer(file);
        table.write_record(["record", "at", "who", "did", "person", "number", "about", "what", "seal"])?;
        let (mut rows, mut broken) = (0, None);
        let wanted = |asked: &Option<String>, has: &Option<String>| asked.is_none() || asked == has;
        let told = self.trail.each(self.oldest_ms, |record, link| {
            if broken.is_none() && wanted(&asked.person, &record.person) && wanted(&asked.number, &record.number) {
                let cell = |text: &Option<String>| text.as_deref().map(disarmed).unwrap_or_default().into_owned();
                let cells = [
                    link.id.to_string(),
                    AuditTrail::moment(record.at_ms),
                    cell(&record.who),
                    record.did.clone(),
                    cell(&record.person),
                    record.number.clone().unwrap_or_default(),
                    cell(&record.about),
                    cell(&record.what),
                    link.seal(),
                ];
                broken = table.write_record(cells).err();
                rows += 1;
            }
            Ok(())
        });
        if let Some(error) = broken {
            return Err(error.into());
        }
        table.flush().map_err(csv::Error::from)?;
        told?;
        Ok(rows)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_look_is_recorded_once_a_day_for_each_viewer_and_patient() {
        let mut looks = Looks::default();
        let day = |day: i8| jiff::civil::date(2026, 11, day);
        let mut look = |who: Option<&str>, person: &str, on: i8| {
            looks.of(who, (person, Some("+79005550101"), Some("e")), day(on), Timestamp::UNIX_EPOCH).is_some()
        };
        assert!(look(Some("201"), "p1", 1));
        assert!(!look(Some("201"), "p1", 1));
        assert!(look(Some("202"), "p1", 1) && look(Some("201"), "p2", 1) && look(None, "p1", 1));
        assert!(look(Some("201"), "p1", 2), "another day");
    }

    #[test]
    fn people_are_found_wherever_an_answer_tells_of_them() {
        let card = |id: &str| serde_json::json!({"people": [{"id": id}]});
        let answer = serde_json::json!({
            "people": [{"id": "found"}], "person": {"id": "registered"},
            "calls": [{"id": "e1", "number": "+79", "card": card("called")}, {"id": "e2", "card": card("hidden")}],
            "missed": [{"id": "m1", "number": "+78", "person": {"id": "missed"}}, {"id": "m2", "person": null}],
        });
        let people: Vec<String> = people_in(&answer).into_iter().map(|(id, _, _)| id).collect();
        assert_eq!(people, ["found", "registered", "called", "hidden", "missed"]);
        assert!(people_in(&serde_json::json!({"command_id": "c"})).is_empty());
    }

    #[test]
    fn changed_settings_are_told_by_key_without_their_values() {
        let before =
            settings_of("version = 1\n[desk]\nextension = \"201\"\ngroups = [\"300\"]\n[feed]\nbind = \"x\"\n");
        let after = settings_of("version = 1\n[desk]\nextension = \"secret\"\ngroups = [\"300\"]\n[store]\nx = 1\n");
        let record = of_settings(Some("201"), (&before, &after), Timestamp::UNIX_EPOCH).unwrap();
        assert!(record.what.unwrap().ends_with(": desk.extension, feed.bind, store.x"));
        assert!(of_settings(None, (&after, &after), Timestamp::UNIX_EPOCH).is_none());
        assert!(after.values().all(|hash| hash.len() == 64));
    }
}
