//! What a call is.
//!
//! A PBX tells about one contact of one person with the clinic (an [`Entry`]) in many small posts, in parallel, out of order and
//! sometimes twice. This crate keeps them as a **set of facts** and computes everything that is shown from (the set, the moment asked about):
//! which way the call goes, who is on the other side, whose phones ring, whether anybody talked, and whether somebody must be rung back.
//! So any order and any repetition of the same facts gives the same [`Picture`].
//!
//! Nothing here reads a clock, waits, or fails. Where to look:
//!
//! | question | file |
//! |---|---|
//! | what a fact looks like | `leg.rs`, `summary.rs`, `recalled.rs` |
//! | how facts are kept, what time alone changes | `entry.rs` |
//! | inbound, outbound or internal, and with whom | `direction.rs` |
//! | what is shown of a call | `picture.rs`, `ending.rs` |
//! | which phones ring that nobody took | `rings.rs` |
//! | whether it pops on this desk | `pops.rs`, `skew.rs` |
//! | why a call was judged missed, and what closed it | `missed.rs` |
//! | how far a click-to-call has come | `dial.rs` |
//! | what can be done with a call, and on which leg | `grip.rs` |
//! | how far a transfer, a hold, a take-over has come | `deed.rs` |

mod direction;
mod ending;
mod entry;
mod grip;
mod ids;
mod leg;
mod picture;
mod pops;
mod reading;
mod recalled;
mod rings;
mod skew;
mod summary;

pub mod deed;
pub mod dial;
pub mod missed;

pub use direction::Direction;
pub use entry::{Entry, GONE_AFTER, GREETING_LOST_AFTER, RINGING_LOST_AFTER, TALKING_LOST_AFTER};
pub use grip::{Consult, Grip};
pub use ids::{CallId, CommandId, EntryId};
pub use leg::{LegEvent, LegState, Side};
pub use picture::{CallState, Leg, Outcome, Picture, Ring};
pub use pops::{PopRule, Viewer, pops};
pub use recalled::{Recalled, RecalledLeg};
pub use skew::Skew;
pub use summary::Summary;
