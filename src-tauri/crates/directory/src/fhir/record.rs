//! Reading FHIR resources with tolerance: real servers leave out, nest and mistype, so each element is read for itself
//! and what cannot be read is absent.

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use serde_json::Value;

/// Longer texts are cut on a card.
const MAX_TEXT: usize = 2000;

/// A text that is there and not empty.
pub(super) fn text<'v>(value: &'v Value, member: &str) -> Option<&'v str> {
    value.get(member).and_then(Value::as_str).map(str::trim).filter(|text| !text.is_empty())
}

/// The elements of a repeating member; a single one that should have been a list counts as one.
pub(super) fn all<'v>(value: &'v Value, member: &str) -> &'v [Value] {
    match value.get(member) {
        Some(Value::Array(items)) => items,
        Some(one @ Value::Object(_)) => std::slice::from_ref(one),
        Some(Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_)) | None => &[],
    }
}

/// What a CodeableConcept says in words: its text, else a display, else a code.
pub(super) fn words(concept: &Value) -> Option<String> {
    let codings = all(concept, "coding");
    let said = text(concept, "text")
        .or_else(|| codings.iter().find_map(|coding| text(coding, "display")))
        .or_else(|| codings.iter().find_map(|coding| text(coding, "code")))?;
    Some(cut(said))
}

/// Whether one of a concept's codings has this code.
pub(super) fn has_code(concept: &Value, code: &str) -> bool {
    all(concept, "coding").iter().any(|coding| text(coding, "code") == Some(code))
}

/// `Patient/17`, `https://mis.example/fhir/Patient/17/_history/2` → `17`, when it is a reference to that type.
pub(super) fn id_of<'v>(reference: &'v Value, kind: &str) -> Option<&'v str> {
    let path = text(reference, "reference")?;
    let path = path.split("/_history/").next()?;
    let mut parts = path.rsplit('/');
    let id = parts.next().filter(|id| !id.is_empty())?;
    (parts.next() == Some(kind)).then_some(id)
}

/// Whether a resource's reference `member` names this patient.
pub(super) fn belongs(resource: &Value, member: &str, patient: &str) -> bool {
    resource.get(member).is_some_and(|reference| id_of(reference, "Patient") == Some(patient))
}

/// An instant or dateTime; a day begins in the clinic's time zone. Stand-ins for "no date" are absent.
pub(super) fn moment(said: &str, zone: &TimeZone) -> Option<Timestamp> {
    let at =
        said.parse::<Timestamp>().ok().or_else(|| zone.to_timestamp(said.parse::<DateTime>().ok()?).ok()).or_else(
            || zone.to_timestamp(said.parse::<Date>().ok()?.to_datetime(jiff::civil::Time::midnight())).ok(),
        )?;
    is_real(zone.to_datetime(at).date()).then_some(at)
}

/// A whole date. A year or a year and a month are not one: no day is made up.
pub(super) fn day(said: &str) -> Option<Date> {
    if said.len() != 10 {
        return None;
    }
    said.parse::<Date>().ok().filter(|date| is_real(*date))
}

/// 0001-01-01 and 1900-01-01 stand for "no date" in many records.
fn is_real(date: Date) -> bool {
    date.year() > 1850 && !(date.year() == 1900 && date.day_of_year() == 1)
}

/// The record's own text as a card can bear it.
pub(super) fn cut(said: &str) -> String {
    let said = said.trim();
    match said.char_indices().nth(MAX_TEXT) {
        Some((end, _)) => format!("{}…", &said[..end]),
        None => said.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    #[test]
    fn references_of_every_kind_name_their_patient() {
        let of = |text: &str| id_of(&json!({ "reference": text }), "Patient").map(str::to_owned);
        assert_eq!(of("Patient/17").as_deref(), Some("17"));
        assert_eq!(of("https://mis.example/fhir/Patient/17/_history/2").as_deref(), Some("17"));
        assert_eq!(of("Practitioner/17"), None);
        assert_eq!(of("#17"), None);
        assert_eq!(of("Patient/"), None);
        assert_eq!(of("urn:uuid:17"), None);
    }

    #[test]
    fn partial_and_stand_in_dates_are_absent() {
        assert_eq!(day("1991-01-31"), Some(jiff::civil::date(1991, 1, 31)));
        for said in ["1991", "1991-01", "0000-00-00", "0001-01-01", "1900-01-01", "2026-02-30", "31.01.1991", ""] {
            assert_eq!(day(said), None, "{said}");
        }
    }

    #[test]
    fn moments_know_their_zone() {
        let zone = TimeZone::get("Europe/Moscow").expect("Moscow");
        let at = |said: &str| moment(said, &zone).map(|at| at.to_string());
        assert_eq!(at("2026-11-24T10:30:00+05:00").as_deref(), Some("2026-11-24T05:30:00Z"));
        assert_eq!(at("2026-11-24T10:30:00.000Z").as_deref(), Some("2026-11-24T10:30:00Z"));
        assert_eq!(at("2026-11-24T10:30:00").as_deref(), Some("2026-11-24T07:30:00Z"));
        assert_eq!(at("2026-11-24").as_deref(), Some("2026-11-23T21:00:00Z"));
        assert_eq!(at("0001-01-01T00:00:00Z"), None);
        assert_eq!(at("завтра"), None);
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_absent(said in "\\PC{0,60}") {
            let zone = TimeZone::UTC;
            let _ = (moment(&said, &zone), day(&said), id_of(&json!({ "reference": said.clone() }), "Patient"));
            prop_assert!(cut(&said).len() <= said.len());
        }
    }
}
