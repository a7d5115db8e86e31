//! What clients ask for. A request with an effect writes its fact first and acts once the disk has it.

use calls::EntryId;
use calls::missed::Episode;
use jiff::Timestamp;
use mango_vpbx::Command;
use phone::Extension;
use serde_json::{Value, json};

use super::deeds::Deed;
use super::history::Asking;
use super::recent::{Answer, Verdict};
use super::{Running, past};
use crate::board::{Chosen, DeedIntent, DialIntent, Outbox, RowWord, SmsIntent};
use crate::happening::{About, Asked};
use crate::hub::SessionId;
use crate::log::{Fact, FactKind, Row, WriteFailed};

/// What a request does once its fact is on disk.
pub(super) struct Effect {
    pub(super) asked: Asked,
    pub(super) what: What,
}

pub(super) enum What {
    Dial { intent: DialIntent, asked_at: Timestamp, account: &'static str },
    Deed { intent: DeedIntent, command: Command, asked_at: Timestamp, account: &'static str },
    Sms { intent: SmsIntent, command: Command, asked_at: Timestamp, account: &'static str },
    Choose { call: EntryId, person: Option<String> },
    Row { number_key: String, episode: Episode },
    Nothing,
}

impl Running {
    pub(super) fn request(&mut self, session: SessionId, request: wire::Request, now: Timestamp) {
        let Some(viewer) = self.hub.viewer(session).cloned() else { return };
        let asked = Asked { session, id: request.id.clone() };
        let what: wire::Do = match request.read() {
            Ok(what) => what,
            Err(why) => return self.hub.reply(session, reply(&asked, Err(not_understood(&why)))),
        };
        if has_effect(&what) {
            match self.recent.judge(&viewer, &request, &asked, now) {
                Verdict::New => {}
                Verdict::Wait => return,
                Verdict::Again(answer) => return self.hub.reply(session, reply(&asked, answer)),
            }
        }
        self.audit_request(&viewer, &request.what, &what, now);
        if let Err(error) = self.begin(asked.clone(), what, &viewer, now) {
            self.answer(&asked, Err(error));
        }
    }

    fn begin(
        &mut self,
        asked: Asked,
        what: wire::Do,
        viewer: &wire::Viewer,
        now: Timestamp,
    ) -> Result<(), wire::RequestError> {
        let me = viewer.extension.as_deref().and_then(Extension::new);
        let same = super::visits::fingerprint(&what);
        match what {
            wire::Do::Dial { number, extension, line, group } => {
                let extension = match extension {
                    Some(typed) => Extension::new(&typed),
                    None => me,
                };
                self.ask_dial(asked, &number, extension, (line, group), now)
            }
            wire::Do::HangUp { call, leg } => {
                self.ask_deed(asked, Deed { call, action: wire::Action::HangUp, leg, to: None }, me, now)
            }
            wire::Do::Transfer { call, to, method } => {
                let action = match method {
                    wire::TransferMethod::Blind => wire::Action::Transfer,
                    wire::TransferMethod::Hold => wire::Action::Consult,
                };
                self.ask_deed(asked, Deed { call, action, leg: None, to: Some(to) }, me, now)
            }
            wire::Do::CompleteTransfer { call } => self.ask(asked, call, wire::Action::CompleteTransfer, me, now),
            wire::Do::CancelTransfer { call } => self.ask(asked, call, wire::Action::CancelTransfer, me, now),
            wire::Do::Hold { call } => self.ask(asked, call, wire::Action::Hold, me, now),
            wire::Do::Take { call } => self.ask(asked, call, wire::Action::Take, me, now),
            wire::Do::Record { call } => self.ask(asked, call, wire::Action::Record, me, now),
            wire::Do::Recording { call, recording } => self.ask_recording(asked, &call, recording, now),
            wire::Do::Sms { number, text, call } => self.ask_sms(asked, (&number, &text, call), me, now),
            wire::Do::Roster { fresh } => {
                self.ask_roster(asked, fresh == Some(true), now);
                Ok(())
            }
            wire::Do::CatchUp {} => self.ask_catch_up(&asked, now),
            wire::Do::ChoosePerson { call, person } => {
                let call = self.known_call(&call, now)?;
                let known = self.board.call(&call).is_some_and(|shown| {
                    person.as_ref().is_none_or(|person| shown.card.people.iter().any(|known| known.id == *person))
                });
                if !known {
                    return Err(error(wire::ErrorCode::NotFound, "Такого человека нет в карточке этого звонка"));
                }
                let body = json!({"call": call.as_str(), "person": person, "by": viewer.extension, "at_ms": now.as_millisecond()});
                let account = self.board.account_of_call(&call);
                let subject = format!("choice:{call}");
                let fact = own_fact(account, FactKind::Choice, subject, &body, now);
                self.write_then(fact, Effect { asked, what: What::Choose { call, person } })
            }
            wire::Do::LookupAgain { call } => {
                let call = self.known_call(&call, now)?;
                if let Some(number) = self.board.number_of(&call) {
                    self.look_up_afresh(&number);
                }
                if let Some(outbox) = self.board.look_up_again(&call, now, past(self.log.as_ref())) {
                    self.carry_out(outbox, None, None);
                }
                self.answer(&asked, Ok(json!({})));
                Ok(())
            }
            wire::Do::ConfirmVisit { visit, yes } => {
                let plan = self.confirmation(visit, yes);
                self.ask_change(asked, plan, same, now)
            }
            wire::Do::CancelVisit { visit, reason } => {
                let plan = self.cancellation(visit, &reason)?;
                self.ask_change(asked, plan, same, now)
            }
            wire::Do::RegisterPerson { person, call } => {
                let plan = self.registration(&person, call.as_deref(), now)?;
                self.ask_change(asked, plan, same, now)
            }
            wire::Do::AttachNumber { call, person } => {
                let plan = self.attachment(&call, &person, now)?;
                self.ask_change(asked, plan, same, now)
            }
            wire::Do::MakeVisit { person, slot, service, comment, call } => {
                let (comment, call) = (comment.as_deref(), call.as_deref());
                let plan = self.new_visit((&person, &slot), service, comment, call, now)?;
                self.ask_change(asked, plan, same, now)
            }
            wire::Do::VisitSlots { date, doctor } => self.ask_slots(asked, date.as_deref(), doctor, now),
            wire::Do::SearchPeople { text } => {
                self.search_people(asked, text, now);
                Ok(())
            }
            wire::Do::History { before, text, limit, which } => {
                self.ask_history(asked, Asking { before, text, limit, which }, now)
            }
            wire::Do::Story { number, person, before, limit } => {
                self.ask_story(asked, (number, person), before, limit, now)
            }
            wire::Do::Export { format, language, text, which } => {
                self.ask_export(asked, (format, language.unwrap_or_default()), text.as_deref(), &which, now)
            }
            wire::Do::Numbers { from, to } => self.ask_numbers(asked, from.as_deref(), to.as_deref(), now),
            wire::Do::Diagnostics {} => {
                self.diagnose(asked);
                Ok(())
            }
            wire::Do::SupportBundle {} => {
                self.make_support_bundle(asked, now);
                Ok(())
            }
            wire::Do::Shown { call } => {
                self.ways.shown(&call);
                self.answer(&asked, Ok(json!({})));
                Ok(())
            }
            wire::Do::ClaimMissed { missed, give_back } => {
                let word = if give_back == Some(true) { RowWord::GiveBack } else { RowWord::Claim };
                self.ask_row(asked, &missed, &word, me.as_ref(), now)
            }
            wire::Do::PostponeMissed { missed, until } => {
                let word = super::missed::put_off(until.as_deref(), now)?;
                self.ask_row(asked, &missed, &word, me.as_ref(), now)
            }
            wire::Do::CloseMissed { missed, how, reason } => {
                let word = super::missed::close(how.as_deref(), reason)?;
                self.ask_row(asked, &missed, &word, me.as_ref(), now)
            }
            wire::Do::Note { call, text } => self.ask_note(asked, &call, &text, me.as_ref(), now),
            wire::Do::Outcome { call, outcome, tags, done } => {
                self.ask_outcome(asked, &call, Chosen { outcome, tags, done }, me.as_ref(), now)
            }
        }
    }

    pub(super) fn write_then(&mut self, fact: Fact, effect: Effect) -> Result<(), wire::RequestError> {
        let ticket = self.write(Some(fact), Vec::<Row>::new(), None).map_err(|failed| log_failing(&failed))?;
        self.after.push_back((ticket, effect));
        Ok(())
    }

    /// A request's fact is on disk, or is known not to be.
    pub(super) fn effect(&mut self, effect: Effect, failed: Option<&str>, now: Timestamp) {
        let Effect { asked, what } = effect;
        if let Some(why) = failed {
            if let What::Deed { intent, .. } = &what {
                self.under_way.retain(|_, command_id| *command_id != intent.command_id);
            }
            return self.answer(&asked, Err(log_failing(&WriteFailed(why.to_owned()))));
        }
        match what {
            What::Nothing => self.answer(&asked, Ok(json!({}))),
            What::Dial { intent, asked_at, account } => {
                let outbox = self.board.dial_asked(&intent, asked_at);
                self.carry_out(outbox, None, None);
                self.send_dial(asked, intent, account);
            }
            What::Deed { intent, command, asked_at, account } => {
                let outbox = self.board.deed_asked(&intent, asked_at);
                self.carry_out(outbox, None, None);
                self.send_command(asked, About::Call, intent.command_id, command, account);
            }
            What::Sms { intent, command, asked_at, account } => {
                let command_id = intent.command_id.clone();
                let outbox = self.board.sms_asked(intent, asked_at);
                self.carry_out(outbox, None, None);
                self.send_command(asked, About::Sms, command_id, command, account);
            }
            What::Choose { call, person } => {
                let chosen = self.board.choose_person(&call, person.as_deref(), now, past(self.log.as_ref()));
                self.carry_out(chosen.unwrap_or_default(), None, None);
                self.answer(&asked, Ok(json!({})));
            }
            What::Row { number_key, episode } => {
                let outbox = self.board.row_word(&number_key, episode, past(self.log.as_ref()));
                self.carry_out(outbox, None, None);
                self.answer(&asked, Ok(json!({})));
            }
        }
    }

    fn ask(
        &mut self,
        asked: Asked,
        call: String,
        action: wire::Action,
        me: Option<Extension>,
        now: Timestamp,
    ) -> Result<(), wire::RequestError> {
        self.ask_deed(asked, Deed { call, action, leg: None, to: None }, me, now)
    }

    pub(super) fn known_call(&mut self, id: &str, now: Timestamp) -> Result<EntryId, wire::RequestError> {
        let call = EntryId::new(id);
        if self.board.recall(&call, now, past(self.log.as_ref())) {
            Ok(call)
        } else {
            Err(error(wire::ErrorCode::NotFound, "Такого звонка нет"))
        }
    }

    /// Answers a request, and everybody who repeated it.
    pub(super) fn answer(&mut self, asked: &Asked, answer: Answer) {
        if let Ok(told) = &answer {
            self.audit_answer(asked.session, told);
        }
        for waiting in self.recent.answered(asked, &answer) {
            self.hub.reply(waiting.session, reply(&waiting, answer.clone()));
        }
    }

    /// Keeps what the PBX replied to a command as a fact.
    pub(super) fn keep_reply(
        &mut self,
        account: &'static str,
        body: &Value,
        command_id: &str,
        outbox: Outbox,
        now: Timestamp,
    ) {
        let fact = own_fact(account, FactKind::Reply, command_id.to_owned(), body, now);
        self.carry_out(outbox, Some(fact), None);
    }
}

fn not_understood(why: &wire::NotUnderstood) -> wire::RequestError {
    match why {
        wire::NotUnderstood::Unknown => error(wire::ErrorCode::UnknownRequest, "Эта версия такого не умеет"),
        wire::NotUnderstood::Fields(why) => error(wire::ErrorCode::BadRequest, &format!("Запрос не понят: {why}")),
    }
}

/// Whether repeating it would do it again.
fn has_effect(what: &wire::Do) -> bool {
    match what {
        wire::Do::Dial { .. }
        | wire::Do::HangUp { .. }
        | wire::Do::ChoosePerson { .. }
        | wire::Do::LookupAgain { .. }
        | wire::Do::ClaimMissed { .. }
        | wire::Do::CloseMissed { .. }
        | wire::Do::PostponeMissed { .. }
        | wire::Do::Outcome { .. }
        | wire::Do::Note { .. }
        | wire::Do::Transfer { .. }
        | wire::Do::CompleteTransfer { .. }
        | wire::Do::CancelTransfer { .. }
        | wire::Do::Hold { .. }
        | wire::Do::Take { .. }
        | wire::Do::Record { .. }
        | wire::Do::ConfirmVisit { .. }
        | wire::Do::RegisterPerson { .. }
        | wire::Do::AttachNumber { .. }
        | wire::Do::MakeVisit { .. }
        | wire::Do::CancelVisit { .. }
        | wire::Do::Sms { .. } => true,
        wire::Do::Recording { .. } | wire::Do::Roster { .. } | wire::Do::CatchUp {} => false,
        wire::Do::Story { .. } | wire::Do::Export { .. } | wire::Do::Numbers { .. } => false,
        wire::Do::Diagnostics {} | wire::Do::SupportBundle {} | wire::Do::Shown { .. } => false,
        wire::Do::SearchPeople { .. } | wire::Do::History { .. } | wire::Do::VisitSlots { .. } => false,
    }
}

pub(super) fn own_fact(account: &'static str, kind: FactKind, subject: String, body: &Value, now: Timestamp) -> Fact {
    Fact {
        account,
        kind,
        path: path_of(kind).to_owned(),
        received_at: now,
        subject: Some(subject),
        body: body.to_string().into_bytes(),
    }
}

pub(super) fn path_of(kind: FactKind) -> &'static str {
    match kind {
        FactKind::Post => "desk/post",
        FactKind::Dial => "desk/dial",
        FactKind::Reply => "desk/dial_reply",
        FactKind::Command => "desk/command",
        FactKind::Sms => "desk/sms",
        FactKind::Statistics => crate::catch_up::PATH,
        FactKind::Choice => "desk/choice",
        FactKind::Claim => "desk/claim",
        FactKind::Dismissal => "desk/dismissal",
        FactKind::Postponement => "desk/postponement",
        FactKind::WrapUp => "desk/wrap_up",
    }
}

fn reply(asked: &Asked, answer: Answer) -> wire::Reply {
    let (ok, error) = match answer {
        Ok(ok) => (Some(ok), None),
        Err(error) => (None, Some(error)),
    };
    wire::Reply { id: asked.id.clone(), ok, error }
}

pub(super) fn log_failing(failed: &WriteFailed) -> wire::RequestError {
    wire::RequestError {
        message: format!("Журнал звонков не записывается, поэтому команда не выполнена ({})", failed.0),
        ..error(wire::ErrorCode::LogFailing, "")
    }
}

pub(super) fn error(code: wire::ErrorCode, message: &str) -> wire::RequestError {
    wire::RequestError { code, message: message.to_owned(), vpbx_result: None, until: None }
}
