//! Questions about past calls: of legs (manual 3.4.1), and of whole calls (manual 3.4.2).

use serde::Serialize;

/// `stats/request`: statistics of legs (manual 3.4.1.1).
#[derive(Clone, Default, PartialEq, Eq)]
pub struct StatsQuery {
    /// From when: Unix seconds.
    pub from: i64,
    /// Until when: Unix seconds, at most [`StatsQuery::LONGEST`] later.
    pub to: i64,
    /// What each row tells, in this order; empty for [`StatsField::ALL`].
    pub fields: Vec<StatsField>,
    /// Only legs with this calling side.
    pub from_party: Option<StatsParty>,
    /// Only legs with this called side.
    pub to_party: Option<StatsParty>,
    /// Only legs with this side, whichever; not beside the other two.
    pub call_party: Option<StatsParty>,
    /// Our id of the request; it comes back in [`StatsReady`](crate::StatsReady).
    pub request_id: Option<String>,
}

/// One side of a leg to filter statistics by.
#[derive(Clone, Default, PartialEq, Eq, Serialize)]
pub struct StatsParty {
    /// An employee's short number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub extension: Option<String>,
    /// A number, as the PBX writes it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub number: Option<String>,
}

/// What a row of statistics can tell (manual 3.4.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum StatsField {
    /// The recordings.
    Records,
    /// When the leg began.
    Start,
    /// When it ended.
    Finish,
    /// When it was answered.
    Answer,
    /// The calling employee.
    FromExtension,
    /// The calling number.
    FromNumber,
    /// The called employee.
    ToExtension,
    /// The called number.
    ToNumber,
    /// Why it ended.
    DisconnectReason,
    /// Our line.
    LineNumber,
    /// `ivr`, `queue`, `abonent`.
    Location,
    /// The contact.
    EntryId,
    /// When the contact began.
    Create,
}

/// `stats/calls/request`: statistics of whole calls with their legs (manual 3.4.2).
#[derive(Clone, Default, PartialEq, Eq, Serialize)]
pub struct CallsStatsQuery {
    /// From when: `DD.MM.YYYY HH:MM:SS`. The manual names no time zone; its other times are Moscow's.
    #[serde(rename = "start_date")]
    pub start: String,
    /// Until when, likewise; at most a month later.
    #[serde(rename = "end_date")]
    pub end: String,
    /// How many calls: 1, 5, 10, 20, 50, 100, 500, 1000, 2000 or 5000.
    pub limit: u32,
    /// How many calls to pass over.
    pub offset: u32,
    /// Only calls of these employees.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub user_ids: Vec<i64>,
    /// Only calls of these groups.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub group_ids: Vec<i64>,
    /// 1 inbound, 2 outbound, 3 internal.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub context_type: Option<u8>,
    /// A part of a name or a number, at least three characters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub search_string: Option<String>,
}

#[derive(Serialize)]
pub(super) struct StatsBody<'a> {
    date_from: i64,
    date_to: i64,
    fields: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    from: Option<&'a StatsParty>,
    #[serde(skip_serializing_if = "Option::is_none")]
    to: Option<&'a StatsParty>,
    #[serde(skip_serializing_if = "Option::is_none")]
    call_party: Option<&'a StatsParty>,
    #[serde(skip_serializing_if = "Option::is_none")]
    request_id: Option<&'a str>,
}

#[derive(Serialize)]
pub(super) struct KeyBody<'a> {
    pub(super) key: &'a str,
}

impl StatsQuery {
    /// The longest time that one request may ask about: a month, here 31 days of seconds (manual 3.4.1).
    pub const LONGEST: i64 = 31 * 24 * 60 * 60;

    /// The columns of the answer, in their order.
    pub fn columns(&self) -> &[StatsField] {
        if self.fields.is_empty() { StatsField::ALL } else { &self.fields }
    }
}

impl StatsField {
    /// Everything that a row can tell. The last is a time that every leg has, so that an answer that breaks off
    /// anywhere is seen to.
    pub const ALL: &[StatsField] = &[
        StatsField::Records,
        StatsField::Finish,
        StatsField::Answer,
        StatsField::FromExtension,
        StatsField::FromNumber,
        StatsField::ToExtension,
        StatsField::ToNumber,
        StatsField::DisconnectReason,
        StatsField::LineNumber,
        StatsField::Location,
        StatsField::EntryId,
        StatsField::Create,
        StatsField::Start,
    ];

    /// The PBX's word.
    pub fn as_str(self) -> &'static str {
        match self {
            StatsField::Records => "records",
            StatsField::Start => "start",
            StatsField::Finish => "finish",
            StatsField::Answer => "answer",
            StatsField::FromExtension => "from_extension",
            StatsField::FromNumber => "from_number",
            StatsField::ToExtension => "to_extension",
            StatsField::ToNumber => "to_number",
            StatsField::DisconnectReason => "disconnect_reason",
            StatsField::LineNumber => "line_number",
            StatsField::Location => "location",
            StatsField::EntryId => "entry_id",
            StatsField::Create => "create",
        }
    }
}

impl<'a> From<&'a StatsQuery> for StatsBody<'a> {
    fn from(q: &'a StatsQuery) -> Self {
        let fields: Vec<&str> = q.columns().iter().map(|field| field.as_str()).collect();
        StatsBody {
            date_from: q.from,
            date_to: q.to,
            fields: fields.join(","),
            from: q.from_party.as_ref(),
            to: q.to_party.as_ref(),
            call_party: q.call_party.as_ref(),
            request_id: q.request_id.as_deref(),
        }
    }
}
