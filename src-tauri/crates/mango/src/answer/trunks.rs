//! Lines, trunks and money.

use serde_json::{Map, Value};

use crate::lenient::{number, text, text_of};

/// A number that people call us at (manual 3.7.7).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Line {
    /// The id.
    pub id: Option<String>,
    /// Digits, or a SIP address.
    pub number: String,
    /// The name that the cabinet shows; commands name a SIP line by it.
    pub name: Option<String>,
    /// What somebody noted in the cabinet.
    pub comment: Option<String>,
    /// A region's id, or `sip`, `sip-uac`, `toll-free`.
    pub region: Option<String>,
}

/// A number of a SIP trunk (manual 3.7.22).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct TrunkNumber {
    /// The id.
    pub id: Option<String>,
    /// The trunk.
    pub trunk_id: Option<String>,
    /// Digits.
    pub number: String,
    /// Calls come in on it.
    pub inbound: bool,
    /// Calls go out on it.
    pub outbound: bool,
    /// What somebody noted in the cabinet.
    pub comment: Option<String>,
}

/// Money on the PBX's account (manual 3.7.6).
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Balance {
    /// A decimal number as the PBX wrote it.
    pub amount: String,
    /// `RUB` or the like.
    pub currency: Option<String>,
}

pub(super) fn line(body: &Map<String, Value>) -> Option<Line> {
    Some(Line {
        id: text_of(body, &["line_id", "id"]),
        number: text(body, "number")?,
        name: text(body, "name"),
        comment: text(body, "comment"),
        region: text(body, "region"),
    })
}

pub(super) fn trunk_number(body: &Map<String, Value>) -> Option<TrunkNumber> {
    let options = number(body, "options").unwrap_or(0);
    Some(TrunkNumber {
        id: text_of(body, &["trunk_number_id", "id"]),
        trunk_id: text(body, "trunk_id"),
        number: text(body, "number")?,
        inbound: options & 2 != 0,
        outbound: options & 4 != 0,
        comment: text_of(body, &["desc", "comment"]),
    })
}

pub(super) fn balance(body: &Map<String, Value>) -> Option<Balance> {
    Some(Balance { amount: text(body, "balance")?, currency: text(body, "currency") })
}
