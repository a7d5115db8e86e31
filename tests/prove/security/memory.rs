//! What a process takes, as the system counts it.

/// The memory that a process holds at this moment, in KiB.
pub(crate) fn resident_kib(id: u32) -> u64 {
    let text = std::fs::read_to_string(format!("/proc/{id}/status")).unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.and_then(|line| line.split_whitespace().next()?.parse().ok()).unwrap_or(0)
}

/// The value below which this part of the values lies; sorts them.
pub(crate) fn quantile<T: Ord + Copy + Default>(values: &mut [T], part: f64) -> T {
    values.sort_unstable();
    let at = (values.len() as f64 * part).ceil() as usize;
    values.get(at.saturating_sub(1).min(values.len().saturating_sub(1))).copied().unwrap_or_default()
}
