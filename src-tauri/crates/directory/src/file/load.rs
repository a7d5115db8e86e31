//! From the bytes of a file to its rows: on all cores, since a clinic's file may hold a million of them.

use std::borrow::Cow;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use jiff::Timestamp;

use super::columns::{Layout, LayoutError};
use super::days::Calendar;
use super::faults::{Fault, Faults, Reason};
use super::field::Field;
use super::fold;
use super::phones::{Cells, Key};
use super::records::{Broken, Records, fields};
use super::text::Encoding;
use super::values;
use super::{FileSettings, card, text};

/// Rows a thread takes at a time.
const CHUNK: usize = 8192;
/// More than a clinic has, in one file or in a folder of them; offsets in a text are 32 bits.
pub(super) const MAX_BYTES: u64 = 1 << 30;

/// What rows share when they are about one person.
pub(super) type Identity = u64;

/// The text of one file and which column is which.
pub(super) struct Sheet {
    /// The file's name where there are several, else empty.
    pub(super) name: String,
    pub(super) text: String,
    pub(super) encoding: Encoding,
    pub(super) layout: Layout,
}

impl Sheet {
    /// Decodes a file and reads its header.
    pub(super) fn read(name: String, bytes: Vec<u8>, settings: &FileSettings) -> Result<Sheet, LayoutError> {
        let (text, encoding) = text::decode(bytes);
        let layout = Layout::of(&text, &settings.columns)?;
        Ok(Sheet { name, text, encoding, layout })
    }

    fn is_one_of_several(&self) -> bool {
        !self.name.is_empty()
    }
}

/// What the rows of a file, or of a chunk of it, gave. Row numbers count from the first kept row.
#[derive(Default)]
pub(super) struct Part {
    pub(super) starts: Vec<u32>,
    pub(super) lines: Vec<u32>,
    pub(super) words: String,
    pub(super) words_end: Vec<u32>,
    pub(super) phones: Vec<(Key, u32)>,
    pub(super) identities: Vec<(Identity, u32)>,
    pub(super) ids: Vec<(Identity, u32)>,
    /// What makes rows of different files one person.
    pub(super) kin: Vec<(Identity, u32)>,
    pub(super) faults: Faults,
}

/// A file and its rows.
pub(super) type Rows = (Arc<Sheet>, Part);

