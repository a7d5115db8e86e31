//! Who can get in, and what they would find.

mod at_rest;
mod audit_trail;
mod canaries;
mod cipher_cost;
mod feed_doors;
mod forged;
mod injected;
mod public_port;
mod raw;
mod retention;
mod slow;
mod supply;

use crate::claims::Claim;

pub(crate) fn claims() -> Vec<Claim> {
    vec![
        slow::CLAIM,
        forged::CLAIM,
        feed_doors::CLAIM,
        public_port::CLAIM,
        injected::CLAIM,
        at_rest::CLAIM,
        cipher_cost::CLAIM,
        retention::CLAIM,
        audit_trail::CLAIM,
        supply::CLAIM,
    ]
}
