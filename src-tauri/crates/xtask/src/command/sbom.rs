//! `cargo xtask sbom`: what the program is made of, for those who check a package before they install it (CycloneDX).

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use serde_json::Value;
use xtask::process::{cargo, npm, output, run, say, step, workspace};

use super::target;

/// What makes the list of crates.
const CYCLONEDX: &str = "0.5.9";
/// The crates of the app and of the desk.
const CRATES: &str = "callpop.crates.cdx.json";
/// What is built into the windows' pages, and what builds them.
const PAGES: &str = "callpop.pages.cdx.json";

pub(crate) fn sbom() -> Result<()> {
    let folder = target().join("release/bundle/sbom");
    make(&folder)?;
    say(&format!("What the program is made of is listed in {}", folder.display()));
    Ok(())
}

/// Writes both lists into a folder, and makes sure that no crate that is built in is missing from them.
pub(super) fn make(folder: &Path) -> Result<()> {
    fs::create_dir_all(folder).with_context(|| format!("{}: cannot be made", folder.display()))?;
    let cyclonedx = installed()?;
    step("what the program is made of (CycloneDX)", || {
        crates(&cyclonedx, &folder.join(CRATES))?;
        let pages = output(&mut npm(&["sbom", "--sbom-format", "cyclonedx", "--package-lock-only"]))?;
        fs::write(folder.join(PAGES), pages).context("the list of the pages' packages")?;
        let listed = listed(&folder.join(CRATES))?;
        let missing: Vec<String> = built_in()?.difference(&listed).cloned().collect();
        if !missing.is_empty() {
            bail!("built in and not in the list: {}", missing.join(", "));
        }
        say(&format!("{} crates are listed; none that is built in is missing", listed.len()));
        Ok(())
    })
}

/// The program that lists crates, built on first use into the user's cache.
fn installed() -> Result<PathBuf> {
    let cache = dirs::cache_dir().context("the user has no folder for caches")?;
    let folder = cache.join(format!("callpop/cargo-cyclonedx-{CYCLONEDX}"));
    let program = folder.join("bin/cargo-cyclonedx");
    if !program.is_file() {
        step("cargo-cyclonedx is built, once (cargo install)", || {
            run(cargo()
                .env("CARGO_TARGET_DIR", folder.join("building"))
                .args(["install", "cargo-cyclonedx", "--version", CYCLONEDX, "--locked", "--debug", "--root"])
                .arg(&folder))
        })?;
        fs::remove_dir_all(folder.join("building")).context("what building left behind")?;
    }
    Ok(program)
}

/// The folders of the workspace's members.
fn members() -> Result<Vec<PathBuf>> {
    let told = output(cargo().args(["metadata", "--format-version", "1", "--no-deps"]))?;
    let told: Value = serde_json::from_str(&told)?;
    let manifests = told["packages"].as_array().into_iter().flatten().filter_map(|one| one["manifest_path"].as_str());
    Ok(manifests.filter_map(|manifest| Path::new(manifest).parent()).map(Path::to_owned).collect())
}

fn crates(cyclonedx: &Path, list: &Path) -> Result<()> {
    // It writes beside the manifest, and a list of its own beside that of every other member.
    let beside = workspace().join("src-tauri/callpop.json");
    let mut command = std::process::Command::new(cyclonedx);
    command.current_dir(workspace()).arg("cyclonedx").arg("--manifest-path").arg("src-tauri/Cargo.toml");
    command.args(["--format", "json", "--override-filename", "callpop", "--features", "custom-protocol", "--quiet"]);
    run(&mut command)?;
    fs::copy(&beside, list).context("the list of crates")?;
    for folder in members()? {
        let left = folder.join("callpop.json");
        if left.is_file() {
            fs::remove_file(&left).with_context(|| format!("{}: the list beside a manifest", left.display()))?;
        }
    }
    Ok(())
}

/// `name version` of every component of a list.
fn listed(list: &Path) -> Result<BTreeSet<String>> {
    let text = fs::read_to_string(list).with_context(|| format!("{} cannot be read", list.display()))?;
    let list: Value = serde_json::from_str(&text).context("a list is JSON")?;
    let components = list["components"].as_array().context("a list has components")?;
    let name = |component: &Value| Some(format!("{} {}", component["name"].as_str()?, component["version"].as_str()?));
    Ok(components.iter().filter_map(name).collect())
}

/// The same of every crate that cargo builds into the app, from cargo itself.
fn built_in() -> Result<BTreeSet<String>> {
    let mut tree = cargo();
    tree.args(["tree", "--package", "callpop", "--features", "custom-protocol", "--edges", "normal"]);
    let tree = output(tree.args(["--prefix", "none", "--format", "{p}"]))?;
    let crates = tree.lines().filter_map(|line| {
        let mut words = line.split(' ');
        let (name, version) = (words.next()?, words.next()?.strip_prefix('v')?);
        (name != "callpop").then(|| format!("{name} {version}"))
    });
    Ok(crates.collect())
}
