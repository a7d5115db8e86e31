//! What the pages may ask of the shell. Each command is a line or three; the work is done elsewhere.

use std::collections::BTreeMap;
use std::sync::Arc;

use desk::Session;
use serde::Serialize;
use tauri::ipc::Channel;
use tauri::{AppHandle, Manager, State, WebviewWindow};
use tauri_plugin_clipboard_manager::ClipboardExt as _;

use crate::cards::{self, CardError};
use crate::checks::{self, KnockView, Report, Section, TrialView};
use crate::disturbing::{self, SilenceView};
use crate::downloads::{self, DownloadError};
use crate::feeds::{FeedError, Feeds};
use crate::host::Host;
use crate::links;
use crate::manners::Pause;
use crate::memory::{FirstRun, Memory};
use crate::pop;
use crate::rehearse::{self, Rehearsals};
use crate::ring::{self, NoRing};
use crate::settings_window::{self, FileView, Saved, Shown, Typed, WindowView};
use crate::today::{self, TodayView};
use crate::windows;

/// Why a command was not done. The page shows the sentence.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Refusal {
    /// No desk runs.
    #[error("{0}")]
    NoDesk(String),
    /// The feed's session.
    #[error(transparent)]
    Feed(#[from] FeedError),
    /// A patient's chart.
    #[error(transparent)]
    Card(#[from] CardError),
    /// The clipboard.
    #[error("the clipboard does not take it")]
    Clipboard(#[from] tauri_plugin_clipboard_manager::Error),
    /// A file for the user's downloads.
    #[error(transparent)]
    Download(#[from] DownloadError),
    /// A rehearsal.
    #[error(transparent)]
    Rehearsal(#[from] rehearse::Error),
    /// The sound of one's own.
    #[error(transparent)]
    Ring(#[from] NoRing),
}

impl Serialize for Refusal {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&self.to_string())
    }
}

/// Where the feed is, and whose desk it shows.
#[derive(Serialize)]
pub(crate) struct FeedAddress {
    url: String,
    token: String,
    viewer: Option<wire::Viewer>,
}

#[tauri::command]
pub(crate) async fn feed_address(window: WebviewWindow, host: State<'_, Arc<Host>>) -> Result<FeedAddress, Refusal> {
    awake(&window);
    let running = host.desk().await;
    let desk = running.as_ref().ok_or_else(|| no_desk(&host, &window.state::<Memory>()))?;
    let viewer = today::viewer(window.app_handle());
    Ok(FeedAddress { url: desk.feed_url(), token: desk.feed_token().to_owned(), viewer })
}

#[tauri::command]
pub(crate) async fn feed_open(
    channel: Channel<String>,
    host: State<'_, Arc<Host>>,
    memory: State<'_, Memory>,
    feeds: State<'_, Feeds>,
) -> Result<u32, Refusal> {
    let session: Session = host.desk().await.as_ref().ok_or_else(|| no_desk(&host, &memory))?.open();
    Ok(feeds.open(session, channel)?)
}

#[tauri::command]
pub(crate) fn feed_send(session: u32, frame: String, feeds: State<'_, Feeds>) -> Result<(), Refusal> {
    Ok(feeds.send(session, frame)?)
}

#[tauri::command]
pub(crate) fn feed_close(session: u32, feeds: State<'_, Feeds>) {
    feeds.close(session);
}

#[tauri::command]
pub(crate) async fn settings_read(window: WebviewWindow) -> Shown {
    windows::come_up(window.app_handle(), window.label());
    settings_window::read(window.app_handle(), window.label() == windows::SETTINGS).await
}

#[tauri::command]
pub(crate) async fn settings_save(app: AppHandle, file: FileView, secrets: Typed, window: WindowView) -> Saved {
    settings_window::save(&app, file, secrets, window).await
}

#[tauri::command]
pub(crate) fn first_run_keep(app: AppHandle, done: FirstRun) {
    settings_window::keep_first_run(&app, done);
}

#[tauri::command]
pub(crate) async fn check(app: AppHandle, section: Section) -> Report {
    checks::check(&app, section).await
}

#[tauri::command]
pub(crate) async fn try_number(app: AppHandle, number: String) -> TrialView {
    checks::try_number(&app, &number).await
}

#[tauri::command]
pub(crate) async fn listener_knocks(app: AppHandle, since: String) -> Vec<KnockView> {
    checks::knocks(&app, &since).await
}

#[tauri::command]
pub(crate) async fn event_kinds(
    host: State<'_, Arc<Host>>,
    memory: State<'_, Memory>,
) -> Result<BTreeMap<String, u64>, Refusal> {
    let running = host.desk().await;
    let desk = running.as_ref().ok_or_else(|| no_desk(&host, &memory))?;
    Ok(desk.event_kinds())
}

#[tauri::command]
pub(crate) async fn rehearsal_call(
    scenario: String,
    host: State<'_, Arc<Host>>,
    memory: State<'_, Memory>,
    rehearsals: State<'_, Rehearsals>,
) -> Result<(), Refusal> {
    Ok(rehearsals.play(&host, &scenario, memory.read().language).await?)
}

#[tauri::command]
pub(crate) fn open_card(app: AppHandle, url: String) -> Result<(), Refusal> {
    Ok(cards::open(&app, &url)?)
}

#[tauri::command]
pub(crate) fn copy_text(app: AppHandle, text: String) -> Result<(), Refusal> {
    Ok(app.clipboard().write_text(text)?)
}

#[tauri::command]
pub(crate) async fn save_download(app: AppHandle, url: String, name: String) -> Result<String, Refusal> {
    Ok(downloads::save(&app, &url, &name).await?)
}

#[tauri::command]
pub(crate) fn pop_size(app: AppHandle, height: f64) {
    pop::set_height(&app, height);
}

#[tauri::command]
pub(crate) fn pop_focus(app: AppHandle) {
    pop::enter(&app);
}

#[tauri::command]
pub(crate) fn pop_release(app: AppHandle) {
    pop::release(&app);
}

#[tauri::command]
pub(crate) fn show_window(app: AppHandle, name: String) {
    windows::show(&app, &name);
}

#[tauri::command]
pub(crate) fn silence_read(app: AppHandle) -> Option<SilenceView> {
    disturbing::view(&app)
}

#[tauri::command]
pub(crate) fn pause(app: AppHandle, pause: Pause) {
    disturbing::pause(&app, pause);
}

#[tauri::command]
pub(crate) fn today_read(app: AppHandle) -> TodayView {
    today::view(&app)
}

#[tauri::command]
pub(crate) fn today_choose(app: AppHandle, extension: Option<String>) -> bool {
    today::choose(&app, extension.as_deref())
}

#[tauri::command]
pub(crate) fn pop_reset(app: AppHandle) {
    pop::reset_place(&app);
}

#[tauri::command]
pub(crate) async fn ring_sound(app: AppHandle) -> Result<tauri::ipc::Response, Refusal> {
    Ok(tauri::ipc::Response::new(ring::sound(&app).await?))
}

/// The tray's "rehearse a call".
pub(crate) fn rehearse_from_tray(app: &AppHandle) {
    let app = app.clone();
    tauri::async_runtime::spawn(async move {
        let host = Arc::clone(&app.state::<Arc<Host>>());
        let language = app.state::<Memory>().read().language;
        if let Err(error) = app.state::<Rehearsals>().play(&host, rehearse::ONE_CALL, language).await {
            tracing::warn!(%error, "no rehearsal");
            windows::show_desk(&app);
        }
    });
}

fn awake(window: &WebviewWindow) {
    if windows::page_awakes(window.app_handle(), window.label()) && window.label() == windows::DESK {
        links::tell_waiting(window.app_handle());
    }
}

fn no_desk(host: &Host, memory: &Memory) -> Refusal {
    Refusal::NoDesk(host.why_not(memory.read().language))
}
