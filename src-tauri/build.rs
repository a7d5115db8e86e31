//! Tells Tauri which commands the pages may call at all; `capabilities/` says which page may call which.

/// Every command of `src/commands.rs`.
const COMMANDS: &[&str] = &[
    "feed_address",
    "feed_open",
    "feed_send",
    "feed_close",
    "settings_read",
    "settings_save",
    "check",
    "try_number",
    "listener_knocks",
    "event_kinds",
    "rehearsal_call",
    "open_card",
    "copy_text",
    "save_download",
    "pop_size",
    "pop_focus",
    "pop_release",
    "show_window",
];

fn main() {
    let attributes = tauri_build::Attributes::new().app_manifest(tauri_build::AppManifest::new().commands(COMMANDS));
    if let Err(error) = tauri_build::try_build(attributes) {
        panic!("{error:#}");
    }
}
