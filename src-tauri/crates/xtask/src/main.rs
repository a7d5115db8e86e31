//! `cargo xtask`: everything that is done with the product, each with its own set-up.

mod command;

use anyhow::Result;
use clap::{Parser, Subcommand};

use command::{bench, bundle, clinics, day, prove, run, sbom, shots, test, windows};

#[derive(Parser)]
#[command(name = "cargo xtask", about = "Runs, tests, measures and bundles Callpop; sets up the machine where it must")]
struct Arguments {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    /// Opens the app in rehearsal: a call rings within seconds, no account is needed
    Run(run::Options),
    /// Everything that must hold before a change is merged
    Test,
    /// Installs the real clinics' systems that tests ask, into the cache (as `test` does)
    Clinics,
    /// Compiles the workspace for Windows, and lets the desk answer a signed post under wine
    Windows,
    /// Speed, beside a bare server in the same run
    Bench,
    /// A whole day of calls, counted a second time from the posts, and played before the real window
    Day(day::Options),
    /// Measures what PROOF.md claims, and writes its figures there
    Prove(prove::Options),
    /// Makes the screenshots of the windows anew
    Shots,
    /// Lists what the program is made of (CycloneDX)
    Sbom,
    /// Makes the packages for Debian and for RPM systems
    Bundle,
}

fn main() -> Result<()> {
    match Arguments::parse().what {
        What::Run(options) => run::run(&options),
        What::Test => test::test(),
        What::Clinics => clinics::clinics(),
        What::Windows => windows::windows(),
        What::Bench => bench::bench(),
        What::Day(options) => day::day(&options),
        What::Prove(options) => prove::prove(&options),
        What::Shots => shots::shots(),
        What::Sbom => sbom::sbom(),
        What::Bundle => bundle::bundle(),
    }
}
