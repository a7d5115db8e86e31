//! `cargo xtask windows`: the workspace built for Windows on Debian, and the desk tried under wine.
//!
//! rustup's targets are not needed: Debian's own compiler comes with the sources of the standard library, which is
//! built along. The window itself does not start under wine (it has no WebView2): see tests/windows-by-hand.md.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::channel;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use xtask::process::{run, say, step, workspace};
use xtask::setup::{self, WINDOWS};

const TARGET: &str = "x86_64-pc-windows-gnu";
const WINE: &str = "/usr/lib/wine/wine64";
const MINGW: &str = "x86_64-w64-mingw32-gcc-posix";

/// How long wine may take to bring the desk up; its first start makes a whole Windows folder.
const COMES_UP: Duration = Duration::from_secs(120);

/// The signed post of vector V1 (reference 1.3), and the account that signed it.
const SIGNED_POST: &str = include_str!("../../../../../tests/windows/signed-post.txt");
const ACCOUNT: [(&str, &str); 4] = [
    ("CALLPOP_VPBX_API_KEY", "clinicDemoKey0000000000000000001"),
    ("CALLPOP_VPBX_API_SALT", "clinicDemoSalt000000000000000001"),
    ("CALLPOP_FEED_TOKEN", "windows-trial"),
    ("CALLPOP_STORE_KEY", "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"),
];

pub(crate) fn windows() -> Result<()> {
    setup::packages(&[&WINDOWS])?;
    setup::window()?;
    step("the workspace is built for Windows", || run(&mut build()))?;
    step("callpop-desk.exe answers a signed post under wine", answers_under_wine)
}

fn build() -> Command {
    let mut cargo = Command::new("/usr/bin/cargo");
    cargo.current_dir(workspace());
    // What the rustup cargo that runs us has set would lead the other one astray.
    for variable in
        ["CARGO", "RUSTUP_TOOLCHAIN", "RUSTUP_HOME", "CARGO_MANIFEST_DIR", "CARGO_PKG_NAME", "LD_LIBRARY_PATH"]
    {
        cargo.env_remove(variable);
    }
    cargo
        .env("RUSTC", "/usr/bin/rustc")
        .env("RUSTDOC", "/usr/bin/rustdoc")
        .env("RUSTC_BOOTSTRAP", "1")
        .env("CARGO_TARGET_DIR", folder())
        .env("CARGO_INCREMENTAL", "0")
        // Nobody debugs what is built here, and its linker is slow with what a debugger wants.
        .env("CARGO_PROFILE_DEV_DEBUG", "false")
        .env("CARGO_TARGET_X86_64_PC_WINDOWS_GNU_LINKER", MINGW)
        .env("CC_x86_64_pc_windows_gnu", MINGW)
        .env("CXX_x86_64_pc_windows_gnu", "x86_64-w64-mingw32-g++-posix")
        .env("AR_x86_64_pc_windows_gnu", "x86_64-w64-mingw32-ar");
    // The tests and what runs them drive Unix programs: they have nothing to do there.
    cargo.args([
        "build",
        "--workspace",
        "--exclude",
        "callpop-tests",
        "--exclude",
        "xtask",
        "--bins",
        "--features",
        "callpop/custom-protocol",
    ]);
    cargo.args(["-Zbuild-std=std,panic_unwind", "--target", TARGET]);
    cargo
}

fn folder() -> PathBuf {
    workspace().join("target-windows")
}

fn answers_under_wine() -> Result<()> {
    let built = folder().join(TARGET).join("debug");
    let shim = built.join("bcryptprimitives.dll");
    let source = workspace().join("tests/windows/bcryptprimitives.c");
    run(Command::new(MINGW)
        .args(["-shared", "-O2", "-o"])
        .arg(&shim)
        .arg(&source)
        .args(["-ladvapi32", "-static-libgcc"]))?;

    let home = tempfile::tempdir().context("a folder for the desk")?;
    std::fs::copy(workspace().join("tests/windows/desk.toml"), home.path().join("desk.toml"))?;
    std::fs::write(home.path().join("patients.csv"), "full_name;phones\nИванова Мария;8 900 555-01-01\n")?;
    let mut command = Command::new(WINE);
    command.env("WINEPREFIX", folder().join("wine")).env("WINEDEBUG", "-all").envs(ACCOUNT);
    command.arg(built.join("callpop-desk.exe"));
    command.arg("--config").arg(windows_path(&home.path().join("desk.toml")));
    command.arg("--data-dir").arg(windows_path(&home.path().join("data")));
    let log = std::fs::File::create(home.path().join("stderr.log"))?;
    let child =
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(log).spawn().context("wine cannot be started")?;
    let mut desk = UnderWine(child);
    let listener =
        desk.ready().with_context(|| std::fs::read_to_string(home.path().join("stderr.log")).unwrap_or_default())?;

    let forged = SIGNED_POST.replace("sign=9b", "sign=00");
    for (form, wanted) in [(SIGNED_POST.trim(), 200), (forged.trim(), 403), (SIGNED_POST.trim(), 200)] {
        let status = post(&listener, form)?;
        if status != wanted {
            bail!("the desk answered {status}, not {wanted}");
        }
        say(&format!("{wanted}, as it must"));
    }
    Ok(())
}

/// Wine shows the whole file system as drive Z.
fn windows_path(path: &Path) -> String {
    format!("Z:{}", path.display()).replace('/', "\\")
}

struct UnderWine(Child);

impl UnderWine {
    /// The address in the line that says it can receive.
    fn ready(&mut self) -> Result<String> {
        let stdout = self.0.stdout.take().context("stdout is piped")?;
        let (tell, line) = channel();
        std::thread::spawn(move || {
            let mut line = String::new();
            let _ = BufReader::new(stdout).read_line(&mut line);
            let _ = tell.send(line);
        });
        let line = line.recv_timeout(COMES_UP).context("the desk said nothing")?;
        let ready: serde_json::Value =
            serde_json::from_str(&line).with_context(|| format!("its first line is {line:?}"))?;
        let listener = ready["listener"].as_str().with_context(|| format!("no listener in {line}"))?;
        Ok(listener.to_owned())
    }
}

impl Drop for UnderWine {
    fn drop(&mut self) {
        let mut server = Command::new("/usr/lib/wine/wineserver64");
        let _ = server.arg("-k").env("WINEPREFIX", folder().join("wine")).status();
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn post(listener: &str, form: &str) -> Result<u16> {
    let address = listener.strip_prefix("http://").context("the listener is http")?;
    let (host, path) = address.split_once('/').context("the listener has a path")?;
    let mut stream = TcpStream::connect(host).with_context(|| format!("{host} cannot be reached"))?;
    stream.set_read_timeout(Some(Duration::from_secs(30)))?;
    write!(
        stream,
        "POST /{path}/events/call HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\
         Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{form}",
        form.len()
    )?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    let status = answer.split(' ').nth(1).and_then(|word| word.parse().ok());
    status.with_context(|| format!("no HTTP answer: {answer:?}"))
}
