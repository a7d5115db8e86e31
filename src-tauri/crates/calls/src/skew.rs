//! How far this computer's clock is from the PBX's, and whether a post is fresh.

use std::collections::VecDeque;

use jiff::{SignedDuration, Timestamp};

const POSTS: usize = 20;
const FRESH_FOR: SignedDuration = SignedDuration::from_secs(120);
const WRONG_FROM: SignedDuration = SignedDuration::from_secs(60);

/// The delays of the last 20 first-seen posts. If all are off alike, it is the clock that is wrong and not the posts that are old.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Skew {
    delays: VecDeque<SignedDuration>,
}

impl Skew {
    /// Nothing is known yet.
    pub fn new() -> Skew {
        Skew::default()
    }

    /// Takes in a post seen for the first time: the PBX's time in it, and ours when it came.
    pub fn observe(&mut self, at: Timestamp, received_at: Timestamp) {
        if self.delays.len() == POSTS {
            self.delays.pop_front();
        }
        self.delays.push_back(received_at.duration_since(at));
    }

    /// How far our clock is ahead of the PBX's (negative: behind), the posts' way here included: the lower median of the delays.
    pub fn ahead(&self) -> Option<SignedDuration> {
        let mut delays: Vec<SignedDuration> = self.delays.iter().copied().collect();
        delays.sort_unstable();
        delays.get(delays.len().checked_sub(1)? / 2).copied()
    }

    /// The clocks differ by more than a minute: ours is wrong, and somebody should be told.
    pub fn is_wrong(&self) -> bool {
        self.ahead().is_some_and(|ahead| ahead > WRONG_FROM || ahead < -WRONG_FROM)
    }

    /// Whether a post was at most two minutes old when it came, by clocks made equal. Without any experience every post is.
    pub fn is_fresh(&self, at: Timestamp, received_at: Timestamp) -> bool {
        let delay = received_at.duration_since(at);
        self.ahead().is_none_or(|ahead| delay.saturating_sub(ahead) <= FRESH_FOR)
    }
}
