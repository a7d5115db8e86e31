//! `cargo xtask bench`: the measurements, on programs built nearly as for release.

use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result};
use xtask::process::{cargo, run, say, step, workspace};
use xtask::proof::{Row, write_today};
use xtask::setup::{self, BUILD, HEADLESS, PYTHON};

use super::{measured, target};

pub(crate) fn bench() -> Result<()> {
    setup::packages(&[&BUILD, &HEADLESS, &PYTHON])?;
    let programs = measured::build()?;
    let peers = target().join("bench-peers");
    step("express and aiohttp are installed", || install_peers(&peers))?;
    step("the desk beside a bare server, express and aiohttp", || {
        let mut bench = Command::new(programs.join("callpop-bench"));
        run(bench.arg("--write").env("CALLPOP_BIN_DIR", &programs).env("CALLPOP_PEERS", &peers))
    })?;
    step("the window: paint, start, memory, idleness", || {
        measured::story("window::pace::", &[("CALLPOP_PROOF", "1".to_owned())])
    })?;
    step("a million calls in history", || {
        // The first start puts them into history, which is waited for.
        let mut bench = Command::new(programs.join("callpop-bench"));
        run(bench.arg("history").env("CALLPOP_BIN_DIR", &programs).env("PATIENCE", "600"))
    })?;
    step("ten thousand calls in the log, and ten million", || {
        let mut bench = Command::new(programs.join("callpop-bench"));
        run(bench.args(["growth", "--write"]).env("CALLPOP_BIN_DIR", &programs).env("PATIENCE", "600"))
    })?;
    step("a million patients", || run_example("million"))?;
    step("the index, while a million people are read anew", || run_example("index"))?;
    step("the program as it is installed", weigh)
}

/// The size of the program that people install: the window with everything in it.
fn weigh() -> Result<()> {
    const MOST_MB: f64 = 25.0;
    run(cargo().args(["build", "--release", "--package", "callpop", "--bin", "callpop"]).args(measured::FEATURES))?;
    let program = target().join("release/callpop");
    #[expect(clippy::cast_precision_loss, reason = "no program has so many bytes")]
    let size_mb = std::fs::metadata(&program).with_context(|| program.display().to_string())?.len() as f64 / 1e6;
    let figure = format!("{size_mb:.1} MB (≤ {MOST_MB:.0})");
    say(&figure);
    write_today(Row {
        number: "14e".to_owned(),
        claim: "the program that is installed is small".to_owned(),
        how: "the release build of callpop: windows, desk, cipher, dictionaries of the telephone network in one file, \
              without symbols"
            .to_owned(),
        figure,
        holds: size_mb <= MOST_MB,
        date: String::new(),
        command: "cargo xtask bench".to_owned(),
    })
}

/// What the desk is measured beside, from the versions in `tests/bench/peers`.
fn install_peers(folder: &Path) -> Result<()> {
    let from = workspace().join("tests/bench/peers");
    let express = folder.join("express");
    std::fs::create_dir_all(&express).context("a folder for express")?;
    for file in ["package.json", "package-lock.json", "server.mjs"] {
        std::fs::copy(from.join("express").join(file), express.join(file)).with_context(|| file.to_owned())?;
    }
    let npm = if cfg!(windows) { "npm.cmd" } else { "npm" };
    run(Command::new(npm).args(["ci", "--no-audit", "--no-fund"]).current_dir(&express))?;
    let aiohttp = folder.join("aiohttp");
    run(Command::new("python3").args(["-m", "venv"]).arg(&aiohttp))?;
    let pip = aiohttp.join("bin/pip");
    run(Command::new(pip).args(["install", "--quiet", "--requirement"]).arg(from.join("aiohttp/requirements.txt")))
}

fn run_example(name: &str) -> Result<()> {
    run(cargo().args(["run", "--quiet", "--profile", "bench", "--package", "directory", "--example", name]))
}
