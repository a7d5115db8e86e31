use callpop_tests::{Incoming, KEY, SALT, eventually};
use fantoccini::Locator;

use super::clinic::{Clinic, Window, css};

async fn at(window: &Window, step: &str) {
    window.text(&format!("[data-testid=\"first-run\"][data-step=\"{step}\"]")).await;
}

async fn is(window: &Window, step: &str, state: &str) {
    window.text(&format!("[data-testid=\"step-{step}\"][data-state=\"{state}\"]")).await;
}

/// The pop is a window of its own: the driver is moved to it.
async fn text_in_the_pop(window: &Window) -> String {
    eventually("the rehearsal's card", || async {
        for handle in window.client.windows().await.ok()? {
            window.client.switch_to_window(handle).await.ok()?;
            if let Ok(card) = window.client.find(Locator::Css(&css("pop-card"))).await
                && let Ok(text) = card.text().await
                && super::shipped_names().iter().any(|name| text.to_lowercase().replace('\n', " ").contains(name))
            {
                return Some(text);
            }
        }
        None
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn an_empty_profile_comes_to_the_rehearsals_card() {
    let clinic = Clinic::empty().await;
    let window = clinic.open("settings").await;

    at(&window, "mango").await;
    window.type_into("field-api-base", &clinic.api.base()).await;
    window.type_into("field-api-key", KEY).await;
    window.type_into("field-api-salt", SALT).await;
    window.click("check-vpbx").await;
    is(&window, "mango", "good").await;
    assert_eq!(clinic.secret("vpbx-api-salt"), SALT);
    window.click("first-run-next").await;

    at(&window, "listener").await;
    let port = clinic.pbx.base().rsplit(':').next().and_then(|rest| rest.split('/').next()).expect("a port").to_owned();
    window.type_into("field-port", &port).await;
    window.click("check-listener").await;
    window.text_when("check-listener-report", |text| text.contains(&port)).await;
    clinic.until_listening().await;
    // Our own request opened no door; a signed post does.
    is(&window, "listener", "open").await;
    clinic.pbx.deliver(&Incoming::new("79005550101").ago(400).appeared()).await;
    is(&window, "listener", "good").await;
    window.photograph("first-run-listener").await;
    window.click("first-run-next").await;

    at(&window, "place").await;
    window.type_into("field-extension", "201").await;
    window.click("check-desk").await;
    is(&window, "place", "good").await;
    window.click("first-run-next").await;

    at(&window, "patients").await;
    let patients = clinic.folder.path().join("patients.csv");
    window.type_into("field-directory-path", &patients.display().to_string()).await;
    window.click("check-directory").await;
    is(&window, "patients", "good").await;
    window.click("first-run-next").await;

    at(&window, "last").await;
    window.click("first-run-call").await;
    let settings = window.client.window().await.expect("this window");
    let card = text_in_the_pop(&window).await;
    assert!(card.contains("+7"), "{card}");
    window.client.switch_to_window(settings).await.expect("back to the settings");
    window.click("first-run-seen").await;
    window.text("first-run-done").await;
    window.close().await;

    let kept = std::fs::read_to_string(clinic.folder.path().join("data/window.json")).expect("what is remembered");
    assert!(kept.contains("\"finished\": true"), "{kept}");
    let settings = std::fs::read_to_string(clinic.folder.path().join("settings.toml")).expect("the settings");
    assert!(settings.contains("extension = \"201\"") && !settings.contains(SALT), "{settings}");
}
