//! What breaks: power, disk, network, time, and the program itself.

mod clock;
mod damaged;
mod endurance;
mod failing_disk;
mod killed;
mod load;
mod orders;
mod power_loss;
mod reconnecting;
mod replayed;
mod simulated;

use crate::claims::Claim;

pub(crate) fn claims() -> Vec<Claim> {
    vec![
        killed::CLAIM,
        power_loss::CLAIM,
        damaged::CLAIM,
        failing_disk::CLAIM,
        orders::CLAIM,
        replayed::CLAIM,
        simulated::CLAIM,
        reconnecting::LOST,
        reconnecting::HANGING,
        clock::CLAIM,
        endurance::CLAIM,
    ]
}
