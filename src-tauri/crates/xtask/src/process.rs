//! Other programs: run, timed, listened to. And the one place that prints.

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::{Context, Result, bail};

/// The root of the workspace.
pub fn workspace() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.ancestors().nth(3).unwrap_or(here).to_owned()
}

/// Tells the person at the terminal.
#[expect(clippy::print_stdout, reason = "this is a command line program")]
pub fn say(text: &str) {
    println!("{text}");
}

/// The cargo that runs us.
pub fn cargo() -> Command {
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.current_dir(workspace());
    // Set by the outer cargo for xtask alone: an inner cargo would take them for its own package.
    for variable in ["CARGO_MANIFEST_DIR", "CARGO_PKG_NAME", "CARGO_PKG_VERSION", "TS_RS_EXPORT_DIR"] {
        cargo.env_remove(variable);
    }
    cargo
}

/// npm in the folder `ui`.
pub fn npm(arguments: &[&str]) -> Command {
    let mut npm = Command::new(if cfg!(windows) { "npm.cmd" } else { "npm" });
    npm.args(arguments).current_dir(workspace().join("ui")).env("NO_COLOR", "1").env_remove("FORCE_COLOR");
    npm
}

/// Runs a command to its end; its output goes to the terminal.
///
/// # Errors
/// It cannot be started, or it fails.
pub fn run(command: &mut Command) -> Result<()> {
    let words = describe(command);
    let status = command.status().with_context(|| format!("{words}: cannot be started"))?;
    if !status.success() {
        bail!("{words}: {status}");
    }
    Ok(())
}

/// Runs a command to its end and shows what it says line by line, and returns it too.
///
/// # Errors
/// It cannot be started. How it ended is the second value.
pub fn run_and_keep(command: &mut Command) -> Result<(String, bool)> {
    let words = describe(command);
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .with_context(|| format!("{words}: cannot be started"))?;
    let stderr = child.stderr.take().context("stderr is piped")?;
    let reader = std::thread::spawn(move || show_and_keep(BufReader::new(stderr)));
    let stdout = child.stdout.take().context("stdout is piped")?;
    let mut text = show_and_keep(BufReader::new(stdout));
    text.push_str(&reader.join().unwrap_or_default());
    let status = child.wait().with_context(|| format!("{words}: cannot be waited for"))?;
    Ok((text, status.success()))
}

/// What a command says on stdout.
///
/// # Errors
/// It cannot be started, or it fails.
pub fn output(command: &mut Command) -> Result<String> {
    let words = describe(command);
    let output = command.stderr(Stdio::null()).output().with_context(|| format!("{words}: cannot be started"))?;
    if !output.status.success() {
        bail!("{words}: {}", output.status);
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Whether a program of this name can be started.
pub fn exists(program: &str) -> bool {
    let Some(path) = std::env::var_os("PATH") else {
        return false;
    };
    std::env::split_paths(&path)
        .any(|folder| folder.join(program).is_file() || folder.join(format!("{program}.exe")).is_file())
}

/// Does one step, says its name before and how long it took after.
///
/// # Errors
/// Those of the step.
pub fn step<T>(name: &str, work: impl FnOnce() -> Result<T>) -> Result<T> {
    say(&format!("\n==> {name}"));
    let begun = Instant::now();
    let done = work();
    let word = if done.is_ok() { "done" } else { "FAILED" };
    say(&format!("<== {name}: {word} in {:.1} s", begun.elapsed().as_secs_f32()));
    done
}

fn show_and_keep(lines: impl BufRead) -> String {
    let mut kept = String::new();
    let mut terminal = std::io::stdout();
    for line in lines.split(b'\n').map_while(|line| line.ok()) {
        let line = String::from_utf8_lossy(&line);
        let _ = writeln!(terminal, "{line}");
        kept.push_str(&line);
        kept.push('\n');
    }
    kept
}

fn describe(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    words.map(|word| word.to_string_lossy()).collect::<Vec<_>>().join(" ")
}
