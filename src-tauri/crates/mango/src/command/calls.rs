//! Commands about calls (manual 3.2). The ids are ours, 1 to 128 printable ASCII bytes; the PBX echoes them in the
//! reply, in the result and in the legs that it makes.

use serde::Serialize;

/// `commands/callback`: rings the employee first, then dials the number (manual 3.2.1).
#[derive(Clone, PartialEq, Eq)]
pub struct Callback {
    /// Our id.
    pub command_id: String,
    /// The employee's short number. Employees without one cannot call this way.
    pub extension: String,
    /// The employee's device, when not the one of the PBX's settings.
    pub from_number: Option<String>,
    /// Whom to call: digits, country code first, no plus; or a short number.
    pub to_number: String,
    /// Our line that the called person sees: digits, of a SIP line the name that the cabinet shows.
    pub line_number: Option<String>,
    /// The employee's phone lifts by itself, if it knows `Call-Info: answer-after` (manual, appendix 1).
    pub auto_answer: bool,
}

/// `commands/callback_group`: rings `from` first, then dials `to`; one of them is a group (manual 3.2.2).
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct CallbackGroup {
    /// Our id.
    pub command_id: String,
    /// A number, or the short number of a group.
    pub from: String,
    /// A number, or the short number of a group.
    pub to: String,
    /// Our line that the called person sees.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line_number: Option<String>,
}

/// `commands/call/hangup`: ends a leg that rings or talks, and calls a transfer off (manual 3.2.3).
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct HangUp {
    /// Our id.
    pub command_id: String,
    /// The leg.
    pub call_id: String,
}

/// `commands/route`: sends a call that is in a menu or a queue, or rings at an employee's, elsewhere (manual 3.2.7).
#[derive(Clone, PartialEq, Eq)]
pub struct Route {
    /// Our id.
    pub command_id: String,
    /// The leg.
    pub call_id: String,
    /// Who gets it: a short number of an employee or a group, a number, a SIP address.
    pub to_number: String,
    /// What the target's phone shows as the caller's name. Signs that the PBX would refuse are left out.
    pub display_name: Option<String>,
}

/// `commands/transfer`: hands a talking leg over (manual 3.2.8).
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct Transfer {
    /// Our id.
    pub command_id: String,
    /// The leg.
    pub call_id: String,
    /// At once, or after a consultation.
    pub method: TransferMethod,
    /// Who gets it.
    pub to_number: String,
    /// The employee who hands it over: the short number in the leg.
    pub initiator: String,
}

/// How a leg is handed over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum TransferMethod {
    /// At once.
    Blind,
    /// The person waits on hold until the employee hangs up.
    Hold,
}

/// `commands/calls_connect/`: joins the person on hold with the person consulted; both legs are of one contact
/// (manual 3.2.9).
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct CallsConnect {
    /// Our id.
    pub command_id: String,
    /// The leg on hold; the PBX spells it `holded_call_id`.
    #[serde(rename = "holded_call_id")]
    pub held_call_id: String,
    /// The employee who consulted: the short number in the legs.
    #[serde(rename = "transfer_initiator_number")]
    pub initiator: String,
    /// The leg of the consultation.
    pub transferred_call_id: String,
}

/// `commands/transfer_cancel/`: ends a consultation; the employee talks to the person on hold again (manual 3.2.10).
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct TransferCancel {
    /// Our id.
    pub command_id: String,
    /// The leg on hold.
    pub call_id: String,
}

/// `commands/call/hold/on`: puts a leg on hold. Only the employee's phone takes it back (manual 3.2.11).
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct HoldOn {
    /// Our id.
    pub command_id: String,
    /// The leg.
    pub call_id: String,
    /// The employee who holds: the short number in the leg.
    pub initiator: String,
}

/// `commands/recording/start`: records one side of a leg. Nothing ends it before the call (manual 3.2.5).
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct RecordingStart {
    /// Our id.
    pub command_id: String,
    /// The leg.
    pub call_id: String,
    /// Whose side: preferably a short number.
    #[serde(rename = "call_party_number")]
    pub party: String,
}

/// `commands/play/start`: plays audio to a caller in a menu or a queue (manual 3.2.6).
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct PlayStart {
    /// Our id.
    pub command_id: String,
    /// The leg.
    pub call_id: String,
    /// The audio's id in the cabinet.
    pub internal_id: String,
    /// How long the caller may answer after it, in seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after_play_time: Option<u32>,
}

#[derive(Serialize)]
pub(super) struct CallbackBody<'a> {
    command_id: &'a str,
    from: Employee<'a>,
    to_number: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    line_number: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sip_headers: Option<AnswerAfter>,
}

#[derive(Serialize)]
struct Employee<'a> {
    extension: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    number: Option<&'a str>,
}

#[derive(Serialize)]
struct AnswerAfter {
    #[serde(rename = "Call-Info/answer-after")]
    seconds: &'static str,
}

#[derive(Serialize)]
pub(super) struct RouteBody<'a> {
    command_id: &'a str,
    call_id: &'a str,
    to_number: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    sip_headers: Option<DisplayName>,
}

#[derive(Serialize)]
struct DisplayName {
    #[serde(rename = "From/display-name")]
    name: String,
}

impl<'a> From<&'a Callback> for CallbackBody<'a> {
    fn from(c: &'a Callback) -> Self {
        CallbackBody {
            command_id: &c.command_id,
            from: Employee { extension: &c.extension, number: c.from_number.as_deref() },
            to_number: &c.to_number,
            line_number: c.line_number.as_deref(),
            sip_headers: c.auto_answer.then_some(AnswerAfter { seconds: "0" }),
        }
    }
}

impl<'a> From<&'a Route> for RouteBody<'a> {
    fn from(c: &'a Route) -> Self {
        let name = c.display_name.as_deref().map(header_text).filter(|name| !name.is_empty());
        RouteBody {
            command_id: &c.command_id,
            call_id: &c.call_id,
            to_number: &c.to_number,
            sip_headers: name.map(|name| DisplayName { name }),
        }
    }
}

/// Letters and digits, single spaces between them: all that a SIP header may carry (manual, appendix 1).
fn header_text(typed: &str) -> String {
    const LONGEST: usize = 64;
    let kept: String = typed.chars().map(|c| if c.is_alphanumeric() { c } else { ' ' }).take(LONGEST).collect();
    kept.split_whitespace().collect::<Vec<_>>().join(" ")
}
