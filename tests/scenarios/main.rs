//! The programs, driven from outside: one module for each story.
#![cfg(unix)]

/// What a receptionist does with a call through the PBX.
mod acting;
/// The same against the simulated PBX, leg by leg, and within its limits.
mod acting_rehearsed;
/// Who saw, called and changed what; and that nobody can take it back.
mod audit;
/// What the PBX tells beside calls: recordings, pressed keys, messages, the address book, colleagues.
mod beside_calls;
/// The typical sequences of the PBX become the calls they are.
mod calls;
/// Nothing is missed while the desk does not listen.
mod catch_up;
/// The same against the simulated PBX, compared with a desk that listened.
mod catch_up_rehearsed;
/// Connections that are slow, half open, or many.
mod connections;
/// What a user interface gets from the feed (contract 4).
mod contract_feed;
/// What the PBX and strangers get from the listener, row by row (contract 3).
mod contract_listener;
/// How the programs start and end (contract 1 and 2).
mod contract_programs;
/// A whole day, counted a second time from the posts.
mod day;
/// How the desk fares, and the file that is sent to those who help.
mod diagnostics;
/// One click calls back: once, signed, and told to the end.
mod dialing;
/// The same against the simulated PBX.
mod dialing_rehearsed;
/// Who is calling.
mod directory;
/// What was acknowledged is there, whatever happened.
mod durability;
/// Past calls.
mod history;
/// MGERM behind the desk: an index, one click for a visit.
mod mgerm;
/// Looking callers up in a system that is late, frozen, dead, or lies.
mod mis;
/// Calls that nobody took.
mod missed;
/// What several desks do with the rows of those calls.
mod missed_shared;
/// Whose screen a ringing call comes up on, and when not.
mod popping;
/// What must not be found in logs and files.
mod secrets;
/// A thousand mixed calls out of order, every event twice.
mod thousand_calls;
/// The rules of the house, read from the sources.
mod tidy;
/// The real window, by its driver and by the keyboard.
mod window;
/// What is written about a call, and where it stands afterwards.
mod wrap_up;
