//! What a receptionist does between the rings: missed calls, words about a call, history and the day's numbers.

use std::path::Path;
use std::time::Duration;

use callpop_tests::{Incoming, eventually};
use fantoccini::Locator;

use super::clinic::{Clinic, Window, css};
use super::{files_below, xdotool};

/// A note may lose its last second; this is longer.
const MORE_THAN_A_SECOND: Duration = Duration::from_millis(1_300);

/// Finds what is named, and gives it the keyboard.
async fn focus(window: &Window, name: &str) {
    window.text_when(name, |_| true).await;
    let focus = format!("document.querySelector({:?}).focus()", css(name));
    window.client.execute(&focus, Vec::new()).await.unwrap_or_else(|error| panic!("{name}: {error}"));
    window.has_the_keyboard(name).await;
}

/// Waits until nothing of this name is there.
async fn until_gone(window: &Window, name: &str) {
    let selector = css(name);
    eventually(&format!("{name} is gone"), || async {
        let found = window.client.find_all(Locator::Css(&selector)).await.ok()?;
        found.is_empty().then_some(())
    })
    .await;
}

/// Ends the app as a power cut does.
fn cut_the_power(clinic: &Clinic) {
    let folder = clinic.folder.path().display().to_string();
    let mut kill = clinic.desktop.command("pkill");
    assert!(kill.args(["-9", "-f", &format!("callpop .*{folder}")]).status().expect("pkill runs").success());
}

