//! What can be done with a call on behalf of one extension, and on which leg (reference 4: which command works in which state).

use phone::Extension;

use crate::leg::{LegView, Place};
use crate::reading::Reading;
use crate::{CallId, Direction, Entry, LegState};

/// The legs that commands of one extension would be about. What is absent cannot be done now.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Grip {
    /// A live leg of this extension: it can be ended.
    pub hang_up: Option<CallId>,
    /// A leg that waits in the menu or a queue, or rings at somebody else's: it can be taken.
    pub take: Option<CallId>,
    /// The leg on which this extension talks: it can be handed over, held and recorded.
    pub talk: Option<CallId>,
    /// A colleague is being asked while the other side waits.
    pub consult: Option<Consult>,
}

/// Somebody waits on hold while a colleague is called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Consult {
    /// The leg on hold.
    pub held: CallId,
    /// The leg to the colleague.
    pub asked: CallId,
    /// The colleague's short number, when there is one.
    pub colleague: Option<Extension>,
    /// The colleague has answered, so the two can be joined.
    pub answered: bool,
}

impl Grip {
    /// Whether nothing can be done.
    pub fn is_empty(&self) -> bool {
        *self == Grip::default()
    }
}

impl Entry {
    /// What can be done with the entry by whoever has this short number; `None`: by somebody who is not in the call.
    pub fn grip(&self, extension: Option<&Extension>) -> Grip {
        if self.has_summary() {
            return Grip::default();
        }
        Reading::new(self).grip(extension)
    }

    /// What can be done with the entry by each of the clinic who is on a live leg, sorted by short number, and by everybody else.
    pub fn grips(&self) -> (Vec<(Extension, Grip)>, Grip) {
        if self.has_summary() {
            return (Vec::new(), Grip::default());
        }
        let reading = Reading::new(self);
        let mut on: Vec<&Extension> = reading
            .legs
            .iter()
            .filter(|leg| leg.is_live())
            .flat_map(|leg| [&leg.last.from.extension, &leg.last.to.extension])
            .flatten()
            .collect();
        on.sort_unstable();
        on.dedup();
        let by = on.into_iter().map(|extension| (extension.clone(), reading.grip(Some(extension)))).collect();
        (by, reading.grip(None))
    }
}

impl Reading<'_> {
    fn grip(&self, me: Option<&Extension>) -> Grip {
        let live = || self.legs.iter().filter(|leg| leg.is_live());
        let mine = || live().filter(|leg| me.is_some_and(|me| is_on(leg, me)));
        let consult = me.and_then(|me| self.consult(me));
        let talk = mine()
            .filter(|leg| leg.last.state == LegState::Talking && leg.place() == Place::Phone)
            .filter(|leg| match self.direction {
                Direction::Inbound | Direction::Internal => true,
                Direction::Outbound => self.has_called_party(leg, leg.last),
            })
            .find(|_| consult.is_none());
        let rank = |leg: &&LegView<'_>| match leg.last.state {
            LegState::Talking => 3,
            LegState::Held => 2,
            LegState::Ringing => 1,
            LegState::Ended => 0,
        };
        Grip {
            hang_up: mine().max_by_key(rank).map(|leg| leg.id.clone()),
            take: if mine().next().is_some() { None } else { self.takeable() },
            talk: talk.map(|leg| leg.id.clone()),
            consult,
        }
    }

    /// A leg of an inbound call that nobody talks on: one that waits for a group before one that rings, and that before
    /// one in the menu (manual 3.2.5: a call still in the menu or a queue, or ringing an employee).
    fn takeable(&self) -> Option<CallId> {
        let live = || self.legs.iter().filter(|leg| leg.is_live());
        let somebody_talks = live().any(|leg| leg.place() == Place::Phone && leg.last.state != LegState::Ringing);
        if self.direction != Direction::Inbound || somebody_talks {
            return None;
        }
        let rank = |leg: &&LegView<'_>| match leg.place() {
            Place::Queue => 0,
            Place::Phone => 1,
            Place::Menu => 2,
        };
        live().min_by_key(|leg| (rank(leg), leg.first.at, leg.id)).map(|leg| leg.id.clone())
    }

    /// A leg of mine is on hold, and I call somebody on another leg of this entry.
    fn consult(&self, me: &Extension) -> Option<Consult> {
        let live = || self.legs.iter().filter(|leg| leg.is_live());
        let held = live().find(|leg| leg.last.state == LegState::Held && is_on(leg, me))?;
        // A group has several phones: the one that was lifted counts.
        let asked = live()
            .filter(|leg| leg.id != held.id && leg.last.from.extension.as_ref() == Some(me))
            .max_by_key(|leg| leg.last.state == LegState::Talking)?;
        Some(Consult {
            held: held.id.clone(),
            asked: asked.id.clone(),
            colleague: asked.last.to.extension.clone(),
            answered: asked.last.state == LegState::Talking,
        })
    }
}

fn is_on(leg: &LegView<'_>, extension: &Extension) -> bool {
    leg.last.to.extension.as_ref() == Some(extension) || leg.last.from.extension.as_ref() == Some(extension)
}
