use std::net::TcpListener;

use callpop_tests::{DeskSetup, Incoming, KEY, SALT, STORE_KEY, Simulator};
use tempfile::TempDir;

#[tokio::test(flavor = "multi_thread")]
async fn one_line_says_that_it_can_receive() {
    let desk = DeskSetup::new().start();
    assert!(desk.listener().starts_with("http://127.0.0.1:") && desk.listener().ends_with("/mangotelecom"));
    assert!(desk.feed_url().starts_with("ws://127.0.0.1:") && desk.feed_url().ends_with("/feed"));
    desk.pbx().deliver(&Incoming::new("79005550101").appeared()).await;
    assert_eq!(desk.stdout().len(), 1, "{:?}", desk.stdout());
}

#[tokio::test(flavor = "multi_thread")]
async fn sigterm_ends_it_in_order() {
    let desk = DeskSetup::new().start();
    desk.pbx().deliver(&Incoming::new("79005550101").appeared()).await;
    let _feed = desk.feed().await;
    let (status, _) = desk.stop();
    assert_eq!(status.code(), Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn control_c_ends_it_in_order() {
    let mut desk = DeskSetup::new().start();
    desk.program().signal(rustix::process::Signal::INT);
    assert_eq!(desk.program().wait().code(), Some(0));
}

#[test]
fn a_busy_port_is_named_and_is_exit_3() {
    let taken = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = taken.local_addr().expect("an address").to_string();
    for setting in ["listener.bind", "feed.bind"] {
        let ended = DeskSetup::new().set(setting, &format!("{address:?}")).start_and_fail();
        assert_eq!(ended.code, Some(3), "{setting}: {}", ended.stderr);
        let port = address.rsplit(':').next().expect("a port");
        assert!(ended.stderr.contains(port), "{setting}: {}", ended.stderr);
        assert!(ended.stdout.is_empty(), "{:?}", ended.stdout);
    }
}

#[test]
fn a_bad_setting_is_named_and_is_exit_2() {
    let bad = [
        ("listener.bind", r#""everywhere""#, "listener.bind"),
        ("listener.path", r#""no slash""#, "listener.path"),
        ("listener.allow", r#"["10.0.0.300"]"#, "listener.allow"),
        ("feed.bind", r#""127.0.0.1:99999""#, "feed.bind"),
        ("desk.pop", r#""sometimes""#, "desk.pop"),
        ("desk.extension", r#""two hundred""#, "desk.extension"),
        ("directory.kind", r#""telepathy""#, "directory.kind"),
        ("vpbx.api_base", r#""no address""#, "vpbx.api_base"),
        ("clinic.time_zone", r#""Moon/Tranquility""#, "clinic.time_zone"),
        ("history.keep_days", r#""for ever""#, "history.keep_days"),
    ];
    for (name, value, key) in bad {
        let ended = DeskSetup::new().set(name, value).start_and_fail();
        assert_eq!(ended.code, Some(2), "{name} = {value}: {}", ended.stderr);
        let last = key.rsplit('.').next().expect("a key");
        assert!(ended.stderr.contains(last), "{name} = {value} is not named: {}", ended.stderr);
    }
}

#[test]
fn popping_for_nobody_is_a_bad_setting() {
    let ended = DeskSetup::new().set("desk.extension", r#""""#).set("desk.pop", r#""mine""#).start_and_fail();
    assert_eq!(ended.code, Some(2), "{}", ended.stderr);
    assert!(ended.stderr.contains("extension"), "{}", ended.stderr);
}

#[test]
fn a_file_that_is_no_toml_or_not_there_is_exit_2() {
    let ended = DeskSetup::new().settings_text("[vpbx\napi_base = ").start_and_fail();
    assert_eq!(ended.code, Some(2), "{}", ended.stderr);
    assert!(!ended.stderr.contains("panicked"), "{}", ended.stderr);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_documented_file_is_understood() {
    let desk = DeskSetup::new().settings_text(DOCUMENTED).start();
    desk.pbx().deliver(&Incoming::new("79005550101").appeared()).await;
}

/// Contract 2, with free ports.
const DOCUMENTED: &str = r#"
version = 1
[vpbx]
api_base = "https://app.mango-office.ru/vpbx/"   # Адрес API Виртуальной АТС
[listener]
bind = "127.0.0.1:0"                              # port 0: any free port
path = "/mangotelecom"
tls = "off"
allow = []
[desk]
extension = "201"
groups = ["300"]
pop = "mine"
[feed]
bind = "127.0.0.1:0"
[directory]
kind = "file"
timeout_ms = 3000
open_url = "https://mis.example/card/{id}"
[directory.file]
path = "patients.csv"
[store]
encryption = "on"
[history]
keep_days = 365
[missed]
ignore_under_s = 5
[clinic]
time_zone = "Europe/Moscow"
country = "RU"
area_code = "495"
"#;

#[test]
fn missing_secrets_are_named_and_are_exit_2() {
    for variable in ["CALLPOP_VPBX_API_KEY", "CALLPOP_VPBX_API_SALT", "CALLPOP_STORE_KEY"] {
        let ended = DeskSetup::new().without_secret(variable).start_and_fail();
        assert_eq!(ended.code, Some(2), "{variable}: {}", ended.stderr);
        let name = variable.trim_start_matches("CALLPOP_").to_lowercase().replace('_', "-");
        let named = ended.stderr.contains(variable) || ended.stderr.contains(&name);
        assert!(named, "{variable} is not named: {}", ended.stderr);
        assert!(!ended.stderr.contains(KEY) && !ended.stderr.contains(SALT) && !ended.stderr.contains(STORE_KEY));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn without_encryption_no_store_key_is_needed_and_it_is_said() {
    let desk = DeskSetup::new().without_secret("CALLPOP_STORE_KEY").set("store.encryption", r#""off""#).start();
    desk.pbx().deliver(&Incoming::new("79005550101").appeared()).await;
    assert!(desk.log().to_lowercase().contains("encrypt"), "{}", desk.log());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_feed_token_is_made_when_absent() {
    let desk = DeskSetup::new().without_secret("CALLPOP_FEED_TOKEN").start();
    desk.pbx().deliver(&Incoming::new("79005550101").appeared()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn secrets_may_come_as_files_from_systemd() {
    let credentials = TempDir::new().expect("a folder");
    for (name, value) in [("vpbx-api-key", KEY), ("vpbx-api-salt", SALT), ("store-key", STORE_KEY)] {
        std::fs::write(credentials.path().join(name), format!("{value}\n")).expect("a credential");
    }
    let folder = credentials.path().to_str().expect("a path");
    let desk = ["CALLPOP_VPBX_API_KEY", "CALLPOP_VPBX_API_SALT", "CALLPOP_STORE_KEY"]
        .into_iter()
        .fold(DeskSetup::new(), DeskSetup::without_secret)
        .secret("CREDENTIALS_DIRECTORY", folder)
        .start();
    desk.pbx().deliver(&Incoming::new("79005550101").appeared()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_with_another_key_is_exit_4() {
    let desk = DeskSetup::new().start();
    desk.pbx().deliver(&Incoming::new("79005550101").appeared()).await;
    let (_, home) = desk.stop();
    let ended = DeskSetup::new().secret("CALLPOP_STORE_KEY", &"ab".repeat(32)).fail_in(home.path());
    assert_eq!(ended.code, Some(4), "{}", ended.stderr);
    // The right key still opens it: nothing was made anew.
    let desk = DeskSetup::new().start_in(home);
    let feed = desk.feed().await;
    assert_eq!(feed.seen().calls.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_newer_than_the_program_is_exit_4() {
    let plain = || DeskSetup::new().set("store.encryption", r#""off""#);
    let desk = plain().start();
    desk.pbx().deliver(&Incoming::new("79005550101").appeared()).await;
    let (_, home) = desk.stop();
    // The version is SQLite's `user_version`: four bytes, big-endian, at 60 (SQLite file format 1.3).
    let path = home.path().join("data/callpop.db");
    let mut bytes = std::fs::read(&path).expect("the log");
    bytes[60..64].copy_from_slice(&9_999_u32.to_be_bytes());
    std::fs::write(&path, &bytes).expect("the log is changed");
    let ended = plain().fail_in(home.path());
    assert_eq!(ended.code, Some(4), "{}", ended.stderr);
    assert_eq!(std::fs::read(&path).expect("the log"), bytes, "it was left alone");
}

#[test]
fn a_store_key_that_is_none_is_exit_2() {
    let ended = DeskSetup::new().secret("CALLPOP_STORE_KEY", "not sixty-four digits").start_and_fail();
    assert_eq!(ended.code, Some(2), "{}", ended.stderr);
}

#[test]
fn the_simulator_names_its_scenarios() {
    let folder = TempDir::new().expect("a folder");
    let ended = Simulator::run(&["--list"], folder.path());
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    for name in ["ivr-group-answer", "missed", "blind-transfer", "consultative-transfer", "hidden", "mixed"] {
        assert!(ended.stdout.iter().any(|line| line.contains(name)), "{name}: {:?}", ended.stdout);
    }
}
