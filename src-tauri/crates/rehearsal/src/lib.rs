//! The rehearsal PBX: plays calls to a listener as MANGO OFFICE would post them, and serves MANGO's command API.
//!
//! "Reference" in comments is our protocol page; scenarios are its section 5. The people and numbers are invented.

mod body;
mod callback;
mod cast;
mod clock;
mod commands;
mod compose;
mod exchange;
mod load;
mod pbx;
mod poster;
mod scenario;
mod script;
mod stage;
mod statistics;
mod style;
mod telling;
mod turns;

#[cfg(test)]
mod tests;

pub use callback::{CallbackMode, Outcome};
pub use clock::Speed;
pub use commands::{Answers, Busiest, CommandCounts, CommandRecord, LimitsSeen};
pub use load::Load;
pub use pbx::{Counts, Pbx, PbxSettings, StartError};
pub use poster::PostCounts;
pub use scenario::Scenario;
pub use stage::Played;
pub use statistics::StatsMode;
pub use style::{Hidden, Style};
pub use turns::Reception;
