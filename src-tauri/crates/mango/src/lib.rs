#![doc = include_str!("../README.md")]

pub mod code;
pub mod command;
pub mod event;
pub mod form;
pub mod sign;

#[cfg(feature = "client")]
pub mod client;

pub use code::{Class, Code};
pub use command::{Command, RateClass};
pub use event::{CallEvent, CallState, CommandResult, Dct, ParseError, Party, Post, Summary, normalise_path, parse};
pub use form::{FormError, SignedForm};
pub use secrecy::SecretString;
pub use sign::{Account, SignatureError, VerifiedJson};
