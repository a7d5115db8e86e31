//! What a call is made of: a list of timed steps, with places for the people and ids of one performance.
//!
//! A script names nobody: "the outside party", "the first operator", "leg 2". [`crate::compose`] puts numbers, ids and
//! times into it.

mod callback;
mod events;
mod inbound;
mod transfers;

pub(crate) use callback::{callback_script, group_callback_steps, with_talk};
pub(crate) use events::{DTMF, EVERYTHING, Loose, RECORDED, STATUSES};
pub(crate) use inbound::{
    ABANDONED, ADVERT, DEMO_ANSWERED, DEMO_MISSED, DISORDER, HIDDEN, IVR_GROUP_ANSWER, LOST_END, MISSED, QUEUE,
    QUEUE_WAIT, RING, SERIAL, SEVERAL_DEVICES,
};
pub(crate) use transfers::{BLIND_TRANSFER, CONSULTATIVE_TRANSFER, HANDSET_TRANSFER, INTERNAL, OUTGOING};

/// How many legs the scripts themselves have at most; commands add more.
pub(crate) const SCRIPTED_LEGS: usize = 6;

/// One kind of call from its first event to its last.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Script {
    /// Which way the call goes.
    pub(crate) direction: Direction,
    /// What happens, in the order in which it happens (and is told, unless `order` says otherwise).
    pub(crate) steps: &'static [Step],
    /// The order of arrival (indexes into `steps`), when it is not the order of events.
    pub(crate) order: Option<&'static [usize]>,
    /// Whether every post arrives twice.
    pub(crate) doubled: bool,
    /// Whether the events carry a `sip_call_id` (reference 2.1: ordinary softphone calls do).
    pub(crate) softphone: bool,
    /// Whether the call is there for a person to decide about: played in real time at the least, and never in a batch.
    pub(crate) waits: bool,
    /// Whether the caller saw our number in an advertisement (`dct` of every event, reference 2.1).
    pub(crate) advert: bool,
}

impl Script {
    /// A script told in order, once.
    pub(crate) const fn new(direction: Direction, steps: &'static [Step]) -> Script {
        Script { direction, steps, order: None, doubled: false, softphone: false, waits: false, advert: false }
    }

    /// The second, counted from the start, of its last step.
    pub(crate) fn length(&self) -> u32 {
        length(self.steps)
    }
}

/// The second of the last of these steps.
pub(crate) fn length(steps: &[Step]) -> u32 {
    steps.iter().map(|step| step.at).max().unwrap_or(0)
}

/// `call_direction` of the summary (reference 2.4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Direction {
    /// Employee to employee.
    Internal = 0,
    /// From outside to us.
    Inbound = 1,
    /// From us to outside.
    Outbound = 2,
}

/// One moment of a script.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Step {
    /// Seconds since the call entered the PBX.
    pub(crate) at: u32,
    /// What happens then.
    pub(crate) what: What,
}

/// What happens at a step.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum What {
    /// `events/call`.
    Leg(Leg),
    /// `events/recording`.
    Recording(Recording),
    /// `events/record/added`: this recording, for this operator.
    RecordAdded { recording: usize, operator: Option<usize> },
    /// `events/dtmf`: what was pressed in the menu of this leg, at which of its places.
    Dtmf { leg: usize, digits: &'static str, place: &'static str },
    /// Anything that does not belong to a leg.
    Loose(Loose),
    /// `result/…`: how a command ended.
    Result { command: &'static str, code: i32 },
    /// `events/summary`.
    Summary { from: Side, to: Side, reason: i32 },
}

/// A recording that starts or is completed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Recording {
    /// Which recording of the call, counted from 0.
    pub(crate) recording: usize,
    /// The leg that is recorded.
    pub(crate) leg: usize,
    /// The operator who is recorded; `None` for the person outside.
    pub(crate) operator: Option<usize>,
    /// Its end, not its start.
    pub(crate) completed: bool,
    /// The command that started it.
    pub(crate) mark: Mark,
}

/// One state of one leg.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Leg {
    /// Which leg of the call, counted from 0.
    pub(crate) leg: usize,
    /// `call_state`.
    pub(crate) state: State,
    /// `location`.
    pub(crate) place: Place,
    /// The calling party.
    pub(crate) from: Side,
    /// The called party.
    pub(crate) to: Side,
    /// `disconnect_reason`.
    pub(crate) reason: Option<i32>,
    /// `transfer` (API v2).
    pub(crate) transfer: Option<Transfer>,
    /// Which of the command fields the event carries.
    pub(crate) mark: Mark,
}

/// `call_state` (reference 2.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum State {
    Appeared,
    Connected,
    OnHold,
    Disconnected,
}

/// `location` (reference 2.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    Ivr,
    Queue,
    Abonent,
}

/// `transfer` (reference 2.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Transfer {
    Blind,
    Consultative,
    /// The target did not answer: the initiator is rung again.
    ReturnBlind,
}

/// Which command fields an event carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mark {
    /// None.
    None,
    /// `command_id`: which of the commands that touched the call, counted from 0.
    Command(usize),
    /// `command_id` and `callback_initiator`: a click-to-call leg.
    Callback,
}

