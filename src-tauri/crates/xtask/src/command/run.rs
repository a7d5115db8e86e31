//! `cargo xtask run`: the app in rehearsal, on the screen or on a screen that is not there.

use std::io::IsTerminal;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use clap::Args;
use xtask::desktop::Desktop;
use xtask::process::{cargo, output, run as run_command, say, step};
use xtask::setup::{self, BUILD, HEADLESS};

use super::target;

/// How long the first call may take to be on screen; a cold machine needs most of it for the web view.
const CARD_COMES: Duration = Duration::from_secs(60);

/// From a mapped window to a painted one: it grows with its card, and a software renderer is late.
const PAINTED: Duration = Duration::from_secs(5);

/// How the title of the window that pops up begins; it is mapped only while there is a card.
const POP_TITLE: &str = "^Callpop: ";

#[derive(Args)]
pub(crate) struct Options {
    /// Without a screen: on a virtual one, with a screenshot as soon as the card is there
    #[arg(long)]
    xvfb: bool,
}

pub(crate) fn run(options: &Options) -> Result<()> {
    let has_screen = cfg!(not(target_os = "linux"))
        || ["DISPLAY", "WAYLAND_DISPLAY"]
            .iter()
            .any(|name| std::env::var_os(name).is_some_and(|value| !value.is_empty()));
    let is_virtual = options.xvfb || (!has_screen && !std::io::stdin().is_terminal());
    if !has_screen && !is_virtual {
        bail!(
            "there is no screen here (neither DISPLAY nor WAYLAND_DISPLAY is set)\n\
             start it in a graphical session, or on a virtual screen with a screenshot: cargo xtask run --xvfb"
        );
    }
    if is_virtual && !options.xvfb {
        say("There is no screen and nobody at the terminal: using a virtual screen (Xvfb), as with --xvfb.");
    }
    setup::packages(if is_virtual { &[&BUILD, &HEADLESS] } else { &[&BUILD] })?;
    setup::window()?;
    step("the app is built", || {
        run_command(cargo().args(["build", "--package", "callpop", "--features", "custom-protocol"]))
    })?;
    let app = target().join("debug").join("callpop");
    if is_virtual { on_virtual_screen(&app) } else { on_screen(&app) }
}

fn on_screen(app: &Path) -> Result<()> {
    say("\nThe rehearsal begins: a call rings in a few seconds. No account is used, nothing leaves this machine.");
    run_command(Command::new(app).arg("--rehearsal"))
}

fn on_virtual_screen(app: &Path) -> Result<()> {
    let desktop = Desktop::start()?;
    let picture = target().join("run.png");
    say(&format!("\nThe rehearsal begins on a virtual screen; its screenshot will be {}", picture.display()));
    let log = target().join("run.log");
    let stderr = std::fs::File::create(&log).with_context(|| format!("{} cannot be written", log.display()))?;
    let mut command = desktop.command(app);
    command.arg("--rehearsal").stdin(Stdio::null()).stdout(Stdio::null()).stderr(stderr);
    let mut app = Running(command.spawn().context("the app cannot be started")?);
    step("the card is on screen", || {
        app.until_card(&desktop).with_context(|| format!("the app's log is {}", log.display()))
    })?;
    desktop.screenshot(&picture)?;
    say(&format!("The card is on screen: {}", picture.display()));
    Ok(())
}

struct Running(Child);

impl Running {
    fn until_card(&mut self, desktop: &Desktop) -> Result<()> {
        let deadline = Instant::now() + CARD_COMES;
        loop {
            if let Some(status) = self.0.try_wait()? {
                bail!("the app ended: {status}");
            }
            let mut search = desktop.command("xdotool");
            search.args(["search", "--onlyvisible", "--name", POP_TITLE]);
            if output(&mut search).is_ok_and(|found| !found.trim().is_empty()) {
                std::thread::sleep(PAINTED);
                return Ok(());
            }
            if Instant::now() > deadline {
                bail!("no call popped up within {CARD_COMES:?}");
            }
            std::thread::sleep(Duration::from_millis(100));
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
