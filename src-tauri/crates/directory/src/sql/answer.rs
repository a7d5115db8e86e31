//! What a query gave, whichever database it was.

use std::borrow::Cow;
use std::time::Duration;

use crate::source::DirectoryError;

/// More rows of one answer are not read.
pub(super) const MOST_ROWS: usize = 200;
/// More text of one answer is not read.
pub(super) const MOST_BYTES: usize = 2 * 1024 * 1024;

/// The values of a query's parameters.
#[derive(Clone, PartialEq, Eq)]
pub(super) enum Value {
    Text(String),
    List(Vec<String>),
    Whole(i64),
}

/// Rows as text; `Debug` is left out, for they are patients.
pub(super) struct Rows {
    pub(super) columns: Vec<String>,
    /// Each as long as `columns`; an absent value is an empty text.
    pub(super) rows: Vec<Vec<Cow<'static, str>>>,
    /// There were more than [`MOST_ROWS`].
    pub(super) is_cut: bool,
    /// From the question to the last row.
    pub(super) took: Duration,
}

/// What a check tells about the database and the rights in it, a Russian sentence each.
pub(super) type Facts = Vec<String>;

pub(super) fn too_big() -> DirectoryError {
    DirectoryError::NotUnderstood { why: format!("он больше {} МБ", MOST_BYTES / (1024 * 1024)) }
}

/// A value of JSON as a cell of text. Lists are the parts of one cell.
pub(super) fn cell(value: &serde_json::Value) -> Cow<'static, str> {
    match value {
        serde_json::Value::Null => Cow::Borrowed(""),
        serde_json::Value::Bool(false) => Cow::Borrowed("нет"),
        serde_json::Value::Bool(true) => Cow::Borrowed("да"),
        serde_json::Value::Number(number) => Cow::Owned(number.to_string()),
        serde_json::Value::String(text) => Cow::Owned(text.clone()),
        serde_json::Value::Array(parts) => {
            let parts: Vec<Cow<'static, str>> = parts.iter().map(cell).filter(|part| !part.is_empty()).collect();
            Cow::Owned(parts.join(", "))
        }
        serde_json::Value::Object(_) => Cow::Owned(value.to_string()),
    }
}
