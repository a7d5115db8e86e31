//! Text messages.

use serde::Serialize;

/// `commands/sms`: sends a text message (manual 3.2.4). What became of it comes as
/// [`SmsDelivery`](crate::SmsDelivery).
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct Sms {
    /// Our id, 1 to 128 printable ASCII bytes.
    pub command_id: String,
    /// At most [`Sms::limit`] characters.
    pub text: String,
    /// The employee's short number.
    pub from_extension: String,
    /// Digits, country code first, no plus.
    pub to_number: String,
    /// The sender's name that the account has; without it the PBX's own.
    #[serde(rename = "sms_sender", skip_serializing_if = "Option::is_none")]
    pub sender: Option<String>,
}

impl Sms {
    /// How many characters the PBX takes: 612 of Latin text, 268 of Cyrillic or other text (manual 3.2.4).
    pub fn limit(text: &str) -> usize {
        if text.is_ascii() { 612 } else { 268 }
    }
}
