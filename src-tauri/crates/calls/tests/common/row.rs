//! What the PBX's statistics tell, in few words: `told([row(0, 20).caller(PATIENT).rings("201")])`.

use std::collections::BTreeMap;

use calls::{EntryId, LegState, Recalled, RecalledLeg, Side};
use phone::party;

use super::{Fact, at, extension, region};

/// A leg of the past being put together.
#[derive(Clone, Debug)]
pub(crate) struct Row(pub(crate) RecalledLeg);

/// A leg on a phone from one second to another that nobody answered.
pub(crate) fn row(started: i64, ended: i64) -> Row {
    Row(RecalledLeg {
        from: Side::default(),
        to: Side::default(),
        line: None,
        location: Some("abonent".to_owned()),
        created_at: Some(at(0)),
        started_at: Some(at(started)),
        answered_at: None,
        ended_at: Some(at(ended)),
        reason: None,
    })
}

/// Statistics of the entry of all tests, told at second 1000 by somebody who does not know the groups.
pub(crate) fn told(rows: impl IntoIterator<Item = Row>) -> Recalled {
    Recalled {
        entry: EntryId::new("entry"),
        received_at: at(1_000),
        direction: None,
        legs: rows.into_iter().map(|row| row.0).collect(),
        groups: None,
    }
}

impl Row {
    pub(crate) fn caller(mut self, number: &str) -> Row {
        self.0.from.number = party(Some(number), &region());
        self
    }

    pub(crate) fn by(mut self, short: &str) -> Row {
        self.0.from.extension = Some(extension(short));
        self
    }

    pub(crate) fn rings(mut self, short: &str) -> Row {
        self.0.to.extension = Some(extension(short));
        self.0.to.number = party(Some(&format!("sip:user{short}@vpbx000000001.mangosip.ru")), &region());
        self
    }

    pub(crate) fn to(mut self, number: &str) -> Row {
        self.0.to.number = party(Some(number), &region());
        self
    }

    pub(crate) fn line(mut self, line: &str) -> Row {
        self.0.line = Some(line.to_owned());
        self
    }

    pub(crate) fn location(mut self, location: &str) -> Row {
        self.0.location = Some(location.to_owned());
        self
    }

    pub(crate) fn answered(mut self, second: i64) -> Row {
        self.0.answered_at = Some(at(second));
        self
    }

    pub(crate) fn reason(mut self, reason: i32) -> Row {
        self.0.reason = Some(reason);
        self
    }
}

/// What the PBX would tell afterwards of the legs of a story.
pub(crate) fn statistics_of(story: &[Fact]) -> Fact {
    let mut legs: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for fact in story {
        if let Fact::Leg(event) = fact {
            legs.entry(&event.call).or_default().push(event);
        }
    }
    let rows = legs.into_values().map(|mut events| {
        events.sort_by_key(|event| event.seq);
        let (first, last) = (events[0], events[events.len() - 1]);
        RecalledLeg {
            from: first.from.clone(),
            to: first.to.clone(),
            line: first.to.line.clone(),
            location: first.location.clone(),
            created_at: None,
            started_at: Some(first.at),
            answered_at: events
                .iter()
                .find(|event| {
                    matches!(event.state, LegState::Talking | LegState::Held)
                        && event.location.as_deref() == Some("abonent")
                })
                .map(|event| event.at),
            ended_at: Some(last.at),
            reason: last.reason,
        }
    });
    let Some(Fact::Leg(any)) = story.iter().find(|fact| matches!(fact, Fact::Leg(_))) else {
        panic!("a story has legs");
    };
    Fact::Recalled(Recalled {
        entry: any.entry.clone(),
        received_at: any.received_at + super::seconds(3_600),
        direction: None,
        legs: rows.collect(),
        groups: None,
    })
}
