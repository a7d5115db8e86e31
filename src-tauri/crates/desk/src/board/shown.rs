//! What the feed shows, and to whom a ringing call pops.

use std::sync::Arc;

use calls::{PopRule, Ring, Viewer};
use jiff::Timestamp;
use phone::Extension;

/// Something that a viewer sees differently now.
#[derive(Debug, Clone)]
pub enum Change {
    /// A call.
    Call(Arc<ShownCall>),
    /// A row of missed calls.
    Missed(Arc<wire::Missed>),
    /// A click-to-call.
    Dial(Arc<wire::Dial>),
    /// The desk.
    Desk,
    /// Something is no longer.
    Gone(wire::GoneKind, String),
}

/// A call as everybody sees it, with what decides for whom it pops.
#[derive(Debug, Clone, PartialEq)]
pub struct ShownCall {
    /// The call; its `pops` is false and is set for each viewer.
    pub call: wire::Call,
    /// The fresh rings that nobody took.
    pub rings: Vec<Ring>,
    /// When it began.
    pub started_at: Timestamp,
}

impl ShownCall {
    /// Whether it is not over.
    #[must_use]
    pub fn is_live(&self) -> bool {
        self.call.state != wire::CallState::Ended
    }

    /// The call as one viewer sees it.
    #[must_use]
    pub fn for_viewer(&self, viewer: &Viewer) -> wire::Call {
        let pops = self.rings.iter().any(|ring| ring.concerns(viewer));
        wire::Call { pops, ..self.call.clone() }
    }
}

/// Whose desk a connection shows, in the fold's words.
#[must_use]
pub fn viewer(viewer: &wire::Viewer) -> Viewer {
    Viewer {
        extension: viewer.extension.as_deref().and_then(Extension::new),
        groups: viewer.groups.clone(),
        pop: match viewer.pop {
            wire::Pop::Mine => PopRule::Mine,
            wire::Pop::Groups => PopRule::Groups,
            wire::Pop::All => PopRule::All,
        },
    }
}
