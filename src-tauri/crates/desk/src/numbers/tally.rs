//! Sums and medians.

use calls::missed::{How, Row};

use crate::log::CountedCall;

/// What is counted of some calls and rows.
#[derive(Debug, Default)]
pub(super) struct Count {
    tally: wire::Tally,
    waits: Vec<i64>,
    talks: Vec<i64>,
    callbacks: Vec<i64>,
}

impl Count {
    pub(super) fn call(&mut self, call: &CountedCall) {
        let tally = &mut self.tally;
        let answered = call.ended == "answered";
        if call.direction == "inbound" {
            tally.inbound += 1;
            match call.ended.as_str() {
                "answered" => tally.answered += 1,
                "missed" => tally.missed += 1,
                "abandoned" => tally.abandoned += 1,
                _ => tally.unknown += 1,
            }
            self.waits.extend(call.wait_ms.filter(|_| answered));
        } else {
            tally.outbound += 1;
            tally.outbound_answered += u32::from(answered);
        }
        self.talks.extend(call.talk_ms.filter(|_| answered));
    }

    pub(super) fn row(&mut self, row: &Row) {
        self.tally.rows += 1;
        let Some(closed) = &row.closed else {
            self.tally.open += 1;
            return;
        };
        match closed.how {
            How::Reached => {
                self.tally.reached += 1;
                let after = closed.at.duration_since(row.first_at).as_millis().max(0);
                self.callbacks.push(i64::try_from(after).unwrap_or(i64::MAX));
            }
            How::CalledAgain => self.tally.called_again += 1,
            How::Dismissed => self.tally.dismissed += 1,
        }
    }

    pub(super) fn tally(mut self) -> wire::Tally {
        let talk_total_ms = total(&self.talks);
        wire::Tally {
            wait_p50_ms: share(&mut self.waits, 50).map(short),
            wait_p90_ms: share(&mut self.waits, 90).map(short),
            talk_p50_ms: share(&mut self.talks, 50).map(short),
            talk_total_ms,
            callback_p50_ms: share(&mut self.callbacks, 50),
            callback_p90_ms: share(&mut self.callbacks, 90),
            ..self.tally
        }
    }
}

/// What is counted of one colleague.
#[derive(Debug, Default)]
pub(super) struct OfColleague {
    answered: u32,
    outbound: u32,
    outbound_answered: u32,
    pub(super) reached: u32,
    waits: Vec<i64>,
    talks: Vec<i64>,
}

impl OfColleague {
    pub(super) fn call(&mut self, call: &CountedCall) {
        let answered = call.ended == "answered";
        if call.direction == "inbound" {
            self.answered += u32::from(answered);
            self.waits.extend(call.wait_ms.filter(|_| answered));
        } else {
            self.outbound += 1;
            self.outbound_answered += u32::from(answered);
        }
        self.talks.extend(call.talk_ms.filter(|_| answered));
    }

    pub(super) fn told(mut self, extension: String, name: Option<String>) -> wire::ColleagueNumbers {
        wire::ColleagueNumbers {
            extension,
            name,
            answered: self.answered,
            outbound: self.outbound,
            outbound_answered: self.outbound_answered,
            reached: self.reached,
            talk_total_ms: total(&self.talks),
            talk_p50_ms: share(&mut self.talks, 50).map(short),
            wait_p50_ms: share(&mut self.waits, 50).map(short),
        }
    }
}

fn total(values: &[i64]) -> u64 {
    values.iter().filter_map(|value| u64::try_from(*value).ok()).sum()
}

/// The smallest value that so many of a hundred do not exceed.
fn share(values: &mut [i64], of_hundred: usize) -> Option<u64> {
    let place = (values.len() * of_hundred).div_ceil(100).checked_sub(1)?;
    let (_, value, _) = values.select_nth_unstable(place);
    u64::try_from(*value).ok()
}

fn short(ms: u64) -> u32 {
    u32::try_from(ms).unwrap_or(u32::MAX)
}
