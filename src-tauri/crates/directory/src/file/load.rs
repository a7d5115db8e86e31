//! From the bytes of a file to the [`Roll`]: on all cores, since a clinic's file may hold a million rows.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::atomic::{AtomicUsize, Ordering};

use jiff::Timestamp;

use super::columns::{Layout, LayoutError};
use super::days::Calendar;
use super::faults::{Fault, Faults, Reason};
use super::field::Field;
use super::fold;
use super::phones::{Cells, Key};
use super::records::{Broken, Records, fields};
use super::roll::Roll;
use super::values;
use super::{FileSettings, card, text};

/// Rows a thread takes at a time.
const CHUNK: usize = 8192;
/// More than a clinic has; offsets in the text are 32 bits.
pub(super) const MAX_BYTES: u64 = 1 << 30;

/// What rows share when they are about one person.
type Identity = u64;

/// What one chunk of rows gave. Row numbers count from the chunk's first kept row.
#[derive(Default)]
struct Part {
    starts: Vec<u32>,
    lines: Vec<u32>,
    words: String,
    words_end: Vec<u32>,
    phones: Vec<(Key, u32)>,
    identities: Vec<(Identity, u32)>,
    ids: Vec<(Identity, u32)>,
    faults: Faults,
}

/// Reads a whole file. `now` is needed only for the shipped people, whose days are relative.
pub(super) fn load(
    bytes: Vec<u8>,
    settings: &FileSettings,
    calendar: &Calendar,
    now: Timestamp,
) -> Result<Roll, LayoutError> {
    let (text, encoding) = text::decode(bytes);
    let layout = Layout::of(&text, &settings.columns)?;
    let chunks = chunks(&text, &layout);
    let next = AtomicUsize::new(0);
    let threads = std::thread::available_parallelism().map_or(1, |cores| cores.get().min(4)).min(chunks.len());
    let cells = Cells::of(&settings.region);
    let work = || {
        let mut parts = Vec::new();
        while let Some(chunk) = chunks.get(next.fetch_add(1, Ordering::Relaxed)) {
            parts.push((chunk.0, Part::of(&text, *chunk, &layout, &cells, calendar, now)));
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
    let parts = parts.into_iter().map(|(_, part)| part);
    Ok(Part::joined(parts).into_roll(text, encoding, layout))
}

/// Where each chunk begins: byte offset and line.
fn chunks(text: &str, layout: &Layout) -> Vec<(usize, u32)> {
    let records = Records::new(text, layout.body.0, layout.body.1, layout.separator);
    records.step_by(CHUNK).map(|record| (record.start, record.line)).collect()
}

impl Part {
    fn of(
        text: &str,
        (at, line): (usize, u32),
        layout: &Layout,
        cells: &Cells<'_>,
        calendar: &Calendar,
        now: Timestamp,
    ) -> Part {
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
                    part.identify(&split, layout, calendar, now, &phones);
                }
            }
        }
        part
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
    fn identify(&mut self, row: &[Cow<'_, str>], layout: &Layout, calendar: &Calendar, now: Timestamp, phones: &[Key]) {
        let number = u32::try_from(self.starts.len().saturating_sub(1)).unwrap_or(u32::MAX);
        let name = hashed(&fold::words(&card::full_name(layout, row)));
        let id = layout.get(Field::Id, row);
        if !id.is_empty() {
            self.ids.push((hashed(&id), number));
            self.identities.push((hashed(&("id", id, name)), number));
            return;
        }
        let born = calendar.born(layout.get(Field::Born, row), now).ok().flatten();
        let chart = fold::letters(layout.get(Field::Chart, row));
        if born.is_some() || !chart.is_empty() {
            let born = born.map(|born| (born.year(), born.month(), born.day()));
            self.identities.push((hashed(&("born", born, chart, name)), number));
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

impl Part {
    /// All parts, with row numbers of the whole file.
    fn joined(parts: impl Iterator<Item = Part>) -> Part {
        let mut all = Part::default();
        for part in parts {
            let rows = u32::try_from(all.starts.len()).unwrap_or(u32::MAX);
            let words = u32::try_from(all.words.len()).unwrap_or(u32::MAX);
            let shifted = |(key, row): (u64, u32)| (key, rows + row);
            all.starts.extend(part.starts);
            all.lines.extend(part.lines);
            all.words.push_str(&part.words);
            all.words_end.extend(part.words_end.into_iter().map(|end| words.saturating_add(end)));
            all.phones.extend(part.phones.into_iter().map(shifted));
            all.identities.extend(part.identities.into_iter().map(shifted));
            all.ids.extend(part.ids.into_iter().map(shifted));
            all.faults.append(part.faults);
        }
        all
    }

    fn into_roll(self, text: String, encoding: text::Encoding, layout: Layout) -> Roll {
        let Part { starts, lines, mut words, mut words_end, mut phones, mut identities, mut ids, mut faults } = self;
        let mut same = Same::new(starts.len());
        identities.sort_unstable();
        for pair in identities.windows(2) {
            if let [(one, first), (other, second)] = pair
                && one == other
            {
                same.join(*first, *second);
            }
        }
        drop(identities);

        ids.sort_unstable();
        let mut without_id = HashSet::new();
        let mut taken = Vec::new();
        for group in ids.chunk_by(|one, other| one.0 == other.0) {
            let owner = group.first().map(|(_, row)| same.first_of(*row));
            for (_, row) in group {
                let person = same.first_of(*row);
                if Some(person) != owner {
                    without_id.insert(person);
                    taken.extend(lines.get(*row as usize).map(|line| Fault { line: *line, reason: Reason::IdTaken }));
                }
            }
        }
        drop(ids);
        taken.sort_by_key(|fault| fault.line);
        faults.insert(taken);

        let mut rows_of: HashMap<u32, Vec<u32>> = HashMap::new();
        let rows = u32::try_from(starts.len()).unwrap_or(u32::MAX);
        for row in 0..rows {
            let first = same.first_of(row);
            if first != row {
                rows_of.entry(first).or_default().push(row);
            }
        }
        for (_, row) in &mut phones {
            *row = same.first_of(*row);
        }
        phones.sort_unstable();
        phones.dedup();
        phones.shrink_to_fit();
        words.shrink_to_fit();
        words_end.shrink_to_fit();
        let people = rows - u32::try_from(rows_of.values().map(Vec::len).sum::<usize>()).unwrap_or(0);
        let first_of = rows_of.iter().flat_map(|(first, more)| more.iter().map(|row| (*row, *first))).collect();
        Roll { text, encoding, layout, starts, words, words_end, phones, rows_of, first_of, without_id, people, faults }
    }
}

/// Which rows are one person (union-find); the first row stands for all.
struct Same(Vec<u32>);

impl Same {
    fn new(rows: usize) -> Same {
        Same((0..u32::try_from(rows).unwrap_or(u32::MAX)).collect())
    }

    fn first_of(&mut self, row: u32) -> u32 {
        let mut at = row;
        while let Some(up) = self.0.get(at as usize).copied().filter(|up| *up != at) {
            let above = self.0.get(up as usize).copied().unwrap_or(up);
            if let Some(place) = self.0.get_mut(at as usize) {
                *place = above;
            }
            at = above;
        }
        at
    }

    fn join(&mut self, one: u32, other: u32) {
        let (one, other) = (self.first_of(one), self.first_of(other));
        if let Some(place) = self.0.get_mut(one.max(other) as usize) {
            *place = one.min(other);
        }
    }
}
