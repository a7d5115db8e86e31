//! What could not be read of a file: which lines, and why. Never what stood there: this reaches health and logs.

use std::fmt;

use super::field::Field;

/// More are counted, not kept.
const MAX_KEPT: usize = 1000;
/// So many lines are named in a sentence.
const NAMED: usize = 10;

/// One thing wrong with one line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Fault {
    /// From 1, the header's line included.
    pub(super) line: u32,
    pub(super) reason: Reason,
}

/// What is wrong. Only [`Reason::Value`] and [`Reason::IdTaken`] leave the row usable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reason {
    Quoting,
    TooLong,
    ExtraFields,
    NoName,
    NoPhone,
    Value(Field),
    IdTaken,
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Reason::Quoting => f.write_str("кавычки без пары, строка пропущена"),
            Reason::TooLong => f.write_str("слишком длинная, строка пропущена"),
            Reason::ExtraFields => f.write_str("полей больше, чем заголовков, строка пропущена"),
            Reason::NoName => f.write_str("нет имени, строка пропущена"),
            Reason::NoPhone => f.write_str("нет понятного номера телефона, строка пропущена"),
            Reason::Value(field) => {
                write!(f, "не понято: {}; остальное загружено", field.russian())
            }
            Reason::IdTaken => f.write_str("номер записи уже у другого человека; загружен без номера"),
        }
    }
}

/// Everything wrong with a file, in the order of its lines.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Faults {
    kept: Vec<Fault>,
    lines: usize,
    last_line: u32,
}

impl Faults {
    /// Lines must come in order for their count to be right.
    pub(super) fn push(&mut self, fault: Fault) {
        if fault.line != self.last_line {
            self.lines += 1;
            self.last_line = fault.line;
        }
        if self.kept.len() < MAX_KEPT {
            self.kept.push(fault);
        }
    }

    /// Adds the faults of the lines that follow.
    pub(super) fn append(&mut self, later: Faults) {
        self.lines += later.lines;
        self.last_line = self.last_line.max(later.last_line);
        self.kept.extend(later.kept.into_iter().take(MAX_KEPT.saturating_sub(self.kept.len())));
    }

    /// Adds faults found only when all rows were known.
    pub(super) fn insert(&mut self, found: Vec<Fault>) {
        for fault in found.into_iter().take(MAX_KEPT) {
            self.lines += usize::from(!self.kept.iter().any(|kept| kept.line == fault.line));
            self.kept.push(fault);
        }
        self.kept.sort_by_key(|fault| fault.line);
        self.kept.truncate(MAX_KEPT);
    }

    /// «строк с ошибками: 3 (строки 4, 17, 20)»
    pub(super) fn summary(&self) -> Option<String> {
        let mut lines: Vec<u32> = self.kept.iter().map(|fault| fault.line).collect();
        lines.dedup();
        let named: Vec<String> = lines.iter().take(NAMED).map(u32::to_string).collect();
        let more = match self.lines.saturating_sub(named.len()) {
            0 => String::new(),
            more => format!(" и ещё {more}"),
        };
        let word = if self.lines == 1 { "строка" } else { "строки" };
        let named = named.join(", ");
        (self.lines > 0).then(|| format!("строк с ошибками: {} ({word} {named}{more})", self.lines))
    }

    /// «строка 4: нет имени, строка пропущена», at most `most` of them.
    pub(super) fn sentences(&self, most: usize) -> Vec<String> {
        let mut sentences: Vec<String> =
            self.kept.iter().take(most).map(|fault| format!("строка {}: {}", fault.line, fault.reason)).collect();
        if self.lines > most {
            sentences.push("… и другие строки".to_owned());
        }
        sentences
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults(lines: impl IntoIterator<Item = u32>) -> Faults {
        let mut faults = Faults::default();
        for line in lines {
            faults.push(Fault { line, reason: Reason::NoName });
        }
        faults
    }

    #[test]
    fn lines_are_counted_once_and_named() {
        assert_eq!(faults([]).summary(), None);
        assert_eq!(faults([4]).summary().unwrap(), "строк с ошибками: 1 (строка 4)");
        assert_eq!(faults([4, 4, 17, 20]).summary().unwrap(), "строк с ошибками: 3 (строки 4, 17, 20)");
        assert!(faults(1..=4000).summary().unwrap().ends_with(", 10 и ещё 3990)"));
    }

    #[test]
    fn chunks_and_late_finds_keep_the_order() {
        let mut all = faults([4, 9]);
        all.append(faults([20]));
        all.insert(vec![Fault { line: 7, reason: Reason::IdTaken }, Fault { line: 9, reason: Reason::IdTaken }]);
        assert_eq!(all.summary().unwrap(), "строк с ошибками: 4 (строки 4, 7, 9, 20)");
        assert_eq!(all.sentences(1), ["строка 4: нет имени, строка пропущена", "… и другие строки"]);
    }
}
