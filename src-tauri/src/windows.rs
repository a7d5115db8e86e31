//! The three windows: made here, shown here. Closing the main one hides it to the tray and says so once.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tauri::webview::NewWindowResponse;
use tauri::{AppHandle, Manager, Url, WebviewUrl, WebviewWindow, WebviewWindowBuilder, WindowEvent};
use tokio::sync::watch;

use crate::host::Host;
use crate::memory::{Language, Memory};
use crate::notices::{self, About, Notice};
use crate::startup::First;
use crate::{hotkeys, pop};

/// The main window.
pub(crate) const DESK: &str = "desk";
/// The pop.
pub(crate) const POP: &str = "pop";
/// The settings.
pub(crate) const SETTINGS: &str = "settings";

/// How long a page may take before its window is shown without it, and before others stop waiting for it.
const PAGE_WITHIN: Duration = Duration::from_secs(5);

/// The windows whose page has asked for the feed: it runs, and hears events.
#[derive(Default)]
pub(crate) struct Awake(watch::Sender<BTreeSet<String>>);

/// The windows that come up as soon as there is something to see in them. An empty window in front of everything is no
/// use, and on Linux the program stands still until the page draws into it.
#[derive(Default)]
pub(crate) struct ComingUp(Mutex<BTreeSet<String>>);

/// A page runs and hears events; says whether that is new.
pub(crate) fn page_awakes(app: &AppHandle, label: &str) -> bool {
    app.state::<Awake>().0.send_if_modified(|awake| awake.insert(label.to_owned()))
}

/// Whether a window's page runs.
pub(crate) fn page_is_open(app: &AppHandle, label: &str) -> bool {
    app.state::<Awake>().0.borrow().contains(label)
}

/// Waits for a window's page. Not for ever: one that does not load must not hold back the others, which may still do.
pub(crate) async fn until_page_runs(app: &AppHandle, label: &str) {
    let mut awake = app.state::<Awake>().0.subscribe();
    let _ = tokio::time::timeout(PAGE_WITHIN, awake.wait_for(|awake| awake.contains(label))).await;
}

/// Shows a window once its page has something to show, or after a while without it.
fn show_with_page(app: &AppHandle, label: &'static str) {
    if let Ok(mut coming_up) = app.state::<ComingUp>().0.lock() {
        coming_up.insert(label.to_owned());
    }
    let app = app.clone();
    tauri::async_runtime::spawn(async move {
        until_page_runs(&app, label).await;
        come_up(&app, label);
    });
}

/// Shows a window that waited for its page: the page has asked a question, and has something to show.
pub(crate) fn come_up(app: &AppHandle, label: &str) {
    let is_due = app.state::<ComingUp>().0.lock().is_ok_and(|mut coming_up| coming_up.remove(label));
    if is_due && let Some(window) = app.get_webview_window(label) {
        bring(&window);
    }
}

/// Makes the windows that are always there. A test driver attaches to the first one.
pub(crate) fn make(app: &AppHandle, first: First, is_hidden: bool) -> tauri::Result<()> {
    match first {
        First::Desk if is_hidden => {
            make_desk(app)?;
            make_pop(app)?;
        }
        // A person waits for this window, so it has the machine for itself until its page runs.
        First::Desk => {
            make_desk(app)?;
            show_with_page(app, DESK);
        }
        First::Pop => {
            make_pop(app)?;
            make_desk(app)?;
        }
        First::Settings => {
            make_settings(app)?;
            make_desk(app)?;
            make_pop(app)?;
        }
    }
    protect(app);
    let app = app.clone();
    tauri::async_runtime::spawn(async move {
        if first == First::Desk && !is_hidden {
            until_page_runs(&app, DESK).await;
        }
        let on_main = app.clone();
        let asked = app.run_on_main_thread(move || make_the_rest(&on_main));
        if let Err(error) = asked {
            tracing::error!(%error, "the pop was not made");
        }
    });
    Ok(())
}

/// What may come after the first window: the pop, where it is not there yet, and the keys that work from anywhere.
fn make_the_rest(app: &AppHandle) {
    if app.get_webview_window(POP).is_none() {
        match make_pop(app) {
            Ok(()) => {
                protect(app);
                pop::follow(app);
            }
            Err(error) => tracing::error!(%error, "the pop was not made"),
        }
    }
    hotkeys::hear(app);
}

fn make_desk(app: &AppHandle) -> tauri::Result<()> {
    let window = builder(app, DESK, "index.html")
        .title(title(app, "Callpop"))
        .inner_size(1100.0, 720.0)
        .min_inner_size(900.0, 600.0)
        .visible(false)
        .build()?;
    let app = app.clone();
    window.on_window_event(move |event| {
        if let WindowEvent::CloseRequested { api, .. } = event {
            api.prevent_close();
            hide_desk(&app);
        }
    });
    Ok(())
}

fn make_pop(app: &AppHandle) -> tauri::Result<()> {
    let window = builder(app, POP, "pop.html")
        .title(title(app, "Callpop: звонок"))
        .inner_size(pop::WIDTH, pop::FIRST_HEIGHT)
        .decorations(false)
        .always_on_top(true)
        .visible_on_all_workspaces(true)
        .skip_taskbar(true)
        .focusable(false)
        .focused(false)
        .visible(false)
        .build()?;
    let app = app.clone();
    window.on_window_event(move |event| {
        if let WindowEvent::CloseRequested { api, .. } = event {
            // Its cards close themselves; the window is needed for the next call.
            api.prevent_close();
        } else {
            pop::hear(&app, event);
        }
    });
    Ok(())
}

