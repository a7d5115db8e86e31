use std::fmt;

/// An employee's short number (`201`, `*33`): text, never arithmetic.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Extension(String);

/// Longer than any PBX hands out; keeps a wrong field from becoming an extension.
const LONGEST: usize = 20;

impl Extension {
    /// Trimmed text of 1 to 20 digits, `*` and `#`; `None` for anything else.
    pub fn new(text: &str) -> Option<Extension> {
        let text = text.trim();
        let fits = (1..=LONGEST).contains(&text.len());
        let allowed = text.bytes().all(|b| b.is_ascii_digit() || b == b'*' || b == b'#');
        (fits && allowed).then(|| Extension(text.to_owned()))
    }

    /// The short number as dialled.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Extension {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
