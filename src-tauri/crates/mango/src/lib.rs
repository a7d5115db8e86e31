#![doc = include_str!("../README.md")]

pub mod answer;
pub mod code;
pub mod command;
pub mod coverage;
pub mod event;
pub mod form;
mod lenient;
pub mod sign;

#[cfg(feature = "client")]
pub mod client;

pub use code::{Class, Code};
pub use command::{Command, RateClass};
pub use event::{
    AddressBookAction, AddressBookChange, AddressBookSubject, CallEvent, CallState, CommandResult, Contact, Dct,
    DialogEvent, Dtmf, EVENT_PATHS, ParseError, Party, Post, Recognized, RecordAdded, RecordTagged, RecordingEvent,
    RecordingState, RobotStats, SessionEnd, SmsDelivery, StatsReady, Summary, UserStatus, normalise_path, parse,
};
pub use form::{FormError, SignedForm};
pub use secrecy::SecretString;
pub use sign::{Account, SignatureError, VerifiedJson};
