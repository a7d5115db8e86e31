//! One performance of a script: people, ids and times put into it, as the JSON that MANGO would post.
//!
//! Pure: times and randomness are handed in.

use std::sync::Arc;

use rand::{Rng, RngExt};
use serde::Serialize;

use crate::body::{CallEvent, CommandResult, Dct, Int, Party, RecordAdded, Recording, Summary};
use crate::cast::{Cast, Outside};
use crate::script::{Direction, Group, LEGS, Leg, Line, Mark, Place, Script, Side, State, Step, Transfer, What, Who};

/// One post: where below the target, and what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Post {
    pub(crate) path: String,
    pub(crate) json: String,
}

/// A call being performed: its ids, and what has been told of it.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    cast: Arc<Cast>,
    outside: Outside,
    direction: Direction,
    entry_id: String,
    call_ids: [String; LEGS],
    recording_id: String,
    sip_call_id: Option<String>,
    command_id: String,
    seqs: [u32; LEGS],
    last: [Option<Leg>; LEGS],
    first: Option<Leg>,
    rung: Option<Leg>,
    talked_with: Option<Who>,
    line: Line,
    created_at: Option<i64>,
    forwarded_at: Option<i64>,
    talked_at: Option<i64>,
}

impl Call {
    /// A call of this script with ids from `random`; `command_id` names the command that caused it, if one did.
    pub(crate) fn new(
        script: &Script,
        cast: Arc<Cast>,
        outside: Outside,
        command_id: Option<String>,
        random: &mut impl Rng,
    ) -> Call {
        let entry_id = opaque(random, 15, "=");
        let call_ids = std::array::from_fn(|_| opaque(random, 31, "="));
        let recording_id = opaque(random, 32, "");
        let sip_call_id = script.softphone.then(|| format!("{:08x}-rehearsal", random.random::<u32>()));
        let command_id = command_id.unwrap_or_else(|| format!("pop-transfer-{:08x}", random.random::<u32>()));
        Call {
            cast,
            outside,
            direction: script.direction,
            entry_id,
            call_ids,
            recording_id,
            sip_call_id,
            command_id,
            seqs: [0; LEGS],
            last: [None; LEGS],
            first: None,
            rung: None,
            talked_with: None,
            line: Line::None,
            created_at: None,
            forwarded_at: None,
            talked_at: None,
        }
    }

    /// Tells one step that happened at `at` (Unix seconds).
    pub(crate) fn tell(&mut self, step: &Step, at: i64) -> Post {
        match &step.what {
            What::Leg(leg) => self.tell_leg(*leg, at),
            What::Recording { leg, operator, completed } => self.tell_recording(*leg, *operator, *completed, at),
            What::RecordAdded { operator } => {
                let user_id = self.cast.operator(*operator).parse::<i64>().map_or(-1, |number| USER_IDS + number);
                post(
                    "events/record/added",
                    &RecordAdded {
                        entry_id: &self.entry_id,
                        product_id: self.int(USER_IDS + 1),
                        user_id: self.int(user_id),
                        timestamp: self.int(at),
                        recording_id: &self.recording_id,
                    },
                )
            }
            What::Result { command, code } => self.result(command, *code),
            What::Summary { from, to, reason } => self.tell_summary(from, to, *reason, at),
        }
    }

    /// `result/…` about the command that this call belongs to.
    pub(crate) fn result(&self, command: &str, code: i32) -> Post {
        result_post(&self.cast, command, Some(&self.command_id), code)
    }

    fn tell_leg(&mut self, leg: Leg, at: i64) -> Post {
        self.created_at.get_or_insert(at);
        self.first.get_or_insert(leg);
        if leg.place == Place::Abonent {
            self.forwarded_at.get_or_insert(at);
            self.rung.get_or_insert(leg);
        }
        if self.line == Line::None {
            self.line = leg.to.line;
        }
        let talks = leg.state == State::Connected && leg.place == Place::Abonent;
        if talks && (self.direction != Direction::Outbound || leg.to.who == Who::Outside) {
            self.talked_at.get_or_insert(at);
            let employee = if self.direction == Direction::Outbound { leg.from.who } else { leg.to.who };
            self.talked_with.get_or_insert(employee);
        }
        self.seqs[leg.leg] += 1;
        self.last[leg.leg] = Some(leg);
        post(
            "events/call",
            &CallEvent {
                entry_id: &self.entry_id,
                call_id: &self.call_ids[leg.leg],
                timestamp: self.int(at),
                seq: self.int(self.seqs[leg.leg].into()),
                call_state: match leg.state {
                    State::Appeared => "Appeared",
                    State::Connected => "Connected",
                    State::OnHold => "OnHold",
                    State::Disconnected => "Disconnected",
                },
                location: match leg.place {
                    Place::Ivr => "ivr",
                    Place::Queue => "queue",
                    Place::Abonent => "abonent",
                },
                from: self.party(&leg.from),
                to: self.party(&leg.to),
                disconnect_reason: leg.reason.map(|code| self.int(code.into())),
                dct: Dct { kind: self.int(0) },
                transfer: leg.transfer.filter(|_| !self.cast.style.v1).map(|transfer| match transfer {
                    Transfer::Blind => "blind",
                    Transfer::Consultative => "consultative",
                }),
                sip_call_id: self.sip_call_id.as_deref(),
                command_id: (leg.mark != Mark::None).then_some(self.command_id.as_str()),
                callback_initiator: (leg.mark == Mark::Callback).then_some("API"),
            },
        )
    }

