//! What goes wrong at MANGO: silence, loss, another salt, wrong answers, and every kind of post.

use serde_json::{Value, json};

use crate::stage::{Program, Receiver, SALT, has, of_state};

#[tokio::test]
async fn a_share_of_the_posts_is_lost() {
    let mut received = Vec::new();
    for _ in 0..2 {
        let (receiver, addr) = Receiver::start().await;
        let more = ["--scenario", "mixed", "--count", "40", "--rate", "3000", "--seed", "5", "--loss", "50"];
        let (counts, code) =
            Program::start(addr, &[more.as_slice(), &["--connections", "1"]].concat()).await.end().await;
        let (posted, lost) = (counts["posted"].as_u64().unwrap(), counts["lost"].as_u64().unwrap());
        assert_eq!((code, posted), (0, receiver.posts().len() as u64));
        let share = lost as f64 / (posted + lost) as f64;
        assert!((0.35..0.65).contains(&share), "{share}");
        received.push(posted);
    }
    assert_eq!(received[0], received[1], "the same seed loses the same posts");
}

#[tokio::test]
async fn a_desk_is_dead_and_comes_back() {
    let (receiver, addr) = Receiver::start().await;
    let program = Program::start(addr, &["--silent"]).await;
    program.direct("play/missed?count=2&instantly=1").await;
    assert!(receiver.posts().is_empty());
    assert_eq!(program.direct("silent/off").await, json!({ "silent": false }));
    program.direct("play/missed?instantly=1").await;
    assert_eq!(receiver.posts().len(), 7);
    assert_eq!(program.watch("calls").await.as_array().unwrap().len(), 3);
}

#[tokio::test]
async fn the_salt_changes_in_mid_day() {
    let (receiver, addr) = Receiver::start().await;
    let program = Program::start(addr, &[]).await;
    assert_eq!(program.command("account/balance", &json!({})).await.1["result"], 1000);
    program.direct("salt/anotherSalt").await;
    assert_eq!(program.command("account/balance", &json!({})).await.1["result"], 3102);
    program.direct("play/abandoned?instantly=1").await;
    assert!(receiver.posts().is_empty(), "the old salt does not verify them");
    program.direct(&format!("salt/{SALT}")).await;
    program.direct("play/abandoned?instantly=1").await;
    assert_eq!(receiver.posts().len(), 3);
}

#[tokio::test]
async fn commands_can_be_answered_with_anything() {
    let (receiver, addr) = Receiver::start().await;
    let program = Program::start(addr, &["--answers", "html"]).await;
    let (http, text) = program.text("account/balance", &json!({})).await;
    assert!(http == 200 && text.contains("<html>"));
    program.direct("answers/redirect").await;
    assert_eq!(program.text("account/balance", &json!({})).await.0, 302);
    program.direct("answers/result-in-200").await;
    let (http, reply) = program.command("commands/callback", &crate::stage::callback("79005550101")).await;
    assert_eq!((http, &reply["result"]), (200, &json!(5003)));
    program.direct("answers/right").await;
    assert_eq!(program.command("groups", &json!({})).await.1["result"], 1000);
    assert!(receiver.posts().is_empty(), "nothing was carried out");
}

#[tokio::test]
async fn bad_requests_have_the_status_we_are_told() {
    let (_receiver, addr) = Receiver::start().await;
    let program = Program::start(addr, &["--errors", "420"]).await;
    let (http, reply) = program.command("commands/call/hangup", &json!({})).await;
    assert_eq!((http, &reply["code"], reply.get("result")), (420, &json!(3103), None));
    let (http, reply) = program.command("commands/call/hangup", &json!({ "command_id": "a", "call_id": "b" })).await;
    assert_eq!((http, &reply["result"]), (200, &json!(4101)));
}