fn make_settings(app: &AppHandle) -> tauri::Result<()> {
    let title = match app.state::<Memory>().read().language {
        Language::Ru => "Настройки Callpop",
        Language::En => "Callpop settings",
    };
    let window = builder(app, SETTINGS, "settings.html")
        .title(self::title(app, title))
        .inner_size(820.0, 720.0)
        .min_inner_size(560.0, 420.0)
        .visible(false)
        .build()?;
    let closing = app.clone();
    window.on_window_event(move |event| {
        if let WindowEvent::Destroyed = event {
            closing.state::<Awake>().0.send_if_modified(|awake| awake.remove(SETTINGS));
        }
    });
    show_with_page(app, SETTINGS);
    Ok(())
}

/// Shows a window by its name.
pub(crate) fn show(app: &AppHandle, name: &str) {
    match name {
        DESK => show_desk(app),
        SETTINGS => show_settings(app),
        POP => pop::want(app, true),
        other => tracing::warn!(window = other, "no such window"),
    }
}

/// Shows the main window, in front.
pub(crate) fn show_desk(app: &AppHandle) {
    if let Some(window) = app.get_webview_window(DESK) {
        bring(&window);
    }
}

/// Shows the settings, made when they are first wanted.
pub(crate) fn show_settings(app: &AppHandle) {
    match app.get_webview_window(SETTINGS) {
        Some(window) => bring(&window),
        // Windows asks for the main thread, which a command may not hold while it waits for it.
        None => {
            let made = app.clone();
            let asked = app.run_on_main_thread(move || {
                if made.get_webview_window(SETTINGS).is_none()
                    && let Err(error) = make_settings(&made)
                {
                    tracing::error!(%error, "the settings window was not made");
                }
            });
            if let Err(error) = asked {
                tracing::error!(%error, "the settings window was not made");
            }
        }
    }
}

/// Shows the windows as blank to whoever sees a shared or recorded screen, where that is wanted and possible.
pub(crate) fn protect(app: &AppHandle) {
    let is_wanted = app.state::<Memory>().read().manners.hides_when_shared;
    for window in [DESK, POP].iter().filter_map(|label| app.get_webview_window(label)) {
        if let Err(error) = window.set_content_protected(is_wanted) {
            tracing::warn!(%error, window = window.label(), "a shared screen shows the window as before");
        }
    }
}

/// Whether the person looks at a window of this program already.
pub(crate) fn one_is_in_front(app: &AppHandle) -> bool {
    [DESK, POP, SETTINGS]
        .iter()
        .filter_map(|label| app.get_webview_window(label))
        .any(|window| window.is_visible().unwrap_or(false) && window.is_focused().unwrap_or(false))
}

fn bring(window: &WebviewWindow) {
    let shown = window.show().and_then(|()| window.unminimize()).and_then(|()| window.set_focus());
    if let Err(error) = shown {
        tracing::warn!(%error, window = window.label(), "a window was not shown");
    }
}

fn hide_desk(app: &AppHandle) {
    if let Some(window) = app.get_webview_window(DESK)
        && let Err(error) = window.hide()
    {
        tracing::warn!(%error, "the window was not hidden");
    }
    let memory = app.state::<Memory>();
    let before = memory.read();
    if before.said_hiding {
        return;
    }
    memory.change(|now| now.said_hiding = true);
    let (title, body) = match before.language {
        Language::Ru => (
            "Callpop работает дальше",
            "Окно спрятано, звонки всплывают как прежде. Открыть его или выйти можно через значок возле часов.",
        ),
        Language::En => (
            "Callpop keeps running",
            "The window is hidden and calls still pop up. The icon beside the clock opens it again, or quits.",
        ),
    };
    let notice =
        Notice { about: About::Program, id: None, title: title.to_owned(), body: body.to_owned(), button: None };
    notices::show(app, notice, show_desk);
}

fn builder<'a>(app: &'a AppHandle, label: &str, file: &str) -> WebviewWindowBuilder<'a, tauri::Wry, AppHandle> {
    WebviewWindowBuilder::new(app, label, WebviewUrl::App(file.into()))
        .on_navigation(is_own)
        .on_new_window(|_, _| NewWindowResponse::Deny)
}

/// The program's own pages; everything else opens in a browser or not at all.
fn is_own(url: &Url) -> bool {
    match url.scheme() {
        "tauri" => true,
        "http" | "https" => match url.host_str() {
            Some("tauri.localhost") => true,
            // The Vite server, while the pages are being written.
            Some("127.0.0.1") => cfg!(debug_assertions) && url.port() == Some(1420),
            Some(_) | None => false,
        },
        "about" => url.as_str() == "about:blank",
        _ => false,
    }
}

fn title(app: &AppHandle, words: &str) -> String {
    if !app.state::<Arc<Host>>().is_rehearsing() {
        return words.to_owned();
    }
    match app.state::<Memory>().read().language {
        Language::Ru => format!("{words} — репетиция"),
        Language::En => format!("{words} — rehearsal"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_stay_at_home() {
        let own = |url: &str| is_own(&Url::parse(url).unwrap());
        assert!(own("tauri://localhost/index.html"));
        assert!(own("http://tauri.localhost/pop.html"));
        assert!(!own("https://example.org/"));
        assert!(!own("http://127.0.0.1:8082/mangotelecom"));
        assert!(!own("file:///etc/passwd"));
    }
}