fn ends_with(path: &Path, ending: &str) -> bool {
    path.extension().is_some_and(|found| found == ending)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_missed_call_is_claimed_and_put_off_by_keys_and_closes_itself() {
    let (clinic, window) = Clinic::at_work("desk").await;
    clinic.pbx.deliver_all(&Incoming::new("79005550102").unanswered()).await;
    window.text_when("missed-row", |text| text.to_lowercase().contains("сидорова")).await;
    focus(&window, "[data-testid=\"missed-row\"] [data-pick]").await;
    xdotool(&clinic.desktop, &["key", "c"]);
    window.text("claimed-by").await;
    window.photograph("claimed").await;
    xdotool(&clinic.desktop, &["key", "p"]);
    // The first button has it: in a quarter of an hour.
    window.has_the_keyboard("[data-testid=\"postpone-panel\"] button").await;
    xdotool(&clinic.desktop, &["key", "Return"]);
    window.text("postponed").await;
    until_gone(&window, "missed-row").await;

    // She calls again and gets through: nobody needs to call back any more.
    clinic.pbx.deliver_all(&Incoming::new("79005550102").ago(0).answered()).await;
    until_gone(&window, "postponed").await;
    let closed = window.text_when("closed-row", |_| true).await;
    window.photograph("got-through").await;
    window.close().await;
    assert_eq!(clinic.api.received().len(), 0, "nobody was called: {closed}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_note_survives_a_power_cut_while_it_is_typed() {
    let (clinic, window) = Clinic::at_work("pop").await;
    let call = Incoming::new("79005550102").ago(0);
    clinic.pbx.deliver_all(&[call.appeared(), call.connected()]).await;
    window.click("note-open").await;
    window.type_into("note", "Просила перезвонить после обеда").await;
    tokio::time::sleep(MORE_THAN_A_SECOND).await;
    let field = window.client.find(Locator::Css(&css("note"))).await.expect("the field");
    field.send_keys(" и ещё сло").await.expect("it takes text");
    cut_the_power(&clinic);
    drop(window);

    let window = clinic.open("desk").await;
    window.text_when("[id=\"app\"]", |text| text.contains("Просила перезвонить после обеда")).await;
    window.photograph("after-a-power-cut").await;
    window.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_outcome_is_chosen_by_a_key_and_stands_on_the_next_card() {
    let (clinic, window) = Clinic::at_work("pop").await;
    let call = Incoming::new("79005550102").ago(0);
    clinic.pbx.deliver(&call.appeared()).await;
    window.text_when("[data-phase=\"ringing\"]", |_| true).await;
    clinic.pbx.deliver_all(&call.answered()[1..]).await;
    let card = "[data-phase=\"ended\"]";
    let first = format!("{card} [data-testid=\"outcome\"]");
    window.text(&first).await;
    let choice = window.client.find(Locator::Css(&first)).await.expect("the first outcome");
    let name = choice.attr("data-name").await.expect("an element").expect("a choice has a name");
    window.click("note").await;
    window.has_the_keyboard("note").await;
    xdotool(&clinic.desktop, &["key", "alt+1"]);
    window.text_when("[data-testid=\"outcome\"][aria-pressed=\"true\"]", |text| text.contains(&name)).await;
    window.photograph("outcome").await;
    xdotool(&clinic.desktop, &["key", "ctrl+Return"]);
    window.text_when(&format!("{card} [data-testid=\"kept\"]"), |text| text.contains(&name)).await;

    clinic.pbx.deliver(&Incoming::new("79005550102").ago(0).appeared()).await;
    // Its lines are cut after the third by a kind of box whose text the driver does not read.
    let said = "[data-phase=\"ringing\"] [data-testid=\"last-words\"]";
    let wait = window.client.wait();
    let said = wait.for_element(Locator::Css(said)).await.expect("the last words");
    let said = said.prop("textContent").await.expect("an element").unwrap_or_default();
    window.photograph("last-outcome").await;
    assert!(said.contains(&name), "{said}");
    window.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn history_is_searched_as_one_types_and_saved_as_a_table() {
    let (clinic, window) = Clinic::at_work("desk").await;
    for number in ["79005550101", "79005550102", "79005550177"] {
        clinic.pbx.deliver_all(&Incoming::new(number).unanswered()).await;
    }
    window.click("page-history").await;
    window.text_when("past-list", |text| text.contains("555-01-77")).await;
    // Real keys, as they come from a keyboard: the search has it when the page opens.
    window.has_the_keyboard("past-search").await;
    xdotool(&clinic.desktop, &["type", "0102"]);
    let list = window.text_when("past-list", |text| !text.contains("555-01-77")).await;
    assert!(list.to_lowercase().contains("сидорова"), "{list}");
    window.photograph("history").await;

    window.click("export-open").await;
    window.click("export-csv").await;
    window.text_when("export-state", |text| text.contains("csv")).await;
    let tables: Vec<_> = files_below(clinic.desktop.home()).into_iter().filter(|path| ends_with(path, "csv")).collect();
    assert_eq!(tables.len(), 1, "{tables:?}");
    let table = std::fs::read_to_string(&tables[0]).expect("the table");
    assert_eq!(table.trim().lines().count(), 2, "a head and the one that was found: {table}");
    assert!(table.contains("Сидорова") && table.contains("+7 900 555-01-02"), "{table}");
    window.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn from_the_card_to_the_persons_whole_story() {
    let (clinic, window) = Clinic::at_work("pop").await;
    clinic.pbx.deliver_all(&Incoming::new("79005550102").unanswered()).await;
    clinic.pbx.deliver(&Incoming::new("79005550102").ago(0).appeared()).await;
    window.click("[data-phase=\"ringing\"] [data-testid=\"story-link\"]").await;
    // The story is a page of the desk's window, which comes up for it.
    let story = eventually("the story", || async {
        for handle in window.client.windows().await.ok()? {
            window.client.switch_to_window(handle).await.ok()?;
            if let Ok(story) = window.client.find(Locator::Css(&css("story"))).await {
                return story.text().await.ok().filter(|text| text.contains("Сидорова"));
            }
        }
        None
    })
    .await;
    assert!(story.contains("+7 900 555-01-02"), "{story}");
    window.photograph("story").await;
    window.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_numbers_of_the_day_are_drawn() {
    let (clinic, window) = Clinic::at_work("desk").await;
    clinic.pbx.deliver_all(&Incoming::new("79005550101").unanswered()).await;
    clinic.pbx.deliver_all(&Incoming::new("79005550102").ago(20).answered()).await;
    window.click("page-numbers").await;
    window.text_when("tile-missed", |text| text.contains(" 1 ")).await;
    window.text_when("[data-testid=\"picture-hours\"]", |_| true).await;
    let drawn = window.client.find_all(Locator::Css("[data-testid=\"chart\"] svg path")).await.expect("pictures");
    assert!(drawn.len() > 5, "{} shapes", drawn.len());
    window.photograph("numbers").await;
    window.close().await;
}
