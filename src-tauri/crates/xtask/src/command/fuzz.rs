//! `cargo xtask prove fuzz`: whatever comes from outside, made of bytes nobody thought of (`tests/fuzz`).

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::{AtomicUsize, Ordering};

use anyhow::{Context, Result, bail};
use xtask::process::{cargo, exists, output, run, say, step, workspace};
use xtask::proof::{Row, thousands, write_today};

use super::target;

/// The targets, and the longest input each is given: the longer, the fewer runs in an hour.
///
/// The slow ones first: the quick ones fill what is left of a core.
const TARGETS: [(&str, u32); 5] = [("csv", 384), ("event", 1536), ("mis", 2048), ("frame", 1024), ("form", 1024)];
const FULL: u64 = 10_000_000;
const SMALL: u64 = 200_000;
/// An input that takes longer is a hang.
const HANGS_AFTER_S: u32 = 5;
/// What one target may keep in git, its seeds included.
const MOST_KEPT: u64 = 60_000;
const FOLDER: &str = "tests/fuzz";

/// How a target fared.
struct Fared {
    name: &'static str,
    runs: u64,
    a_second: u64,
    slowest_s: u64,
    survived: bool,
}

pub(super) fn fuzz(small: bool) -> Result<()> {
    install()?;
    step("targets are built", || run(cargo_fuzz("build").args(["--fuzz-dir", FOLDER, "-s", "none"])))?;
    let runs = if small { SMALL } else { FULL };
    let fared = step("targets are run", || run_all(runs))?;
    for one in &fared {
        say(&format!("{one}"));
    }
    let holds = fared.iter().all(|one| one.survived && one.runs >= runs);
    if !small {
        step("what was learnt is kept", || TARGETS.iter().try_for_each(|(name, _)| keep(name)))?;
        write_today(Row {
            number: "6b".to_owned(),
            claim:
                "whatever is sent as a post, an event, a client's frame, a MIS's answer or a patients' file: nothing \
                    panics, nothing hangs"
                    .to_owned(),
            how: format!(
                "libFuzzer from a kept corpus, {} runs for each of {} readers; sums that overflow panic; {HANGS_AFTER_S} s \
                 are a hang",
                thousands(runs),
                fared.len()
            ),
            figure: fared.iter().map(Fared::to_string).collect::<Vec<_>>().join("; "),
            holds,
            date: String::new(),
            command: "cargo xtask prove fuzz".to_owned(),
        })?;
    }
    if holds { Ok(()) } else { bail!("a reader did not survive: its input is in {FOLDER}/artifacts") }
}

impl std::fmt::Display for Fared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (runs, a_second) = (thousands(self.runs), thousands(self.a_second));
        let end = if self.survived { "" } else { ", **then it did not survive**" };
        write!(f, "{}: {runs} runs, {a_second} a second, slowest {} s{end}", self.name, self.slowest_s)
    }
}

fn install() -> Result<()> {
    let nightly = output(Command::new("rustup").args(["toolchain", "list"]))?;
    if !nightly.lines().any(|line| line.starts_with("nightly")) {
        step("a nightly compiler is installed", || {
            run(Command::new("rustup").args(["toolchain", "install", "nightly", "--profile", "minimal"]))
        })?;
    }
    if !exists("cargo-fuzz") {
        step("cargo-fuzz is installed", || run(cargo().args(["install", "cargo-fuzz", "--locked"])))?;
    }
    Ok(())
}

fn cargo_fuzz(what: &str) -> Command {
    let mut command = Command::new("rustup");
    command.args(["run", "nightly", "cargo", "fuzz", what]).current_dir(workspace());
    for variable in ["CARGO", "RUSTUP_TOOLCHAIN", "CARGO_MANIFEST_DIR", "TS_RS_EXPORT_DIR"] {
        command.env_remove(variable);
    }
    command.env("CARGO_TARGET_DIR", target().join("fuzz"));
    command.env("RUSTC_WRAPPER", workspace().join(FOLDER).join("ours-only"));
    command
}

/// Every target, as many at once as there are cores.
fn run_all(runs: u64) -> Result<Vec<Fared>> {
    let next = AtomicUsize::new(0);
    let fared = Mutex::new(Vec::new());
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        let work = || -> Result<()> {
            while let Some((name, longest)) = TARGETS.get(next.fetch_add(1, Ordering::Relaxed)) {
                let one = run_one(name, *longest, runs)?;
                fared.lock().unwrap_or_else(PoisonError::into_inner).push(one);
            }
            Ok(())
        };
        let workers: Vec<_> = (0..cores).map(|_| scope.spawn(work)).collect();
        workers
            .into_iter()
            .try_for_each(|worker| worker.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
    })?;
    let mut fared = fared.into_inner().unwrap_or_else(PoisonError::into_inner);
    fared.sort_by_key(|one| TARGETS.iter().position(|(name, _)| *name == one.name));
    Ok(fared)
}

