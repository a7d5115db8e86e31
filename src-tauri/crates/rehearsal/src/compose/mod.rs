//! One performance of a script: people, ids and times put into it, as the JSON that MANGO would post.
//!
//! Pure: times and randomness are handed in.

mod loose;
mod state;

use std::sync::Arc;

use rand::rngs::StdRng;
use rand::{Rng, RngExt, SeedableRng};
use serde::Serialize;

use crate::body::{CallEvent, CommandResult, Dct, Dtmf, Int, Party, RecordAdded, Recording as RecordingBody, Summary};
use crate::cast::{Cast, Outside, PRODUCT_ID};
use crate::script::{
    Direction, Group, Leg, Line, Mark, Place, Recording, SCRIPTED_LEGS, Script, Side, State, Step, Transfer, What, Who,
};
pub(crate) use loose::{as_texts, contact, status_body};
use state::Recorded;

/// One post: where below the target, and what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Post {
    pub(crate) path: String,
    pub(crate) json: String,
}

/// A call being performed: its ids, and what has been told of it.
#[derive(Debug)]
pub(crate) struct Call {
    cast: Arc<Cast>,
    outside: Outside,
    guests: Vec<Outside>,
    direction: Direction,
    entry_id: String,
    legs: Vec<LegTold>,
    recordings: Vec<Recorded>,
    sip_call_id: Option<String>,
    /// The commands that made or touched the call; the first may be invented (a scripted transfer).
    commands: Vec<String>,
    /// Ids of what commands add. Apart from the seed's own, which a command must not change.
    spare: StdRng,
    advert: bool,
    first: Option<Leg>,
    rung: Option<Leg>,
    talked_with: Option<Who>,
    line: Line,
    /// The line of a click-to-call, when one was chosen.
    outgoing_line: Option<String>,
    created_at: Option<i64>,
    forwarded_at: Option<i64>,
    talked_at: Option<i64>,
    summed_up: bool,
    loose: u32,
}

/// What has been told of one leg.
#[derive(Clone, Debug)]
struct LegTold {
    call_id: String,
    seq: u32,
    keys: u32,
    last: Option<Leg>,
}

