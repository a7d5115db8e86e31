//! A private PostgreSQL: its own folder, port and socket, ended when the test lets go of it.

#![allow(dead_code, reason = "each program of tests uses its own part")]

use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::chown;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

/// Where Debian keeps the programs of PostgreSQL 15.
const USUAL_PROGRAMS: &str = "/usr/lib/postgresql/15/bin";
/// PostgreSQL refuses to run as root; this user owns nothing.
const NOBODY: u32 = 65534;
/// How long a server may take to answer on a busy machine.
pub(crate) const START: Duration = Duration::from_secs(60);

/// A running server; `trust` lets everybody in from this machine.
#[derive(Debug)]
pub(crate) struct Postgres {
    folder: TempDir,
    server: Child,
    /// On 127.0.0.1.
    pub(crate) port: u16,
}

/// The folder of `postgres`, `initdb`, …
///
/// Panics with what to do when they are not there: a test that cannot run must not pass.
pub(crate) fn programs() -> PathBuf {
    let folder = std::env::var_os("CALLPOP_POSTGRES").map_or_else(|| PathBuf::from(USUAL_PROGRAMS), PathBuf::from);
    assert!(
        folder.join("initdb").is_file(),
        "PostgreSQL is not in {}: `cargo xtask test` installs it, or CALLPOP_POSTGRES names its bin folder",
        folder.display()
    );
    folder
}

/// What `postgres --version` says, as a part of a file's name: `15.18`.
pub(crate) fn version() -> String {
    let said = run(Command::new(programs().join("postgres")).arg("--version"));
    said.split_whitespace().nth(2).unwrap_or("unknown").to_owned()
}

