use std::fmt;

use crate::{PhoneNumber, Region};

/// What stands in a PBX's `from` or `to` number.
#[derive(Clone, PartialEq, Eq, Hash)]
pub enum Party {
    /// A phone number.
    Phone(PhoneNumber),
    /// A SIP address, verbatim: an employee's device, or a line. Never a phone number, whatever digits are inside.
    Sip(String),
    /// The caller withheld the number, or the PBX does not know it.
    Hidden,
    /// Anything else, verbatim: an extension, a service code, digits of no known country.
    Other(String),
}

/// The words by which telephone networks say that a number is withheld.
const WITHHELD: [&str; 8] =
    ["anonymous", "restricted", "unknown", "private", "unavailable", "withheld", "hidden", "null"];

/// Reads a PBX's number field; missing or empty text is [`Party::Hidden`].
pub fn party(raw: Option<&str>, region: &Region) -> Party {
    let text = raw.unwrap_or_default().trim();
    let lower = text.to_lowercase();
    let address = lower.strip_prefix("sips:").or_else(|| lower.strip_prefix("sip:"));
    // RFC 3323: a caller who hides is anonymous@anonymous.invalid.
    let user = address.unwrap_or(&lower).split('@').next().unwrap_or_default();
    if text.is_empty() || WITHHELD.contains(&user) {
        return Party::Hidden;
    }
    if address.is_some() || text.contains('@') {
        return Party::Sip(text.to_owned());
    }
    match PhoneNumber::from_pbx(text, region) {
        Some(number) => Party::Phone(number),
        None => Party::Other(text.to_owned()),
    }
}

impl fmt::Debug for Party {
    /// Without whole numbers: this may reach a log.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Party::Phone(number) => write!(f, "Phone({})", number.masked()),
            Party::Sip(_) => f.write_str("Sip(…)"),
            Party::Hidden => f.write_str("Hidden"),
            Party::Other(text) => {
                let tail: Vec<char> = text.chars().rev().take(4).collect();
                let tail: String = tail.into_iter().rev().collect();
                write!(f, "Other(…{tail}, {} characters)", text.chars().count())
            }
        }
    }
}
