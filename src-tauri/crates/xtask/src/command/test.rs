//! `cargo xtask test`: all checks in one go. A failing one does not hide the others; the last line counts the tests.

use std::process::Command;

use anyhow::{Context, Result, anyhow, bail, ensure};
use xtask::clinics::{self, Clinics};
use xtask::counts::{self, Counts};
use xtask::desktop::Desktop;
use xtask::licences;
use xtask::linting::Linting;
use xtask::process::{cargo, exists, npm, run, run_and_keep, say, step, workspace};
use xtask::setup::{self, BROWSER, BUILD, FAULTS, HEADLESS};

use super::target;

/// The lines of PROOF.md that hold for programs built for debugging too, and that take seconds in small. The others
/// are claims about time, memory and days: `cargo xtask prove`, `cargo xtask bench`.
const CLAIMS: [(&str, &str); 2] = [("faults", "2a,2b,2c,3a,3b,5a,5c"), ("security", "8a,8b,10c,11")];

/// One feature set for everything, so that everything is built once.
const FEATURES: [&str; 2] = ["--features", "callpop/custom-protocol"];

pub(crate) fn test() -> Result<()> {
    setup::packages(&[&BUILD, &HEADLESS, &BROWSER, &FAULTS])?;
    setup::window()?;
    let mut report = Report::default();

    report.check("formatting", || run(cargo().args(["fmt", "--all", "--check"])));
    let mut linting = Linting::strictest();
    report.check("clippy is installed", || {
        ensure!(linting != Linting::Absent, "it is not: rustup component add clippy");
        Ok(())
    });
    if !report.check("programs and tests are built, with lints (clippy)", || build(linting)) {
        linting = linting.after_a_failure();
        report.check("programs and tests are built all the same", || build(linting));
    }
    report.tests("the generated messages.ts is the committed one", || generated_is_unchanged(linting));
    report.check("the window's types (svelte-check)", || run(&mut npm(&["run", "check"])));
    report.check("the window's lints", || run(&mut npm(&["run", "lint"])));
    report.tests("the window's tests (vitest)", || {
        let (text, ended_well) = run_and_keep(&mut npm(&["test"]))?;
        Ok((counts::vitest(&text), ended_well))
    });
    // Pages wait most of the time, so what the next tests need is built meanwhile.
    let installing = std::thread::spawn(clinics::install);
    report.tests("the window in a browser", || {
        let (text, ended_well) = run_and_keep(&mut npm(&["run", "test:browser"]))?;
        Ok((counts::node_test(&text), ended_well))
    });
    // A system that is missing fails its tests too: they say what is not there.
    let mut clinics = None;
    report.check("real clinics' systems are there", || {
        clinics = Some(installing.join().map_err(|_| {
            anyhow!("their installation broke off; why stands above, and `cargo xtask clinics` tries it alone")
        })??);
        Ok(())
    });
    report.tests("tests, in a desktop of their own", || rust_tests(linting, clinics.as_ref()));
    for (part, numbers) in CLAIMS {
        report.tests("claims of PROOF.md, in small", || claims(part, numbers));
    }
    report.tests("examples in the documentation", || {
        let (text, ended_well) =
            run_and_keep(linting.cargo().args(["test", "--quiet", "--doc", "--workspace"]).args(FEATURES))?;
        Ok((counts::cargo_test(&text), ended_well))
    });
    report.check("licences", licences::check);
    report.check("bans and sources", || {
        if_installed("cargo-deny", "bans and sources", || {
            run(cargo().args(["deny", "--all-features", "check", "bans", "sources"]))
        })
    });
    report.check("advisories", advisories);
    report.check("advisories of the window's packages", npm_advisories);
    report.end()
}

#[derive(Default)]
struct Report {
    counts: Counts,
    failed: Vec<&'static str>,
}

impl Report {
    /// A check that holds or does not; true when it does.
    fn check(&mut self, name: &'static str, work: impl FnOnce() -> Result<()>) -> bool {
        let done = step(name, work);
        if let Err(error) = &done {
            say(&format!("{name}: {error:#}"));
            self.failed.push(name);
        }
        done.is_ok()
    }

    /// Tests that are counted. A run that tells no number counts as one failure.
    fn tests(&mut self, name: &'static str, work: impl FnOnce() -> Result<(Option<Counts>, bool)>) {
        let done = step(name, || {
            let (counted, ended_well) = work()?;
            let counted = counted.with_context(|| "the run told no number of tests")?;
            self.counts += counted;
            if !ended_well || counted.failed > 0 {
                bail!("{counted}");
            }
            say(&counted.to_string());
            Ok(())
        });
        if let Err(error) = done {
            say(&format!("{name}: {error:#}"));
            self.failed.push(name);
            if self.counts.failed == 0 {
                self.counts.failed = 1;
            }
        }
    }

