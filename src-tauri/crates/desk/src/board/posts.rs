//! What each kind of post does to the board.

use calls::{CommandId, EntryId};
use jiff::Timestamp;
use mango_vpbx::Post;

use super::{Board, HELD_FOR, NoPast, Outbox, Past};
use crate::log::MAIN;
use crate::translate;

impl Board {
    /// Counts a post of the past for the clock's sake.
    pub fn remember_clock(&mut self, post: &Post, received_at: Timestamp) {
        if let Post::Call(event) = post
            && let Ok(at) = Timestamp::from_second(event.timestamp)
        {
            self.skew.observe(at, received_at);
        }
    }

    /// Takes a verified post.
    pub fn post(&mut self, account: &'static str, post: &Post, received_at: Timestamp, past: &dyn Past) -> Outbox {
        let mut outbox = Outbox::default();
        match post {
            Post::Call(event) => {
                let Some(leg) = translate::leg(event, received_at, &self.rules.region) else { return outbox };
                let (id, at) = (leg.entry.clone(), leg.at);
                let past = past_of(Some(at), received_at, past);
                let tracked = self.tracked(&id, account, past);
                let told_more = tracked.extras.add(post, received_at);
                if tracked.entry.add_leg(leg) {
                    self.skew.observe(at, received_at);
                    self.refresh(&id, received_at, &mut outbox);
                } else if told_more {
                    self.refresh(&id, received_at, &mut outbox);
                }
            }
            Post::Summary(summary) => {
                let summary = translate::summary(summary, received_at, &self.rules.region);
                let id = summary.entry.clone();
                let past = past_of(summary.ended_at, received_at, past);
                if self.tracked(&id, account, past).entry.add_summary(summary) {
                    self.refresh(&id, received_at, &mut outbox);
                }
            }
            Post::CommandResult(result) => {
                if let Some(id) = &result.command_id {
                    let command = CommandId::new(id);
                    self.dial_result(&command, result.result, received_at, &mut outbox);
                    self.deed_result(&command, result.result, received_at, &mut outbox);
                }
                self.sms_told(post, received_at, &mut outbox);
            }
            Post::Recording(_) | Post::RecordAdded(_) | Post::RecordTagged(_) | Post::Recognized(_) | Post::Dtmf(_) => {
                if let Some(entry) = entry_of(post) {
                    let id = EntryId::new(entry);
                    // A call that ended long ago may have left memory; its recording comes after it.
                    if self.tracked(&id, account, past).extras.add(post, received_at) {
                        self.refresh(&id, received_at, &mut outbox);
                    }
                }
            }
            Post::Sms(_) => self.sms_told(post, received_at, &mut outbox),
            // Invented names never answer for a real caller.
            Post::AddressBook(change) if account == MAIN || self.rules.rehearsing => {
                self.contacts_changed(change, received_at, &mut outbox);
            }
            Post::AddressBook(_)
            | Post::UserStatus(_)
            | Post::SessionEnd(_)
            | Post::Dialog(_)
            | Post::RobotStats(_)
            | Post::StatsReady(_)
            | Post::Unknown => {}
        }
        outbox
    }
}

/// The entry that a post about a recording or a pressed key belongs to.
fn entry_of(post: &Post) -> Option<&str> {
    match post {
        Post::Recording(event) => event.entry_id.as_deref(),
        Post::RecordAdded(event) => event.entry_id.as_deref(),
        Post::RecordTagged(event) => event.entry_id.as_deref(),
        Post::Recognized(event) => event.entry_id.as_deref(),
        Post::Dtmf(event) => Some(&event.entry_id),
        Post::Call(event) => Some(&event.entry_id),
        Post::Summary(summary) => Some(&summary.entry_id),
        Post::CommandResult(_)
        | Post::Sms(_)
        | Post::AddressBook(_)
        | Post::UserStatus(_)
        | Post::SessionEnd(_)
        | Post::Dialog(_)
        | Post::RobotStats(_)
        | Post::StatsReady(_)
        | Post::Unknown => None,
    }
}

/// By what the log finds a post again: the entry or the command it is about.
pub(crate) fn subject(post: &Post) -> Option<String> {
    if let Post::CommandResult(result) = post {
        result.command_id.clone()
    } else if let Post::Sms(sms) = post {
        sms.command_id.clone()
    } else {
        entry_of(post).map(str::to_owned)
    }
}

/// Where to look for an entry that is not on the board. What happened a moment ago is about a call that is on the board
/// or is new: those heard of within [`HELD_FOR`] are all held. So the log, which is slower than a pop should be, is asked
/// only about what is old.
pub(super) fn past_of(at: Option<Timestamp>, received_at: Timestamp, past: &dyn Past) -> &dyn Past {
    let is_recent = at.is_some_and(|at| received_at.duration_since(at).abs() < HELD_FOR);
    if is_recent { &NoPast } else { past }
}
