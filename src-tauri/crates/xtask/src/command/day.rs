//! `cargo xtask day`: a whole day of calls, counted a second time, and played once more before the real window.

use anyhow::Result;
use clap::Args;
use xtask::desktop::Desktop;
use xtask::process::{cargo, run, step};
use xtask::setup::{self, BROWSER, BUILD, HEADLESS};

use super::target;

#[derive(Args)]
pub(crate) struct Options {
    /// How many calls
    #[arg(long, default_value_t = 1_500)]
    calls: u32,
    /// In how many minutes
    #[arg(long, default_value_t = 10)]
    minutes: u32,
}

pub(crate) fn day(options: &Options) -> Result<()> {
    setup::packages(&[&BUILD, &HEADLESS, &BROWSER])?;
    setup::window()?;
    let packages =
        ["--package", "callpop", "--package", "desk", "--package", "rehearsal", "--package", "callpop-tests"];
    let features = ["--features", "callpop/custom-protocol"];
    step("programs are built (profile bench)", || {
        run(cargo().args(["build", "--profile", "bench", "--bins", "--tests"]).args(packages).args(features))
    })?;
    let desktop = Desktop::start()?;
    for (what, story) in [
        ("history, missed calls and numbers agree with a count of the posts", "day::history_missed"),
        ("the window through the same day: frames and memory", "window::day::"),
    ] {
        step(what, || {
            let mut tests = cargo();
            desktop.host(&mut tests).env("CALLPOP_BIN_DIR", target().join("release"));
            tests
                .env("CALLPOP_DAY_CALLS", options.calls.to_string())
                .env("CALLPOP_DAY_S", (options.minutes * 60).to_string());
            tests.args([
                "test",
                "--profile",
                "bench",
                "--quiet",
                "--package",
                "callpop-tests",
                "--test",
                "scenarios",
                "--",
            ]);
            run(tests.args([story, "--nocapture"]))
        })?;
    }
    Ok(())
}
