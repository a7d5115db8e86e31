//! From the rows of one person to the [`Person`] of a card. Built when asked for: a row costs only its text till then.

use std::borrow::Cow;

use jiff::Timestamp;
use jiff::civil::Date;
use sha2::{Digest, Sha256};

use super::columns::Layout;
use super::days::{Calendar, DatedVisit};
use super::field::Field;
use super::values::{self, Flag};
use super::{FileSettings, fold, phones};
use crate::link::chart_link;
use crate::people::{Alert, AlertKind, Person, Sex, Visit};

/// Longer texts are cut on a card.
const MAX_TEXT: usize = 2000;
/// Longer names are cut on a card.
const MAX_NAME: usize = 400;
/// More numbers of one person are not kept.
const MAX_PHONES: usize = 50;

/// One split row of the file.
pub(super) type Row<'t> = [Cow<'t, str>];

/// A split row and which of its cells is which.
pub(super) struct Line<'t> {
    pub(super) layout: &'t Layout,
    pub(super) cells: Vec<Cow<'t, str>>,
}

impl Line<'_> {
    fn get(&self, field: Field) -> &str {
        self.layout.get(field, &self.cells)
    }

    /// The phone cells.
    pub(super) fn phones(&self) -> impl Iterator<Item = &str> {
        self.layout.all(Field::Phones, &self.cells)
    }
}

/// A cell's text as a card can bear it.
pub(super) fn text(cell: &str) -> String {
    cut(cell.trim(), MAX_TEXT)
}

