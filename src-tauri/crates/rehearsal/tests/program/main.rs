//! The real program against a small receiver: what it posts, how it answers commands, how it ends.
#![expect(clippy::unwrap_used, reason = "what is not as it should be fails the test")]

mod calls;
mod client;
mod commands;
mod questions;
mod stage;
mod trouble;

use std::collections::HashMap;
use std::time::{Duration, Instant};

use serde_json::json;
use tokio::process::Command;

use crate::stage::{Program, Receiver, has, of_state};

#[tokio::test]
async fn plays_a_scenario_counts_and_exits() {
    let (receiver, addr) = Receiver::start().await;
    let program = Program::start(addr, &["--scenario", "ivr-group-answer", "--speed", "0", "--seed", "7"]).await;
    let (counts, code) = program.end().await;
    assert_eq!(code, 0);
    assert_eq!(
        counts,
        json!({ "posted": 13, "accepted": 13, "refused": 0, "failed": 0, "calls": 1,
                "commands": { "callback": 0, "hangup": 0, "refused": 0 } })
    );
    let posts = receiver.posts();
    assert_eq!(posts[0].1["from"]["number"], "79005550101");
    let paths: Vec<_> = posts.iter().map(|(path, _)| path.as_str()).collect();
    assert_eq!(
        paths[8..],
        ["events/recording", "events/call", "events/recording", "events/summary", "events/record/added"]
    );
}

#[tokio::test]
async fn drives_mixed_calls_repeated_and_shuffled_the_same_way_for_one_seed() {
    let mut runs = Vec::new();
    for _ in 0..2 {
        let (receiver, addr) = Receiver::start().await;
        let more =
            ["--scenario", "mixed", "--count", "60", "--rate", "3000", "--repeat", "2", "--shuffle", "--seed", "3"];
        let (counts, code) = Program::start(addr, &more).await.end().await;
        assert_eq!((code, &counts["calls"], &counts["failed"]), (0, &json!(60), &json!(0)));
        let posts = receiver.posts();
        assert_eq!(counts["accepted"], posts.len());
        let mut entries: HashMap<String, usize> = HashMap::new();
        for (_, json) in &posts {
            if let Some(id) = json["entry_id"].as_str() {
                *entries.entry(id.to_owned()).or_default() += 1;
            }
        }
        assert_eq!(entries.len(), 60);
        assert!(entries.values().all(|posts| posts % 2 == 0), "every post came an even number of times");
        let mut ids: Vec<_> = entries.into_iter().collect();
        ids.sort();
        runs.push(ids);
    }
    assert_eq!(runs[0], runs[1]);
}

#[tokio::test]
async fn a_ring_goes_on_until_it_is_answered_and_ends_with_the_program() {
    let (receiver, addr) = Receiver::start().await;
    let program = Program::start(addr, &["--scenario", "ring", "--speed", "0", "--number", "hidden"]).await;
    receiver.eventually("the ring", |posts| posts.len() == 1).await;
    let url = program.commands.replace("/vpbx/", "/rehearsal/answer/201");
    let reply = reqwest::Client::new().post(url).send().await.unwrap().text().await.unwrap();
    assert_eq!(reply, r#"{"answered":true}"#);
    receiver.eventually("the talk", |posts| of_state(posts, "Connected").count() == 1).await;
    let (counts, code) = program.terminate().await;
    assert_eq!((code, &counts["calls"]), (0, &json!(1)));
    let posts = receiver.posts();
    let (path, summary) = posts.last().unwrap();
    assert_eq!(
        (path.as_str(), &summary["disconnect_reason"], &summary["from"]),
        ("events/summary", &json!(1180), &json!({}))
    );
}

#[tokio::test]
async fn the_demonstration_rings_within_a_second() {
    let (receiver, addr) = Receiver::start().await;
    let started = Instant::now();
    let program = Program::start(addr, &["--scenario", "demo", "--extension", "203"]).await;
    receiver.eventually("three phones", |posts| of_state(posts, "Appeared").count() == 4).await;
    assert!(started.elapsed() < Duration::from_secs(5), "a slow machine is forgiven four seconds");
    let posts = receiver.posts();
    assert!(
        of_state(&posts, "Appeared")
            .filter(|leg| leg["location"] == "abonent")
            .all(|leg| leg["to"]["acd_group"] == "300")
    );
    let (_, code) = program.terminate().await;
    assert_eq!(code, 0);
    assert!(has(&receiver.posts(), "events/summary"));
}

#[tokio::test]
async fn a_target_that_is_not_there_is_exit_1() {
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let program = Program::start(nobody, &["--scenario", "abandoned", "--speed", "0"]).await;
    let (counts, code) = program.end().await;
    assert_eq!((code, &counts["failed"], &counts["posted"]), (1, &json!(3), &json!(3)));
}

#[tokio::test]
async fn bad_arguments_are_exit_2_and_the_list_is_readable() {
    let run = |arguments: &[&str]| Command::new(env!("CARGO_BIN_EXE_callpop-pbx")).args(arguments).output();
    assert_eq!(run(&["--scenario", "missed"]).await.unwrap().status.code(), Some(2));
    let all = ["--target", "nowhere", "--api-key", "k", "--salt", "s", "--commands", "127.0.0.1:0"];
    assert_eq!(run(&all).await.unwrap().status.code(), Some(2));
    let list = run(&["--list"]).await.unwrap();
    assert_eq!(list.status.code(), Some(0));
    let text = String::from_utf8(list.stdout).unwrap();
    assert_eq!(text.lines().count(), 23);
    assert!(text.contains("consultative-transfer") && text.contains("Пропущенный") || text.contains("пропущенный"));
}
