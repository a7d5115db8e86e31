//! Who is calling: people, their numbers, and one module per kind of medical information system.
//!
//! This crate answers two questions, "whose number is this" and "who is called so", and says how it fared. It does not
//! know calls, windows or settings files, and it never asks the clock: the moment is handed in.

pub mod file;
mod order;
mod people;
mod rehearsal;
mod source;

pub use file::{FileDirectory, FileSettings};
pub use order::in_reading_order;
pub use people::{Alert, AlertKind, Debt, Person, Sex, Visit, age};
pub use rehearsal::{rehearsal_csv, rehearsal_people};
pub use source::{Answer, CheckReport, Directory, DirectoryError, Health, HealthState};
