//! The protocol's published rules: signatures, forms, and posts as they come.

use std::path::Path;

use mango_vpbx::command::{Callback, Command, CommandFault, HangUp, Transfer, TransferMethod};
use mango_vpbx::{
    Account, CallEvent, CallState, FormError, ParseError, Party, Post, SignatureError, SignedForm,
    VerifiedJson, normalise_path, parse,
};
use proptest::prelude::*;

const V1: &str = r#"{"entry_id":"RU5UUlktMDAwMQ==","call_id":"TEVHLTAwMDE6MQ==","timestamp":1790000000,"seq":1,"call_state":"Appeared","location":"ivr","from":{"number":"79005550101"},"to":{"number":"74995550199","line_number":"74995550199"},"dct":{"type":0}}"#;
const V1_SIGN: &str = "9b4850f6e3e506475db5032a96d28f143542def660a928672f0a322f45d58cbb";
const V1_BODY: &str = "vpbx_api_key=clinicDemoKey0000000000000000001&sign=9b4850f6e3e506475db5032a96d28f143542def660a928672f0a322f45d58cbb&json=%7B%22entry_id%22%3A%22RU5UUlktMDAwMQ%3D%3D%22%2C%22call_id%22%3A%22TEVHLTAwMDE6MQ%3D%3D%22%2C%22timestamp%22%3A1790000000%2C%22seq%22%3A1%2C%22call_state%22%3A%22Appeared%22%2C%22location%22%3A%22ivr%22%2C%22from%22%3A%7B%22number%22%3A%2279005550101%22%7D%2C%22to%22%3A%7B%22number%22%3A%2274995550199%22%2C%22line_number%22%3A%2274995550199%22%7D%2C%22dct%22%3A%7B%22type%22%3A0%7D%7D";
const V2: &str =
    r#"{"command_id":"pop-0001","from":{"extension":"201"},"to_number":"79005550101"}"#;

fn account() -> Account {
    Account::new(
        "clinicDemoKey0000000000000000001",
        "clinicDemoSalt000000000000000001".into(),
    )
}

fn verified(json: &str) -> VerifiedJson {
    let account = account();
    let form = SignedForm {
        key: account.key().to_owned(),
        sign: account.sign(json),
        json: json.to_owned(),
    };
    account.verify(form).expect("we signed it")
}

fn read(path: &str, json: &str) -> Post {
    parse(path, &verified(json)).expect("an object")
}

fn call(json: &str) -> CallEvent {
    match read("events/call", json) {
        Post::Call(call) => call,
        other => panic!("{other:?}"),
    }
}

#[test]
fn published_signatures() {
    let vectors = [
        (V1, V1_SIGN),
        (
            V2,
            "cacc7f9618a71c98fd57da751caab8a39e27ff2ff734119cf781e9b8f04b95d3",
        ),
        (
            "{}",
            "2e66fc2ed9421ff912e65cc4c82ba8dd59f08120ccea36d3109c24e70ece2dc1",
        ),
        (
            r#"{"command_id":"sms-1","text":"Приём завтра","from_extension":"201","to_number":"79005550101"}"#,
            "8aad758d381235d64b3eeb41be6beb79d5cc5c1e44135ca6c9a591fff9bf309a",
        ),
        (
            r#"{"command_id":"sms-1","text":"\u041f\u0440\u0438\u0451\u043c \u0437\u0430\u0432\u0442\u0440\u0430","from_extension":"201","to_number":"79005550101"}"#,
            "7732e4c6a56ca9505b90dc9ec7b07b3b5053a8f4e74bd855e704fee811c07923",
        ),
        (
            r#"{"command_id": "pop-0001", "from": {"extension": "201"}, "to_number": "79005550101"}"#,
            "5e828a3840b615a4ea4b227166d2a70cfbf2cdcc18bd69b0381dc218025e3b6e",
        ),
    ];
    for (json, sign) in vectors {
        assert_eq!(account().sign(json), sign, "{json}");
        let body = account().form_body(json);
        let json_again = account()
            .verify(SignedForm::parse(body.as_bytes()).unwrap())
            .unwrap();
        assert_eq!(json_again.as_str(), json);
    }
    assert_eq!(account().form_body(V1), V1_BODY);
    assert_eq!(
        account().recording_link_sign("TVlSRUM6MDAwMTow", 1_790_003_600),
        "e835b61000442647b52488d706252413e9c58737c98f55f1352cd4e6b28dab57"
    );
}

