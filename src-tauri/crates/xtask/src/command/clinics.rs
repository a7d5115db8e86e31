//! `cargo xtask clinics`: the real systems that the directory's tests ask.

use anyhow::Result;
use xtask::clinics;
use xtask::process::say;

pub(crate) fn clinics() -> Result<()> {
    let there = clinics::install()?;
    say(&format!("CALLPOP_HELIOS={}", there.helios.display()));
    say(&format!("CALLPOP_GNU_HEALTH={}", there.gnu_health.display()));
    say(&format!("CALLPOP_POSTGRES={}", there.postgres.display()));
    Ok(())
}
