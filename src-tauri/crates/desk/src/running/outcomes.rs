//! What comes back: from the PBX, the directory, the history.

use calls::CommandId;
use jiff::Timestamp;
use serde_json::json;

use super::Running;
use crate::board::CommandReplied;
use crate::happening::{About, Asked, CommandOutcome};
use crate::log::MAIN;
use crate::view;

impl Running {
    pub(super) fn dialled(
        &mut self,
        asked: &Asked,
        account: &'static str,
        replied: &CommandReplied,
        outcome: CommandOutcome,
        now: Timestamp,
    ) {
        // The legs may have told already what the PBX's reply did not.
        let told = self.board.dial_is_under_way(&CommandId::new(&replied.command_id));
        let outcome = match outcome {
            CommandOutcome::Not(error) if error.code == wire::ErrorCode::VpbxUnclear && told => {
                CommandOutcome::Accepted
            }
            other @ (CommandOutcome::Accepted | CommandOutcome::Not(_)) => other,
        };
        let outbox = self.board.dial_replied(replied, now);
        let body = serde_json::to_value(replied).unwrap_or_default();
        self.keep_reply(account, &body, &replied.command_id, outbox, now);
        if account == MAIN {
            self.show_vpbx(&outcome, now);
        }
        self.answer(
            asked,
            match outcome {
                CommandOutcome::Accepted => Ok(json!({ "command_id": replied.command_id })),
                CommandOutcome::Not(error) => Err(error),
            },
        );
    }

    pub(super) fn commanded(
        &mut self,
        asked: &Asked,
        account: &'static str,
        about: About,
        replied: &CommandReplied,
        outcome: CommandOutcome,
        now: Timestamp,
    ) {
        tracing::info!(
            command = replied.command_id,
            accepted = outcome == CommandOutcome::Accepted,
            "a command came back"
        );
        self.under_way.retain(|_, command_id| *command_id != replied.command_id);
        let outbox = match about {
            About::Call => self.board.deed_replied(replied, now),
            About::Sms => self.board.sms_replied(replied, now),
        };
        // The call may show already what the PBX's reply did not tell.
        let told = self.board.deed_is_done(&CommandId::new(&replied.command_id));
        let outcome = match outcome {
            CommandOutcome::Not(error) if error.code == wire::ErrorCode::VpbxUnclear && told => {
                CommandOutcome::Accepted
            }
            other @ (CommandOutcome::Accepted | CommandOutcome::Not(_)) => other,
        };
        let body = serde_json::to_value(replied).unwrap_or_default();
        self.keep_reply(account, &body, &replied.command_id, outbox, now);
        if account == MAIN {
            self.show_vpbx(&outcome, now);
        }
        self.answer(
            asked,
            match (outcome, about) {
                (CommandOutcome::Accepted, About::Call) => Ok(json!({})),
                (CommandOutcome::Accepted, About::Sms) => Ok(json!({ "command_id": replied.command_id })),
                (CommandOutcome::Not(error), _) => Err(error),
            },
        );
    }

    /// The desk's view of the PBX after a command.
    pub(super) fn show_vpbx(&mut self, outcome: &CommandOutcome, now: Timestamp) {
        if *outcome == CommandOutcome::Accepted {
            self.catch_up.pbx_accepts();
        }
        let (state, why) = match outcome {
            CommandOutcome::Accepted => (wire::VpbxState::Ok, None),
            CommandOutcome::Not(error) => {
                let state = match error.code {
                    wire::ErrorCode::VpbxRefused | wire::ErrorCode::VpbxQuiet => wire::VpbxState::Refused,
                    wire::ErrorCode::VpbxDown | wire::ErrorCode::VpbxUnclear | wire::ErrorCode::NotConfigured => {
                        wire::VpbxState::Down
                    }
                    // Our own gate was full: that says nothing about the PBX.
                    wire::ErrorCode::UnknownRequest
                    | wire::ErrorCode::BadRequest
                    | wire::ErrorCode::NotFound
                    | wire::ErrorCode::BadNumber
                    | wire::ErrorCode::NoExtension
                    | wire::ErrorCode::DirectoryDown
                    | wire::ErrorCode::DirectoryRefused
                    | wire::ErrorCode::LogFailing
                    | wire::ErrorCode::NotNow
                    | wire::ErrorCode::NotReady
                    | wire::ErrorCode::Busy => return,
                };
                (state, Some(error.message.clone()))
            }
        };
        let quiet_until = self.pbx.quiet_until().map(view::time);
        let vpbx = wire::VpbxHealth { state, why, quiet_until };
        if self.desk.vpbx != vpbx {
            self.desk.vpbx = vpbx;
            self.show_desk(now);
        }
    }
}
