//! What the API answers (reference, "Shapes"), read leniently: fields may be missing, be of another type, or hold what
//! somebody typed. A row that is no row costs itself only.

use std::collections::BTreeMap;

use jiff::civil::{Date, DateTime, Time};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use serde_json::value::RawValue;

use crate::source::DirectoryError;

/// More rows of one day are not a clinic's.
const MAX_ROWS: usize = 20_000;

/// A patient, or a doctor: the fields of both that a card needs. An absent field is `None`, an empty one `""`.
#[derive(Deserialize, Default, Clone)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct PersonShape {
    #[serde(deserialize_with = "loose")]
    pub(super) id: Option<String>,
    #[serde(deserialize_with = "loose")]
    pub(super) last_name: Option<String>,
    #[serde(deserialize_with = "loose")]
    pub(super) first_name: Option<String>,
    #[serde(deserialize_with = "loose")]
    pub(super) second_name: Option<String>,
    #[serde(deserialize_with = "cases")]
    pub(super) last_name_obj: Option<String>,
    #[serde(deserialize_with = "cases")]
    pub(super) first_name_obj: Option<String>,
    #[serde(deserialize_with = "cases")]
    pub(super) second_name_obj: Option<String>,
    #[serde(deserialize_with = "loose")]
    pub(super) sex: Option<String>,
    #[serde(deserialize_with = "loose")]
    pub(super) birth_day: Option<String>,
    #[serde(deserialize_with = "loose")]
    pub(super) phone: Option<String>,
    #[serde(deserialize_with = "list")]
    pub(super) contacts: Option<Vec<Contact>>,
    #[serde(deserialize_with = "loose")]
    pub(super) card_number: Option<String>,
    #[serde(deserialize_with = "loose")]
    pub(super) card_year: Option<String>,
    #[serde(deserialize_with = "loose")]
    pub(super) full_card_number: Option<String>,
    #[serde(deserialize_with = "part")]
    pub(super) specialty: Option<Named>,
    #[serde(deserialize_with = "part")]
    pub(super) department: Option<Named>,
}

/// A way to reach somebody.
#[derive(Deserialize, Default, Clone)]
#[serde(default)]
pub(super) struct Contact {
    #[serde(deserialize_with = "loose")]
    pub(super) value: Option<String>,
    /// 1 mobile, 2 phone, 3 and 4 e-mail, 5 Telegram, 6 VK, 0 unknown.
    #[serde(rename = "type", deserialize_with = "loose")]
    pub(super) kind: Option<String>,
}

impl Contact {
    /// The value, when it may be a phone: whatever is neither mail nor messenger.
    pub(super) fn phone(&self) -> Option<&str> {
        let elsewhere = matches!(self.kind.as_deref(), Some("3" | "4" | "5" | "6"));
        self.value.as_deref().filter(|value| !elsewhere && !value.contains('@'))
    }
}

/// Department, service, room, speciality.
#[derive(Deserialize, Default, Clone)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Named {
    #[serde(deserialize_with = "loose")]
    pub(super) id: Option<String>,
    #[serde(deserialize_with = "loose")]
    name: Option<String>,
    #[serde(deserialize_with = "cases")]
    name_obj: Option<String>,
    /// Kopecks.
    #[serde(deserialize_with = "loose")]
    price: Option<String>,
    /// Roubles.
    #[serde(deserialize_with = "loose")]
    float_price: Option<String>,
}

impl Named {
    pub(super) fn name(&self) -> Option<&str> {
        said(&self.name).or_else(|| said(&self.name_obj))
    }

    /// Roubles with two places: from the kopecks, which cannot be rounded wrongly, else from the roubles.
    pub(super) fn price(&self) -> Option<String> {
        let kopecks = self.price.as_deref().and_then(|price| price.trim().parse::<u64>().ok());
        if let Some(kopecks) = kopecks {
            return Some(format!("{}.{:02}", kopecks / 100, kopecks % 100));
        }
        let roubles: f64 = self.float_price.as_deref()?.trim().replace(',', ".").parse().ok()?;
        (roubles.is_finite() && roubles >= 0.0).then(|| format!("{roubles:.2}"))
    }
}

/// A visit.
#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Referral {
    #[serde(deserialize_with = "loose")]
    pub(super) id: Option<String>,
    #[serde(deserialize_with = "part")]
    pub(super) patient: Option<PersonShape>,
    #[serde(deserialize_with = "part")]
    pub(super) doctor: Option<PersonShape>,
    #[serde(deserialize_with = "part")]
    pub(super) department: Option<Named>,
    #[serde(deserialize_with = "part")]
    pub(super) hospital: Option<Named>,
    #[serde(deserialize_with = "part")]
    pub(super) service: Option<Named>,
    #[serde(deserialize_with = "part")]
    pub(super) cabinet: Option<Named>,
    #[serde(deserialize_with = "part")]
    pub(super) record: Option<RecordShape>,
    #[serde(deserialize_with = "loose")]
    pub(super) date: Option<String>,
    #[serde(deserialize_with = "loose")]
    pub(super) time_start: Option<String>,
}

