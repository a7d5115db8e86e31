//! The directory from outside, a module per story. `contract` is what every kind must hold to.

#![expect(clippy::unwrap_used, reason = "the lint's exemption of tests leaves out what they share")]

mod cards;
mod contract;
mod fhir;
mod fhir_faults;
mod fhir_tokens;
mod file_folder;
#[path = "../contract/helios.rs"]
mod helios;
mod http;
mod mgerm;
mod mgerm_changes;
#[path = "../../../../../tests/src/mgerm/mod.rs"]
#[allow(dead_code, unused_imports, reason = "the double knows more than one suite asks")]
mod mgerm_double;
mod mgerm_kept;
mod mgerm_office;
mod office;
#[path = "../clinics/postgres.rs"]
mod postgres;
mod rehearsal;
mod saving;
mod sql;
mod sql_failing;
mod sql_lite;
