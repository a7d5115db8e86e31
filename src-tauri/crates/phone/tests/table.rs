//! The table of spellings that people can read and add to: `spellings.md` beside this file.

use std::collections::{BTreeSet, HashMap};

use phone::{FieldNumber, PhoneNumber, Region, numbers_in_field};

const TABLE: &str = include_str!("spellings.md");

/// One row: what is typed, where, and what is to be read.
struct Row {
    line: usize,
    typed: String,
    numbers: Vec<String>,
    clinic: String,
}

/// The cells of a table's line; `\|` is no border.
fn cells(line: &str) -> Option<Vec<String>> {
    let inside = line.trim().strip_prefix('|')?.strip_suffix('|')?;
    let border = '\u{1}';
    let inside = inside.replace("\\|", &border.to_string());
    Some(inside.split('|').map(|cell| cell.trim().replace(border, "|")).collect())
}

fn rows() -> Vec<Row> {
    let mut rows = Vec::new();
    let mut columns: HashMap<String, usize> = HashMap::new();
    for (at, line) in TABLE.lines().enumerate() {
        let Some(cells) = cells(line) else {
            columns.clear();
            continue;
        };
        if columns.is_empty() {
            columns = cells.into_iter().enumerate().map(|(place, name)| (name, place)).collect();
            continue;
        }
        if cells.iter().all(|cell| cell.chars().all(|c| c == '-')) {
            continue;
        }
        assert_eq!(cells.len(), columns.len(), "строка {}: не столько клеток, сколько колонок", at + 1);
        let cell = |name: &str| columns.get(name).and_then(|place| cells.get(*place)).map(String::as_str);
        let quoted = cell("как написано").unwrap_or_default();
        let typed = quoted.strip_prefix('`').and_then(|rest| rest.strip_suffix('`'));
        let typed = typed.unwrap_or_else(|| panic!("строка {}: запись стоит не между знаками `", at + 1));
        let numbers = cell("номера").unwrap_or_default();
        assert!(!numbers.is_empty(), "строка {}: нет номеров; если их и не должно быть, поставьте «—»", at + 1);
        assert!(
            cell("что проверяет").is_some_and(|why| !why.is_empty()),
            "строка {}: не сказано, что проверяет",
            at + 1
        );
        rows.push(Row {
            line: at + 1,
            typed: typed.replace('⏎', "\n").replace('⇥', "\t").replace('␣', "\u{a0}"),
            numbers: numbers.split(';').map(|number| number.trim().to_owned()).filter(|n| n != "—").collect(),
            clinic: cell("клиника").unwrap_or("RU 495").to_owned(),
        });
    }
    rows
}

fn shown(found: &FieldNumber) -> String {
    match &found.extension {
        Some(extension) => format!("{} доб. {extension}", found.number),
        None => found.number.to_string(),
    }
}

fn said(numbers: &[String]) -> String {
    if numbers.is_empty() { "ничего".to_owned() } else { numbers.join("; ") }
}

#[test]
fn every_spelling_gives_its_numbers() {
    let rows = rows();
    let mut wrong = Vec::new();
    for row in &rows {
        let (country, area) = row.clinic.split_once(' ').unwrap_or((&row.clinic, ""));
        let region = Region::new(country, Some(area)).unwrap();
        let found = numbers_in_field(&row.typed, &region);
        let read: Vec<String> = found.iter().map(shown).collect();
        if read != row.numbers {
            let (expected, read) = (said(&row.numbers), said(&read));
            wrong.push(format!("строка {}: «{}» → {read}, а должно быть {expected}", row.line, row.typed));
        }
        // What would be dialled is never anything but the one number of the field.
        if let Some(dialled) = PhoneNumber::parse(&row.typed, &region) {
            let only: Vec<&PhoneNumber> = found.iter().map(|found| &found.number).collect();
            if only != [&dialled] {
                wrong.push(format!("строка {}: «{}» набрал бы {dialled}", row.line, row.typed));
            }
        }
        if found.iter().any(|found| !row.typed.contains(&found.typed)) {
            wrong.push(format!("строка {}: «{}» показано не так, как написано", row.line, row.typed));
        }
    }
    assert!(wrong.is_empty(), "{} из {}:\n{}", wrong.len(), rows.len(), wrong.join("\n"));
}

#[test]
fn the_table_is_large_and_says_nothing_twice() {
    let rows = rows();
    let different: BTreeSet<(&str, &str)> = rows.iter().map(|row| (row.typed.as_str(), row.clinic.as_str())).collect();
    assert_eq!(different.len(), rows.len());
    assert!(rows.len() >= 300, "строк {}", rows.len());
}
