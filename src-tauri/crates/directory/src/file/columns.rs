//! Which column of the file is which of ours: told by settings, else guessed from the header.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::field::Field;
use super::fold::letters;
use super::records::{Records, fields};

/// The separator and the place of every field of ours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Layout {
    pub(super) separator: u8,
    /// Columns of a field, by [`Field`]; only phones may have several.
    columns: Vec<Vec<usize>>,
    headers: Vec<String>,
    /// Where the first record after the header begins: byte offset and line.
    pub(super) body: (usize, u32),
    /// What is odd about the settings' mapping; the file loads all the same.
    pub(super) remarks: Vec<String>,
}

/// Why the columns cannot be told.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum LayoutError {
    #[error("файл пуст")]
    Empty,
    #[error("нет нужных колонок: {missing}. Найдены заголовки: {found}")]
    NoColumns { missing: String, found: String },
}

impl Layout {
    /// Reads the header. `mapping` is our field's name → their header, and outranks guesses.
    pub(super) fn of(text: &str, mapping: &BTreeMap<String, String>) -> Result<Layout, LayoutError> {
        let (at, line, told) = separator_line(text);
        let separators = told.map_or_else(|| vec![b';', b'\t', b',', b'|'], |separator| vec![separator]);
        let candidates = separators.into_iter().filter_map(|separator| {
            let mut records = Records::new(text, at, line, separator);
            let header = records.next()?;
            let mut split: Vec<Cow<'_, str>> = Vec::new();
            // A header is never worth refusing: with a torn quote its words still are what people see.
            fields(text.get(header.start..header.end)?, separator, &mut split);
            let headers = split.iter().map(|name| name.trim().to_owned()).collect();
            let inside = text.get(header.start..header.end)?.matches('\n').count();
            let body = (header.end, header.line.saturating_add(u32::try_from(inside).unwrap_or(u32::MAX)));
            Some(Layout::with(separator, headers, body, mapping))
        });
        let best = candidates.reduce(|best, other| if other.merit() > best.merit() { other } else { best });
        let layout = best.ok_or(LayoutError::Empty)?;
        layout.complete()
    }

    /// By names that need no splitting.
    pub(super) fn of_names(names: &[&str]) -> Result<Layout, LayoutError> {
        if names.is_empty() {
            return Err(LayoutError::Empty);
        }
        let headers = names.iter().map(|name| name.trim().to_owned()).collect();
        Layout::with(b',', headers, (0, 1), &BTreeMap::new()).complete()
    }

    fn with(separator: u8, headers: Vec<String>, body: (usize, u32), mapping: &BTreeMap<String, String>) -> Layout {
        let mut columns = vec![Vec::new(); Field::ALL.len()];
        let mut remarks = Vec::new();
        let mut told = vec![false; headers.len()];
        for (name, header) in mapping {
            let Some(field) = Field::ALL.into_iter().find(|field| field.name() == name.trim()) else {
                remarks.push(format!("в настройке columns неизвестное поле «{}»", shorten(name)));
                continue;
            };
            match headers.iter().position(|found| letters(found) == letters(header) && !letters(found).is_empty()) {
                Some(column) => {
                    columns[field as usize] = vec![column];
                    told[column] = true;
                }
                None => remarks.push(format!("колонки «{}» (для {}) в файле нет", shorten(header), field.name())),
            }
        }
        for (column, header) in headers.iter().enumerate().filter(|(column, _)| !told[*column]) {
            let Some(field) = Field::by_header(header) else {
                continue;
            };
            let is_told = mapping.keys().any(|name| name.trim() == field.name());
            let places = &mut columns[field as usize];
            if !is_told && (places.is_empty() || field == Field::Phones) {
                places.push(column);
            }
        }
        Layout { separator, columns, headers, body, remarks }
    }

    /// More columns recognised is better, then more columns.
    fn merit(&self) -> (usize, usize) {
        (self.columns.iter().filter(|places| !places.is_empty()).count(), self.headers.len())
    }

    fn complete(self) -> Result<Layout, LayoutError> {
        let has = |field: Field| !self.columns[field as usize].is_empty();
        let mut missing = Vec::new();
        let has_name = has(Field::FullName) || (has(Field::FamilyName) && has(Field::GivenName));
        if !has_name {
            missing.push("ФИО (full_name) или Фамилия и Имя (family_name, given_name)");
        }
        if !has(Field::Phones) {
            missing.push("Телефон (phones)");
        }
        if missing.is_empty() {
            return Ok(self);
        }
        let mut found: Vec<String> =
            self.headers.iter().take(40).map(|header| format!("«{}»", shorten(header))).collect();
        if self.headers.len() > found.len() {
            found.push("…".to_owned());
        }
        Err(LayoutError::NoColumns { missing: missing.join("; "), found: found.join(", ") })
    }

    /// How many columns the header names.
    pub(super) fn width(&self) -> usize {
        self.headers.len()
    }

