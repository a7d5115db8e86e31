//! CSV as a Russian Excel opens it by a double click: UTF-8 with a mark, semicolons, quoted where needed.

use std::borrow::Cow;
use std::io::Write;

use super::{Calls, Cell, ExportError, head};
use crate::log::{Page, Place};

/// By which Excel knows UTF-8.
const MARK: &[u8] = b"\xEF\xBB\xBF";

pub(super) fn write(
    file: &mut impl Write,
    calls: Calls<'_, impl FnMut(Option<Place>) -> rusqlite::Result<Page>>,
) -> Result<u64, ExportError> {
    file.write_all(MARK)?;
    let mut table = csv::WriterBuilder::new().delimiter(b';').terminator(csv::Terminator::CRLF).from_writer(file);
    table.write_record(head(calls.words.language))?;
    let rows = calls.each(|line| {
        table.write_record(line.iter().map(|cell| cell_text(cell).into_owned()))?;
        Ok(())
    })?;
    table.flush()?;
    Ok(rows)
}

/// A telephone number is no formula: its sign and spaces leave nothing to work out, and an apostrophe would stand in
/// every row.
pub(super) fn cell_text(cell: &Cell) -> Cow<'_, str> {
    match cell {
        Cell::Seconds(seconds) => seconds.map_or(Cow::Borrowed(""), |seconds| seconds.to_string().into()),
        Cell::Phone(number) if is_readable_phone(number) => number.into(),
        Cell::Text(text) | Cell::Phone(text) => disarmed(text),
    }
}

/// A text that a spreadsheet would take for a formula is marked as text by an apostrophe.
pub(crate) fn disarmed(text: &str) -> Cow<'_, str> {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{text}").into() } else { text.into() }
}

/// `+7 900 555-01-01`: a plus, figures, and at least one space, which keeps a spreadsheet from reckoning.
fn is_readable_phone(number: &str) -> bool {
    let rest = number.strip_prefix('+').unwrap_or(number);
    rest.starts_with(|sign: char| sign.is_ascii_digit())
        && rest.contains(' ')
        && rest.chars().all(|sign| sign.is_ascii_digit() || matches!(sign, ' ' | '-' | '(' | ')'))
}
