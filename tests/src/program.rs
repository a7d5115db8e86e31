use std::ffi::OsStr;
use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use rustix::process::{Pid, Signal, kill_process};

use crate::patience;

/// The root of the workspace.
pub fn workspace() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("tests/ is a folder of the workspace")
}

/// The path of a program of the workspace, built first when it is missing or older than its sources.
/// `CALLPOP_BIN_DIR` names a folder of finished programs and switches the building off.
pub fn program(name: &str) -> PathBuf {
    static UP_TO_DATE: OnceLock<Mutex<Vec<String>>> = OnceLock::new();
    if let Some(folder) = std::env::var_os("CALLPOP_BIN_DIR") {
        return PathBuf::from(folder).join(name);
    }
    let path = beside_this_test().join(name);
    let mut known = UP_TO_DATE.get_or_init(Mutex::default).lock().unwrap_or_else(PoisonError::into_inner);
    if !known.iter().any(|done| done == name) {
        if is_stale(&path) {
            build(name);
        }
        known.push(name.to_owned());
    }
    path
}

/// `target/<profile>`: two folders above the running test.
fn beside_this_test() -> PathBuf {
    let this = std::env::current_exe().expect("a running program knows its path");
    let folder = this.parent().expect("a program lies in a folder");
    if folder.ends_with("deps") { folder.parent().unwrap_or(folder).to_owned() } else { folder.to_owned() }
}

fn is_stale(program: &Path) -> bool {
    let Ok(built) = program.metadata().and_then(|meta| meta.modified()) else {
        return true;
    };
    newest_source(&workspace().join("src-tauri")) > built
}

fn newest_source(folder: &Path) -> SystemTime {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    entries
        .filter_map(|entry| {
            let path = entry.path();
            let is_source = path.extension().is_some_and(|kind| kind == "rs" || kind == "toml" || kind == "csv");
            let skipped = path.ends_with("xtask") || path.ends_with("tests") || path.ends_with("gen");
            match entry.file_type().ok()? {
                kind if kind.is_dir() && !skipped => Some(newest_source(&path)),
                kind if kind.is_file() && is_source => entry.metadata().ok()?.modified().ok(),
                _ => None,
            }
        })
        .max()
        .unwrap_or(SystemTime::UNIX_EPOCH)
}

fn build(name: &str) {
    let package = match name {
        "callpop-desk" => "desk",
        "callpop-pbx" => "rehearsal",
        other => other,
    };
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.current_dir(workspace()).args(["build", "--quiet", "--package", package, "--bin", name]);
    if name == "callpop" {
        cargo.args(["--features", "custom-protocol"]);
    }
    if !beside_this_test().ends_with("debug") {
        cargo.args(["--profile", "bench"]);
    }
    let status = cargo.status().expect("cargo starts");
    assert!(status.success(), "cargo could not build {name}");
}

/// A program that ended, with what it said.
#[derive(Debug)]
pub struct Exited {
    /// Its exit code; `None` after a signal.
    pub code: Option<i32>,
    /// Its lines on stdout.
    pub stdout: Vec<String>,
    /// All of stderr.
    pub stderr: String,
}

/// A running program. Dropping it kills it.
pub struct Program {
    name: String,
    child: Child,
    lines: Receiver<String>,
    all_lines: Arc<Mutex<Vec<String>>>,
    log: PathBuf,
}

impl Program {
    /// Starts a command; its stderr is appended to the file `log`.
    pub fn start(command: &mut Command, log: &Path) -> Program {
        let name =
            Path::new(command.get_program()).file_name().unwrap_or(OsStr::new("?")).to_string_lossy().into_owned();
        let stderr = File::options().create(true).append(true).open(log).expect("the log file opens");
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(stderr)
            .spawn()
            .unwrap_or_else(|error| panic!("{name} starts: {error}"));
        let stdout = child.stdout.take().expect("stdout is piped");
        let (sender, lines) = channel();
        let all_lines = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&all_lines);
        std::thread::spawn(move || {
            for line in BufReader::new(stdout).lines().map_while(Result::ok) {
                kept.lock().unwrap_or_else(PoisonError::into_inner).push(line.clone());
                let _ = sender.send(line);
            }
        });
        Program { name, child, lines, all_lines, log: log.to_owned() }
    }

    /// The process id.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// The next line on stdout; panics, with the log, when the program ends or stays silent.
    pub fn next_line(&mut self, within: Duration) -> String {
        match self.lines.recv_timeout(within) {
            Ok(line) => line,
            Err(RecvTimeoutError::Timeout) => {
                panic!("{} said nothing in {within:?}; its log:\n{}", self.name, self.log())
            }
            Err(RecvTimeoutError::Disconnected) => {
                let status = self.child.wait();
                panic!("{} ended: {status:?}; its log:\n{}", self.name, self.log())
            }
        }
    }

    /// Every line on stdout so far.
    pub fn stdout(&self) -> Vec<String> {
        self.all_lines.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// What it wrote to stderr so far.
    pub fn log(&self) -> String {
        let mut text = Vec::new();
        if let Ok(mut file) = File::open(&self.log) {
            let _ = file.read_to_end(&mut text);
        }
        String::from_utf8_lossy(&text).into_owned()
    }

    /// Asks it to end (SIGTERM) and waits.
    pub fn terminate(&mut self) -> ExitStatus {
        self.signal(Signal::TERM);
        self.wait()
    }

    /// Ends it as a power cut would (SIGKILL).
    pub fn kill(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    /// Sends a signal.
    pub fn signal(&self, signal: Signal) {
        let id = Pid::from_raw(self.child.id().cast_signed()).expect("a process id is not zero");
        kill_process(id, signal).expect("our own child can be signalled");
    }

    /// Whether it still runs.
    pub fn is_running(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }

    /// Waits for the end; panics, with the log, when patience ends first.
    pub fn wait(&mut self) -> ExitStatus {
        self.wait_within(patience() * 2)
    }

    fn wait_within(&mut self, within: Duration) -> ExitStatus {
        let deadline = Instant::now() + within;
        loop {
            if let Some(status) = self.child.try_wait().expect("our own child can be waited for") {
                return status;
            }
            assert!(Instant::now() < deadline, "{} did not end; its log:\n{}", self.name, self.log());
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// Waits for the end and tells what was said.
    pub fn into_exited(self) -> Exited {
        self.into_exited_within(patience() * 2)
    }

    /// The same with a patience of its own.
    pub fn into_exited_within(mut self, within: Duration) -> Exited {
        let code = self.wait_within(within).code();
        // The reader of stdout ends with the pipe.
        while self.lines.recv_timeout(patience()).is_ok() {}
        Exited { code, stdout: self.stdout(), stderr: self.log() }
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        self.kill();
        if std::thread::panicking() {
            let log = self.log();
            let tail: Vec<&str> = log.lines().rev().take(30).collect();
            let tail: Vec<&str> = tail.into_iter().rev().collect();
            let message = format!("--- the last lines of {}:\n{}\n", self.name, tail.join("\n"));
            let _ = std::io::Write::write_all(&mut std::io::stderr(), message.as_bytes());
        }
    }
}
