//! The directory from outside, a module per story. `contract` is what every kind must hold to.

#![expect(clippy::unwrap_used, reason = "the lint's exemption of tests leaves out what they share")]

mod cards;
mod contract;
mod file_folder;
mod http;
mod mgerm;
mod mgerm_changes;
#[path = "../../../../../tests/src/mgerm/mod.rs"]
#[allow(dead_code, unused_imports, reason = "the double knows more than one suite asks")]
mod mgerm_double;
mod mgerm_kept;
mod mgerm_office;
mod office;
mod rehearsal;
mod saving;
