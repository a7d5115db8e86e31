//! Feeds every reader of the crate with bytes nobody thought of.
#![no_main]

#[path = "../../tests/protocol/everything.rs"]
mod everything;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| everything::read_everything(bytes));
