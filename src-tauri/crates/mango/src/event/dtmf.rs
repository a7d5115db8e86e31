//! `events/dtmf`: what a caller pressed.

use std::fmt;

use serde_json::{Map, Value};

use crate::lenient::{count, moment, text};

/// What a caller pressed in a menu, all keys of one answer together (manual 3.1.5).
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Dtmf {
    /// The contact.
    pub entry_id: String,
    /// The menu's leg.
    pub call_id: Option<String>,
    /// Order within the leg; 0 when not said.
    pub seq: u32,
    /// The keys, `dtmf` in the post.
    pub digits: String,
    /// Unix seconds; 0 when not said.
    pub timestamp: i64,
    /// `ivr`, or `ivr.N` for the menu's item where the keys were pressed.
    pub location: Option<String>,
    /// Whose phone pressed.
    pub initiator: Option<String>,
    /// The caller.
    pub from_number: Option<String>,
    /// The called number.
    pub to_number: Option<String>,
    /// Our line.
    pub line_number: Option<String>,
}

pub(super) fn dtmf(body: &Map<String, Value>) -> Option<Dtmf> {
    Some(Dtmf {
        entry_id: text(body, "entry_id")?,
        call_id: text(body, "call_id"),
        seq: count(body, "seq").unwrap_or(0),
        digits: text(body, "dtmf").unwrap_or_default(),
        timestamp: moment(body, &["timestamp"]),
        location: text(body, "location"),
        initiator: text(body, "initiator"),
        from_number: text(body, "from_number"),
        to_number: text(body, "to_number"),
        line_number: text(body, "line_number"),
    })
}

impl fmt::Debug for Dtmf {
    /// Without numbers and keys: people type their own numbers into menus.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Dtmf({} seq {}, {} keys)", self.entry_id, self.seq, self.digits.chars().count())
    }
}
