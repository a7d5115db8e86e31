//! Asking the directory who has a number: one look-up per number in flight, however many calls and desks ask.

use std::sync::Arc;

use directory::{DirectoryError, Knowledge, Learned};
use jiff::Timestamp;
use phone::PhoneNumber;
use tokio::sync::mpsc;
use tokio::task::AbortHandle;

use super::{Running, WAITING_LOOK_UPS, past};
use crate::happening::Happening;

/// Words of one look-up that may wait for the loop.
const WORDS: usize = 4;

/// A look-up in flight.
#[derive(Debug)]
pub(super) struct LookUp {
    search: u64,
    task: AbortHandle,
    /// What it said so far.
    told: Option<Learned>,
}

impl Running {
    pub(super) fn look_up(&mut self, number: PhoneNumber) {
        if let Some(under_way) = self.looking_up.get(&number) {
            // Its answer goes to every card of the number; a card that comes late hears what was said already.
            if let Some(told) = under_way.told.clone() {
                self.show_card(&number, &told);
            }
            return;
        }
        if self.looking_up.len() >= WAITING_LOOK_UPS {
            let why = "слишком много звонков сразу, поиск отложен: нажмите «Повторить»".to_owned();
            let learned = Learned {
                answer: Err(DirectoryError::Unavailable { why }),
                source: self.directory.kind(),
                as_of: None,
                steps: Vec::new(),
                more_to_come: false,
            };
            return self.show_card(&number, &learned);
        }
        self.searches += 1;
        let search = self.searches;
        let directory = self.directory_of(self.board.account_of(&number));
        let (turn, back, asked) = (self.look_ups.clone(), self.happenings.clone(), number.clone());
        let task = self.tasks.spawn(async move {
            let _turn = turn.acquire().await;
            let (tell, mut told) = mpsc::channel(WORDS);
            let learning = directory.learn(&asked, Timestamp::now(), &tell);
            let mut learning = std::pin::pin!(learning);
            loop {
                tokio::select! {
                    biased;
                    Some(learned) = told.recv() => {
                        let _ = back.send(Happening::Card { number: asked.clone(), learned }).await;
                    }
                    () = learning.as_mut() => break,
                }
            }
            while let Ok(learned) = told.try_recv() {
                let _ = back.send(Happening::Card { number: asked.clone(), learned }).await;
            }
            let _ = back.send(Happening::LookedUp { number: asked.clone(), search }).await;
        });
        self.looking_up.insert(number, LookUp { search, task: task.abort_handle(), told: None });
    }

    /// The next question about the number is asked afresh, whatever is under way or was told a moment ago.
    pub(super) fn look_up_afresh(&mut self, number: &PhoneNumber) {
        if let Some(under_way) = self.looking_up.remove(number) {
            under_way.task.abort();
        }
        self.directory_of(self.board.account_of(number)).forget(number);
    }

    pub(super) fn learned(&mut self, number: &PhoneNumber, learned: Learned, now: Timestamp) {
        self.show_card(number, &learned);
        if !learned.more_to_come {
            self.ask_address_book(number, now);
        }
        if let Some(under_way) = self.looking_up.get_mut(number) {
            under_way.told = Some(learned);
        }
    }

    pub(super) fn looked_up(&mut self, number: &PhoneNumber, search: u64) {
        if self.looking_up.get(number).is_some_and(|under_way| under_way.search == search) {
            self.looking_up.remove(number);
        }
    }

    /// Look-ups that have said nothing yet.
    pub(super) fn silent_look_ups(&self) -> usize {
        self.looking_up.values().filter(|under_way| under_way.told.is_none()).count()
    }

    pub(super) fn directory_of(&self, account: &'static str) -> Arc<Knowledge> {
        if account == crate::log::REHEARSAL { self.rehearsal_directory.clone() } else { self.directory.clone() }
    }

    fn show_card(&mut self, number: &PhoneNumber, learned: &Learned) {
        let outbox = self.board.card(number, learned, Timestamp::now(), past(self.log.as_ref()));
        self.carry_out(outbox, None, None);
    }
}
