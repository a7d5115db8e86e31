//! What the PBX would surely refuse.

use super::{CallsStatsQuery, Command, Sms, StatsQuery};

/// Why a command must not be sent: the PBX would refuse it, and refusals lock the account out (manual 1.4.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CommandFault {
    /// Empty, longer than 128 bytes, or not printable ASCII.
    #[error("command_id is not 1 to 128 printable ASCII characters")]
    CommandId,
    /// A field that the PBX requires is empty.
    #[error("{0} is empty")]
    Empty(&'static str),
    /// A text message longer than the PBX takes.
    #[error("the text has {length} characters, more than {limit}")]
    TextTooLong {
        /// How many characters it has.
        length: usize,
        /// How many it may have.
        limit: usize,
    },
    /// The end is not after the start, or lies more than a month after it.
    #[error("the time asked about is empty or longer than a month")]
    Period,
    /// A date that is not `DD.MM.YYYY HH:MM:SS`.
    #[error("{0} is not a date as the PBX wants it")]
    Date(&'static str),
    /// A value that the PBX does not have.
    #[error("{0} has a value that the PBX does not take")]
    Value(&'static str),
}

/// Manual 3.2.1.
const LONGEST_COMMAND_ID: usize = 128;
/// Manual 3.9.3.1.
const MOST_CONTACTS: u32 = 500;
/// Manual 3.4.2.
const CALLS_LIMITS: [u32; 10] = [1, 5, 10, 20, 50, 100, 500, 1000, 2000, 5000];

impl Command {
    /// Looks for what the PBX would surely refuse.
    ///
    /// # Errors
    /// The first such fault.
    pub fn check(&self) -> Result<(), CommandFault> {
        if let Some(id) = self.command_id() {
            let fits = (1..=LONGEST_COMMAND_ID).contains(&id.len());
            if !fits || !id.bytes().all(|b| b.is_ascii_graphic()) {
                return Err(CommandFault::CommandId);
            }
        }
        let missing = |required: &[(&'static str, &str)]| {
            let empty = required.iter().find(|(_, value)| value.trim().is_empty());
            empty.map_or(Ok(()), |&(name, _)| Err(CommandFault::Empty(name)))
        };
        match self {
            Command::Callback(c) => missing(&[("extension", &c.extension), ("to_number", &c.to_number)]),
            Command::CallbackGroup(c) => missing(&[("from", &c.from), ("to", &c.to)]),
            Command::HangUp(c) => missing(&[("call_id", &c.call_id)]),
            Command::Route(c) => missing(&[("call_id", &c.call_id), ("to_number", &c.to_number)]),
            Command::Transfer(c) => {
                missing(&[("call_id", &c.call_id), ("to_number", &c.to_number), ("initiator", &c.initiator)])
            }
            Command::CallsConnect(c) => missing(&[
                ("held_call_id", &c.held_call_id),
                ("initiator", &c.initiator),
                ("transferred_call_id", &c.transferred_call_id),
            ]),
            Command::TransferCancel(c) => missing(&[("call_id", &c.call_id)]),
            Command::HoldOn(c) => missing(&[("call_id", &c.call_id), ("initiator", &c.initiator)]),
            Command::RecordingStart(c) => missing(&[("call_id", &c.call_id), ("party", &c.party)]),
            Command::PlayStart(c) => missing(&[("call_id", &c.call_id), ("internal_id", &c.internal_id)]),
            Command::Sms(c) => {
                missing(&[("text", &c.text), ("from_extension", &c.from_extension), ("to_number", &c.to_number)])?;
                fits(&c.text)
            }
            Command::RecordingPost { recording_id, .. } | Command::RecordingTopics { recording_id } => {
                missing(&[("recording_id", recording_id)])
            }
            Command::StatsRequest(q) => stats(q),
            Command::CallsStatsRequest(q) => calls_stats(q),
            Command::StatsResult { key } | Command::CallsStatsResult { key } => missing(&[("key", key)]),
            Command::ContactSearch(q) if q.limit_rows.is_some_and(|rows| !(1..=MOST_CONTACTS).contains(&rows)) => {
                Err(CommandFault::Value("limit_rows"))
            }
            Command::ContactCursor(q) => missing(&[("cursor", &q.cursor)]),
            Command::DctUser { number } | Command::DctHistory { number } => missing(&[("number", number)]),
            Command::ContactCentreCall { entry_id } => missing(&[("entry_id", entry_id)]),
            Command::Balance
            | Command::Users(_)
            | Command::Groups(_)
            | Command::IncomingLines
            | Command::TrunkNumbers
            | Command::ContactSearch(_) => Ok(()),
        }
    }
}

fn fits(text: &str) -> Result<(), CommandFault> {
    let (length, limit) = (text.chars().count(), Sms::limit(text));
    if length > limit { Err(CommandFault::TextTooLong { length, limit }) } else { Ok(()) }
}

fn stats(q: &StatsQuery) -> Result<(), CommandFault> {
    let fits = q.from >= 0 && q.to > q.from && q.to - q.from <= StatsQuery::LONGEST;
    if !fits {
        return Err(CommandFault::Period);
    }
    if q.call_party.is_some() && (q.from_party.is_some() || q.to_party.is_some()) {
        return Err(CommandFault::Value("call_party"));
    }
    Ok(())
}

fn calls_stats(q: &CallsStatsQuery) -> Result<(), CommandFault> {
    for (name, date) in [("start", &q.start), ("end", &q.end)] {
        if !is_date(date) {
            return Err(CommandFault::Date(name));
        }
    }
    if !CALLS_LIMITS.contains(&q.limit) {
        return Err(CommandFault::Value("limit"));
    }
    if q.search_string.as_ref().is_some_and(|text| text.chars().count() < 3) {
        return Err(CommandFault::Value("search_string"));
    }
    Ok(())
}

/// `DD.MM.YYYY HH:MM:SS`, by its shape.
fn is_date(text: &str) -> bool {
    const SHAPE: &[u8] = b"00.00.0000 00:00:00";
    let fits = |(have, want): (u8, &u8)| if *want == b'0' { have.is_ascii_digit() } else { have == *want };
    text.len() == SHAPE.len() && text.bytes().zip(SHAPE).all(fits)
}
