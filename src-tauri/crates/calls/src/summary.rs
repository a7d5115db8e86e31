//! What the PBX says when an entry is over (`events/summary`, reference 2.4).

use jiff::Timestamp;
use phone::Extension;

use crate::{Direction, EntryId, Side};

/// The end of an entry, translated. It may come before the last legs' ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Summary {
    /// The entry that is over.
    pub entry: EntryId,
    /// Our time when the post came in. Not part of what was said.
    pub received_at: Timestamp,
    /// `call_direction`.
    pub direction: Option<Direction>,
    /// The calling side.
    pub from: Side,
    /// Who answered; when nobody did, the first who missed it; a group; or nobody at all.
    pub to: Side,
    /// The line called, or used.
    pub line: Option<String>,
    /// `create_time`.
    pub created_at: Option<Timestamp>,
    /// `forward_time`: when an inbound call left the menu.
    pub forwarded_at: Option<Timestamp>,
    /// `talk_time`: when somebody answered. `None` for 0.
    pub talked_at: Option<Timestamp>,
    /// `end_time`.
    pub ended_at: Option<Timestamp>,
    /// Somebody talked: `entry_result` is 1 **and** `talk_time` is not 0 (the manual has a call that died in the menu with a result of 1).
    pub answered: bool,
    /// `disconnect_reason`.
    pub reason: Option<i32>,
}

impl Summary {
    /// Everything that was said, without when we heard it.
    pub(crate) fn content(&self) -> impl Ord + '_ {
        (
            (self.answered, self.ended_at, self.talked_at),
            (self.created_at, self.forwarded_at, self.reason),
            (self.direction, &self.line),
            (self.from.content(), self.to.content()),
        )
    }

    /// The short number in `to`, which may be an employee's or a group's.
    pub(crate) fn to_extension(&self) -> Option<&Extension> {
        self.to.extension.as_ref()
    }

    /// The earliest moment it knows.
    pub(crate) fn earliest(&self) -> Option<Timestamp> {
        [self.created_at, self.forwarded_at, self.talked_at, self.ended_at].into_iter().flatten().min()
    }

    /// The latest moment it knows.
    pub(crate) fn latest(&self) -> Option<Timestamp> {
        [self.created_at, self.forwarded_at, self.talked_at, self.ended_at].into_iter().flatten().max()
    }
}
