//! Commands about a living call, through real HTTP: ring, answer, transfer, hold, take over, record.

use serde_json::{Value, json};

use crate::stage::{Program, Receiver, has, of_state};

/// A call that rings at 201 and is answered there; the id of its leg.
async fn answered(receiver: &Receiver, program: &Program) -> String {
    receiver.eventually("the ring", |posts| of_state(posts, "Appeared").count() == 1).await;
    assert_eq!(program.direct("answer/201").await, json!({ "answered": true }));
    receiver.eventually("the talk", |posts| of_state(posts, "Connected").count() == 1).await;
    call_id(of_state(&receiver.posts(), "Connected").next().unwrap())
}

fn call_id(leg: &Value) -> String {
    leg["call_id"].as_str().unwrap().to_owned()
}

/// Whether a command of this path succeeded. Results come in any order.
fn succeeded(posts: &[(String, Value)], path: &str) -> bool {
    posts.iter().any(|(known, json)| known == path && json["result"] == 1000)
}

const RING: [&str; 7] = ["--scenario", "ring", "--hold", "--speed", "10", "--talk", "600"];

#[tokio::test]
async fn a_blind_transfer_goes_to_the_colleague() {
    let (receiver, addr) = Receiver::start().await;
    let program = Program::start(addr, &RING).await;
    let leg = answered(&receiver, &program).await;
    let wanted = json!({
        "command_id": "pop-1", "call_id": leg, "method": "blind", "to_number": "202", "initiator": "201",
    });
    let (http, reply) = program.command("commands/transfer", &wanted).await;
    assert_eq!((http, reply), (200, json!({ "command_id": "pop-1", "result": 1000 })));
    let is_there = |posts: &[(String, Value)]| {
        of_state(posts, "Connected").any(|leg| leg["to"]["extension"] == "202" && leg["command_id"] == "pop-1")
    };
    receiver.eventually("the colleague talks", is_there).await;
    receiver.eventually("the result", |posts| succeeded(posts, "result/transfer")).await;
    // The old leg is gone, and the transferred call belongs to the colleague.
    let again = json!({ "command_id": "pop-2", "call_id": leg, "initiator": "201" });
    assert_eq!(program.command("commands/call/hold/on", &again).await.1["result"], 4101);
    assert_eq!(program.direct("hang_up/202").await, json!({ "hung_up": true }));
    receiver.eventually("the summary", |posts| has(posts, "events/summary")).await;
}

#[tokio::test]
async fn a_consultation_is_called_off_and_another_is_completed() {
    let (receiver, addr) = Receiver::start().await;
    let program = Program::start(addr, &RING).await;
    let leg = answered(&receiver, &program).await;
    let transfer = |id: &str, to: &str| json!({ "command_id": id, "call_id": leg, "method": "hold", "to_number": to, "initiator": "201" });
    assert_eq!(program.command("commands/transfer", &transfer("pop-1", "202")).await.1["result"], 1000);
    receiver.eventually("the hold", |posts| of_state(posts, "OnHold").count() == 1).await;
    receiver
        .eventually("the colleague is asked", |posts| {
            of_state(posts, "Appeared").any(|leg| leg["to"]["extension"] == "202")
        })
        .await;
    let cancel = json!({ "command_id": "pop-2", "call_id": leg });
    assert_eq!(program.command("commands/transfer_cancel/", &cancel).await.1["result"], 1000);
    receiver
        .eventually("the patient is back", |posts| {
            of_state(posts, "Connected").filter(|json| json["call_id"] == *leg).count() == 2
        })
        .await;
    assert_eq!(program.command("commands/transfer_cancel", &cancel).await.1["result"], 4100);

    tokio::time::sleep(std::time::Duration::from_millis(2_100)).await;
    assert_eq!(program.command("commands/transfer", &transfer("pop-3", "301")).await.1["result"], 1000);
    receiver
        .eventually("the doctor talks", |posts| of_state(posts, "Connected").any(|leg| leg["to"]["extension"] == "301"))
        .await;
    let asked = call_id(of_state(&receiver.posts(), "Connected").find(|leg| leg["to"]["extension"] == "301").unwrap());
    let connect = json!({
        "command_id": "pop-4", "holded_call_id": leg, "transferred_call_id": asked, "transfer_initiator_number": "201",
    });
    assert_eq!(program.command("commands/calls_connect/", &connect).await.1["result"], 1000);
    receiver
        .eventually("the patient talks with the doctor", |posts| {
            of_state(posts, "Connected")
                .any(|leg| leg["to"]["extension"] == "301" && leg["from"]["number"] == "79005550101")
        })
        .await;
    for path in ["result/transfer", "result/transfer_cancel", "result/calls_connect"] {
        receiver.eventually(path, |posts| succeeded(posts, path)).await;
    }
}

