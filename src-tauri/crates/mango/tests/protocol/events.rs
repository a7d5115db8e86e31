//! Every event kind, as documented and as it may come.

use mango_vpbx::event::{AddressBookAction, AddressBookSubject, RecordingState};
use mango_vpbx::{
    AddressBookChange, Contact, DialogEvent, Dtmf, EVENT_PATHS, Post, Recognized, RecordAdded, RecordTagged,
    RecordingEvent, SessionEnd, SmsDelivery, StatsReady, UserStatus,
};

use crate::read;

macro_rules! read_as {
    ($kind:ident, $name:ident -> $of:ty) => {
        fn $name(path: &str, json: &str) -> $of {
            let post = read(path, json);
            let Post::$kind(event) = post else { panic!("{post:?}") };
            event
        }
    };
}

read_as!(Recording, recording -> RecordingEvent);
read_as!(RecordAdded, added -> RecordAdded);
read_as!(RecordTagged, tagged -> RecordTagged);
read_as!(Recognized, recognized -> Recognized);
read_as!(Dtmf, dtmf -> Dtmf);
read_as!(Sms, sms -> SmsDelivery);
read_as!(AddressBook, address_book -> AddressBookChange);
read_as!(UserStatus, status -> UserStatus);
read_as!(SessionEnd, session_end -> SessionEnd);
read_as!(Dialog, dialog -> DialogEvent);
read_as!(StatsReady, stats_ready -> StatsReady);

