//! `cargo xtask prove mutants`: mistakes are made on purpose in the files of `.cargo/mutants.toml`, one at a time, and
//! each crate's own tests should notice.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use serde_json::Value;
use xtask::process::{cargo, exists, run, say, step};
use xtask::proof::{Row, write_today};

use super::target;

/// The crates with such files, and which of their tests are run: those of `directory` but its units talk to servers.
const CRATES: [(&str, &[&str]); 4] = [
    ("mango-vpbx", &["--lib", "--tests"]),
    ("calls", &["--lib", "--tests"]),
    ("phone", &["--lib", "--tests"]),
    ("directory", &["--lib"]),
];
/// So many of a hundred should be noticed.
const ENOUGH: f64 = 90.0;
/// Generated cases of one property: a mistake shows in the first, and they run a thousand times.
const CASES: &str = "64";

/// What became of the mutants of a crate.
#[derive(Debug, Default, PartialEq, Eq, Clone, Copy)]
struct Counts {
    caught: u64,
    missed: u64,
    /// They made a test hang: noticed too.
    timeout: u64,
    /// They did not compile.
    unviable: u64,
}

pub(super) fn mutants(small: bool) -> Result<()> {
    if !exists("cargo-mutants") {
        step("cargo-mutants is installed", || run(cargo().args(["install", "cargo-mutants", "--locked"])))?;
    }
    let mut all = Counts::default();
    let mut told = Vec::new();
    for (name, tests) in CRATES {
        let counts = step(&format!("mistakes are made in {name}"), || of_crate(name, tests, small))?;
        told.push(format!("{name}: {counts}"));
        all = all.and(counts);
    }
    let figure = format!("{:.1} % noticed; {}", all.noticed(), told.join("; "));
    say(&figure);
    let holds = all.noticed() >= ENOUGH;
    if !small {
        write_today(Row {
            number: "6a".to_owned(),
            claim: "a mistake made in signatures, de-duplication, call state, missed calls or the matching of numbers is \
                    noticed by the tests: 90 of 100"
                .to_owned(),
            how: "cargo-mutants: every mistake it knows, one at a time, in the files of .cargo/mutants.toml, against the \
                  tests of the same crate"
                .to_owned(),
            figure,
            holds,
            date: String::new(),
            command: "cargo xtask prove mutants".to_owned(),
        })?;
    }
    if holds {
        Ok(())
    } else {
        bail!("too many mistakes go unnoticed: see missed.txt in {}", outcomes_of("").display())
    }
}

fn of_crate(name: &str, tests: &[&str], small: bool) -> Result<Counts> {
    let folder = outcomes_of(name);
    fs::create_dir_all(&folder)?;
    let mut command = cargo();
    command.args(["mutants", "--package", name, "--jobs", "1", "--no-times", "--output"]).arg(&folder);
    if small {
        command.args(["--shard", "0/8"]);
    }
    command.arg("--").args(tests);
    command.env("CARGO_TARGET_DIR", target().join("mutants")).env("PROPTEST_CASES", CASES);
    // It ends with 2 for a missed one and 3 for a hang: its report is what counts.
    let _ = run(&mut command);
    let report = folder.join("mutants.out").join("outcomes.json");
    let counts = counts(&fs::read_to_string(&report).with_context(|| report.display().to_string())?)?;
    if counts == Counts::default() {
        bail!("{name}: nothing was tried; see {}", folder.display());
    }
    Ok(counts)
}

fn counts(report: &str) -> Result<Counts> {
    let report: Value = serde_json::from_str(report)?;
    let count = |name: &str| report.get(name).and_then(Value::as_u64).with_context(|| format!("no {name}"));
    Ok(Counts {
        caught: count("caught")?,
        missed: count("missed")?,
        timeout: count("timeout")?,
        unviable: count("unviable")?,
    })
}

fn outcomes_of(name: &str) -> PathBuf {
    Path::new(&target()).join("mutants-told").join(name)
}

impl Counts {
    fn and(self, other: Counts) -> Counts {
        Counts {
            caught: self.caught + other.caught,
            missed: self.missed + other.missed,
            timeout: self.timeout + other.timeout,
            unviable: self.unviable + other.unviable,
        }
    }

    /// Of a hundred that compile.
    fn noticed(self) -> f64 {
        let noticed = self.caught + self.timeout;
        #[expect(clippy::cast_precision_loss, reason = "there are some thousand at most")]
        let share = noticed as f64 * 100.0 / (noticed + self.missed).max(1) as f64;
        share
    }
}

impl std::fmt::Display for Counts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Counts { caught, missed, timeout, unviable } = self;
        write!(f, "{caught} caught, {missed} missed, {timeout} hung, {unviable} do not compile")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_is_counted() {
        let one =
            counts(r#"{"outcomes":[],"total_mutants":12,"missed":1,"caught":8,"timeout":1,"unviable":2}"#).unwrap();
        assert_eq!(one, Counts { caught: 8, missed: 1, timeout: 1, unviable: 2 });
        assert!((one.noticed() - 90.0).abs() < f64::EPSILON, "{}", one.noticed());
        assert_eq!(one.and(one).to_string(), "16 caught, 2 missed, 2 hung, 4 do not compile");
        assert!(counts("{}").is_err());
    }
}
