//! The shell's own eyes on the feed, beside the pages': a hidden web view may sleep. They move the pop, the tray and
//! the notifications, and nothing else.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use desk::Session;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use mango_vpbx::Code;
use serde_json::json;
use tauri::{AppHandle, Manager};
use tokio::sync::mpsc;
use tokio::time::Instant;
use wire::{Call, CardStatus, ClientFrame, DeskFrame, Do, ErrorCode, Hello, Missed, Reply, Request, RequestError};

use crate::attention::{Attention, News, person_of};
use crate::cards;
use crate::disturbing;
use crate::host::Host;
use crate::manners::Silence;
use crate::memory::{Language, Memory};
use crate::notices::{self, About, Notice};
use crate::pop::{self, Pop};
use crate::today::{self, Today};
use crate::tray::{self, Tray};
use crate::windows;

/// How long the pop may stay after its last call. Its page folds cards away sooner and says when none is left; this
/// is for a page that no longer says anything.
const LINGERS: Duration = Duration::from_secs(150);
/// How long a notification waits for the patient's name.
const WAITS_FOR_NAME: Duration = Duration::from_millis(700);
/// How often the tray is looked after when nothing happens.
const LOOKS_AFTER: Duration = Duration::from_secs(15);

/// What the shell sees, and its way to ask the desk.
pub(crate) struct Eyes {
    seen: Mutex<Attention>,
    asks: mpsc::Sender<Do>,
}

impl Eyes {
    /// Opens them: they look until the program ends.
    pub(crate) fn open(app: &AppHandle, host: Arc<Host>) -> Arc<Eyes> {
        // Clicks on notifications: a handful at most.
        let (asks, asked) = mpsc::channel(16);
        let eyes = Arc::new(Eyes { seen: Mutex::default(), asks });
        tauri::async_runtime::spawn(look(app.clone(), host, Arc::clone(&eyes), asked));
        eyes
    }

    /// Asks the desk for something, once.
    pub(crate) fn ask(&self, what: Do) {
        if self.asks.try_send(what).is_err() {
            tracing::warn!("a click on a notification was lost: the desk does not take it");
        }
    }

    /// How many of today's calls touched an extension.
    pub(crate) fn calls_of(&self, extension: &str) -> usize {
        self.seen().calls_of(extension)
    }

    /// Whether this computer's clock agrees with the PBX's, as the desk last said.
    pub(crate) fn clock(&self) -> Option<wire::ClockState> {
        self.seen().desk().map(|desk| desk.clock)
    }

