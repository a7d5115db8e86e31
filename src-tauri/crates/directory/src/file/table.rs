//! Rows of another table than a file, read as a file's rows are: the same names of columns, the same spellings of
//! dates, sums and yes or no, the same card.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::PathBuf;

use jiff::Timestamp;

use super::columns::{Layout, LayoutError};
use super::days::Calendar;
use super::field::Field;
use super::{FileSettings, card, fold};
use crate::people::Person;
use crate::settings::Surroundings;

/// The columns of a table, and how its cells are read.
#[derive(Debug, Clone)]
pub(crate) struct Table {
    layout: Layout,
    settings: FileSettings,
    calendar: Calendar,
}

impl Table {
    /// By its columns' names; a column without a name is not read.
    ///
    /// # Errors
    /// The columns of a name and a phone are not there; the text is Russian and names what was found.
    pub(crate) fn of(headers: &[&str], surroundings: &Surroundings) -> Result<Table, String> {
        let layout = Layout::of_names(headers).map_err(|error| match error {
            LayoutError::Empty => "запрос не вернул ни одной колонки".to_owned(),
            error @ LayoutError::NoColumns { .. } => error.to_string(),
        })?;
        let settings = FileSettings {
            path: PathBuf::new(),
            columns: BTreeMap::new(),
            region: surroundings.region.clone(),
            time_zone: surroundings.time_zone.clone(),
            open_url: surroundings.open_url.clone(),
        };
        let calendar = Calendar { zone: surroundings.time_zone.clone(), relative: false };
        Ok(Table { layout, settings, calendar })
    }

    /// «ФИО → full_name», a pair for every recognised column.
    pub(crate) fn pairs(&self) -> Vec<String> {
        self.layout.pairs()
    }

    /// The cells that hold phones, as typed.
    pub(crate) fn phones<'r>(&self, row: &'r [Cow<'_, str>]) -> impl Iterator<Item = &'r str> {
        self.layout.all(Field::Phones, row)
    }

    /// The id of a row; empty when it has none.
    pub(crate) fn id<'r>(&self, row: &'r [Cow<'_, str>]) -> &'r str {
        self.layout.get(Field::Id, row)
    }

    /// The folded words of a row's name.
    pub(crate) fn words(&self, row: &[Cow<'_, str>]) -> String {
        fold::words(&card::full_name(&self.layout, row))
    }

    /// What tells people without an id apart.
    pub(crate) fn made_up_id(&self, row: &[Cow<'_, str>], now: Timestamp) -> String {
        let born = self.calendar.born(self.layout.get(Field::Born, row), now).ok().flatten();
        card::made_up_id(&self.line(row), born, None)
    }

    /// The person of some rows; `None` when they have no name. `has_own_id` is false when the id is somebody else's too.
    pub(crate) fn person(&self, rows: &[Vec<Cow<'_, str>>], has_own_id: bool, now: Timestamp) -> Option<Person> {
        let has_name = rows.first().is_some_and(|row| fold::has_letters(&card::full_name(&self.layout, row)));
        let lines: Vec<card::Line<'_>> = rows.iter().map(|row| self.line(row)).collect();
        has_name.then(|| card::person(&lines, has_own_id, &self.settings, &self.calendar, now)).flatten()
    }

    fn line<'t>(&'t self, row: &[Cow<'t, str>]) -> card::Line<'t> {
        card::Line { layout: &self.layout, cells: row.to_vec() }
    }
}

/// Lower case, ё as е, words parted by single spaces.
pub(crate) fn folded(text: &str) -> String {
    fold::words(text).trim_start().to_owned()
}
