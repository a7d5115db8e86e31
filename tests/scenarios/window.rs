//! The real window. Needs an X server, a web view and their drivers (`cargo xtask test` installs them); every test
//! starts a desktop of its own, with its own D-Bus session and its own keyring.

/// What a receptionist does with a call, by the window's buttons.
mod acting;
/// What is done between the rings.
mod at_the_desk;
/// A clinic's computer, and the window under its driver.
mod clinic;
/// A whole day in the window: frames and memory, measured.
mod day;
/// From an empty profile to the rehearsal's card.
mod first_run;
/// When the window disturbs.
mod manners;
/// How fast it is, and what it costs.
mod pace;
mod patients;

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use callpop_tests::{Incoming, Poster, Story, eventually, program, workspace};
use clinic::{Clinic, Owned, Window, css};
use fantoccini::Locator;
use serde_json::{Value, json};
use xtask::desktop::Desktop;

/// The shipped patients, family name first, in lower case.
fn shipped_names() -> Vec<String> {
    let csv = workspace().join("src-tauri/crates/directory/rehearsal/patients.csv");
    let text = std::fs::read_to_string(&csv).unwrap_or_else(|error| panic!("{}: {error}", csv.display()));
    let names = text.lines().skip(1).filter_map(|line| {
        let fields: Vec<&str> = line.split(',').take(5).collect();
        let [_, _, family, given, _] = fields[..] else { return None };
        Some(format!("{family} {given}").to_lowercase())
    });
    names.collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rehearsal_brings_a_patients_name_on_screen() {
    let desktop = Desktop::start().unwrap_or_else(|error| panic!("{error:#}"));
    let window = Window::open(&desktop, &["--rehearsal", "--open", "pop"].map(str::to_owned)).await;
    let shown = window.text_when("pop-card", |text| !text.is_empty()).await;
    let card = window
        .text_when("pop-card", |text| {
            let text = text.to_lowercase().replace('\n', " ");
            shipped_names().iter().any(|name| text.contains(name))
        })
        .await;
    assert!(card.contains("+7"), "{shown} … {card}");
    window.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_second_of_a_family_can_be_chosen() {
    let (clinic, window) = Clinic::at_work("pop").await;
    let call = Incoming::new("79005550101").ago(0);
    clinic.pbx.deliver(&call.appeared()).await;
    let second = window.text("[data-testid=\"person-2\"] .name").await;
    assert!(["Иванов Иван Сергеевич", "Иванова Мария Петровна"].contains(&second.as_str()), "{second}");
    window.click("person-2").await;
    let words: Vec<String> = second.split(' ').map(str::to_lowercase).collect();
    window
        .text_when("pop-name", |name| {
            let name = name.to_lowercase();
            words.iter().all(|word| name.contains(word))
        })
        .await;
    window.text("person-1").await;
    window.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn calling_back_a_missed_call_sends_one_signed_command_and_says_how_it_goes() {
    let (clinic, window) = Clinic::at_work("desk").await;
    clinic.pbx.deliver_all(&Incoming::new("79005550102").unanswered()).await;
    let row = window.text_when("missed-row", |text| text.to_lowercase().contains("сидорова")).await;
    assert!(row.contains("+7 900 555-01-02"), "{row}");
    window.click("[data-testid=\"missed-row\"] [data-testid=\"call-back\"]").await;

    let received = clinic.api.until_received(1).await;
    assert!(received[0].is_signed, "{received:?}");
    assert_eq!(received[0].json["to_number"], "79005550102");
    assert_eq!(received[0].json["from"]["extension"], "201");
    let command = received[0].json["command_id"].as_str().expect("a command").to_owned();
    let story = Story::load("5-6").of_command(&command).of_caller("79005550102");
    let mut told = Vec::new();
    for (event, state) in story.events.iter().zip(["ringing_us", "", "", "", "ringing_them", "talking"]) {
        clinic.pbx.deliver(event).await;
        if !state.is_empty() {
            told.push(window.text(&format!("[data-testid=\"dial-state\"][data-state=\"{state}\"]")).await);
        }
    }
    told.dedup();
    assert_eq!(told.len(), 3, "three different sentences: {told:?}");
    assert!(told[2].contains("азгов"), "it says that they talk: {told:?}");
    assert_eq!(clinic.api.received().len(), 1, "one click, one command");
    window.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn saved_secrets_are_in_the_keyring_and_nowhere_else() {
    const TYPED_KEY: &str = "typedCanaryKey000000000000000042";
    const TYPED_SALT: &str = "typedCanarySalt00000000000000042";
    let clinic = Clinic::new().await;
    let window = clinic.open("settings").await;
    window.type_into("field-api-key", TYPED_KEY).await;
    window.type_into("field-api-salt", TYPED_SALT).await;
    window.type_into("field-extension", "207").await;
    window.click("save").await;
    window.text("[data-testid=\"save-state\"][data-state=\"saved\"]").await;

    assert_eq!(clinic.secret("vpbx-api-key"), TYPED_KEY);
    assert_eq!(clinic.secret("vpbx-api-salt"), TYPED_SALT);
    let settings = std::fs::read_to_string(clinic.folder.path().join("settings.toml")).expect("the settings");
    assert!(settings.contains("\"207\""), "{settings}");
    let page = window.client.source().await.expect("the page");
    assert!(!page.contains(TYPED_SALT), "the page keeps the salt");

    // The desk runs with them at once: the PBX's post is accepted.
    clinic.until_listening().await;
    let pbx = Poster::with_account(clinic.pbx.base(), TYPED_KEY, TYPED_SALT);
    eventually("a signed post is accepted", || async {
        let event = Incoming::new("79005550101").to("207").appeared();
        let answer = pbx.try_post_body(&event.path, pbx.signed(&event.json.to_string())).await;
        answer.is_ok_and(|answer| answer.status() == 200).then_some(())
    })
    .await;
    window.close().await;
    for folder in [clinic.folder.path(), clinic.desktop.home()] {
        for file in files_below(folder) {
            let bytes = std::fs::read(&file).unwrap_or_default();
            for secret in [TYPED_KEY, TYPED_SALT] {
                let found = bytes.windows(secret.len()).any(|window| window == secret.as_bytes());
                assert!(!found, "a secret is readable in {}", file.display());
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_locked_keyring_is_a_notice_and_no_crash() {
    let clinic = Clinic::set_up().await;
    let mut lock = clinic.desktop.command("dbus-send");
    lock.args(["--session", "--print-reply", "--dest=org.freedesktop.secrets", "/org/freedesktop/secrets"]);
    lock.args(["org.freedesktop.Secret.Service.Lock", "array:objpath:/org/freedesktop/secrets/aliases/default"]);
    let locked = lock.output().expect("dbus-send runs");
    assert!(locked.status.success(), "{}", String::from_utf8_lossy(&locked.stderr));
    let window = clinic.open("settings").await;
    let notice = window.text("keyring").await;
    assert!(notice.contains("заперто") && notice.contains("Разблокируйте"), "{notice}");
    window.type_into("field-extension", "208").await;
    window.click("save").await;
    // What needs no secret is saved all the same.
    eventually("the extension is saved", || async {
        let settings = std::fs::read_to_string(clinic.folder.path().join("settings.toml")).ok()?;
        settings.contains("\"208\"").then_some(())
    })
    .await;
    window.close().await;
}

fn files_below(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    entries
        .flat_map(|entry| match entry.file_type() {
            Ok(kind) if kind.is_dir() => files_below(&entry.path()),
            Ok(kind) if kind.is_file() => vec![entry.path()],
            Ok(_) | Err(_) => Vec::new(),
        })
        .collect()
}

/// Invariant 10 of the design: the window never steals the keyboard and never loses a typed character.
#[tokio::test(flavor = "multi_thread")]
async fn who_types_elsewhere_while_a_call_pops_loses_no_character() {
    let clinic = Clinic::set_up().await;
    let mut app = clinic.desktop.command(program("callpop"));
    let log = File::create(clinic.folder.path().join("app.log")).expect("a log");
    app.args(clinic.arguments("pop")).arg("--hidden").stdin(Stdio::null()).stdout(Stdio::null()).stderr(log);
    let _app = Owned(app.spawn().expect("the app starts"));
    clinic.until_listening().await;
    // The MIS that she types into.
    let typed = clinic.folder.path().join("typed.txt");
    let mut other = clinic.desktop.command("stdbuf");
    other.args(["-oL", "xev", "-event", "keyboard", "-name", "MIS"]).stdin(Stdio::null()).stderr(Stdio::null());
    let _other = Owned(other.stdout(File::create(&typed).expect("a file")).spawn().expect("xev starts"));
    let mis = eventually("the other window", || async { search(&clinic.desktop, "^MIS$") }).await;
    xdotool(&clinic.desktop, &["windowactivate", "--sync", &mis]);

    let text = "the quick brown fox jumps over the lazy dog 0123456789 ".repeat(8);
    let mut typing =
        Owned(clinic.desktop.command("xdotool").args(["type", "--delay", "15", &text]).spawn().expect("xdotool"));
    eventually("the first characters", || async { (received_text(&typed).len() > 5).then_some(()) }).await;
    for number in ["79005550101", "79005550102", "79005550103"] {
        clinic.pbx.deliver(&Incoming::new(number).ago(0).appeared()).await;
    }
    eventually("the call pops", || async { search(&clinic.desktop, "^Callpop: ") }).await;
    assert!(matches!(typing.0.try_wait(), Ok(None)), "it popped while she typed");
    let ended = tokio::task::spawn_blocking(move || typing.0.wait().is_ok_and(|status| status.success()));
    assert!(ended.await.expect("xdotool is waited for"));
    eventually("every character", || async { (received_text(&typed).len() >= text.len()).then_some(()) }).await;
    assert_eq!(received_text(&typed), text);
    assert_eq!(xdotool(&clinic.desktop, &["getactivewindow"]), mis, "she is still in her window");
}

/// The first visible window whose title fits.
fn search(desktop: &Desktop, title: &str) -> Option<String> {
    let found = xdotool(desktop, &["search", "--onlyvisible", "--name", title]);
    found.lines().next().map(str::to_owned)
}

fn xdotool(desktop: &Desktop, arguments: &[&str]) -> String {
    let mut command: Command = desktop.command("xdotool");
    let output = command.args(arguments).output().expect("xdotool runs");
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

/// The characters of the key presses that `xev` told of.
fn received_text(file: &Path) -> String {
    let told = std::fs::read_to_string(file).unwrap_or_default();
    let presses = told.split("\n\n").filter(|event| event.trim_start().starts_with("KeyPress event"));
    let texts = presses.filter_map(|event| {
        let line = event.lines().find(|line| line.contains("XLookupString gives 1 bytes"))?;
        line.split_once(") \"")?.1.strip_suffix('"')
    });
    texts.collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_note_written_during_the_call_is_kept() {
    let (clinic, window) = Clinic::at_work("pop").await;
    let call = Incoming::new("79005550102").ago(0);
    clinic.pbx.deliver_all(&[call.appeared(), call.connected()]).await;
    window.click("note-open").await;
    window.type_into("note", "Просила перезвонить после обеда").await;
    // A second call does not disturb what is being written.
    clinic.pbx.deliver(&Incoming::new("79005550199").ago(0).appeared()).await;
    window.text_when("[data-phase=\"ringing\"]", |_| true).await;
    let field = window.client.find(Locator::Css(&css("note"))).await.expect("the note field");
    let written: Value = json!(field.prop("value").await.expect("its text"));
    assert_eq!(written, "Просила перезвонить после обеда");
    window.click("note-save").await;
    window.text_when("[data-phase=\"talking\"]", |text| text.contains("Просила перезвонить после обеда")).await;
    window.close().await;
}
