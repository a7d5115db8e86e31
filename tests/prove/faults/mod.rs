//! What breaks: power, disk, network, time, and the program itself.

mod damaged;
mod failing_disk;
mod killed;
mod load;
mod orders;
mod power_loss;
mod replayed;

use crate::claims::Claim;

pub(crate) fn claims() -> Vec<Claim> {
    vec![killed::CLAIM, power_loss::CLAIM, damaged::CLAIM, failing_disk::CLAIM, orders::CLAIM, replayed::CLAIM]
}
