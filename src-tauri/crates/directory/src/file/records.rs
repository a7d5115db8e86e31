//! Where the records of a CSV text begin and end, and what their fields say (RFC 4180, any separator).
//!
//! Not the `csv` crate's reader: after one forgotten quote that swallows the rest of the file, and here the rest must
//! load. On well-formed text both agree: a property test holds this one to that one.

use std::borrow::Cow;

/// A quoted field longer than this is a forgotten quote: notes are shorter.
const MAX_QUOTED: usize = 8 * 1024;
/// A record longer than this is not a patient.
const MAX_RECORD: usize = 64 * 1024;

/// One record: a line, or several when a quoted field has line ends in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Record {
    /// Byte offset of its first character.
    pub(super) start: usize,
    /// Byte offset after its last character, before the line end.
    pub(super) end: usize,
    /// The line of the file it begins on, from 1.
    pub(super) line: u32,
    /// Why its fields cannot be told apart.
    pub(super) broken: Option<Broken>,
}

/// Why a record's fields cannot be told apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Broken {
    /// A quote without its pair, or with text after it.
    Quoting,
    /// Longer than any patient.
    TooLong,
}

/// The records of a text, one after another; empty lines are skipped. A broken record ends with its first line.
#[derive(Debug, Clone)]
pub(super) struct Records<'t> {
    bytes: &'t [u8],
    at: usize,
    line: u32,
    separator: u8,
}

impl<'t> Records<'t> {
    /// The records of `text` from the byte offset `at`, where the line number `line` begins.
    pub(super) fn new(text: &'t str, at: usize, line: u32, separator: u8) -> Records<'t> {
        Records { bytes: text.as_bytes(), at, line, separator }
    }

    /// After `start`, the end of the line that holds it.
    fn line_end(&self, start: usize) -> usize {
        let rest = self.bytes.get(start..).unwrap_or_default();
        rest.iter().position(|byte| is_line_end(*byte)).map_or(self.bytes.len(), |length| start + length)
    }

    /// The end of the record that begins at `start`, and how many line ends are inside it; `None` for broken quoting.
    fn record_end(&self, start: usize) -> Option<(usize, u32)> {
        let mut at = start;
        let mut inside = 0u32;
        loop {
            if self.bytes.get(at) == Some(&b'"') {
                let opened = at;
                at += 1;
                loop {
                    match self.bytes.get(at) {
                        None => return None,
                        Some(_) if at - opened > MAX_QUOTED => return None,
                        Some(b'"') if self.bytes.get(at + 1) == Some(&b'"') => at += 2,
                        Some(b'"') => break,
                        Some(byte) => {
                            let crlf = *byte == b'\r' && self.bytes.get(at + 1) == Some(&b'\n');
                            inside += u32::from(is_line_end(*byte) && !crlf);
                            at += 1;
                        }
                    }
                }
                at += 1;
            } else {
                let rest = self.bytes.get(at..).unwrap_or_default();
                let ends = |byte: &u8| *byte == self.separator || is_line_end(*byte);
                at += rest.iter().position(ends).unwrap_or(rest.len());
            }
            match self.bytes.get(at) {
                None => return Some((at, inside)),
                Some(byte) if *byte == self.separator => at += 1,
                Some(byte) if is_line_end(*byte) => return Some((at, inside)),
                Some(_) => return None,
            }
        }
    }
}

impl Iterator for Records<'_> {
    type Item = Record;

    fn next(&mut self) -> Option<Record> {
        while let Some(byte) = self.bytes.get(self.at).copied().filter(|byte| is_line_end(*byte)) {
            let crlf = byte == b'\r' && self.bytes.get(self.at + 1) == Some(&b'\n');
            self.at += if crlf { 2 } else { 1 };
            self.line = self.line.saturating_add(1);
        }
        let start = self.at;
        if start >= self.bytes.len() {
            return None;
        }
        let line = self.line;
        let (end, inside, broken) = match self.record_end(start) {
            Some((end, inside)) => (end, inside, (end - start > MAX_RECORD).then_some(Broken::TooLong)),
            None => (self.line_end(start), 0, Some(Broken::Quoting)),
        };
        self.at = end;
        self.line = self.line.saturating_add(inside);
        Some(Record { start, end, line, broken })
    }
}

fn is_line_end(byte: u8) -> bool {
    byte == b'\n' || byte == b'\r'
}

