//! What the program is made of.

use std::path::Path;
use std::process::Command;

use callpop_tests::workspace;

use crate::claims::{Claim, Figure, Measuring, Size, measuring};

pub(crate) const CLAIM: Claim = Claim {
    number: "12",
    claim: "supply chain: every licence is on the list, every crate that is built in stands in the bill of materials, nothing of ours is `unsafe`",
    measure,
};

fn measure(_: Size) -> Measuring {
    measuring(supply())
}

async fn supply() -> Figure {
    let listing = tokio::task::spawn_blocking(|| xtask(&["sbom"])).await.expect("xtask is waited for");
    let licences = tokio::task::spawn_blocking(xtask::licences::check).await.expect("cargo is waited for");
    let listed = listing.as_deref().and_then(|text| text.lines().find(|line| line.contains("crates are listed")));
    let (files, unsafes) = unsafe_words(&workspace().join("src-tauri"));
    let manifest = std::fs::read_to_string(workspace().join("Cargo.toml")).expect("the workspace's manifest");
    let is_forbidden = manifest.contains("unsafe_code = \"forbid\"");
    let exceptions =
        std::fs::read_to_string(workspace().join("deny.toml")).expect("deny.toml").matches("RUSTSEC-").count();
    Figure {
        how: "cargo-cyclonedx's list against cargo's own tree of what is built in; the licence of every package of the lock file against deny.toml; \
              the compiler forbids `unsafe` in every crate of the workspace; cargo deny checks advisories in `cargo xtask test` wherever its database \
              can be reached"
            .to_owned(),
        told: format!(
            "{}; licences {}; {unsafes} `unsafe` in {files} files; {exceptions} advisories are excepted, each with its reason, in deny.toml",
            listed.unwrap_or("no bill of materials"),
            if licences.is_ok() { "all on the list" } else { "NOT all on the list" },
        ),
        holds: listed.is_some() && licences.is_ok() && is_forbidden && unsafes == 0 && files > 100,
    }
}

fn xtask(words: &[&str]) -> Option<String> {
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    let output = cargo.current_dir(workspace()).args(["xtask"]).args(words).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).into_owned())
}

/// How many Rust files there are, and how many blocks, functions or impls in them are `unsafe`.
fn unsafe_words(folder: &Path) -> (usize, usize) {
    let (mut files, mut found) = (0, 0);
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            let (more, also) = unsafe_words(&path);
            files += more;
            found += also;
        } else if path.extension().is_some_and(|kind| kind == "rs") {
            files += 1;
            let text = std::fs::read_to_string(&path).unwrap_or_default();
            found += ["unsafe {", "unsafe fn", "unsafe impl", "unsafe extern"]
                .iter()
                .map(|words| text.matches(words).count())
                .sum::<usize>();
        }
    }
    (files, found)
}
