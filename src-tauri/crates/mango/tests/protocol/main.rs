//! The protocol's published rules: signatures, forms, posts as they come, bodies of commands.

mod answers;
mod commands;
mod coverage;
mod events;
mod everything;
mod laws;
mod posts;
mod signatures;

use mango_vpbx::{Account, CallEvent, Post, SignedForm, VerifiedJson, parse};

/// The first published vector: a call enters the menu.
const V1: &str = r#"{"entry_id":"RU5UUlktMDAwMQ==","call_id":"TEVHLTAwMDE6MQ==","timestamp":1790000000,"seq":1,"call_state":"Appeared","location":"ivr","from":{"number":"79005550101"},"to":{"number":"74995550199","line_number":"74995550199"},"dct":{"type":0}}"#;

fn account() -> Account {
    Account::new("clinicDemoKey0000000000000000001", "clinicDemoSalt000000000000000001".into())
}

fn verified(json: &str) -> VerifiedJson {
    let account = account();
    let form = SignedForm { key: account.key().to_owned(), sign: account.sign(json), json: json.to_owned() };
    account.verify(form).expect("we signed it")
}

fn read(path: &str, json: &str) -> Post {
    parse(path, &verified(json)).expect("an object")
}

fn call(json: &str) -> CallEvent {
    let post = read("events/call", json);
    let Post::Call(call) = post else { panic!("{post:?}") };
    call
}
