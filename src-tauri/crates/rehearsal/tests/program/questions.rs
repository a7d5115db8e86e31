//! What the PBX tells when it is asked: people, history, recordings, the address book; and how often it may be.

use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::stage::{Program, Receiver, account, callback, has};

async fn silent(more: &[&str]) -> Program {
    let (_receiver, addr) = Receiver::start().await;
    Program::start(addr, &[&["--silent", "--stats-after", "0"], more].concat()).await
}

#[tokio::test]
async fn people_groups_and_lines_are_listed() {
    let program = silent(&[]).await;
    let wanted = json!({ "ext_fields": ["general.user_id", "groups"] });
    let (_, reply) = program.command("config/users/request", &wanted).await;
    let users = reply["users"].as_array().unwrap();
    assert_eq!(users.len(), 5);
    assert_eq!(
        (&users[0]["general"]["name"], &users[0]["general"]["user_id"], &users[0]["telephony"]["extension"]),
        (&json!("Анна Ким"), &json!(400_000_201), &json!("201"))
    );
    assert_eq!(users[4]["telephony"]["extension"], Value::Null);
    let (_, reply) = program.command("groups", &json!({ "show_users": 1 })).await;
    assert_eq!(reply["groups"][0]["operators"].as_array().unwrap().len(), 3);
    assert_eq!((&reply["groups"][1]["extension"], &reply["groups"][1]["name"]), (&json!("400"), &json!("Врачи")));
    let (_, reply) = program.command("incominglines", &json!({})).await;
    assert_eq!(
        (&reply["lines"][0]["number"], &reply["lines"][0]["comment"]),
        (&json!("74995550199"), &json!("Реклама, Яндекс"))
    );
    let (_, reply) = program.command("trunks/numbers/", &json!({})).await;
    assert_eq!(reply["data"][0]["options"], 6);
}

#[tokio::test]
async fn the_address_book_and_call_tracking_know_some() {
    let program = silent(&[]).await;
    let (_, first) = program.command("ab/contact/init", &json!({ "query": "", "limit_rows": 2 })).await;
    assert_eq!((first["data"].as_array().unwrap().len(), &first["state"]["info"]["pages"]), (2, &json!(2)));
    let next = json!({ "cursor": first["state"]["cursor"], "mode": "next-page-1" });
    let (_, second) = program.command("ab/contact/cursor/", &next).await;
    assert_eq!(second["data"].as_array().unwrap().len(), 1);
    let (_, found) = program.command("ab/contact/init", &json!({ "query": "79995559876" })).await;
    assert_eq!(found["data"][0]["phones"][0]["phone_num"], "79995559876");
    let (_, nobody) = program.command("ab/contact/init", &json!({ "query": "79000000000" })).await;
    assert!(nobody["data"].as_array().unwrap().is_empty() && nobody["state"].get("cursor").is_none());
    let tracked = json!({ "number": "74995550199" });
    let (_, visitor) = program.command("queries/user_info_by_dct_number", &tracked).await;
    assert_eq!(visitor["data"]["channel"]["source"], "yandex");
    let (_, pages) = program.command("queries/user_history_by_dct_number", &tracked).await;
    assert_eq!(pages["data"].as_array().unwrap().len(), 2);
    let (_, nobody) = program.command("queries/user_info_by_dct_number", &json!({ "number": "74990000000" })).await;
    assert_eq!(nobody, json!({}));
    assert_eq!(program.command("cc/call/", &json!({ "entry_id": "a" })).await.1["result"], 3310);
}

