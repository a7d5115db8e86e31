//! Who can get in, and what they would find.

mod feed_doors;
mod public_port;
mod raw;

use crate::claims::Claim;

pub(crate) fn claims() -> Vec<Claim> {
    vec![feed_doors::CLAIM, public_port::CLAIM]
}
