use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;

/// Words and numbers, each looked for in every spelling that a program may give it.
pub(super) struct Canaries {
    spellings: Vec<(String, Vec<String>)>,
    numbers: Vec<String>,
}

impl Canaries {
    /// `numbers` are digits with the country code first.
    pub(super) fn new(words: &[&str], numbers: &[&str]) -> Canaries {
        let spellings = words.iter().chain(numbers).map(|word| ((*word).to_owned(), spellings(word))).collect();
        Canaries { spellings, numbers: numbers.iter().map(|number| (*number).to_owned()).collect() }
    }

    /// The canaries that a text holds.
    pub(super) fn found_in(&self, text: &str) -> Vec<String> {
        let lower = text.to_lowercase();
        // Base64 is read as it stands; everything else in any case.
        let has = |spelling: &String| text.contains(spelling.as_str()) || lower.contains(&spelling.to_lowercase());
        let mut found: Vec<String> =
            self.spellings.iter().filter(|(_, all)| all.iter().any(has)).map(|(word, _)| word.clone()).collect();
        // However a number is grouped: its ten digits in a row once what stands between digits is gone.
        let digits: String = text.chars().filter(|sign| !" \u{a0}()-.\u{2011}".contains(*sign)).collect();
        for number in &self.numbers {
            if digits.contains(&number[1..]) && !found.contains(number) {
                found.push(number.clone());
            }
        }
        found
    }
}

fn spellings(word: &str) -> Vec<String> {
    let escaped: String = word.encode_utf16().map(|unit| format!("\\u{unit:04x}")).collect();
    let percent: String = word.bytes().map(|byte| format!("%{byte:02x}")).collect();
    let form: String = form_urlencoded::byte_serialize(word.as_bytes()).collect();
    let mut all = vec![word.to_owned(), escaped, percent, form, hex::encode(word)];
    // Whatever stands before it in a text that was encoded as a whole.
    for before in 0..3 {
        let text = [&vec![b'x'; before], word.as_bytes()].concat();
        let encoded = STANDARD_NO_PAD.encode(&text);
        let (from, to) = ((before * 8).div_ceil(6), (text.len() * 8) / 6);
        let inner = encoded.get(from..to).unwrap_or_default();
        if inner.len() >= 8 {
            all.push(inner.to_owned());
            all.push(inner.replace('+', "-").replace('/', "_"));
        }
    }
    all
}
