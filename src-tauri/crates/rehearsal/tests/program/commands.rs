//! What the program answers to commands, and what it posts then.

use mango_vpbx::Account;
use serde_json::{Value, json};

use crate::stage::{Program, Receiver, SALT, account, callback, has, of_state};

#[tokio::test]
async fn carries_out_a_callback_and_a_hang_up() {
    let (receiver, addr) = Receiver::start().await;
    let program = Program::start(addr, &["--speed", "10"]).await;
    let (http, reply) = program.command("commands/callback", &callback("79005550101")).await;
    assert_eq!((http, &reply), (200, &json!({ "command_id": "pop-1", "result": 1000 })));

    receiver.eventually("the patient talks", |posts| of_state(posts, "Connected").count() == 2).await;
    let posts = receiver.posts();
    let first = of_state(&posts, "Appeared").find(|leg| leg["to"]["extension"] == "202").unwrap();
    assert_eq!((&first["command_id"], &first["callback_initiator"]), (&json!("pop-1"), &json!("API")));
    let talking = of_state(&posts, "Connected").find(|leg| leg["to"]["number"] == "79005550101").unwrap();

    let hang_up = json!({ "command_id": "pop-2", "call_id": talking["call_id"] });
    assert_eq!(program.command("commands/call/hangup", &hang_up).await.1["result"], 1000);
    assert_eq!(program.command("commands/call/hangup", &hang_up).await.1["result"], 4101);
    receiver
        .eventually("the summary and all results", |posts| {
            let results = posts.iter().filter(|(path, _)| path == "result/call/hangup").count();
            has(posts, "events/summary") && has(posts, "result/callback") && results == 2
        })
        .await;
    let posts = receiver.posts();
    assert!(of_state(&posts, "Disconnected").any(|leg| leg["disconnect_reason"] == 1181));

    let heard = program.watch("commands").await;
    assert_eq!(heard.as_array().unwrap().len(), 3);
    assert_eq!(heard[0]["json"], callback("79005550101"));
    assert_eq!((&heard[0]["verified"], &heard[0]["result"]), (&json!(true), &json!(1000)));
    let (counts, code) = program.terminate().await;
    assert_eq!((code, &counts["commands"]), (0, &json!({ "callback": 1, "hangup": 1, "refused": 1 })));
}

#[tokio::test]
async fn the_number_called_decides_how_a_callback_ends() {
    let (receiver, addr) = Receiver::start().await;
    let program = Program::start(addr, &["--speed", "0"]).await;
    for (to, reason) in [("79005550102", 1121), ("79005550103", 1111), ("79005550104", 1122)] {
        program.command("commands/callback", &callback(to)).await;
        receiver
            .eventually(to, |posts| {
                posts.iter().any(|(path, json)| {
                    path == "events/summary" && json["disconnect_reason"] == reason && json["to"]["number"] == to
                })
            })
            .await;
    }
    program.command("commands/callback", &callback("79005550105")).await;
    receiver
        .eventually("one leg", |posts| posts.iter().filter(|(path, _)| path == "events/summary").count() == 4)
        .await;
    let posts = receiver.posts();
    assert!(of_state(&posts, "Appeared").all(|leg| leg["to"]["number"] != "79005550105"));
}

#[tokio::test]
async fn wrong_commands_are_refused_and_the_second_locks_the_account_out() {
    let (_receiver, addr) = Receiver::start().await;
    let program = Program::start(addr, &[]).await;
    assert_eq!(program.command("account/balance", &json!({})).await.1["result"], 1000);
    assert_eq!(program.command("member/create", &json!({})).await.1["result"], 4001);
    let foreign = Account::new("another", SALT.to_owned().into()).form_body("{}");
    assert_eq!(program.ask("commands/callback", foreign).await.unwrap().1["result"], 3105);
    let unsigned = account().form_body("{}").replace("json=%7B%7D", "json=%7B%20%7D");
    assert_eq!(program.ask("commands/callback", unsigned).await.unwrap().1["result"], 3102);
    assert_eq!(program.command("commands/callback", &callback("79005550101")).await.0, 401);
    assert_eq!(program.command("account/balance", &json!({})).await.0, 401);
    let heard = program.watch("commands").await;
    assert_eq!((&heard[2]["verified"], &heard[4]["http"]), (&json!(false), &json!(401)));
}

#[tokio::test]
async fn the_fifth_callback_of_a_second_is_too_much() {
    let (_receiver, addr) = Receiver::start().await;
    let program = Program::start(addr, &["--callback", "no-events"]).await;
    let wanted = callback("79005550101");
    let asked = futures(8, || program.command("commands/callback", &wanted)).await;
    let refused: Vec<_> = asked.iter().filter(|(http, _)| *http == 429).collect();
    assert!(!refused.is_empty());
    assert_eq!(
        refused[0].1,
        json!({ "name": "Service Unavailable", "message": "Rate limit exceeded.", "code": 0, "status": 429 })
    );
}

/// Several at once, in one task.
pub(crate) async fn futures<F: Future<Output = T>, T>(count: usize, make: impl Fn() -> F) -> Vec<T> {
    let mut all: Vec<_> = (0..count).map(|_| Box::pin(make())).collect();
    let mut done: Vec<Option<T>> = (0..count).map(|_| None).collect();
    std::future::poll_fn(|context| {
        for (future, slot) in all.iter_mut().zip(&mut done) {
            if slot.is_none()
                && let std::task::Poll::Ready(value) = future.as_mut().poll(context)
            {
                *slot = Some(value);
            }
        }
        if done.iter().all(Option::is_some) { std::task::Poll::Ready(()) } else { std::task::Poll::Pending }
    })
    .await;
    done.into_iter().flatten().collect()
}

#[tokio::test]
async fn a_reset_takes_the_command_and_says_nothing() {
    let (receiver, addr) = Receiver::start().await;
    let program = Program::start(addr, &["--callback", "reset"]).await;
    let body = account().form_body(&callback("79005550101").to_string());
    assert!(program.ask("commands/callback", body).await.is_err());
    let heard = program.watch("commands").await;
    assert_eq!((&heard[0]["result"], &heard[0]["http"]), (&Value::Null, &json!(0)));
    let (counts, code) = program.terminate().await;
    assert_eq!((code, &counts["commands"]["callback"], receiver.posts().len()), (0, &json!(0), 0));
}

#[tokio::test]
async fn the_result_can_come_first() {
    let (receiver, addr) = Receiver::start().await;
    let program = Program::start(addr, &["--callback", "result-first", "--speed", "0"]).await;
    program.command("commands/callback", &callback("79005550101")).await;
    assert_eq!(receiver.posts()[0].0, "result/callback");
    receiver.eventually("the legs", |posts| has(posts, "events/summary")).await;
}