/// Reads all rows of a file. `now` is needed only for the shipped people, whose days are relative.
pub(super) fn rows(sheet: &Sheet, settings: &FileSettings, calendar: &Calendar, now: Timestamp) -> Part {
    let chunks = chunks(&sheet.text, &sheet.layout);
    let next = AtomicUsize::new(0);
    let threads = std::thread::available_parallelism().map_or(1, |cores| cores.get().min(4)).min(chunks.len());
    let cells = Cells::of(&settings.region);
    let work = || {
        let mut parts = Vec::new();
        while let Some(chunk) = chunks.get(next.fetch_add(1, Ordering::Relaxed)) {
            parts.push((chunk.0, Part::of(sheet, *chunk, &cells, calendar, now)));
        }
        parts
    };
    let mut parts = std::thread::scope(|scope| {
        let others: Vec<_> = (1..threads).map(|_| scope.spawn(work)).collect();
        let mut parts = work();
        for other in others {
            match other.join() {
                Ok(more) => parts.extend(more),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        parts
    });
    parts.sort_by_key(|(at, _)| *at);
    let mut all = Part::default();
    for (_, mut part) in parts {
        all.faults.append(std::mem::take(&mut part.faults));
        all.append(part);
    }
    all
}

/// Where each chunk begins: byte offset and line.
fn chunks(text: &str, layout: &Layout) -> Vec<(usize, u32)> {
    let records = Records::new(text, layout.body.0, layout.body.1, layout.separator);
    records.step_by(CHUNK).map(|record| (record.start, record.line)).collect()
}

impl Part {
    fn of(sheet: &Sheet, (at, line): (usize, u32), cells: &Cells<'_>, calendar: &Calendar, now: Timestamp) -> Part {
        let (text, layout) = (sheet.text.as_str(), &sheet.layout);
        let mut part = Part::default();
        let mut split = Vec::new();
        let mut phones = Vec::new();
        for record in Records::new(text, at, line, layout.separator).take(CHUNK) {
            let fault = |reason| Fault { line: record.line, reason };
            match record.broken {
                Some(Broken::Quoting) => part.faults.push(fault(Reason::Quoting)),
                Some(Broken::TooLong) => part.faults.push(fault(Reason::TooLong)),
                None => {
                    fields(text.get(record.start..record.end).unwrap_or_default(), layout.separator, &mut split);
                    let start = u32::try_from(record.start).unwrap_or(u32::MAX);
                    if let Err(reason) = part.add(start, record.line, &split, layout, cells, &mut phones) {
                        if let Some(reason) = reason {
                            part.faults.push(fault(reason));
                        }
                        continue;
                    }
                    for field in unread(&split, layout, calendar, now) {
                        part.faults.push(fault(Reason::Value(field)));
                    }
                    part.identify(&split, sheet, calendar, now, &phones);
                }
            }
        }
        part
    }

    /// Adds the rows that follow, all but their faults, whose lines may be another file's.
    pub(super) fn append(&mut self, later: Part) {
        let rows = u32::try_from(self.starts.len()).unwrap_or(u32::MAX);
        let words = u32::try_from(self.words.len()).unwrap_or(u32::MAX);
        let shifted = |(key, row): (u64, u32)| (key, rows.saturating_add(row));
        if self.starts.is_empty() {
            *self = Part { faults: std::mem::take(&mut self.faults), ..later };
            return;
        }
        self.starts.extend(later.starts);
        self.lines.extend(later.lines);
        self.words.push_str(&later.words);
        self.words_end.extend(later.words_end.into_iter().map(|end| words.saturating_add(end)));
        self.phones.extend(later.phones.into_iter().map(shifted));
        self.identities.extend(later.identities.into_iter().map(shifted));
        self.ids.extend(later.ids.into_iter().map(shifted));
        self.kin.extend(later.kin.into_iter().map(shifted));
    }

    /// Keeps a row, or says why not; `Err(None)` for a row of empty cells, as spreadsheets leave them.
    fn add(
        &mut self,
        start: u32,
        line: u32,
        row: &[Cow<'_, str>],
        layout: &Layout,
        cells: &Cells<'_>,
        phones: &mut Vec<Key>,
    ) -> Result<(), Option<Reason>> {
        if row.iter().all(|cell| cell.trim().is_empty()) {
            return Err(None);
        }
        // A separator in an unquoted text shifts the cells: a card must not show one as another.
        if row.iter().skip(layout.width()).any(|cell| !cell.trim().is_empty()) {
            return Err(Some(Reason::ExtraFields));
        }
        let name = card::full_name(layout, row);
        if !fold::has_letters(&name) {
            return Err(Some(Reason::NoName));
        }
        phones.clear();
        for cell in layout.all(Field::Phones, row) {
            cells.keys(cell, phones);
        }
        if phones.is_empty() {
            return Err(Some(Reason::NoPhone));
        }
        let number = u32::try_from(self.starts.len()).unwrap_or(u32::MAX);
        self.phones.extend(phones.iter().map(|key| (*key, number)));
        fold::push_words(&name, &mut self.words);
        fold::push_words(layout.get(Field::Chart, row), &mut self.words);
        self.words.push('\n');
        self.words_end.push(u32::try_from(self.words.len()).unwrap_or(u32::MAX));
        self.starts.push(start);
        self.lines.push(line);
        Ok(())
    }

    /// Notes what would make the row just kept the same person as another row.
    fn identify(&mut self, row: &[Cow<'_, str>], sheet: &Sheet, calendar: &Calendar, now: Timestamp, phones: &[Key]) {
        let layout = &sheet.layout;
        let number = u32::try_from(self.starts.len().saturating_sub(1)).unwrap_or(u32::MAX);
        let name = hashed(&fold::words(&card::full_name(layout, row)));
        let id = layout.get(Field::Id, row);
        if !id.is_empty() {
            self.ids.push((hashed(&id), number));
            self.identities.push((hashed(&("id", id, name)), number));
            if !sheet.is_one_of_several() {
                return;
            }
        }
        let born = calendar.born(layout.get(Field::Born, row), now).ok().flatten();
        let chart = fold::letters(layout.get(Field::Chart, row));
        let day = born.map(|born| (born.year(), born.month(), born.day()));
        if sheet.is_one_of_several() {
            self.kin.extend(phones.iter().map(|phone| (hashed(&("phone", phone, day, name)), number)));
            self.kin.extend((!chart.is_empty()).then(|| (hashed(&("chart", &chart, day, name)), number)));
        }
        if !id.is_empty() {
            return;
        }
        if born.is_some() || !chart.is_empty() {
            self.identities.push((hashed(&("born", day, chart, name)), number));
        } else {
            // Namesakes are common: a name alone makes one person only together with a number.
            self.identities.extend(phones.iter().map(|phone| (hashed(&("phone", phone, name)), number)));
        }
    }
}

/// Optional cells that hold something unreadable.
fn unread(
    row: &[Cow<'_, str>],
    layout: &Layout,
    calendar: &Calendar,
    now: Timestamp,
) -> impl Iterator<Item = Field> + use<> {
    let is_visit = |cell: &str| calendar.visit(cell, now).is_ok();
    [
        (Field::Born, calendar.born(layout.get(Field::Born, row), now).is_ok()),
        (Field::Sex, values::sex(layout.get(Field::Sex, row)).is_ok()),
        (Field::Debt, values::debt(layout.get(Field::Debt, row)).is_ok()),
        (Field::LastVisit, is_visit(layout.get(Field::LastVisit, row))),
        (Field::NextVisit, is_visit(layout.get(Field::NextVisit, row))),
    ]
    .into_iter()
    .filter(|(_, readable)| !readable)
    .map(|(field, _)| field)
}

fn hashed(value: &impl Hash) -> Identity {
    // Always the same keys: two loads of one file must agree.
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}
