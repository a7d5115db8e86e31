//! A disk that loses or tears what was not synced when its power goes.

use std::collections::BTreeMap;

use rand::RngExt as _;
use rand::rngs::StdRng;

use super::trace::Step;

/// A disk writes a sector wholly or not at all; a page of eight of them can be torn.
const SECTOR: usize = 512;

/// What happens to what was not synced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Loss {
    /// All of it is gone.
    Everything,
    /// Each write is there or not, in any mixture: disks reorder.
    Some,
    /// Each sector of each write is there or not.
    Torn,
}

impl Loss {
    pub(super) const ALL: [Loss; 3] = [Loss::Everything, Loss::Some, Loss::Torn];
}

/// The files as they would be after a power cut at any moment of a trace.
#[derive(Debug, Default)]
pub(super) struct Disk {
    durable: BTreeMap<String, Vec<u8>>,
    /// In the order of the writes; how many of them a sync that is under way covers is known by their place.
    unsynced: Vec<Step>,
    syncing: BTreeMap<String, usize>,
}

impl Disk {
    /// One more step of the trace.
    pub(super) fn step(&mut self, step: &Step) {
        match step {
            Step::Write { .. } | Step::Cut { .. } | Step::Delete { .. } => self.unsynced.push(step.clone()),
            Step::Sync { file } => {
                self.syncing.insert(file.clone(), self.unsynced.len());
            }
            Step::Synced { file } => {
                let covered = self.syncing.remove(file).unwrap_or(0);
                let mut place = 0;
                let (durable, unsynced) = (&mut self.durable, &mut self.unsynced);
                unsynced.retain(|step| {
                    // A journaling file system has a deletion on the disk with the next sync of whichever file.
                    let is_covered = file_of(step) == Some(file) || matches!(step, Step::Delete { .. });
                    let is_kept = place >= covered || !is_covered;
                    place += 1;
                    if !is_kept {
                        apply(durable, step);
                    }
                    is_kept
                });
            }
            Step::Acknowledged { .. } => {}
        }
    }

    /// What is found when the power comes back.
    pub(super) fn after_a_cut(&self, loss: Loss, random: &mut StdRng) -> BTreeMap<String, Vec<u8>> {
        let mut files = self.durable.clone();
        for step in &self.unsynced {
            match (loss, step) {
                (Loss::Everything, _) => {}
                (Loss::Torn, Step::Write { file, at, bytes }) => {
                    for (index, sector) in bytes.chunks(SECTOR).enumerate() {
                        if random.random_bool(0.5) {
                            let (file, at) = (file.clone(), at + index * SECTOR);
                            apply(&mut files, &Step::Write { file, at, bytes: sector.to_vec() });
                        }
                    }
                }
                (Loss::Some | Loss::Torn, _) => {
                    if random.random_bool(0.5) {
                        apply(&mut files, step);
                    }
                }
            }
        }
        files
    }
}

fn file_of(step: &Step) -> Option<&String> {
    match step {
        Step::Write { file, .. }
        | Step::Cut { file, .. }
        | Step::Delete { file }
        | Step::Sync { file }
        | Step::Synced { file } => Some(file),
        Step::Acknowledged { .. } => None,
    }
}

fn apply(files: &mut BTreeMap<String, Vec<u8>>, step: &Step) {
    match step {
        Step::Write { file, at, bytes } => {
            let content = files.entry(file.clone()).or_default();
            let end = at + bytes.len();
            if content.len() < end {
                content.resize(end, 0);
            }
            content[*at..end].copy_from_slice(bytes);
        }
        Step::Cut { file, length } => files.entry(file.clone()).or_default().resize(*length, 0),
        Step::Delete { file } => drop(files.remove(file)),
        Step::Sync { .. } | Step::Synced { .. } | Step::Acknowledged { .. } => {}
    }
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng as _;

    use super::*;

    fn write(file: &str, at: usize, bytes: &[u8]) -> Step {
        Step::Write { file: file.to_owned(), at, bytes: bytes.to_vec() }
    }

    fn sync(file: &str) -> Step {
        Step::Sync { file: file.to_owned() }
    }

    fn synced(file: &str) -> Step {
        Step::Synced { file: file.to_owned() }
    }

    fn after(steps: &[Step], loss: Loss) -> BTreeMap<String, Vec<u8>> {
        let mut disk = Disk::default();
        steps.iter().for_each(|step| disk.step(step));
        disk.after_a_cut(loss, &mut StdRng::seed_from_u64(1))
    }

    #[test]
    fn what_was_synced_is_there_and_nothing_else() {
        let steps = [write("a", 0, b"one"), write("b", 0, b"b"), sync("a"), write("a", 3, b"two"), synced("a")];
        assert_eq!(after(&steps, Loss::Everything), BTreeMap::from([("a".to_owned(), b"one".to_vec())]));
        assert!(after(&steps[..3], Loss::Everything).is_empty(), "a sync that did not return is none");
    }

    #[test]
    fn a_deletion_is_there_with_the_next_sync_of_any_file() {
        let gone = Step::Delete { file: "a".to_owned() };
        let steps = [write("a", 0, b"one"), sync("a"), synced("a"), gone, write("b", 0, b"b"), sync("b"), synced("b")];
        assert!(after(&steps[..4], Loss::Everything).contains_key("a"));
        assert!(!after(&steps, Loss::Everything).contains_key("a"));
    }

    #[test]
    fn a_page_is_torn_between_sectors_and_never_within_one() {
        let file = after(&[write("a", 0, &[1; 8 * SECTOR])], Loss::Torn).remove("a").unwrap_or_default();
        let sectors: Vec<&[u8]> = file.chunks(SECTOR).collect();
        assert!(sectors.iter().all(|sector| sector.iter().all(|byte| *byte == sector[0])));
        assert!(sectors.iter().any(|sector| sector[0] == 0) || sectors.len() < 8, "some of it is lost");
    }
}
