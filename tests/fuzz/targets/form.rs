//! The body of a post: a form, its signature, and what comes back out of it.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use mango_vpbx::{Account, SignedForm};

static ACCOUNT: LazyLock<Account> = LazyLock::new(|| Account::new("key", "salt".to_owned().into()));

fuzz_target!(|body: &[u8]| {
    let Ok(form) = SignedForm::parse(body) else { return };
    assert!(!form.json.is_empty(), "a form without json is no form");
    let sign = ACCOUNT.sign(&form.json);
    let is_signed = form.key == ACCOUNT.key() && form.sign.trim().eq_ignore_ascii_case(&sign);
    assert_eq!(ACCOUNT.verify(form.clone()).is_ok(), is_signed, "who signed it is who is believed");

    let sent = ACCOUNT.form_body(&form.json);
    let back = SignedForm::parse(sent.as_bytes()).expect("our own form");
    assert_eq!((back.key.as_str(), &back.json), (ACCOUNT.key(), &form.json), "what is sent is what arrives");
    assert!(ACCOUNT.verify(SignedForm { json: format!("{} ", back.json), ..back.clone() }).is_err(), "other text");
    let json = ACCOUNT.verify(back).expect("we signed this");
    assert_eq!(json.as_str(), form.json);
    let _ = mango_vpbx::normalise_path(json.as_str());
});
