//! The bodies we send.

use mango_vpbx::command::{
    Callback, CallbackGroup, CallsConnect, CallsStatsQuery, Command, CommandFault, ContactCursor, ContactSearch,
    CursorMode, GroupsQuery, HangUp, HoldOn, PlayStart, RecordingAction, RecordingStart, Route, Sms, StatsField,
    StatsParty, StatsQuery, Transfer, TransferCancel, TransferMethod, UsersQuery,
};

pub(crate) const V2: &str = r#"{"command_id":"pop-0001","from":{"extension":"201"},"to_number":"79005550101"}"#;

pub(crate) fn callback() -> Command {
    Callback {
        command_id: "pop-0001".into(),
        extension: "201".into(),
        from_number: None,
        to_number: "79005550101".into(),
        line_number: None,
        auto_answer: false,
    }
    .into()
}

fn check(command: impl Into<Command>, path: &str, json: &str) {
    let command = command.into();
    assert_eq!((command.path(), command.json().as_str()), (path, json));
    assert_eq!(command.check(), Ok(()), "{path}");
    assert!(!format!("{command:?}").contains("7900"), "{command:?}");
}

#[test]
fn callback_bodies() {
    check(callback(), "commands/callback", V2);
    let full = Callback {
        command_id: "c".into(),
        extension: "201".into(),
        from_number: Some("79005550222".into()),
        to_number: "79005550101".into(),
        line_number: Some("74995550199".into()),
        auto_answer: true,
    };
    check(
        full,
        "commands/callback",
        r#"{"command_id":"c","from":{"extension":"201","number":"79005550222"},"to_number":"79005550101","line_number":"74995550199","sip_headers":{"Call-Info/answer-after":"0"}}"#,
    );
}

