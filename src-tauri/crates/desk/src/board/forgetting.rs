//! What memory lets go of: the log has it.

use std::collections::{HashMap, HashSet};

use calls::{CommandId, EntryId};
use jiff::{SignedDuration, Timestamp};
use phone::PhoneNumber;

use super::{Board, HELD_FOR, deeds, missed};

/// Ended calls that stay in memory; older ones are read from the log when something late comes for them.
pub(crate) const HELD_ENDED: u32 = 3000;
/// How often memory is looked through for them.
const FORGET_EVERY: SignedDuration = SignedDuration::from_secs(30);

impl Board {
    /// Lets go of ended calls that memory need not hold: the log has them.
    pub(super) fn forget(&mut self, now: Timestamp) {
        let is_time = self.forgot_at == Timestamp::MIN || now.duration_since(self.forgot_at) > FORGET_EVERY;
        let held = usize::try_from(HELD_ENDED).unwrap_or(usize::MAX);
        if self.entries.len() <= held || !is_time {
            return;
        }
        self.forgot_at = now;
        let mut ended: Vec<(Timestamp, EntryId)> = self
            .entries
            .iter()
            .filter(|(_, tracked)| tracked.deadline.is_none())
            // What was recalled is old from the beginning, and its card may be on its way.
            .filter(|(_, tracked)| tracked.card.status != wire::CardStatus::Looking)
            .map(|(id, tracked)| (tracked.entry.last_heard_at(), id.clone()))
            .filter(|(heard_at, _)| now.duration_since(*heard_at) > HELD_FOR)
            .collect();
        ended.sort();
        let surplus = self.entries.len().saturating_sub(held);
        for (_, id) in ended.into_iter().take(surplus) {
            let Some(tracked) = self.entries.remove(&id) else { continue };
            index_caller(&mut self.callers, &id, tracked.looked_up.as_ref(), None);
            if let Some(place) = &tracked.place {
                let is_watched = self.numbers.get(&place.number).is_some_and(missed::Story::is_shown);
                self.last_words.left(&id, place, is_watched);
            }
            for command in deeds::commands(&tracked.deeds) {
                self.deeds.remove(command);
            }
            let command = tracked.shown.as_ref().and_then(|shown| shown.call.command_id.as_deref());
            if let Some(command) = command {
                self.commands.remove(&CommandId::new(command));
            }
        }
    }
}

/// Moves an entry from one number to another.
pub(super) fn index_caller(
    callers: &mut HashMap<PhoneNumber, HashSet<EntryId>>,
    id: &EntryId,
    from: Option<&PhoneNumber>,
    to: Option<&PhoneNumber>,
) {
    if let Some(number) = from
        && let Some(entries) = callers.get_mut(number)
    {
        entries.remove(id);
        if entries.is_empty() {
            callers.remove(number);
        }
    }
    if let Some(number) = to {
        callers.entry(number.clone()).or_default().insert(id.clone());
    }
}
