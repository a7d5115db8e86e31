//! What is known of a call while it is performed, and what commands add to it.

use super::{Call, LegTold, opaque};
use crate::cast::Cast;
use crate::script::{Direction, Leg, Recording, State, Who};

/// One recording of a call.
#[derive(Clone, Debug)]
pub(crate) struct Recorded {
    id: String,
    seq: u32,
    /// The leg and operator being recorded at this moment.
    going_on: Option<Recording>,
}

impl Recorded {
    pub(super) fn new(id: String) -> Recorded {
        Recorded { id, seq: 0, going_on: None }
    }
}

impl Call {
    pub(crate) fn entry_id(&self) -> &str {
        &self.entry_id
    }

    pub(crate) fn call_id(&self, leg: usize) -> &str {
        &self.legs[leg].call_id
    }

    pub(crate) fn call_ids(&self) -> impl Iterator<Item = &str> {
        self.legs.iter().map(|leg| leg.call_id.as_str())
    }

    pub(crate) fn direction(&self) -> Direction {
        self.direction
    }

    pub(crate) fn cast(&self) -> &Cast {
        &self.cast
    }

    /// When the call entered the PBX; `None` when nothing was told yet.
    pub(crate) fn created_at(&self) -> Option<i64> {
        self.created_at
    }

    /// The last told state of every leg that lives.
    pub(crate) fn living(&self) -> impl Iterator<Item = &Leg> {
        self.legs.iter().filter_map(|leg| leg.last.as_ref()).filter(|leg| leg.state != State::Disconnected)
    }

    /// The last told state of a leg, also of one that ended.
    pub(crate) fn last(&self, leg: usize) -> Option<&Leg> {
        self.legs.get(leg)?.last.as_ref()
    }

    /// Whether its summary was told.
    pub(crate) fn is_summed_up(&self) -> bool {
        self.summed_up
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
        self.extension(self.talked_with?)
    }

    /// The short number of an employee of ours.
    pub(crate) fn extension(&self, who: Who) -> Option<&str> {
        match who {
            Who::Operator(operator) | Who::Mobile(operator) => Some(self.cast.operator(operator)),
            Who::Nobody | Who::Outside | Who::Guest(_) | Who::Group | Who::CityLine | Who::SipLine => None,
        }
    }

    /// `extension` and `number` of a party.
    pub(crate) fn identity(&self, who: Who) -> (Option<&str>, Option<String>) {
        let cast = &*self.cast;
        let of = |outside: &'_ super::Outside| outside.number.clone();
        match who {
            Who::Nobody => (None, None),
            Who::Outside => (self.outside.extension.as_deref(), of(&self.outside)),
            Who::Guest(guest) => {
                let guest = &self.guests[guest];
                (guest.extension.as_deref(), of(guest))
            }
            Who::Operator(operator) => (Some(cast.operator(operator)), Some(cast.device(operator))),
            Who::Mobile(operator) => (Some(cast.operator(operator)), Some(cast.mobile.clone())),
            Who::Group => (Some(cast.group.as_str()), None),
            Who::CityLine => (None, cast.line(super::Line::City).map(str::to_owned)),
            Who::SipLine => (None, cast.line(super::Line::Sip).map(str::to_owned)),
        }
    }

    /// The `command_id` of a command that touched the call.
    pub(crate) fn command_id(&self, command: usize) -> Option<&str> {
        self.commands.get(command).map(String::as_str)
    }

    /// The recording's id.
    pub(crate) fn recording_id(&self, recording: usize) -> &str {
        &self.recordings[recording].id
    }

    /// The recordings that go on, of this leg.
    pub(crate) fn recordings_of(&self, leg: usize) -> Vec<Recording> {
        self.recordings.iter().filter_map(|recorded| recorded.going_on).filter(|going| going.leg == leg).collect()
    }

    /// Notes a recording's start or end; the number of this notification.
    pub(super) fn note_recording(&mut self, recording: &Recording) -> u32 {
        let recorded = &mut self.recordings[recording.recording];
        recorded.seq += 1;
        recorded.going_on = (!recording.completed).then_some(*recording);
        recorded.seq
    }

    /// Remembers a command, so that legs can carry its id.
    pub(crate) fn add_command(&mut self, command_id: String) -> usize {
        self.commands.push(command_id);
        self.commands.len() - 1
    }

    /// One more leg.
    pub(crate) fn add_leg(&mut self) -> usize {
        let call_id = opaque(&mut self.spare, 31, "=");
        self.legs.push(LegTold::new(call_id));
        self.legs.len() - 1
    }

    /// One more recording.
    pub(crate) fn add_recording(&mut self) -> usize {
        // The script's own recording serves first, when it never started.
        if let [only] = self.recordings.as_slice()
            && only.seq == 0
        {
            return 0;
        }
        let id = opaque(&mut self.spare, 32, "");
        self.recordings.push(Recorded::new(id));
        self.recordings.len() - 1
    }

    /// Somebody outside whom a command brings in.
    pub(crate) fn add_guest(&mut self, number: &str) -> Who {
        self.guests.push(self.cast.outside(number));
        Who::Guest(self.guests.len() - 1)
    }

    /// The line that a click-to-call goes out on.
    pub(crate) fn choose_line(&mut self, line: String) {
        self.outgoing_line = Some(line);
    }
}
