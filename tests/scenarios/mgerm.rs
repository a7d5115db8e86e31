//! MGERM behind the desk: the card comes from the index, also while the MIS is gone, and a visit is confirmed by one
//! click.

use callpop_tests::mgerm::{MgermDouble, Trouble, invented};
use callpop_tests::{Desk, DeskSetup, FeedClient, Incoming, eventually};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::{Value, json};

const TOKEN: &str = "tests-mgerm-token-77";

async fn double() -> MgermDouble {
    let zone = TimeZone::get("Europe/Moscow").expect("the clinic's time zone");
    let clinic = invented(zone.to_datetime(Timestamp::now()));
    MgermDouble::start("127.0.0.1:0".parse().expect("an address"), Some(TOKEN), clinic).await.expect("the double")
}

fn setup(double: &MgermDouble) -> DeskSetup {
    DeskSetup::new()
        .set("directory.kind", r#""mgerm""#)
        .set("directory.mgerm.base", &format!("{:?}", double.base()))
        .set("directory.mgerm.days_back", "6")
        .set("directory.mgerm.days_ahead", "6")
        .set("directory.mgerm.keep", r#""disk""#)
        .secret("CALLPOP_DIRECTORY_TOKEN", TOKEN)
}

async fn is_read(feed: &FeedClient) -> Value {
    eventually("the schedule is read", || async {
        let directory = feed.seen().desk["directory"].clone();
        let why = directory["why"].as_str().unwrap_or_default();
        (directory["state"] == "ok" && why.contains("индекс: ") && !why.contains("прочитано")).then_some(directory)
    })
    .await
}

async fn ring(desk: &Desk, number: &str) -> Incoming {
    let call = Incoming::new(number);
    desk.pbx().deliver(&call.appeared()).await;
    call
}

async fn card(feed: &FeedClient, call: &Incoming) -> Value {
    let is_last = |call: &Value| call["card"]["status"] != "looking" && call["card"]["more_to_come"] == false;
    feed.call(&call.entry, "has its last card", is_last).await["card"].clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_card_comes_while_the_mis_is_down() {
    let double = double().await;
    let desk = setup(&double).start();
    let feed = desk.feed().await;
    is_read(&feed).await;
    double.set(Trouble::Down).await;
    let call = ring(&desk, "79125550404").await;
    let found = card(&feed, &call).await;
    assert_eq!((found["status"].as_str(), found["source"].as_str()), (Some("found"), Some("mgerm")), "{found}");
    assert_eq!(found["people"][0]["full_name"], "СИДОРОВА Алёна Игоревна");
    assert_eq!(found["people"][0]["chart"], "0042");
    let why = found["why"].as_str().unwrap_or_default();
    assert!(why.contains("номер в карте: 8 (912) 555-04-04; совпали 10 цифр"), "{found}");
    // As soon as the reading has met it, the card says that what it shows is of earlier.
    let said = eventually("the card says that the MIS is gone", || async {
        let call = ring(&desk, "79125550404").await;
        let found = card(&feed, &call).await;
        found["why"].as_str().is_some_and(|why| why.contains("МИС не отвечает")).then_some(found)
    })
    .await;
    assert!(said["as_of"].is_string(), "{said}");
    let stranger = ring(&desk, "79005559999").await;
    let nobody = card(&feed, &stranger).await;
    assert_eq!(nobody["status"], "unknown", "{nobody}");
    assert!(nobody["why"].as_str().is_some_and(|why| why.contains("номера нет в расписании с ")), "{nobody}");
}

#[tokio::test(flavor = "multi_thread")]
async fn one_click_confirms_the_visit() {
    let double = double().await;
    let desk = setup(&double).start();
    let feed = desk.feed().await;
    let directory = is_read(&feed).await;
    assert_eq!(directory["can"]["confirm_visit"], true, "{directory}");
    let call = ring(&desk, "79005550101").await;
    let found = card(&feed, &call).await;
    let mother = &found["people"][0];
    assert_eq!(mother["full_name"], "ИВАНОВА Мария Петровна", "{found}");
    let visit = mother["next_visit"]["id"].as_str().expect("the visit has an id").to_owned();
    feed.ok("confirm_visit", json!({"visit": visit, "yes": true})).await;
    let id = visit.parse().expect("a number");
    assert_eq!(double.clinic().visit(id).and_then(|visit| visit.confirmed), Some(true));
    assert_eq!(double.count("appointmentCallHistory.php"), 1);
    feed.call(&call.entry, "shows it", |call| call["card"]["people"][0]["next_visit"]["confirmed"] == true).await;

    double.set(Trouble::CutAfterChange).await;
    let error = feed.refused("confirm_visit", json!({"visit": visit, "yes": false})).await;
    assert!(error.to_string().contains("проверьте в МИС"), "{error}");
    assert_eq!(double.count("appointmentCallHistory.php"), 2, "sent once");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_index_outlives_a_restart() {
    let double = double().await;
    let desk = setup(&double).start();
    let feed = desk.feed().await;
    is_read(&feed).await;
    let kept = desk.home().join("data/directory/mgerm.index");
    eventually("it is kept", || async { kept.exists().then_some(()) }).await;
    drop(feed);
    double.set(Trouble::Down).await;
    let desk = desk.restart();
    let feed = desk.feed().await;
    eventually("it is there again", || async {
        (feed.seen().desk["directory"]["people"].as_u64() >= Some(8)).then_some(())
    })
    .await;
    let call = ring(&desk, "+4930123456").await;
    assert_eq!(card(&feed, &call).await["people"][0]["full_name"], "ШМИДТ Клара");
}