/// The fields of one unbroken record, without their quotes.
pub(super) fn fields<'t>(record: &'t str, separator: u8, fields: &mut Vec<Cow<'t, str>>) {
    fields.clear();
    let bytes = record.as_bytes();
    let mut at = 0;
    loop {
        let rest = bytes.get(at..).unwrap_or_default();
        if rest.first() == Some(&b'"') {
            let start = at + 1;
            let mut end = start;
            let mut doubled = false;
            while let Some(byte) = bytes.get(end) {
                if *byte != b'"' {
                    end += 1;
                } else if bytes.get(end + 1) == Some(&b'"') {
                    doubled = true;
                    end += 2;
                } else {
                    break;
                }
            }
            let text = record.get(start..end).unwrap_or_default();
            fields.push(if doubled { Cow::Owned(text.replace("\"\"", "\"")) } else { Cow::Borrowed(text) });
            at = end + 1;
        } else {
            let length = rest.iter().position(|byte| *byte == separator).unwrap_or(rest.len());
            fields.push(Cow::Borrowed(record.get(at..at + length).unwrap_or_default()));
            at += length;
        }
        if bytes.get(at).is_none() {
            return;
        }
        at += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(text: &str, separator: u8) -> Vec<(u32, Result<Vec<String>, Broken>)> {
        let mut split = Vec::new();
        Records::new(text, 0, 1, separator)
            .map(|record| {
                fields(&text[record.start..record.end], separator, &mut split);
                let texts = split.iter().map(|field| field.to_string()).collect();
                (record.line, record.broken.map_or(Ok(texts), Err))
            })
            .collect()
    }

    fn texts(fields: &[&str]) -> Vec<String> {
        fields.iter().map(|field| (*field).to_owned()).collect()
    }

    #[test]
    fn quotes_line_ends_and_separators_inside_a_field_are_text() {
        let text = "a;b\r\n\"x;\"\"y\"\"\";\"1\r\n2\"\r\n\r\nlast;";
        assert_eq!(
            read(text, b';'),
            [(1, Ok(texts(&["a", "b"]))), (2, Ok(texts(&["x;\"y\"", "1\r\n2"]))), (5, Ok(texts(&["last", ""]))),]
        );
    }

    #[test]
    fn a_forgotten_quote_costs_one_line() {
        let text = "a;b\n\"Иванова;1\nПетров;2\n\"Сидоров\";3\n";
        assert_eq!(
            read(text, b';'),
            [
                (1, Ok(texts(&["a", "b"]))),
                (2, Err(Broken::Quoting)),
                (3, Ok(texts(&["Петров", "2"]))),
                (4, Ok(texts(&["Сидоров", "3"]))),
            ]
        );
    }

    #[test]
    fn a_quote_inside_a_word_is_a_letter() {
        assert_eq!(read("ООО \"Ромашка\";1", b';'), [(1, Ok(texts(&["ООО \"Ромашка\"", "1"])))]);
    }

    #[test]
    fn old_macintosh_line_ends_end_lines() {
        assert_eq!(read("a\rb\r", b';'), [(1, Ok(texts(&["a"]))), (2, Ok(texts(&["b"])))]);
    }

    proptest! {
        #[test]
        fn reads_what_the_csv_crate_writes(
            table in prop::collection::vec(prop::collection::vec("[a-zё \",;\n\r\t'=]{0,6}", 2..5), 1..8),
            separator in prop::sample::select(vec![b',', b';', b'\t']),
        ) {
            let mut writer = csv::WriterBuilder::new().delimiter(separator).flexible(true).from_writer(Vec::new());
            for record in &table {
                writer.write_record(record).unwrap();
            }
            let text = String::from_utf8(writer.into_inner().unwrap()).unwrap();
            let ours: Vec<_> = read(&text, separator).into_iter().map(|(_, record)| record.unwrap()).collect();
            prop_assert_eq!(ours, table);
        }

        #[test]
        fn any_text_ends_and_stays_on_character_boundaries(text in "[aё\";\n\r]{0,60}") {
            let mut split = Vec::new();
            let mut last = 0;
            for record in Records::new(&text, 0, 1, b';') {
                prop_assert!(record.start >= last && record.end >= record.start);
                last = record.end;
                fields(&text[record.start..record.end], b';', &mut split);
            }
            prop_assert!(text[last..].chars().all(|letter| letter == '\n' || letter == '\r'));
        }
    }
}
