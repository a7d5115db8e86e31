//! What people and PBXs write as a phone number, made comparable.
//!
//! One owner of two questions: *which number is this* ([`PhoneNumber`]) and *is this a number at all* ([`Party`]).
//! Pure: no clock, no I/O, no serialisation. Input of any shape is answered, never refused with a panic.

mod extension;
mod field;
mod lexer;
mod number;
mod party;
mod place;
mod region;
mod run;

pub use extension::Extension;
pub use field::{FieldNumber, numbers_in_field};
pub use number::{Masked, PhoneNumber};
pub use party::{Party, party};
pub use place::Place;
pub use region::{Region, RegionError};
