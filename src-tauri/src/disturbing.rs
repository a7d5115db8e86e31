//! Whether the program may disturb just now, and what follows when that changes: the pop, the tray, the pages.

use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::Serialize;
use tauri::{AppHandle, Emitter, Manager};

use crate::manners::{self, Pause, Silence, Why};
use crate::memory::Memory;
use crate::pop;

/// What the program knows beside its memory.
#[derive(Default)]
pub(crate) struct Disturbing(Mutex<State>);

#[derive(Default)]
struct State {
    is_locked: bool,
    told: Option<Silence>,
}

impl Disturbing {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What the pages are told of a silence.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct SilenceView {
    why: Why,
    /// RFC 3339 in UTC; null: until somebody changes it.
    until: Option<String>,
}

impl From<Silence> for SilenceView {
    fn from(silence: Silence) -> SilenceView {
        SilenceView { why: silence.why, until: silence.until.map(|until| format!("{until:.3}")) }
    }
}

/// What keeps the program from disturbing now, if anything does.
pub(crate) fn silence(app: &AppHandle) -> Option<Silence> {
    let remembered = app.state::<Memory>().read();
    let is_locked = app.state::<Disturbing>().state().is_locked;
    manners::silence(&remembered.manners, remembered.paused_until, is_locked, Timestamp::now(), &TimeZone::system())
}

/// The same for the pages.
pub(crate) fn view(app: &AppHandle) -> Option<SilenceView> {
    silence(app).map(SilenceView::from)
}

/// Somebody wants a pause, or its end. It outlasts a restart of the program.
pub(crate) fn pause(app: &AppHandle, pause: Pause) {
    let until = pause.ends(Timestamp::now(), &TimeZone::system());
    app.state::<Memory>().change(|now| now.paused_until = until);
    follow(app);
}

/// The screen was locked, or unlocked. Only Linux tells: see `screen_lock`.
#[cfg(target_os = "linux")]
pub(crate) fn locked(app: &AppHandle, is_locked: bool) {
    app.state::<Disturbing>().state().is_locked = is_locked;
    tracing::debug!(is_locked, "the screen");
    follow(app);
}

/// Sees to it that everything is as the present silence wants it. Cheap when nothing has changed.
pub(crate) fn follow(app: &AppHandle) {
    let now = silence(app);
    let before = std::mem::replace(&mut app.state::<Disturbing>().state().told, now);
    if before == now {
        return;
    }
    pop::follow(app);
    if let Err(error) = app.emit("silence", now.map(SilenceView::from)) {
        tracing::warn!(%error, "the windows do not know of a silence");
    }
}
