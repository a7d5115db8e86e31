//! Programs as the system sees them: their children, memory and time.

use std::collections::BTreeMap;
use std::time::Duration;

/// A process and all that it started, by what stands in its command line.
#[derive(Debug)]
pub struct Tree {
    /// Their process ids, the first ones first.
    pub ids: Vec<u32>,
}

struct Process {
    id: u32,
    parent: u32,
    line: String,
}

impl Tree {
    /// Every process whose command line has all these words, and their descendants.
    pub fn of(words: &[&str]) -> Tree {
        let all = processes();
        let mut ids: Vec<u32> = all
            .iter()
            .filter(|process| words.iter().all(|word| process.line.contains(word)))
            .map(|process| process.id)
            .collect();
        let mut looked_at = 0;
        while looked_at < ids.len() {
            let parent = ids[looked_at];
            let children = all.iter().filter(|process| process.parent == parent).map(|process| process.id);
            let new: Vec<u32> = children.filter(|child| !ids.contains(child)).collect();
            ids.extend(new);
            looked_at += 1;
        }
        Tree { ids }
    }

    /// Their proportional memory (PSS) together, in KiB.
    pub fn memory_kib(&self) -> u64 {
        self.memory_each_kib().values().sum()
    }

    /// The proportional memory (PSS) of each, in KiB, by the process's name and id.
    pub fn memory_each_kib(&self) -> BTreeMap<String, u64> {
        let named = |id: u32| {
            let name = std::fs::read_to_string(format!("/proc/{id}/comm")).ok()?;
            Some((format!("{} {id}", name.trim()), memory_of(id)?))
        };
        self.ids.iter().filter_map(|id| named(*id)).collect()
    }

    /// The processor time that they have taken together so far.
    pub fn processor_time(&self) -> Duration {
        self.ids.iter().filter_map(|id| processor_time_of(*id)).sum()
    }
}

/// The processor time that a process has taken so far, with all its threads.
pub fn processor_time_of(id: u32) -> Option<Duration> {
    let stat = std::fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
    // After the name, which may have spaces: state is field 3, user and system time are 14 and 15.
    let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
    let ticks = fields.get(11)?.parse::<u64>().ok()? + fields.get(12)?.parse::<u64>().ok()?;
    Some(Duration::from_millis(ticks * 1_000 / ticks_a_second()))
}

/// The memory that a process holds at this moment, in KiB.
pub fn resident_kib(id: u32) -> u64 {
    status_kib(id, "VmRSS:")
}

/// The most memory that a process held since [`forget_peak`], in KiB.
pub fn peak_kib(id: u32) -> u64 {
    status_kib(id, "VmHWM:")
}

/// Begins to watch for the most memory that a process holds anew (Linux: 5 into `clear_refs`).
pub fn forget_peak(id: u32) -> std::io::Result<()> {
    std::fs::write(format!("/proc/{id}/clear_refs"), "5")
}

fn status_kib(id: u32, key: &str) -> u64 {
    let text = std::fs::read_to_string(format!("/proc/{id}/status")).unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix(key));
    line.and_then(|line| line.split_whitespace().next()?.parse().ok()).unwrap_or(0)
}

/// When a process began, as a moment of the system's clock in ms since 1970.
pub fn began_ms(id: u32) -> Option<f64> {
    let stat = std::fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
    let ticks: f64 = stat.rsplit_once(')')?.1.split_whitespace().nth(19)?.parse().ok()?;
    let uptime: f64 = std::fs::read_to_string("/proc/uptime").ok()?.split_whitespace().next()?.parse().ok()?;
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).ok()?.as_secs_f64();
    Some((now - uptime + ticks / ticks_a_second() as f64) * 1_000.0)
}

fn ticks_a_second() -> u64 {
    rustix::param::clock_ticks_per_second()
}

fn processes() -> Vec<Process> {
    let entries = std::fs::read_dir("/proc").expect("/proc");
    let ids = entries.flatten().filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
    let read = |id: u32| {
        let status = std::fs::read_to_string(format!("/proc/{id}/status")).ok()?;
        let parent = status.lines().find_map(|line| line.strip_prefix("PPid:"))?.trim().parse().ok()?;
        let line = std::fs::read(format!("/proc/{id}/cmdline")).ok()?;
        Some(Process { id, parent, line: String::from_utf8_lossy(&line).replace('\0', " ") })
    };
    ids.filter_map(read).collect()
}

fn memory_of(id: u32) -> Option<u64> {
    let rollup = std::fs::read_to_string(format!("/proc/{id}/smaps_rollup")).ok()?;
    let line = rollup.lines().find(|line| line.starts_with("Pss:"))?;
    line.split_whitespace().nth(1)?.parse().ok()
}