impl LegTold {
    fn new(call_id: String) -> LegTold {
        LegTold { call_id, seq: 0, keys: 0, last: None }
    }
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
        let legs = (0..SCRIPTED_LEGS).map(|_| LegTold::new(opaque(random, 31, "="))).collect();
        let recording_id = opaque(random, 32, "");
        let sip_call_id = script.softphone.then(|| format!("{:08x}-rehearsal", random.random::<u32>()));
        let command_id = command_id.unwrap_or_else(|| format!("pop-transfer-{:08x}", random.random::<u32>()));
        let spare = entry_id.bytes().fold(0_u64, |seed, byte| seed.rotate_left(5) ^ u64::from(byte));
        Call {
            cast,
            outside,
            guests: Vec::new(),
            direction: script.direction,
            entry_id,
            legs,
            recordings: vec![Recorded::new(recording_id)],
            sip_call_id,
            commands: vec![command_id],
            spare: StdRng::seed_from_u64(spare),
            advert: script.advert,
            first: None,
            rung: None,
            talked_with: None,
            line: Line::None,
            outgoing_line: None,
            created_at: None,
            forwarded_at: None,
            talked_at: None,
            summed_up: false,
            loose: 0,
        }
    }

    /// Tells one step that happened at `at` (Unix seconds).
    pub(crate) fn tell(&mut self, step: &Step, at: i64) -> Post {
        match &step.what {
            What::Leg(leg) => self.tell_leg(*leg, at),
            What::Recording(recording) => self.tell_recording(*recording, at),
            What::RecordAdded { recording, operator } => self.tell_record_added(*recording, *operator, at),
            What::Dtmf { leg, digits, place } => self.tell_dtmf(*leg, digits, place, at),
            What::Loose(event) => self.tell_loose(*event, at),
            What::Result { command, code } => result_post(&self.cast, command, self.command_id(0), *code),
            What::Summary { from, to, reason } => self.tell_summary(from, to, *reason, at),
        }
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
        let reaches = leg.to.who == Who::Outside || leg.from.taken_from.is_some();
        if talks && (self.direction != Direction::Outbound || reaches) {
            self.talked_at.get_or_insert(at);
            let calls_out = self.direction == Direction::Outbound && matches!(leg.from.who, Who::Operator(_));
            self.talked_with.get_or_insert(if calls_out { leg.from.who } else { leg.to.who });
        }
        let told = &mut self.legs[leg.leg];
        told.seq += 1;
        told.last = Some(leg);
        let (call_id, seq) = (told.call_id.clone(), told.seq);
        let style = self.cast.style;
        let reason = leg.reason.map(|code| if self.loses(&leg) { style.losing } else { code });
        let (mut from, mut to) = (self.party(&leg.from, true), self.party(&leg.to, false));
        if leg.place == Place::Queue && style.queue_extension {
            (to.extension, to.number) = (Some(self.cast.group.as_str()), None);
        }
        if leg.mark == Mark::Callback && style.callback_line {
            let line = if leg.from.taken_from.is_some() { &mut from.line_number } else { &mut to.line_number };
            *line = self.line_number();
        }
        post(
            "events/call",
            &CallEvent {
                entry_id: &self.entry_id,
                call_id: &call_id,
                timestamp: self.int(at),
                seq: self.int(seq.into()),
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
                from,
                to,
                disconnect_reason: reason.map(|code| self.int(code.into())),
                dct: self.dct(),
                transfer: leg.transfer.filter(|_| !style.v1).map(|transfer| match transfer {
                    Transfer::Blind => "blind",
                    Transfer::Consultative => "consultative",
                    Transfer::ReturnBlind => "return_blind",
                }),
                sip_call_id: self.sip_call_id.as_deref(),
                command_id: self.marked(leg.mark),
                callback_initiator: (leg.mark == Mark::Callback).then_some("API"),
            },
        )
    }

    /// Whether this is the end of a phone that rang for nothing, because another was picked up.
    fn loses(&self, leg: &Leg) -> bool {
        self.direction == Direction::Inbound && leg.place == Place::Abonent && leg.reason == Some(1100)
    }

    fn dct(&self) -> Dct {
        if self.advert {
            return Dct { number: self.cast.line(Line::City), kind: self.int(2) };
        }
        Dct { number: None, kind: self.int(0) }
    }

    fn tell_recording(&mut self, recording: Recording, at: i64) -> Post {
        let seq = self.note_recording(&recording);
        let completed = recording.completed;
        post(
            "events/recording",
            &RecordingBody {
                recording_id: self.recording_id(recording.recording),
                recording_state: if completed { "Completed" } else { "Started" },
                seq: self.int(seq.into()),
                entry_id: &self.entry_id,
                call_id: self.call_id(recording.leg),
                extension: recording.operator.map(|operator| self.cast.operator(operator)),
                timestamp: self.int(at),
                completion_code: completed.then(|| self.int(1000)),
                recipient: completed.then_some("Cloud"),
                command_id: self.marked(recording.mark),
            },
        )
    }

    fn tell_record_added(&self, recording: usize, operator: Option<usize>, at: i64) -> Post {
        post(
            "events/record/added",
            &RecordAdded {
                entry_id: &self.entry_id,
                product_id: self.int(PRODUCT_ID),
                user_id: self.int(operator.map_or(-1, |operator| self.cast.user_id(operator))),
                timestamp: self.int(at),
                recording_id: self.recording_id(recording),
            },
        )
    }

    fn tell_dtmf(&mut self, leg: usize, digits: &str, place: &str, at: i64) -> Post {
        self.legs[leg].keys += 1;
        let told = &self.legs[leg];
        let (from, to) = told.last.map_or_else(Default::default, |leg| {
            (self.party(&leg.from, true).number, self.party(&leg.to, false).number)
        });
        post(
            "events/dtmf",
            &Dtmf {
                seq: self.int(told.keys.into()),
                dtmf: digits,
                timestamp: self.int(at),
                call_id: &told.call_id,
                entry_id: &self.entry_id,
                location: place,
                // Mandatory, so it stands there also for a hidden number (reference 2.6).
                initiator: from.as_deref().unwrap_or_default(),
                from_number: from.clone(),
                to_number: to,
                line_number: told.last.and_then(|leg| self.cast.line(leg.to.line)),
            },
        )
    }

    fn tell_summary(&mut self, from: &Side, to: &Side, reason: i32, at: i64) -> Post {
        self.summed_up = true;
        let called_back = self.first.is_some_and(|first| first.mark == Mark::Callback);
        let direction = match self.direction {
            Direction::Outbound if called_back => self.cast.style.callback_direction.into(),
            direction @ (Direction::Outbound | Direction::Inbound | Direction::Internal) => direction as i64,
        };
        post(
            "events/summary",
            &Summary {
                entry_id: &self.entry_id,
                call_direction: self.int(direction),
                from: self.party(from, true),
                to: self.party(to, false),
                line_number: if self.direction == Direction::Internal { None } else { self.line_number() },
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

    /// The line of the whole entry.
    pub(crate) fn line_number(&self) -> Option<&str> {
        let line = if self.line == Line::None { Line::City } else { self.line };
        self.outgoing_line.as_deref().or_else(|| self.cast.line(line))
    }

    fn party(&self, side: &Side, calls: bool) -> Party<'_> {
        let cast = &*self.cast;
        let (extension, mut number) = self.identity(side.who);
        let is_person = matches!(side.who, Who::Nobody | Who::Outside);
        if calls && is_person && number.is_none() && self.direction == Direction::Inbound {
            number = cast.style.hidden.number().map(str::to_owned);
        }
        Party {
            extension,
            number,
            taken_from_call_id: side.taken_from.map(|leg| self.call_id(leg)),
            line_number: cast.line(side.line),
            acd_group: match side.group {
                Group::None => None,
                Group::Reception => Some(cast.group.as_str()),
                Group::Numbered(group) => Some(cast.group(group)),
                Group::Nameless => Some(""),
            },
            was_transferred: side.was_transferred && !cast.style.v1,
            hold_initiator: side.hold_initiator && !cast.style.v1,
        }
    }

    /// The command that a leg or a recording carries.
    fn marked(&self, mark: Mark) -> Option<&str> {
        match mark {
            Mark::None => None,
            Mark::Command(command) => self.command_id(command),
            Mark::Callback => self.command_id(0),
        }
    }

    fn int(&self, value: i64) -> Int {
        Int { value, as_text: self.cast.style.strings }
    }
}

/// `result/…` of a command (reference 2.8).
pub(crate) fn result_post(cast: &Cast, command: &str, command_id: Option<&str>, code: i32) -> Post {
    let result = Int { value: code.into(), as_text: cast.style.strings };
    post(&format!("result/{command}"), &CommandResult { command_id, result })
}

/// An id that looks like one of MANGO's: base64 of nothing in particular.
pub(crate) fn opaque(random: &mut impl Rng, letters: usize, end: &str) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut id: String = (0..letters).map(|_| char::from(ALPHABET[random.random_range(0..64)])).collect();
    id.push_str(end);
    id
}

pub(crate) fn post(path: &str, body: &impl Serialize) -> Post {
    let json = serde_json::to_string(body).expect("a body of texts and numbers is JSON");
    Post { path: path.to_owned(), json }
}
