//! How fields of the PBX's JSON are read: numbers may be text and text numbers, blank text is none (reference 6).

use serde_json::{Map, Value};

/// Text, or a number as text; `None` also for blank text.
pub(crate) fn text(body: &Map<String, Value>, name: &str) -> Option<String> {
    body.get(name).and_then(plain).filter(|text| !text.is_empty())
}

/// The first of several spellings that says something.
pub(crate) fn text_of(body: &Map<String, Value>, names: &[&str]) -> Option<String> {
    names.iter().find_map(|name| text(body, name))
}

/// Text, perhaps blank, or a number as text.
pub(crate) fn plain(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.trim().to_owned()),
        Value::Number(number) => Some(number.to_string()),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    }
}

/// A whole number, or text that is one.
pub(crate) fn number(body: &Map<String, Value>, name: &str) -> Option<i64> {
    match body.get(name)? {
        Value::Number(number) => number.as_i64().or_else(|| whole(number.as_f64()?)),
        Value::String(text) => whole_text(text),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    }
}

/// A whole number that fits a code.
pub(crate) fn small(body: &Map<String, Value>, name: &str) -> Option<i32> {
    number(body, name)?.try_into().ok()
}

/// A count from 0.
pub(crate) fn count(body: &Map<String, Value>, name: &str) -> Option<u32> {
    number(body, name)?.try_into().ok()
}

/// Text that is a whole number, also one written with fractions.
pub(crate) fn whole_text(text: &str) -> Option<i64> {
    let text = text.trim();
    text.parse().ok().or_else(|| whole(text.parse().ok()?))
}

/// The whole part of a time written with fractions; nothing beyond what a double holds exactly.
fn whole(value: f64) -> Option<i64> {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    (value.abs() < EXACT).then_some(value as i64)
}

/// A moment in Unix seconds under the first name that has one, 0 when not said. Parts of the API count milliseconds
/// (manual 4.4.2); what would lie beyond the year 5000 in seconds is taken for them.
pub(crate) fn moment(body: &Map<String, Value>, names: &[&str]) -> i64 {
    const YEAR_5000: i64 = 95_617_584_000;
    let said = names.iter().find_map(|name| number(body, name)).unwrap_or(0);
    if said > YEAR_5000 { said / 1000 } else { said }
}

pub(crate) fn flag(body: &Map<String, Value>, name: &str) -> bool {
    match body.get(name) {
        Some(Value::Bool(yes)) => *yes,
        Some(Value::String(text)) => {
            matches!(text.trim().to_ascii_lowercase().as_str(), "true" | "1")
        }
        Some(Value::Number(number)) => number.as_i64() == Some(1),
        None | Some(Value::Null | Value::Array(_) | Value::Object(_)) => false,
    }
}

/// An object under a name.
pub(crate) fn object<'a>(body: &'a Map<String, Value>, name: &str) -> Option<&'a Map<String, Value>> {
    body.get(name).and_then(Value::as_object)
}

/// The items of a list; one thing where a list belongs is a list of one, nothing is an empty one.
pub(crate) fn items<'a>(body: &'a Map<String, Value>, name: &str) -> &'a [Value] {
    match body.get(name) {
        Some(Value::Array(items)) => items,
        None | Some(Value::Null) => &[],
        Some(one @ (Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Object(_))) => {
            std::slice::from_ref(one)
        }
    }
}

/// The objects of a list, whatever else stands among them.
pub(crate) fn objects<'a>(body: &'a Map<String, Value>, name: &str) -> impl Iterator<Item = &'a Map<String, Value>> {
    items(body, name).iter().filter_map(Value::as_object)
}

/// The words of a list: text as it is, of an object the first of these names.
pub(crate) fn words(body: &Map<String, Value>, name: &str, within: &[&str]) -> Vec<String> {
    let word = |item: &Value| match item {
        Value::Object(item) => text_of(item, within),
        other @ (Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_)) => {
            plain(other).filter(|text| !text.is_empty())
        }
    };
    items(body, name).iter().filter_map(word).collect()
}
