//! `cargo xtask bench`: the measurements, on programs built nearly as for release.

use anyhow::Result;
use xtask::process::{cargo, run, step};
use xtask::setup::{self, BUILD};

use super::target;

pub(crate) fn bench() -> Result<()> {
    setup::packages(&[&BUILD])?;
    step("programs are built (profile bench)", || {
        let packages = ["--package", "desk", "--package", "rehearsal", "--package", "callpop-tests", "--bins"];
        run(cargo().args(["build", "--profile", "bench"]).args(packages))
    })?;
    let programs = target().join("release");
    step("the desk beside a bare server", || {
        run(std::process::Command::new(programs.join("callpop-bench")).env("CALLPOP_BIN_DIR", &programs))
    })?;
    step("a million calls in history", || {
        // The first start puts them into history, which is waited for.
        let mut bench = std::process::Command::new(programs.join("callpop-bench"));
        run(bench.arg("history").env("CALLPOP_BIN_DIR", &programs).env("PATIENCE", "600"))
    })?;
    step("a million patients", || run_example("million"))?;
    step("the index, while a million people are read anew", || run_example("index"))
}

fn run_example(name: &str) -> Result<()> {
    run(cargo().args(["run", "--quiet", "--profile", "bench", "--package", "directory", "--example", name]))
}
