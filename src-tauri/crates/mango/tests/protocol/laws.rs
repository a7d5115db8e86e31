//! What holds for every body.

use mango_vpbx::{EVENT_PATHS, SignedForm, parse};
use proptest::prelude::*;

use crate::everything::read_everything;
use crate::{account, verified};

/// The names that readers look for.
#[rustfmt::skip]
const NAMES: &[&str] = &[
    "entry_id", "call_id", "timestamp", "seq", "call_state", "location", "from", "to", "dct", "result", "type", "number",
    "extension", "acd_group", "recording_id", "recording_state", "topics", "dtmf", "reason", "action", "data", "contact_id",
    "phones", "org", "org_name", "name", "abonent_id", "status", "when", "key", "users", "general", "telephony", "numbers",
    "order", "groups", "operators", "lines", "options", "balance", "list", "context_calls", "members", "state", "cursor",
    "channel", "current_page", "url", "call", "conversion", "tag_id",
];

fn any_json() -> impl Strategy<Value = serde_json::Value> {
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(Into::into),
        any::<i64>().prop_map(Into::into),
        any::<f64>().prop_map(Into::into),
        any::<String>().prop_map(Into::into),
        "-?[0-9]{1,25}".prop_map(Into::into),
    ];
    let name = prop_oneof![prop::sample::select(NAMES).prop_map(str::to_owned), any::<String>(),];
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
        let text = value.to_string();
        read_everything(text.as_bytes());
        prop_assert_eq!(parse("events/call", &verified(&text)).is_ok(), value.is_object());
    }

    #[test]
    fn any_text_is_survived(text in any::<String>()) {
        read_everything(text.as_bytes());
    }

    #[test]
    fn any_bytes_are_survived(body in any::<Vec<u8>>()) {
        read_everything(&body);
    }

    #[test]
    fn any_table_is_survived(text in "(\\[?[0-9A-Za-z=,]{0,9}\\]?;?|[;\n\\[\\]0]|17[0-9]{8};){0,60}") {
        read_everything(text.as_bytes());
    }

    #[test]
    fn an_event_read_again_is_the_same(value in any_json(), path in prop::sample::select(EVENT_PATHS)) {
        let (json, path) = (verified(&value.to_string()), path.replace('…', "contacts"));
        prop_assert_eq!(parse(&path, &json).ok(), parse(&format!("//{path}/"), &json).ok());
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
