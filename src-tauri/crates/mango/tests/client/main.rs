//! The client against a PBX of a few lines, over real sockets.
#![cfg(feature = "client")]

mod lanes;
mod pbx;
mod questions;

use std::future::poll_fn;
use std::pin::Pin;
use std::task::Poll;
use std::time::{Duration, Instant};

use mango_vpbx::client::{Client, CommandError, CommandReply, ConfigFault, Timing, Unclear};
use mango_vpbx::command::{Callback, Command, HangUp};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::pbx::{Answer, Pbx, account};

/// Times for tests: nobody waits for seconds.
fn quick() -> Timing {
    Timing {
        connect: Duration::from_secs(2),
        reply: Duration::from_secs(2),
        slow_down: Duration::from_millis(400),
        ..Timing::default()
    }
}

fn callback(id: &str) -> Command {
    Callback {
        command_id: id.to_owned(),
        extension: "201".into(),
        from_number: None,
        to_number: "79005550101".into(),
        line_number: None,
        auto_answer: false,
    }
    .into()
}

fn hang_up(id: &str) -> Command {
    HangUp { command_id: id.to_owned(), call_id: "MTo5==".into() }.into()
}

/// A send that has joined the queue: deterministic where a spawned task would only probably have run.
async fn begun<'a>(client: &'a Client, command: &'a Command) -> Sending<'a> {
    let mut sending: Sending<'a> = Box::pin(client.send(command));
    poll_fn(|cx| {
        assert!(sending.as_mut().poll(cx).is_pending());
        Poll::Ready(())
    })
    .await;
    sending
}

fn spawned(client: &Client, id: &str) -> JoinHandle<Result<CommandReply, CommandError>> {
    let (client, command) = (client.clone(), callback(id));
    tokio::spawn(async move { client.send(&command).await })
}

type Sending<'a> = Pin<Box<dyn Future<Output = Result<CommandReply, CommandError>> + Send + 'a>>;

fn refusal(error: &CommandError) -> (i32, u16) {
    let CommandError::Refused { code, http, .. } = error else { panic!("{error:?}") };
    (*code, *http)
}

