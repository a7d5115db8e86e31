//! The directory from outside, a module per story. `contract` is what every kind must hold to.

#![expect(clippy::unwrap_used, reason = "the lint's exemption of tests leaves out what they share")]

mod cards;
mod contract;
mod file_folder;
mod http;
mod office;
mod rehearsal;
mod saving;
