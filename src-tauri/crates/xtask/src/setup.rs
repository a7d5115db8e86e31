//! A machine made ready: system packages, the window's packages, the built window.
//! Looks first, and does nothing where everything is there.

use std::path::Path;
use std::process::Command;
use std::time::SystemTime;

use anyhow::{Result, bail};

use crate::process::{exists, npm, output, run, say, step, workspace};

/// What the system must have for one purpose.
pub struct Packages {
    /// For the person at the terminal: "to build the app".
    pub purpose: &'static str,
    /// Their names in Debian and Ubuntu.
    pub debian: &'static [&'static str],
    /// Programs that are missing where they are.
    pub programs: &'static [&'static str],
    /// Libraries, by their pkg-config names.
    pub libraries: &'static [&'static str],
}

/// To build the app.
pub const BUILD: Packages = Packages {
    purpose: "to build the app",
    debian: &[
        "build-essential",
        "libayatana-appindicator3-dev",
        "libdbus-1-dev",
        "librsvg2-dev",
        "libwebkit2gtk-4.1-dev",
        "perl",
        "pkg-config",
    ],
    programs: &["cc", "make", "perl", "pkg-config"],
    libraries: &["webkit2gtk-4.1", "gtk+-3.0", "dbus-1", "ayatana-appindicator3-0.1"],
};

/// To run and test it without a screen.
pub const HEADLESS: Packages = Packages {
    purpose: "to run and test it without a screen",
    debian: &[
        "dbus",
        "dunst",
        "fonts-dejavu-core",
        "fonts-noto-color-emoji",
        "fonts-noto-core",
        "gnome-keyring",
        "imagemagick",
        "libsecret-tools",
        "openbox",
        "webkit2gtk-driver",
        "wmctrl",
        "x11-utils",
        "xauth",
        "xclip",
        "xdotool",
        "xvfb",
    ],
    programs: &[
        "Xvfb",
        "dbus-daemon",
        "gnome-keyring-daemon",
        "import",
        "openbox",
        "secret-tool",
        "WebKitWebDriver",
        "xclip",
        "xdotool",
        "xprop",
    ],
    libraries: &[],
};

/// To measure the desk beside a Python server.
pub const PYTHON: Packages = Packages {
    purpose: "to measure the desk beside a Python server",
    debian: &["python3", "python3-venv"],
    programs: &["python3"],
    libraries: &[],
};

/// To prove what it does when its disk, its power or its clock fails.
pub const FAULTS: Packages = Packages {
    purpose: "to prove what it does when its disk, its power or its clock fails",
    debian: &["faketime", "strace"],
    programs: &["faketime", "strace"],
    libraries: &[],
};

/// To test the pages in a browser.
pub const BROWSER: Packages = Packages {
    purpose: "to test the pages in a browser",
    debian: &["chromium"],
    programs: &["chromium"],
    libraries: &[],
};

/// To build for Windows and try it.
pub const WINDOWS: Packages = Packages {
    purpose: "to build for Windows and try it",
    debian: &[
        "binutils-mingw-w64-x86-64",
        "cargo-web",
        "g++-mingw-w64-x86-64-posix",
        "gcc-mingw-w64-x86-64-posix",
        "perl",
        "rust-web-src",
        "rustc-web",
        "wine64",
    ],
    programs: &["x86_64-w64-mingw32-gcc-posix"],
    libraries: &[],
};

/// Makes sure of the packages for these purposes: installs them on Debian and Ubuntu, elsewhere names what is missing.
///
/// # Errors
/// Something is missing that cannot be installed.
pub fn packages(wanted: &[&Packages]) -> Result<()> {
    if cfg!(not(target_os = "linux")) {
        return Ok(());
    }
    if is_debian() { install(wanted) } else { name_missing(wanted) }
}

/// Makes sure that `ui/dist` is the built window.
///
/// # Errors
/// Node is missing or too old, or the build fails.
pub fn window() -> Result<()> {
    window_packages()?;
    let ui = workspace().join("ui");
    let made = ["node_modules", "dist", "screenshots", "test-results", "tests"];
    let entries = std::fs::read_dir(&ui)?.flatten();
    let sources = entries.filter(|entry| !made.iter().any(|name| entry.file_name() == *name));
    let newest = sources.filter_map(|entry| newest(&entry.path())).max();
    let built = modified(&ui.join("dist/index.html"));
    if built.is_some() && built >= newest {
        return Ok(());
    }
    step("the window is built (npm run build)", || run(&mut npm(&["run", "build"])))
}

