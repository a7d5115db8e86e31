//! Questions about a caller beyond the directory: the PBX's address book for a number that nobody knows, call tracking
//! for the source of a call, speech analytics for what a recording was about. Only when the settings say so: each is a request to an account that two bad ones
//! lock out. So a kind of question that was refused once is not asked again by this start of the desk, and after any
//! refusal all of them rest for a while.

use std::collections::HashSet;

use calls::EntryId;
use jiff::{SignedDuration, Timestamp};
use mango_vpbx::Post;
use mango_vpbx::client::CommandError;
use phone::PhoneNumber;

use super::{Running, past};
use crate::happening::Happening;
use crate::log::MAIN;

/// How long the PBX remembers a bad request (manual 1.4.1), and a little more.
const RESTS_FOR: SignedDuration = SignedDuration::from_secs(130);
/// Questions that are remembered, so that each is asked once; more callers than a day has.
const REMEMBERED: usize = 5000;

/// A kind of question.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Question {
    /// Who has the number in the PBX's address book.
    Contact,
    /// Where the visitor of our site came from.
    Visitor,
    /// What a recording was about.
    Topics,
}

/// What was asked already.
#[derive(Debug, Default)]
pub(super) struct Asking {
    is_wanted: bool,
    refused: HashSet<Question>,
    rests_until: Option<Timestamp>,
    asked: HashSet<(Question, String)>,
}

impl Asking {
    pub(super) fn new(is_wanted: bool) -> Asking {
        Asking { is_wanted, ..Asking::default() }
    }

    fn may_ask(&mut self, question: Question, about: &str, now: Timestamp) -> bool {
        let rests = self.rests_until.is_some_and(|until| now < until);
        if !self.is_wanted || rests || self.refused.contains(&question) {
            return false;
        }
        if self.asked.len() >= REMEMBERED {
            self.asked.clear();
        }
        self.asked.insert((question, about.to_owned()))
    }

    fn refuse(&mut self, question: Question, now: Timestamp) {
        self.refused.insert(question);
        self.rests_until = now.checked_add(RESTS_FOR).ok();
    }
}

impl Running {
    /// The directory does not know a number: perhaps the PBX's address book does.
    pub(super) fn ask_address_book(&mut self, number: &PhoneNumber, now: Timestamp) {
        let Some(client) = self.pbx.client(MAIN) else { return };
        if !self.board.is_unknown_caller(number) || !self.asking.may_ask(Question::Contact, number.as_str(), now) {
            return;
        }
        let (number, back) = (number.clone(), self.happenings.clone());
        self.tasks.spawn(async move {
            let told = client.find_contacts(number.digits()).await;
            let name =
                told.map(|contacts| contacts.into_iter().find_map(|contact| contact.name.or(contact.organization)));
            let refused = name.as_ref().is_err_and(is_refusal);
            let _ = back.send(Happening::Named { number, name: name.ok().flatten(), refused }).await;
        });
    }

    /// What a post makes worth asking about.
    pub(super) fn ask_further(&mut self, post: &Post, now: Timestamp) {
        if let Post::Call(event) = post
            && let Some(dct) = event.dct.as_ref().filter(|dct| dct.kind > 0)
            && let Some(number) = &dct.number
        {
            self.ask_call_tracking(&event.entry_id, number, now);
        }
        if let Post::RecordTagged(event) = post
            && let Some(entry) = event.entry_id.as_deref().filter(|_| event.topics.is_empty())
        {
            self.ask_topics(entry, &event.recording_id, now);
        }
    }

    /// A call came by a tracking number: where did the visitor find it?
    fn ask_call_tracking(&mut self, entry: &str, tracking_number: &str, now: Timestamp) {
        let Some(client) = self.pbx.client(MAIN) else { return };
        if !self.asking.may_ask(Question::Visitor, entry, now) {
            return;
        }
        let (entry, number, back) = (EntryId::new(entry), tracking_number.to_owned(), self.happenings.clone());
        self.tasks.spawn(async move {
            let told = client.dct_user(&number).await;
            let source = told.map(|visitor| {
                let visitor = visitor?;
                let words = [visitor.source.or(visitor.widget_name), visitor.campaign, visitor.term];
                let words: Vec<String> = words.into_iter().flatten().filter(|word| !word.is_empty()).collect();
                (!words.is_empty()).then(|| words.join(", "))
            });
            let refused = source.as_ref().is_err_and(is_refusal);
            let _ = back.send(Happening::Tracked { entry, source: source.ok().flatten(), refused }).await;
        });
    }

    /// Speech analytics has looked at a recording; its post does not say what it found (manual 3.1.7).
    fn ask_topics(&mut self, entry: &str, recording: &str, now: Timestamp) {
        let Some(client) = self.pbx.client(MAIN) else { return };
        if !self.asking.may_ask(Question::Topics, recording, now) {
            return;
        }
        let (entry, recording, back) = (EntryId::new(entry), recording.to_owned(), self.happenings.clone());
        self.tasks.spawn(async move {
            let topics = client.topics(&recording).await;
            let refused = topics.as_ref().is_err_and(is_refusal);
            let _ = back.send(Happening::Topics { entry, topics: topics.unwrap_or_default(), refused }).await;
        });
    }

    pub(super) fn topics_told(&mut self, entry: &EntryId, topics: Vec<String>, refused: bool, now: Timestamp) {
        if refused {
            self.asking.refuse(Question::Topics, now);
        }
        if !topics.is_empty() {
            let outbox = self.board.add_topics(entry, topics, now, past(self.log.as_ref()));
            self.carry_out(outbox, None, None);
        }
    }

    pub(super) fn named(&mut self, number: &PhoneNumber, name: Option<String>, refused: bool, now: Timestamp) {
        if refused {
            self.asking.refuse(Question::Contact, now);
        }
        if let Some(name) = name {
            let outbox = self.board.contact_named(number, &name, now);
            self.carry_out(outbox, None, None);
        }
    }

    pub(super) fn tracked(&mut self, entry: &EntryId, source: Option<String>, refused: bool, now: Timestamp) {
        if refused {
            self.asking.refuse(Question::Visitor, now);
        }
        if let Some(source) = source {
            let outbox = self.board.advert_source(entry, &source, now, past(self.log.as_ref()));
            self.carry_out(outbox, None, None);
        }
    }
}

fn is_refusal(error: &CommandError) -> bool {
    matches!(error, CommandError::Refused { .. })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_790_000_000 + second).unwrap()
    }

    #[test]
    fn each_is_asked_once_and_never_unless_wanted() {
        let mut asking = Asking::new(true);
        assert!(asking.may_ask(Question::Contact, "+79005550101", at(0)));
        assert!(!asking.may_ask(Question::Contact, "+79005550101", at(500)));
        assert!(asking.may_ask(Question::Visitor, "+79005550101", at(0)));
        assert!(!Asking::new(false).may_ask(Question::Contact, "+79005550101", at(0)));
    }

    #[test]
    fn after_a_refusal_its_kind_is_never_asked_again_and_the_others_rest() {
        let mut asking = Asking::new(true);
        asking.refuse(Question::Visitor, at(0));
        assert!(!asking.may_ask(Question::Contact, "a", at(129)));
        assert!(asking.may_ask(Question::Contact, "a", at(130)));
        assert!(!asking.may_ask(Question::Visitor, "a", at(10_000)));
    }
}
