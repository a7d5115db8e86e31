//! What a client of the feed sends: a hello, a request, and the request's own fields.
#![no_main]

use libfuzzer_sys::fuzz_target;
use wire::{ClientFrame, DeskFrame, Do, Hello, NotUnderstood};

fuzz_target!(|frame: &str| {
    let hello = Hello::read(frame);
    match serde_json::from_str(frame) {
        Ok(ClientFrame::Hello(strict)) => {
            let lenient = hello.expect("what is read strictly is read leniently");
            assert_eq!((strict.token, strict.since, strict.viewer), (lenient.token, lenient.since, lenient.viewer));
        }
        Ok(ClientFrame::Request(request)) => match request.read() {
            Ok(what) => same_again(&what),
            Err(NotUnderstood::Unknown) => {}
            Err(NotUnderstood::Fields(why)) => assert!(!why.is_empty(), "a client's author is told something"),
        },
        Err(_) => {}
    }
    if let Ok(shown) = serde_json::from_str::<DeskFrame>(frame) {
        let written = serde_json::to_string(&shown).expect("a frame is JSON");
        assert_eq!(serde_json::from_str::<DeskFrame>(&written).expect("our own frame"), shown);
    }
});

fn same_again(what: &Do) {
    let written = serde_json::to_value(what).expect("a request is JSON");
    assert_eq!(&serde_json::from_value::<Do>(written).expect("our own request"), what);
}