#[tokio::test]
async fn calls_of_a_dead_desk_are_in_the_statistics_each_leg_once() {
    let program = silent(&["--speed", "0"]).await;
    let played = program.direct("play/missed?count=3&instantly=1&number=79995550001&spread=3600").await;
    assert_eq!(played["played"].as_array().unwrap().len(), 3);
    program.direct("play/recorded?instantly=1").await;
    program.command("commands/callback", &callback("79005550102")).await;
    let now = Timestamp::now().as_second();
    let fields = "entry_id, records, start, finish, answer, from_number, to_extension, disconnect_reason, location";
    let wanted = json!({ "date_from": (now - 7200).to_string(), "date_to": now, "fields": fields, "request_id": "r" });
    let (_, reply) = program.command("stats/request", &wanted).await;
    let key = json!({ "key": reply["key"] });
    let (http, text) = program.text("stats/result", &key).await;
    assert_eq!(http, 200);
    let rows: Vec<Vec<&str>> = text.lines().map(|row| row.split(';').collect()).collect();
    assert!(rows.iter().all(|row| row.len() == 9), "{text}");
    // Menu and two phones three times, and the recorded one.
    let missed: Vec<_> = rows.iter().filter(|row| row[5] == "79995550001").collect();
    assert_eq!(missed.len(), 9);
    let recorded = rows.iter().find(|row| row[1] != "[]").unwrap();
    assert_eq!((recorded[6], recorded[7], recorded[8]), ("201", "1110", "abonent"));
    let times: Vec<i64> = [2, 4, 3].map(|field| recorded[field].parse().unwrap()).to_vec();
    assert_eq!((times[1] - times[0], times[2] - times[1]), (4, 26));
    assert!(missed.iter().all(|row| row[4] == "0" && row[3].parse::<i64>().unwrap() <= now));
    // Both legs of the callback, the second busy.
    let called: Vec<_> = rows.iter().filter(|row| row[5] == "79005550102" || row[7] == "1121").collect();
    assert_eq!(called.len(), 2);
    // Fetched again at once: an answer, and a breach.
    assert_eq!(program.text("stats/result", &key).await.0, 200);
    assert_eq!(program.watch("limits").await["breaches"], 1);
    assert_eq!(program.text("stats/result", &json!({ "key": "another" })).await.0, 404);
    let posted = program.terminate().await.0;
    assert_eq!(posted["posted"], 0);
}

#[tokio::test]
async fn statistics_are_asked_for_by_the_rules() {
    let program = silent(&["--errors", "400"]).await;
    let (http, reply) = program.command("stats/request", &json!({ "date_from": 0, "date_to": 40 * 86_400 })).await;
    assert_eq!((http, &reply["result"]), (400, &json!(3111)));
    tokio::time::sleep(Duration::from_millis(2_050)).await;
    let both =
        json!({ "date_from": 0, "date_to": 1, "from": { "extension": "201" }, "call_party": { "extension": "202" } });
    assert_eq!(program.command("stats/request", &both).await.1["result"], 3104);
    assert_eq!(program.command("account/balance", &json!({})).await.0, 401);
}

#[tokio::test]
async fn extended_statistics_tell_calls_with_their_legs() {
    let program = silent(&[]).await;
    program.direct("play/ivr-group-answer?instantly=1").await;
    program.direct("play/internal?instantly=1").await;
    let moscow = jiff::tz::TimeZone::fixed(jiff::tz::offset(3));
    let now = moscow.to_datetime(Timestamp::now());
    let day = |date: &str| json!({ "start_date": format!("{date} 00:00:00"), "end_date": format!("{date} 23:59:59"), "limit": "100", "offset": "0" });
    let today = now.strftime("%d.%m.%Y").to_string();
    let (_, reply) = program.command("stats/calls/request", &day(&today)).await;
    let (_, done) = program.command("stats/calls/result/", &json!({ "key": reply["key"] })).await;
    assert_eq!((&done["status"], &done["result"]), (&json!("complete"), &json!(1000)));
    let calls = done["data"][0]["list"].as_array().unwrap();
    assert_eq!(calls.len(), 2);
    let inbound = calls.iter().find(|call| call["context_type"] == 1).unwrap();
    assert_eq!((&inbound["context_status"], &inbound["talk_duration"]), (&json!(1), &json!(63)));
    let legs = inbound["context_calls"].as_array().unwrap();
    let group = legs.iter().find(|leg| leg["call_type"] == "group").unwrap();
    let members = group["members"].as_array().unwrap();
    assert_eq!((members.len(), &group["call_abonent_id"]), (3, &json!(10_000_300)));
    assert!(members.iter().all(|leg| leg["call_type"] == "user" && leg["external_call_id"].is_string()));
    assert_eq!(group["recording_id"].as_array().unwrap().len(), 1);
    assert!(calls.iter().any(|call| call["context_type"] == 3));
    let (_, gone) = program.command("stats/calls/result/", &json!({ "key": "another" })).await;
    assert_eq!(gone["status"], "not-found");
}

