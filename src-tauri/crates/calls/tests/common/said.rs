//! One thing said about one leg, in few words: `appeared("a", 1, 0).caller(PATIENT).rings("201")`.

use calls::{CallId, CommandId, Direction, EntryId, LegEvent, LegState, Side, Summary};
use phone::party;

use super::{Fact, at, extension, region};

/// A post about a leg being put together; the time it came is a second after what it says.
#[derive(Clone, Debug)]
pub(crate) struct Said(pub(crate) LegEvent);

fn said(call: &str, seq: u32, second: i64, state: LegState) -> Said {
    Said(LegEvent {
        entry: EntryId::new("entry"),
        call: CallId::new(call),
        seq,
        at: at(second),
        received_at: at(second + 1),
        state,
        location: Some("abonent".into()),
        from: Side::default(),
        to: Side::default(),
        reason: None,
        command: None,
        is_callback: false,
        transfer: None,
    })
}

pub(crate) fn appeared(call: &str, seq: u32, second: i64) -> Said {
    said(call, seq, second, LegState::Ringing)
}

pub(crate) fn connected(call: &str, seq: u32, second: i64) -> Said {
    said(call, seq, second, LegState::Talking)
}

pub(crate) fn on_hold(call: &str, seq: u32, second: i64) -> Said {
    said(call, seq, second, LegState::Held)
}

pub(crate) fn disconnected(call: &str, seq: u32, second: i64, reason: i32) -> Said {
    let mut said = said(call, seq, second, LegState::Ended);
    said.0.reason = Some(reason);
    said
}

fn sip(short: &str) -> phone::Party {
    party(Some(&format!("sip:user{short}@vpbx000000001.mangosip.ru")), &region())
}

impl Said {
    /// Who calls, from outside.
    pub(crate) fn caller(mut self, number: &str) -> Said {
        self.0.from.number = party(Some(number), &region());
        self
    }

    /// The employee who calls.
    pub(crate) fn by(mut self, short: &str) -> Said {
        self.0.from.extension = Some(extension(short));
        self.0.from.number = sip(short);
        self
    }

    /// The employee whose phone it is.
    pub(crate) fn rings(mut self, short: &str) -> Said {
        self.0.to.extension = Some(extension(short));
        self.0.to.number = sip(short);
        self
    }

    /// What is called or which device rings.
    pub(crate) fn to(mut self, number: &str) -> Said {
        self.0.to.number = party(Some(number), &region());
        self
    }

    pub(crate) fn line(mut self, line: &str) -> Said {
        self.0.to.line = Some(line.to_owned());
        self
    }

    pub(crate) fn group(mut self, group: &str) -> Said {
        self.0.to.group = Some(group.to_owned());
        self
    }

    pub(crate) fn taken_from(mut self, call: &str) -> Said {
        self.0.from.taken_from = Some(CallId::new(call));
        self
    }

    /// The caller left this leg by a transfer.
    pub(crate) fn transferred(mut self) -> Said {
        self.0.to.was_transferred = true;
        self
    }

    pub(crate) fn transfer(mut self, how: &str) -> Said {
        self.0.transfer = Some(how.to_owned());
        self
    }

    pub(crate) fn command(mut self, command: &str) -> Said {
        self.0.command = Some(CommandId::new(command));
        self
    }

    pub(crate) fn callback(mut self) -> Said {
        self.0.is_callback = true;
        self
    }

    pub(crate) fn location(mut self, location: &str) -> Said {
        self.0.location = Some(location.to_owned());
        self
    }

    pub(crate) fn without_location(mut self) -> Said {
        self.0.location = None;
        self
    }

    pub(crate) fn received(mut self, second: i64) -> Said {
        self.0.received_at = at(second);
        self
    }
}

impl From<Said> for Fact {
    fn from(said: Said) -> Fact {
        Fact::Leg(said.0)
    }
}

/// A summary of a call that lasted this long and that nobody answered.
pub(crate) fn over(direction: Direction, ended: i64) -> Over {
    Over(Summary {
        entry: EntryId::new("entry"),
        received_at: at(ended + 1),
        direction: Some(direction),
        from: Side::default(),
        to: Side::default(),
        line: None,
        created_at: Some(at(0)),
        forwarded_at: None,
        talked_at: None,
        ended_at: Some(at(ended)),
        answered: false,
        reason: None,
    })
}

/// A summary being put together.
#[derive(Clone, Debug)]
pub(crate) struct Over(pub(crate) Summary);

impl Over {
    pub(crate) fn caller(mut self, number: &str) -> Over {
        self.0.from.number = party(Some(number), &region());
        self
    }

    pub(crate) fn by(mut self, short: &str) -> Over {
        self.0.from.extension = Some(extension(short));
        self
    }

    /// A short number alone: a group's, or an employee's.
    pub(crate) fn short(mut self, short: &str) -> Over {
        self.0.to.extension = Some(extension(short));
        self
    }

    /// An employee with his device.
    pub(crate) fn employee(mut self, short: &str) -> Over {
        self.0.to.extension = Some(extension(short));
        self.0.to.number = sip(short);
        self
    }

    pub(crate) fn called(mut self, number: &str) -> Over {
        self.0.to.number = party(Some(number), &region());
        self
    }

    pub(crate) fn line(mut self, line: &str) -> Over {
        self.0.line = Some(line.to_owned());
        self
    }

    pub(crate) fn answered(mut self, second: i64) -> Over {
        self.0.answered = true;
        self.0.talked_at = Some(at(second));
        self
    }

    pub(crate) fn reason(mut self, reason: i32) -> Over {
        self.0.reason = Some(reason);
        self
    }

    pub(crate) fn received(mut self, second: i64) -> Over {
        self.0.received_at = at(second);
        self
    }
}

impl From<Over> for Fact {
    fn from(over: Over) -> Fact {
        Fact::Summary(over.0)
    }
}
