//! Tauri build script.
fn main() { tauri_build::build(); }
