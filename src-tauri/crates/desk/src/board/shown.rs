//! What the feed shows, and to whom a ringing call pops.

use std::sync::Arc;

use calls::{Entry, PopRule, Ring, Viewer};
use jiff::Timestamp;
use phone::Extension;

use super::Board;
use super::deeds::may;
use super::extras::Extras;
use crate::log::MAIN;

/// Something that a viewer sees differently now.
#[derive(Debug, Clone)]
pub enum Change {
    /// A call.
    Call(Arc<ShownCall>),
    /// A row of missed calls.
    Missed(Arc<wire::Missed>),
    /// A click-to-call.
    Dial(Arc<wire::Dial>),
    /// A text message.
    Sms(Arc<wire::Sms>),
    /// Colleagues, groups or lines.
    Roster(Arc<wire::Roster>),
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
    /// What may be done with it, and by whom.
    pub may: May,
}

/// What may be done with a call, and by whom.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct May {
    /// By those who are on one of its legs.
    by: Vec<(Extension, Vec<wire::Action>)>,
    /// By everybody else with a short number.
    by_others: Vec<wire::Action>,
}

impl May {
    pub(super) fn of(entry: &Entry, extras: &Extras) -> May {
        let (by, by_others) = entry.grips();
        let by = by.into_iter().map(|(extension, grip)| {
            let actions = may(&grip, extras.is_being_recorded(Some(extension.as_str())));
            (extension, actions)
        });
        May { by: by.collect(), by_others: may(&by_others, false) }
    }

    fn by(&self, extension: Option<&Extension>) -> Vec<wire::Action> {
        // Without a short number there is no phone that a command could be about.
        let Some(extension) = extension else { return Vec::new() };
        let on_it = self.by.iter().find(|(known, _)| known == extension).map(|(_, actions)| actions);
        on_it.unwrap_or(&self.by_others).clone()
    }
}

impl Board {
    /// The clinic's calls that are not over, in no order.
    pub fn live_calls(&self) -> impl Iterator<Item = &wire::Call> {
        self.entries
            .values()
            .filter(|tracked| tracked.account == MAIN)
            .filter_map(|tracked| tracked.shown.as_ref())
            .filter(|shown| shown.is_live())
            .map(|shown| &shown.call)
    }
}

impl ShownCall {
    /// Whether it is not over.
    #[must_use]
    pub fn is_live(&self) -> bool {
        self.call.state != wire::CallState::Ended
    }

    /// Whether the row of what was shown before keeps all that a start needs of this one. While a call lives its legs are
    /// folded from the facts, which are on disk anyway; its row is written again for what facts do not tell, and at its end.
    pub(super) fn is_kept_by(&self, before: &ShownCall) -> bool {
        let (now, was) = (&self.call, &before.call);
        self.is_live()
            && before.is_live()
            && self.started_at == before.started_at
            && now.number == was.number
            && now.card == was.card
            && now.advert == was.advert
            && now.topics == was.topics
    }

    /// The call as one viewer sees it.
    #[must_use]
    pub fn for_viewer(&self, viewer: &Viewer) -> wire::Call {
        let pops = self.rings.iter().any(|ring| ring.concerns(viewer));
        wire::Call { pops, may: self.may.by(viewer.extension.as_ref()), ..self.call.clone() }
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