#[tokio::test]
async fn every_kind_of_post_is_known() {
    let (receiver, addr) = Receiver::start().await;
    let (_, code) = Program::start(addr, &["--scenario", "everything", "--speed", "0"]).await.end().await;
    assert_eq!(code, 0);
    let posts = receiver.posts();
    for path in [
        "events/call",
        "events/summary",
        "events/recording",
        "events/record/added",
        "events/record/tagged",
        "events/recognized/offline",
        "events/dtmf",
        "events/sms",
        "events/ab/contacts",
        "events/ab/organizations",
        "events/ab/groups",
        "events/user/status_changed",
        "events/user/session_end",
        "events/md/onAppealClose",
        "events/robots/stats",
        "result/callback",
        "result/callback_group",
        "result/call/hangup",
        "result/sms",
        "result/recording/start",
        "result/play/start",
        "result/route",
        "result/transfer",
        "result/calls_connect",
        "result/transfer_cancel",
        "result/call/hold/on",
        "result/stat",
        "result/stats",
    ] {
        assert!(has(&posts, path), "{path}");
    }
    assert!(of_state(&posts, "Disconnected").any(|leg| leg["to"]["was_transfered"] == true));
}

#[tokio::test]
async fn the_unknown_can_be_switched() {
    let told = async |more: &[&str]| -> Vec<(String, Value)> {
        let (receiver, addr) = Receiver::start().await;
        let (_, code) = Program::start(addr, &[&["--speed", "0"], more].concat()).await.end().await;
        assert_eq!(code, 0);
        receiver.posts()
    };
    let posts = told(&["--scenario", "ivr-group-answer", "--losing", "1183"]).await;
    assert_eq!(of_state(&posts, "Disconnected").filter(|leg| leg["disconnect_reason"] == 1183).count(), 2);
    for (how, number) in [("empty", json!("")), ("anonymous", json!("anonymous")), ("missing", Value::Null)] {
        let posts = told(&["--scenario", "hidden", "--hidden", how]).await;
        assert!(posts.iter().all(|(_, json)| json["from"]["number"] == number), "{how}");
    }
    let posts = told(&["--scenario", "dtmf"]).await;
    let (_, keys) = posts.iter().find(|(path, _)| path == "events/dtmf").unwrap();
    assert_eq!(
        (&keys["dtmf"], &keys["location"], &keys["initiator"]),
        (&json!("2"), &json!("ivr"), &json!("79005550101"))
    );
    let posts = told(&["--scenario", "advert"]).await;
    assert!(of_state(&posts, "Connected").all(|leg| leg["dct"] == json!({ "number": "74995550199", "type": 2 })));
    let posts = told(&["--scenario", "statuses"]).await;
    assert_eq!(posts[1].1["abonent_id"], 400_000_202);
}

#[tokio::test]
async fn a_callback_can_be_told_otherwise() {
    let (receiver, addr) = Receiver::start().await;
    let more = ["--speed", "0", "--short-callback", "--callback-direction", "1", "--callback-line"];
    let program = Program::start(addr, &more).await;
    let mut wanted = crate::stage::callback("79005550101");
    wanted["line_number"] = "74995550198".into();
    program.command("commands/callback", &wanted).await;
    receiver.eventually("the summary", |posts| has(posts, "events/summary")).await;
    let posts = receiver.posts();
    assert_eq!(of_state(&posts, "Connected").count(), 1);
    let (_, summary) = posts.iter().find(|(path, _)| path == "events/summary").unwrap();
    assert_eq!((&summary["call_direction"], &summary["line_number"]), (&json!(1), &json!("74995550198")));
    assert!(of_state(&posts, "Appeared").any(|leg| leg["to"]["line_number"] == "74995550198"));
    wanted["line_number"] = "74990000000".into();
    assert_eq!(program.command("commands/callback", &wanted).await.1["result"], 3124);
}

#[tokio::test]
async fn the_busiest_moment_of_each_class_is_known() {
    let (_receiver, addr) = Receiver::start().await;
    let program = Program::start(addr, &[]).await;
    let nothing = json!({});
    let asked = crate::commands::futures(8, || program.command("account/balance", &nothing)).await;
    assert!(asked.iter().any(|(http, _)| *http == 429));
    let seen = program.watch("limits").await;
    let busiest = &seen["by_class"]["balance"];
    assert!(busiest["max"].as_u64().unwrap() > 2, "{seen}");
    assert_eq!((&busiest["limit"], &busiest["seconds"]), (&json!(2), &json!(1)));
    assert!(seen["breaches"].as_u64().unwrap() >= 1 && seen["by_class"]["all"]["max"].as_u64().unwrap() > 2);
}