fn run_one(name: &'static str, longest: u32, runs: u64) -> Result<Fared> {
    let grown = grown(name);
    fs::create_dir_all(&grown)?;
    let log = target().join("fuzz").join(format!("{name}.log"));
    let file = fs::File::create(&log)?;
    let mut command = cargo_fuzz("run");
    command.args(["--fuzz-dir", FOLDER, "-s", "none", name]).arg(&grown).arg(seeds(name)).arg("--");
    command.args([format!("-runs={runs}"), format!("-timeout={HANGS_AFTER_S}"), format!("-max_len={longest}")]);
    command.args(["-rss_limit_mb=2048", "-print_final_stats=1"]);
    let words = workspace().join(FOLDER).join("words").join(name);
    if words.is_file() {
        command.arg(format!("-dict={}", words.display()));
    }
    command.stdout(Stdio::null()).stderr(file);
    let survived = command.status().context("cargo fuzz cannot be started")?.success();
    let text = String::from_utf8_lossy(&fs::read(&log)?).into_owned();
    if !survived {
        say(&last_lines(&text, 25));
    }
    Ok(fared(name, &text, survived))
}

/// What libFuzzer says of itself at the end.
fn fared(name: &'static str, text: &str, survived: bool) -> Fared {
    let stat = |key: &str| {
        let line = text.lines().rev().find_map(|line| line.strip_prefix("stat::")?.strip_prefix(key));
        line.and_then(|rest| rest.trim_start_matches(':').trim().parse().ok()).unwrap_or(0)
    };
    Fared {
        name,
        runs: stat("number_of_executed_units"),
        a_second: stat("average_exec_per_sec"),
        slowest_s: stat("slowest_unit_time_sec"),
        survived,
    }
}

fn last_lines(text: &str, count: usize) -> String {
    let lines: Vec<&str> = text.lines().collect();
    lines.get(lines.len().saturating_sub(count)..).unwrap_or_default().join("\n")
}

/// The corpus in git.
fn seeds(name: &str) -> PathBuf {
    workspace().join(FOLDER).join("corpus").join(name)
}

/// What runs on this machine have learnt.
fn grown(name: &str) -> PathBuf {
    target().join("fuzz").join("corpus").join(name)
}

/// Takes into git what reaches more than the corpus does, the shortest first, as far as there is room.
fn keep(name: &str) -> Result<()> {
    let least = target().join("fuzz").join("least").join(name);
    if least.exists() {
        fs::remove_dir_all(&least)?;
    }
    fs::create_dir_all(&least)?;
    let mut command = cargo_fuzz("run");
    command.args(["--fuzz-dir", FOLDER, "-s", "none", name]).arg(&least).arg(grown(name));
    command.args(["--", "-merge=1", "-set_cover_merge=1"]).stdout(Stdio::null()).stderr(Stdio::null());
    run(&mut command)?;
    let kept = seeds(name);
    let mut room = MOST_KEPT.saturating_sub(files(&kept)?.iter().map(|(bytes, _)| bytes).sum());
    for (bytes, path) in files(&least)? {
        let place = kept.join(path.file_name().unwrap_or_default());
        if bytes > room {
            break;
        }
        if !place.exists() {
            fs::copy(&path, &place)?;
            room -= bytes;
        }
    }
    Ok(())
}

/// The files of a folder, the shortest first.
fn files(folder: &Path) -> Result<Vec<(u64, PathBuf)>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        files.push((entry.metadata()?.len(), entry.path()));
    }
    files.sort();
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fuzzers_own_figures_are_read() {
        let text = "#9\tDONE\nDone 10000000 runs in 80 second(s)\nstat::number_of_executed_units: 10000000\n\
                    stat::average_exec_per_sec:     125000\nstat::slowest_unit_time_sec:    1\n";
        let one = fared("form", text, true);
        assert_eq!(one.to_string(), "form: 10,000,000 runs, 125,000 a second, slowest 1 s");
        assert!(fared("form", "ERROR: libFuzzer: deadly signal", false).to_string().contains("did not survive"));
    }
}
