//! What receptionists write about calls, and what was written about earlier ones.

use std::collections::HashSet;

use jiff::Timestamp;
use phone::Extension;
use serde_json::json;

use super::requests::{Effect, What, error, log_failing};
use super::{Running, past};
use crate::board::{Chosen, MOST_SAID, Outbox};
use crate::happening::{Asked, Happening};
use crate::log::{Fact, Lane, Said};

/// The longest note, in characters.
const LONGEST_NOTE: usize = 10_000;
/// The longest outcome or tag, in characters.
const LONGEST_CHOICE: usize = 100;
/// Tags of one call.
const MOST_TAGS: usize = 20;
/// Numbers that the log is asked about at once.
const NUMBERS: usize = 200;
/// Numbers that may wait for it; those beyond have no last words until they call again.
const WAITING_NUMBERS: usize = 10_000;

impl Running {
    pub(super) fn ask_note(
        &mut self,
        asked: Asked,
        call: &str,
        text: &str,
        me: Option<&Extension>,
        now: Timestamp,
    ) -> Result<(), wire::RequestError> {
        let call = self.known_call(call, now)?;
        if text.chars().count() > LONGEST_NOTE {
            return Err(error(wire::ErrorCode::BadRequest, "Заметка длиннее 10 000 знаков: сократите её"));
        }
        let outbox = self.board.note(&call, text, me, now, past(self.log.as_ref())).ok_or_else(no_such_call)?;
        self.keep_written(asked, outbox, None)
    }

    pub(super) fn ask_outcome(
        &mut self,
        asked: Asked,
        call: &str,
        chosen: Chosen,
        me: Option<&Extension>,
        now: Timestamp,
    ) -> Result<(), wire::RequestError> {
        let call = self.known_call(call, now)?;
        let chosen = Chosen {
            outcome: chosen.outcome.map(|outcome| choice(&outcome)).transpose()?,
            tags: chosen.tags.map(|tags| self.tags(&tags)).transpose()?,
            done: chosen.done,
        };
        let (outbox, fact) =
            self.board.wrap_up(&call, &chosen, me, now, past(self.log.as_ref())).ok_or_else(no_such_call)?;
        self.keep_written(asked, outbox, fact)
    }

    /// Answers once the disk has it; nothing of a rehearsal is kept.
    fn keep_written(&mut self, asked: Asked, outbox: Outbox, fact: Option<Fact>) -> Result<(), wire::RequestError> {
        match self.carry_out(outbox, fact, None) {
            Some(written) => {
                let ticket = written.map_err(|failed| log_failing(&failed))?;
                self.after.push_back((ticket, Effect { asked, what: What::Nothing }));
            }
            None => self.answer(&asked, Ok(json!({}))),
        }
        Ok(())
    }

    /// Each tag once, in the order of the settings; what the settings do not know (any more) comes last.
    fn tags(&self, typed: &[String]) -> Result<Vec<String>, wire::RequestError> {
        let mut tags = Vec::new();
        for tag in typed {
            let tag = choice(tag)?;
            if !tag.is_empty() && !tags.contains(&tag) {
                tags.push(tag);
            }
        }
        if tags.len() > MOST_TAGS {
            return Err(error(wire::ErrorCode::BadRequest, "У звонка больше 20 меток: уберите лишние"));
        }
        let known = &self.desk.wrap_up.tags;
        tags.sort_by_key(|tag| known.iter().position(|choice| choice.name == *tag).unwrap_or(known.len()));
        Ok(tags)
    }

    /// Asks the log what was said in earlier calls of these numbers, beside everything else.
    pub(super) fn ask_said(&mut self, numbers: Vec<String>) {
        let Some(log) = &self.log else { return };
        let room = WAITING_NUMBERS.saturating_sub(self.said_wanted.len());
        self.said_wanted.extend(numbers.into_iter().take(room));
        if self.asks_said || self.said_wanted.is_empty() {
            return;
        }
        self.asks_said = true;
        let some = self.said_wanted.len().min(NUMBERS);
        let numbers: HashSet<String> = self.said_wanted.drain(..some).collect();
        let (readers, back) = (log.readers.clone(), self.happenings.clone());
        self.tasks.spawn(async move {
            let read = readers.read(Lane::Quick, move |reader| {
                let said = |number: String| reader.said(&number, MOST_SAID).map(|said| (number, said));
                Ok(numbers.into_iter().map(said).collect::<Result<_, _>>()?)
            });
            let said = read.await.unwrap_or_else(|error| {
                tracing::warn!(%error, "what was said in earlier calls could not be read");
                Vec::new()
            });
            let _ = back.send(Happening::Said(said)).await;
        });
    }

    pub(super) fn said(&mut self, said: Vec<(String, Vec<Said>)>) {
        self.asks_said = false;
        for (number, said) in said {
            let outbox = self.board.said(&number, said);
            self.carry_out(outbox, None, None);
        }
        self.ask_said(Vec::new());
    }
}

/// Something of it came before the call itself.
fn no_such_call() -> wire::RequestError {
    error(wire::ErrorCode::NotFound, "Такого звонка нет")
}

/// An outcome or a tag. The list may have been edited meanwhile, so any word is taken.
fn choice(typed: &str) -> Result<String, wire::RequestError> {
    let typed = typed.trim();
    if typed.chars().count() > LONGEST_CHOICE {
        return Err(error(wire::ErrorCode::BadRequest, "Итог или метка длиннее 100 знаков: сократите в настройках"));
    }
    Ok(typed.to_owned())
}