impl Postgres {
    /// An empty cluster; its superuser is `gnuhealth`.
    pub(crate) fn new() -> Postgres {
        Postgres::start(|data| {
            run(as_nobody(&mut Command::new(programs().join("initdb")))
                .args(["-A", "trust", "-U", "gnuhealth", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync", "-D"])
                .arg(data));
        })
    }

    /// A copy of a cluster's folder that is not in use.
    pub(crate) fn copy_of(template: &Path) -> Postgres {
        Postgres::start(|data| copy(template, data))
    }

    fn start(prepare: impl FnOnce(&Path)) -> Postgres {
        // Where sockets live the path must be short, and the other user must get there.
        let folder = tempfile::Builder::new().prefix("callpop-pg-").tempdir_in("/tmp").unwrap();
        if is_root() {
            chown(folder.path(), Some(NOBODY), Some(NOBODY)).unwrap();
        }
        let data = folder.path().join("data");
        prepare(&data);
        let port = free_port();
        let log = fs::File::create(folder.path().join("log")).unwrap();
        let server = as_nobody(&mut Command::new(programs().join("postgres")))
            .arg("-D")
            .arg(&data)
            .arg("-k")
            .arg(folder.path())
            .args(["-h", "127.0.0.1", "-p", &port.to_string()])
            // A test's data may be lost with the machine.
            .args(["-c", "fsync=off", "-c", "synchronous_commit=off", "-c", "full_page_writes=off"])
            .stdin(Stdio::null())
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .spawn()
            .unwrap();
        let mut postgres = Postgres { folder, server, port };
        postgres.wait();
        postgres
    }

    fn wait(&mut self) {
        let deadline = Instant::now() + START;
        loop {
            let mut ready = Command::new(programs().join("pg_isready"));
            ready.args(["-q", "-h", "127.0.0.1", "-p", &self.port.to_string()]);
            if ready.status().unwrap().success() {
                return;
            }
            let ended = self.server.try_wait().unwrap();
            if ended.is_some() || Instant::now() > deadline {
                panic!("PostgreSQL did not start: {}", self.log());
            }
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// `postgres://role@127.0.0.1:port/database`
    pub(crate) fn url(&self, role: &str, database: &str) -> String {
        format!("postgres://{role}@127.0.0.1:{}/{database}", self.port)
    }

    /// Runs statements as a superuser; any error ends the test.
    pub(crate) fn sql(&self, database: &str, statements: &str) -> String {
        let file = self.folder.path().join("statements.sql");
        fs::write(&file, statements).unwrap();
        run(Command::new(programs().join("psql"))
            .args(["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-f"])
            .arg(&file)
            .arg(self.url("gnuhealth", database)))
    }

    /// Who is let in how, in the words of `pg_hba.conf`, from the next connection on.
    pub(crate) fn let_in(&self, rules: &str) {
        fs::write(self.folder.path().join("data/pg_hba.conf"), rules).unwrap();
        self.sql("postgres", "select pg_reload_conf()");
    }

    /// Speaks TLS from the next connection on.
    pub(crate) fn encrypt(&self, certificate: &str, key: &str) {
        use std::os::unix::fs::PermissionsExt as _;
        for (name, text) in [("server.crt", certificate), ("server.key", key)] {
            let path = self.folder.path().join("data").join(name);
            fs::write(&path, text).unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
            if is_root() {
                chown(&path, Some(NOBODY), Some(NOBODY)).unwrap();
            }
        }
        self.sql("postgres", "alter system set ssl = on");
        self.sql("postgres", "select pg_reload_conf()");
    }

    /// The server stops answering, without ending: as a machine that hangs. [`Postgres::thaw`] wakes it.
    pub(crate) fn freeze(&self) {
        self.signal("-STOP");
    }

    /// It goes on where it stopped.
    pub(crate) fn thaw(&self) {
        self.signal("-CONT");
    }

    /// To the server and the processes of its connections, each by its id.
    fn signal(&self, signal: &str) {
        let postmaster = self.server.id().to_string();
        let found = Command::new("ps").args(["-o", "pid=", "--ppid", &postmaster]).output().unwrap();
        let mut ids = vec![postmaster];
        ids.extend(String::from_utf8_lossy(&found.stdout).split_whitespace().map(str::to_owned));
        run(Command::new("kill").arg(signal).args(ids));
    }

    /// Ends the server in an orderly way and keeps a copy of its folder.
    pub(crate) fn keep(mut self, at: &Path) {
        self.stop("fast");
        copy(&self.folder.path().join("data"), at);
    }

    fn stop(&mut self, mode: &str) {
        if self.server.try_wait().is_ok_and(|ended| ended.is_some()) {
            return;
        }
        let mut stop = Command::new(programs().join("pg_ctl"));
        let data = self.folder.path().join("data");
        let asked = as_nobody(&mut stop).args(["stop", "-w", "-t", "20", "-m", mode, "-D"]).arg(data).output();
        if asked.is_err() {
            let _ = self.server.kill();
        }
        let _ = self.server.wait();
    }

    fn log(&self) -> String {
        fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        self.stop("immediate");
    }
}

/// A port that was free a moment ago.
pub(crate) fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// Runs it to its end and returns what it printed; a failure ends the test with what it said.
pub(crate) fn run(command: &mut Command) -> String {
    let program = command.get_program().to_string_lossy().into_owned();
    let output = command.stdin(Stdio::null()).output().unwrap_or_else(|error| panic!("{program}: {error}"));
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{program} failed: {said}{}", String::from_utf8_lossy(&output.stderr));
    said
}

/// A copy that belongs to the user the server runs as.
fn copy(from: &Path, to: &Path) {
    run(Command::new("cp").args(["-a", "--reflink=auto"]).arg(from).arg(to));
}

fn is_root() -> bool {
    use std::os::unix::fs::MetadataExt as _;
    fs::metadata("/proc/self").is_ok_and(|process| process.uid() == 0)
}

fn as_nobody(command: &mut Command) -> &mut Command {
    let command = command.current_dir("/tmp");
    if is_root() { command.uid(NOBODY).gid(NOBODY) } else { command }
}