    fn tell_recording(&self, leg: usize, operator: usize, completed: bool, at: i64) -> Post {
        post(
            "events/recording",
            &Recording {
                recording_id: &self.recording_id,
                recording_state: if completed { "Completed" } else { "Started" },
                seq: self.int(if completed { 2 } else { 1 }),
                entry_id: &self.entry_id,
                call_id: &self.call_ids[leg],
                extension: self.cast.operator(operator),
                timestamp: self.int(at),
                completion_code: completed.then(|| self.int(1000)),
                recipient: completed.then_some("Cloud"),
            },
        )
    }

    fn tell_summary(&self, from: &Side, to: &Side, reason: i32, at: i64) -> Post {
        let line = if self.line == Line::None { Line::City } else { self.line };
        post(
            "events/summary",
            &Summary {
                entry_id: &self.entry_id,
                call_direction: self.int(self.direction as i64),
                from: self.party(from),
                to: self.party(to),
                line_number: (self.direction != Direction::Internal).then(|| self.cast.line(line)).flatten(),
                create_time: self.int(self.created_at.unwrap_or(at)),
                forward_time: self.int(self.forwarded_at.unwrap_or(0)),
                talk_time: self.int(self.talked_at.unwrap_or(0)),
                end_time: self.int(at),
                entry_result: self.int(self.talked_at.is_some().into()),
                disconnect_reason: self.int(reason.into()),
                sip_call_id: self.sip_call_id.as_deref(),
            },
        )
    }

    fn party(&self, side: &Side) -> Party<'_> {
        let cast = &*self.cast;
        let (extension, number) = match side.who {
            Who::Nobody => (None, None),
            Who::Outside => (self.outside.extension.as_deref(), self.outside.number.clone()),
            Who::Operator(operator) => (Some(cast.operator(operator)), Some(cast.device(operator))),
            Who::Mobile(operator) => (Some(cast.operator(operator)), Some(cast.mobile.clone())),
            Who::Group => (Some(cast.group.as_str()), None),
            Who::CityLine => (None, cast.line(Line::City).map(str::to_owned)),
            Who::SipLine => (None, cast.line(Line::Sip).map(str::to_owned)),
        };
        Party {
            extension,
            number,
            taken_from_call_id: side.taken_from.map(|leg| self.call_ids[leg].as_str()),
            line_number: cast.line(side.line),
            acd_group: match side.group {
                Group::None => None,
                Group::Reception => Some(cast.group.as_str()),
                Group::Nameless => Some(""),
            },
            was_transferred: side.was_transferred && !cast.style.v1,
            hold_initiator: side.hold_initiator && !cast.style.v1,
        }
    }

    fn int(&self, value: i64) -> Int {
        Int { value, as_text: self.cast.style.strings }
    }

    pub(crate) fn entry_id(&self) -> &str {
        &self.entry_id
    }

    pub(crate) fn call_id(&self, leg: usize) -> &str {
        &self.call_ids[leg]
    }

    pub(crate) fn direction(&self) -> Direction {
        self.direction
    }

    /// The last told state of every leg that lives.
    pub(crate) fn living(&self) -> impl Iterator<Item = &Leg> {
        self.last.iter().flatten().filter(|leg| leg.state != State::Disconnected)
    }

    /// The very first event told.
    pub(crate) fn first(&self) -> Option<&Leg> {
        self.first.as_ref()
    }

    /// The first event told of an employee's phone.
    pub(crate) fn rung(&self) -> Option<&Leg> {
        self.rung.as_ref()
    }

    /// The employee who talked first.
    pub(crate) fn talked_with(&self) -> Option<Who> {
        self.talked_with
    }

    /// The number on the other side: `None` when hidden, or when there is no other side.
    pub(crate) fn number(&self) -> Option<&str> {
        let first = self.first.as_ref()?;
        let outside = [first.from.who, first.to.who].contains(&Who::Outside);
        if outside { self.outside.number.as_deref() } else { None }
    }

    /// The short number of the employee who talked first.
    pub(crate) fn answered_by(&self) -> Option<&str> {
        match self.talked_with? {
            Who::Operator(operator) | Who::Mobile(operator) => Some(self.cast.operator(operator)),
            Who::Nobody | Who::Outside | Who::Group | Who::CityLine | Who::SipLine => None,
        }
    }

    /// The short number that this leg rings at.
    pub(crate) fn rings_at(&self, leg: &Leg) -> Option<&str> {
        match leg.to.who {
            Who::Operator(operator) | Who::Mobile(operator) => Some(self.cast.operator(operator)),
            Who::Nobody | Who::Outside | Who::Group | Who::CityLine | Who::SipLine => None,
        }
    }
}

/// `result/…` of a command (reference 2.8).
pub(crate) fn result_post(cast: &Cast, command: &str, command_id: Option<&str>, code: i32) -> Post {
    let result = Int { value: code.into(), as_text: cast.style.strings };
    post(&format!("result/{command}"), &CommandResult { command_id, result })
}

/// Where the invented employees' ids begin.
const USER_IDS: i64 = 400_000_000;

/// An id that looks like one of MANGO's: base64 of nothing in particular.
fn opaque(random: &mut impl Rng, letters: usize, end: &str) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut id: String = (0..letters).map(|_| char::from(ALPHABET[random.random_range(0..64)])).collect();
    id.push_str(end);
    id
}

fn post(path: &str, body: &impl Serialize) -> Post {
    let json = serde_json::to_string(body).expect("a body of texts and numbers is JSON");
    Post { path: path.to_owned(), json }
}
