use callpop_tests::{Simulator, eventually};
use fantoccini::Locator;
use fantoccini::key::Key;

use super::clinic::{Clinic, Window, css};

/// The desk's row of the one live call.
fn in_row(name: &str) -> String {
    format!("[data-testid=\"live-row\"] [data-testid=\"{name}\"]")
}

/// A clinic whose receptionist talks with a patient, with her desk on screen.
async fn talking() -> (Clinic, Simulator, Window) {
    let (clinic, simulator) = Clinic::rehearsed().await;
    let window = clinic.open("desk").await;
    clinic.until_listening().await;
    simulator.direct("play/ring").await;
    window.text_when("live-row", |text| text.contains("+7 900 555-01-01")).await;
    eventually("201 answers", || async { (simulator.direct("answer/201").await["answered"] == true).then_some(()) })
        .await;
    window.text_when(&in_row("hang-up"), |_| true).await;
    (clinic, simulator, window)
}

async fn until_taken(simulator: &Simulator, commands: &[&str]) {
    eventually(&format!("the PBX took {commands:?}"), || async {
        (simulator.commands_taken().await == commands).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_is_transferred_by_the_colleagues_name() {
    let (_clinic, simulator, window) = talking().await;
    window.click(&in_row("transfer-open")).await;
    window.text_when("transfer-menu", |text| text.contains("203")).await;
    window.type_into("transfer-find", "202").await;
    window.text_when("transfer-menu", |text| text.contains("202") && !text.contains("203")).await;
    window.photograph("transfer").await;
    let field = window.client.find(Locator::Css(&css("transfer-find"))).await.expect("the field");
    field.send_keys(&Key::Enter.to_string()).await.expect("Enter");
    until_taken(&simulator, &["commands/transfer"]).await;
    window.text_when("live-row", |text| text.contains("говорит с 202")).await;
    window.photograph("transferred").await;
    window.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_colleague_is_asked_first_and_joined_with_the_patient() {
    let (_clinic, simulator, window) = talking().await;
    window.click(&in_row("transfer-open")).await;
    window.type_into("transfer-find", "202").await;
    window.text_when("transfer-menu", |text| text.contains("202") && !text.contains("203")).await;
    // For a moment after it opens the menu takes no click: a double click must not fall through.
    window.click("talk-first").await;
    window.text_when(&format!("{}:not(:disabled)", in_row("complete-transfer")), |_| true).await;
    window.photograph("consult").await;
    window.click(&in_row("complete-transfer")).await;
    until_taken(&simulator, &["commands/transfer", "commands/calls_connect"]).await;
    window.text_when("live-row", |text| text.contains("говорит с 202")).await;
    window.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_caller_in_the_queue_is_taken() {
    let (clinic, simulator) = Clinic::rehearsed().await;
    let window = clinic.open("desk").await;
    clinic.until_listening().await;
    simulator.direct("play/queue-wait").await;
    window.text_when("live-row", |text| text.contains("очеред")).await;
    window.photograph("queue").await;
    window.click(&in_row("take")).await;
    until_taken(&simulator, &["commands/route"]).await;
    eventually("201 rings and answers", || async {
        (simulator.direct("answer/201").await["answered"] == true).then_some(())
    })
    .await;
    window.text_when(&in_row("hang-up"), |_| true).await;
    window.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_is_held_and_the_phone_takes_it_back() {
    let (_clinic, simulator, window) = talking().await;
    window.click(&in_row("more-actions")).await;
    window.click(&in_row("hold")).await;
    until_taken(&simulator, &["commands/call/hold/on"]).await;
    window.text_when("held-hint", |text| text.contains("телефон")).await;
    window.photograph("held").await;
    assert_eq!(simulator.direct("unhold/201").await["unheld"], true);
    window.text_when(&in_row("transfer-open"), |_| true).await;
    window.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_is_sent_during_the_call_and_its_delivery_told() {
    let (_clinic, simulator, window) = talking().await;
    window.click(&in_row("more-actions")).await;
    window.click(&in_row("sms-open")).await;
    window.click("sms-template").await;
    window.text_when("sms-left", |text| text.contains("осталось")).await;
    window.photograph("message").await;
    window.click("sms-send").await;
    until_taken(&simulator, &["commands/sms"]).await;
    window.text_when("sms", |text| text.contains("доставлено")).await;
    window.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_recording_is_played_in_the_window() {
    let (clinic, simulator) = Clinic::rehearsed().await;
    let window = clinic.open("desk").await;
    clinic.until_listening().await;
    simulator.direct("play/recorded?instantly=1").await;
    window.text_when("today-row", |text| text.contains("поговорили")).await;
    window.click("listen").await;
    // It really plays: the time goes on, in the web view's own player.
    let played = |text: &str| !text.starts_with("00:00") && text.contains('/');
    window.text_when("player-time", played).await;
    window.photograph("recording").await;
    window.close().await;
}