#[tokio::test]
async fn statistics_can_go_wrong() {
    let window =
        json!({ "date_from": Timestamp::now().as_second() - 3600, "date_to": Timestamp::now().as_second() + 60 });
    for (mode, http) in [("never", 204), ("half", 200), ("html", 200)] {
        let program = silent(&["--stats", mode]).await;
        program.direct("play/missed?instantly=1").await;
        let (_, reply) = program.command("stats/request", &window).await;
        let (told, text) = program.text("stats/result", &json!({ "key": reply["key"] })).await;
        assert_eq!(told, http, "{mode}");
        match mode {
            "never" => assert!(text.is_empty()),
            "html" => assert!(text.starts_with("<!DOCTYPE html>")),
            _ => assert!(!text.ends_with('\n') && text.lines().last().unwrap().split(';').count() < 11, "{text}"),
        }
    }
    let program = silent(&["--stats", "refused"]).await;
    assert_eq!(program.command("stats/request", &window).await.1["result"], 5005);
}

#[tokio::test]
async fn statistics_are_announced_where_we_are_told_to() {
    let (receiver, addr) = Receiver::start().await;
    let program = Program::start(addr, &["--stats-after", "0", "--stat-path", "stats"]).await;
    let (_, reply) =
        program.command("stats/request", &json!({ "date_from": 0, "date_to": 1, "request_id": "mine" })).await;
    receiver.eventually("the announcement", |posts| has(posts, "result/stats")).await;
    let posts = receiver.posts();
    assert_eq!(posts[0].1, json!({ "key": reply["key"], "request_id": "mine" }));
    let (http, text) = program.text("stats/result", &json!({ "key": reply["key"] })).await;
    assert_eq!((http, text.as_str()), (200, ""));
}

#[tokio::test]
async fn a_recording_is_handed_out_once_and_in_parts() {
    let (receiver, addr) = Receiver::start().await;
    let program = Program::start(addr, &["--scenario", "recorded", "--speed", "0", "--hold"]).await;
    receiver.eventually("it is kept", |posts| has(posts, "events/record/added")).await;
    let id = receiver.posts().last().unwrap().1["recording_id"].as_str().unwrap().to_owned();
    let (http, location) = program.recording(&id).await;
    assert_eq!(http, 302);
    let location = location.unwrap();
    let client = reqwest::Client::new();
    let whole = client.get(&location).send().await.unwrap();
    assert_eq!((whole.status().as_u16(), &whole.headers()["content-type"]), (200, &"audio/mpeg".parse().unwrap()));
    let size: usize = whole.headers()["content-length"].to_str().unwrap().parse().unwrap();
    let bytes = whole.bytes().await.unwrap();
    assert_eq!(bytes.len(), size);
    assert!(size > 10_000 && bytes.starts_with(b"ID3"));
    assert_eq!(client.get(&location).send().await.unwrap().status().as_u16(), 404);

    let part = |location: String, range: &'static str| client.get(location).header("range", range).send();
    let (_, location) = program.recording(&id).await;
    let middle = part(location.unwrap(), "bytes=10-19").await.unwrap();
    assert_eq!(middle.status().as_u16(), 206);
    assert_eq!(middle.headers()["content-range"], format!("bytes 10-19/{size}"));
    assert_eq!(middle.bytes().await.unwrap(), bytes.slice(10..20));
    let (_, location) = program.recording(&id).await;
    let beyond = part(location.unwrap(), "bytes=99999999-").await.unwrap();
    assert_eq!(beyond.status().as_u16(), 416);

    assert_eq!(program.recording("another").await.0, 200);
    let link = |expires: i64| {
        let sign = account().recording_link_sign(&id, expires);
        let escaped = id.replace('/', "%2F").replace('+', "%2B");
        format!("{}queries/recording/link/{escaped}/play/{}/{expires}/{sign}", program.commands, account().key())
    };
    let follow = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
    let now = Timestamp::now().as_second();
    assert_eq!(follow.get(link(now + 60)).send().await.unwrap().status().as_u16(), 302);
    assert_eq!(follow.get(link(now - 60)).send().await.unwrap().status().as_u16(), 403);
    let forged = link(now + 60).replace("/play/", "/download/").replace(account().key(), "another");
    assert_eq!(follow.get(forged).send().await.unwrap().status().as_u16(), 403);
}
