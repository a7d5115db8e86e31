//! Medians, and the table.

use std::io::Write;
use std::time::Duration;

/// One line of the table: the same figure of both servers, in all rounds.
pub(crate) struct Figure {
    /// What was measured, with its unit.
    pub(crate) what: &'static str,
    /// Of the bare server, one for each round.
    pub(crate) bare: Vec<f64>,
    /// Of the desk, one for each round.
    pub(crate) ours: Vec<f64>,
    /// What is promised.
    pub(crate) promise: Promise,
}

/// What the design promises about a figure.
#[derive(Clone, Copy)]
pub(crate) enum Promise {
    /// At most so many times the bare server's.
    MostTimes(f64),
    /// At least so many times the bare server's.
    LeastTimes(f64),
    /// At most this, whatever the bare server does.
    Within(f64),
}

impl Figure {
    /// A figure without measurements.
    pub(crate) fn new(what: &'static str, promise: Promise) -> Figure {
        Figure { what, bare: Vec::new(), ours: Vec::new(), promise }
    }
}

/// The value below which this share of the durations lies, in milliseconds.
pub(crate) fn percentile(durations: &mut [Duration], share: f64) -> f64 {
    durations.sort_unstable();
    let last = durations.len().saturating_sub(1);
    let place = (last as f64 * share).round() as usize;
    durations.get(place).map_or(f64::NAN, |duration| duration.as_secs_f64() * 1000.0)
}

/// Prints medians, ratios and promises.
pub(crate) fn print(rounds: usize, figures: &[Figure]) {
    say(&format!("\nMedians of {rounds} rounds in turn, on loopback\n"));
    say(&format!("{:<34} {:>12} {:>12} {:>8}   {:<18} ", "", "bare axum", "desk", "ratio", "promised"));
    for figure in figures {
        let (bare, ours) = (median(&figure.bare), median(&figure.ours));
        let ratio = ours / bare;
        let (promised, holds) = match figure.promise {
            Promise::MostTimes(limit) => (format!("≤ {limit} ×"), ratio <= limit),
            Promise::LeastTimes(limit) => (format!("≥ {limit} ×"), ratio >= limit),
            Promise::Within(limit) => (format!("≤ {limit} ms"), ours <= limit),
        };
        let verdict = if holds { "holds" } else { "MISSED" };
        say(&format!("{:<34} {bare:>12.2} {ours:>12.2} {ratio:>7.2}×   {promised:<10} {verdict}", figure.what));
    }
}

/// Tells the person at the terminal.
pub(crate) fn say(text: &str) {
    let _ = writeln!(std::io::stdout(), "{text}");
}

/// The middle one.
pub(crate) fn median(values: &[f64]) -> f64 {
    let mut values = values.to_vec();
    values.sort_unstable_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}