#[test]
fn forged_forms_are_refused() {
    let genuine = SignedForm::parse(V1_BODY.as_bytes()).unwrap();
    let refuse = |key: &str, sign: &str, json: &str| {
        let form = SignedForm {
            key: key.to_owned(),
            sign: sign.to_owned(),
            json: json.to_owned(),
        };
        account().verify(form).unwrap_err()
    };
    let (key, sign, json) = (
        genuine.key.as_str(),
        genuine.sign.as_str(),
        genuine.json.as_str(),
    );
    assert_eq!(refuse("anotherKey", sign, json), SignatureError::ForeignKey);
    assert_eq!(refuse("", sign, json), SignatureError::ForeignKey);
    assert_eq!(
        refuse(key, sign, &json.replace("79005550101", "79005550102")),
        SignatureError::Mismatch
    );
    assert_eq!(refuse(key, "", json), SignatureError::Mismatch);
    assert_eq!(refuse(key, &sign[..63], json), SignatureError::Mismatch);
    assert_eq!(
        refuse(key, &format!("{sign}0"), json),
        SignatureError::Mismatch
    );
    assert_eq!(refuse(key, "подпись", json), SignatureError::Mismatch);
    assert_eq!(refuse(key, &"я".repeat(32), json), SignatureError::Mismatch);
    let upper = SignedForm {
        sign: sign.to_uppercase(),
        ..genuine.clone()
    };
    assert_eq!(account().verify(upper).unwrap().as_str(), V1);
}

#[test]
fn secrets_and_patients_stay_out_of_debug() {
    let shown = format!(
        "{:?} {:?}",
        account(),
        SignedForm::parse(V1_BODY.as_bytes()).unwrap()
    );
    assert!(
        !shown.contains("clinicDemo") && !shown.contains("7900"),
        "{shown}"
    );
    let shown = format!("{:?}", callback());
    assert!(
        shown.contains("pop-0001") && !shown.contains("7900"),
        "{shown}"
    );
}

#[test]
fn bodies_that_are_no_signed_form() {
    for body in ["", " \r\n", "vpbx_api_key=k&sign=s", "json=", "a=b"] {
        assert_eq!(
            SignedForm::parse(body.as_bytes()).unwrap_err(),
            FormError::NoJson,
            "{body}"
        );
    }
    for body in [
        r#"{"json":"a=b"}"#,
        "[]",
        "<a b=c/>",
        "hello",
        "--x\r\nContent-Disposition: form-data; name=json\r\n",
    ] {
        assert_eq!(
            SignedForm::parse(body.as_bytes()).unwrap_err(),
            FormError::NotAForm,
            "{body}"
        );
    }
    assert_eq!(
        SignedForm::parse(b"json=\xff\xfe").unwrap_err(),
        FormError::NotAForm
    );
    let unsigned = SignedForm::parse(b"json=%7B%7D").unwrap();
    assert_eq!(
        (
            unsigned.key.as_str(),
            unsigned.sign.as_str(),
            unsigned.json.as_str()
        ),
        ("", "", "{}")
    );
    assert_eq!(
        account().verify(unsigned).unwrap_err(),
        SignatureError::ForeignKey
    );
    assert_eq!(SignedForm::parse(b"data=%7B%7D&sign=s").unwrap().json, "{}");
    assert_eq!(
        SignedForm::parse(b"data=1&json=a+b%2B&json=3\r\n")
            .unwrap()
            .json,
        "a b+"
    );
}

