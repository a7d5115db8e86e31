//! Listening to a recording: its one-time address is asked of the PBX, its sound is held by this desk for some minutes.

use jiff::{SignedDuration, Timestamp};
use mango_vpbx::client::{Client, CommandError};
use mango_vpbx::command::RecordingAction;

use serde_json::json;

use super::requests::error;
use super::{Running, commands};
use crate::happening::{Asked, Happening};
use crate::sounds::Sounds;
use crate::view;

/// How long the PBX may take to store a recording; within it "not found" means "not yet" (reference 4.8).
const STORED_WITHIN: SignedDuration = SignedDuration::from_mins(30);
/// How often it is worth asking for one (reference 4.8: about once a minute).
const ASK_AGAIN: SignedDuration = SignedDuration::from_secs(60);

/// A recording that somebody wants to hear.
#[derive(Debug)]
pub(super) enum Listening {
    /// The PBX is being asked, on behalf of these.
    Asking(Vec<Asked>),
    /// It is not there: the answer stands until then.
    NotBefore(Timestamp, wire::RequestError),
}

impl Default for Listening {
    fn default() -> Listening {
        Listening::Asking(Vec::new())
    }
}

impl Running {
    pub(super) fn ask_recording(
        &mut self,
        asked: Asked,
        call: &str,
        recording: String,
        now: Timestamp,
    ) -> Result<(), wire::RequestError> {
        let call = self.known_call(call, now)?;
        let Some(shown) = self.board.call(&call) else {
            return Err(error(wire::ErrorCode::NotFound, "Такого звонка нет"));
        };
        let Some(known) = shown.recordings.iter().find(|known| known.id == recording) else {
            return Err(error(wire::ErrorCode::NotFound, "У этого звонка нет такой записи"));
        };
        match known.state {
            wire::RecordingState::Ready | wire::RecordingState::Waiting => {}
            wire::RecordingState::Going => return Err(not_ready("Разговор ещё записывается", now)),
            wire::RecordingState::Lost => {
                let why = known.why.as_deref().unwrap_or("АТС не сохранила запись");
                return Err(error(wire::ErrorCode::NotFound, why));
            }
        }
        let ended_at: Option<Timestamp> = shown.ended_at.as_deref().and_then(|at| at.parse().ok());
        let is_young = ended_at.is_none_or(|at| now.duration_since(at) < STORED_WITHIN);
        let Some(client) = self.pbx.client(self.board.account_of_call(&call)) else {
            return Err(error(wire::ErrorCode::NotConfigured, "Код и ключ АТС не введены: откройте настройки"));
        };
        let (sounds, feed, back) = (self.sounds.clone(), self.feed_address, self.happenings.clone());
        let url = move |ticket: String| format!("http://{feed}/recording/{ticket}");
        if let Some(ticket) = sounds.ticket(&recording) {
            self.answer(&asked, Ok(json!({ "url": url(ticket) })));
            return Ok(());
        }
        match self.listening.entry(recording.clone()).or_default() {
            Listening::Asking(waiting) => {
                waiting.push(asked);
                if waiting.len() > 1 {
                    // One question is under way; its answer goes to everybody.
                    return Ok(());
                }
            }
            Listening::NotBefore(until, error) if now < *until => return Err(error.clone()),
            again @ Listening::NotBefore(..) => *again = Listening::Asking(vec![asked]),
        }
        self.tasks.spawn(async move {
            let url = fetch(&client, &sounds, &recording, is_young).await.map(url);
            let _ = back.send(Happening::Recording { recording, url }).await;
        });
        Ok(())
    }

    /// A recording was fetched, or why not. One that is not there is not asked for again before it may be: each such
    /// question is a bad request to the PBX, and two of them lock the account out (reference 4.8, 1.5).
    pub(super) fn recording_fetched(
        &mut self,
        recording: &str,
        url: Result<String, wire::RequestError>,
        now: Timestamp,
    ) {
        let Some(Listening::Asking(waiting)) = self.listening.remove(recording) else { return };
        if let Err(error) = &url
            && matches!(
                error.code,
                wire::ErrorCode::NotReady | wire::ErrorCode::NotFound | wire::ErrorCode::VpbxRefused
            )
            && let Ok(until) = now.checked_add(ASK_AGAIN)
        {
            self.listening.retain(|_, listening| match listening {
                Listening::Asking(_) => true,
                Listening::NotBefore(until, _) => now < *until,
            });
            self.listening.insert(recording.to_owned(), Listening::NotBefore(until, error.clone()));
        }
        for asked in waiting {
            self.answer(&asked, url.clone().map(|url| json!({ "url": url })));
        }
    }
}

async fn fetch(
    client: &Client,
    sounds: &Sounds,
    recording: &str,
    is_young: bool,
) -> Result<String, wire::RequestError> {
    let address = match client.recording(recording, RecordingAction::Play).await {
        Ok(address) => address,
        Err(CommandError::Refused { code: 3320 | 0, http: 200 | 204 | 400 | 404 | 420, .. }) if is_young => {
            return Err(not_ready("АТС ещё сохраняет запись: она появится через минуту", Timestamp::now()));
        }
        Err(CommandError::Refused { code: 3320, .. } | CommandError::Refused { http: 404, .. }) => {
            return Err(error(wire::ErrorCode::NotFound, "АТС больше не хранит эту запись"));
        }
        Err(refused) => return Err(commands::no_answer(&refused)),
    };
    sounds.fetch(recording, address.as_ref()).await.map_err(|no_sound| {
        tracing::warn!(%no_sound, "a recording could not be fetched");
        let message = format!("Запись не открылась: {no_sound}");
        wire::RequestError { message, ..error(wire::ErrorCode::VpbxDown, "") }
    })
}

fn not_ready(why: &str, now: Timestamp) -> wire::RequestError {
    let until = now.checked_add(ASK_AGAIN).ok().map(view::time);
    wire::RequestError { until, ..error(wire::ErrorCode::NotReady, why) }
}
