//! Whether a call pops on a desk.

use phone::Extension;

use crate::{Picture, Ring, Skew};

/// Whose ringing calls pop up at a desk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PopRule {
    /// Those that ring at the desk's own extension.
    Mine,
    /// Those, and all that ring for the desk's groups.
    Groups,
    /// All.
    All,
}

/// Who looks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Viewer {
    /// The desk's short number.
    pub extension: Option<Extension>,
    /// The reception's groups.
    pub groups: Vec<String>,
    /// Whose calls pop.
    pub pop: PopRule,
}

/// Whether the call rings for this viewer, freshly, and nobody took it.
pub fn pops(picture: &Picture, viewer: &Viewer, skew: &Skew) -> bool {
    picture.rings.iter().any(|ring| ring.concerns(viewer) && skew.is_fresh(ring.at, ring.received_at))
}

impl Ring {
    /// Whether this viewer wants to see it, however old it is.
    pub fn concerns(&self, viewer: &Viewer) -> bool {
        let is_mine = || self.extension.is_some() && self.extension == viewer.extension;
        let is_our_groups =
            || self.group.as_ref().is_some_and(|group| !group.is_empty() && viewer.groups.contains(group));
        match viewer.pop {
            PopRule::Mine => is_mine(),
            PopRule::Groups => is_mine() || is_our_groups(),
            PopRule::All => true,
        }
    }
}
