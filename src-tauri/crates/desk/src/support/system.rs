//! The system this program runs on, in words.

/// `Linux (Ubuntu 24.04.2 LTS), x86_64`. Reads a small file; names no user and no computer.
pub(crate) fn system() -> String {
    let architecture = std::env::consts::ARCH;
    match distribution() {
        Some(name) => format!("{} ({name}), {architecture}", std::env::consts::OS),
        None => format!("{}, {architecture}", std::env::consts::OS),
    }
}

#[cfg(unix)]
fn distribution() -> Option<String> {
    let text = std::fs::read_to_string("/etc/os-release").ok()?;
    let name = text.lines().find_map(|line| line.strip_prefix("PRETTY_NAME="))?;
    Some(name.trim_matches('"').chars().take(100).collect())
}

/// `6.1.7601` and the like stand in the program's manifest only for old systems; the kind is what matters here.
#[cfg(not(unix))]
fn distribution() -> Option<String> {
    std::env::var("OS").ok().map(|name| name.chars().take(100).collect())
}
