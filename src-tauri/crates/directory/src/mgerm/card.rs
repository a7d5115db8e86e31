//! The free card of a patient, which differs from clinic to clinic: JSONPaths of the settings say where things stand.

use std::collections::BTreeMap;

use serde_json::Value;
use serde_json_path::JsonPath;

use super::person::bounded;
use crate::file::values::{Flag, debt, flag, spoken};
use crate::people::{Alert, AlertKind, Debt, Person};
use crate::settings::SectionError;

/// What of the card has a place of its own.
const KEYS: [&str; 6] = ["debt", "debt_kopecks", "allergy", "vip", "conflict", "note"];
/// So many values of one path are shown.
const MOST_VALUES: usize = 10;

/// Where things stand in the card.
#[derive(Debug, Clone, Default)]
pub(super) struct CardMap(BTreeMap<String, JsonPath>);

impl CardMap {
    pub(super) fn new(paths: &BTreeMap<String, String>) -> Result<CardMap, SectionError> {
        let mut map = BTreeMap::new();
        for (key, path) in paths.iter().filter(|(_, path)| !path.trim().is_empty()) {
            let name = format!("directory.mgerm.card.{key}");
            if !KEYS.contains(&key.as_str()) {
                let right = format!("use one of {}", KEYS.join(", "));
                return Err(SectionError::new(&name, "nothing on a card is called so", right));
            }
            let path = JsonPath::parse(path.trim()).map_err(|error| {
                SectionError::new(&name, error.to_string(), "write a JSONPath (RFC 9535), for example \"$.allergy\"")
            })?;
            map.insert(key.clone(), path);
        }
        Ok(CardMap(map))
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Puts what the card says onto the person.
    pub(super) fn apply(&self, card: &Value, person: &mut Person) {
        person.alerts.clear();
        for (key, path) in &self.0 {
            let values: Vec<String> = path.query(card).into_iter().flat_map(texts).take(MOST_VALUES).collect();
            match key.as_str() {
                "debt" => owe(person, values.first().map_or(Ok(None), |text| debt(text))),
                "debt_kopecks" => owe(person, values.first().map_or(Ok(None), |text| kopecks(text))),
                "allergy" => warn(person, AlertKind::Allergy, &values, "есть аллергия"),
                "conflict" => warn(person, AlertKind::Conflict, &values, "был конфликт"),
                "vip" => warn(person, AlertKind::Vip, &values, "VIP"),
                _ => person.note = Some(bounded(&values.join("; "))).filter(|note| !note.is_empty()),
            }
        }
        person.alerts.sort_by_key(|alert| alert.kind);
    }
}

fn owe(person: &mut Person, owed: Result<Option<Debt>, crate::file::values::Unreadable>) {
    match owed {
        Ok(owed) => {
            let text = owed.as_ref().map(|debt| format!("долг {}", spoken(debt)));
            person.alerts.extend(text.map(|text| Alert { kind: AlertKind::Debt, text }));
            person.debt = owed;
        }
        Err(_) => person.gaps.push("долг (сумма в карте не читается)".to_owned()),
    }
}

fn kopecks(text: &str) -> crate::file::values::Cell<Debt> {
    let kopecks: u64 = text.trim().parse().map_err(|_| crate::file::values::Unreadable)?;
    debt(&format!("{}.{:02}", kopecks / 100, kopecks % 100))
}

fn warn(person: &mut Person, kind: AlertKind, values: &[String], plain: &str) {
    for value in values {
        let text = match flag(value) {
            Flag::No => continue,
            Flag::Yes => plain.to_owned(),
            Flag::Says(words) => bounded(words),
        };
        if !person.alerts.iter().any(|alert| alert.kind == kind && alert.text == text) {
            person.alerts.push(Alert { kind, text });
        }
    }
}

/// What a value says: of a list each item, of an object nothing.
fn texts(value: &Value) -> Vec<String> {
    match value {
        Value::String(text) => vec![text.clone()],
        Value::Number(number) => vec![number.to_string()],
        Value::Bool(flag) => vec![flag.to_string()],
        Value::Array(items) => items.iter().filter(|item| !item.is_array()).flat_map(texts).collect(),
        Value::Null | Value::Object(_) => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn map(paths: &[(&str, &str)]) -> Result<CardMap, SectionError> {
        CardMap::new(&paths.iter().map(|(key, path)| ((*key).to_owned(), (*path).to_owned())).collect())
    }

    #[test]
    fn a_free_card_becomes_warnings_and_money() {
        let paths =
            [("debt", "$.money.debt"), ("allergy", "$.allergies[*].name"), ("vip", "$.vip"), ("note", "$.note")];
        let card = json!({
            "money": {"debt": 2400.5}, "allergies": [{"name": "пенициллин"}, {"name": "<b>йод</b>"}, {"x": 1}],
            "vip": true, "note": " звонить  после 18 ",
        });
        let mut person = Person::new("1", "И");
        map(&paths).unwrap().apply(&card, &mut person);
        assert_eq!(person.debt.map(|debt| debt.amount).as_deref(), Some("2400.50"));
        let alerts: Vec<_> = person.alerts.iter().map(|alert| alert.text.as_str()).collect();
        assert_eq!(alerts, ["пенициллин", "<b>йод</b>", "долг 2 400,50 ₽", "VIP"]);
        assert_eq!(person.note.as_deref(), Some("звонить после 18"));

        let mut nobody = Person::new("1", "И");
        let empty = json!({"money": {"debt": 0}, "allergies": [], "vip": false, "note": null});
        map(&paths).unwrap().apply(&empty, &mut nobody);
        assert!(nobody.debt.is_none() && nobody.alerts.is_empty() && nobody.note.is_none() && nobody.gaps.is_empty());
    }

    #[test]
    fn kopecks_are_not_roubles() {
        let mut person = Person::new("1", "И");
        map(&[("debt_kopecks", "$.d")]).unwrap().apply(&json!({"d": 240_050}), &mut person);
        assert_eq!(person.debt.map(|debt| debt.amount).as_deref(), Some("2400.50"));
    }

    #[test]
    fn a_sum_that_is_none_is_a_gap() {
        let mut person = Person::new("1", "И");
        map(&[("debt", "$.d")]).unwrap().apply(&json!({"d": "много"}), &mut person);
        assert_eq!((person.debt, person.gaps.len()), (None, 1));
    }

    #[test]
    fn a_wrong_path_is_named() {
        let error = map(&[("allergy", "allergy")]).err().unwrap();
        assert_eq!(error.key, "directory.mgerm.card.allergy");
        assert_eq!(map(&[("blood", "$.b")]).err().unwrap().key, "directory.mgerm.card.blood");
    }
}