/// One party of a leg.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Side {
    pub(crate) who: Who,
    pub(crate) taken_from: Option<usize>,
    pub(crate) line: Line,
    pub(crate) group: Group,
    pub(crate) was_transferred: bool,
    pub(crate) hold_initiator: bool,
}

/// Who a party is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Who {
    /// Nobody that could be named: a hidden caller, a summary without a called party.
    Nobody,
    /// The person outside.
    Outside,
    /// An operator at the SIP phone; 0 is the one whose phone the rehearsal is about.
    Operator(usize),
    /// An operator on the mobile phone.
    Mobile(usize),
    /// Somebody outside whom a command brought in, counted from 0.
    Guest(usize),
    /// The reception's group, as the summary of a missed group call names it.
    Group,
    /// Our number in the city network.
    CityLine,
    /// Our SIP line.
    SipLine,
}

/// `line_number` inside a party.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Line {
    None,
    City,
    Sip,
}

/// `acd_group` of a party.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Group {
    None,
    Reception,
    /// Another group of ours, counted from 0.
    Numbered(usize),
    /// A group without a short number: the empty string (reference 2.1).
    Nameless,
}

impl Side {
    pub(crate) const fn of(who: Who) -> Side {
        Side {
            who,
            taken_from: None,
            line: Line::None,
            group: Group::None,
            was_transferred: false,
            hold_initiator: false,
        }
    }

    /// Came from this leg.
    pub(crate) const fn after(mut self, leg: usize) -> Side {
        self.taken_from = Some(leg);
        self
    }

    /// Called on our city number.
    pub(crate) const fn city(mut self) -> Side {
        self.line = Line::City;
        self
    }

    /// Called on our SIP line.
    pub(crate) const fn sip(mut self) -> Side {
        self.line = Line::Sip;
        self
    }

    /// Distributed by the reception's group.
    pub(crate) const fn grouped(mut self) -> Side {
        self.group = Group::Reception;
        self
    }

    /// Distributed by a group without a short number.
    pub(crate) const fn nameless_group(mut self) -> Side {
        self.group = Group::Nameless;
        self
    }

    pub(crate) const fn transferred(mut self) -> Side {
        self.was_transferred = true;
        self
    }

    pub(crate) const fn holding(mut self) -> Side {
        self.hold_initiator = true;
        self
    }
}

impl Step {
    /// A leg in front of an employee.
    pub(crate) const fn leg(at: u32, leg: usize, state: State, from: Side, to: Side) -> Step {
        Step::located(at, leg, state, Place::Abonent, from, to)
    }

    /// A leg anywhere.
    pub(crate) const fn located(at: u32, leg: usize, state: State, place: Place, from: Side, to: Side) -> Step {
        let leg = Leg { leg, state, place, from, to, reason: None, transfer: None, mark: Mark::None };
        Step { at, what: What::Leg(leg) }
    }

    /// The end of a leg in front of an employee.
    pub(crate) const fn end(at: u32, leg: usize, from: Side, to: Side, reason: i32) -> Step {
        Step::leg(at, leg, State::Disconnected, from, to).because(reason)
    }

    /// The voice menu takes the call.
    pub(crate) const fn menu(at: u32, from: Side, line: Side) -> Step {
        Step::located(at, 0, State::Appeared, Place::Ivr, from, line)
    }

    /// The voice menu lets go of it.
    pub(crate) const fn menu_end(at: u32, from: Side, line: Side, reason: i32) -> Step {
        Step::located(at, 0, State::Disconnected, Place::Ivr, from, line).because(reason)
    }

    pub(crate) const fn summary(at: u32, from: Side, to: Side, reason: i32) -> Step {
        Step { at, what: What::Summary { from, to, reason } }
    }

    pub(crate) const fn recording(at: u32, leg: usize, operator: usize, completed: bool) -> Step {
        let recording = Recording { recording: 0, leg, operator: Some(operator), completed, mark: Mark::None };
        Step { at, what: What::Recording(recording) }
    }

    pub(crate) const fn record_added(at: u32, operator: usize) -> Step {
        Step { at, what: What::RecordAdded { recording: 0, operator: Some(operator) } }
    }

    pub(crate) const fn loose(at: u32, event: Loose) -> Step {
        Step { at, what: What::Loose(event) }
    }

    pub(crate) const fn because(mut self, code: i32) -> Step {
        if let What::Leg(leg) = &mut self.what {
            leg.reason = Some(code);
        }
        self
    }

    pub(crate) const fn via(mut self, transfer: Transfer) -> Step {
        if let What::Leg(leg) = &mut self.what {
            leg.transfer = Some(transfer);
        }
        self
    }

    pub(crate) const fn marked(mut self, mark: Mark) -> Step {
        if let What::Leg(leg) = &mut self.what {
            leg.mark = mark;
        }
        self
    }
}

// The parties that the scripts are written with.
pub(crate) const NOBODY: Side = Side::of(Who::Nobody);
pub(crate) const PATIENT: Side = Side::of(Who::Outside);
pub(crate) const CITY: Side = Side::of(Who::CityLine).city();
pub(crate) const FIRST: Side = Side::of(Who::Operator(0));
pub(crate) const SECOND: Side = Side::of(Who::Operator(1));
pub(crate) const THIRD: Side = Side::of(Who::Operator(2));
pub(crate) const GROUP: Side = Side::of(Who::Group);
