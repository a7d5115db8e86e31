//! «Пациенты (МИС)»: every kind of directory set up from nothing in the real window, its check seen to succeed and to
//! fail three ways.

use callpop_tests::mgerm::{MgermDouble, Trouble, invented};
use callpop_tests::{Mis, Mood};
use fantoccini::key::Key;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::json;

use super::clinic::{Clinic, Window};

const TOKEN: &str = "typed-directory-token-5150";

/// A computer whose settings say nothing about patients, with the settings window open.
async fn opened() -> (Clinic, Window) {
    let clinic = Clinic::set_up().await;
    let path = clinic.folder.path().join("settings.toml");
    let text = std::fs::read_to_string(&path).expect("the settings");
    let before = text.split("[directory]").next().expect("a beginning").to_owned();
    std::fs::write(&path, before).expect("the settings are written");
    let window = clinic.open("settings").await;
    clinic.until_listening().await;
    window.text("check-directory").await;
    (clinic, window)
}

/// Presses an element that may be drawn by something else than itself, as a radio button is.
async fn press(window: &Window, name: &str) {
    window.text_when("field-directory-kind", |_| true).await;
    let script = "const found = document.querySelector(`[data-testid=\"${arguments[0]}\"]`);
        (found.matches('input, button') ? found : found.querySelector('input') ?? found).click();";
    window.client.execute(script, vec![json!(name)]).await.unwrap_or_else(|error| panic!("{name}: {error}"));
}

/// Saves and checks; returns what the check says once it says it.
async fn check(window: &Window, ok: bool, says: &str) {
    window.text_when("[data-testid=\"check-directory\"]:not(:disabled)", |_| true).await;
    press(window, "check-directory").await;
    let report = format!("[data-testid=\"check-directory-report\"][data-ok=\"{ok}\"]");
    window.text_when(&report, |text| text.contains(says)).await;
}

