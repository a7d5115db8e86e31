use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

use callpop_tests::workspace;
use serde_json::Value;

/// Our packages, with the names of what each needs to be built (not to be tested).
fn dependencies() -> BTreeMap<String, BTreeSet<String>> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command.current_dir(workspace()).args(["metadata", "--format-version", "1", "--no-deps", "--offline"]);
    let output = command.output().expect("cargo metadata runs");
    let metadata: Value = serde_json::from_slice(&output.stdout).expect("cargo metadata is JSON");
    let packages = metadata["packages"].as_array().expect("packages");
    packages
        .iter()
        .map(|package| {
            let needs = package["dependencies"]
                .as_array()
                .expect("dependencies")
                .iter()
                .filter(|needed| needed["kind"] != "dev");
            let names = needs.filter(|needed| needed["optional"] == false).map(|needed| text(&needed["name"]));
            (text(&package["name"]), names.collect())
        })
        .collect()
}

fn text(value: &Value) -> String {
    value.as_str().expect("a text").to_owned()
}

#[test]
fn arrows_point_down_only() {
    let allowed: BTreeMap<&str, &[&str]> = BTreeMap::from([
        ("phone", &[][..]),
        ("mango-vpbx", &[]),
        ("wire", &[]),
        ("calls", &["phone"]),
        ("directory", &["phone"]),
        ("desk", &["phone", "mango-vpbx", "calls", "directory", "wire"]),
        ("rehearsal", &["mango-vpbx"]),
        ("callpop", &["phone", "mango-vpbx", "directory", "wire", "desk", "rehearsal"]),
        ("callpop-tests", &["wire", "xtask"]),
        ("xtask", &[]),
    ]);
    let packages = dependencies();
    for (package, needs) in &packages {
        let allowed = allowed.get(package.as_str()).unwrap_or_else(|| panic!("{package} has no place in the house"));
        for ours in needs.iter().filter(|name| packages.contains_key(*name)) {
            assert!(allowed.contains(&ours.as_str()), "{package} must not know {ours}");
        }
    }
}

#[test]
fn only_the_shell_knows_the_desktop() {
    for (package, needs) in dependencies() {
        let desktop = needs.iter().find(|name| name.starts_with("tauri") || *name == "notify-rust");
        assert!(package == "callpop" || desktop.is_none(), "{package} depends on {desktop:?}");
    }
}

#[test]
fn the_pure_crates_wait_for_nothing() {
    let packages = dependencies();
    for package in ["phone", "mango-vpbx", "calls", "wire"] {
        for heavy in ["tokio", "axum", "hyper", "reqwest", "rusqlite"] {
            assert!(!packages[package].contains(heavy), "{package} depends on {heavy}");
        }
    }
}

#[test]
fn only_the_feeds_words_are_exported() {
    for (package, needs) in dependencies() {
        assert!(package == "wire" || !needs.contains("ts-rs"), "{package} depends on ts-rs");
    }
    for package in ["calls", "phone"] {
        assert!(!dependencies()[package].contains("serde"), "{package} is not written to any wire");
    }
}

#[test]
fn the_pure_crates_never_ask_the_clock() {
    for folder in ["phone", "mango", "calls", "wire"] {
        for file in sources(&workspace().join("src-tauri/crates").join(folder).join("src")) {
            // The client of the command API waits and measures; it is behind a feature.
            if file.components().any(|part| part.as_os_str().to_string_lossy().starts_with("client")) {
                continue;
            }
            let source = read(&file);
            for clock in ["Instant::now", "SystemTime::now", "Timestamp::now", "Zoned::now"] {
                let code = source.split("#[cfg(test)]").next().unwrap_or_default();
                assert!(!code.contains(clock), "{} asks {clock}", file.display());
            }
        }
    }
}

#[test]
fn nothing_is_left_for_later_and_no_machine_is_named() {
    // Written apart, so that this file does not name them.
    let words = [
        ["TO", "DO"],
        ["FIX", "ME"],
        ["unimpl", "emented!"],
        ["to", "do!("],
        ["#[ign", "ore"],
        ["/wo", "rk/"],
        ["/ro", "ot/"],
    ];
    let hosts = [["registry.", "npmjs"], ["static.", "crates.io"], ["index.", "crates.io"], ["deb.", "debian.org"]];
    for file in committed() {
        let kind = file.extension().map(|kind| kind.to_string_lossy().into_owned()).unwrap_or_default();
        let is_text =
            ["rs", "ts", "svelte", "toml", "md", "js", "mjs", "html", "css", "sh", "json"].contains(&kind.as_str());
        let is_lock = file.ends_with("package-lock.json");
        if !is_text || is_lock {
            continue;
        }
        let source = read(&workspace().join(&file));
        for parts in words.iter().chain(&hosts) {
            let word = parts.concat();
            let found = source.lines().position(|line| line.contains(&word));
            assert!(found.is_none(), "{}:{} has {word}", file.display(), found.unwrap_or_default() + 1);
        }
    }
}

#[test]
fn the_lock_file_of_the_window_names_no_private_host() {
    let lock = read(&workspace().join("ui/package-lock.json"));
    let public = ["https://registry.", "npmjs.org/"].concat();
    let strange = lock.lines().find(|line| line.contains("\"resolved\": \"http") && !line.contains(&public));
    assert!(strange.is_none(), "{strange:?}");
}

#[test]
fn files_fit_in_one_head() {
    for file in
        committed().into_iter().filter(|file| file.extension().is_some_and(|kind| kind == "rs" || kind == "svelte"))
    {
        let lines = read(&workspace().join(&file)).lines().count();
        assert!(lines <= 600, "{} has {lines} lines", file.display());
    }
}

/// What git knows; without git, nothing.
fn committed() -> Vec<PathBuf> {
    let output = Command::new("git").current_dir(workspace()).args(["ls-files", "-z"]).output().expect("git runs");
    let names = String::from_utf8_lossy(&output.stdout).into_owned();
    names
        .split('\0')
        .filter(|name| !name.is_empty())
        .map(PathBuf::from)
        .filter(|name| workspace().join(name).is_file())
        .collect()
}

fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            files.extend(sources(&path));
        } else if path.extension().is_some_and(|kind| kind == "rs") {
            files.push(path);
        }
    }
    files
}

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}