#[test]
fn callback_group_body() {
    let mut group =
        CallbackGroup { command_id: "c".into(), from: "300".into(), to: "79005550101".into(), line_number: None };
    check(group.clone(), "commands/callback_group", r#"{"command_id":"c","from":"300","to":"79005550101"}"#);
    group.line_number = Some("74995550199".into());
    check(
        group,
        "commands/callback_group",
        r#"{"command_id":"c","from":"300","to":"79005550101","line_number":"74995550199"}"#,
    );
}

#[test]
fn hang_up_body() {
    let hang_up = HangUp { command_id: "h".into(), call_id: "MTo5==".into() };
    check(hang_up, "commands/call/hangup", r#"{"command_id":"h","call_id":"MTo5=="}"#);
}

#[test]
fn route_bodies() {
    let mut route = Route { command_id: "r".into(), call_id: "c".into(), to_number: "201".into(), display_name: None };
    let path = "commands/route";
    check(route.clone(), path, r#"{"command_id":"r","call_id":"c","to_number":"201"}"#);
    for (name, sent) in [("Анна Ким", "Анна Ким"), (" a;b/c?d:e@f&g=h+i$j,k \"<>", "a b c d e f g h i j k")]
    {
        route.display_name = Some(name.into());
        let json = format!(
            r#"{{"command_id":"r","call_id":"c","to_number":"201","sip_headers":{{"From/display-name":"{sent}"}}}}"#
        );
        check(route.clone(), path, &json);
    }
    route.display_name = Some(" ?! ".into());
    check(route, path, r#"{"command_id":"r","call_id":"c","to_number":"201"}"#);
}

#[test]
fn transfer_bodies() {
    for (method, word) in [(TransferMethod::Blind, "blind"), (TransferMethod::Hold, "hold")] {
        let transfer = Transfer {
            command_id: "t".into(),
            call_id: "c".into(),
            method,
            to_number: "202".into(),
            initiator: "201".into(),
        };
        let json =
            format!(r#"{{"command_id":"t","call_id":"c","method":"{word}","to_number":"202","initiator":"201"}}"#);
        check(transfer, "commands/transfer", &json);
    }
}

#[test]
fn calls_connect_body() {
    let connect = CallsConnect {
        command_id: "t".into(),
        held_call_id: "a".into(),
        initiator: "201".into(),
        transferred_call_id: "b".into(),
    };
    check(
        connect,
        "commands/calls_connect/",
        r#"{"command_id":"t","holded_call_id":"a","transfer_initiator_number":"201","transferred_call_id":"b"}"#,
    );
}

#[test]
fn transfer_cancel_body() {
    let cancel = TransferCancel { command_id: "t".into(), call_id: "a".into() };
    check(cancel, "commands/transfer_cancel/", r#"{"command_id":"t","call_id":"a"}"#);
}

#[test]
fn hold_on_body() {
    let hold = HoldOn { command_id: "h".into(), call_id: "a".into(), initiator: "201".into() };
    check(hold, "commands/call/hold/on", r#"{"command_id":"h","call_id":"a","initiator":"201"}"#);
}

#[test]
fn recording_start_body() {
    let start = RecordingStart { command_id: "r".into(), call_id: "a".into(), party: "201".into() };
    check(start, "commands/recording/start", r#"{"command_id":"r","call_id":"a","call_party_number":"201"}"#);
}

#[test]
fn play_start_bodies() {
    let mut play =
        PlayStart { command_id: "p".into(), call_id: "a".into(), internal_id: "17".into(), after_play_time: None };
    check(play.clone(), "commands/play/start", r#"{"command_id":"p","call_id":"a","internal_id":"17"}"#);
    play.after_play_time = Some(5);
    check(play, "commands/play/start", r#"{"command_id":"p","call_id":"a","internal_id":"17","after_play_time":5}"#);
}

fn message(text: &str) -> Sms {
    Sms {
        command_id: "sms-1".into(),
        text: text.into(),
        from_extension: "201".into(),
        to_number: "79005550101".into(),
        sender: None,
    }
}

#[test]
fn sms_bodies() {
    let mut sms = message("Приём завтра");
    // The published vector V4.
    let json = r#"{"command_id":"sms-1","text":"Приём завтра","from_extension":"201","to_number":"79005550101"}"#;
    check(sms.clone(), "commands/sms", json);
    sms.sender = Some("CLINIC".into());
    check(sms, "commands/sms", &json.replace('}', r#","sms_sender":"CLINIC"}"#));
}

#[test]
fn text_messages_have_a_length() {
    let fault = |text: &str| Command::from(message(text)).check();
    assert_eq!(fault(&"x".repeat(612)), Ok(()));
    assert_eq!(fault(&"x".repeat(613)), Err(CommandFault::TextTooLong { length: 613, limit: 612 }));
    assert_eq!(fault(&"ж".repeat(268)), Ok(()));
    assert_eq!(fault(&"ж".repeat(269)), Err(CommandFault::TextTooLong { length: 269, limit: 268 }));
    assert_eq!(fault(&format!("{}ж", "x".repeat(268))), Err(CommandFault::TextTooLong { length: 269, limit: 268 }));
    assert_eq!(fault("  "), Err(CommandFault::Empty("text")));
}

#[test]
fn questions_without_a_body() {
    check(Command::Balance, "account/balance", "{}");
    check(Command::IncomingLines, "incominglines", "{}");
    check(Command::TrunkNumbers, "trunks/numbers", "{}");
}

#[test]
fn users_bodies() {
    check(UsersQuery::default(), "config/users/request", "{}");
    let query = UsersQuery { extension: Some("201".into()), fields: vec!["groups".into(), "general.user_id".into()] };
    check(query, "config/users/request", r#"{"extension":"201","ext_fields":["groups","general.user_id"]}"#);
}

#[test]
fn groups_bodies() {
    check(GroupsQuery::default(), "groups", r#"{"show_users":0}"#);
    let query = GroupsQuery {
        group_id: Some("1".into()),
        operator_id: Some("2".into()),
        operator_extension: Some("201".into()),
        show_users: true,
    };
    check(query, "groups", r#"{"group_id":"1","operator_id":"2","operator_extension":"201","show_users":1}"#);
}

#[test]
fn recording_bodies() {
    for (action, word) in [(RecordingAction::Play, "play"), (RecordingAction::Download, "download")] {
        let command = Command::RecordingPost { recording_id: "R==".into(), action };
        check(command, "queries/recording/post", &format!(r#"{{"recording_id":"R==","action":"{word}"}}"#));
        assert_eq!(action.as_str(), word);
    }
}

#[test]
fn recording_topics_body() {
    let command = Command::RecordingTopics { recording_id: "R==".into() };
    check(command, "queries/recording_categories", r#"{"recording_id":"[\"R==\"]","with_names":true}"#);
    let nothing = Command::RecordingTopics { recording_id: String::new() };
    assert_eq!(nothing.check(), Err(CommandFault::Empty("recording_id")));
}

#[test]
fn stats_bodies() {
    let month = StatsQuery { from: 1_790_000_000, to: 1_790_000_000 + StatsQuery::LONGEST, ..StatsQuery::default() };
    let all = "records,finish,answer,from_extension,from_number,to_extension,to_number,disconnect_reason,line_number,location,entry_id,create,start";
    check(
        month.clone(),
        "stats/request",
        &format!(r#"{{"date_from":1790000000,"date_to":1792678400,"fields":"{all}"}}"#),
    );
    let narrow = StatsQuery {
        fields: vec![StatsField::EntryId, StatsField::Start],
        from_party: Some(StatsParty { extension: Some("201".into()), number: None }),
        to_party: Some(StatsParty { extension: None, number: Some("79005550101".into()) }),
        request_id: Some("r-1".into()),
        ..month.clone()
    };
    check(
        narrow.clone(),
        "stats/request",
        r#"{"date_from":1790000000,"date_to":1792678400,"fields":"entry_id,start","from":{"extension":"201"},"to":{"number":"79005550101"},"request_id":"r-1"}"#,
    );
    let check = |query: StatsQuery| Command::from(query).check();
    assert_eq!(check(StatsQuery { to: month.to + 1, ..month.clone() }), Err(CommandFault::Period));
    assert_eq!(check(StatsQuery { to: month.from, ..month.clone() }), Err(CommandFault::Period));
    assert_eq!(check(StatsQuery { from: i64::MIN, to: i64::MAX, ..month }), Err(CommandFault::Period));
    let both = StatsQuery { call_party: Some(StatsParty::default()), ..narrow };
    assert_eq!(check(both), Err(CommandFault::Value("call_party")));
}

#[test]
fn stats_result_body() {
    check(Command::StatsResult { key: "k=".into() }, "stats/result", r#"{"key":"k="}"#);
    assert_eq!(Command::StatsResult { key: " ".into() }.check(), Err(CommandFault::Empty("key")));
}

#[test]
fn calls_stats_bodies() {
    let query = CallsStatsQuery {
        start: "24.11.2026 00:00:00".into(),
        end: "24.11.2026 23:59:59".into(),
        limit: 500,
        ..CallsStatsQuery::default()
    };
    check(
        query.clone(),
        "stats/calls/request",
        r#"{"start_date":"24.11.2026 00:00:00","end_date":"24.11.2026 23:59:59","limit":500,"offset":0}"#,
    );
    let narrow = CallsStatsQuery {
        offset: 500,
        user_ids: vec![17],
        group_ids: vec![300],
        context_type: Some(1),
        search_string: Some("900".into()),
        ..query.clone()
    };
    check(
        narrow,
        "stats/calls/request",
        r#"{"start_date":"24.11.2026 00:00:00","end_date":"24.11.2026 23:59:59","limit":500,"offset":500,"user_ids":[17],"group_ids":[300],"context_type":1,"search_string":"900"}"#,
    );
    let check = |query: CallsStatsQuery| Command::from(query).check();
    assert_eq!(check(CallsStatsQuery { limit: 7, ..query.clone() }), Err(CommandFault::Value("limit")));
    assert_eq!(
        check(CallsStatsQuery { start: "2026-11-24".into(), ..query.clone() }),
        Err(CommandFault::Date("start"))
    );
    assert_eq!(check(CallsStatsQuery { end: String::new(), ..query.clone() }), Err(CommandFault::Date("end")));
    let short = CallsStatsQuery { search_string: Some("90".into()), ..query };
    assert_eq!(check(short), Err(CommandFault::Value("search_string")));
}

#[test]
fn calls_stats_result_body() {
    check(Command::CallsStatsResult { key: "k=".into() }, "stats/calls/result/", r#"{"key":"k="}"#);
}

#[test]
fn contact_search_bodies() {
    check(ContactSearch::default(), "ab/contact/init", r#"{"query":""}"#);
    let search = ContactSearch { query: "Анна".into(), limit_rows: Some(500) };
    check(search.clone(), "ab/contact/init", r#"{"query":"Анна","limit_rows":500}"#);
    for limit_rows in [Some(0), Some(501)] {
        let fault = Command::from(ContactSearch { limit_rows, ..search.clone() }).check();
        assert_eq!(fault, Err(CommandFault::Value("limit_rows")));
    }
}

#[test]
fn contact_cursor_bodies() {
    for (mode, word) in [
        (CursorMode::First, "first-page"),
        (CursorMode::Last, "last-page"),
        (CursorMode::Current, "current-page"),
        (CursorMode::Next(1), "next-page-1"),
        (CursorMode::Previous(2), "prev-page-2"),
    ] {
        let json = format!(r#"{{"cursor":"c","mode":"{word}"}}"#);
        check(ContactCursor { cursor: "c".into(), mode }, "ab/contact/cursor/", &json);
    }
}

#[test]
fn call_tracking_bodies() {
    let number = || "74951112233".to_owned();
    let json = r#"{"number":"74951112233"}"#;
    check(Command::DctUser { number: number() }, "queries/user_info_by_dct_number", json);
    check(Command::DctHistory { number: number() }, "queries/user_history_by_dct_number", json);
}

#[test]
fn contact_centre_call_body() {
    check(Command::ContactCentreCall { entry_id: "NTAw==".into() }, "cc/call/", r#"{"entry_id":"NTAw=="}"#);
}

#[test]
fn commands_the_pbx_would_refuse() {
    let with = |id: &str, call: &str| Command::from(HangUp { command_id: id.into(), call_id: call.into() }).check();
    assert_eq!(with("", "c"), Err(CommandFault::CommandId));
    assert_eq!(with(&"x".repeat(129), "c"), Err(CommandFault::CommandId));
    assert_eq!(with("ключ", "c"), Err(CommandFault::CommandId));
    assert_eq!(with("a b", "c"), Err(CommandFault::CommandId));
    assert_eq!(with(&"x".repeat(128), "c"), Ok(()));
    assert_eq!(with("x", " "), Err(CommandFault::Empty("call_id")));
}

#[test]
fn commands_carry_an_id_and_questions_do_not() {
    assert!(!callback().is_question() && callback().command_id() == Some("pop-0001"));
    assert!(Command::Balance.is_question() && Command::Balance.command_id().is_none());
}