#[test]
fn a_call_as_documented() {
    let call = call(V1);
    assert_eq!(call.entry_id, "RU5UUlktMDAwMQ==");
    assert_eq!(call.call_id, "TEVHLTAwMDE6MQ==");
    assert_eq!((call.timestamp, call.seq), (1_790_000_000, 1));
    assert_eq!(call.state, CallState::Appeared);
    assert_eq!(call.location.as_deref(), Some("ivr"));
    assert_eq!(
        call.from,
        Party {
            number: Some("79005550101".into()),
            ..Party::default()
        }
    );
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
    assert_eq!(
        (call.entry_id.as_str(), call.call_id.as_str()),
        ("17", "18")
    );
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
    assert_eq!(
        call.callback_initiator.as_deref(),
        Some("MissGroupCallCallback")
    );
    let dct = call.dct.unwrap();
    assert_eq!((dct.kind, dct.number.as_deref()), (1, Some("74995550199")));
}

#[test]
fn a_call_with_almost_nothing() {
    let call = call(
        r#"{"entry_id":"e","call_id":"c","from":null,"to":"x","dct":0,"seq":-1,"call_state":"Resumed"}"#,
    );
    assert_eq!(
        (call.from, call.to, call.dct),
        (Party::default(), Party::default(), None)
    );
    assert_eq!((call.seq, call.timestamp), (0, 0));
    assert_eq!(call.state, CallState::Other("Resumed".into()));
}

