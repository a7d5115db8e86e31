//! What a source told lately: for a minute instead of asking, for a day when it does not answer. In memory only.

use std::num::NonZeroUsize;

use jiff::{SignedDuration, Timestamp};
use lru::LruCache;
use phone::PhoneNumber;

use crate::source::Answer;

/// Several legs and desks ask about one caller within seconds.
const FRESH_FOR: SignedDuration = SignedDuration::from_secs(60);
/// Older people are not shown, not even as older ones.
const WORTH_SHOWING_FOR: SignedDuration = SignedDuration::from_hours(24);
/// Numbers in memory: the callers of a busy day.
const NUMBERS: usize = 4000;

#[derive(Debug)]
pub(super) struct Kept {
    answers: LruCache<PhoneNumber, (Answer, Timestamp, bool)>,
}

impl Default for Kept {
    fn default() -> Self {
        Kept { answers: LruCache::new(NonZeroUsize::new(NUMBERS).unwrap_or(NonZeroUsize::MIN)) }
    }
}

impl Kept {
    /// Nobody found is not kept: the patient may be registered while they speak.
    pub(super) fn keep(&mut self, number: &PhoneNumber, answer: &Answer, at: Timestamp) {
        if answer.people.is_empty() {
            self.answers.pop(number);
        } else {
            self.answers.put(number.clone(), (answer.clone(), at, true));
        }
    }

    pub(super) fn fresh(&mut self, number: &PhoneNumber, now: Timestamp) -> Option<Answer> {
        let (answer, at, may_be_used) = self.answers.get(number)?;
        (*may_be_used && now.duration_since(*at) < FRESH_FOR && now >= *at).then(|| answer.clone())
    }

    pub(super) fn last(&mut self, number: &PhoneNumber, now: Timestamp) -> Option<(Answer, Timestamp)> {
        let (answer, at, _) = self.answers.get(number)?;
        (now.duration_since(*at) < WORTH_SHOWING_FOR).then(|| (answer.clone(), *at))
    }

    /// Asked afresh next time; what was told stays worth showing if nobody answers then.
    pub(super) fn forget(&mut self, number: &PhoneNumber) {
        if let Some((_, _, may_be_used)) = self.answers.get_mut(number) {
            *may_be_used = false;
        }
    }

    pub(super) fn forget_all(&mut self) {
        for (_, (_, _, may_be_used)) in self.answers.iter_mut() {
            *may_be_used = false;
        }
    }
}
