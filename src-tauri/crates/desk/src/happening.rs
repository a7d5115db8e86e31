//! Every reason for which the desk's loop wakes up.

use directory::{Learned, Person};
use jiff::Timestamp;
use mango_vpbx::Post;
use phone::PhoneNumber;
use tokio::sync::{mpsc, oneshot};

use crate::board::CommandReplied;
use crate::hub::{Frame, SessionId};
use crate::log::WriteFailed;
use crate::running::visits::Change;
use crate::ways::Arrived;

/// Something the desk's loop must deal with.
#[derive(Debug)]
pub enum Happening {
    /// A verified post of the PBX. `kept` hears when it is on disk.
    Post {
        /// Whose.
        account: &'static str,
        /// What follows the base address.
        path: String,
        /// The signed text, byte for byte.
        body: Vec<u8>,
        /// What it says.
        post: Box<Post>,
        /// When it came.
        received_at: Timestamp,
        /// The same for measuring, and how long its signature took.
        arrived: Arrived,
        /// Where to say that it is on disk.
        kept: oneshot::Sender<Result<(), WriteFailed>>,
    },
    /// The directory's word about a number; another may follow.
    Card {
        /// The number.
        number: PhoneNumber,
        /// Who, or why not.
        learned: Learned,
    },
    /// What the log knows of numbers' earlier calls.
    Said(Vec<(String, Vec<crate::log::Said>)>),
    /// Nothing more is to be heard about a number; `search` says which look-up that was.
    LookedUp {
        /// The number.
        number: PhoneNumber,
        /// The look-up's own number.
        search: u64,
    },
    /// A change in the directory came back.
    Written {
        /// Who asked, and as what.
        asked: Asked,
        /// What it was about.
        change: Change,
        /// Its fingerprint among those under way.
        same: u64,
        /// What became of it.
        outcome: Result<Box<directory::Written>, directory::WriteError>,
    },
    /// Free times came back.
    Slots {
        /// Who asked, and as what.
        asked: Asked,
        /// The times, or why not.
        slots: Result<Vec<directory::Slot>, String>,
    },
    /// The directory's state, or its people, changed.
    Directory(wire::DirectoryHealth),
    /// A client said hello.
    Attach {
        /// Whose desk it shows; the settings' when absent.
        viewer: Option<wire::Viewer>,
        /// What it saw last.
        since: Option<wire::Since>,
        /// Where its frames go.
        frames: mpsc::Sender<Frame>,
        /// Where its number goes.
        attached: oneshot::Sender<SessionId>,
    },
    /// A client left.
    Detach(SessionId),
    /// A client asks for something.
    Request(SessionId, wire::Request),
    /// What a request asked for was found out beside the loop.
    Told {
        /// Who asked, and as what.
        asked: Asked,
        /// The reply.
        answer: Result<serde_json::Value, wire::RequestError>,
    },
    /// A search of people came back.
    Found {
        /// Who asked, and as what.
        asked: Asked,
        /// Who was found, or why not.
        people: Result<Vec<Person>, String>,
    },
    /// What was read beside the loop for somebody.
    Answered {
        /// Who asked, and as what.
        asked: Asked,
        /// The answer, or why there is none.
        answer: Result<serde_json::Value, wire::RequestError>,
    },
    /// A click-to-call's command came back.
    Dialled {
        /// Who asked, and as what.
        asked: Asked,
        /// Whose PBX.
        account: &'static str,
        /// What the PBX replied.
        replied: CommandReplied,
        /// The same for the one who asked.
        outcome: CommandOutcome,
    },
    /// A command about a call, or a text message, came back.
    Commanded {
        /// Who asked, and as what.
        asked: Asked,
        /// Whose PBX.
        account: &'static str,
        /// What it was about.
        about: About,
        /// What the PBX replied.
        replied: CommandReplied,
        /// The same for the one who asked.
        outcome: CommandOutcome,
    },
    /// The PBX's address book told who has a number, or that nobody does.
    Named {
        /// The number.
        number: PhoneNumber,
        /// The name.
        name: Option<String>,
        /// The PBX refused to tell.
        refused: bool,
    },
    /// Call tracking told where a caller found us.
    Tracked {
        /// The call.
        entry: calls::EntryId,
        /// The source in words.
        source: Option<String>,
        /// The PBX refused to tell.
        refused: bool,
    },
    /// Speech analytics told what a call was about.
    Topics {
        /// The call.
        entry: calls::EntryId,
        /// Names of topics.
        topics: Vec<String>,
        /// The PBX refused to tell.
        refused: bool,
    },
    /// The PBX told who and what it knows, or why not.
    Roster(Result<crate::roster::Told, wire::RequestError>),
    /// A recording's sound was fetched: its address on this machine, or why not.
    Recording {
        /// The recording.
        recording: String,
        /// Where it can be played.
        url: Result<String, wire::RequestError>,
    },
    /// The PBX's statistics told of calls that nobody listened to.
    Recalled(Vec<crate::catch_up::Handed>),
    /// A catch-up ended.
    CaughtUp(crate::catch_up::Ended),
    /// The settings' check of code and key came back.
    Checked(CommandOutcome),
    /// Where the rehearsal PBX takes commands.
    RehearsalPbx(Option<String>),
}

/// What a command was about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum About {
    /// A call.
    Call,
    /// A text message.
    Sms,
}

/// A request on its way.
#[derive(Debug, Clone)]
pub struct Asked {
    /// Who.
    pub session: SessionId,
    /// The request's id.
    pub id: String,
}

/// What became of a command, for the desk's health and the one who asked.
#[derive(Debug, Clone, PartialEq)]
pub enum CommandOutcome {
    /// The PBX took it.
    Accepted,
    /// It was not done, or nobody knows.
    Not(wire::RequestError),
}
