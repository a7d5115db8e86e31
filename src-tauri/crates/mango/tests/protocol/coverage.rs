//! The table of the documentation tells the truth.

use std::collections::BTreeSet;
use std::path::Path;

use mango_vpbx::command::{
    Callback, CallbackGroup, CallsConnect, CallsStatsQuery, Command, ContactCursor, ContactSearch, CursorMode,
    GroupsQuery, HangUp, HoldOn, PlayStart, RecordingAction, RecordingStart, Route, Sms, StatsQuery, Transfer,
    TransferCancel, TransferMethod, UsersQuery,
};
use mango_vpbx::{EVENT_PATHS, FormError, Post, SignedForm};

use crate::read;

const TABLE: &str = include_str!("../../COVERAGE.md");

struct Row<'a> {
    path: &'a str,
    typed: &'a str,
    used: &'a str,
    test: &'a str,
}

/// The text between the first two backticks, else the whole cell.
fn code(cell: &str) -> &str {
    cell.split('`').nth(1).unwrap_or(cell)
}

fn table() -> Vec<Row<'static>> {
    let cells = |line: &'static str| -> Vec<&'static str> { line.split('|').map(str::trim).collect() };
    TABLE
        .lines()
        .filter(|line| line.starts_with("| ") && !line.starts_with("| path"))
        .map(cells)
        .map(|cells| {
            assert_eq!(cells.len(), 7, "{cells:?}");
            Row { path: code(cells[1]), typed: code(cells[3]), used: cells[4], test: code(cells[5]) }
        })
        .collect()
}

/// One of each.
fn commands() -> Vec<Command> {
    let t = |text: &str| text.to_owned();
    vec![
        Callback {
            command_id: t("c"),
            extension: t("201"),
            from_number: None,
            to_number: t("1"),
            line_number: None,
            auto_answer: false,
        }
        .into(),
        CallbackGroup { command_id: t("c"), from: t("300"), to: t("1"), line_number: None }.into(),
        HangUp { command_id: t("c"), call_id: t("l") }.into(),
        Route { command_id: t("c"), call_id: t("l"), to_number: t("201"), display_name: None }.into(),
        Transfer {
            command_id: t("c"),
            call_id: t("l"),
            method: TransferMethod::Blind,
            to_number: t("202"),
            initiator: t("201"),
        }
        .into(),
        CallsConnect { command_id: t("c"), held_call_id: t("l"), initiator: t("201"), transferred_call_id: t("m") }
            .into(),
        TransferCancel { command_id: t("c"), call_id: t("l") }.into(),
        HoldOn { command_id: t("c"), call_id: t("l"), initiator: t("201") }.into(),
        RecordingStart { command_id: t("c"), call_id: t("l"), party: t("201") }.into(),
        PlayStart { command_id: t("c"), call_id: t("l"), internal_id: t("1"), after_play_time: None }.into(),
        Sms { command_id: t("c"), text: t("x"), from_extension: t("201"), to_number: t("1"), sender: None }.into(),
        Command::Balance,
        UsersQuery::default().into(),
        GroupsQuery::default().into(),
        Command::IncomingLines,
        Command::TrunkNumbers,
        Command::RecordingPost { recording_id: t("R"), action: RecordingAction::Play },
        Command::RecordingTopics { recording_id: t("R") },
        StatsQuery::default().into(),
        Command::StatsResult { key: t("k") },
        CallsStatsQuery::default().into(),
        Command::CallsStatsResult { key: t("k") },
        ContactSearch::default().into(),
        ContactCursor { cursor: t("c"), mode: CursorMode::First }.into(),
        Command::DctUser { number: t("7") },
        Command::DctHistory { number: t("7") },
        Command::ContactCentreCall { entry_id: t("e") },
    ]
}

fn post_of(path: &str) -> &'static str {
    // A body with everything that tells some post apart.
    let body = r#"{"entry_id":"E","call_id":"C","recording_id":"R","reason":1,"action":"new","data":[],"abonent_id":1,"session":"s","key":"k","result":1}"#;
    match read(path, body) {
        Post::Call(_) => "Post::Call",
        Post::Summary(_) => "Post::Summary",
        Post::CommandResult(_) => "Post::CommandResult",
        Post::Recording(_) => "Post::Recording",
        Post::RecordAdded(_) => "Post::RecordAdded",
        Post::RecordTagged(_) => "Post::RecordTagged",
        Post::Recognized(_) => "Post::Recognized",
        Post::Dtmf(_) => "Post::Dtmf",
        Post::Sms(_) => "Post::Sms",
        Post::AddressBook(_) => "Post::AddressBook",
        Post::UserStatus(_) => "Post::UserStatus",
        Post::SessionEnd(_) => "Post::SessionEnd",
        Post::Dialog(_) => "Post::Dialog",
        Post::RobotStats(_) => "Post::RobotStats",
        Post::StatsReady(_) => "Post::StatsReady",
        Post::Unknown => "Post::Unknown",
    }
}

#[test]
fn each_type_reads_or_makes_its_path() {
    let commands = commands();
    for Row { path, typed, .. } in table() {
        if typed.starts_with("Post::") {
            assert_eq!(post_of(path), typed, "{path}");
        } else if let Some(variant) = typed.strip_prefix("Command::") {
            let source = include_str!("../../src/command.rs");
            let arms = [format!("Command::{variant}(_) => \"{path}\""), format!("Command::{variant} => \"{path}\"")];
            let arm = format!("Command::{variant} {{ .. }} => \"{path}\"");
            assert!(arms.iter().chain([&arm]).any(|arm| source.contains(arm.as_str())), "{path}");
            assert!(commands.iter().any(|command| command.path() == path), "{path}");
        } else if path == "ping" {
            assert_eq!((typed, SignedForm::parse(b"").unwrap_err()), ("FormError::NoJson", FormError::NoJson));
        } else if path == "queries/recording/link" {
            assert_eq!(typed, "Account::recording_link_sign");
        } else {
            assert!(typed.starts_with("not typed: "), "{path} {typed}");
        }
    }
}

#[test]
fn no_path_is_missing() {
    let rows = table();
    let listed: BTreeSet<&str> = rows.iter().map(|row| row.path).collect();
    assert_eq!(listed.len(), rows.len(), "a path is there twice");
    let commands = commands();
    let source = include_str!("../../src/command.rs");
    let mut paths = 0;
    for path in source.lines().filter_map(|line| line.trim().split_once(" => \"")?.1.strip_suffix("\",")) {
        assert!(listed.contains(path), "{path}");
        assert!(commands.iter().any(|command| command.path() == path), "{path}");
        paths += 1;
    }
    assert_eq!(paths, commands.len());
    for path in EVENT_PATHS {
        let stem = path.trim_end_matches('…');
        assert!(listed.iter().any(|listed| listed.starts_with(stem)), "{path}");
    }
    assert!(rows.iter().all(|row| !row.used.is_empty()));
}

#[test]
fn each_named_test_exists() {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/protocol");
    let mut sources = String::new();
    for file in std::fs::read_dir(tests).unwrap() {
        sources.push_str(&std::fs::read_to_string(file.unwrap().path()).unwrap());
    }
    for Row { path, typed, test, .. } in table() {
        if typed.starts_with("not typed: ") {
            assert_eq!(test, "–", "{path}");
        } else {
            assert!(sources.contains(&format!("#[test]\nfn {test}()")), "{path} {test}");
        }
    }
}
