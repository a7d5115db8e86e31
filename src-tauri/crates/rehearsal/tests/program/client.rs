//! The other side of the same API: what the desk's client understands of what is told here.

use std::time::Duration;

use jiff::Timestamp;
use mango_vpbx::Command;
use mango_vpbx::answer::{CallsStats, Stats};
use mango_vpbx::client::{Client, CommandError};
use mango_vpbx::command::{Callback, CallsStatsQuery, RecordingAction, StatsQuery};

use crate::stage::{Program, Receiver, account};

#[tokio::test]
async fn the_client_reads_every_answer() {
    let (_receiver, addr) = Receiver::start().await;
    let program = Program::start(addr, &["--silent", "--stats-after", "0"]).await;
    let played = program.direct("play/recorded?instantly=1").await;
    program.direct("play/missed?instantly=1").await;
    let client = Client::new(&program.commands, account()).unwrap();

    let users = client.users().await.unwrap();
    assert_eq!(users.len(), 5);
    assert_eq!((users[0].extension.as_deref(), users[0].name.as_deref()), (Some("201"), Some("Анна Ким")));
    assert!(users[4].extension.is_none() && users[0].user_id.as_deref() == Some("400000201"));
    let groups = client.groups().await.unwrap();
    assert_eq!((groups.len(), groups[0].operators.len()), (2, 3));
    assert_eq!(client.incoming_lines().await.unwrap().len(), 3);
    assert_eq!(client.trunk_numbers().await.unwrap().len(), 1);
    client.balance().await.unwrap();

    let now = Timestamp::now().as_second();
    let query = StatsQuery { from: now - 3600, to: now + 60, ..StatsQuery::default() };
    let key = client.ask_stats(&query).await.unwrap();
    let Stats::Rows(rows) = client.stats(&key).await.unwrap() else { panic!("they are ready") };
    assert_eq!(rows.len(), 4);
    let recorded = rows.iter().find(|row| !row.records.is_empty()).unwrap();
    assert_eq!((recorded.to_extension.as_deref(), recorded.answer - recorded.start), (Some("201"), 4));

    let moscow = jiff::tz::TimeZone::fixed(jiff::tz::offset(3));
    let today = moscow.to_datetime(Timestamp::now()).strftime("%d.%m.%Y").to_string();
    let query = CallsStatsQuery {
        start: format!("{today} 00:00:00"),
        end: format!("{today} 23:59:59"),
        limit: 100,
        ..CallsStatsQuery::default()
    };
    let key = client.ask_calls_stats(&query).await.unwrap();
    let CallsStats::Ready(calls) = client.calls_stats(&key).await.unwrap() else { panic!("they are ready") };
    assert_eq!(calls.iter().filter(|call| call.succeeded).count(), 1);
    let legs: Vec<_> = calls.iter().flat_map(|call| &call.legs).collect();
    assert!(legs.iter().any(|leg| leg.recordings == recorded.records && leg.call_id.is_some()));

    let id = &recorded.records[0];
    let location = client.recording(id, RecordingAction::Play).await.unwrap();
    assert_eq!(reqwest::get(location).await.unwrap().headers()["content-type"], "audio/mpeg");
    let link = client.recording_link(id, RecordingAction::Download, now + 60);
    assert_eq!(reqwest::get(link).await.unwrap().headers()["content-type"], "audio/mpeg");
    let unknown = client.recording("another", RecordingAction::Play).await.unwrap_err();
    assert!(matches!(unknown, CommandError::Refused { code: 3320, .. }) && unknown.is_not_there());

    assert_eq!(client.find_contacts("79995559876").await.unwrap().len(), 1);
    assert!(client.find_contacts("79000000000").await.unwrap().is_empty());
    assert!(client.dct_user("74995550199").await.unwrap().is_some());
    assert!(client.dct_user("74990000000").await.unwrap().is_none());
    assert_eq!(client.dct_history("74995550199").await.unwrap().len(), 2);
    let entry = played["played"][0]["entry_id"].as_str().unwrap();
    assert_eq!(client.contact_centre_call(entry).await.unwrap().recordings, recorded.records);
    assert_eq!(program.watch("limits").await["breaches"], 0);
}

#[tokio::test]
async fn the_client_keeps_the_limits_however_often_it_is_asked() {
    let (_receiver, addr) = Receiver::start().await;
    let program = Program::start(addr, &["--callback", "no-events"]).await;
    let client = std::sync::Arc::new(Client::new(&program.commands, account()).unwrap());
    let wanted = |turn: usize| {
        Command::Callback(Callback {
            command_id: format!("pop-{turn}"),
            extension: "201".to_owned(),
            from_number: None,
            to_number: "79005550101".to_owned(),
            line_number: None,
            auto_answer: true,
        })
    };
    let asked: Vec<_> = (0..10)
        .map(|turn| {
            let (client, command) = (std::sync::Arc::clone(&client), wanted(turn));
            tokio::spawn(async move { client.send(&command).await })
        })
        .collect();
    for answer in asked {
        // Some may be told to wait for too long; none may be sent too early.
        let _ = tokio::time::timeout(Duration::from_secs(20), answer).await.unwrap().unwrap();
    }
    let seen = program.watch("limits").await;
    assert_eq!(seen["breaches"], 0, "{seen}");
    assert!(seen["by_class"]["callback"]["max"].as_u64().unwrap() <= 4, "{seen}");
}
