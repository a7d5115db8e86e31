//! Texts from outside that would be script, in every field of every window.

use std::path::Path;
use std::process::Stdio;

use serde_json::Value;
use tokio::process::Command;

use crate::claims::{Claim, Figure, Measuring, Size, measuring};

pub(crate) const CLAIM: Claim = Claim {
    number: "9",
    claim: "no text from the PBX or the MIS runs in a window: script-injection payloads in every field, under the windows' \
            policy and without it",
    measure,
};

/// Fewer are not the proof that is claimed.
const PAYLOADS: u64 = 100;

/// What must not have happened once.
const SIGNS: [&str; 10] =
    ["ran", "dialogs", "popups", "navigated", "outside", "violations", "planted", "polluted", "offered", "errors"];

fn measure(size: Size) -> Measuring {
    measuring(injected(size))
}

/// The pages are tried where they are made: in Chromium, before a desk in which every text is hostile.
async fn injected(size: Size) -> Figure {
    let ui = Path::new(env!("CARGO_MANIFEST_DIR")).join("../ui");
    let built = Command::new("npx").args(["vite", "build", "--logLevel", "warn"]).current_dir(&ui).status().await;
    assert!(built.expect("npx is there").success(), "the pages are built");
    let mut program = Command::new("node");
    program.arg("dev/injection.mjs").args(size.of(None, Some("--small"))).current_dir(&ui);
    let output = program.stdin(Stdio::null()).kill_on_drop(true).output().await.expect("node is there");
    let said = String::from_utf8_lossy(&output.stdout);
    let told: Value = said
        .lines()
        .last()
        .and_then(|line| serde_json::from_str(line).ok())
        .unwrap_or_else(|| panic!("no figures: {}", String::from_utf8_lossy(&output.stderr)));
    let count = |name: &str| told[name].as_u64().unwrap_or_default();
    let control = |name: &str| told["control"][name].as_u64().unwrap_or_default();
    let seen: Vec<String> =
        SIGNS.iter().filter(|sign| told[**sign] != 0).map(|sign| format!("{sign}: {}", told[*sign])).collect();
    // A detector is believed only where it has seen each payload run, and the policy stop them.
    let sees = control("armed") > 0 && control("silent") == 0 && control("stopped_by_csp") > 0;
    Figure {
        how: format!(
            "{} payloads in {} fields of the pop, the desk and the settings ({} of them with another payload in each of {} \
             turns, {} with every one), {} pages in Chromium with the windows' policy and without any, {} controls pressed; \
             {} payloads ran on pages that are careless on purpose",
            count("payloads"),
            count("fields"),
            count("fields_in_every_turn"),
            count("turns"),
            count("fields_with_every_payload"),
            count("pages"),
            count("pressed"),
            control("armed"),
        ),
        told: if seen.is_empty() {
            format!("{} ran; no violation of the policy, no foreign element, no address that runs", count("ran"))
        } else {
            seen.join(", ")
        },
        holds: output.status.success()
            && seen.is_empty()
            && sees
            && count("payloads") >= PAYLOADS
            && count("fields") > 0,
    }
}
