//! A claim, and what measuring it told.

use std::future::Future;
use std::pin::Pin;

/// How much work is put into a measurement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Size {
    /// As PROOF.md tells it.
    Full,
    /// A shorter look.
    Small,
}

impl Size {
    /// The first in full size, the second in small.
    pub(crate) fn of<T>(self, full: T, small: T) -> T {
        match self {
            Size::Full => full,
            Size::Small => small,
        }
    }
}

/// What a measurement told.
#[derive(Debug)]
pub(crate) struct Figure {
    /// How it was measured, in what size.
    pub(crate) how: String,
    /// What came out.
    pub(crate) told: String,
    /// Whether the claim holds by it.
    pub(crate) holds: bool,
}

/// A measurement that goes on.
pub(crate) type Measuring = Pin<Box<dyn Future<Output = Figure>>>;

/// One line of PROOF.md.
pub(crate) struct Claim {
    /// Its place in the table: `1`, `2a`.
    pub(crate) number: &'static str,
    /// What is claimed, as a person reads it.
    pub(crate) claim: &'static str,
    /// Measures it; a panic is a claim that does not hold.
    pub(crate) measure: fn(Size) -> Measuring,
}

/// Makes a measurement of an async function.
pub(crate) fn measuring(work: impl Future<Output = Figure> + 'static) -> Measuring {
    Box::pin(work)
}
