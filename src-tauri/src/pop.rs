//! The pop: a small window on top that never takes the keyboard by itself.
//!
//! It is shown without being activated. A hotkey or its note field enters it; Esc leaves it, and the window that
//! had the keyboard before gets it back.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tauri::{AppHandle, LogicalSize, Manager, Monitor, PhysicalPosition, PhysicalSize, WebviewWindow, WindowEvent};

use crate::disturbing;
use crate::keyboard::Former;
use crate::memory::Memory;
use crate::placement::{self, Area, Screen};
use crate::windows;

/// Logical pixels; the page says how high it is.
pub(crate) const WIDTH: f64 = 460.0;
/// Before the page has said anything.
pub(crate) const FIRST_HEIGHT: f64 = 260.0;
/// A page that says less than this is not painted yet.
const LEAST_HEIGHT: f64 = 80.0;
/// No card is higher than this; more calls scroll.
const MOST_HEIGHT: f64 = 1400.0;

/// Within this time after we put it somewhere, the window manager may still be putting it somewhere else.
const SETTLES: Duration = Duration::from_secs(1);

/// What the pop is doing.
#[derive(Default)]
pub(crate) struct Pop(Mutex<State>);

#[derive(Default)]
struct State {
    /// Whether a call wants it.
    is_wanted: bool,
    /// Whether it has the keyboard because somebody entered it.
    is_entered: bool,
    /// Whether its page has shown something since the last news. Only then can it have nothing left to show: a page
    /// that is still loading, or has not heard of the call yet, is empty too.
    has_filled: bool,
    /// Whether its page has nothing left to show.
    is_empty: bool,
    /// Whether it is on the screen.
    is_shown: bool,
    /// Who had the keyboard before.
    former: Option<Former>,
    /// Where we put it last, and when: a move to another place, later, is a person's.
    put_at: Option<((i32, i32), Instant)>,
}

impl Pop {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether a call wants it on the screen.
    pub(crate) fn is_wanted(&self) -> bool {
        self.state().is_wanted
    }

    /// Whether somebody entered it.
    pub(crate) fn is_entered(&self) -> bool {
        self.state().is_entered
    }
}

/// A call wants it on the screen: shows it in its place, without the keyboard. `is_news`: also when the page had
/// nothing to show a moment ago, because its last card was closed by hand.
pub(crate) fn want(app: &AppHandle, is_news: bool) {
    {
        let pop = app.state::<Pop>();
        let mut state = pop.state();
        if is_news || !state.is_wanted {
            state.is_empty = false;
            state.has_filled = false;
        }
        state.is_wanted = true;
    }
    follow(app);
}

/// No call wants it any more. Whoever had entered it gets the former window back.
pub(crate) fn leave(app: &AppHandle) {
    app.state::<Pop>().state().is_wanted = false;
    follow(app);
}

/// Forgets where the pop was dragged to, on every set of monitors, and puts it where it comes up by itself.
pub(crate) fn reset_place(app: &AppHandle) {
    app.state::<Memory>().change(|now| now.pop_places.clear());
    if let Some(window) = app.get_webview_window(windows::POP) {
        put(app, &window);
    }
}

/// Shows or hides the window as the state says.
pub(crate) fn follow(app: &AppHandle) {
    let Some(window) = app.get_webview_window(windows::POP) else {
        return;
    };
    let is_silent = disturbing::silence(app).is_some();
    let (is_due, was_shown) = {
        let pop = app.state::<Pop>();
        let mut state = pop.state();
        let is_due = state.is_wanted && !state.is_empty && !is_silent;
        (is_due, std::mem::replace(&mut state.is_shown, is_due))
    };
    if is_due != was_shown {
        tracing::debug!(shown = is_due, "the pop");
    }
    if is_due && !was_shown {
        put(app, &window);
        report("shown", window.show());
        // Window managers place a window anew when it is mapped.
        put(app, &window);
    } else if was_shown && !is_due {
        release(app);
        report("hidden", window.hide());
    }
}

/// Gives it the keyboard: the hotkey, or a click into the note field.
pub(crate) fn enter(app: &AppHandle) {
    let Some(window) = app.get_webview_window(windows::POP) else {
        return;
    };
    {
        let pop = app.state::<Pop>();
        let mut state = pop.state();
        if !state.is_shown {
            return;
        }
        if !state.is_entered {
            state.former = Former::now();
        }
        state.is_entered = true;
    }
    report("made focusable", window.set_focusable(true));
    report("focused", window.set_focus());
}

/// Takes the keyboard from it, and gives it back to the window that had it.
pub(crate) fn release(app: &AppHandle) {
    let Some(window) = app.get_webview_window(windows::POP) else {
        return;
    };
    let (was_entered, former, is_shown) = {
        let pop = app.state::<Pop>();
        let mut state = pop.state();
        (std::mem::take(&mut state.is_entered), state.former.take(), state.is_shown)
    };
    report("made unfocusable", window.set_focusable(false));
    if was_entered && !former.is_some_and(Former::give_back) && is_shown {
        // The system hands the keyboard to the window below when the one that has it goes.
        report("hidden", window.hide());
        report("shown", window.show());
        put(app, &window);
    }
}

