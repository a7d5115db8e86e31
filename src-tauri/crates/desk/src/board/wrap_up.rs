//! What a receptionist writes about a call: a note as it is typed, an outcome, tags, and that nothing more is to come.

#[cfg(test)]
mod tests;

use calls::EntryId;
use jiff::Timestamp;
use phone::Extension;
use serde::{Deserialize, Serialize};

use super::{Board, Outbox, Past, Tracked, cards};
use crate::log::{Fact, FactKind, MAIN, NoteRow, Row, Written};
use crate::view;

/// What was chosen in a wrap-up. What is `None` stays as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Chosen {
    /// The outcome; empty takes it back.
    pub outcome: Option<String>,
    /// All the tags.
    pub tags: Option<Vec<String>>,
    /// Whether nothing more is to be written.
    pub done: Option<bool>,
}

/// The finished wrap-up: the fact's body.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct WrapUpFact {
    /// The call.
    pub call: String,
    /// The whole note; empty: none.
    pub text: String,
    /// Whom the words are about, by the directory's id.
    pub person: Option<String>,
    /// The outcome.
    pub outcome: Option<String>,
    /// The tags.
    pub tags: Vec<String>,
    /// Who said that it is done.
    pub by: Option<String>,
    /// When: Unix ms.
    pub at_ms: i64,
}

impl Board {
    /// Keeps what was written about a call; a blank text takes the note away. `None`: no such call.
    pub fn note(
        &mut self,
        id: &EntryId,
        text: &str,
        by: Option<&Extension>,
        now: Timestamp,
        past: &dyn Past,
    ) -> Option<Outbox> {
        let text = if text.trim().is_empty() { "" } else { text };
        let (outbox, _) = self.write(id, by, now, past, |written, person| {
            if written.text != text {
                text.clone_into(&mut written.text);
                written.done = false;
            }
            // Whose note it is can be said after it was written, and by writing it once more.
            written.person = person;
        })?;
        Some(outbox)
    }

    /// Keeps what was chosen for a call, and the fact of a wrap-up that is done now. `None`: no such call.
    pub fn wrap_up(
        &mut self,
        id: &EntryId,
        chosen: &Chosen,
        by: Option<&Extension>,
        now: Timestamp,
        past: &dyn Past,
    ) -> Option<(Outbox, Option<Fact>)> {
        let (outbox, is_news) = self.write(id, by, now, past, |written, person| {
            let before = written.clone();
            if let Some(outcome) = &chosen.outcome {
                written.outcome = (!outcome.is_empty()).then(|| outcome.clone());
            }
            if let Some(tags) = &chosen.tags {
                written.tags.clone_from(tags);
            }
            if *written != before {
                written.done = false;
                // The note knows whom it is about.
                if written.text.is_empty() {
                    written.person = person;
                }
            }
            written.done = chosen.done.unwrap_or(written.done);
        })?;
        let tracked = self.entries.get(id)?;
        let is_done_now = is_news && chosen.done == Some(true) && tracked.account == MAIN;
        Some((outbox, is_done_now.then(|| finished(id, tracked, by, now))))
    }

    /// Lets a call's words be changed; whether they were, is told beside what follows from it.
    fn write(
        &mut self,
        id: &EntryId,
        by: Option<&Extension>,
        now: Timestamp,
        past: &dyn Past,
        change: impl FnOnce(&mut Written, Option<String>),
    ) -> Option<(Outbox, bool)> {
        if !self.recall(id, now, past) {
            return None;
        }
        let mut outbox = Outbox::default();
        let tracked = self.entries.get_mut(id)?;
        let started_at = tracked.shown.as_ref()?.started_at;
        let before = tracked.written.clone();
        let person = cards::certain_person(&tracked.card).map(|person| person.id.clone());
        change(&mut tracked.written, person);
        if tracked.written.is_empty() {
            tracked.written = Written::default();
        }
        let is_news = tracked.written != before;
        if is_news && !tracked.written.is_empty() {
            tracked.written.by = by.map(ToString::to_string);
            tracked.written.at_ms = Some(now.as_millisecond());
        }
        // Also what is known already: whoever repeats it is answered when the disk has it.
        outbox.rows.extend(note_row(id, tracked, started_at));
        self.refresh(id, now, &mut outbox);
        Some((outbox, is_news))
    }
}

/// A call's words for the log; nothing of a rehearsal is kept.
pub(super) fn note_row(id: &EntryId, tracked: &Tracked, started_at: Timestamp) -> Option<Row> {
    let started_ms = started_at.as_millisecond();
    let number = tracked.place.as_ref().map(|place| place.number.clone());
    let written = tracked.written.clone();
    (tracked.account == MAIN).then(|| Row::Note(NoteRow { entry: id.as_str().to_owned(), number, started_ms, written }))
}

fn finished(id: &EntryId, tracked: &Tracked, by: Option<&Extension>, now: Timestamp) -> Fact {
    let Written { text, person, outcome, tags, .. } = tracked.written.clone();
    let (call, by) = (id.as_str().to_owned(), by.map(ToString::to_string));
    let body = WrapUpFact { call, text, person, outcome, tags, by, at_ms: now.as_millisecond() };
    Fact {
        account: MAIN,
        kind: FactKind::WrapUp,
        path: "desk/wrap_up".to_owned(),
        // Days are deleted as a whole: what was written of a call goes with the call's day.
        received_at: tracked.shown.as_ref().map_or(now, |shown| shown.started_at.min(now)),
        subject: Some(id.as_str().to_owned()),
        // A struct of texts and numbers can always be written.
        body: serde_json::to_vec(&body).unwrap_or_default(),
    }
}

/// What was chosen, as the feed shows it; `None` while nothing was written.
pub(super) fn view(written: &Written) -> Option<wire::WrapUp> {
    (!written.is_empty()).then(|| wire::WrapUp {
        outcome: written.outcome.clone(),
        tags: written.tags.clone(),
        done: written.done,
        by: written.by.clone(),
        at: written.at_ms.and_then(|ms| Timestamp::from_millisecond(ms).ok()).map(view::time),
    })
}
