//! A private desktop without a screen: X server, D-Bus session, window manager, unlocked keyring, home folder.
//! What runs in it meets nothing of the person who runs it, and nothing of an earlier run.

use std::ffi::{OsStr, OsString};
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use tempfile::TempDir;

/// How long a part of the desktop may take to come up.
const COMES_UP: Duration = Duration::from_secs(20);

/// The programs that a desktop is made of.
pub const PROGRAMS: [&str; 6] = ["Xvfb", "dbus-daemon", "dbus-send", "openbox", "xprop", "gnome-keyring-daemon"];

/// A running private desktop. Dropping it ends all of it.
pub struct Desktop {
    parts: Vec<Child>,
    variables: Vec<(&'static str, OsString)>,
    home: TempDir,
}

impl Desktop {
    /// Starts all parts and waits until each can be used.
    ///
    /// # Errors
    /// A program is missing, or a part does not come up.
    pub fn start() -> Result<Desktop> {
        let home = TempDir::with_prefix("callpop-desktop-").context("a folder for the desktop")?;
        let run = home.path().join("run");
        std::fs::create_dir(&run).context("the run folder of the desktop")?;
        owner_only(&run)?;
        // What a killed program leaves goes with the desktop.
        let temporary = home.path().join("tmp");
        std::fs::create_dir(&temporary).context("the temporary folder of the desktop")?;
        let at = |name: &str| home.path().join(name).into_os_string();
        let mut variables = vec![
            ("HOME", home.path().as_os_str().to_owned()),
            ("TMPDIR", temporary.into_os_string()),
            ("XDG_RUNTIME_DIR", run.into_os_string()),
            ("XDG_CONFIG_HOME", at(".config")),
            ("XDG_DATA_HOME", at(".local/share")),
            ("XDG_CACHE_HOME", at(".cache")),
            ("GDK_BACKEND", "x11".into()),
            ("LANG", "C.UTF-8".into()),
            ("NO_AT_BRIDGE", "1".into()),
        ];
        for (name, folder) in [("CARGO_HOME", ".cargo"), ("RUSTUP_HOME", ".rustup")] {
            let usual = std::env::home_dir().map(|home| home.join(folder).into_os_string());
            if let Some(kept) = std::env::var_os(name).or(usual) {
                variables.push((name, kept));
            }
        }
        let mut desktop = Desktop { parts: Vec::new(), variables, home };
        desktop.start_screen()?;
        desktop.start_bus()?;
        desktop.start_window_manager()?;
        desktop.start_keyring()?;
        Ok(desktop)
    }

    /// Makes a command run in this desktop.
    pub fn host<'c>(&self, command: &'c mut Command) -> &'c mut Command {
        command.env_remove("WAYLAND_DISPLAY").envs(self.variables.iter().map(|(name, value)| (name, value)))
    }

    /// A command that runs in this desktop.
    pub fn command(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = Command::new(program);
        self.host(&mut command);
        command
    }

    /// The home folder of whoever works at this desktop.
    pub fn home(&self) -> &Path {
        self.home.path()
    }

    /// Saves what is on the screen as a PNG.
    ///
    /// # Errors
    /// ImageMagick is missing or fails.
    pub fn screenshot(&self, to: &Path) -> Result<()> {
        let mut import = self.command("import");
        super::process::run(import.args(["-window", "root"]).arg(to))
    }

    fn start_screen(&mut self) -> Result<()> {
        let mut server = self.command("Xvfb");
        server.args(["-displayfd", "1", "-screen", "0", "1280x800x24", "-nolisten", "tcp", "-noreset"]);
        let number = self.start_and_read(&mut server)?;
        self.variables.push(("DISPLAY", format!(":{number}").into()));
        Ok(())
    }

    fn start_bus(&mut self) -> Result<()> {
        let mut bus = self.command("dbus-daemon");
        bus.args(["--session", "--nofork", "--nopidfile", "--print-address=1"]);
        let address = self.start_and_read(&mut bus)?;
        self.variables.push(("DBUS_SESSION_BUS_ADDRESS", address.into()));
        Ok(())
    }

    fn start_window_manager(&mut self) -> Result<()> {
        let mut openbox = self.command("openbox");
        self.start_part(&mut openbox)?;
        self.until("the window manager", || {
            let mut ask = self.command("xprop");
            let answer = super::process::output(ask.args(["-root", "_NET_SUPPORTING_WM_CHECK"]));
            answer.is_ok_and(|text| text.contains("window id"))
        })
    }

    fn start_keyring(&mut self) -> Result<()> {
        let mut keyring = self.command("gnome-keyring-daemon");
        keyring.args(["--foreground", "--unlock", "--components=secrets"]).stdin(Stdio::piped());
        let mut part = keyring
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .context("gnome-keyring-daemon cannot be started")?;
        if let Some(mut password) = part.stdin.take() {
            password.write_all(b"tests\n").context("the keyring takes its password")?;
        }
        self.parts.push(part);
        self.until("the keyring", || {
            let mut ask = self.command("dbus-send");
            ask.args(["--session", "--print-reply", "--dest=org.freedesktop.DBus", "/org/freedesktop/DBus"]);
            ask.args(["org.freedesktop.DBus.NameHasOwner", "string:org.freedesktop.secrets"]);
            super::process::output(&mut ask).is_ok_and(|text| text.contains("boolean true"))
        })
    }

    fn start_part(&mut self, command: &mut Command) -> Result<()> {
        let program = PathBuf::from(command.get_program());
        let part = command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .with_context(|| format!("{} cannot be started", program.display()))?;
        self.parts.push(part);
        Ok(())
    }

    /// Starts a part that tells on its first line how it is to be reached.
    fn start_and_read(&mut self, command: &mut Command) -> Result<String> {
        let program = PathBuf::from(command.get_program());
        let mut part = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .with_context(|| format!("{} cannot be started", program.display()))?;
        let stdout = part.stdout.take();
        self.parts.push(part);
        let mut line = String::new();
        BufReader::new(stdout.context("stdout is piped")?).read_line(&mut line)?;
        let line = line.trim();
        if line.is_empty() {
            bail!("{} ended before it was ready", program.display());
        }
        Ok(line.to_owned())
    }

    fn until(&self, what: &str, is_there: impl Fn() -> bool) -> Result<()> {
        let deadline = Instant::now() + COMES_UP;
        while !is_there() {
            if Instant::now() > deadline {
                bail!("{what} did not come up within {COMES_UP:?}");
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        Ok(())
    }
}

impl Drop for Desktop {
    fn drop(&mut self) {
        // The last started goes first, so that nobody loses the screen under its feet.
        for part in self.parts.iter_mut().rev() {
            let _ = part.kill();
            let _ = part.wait();
        }
    }
}

#[cfg(unix)]
fn owner_only(folder: &Path) -> Result<()> {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(folder, std::fs::Permissions::from_mode(0o700)).context("the run folder's rights")
}

#[cfg(not(unix))]
fn owner_only(_folder: &Path) -> Result<()> {
    bail!("a private desktop needs an X server")
}