/// The page's contents are this high, in logical pixels; 0: it has nothing to show.
pub(crate) fn set_height(app: &AppHandle, height: f64) {
    let Some(window) = app.get_webview_window(windows::POP) else {
        return;
    };
    if !height.is_finite() {
        return;
    }
    let is_empty = height < 1.0;
    tracing::debug!(height, "the pop's page needs");
    {
        let pop = app.state::<Pop>();
        let mut state = pop.state();
        state.is_empty = is_empty && state.has_filled;
        state.has_filled |= !is_empty;
    }
    if !is_empty {
        let size = LogicalSize::new(WIDTH, height.clamp(LEAST_HEIGHT, MOST_HEIGHT));
        report("resized", window.set_size(size));
        let scale = window.scale_factor().unwrap_or(1.0);
        put_sized(app, &window, size.to_physical(scale));
    }
    follow(app);
}

/// What the window tells: a drag is remembered, a lost keyboard is not taken back.
pub(crate) fn hear(app: &AppHandle, event: &WindowEvent) {
    #[expect(clippy::wildcard_enum_match_arm, reason = "the toolkit's events, of which two matter here")]
    match event {
        WindowEvent::Moved(to) => remember(app, *to),
        WindowEvent::Focused(false) => {
            let was_entered = {
                let pop = app.state::<Pop>();
                let mut state = pop.state();
                // The person went elsewhere by themselves: that window keeps the keyboard.
                state.former = None;
                std::mem::take(&mut state.is_entered)
            };
            if was_entered && let Some(window) = app.get_webview_window(windows::POP) {
                report("made unfocusable", window.set_focusable(false));
            }
        }
        _ => {}
    }
}

fn put(app: &AppHandle, window: &WebviewWindow) {
    if let Ok(size) = window.outer_size() {
        put_sized(app, window, size);
    }
}

fn put_sized(app: &AppHandle, window: &WebviewWindow, size: PhysicalSize<u32>) {
    let (screens, main) = screens(window);
    let remembered = app.state::<Memory>().read().pop_places.get(&placement::set_of(&screens)).copied();
    let Some((x, y)) = placement::place(&screens, main, remembered, sides(size)) else {
        return;
    };
    app.state::<Pop>().state().put_at = Some(((x, y), Instant::now()));
    report("placed", window.set_position(PhysicalPosition::new(x, y)));
}

fn remember(app: &AppHandle, to: PhysicalPosition<i32>) {
    let Some(window) = app.get_webview_window(windows::POP) else {
        return;
    };
    {
        let pop = app.state::<Pop>();
        let state = pop.state();
        let is_ours = state
            .put_at
            .is_none_or(|((x, y), when)| when.elapsed() < SETTLES || (x - to.x).abs() + (y - to.y).abs() <= 4);
        if !state.is_shown || is_ours {
            return;
        }
    }
    let Ok(size) = window.outer_size() else {
        return;
    };
    let (screens, _) = screens(&window);
    let (width, height) = sides(size);
    if let Some(place) = placement::remember(&screens, Area { x: to.x, y: to.y, width, height }) {
        let set = placement::set_of(&screens);
        app.state::<Memory>().change(|now| {
            now.pop_places.insert(set, place);
        });
    }
}

/// The monitors, and which of them is the main one.
fn screens(window: &WebviewWindow) -> (Vec<Screen>, usize) {
    let monitors = window.available_monitors().unwrap_or_default();
    let main = window.primary_monitor().ok().flatten();
    let main = main.and_then(|main| monitors.iter().position(|monitor| monitor.position() == main.position()));
    (monitors.iter().map(screen).collect(), main.unwrap_or(0))
}

fn screen(monitor: &Monitor) -> Screen {
    let area = |at: &PhysicalPosition<i32>, size: &PhysicalSize<u32>| {
        let (width, height) = sides(*size);
        Area { x: at.x, y: at.y, width, height }
    };
    let work = monitor.work_area();
    Screen {
        name: monitor.name().cloned().unwrap_or_default(),
        whole: area(monitor.position(), monitor.size()),
        work: area(&work.position, &work.size),
        scale: monitor.scale_factor(),
    }
}

fn sides(size: PhysicalSize<u32>) -> (i32, i32) {
    (i32::try_from(size.width).unwrap_or(i32::MAX), i32::try_from(size.height).unwrap_or(i32::MAX))
}

fn report(what: &str, result: tauri::Result<()>) {
    if let Err(error) = result {
        tracing::warn!(%error, "the pop was not {what}");
    }
}
