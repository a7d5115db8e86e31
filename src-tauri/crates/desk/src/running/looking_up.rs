//! Asking the directory who has a number: a few at a time, within the time a card waits.

use std::sync::Arc;
use std::time::Duration;

use directory::Directory;
use jiff::Timestamp;
use phone::PhoneNumber;

use super::{Running, WAITING_LOOK_UPS, past};
use crate::happening::Happening;

impl Running {
    pub(super) fn look_up(&mut self, number: PhoneNumber) {
        if self.looking_up.len() >= WAITING_LOOK_UPS {
            let answer = Err("Слишком много звонков сразу: поиск пациента отложен. Нажмите «Повторить»".to_owned());
            let outbox = self.board.card(&number, answer, 0, Timestamp::now(), past(self.log.as_ref()));
            self.carry_out(outbox, None, None);
            return;
        }
        if !self.looking_up.insert(number.clone()) {
            return;
        }
        let directory = self.directory_of(self.board.account_of(&number));
        let (turn, wait, back) = (self.look_ups.clone(), self.directory_timeout, self.happenings.clone());
        self.tasks.spawn(async move {
            let begun = tokio::time::Instant::now();
            let asked = async {
                let _turn = turn.acquire().await;
                directory.look_up(&number, Timestamp::now()).await
            };
            let answer = match tokio::time::timeout(wait, asked).await {
                Ok(answer) => answer.map_err(|error| error.to_string()),
                Err(_) => Err(format!("Список пациентов не ответил за {} с", seconds(wait))),
            };
            let took_ms = u32::try_from(begun.elapsed().as_millis()).unwrap_or(u32::MAX);
            let _ = back.send(Happening::Card { number, answer, took_ms }).await;
        });
    }

    pub(super) fn directory_of(&self, account: &'static str) -> Arc<dyn Directory> {
        if account == crate::log::REHEARSAL { self.rehearsal_directory.clone() } else { self.directory.clone() }
    }
}

fn seconds(wait: Duration) -> String {
    format!("{:.1}", wait.as_secs_f64()).trim_end_matches(".0").replace('.', ",")
}
