//! Commands to the PBX as typed bodies (manual 3.2), and how often each kind may be sent (manual 1.4.2).

use std::fmt;
use std::time::Duration;

use serde::Serialize;

/// One command, ready to be signed and sent.
#[derive(Clone, PartialEq, Eq)]
pub enum Command {
    /// Call an outside number from an employee's phone.
    Callback(Callback),
    /// End a leg.
    HangUp(HangUp),
    /// Hand a talking leg over.
    Transfer(Transfer),
    /// How much money is left. Harmless, so it serves to check the account.
    Balance,
}

/// `commands/callback`: rings the employee first, then dials the number.
#[derive(Clone, PartialEq, Eq)]
pub struct Callback {
    /// Our id, 1 to 128 ASCII bytes; the PBX echoes it in the reply, the result and the legs.
    pub command_id: String,
    /// The employee's short number. Employees without one cannot call this way.
    pub extension: String,
    /// The employee's device, when not the one of the PBX's settings.
    pub from_number: Option<String>,
    /// Whom to call: digits, country code first, no plus; or a short number.
    pub to_number: String,
    /// Our line that the called person sees.
    pub line_number: Option<String>,
}

/// `commands/call/hangup`: ends a leg that rings or talks, and calls a transfer off.
#[derive(Clone, PartialEq, Eq)]
pub struct HangUp {
    /// Our id, 1 to 128 ASCII bytes.
    pub command_id: String,
    /// The leg.
    pub call_id: String,
}

/// `commands/transfer`: hands a talking leg over.
#[derive(Clone, PartialEq, Eq)]
pub struct Transfer {
    /// Our id, 1 to 128 ASCII bytes.
    pub command_id: String,
    /// The leg.
    pub call_id: String,
    /// At once, or after a consultation.
    pub method: TransferMethod,
    /// Who gets it.
    pub to_number: String,
    /// The employee who hands it over: the short number in the leg.
    pub initiator: String,
}

/// How a leg is handed over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum TransferMethod {
    /// At once.
    Blind,
    /// The person waits on hold until the employee hangs up.
    Hold,
}

/// Commands that share one published limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RateClass {
    /// 4 a second.
    Callback,
    /// 4 a second.
    HangUp,
    /// 1 in two seconds.
    Transfer,
    /// 2 a second.
    Balance,
}

/// Why a command must not be sent: the PBX would refuse it, and refusals lock the account out (manual 1.4.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CommandFault {
    /// Empty, longer than 128 bytes, or not printable ASCII.
    #[error("command_id is not 1 to 128 printable ASCII characters")]
    CommandId,
    /// A field that the PBX requires is empty.
    #[error("{0} is empty")]
    Empty(&'static str),
}

/// Manual 3.2.1.
const LONGEST_COMMAND_ID: usize = 128;

impl RateClass {
    /// The least time between two commands of the class.
    pub fn interval(self) -> Duration {
        match self {
            RateClass::Callback | RateClass::HangUp => Duration::from_millis(250),
            RateClass::Transfer => Duration::from_secs(2),
            RateClass::Balance => Duration::from_millis(500),
        }
    }
}

impl Command {
    /// What follows the API's base address.
    pub fn path(&self) -> &'static str {
        match self {
            Command::Callback(_) => "commands/callback",
            Command::HangUp(_) => "commands/call/hangup",
            Command::Transfer(_) => "commands/transfer",
            Command::Balance => "account/balance",
        }
    }

    /// The text to sign and send. Optional fields are left out rather than sent empty.
    pub fn json(&self) -> String {
        match self {
            Command::Callback(c) => text(&CallbackBody {
                command_id: &c.command_id,
                from: Employee { extension: &c.extension, number: c.from_number.as_deref() },
                to_number: &c.to_number,
                line_number: c.line_number.as_deref(),
            }),
            Command::HangUp(c) => text(&HangUpBody { command_id: &c.command_id, call_id: &c.call_id }),
            Command::Transfer(c) => text(&TransferBody {
                command_id: &c.command_id,
                call_id: &c.call_id,
                method: c.method,
                to_number: &c.to_number,
                initiator: &c.initiator,
            }),
            Command::Balance => "{}".to_owned(),
        }
    }

    /// Which limit it counts against.
    pub fn class(&self) -> RateClass {
        match self {
            Command::Callback(_) => RateClass::Callback,
            Command::HangUp(_) => RateClass::HangUp,
            Command::Transfer(_) => RateClass::Transfer,
            Command::Balance => RateClass::Balance,
        }
    }

    /// The id that the PBX will echo; questions have none.
    pub fn command_id(&self) -> Option<&str> {
        match self {
            Command::Callback(c) => Some(&c.command_id),
            Command::HangUp(c) => Some(&c.command_id),
            Command::Transfer(c) => Some(&c.command_id),
            Command::Balance => None,
        }
    }

    /// Looks for what the PBX would surely refuse.
    ///
    /// # Errors
    /// The first such fault.
    pub fn check(&self) -> Result<(), CommandFault> {
        if let Some(id) = self.command_id() {
            let fits = (1..=LONGEST_COMMAND_ID).contains(&id.len());
            if !fits || !id.bytes().all(|b| b.is_ascii_graphic()) {
                return Err(CommandFault::CommandId);
            }
        }
        let required: &[(&'static str, &str)] = match self {
            Command::Callback(c) => &[("extension", &c.extension), ("to_number", &c.to_number)],
            Command::HangUp(c) => &[("call_id", &c.call_id)],
            Command::Transfer(c) => {
                &[("call_id", &c.call_id), ("to_number", &c.to_number), ("initiator", &c.initiator)]
            }
            Command::Balance => &[],
        };
        match required.iter().find(|(_, value)| value.trim().is_empty()) {
            Some((name, _)) => Err(CommandFault::Empty(name)),
            None => Ok(()),
        }
    }
}

impl From<Callback> for Command {
    fn from(command: Callback) -> Self {
        Command::Callback(command)
    }
}

impl From<HangUp> for Command {
    fn from(command: HangUp) -> Self {
        Command::HangUp(command)
    }
}

impl From<Transfer> for Command {
    fn from(command: Transfer) -> Self {
        Command::Transfer(command)
    }
}

impl fmt::Debug for Command {
    /// Without numbers: this may reach a log.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Command({} {})", self.path(), self.command_id().unwrap_or("-"))
    }
}

#[derive(Serialize)]
struct CallbackBody<'a> {
    command_id: &'a str,
    from: Employee<'a>,
    to_number: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    line_number: Option<&'a str>,
}

#[derive(Serialize)]
struct Employee<'a> {
    extension: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    number: Option<&'a str>,
}

#[derive(Serialize)]
struct HangUpBody<'a> {
    command_id: &'a str,
    call_id: &'a str,
}

#[derive(Serialize)]
struct TransferBody<'a> {
    command_id: &'a str,
    call_id: &'a str,
    method: TransferMethod,
    to_number: &'a str,
    initiator: &'a str,
}

fn text(body: &impl Serialize) -> String {
    serde_json::to_string(body).expect("text and objects of text always become JSON")
}