/// Makes sure of `ui/node_modules`.
///
/// # Errors
/// Node is missing or too old, or npm fails.
pub fn window_packages() -> Result<()> {
    node()?;
    let ui = workspace().join("ui");
    let installed = modified(&ui.join("node_modules/.package-lock.json"));
    if installed.is_some() && installed >= modified(&ui.join("package-lock.json")) {
        return Ok(());
    }
    step("the window's packages are installed (npm ci)", || run(&mut npm(&["ci", "--no-audit", "--no-fund"])))
}

/// The oldest Node that the window's tools run on.
const NODE: (u32, u32) = (20, 19);

fn node() -> Result<()> {
    let advice = format!("install Node.js {}.{} or newer (https://nodejs.org), with npm", NODE.0, NODE.1);
    let Ok(version) = output(Command::new("node").arg("--version")) else {
        bail!("Node.js is missing: the window is built with it; {advice}");
    };
    if !exists("npm") {
        bail!("npm is missing: the window's packages come with it; {advice}");
    }
    let numbers: Vec<u32> =
        version.trim().trim_start_matches('v').split('.').filter_map(|part| part.parse().ok()).collect();
    let [major, minor, ..] = numbers[..] else { bail!("`node --version` says {version:?}; {advice}") };
    if (major, minor) < NODE {
        bail!("Node.js {} is too old; {advice}", version.trim());
    }
    Ok(())
}

fn is_debian() -> bool {
    let about = std::fs::read_to_string("/etc/os-release").unwrap_or_default();
    exists("apt-get")
        && about
            .lines()
            .filter(|line| line.starts_with("ID=") || line.starts_with("ID_LIKE="))
            .any(|line| line.contains("debian") || line.contains("ubuntu"))
}

fn install(wanted: &[&Packages]) -> Result<()> {
    let mut missing = Vec::new();
    for packages in wanted {
        let absent: Vec<&str> = packages.debian.iter().copied().filter(|name| !is_installed(name)).collect();
        if !absent.is_empty() {
            say(&format!("Missing {}: {}", packages.purpose, absent.join(", ")));
            missing.extend(absent);
        }
    }
    if missing.is_empty() {
        return Ok(());
    }
    missing.sort_unstable();
    missing.dedup();
    step("system packages are installed (apt-get)", || {
        run(apt()?.args(["update", "-q"]))?;
        run(apt()?.args(["install", "-q", "-y", "--no-install-recommends"]).args(&missing))
    })
}

fn is_installed(package: &str) -> bool {
    let mut ask = Command::new("dpkg-query");
    ask.args(["--show", "--showformat=${db:Status-Status} ", package]);
    output(&mut ask).is_ok_and(|status| status.split(' ').any(|word| word == "installed"))
}

fn apt() -> Result<Command> {
    let is_root = output(Command::new("id").arg("-u")).is_ok_and(|id| id.trim() == "0");
    let mut command = if is_root {
        Command::new("apt-get")
    } else if exists("sudo") {
        let mut sudo = Command::new("sudo");
        sudo.args(["DEBIAN_FRONTEND=noninteractive", "apt-get"]);
        sudo
    } else {
        bail!("installing needs root or sudo: run the same command as root, or install the packages named above");
    };
    command.env("DEBIAN_FRONTEND", "noninteractive");
    Ok(command)
}

fn name_missing(wanted: &[&Packages]) -> Result<()> {
    let mut missing = Vec::new();
    for packages in wanted {
        let programs = packages.programs.iter().filter(|name| !exists(name)).map(|name| format!("the program {name}"));
        let libraries =
            packages.libraries.iter().filter(|name| !has_library(name)).map(|name| format!("the library {name}"));
        let absent: Vec<String> = programs.chain(libraries).collect();
        if !absent.is_empty() {
            let names = packages.debian.join(", ");
            missing.push(format!("{}: {} (Debian's packages for it: {names})", packages.purpose, absent.join(", ")));
        }
    }
    if missing.is_empty() {
        return Ok(());
    }
    bail!("this is not Debian or Ubuntu, so please install what is missing\n  {}", missing.join("\n  "))
}

fn has_library(name: &str) -> bool {
    Command::new("pkg-config").args(["--exists", name]).status().is_ok_and(|status| status.success())
}

fn modified(path: &Path) -> Option<SystemTime> {
    path.metadata().and_then(|meta| meta.modified()).ok()
}

fn newest(path: &Path) -> Option<SystemTime> {
    if path.is_dir() { newest_in(path) } else { modified(path) }
}

fn newest_in(folder: &Path) -> Option<SystemTime> {
    std::fs::read_dir(folder).ok()?.flatten().filter_map(|entry| newest(&entry.path())).max()
}
