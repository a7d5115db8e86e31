//! How what is chosen from a list (a line, a colleague, an outcome) stands in the text that a search looks through:
//! between signs that nobody types, so that `201` between them is the extension and not a part of a number.

/// Signs for private use: what is typed or told never keeps them.
const FIRST: char = '\u{E000}';
const LAST: char = '\u{E00F}';

/// A caller who hides the number.
pub(crate) const WITHHELD: &str = "\u{E006}\u{E007}\u{E006}";

/// Takes such signs, and those that end a text for SQLite, out of what was told or typed.
pub(crate) fn without(text: &str) -> String {
    text.chars().map(|sign| if (FIRST..=LAST).contains(&sign) || sign == '\0' { ' ' } else { sign }).collect()
}

/// How a call ended.
pub(crate) fn ended(outcome: wire::Outcome) -> &'static str {
    match outcome {
        wire::Outcome::Answered => "\u{E000}a\u{E000}",
        wire::Outcome::Missed => "\u{E000}m\u{E000}",
        wire::Outcome::Abandoned => "\u{E000}b\u{E000}",
        wire::Outcome::Failed => "\u{E000}f\u{E000}",
        wire::Outcome::Unknown => "\u{E000}u\u{E000}",
    }
}

/// Who called whom.
pub(crate) fn direction(direction: wire::Direction) -> &'static str {
    match direction {
        wire::Direction::Inbound => "\u{E001}i\u{E001}",
        wire::Direction::Outbound => "\u{E001}o\u{E001}",
        wire::Direction::Internal => "\u{E001}n\u{E001}",
    }
}

/// A colleague's short number.
pub(crate) fn extension(extension: &str) -> String {
    between('\u{E002}', extension)
}

/// One of our lines.
pub(crate) fn line(line: &str) -> String {
    between('\u{E003}', line)
}

/// A tag of the wrap-up.
pub(crate) fn tag(tag: &str) -> String {
    between('\u{E004}', tag)
}

/// The outcome of the wrap-up.
pub(crate) fn wrap_up(outcome: &str) -> String {
    between('\u{E005}', outcome)
}

fn between(mark: char, text: &str) -> String {
    format!("{mark}{}{mark}", crate::view::searchable(text))
}
