//! Programs and stories as they are measured: built nearly as for release.

use std::path::PathBuf;
use std::process::Command;

use anyhow::Result;
use xtask::desktop::Desktop;
use xtask::process::{cargo, run, step};
use xtask::setup;

use super::target;

/// The page is part of the program, as when it is installed.
pub(super) const FEATURES: [&str; 2] = ["--features", "callpop/custom-protocol"];

/// Builds the programs, the stories and the examples; returns the folder of the programs.
pub(super) fn build() -> Result<PathBuf> {
    setup::window()?;
    step("programs are built (profile bench)", || {
        let packages =
            ["--package", "callpop", "--package", "desk", "--package", "rehearsal", "--package", "callpop-tests"];
        let targets = ["--bins", "--tests", "--examples"];
        run(cargo().args(["build", "--profile", "bench"]).args(targets).args(packages).args(FEATURES))
    })?;
    Ok(target().join("release"))
}

/// Runs the stories whose names begin so, on a desktop of their own.
pub(super) fn story(name: &str, variables: &[(&str, String)]) -> Result<()> {
    let desktop = Desktop::start()?;
    let mut stories: Command = cargo();
    desktop.host(&mut stories).env("CALLPOP_BIN_DIR", target().join("release"));
    stories.envs(variables.iter().map(|(variable, value)| (variable, value)));
    // The features are those of the build: others would build everything anew.
    stories.args(["test", "--profile", "bench", "--quiet", "--package", "callpop", "--package", "desk"]);
    stories.args(["--package", "rehearsal", "--package", "callpop-tests", "--test", "scenarios"]).args(FEATURES);
    run(stories.args(["--", name, "--nocapture", "--test-threads=1"]))
}
