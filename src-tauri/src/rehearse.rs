//! Rehearsal calls: the simulated PBX in this process posts to the real listener, signed with the desk's throw-away
//! account. Its callers are invented, and commands about its calls go to it alone.

use std::sync::Arc;
use std::time::Duration;

use mango_vpbx::sign::Account;
use rehearsal::{Pbx, PbxSettings, Scenario};
use tokio::sync::Mutex;

use crate::host::Host;
use crate::memory::Language;

/// One whole call, for a button without a choice.
pub(crate) const ONE_CALL: &str = "demo";
/// How long the simulator stays after its last call: a card may still be open, and somebody call back from it.
const STAYS: Duration = Duration::from_secs(120);
/// Who calls in turn: one patient, a family, nobody known.
const CALLERS: [&str; 4] = ["79005550101", "79005550102", "79005550103", "79005550199"];

/// Why there is no rehearsal.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// No desk runs.
    #[error("{0}")]
    NoDesk(String),
    /// No scenario of this name.
    #[error("there is no rehearsal call named {0}")]
    NoScenario(String),
    /// The simulator did not start.
    #[error("the rehearsal did not start")]
    Start(#[from] rehearsal::StartError),
}

/// The simulator, while there is one.
#[derive(Default)]
pub(crate) struct Rehearsals(Arc<Mutex<Running>>);

#[derive(Default)]
struct Running {
    pbx: Option<(Arc<Pbx>, For)>,
    /// How many calls were begun: the simulator goes when this did not change for a while.
    begun: usize,
}

/// For which start of the desk a simulator is.
#[derive(PartialEq, Eq)]
struct For {
    listener: String,
    key: String,
}

impl Rehearsals {
    /// Begins one call of this scenario; it goes on by itself.
    pub(crate) async fn play(&self, host: &Arc<Host>, name: &str, language: Language) -> Result<(), Error> {
        let scenario = Scenario::from_name(name).ok_or_else(|| Error::NoScenario(name.to_owned()))?;
        let (pbx, turn) = self.pbx(host, language).await?;
        let (running, host) = (Arc::clone(&self.0), Arc::clone(host));
        tauri::async_runtime::spawn(async move {
            pbx.play(scenario, CALLERS[turn % CALLERS.len()]).await;
            leave_after_a_while(&running, &host).await;
        });
        Ok(())
    }

    /// Plays calls until the program ends: for `--rehearsal`.
    pub(crate) async fn play_for_ever(&self, host: &Arc<Host>, language: Language) -> Result<(), Error> {
        let (pbx, _) = self.pbx(host, language).await?;
        tauri::async_runtime::spawn(async move { pbx.play_demo(None).await });
        Ok(())
    }

    /// Hangs up what still rings.
    pub(crate) async fn stop(&self) {
        if let Some((pbx, _)) = self.0.lock().await.pbx.take() {
            pbx.stop().await;
        }
    }

    /// The simulator for the desk as it runs now, started when it is not there, and the number of this call.
    async fn pbx(&self, host: &Host, language: Language) -> Result<(Arc<Pbx>, usize), Error> {
        let mut running = self.0.lock().await;
        let desk = host.desk().await;
        let Some(desk) = &*desk else {
            return Err(Error::NoDesk(host.why_not(language)));
        };
        let account = desk.rehearsal_account();
        let wanted = For { listener: desk.listener_url(), key: account.key.clone() };
        let turn = running.begun;
        running.begun += 1;
        if let Some((pbx, made_for)) = &running.pbx
            && *made_for == wanted
        {
            return Ok((Arc::clone(pbx), turn));
        }
        let mut settings = PbxSettings::new(wanted.listener.clone(), Account::new(account.key, account.salt));
        let known = host.known().loaded.settings;
        if let Some(extension) = known.extension {
            settings.extension = extension.as_str().to_owned();
        }
        if let Some(group) = known.groups.first() {
            settings.group = group.clone();
        }
        let pbx = Arc::new(Pbx::start(settings).await?);
        desk.set_rehearsal_pbx(Some(pbx.commands_url())).await;
        running.pbx = Some((Arc::clone(&pbx), wanted));
        Ok((pbx, turn))
    }
}

/// Ends the simulator when no other call was begun meanwhile. That of `--rehearsal` stays.
async fn leave_after_a_while(running: &Mutex<Running>, host: &Host) {
    if host.is_rehearsing() {
        return;
    }
    let begun = running.lock().await.begun;
    tokio::time::sleep(STAYS).await;
    let mut running = running.lock().await;
    if running.begun != begun {
        return;
    }
    if let Some((pbx, _)) = running.pbx.take() {
        if let Some(desk) = &*host.desk().await {
            desk.set_rehearsal_pbx(None).await;
        }
        pbx.stop().await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_call_that_the_settings_offer_can_be_played() {
        let page = include_str!("../../ui/src/settings/rehearsal.ts");
        let list = page.split(['[', ']']).nth(1).unwrap();
        let names: Vec<&str> = list.split('"').skip(1).step_by(2).collect();
        assert_eq!(names.first(), Some(&ONE_CALL));
        for name in names {
            assert!(Scenario::from_name(name).is_some(), "{name}");
        }
    }
}