#[tokio::test]
async fn a_consultation_is_completed_by_putting_the_phone_down() {
    let (receiver, addr) = Receiver::start().await;
    let program = Program::start(addr, &RING).await;
    let leg = answered(&receiver, &program).await;
    let wanted = json!({
        "command_id": "pop-1", "call_id": leg, "method": "hold", "to_number": "300", "initiator": "201",
    });
    assert_eq!(program.command("commands/transfer", &wanted).await.1["result"], 1000);
    receiver
        .eventually("a colleague talks", |posts| {
            of_state(posts, "Connected").any(|leg| leg["to"]["extension"] == "202")
        })
        .await;
    assert_eq!(program.direct("hang_up/201").await, json!({ "hung_up": true }));
    receiver
        .eventually("the patient is passed on", |posts| {
            of_state(posts, "Connected").any(|leg| leg["transfer"] == "blind" && leg["from"]["number"] == "79005550101")
        })
        .await;
    // Posts travel side by side: this one may come after the one above.
    receiver
        .eventually("the leg that passed on ends", |posts| {
            of_state(posts, "Disconnected").any(|leg| leg["to"]["was_transferred"] == true)
        })
        .await;
}

#[tokio::test]
async fn a_transfer_that_nobody_answers_comes_back() {
    let (receiver, addr) = Receiver::start().await;
    let program = Program::start(addr, &[RING.as_slice(), &["--transfer", "no-answer"]].concat()).await;
    let leg = answered(&receiver, &program).await;
    let wanted = json!({
        "command_id": "pop-1", "call_id": leg, "method": "blind", "to_number": "202", "initiator": "201",
    });
    assert_eq!(program.command("commands/transfer", &wanted).await.1["result"], 1000);
    receiver
        .eventually("201 has it again", |posts| {
            of_state(posts, "Connected").any(|leg| leg["transfer"] == "return_blind")
        })
        .await;
}

#[tokio::test]
async fn a_call_is_held_and_taken_back_by_the_phone() {
    let (receiver, addr) = Receiver::start().await;
    let program = Program::start(addr, &RING).await;
    let leg = answered(&receiver, &program).await;
    let hold = json!({ "command_id": "pop-1", "call_id": leg, "initiator": "201" });
    assert_eq!(program.command("commands/call/hold/on", &hold).await.1["result"], 1000);
    receiver.eventually("the hold", |posts| of_state(posts, "OnHold").count() == 1).await;
    assert_eq!(program.command("commands/call/hold/on", &hold).await.1["result"], 4100);
    assert_eq!(program.direct("unhold/201").await, json!({ "unheld": true }));
    receiver.eventually("the talk", |posts| of_state(posts, "Connected").count() == 2).await;
    assert_eq!(program.direct("unhold/201").await, json!({ "unheld": false }));
    receiver
        .eventually("the results", |posts| posts.iter().filter(|(path, _)| path == "result/call/hold/on").count() == 2)
        .await;
}

#[tokio::test]
async fn who_waits_in_the_queue_is_taken_over() {
    let (receiver, addr) = Receiver::start().await;
    let program = Program::start(addr, &["--scenario", "queue-wait", "--speed", "10", "--queue-extension"]).await;
    receiver.eventually("the queue", |posts| of_state(posts, "Appeared").any(|leg| leg["location"] == "queue")).await;
    let posts = receiver.posts();
    let waits = of_state(&posts, "Appeared").find(|leg| leg["location"] == "queue").unwrap();
    assert_eq!(waits["to"]["extension"], "300");
    let play = json!({ "command_id": "pop-0", "call_id": waits["call_id"], "internal_id": "10001" });
    assert_eq!(program.command("commands/play/start", &play).await.1["result"], 1000);
    let hang_up = json!({ "command_id": "pop-1", "call_id": waits["call_id"] });
    assert_eq!(program.command("commands/call/hangup", &hang_up).await.1["result"], 4100);
    let route = json!({ "command_id": "pop-2", "call_id": waits["call_id"], "to_number": "201" });
    assert_eq!(program.command("commands/route", &route).await.1["result"], 1000);
    receiver.eventually("the talk", |posts| of_state(posts, "Connected").any(|leg| leg["command_id"] == "pop-2")).await;
    assert!(of_state(&receiver.posts(), "Disconnected").any(|leg| leg["disconnect_reason"] == 1182));
}

