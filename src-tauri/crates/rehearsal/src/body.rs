//! The bodies of MANGO's posts (reference 2), in the order of fields that real traffic shows (reference 2.1).

use serde::{Serialize, Serializer};

/// A number that is sent as text when the rehearsal is told so (reference 1.4: both occur).
#[derive(Clone, Copy, Debug)]
pub(crate) struct Int {
    pub(crate) value: i64,
    pub(crate) as_text: bool,
}

impl Serialize for Int {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.as_text { serializer.collect_str(&self.value) } else { serializer.serialize_i64(self.value) }
    }
}

#[derive(Serialize)]
pub(crate) struct CallEvent<'a> {
    pub(crate) entry_id: &'a str,
    pub(crate) call_id: &'a str,
    pub(crate) timestamp: Int,
    pub(crate) seq: Int,
    pub(crate) call_state: &'static str,
    pub(crate) location: &'static str,
    pub(crate) from: Party<'a>,
    pub(crate) to: Party<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) disconnect_reason: Option<Int>,
    pub(crate) dct: Dct,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) transfer: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) sip_call_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) command_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) callback_initiator: Option<&'static str>,
}

#[derive(Serialize)]
pub(crate) struct Party<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) extension: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) number: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) taken_from_call_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) line_number: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) acd_group: Option<&'a str>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(crate) was_transferred: bool,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(crate) hold_initiator: bool,
}

#[derive(Serialize)]
pub(crate) struct Dct {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) number: Option<&'static str>,
    #[serde(rename = "type")]
    pub(crate) kind: Int,
}

#[derive(Serialize)]
pub(crate) struct Summary<'a> {
    pub(crate) entry_id: &'a str,
    pub(crate) call_direction: Int,
    pub(crate) from: Party<'a>,
    pub(crate) to: Party<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) line_number: Option<&'a str>,
    pub(crate) create_time: Int,
    pub(crate) forward_time: Int,
    pub(crate) talk_time: Int,
    pub(crate) end_time: Int,
    pub(crate) entry_result: Int,
    pub(crate) disconnect_reason: Int,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) sip_call_id: Option<&'a str>,
}

#[derive(Serialize)]
pub(crate) struct Recording<'a> {
    pub(crate) recording_id: &'a str,
    pub(crate) recording_state: &'static str,
    pub(crate) seq: Int,
    pub(crate) entry_id: &'a str,
    pub(crate) call_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) extension: Option<&'a str>,
    pub(crate) timestamp: Int,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) completion_code: Option<Int>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) recipient: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) command_id: Option<&'a str>,
}

#[derive(Serialize)]
pub(crate) struct Dtmf<'a> {
    pub(crate) seq: Int,
    pub(crate) dtmf: &'a str,
    pub(crate) timestamp: Int,
    pub(crate) call_id: &'a str,
    pub(crate) entry_id: &'a str,
    pub(crate) location: &'a str,
    pub(crate) initiator: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) from_number: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) to_number: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) line_number: Option<&'a str>,
}

#[derive(Serialize)]
pub(crate) struct RecordAdded<'a> {
    pub(crate) entry_id: &'a str,
    pub(crate) product_id: Int,
    pub(crate) user_id: Int,
    pub(crate) timestamp: Int,
    pub(crate) recording_id: &'a str,
}

#[derive(Serialize)]
pub(crate) struct CommandResult<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) command_id: Option<&'a str>,
    pub(crate) result: Int,
}
