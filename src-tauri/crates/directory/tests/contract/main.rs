//! One contract for every kind of directory. The same invented people ([`people`]) are put into each kind's own system
//! (a [`clinic::Clinic`]), and the same cases ([`cases`]) are asked of it.
//!
//! A new kind adds one module that prepares its system with [`people::people`] and one test that calls [`clinic::holds`].

#![expect(clippy::unwrap_used, reason = "the lint's exemption of tests leaves out what they share")]

mod cases;
mod clinic;
#[path = "../clinics/mod.rs"]
mod clinics;
mod fhir;
mod file;
#[allow(dead_code, reason = "the other test program uses the rest of it")]
mod helios;
mod http;
mod mgerm;
#[path = "../../../../../tests/src/mgerm/mod.rs"]
#[allow(dead_code, unused_imports, reason = "the double knows more than one suite asks")]
mod mgerm_double;
mod people;
mod sql;