#[tokio::test]
async fn a_recording_that_was_started_by_command_can_be_had_after_the_call() {
    let (receiver, addr) = Receiver::start().await;
    let program = Program::start(addr, &RING).await;
    let leg = answered(&receiver, &program).await;
    let record = |id: &str, party: &str| json!({ "command_id": id, "call_id": leg, "call_party_number": party });
    assert_eq!(program.command("commands/recording/start", &record("pop-1", "202")).await.1["result"], 3330);
    assert_eq!(program.command("commands/recording/start", &record("pop-2", "201")).await.1["result"], 1000);
    assert_eq!(program.command("commands/recording/start", &record("pop-3", "201")).await.1["result"], 4102);
    receiver.eventually("the recording", |posts| has(posts, "events/recording")).await;
    assert_eq!(program.direct("hang_up/201").await, json!({ "hung_up": true }));
    receiver.eventually("it is kept", |posts| has(posts, "events/record/added")).await;
    let posts = receiver.posts();
    let told: Vec<_> = posts.iter().filter(|(path, _)| path == "events/recording").map(|(_, json)| json).collect();
    assert_eq!((&told[0]["recording_state"], &told[1]["recording_state"]), (&json!("Started"), &json!("Completed")));
    let (_, added) = posts.iter().find(|(path, _)| path == "events/record/added").unwrap();
    assert_eq!((&added["recording_id"], &added["user_id"]), (&told[0]["recording_id"], &json!(400_000_201)));
    let (http, location) = program.recording(added["recording_id"].as_str().unwrap()).await;
    assert_eq!((http, location.is_some()), (302, true));
}

#[tokio::test]
async fn messages_are_delivered_or_not() {
    let (receiver, addr) = Receiver::start().await;
    let program = Program::start(addr, &["--speed", "20"]).await;
    for (id, to, reason) in [("sms-1", "79005550101", 1000), ("sms-2", "79005550106", 4300)] {
        let sms = json!({ "command_id": id, "text": "Ждём вас завтра", "from_extension": "201", "to_number": to });
        assert_eq!(program.command("commands/sms", &sms).await.1["result"], 1000);
        receiver
            .eventually("the delivery", |posts| {
                posts
                    .iter()
                    .any(|(path, json)| path == "events/sms" && json["command_id"] == id && json["reason"] == reason)
            })
            .await;
    }
    assert!(has(&receiver.posts(), "result/sms"));
    let long = json!({
        "command_id": "sms-3", "text": "я".repeat(269), "from_extension": "201", "to_number": "79005550101",
    });
    assert_eq!(program.command("commands/sms", &long).await.1["result"], 3104);
}

#[tokio::test]
async fn a_group_calls_back() {
    let (receiver, addr) = Receiver::start().await;
    let program = Program::start(addr, &["--speed", "0"]).await;
    let wanted = json!({ "command_id": "pop-1", "from": "300", "to": "79005550101", "line_number": "74995550198" });
    assert_eq!(program.command("commands/callback_group", &wanted).await.1["result"], 1000);
    receiver
        .eventually("the summary", |posts| has(posts, "events/summary") && has(posts, "result/callback_group"))
        .await;
    let posts = receiver.posts();
    let rung = of_state(&posts, "Appeared").filter(|leg| leg["to"]["acd_group"] == "300").count();
    assert_eq!(rung, 3);
    let (_, summary) = posts.iter().find(|(path, _)| path == "events/summary").unwrap();
    assert_eq!((&summary["line_number"], &summary["entry_result"]), (&json!("74995550198"), &json!(1)));
}

#[tokio::test]
async fn a_call_that_rings_at_a_colleague_is_intercepted() {
    let (receiver, addr) = Receiver::start().await;
    let program = Program::start(addr, &["--speed", "10", "--talk", "600"]).await;
    assert_eq!(program.direct("play/ring?extension=203").await, json!({ "playing": 1 }));
    receiver
        .eventually("the ring", |posts| of_state(posts, "Appeared").any(|leg| leg["to"]["extension"] == "203"))
        .await;
    let leg = call_id(of_state(&receiver.posts(), "Appeared").next().unwrap());
    let route = json!({ "command_id": "pop-1", "call_id": leg, "to_number": "201" });
    assert_eq!(program.command("commands/route", &route).await.1["result"], 1000);
    receiver
        .eventually("we have it", |posts| of_state(posts, "Connected").any(|leg| leg["to"]["extension"] == "201"))
        .await;
}

#[tokio::test]
async fn a_callback_of_a_colleague_is_passed_on_to_whom_it_says() {
    let (receiver, addr) = Receiver::start().await;
    let program = Program::start(addr, &["--speed", "5", "--talk", "600"]).await;
    program.command("commands/callback", &crate::stage::callback("79005550101")).await;
    receiver.eventually("the patient talks", |posts| of_state(posts, "Connected").count() == 2).await;
    let posts = receiver.posts();
    let leg = call_id(of_state(&posts, "Connected").find(|leg| leg["to"]["number"] == "79005550101").unwrap());
    let transfer = json!({
        "command_id": "pop-2", "call_id": leg, "method": "blind", "to_number": "201", "initiator": "202",
    });
    assert_eq!(program.command("commands/transfer", &transfer).await.1["result"], 1000);
    receiver
        .eventually("201 has the patient", |posts| {
            of_state(posts, "Connected")
                .any(|leg| leg["to"]["extension"] == "201" && leg["from"]["number"] == "79005550101")
        })
        .await;
    let gone = of_state(&receiver.posts(), "Disconnected").find(|json| json["call_id"] == *leg).unwrap().clone();
    assert_eq!((&gone["from"]["was_transferred"], &gone["disconnect_reason"]), (&json!(true), &json!(1110)));
}