    /// The text of a field in a split record; trimmed, empty when the column or the field is not there.
    pub(super) fn get<'r>(&self, field: Field, record: &'r [Cow<'_, str>]) -> &'r str {
        self.all(field, record).next().unwrap_or_default()
    }

    /// Every column of a field.
    pub(super) fn all<'r>(&self, field: Field, record: &'r [Cow<'_, str>]) -> impl Iterator<Item = &'r str> {
        let places = self.columns[field as usize].iter();
        places.filter_map(|column| record.get(*column)).map(|text| text.trim())
    }

    /// «ФИО → full_name», a pair for every recognised column.
    pub(super) fn pairs(&self) -> Vec<String> {
        let places = Field::ALL
            .into_iter()
            .flat_map(|field| self.columns[field as usize].iter().map(move |column| (field, *column)));
        places
            .map(|(field, column)| {
                let header = self.headers.get(column).map_or("", String::as_str);
                format!("«{}» → {}", shorten(header), field.name())
            })
            .collect()
    }

    /// The separator in words.
    pub(super) fn separator_name(&self) -> &'static str {
        match self.separator {
            b';' => "точка с запятой",
            b',' => "запятая",
            b'\t' => "табуляция",
            _ => "вертикальная черта",
        }
    }
}

/// Excel's first line `sep=;`: the header's offset and line, and the separator it tells.
fn separator_line(text: &str) -> (usize, u32, Option<u8>) {
    let line = text.split(['\r', '\n']).next().unwrap_or_default();
    match line.strip_prefix("sep=").map(str::as_bytes) {
        Some([separator @ (b';' | b',' | b'\t' | b'|')]) => (line.len(), 1, Some(*separator)),
        _ => (0, 1, None),
    }
}

/// A header as a sentence can bear it.
fn shorten(header: &str) -> String {
    let mut short: String =
        header.chars().take(60).map(|letter| if letter.is_control() { ' ' } else { letter }).collect();
    if short.len() < header.len() {
        short.push('…');
    }
    short
}

#[cfg(test)]
mod tests {
    use super::*;

    fn layout(header: &str, mapping: &[(&str, &str)]) -> Result<Layout, LayoutError> {
        let mapping = mapping.iter().map(|(ours, theirs)| ((*ours).to_owned(), (*theirs).to_owned())).collect();
        Layout::of(header, &mapping)
    }

    fn get(layout: &Layout, field: Field, record: &[&str]) -> String {
        let record: Vec<Cow<'_, str>> = record.iter().map(|text| Cow::Borrowed(*text)).collect();
        layout.get(field, &record).to_owned()
    }

    #[test]
    fn the_contracts_own_names_are_all_known() {
        let header = "id,family_name,given_name,patronymic,full_name,born,sex,chart,phones,allergy,debt,vip,conflict,\
                      doctor,last_visit,next_visit,note,relation";
        let layout = layout(header, &[]).unwrap();
        assert_eq!(layout.merit(), (18, 18));
        assert_eq!(layout.separator, b',');
    }

    #[test]
    fn russian_names_in_any_case_and_spacing() {
        let header = "ТЕЛЕФОН;  дата   рождения ;Ф.И.О.;№ карты;Вёрач;Лечащий врач;\"Долг, руб.\";Последний приём";
        let layout = layout(header, &[]).unwrap();
        let record = ["1", "2", "3", "4", "5", "6", "7", "8"];
        let got =
            [Field::Phones, Field::Born, Field::FullName, Field::Chart, Field::Doctor, Field::Debt, Field::LastVisit]
                .map(|field| get(&layout, field, &record));
        assert_eq!(got, ["1", "2", "3", "4", "6", "7", "8"]);
    }

    #[test]
    fn several_phone_columns_are_all_read() {
        let layout = layout("ФИО\tТелефон дом.\tМобильный\tТелефон врача", &[]).unwrap();
        let record = ["a", "1", "2", "3"].map(Cow::Borrowed);
        assert_eq!(layout.all(Field::Phones, &record).collect::<Vec<_>>(), ["1", "2"]);
        assert_eq!(layout.separator_name(), "табуляция");
    }

    #[test]
    fn settings_outrank_guesses() {
        let mapping = [("full_name", "Кто"), ("phones", "связь "), ("doctor", "нет такой"), ("shoe", "x")];
        let layout = layout("ФИО;Кто;Телефон;Связь;Врач", &mapping).unwrap();
        let record = ["1", "2", "3", "4", "5"];
        assert_eq!(get(&layout, Field::FullName, &record), "2");
        assert_eq!(get(&layout, Field::Phones, &record), "4");
        assert_eq!(get(&layout, Field::Doctor, &record), "", "a told column that is not there is not guessed");
        assert_eq!(layout.remarks.len(), 2);
    }

    #[test]
    fn a_missing_column_is_told_with_the_headers_found() {
        let error = layout("Дата;Сумма <b>", &[]).unwrap_err().to_string();
        assert!(error.contains("ФИО (full_name)") && error.contains("Телефон (phones)"), "{error}");
        assert!(error.contains("«Дата», «Сумма <b>»"), "{error}");
        assert_eq!(layout("\n\n", &[]), Err(LayoutError::Empty));
        assert!(layout("Фамилия;Телефон", &[]).is_err(), "a family name alone is no name");
    }

    #[test]
    fn excels_separator_line_is_not_the_header() {
        let layout = layout("sep=,\r\nФИО,Телефон\r\nИванова,1", &[]).unwrap();
        assert_eq!((layout.separator, layout.body.1), (b',', 2));
    }
}
