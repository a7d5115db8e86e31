//! Keys that work from anywhere: one enters the pop, one offers to call the number in the clipboard.

use tauri::{AppHandle, Manager as _};
use tauri_plugin_clipboard_manager::ClipboardExt as _;
use tauri_plugin_global_shortcut::{GlobalShortcutExt as _, Shortcut, ShortcutState};

use crate::host::Host;
use crate::links;
use crate::memory::{Language, Memory};
use crate::notices::{self, About, Notice};
use crate::pop;

/// Enters the pop.
const ENTER_POP: &str = "Ctrl+Alt+P";

/// Listens for both.
pub(crate) fn hear(app: &AppHandle) {
    let heard = app.global_shortcut().on_shortcut(ENTER_POP, |app, _, event| {
        if event.state() == ShortcutState::Pressed {
            pop::enter(app);
        }
    });
    if let Err(error) = heard {
        tracing::warn!(%error, "{ENTER_POP} is taken, or this desktop has no global keys");
    }
    let key = app.state::<Memory>().read().manners.clipboard_key;
    if let Err(key) = change(app, "", &key) {
        tracing::warn!(key, "the clipboard's key is taken, or this desktop has no global keys");
    }
}

/// Another key for the clipboard; an empty one is none. On failure the former holds, and the one that cannot be had is
/// the error.
pub(crate) fn change(app: &AppHandle, before: &str, next: &str) -> Result<(), String> {
    let (before, next) = (before.trim(), next.trim());
    if before == next {
        return Ok(());
    }
    if !next.is_empty() {
        let of = |text: &str| text.parse::<Shortcut>().ok();
        if of(next) == of(ENTER_POP) {
            return Err(next.to_owned());
        }
        let heard = app.global_shortcut().on_shortcut(next, |app, _, event| {
            if event.state() == ShortcutState::Pressed {
                offer_from_clipboard(app);
            }
        });
        if let Err(error) = heard {
            tracing::info!(%error, "a key is not to be had");
            return Err(next.to_owned());
        }
    }
    if !before.is_empty()
        && let Err(error) = app.global_shortcut().unregister(before)
    {
        tracing::debug!(%error, "the former key was not held");
    }
    Ok(())
}

/// Shows the number in the clipboard ready to dial; it is dialled by one more key or click.
fn offer_from_clipboard(app: &AppHandle) {
    let text = app.clipboard().read_text().unwrap_or_default();
    let region = &app.state::<std::sync::Arc<Host>>().known().loaded.settings.clinic.region;
    match desk::number_in_text(&text, region) {
        Some(number) => links::offer(app, number),
        None => {
            let (title, body) = match app.state::<Memory>().read().language {
                Language::Ru => ("В буфере обмена нет номера", "Скопируйте номер телефона и нажмите клавиши ещё раз."),
                Language::En => {
                    ("There is no number in the clipboard", "Copy a phone number and press the keys again.")
                }
            };
            let notice = Notice {
                about: About::Program,
                id: None,
                title: title.to_owned(),
                body: body.to_owned(),
                button: None,
            };
            notices::show(app, notice, crate::windows::show_desk);
        }
    }
}