#[test]
fn a_recording_begins_and_ends() {
    let begun = recording(
        "events/recording",
        r#"{"recording_id":"R==","recording_state":"Started","seq":1,"entry_id":"E","call_id":"C","extension":"","timestamp":"1790000000","command_id":"c-1"}"#,
    );
    assert_eq!((begun.recording_id.as_str(), begun.state, begun.seq), ("R==", RecordingState::Started, 1));
    assert_eq!((begun.entry_id.as_deref(), begun.call_id.as_deref()), (Some("E"), Some("C")));
    assert_eq!((begun.extension, begun.timestamp, begun.command_id.as_deref()), (None, 1_790_000_000, Some("c-1")));
    assert_eq!((begun.completion_code, begun.recipient), (None, None));
    let ended = recording(
        "/events/recording/",
        r#"{"recording_id":7,"recording_state":"completed","seq":"3","extension":201,"completion_code":"1000","recipient":"Cloud"}"#,
    );
    assert_eq!((ended.recording_id.as_str(), ended.state, ended.seq), ("7", RecordingState::Completed, 3));
    assert_eq!((ended.extension.as_deref(), ended.completion_code), (Some("201"), Some(1000)));
    assert_eq!((ended.recipient.as_deref(), ended.timestamp), (Some("Cloud"), 0));
    assert_eq!(
        recording("events/recording", r#"{"recording_id":"R","recording_state":"Continued"}"#).state,
        RecordingState::Continued
    );
    assert_eq!(
        recording("events/recording", r#"{"recording_id":"R","recording_state":"Paused"}"#).state,
        RecordingState::Other("Paused".into())
    );
    assert_eq!(read("events/recording", r#"{"recording_state":"Started"}"#), Post::Unknown);
}

#[test]
fn a_recording_is_stored() {
    let stored = added(
        "events/record/added",
        r#"{"entry_id":"E","product_id":400,"user_id":-1,"timestamp":1790000000,"recording_id":"R=="}"#,
    );
    assert_eq!((stored.recording_id.as_str(), stored.entry_id.as_deref()), ("R==", Some("E")));
    assert_eq!((stored.product_id.as_deref(), stored.user_id.as_deref()), (Some("400"), Some("-1")));
    assert_eq!(stored.timestamp, 1_790_000_000);
    assert_eq!(added("events/record/added", r#"{"recording_id":"R"}"#).entry_id, None);
    assert_eq!(read("events/record/added", r#"{"entry_id":"E"}"#), Post::Unknown);
}

#[test]
fn topics_of_a_recording() {
    let ready = tagged(
        "events/record/tagged",
        r#"{"entry_id":"E","product_id":400,"user_id":"17","timestamp":1790000000,"recording_id":"R=="}"#,
    );
    assert_eq!((ready.recording_id.as_str(), ready.topics.len()), ("R==", 0));
    for (field, expected) in [
        (r#""topics":["Запись","Цены"]"#, vec!["Запись", "Цены"]),
        (r#""tags":[{"name":"Запись"},{"title":"Цены"},{"id":1}]"#, vec!["Запись", "Цены"]),
        (r#""topics":[],"categories":"Запись""#, vec!["Запись"]),
        (r#""topics":[null,5,["x"],""]"#, vec!["5"]),
    ] {
        let json = format!(r#"{{"recording_id":"R",{field}}}"#);
        assert_eq!(tagged("events/record/tagged", &json).topics, expected, "{field}");
    }
    assert_eq!(read("events/record/tagged", r#"{"topics":["x"]}"#), Post::Unknown);
}

#[test]
fn speech_was_recognised() {
    let done = recognized(
        "events/recognized/offline",
        r#"{"product_id":300022532,"request_id":298842241,"recognized":1647946810404,"result":1000}"#,
    );
    assert_eq!((done.request_id.as_deref(), done.result), (Some("298842241"), Some(1000)));
    assert_eq!(done.timestamp, 1_647_946_810, "milliseconds become seconds");
    let otherwise = recognized(
        "events/recognized/offline",
        r#"{"recording_id":"R","entry_id":"E","call_id":"C","command_id":"c","timestamp":1790000000,"text":"алло"}"#,
    );
    assert_eq!((otherwise.recording_id.as_deref(), otherwise.text.as_deref()), (Some("R"), Some("алло")));
    assert!(!format!("{otherwise:?}").contains("алло"));
    assert_eq!((otherwise.timestamp, otherwise.call_id.as_deref()), (1_790_000_000, Some("C")));
    assert_eq!(read("events/recognized/offline", r#"{"result":1000}"#), Post::Unknown);
}

#[test]
fn keys_pressed_in_a_menu() {
    let pressed = dtmf(
        "events/dtmf",
        r#"{"seq":1,"dtmf":"1#","timestamp":1790000000,"call_id":"C","entry_id":"E","location":"ivr.2","initiator":"79005550101","from_number":79005550101,"to_number":"74995550199","line_number":""}"#,
    );
    assert_eq!((pressed.entry_id.as_str(), pressed.digits.as_str(), pressed.seq), ("E", "1#", 1));
    assert_eq!((pressed.call_id.as_deref(), pressed.location.as_deref()), (Some("C"), Some("ivr.2")));
    assert_eq!(
        (pressed.initiator.as_deref(), pressed.from_number.as_deref()),
        (Some("79005550101"), Some("79005550101"))
    );
    assert_eq!((pressed.to_number.as_deref(), pressed.line_number.as_deref()), (Some("74995550199"), None));
    assert_eq!(pressed.timestamp, 1_790_000_000);
    assert!(!format!("{pressed:?}").contains("7900"));
    assert_eq!(dtmf("events/dtmf", r#"{"entry_id":"E","dtmf":0}"#).digits, "0");
    assert_eq!(dtmf("events/dtmf", r#"{"entry_id":"E"}"#).digits, "");
    assert_eq!(read("events/dtmf", r#"{"call_id":"C","dtmf":"1"}"#), Post::Unknown);
}

#[test]
fn a_text_message_arrives_or_not() {
    let arrived = sms("events/sms", r#"{"command_id":"sms-1","timestamp":1790000000,"reason":1000}"#);
    assert_eq!((arrived.command_id.as_deref(), arrived.reason), (Some("sms-1"), 1000));
    assert_eq!(sms("events/sms", r#"{"reason":"4301"}"#), sms("events/sms", r#"{"reason":4301,"command_id":null}"#));
    assert_eq!(read("events/sms", r#"{"command_id":"sms-1"}"#), Post::Unknown);
}

#[test]
fn contacts_change() {
    let changed = address_book(
        "events/ab/contacts",
        r#"{"action":"new","data":[
            {"contact_id":"12","name":"Анна","org":{"org_id":"3","org_name":"Клиника"},
             "phones":[{"phone":"8 900 555-01-01","phone_num":"79005550101"},{"phone":"79005550102"},{"number":79005550103},"79005550101",null]},
            {"id":13,"org":[{"org_name":"Другая"}],"phones":"79005550104"},
            {"name":""}, 5]}"#,
    );
    assert_eq!((changed.subject, changed.action), (AddressBookSubject::Contacts, AddressBookAction::New));
    assert_eq!((changed.raw_count, changed.contacts.len()), (4, 4));
    let anna: &Contact = &changed.contacts[0];
    assert_eq!((anna.id.as_deref(), anna.name.as_deref()), (Some("12"), Some("Анна")));
    assert_eq!(anna.organization.as_deref(), Some("Клиника"));
    assert_eq!(anna.numbers, ["79005550101", "79005550102", "79005550103"]);
    assert!(!format!("{anna:?}").contains("Анна"));
    assert_eq!(changed.contacts[1].numbers, ["79005550104"]);
    assert_eq!(changed.contacts[1].organization.as_deref(), Some("Другая"));
    let deleted = address_book("events/ab/contacts/", r#"{"action":"deleted","data":[12,"13",""]}"#);
    assert_eq!((deleted.action, deleted.raw_count), (AddressBookAction::Deleted, 3));
    let ids: Vec<_> = deleted.contacts.iter().filter_map(|contact| contact.id.as_deref()).collect();
    assert_eq!(ids, ["12", "13"]);
    assert_eq!(address_book("events/ab/contacts", r#"{"action":"updated"}"#).action, AddressBookAction::Updated);
    assert_eq!(read("events/ab/contacts", r#"{"x":1}"#), Post::Unknown);
}

#[test]
fn organizations_and_groups_change() {
    for (path, subject) in [
        ("events/ab/organizations", AddressBookSubject::Organizations),
        ("events/ab/groups", AddressBookSubject::Groups),
        ("events/ab/new/kind", AddressBookSubject::Other("new/kind".into())),
    ] {
        let changed = address_book(path, r#"{"action":"merged","data":[{"org_id":"1"},{"org_id":"2"}]}"#);
        assert_eq!((changed.subject, changed.raw_count, changed.contacts.len()), (subject, 2, 0));
        assert_eq!(changed.action, AddressBookAction::Other("merged".into()));
    }
}

#[test]
fn an_employees_status_changes() {
    let changed = status(
        "events/user/status_changed",
        r#"{"abonent_id":787585,"status":10,"parent_status":1,"status_alias":"обед","when":1790000000123,"timestamp":1790000001000}"#,
    );
    assert_eq!((changed.user_id.as_deref(), changed.status.as_deref()), (Some("787585"), Some("10")));
    assert_eq!((changed.status_alias.as_deref(), changed.parent_status.as_deref()), (Some("обед"), Some("1")));
    assert_eq!(changed.timestamp, 1_790_000_000);
    let otherwise = status(
        "events/user/status_changed",
        r#"{"extension":"201","status":"dnd","timestamp":1790000000,"session_id":"s"}"#,
    );
    assert_eq!((otherwise.extension.as_deref(), otherwise.status.as_deref()), (Some("201"), Some("dnd")));
    assert_eq!((otherwise.timestamp, otherwise.session_id.as_deref()), (1_790_000_000, Some("s")));
    assert_eq!(read("events/user/status_changed", r#"{"status":1}"#), Post::Unknown);
}

#[test]
fn an_employees_session_ends() {
    for user in ["abonent_id", "abonent", "user_id"] {
        let json = format!(r#"{{"result":1000,"{user}":6576434,"session":"dsf","timestamp":1790000000123}}"#);
        let ended = session_end("events/user/session_end", &json);
        assert_eq!((ended.user_id.as_deref(), ended.session_id.as_deref()), (Some("6576434"), Some("dsf")));
        assert_eq!((ended.result, ended.timestamp), (Some(1000), 1_790_000_000));
    }
    assert_eq!(read("events/user/session_end", r#"{"result":1000}"#), Post::Unknown);
}

#[test]
fn a_chat_event_is_noted() {
    let closed =
        dialog("events/md/onAppealClose", r#"{"conversion_id":14136224,"create":1591348558,"end":1591348571}"#);
    assert_eq!((closed.kind.as_str(), closed.id.as_deref()), ("onAppealClose", Some("14136224")));
    assert_eq!(closed.timestamp, 1_591_348_571);
    assert_eq!(dialog("events/md/a/b", "{}").kind, "a/b");
}

#[test]
fn a_robots_figures_are_noted() {
    let Post::RobotStats(stats) = read("events/robots/stats", r#"{"anything":[1],"timestamp":"1790000000"}"#) else {
        panic!("not noted")
    };
    assert_eq!(stats.timestamp, 1_790_000_000);
    assert!(matches!(read("events/robots/stats", "{}"), Post::RobotStats(stats) if stats.timestamp == 0));
}

#[test]
fn statistics_are_ready_in_both_spellings() {
    for path in ["result/stat", "result/stats", "/result/stats/"] {
        let ready = stats_ready(path, r#"{"key":"k=","request_id":5}"#);
        assert_eq!((ready.key.as_deref(), ready.request_id.as_deref()), (Some("k="), Some("5")));
    }
    assert_eq!(read("result/stat", r#"{"result":1000}"#), Post::Unknown);
}

#[test]
fn results_of_all_commands() {
    for command in [
        "callback",
        "callback_group",
        "call/hangup",
        "sms",
        "recording/start",
        "play/start",
        "route",
        "transfer",
        "calls_connect",
        "transfer_cancel",
        "call/hold/on",
        "something/new",
    ] {
        let post = read(&format!("result/{command}/"), r#"{"result":"1000"}"#);
        let Post::CommandResult(result) = post else { panic!("{post:?}") };
        assert_eq!((result.command.as_str(), result.command_id, result.result), (command, None, 1000));
    }
}

#[test]
fn version_one_and_version_two_are_one_type() {
    let one = r#"{"entry_id":"E","call_id":"C","seq":3,"call_state":"Disconnected","from":{"number":"1"},"to":{"extension":"201"}}"#;
    let two = r#"{"entry_id":"E","call_id":"C","seq":3,"call_state":"Disconnected","from":{"number":"1","was_transferred":false},"to":{"extension":"201","was_transferred":true,"hold_initiator":false},"transfer":"blind"}"#;
    let (Post::Call(mut one), Post::Call(two)) = (read("events/call", one), read("events/call", two)) else {
        panic!("no calls")
    };
    assert!(two.to.was_transferred && !two.from.was_transferred && two.transfer.as_deref() == Some("blind"));
    one.to.was_transferred = true;
    one.transfer = Some("blind".into());
    assert_eq!(one, two);
}

#[test]
fn known_paths_are_known() {
    // A body with everything that tells some post apart.
    let body = r#"{"entry_id":"E","call_id":"C","recording_id":"R","reason":1,"action":"new","data":[],"abonent_id":1,"session":"s","key":"k","result":1}"#;
    for path in EVENT_PATHS {
        let path = path.replace('…', "contacts");
        assert_ne!(read(&path, body), Post::Unknown, "{path}");
    }
}
