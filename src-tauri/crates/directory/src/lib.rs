//! Who is calling: people, their numbers, and one module per kind of medical information system.
//!
//! This crate answers two questions, "whose number is this" and "who is called so", and says how it fared. It does not
//! know calls, windows or settings files, and it never asks the clock: the moment is handed in.

mod digits;
pub mod fhir;
pub mod file;
pub mod http;
pub mod index;
mod knowledge;
mod link;
mod matching;
pub mod mgerm;
mod order;
mod people;
mod rehearsal;
mod settings;
mod source;
mod spoken;
pub mod sql;
mod web;
mod writing;

pub use file::{FileDirectory, FilePeople, FileSettings};
pub use knowledge::{Knowledge, Learned, Step, StepKind};
pub use matching::{numbers_of, spellings, why_found, written_in};
pub use order::in_reading_order;
pub use people::{Alert, AlertKind, Debt, Person, Sex, Visit, age};
pub use rehearsal::{rehearsal_csv, rehearsal_people};
pub use settings::{SectionError, Surroundings};
pub use source::{Answer, CheckReport, Directory, DirectoryError, Health, HealthState, Trial, TrialStep};
pub use spoken::russian;
pub use writing::{Abilities, NewPerson, Service, Slot, SlotQuery, Write, WriteError, Written};
