//! The stories of reference 5, read by the real parser from its fixtures.

use std::path::Path;

use calls::{CallId, CommandId, Direction, EntryId, LegEvent, LegState, Side, Summary};
use jiff::{SignedDuration, Timestamp};
use mango_vpbx::{Account, Post, SignedForm};
use phone::{Extension, Party, party};
use serde_json::Value;

use super::{Fact, region};

/// Every story that has a fixture.
pub(crate) const ALL_SCENARIOS: [&str; 9] = ["5-1", "5-2", "5-3", "5-4", "5-5", "5-6", "5-7", "5-8", "5-9"];

/// The facts of a story in the order in which it is written.
pub(crate) fn scenario(name: &str) -> Vec<Fact> {
    read(name, |_| {})
}

/// The same story from a PBX without version 2's fields (reference 2.3).
pub(crate) fn scenario_of_version_1(name: &str) -> Vec<Fact> {
    read(name, |post| {
        post.as_object_mut().unwrap().remove("transfer");
        for side in ["from", "to"] {
            if let Some(side) = post.get_mut(side).and_then(Value::as_object_mut) {
                side.remove("was_transferred");
                side.remove("hold_initiator");
            }
        }
    })
}

fn read(name: &str, change: impl Fn(&mut Value)) -> Vec<Fact> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../mango/tests/fixtures").join(format!("{name}.txt"));
    let text = std::fs::read_to_string(&path).unwrap();
    let account = Account::new("key", "salt".to_owned().into());
    text.lines()
        .filter_map(|line| line.split_once(char::is_whitespace))
        .filter(|(path, _)| path.starts_with("events/"))
        .filter_map(|(path, json)| {
            let mut post: Value = serde_json::from_str(json.trim()).unwrap();
            change(&mut post);
            let json = post.to_string();
            let form = SignedForm { key: "key".into(), sign: account.sign(&json), json };
            let verified = account.verify(form).unwrap();
            translate(mango_vpbx::parse(path, &verified).unwrap())
        })
        .collect()
}

fn translate(post: Post) -> Option<Fact> {
    if let Post::Call(event) = post {
        Some(Fact::Leg(leg(event)))
    } else if let Post::Summary(summary) = post {
        Some(Fact::Summary(ending(summary)))
    } else {
        None
    }
}

fn leg(event: mango_vpbx::CallEvent) -> LegEvent {
    let at = Timestamp::from_second(event.timestamp).unwrap();
    LegEvent {
        entry: EntryId::new(event.entry_id),
        call: CallId::new(event.call_id),
        seq: event.seq,
        at,
        received_at: at + SignedDuration::from_millis(700),
        state: match event.state {
            mango_vpbx::CallState::Appeared => LegState::Ringing,
            mango_vpbx::CallState::Connected => LegState::Talking,
            mango_vpbx::CallState::OnHold => LegState::Held,
            mango_vpbx::CallState::Disconnected => LegState::Ended,
            mango_vpbx::CallState::Other(word) => panic!("{word} in a fixture"),
        },
        location: event.location,
        from: side(event.from),
        to: side(event.to),
        reason: event.disconnect_reason,
        command: event.command_id.map(CommandId::new),
        is_callback: event.callback_initiator.is_some() || event.task_id.is_some(),
        transfer: event.transfer,
    }
}

fn ending(summary: mango_vpbx::Summary) -> Summary {
    let moment = |second: i64| (second != 0).then(|| Timestamp::from_second(second).unwrap());
    Summary {
        entry: EntryId::new(summary.entry_id),
        received_at: Timestamp::from_second(summary.end_time + 1).unwrap(),
        direction: match summary.direction {
            Some(0) => Some(Direction::Internal),
            Some(1) => Some(Direction::Inbound),
            Some(2) => Some(Direction::Outbound),
            Some(_) | None => None,
        },
        from: side(summary.from),
        to: side(summary.to),
        line: summary.line_number.map(line),
        created_at: moment(summary.create_time),
        forwarded_at: moment(summary.forward_time),
        talked_at: moment(summary.talk_time),
        ended_at: moment(summary.end_time),
        answered: summary.entry_result == Some(1) && summary.talk_time > 0,
        reason: summary.disconnect_reason,
    }
}

fn side(side: mango_vpbx::Party) -> Side {
    Side {
        extension: side.extension.as_deref().and_then(Extension::new),
        number: party(side.number.as_deref(), &region()),
        line: side.line_number.map(line),
        group: side.acd_group,
        taken_from: side.taken_from_call_id.map(CallId::new),
        was_transferred: side.was_transferred,
    }
}

fn line(raw: String) -> String {
    match party(Some(&raw), &region()) {
        Party::Phone(number) => number.as_str().to_owned(),
        Party::Sip(_) | Party::Hidden | Party::Other(_) => raw,
    }
}
