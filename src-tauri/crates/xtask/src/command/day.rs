//! `cargo xtask day`: a whole day of calls, counted a second time, and played once more before the real window.

use anyhow::Result;
use clap::Args;
use xtask::process::step;
use xtask::setup::{self, BROWSER, BUILD, HEADLESS};

use super::measured;

#[derive(Args)]
pub(crate) struct Options {
    /// How many calls
    #[arg(long, default_value_t = 1_500)]
    calls: u32,
    /// In how many minutes
    #[arg(long, default_value_t = 10)]
    minutes: u32,
    /// How many calls the window has behind it when its session is looked at
    #[arg(long, default_value_t = 3_000)]
    before: u32,
}

pub(crate) fn day(options: &Options) -> Result<()> {
    setup::packages(&[&BUILD, &HEADLESS, &BROWSER])?;
    measured::build()?;
    let size = [
        ("CALLPOP_DAY_CALLS", options.calls.to_string()),
        ("CALLPOP_DAY_S", (options.minutes * 60).to_string()),
        ("CALLPOP_DAY_BEFORE", options.before.to_string()),
    ];
    for (what, story) in [
        ("history, missed calls and numbers agree with a count of the posts", "day::history_missed"),
        ("the window through the same day: frames and memory", "window::day::"),
    ] {
        step(what, || measured::story(story, &size))?;
    }
    Ok(())
}
