//! What holds for every body.

use mango_vpbx::{SignedForm, parse};
use proptest::prelude::*;

use crate::{account, verified};

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
