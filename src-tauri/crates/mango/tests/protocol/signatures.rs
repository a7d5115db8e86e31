//! Who signed what.

use mango_vpbx::{FormError, SignatureError, SignedForm, VerifiedJson};

use crate::commands::{V2, callback};
use crate::{V1, account};

const V1_SIGN: &str = "9b4850f6e3e506475db5032a96d28f143542def660a928672f0a322f45d58cbb";
const V1_BODY: &str = "vpbx_api_key=clinicDemoKey0000000000000000001&sign=9b4850f6e3e506475db5032a96d28f143542def660a928672f0a322f45d58cbb&json=%7B%22entry_id%22%3A%22RU5UUlktMDAwMQ%3D%3D%22%2C%22call_id%22%3A%22TEVHLTAwMDE6MQ%3D%3D%22%2C%22timestamp%22%3A1790000000%2C%22seq%22%3A1%2C%22call_state%22%3A%22Appeared%22%2C%22location%22%3A%22ivr%22%2C%22from%22%3A%7B%22number%22%3A%2279005550101%22%7D%2C%22to%22%3A%7B%22number%22%3A%2274995550199%22%2C%22line_number%22%3A%2274995550199%22%7D%2C%22dct%22%3A%7B%22type%22%3A0%7D%7D";

#[test]
fn published_signatures() {
    let vectors = [
        (V1, V1_SIGN),
        (V2, "cacc7f9618a71c98fd57da751caab8a39e27ff2ff734119cf781e9b8f04b95d3"),
        ("{}", "2e66fc2ed9421ff912e65cc4c82ba8dd59f08120ccea36d3109c24e70ece2dc1"),
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
        let json_again = account().verify(SignedForm::parse(body.as_bytes()).unwrap()).unwrap();
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
        let form = SignedForm { key: key.to_owned(), sign: sign.to_owned(), json: json.to_owned() };
        account().verify(form).unwrap_err()
    };
    let (key, sign, json) = (genuine.key.as_str(), genuine.sign.as_str(), genuine.json.as_str());
    assert_eq!(refuse("anotherKey", sign, json), SignatureError::ForeignKey);
    assert_eq!(refuse("", sign, json), SignatureError::ForeignKey);
    assert_eq!(refuse(key, sign, &json.replace("79005550101", "79005550102")), SignatureError::Mismatch);
    assert_eq!(refuse(key, "", json), SignatureError::Mismatch);
    assert_eq!(refuse(key, &sign[..63], json), SignatureError::Mismatch);
    assert_eq!(refuse(key, &format!("{sign}0"), json), SignatureError::Mismatch);
    assert_eq!(refuse(key, "подпись", json), SignatureError::Mismatch);
    assert_eq!(refuse(key, &"я".repeat(32), json), SignatureError::Mismatch);
    let upper = SignedForm { sign: sign.to_uppercase(), ..genuine.clone() };
    assert_eq!(account().verify(upper).unwrap().as_str(), V1);
}

#[test]
fn secrets_and_patients_stay_out_of_debug() {
    let shown = format!("{:?} {:?}", account(), SignedForm::parse(V1_BODY.as_bytes()).unwrap());
    assert!(!shown.contains("clinicDemo") && !shown.contains("7900"), "{shown}");
    assert_eq!(shown, format!("Account(…) SignedForm({} bytes of json)", V1.len()));
    let shown = format!("{:?}", crate::call(V1));
    assert!(shown.contains("0101") && !shown.contains("79005550101"), "{shown}");
    let shown = format!("{:?}", callback());
    assert!(shown.contains("pop-0001") && !shown.contains("7900"), "{shown}");
}

#[test]
fn what_was_verified_is_kept_as_it_was_signed() {
    let json = account().verify(SignedForm::parse(V1_BODY.as_bytes()).unwrap()).unwrap();
    assert_eq!(json.clone().into_string(), V1);
    assert_eq!(VerifiedJson::kept(json.clone().into_string()), json);
}

#[test]
fn bodies_that_are_no_signed_form() {
    for body in ["", " \r\n", "vpbx_api_key=k&sign=s", "json=", "a=b"] {
        assert_eq!(SignedForm::parse(body.as_bytes()).unwrap_err(), FormError::NoJson, "{body}");
    }
    for body in [r#"{"json":"a=b"}"#, "[]", "<a b=c/>", "hello", "--x\r\nContent-Disposition: form-data; name=json\r\n"]
    {
        assert_eq!(SignedForm::parse(body.as_bytes()).unwrap_err(), FormError::NotAForm, "{body}");
    }
    assert_eq!(SignedForm::parse(b"json=\xff\xfe").unwrap_err(), FormError::NotAForm);
    let unsigned = SignedForm::parse(b"json=%7B%7D").unwrap();
    assert_eq!((unsigned.key.as_str(), unsigned.sign.as_str(), unsigned.json.as_str()), ("", "", "{}"));
    assert_eq!(account().verify(unsigned).unwrap_err(), SignatureError::ForeignKey);
    assert_eq!(SignedForm::parse(b"data=%7B%7D&sign=s").unwrap().json, "{}");
    assert_eq!(SignedForm::parse(b"data=1&json=a+b%2B&json=3\r\n").unwrap().json, "a b+");
}
