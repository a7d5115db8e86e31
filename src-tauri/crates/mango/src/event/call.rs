//! `events/call`: a leg of a call changed its state.

use std::fmt;

use serde_json::{Map, Value};

use crate::lenient::{count, flag, moment, object, plain, small, text};

/// A leg of a call changed its state (manual 3.1.2).
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct CallEvent {
    /// The contact that the leg belongs to. Opaque.
    pub entry_id: String,
    /// The leg. Opaque, unique among all legs.
    pub call_id: String,
    /// When it happened: Unix seconds; 0 when not said.
    pub timestamp: i64,
    /// Order within one `call_id`, from 1, with gaps; 0 when not said.
    pub seq: u32,
    /// What the leg does.
    pub state: CallState,
    /// `ivr`, `queue`, `abonent`, or a newer word.
    pub location: Option<String>,
    /// The calling side.
    pub from: Party,
    /// The called side.
    pub to: Party,
    /// Why a leg ended: a [`Code`](crate::Code).
    pub disconnect_reason: Option<i32>,
    /// `consultative`, `blind`, `return_blind` (API version 2).
    pub transfer: Option<String>,
    /// The id that an outside SIP system gave.
    pub sip_call_id: Option<String>,
    /// The command of ours that made the leg.
    pub command_id: Option<String>,
    /// The outbound campaign's task that made the leg.
    pub task_id: Option<String>,
    /// The outbound campaign.
    pub campaign_id: Option<String>,
    /// Who asked for a callback: `API`, `WEB`, `CC`, …; Cyrillic look-alikes of the manual are made Latin.
    pub callback_initiator: Option<String>,
    /// Call tracking.
    pub dct: Option<Dct>,
}

/// One side of a call. The default is a side about which nothing is known, such as a withheld caller.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Party {
    /// An employee's short number, in a summary also a group's.
    pub extension: Option<String>,
    /// Digits with the country code first, or a SIP address.
    pub number: Option<String>,
    /// Our line: digits or a SIP address.
    pub line_number: Option<String>,
    /// The group that distributes the call; empty text says that the group has no number.
    pub acd_group: Option<String>,
    /// The leg where this caller was before.
    pub taken_from_call_id: Option<String>,
    /// The other side left by a transfer (API version 2).
    pub was_transferred: bool,
    /// This side put the other on hold (API version 2).
    pub hold_initiator: bool,
}

/// What a leg does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CallState {
    /// It began.
    Appeared,
    /// The sides talk.
    Connected,
    /// One side holds the other.
    OnHold,
    /// It is over.
    Disconnected,
    /// A word that the manual does not have; empty when none was said.
    Other(String),
}

/// Call tracking of a leg.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Dct {
    /// The tracking number.
    pub number: Option<String>,
    /// 0 none, 1 dynamic, 2 static.
    pub kind: i32,
}

pub(super) fn call(body: &Map<String, Value>) -> Option<CallEvent> {
    Some(CallEvent {
        entry_id: text(body, "entry_id")?,
        call_id: text(body, "call_id")?,
        timestamp: moment(body, &["timestamp"]),
        seq: count(body, "seq").unwrap_or(0),
        state: state(text(body, "call_state").unwrap_or_default()),
        location: text(body, "location"),
        from: party(body, "from"),
        to: party(body, "to"),
        disconnect_reason: small(body, "disconnect_reason"),
        transfer: text(body, "transfer"),
        sip_call_id: text(body, "sip_call_id"),
        command_id: text(body, "command_id"),
        task_id: text(body, "task_id"),
        campaign_id: text(body, "campaign_id"),
        callback_initiator: text(body, "callback_initiator").map(|word| latin(&word)),
        dct: dct(body),
    })
}

pub(super) fn party(body: &Map<String, Value>, name: &str) -> Party {
    let Some(side) = object(body, name) else {
        return Party::default();
    };
    Party {
        extension: text(side, "extension"),
        number: text(side, "number"),
        line_number: text(side, "line_number"),
        acd_group: side.get("acd_group").and_then(plain),
        taken_from_call_id: text(side, "taken_from_call_id"),
        // One production system spells it with one r (reference 2.3).
        was_transferred: flag(side, "was_transferred") || flag(side, "was_transfered"),
        hold_initiator: flag(side, "hold_initiator"),
    }
}

fn state(word: String) -> CallState {
    let is = |known: &str| word.eq_ignore_ascii_case(known);
    if is("Appeared") {
        CallState::Appeared
    } else if is("Connected") {
        CallState::Connected
    } else if is("OnHold") {
        CallState::OnHold
    } else if is("Disconnected") {
        CallState::Disconnected
    } else {
        CallState::Other(word)
    }
}

pub(super) fn dct(body: &Map<String, Value>) -> Option<Dct> {
    let dct = object(body, "dct")?;
    Some(Dct { number: text(dct, "number"), kind: small(dct, "type").unwrap_or(0) })
}

/// The manual's constants hide Cyrillic letters among Latin ones (`MissGroupСallCallback`).
fn latin(word: &str) -> String {
    let letter = |c| match c {
        'А' => 'A',
        'В' => 'B',
        'Е' => 'E',
        'С' => 'C',
        'О' => 'O',
        'Р' => 'P',
        'а' => 'a',
        'е' => 'e',
        'о' => 'o',
        'р' => 'p',
        'с' => 'c',
        other => other,
    };
    word.chars().map(letter).collect()
}

impl fmt::Debug for Party {
    /// Of outside numbers only the last four digits: this may reach a log.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let masked = self.number.as_deref().map(|number| {
            let shown = if number.contains('@') { number.len() } else { 4 };
            let tail: Vec<char> = number.chars().rev().take(shown).collect();
            tail.into_iter().rev().collect::<String>()
        });
        f.debug_struct("Party")
            .field("extension", &self.extension)
            .field("number", &masked)
            .field("line_number", &self.line_number)
            .field("acd_group", &self.acd_group)
            .field("taken_from_call_id", &self.taken_from_call_id)
            .field("was_transferred", &self.was_transferred)
            .field("hold_initiator", &self.hold_initiator)
            .finish()
    }
}
