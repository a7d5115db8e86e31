//! Commands and questions beside each other, under the limits of both.

use std::time::{Duration, Instant};

use mango_vpbx::client::{CommandError, Stats, Timing};
use mango_vpbx::command::{Command, RecordingStart, Route};

use crate::pbx::{Answer, OK, Pbx};
use crate::{callback, hang_up, quick, refusal};

#[tokio::test]
async fn a_slow_question_delays_no_callback() {
    let (release, held) = tokio::sync::oneshot::channel();
    let pbx = Pbx::start([Answer::Held(held), OK, Answer::Json(200, r#"{"lines":[]}"#)]).await;
    let client = pbx.client();
    let slow = tokio::spawn({
        let client = client.clone();
        async move { client.trunk_numbers().await }
    });
    pbx.hears(1).await;
    client.send(&callback("a")).await.unwrap();
    assert_eq!((pbx.heard().len(), pbx.most_under_way()), (2, 2));
    // Another question waits for the first one.
    let next = tokio::spawn({
        let client = client.clone();
        async move { client.incoming_lines().await }
    });
    tokio::time::timeout(Duration::from_millis(300), pbx.hears(3)).await.unwrap_err();
    release.send(()).unwrap();
    slow.await.unwrap().unwrap();
    next.await.unwrap().unwrap();
    assert_eq!((pbx.heard().len(), pbx.most_under_way()), (3, 2));
}

#[tokio::test]
async fn a_command_held_up_delays_no_question() {
    let (release, held) = tokio::sync::oneshot::channel();
    let pbx = Pbx::start([Answer::Held(held), Answer::Json(200, r#"{"balance":1}"#)]).await;
    let client = pbx.client();
    let slow = tokio::spawn({
        let client = client.clone();
        async move { client.send(&callback("a")).await }
    });
    pbx.hears(1).await;
    assert_eq!(client.balance().await.unwrap().amount, "1");
    release.send(()).unwrap();
    slow.await.unwrap().unwrap();
}

/// Everybody clicks everything: what arrives within any second stays within the published limits.
#[tokio::test]
async fn the_limits_hold_whatever_is_clicked() {
    let pbx = Pbx::start([]).await;
    let client = pbx.client_with(Timing { patience: Duration::from_millis(2500), ..quick() });
    let mut clicks = tokio::task::JoinSet::new();
    for n in 0..12 {
        let commands: [Command; 5] = [
            callback(&format!("c{n}")),
            hang_up(&format!("h{n}")),
            RecordingStart { command_id: format!("r{n}"), call_id: "l".into(), party: "201".into() }.into(),
            Route { command_id: format!("t{n}"), call_id: "l".into(), to_number: "201".into(), display_name: None }
                .into(),
            Command::TrunkNumbers,
        ];
        for command in commands {
            let client = client.clone();
            clicks.spawn(async move { client.send(&command).await });
        }
    }
    while let Some(clicked) = clicks.join_next().await {
        let answer = clicked.unwrap();
        assert!(matches!(answer, Ok(_) | Err(CommandError::Busy)), "{answer:?}");
    }
    let heard = pbx.heard();
    let most_within = |path: Option<&str>, window: Duration| {
        let of_it: Vec<Instant> =
            heard.iter().filter(|(_, at, _)| path.is_none_or(|path| at.ends_with(path))).map(|(at, ..)| *at).collect();
        let within = |first: &Instant| of_it.iter().filter(|at| **at >= *first && **at - *first < window).count();
        of_it.iter().map(within).max().unwrap_or(0)
    };
    let second = Duration::from_secs(1);
    assert!(heard.len() >= 10, "{}", heard.len());
    assert!(most_within(None, second) <= 10);
    for path in ["commands/callback", "call/hangup", "recording/start"] {
        assert!(most_within(Some(path), second) <= 4, "{path}");
    }
    assert_eq!(most_within(Some("commands/route"), 2 * second), 1);
}

#[tokio::test]
async fn statistics_are_asked_for_every_five_seconds() {
    let pbx = Pbx::start([Answer::Json(204, ""), Answer::Json(204, "")]).await;
    let client = pbx.client();
    assert_eq!(client.stats("k").await.unwrap(), Stats::NotReady);
    assert_eq!(client.stats("k").await.unwrap(), Stats::NotReady);
    let heard = pbx.heard();
    assert!(heard[1].0 - heard[0].0 >= Duration::from_secs(5));
}

#[tokio::test]
async fn bad_questions_silence_commands_too() {
    let bad = || Answer::Json(200, r#"{"result":3105}"#);
    let pbx = Pbx::start([bad(), bad()]).await;
    let client = pbx.client();
    assert_eq!(refusal(&client.incoming_lines().await.unwrap_err()), (3105, 200));
    assert_eq!(refusal(&client.trunk_numbers().await.unwrap_err()), (3105, 200));
    assert!(matches!(client.send(&callback("a")).await, Err(CommandError::Quiet { .. })));
    assert_eq!(pbx.heard().len(), 2);
}

#[tokio::test]
async fn too_many_questions_slow_commands_too() {
    let pbx = Pbx::start([Answer::Json(429, "")]).await;
    let client = pbx.client();
    assert_eq!(refusal(&client.incoming_lines().await.unwrap_err()), (4290, 429));
    client.send(&hang_up("a")).await.unwrap();
    let heard = pbx.heard();
    assert!(heard[1].0 - heard[0].0 >= Duration::from_millis(390));
}

#[tokio::test]
async fn links_stay_out_of_errors() {
    let pbx = Pbx::start([Answer::To(302, "javascript:one-time-secret")]).await;
    let error = pbx.client().recording("R==", mango_vpbx::command::RecordingAction::Play).await.unwrap_err();
    let shown = format!("{error:?} {error}");
    assert!(!shown.contains("one-time") && !shown.contains("clinicDemo"), "{shown}");
}
