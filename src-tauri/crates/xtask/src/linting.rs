//! Lints and builds in one: clippy's driver is a compiler, so what it has looked at need not be compiled again.

use std::process::Command;

use crate::process::{cargo, exists};

/// How clippy's driver takes several words in one variable, as `cargo clippy` hands them over.
const BETWEEN_WORDS: &str = "__CLIPPY_HACKERY__";

/// The compiler of our own packages; libraries of others are compiled as ever.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Linting {
    /// Clippy's driver; a warning is an error.
    Strict,
    /// Clippy's driver; warnings are said.
    Lenient,
    /// The plain compiler: there is no clippy.
    Absent,
}

impl Linting {
    /// The strictest that this machine has.
    pub fn strictest() -> Linting {
        if exists("clippy-driver") { Linting::Strict } else { Linting::Absent }
    }

    /// What still builds when the strictest did not.
    pub fn after_a_failure(self) -> Linting {
        match self {
            Linting::Strict | Linting::Lenient => Linting::Lenient,
            Linting::Absent => Linting::Absent,
        }
    }

    /// Cargo with this compiler. Every command of one run must have the same, or everything is compiled anew.
    pub fn cargo(self) -> Command {
        let mut command = cargo();
        let words: &[&str] = match self {
            Linting::Strict => &["--deny", "warnings", ""],
            Linting::Lenient => &[],
            Linting::Absent => return command,
        };
        command.env("RUSTC_WORKSPACE_WRAPPER", "clippy-driver").env("CLIPPY_ARGS", words.join(BETWEEN_WORDS));
        command
    }
}
