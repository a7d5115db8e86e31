//! What breaks: power, disk, network, time, and the program itself.

mod killed;

use crate::claims::Claim;

pub(crate) fn claims() -> Vec<Claim> {
    vec![killed::CLAIM]
}
