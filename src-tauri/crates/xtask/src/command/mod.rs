//! One file for each subcommand.

use std::path::PathBuf;

use xtask::process::workspace;

pub(crate) mod bench;
pub(crate) mod bundle;
pub(crate) mod clinics;
pub(crate) mod day;
mod fuzz;
mod measured;
mod mutants;
pub(crate) mod prove;
pub(crate) mod run;
pub(crate) mod sbom;
pub(crate) mod shots;
pub(crate) mod test;
pub(crate) mod windows;

/// Where cargo puts what it builds.
fn target() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| workspace().join("target"), |folder| workspace().join(folder))
}
