//! Which rows are about one person: rows of one file, and of several.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::faults::{Fault, Faults, Reason};
use super::load::{Identity, Part, Rows, Sheet};
use super::roll::Roll;

/// Everybody of some files. Of a person in several files the first file's values count.
pub(super) fn roll(files: Vec<Rows>) -> Roll {
    let mut all = Part::default();
    let mut sheets: Vec<Arc<Sheet>> = Vec::with_capacity(files.len());
    let (mut first_rows, mut faults) = (Vec::new(), Vec::new());
    for (sheet, mut part) in files {
        sheets.push(sheet);
        first_rows.push(u32::try_from(all.starts.len()).unwrap_or(u32::MAX));
        faults.push(std::mem::take(&mut part.faults));
        all.append(part);
    }
    let Part { starts, lines, mut words, mut words_end, mut phones, identities, ids, kin, faults: _ } = all;
    let mut same = Same::new(starts.len());
    same.join_all(identities);
    if sheets.len() > 1 {
        same.join_files(kin, &first_rows);
    } else {
        drop(kin);
    }

    let mut without_id = HashSet::new();
    let mut taken: Vec<Vec<Fault>> = vec![Vec::new(); sheets.len()];
    for (row, person) in same.taken_ids(ids) {
        without_id.insert(person);
        if let (Some(line), Some(faults)) = (lines.get(row as usize), taken.get_mut(file_of(&first_rows, row))) {
            faults.push(Fault { line: *line, reason: Reason::IdTaken });
        }
    }
    faults.iter_mut().zip(taken).for_each(|(faults, taken): (&mut Faults, _)| faults.insert(taken));

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
    Roll { sheets, first_rows, faults, starts, words, words_end, phones, rows_of, first_of, without_id, people }
}

/// Which file a row is of, when each file's rows begin at one of `first_rows`.
pub(super) fn file_of(first_rows: &[u32], row: u32) -> usize {
    first_rows.partition_point(|first| *first <= row).saturating_sub(1)
}

/// Which rows are one person (union-find); the first row stands for all.
struct Same(Vec<u32>);

impl Same {
    fn new(rows: usize) -> Same {
        Same((0..u32::try_from(rows).unwrap_or(u32::MAX)).collect())
    }

    fn join_all(&mut self, mut identities: Vec<(Identity, u32)>) {
        identities.sort_unstable();
        for pair in identities.windows(2) {
            if let [(one, first), (other, second)] = pair
                && one == other
            {
                self.join(*first, *second);
            }
        }
    }

    /// Rows of one name, birth date and number (or chart) are one person, unless a file itself tells two such people
    /// apart: by their ids, say.
    fn join_files(&mut self, mut kin: Vec<(Identity, u32)>, first_rows: &[u32]) {
        kin.sort_unstable();
        kin.dedup();
        for group in kin.chunk_by(|one, other| one.0 == other.0) {
            let mut people: Vec<(usize, u32)> =
                group.iter().map(|(_, row)| (file_of(first_rows, *row), self.first_of(*row))).collect();
            people.sort_unstable();
            people.dedup();
            let one_a_file = people.windows(2).all(|pair| matches!(pair, [one, other] if one.0 != other.0));
            if one_a_file {
                people.windows(2).for_each(|pair| {
                    if let [one, other] = pair {
                        self.join(one.1, other.1);
                    }
                });
            }
        }
    }

    /// The rows whose id is another person's too, each with the person who loses it: all but the id's first owner.
    fn taken_ids(&mut self, mut ids: Vec<(Identity, u32)>) -> Vec<(u32, u32)> {
        ids.sort_unstable();
        let mut taken = Vec::new();
        for group in ids.chunk_by(|one, other| one.0 == other.0) {
            let owner = group.first().map(|(_, row)| self.first_of(*row));
            for (_, row) in group {
                let person = self.first_of(*row);
                if Some(person) != owner {
                    taken.push((*row, person));
                }
            }
        }
        taken.sort_unstable();
        taken
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
