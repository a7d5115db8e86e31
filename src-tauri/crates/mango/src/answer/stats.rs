//! Statistics of legs: text with `;` between fields, no header and no quoting (manual 3.4.1).

use std::fmt;

use crate::command::StatsField;
use crate::lenient::whole_text;

/// What became of a request for statistics of legs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stats {
    /// The PBX still works on it: ask again in five seconds.
    NotReady,
    /// All legs.
    Rows(Vec<StatsRow>),
}

/// One leg in the statistics. What was not asked for is absent or 0.
#[derive(Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct StatsRow {
    /// The contact.
    pub entry_id: Option<String>,
    /// The recordings.
    pub records: Vec<String>,
    /// When the leg began: Unix seconds.
    pub start: i64,
    /// When it ended: Unix seconds.
    pub finish: i64,
    /// When it was answered: Unix seconds, 0 for never.
    pub answer: i64,
    /// When the contact began: Unix seconds.
    pub created: i64,
    /// The calling employee's short number.
    pub from_extension: Option<String>,
    /// The calling number.
    pub from_number: Option<String>,
    /// The called employee's short number.
    pub to_extension: Option<String>,
    /// The called number.
    pub to_number: Option<String>,
    /// Our line.
    pub line_number: Option<String>,
    /// `ivr`, `queue`, `abonent`.
    pub location: Option<String>,
    /// Why it ended: a [`Code`](crate::Code).
    pub disconnect_reason: Option<i32>,
    /// The same in words, as older PBXs wrote it: `Busy`.
    pub reason_text: Option<String>,
}

/// The text is no statistics, or ends in the middle of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the statistics are incomplete")]
pub struct HalfAnAnswer;

/// Reads statistics whose rows have these columns. All rows or none: with half of them calls would be lost unseen.
///
/// A cut is seen wherever it is if the last column is [`Start`](StatsField::Start), as in [`StatsField::ALL`].
///
/// # Errors
/// Some row has another number of fields, or a time that is none.
pub fn rows(csv: &str, columns: &[StatsField]) -> Result<Vec<StatsRow>, HalfAnAnswer> {
    let csv = csv.trim_start_matches('\u{feff}');
    if columns.last() == Some(&StatsField::Start) && csv.ends_with(';') {
        return Err(HalfAnAnswer);
    }
    let lines = csv.lines().map(str::trim_end).filter(|line| !line.is_empty());
    lines.map(|line| row(line, columns)).collect()
}

fn row(line: &str, columns: &[StatsField]) -> Result<StatsRow, HalfAnAnswer> {
    let fields: Vec<&str> = line.split(';').map(str::trim).collect();
    // One more separator at the end of each row is no field.
    let fields = match fields.split_last() {
        Some((&"", rest)) if rest.len() == columns.len() => rest,
        Some(_) | None => &fields,
    };
    if fields.len() != columns.len() {
        return Err(HalfAnAnswer);
    }
    let mut row = StatsRow::default();
    for (&column, &field) in columns.iter().zip(fields) {
        let text = || Some(field.to_owned()).filter(|field| !field.is_empty());
        match column {
            StatsField::Records => row.records = records(field)?,
            StatsField::Start => row.start = moment(field)?,
            StatsField::Finish => row.finish = moment(field)?,
            StatsField::Answer => row.answer = moment(field)?,
            StatsField::Create => row.created = moment(field)?,
            StatsField::FromExtension => row.from_extension = text(),
            StatsField::FromNumber => row.from_number = text(),
            StatsField::ToExtension => row.to_extension = text(),
            StatsField::ToNumber => row.to_number = text(),
            StatsField::LineNumber => row.line_number = text(),
            StatsField::Location => row.location = text(),
            StatsField::EntryId => row.entry_id = text(),
            StatsField::DisconnectReason => match field.parse() {
                Ok(code) => row.disconnect_reason = Some(code),
                Err(_) => row.reason_text = text(),
            },
        }
    }
    Ok(row)
}

/// `[id1,id2]`; a bracket that does not close was cut off.
fn records(field: &str) -> Result<Vec<String>, HalfAnAnswer> {
    let inner = match field.strip_prefix('[') {
        Some(rest) => rest.strip_suffix(']').ok_or(HalfAnAnswer)?,
        None => field,
    };
    let ids = inner.split(',').map(|id| id.trim().trim_matches('"')).filter(|id| !id.is_empty());
    Ok(ids.map(str::to_owned).collect())
}

/// Unix seconds. A number too small to be a moment of this century is one that was cut off.
fn moment(field: &str) -> Result<i64, HalfAnAnswer> {
    const YEAR_2001: i64 = 1_000_000_000;
    match field {
        "" => Ok(0),
        field => whole_text(field).filter(|&at| at == 0 || at >= YEAR_2001).ok_or(HalfAnAnswer),
    }
}

impl fmt::Debug for StatsRow {
    /// Without numbers: this may reach a log.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "StatsRow({} at {})", self.entry_id.as_deref().unwrap_or("-"), self.start)
    }
}
