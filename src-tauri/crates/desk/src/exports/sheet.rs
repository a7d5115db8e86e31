//! XLSX, row by row: memory does not grow with the calls.

use std::fs::File;
use std::path::Path;

use rust_xlsxwriter::{Format, Workbook, Worksheet, XlsxError};

use super::{Calls, Cell, ExportError, HEAD, Line, head};
use crate::log::{Page, Place};

/// Calls on one sheet: Excel has 1,048,576 rows, and one of them is the head.
pub(super) const MOST_ROWS: u32 = 1_048_575;
/// The longest text of a cell, in characters; Excel has some more.
const LONGEST: usize = 32_000;
/// Widths in characters, as the columns need them.
const WIDTHS: [f64; HEAD.len()] = [11.0, 9.0, 13.0, 19.0, 34.0, 12.0, 24.0, 24.0, 19.0, 9.0, 12.0, 20.0, 24.0, 60.0];

/// What does not fit into memory lies in `folder` until the file is written.
pub(super) fn write(
    file: File,
    folder: &Path,
    most_rows: u32,
    calls: Calls<'_, impl FnMut(Option<Place>) -> rusqlite::Result<Page>>,
) -> Result<u64, ExportError> {
    let mut book = Workbook::new();
    book.set_tempdir(folder)?;
    let bold = Format::new().set_bold();
    let language = calls.words.language;
    let mut sheets = 0_u32;
    let mut row = 0_u32;
    begin(&mut book, &mut sheets, &bold, language)?;
    let rows = calls.each(|line| {
        if row == most_rows {
            end(&mut book, row)?;
            begin(&mut book, &mut sheets, &bold, language)?;
            row = 0;
        }
        row += 1;
        put(last(&mut book)?, row, line)?;
        Ok(())
    })?;
    end(&mut book, row)?;
    book.save_to_writer(file)?;
    Ok(rows)
}

fn begin(book: &mut Workbook, sheets: &mut u32, bold: &Format, language: wire::Language) -> Result<(), XlsxError> {
    *sheets += 1;
    let sheet = book.add_worksheet_with_constant_memory()?;
    let name = language.of("Звонки", "Calls");
    sheet.set_name(if *sheets == 1 { name.to_owned() } else { format!("{name} {sheets}") })?;
    for (column, width) in (0..).zip(WIDTHS) {
        sheet.set_column_width(column, width)?;
    }
    sheet.set_freeze_panes(1, 0)?;
    for (column, word) in (0..).zip(head(language)) {
        sheet.write_string_with_format(0, column, word, bold)?;
    }
    Ok(())
}

fn end(book: &mut Workbook, row: u32) -> Result<(), XlsxError> {
    let last_column = u16::try_from(HEAD.len() - 1).unwrap_or(u16::MAX);
    last(book)?.autofilter(0, 0, row, last_column)?;
    Ok(())
}

fn last(book: &mut Workbook) -> Result<&mut Worksheet, XlsxError> {
    let index = book.worksheets().len().saturating_sub(1);
    book.worksheet_from_index(index)
}

fn put(sheet: &mut Worksheet, row: u32, line: &Line) -> Result<(), XlsxError> {
    for (column, cell) in (0..).zip(line) {
        match cell {
            Cell::Text(text) | Cell::Phone(text) if text.is_empty() => {}
            Cell::Text(text) | Cell::Phone(text) => {
                let text: String = text.chars().take(LONGEST).collect();
                sheet.write_string(row, column, text)?;
            }
            Cell::Seconds(Some(seconds)) => {
                sheet.write_number(row, column, *seconds as f64)?;
            }
            Cell::Seconds(None) => {}
        }
    }
    Ok(())
}
