//! Commands that do something: to calls, or with a message (reference 4, manual 3.2).

use serde_json::{Map, Value};

use super::{
    Act, End, MISSING, NO_SUCH_EXTENSION, NO_SUCH_FILE, NOT_A_NUMBER, Refusal, WRONG_FORMAT, command_id, object,
    optional_text, own_line, refusal, target, text,
};
use crate::callback::CallBack;
use crate::cast::Cast;
use crate::script::Transfer;

/// Audio files that `play/start` knows.
const AUDIO_FILES: [&str; 3] = ["10001", "10002", "10003"];
/// How long a message may be (reference 4).
const LATIN: usize = 612;
const CYRILLIC: usize = 268;

/// Reads the command; `None` when there is none of this path.
pub(super) fn read(path: &str, fields: &Map<String, Value>, cast: &Cast) -> Option<Result<Act, Refusal>> {
    let request = match path {
        "commands/callback" => callback(fields, cast),
        "commands/callback_group" => callback_group(fields, cast),
        "commands/call/hangup" => on_call(fields, |command_id, call_id| Ok(Act::HangUp { command_id, call_id })),
        "commands/route" => on_call(fields, |command_id, call_id| {
            let target = target(&text(fields, "to_number")?, cast)?;
            object(fields, "sip_headers")?;
            Ok(Act::Route { command_id, call_id, target })
        }),
        "commands/transfer" => on_call(fields, |command_id, call_id| {
            let way = match text(fields, "method")?.as_str() {
                "blind" => Transfer::Blind,
                "hold" => Transfer::Consultative,
                _ => return Err(refusal(WRONG_FORMAT, "wrong format: method is blind or hold")),
            };
            let target = target(&text(fields, "to_number")?, cast)?;
            Ok(Act::Transfer { command_id, call_id, way, target, initiator: text(fields, "initiator")? })
        }),
        "commands/calls_connect" => connect(fields),
        "commands/transfer_cancel" => on_call(fields, |command_id, call_id| Ok(Act::Cancel { command_id, call_id })),
        "commands/call/hold/on" => on_call(fields, |command_id, call_id| {
            Ok(Act::Hold { command_id, call_id, initiator: text(fields, "initiator")? })
        }),
        "commands/recording/start" => on_call(fields, |command_id, call_id| {
            Ok(Act::Record { command_id, call_id, party: text(fields, "call_party_number")? })
        }),
        "commands/play/start" => on_call(fields, |command_id, call_id| {
            if !AUDIO_FILES.contains(&text(fields, "internal_id")?.as_str()) {
                return Err(refusal(NO_SUCH_FILE, "file not found: internal_id"));
            }
            Ok(Act::PlayFile { command_id, call_id })
        }),
        "commands/sms" => sms(fields, cast),
        _ => return None,
    };
    Some(request)
}

fn on_call(
    fields: &Map<String, Value>,
    read: impl FnOnce(String, String) -> Result<Act, Refusal>,
) -> Result<Act, Refusal> {
    read(command_id(fields)?, text(fields, "call_id")?)
}

fn callback(fields: &Map<String, Value>, cast: &Cast) -> Result<Act, Refusal> {
    let command_id = command_id(fields)?;
    let Some(from) = object(fields, "from")? else {
        return Err(refusal(MISSING, "mandatory parameter missing: from"));
    };
    let extension = text(from, "extension")?;
    let to_number = text(fields, "to_number")?;
    optional_text(from, "number")?;
    object(fields, "sip_headers")?;
    is_number(&to_number, "to_number")?;
    let line_number = own_line(fields, cast)?;
    if !cast.employs(&extension) {
        return Err(refusal(NO_SUCH_EXTENSION, "number not found at the PBX: from.extension"));
    }
    Ok(Act::Callback(CallBack { command_id, extension, to_number, line_number }))
}

/// Digits with the country code, or a SIP address.
fn is_number(number: &str, name: &str) -> Result<(), Refusal> {
    let is_digits = number.len() <= 20 && number.bytes().all(|letter| letter.is_ascii_digit());
    if is_digits || number.starts_with("sip:") {
        return Ok(());
    }
    let message = format!("wrong number format: {name} is digits with the country code, no plus");
    Err(refusal(NOT_A_NUMBER, message))
}

fn callback_group(fields: &Map<String, Value>, cast: &Cast) -> Result<Act, Refusal> {
    let command_id = command_id(fields)?;
    let end = |name: &str| {
        let number = text(fields, name)?;
        if let Some(group) = cast.group_place(&number) {
            return Ok(End::Group(group));
        }
        is_number(&number, name)?;
        Ok(End::Number(number))
    };
    let (from, to) = (end("from")?, end("to")?);
    let line_number = own_line(fields, cast)?;
    if let (End::Number(_), End::Number(_)) = (&from, &to) {
        return Err(refusal(NO_SUCH_EXTENSION, "number not found at the PBX: from or to is a group"));
    }
    Ok(Act::CallbackGroup { command_id, from, to, line_number })
}

fn connect(fields: &Map<String, Value>) -> Result<Act, Refusal> {
    Ok(Act::Connect {
        command_id: command_id(fields)?,
        // So spelled in the manual.
        held: text(fields, "holded_call_id")?,
        asked: text(fields, "transferred_call_id")?,
        initiator: text(fields, "transfer_initiator_number")?,
    })
}

fn sms(fields: &Map<String, Value>, cast: &Cast) -> Result<Act, Refusal> {
    let command_id = command_id(fields)?;
    let message = text(fields, "text")?;
    let from = text(fields, "from_extension")?;
    let to_number = text(fields, "to_number")?;
    optional_text(fields, "sms_sender")?;
    let limit = if message.is_ascii() { LATIN } else { CYRILLIC };
    if message.chars().count() > limit {
        return Err(refusal(WRONG_FORMAT, format!("wrong format: text is longer than {limit} characters")));
    }
    if to_number.starts_with("sip:") {
        return Err(refusal(NOT_A_NUMBER, "wrong number format: to_number"));
    }
    is_number(&to_number, "to_number")?;
    if !cast.employs(&from) {
        return Err(refusal(NO_SUCH_EXTENSION, "number not found at the PBX: from_extension"));
    }
    Ok(Act::Sms { command_id, to_number })
}
