//! What the tests share: programs started and stopped, signed posts as the PBX sends them, a client of
//! the feed. Nothing here knows the code of the programs: only the contract, and the words of the feed.
#![cfg(unix)]

mod command_api;
mod event;
mod feed;
pub mod mgerm;
mod mis;
mod post;
mod processes;
mod program;
mod proof;
mod quantile;
mod setup;
mod simulator;
mod statistics;
mod story;
mod wait;

pub use command_api::{Answer, CommandApi, Received};
pub use event::{Event, Incoming, now, numbers_as_text, unique};
pub use feed::{FeedClient, Seen, Socket, connect_raw, hello};
pub use mis::{Mis, Mood};
pub use post::{Poster, form, sign};
pub use processes::{Tree, began_ms, forget_peak, peak_kib, processor_time_of, resident_kib};
pub use program::{Exited, Program, program, workspace};
pub use proof::{Proven, write_proof};
pub use quantile::quantile;
pub use setup::{Desk, DeskSetup, FAMILY_CSV, FEED_TOKEN, KEY, SALT, STORE_KEY};
pub use simulator::Simulator;
pub use statistics::{Asked, PastLeg, Telling};
pub use story::Story;
pub use wait::{eventually, patience};
