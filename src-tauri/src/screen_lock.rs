//! Whether the screen is locked, as the desktop tells. Linux: the screen savers' signal on the session's bus and the
//! session's own on the system's. Elsewhere the lock screen covers every window, so there is nothing to hide.

use tauri::AppHandle;

/// Listens until the program ends. A desktop that tells nothing is one whose screen is never known to be locked.
pub(crate) fn listen(app: &AppHandle) {
    #[cfg(target_os = "linux")]
    {
        let app = app.clone();
        tauri::async_runtime::spawn(async move {
            if let Err(error) = linux::of_screen_savers(&app).await {
                tracing::info!(%error, "no screen saver tells when the screen is locked");
            }
        });
    }
    #[cfg(not(target_os = "linux"))]
    let _ = app;
}

#[cfg(target_os = "linux")]
mod linux {
    use futures_util::StreamExt as _;
    use tauri::AppHandle;
    use zbus::message::Type;
    use zbus::{Connection, MatchRule, MessageStream};

    use crate::disturbing;

    /// `ActiveChanged(b)` of org.freedesktop.ScreenSaver (KDE), org.gnome.ScreenSaver, org.cinnamon.ScreenSaver,
    /// org.mate.ScreenSaver: one signal by one name.
    const SIGNAL: &str = "ActiveChanged";

    pub(super) async fn of_screen_savers(app: &AppHandle) -> zbus::Result<()> {
        let session = Connection::session().await?;
        let rule = MatchRule::builder().msg_type(Type::Signal).member(SIGNAL).build()?;
        let mut signals = MessageStream::for_match_rule(rule, &session, None).await?;
        while let Some(signal) = signals.next().await {
            let signal = signal?;
            let header = signal.header();
            let is_a_screen_saver = header.interface().is_some_and(|name| name.as_str().ends_with(".ScreenSaver"));
            if is_a_screen_saver && let Ok(is_active) = signal.body().deserialize::<bool>() {
                disturbing::locked(app, is_active);
            }
        }
        Ok(())
    }
}
