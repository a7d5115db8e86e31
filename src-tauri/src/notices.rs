//! Notifications of the system, with a button; where there is no notification service, the windows show them.

use std::sync::atomic::{AtomicUsize, Ordering};

use notify_rust::{Notification, NotificationResponse, Timeout};
use serde::Serialize;
use tauri::{AppHandle, Emitter};

/// Notifications that wait for an answer at one time. Each has a thread, because a desktop closes the notification
/// of a program that no longer listens.
const WAITING_AT_MOST: usize = 12;
/// How long a notification stays, where the desktop lets the program say so.
const STAYS_MS: u32 = 25_000;

static WAITING: AtomicUsize = AtomicUsize::new(0);

/// What a notice is about: its look and its sound in the windows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum About {
    /// A call rings.
    Ringing,
    /// A call was missed.
    Missed,
    /// Something of the program itself.
    Program,
}

/// One notice.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Notice {
    /// What it is about.
    pub(crate) about: About,
    /// The call or row it speaks of.
    pub(crate) id: Option<String>,
    /// One line.
    pub(crate) title: String,
    /// More.
    pub(crate) body: String,
    /// The words on its button.
    pub(crate) button: Option<String>,
}

/// Shows it outside the windows; `pressed` runs when its button, or the notice itself, is clicked.
pub(crate) fn show(app: &AppHandle, notice: Notice, pressed: impl FnOnce(&AppHandle) + Send + 'static) {
    if WAITING.fetch_add(1, Ordering::Relaxed) >= WAITING_AT_MOST {
        WAITING.fetch_sub(1, Ordering::Relaxed);
        return show_inside(app, &notice);
    }
    let kept = app.clone();
    let spare = notice.clone();
    let thread = std::thread::Builder::new().name("notice".into()).spawn(move || {
        wait(&kept, &notice, pressed);
        WAITING.fetch_sub(1, Ordering::Relaxed);
    });
    if let Err(error) = thread {
        WAITING.fetch_sub(1, Ordering::Relaxed);
        tracing::warn!(%error, "no thread for a notification");
        show_inside(app, &spare);
    }
}

/// Shows it in the windows of the program.
pub(crate) fn show_inside(app: &AppHandle, notice: &Notice) {
    if let Err(error) = app.emit("notice", notice) {
        tracing::warn!(%error, "a notice was not shown");
    }
}

fn wait(app: &AppHandle, notice: &Notice, pressed: impl FnOnce(&AppHandle)) {
    let mut toast = Notification::new();
    toast.appname("Callpop").summary(&notice.title).body(&notice.body).timeout(Timeout::Milliseconds(STAYS_MS));
    if let Some(words) = &notice.button {
        toast.action("default", words).action("do", words);
    }
    #[cfg(target_os = "linux")]
    toast.icon("callpop").hint(notify_rust::Hint::DesktopEntry("Callpop".into())).hint(notify_rust::Hint::Category(
        match notice.about {
            About::Ringing | About::Missed => "call".into(),
            About::Program => "device".into(),
        },
    ));
    #[cfg(target_os = "windows")]
    toast.app_id("ru.callpop.desk");
    let handle = match toast.show() {
        Ok(handle) => handle,
        Err(error) => {
            tracing::info!(%error, "no notification service: shown in the window");
            return show_inside(app, notice);
        }
    };
    let mut was_pressed = false;
    let answered = handle.wait_for_response(|response: &NotificationResponse| {
        was_pressed = match response {
            NotificationResponse::Default | NotificationResponse::Action(_) => true,
            NotificationResponse::Reply(_) | NotificationResponse::Closed(_) => false,
        };
    });
    if let Err(error) = answered {
        tracing::debug!(%error, "a notification did not answer");
    }
    if was_pressed {
        pressed(app);
    }
}