    fn end(self) -> Result<()> {
        let outcome = if self.failed.is_empty() {
            "everything holds".to_owned()
        } else {
            format!("FAILED: {}", self.failed.join("; "))
        };
        say(&format!("\n{outcome}\n{}", self.counts));
        if !self.failed.is_empty() {
            std::process::exit(1);
        }
        Ok(())
    }
}

fn build(linting: Linting) -> Result<()> {
    run(linting.cargo().args(["build", "--workspace", "--all-targets"]).args(FEATURES))
}

/// Writing the feed's words for TypeScript is a test of the crate `wire`, and wants one process for all of them:
/// plain `cargo test`, also where there is nextest.
fn generated_is_unchanged(linting: Linting) -> Result<(Option<Counts>, bool)> {
    let path = workspace().join("ui/src/wire/messages.ts");
    let before = std::fs::read_to_string(&path).unwrap_or_default();
    let (text, ended_well) = run_and_keep(linting.cargo().args(["test", "--quiet", "--package", "wire"]))?;
    let after = std::fs::read_to_string(&path).with_context(|| format!("{} was not written", path.display()))?;
    if before != after {
        bail!("ui/src/wire/messages.ts was out of date; it is new now: look at it and commit it");
    }
    Ok((counts::cargo_test(&text), ended_well))
}

fn rust_tests(linting: Linting, clinics: Option<&Clinics>) -> Result<(Option<Counts>, bool)> {
    let desktop = Desktop::start()?;
    let mut tests = linting.cargo();
    if let Some(clinics) = clinics {
        clinics.tell(&mut tests);
    }
    desktop.host(&mut tests).env("CALLPOP_BIN_DIR", target().join("debug"));
    if exists("cargo-nextest") {
        tests
            .args(["nextest", "run", "--workspace", "--exclude", "wire", "--no-fail-fast", "--color", "never"])
            .args(FEATURES);
        let (text, ended_well) = run_and_keep(&mut tests)?;
        return Ok((counts::nextest(&text), ended_well));
    }
    tests
        .args(["test", "--workspace", "--exclude", "wire", "--no-fail-fast", "--bins", "--lib", "--tests"])
        .args(FEATURES);
    let (text, ended_well) = run_and_keep(&mut tests)?;
    Ok((counts::cargo_test(&text), ended_well))
}

fn claims(part: &str, numbers: &str) -> Result<(Option<Counts>, bool)> {
    let programs = target().join("debug");
    let mut prove = Command::new(programs.join("callpop-prove"));
    prove.env("CALLPOP_BIN_DIR", &programs).args([part, "--small", "--only", numbers]);
    let (text, ended_well) = run_and_keep(&mut prove)?;
    Ok((counts::claims(&text), ended_well))
}

fn if_installed(program: &str, what: &str, work: impl FnOnce() -> Result<()>) -> Result<()> {
    if exists(program) {
        return work();
    }
    say(&format!("{what}: NOT RUN: {program} is not installed (cargo install {program} --locked)"));
    Ok(())
}

/// Known holes in what we build upon. The list of holes is fetched, so this can be impossible; then it is said.
fn advisories() -> Result<()> {
    if_installed("cargo-deny", "advisories", || {
        let (text, ended_well) = run_and_keep(cargo().args(["deny", "--all-features", "check", "advisories"]))?;
        if ended_well {
            return Ok(());
        }
        if text.contains("failed to fetch advisory database") || text.contains("failed to load advisory database") {
            say("advisories: NOT RUN: the advisory database cannot be reached");
            return Ok(());
        }
        bail!("there are advisories against packages we use")
    })
}

fn npm_advisories() -> Result<()> {
    let report = npm(&["audit", "--audit-level", "high", "--json"]).output().context("npm cannot be started")?;
    let text = String::from_utf8_lossy(&report.stdout);
    if report.status.success() {
        say("no known grave holes in the window's packages");
        return Ok(());
    }
    if !text.contains("\"vulnerabilities\"") {
        say("advisories of the window's packages: NOT RUN: the registry does not answer audits");
        return Ok(());
    }
    bail!("there are grave advisories against the window's packages: see `npm audit` in ui/")
}
