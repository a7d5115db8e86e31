//! When the window comes up and when it keeps quiet, whose desk it is today, and the number in the clipboard.

use std::io::Write as _;
use std::process::Stdio;
use std::time::Duration;

use callpop_tests::{Incoming, eventually};
use fantoccini::Locator;
use serde_json::{Value, json};

use super::clinic::{Clinic, Window};
use super::{css, search, xdotool};

/// What the pop's window is called.
const POP: &str = "^Callpop: ";
/// Long enough for a pop that comes up to be on screen; it takes a tenth of this.
const A_WHILE: Duration = Duration::from_millis(1_500);

impl Clinic {
    /// The user's own habits, as the program remembers them.
    fn remember(&self, remembered: &Value) {
        let data = self.folder.path().join("data");
        std::fs::create_dir_all(&data).expect("the data folder");
        std::fs::write(data.join("window.json"), remembered.to_string()).expect("the memory is written");
    }

    fn pop_is_shown(&self) -> bool {
        search(&self.desktop, POP).is_some()
    }

    async fn until_the_pop_is(&self, shown: bool) {
        let what = if shown { "the pop is shown" } else { "the pop is gone" };
        eventually(what, || async { (self.pop_is_shown() == shown).then_some(()) }).await;
    }

    /// Says on the session's bus that the screen is locked, or no longer.
    fn lock_screen(&self, is_locked: bool) {
        let mut tell = self.desktop.command("dbus-send");
        tell.args(["--session", "--type=signal", "/org/freedesktop/ScreenSaver"]);
        tell.args(["org.freedesktop.ScreenSaver.ActiveChanged", &format!("boolean:{is_locked}")]);
        assert!(tell.status().expect("dbus-send runs").success());
    }

    /// Puts a text into the clipboard, as another program does.
    fn copy(&self, text: &str) {
        let mut tool = self.desktop.command("xclip");
        let mut tool = tool.args(["-selection", "clipboard"]).stdin(Stdio::piped()).spawn().expect("xclip starts");
        tool.stdin.take().expect("it is piped").write_all(text.as_bytes()).expect("it reads");
        assert!(tool.wait().expect("it ends").success());
    }

    /// A call rings, and the desk's window shows that it does.
    async fn ring(&self, window: &Window, number: &str) {
        self.pbx.deliver(&Incoming::new(number).ago(0).appeared()).await;
        window.text_when("live-row", |text| text.contains(&number[7..9])).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn with_the_pop_off_nothing_comes_up_and_calling_by_a_click_goes_on() {
    let clinic = Clinic::set_up().await;
    clinic.remember(&json!({"manners": {"pops": false}}));
    let window = clinic.open("desk").await;
    clinic.until_listening().await;
    assert!(window.text("silence").await.contains("выключены"));
    clinic.ring(&window, "79005550101").await;
    tokio::time::sleep(A_WHILE).await;
    assert!(!clinic.pop_is_shown(), "it came up all the same");
    clinic.pbx.deliver_all(&Incoming::new("79005550102").unanswered()).await;
    window.click("[data-testid=\"missed-row\"] [data-testid=\"call-back\"]").await;
    assert_eq!(clinic.api.until_received(1).await[0].json["to_number"], "79005550102");
    window.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pause_hides_the_pop_and_its_end_brings_it_back() {
    let (clinic, window) = Clinic::at_work("desk").await;
    clinic.ring(&window, "79005550101").await;
    clinic.until_the_pop_is(true).await;
    window.click("pause-open").await;
    window.click("pause-choice").await;
    clinic.until_the_pop_is(false).await;
    assert!(window.text("silence").await.contains("Пауза"));
    window.photograph("paused").await;
    window.click("resume").await;
    clinic.until_the_pop_is(true).await;
    window.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_locked_screen_shows_no_patient() {
    let (clinic, window) = Clinic::at_work("desk").await;
    clinic.ring(&window, "79005550101").await;
    clinic.until_the_pop_is(true).await;
    clinic.lock_screen(true);
    clinic.until_the_pop_is(false).await;
    clinic.lock_screen(false);
    clinic.until_the_pop_is(true).await;
    window.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn quiet_hours_are_quiet() {
    let clinic = Clinic::set_up().await;
    // The whole day but a minute that is not now.
    let now = jiff::ZonedDateTime::now();
    let (from, to) = (now.hour(), (now.hour() + 23) % 24);
    let quiet = json!({"on": true, "from": format!("{from:02}:00"), "to": format!("{to:02}:59"), "days": [1, 2, 3, 4, 5, 6, 7]});
    clinic.remember(&json!({"manners": {"quiet": quiet}}));
    let window = clinic.open("desk").await;
    clinic.until_listening().await;
    assert!(window.text("silence").await.contains("Тихие часы"));
    clinic.ring(&window, "79005550101").await;
    tokio::time::sleep(A_WHILE).await;
    assert!(!clinic.pop_is_shown(), "it came up all the same");
    window.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_sits_here_today_calls_back_from_their_own_phone() {
    let clinic = Clinic::set_up().await;
    clinic.remember(&json!({"manners": {"hot_desk": true}}));
    let window = clinic.open("desk").await;
    clinic.until_listening().await;
    window.type_into("today-extension", "203").await;
    window.photograph("hot-desk").await;
    window.click("today-take").await;
    window.text_when("[id=\"app\"] h1", |text| text.contains("203")).await;
    clinic.pbx.deliver_all(&Incoming::new("79005550102").unanswered()).await;
    window.click("[data-testid=\"missed-row\"] [data-testid=\"call-back\"]").await;
    assert_eq!(clinic.api.until_received(1).await[0].json["from"]["extension"], "203");
    // What rings at 203 pops here now, and what rings at 201 does not.
    clinic.pbx.deliver(&Incoming::new("79005550101").ago(0).to("203").appeared()).await;
    clinic.until_the_pop_is(true).await;
    window.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_number_in_the_clipboard_is_called_by_a_key_and_enter() {
    let (clinic, window) = Clinic::at_work("desk").await;
    clinic.copy("Сидорова А. Л., тел. 8 (900) 555-01-02");
    // The window is there before its keys are.
    eventually("the key is heard", || async {
        xdotool(&clinic.desktop, &["key", "ctrl+alt+n"]);
        tokio::time::sleep(A_WHILE).await;
        window.client.find(Locator::Css(&css("dial-bar"))).await.ok().map(drop)
    })
    .await;
    let bar = window.text("dial-bar").await;
    assert!(bar.contains("+7 900 555-01-02"), "{bar}");
    tokio::time::sleep(A_WHILE).await;
    assert_eq!(clinic.api.received().len(), 0, "nothing is dialled by itself");
    window.has_the_keyboard("[data-testid=\"dial-bar\"] button").await;
    xdotool(&clinic.desktop, &["key", "Return"]);
    xdotool(&clinic.desktop, &["key", "Return"]);
    let received = clinic.api.until_received(1).await;
    assert_eq!(received[0].json["to_number"], "79005550102");
    tokio::time::sleep(A_WHILE).await;
    assert_eq!(clinic.api.received().len(), 1, "one number, one command");
    window.close().await;
}
