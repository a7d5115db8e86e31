//! How the pages are drawn.

/// Has the processor draw them on Linux, not the graphics card. Text and lines are as quick that way, while setting a card's
/// graphics up holds the first frames of a pop back, for most of a second where the card is emulated, and takes a fifth
/// more memory. The web view asks for this once, when a program starts: so the program begins anew in its own place.
///
/// Asking each page's settings for it instead, once it exists, saves the second beginning and makes WebKitGTK 2.50 crash.
///
/// Whoever wants the card sets the variable to 0.
#[cfg(target_os = "linux")]
pub(crate) fn by_the_processor() {
    use std::os::unix::process::CommandExt as _;

    const WITHOUT_CARD: &str = "WEBKIT_DISABLE_COMPOSITING_MODE";
    if std::env::var_os(WITHOUT_CARD).is_some() {
        return;
    }
    let Ok(program) = std::env::current_exe() else { return };
    // It returns only when it failed; then the card draws.
    let _ = std::process::Command::new(program).args(std::env::args_os().skip(1)).env(WITHOUT_CARD, "1").exec();
}

/// Other systems' web views are quick with a card and without.
#[cfg(not(target_os = "linux"))]
pub(crate) fn by_the_processor() {}