#[tokio::test]
async fn a_signed_command_arrives_once() {
    let pbx = Pbx::start([Answer::Json(200, r#"{"command_id":"pop-0001","result":"1000"}"#)]).await;
    let reply = pbx.client().send(&callback("pop-0001")).await.unwrap();
    assert_eq!((reply.code, reply.command_id.as_deref()), (1000, Some("pop-0001")));
    let heard = pbx.heard();
    let [(_, path, json)] = heard.as_slice() else { panic!("{heard:?}") };
    assert_eq!(path, "/vpbx/commands/callback");
    assert_eq!(json, r#"{"command_id":"pop-0001","from":{"extension":"201"},"to_number":"79005550101"}"#);
}

#[tokio::test]
async fn a_balance_proves_the_account() {
    let pbx = Pbx::start([Answer::Json(200, r#"{"result":1000,"balance":"99.5","currency":"RUB"}"#)]).await;
    assert_eq!(pbx.client().balance().await.unwrap().amount, "99.5");
    assert_eq!(pbx.heard()[0].1, "/vpbx/account/balance");
}

#[tokio::test]
async fn commands_leave_one_at_a_time_and_four_a_second() {
    let pbx = Pbx::start([]).await;
    let client = pbx.client();
    let sends = ["a", "b", "c", "d"].map(|id| {
        let client = client.clone();
        tokio::spawn(async move { client.send(&callback(id)).await })
    });
    for send in sends {
        send.await.unwrap().unwrap();
    }
    let heard = pbx.heard();
    assert!(heard[3].0 - heard[0].0 >= Duration::from_millis(700), "{:?}", heard[3].0 - heard[0].0);
    assert_eq!(pbx.most_under_way(), 1);
}

#[tokio::test]
async fn a_hang_up_overtakes_waiting_callbacks() {
    let (release, held) = tokio::sync::oneshot::channel();
    let pbx = Pbx::start([Answer::Held(held)]).await;
    let client = pbx.client();
    let first = spawned(&client, "first");
    pbx.hears(1).await;
    let (second, third, urgent) = (callback("second"), callback("third"), hang_up("urgent"));
    let second = begun(&client, &second).await;
    let third = begun(&client, &third).await;
    let urgent = begun(&client, &urgent).await;
    release.send(()).unwrap();
    let (first, second, third, urgent) = tokio::join!(first, second, third, urgent);
    for answer in [first.unwrap(), second, third, urgent] {
        answer.unwrap();
    }
    let heard = pbx.heard();
    let order: Vec<&str> = heard.iter().map(|(_, path, _)| path.as_str()).collect();
    let callback = "/vpbx/commands/callback";
    assert_eq!(order, [callback, "/vpbx/commands/call/hangup", callback, callback]);
    assert!(heard[2].2.contains("second") && heard[3].2.contains("third"));
}

#[tokio::test]
async fn more_than_sixty_four_waiting_commands_are_too_many() {
    let (release, held) = tokio::sync::oneshot::channel();
    let pbx = Pbx::start([Answer::Held(held)]).await;
    let client = pbx.client();
    let first = spawned(&client, "first");
    pbx.hears(1).await;
    let commands: Vec<Command> = (0..64).map(|n| callback(&format!("w{n}"))).collect();
    let mut waiting = Vec::new();
    for command in &commands {
        waiting.push(begun(&client, command).await);
    }
    assert!(matches!(client.send(&callback("late")).await, Err(CommandError::Busy)));
    // Who goes away makes room.
    drop(waiting);
    release.send(()).unwrap();
    first.await.unwrap().unwrap();
    client.send(&callback("after")).await.unwrap();
    assert_eq!(pbx.heard().len(), 2);
}

#[tokio::test]
async fn a_command_that_waited_too_long_is_not_sent() {
    let (_release, held) = tokio::sync::oneshot::channel();
    let pbx = Pbx::start([Answer::Held(held)]).await;
    let client = pbx.client_with(Timing { patience: Duration::from_millis(100), ..quick() });
    let first = spawned(&client, "first");
    pbx.hears(1).await;
    assert!(matches!(client.send(&callback("second")).await, Err(CommandError::Busy)));
    assert!(matches!(first.await.unwrap(), Err(CommandError::Unclear(Unclear::NoAnswer(_)))));
    assert_eq!(pbx.heard().len(), 1);
}

#[tokio::test]
async fn two_bad_requests_silence_the_client_until_the_pbx_listens_again() {
    let bad = || Answer::Json(200, r#"{"result":3102}"#);
    let pbx = Pbx::start([bad(), bad()]).await;
    let client = pbx.client();
    assert_eq!(refusal(&client.send(&callback("a")).await.unwrap_err()), (3102, 200));
    assert_eq!((client.refused_recently(), client.quiet_until()), (1, None));
    assert!(client.forgotten_at().is_some());
    assert_eq!(refusal(&client.send(&callback("b")).await.unwrap_err()), (3102, 200));
    let quiet = client.quiet_until().unwrap();
    let CommandError::Quiet { until } = client.send(&hang_up("c")).await.unwrap_err() else { panic!("sent") };
    assert!(until.duration_since(quiet).unwrap_or_default() < Duration::from_millis(50));
    assert!(matches!(client.balance().await, Err(CommandError::Quiet { .. })));
    assert_eq!(pbx.heard().len(), 2);
    let deadline = Instant::now() + Duration::from_secs(10);
    while client.quiet_until().is_some() {
        assert!(Instant::now() < deadline, "still quiet");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    client.send(&callback("d")).await.unwrap();
    assert_eq!(pbx.heard().len(), 3);
}

#[tokio::test]
async fn other_refusals_lock_nobody_out() {
    let pbx = Pbx::start([Answer::Json(200, r#"{"result":4101}"#), Answer::Json(200, r#"{"result":4100}"#)]).await;
    let client = pbx.client();
    assert_eq!(refusal(&client.send(&hang_up("a")).await.unwrap_err()), (4101, 200));
    assert_eq!(refusal(&client.send(&hang_up("b")).await.unwrap_err()), (4100, 200));
    assert_eq!((client.refused_recently(), client.quiet_until()), (0, None));
    client.send(&hang_up("c")).await.unwrap();
}

#[tokio::test]
async fn http_401_is_the_lock_out_and_reaches_those_who_wait() {
    let pbx = Pbx::start([Answer::Json(401, "")]).await;
    let client = pbx.client();
    let (first, second) = (callback("a"), callback("b"));
    let (first, second) = tokio::join!(client.send(&first), client.send(&second));
    assert_eq!(refusal(&first.unwrap_err()), (0, 401));
    assert!(matches!(second, Err(CommandError::Quiet { .. })));
    assert_eq!(pbx.heard().len(), 1);
}

#[tokio::test]
async fn too_fast_makes_the_next_command_wait_and_repeats_nothing() {
    const LIMITED: &str = r#"{"name":"Service Unavailable","message":"Rate limit exceeded.","code":0,"status":429}"#;
    for status in [429, 503] {
        let pbx = Pbx::start([Answer::Json(status, LIMITED)]).await;
        let client = pbx.client();
        let error = client.send(&callback("a")).await.unwrap_err();
        assert_eq!(refusal(&error), (4290, status));
        assert!(matches!(error, CommandError::Refused { message: Some(m), .. } if m == "Rate limit exceeded."));
        client.send(&hang_up("b")).await.unwrap();
        let heard = pbx.heard();
        assert_eq!(heard.len(), 2);
        assert!(heard[1].0 - heard[0].0 >= Duration::from_millis(390));
    }
}

#[tokio::test]
async fn no_answer_is_unclear_and_not_repeated() {
    let pbx = Pbx::start([Answer::Late, Answer::Json(502, "<html>"), Answer::Json(200, "{\"result\":10")]).await;
    let client =
        pbx.client_with(Timing { connect: Duration::from_millis(150), reply: Duration::from_millis(150), ..quick() });
    let late = client.send(&callback("a")).await;
    assert!(matches!(late, Err(CommandError::Unclear(Unclear::NoAnswer(_)))), "{late:?}");
    let failed = client.send(&callback("b")).await;
    assert!(matches!(failed, Err(CommandError::Unclear(Unclear::Status(502)))), "{failed:?}");
    let torn = client.send(&callback("c")).await;
    assert!(matches!(torn, Err(CommandError::Unclear(Unclear::Unreadable))), "{torn:?}");
    assert_eq!(pbx.heard().len(), 3);
}

#[tokio::test]
async fn a_connection_closed_without_an_answer_is_unclear() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}/vpbx/", listener.local_addr().unwrap());
    let accepted = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut first = [0; 1];
        tokio::io::AsyncReadExt::read_exact(&mut stream, &mut first).await.unwrap();
        drop(stream);
        // A second connection would be a repeat.
        tokio::time::timeout(Duration::from_millis(300), listener.accept()).await.is_err()
    });
    let client = Client::with_timing(&base, account(), quick()).unwrap();
    let answer = client.send(&callback("a")).await;
    assert!(matches!(answer, Err(CommandError::Unclear(Unclear::NoAnswer(_)))), "{answer:?}");
    assert!(accepted.await.unwrap(), "the command was repeated");
}

#[tokio::test]
async fn no_connection_means_the_command_did_not_leave() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    for base in
        [format!("http://{address}/vpbx"), format!("https://{address}/vpbx"), "http://no.such.host.invalid/".into()]
    {
        let client = Client::with_timing(&base, account(), quick()).unwrap();
        let answer = client.send(&callback("a")).await;
        assert!(matches!(answer, Err(CommandError::Unreachable(_))), "{base} {answer:?}");
    }
}

#[tokio::test]
async fn a_server_that_speaks_no_tls_is_unreachable() {
    let pbx = Pbx::start([]).await;
    let client = Client::with_timing(&pbx.base.replace("http:", "https:"), account(), quick()).unwrap();
    assert!(matches!(client.send(&callback("a")).await, Err(CommandError::Unreachable(_))));
    assert!(pbx.heard().is_empty());
}

#[tokio::test]
async fn redirects_are_not_followed() {
    let pbx = Pbx::start([Answer::Redirect]).await;
    let answer = pbx.client().send(&callback("a")).await;
    assert!(matches!(answer, Err(CommandError::Config(ConfigFault::Redirected(307)))), "{answer:?}");
    assert_eq!(pbx.heard().len(), 1);
}

#[tokio::test]
async fn what_cannot_be_right_is_not_sent() {
    for base in ["", "app.mango-office.ru", "ftp://x/", "https://", "https://x/vpbx/?a=b", "mailto:x@y"] {
        assert!(matches!(Client::new(base, account()), Err(ConfigFault::Address(_))), "{base}");
    }
    let pbx = Pbx::start([]).await;
    let answer = pbx.client().send(&callback("ключ")).await;
    assert!(matches!(answer, Err(CommandError::Config(ConfigFault::Command(_)))), "{answer:?}");
    assert!(pbx.heard().is_empty());
}

#[tokio::test]
async fn nothing_secret_is_shown() {
    let pbx = Pbx::start([Answer::Late]).await;
    let client =
        pbx.client_with(Timing { connect: Duration::from_millis(50), reply: Duration::from_millis(50), ..quick() });
    let error = client.send(&callback("a")).await.unwrap_err();
    let shown = format!("{client:?} {error:?} {error}");
    assert!(!shown.contains("clinicDemo") && !shown.contains("7900555"), "{shown}");
}
