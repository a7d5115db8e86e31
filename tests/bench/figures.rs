//! Medians, and the table.

use std::collections::BTreeMap;
use std::io::Write;
use std::time::Duration;

use callpop_tests::{Proven, quantile, write_proof};

use crate::peers::{DESK, PEERS};

/// What is measured of every server, in all rounds.
pub(crate) struct Measured {
    number: &'static str,
    what: &'static str,
    values: BTreeMap<usize, Vec<f64>>,
    promises: &'static [Promise],
}

/// What the design promises about the desk's figure.
#[derive(Clone, Copy)]
pub(crate) enum Promise {
    /// At most so many times that of another server.
    Most(f64, usize),
    /// At least so many times that of another server.
    Least(f64, usize),
    /// At most this, whatever the others do.
    Within(f64),
}

impl Measured {
    /// A figure without measurements. `number`: its place in PROOF.md.
    pub(crate) fn new(number: &'static str, what: &'static str) -> Measured {
        Measured { number, what, values: BTreeMap::new(), promises: &[] }
    }

    /// What must hold of it.
    pub(crate) fn promising(self, promises: &'static [Promise]) -> Measured {
        Measured { promises, ..self }
    }

    /// What a round told about a server.
    pub(crate) fn add(&mut self, peer: usize, value: f64) {
        self.values.entry(peer).or_default().push(value);
    }

    fn median_of(&self, peer: usize) -> f64 {
        self.values.get(&peer).map_or(f64::NAN, |values| median(values))
    }

    /// Each promise in words, and whether all that could be measured hold.
    fn kept(&self) -> (String, bool) {
        let ours = self.median_of(DESK);
        let mut all = true;
        let words: Vec<String> = self
            .promises
            .iter()
            .map(|promise| {
                let (words, holds) = match *promise {
                    Promise::Most(times, peer) => {
                        let ratio = ours / self.median_of(peer);
                        (format!("{ratio:.2} × {} (≤ {times})", PEERS[peer].name), ratio <= times)
                    }
                    Promise::Least(times, peer) => {
                        let ratio = ours / self.median_of(peer);
                        (format!("{ratio:.2} × {} (≥ {times})", PEERS[peer].name), ratio >= times)
                    }
                    Promise::Within(most) => (format!("≤ {most}"), ours <= most),
                };
                all &= holds;
                if holds { words } else { format!("{words} MISSED") }
            })
            .collect();
        (words.join(", "), all)
    }
}

/// The value below which this share of the durations lies, in milliseconds; not a number when there is none.
pub(crate) fn percentile(durations: &mut [Duration], share: f64) -> f64 {
    if durations.is_empty() {
        return f64::NAN;
    }
    quantile(durations, share).as_secs_f64() * 1000.0
}

/// Prints medians and promises; with `writes`, each figure as a line of PROOF.md.
pub(crate) fn print(rounds: usize, measured: &[Measured], writes: bool) {
    say(&format!("\nMedians of {rounds} rounds in turn, on loopback\n"));
    let names: String = PEERS.iter().map(|peer| format!(" {:>12}", peer.name)).collect();
    say(&format!("{:<46}{names}   the desk against them", ""));
    for figure in measured {
        let values: String = (0..PEERS.len()).map(|peer| format!(" {:>12.2}", figure.median_of(peer))).collect();
        let (promises, holds) = figure.kept();
        say(&format!("{:<46}{values}   {promises}", figure.what));
        if !writes {
            continue;
        }
        let told: Vec<String> = PEERS
            .iter()
            .enumerate()
            .filter(|(peer, _)| !figure.median_of(*peer).is_nan())
            .map(|(peer, of)| format!("{} {:.2}", of.name, figure.median_of(peer)))
            .collect();
        let written = write_proof(&Proven {
            number: figure.number,
            claim: figure.what,
            how: &format!("medians of {rounds} interleaved rounds on loopback, every server in a fresh process"),
            figure: &format!("{}; {promises}", told.join(", ")),
            holds,
            command: "cargo xtask bench",
        });
        if let Err(error) = written {
            say(&error);
        }
    }
}

/// Tells the person at the terminal.
pub(crate) fn say(text: &str) {
    let _ = writeln!(std::io::stdout(), "{text}");
}

/// The middle one; not a number when there is none.
pub(crate) fn median(values: &[f64]) -> f64 {
    if values.is_empty() { f64::NAN } else { quantile(&mut values.to_vec(), 0.5) }
}
