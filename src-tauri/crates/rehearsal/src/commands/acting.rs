//! Carries out what a desk commands: to calls, and messages.

use std::sync::Arc;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::request::{Act, End, Refusal};
use super::{Answer, Commands, accepted};
use crate::callback::{CallBack, Outcome};
use crate::compose::Post;
use crate::exchange::DONE;
use crate::script::{Direction, Script, group_callback_steps};
use crate::turns::{Pass, Reception, Target};

/// Seconds until a message has been delivered, or not.
const DELIVERY: u32 = 3;

impl Commands {
    pub(super) async fn carry_out(&self, act: Act) -> Answer {
        let exchange = &self.stage.exchange;
        match act {
            Act::Callback(wanted) => self.call_back(wanted).await,
            Act::CallbackGroup { command_id, from, to, line_number } => {
                self.call_back_group(command_id, &from, &to, line_number)
            }
            Act::HangUp { command_id, call_id } => self.on_call("call/hangup", command_id, exchange.hang_up(&call_id)),
            Act::Route { command_id, call_id, target } => {
                let code = exchange.route(&call_id, self.pass(target, &command_id));
                self.on_call("route", command_id, code)
            }
            Act::Transfer { command_id, call_id, way, target, initiator } => {
                let code = exchange.transfer(&call_id, &initiator, way, self.pass(target, &command_id));
                self.on_call("transfer", command_id, code)
            }
            Act::Connect { command_id, held, asked, initiator } => {
                let code = exchange.connect(&held, &asked, &initiator);
                self.on_call("calls_connect", command_id, code)
            }
            Act::Cancel { command_id, call_id } => {
                self.on_call("transfer_cancel", command_id, exchange.cancel(&call_id))
            }
            Act::Hold { command_id, call_id, initiator } => {
                self.on_call("call/hold/on", command_id, exchange.hold(&call_id, &initiator))
            }
            Act::Record { command_id, call_id, party } => {
                let code = exchange.record(&call_id, &party, &command_id);
                self.on_call("recording/start", command_id, code)
            }
            Act::PlayFile { command_id, call_id } => self.on_call("play/start", command_id, exchange.play(&call_id)),
            Act::Sms { command_id, to_number } => self.send_message(command_id, &to_number),
        }
    }

    fn pass(&self, target: Target, command_id: &str) -> Pass {
        let reception = match (self.manners.transfer, &target) {
            // Outside, the last two digits choose as they do for callbacks.
            (Reception::Answered, Target::Number(number)) if number.ends_with("02") => Reception::Busy,
            (Reception::Answered, Target::Number(number)) if number.ends_with("03") => Reception::NoAnswer,
            (reception @ (Reception::Answered | Reception::NoAnswer | Reception::Busy), _) => reception,
        };
        Pass { target, reception, command_id: command_id.to_owned() }
    }

    /// A command about a call was carried out, or not: the answer, and the result that is posted.
    fn on_call(&self, command: &'static str, command_id: String, code: i32) -> Answer {
        let first = self.stage.flips_coin();
        self.stage.tell_result_soon(command, command_id.clone(), code, first);
        if code == DONE {
            return accepted(&command_id);
        }
        let message = match code {
            4100 => "impossible by the logic of the PBX",
            4101 => "call ended or missing",
            4102 => "already being recorded",
            _ => "no such participant",
        };
        self.refuse(Refusal { code, message: message.to_owned() }, Some(&Value::from(command_id)))
    }

    async fn call_back(&self, wanted: CallBack) -> Answer {
        let outcome = self.manners.callback.outcome(&wanted.to_number);
        self.stage.call_back(&wanted, outcome).await;
        match outcome {
            Outcome::Reset => Answer::Dropped,
            Outcome::SlowReply => Answer::Late { answer: Box::new(accepted(&wanted.command_id)) },
            Outcome::Answered
            | Outcome::OperatorNoAnswer
            | Outcome::OperatorBusy
            | Outcome::Busy
            | Outcome::NoAnswer
            | Outcome::PatientRefuses
            | Outcome::NoEvents
            | Outcome::ResultFirst => accepted(&wanted.command_id),
        }
    }

    fn call_back_group(&self, command_id: String, from: &End, to: &End, line_number: Option<String>) -> Answer {
        let cast = Arc::clone(&self.stage.cast);
        let (group, number, rings_first) = match (from, to) {
            (End::Group(group), End::Number(number)) => (*group, number.as_str(), true),
            (End::Number(number), End::Group(group)) => (*group, number.as_str(), false),
            // One group calls another: the second is rung as its first member.
            (End::Group(group), End::Group(other)) => {
                let member = cast.members(*other).first().copied().unwrap_or(0);
                (*group, cast.operator(member), true)
            }
            (End::Number(_), End::Number(_)) => return accepted(&command_id),
        };
        let steps = group_callback_steps(&cast.members(group), group, rings_first, cast.talk);
        let script = Script::new(Direction::Outbound, &[]);
        let outside = cast.outside(number);
        let (mut call, first) = self.stage.call_of_command(&script, Arc::clone(&cast), outside, command_id.clone());
        if let Some(line) = line_number {
            call.choose_line(line);
        }
        self.stage.tell_result_soon("callback_group", command_id.clone(), DONE, first);
        self.stage.perform_soon("callback", script, steps, call);
        accepted(&command_id)
    }

    /// The last two digits of the number choose: 06 is never delivered.
    fn send_message(&self, command_id: String, to_number: &str) -> Answer {
        let reason = if to_number.ends_with("06") { 4300 } else { DONE };
        self.stage.tell_result_soon("sms", command_id.clone(), DONE, true);
        let (stage, id) = (Arc::clone(&self.stage), command_id.clone());
        self.stage.tasks.spawn(async move {
            tokio::time::sleep(stage.pause(DELIVERY)).await;
            let mut body = json!({ "command_id": id, "timestamp": Timestamp::now().as_second(), "reason": reason });
            if stage.cast.style.strings {
                crate::compose::as_texts(&mut body);
            }
            stage.tell_post(Post { path: "events/sms".to_owned(), json: body.to_string() }).await;
        });
        accepted(&command_id)
    }
}
