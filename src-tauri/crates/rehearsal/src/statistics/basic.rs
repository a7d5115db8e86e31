//! Basic statistics: CSV, one row a leg (manual 3.4.1).

use super::Row;

/// Which fields are asked for, in this order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fields(Vec<Field>);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Field {
    Records,
    Start,
    Finish,
    Answer,
    FromExtension,
    FromNumber,
    ToExtension,
    ToNumber,
    DisconnectReason,
    LineNumber,
    Location,
    EntryId,
    Create,
}

const NAMES: [(&str, Field); 13] = [
    ("records", Field::Records),
    ("start", Field::Start),
    ("finish", Field::Finish),
    ("answer", Field::Answer),
    ("from_extension", Field::FromExtension),
    ("from_number", Field::FromNumber),
    ("to_extension", Field::ToExtension),
    ("to_number", Field::ToNumber),
    ("disconnect_reason", Field::DisconnectReason),
    ("line_number", Field::LineNumber),
    ("location", Field::Location),
    ("entry_id", Field::EntryId),
    ("create", Field::Create),
];
/// How many of them are told when none are asked for.
const DEFAULT: usize = 11;

impl Fields {
    /// Reads the comma list; the manual's samples have spaces in it. The unknown name, when there is one.
    pub(crate) fn read(list: Option<&str>) -> Result<Fields, String> {
        let Some(list) = list else {
            return Ok(Fields(NAMES[..DEFAULT].iter().map(|(_, field)| *field).collect()));
        };
        let field = |name: &str| {
            // The manual's own table spells `create` with a Cyrillic letter.
            let name = name.trim().replace('\u{441}', "c");
            NAMES.iter().find(|(known, _)| *known == name).map(|(_, field)| *field).ok_or(name)
        };
        list.split(',').map(field).collect::<Result<_, _>>().map(Fields)
    }
}

/// The rows as MANGO writes them: `;`, `\n`, no header, no quoting.
pub(crate) fn csv(rows: &[Row], fields: &Fields) -> String {
    let mut text = String::new();
    for row in rows {
        let values: Vec<String> = fields.0.iter().map(|field| value(row, *field)).collect();
        text.push_str(&values.join(";"));
        text.push('\n');
    }
    text
}

fn value(row: &Row, field: Field) -> String {
    let text = |value: &Option<String>| value.clone().unwrap_or_default();
    match field {
        Field::Records => format!("[{}]", row.records.join(",")),
        Field::Start => row.start.to_string(),
        Field::Finish => row.finish.unwrap_or(0).to_string(),
        Field::Answer => row.answer.to_string(),
        Field::FromExtension => text(&row.from.extension),
        Field::FromNumber => text(&row.from.number),
        Field::ToExtension => text(&row.to.extension),
        Field::ToNumber => text(&row.to.number),
        Field::DisconnectReason => row.reason.to_string(),
        Field::LineNumber => text(&row.line),
        Field::Location => row.location.to_owned(),
        Field::EntryId => row.entry_id.clone(),
        Field::Create => row.created.to_string(),
    }
}
