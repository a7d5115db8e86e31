//! Words that must not be found, in every spelling a program may give them.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use regex::bytes::{Regex, RegexBuilder};

/// A piece of base64 shorter than this stands anywhere by chance.
const SHORTEST_BASE64: usize = 10;
/// How many files may come and go while a folder is read.
const LOOKED_AT_AGAIN: usize = 3;

/// The words, and one search for all their spellings.
pub(crate) struct Canaries {
    words: Vec<(String, Regex)>,
}

impl Canaries {
    pub(crate) fn new(words: &[&str]) -> Canaries {
        let words = words.iter().map(|word| ((*word).to_owned(), search(word))).collect();
        Canaries { words }
    }

    /// The words that stand in some bytes.
    pub(crate) fn found_in(&self, bytes: &[u8]) -> Vec<&str> {
        self.words.iter().filter(|(_, search)| search.is_match(bytes)).map(|(word, _)| word.as_str()).collect()
    }

    /// Where a word stands below a folder, how many files were read, and how many bytes.
    pub(crate) fn below(&self, folder: &Path, but: &[&str]) -> (BTreeSet<String>, usize, u64) {
        let (mut found, mut files, mut bytes) = (BTreeSet::new(), 0, 0);
        for path in files_below(folder) {
            let name = path.strip_prefix(folder).unwrap_or(&path).display().to_string();
            if but.iter().any(|part| name.starts_with(part)) {
                continue;
            }
            let Some(content) = (0..LOOKED_AT_AGAIN).find_map(|_| std::fs::read(&path).ok()) else { continue };
            files += 1;
            bytes += content.len() as u64;
            found.extend(self.found_in(&content).iter().map(|word| format!("{word} in {name}")));
            found.extend(self.found_in(name.as_bytes()).iter().map(|word| format!("{word} is a file's name")));
        }
        (found, files, bytes)
    }
}

fn files_below(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() { files.extend(files_below(&path)) } else { files.push(path) }
    }
    files
}

/// One expression for a word as text in any case, UTF-16 both ways, base64 wherever it begins, hex, escaped for JSON and
/// for addresses.
fn search(word: &str) -> Regex {
    let mut spellings: Vec<Vec<u8>> = Vec::new();
    for word in [word.to_owned(), word.to_lowercase(), word.to_uppercase()] {
        let units: Vec<u16> = word.encode_utf16().collect();
        spellings.push(word.as_bytes().to_vec());
        spellings.push(units.iter().flat_map(|unit| unit.to_le_bytes()).collect());
        spellings.push(units.iter().flat_map(|unit| unit.to_be_bytes()).collect());
        spellings.push(hex::encode(&word).into_bytes());
        spellings.push(hex::encode_upper(&word).into_bytes());
        spellings.push(units.iter().map(|unit| format!("\\u{unit:04x}")).collect::<String>().into_bytes());
        spellings.push(form_urlencoded::byte_serialize(word.as_bytes()).collect::<String>().into_bytes());
        for before in 0..3 {
            let text = [&vec![b'x'; before], word.as_bytes()].concat();
            let encoded = STANDARD_NO_PAD.encode(&text);
            let (from, to) = ((before * 8usize).div_ceil(6), text.len() * 8 / 6);
            let inner = encoded.get(from..to).unwrap_or_default();
            if inner.len() >= SHORTEST_BASE64 {
                spellings.push(inner.as_bytes().to_vec());
                spellings.push(inner.replace('+', "-").replace('/', "_").into_bytes());
            }
        }
    }
    let any: Vec<String> =
        spellings.iter().map(|spelling| spelling.iter().map(|byte| format!("\\x{byte:02x}")).collect()).collect();
    RegexBuilder::new(&any.join("|"))
        .unicode(false)
        .size_limit(64 * 1024 * 1024)
        .build()
        .unwrap_or_else(|error| panic!("{word}: {error}"))
}

/// How many of some plants are found: a search that finds nothing anywhere proves nothing.
pub(crate) fn finds_what_is_planted(canaries: &Canaries, word: &str) -> bool {
    let units: Vec<u8> = word.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let planted: [Vec<u8>; 5] = [
        format!("…{word}…").into_bytes(),
        [&b"\0\0\x01"[..], &units].concat(),
        STANDARD_NO_PAD.encode(format!("a{word}b")).into_bytes(),
        STANDARD_NO_PAD.encode(format!("ab{word}")).into_bytes(),
        hex::encode(word).into_bytes(),
    ];
    planted.iter().all(|bytes| canaries.found_in(bytes).contains(&word))
}
