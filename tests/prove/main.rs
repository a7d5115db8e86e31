//! What a clinic's IT asks, answered with figures: `callpop-prove faults|security [--small] [--only NUMBER,NUMBER] [--write]`.
//! Each claim is measured anew; with `--write` its line in PROOF.md is written. The last line counts the claims.

#[cfg(unix)]
mod claims;
#[cfg(unix)]
mod faults;
#[cfg(unix)]
mod security;

#[cfg(unix)]
fn main() -> std::process::ExitCode {
    match proving::prove(std::env::args().skip(1)) {
        Ok(true) => std::process::ExitCode::SUCCESS,
        Ok(false) => std::process::ExitCode::FAILURE,
        Err(error) => {
            proving::say(&error);
            std::process::ExitCode::from(2)
        }
    }
}

#[cfg(not(unix))]
fn main() {}

#[cfg(unix)]
mod proving {
    use std::panic::AssertUnwindSafe;
    use std::time::Instant;

    use callpop_tests::{Proven, write_proof};
    use futures_util::FutureExt as _;

    use crate::claims::{Claim, Figure, Size};
    use crate::{faults, security};

    /// Measures what is asked for; true when all of it holds.
    pub(crate) fn prove(words: impl Iterator<Item = String>) -> Result<bool, String> {
        let (mut part, mut size, mut only, mut writes) = (None, Size::Full, None, false);
        let mut words = words;
        while let Some(word) = words.next() {
            match word.as_str() {
                "--small" => size = Size::Small,
                "--write" => writes = true,
                "--only" => only = words.next(),
                _ => part = Some(word),
            }
        }
        let claims: Vec<Claim> = match part.as_deref() {
            Some("faults") => faults::claims(),
            Some("security") => security::claims(),
            _ => return Err("callpop-prove faults|security [--small] [--only NUMBER,NUMBER] [--write]".to_owned()),
        };
        let part = part.unwrap_or_default();
        let is_asked = |claim: &&Claim| {
            only.as_deref().is_none_or(|only| only.split(',').any(|number| number.trim() == claim.number))
        };
        let asked = claims.iter().filter(is_asked);
        let runtime = tokio::runtime::Runtime::new().map_err(|error| error.to_string())?;
        let (mut holding, mut failing) = (0, 0);
        for claim in asked {
            say(&format!("\n{}  {}", claim.number, claim.claim));
            let begun = Instant::now();
            let measured = runtime.block_on(AssertUnwindSafe((claim.measure)(size)).catch_unwind());
            let figure = measured.unwrap_or_else(|_| Figure {
                how: "the measurement broke off".to_owned(),
                told: "no figure".to_owned(),
                holds: false,
            });
            let verdict = if figure.holds { "holds" } else { "DOES NOT HOLD" };
            say(&format!("   {}\n   {}: {verdict}  ({:.0} s)", figure.how, figure.told, begun.elapsed().as_secs_f32()));
            if figure.holds {
                holding += 1;
            } else {
                failing += 1;
            }
            if writes {
                write(&part, claim, &figure)?;
            }
        }
        say(&format!("\n{holding} passed, {failing} failed, 0 skipped"));
        Ok(failing == 0)
    }

    fn write(part: &str, claim: &Claim, figure: &Figure) -> Result<(), String> {
        let proven = Proven {
            number: claim.number,
            claim: claim.claim,
            how: &figure.how,
            figure: &figure.told,
            holds: figure.holds,
            command: &format!("cargo xtask prove {part} --only {}", claim.number),
        };
        write_proof(&proven)
    }

    #[expect(clippy::print_stdout, reason = "this is a command line program")]
    pub(crate) fn say(text: &str) {
        println!("{text}");
    }
}
