//! What the PBX posts, as documented and as it comes.

use std::path::Path;

use mango_vpbx::{CallState, ParseError, Party, Post, normalise_path, parse};

use crate::{V1, call, read, verified};

#[test]
fn a_call_as_documented() {
    let call = call(V1);
    assert_eq!(call.entry_id, "RU5UUlktMDAwMQ==");
    assert_eq!(call.call_id, "TEVHLTAwMDE6MQ==");
    assert_eq!((call.timestamp, call.seq), (1_790_000_000, 1));
    assert_eq!(call.state, CallState::Appeared);
    assert_eq!(call.location.as_deref(), Some("ivr"));
    assert_eq!(call.from, Party { number: Some("79005550101".into()), ..Party::default() });
    assert_eq!(call.to.line_number.as_deref(), Some("74995550199"));
    assert_eq!(call.dct.unwrap().kind, 0);
    assert_eq!(call.disconnect_reason, None);
}

#[test]
fn a_call_with_everything_spelled_otherwise() {
    let call = call(
        r#"{"entry_id":17,"call_id":18,"timestamp":"1790000000","seq":"2","call_state":"Disconnected","location":"",
            "from":{"extension":201,"number":79005550101,"taken_from_call_id":19,"was_transfered":true},
            "to":{"extension":"","number":"","acd_group":"","hold_initiator":"true"},
            "disconnect_reason":"1110","transfer":"blind","command_id":"","task_id":77,
            "callback_initiator":"MissGroupСallCallback","dct":{"type":"1","number":74995550199},"new_field":[1]}"#,
    );
    assert_eq!((call.entry_id.as_str(), call.call_id.as_str()), ("17", "18"));
    assert_eq!((call.timestamp, call.seq), (1_790_000_000, 2));
    assert_eq!((call.location, call.command_id), (None, None));
    assert_eq!(call.from.extension.as_deref(), Some("201"));
    assert_eq!(call.from.number.as_deref(), Some("79005550101"));
    assert_eq!(call.from.taken_from_call_id.as_deref(), Some("19"));
    assert!(call.from.was_transferred && !call.to.was_transferred && call.to.hold_initiator);
    assert_eq!((call.to.extension, call.to.number), (None, None));
    assert_eq!(call.to.acd_group.as_deref(), Some(""));
    assert_eq!(call.disconnect_reason, Some(1110));
    assert_eq!(call.task_id.as_deref(), Some("77"));
    assert_eq!(call.callback_initiator.as_deref(), Some("MissGroupCallCallback"));
    let dct = call.dct.unwrap();
    assert_eq!((dct.kind, dct.number.as_deref()), (1, Some("74995550199")));
}

#[test]
fn a_call_with_almost_nothing() {
    let call = call(r#"{"entry_id":"e","call_id":"c","from":null,"to":"x","dct":0,"seq":-1,"call_state":"Resumed"}"#);
    assert_eq!((call.from, call.to, call.dct), (Party::default(), Party::default(), None));
    assert_eq!((call.seq, call.timestamp), (0, 0));
    assert_eq!(call.state, CallState::Other("Resumed".into()));
}

#[test]
fn posts_that_say_nothing_about_calls() {
    for (path, json) in [
        ("events/call", r#"{"call_id":"c"}"#),
        ("events/call", r#"{"entry_id":"e","call_id":""}"#),
        ("events/summary", "{}"),
        ("result/stats", "{}"),
        ("result/callback", "{}"),
        ("events/new/kind", r#"{"entry_id":"e"}"#),
        ("events/call/more", V1),
        ("", V1),
    ] {
        assert_eq!(read(path, json), Post::Unknown, "{path} {json}");
    }
    for json in ["", "1", "[]", "null", "{", "\"\""] {
        let error = parse("events/call", &verified(json)).unwrap_err();
        assert!(matches!(error, ParseError::NotJson(_) | ParseError::NotAnObject), "{json}");
    }
}

#[test]
fn results_name_their_command() {
    let Post::CommandResult(result) = read("/result//call/hangup/", r#"{"command_id":"h-1","result":"4101"}"#) else {
        panic!("no result")
    };
    assert_eq!(
        (result.command.as_str(), result.command_id.as_deref(), result.result),
        ("call/hangup", Some("h-1"), 4101)
    );
    assert_eq!(normalise_path("/events//call/"), "events/call");
    assert_eq!(normalise_path("//"), "");
    assert_eq!(normalise_path("Events/Call"), "Events/Call");
}

/// Every line of the fixtures is a post of a known kind.
#[test]
fn the_stories_are_readable() {
    let mut known = 0;
    for story in 1..=9 {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/fixtures/5-{story}.txt"));
        for line in std::fs::read_to_string(file).unwrap().lines() {
            let (path, json) = line.split_once(char::is_whitespace).unwrap();
            let post = read(path, json.trim());
            if let Post::Call(call) = post {
                assert!(!matches!(call.state, CallState::Other(_)), "{line}");
                assert_eq!(call.disconnect_reason.is_some(), call.state == CallState::Disconnected, "{line}");
                assert!(call.seq > 0 && call.timestamp > 1_700_000_000);
            } else if let Post::Summary(summary) = post {
                assert!(summary.end_time >= summary.create_time && summary.direction.is_some(), "{line}");
            } else if let Post::CommandResult(result) = post {
                assert_eq!(result.result, 1000);
            } else {
                assert!(matches!(post, Post::Recording(_) | Post::RecordAdded(_)), "{line}");
            }
            known += 1;
        }
    }
    assert_eq!(known, 63);
}

#[test]
fn a_summary_as_documented() {
    let Post::Summary(summary) = read(
        "events/summary",
        r#"{"entry_id":"e","call_direction":"1","from":{"number":"79005550101"},"to":{"extension":300},"line_number":"74995550199","create_time":"1790001000","forward_time":1790001006,"talk_time":0,"end_time":1790001021,"entry_result":"0","disconnect_reason":1110}"#,
    ) else {
        panic!("no summary")
    };
    assert_eq!(summary.direction, Some(1));
    assert_eq!(summary.to.extension.as_deref(), Some("300"));
    assert_eq!((summary.create_time, summary.talk_time, summary.end_time), (1_790_001_000, 0, 1_790_001_021));
    assert_eq!((summary.entry_result, summary.disconnect_reason), (Some(0), Some(1110)));
}

#[test]
fn a_name_cut_in_the_middle_of_an_emoji_does_not_cost_the_call() {
    let json = r#"{"entry_id":"E","call_id":"C","seq":1,"call_state":"Appeared","x":"\\ud83d \ud83d","y":"\ud83d\ude00","z":"\ude00"}"#;
    let post = mango_vpbx::parse("events/call", &mango_vpbx::VerifiedJson::kept(json.to_owned())).unwrap();
    assert!(matches!(post, mango_vpbx::Post::Call(event) if event.entry_id == "E"));
}
