//! `cargo xtask prove`: what a clinic's IT asks, measured; its answers stand in PROOF.md.

use std::process::Command;

use anyhow::Result;
use clap::{Args, ValueEnum};
use xtask::desktop::Desktop;
use xtask::process::{run, step};
use xtask::setup::{self, BROWSER, BUILD, FAULTS, HEADLESS};

use super::measured;

#[derive(Args)]
pub(crate) struct Options {
    /// What is proven
    part: Part,
    /// A shorter look; PROOF.md stays as it is
    #[arg(long)]
    small: bool,
    /// Some lines of PROOF.md only, by their numbers: 2a,2b
    #[arg(long)]
    only: Option<String>,
}

#[derive(Clone, Copy, ValueEnum)]
enum Part {
    /// Power, disk, network, time
    Faults,
    /// Who can get in, and what they would find
    Security,
}

impl Part {
    fn word(self) -> &'static str {
        match self {
            Part::Faults => "faults",
            Part::Security => "security",
        }
    }
}

pub(crate) fn prove(options: &Options) -> Result<()> {
    setup::packages(&[&BUILD, &HEADLESS, &BROWSER, &FAULTS])?;
    let programs = measured::build()?;
    let desktop = Desktop::start()?;
    let mut prove = Command::new(programs.join("callpop-prove"));
    desktop.host(&mut prove).env("CALLPOP_BIN_DIR", &programs);
    prove.arg(options.part.word());
    if options.small {
        prove.arg("--small");
    } else {
        prove.arg("--write");
    }
    if let Some(only) = &options.only {
        prove.args(["--only", only]);
    }
    step("claims are measured", || run(&mut prove))
}
