//! Lines of PROOF.md, written by the programs that measure.

use xtask::proof::{self, Row};

/// What a measurement has to say about a claim.
#[derive(Debug)]
pub struct Proven<'a> {
    /// Its place in the table: `1`, `2a`.
    pub number: &'a str,
    /// What is claimed, as a person reads it.
    pub claim: &'a str,
    /// How it was measured, in what size.
    pub how: &'a str,
    /// What came out.
    pub figure: &'a str,
    /// Whether the claim holds by it.
    pub holds: bool,
    /// What makes the figure anew.
    pub command: &'a str,
}

/// Writes today's line into PROOF.md.
///
/// # Errors
/// The document cannot be read or written; for a person.
pub fn write_proof(proven: &Proven<'_>) -> Result<(), String> {
    let row = Row {
        number: proven.number.to_owned(),
        claim: proven.claim.to_owned(),
        how: proven.how.to_owned(),
        figure: proven.figure.to_owned(),
        holds: proven.holds,
        date: String::new(),
        command: proven.command.to_owned(),
    };
    proof::write_today(row).map_err(|error| format!("PROOF.md: {error:#}"))
}
