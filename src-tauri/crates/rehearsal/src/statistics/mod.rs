//! What the PBX remembers: calls, in both formats of its statistics (reference 4.10), and recordings.

mod archive;
mod basic;
mod extended;
mod ledger;
mod requests;

pub(crate) use archive::{Archive, Stored};
pub(crate) use basic::{Fields, csv};
pub(crate) use extended::{Contexts, contexts};
pub(crate) use ledger::{Ledger, Person, Row};
pub use requests::StatsMode;
pub(crate) use requests::{Asked, Kind, Parties, Requests, Wanted};
