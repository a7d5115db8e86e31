//! `cargo xtask bundle`: the packages people install, and the list of what they are made of.

use anyhow::Result;
use xtask::process::{npm, run, say, step, workspace};
use xtask::setup::{self, BUILD};

use super::{sbom, target};

/// The newest whose platform packages are all published; it bundles any Tauri of its minor version.
const TAURI_CLI: &str = "--package=@tauri-apps/cli@2.12.3";

pub(crate) fn bundle() -> Result<()> {
    setup::packages(&[&BUILD])?;
    setup::window()?;
    step("packages (deb, rpm)", || {
        let mut tauri = npm(&["exec", "--yes", TAURI_CLI, "--", "tauri", "build", "--bundles", "deb,rpm"]);
        run(tauri.current_dir(workspace().join("src-tauri")))
    })?;
    sbom::make(&target().join("release/bundle/sbom"))?;
    say(&format!("The packages are in {}", target().join("release/bundle").display()));
    Ok(())
}