async fn photograph(window: &Window, name: &str) {
    let script = "document.querySelector('[data-testid=\"check-directory-report\"]').scrollIntoView({ block: 'end' });";
    window.client.execute(script, Vec::new()).await.expect("it scrolls");
    window.photograph(name).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_is_set_up_from_nothing() {
    let (clinic, window) = opened().await;
    let file = |name: &str, bytes: &[u8]| {
        std::fs::write(clinic.folder.path().join(name), bytes).expect("the file is written");
    };
    file("no-phones.csv", "ФИО;Карта\nИванова Мария;1234/11\n".as_bytes());
    file("book.csv", b"PK\x03\x04 a workbook with another name");
    press(&window, "kind-file").await;
    window.type_into("field-directory-path", "patients.csv").await;
    check(&window, true, "Людей: 3").await;
    photograph(&window, "patients-file").await;
    for (path, says) in [("not-there.csv", "нет"), ("no-phones.csv", "Телефон"), ("book.csv", "Excel")] {
        window.type_into("field-directory-path", path).await;
        check(&window, false, says).await;
    }
    photograph(&window, "patients-file-fails").await;
    window.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn mgerm_is_set_up_from_nothing() {
    let zone = TimeZone::get("Europe/Moscow").expect("the clinic's time zone");
    let people = invented(zone.to_datetime(Timestamp::now()));
    let bind = "127.0.0.1:0".parse().expect("an address");
    let double = MgermDouble::start(bind, Some(TOKEN), people).await.expect("the double");
    let (clinic, window) = opened().await;
    press(&window, "kind-mgerm").await;
    window.type_into("field-mgerm-base", &double.base()).await;
    window.type_into("field-directory-token", "not the token").await;
    check(&window, false, "401").await;
    window.type_into("field-directory-token", TOKEN).await;
    check(&window, true, "Пациентов").await;
    assert_eq!(clinic.secret("directory-token"), TOKEN);
    photograph(&window, "patients-mgerm").await;
    window.type_into("try-number", "8 912 555-04-04").await;
    window.text_when("[data-testid=\"try\"]:not(:disabled)", |_| true).await;
    press(&window, "try").await;
    window.text_when("trial", |text| text.contains("СИДОРОВА")).await;
    double.set(Trouble::Html).await;
    check(&window, false, "HTML").await;
    photograph(&window, "patients-mgerm-fails").await;
    double.set(Trouble::Down).await;
    check(&window, false, "никто не слушает").await;
    window.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn fhir_is_set_up_from_nothing() {
    let mis = Mis::start().await;
    let (_clinic, window) = opened().await;
    press(&window, "kind-fhir").await;
    window.type_into("field-fhir-base", &mis.base()).await;
    check(&window, true, "4.0.1").await;
    photograph(&window, "patients-fhir").await;
    mis.set(Mood::Status(403));
    check(&window, false, "403").await;
    mis.set(Mood::Everybody);
    check(&window, false, "МИС не учитывает номер").await;
    photograph(&window, "patients-fhir-fails").await;
    drop(mis);
    check(&window, false, "никто не слушает").await;
    window.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_json_api_is_set_up_from_nothing() {
    const DESCRIPTION: &str = "dates = [\"%Y-%m-%d\"]\n\
        [look_up]\npath = \"Patient\"\nlist = \"$.entry\"\nquery = { phone = \"{{ phone }}\" }\n\
        [person]\nid = \"$.resource.id\"\nfamily_name = \"$.resource.name[0].family\"\n\
        given_name = \"$.resource.name[0].given[0]\"\nborn = \"$.resource.birthDate\"\n\
        phones = \"$.resource.telecom[*].value\"\n";
    let mis = Mis::start().await;
    let (_clinic, window) = opened().await;
    press(&window, "kind-http").await;
    window.type_into("field-http-base", &mis.base()).await;
    // The driver drops a line feed; it presses Enter.
    window.type_into("field-http-text", &DESCRIPTION.replace('\n', &Key::Enter.to_string())).await;
    check(&window, true, "").await;
    window.type_into("try-number", "8 900 555-01-01").await;
    window.text_when("[data-testid=\"try\"]:not(:disabled)", |_| true).await;
    press(&window, "try").await;
    window.text_when("trial", |text| text.contains("Иванова Мария") && text.contains("$.resource.id")).await;
    photograph(&window, "patients-http").await;
    mis.set(Mood::Html);
    check(&window, false, "HTML").await;
    mis.set(Mood::Status(500));
    check(&window, false, "500").await;
    photograph(&window, "patients-http-fails").await;
    drop(mis);
    check(&window, false, "никто не слушает").await;
    window.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_is_set_up_from_nothing() {
    let (clinic, window) = opened().await;
    let file = clinic.folder.path().join("clinic.sqlite");
    let database = rusqlite::Connection::open(&file).expect("a database");
    database
        .execute_batch(
            "create table patients (patient_id, full_name, dob, phone);
             insert into patients values (1, 'Иванова Мария Петровна', '1991-01-01', '8 (900) 555-01-01 доб. 2');",
        )
        .expect("its table");
    drop(database);
    let query = |columns: &str| format!("select {columns} from patients where callpop_has_number(phone, :phone)");
    press(&window, "kind-sql").await;
    window.type_into("field-sql-url", "sqlite:clinic.sqlite").await;
    window.type_into("field-sql-query", &query("patient_id, full_name, dob, phone")).await;
    check(&window, true, "phone").await;
    window.type_into("try-number", "8 900 555-01-01").await;
    window.text_when("[data-testid=\"try\"]:not(:disabled)", |_| true).await;
    press(&window, "try").await;
    window.text_when("trial", |text| text.contains("Иванова Мария Петровна")).await;
    photograph(&window, "patients-sql").await;
    window.type_into("field-sql-query", &query("patient_id, full_name")).await;
    check(&window, false, "Телефон").await;
    window.type_into("field-sql-query", &query("patient_id, no_such_column")).await;
    check(&window, false, "no_such_column").await;
    photograph(&window, "patients-sql-fails").await;
    window.type_into("field-sql-url", "sqlite:not-there.sqlite").await;
    check(&window, false, "не открывается").await;
    window.close().await;
}
