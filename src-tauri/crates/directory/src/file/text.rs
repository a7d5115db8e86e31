//! From the bytes of a file to text: which encoding it is in, told without asking anybody.

use std::fmt;

use encoding_rs::{UTF_16BE, UTF_16LE, WINDOWS_1251};

/// How the bytes were read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Encoding {
    Utf8,
    /// UTF-8 in which some bytes are not: they are shown as �.
    DamagedUtf8,
    Windows1251,
    Utf16Le,
    Utf16Be,
}

impl fmt::Display for Encoding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Encoding::Utf8 => "UTF-8",
            Encoding::DamagedUtf8 => "UTF-8 с повреждёнными знаками",
            Encoding::Windows1251 => "windows-1251",
            Encoding::Utf16Le => "UTF-16LE",
            Encoding::Utf16Be => "UTF-16BE",
        })
    }
}

/// Never fails: every byte sequence is some text. Takes the bytes, so that a UTF-8 file is not copied.
pub(super) fn decode(mut bytes: Vec<u8>) -> (String, Encoding) {
    if let Some(encoding) = utf16(&bytes) {
        let text = match encoding {
            Encoding::Utf16Be => UTF_16BE.decode_with_bom_removal(&bytes).0,
            Encoding::Utf16Le | Encoding::Utf8 | Encoding::DamagedUtf8 | Encoding::Windows1251 => {
                UTF_16LE.decode_with_bom_removal(&bytes).0
            }
        };
        return (text.into_owned(), encoding);
    }
    if bytes.starts_with(b"\xEF\xBB\xBF") {
        bytes.drain(..3);
    }
    match String::from_utf8(bytes) {
        Ok(text) => (text, Encoding::Utf8),
        Err(error) => {
            let lossy = String::from_utf8_lossy(error.as_bytes());
            if is_mostly_utf8(&lossy) {
                (lossy.into_owned(), Encoding::DamagedUtf8)
            } else {
                let text = WINDOWS_1251.decode_without_bom_handling(error.as_bytes()).0;
                (text.into_owned(), Encoding::Windows1251)
            }
        }
    }
}

/// By the mark, or by the zero bytes that a header's separators and Latin letters leave.
fn utf16(bytes: &[u8]) -> Option<Encoding> {
    if bytes.starts_with(b"\xFF\xFE") {
        return Some(Encoding::Utf16Le);
    }
    if bytes.starts_with(b"\xFE\xFF") {
        return Some(Encoding::Utf16Be);
    }
    let head = &bytes[..bytes.len().min(400)];
    let zeros = |offset: usize| head.iter().skip(offset).step_by(2).filter(|byte| **byte == 0).count();
    match (zeros(0), zeros(1)) {
        (0, high) if high > 1 => Some(Encoding::Utf16Le),
        (high, 0) if high > 1 => Some(Encoding::Utf16Be),
        _ => None,
    }
}

/// One torn character must not turn a whole file into windows-1251: there, nearly every Cyrillic letter would be
/// broken UTF-8, so broken and whole characters are weighed.
fn is_mostly_utf8(lossy: &str) -> bool {
    let (mut whole, mut broken) = (0usize, 0usize);
    for letter in lossy.chars().filter(|letter| !letter.is_ascii()) {
        if letter == char::REPLACEMENT_CHARACTER {
            broken += 1;
        } else {
            whole += 1;
        }
    }
    broken * 4 < whole
}

#[cfg(test)]
mod tests {
    use super::*;

    fn utf16(text: &str, bom: bool, big: bool) -> Vec<u8> {
        let bom = bom.then_some(0xFEFFu16);
        let units = bom.into_iter().chain(text.encode_utf16());
        units.flat_map(|unit| if big { unit.to_be_bytes() } else { unit.to_le_bytes() }).collect()
    }

    #[test]
    fn every_encoding_of_an_office_is_told() {
        let text = "ФИО;Телефон\nЁлкина Мария;+7 900 555-01-01\n";
        let with_bom = [b"\xEF\xBB\xBF", text.as_bytes()].concat();
        let cases = [
            (text.as_bytes().to_vec(), Encoding::Utf8),
            (with_bom, Encoding::Utf8),
            (WINDOWS_1251.encode(text).0.into_owned(), Encoding::Windows1251),
            (utf16(text, true, false), Encoding::Utf16Le),
            (utf16(text, true, true), Encoding::Utf16Be),
            (utf16(text, false, false), Encoding::Utf16Le),
            (utf16(text, false, true), Encoding::Utf16Be),
        ];
        for (bytes, encoding) in cases {
            assert_eq!(decode(bytes), (text.to_owned(), encoding));
        }
    }

    #[test]
    fn one_torn_character_does_not_change_the_encoding() {
        let mut bytes = "ФИО;Телефон\nИванова;+79005550101\nПетров".as_bytes().to_vec();
        bytes.pop();
        let (text, encoding) = decode(bytes);
        assert_eq!(encoding, Encoding::DamagedUtf8);
        assert!(text.starts_with("ФИО;Телефон\nИванова"));
    }

    #[test]
    fn plain_latin_text_is_utf8() {
        assert_eq!(decode(b"full_name,phones\n".to_vec()).1, Encoding::Utf8);
        assert_eq!(decode(Vec::new()), (String::new(), Encoding::Utf8));
    }
}
