//! `cargo xtask shots`: every state of the windows as a picture, in `ui/screenshots`.

use anyhow::Result;
use xtask::process::{npm, run, step};
use xtask::setup::{self, BROWSER, HEADLESS};

pub(crate) fn shots() -> Result<()> {
    setup::packages(&[&HEADLESS, &BROWSER])?;
    setup::window_packages()?;
    step("screenshots", || run(&mut npm(&["run", "shots"])))
}
