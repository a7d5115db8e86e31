//! Who has the keyboard: remembers the window that had it before the pop was entered, and gives it back.
//!
//! X11 only. Elsewhere the pop is hidden and shown again, which hands the keyboard to the window below it.

/// The window that had the keyboard.
#[cfg(target_os = "linux")]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Former(u32);

/// The window that had the keyboard: never known here.
#[cfg(not(target_os = "linux"))]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Former;

impl Former {
    /// The window that has the keyboard now; none where that is not told (Wayland, Windows).
    pub(crate) fn now() -> Option<Former> {
        #[cfg(target_os = "linux")]
        match x11::active_window() {
            Ok(window) => window.map(Former),
            Err(error) => {
                tracing::debug!(%error, "the active window is not known");
                None
            }
        }
        #[cfg(not(target_os = "linux"))]
        None
    }

    /// Gives it the keyboard back; says whether that could be asked for.
    pub(crate) fn give_back(self) -> bool {
        #[cfg(target_os = "linux")]
        match x11::activate(self.0) {
            Ok(()) => true,
            Err(error) => {
                tracing::debug!(%error, "the keyboard was not given back");
                false
            }
        }
        #[cfg(not(target_os = "linux"))]
        false
    }
}

#[cfg(target_os = "linux")]
mod x11 {
    use anyhow::Context;
    use x11rb::connection::Connection;
    use x11rb::protocol::xproto::{AtomEnum, ClientMessageEvent, ConnectionExt, EventMask};

    /// `_NET_ACTIVE_WINDOW` of the root window (EWMH).
    pub(super) fn active_window() -> anyhow::Result<Option<u32>> {
        let (connection, screen) = x11rb::connect(None)?;
        let root = connection.setup().roots.get(screen).context("no screen")?.root;
        let name = connection.intern_atom(false, b"_NET_ACTIVE_WINDOW")?.reply()?.atom;
        let reply = connection.get_property(false, root, name, AtomEnum::WINDOW, 0, 1)?.reply()?;
        Ok(reply.value32().and_then(|mut windows| windows.next()).filter(|&window| window != 0))
    }

    /// Asks the window manager to activate `window`, as a pager would: a user's wish that needs no time stamp.
    pub(super) fn activate(window: u32) -> anyhow::Result<()> {
        const PAGER: u32 = 2;
        let (connection, screen) = x11rb::connect(None)?;
        let root = connection.setup().roots.get(screen).context("no screen")?.root;
        let name = connection.intern_atom(false, b"_NET_ACTIVE_WINDOW")?.reply()?.atom;
        let wish = ClientMessageEvent::new(32, window, name, [PAGER, 0, 0, 0, 0]);
        let to = EventMask::SUBSTRUCTURE_REDIRECT | EventMask::SUBSTRUCTURE_NOTIFY;
        connection.send_event(false, root, to, wish)?.check()?;
        Ok(())
    }
}