/// The medical record behind a visit.
#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct RecordShape {
    #[serde(deserialize_with = "loose")]
    pub(super) id: Option<String>,
    #[serde(deserialize_with = "loose")]
    is_deleted: Option<String>,
    #[serde(deserialize_with = "loose")]
    is_incorrect: Option<String>,
}

impl RecordShape {
    /// Deleted or marked wrong: the visit will not be.
    pub(super) fn is_void(&self) -> bool {
        [&self.is_deleted, &self.is_incorrect].into_iter().any(|flag| is_true(flag.as_deref()))
    }
}

/// A doctor's or room's day.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct ScheduledDoctor {
    #[serde(deserialize_with = "part")]
    pub(super) doctor: Option<PersonShape>,
    #[serde(deserialize_with = "list")]
    pub(super) services: Option<Vec<Named>>,
    #[serde(deserialize_with = "list")]
    pub(super) cells: Option<Vec<Cell>>,
}

/// A department's day.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct ScheduledDepartment {
    #[serde(deserialize_with = "part")]
    pub(super) department: Option<Named>,
    #[serde(deserialize_with = "list")]
    pub(super) doctors: Option<Vec<ScheduledDoctor>>,
}

/// A place in a schedule.
#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Cell {
    #[serde(deserialize_with = "loose")]
    pub(super) date: Option<String>,
    #[serde(deserialize_with = "loose")]
    pub(super) time_start: Option<String>,
    #[serde(deserialize_with = "loose")]
    pub(super) time_end: Option<String>,
    #[serde(deserialize_with = "loose")]
    free: Option<String>,
    #[serde(deserialize_with = "loose")]
    is_reserved: Option<String>,
    #[serde(deserialize_with = "loose")]
    is_blocked: Option<String>,
    #[serde(deserialize_with = "loose")]
    is_break: Option<String>,
    #[serde(deserialize_with = "loose")]
    is_prolongation: Option<String>,
    #[serde(rename = "referralID", deserialize_with = "loose")]
    referral_id: Option<String>,
}

impl Cell {
    /// Whether a visit can be made here.
    pub(super) fn is_free(&self) -> bool {
        let taken = [&self.is_reserved, &self.is_blocked, &self.is_break, &self.is_prolongation];
        is_true(self.free.as_deref())
            && !taken.into_iter().any(|flag| is_true(flag.as_deref()))
            && self.referral_id.as_deref().is_none_or(|id| id.is_empty() || id == "0")
    }
}

/// The rows of an answer that is a list, and how many of them could not be read.
pub(super) struct Rows<T> {
    pub(super) rows: Vec<T>,
    pub(super) unread: usize,
}

/// Reads a list row by row. PHP writes a list whose first places are missing as a map: that is a list too.
pub(super) fn rows<'b, T: Deserialize<'b>>(body: &'b [u8]) -> Result<Rows<T>, DirectoryError> {
    let raw: Vec<&'b RawValue> = match first_letter(body) {
        Some(b'{') => {
            let map: BTreeMap<String, &'b RawValue> = read(body)?;
            if map.keys().any(|key| key.parse::<u64>().is_err()) {
                let why = "вместо списка пришло что-то другое".to_owned();
                return Err(DirectoryError::NotUnderstood { why });
            }
            map.into_values().collect()
        }
        _ => read(body)?,
    };
    if raw.len() > MAX_ROWS {
        return Err(DirectoryError::NotUnderstood {
            why: format!("в одном дне больше {MAX_ROWS} записей")
        });
    }
    let mut found = Rows { rows: Vec::with_capacity(raw.len()), unread: 0 };
    for row in raw {
        match serde_json::from_str(row.get()) {
            Ok(row) => found.rows.push(row),
            Err(_) => found.unread += 1,
        }
    }
    Ok(found)
}

/// One object.
pub(super) fn read<'b, T: Deserialize<'b>>(body: &'b [u8]) -> Result<T, DirectoryError> {
    serde_json::from_slice(body).map_err(|_| {
        let why = match first_letter(body) {
            None => "он пуст",
            Some(b'<') => "пришла страница сайта (HTML), а не данные: проверьте адрес",
            Some(_) => "это не тот JSON, или ответ оборван",
        };
        DirectoryError::NotUnderstood { why: why.to_owned() }
    })
}

fn first_letter(body: &[u8]) -> Option<u8> {
    body.iter().copied().find(|byte| !byte.is_ascii_whitespace())
}

/// `1991-01-01 00:00:00` without its time; `None` for what means "no date".
pub(super) fn day(text: &str) -> Option<Date> {
    let day: Date = text.trim().get(..10)?.parse().ok()?;
    (day.year() > 1).then_some(day)
}

/// `2026-11-24 10:30:00`, or `10:30:00` on the given day.
pub(super) fn moment(text: &str, on: Option<Date>) -> Option<DateTime> {
    let text = text.trim();
    if let Some(day) = day(text) {
        let clock = text.get(10..)?.trim_start_matches(['T', ' ']);
        return clock_of(clock).map(|clock| day.to_datetime(clock));
    }
    on.and_then(|day| clock_of(text).map(|clock| day.to_datetime(clock)))
}

