//! Colleagues, groups and lines: asked of the PBX when somebody wants to see them.

use jiff::Timestamp;
use mango_vpbx::client::{Client, CommandError};
use serde_json::json;

use super::{Running, commands};
use crate::board::{Change, Outbox};
use crate::happening::{Asked, CommandOutcome, Happening};
use crate::log::{MAIN, Row};
use crate::roster::Told;

impl Running {
    pub(super) fn ask_roster(&mut self, asked: Asked, insists: bool, now: Timestamp) {
        let client = self.pbx.client(self.main_account());
        let Some(client) = client.filter(|_| self.roster.is_stale(now, insists)) else {
            return self.answer(&asked, Ok(json!({ "roster": self.roster.view() })));
        };
        self.roster_wanted.push(asked);
        if self.roster_wanted.len() > 1 {
            // One question is under way; its answer goes to everybody.
            return;
        }
        let back = self.happenings.clone();
        self.tasks.spawn(async move {
            let told = ask(&client).await.map_err(|error| commands::no_answer(&error));
            let _ = back.send(Happening::Roster(told)).await;
        });
    }

    pub(super) fn roster_told(&mut self, told: Result<Told, wire::RequestError>, now: Timestamp) {
        match told {
            Ok(told) => {
                self.roster.take(told, self.board.region(), now);
                self.show_vpbx(&CommandOutcome::Accepted, now);
                if self.main_account() == MAIN {
                    let rows = vec![Row::Roster { json: self.roster.kept() }];
                    self.carry_out(Outbox { rows, ..Outbox::default() }, None, None);
                }
            }
            Err(error) => {
                self.roster.fail(&error, now);
                self.show_vpbx(&CommandOutcome::Not(error), now);
            }
        }
        self.show_roster();
        for asked in std::mem::take(&mut self.roster_wanted) {
            self.answer(&asked, Ok(json!({ "roster": self.roster.view() })));
        }
    }

    pub(super) fn show_roster(&mut self) {
        let roster = self.roster.view().clone();
        self.hub.tell(Change::Roster(roster.into()), &self.desk);
    }
}

/// Three questions; after a refusal no other is asked, since a second one would lock the account out.
async fn ask(client: &Client) -> Result<Told, CommandError> {
    let employees = client.users().await?;
    let groups = client.groups().await?;
    let lines = client.incoming_lines().await?;
    Ok(Told { employees, groups, lines })
}
