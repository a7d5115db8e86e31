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
    "first_run_keep",
    "rehearsal_call",
    "open_card",
    "copy_text",
    "save_download",
    "pop_size",
    "pop_focus",
    "pop_release",
    "show_window",
    "silence_read",
    "pause",
    "today_read",
    "today_choose",
    "pop_reset",
    "ring_sound",
];

fn main() {
    let attributes = tauri_build::Attributes::new().app_manifest(tauri_build::AppManifest::new().commands(COMMANDS));
    if let Err(error) = tauri_build::try_build(attributes) {
        panic!("{error:#}");
    }
}
