//! Who works at this desk today, where that differs from day to day: the extension somebody chose, for the day.

use std::sync::Arc;

use jiff::ZonedDateTime;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use tauri::{AppHandle, Emitter, Manager};
use tokio::sync::watch;

use crate::host::Host;
use crate::memory::Memory;

/// Extensions that were chosen before are offered first; more than these nobody looks through.
const OFFERED: usize = 8;
/// The longest short number of a PBX.
const LONGEST: usize = 20;

/// What was chosen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Chosen {
    /// The day it is for.
    date: Date,
    /// The extension; none: whoever sits here works under the settings' one.
    extension: Option<String>,
}

/// Tells that another extension was chosen.
pub(crate) struct Today(watch::Sender<u64>);

impl Default for Today {
    fn default() -> Today {
        Today(watch::Sender::new(0))
    }
}

impl Today {
    /// Changes whenever somebody chose.
    pub(crate) fn choices(&self) -> watch::Receiver<u64> {
        self.0.subscribe()
    }
}

/// What the desk page shows.
#[derive(Debug, Serialize)]
pub(crate) struct TodayView {
    /// Whether it is to be asked for now.
    is_asked: bool,
    /// Whether different people work here.
    hot_desk: bool,
    /// What was chosen for today.
    extension: Option<String>,
    /// What was chosen on other days, the latest first.
    before: Vec<String>,
}

/// What is known of today.
pub(crate) fn view(app: &AppHandle) -> TodayView {
    let remembered = app.state::<Memory>().read();
    let chosen = remembered.today.filter(|chosen| chosen.date == ZonedDateTime::now().date());
    let hot_desk = remembered.manners.hot_desk && !app.state::<Arc<Host>>().is_rehearsing();
    TodayView {
        is_asked: hot_desk && chosen.is_none(),
        hot_desk,
        extension: chosen.and_then(|chosen| chosen.extension).filter(|_| hot_desk),
        before: remembered.extensions,
    }
}

/// Somebody chose. `None`: the settings' extension. What is no short number is not taken: false.
pub(crate) fn choose(app: &AppHandle, extension: Option<&str>) -> bool {
    let extension = extension.map(str::trim);
    let is_short = |text: &str| (1..=LONGEST).contains(&text.len()) && text.bytes().all(|digit| digit.is_ascii_digit());
    if extension.is_some_and(|extension| !is_short(extension)) {
        return false;
    }
    app.state::<Memory>().change(|now| {
        if let Some(extension) = extension {
            now.extensions.retain(|known| known != extension);
            now.extensions.insert(0, extension.to_owned());
            now.extensions.truncate(OFFERED);
        }
        now.today = Some(Chosen { date: ZonedDateTime::now().date(), extension: extension.map(str::to_owned) });
    });
    tell(app);
    true
}

/// Asks anew: somebody else sits down.
pub(crate) fn ask_again(app: &AppHandle) {
    app.state::<Memory>().change(|now| now.today = None);
    tell(app);
}

/// The pages and the shell's own eyes show another desk from now on.
pub(crate) fn tell(app: &AppHandle) {
    app.state::<Today>().0.send_modify(|count| *count += 1);
    if let Err(error) = app.emit("today", ()) {
        tracing::warn!(%error, "the windows do not know who works here");
    }
}

/// Whose desk the sessions of this computer show; `None`: the settings'.
pub(crate) fn viewer(app: &AppHandle) -> Option<wire::Viewer> {
    let extension = view(app).extension?;
    let settings = app.state::<Arc<Host>>().known().loaded.settings;
    Some(wire::Viewer { extension: Some(extension), groups: settings.groups.clone(), pop: settings.pop })
}
