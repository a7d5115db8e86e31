//! The ways of the newest calls through the desk: when each stage was reached. The loop owns it, so nothing waits for it.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use calls::EntryId;
use jiff::Timestamp;

use crate::log::Ticket;
use crate::view;

/// Calls that are remembered.
const MOST: usize = 20;

/// When a post came, and how long its signature took.
#[derive(Debug, Clone, Copy)]
pub struct Arrived {
    /// The whole body was there.
    pub at: Instant,
    /// Until its signature was known to be right.
    pub verified: Duration,
}

/// The newest calls' ways, oldest first.
#[derive(Debug, Default)]
pub(crate) struct Ways {
    ways: VecDeque<Way>,
}

#[derive(Debug)]
struct Way {
    call: EntryId,
    arrived: Instant,
    ticket: Option<Ticket>,
    said: wire::CallWay,
}

impl Ways {
    /// A call's first post came. `happened_at`: when the PBX says that it happened.
    pub(crate) fn begin(
        &mut self,
        call: EntryId,
        happened_at: Option<Timestamp>,
        received_at: Timestamp,
        arrived: Arrived,
    ) {
        if self.way(call.as_str()).is_some() {
            return;
        }
        if self.ways.len() >= MOST {
            self.ways.pop_front();
        }
        let said = wire::CallWay {
            happened_at: happened_at.map(view::time),
            received_at: Some(view::time(received_at)),
            verified_ms: Some(ms(arrived.verified)),
            ..wire::CallWay::default()
        };
        self.ways.push_back(Way { call, arrived: arrived.at, ticket: None, said });
    }

    /// A call was told to the feed as it is now.
    pub(crate) fn told(&mut self, call: &wire::Call) {
        let Some(way) = self.way(&call.id) else { return };
        let after = ms(way.arrived.elapsed());
        way.said.fed_ms.get_or_insert(after);
        if let Some(number) = &call.number {
            way.said.number.get_or_insert_with(|| hidden_middle(number));
            if way.said.looked_up.is_none() && call.card.status != wire::CardStatus::Looking {
                way.said.looked_up = Some(call.card.status);
                way.said.looked_up_ms = Some(after);
            }
        }
    }

    /// A call's first post is being written.
    pub(crate) fn writing(&mut self, call: &EntryId, ticket: Ticket) {
        if let Some(way) = self.way(call.as_str()) {
            way.ticket.get_or_insert(ticket);
        }
    }

    /// All writes up to a ticket are on disk.
    pub(crate) fn stored(&mut self, up_to: Ticket) {
        for way in &mut self.ways {
            if way.said.stored_ms.is_none() && way.ticket.is_some_and(|ticket| ticket <= up_to) {
                way.said.stored_ms = Some(ms(way.arrived.elapsed()));
            }
        }
    }

    /// A window has painted a call; the first to say so counts.
    pub(crate) fn shown(&mut self, call: &str) {
        if let Some(way) = self.way(call) {
            way.said.shown_ms.get_or_insert(ms(way.arrived.elapsed()));
        }
    }

    /// What is known, newest first.
    pub(crate) fn view(&self) -> Vec<wire::CallWay> {
        self.ways.iter().rev().map(|way| way.said.clone()).collect()
    }

    /// Newest first: a call is asked about while it is new.
    fn way(&mut self, call: &str) -> Option<&mut Way> {
        self.ways.iter_mut().rev().find(|way| way.call.as_str() == call)
    }
}

/// Milliseconds with three decimals: microseconds are what the first stages take.
fn ms(duration: Duration) -> f64 {
    (duration.as_secs_f64() * 1_000_000.0).round() / 1_000.0
}

/// `+79005550101` → `+7 9•• •••-••-01`; of a number of another country its beginning and its last two digits.
fn hidden_middle(number: &str) -> String {
    let digits: Vec<char> = number.chars().filter(char::is_ascii_digit).collect();
    match digits.as_slice() {
        ['7', first, .., last, end] if digits.len() == 11 => format!("+7 {first}•• •••-••-{last}{end}"),
        [first, second, .., last, end] if digits.len() >= 7 => format!("+{first}{second}•••••{last}{end}"),
        _ => "•••".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn begin(ways: &mut Ways, call: &str) {
        let arrived = Arrived { at: Instant::now(), verified: Duration::from_micros(120) };
        ways.begin(EntryId::new(call), Some(Timestamp::UNIX_EPOCH), Timestamp::UNIX_EPOCH, arrived);
    }

    #[test]
    fn a_way_is_told_once_and_the_newest_are_kept() {
        let mut ways = Ways::default();
        begin(&mut ways, "first");
        ways.writing(&EntryId::new("first"), 7);
        ways.stored(6);
        assert_eq!(ways.view()[0].stored_ms, None);
        ways.stored(7);
        ways.shown("first");
        let first = ways.view().remove(0);
        assert_eq!(first.verified_ms, Some(0.12));
        assert!(first.stored_ms.unwrap() <= first.shown_ms.unwrap());
        begin(&mut ways, "first");
        ways.shown("first");
        ways.shown("nobody's");
        assert_eq!(ways.view(), [first]);
        for n in 0..MOST {
            begin(&mut ways, &n.to_string());
        }
        assert_eq!(ways.view().len(), MOST);
        assert!(ways.way("first").is_none());
    }

    #[test]
    fn no_number_is_told_whole() {
        for (number, told) in
            [("+79005550101", "+7 9•• •••-••-01"), ("+380441234567", "+38•••••67"), ("112", "•••"), ("sip:7@x", "•••")]
        {
            assert_eq!(hidden_middle(number), told);
        }
    }
}