    fn seen(&self) -> MutexGuard<'_, Attention> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What waits for its time.
#[derive(Default)]
struct Later {
    hide_pop: Option<Instant>,
    rings: Vec<(Instant, String)>,
}

impl Later {
    fn next(&self) -> Option<Instant> {
        self.rings.iter().map(|(at, _)| *at).chain(self.hide_pop).min()
    }
}

async fn look(app: AppHandle, host: Arc<Host>, eyes: Arc<Eyes>, mut asked: mpsc::Receiver<Do>) {
    let mut starts = host.starts();
    let mut choices = app.state::<Today>().choices();
    let mut later = Later::default();
    let mut session: Option<Session> = None;
    loop {
        if session.is_none() {
            starts.mark_unchanged();
            choices.mark_unchanged();
            session = greet(&app, &host).await;
        }
        say_in_tray(&app, &host, &eyes);
        let wake = wake_at(&app, &eyes, &later);
        tokio::select! {
            frame = next(&mut session) => match frame {
                Some(frame) => take(&app, &eyes, &mut later, &frame),
                None => {
                    session = None;
                    eyes.seen().lose();
                    later.hide_pop = Some(Instant::now());
                    // Until the desk is there again there is nobody to greet.
                    let _ = tokio::time::timeout(LOOKS_AFTER, starts.changed()).await;
                }
            },
            what = asked.recv() => {
                let Some(what) = what else { return };
                ask(&app, session.as_ref(), what).await;
            }
            changed = choices.changed() => {
                if changed.is_err() {
                    return;
                }
                // Another desk from now on; what it shows comes with its snapshot.
                session = None;
                eyes.seen().lose();
            }
            changed = starts.changed(), if session.is_none() => if changed.is_err() { return },
            () = tokio::time::sleep_until(wake) => {}
        }
        disturbing::follow(&app);
        move_pop(&app, &eyes, &mut later);
        tell_what_is_due(&app, &eyes);
        ring_what_waited(&app, &eyes, &mut later);
    }
}

/// When to look again although nothing happens.
fn wake_at(app: &AppHandle, eyes: &Eyes, later: &Later) -> Instant {
    let now = Timestamp::now();
    let from_now = |at: Timestamp| {
        let wait = Duration::try_from(at.duration_since(now)).unwrap_or_default();
        Instant::now() + wait
    };
    let silence_ends = disturbing::silence(app).and_then(|silence| silence.until).map(from_now);
    let due = eyes.seen().next_due(now).map(from_now);
    [later.next(), silence_ends, due].into_iter().flatten().fold(Instant::now() + LOOKS_AFTER, Instant::min)
}

/// A new session, after its hello.
async fn greet(app: &AppHandle, host: &Host) -> Option<Session> {
    let running = host.desk().await;
    let desk = running.as_ref()?;
    let session = desk.open();
    let hello =
        ClientFrame::Hello(Hello { token: desk.feed_token().to_owned(), since: None, viewer: today::viewer(app) });
    session.send(text_of(&hello)?).await.ok()?;
    Some(session)
}

/// The next frame; without a session there is none, ever.
async fn next(session: &mut Option<Session>) -> Option<String> {
    match session {
        Some(session) => session.next().await,
        None => std::future::pending().await,
    }
}

fn take(app: &AppHandle, eyes: &Arc<Eyes>, later: &mut Later, frame: &str) {
    let frame = match serde_json::from_str::<DeskFrame>(frame) {
        Ok(frame) => frame,
        Err(error) => {
            // Only the place: the frame is full of patients.
            tracing::debug!(column = error.column(), "a frame newer than this program");
            return;
        }
    };
    if let DeskFrame::Reply(reply) = &frame {
        return tell_refusal(app, reply);
    }
    let news = eyes.seen().apply(frame, Timestamp::now());
    for news in news {
        match news {
            News::Rings { call } => {
                pop::want(app, true);
                later.rings.push((Instant::now() + WAITS_FOR_NAME, call));
            }
            News::Missed { row } => tell_missed(app, eyes, &row),
            News::CaughtUp { missed } => tell_caught_up(app, missed),
        }
    }
}

/// Shows and hides the pop; it stays a while after the last call, and as long as somebody writes in it.
fn move_pop(app: &AppHandle, eyes: &Eyes, later: &mut Later) {
    if eyes.seen().wants_pop() {
        later.hide_pop = None;
        pop::want(app, false);
        return;
    }
    let pop = app.state::<Pop>();
    if !pop.is_wanted() || pop.is_entered() {
        later.hide_pop = None;
        return;
    }
    let now = Instant::now();
    let at = *later.hide_pop.get_or_insert(now + LINGERS);
    if at <= now {
        later.hide_pop = None;
        pop::leave(app);
    }
}

fn ring_what_waited(app: &AppHandle, eyes: &Arc<Eyes>, later: &mut Later) {
    let now = Instant::now();
    let (due, waiting): (Vec<_>, Vec<_>) = std::mem::take(&mut later.rings).into_iter().partition(|(at, call)| {
        *at <= now || eyes.seen().call(call).is_none_or(|call| call.card.status != CardStatus::Looking)
    });
    later.rings = waiting;
    for (_, call) in due {
        tell_ringing(app, eyes, &call);
    }
}

fn tell_ringing(app: &AppHandle, eyes: &Arc<Eyes>, id: &str) {
    let Some(call) = eyes.seen().call(id).cloned() else {
        return;
    };
    if !call.pops || windows::one_is_in_front(app) || is_hushed(app) {
        return;
    }
    let remembered = app.state::<Memory>().read();
    let notice = ringing(&call, remembered.language);
    if !remembered.notifications {
        return;
    }
    let eyes = Arc::clone(eyes);
    let id = id.to_owned();
    notices::show(app, notice, move |app| {
        // The card may have come, or somebody chosen, since the notification.
        let url = eyes.seen().call(&id).and_then(person_of).and_then(|person| person.open_url.clone());
        match url {
            Some(url) => cards::open(app, &url).unwrap_or_else(|error| {
                tracing::warn!(%error, "a card did not open");
                windows::show_desk(app);
            }),
            None => windows::show_desk(app),
        }
    });
}

fn tell_missed(app: &AppHandle, eyes: &Arc<Eyes>, id: &str) {
    let Some(row) = eyes.seen().missed(id).cloned() else {
        return;
    };
    let remembered = app.state::<Memory>().read();
    if !remembered.notifications || windows::one_is_in_front(app) || is_hushed(app) {
        return;
    }
    let notice = missed(&row, remembered.language);
    let eyes = Arc::clone(eyes);
    notices::show(app, notice, move |app| match row.number {
        Some(number) => eyes.ask(Do::Dial { number, extension: None, line: None, group: None }),
        None => windows::show_desk(app),
    });
}

/// Whether notifications keep quiet now. What they would have said stands in the desk's lists.
fn is_hushed(app: &AppHandle) -> bool {
    disturbing::silence(app).is_some_and(Silence::hushes_notices)
}

/// Rows of missed calls that were put off until now.
fn tell_what_is_due(app: &AppHandle, eyes: &Arc<Eyes>) {
    if is_hushed(app) {
        return;
    }
    let due = eyes.seen().take_due(Timestamp::now());
    let remembered = app.state::<Memory>().read();
    for row in due {
        if !remembered.notifications {
            continue;
        }
        let notice = due_again(&row, remembered.language);
        let eyes = Arc::clone(eyes);
        notices::show(app, notice, move |app| match row.number {
            Some(number) => eyes.ask(Do::Dial { number, extension: None, line: None, group: None }),
            None => windows::show_desk(app),
        });
    }
}

fn tell_caught_up(app: &AppHandle, missed: u32) {
    let remembered = app.state::<Memory>().read();
    // The window in front has a banner that says the same.
    if remembered.notifications && !windows::one_is_in_front(app) {
        notices::show(app, caught_up(missed, remembered.language), windows::show_desk);
    }
}

/// A click on a notification that the desk refused.
fn tell_refusal(app: &AppHandle, reply: &Reply) {
    let Some(error) = &reply.error else { return };
    let (title, body) = match app.state::<Memory>().read().language {
        Language::Ru => ("Не удалось перезвонить", error.message.clone()),
        Language::En => ("The call back was not made", in_english(error)),
    };
    let notice = Notice { about: About::Program, id: None, title: title.to_owned(), body, button: None };
    notices::show(app, notice, windows::show_desk);
}

/// Why a call back was refused; the desk's own sentence is Russian.
fn in_english(error: &RequestError) -> String {
    let why = match error.code {
        ErrorCode::BadNumber => "This number cannot be called",
        ErrorCode::NoExtension => "This workstation has no extension: enter it in the settings",
        ErrorCode::NotConfigured => "MANGO is not set up: open the settings",
        ErrorCode::VpbxRefused => "MANGO refused the command",
        ErrorCode::VpbxDown => "MANGO is unreachable: the call did not go out",
        ErrorCode::VpbxUnclear => "It is unknown whether the call went out: look at your phone before you call again",
        ErrorCode::VpbxQuiet => "Commands are paused after refusals: call from the phone itself",
        ErrorCode::LogFailing => "The call log cannot be written: check the disk space",
        ErrorCode::Busy => "Too many requests at once: try again in a few seconds",
        ErrorCode::UnknownRequest
        | ErrorCode::BadRequest
        | ErrorCode::NotFound
        | ErrorCode::DirectoryDown
        | ErrorCode::DirectoryRefused
        | ErrorCode::NotNow
        | ErrorCode::NotReady => "It is not possible now",
    };
    match error.vpbx_result {
        Some(code) => format!("{why}: {} (code {code})", Code(code).english()),
        None => why.to_owned(),
    }
}

async fn ask(app: &AppHandle, session: Option<&Session>, what: Do) {
    let request = serde_json::to_value(&what).ok().and_then(|what| {
        let id = format!("shell-{}", uuid::Uuid::new_v4());
        let (name, with) = (what.get("do")?.as_str()?.to_owned(), what.get("with").cloned());
        text_of(&ClientFrame::Request(Request { id, what: name, with: with.unwrap_or_else(|| json!({})) }))
    });
    let is_sent = match (session, request) {
        (Some(session), Some(request)) => session.send(request).await.is_ok(),
        (_, _) => false,
    };
    if !is_sent {
        windows::show_desk(app);
    }
}

fn text_of(frame: &ClientFrame) -> Option<String> {
    serde_json::to_string(frame).ok()
}

fn say_in_tray(app: &AppHandle, host: &Host, eyes: &Eyes) {
    let Some(tray) = app.try_state::<Tray>() else {
        return;
    };
    let known = host.known();
    let language = app.state::<Memory>().read().language;
    let seen = eyes.seen();
    let why_not = known.why_not.as_ref().map(|why| why.message(language));
    let said = tray::truth(seen.desk(), why_not, host.is_rehearsing(), language, &TimeZone::system());
    drop(seen);
    let silence = disturbing::silence(app).map(|silence| tray::silence_words(silence, language, &TimeZone::system()));
    tray.say(tray::Truth { silence, ..said });
}

/// What the notification of a ringing call says.
fn ringing(call: &Call, language: Language) -> Notice {
    let (hidden, title, several, button) = match language {
        Language::Ru => ("Номер скрыт", "Звонок", "Несколько пациентов с этим номером", "Открыть карту"),
        Language::En => ("Hidden number", "Call", "Several patients with this number", "Open the card"),
    };
    let number = call.number_display.as_deref().or(call.number.as_deref()).unwrap_or(hidden);
    let who = match person_of(call) {
        Some(person) => person.full_name.clone(),
        None if call.card.status == CardStatus::Several => several.to_owned(),
        None => String::new(),
    };
    Notice {
        about: About::Ringing,
        id: Some(call.id.clone()),
        title: format!("{title}: {number}"),
        body: who,
        button: Some(button.to_owned()),
    }
}

/// What the notification of a missed call says.
fn missed(row: &Missed, language: Language) -> Notice {
    let (hidden, title, times, button) = match language {
        Language::Ru => ("номер скрыт", "Пропущенный звонок", "звонков", "Перезвонить"),
        Language::En => ("hidden number", "Missed call", "calls", "Call back"),
    };
    let number = row.number_display.as_deref().or(row.number.as_deref()).unwrap_or(hidden);
    let who = row.person.as_ref().map(|person| format!("{}\n", person.full_name)).unwrap_or_default();
    let count = if row.count > 1 { format!(" ({times}: {})", row.count) } else { String::new() };
    Notice {
        about: About::Missed,
        id: Some(row.id.clone()),
        title: title.to_owned(),
        body: format!("{who}{number}{count}"),
        button: row.number.as_ref().map(|_| button.to_owned()),
    }
}

/// What the notification of a row says that was put off until now.
fn due_again(row: &Missed, language: Language) -> Notice {
    let title = language.of("Пора перезвонить", "Time to call back");
    Notice { title: title.to_owned(), ..missed(row, language) }
}

/// What the notification says once it is known what happened while the desk did not listen.
fn caught_up(missed: u32, language: Language) -> Notice {
    let (title, body, button) = match language {
        Language::Ru => {
            let words = desk::russian(missed.into(), "пропущенный", "пропущенных", "пропущенных");
            ("Пока Callpop не работал", format!("За время простоя: {missed} {words}"), "Показать")
        }
        Language::En => {
            let words = if missed == 1 { "call" } else { "calls" };
            ("While Callpop was not running", format!("{missed} missed {words}"), "Show")
        }
    };
    Notice { about: About::Program, id: None, title: title.to_owned(), body, button: Some(button.to_owned()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_slept_through_is_one_sentence() {
        assert_eq!(caught_up(1, Language::Ru).body, "За время простоя: 1 пропущенный");
        assert_eq!(caught_up(7, Language::Ru).body, "За время простоя: 7 пропущенных");
        assert_eq!(caught_up(1, Language::En).body, "1 missed call");
    }

    #[test]
    fn a_refusal_is_told_in_english_with_the_code_of_the_pbx() {
        let error =
            |code, vpbx_result| RequestError {
                code, message: "по-русски".to_owned(), vpbx_result, until: None
            };
        assert_eq!(in_english(&error(ErrorCode::BadNumber, None)), "This number cannot be called");
        assert_eq!(
            in_english(&error(ErrorCode::VpbxRefused, Some(1121))),
            "MANGO refused the command: Busy (code 1121)"
        );
    }
}
