//! From the PBX's words to the fold's: `mango_vpbx` to `calls`. The only place where the two meet.

use calls::{CallId, CommandId, Direction, EntryId, LegEvent, LegState, Recalled, RecalledLeg, Side, Summary};
use jiff::Timestamp;
use mango_vpbx::{CallEvent, CallState};
use phone::{Extension, PhoneNumber, Region};

use crate::catch_up::{Told, ToldLeg};

/// A leg event; `None` for a state newer than this program, which is kept and changes nothing.
#[must_use]
pub fn leg(event: &CallEvent, received_at: Timestamp, region: &Region) -> Option<LegEvent> {
    let state = match &event.state {
        CallState::Appeared => LegState::Ringing,
        CallState::Connected => LegState::Talking,
        CallState::OnHold => LegState::Held,
        CallState::Disconnected => LegState::Ended,
        CallState::Other(_) => return None,
    };
    Some(LegEvent {
        entry: EntryId::new(&event.entry_id),
        call: CallId::new(&event.call_id),
        seq: event.seq,
        // An event that does not say when it happened happened when it came.
        at: moment(event.timestamp).unwrap_or(received_at),
        received_at,
        state,
        location: event.location.clone(),
        from: side(&event.from, region),
        to: side(&event.to, region),
        reason: event.disconnect_reason,
        command: event.command_id.as_deref().map(CommandId::new),
        is_callback: event.callback_initiator.is_some() || event.task_id.is_some(),
        transfer: event.transfer.clone(),
    })
}

/// A summary.
#[must_use]
pub fn summary(summary: &mango_vpbx::Summary, received_at: Timestamp, region: &Region) -> Summary {
    let moment = |unix: i64| if unix > 0 { seconds(unix) } else { None };
    Summary {
        entry: EntryId::new(&summary.entry_id),
        received_at,
        // Manual 3.1.6: 0 internal, 1 inbound, 2 outbound.
        direction: match summary.direction {
            Some(0) => Some(Direction::Internal),
            Some(1) => Some(Direction::Inbound),
            Some(2) => Some(Direction::Outbound),
            Some(_) | None => None,
        },
        from: side(&summary.from, region),
        to: side(&summary.to, region),
        line: summary.line_number.as_deref().map(|raw| line(raw, region)),
        created_at: moment(summary.create_time),
        forwarded_at: moment(summary.forward_time),
        talked_at: moment(summary.talk_time),
        ended_at: moment(summary.end_time),
        // A call that died in the menu is reported with entry_result 1 and no talk (reference 2.4).
        answered: summary.entry_result == Some(1) && summary.talk_time > 0,
        reason: summary.disconnect_reason,
    }
}

/// What statistics told of an entry.
#[must_use]
pub fn recalled(told: &Told, received_at: Timestamp, region: &Region) -> Recalled {
    Recalled {
        entry: EntryId::new(&told.entry_id),
        received_at,
        // Manual 3.4.2: 1 inbound, 2 outbound, 3 internal.
        direction: match told.context_type {
            Some(1) => Some(Direction::Inbound),
            Some(2) => Some(Direction::Outbound),
            Some(3) => Some(Direction::Internal),
            Some(_) | None => None,
        },
        legs: told.legs.iter().map(|leg| recalled_leg(leg, region)).collect(),
        groups: told.groups.clone(),
    }
}

fn recalled_leg(told: &ToldLeg, region: &Region) -> RecalledLeg {
    let moment = |unix: i64| if unix > 0 { seconds(unix) } else { None };
    let side = |extension: Option<&str>, number: Option<&str>| Side {
        extension: extension.and_then(Extension::new),
        number: phone::party(number, region),
        ..Side::default()
    };
    RecalledLeg {
        from: side(told.from_extension.as_deref(), told.from_number.as_deref()),
        to: side(told.to_extension.as_deref(), told.to_number.as_deref()),
        line: told.line_number.as_deref().map(|raw| line(raw, region)),
        location: told.location.clone(),
        created_at: moment(told.created),
        started_at: moment(told.start),
        answered_at: moment(told.answer),
        ended_at: moment(told.finish),
        reason: told.disconnect_reason,
    }
}

fn side(party: &mango_vpbx::Party, region: &Region) -> Side {
    Side {
        extension: party.extension.as_deref().and_then(Extension::new),
        number: phone::party(party.number.as_deref(), region),
        line: party.line_number.as_deref().map(|raw| line(raw, region)),
        group: party.acd_group.clone(),
        taken_from: party.taken_from_call_id.as_deref().map(CallId::new),
        was_transferred: party.was_transferred,
    }
}

fn line(raw: &str, region: &Region) -> String {
    PhoneNumber::from_pbx(raw, region).map_or_else(|| raw.to_owned(), |number| number.as_str().to_owned())
}

/// When the PBX says that something happened; `None` when it does not say.
pub fn moment(unix: i64) -> Option<Timestamp> {
    seconds(unix).filter(|_| unix > 0)
}

fn seconds(unix: i64) -> Option<Timestamp> {
    Timestamp::from_second(unix).ok()
}
