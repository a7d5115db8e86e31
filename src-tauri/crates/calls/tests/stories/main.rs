//! One binary; a module per kind of question.

#![expect(
    clippy::unwrap_used,
    reason = "facts of a test are written by hand: what does not parse is a mistake of the test"
)]

#[path = "../common/mod.rs"]
mod common;

/// What can be done with a call, and how far a command about it has come.
mod acting;
/// Any order, any repetition: the same picture, and no pop after a take.
mod any_order;
/// How far a click-to-call has come.
mod dialling;
/// Which way, with whom, on which line, for which group.
mod directions;
/// States, answers, outcomes, ends, lost ends.
mod endings;
/// Who must be rung back.
mod missing;
/// What pops on whose desk.
mod popping;
/// What statistics tell afterwards of calls that nobody listened to.
mod recalling;
/// The stories of reference 5, each with its whole picture.
mod told;