fn cut(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// The words of a name with single spaces, otherwise verbatim.
fn name(cell: &str) -> String {
    let words: Vec<&str> = cell.split_whitespace().collect();
    cut(&words.join(" "), MAX_NAME)
}

/// The whole name of a row: the full name where there is one, else its parts. Empty for a row without a name.
pub(super) fn full_name<'r>(layout: &Layout, row: &'r Row<'_>) -> Cow<'r, str> {
    let full = layout.get(Field::FullName, row);
    if fold::has_letters(full) {
        return Cow::Borrowed(full);
    }
    let parts = [Field::FamilyName, Field::GivenName, Field::Patronymic].map(|field| layout.get(field, row));
    let parts: Vec<&str> = parts.into_iter().filter(|part| fold::has_letters(part)).collect();
    match parts.as_slice() {
        [one] => Cow::Borrowed(one),
        parts => Cow::Owned(parts.join(" ")),
    }
}

/// Family name, given name and patronymic: from their columns; else from a full name that ends in a patronymic. Any other
/// name could be split wrongly, and is not.
fn name_parts(line: &Line<'_>, full: &str) -> [Option<String>; 3] {
    let told = [Field::FamilyName, Field::GivenName, Field::Patronymic]
        .map(|field| Some(name(line.get(field))).filter(|part| !part.is_empty()));
    if told.iter().any(Option::is_some) {
        return told;
    }
    let words: Vec<&str> = full.split(' ').collect();
    let ends = |word: &str, ends: &[&str]| {
        let word = word.to_lowercase();
        ends.iter().any(|end| word.ends_with(end))
    };
    let (family, given, patronymic) = match words.as_slice() {
        [family, given, last] if ends(last, &["вич", "вна", "чна", "ьич"]) => {
            (family, given, (*last).to_owned())
        }
        [family, given, father, last] if ends(last, &["оглы", "оглу", "кызы", "гызы", "улы", "уулу"]) => {
            (family, given, format!("{father} {last}"))
        }
        _ => return [None, None, None],
    };
    [Some((*family).to_owned()), Some((*given).to_owned()), Some(patronymic)]
}

/// The id of a record that has none. Name, birth date and chart do not change when the file is exported anew; somebody
/// with a name only is told from a namesake by the first number.
pub(super) fn made_up_id(line: &Line<'_>, born: Option<Date>, first_phone: Option<phones::Key>) -> String {
    let chart = fold::letters(line.get(Field::Chart));
    let born_text = born.map(|born| born.to_string()).unwrap_or_default();
    let mut hash = Sha256::new();
    for part in [fold::words(&full_name(line.layout, &line.cells)), born_text, chart.clone()] {
        hash.update(part.as_bytes());
        hash.update([0]);
    }
    if let Some(phone) = first_phone.filter(|_| born.is_none() && chart.is_empty()) {
        hash.update(phone.to_be_bytes());
    }
    let digest = hash.finalize();
    hex::encode(digest.get(..12).unwrap_or_default())
}

/// The person of some rows: of each field the first value there is; warnings and numbers of all rows. `has_own_id` is
/// false when the file's id belongs to somebody else too.
pub(super) fn person(
    rows: &[Line<'_>],
    has_own_id: bool,
    settings: &FileSettings,
    calendar: &Calendar,
    now: Timestamp,
) -> Option<Person> {
    let first = rows.first()?;
    let cell = |field: Field| rows.iter().map(|row| row.get(field)).find(|text| !text.is_empty());
    let said = |field: Field| cell(field).map(text);
    let born = rows.iter().find_map(|row| calendar.born(row.get(Field::Born), now).ok().flatten());

    let found = rows.iter().flat_map(Line::phones).flat_map(|cell| phones::numbers(cell, &settings.region));
    let mut phones = Vec::new();
    for number in found.map(|found| found.number).take(MAX_PHONES) {
        if !phones.contains(&number) {
            phones.push(number);
        }
    }

    let own_id = cell(Field::Id).filter(|_| has_own_id).map(text);
    let chart = said(Field::Chart);
    let first_phone = phones.first().and_then(|number| phones::key(number.digits()));
    let id = own_id.clone().unwrap_or_else(|| made_up_id(first, born, first_phone));
    let full_name = name(&full_name(first.layout, &first.cells));
    let [family_name, given_name, patronymic] = name_parts(first, &full_name);
    let debt = rows.iter().find_map(|row| values::debt(row.get(Field::Debt)).ok().flatten());
    let (last_visit, next_visit) = visits(rows, calendar, now);

    let mut alerts = Vec::new();
    for row in rows {
        warn(&mut alerts, AlertKind::Allergy, row.get(Field::Allergy), "есть аллергия");
        warn(&mut alerts, AlertKind::Conflict, row.get(Field::Conflict), "был конфликт");
        warn(&mut alerts, AlertKind::Vip, row.get(Field::Vip), "VIP");
        warn(&mut alerts, AlertKind::Note, row.get(Field::Alert), "есть предупреждение");
    }
    if let Some(debt) = &debt {
        alerts.push(Alert { kind: AlertKind::Debt, text: format!("долг {}", values::spoken(debt)) });
    }
    alerts.sort_by_key(|alert| alert.kind);

    Some(Person {
        open_url: chart_link(settings.open_url.as_deref(), own_id.as_deref(), chart.as_deref()),
        id,
        family_name,
        given_name,
        patronymic,
        full_name,
        born,
        sex: rows
            .iter()
            .filter_map(|row| values::sex(row.get(Field::Sex)).ok())
            .find(|sex| *sex != Sex::Unknown)
            .unwrap_or(Sex::Unknown),
        chart,
        phones,
        relation: said(Field::Relation),
        alerts,
        debt,
        doctor: said(Field::Doctor),
        last_visit,
        next_visit,
        note: said(Field::Note),
        gaps: Vec::new(),
    })
}

fn warn(alerts: &mut Vec<Alert>, kind: AlertKind, cell: &str, plain: &str) {
    let said = match values::flag(cell) {
        Flag::No => return,
        Flag::Yes => plain.to_owned(),
        Flag::Says(words) => text(words),
    };
    if !alerts.iter().any(|alert| alert.kind == kind && alert.text == said) {
        alerts.push(Alert { kind, text: said });
    }
}

/// The latest visit that has begun and the nearest that has not, whichever column they stand in: an export of last night
/// calls this morning's visit the next one.
fn visits(rows: &[Line<'_>], calendar: &Calendar, now: Timestamp) -> (Option<Visit>, Option<Visit>) {
    let cells = rows.iter().flat_map(|row| [Field::NextVisit, Field::LastVisit].map(|field| row.get(field)));
    let all = cells.filter_map(|cell| calendar.visit(cell, now).ok().flatten());
    let (past, coming): (Vec<DatedVisit>, Vec<DatedVisit>) = all.partition(|visit| visit.past_from <= now);
    let last = past.into_iter().map(|dated| dated.visit).max_by_key(|visit| visit.at);
    let next = coming.into_iter().map(|dated| dated.visit).min_by_key(|visit| visit.at);
    (last, next)
}
