//! The table of PROOF.md: what is claimed, how it was measured, and what came out.

use std::cmp::Ordering;
use std::process::Command;

use anyhow::Result;

use crate::process::{output, workspace};

/// One line of the table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Its place: a number, with a letter where one question has several answers: `2`, `2a`, `14c`.
    pub number: String,
    /// What is claimed.
    pub claim: String,
    /// How it was measured, in what size.
    pub how: String,
    /// What came out.
    pub figure: String,
    /// Whether the claim holds by this figure.
    pub holds: bool,
    /// The day of the measurement, `2026-11-29`.
    pub date: String,
    /// What makes the figure anew.
    pub command: String,
}

/// The document with this row in its table, in the place of the one with the same number.
/// A document without a table gets one at its end.
pub fn put(document: &str, row: &Row) -> String {
    let mut before = Vec::new();
    let mut rows = vec![row.clone()];
    let mut after = Vec::new();
    let mut seen = false;
    for line in document.lines() {
        if let Some(known) = read(line) {
            seen = true;
            if known.number != row.number {
                rows.push(known);
            }
        } else if line == HEAD || line == RULE {
            seen = true;
        } else if seen {
            after.push(line);
        } else {
            before.push(line);
        }
    }
    rows.sort_by(|one, other| by_place(&one.number, &other.number));
    let mut text = before.join("\n").trim_end().to_owned();
    text.push_str("\n\n");
    for line in [HEAD, RULE].into_iter().map(str::to_owned).chain(rows.iter().map(write)) {
        text.push_str(&line);
        text.push('\n');
    }
    let after = after.join("\n");
    if !after.trim().is_empty() {
        text.push('\n');
        text.push_str(after.trim());
        text.push('\n');
    }
    text.trim_start().to_owned()
}

/// Writes today's line into PROOF.md; its date is today whatever it says.
///
/// # Errors
/// The document cannot be read or written.
pub fn write_today(row: Row) -> Result<()> {
    let path = workspace().join("PROOF.md");
    let document = std::fs::read_to_string(&path)?;
    let date = output(Command::new("date").arg("+%F"))?.trim().to_owned();
    std::fs::write(&path, put(&document, &Row { date, ..row }))?;
    Ok(())
}

/// `1,234,567`
pub fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut spoken = String::with_capacity(digits.len() * 4 / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            spoken.push(',');
        }
        spoken.push(digit);
    }
    spoken
}

const HEAD: &str = "| No. | Claim | How it was measured | Figure | Holds | Date | Command |";
const RULE: &str = "|---|---|---|---|---|---|---|";
const HOLDS: &str = "yes";
const FAILS: &str = "**no**";

fn write(row: &Row) -> String {
    let cell = |text: &str| text.replace('|', "/").replace('\n', " ");
    format!(
        "| {} | {} | {} | {} | {} | {} | `{}` |",
        cell(&row.number),
        cell(&row.claim),
        cell(&row.how),
        cell(&row.figure),
        if row.holds { HOLDS } else { FAILS },
        cell(&row.date),
        cell(&row.command)
    )
}

fn read(line: &str) -> Option<Row> {
    let cells: Vec<&str> = line.strip_prefix("| ")?.strip_suffix(" |")?.split(" | ").collect();
    let [number, claim, how, figure, holds, date, command] = cells[..] else { return None };
    if !number.starts_with(|first: char| first.is_ascii_digit()) {
        return None;
    }
    Some(Row {
        number: number.to_owned(),
        claim: claim.to_owned(),
        how: how.to_owned(),
        figure: figure.to_owned(),
        holds: holds == HOLDS,
        date: date.to_owned(),
        command: command.trim_matches('`').to_owned(),
    })
}

/// `2` before `2a` before `10`.
fn by_place(one: &str, other: &str) -> Ordering {
    let parts = |number: &str| {
        let digits = number.chars().take_while(char::is_ascii_digit).count();
        (number[..digits].parse::<u32>().unwrap_or(u32::MAX), number[digits..].to_owned())
    };
    parts(one).cmp(&parts(other))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(number: &str, figure: &str) -> Row {
        Row {
            number: number.to_owned(),
            claim: "nothing is lost".to_owned(),
            how: "1,000 rounds".to_owned(),
            figure: figure.to_owned(),
            holds: true,
            date: "2026-11-29".to_owned(),
            command: "cargo xtask prove faults".to_owned(),
        }
    }

    #[test]
    fn a_document_gets_a_table_and_keeps_its_words() {
        let text = put("# Proof\n\nWhat is promised.\n", &row("2", "0"));
        assert!(text.starts_with("# Proof\n\nWhat is promised.\n\n| No. |"), "{text}");
        assert!(
            text.ends_with(
                "| 2 | nothing is lost | 1,000 rounds | 0 | yes | 2026-11-29 | `cargo xtask prove faults` |\n"
            ),
            "{text}"
        );
    }

    #[test]
    fn a_row_takes_the_place_of_the_one_before_it() {
        let mut text = "# Proof\n".to_owned();
        for (number, figure) in [("10", "ten"), ("2", "two"), ("2a", "more"), ("1", "one")] {
            text = put(&text, &row(number, figure));
        }
        text.push_str("\n## Threats\n\nWords after the table.\n");
        text = put(&text, &Row { holds: false, ..row("2", "worse") });
        let numbers: Vec<String> = text.lines().filter_map(read).map(|row| row.number).collect();
        assert_eq!(numbers, ["1", "2", "2a", "10"]);
        assert!(text.contains("| worse | **no** |") && !text.contains("| two |"), "{text}");
        assert!(text.ends_with("\n\n## Threats\n\nWords after the table.\n"), "{text}");
        assert_eq!(put(&text, &row("1", "one")), text);
    }

    #[test]
    fn numbers_are_read_in_threes() {
        assert_eq!([0, 999, 1000, 10_000_000].map(thousands), ["0", "999", "1,000", "10,000,000"]);
    }

    #[test]
    fn a_figure_never_breaks_the_table() {
        let text = put("", &row("1", "a | b\nc"));
        assert_eq!(text.lines().filter_map(read).map(|row| row.figure).collect::<Vec<_>>(), ["a / b c"]);
    }
}
