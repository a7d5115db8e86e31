//! Callpop's shell: windows, tray, notifications and links around a desk that runs in the same process.
#![cfg_attr(not(debug_assertions), windows_subsystem = "windows")]

mod attention;
mod cards;
mod checks;
mod commands;
mod disturbing;
mod downloads;
mod drawing;
mod feed_client;
mod feeds;
mod host;
mod hotkeys;
mod keyboard;
mod links;
mod logs;
mod manners;
mod memory;
mod notices;
mod placement;
mod plural;
mod pop;
mod problems;
mod rehearse;
mod ring;
mod screen_lock;
mod settings_window;
mod startup;
mod today;
mod tray;
mod windows;

use clap::Parser as _;

use crate::startup::Args;

fn main() -> anyhow::Result<()> {
    let args = Args::parse();
    drawing::by_the_processor();
    desk::crash_files::forbid();
    let app = startup::plugins(&args)
        .invoke_handler(tauri::generate_handler![
            commands::feed_address,
            commands::feed_open,
            commands::feed_send,
            commands::feed_close,
            commands::settings_read,
            commands::settings_save,
            commands::check,
            commands::try_number,
            commands::listener_knocks,
            commands::event_kinds,
            commands::first_run_keep,
            commands::rehearsal_call,
            commands::open_card,
            commands::copy_text,
            commands::save_download,
            commands::pop_size,
            commands::pop_focus,
            commands::pop_release,
            commands::show_window,
            commands::silence_read,
            commands::pause,
            commands::today_read,
            commands::today_choose,
            commands::pop_reset,
            commands::ring_sound,
        ])
        .setup(move |app| Ok(startup::set_up(app.handle(), &args)?))
        .build(tauri::generate_context!())?;
    app.run(startup::hear);
    Ok(())
}
