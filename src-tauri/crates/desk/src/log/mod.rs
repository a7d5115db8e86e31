//! The log: facts as they were received, kept durably in an encrypted SQLite file, and the projections that are
//! computed from them. One writer thread with group commit; readers beside it.
//!
//! A fact is written once and never changed. Its key is (account, path, SHA-256 of its body), so a repeated post
//! makes no second fact. Projections (calls, episodes, …) can be thrown away and rebuilt.

mod audit;
mod chores;
mod damage;
mod history;
pub(crate) mod marks;
mod numbers;
mod open;
mod read;
mod readers;
mod rebuild;
mod schema;
mod search;
mod stories;
#[cfg(test)]
mod tests;
mod trigrams;
mod write;

pub use audit::{AuditError, AuditRecord, AuditTrail};
pub use history::{PastCall, Place, place_of};
pub use numbers::CountedCall;
pub use open::{Key, LogError, open, private_folder};
pub use read::{Reader, StoredFact};
pub use readers::{Lane, NotRead, Readers};
pub use rebuild::Folded;
pub use search::{Haste, Page, Wanted};
pub use write::{Durable, Ticket, WriteFailed, Writer};

use jiff::Timestamp;
use sha2::{Digest as _, Sha256};

/// The account whose PBX is the clinic's.
pub const MAIN: &str = "main";
/// The account of rehearsal calls: kept only while the desk runs, never projected.
pub const REHEARSAL: &str = "rehearsal";

/// What kind of thing happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FactKind {
    /// A verified post of the PBX.
    Post,
    /// Somebody clicked "call back": the intent, on disk before the command leaves.
    Dial,
    /// What the PBX replied to a command.
    Reply,
    /// The intent of a command about a call.
    Command,
    /// The intent of a text message.
    Sms,
    /// What the PBX's statistics told of a call that nobody listened to.
    Statistics,
    /// Which of several people it is.
    Choice,
    /// "I will call back."
    Claim,
    /// A row of missed calls was closed by hand.
    Dismissal,
    /// A row of missed calls was put off, or taken back from there.
    Postponement,
    /// What was written about a call, once somebody said that nothing more is to be written.
    WrapUp,
}

impl FactKind {
    const ALL: [(FactKind, &'static str); 11] = [
        (FactKind::Post, "post"),
        (FactKind::Dial, "dial"),
        (FactKind::Reply, "dial_reply"),
        (FactKind::Command, "command"),
        (FactKind::Sms, "sms"),
        (FactKind::Statistics, "statistics"),
        (FactKind::Choice, "choice"),
        (FactKind::Claim, "claim"),
        (FactKind::Dismissal, "dismissal"),
        (FactKind::Postponement, "postponement"),
        (FactKind::WrapUp, "wrap_up"),
    ];

    fn word(self) -> &'static str {
        Self::ALL.iter().find(|(kind, _)| *kind == self).map_or("", |(_, word)| word)
    }

    fn from_word(word: &str) -> Option<FactKind> {
        Self::ALL.iter().find(|(_, known)| *known == word).map(|(kind, _)| *kind)
    }
}

/// Something that happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fact {
    /// [`MAIN`] or [`REHEARSAL`].
    pub account: &'static str,
    /// What kind of thing.
    pub kind: FactKind,
    /// For a post what follows the base address (`events/call`); for our own facts `desk/…`.
    pub path: String,
    /// When it reached us.
    pub received_at: Timestamp,
    /// What it is about: an entry id, a command id, or the key of a number.
    pub subject: Option<String>,
    /// The bytes as received; for our own facts JSON.
    pub body: Vec<u8>,
}

impl Fact {
    /// SHA-256 of the body: with account and path the fact's key.
    #[must_use]
    pub fn hash(&self) -> [u8; 32] {
        Sha256::digest(&self.body).into()
    }
}

/// A change of a projection, written in the transaction of the fact that caused it.
#[derive(Debug, Clone, PartialEq)]
pub enum Row {
    /// A call as it now looks.
    Call(CallRow),
    /// What a call means for its number's missed calls; `None`: nothing (any more).
    Episode {
        /// The call.
        entry: String,
        /// What it means.
        episode: Option<EpisodeRow>,
    },
    /// Whether a number has an open row of missed calls.
    OpenMissed {
        /// The number's key.
        number_key: String,
        /// Open or not.
        open: bool,
    },
    /// The person last chosen for a number.
    Choice {
        /// The number.
        number: String,
        /// The person; `None` takes the choice back.
        person: Option<String>,
    },
    /// What the PBX's address book calls a number.
    Contact {
        /// The number, E.164.
        number: String,
        /// The PBX's id of the contact.
        contact: Option<String>,
        /// The name; `None`: no longer in the book.
        name: Option<String>,
    },
    /// Colleagues, groups and lines as the PBX told them last: JSON.
    Roster {
        /// The whole of it.
        json: String,
    },
    /// Since when calls may be missing, and until when the PBX's statistics were asked: JSON.
    CatchUp {
        /// The whole of it.
        json: String,
    },
    /// What was written about a call, as it stands; nothing at all takes the row away.
    Note(NoteRow),
    /// A record of the audit trail.
    Audit(AuditRecord),
    /// The settings of this start, as the audit trail compares them: JSON.
    AuditedSettings {
        /// The whole of it.
        json: String,
    },
}

/// What was written about a call by hand, and by which number it is found again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoteRow {
    /// The call.
    pub entry: String,
    /// The other side of the call, E.164 or verbatim; `None` when hidden.
    pub number: Option<String>,
    /// When the call began: Unix ms.
    pub started_ms: i64,
    /// The words.
    pub written: Written,
}

/// What was written about a call by hand.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Written {
    /// The whole note; empty: none.
    pub text: String,
    /// Whom the words are about, by the directory's id.
    pub person: Option<String>,
    /// The outcome.
    pub outcome: Option<String>,
    /// The tags.
    pub tags: Vec<String>,
    /// Whether somebody said that nothing more is to be written.
    pub done: bool,
    /// The extension that changed it last.
    pub by: Option<String>,
    /// When: Unix ms.
    pub at_ms: Option<i64>,
}

impl Written {
    /// Whether it says nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        !self.has_words() && !self.done
    }

    /// Whether it is worth showing on the next card.
    #[must_use]
    pub fn has_words(&self) -> bool {
        !self.text.trim().is_empty() || self.outcome.is_some() || !self.tags.is_empty()
    }
}

/// What was written about an earlier call of a number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    /// The call.
    pub entry: String,
    /// When it began: Unix ms.
    pub started_ms: i64,
    /// The extension that talked, or called.
    pub talked: Option<String>,
    /// The words.
    pub written: Written,
}

/// A call in the projection.
#[derive(Debug, Clone, PartialEq)]
pub struct CallRow {
    /// The entry's id.
    pub entry: String,
    /// When it began: Unix ms.
    pub started_ms: i64,
    /// True until it ended.
    pub live: bool,
    /// The other side, E.164 or verbatim.
    pub number: Option<String>,
    /// What history keeps of it; `None` while it lives.
    pub past: Option<PastCall>,
    /// The call as the feed shows it.
    pub json: String,
}

/// What a call means for its number's missed calls.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EpisodeRow {
    /// The number's key.
    pub number_key: String,
    /// `missed`, `reached` or `called_again`.
    pub kind: String,
    /// When: Unix ms.
    pub at_ms: i64,
    /// Who talked.
    pub by: Option<String>,
    /// Where a missed one died.
    pub why: Option<String>,
}