fn clock_of(text: &str) -> Option<Time> {
    let mut parts = text.split([':', '.', '+', 'Z']);
    let mut number = || parts.next().map(str::parse::<i8>);
    let (hour, minute) = (number()?.ok()?, number()?.ok()?);
    let second = number().and_then(Result::ok).unwrap_or(0);
    Time::new(hour, minute, second, 0).ok()
}

/// A field's text, if it says anything.
pub(super) fn said(field: &Option<String>) -> Option<&str> {
    field.as_deref().map(str::trim).filter(|text| !text.is_empty())
}

fn is_true(flag: Option<&str>) -> bool {
    matches!(flag, Some("true" | "1"))
}

/// Text, number or flag as text; anything else is nothing.
fn loose<'d, D: Deserializer<'d>>(from: D) -> Result<Option<String>, D::Error> {
    Ok(match Value::deserialize(from)? {
        Value::String(text) => Some(text),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(flag) => Some(flag.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    })
}

/// The nominative of a name with its cases.
fn cases<'d, D: Deserializer<'d>>(from: D) -> Result<Option<String>, D::Error> {
    let value = Value::deserialize(from)?;
    Ok(value.get("nominativeCase").and_then(Value::as_str).map(str::to_owned))
}

/// A nested object; anything else is nothing. Its text is read for itself, so that what is wrong in it stays in it.
fn part<'d, D: Deserializer<'d>, T: DeserializeOwned>(from: D) -> Result<Option<T>, D::Error> {
    let raw: &RawValue = Deserialize::deserialize(from)?;
    Ok(serde_json::from_str(raw.get()).ok())
}

/// A nested list, without what does not belong into it; a map of PHP is a list too.
fn list<'d, D: Deserializer<'d>, T: DeserializeOwned>(from: D) -> Result<Option<Vec<T>>, D::Error> {
    let raw: &RawValue = Deserialize::deserialize(from)?;
    let items: Option<Vec<&RawValue>> = match first_letter(raw.get().as_bytes()) {
        Some(b'[') => serde_json::from_str(raw.get()).ok(),
        Some(b'{') => {
            let map: Option<BTreeMap<String, &RawValue>> = serde_json::from_str(raw.get()).ok();
            map.map(|map| map.into_values().collect())
        }
        Some(_) | None => None,
    };
    Ok(items.map(|items| items.into_iter().filter_map(|item| serde_json::from_str(item.get()).ok()).collect()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn a_row_that_is_no_row_costs_itself_only() {
        let body = br#"[{"id":1,"patient":{"id":"7","sex":2,"phone":null,"contacts":[{"value":"8 900","type":1},5]}},
            17, {"id":[],"patient":"x","service":{"name":5}}]"#;
        let found: Rows<Referral> = rows(body).unwrap();
        assert_eq!((found.rows.len(), found.unread), (2, 1));
        let patient = found.rows[0].patient.as_ref().unwrap();
        assert_eq!((patient.id.as_deref(), patient.sex.as_deref()), (Some("7"), Some("2")));
        assert_eq!(patient.contacts.as_ref().unwrap().len(), 1);
        assert!(found.rows[1].patient.is_none() && found.rows[1].id.is_none());
    }

    #[test]
    fn what_is_no_list_is_told() {
        for (body, word) in [("", "пуст"), ("<html>", "HTML"), ("[{\"id\":", "оборван"), ("{\"error\":1}", "другое")]
        {
            let error = rows::<Referral>(body.as_bytes()).err().unwrap().to_string();
            assert!(error.contains(word), "{body}: {error}");
        }
        assert_eq!(rows::<Referral>(b"{\"3\":{\"id\":1},\"5\":{\"id\":2}}").unwrap().rows.len(), 2);
    }

    #[test]
    fn dates_that_mean_no_date_are_absent() {
        assert_eq!(day("1991-01-01 00:00:00"), Some(date(1991, 1, 1)));
        for text in ["0000-00-00 00:00:00", "0001-01-01", "", "вчера, около десяти"] {
            assert_eq!(day(text), None, "{text}");
        }
        assert_eq!(moment("2026-11-24 10:30:00", None), Some(date(2026, 11, 24).at(10, 30, 0, 0)));
        assert_eq!(moment("10:30", Some(date(2026, 11, 24))), Some(date(2026, 11, 24).at(10, 30, 0, 0)));
        assert_eq!(moment("0000-00-00 00:00:00", None), None);
    }

    #[test]
    fn kopecks_and_roubles_are_one_price() {
        let price = |json: &str| serde_json::from_str::<Named>(json).unwrap().price();
        assert_eq!(price(r#"{"price":12345,"floatPrice":123.45}"#).as_deref(), Some("123.45"));
        assert_eq!(price(r#"{"floatPrice":150}"#).as_deref(), Some("150.00"));
        assert_eq!(price(r#"{"price":null}"#), None);
    }
}