#[test]
fn posts_that_say_nothing_about_calls() {
    for (path, json) in [
        ("events/call", r#"{"call_id":"c"}"#),
        ("events/call", r#"{"entry_id":"e","call_id":""}"#),
        ("events/summary", "{}"),
        ("result/stats", r#"{"key":"k","request_id":"r"}"#),
        ("events/robots/stats", "{}"),
        ("events/call/more", V1),
        ("", V1),
    ] {
        assert_eq!(read(path, json), Post::Unknown, "{path} {json}");
    }
    for json in ["", "1", "[]", "null", "{", "\"\""] {
        let error = parse("events/call", &verified(json)).unwrap_err();
        assert!(
            matches!(error, ParseError::NotJson(_) | ParseError::NotAnObject),
            "{json}"
        );
    }
}

#[test]
fn results_name_their_command() {
    let Post::CommandResult(result) = read(
        "/result//call/hangup/",
        r#"{"command_id":"h-1","result":"4101"}"#,
    ) else {
        panic!("no result")
    };
    assert_eq!(
        (
            result.command.as_str(),
            result.command_id.as_deref(),
            result.result
        ),
        ("call/hangup", Some("h-1"), 4101)
    );
    assert_eq!(normalise_path("/events//call/"), "events/call");
    assert_eq!(normalise_path("//"), "");
    assert_eq!(normalise_path("Events/Call"), "Events/Call");
}

/// Every line of the fixtures is a post of a known kind, except recordings.
#[test]
fn the_stories_are_readable() {
    let mut known = 0;
    for story in 1..=9 {
        let file =
            Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/fixtures/5-{story}.txt"));
        for line in std::fs::read_to_string(file).unwrap().lines() {
            let (path, json) = line.split_once(char::is_whitespace).unwrap();
            match read(path, json.trim()) {
                Post::Call(call) => {
                    assert!(!matches!(call.state, CallState::Other(_)), "{line}");
                    assert_eq!(
                        call.disconnect_reason.is_some(),
                        call.state == CallState::Disconnected,
                        "{line}"
                    );
                    assert!(call.seq > 0 && call.timestamp > 1_700_000_000);
                    known += 1;
                }
                Post::Summary(summary) => {
                    assert!(
                        summary.end_time >= summary.create_time && summary.direction.is_some(),
                        "{line}"
                    );
                    known += 1;
                }
                Post::CommandResult(result) => {
                    assert_eq!(result.result, 1000);
                    known += 1;
                }
                Post::Unknown => assert!(path.starts_with("events/record"), "{line}"),
            }
        }
    }
    assert_eq!(known, 60);
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
    assert_eq!(
        (summary.create_time, summary.talk_time, summary.end_time),
        (1_790_001_000, 0, 1_790_001_021)
    );
    assert_eq!(
        (summary.entry_result, summary.disconnect_reason),
        (Some(0), Some(1110))
    );
}

fn callback() -> Command {
    Callback {
        command_id: "pop-0001".into(),
        extension: "201".into(),
        from_number: None,
        to_number: "79005550101".into(),
        line_number: None,
    }
    .into()
}

#[test]
fn bodies_of_commands() {
    assert_eq!(callback().json(), V2);
    let full: Command = Callback {
        command_id: "c".into(),
        extension: "201".into(),
        from_number: Some("79005550222".into()),
        to_number: "79005550101".into(),
        line_number: Some("74995550199".into()),
    }
    .into();
    assert_eq!(
        full.json(),
        r#"{"command_id":"c","from":{"extension":"201","number":"79005550222"},"to_number":"79005550101","line_number":"74995550199"}"#
    );
    let hang_up: Command = HangUp {
        command_id: "h".into(),
        call_id: "MTo5==".into(),
    }
    .into();
    assert_eq!(
        (hang_up.path(), hang_up.json().as_str()),
        (
            "commands/call/hangup",
            r#"{"command_id":"h","call_id":"MTo5=="}"#
        )
    );
    let transfer: Command = Transfer {
        command_id: "t".into(),
        call_id: "c".into(),
        method: TransferMethod::Blind,
        to_number: "202".into(),
        initiator: "201".into(),
    }
    .into();
    assert_eq!(
        transfer.json(),
        r#"{"command_id":"t","call_id":"c","method":"blind","to_number":"202","initiator":"201"}"#
    );
    assert_eq!(
        (Command::Balance.path(), Command::Balance.json().as_str()),
        ("account/balance", "{}")
    );
    for command in [callback(), full, hang_up, transfer, Command::Balance] {
        assert_eq!(command.check(), Ok(()));
    }
}

#[test]
fn commands_the_pbx_would_refuse() {
    let with = |id: &str, call: &str| {
        Command::from(HangUp {
            command_id: id.into(),
            call_id: call.into(),
        })
        .check()
    };
    assert_eq!(with("", "c"), Err(CommandFault::CommandId));
    assert_eq!(with(&"x".repeat(129), "c"), Err(CommandFault::CommandId));
    assert_eq!(with("ключ", "c"), Err(CommandFault::CommandId));
    assert_eq!(with("a b", "c"), Err(CommandFault::CommandId));
    assert_eq!(with(&"x".repeat(128), "c"), Ok(()));
    assert_eq!(with("x", " "), Err(CommandFault::Empty("call_id")));
}

fn any_json() -> impl Strategy<Value = serde_json::Value> {
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(Into::into),
        any::<i64>().prop_map(Into::into),
        any::<f64>().prop_map(Into::into),
        any::<String>().prop_map(Into::into),
        "-?[0-9]{1,25}".prop_map(Into::into),
    ];
    let name = prop_oneof![
        "(entry_id|call_id|timestamp|seq|call_state|location|from|to|dct|result|type|number|extension|acd_group)",
        any::<String>(),
    ];
    leaf.prop_recursive(4, 48, 8, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Into::into),
            prop::collection::hash_map(name.clone(), inner, 0..10)
                .prop_map(|map| serde_json::Value::Object(map.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn any_json_is_survived(value in any_json()) {
        let json = verified(&value.to_string());
        for path in ["events/call", "events/summary", "result/callback", "x"] {
            let post = parse(path, &json);
            prop_assert_eq!(post.is_ok(), value.is_object());
        }
    }

    #[test]
    fn any_text_is_survived(text in any::<String>()) {
        let _ = parse(&text, &verified(&text));
    }

    #[test]
    fn any_body_is_survived(body in any::<Vec<u8>>()) {
        if let Ok(form) = SignedForm::parse(&body) {
            prop_assert!(account().verify(form).is_err());
        }
    }

    #[test]
    fn only_the_right_signature_passes(key in any::<String>(), sign in any::<String>(), json in any::<String>()) {
        let foreign = SignedForm { key, sign: sign.clone(), json: json.clone() };
        prop_assert!(account().verify(foreign).is_err());
        let unsigned = SignedForm { key: account().key().to_owned(), sign, json: json.clone() };
        prop_assert!(account().verify(unsigned).is_err());
        prop_assume!(!json.is_empty());
        let body = account().form_body(&json);
        let genuine = account().verify(SignedForm::parse(body.as_bytes()).unwrap()).unwrap();
        prop_assert_eq!(genuine.as_str(), json);
    }
}
