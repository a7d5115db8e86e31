//! JSONPath (RFC 9535) from an answer to the texts of our fields.

use serde_json::Value;
use serde_json_path::JsonPath;

use super::section::Paths;
use crate::settings::SectionError;

/// More values of one field than a person can have.
const MOST_VALUES: usize = 100;

/// One path.
#[derive(Debug, Clone)]
pub(super) struct Path {
    pub(super) text: String,
    path: JsonPath,
}

impl Path {
    /// # Errors
    /// It cannot be parsed; the error names `key`.
    pub(super) fn new(key: &str, text: &str) -> Result<Path, SectionError> {
        let path = JsonPath::parse(text.trim()).map_err(|error| {
            SectionError::new(
                key,
                format!("\"{text}\" is no JSONPath: {}", error.message()),
                "write one, for example \"$.data[0].name\"",
            )
        })?;
        Ok(Path { text: text.trim().to_owned(), path })
    }

    /// The path of a setting that may be blank.
    pub(super) fn optional(key: &str, text: &str) -> Result<Option<Path>, SectionError> {
        (!text.trim().is_empty()).then(|| Path::new(key, text)).transpose()
    }

    pub(super) fn nodes<'v>(&self, value: &'v Value) -> Vec<&'v Value> {
        self.path.query(value).all()
    }

    /// Whether it selects anything that is not null, false, 0 or empty.
    pub(super) fn says_so(&self, value: &Value) -> bool {
        self.nodes(value).into_iter().any(|node| match node {
            Value::Null => false,
            Value::Bool(yes) => *yes,
            Value::Number(number) => number.as_f64() != Some(0.0),
            Value::String(text) => !text.trim().is_empty() && text.trim() != "0",
            Value::Array(list) => !list.is_empty(),
            Value::Object(map) => !map.is_empty(),
        })
    }

    /// Whether finding nothing may be an answer, because the path chooses.
    pub(super) fn chooses(&self) -> bool {
        self.text.contains(['?', '*', ':']) || self.text.contains("..")
    }
}

/// The paths of one field.
#[derive(Debug, Clone, Default)]
pub(super) struct Field {
    pub(super) paths: Vec<Path>,
}

impl Field {
    pub(super) fn new(key: &str, paths: &Paths) -> Result<Field, SectionError> {
        let paths = paths.written().into_iter().map(|path| Path::new(key, path)).collect::<Result<_, _>>()?;
        Ok(Field { paths })
    }

    /// What the row says there, every value in order.
    pub(super) fn all(&self, row: &Value, empty: &[String]) -> Vec<String> {
        let mut texts = Vec::new();
        for node in self.paths.iter().flat_map(|path| path.nodes(row)) {
            gather(node, &mut texts);
        }
        texts.retain(|text| !text.is_empty() && !empty.contains(text));
        texts
    }

    /// The first that says something.
    pub(super) fn first(&self, row: &Value, empty: &[String]) -> Option<String> {
        self.all(row, empty).into_iter().next()
    }

    /// As the settings write them, for a trial.
    pub(super) fn written(&self) -> String {
        self.paths.iter().map(|path| path.text.as_str()).collect::<Vec<_>>().join(", ")
    }
}

fn gather(node: &Value, texts: &mut Vec<String>) {
    if texts.len() >= MOST_VALUES {
        return;
    }
    match node {
        Value::Null => {}
        Value::Bool(yes) => texts.push(yes.to_string()),
        Value::Number(number) => texts.push(number.to_string()),
        Value::String(text) => texts.push(text.trim().to_owned()),
        Value::Array(list) => list.iter().for_each(|node| gather(node, texts)),
        Value::Object(map) => texts.extend(typed(map)),
    }
}

/// Dates, times and sums that an API wraps in an object: `{"year": 1991, "month": 1, "day": 1}`, `{"decimal": "2400.00"}`
/// (Tryton, reference 7.5).
fn typed(map: &serde_json::Map<String, Value>) -> Option<String> {
    let part = |name: &str| map.get(name).and_then(Value::as_u64);
    if let Some(decimal) = map.get("decimal").and_then(Value::as_str) {
        return Some(decimal.trim().to_owned());
    }
    let (year, month, day) = (part("year")?, part("month")?, part("day")?);
    let date = format!("{year:04}-{month:02}-{day:02}");
    let Some(hour) = part("hour") else {
        return Some(date);
    };
    let (minute, second) = (part("minute").unwrap_or(0), part("second").unwrap_or(0));
    Some(format!("{date}T{hour:02}:{minute:02}:{second:02}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn all(paths: &[&str], row: Value) -> Vec<String> {
        let paths = Paths::Several(paths.iter().map(|path| (*path).to_owned()).collect());
        Field::new("k", &paths).unwrap().all(&row, &["0000-00-00".to_owned()])
    }

    #[test]
    fn every_kind_of_value_becomes_text() {
        let row = json!({
            "id": 17, "vip": true, "none": null, "phones": [" +7 900 ", "", {"value": "x"}], "born": "0000-00-00",
            "dob": {"__class__": "date", "year": 1991, "month": 1, "day": 2},
            "at": {"__class__": "datetime", "year": 2026, "month": 11, "day": 25, "hour": 7, "minute": 30},
            "sum": {"__class__": "Decimal", "decimal": "2400.00"},
        });
        assert_eq!(all(&["$.id", "$.vip", "$.none", "$.phones", "$.born"], row.clone()), ["17", "true", "+7 900"]);
        assert_eq!(all(&["$.dob", "$.at", "$.sum"], row), ["1991-01-02", "2026-11-25T07:30:00", "2400.00"]);
    }

    #[test]
    fn a_predicate_wants_more_than_a_zero() {
        let path = Path::new("error", "$.error").unwrap();
        for calm in
            [json!({}), json!({"error": 0}), json!({"error": null}), json!({"error": "0"}), json!({"error": []})]
        {
            assert!(!path.says_so(&calm), "{calm}");
        }
        for loud in [json!({"error": 1}), json!({"error": "no"}), json!({"error": {"code": 1}}), json!({"error": true})]
        {
            assert!(path.says_so(&loud), "{loud}");
        }
        assert!(Path::new("error", "$.[").unwrap_err().to_string().starts_with("error: "));
    }
}
