use std::process::Command;
use std::time::Duration;

use callpop_tests::{DeskSetup, Event, Incoming, KEY, SALT, form, sign, unique};
use reqwest::{Method, StatusCode};
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

#[tokio::test(flavor = "multi_thread")]
async fn a_valid_event_gets_200_and_its_repeat_too() {
    let desk = DeskSetup::new().start();
    let (pbx, feed) = (desk.pbx(), desk.feed().await);
    let call = Incoming::new("79005550101");
    for _ in 0..3 {
        pbx.deliver(&call.appeared()).await;
    }
    feed.call(&call.entry, "rings", |call| call["state"] == "ringing").await;
    assert_eq!(feed.seen().pops_of(&call.entry), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn unknown_paths_and_fields_are_kept_and_get_200() {
    let desk = DeskSetup::new().start();
    let pbx = desk.pbx();
    for path in ["events/dtmf", "events/md/onAppealClose", "events/never/heard/of", "result/transfer", "result/stats"] {
        assert_eq!(
            pbx.post_json(path, &json!({"entry_id": unique("e"), "news": [1, {"a": null}]})).await,
            200,
            "{path}"
        );
    }
    let mut event = Incoming::new("79005550101").appeared();
    event.json["a_field_of_next_year"] = json!({"deep": ["x", 1.5]});
    event.json["call_state"] = json!("Resumed");
    pbx.deliver(&event).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn events_without_their_ids_do_not_disturb() {
    let desk = DeskSetup::new().start();
    let (pbx, feed) = (desk.pbx(), desk.feed().await);
    for json in
        [json!({}), json!({"entry_id": "x"}), json!({"call_id": 5, "seq": -1}), json!({"entry_id": {}, "call_id": []})]
    {
        assert_eq!(pbx.post_json("events/call", &json).await, 200, "{json}");
        assert_eq!(pbx.post_json("events/summary", &json).await, 200, "{json}");
    }
    let call = Incoming::new("79005550101");
    pbx.deliver(&call.appeared()).await;
    feed.call(&call.entry, "rings all the same", |call| call["state"] == "ringing").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn forgeries_get_403_and_leave_nothing() {
    let desk = DeskSetup::new().start();
    let (pbx, feed) = (desk.pbx(), desk.feed().await);
    let call = Incoming::new("79005550101");
    let json = call.appeared().json.to_string();
    let right = sign(KEY, &json, SALT);
    let forgeries = [
        form(KEY, &sign(KEY, &json, "another salt"), &json),
        form("anotherKey", &sign("anotherKey", &json, SALT), &json),
        form(KEY, &right, &json.replace("79005550101", "79005550102")),
        form(KEY, &right[..63], &json),
        form(KEY, "", &json),
        form("", "", &json),
        form(KEY, "подпись", &json),
        form_urlencoded::Serializer::new(String::new()).append_pair("json", &json).finish(),
    ];
    for body in forgeries {
        assert_eq!(pbx.post_body("events/call", body.clone()).await.status(), 403, "{body}");
    }
    let marker = Incoming::new("79005550102");
    pbx.deliver(&marker.appeared()).await;
    feed.call(&marker.entry, "rings", |_| true).await;
    assert!(feed.seen().pictures_of(&call.entry).is_empty(), "a forged event became a call");
    let refused = feed
        .until("the refusals on the feed", |seen| seen.desk["listener"]["refused"].as_u64().filter(|n| *n >= 8))
        .await;
    assert_eq!(refused, 8);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_signature_is_of_the_raw_text_and_may_be_upper_case() {
    let desk = DeskSetup::new().start();
    let pbx = desk.pbx();
    let call = Incoming::new("79005550101");
    let spaced = call.appeared().json.to_string().replace("\":", "\" : ");
    assert_eq!(pbx.post_text("events/call", &spaced).await, 200);
    let json = call.connected().json.to_string();
    let body = form(KEY, &sign(KEY, &json, SALT).to_uppercase(), &json);
    assert_eq!(pbx.post_body("events/call", body).await.status(), 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_signed_form_gets_400() {
    let desk = DeskSetup::new().start();
    let pbx = desk.pbx();
    let no_json = form_urlencoded::Serializer::new(String::new())
        .append_pair("vpbx_api_key", KEY)
        .append_pair("sign", "00")
        .finish();
    for body in ["{\"entry_id\":\"x\"}".to_owned(), String::new(), "\u{0}\u{1}".to_owned(), no_json] {
        assert_eq!(pbx.post_body("events/call", body.clone()).await.status(), 400, "{body:?}");
    }
    for json in ["{\"entry_id\":", "", "not json", "{}{}"] {
        assert_eq!(pbx.post_text("events/call", json).await, 400, "{json:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn large_bodies_get_413() {
    let desk = DeskSetup::new().start();
    let pbx = desk.pbx();
    let padded = |kib: usize| json!({"entry_id": unique("e"), "padding": "x".repeat(kib * 1024)});
    assert_eq!(pbx.post_json("events/call", &padded(200)).await, 200, "200 KiB are allowed");
    for path in ["events/call", "events/summary", "result/callback"] {
        let answer = pbx.try_post_body(path, pbx.signed(&padded(300).to_string())).await;
        // A server may stop reading: then the client sees its answer, or the closed connection.
        assert!(answer.as_ref().map_or(true, |answer| answer.status() == 413), "{path}: {answer:?}");
    }
    let answer = pbx.post_body("events/call", pbx.signed(&padded(260).to_string())).await;
    assert_eq!(answer.status(), 413);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_address_book_may_send_a_mebibyte() {
    let desk = DeskSetup::new().start();
    let pbx = desk.pbx();
    let padded = |kib: usize| json!({"action": "new", "data": [{"name": "x".repeat(kib * 1024)}]});
    assert_eq!(pbx.post_json("events/ab/contacts", &padded(900)).await, 200);
    let answer = pbx.try_post_body("events/ab/contacts", pbx.signed(&padded(1100).to_string())).await;
    assert!(answer.as_ref().map_or(true, |answer| answer.status() == 413), "{answer:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_head_that_promises_too_much_is_refused_before_the_body() {
    let desk = DeskSetup::new().start();
    let address = desk.listener_root().trim_start_matches("http://").to_owned();
    let mut stream = TcpStream::connect(&address).await.expect("the listener is there");
    let head = format!(
        "POST /mangotelecom/events/call HTTP/1.1\r\nHost: {address}\r\n\
         Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 314572800\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).await.expect("the head is sent");
    let mut answer = [0; 12];
    tokio::time::timeout(Duration::from_secs(10), stream.read_exact(&mut answer))
        .await
        .expect("an answer")
        .expect("bytes");
    assert_eq!(&answer, b"HTTP/1.1 413");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_cabinets_button_gets_200_with_an_empty_object() {
    let desk = DeskSetup::new().start();
    let pbx = desk.pbx();
    for path in ["", "/", "/ping", "/ping/", "//ping"] {
        for method in [Method::GET, Method::POST] {
            let request = pbx.client().request(method.clone(), format!("{}{path}", desk.listener()));
            let answer = request.send().await.expect("an answer");
            assert_eq!(answer.status(), 200, "{method} {path:?}");
            assert_eq!(answer.text().await.expect("a body"), "{}", "{method} {path:?}");
        }
        let head = pbx.client().head(format!("{}{path}", desk.listener())).send().await.expect("an answer");
        assert_eq!(head.status(), 200, "HEAD {path:?}");
    }
    let form = [("vpbx_api_key", KEY), ("sign", "whatever")];
    let answer = pbx.client().post(format!("{}/ping", desk.listener())).form(&form).send().await.expect("an answer");
    assert_eq!(answer.status(), 200, "a form without json");
}

#[tokio::test(flavor = "multi_thread")]
async fn slashes_do_not_matter() {
    let desk = DeskSetup::new().start();
    let feed = desk.feed().await;
    for path in ["/events/call", "/events/call/", "//events/call", "//events//call//"] {
        let call = Incoming::new("79005550101");
        let address = format!("{}{path}", desk.listener());
        let body = desk.pbx().signed(&call.appeared().json.to_string());
        let answer =
            desk.pbx().client().post(address).header("content-type", "application/x-www-form-urlencoded").body(body);
        assert_eq!(answer.send().await.expect("an answer").status(), 200, "{path}");
        feed.call(&call.entry, path, |call| call["state"] == "ringing").await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn anything_else_is_404() {
    let desk = DeskSetup::new().start();
    let client = desk.pbx().client().clone();
    let root = desk.listener_root();
    for path in [
        "/",
        "/feed",
        "/mangotelecomx",
        "/mangotelecom/feed",
        "/mangotelecom/other",
        "/index.html",
        "/metrics",
        "/mangotelecom/../healthz2",
    ] {
        for method in [Method::GET, Method::POST, Method::PUT] {
            let answer = client.request(method.clone(), format!("{root}{path}")).send().await.expect("an answer");
            assert_eq!(answer.status(), 404, "{method} {path}");
        }
    }
    for method in [Method::GET, Method::PUT, Method::DELETE] {
        let answer =
            client.request(method.clone(), format!("{}/events/call", desk.listener())).send().await.expect("an answer");
        assert_eq!(answer.status(), 404, "{method} of an event's path");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_of_the_feed_can_be_reached_from_outside() {
    let desk = DeskSetup::new().start();
    let answer = desk
        .pbx()
        .client()
        .get(format!("{}/feed", desk.listener_root()))
        .header("connection", "Upgrade")
        .header("upgrade", "websocket")
        .header("sec-websocket-version", "13")
        .header("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ==")
        .send()
        .await
        .expect("an answer");
    assert_eq!(answer.status(), 404);
    assert_ne!(port(desk.listener()), port(desk.feed_url()), "they share no port");
}

fn port(url: &str) -> String {
    let authority = url.split("://").nth(1).and_then(|rest| rest.split('/').next()).expect("an address");
    authority.rsplit(':').next().expect("a port").to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn health_is_for_this_machine_and_tells_what_happened() {
    let desk = DeskSetup::new().start();
    let pbx = desk.pbx();
    pbx.deliver(&Incoming::new("79005550101").appeared()).await;
    let health = desk.health().await;
    assert_eq!(health["status"], "ok", "{health}");
    let text = health.to_string();
    assert!(!text.contains(KEY) && !text.contains(SALT) && !text.contains("79005550101"), "{health}");
    for header in ["x-forwarded-for", "forwarded", "x-real-ip"] {
        let request = pbx.client().get(format!("{}/healthz", desk.listener_root())).header(header, "for=203.0.113.7");
        assert_eq!(request.send().await.expect("an answer").status(), 404, "{header}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn addresses_that_are_not_listed_get_403() {
    let desk = DeskSetup::new().set("listener.allow", r#"["203.0.113.7", "198.51.100.0/24"]"#).start();
    let status = desk.pbx().post(&Incoming::new("79005550101").appeared()).await;
    assert_eq!(status, StatusCode::FORBIDDEN);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_listed_address_may_post() {
    let desk = DeskSetup::new().set("listener.allow", r#"["203.0.113.7", "127.0.0.0/8"]"#).start();
    desk.pbx().deliver(&Incoming::new("79005550101").appeared()).await;
}

/// Posts as a reverse proxy on this machine passes it on.
async fn post_through(pbx: &callpop_tests::Poster, headers: &[(&str, &str)]) -> u16 {
    let event = Incoming::new("79005550101").appeared();
    let mut request = pbx
        .client()
        .post(format!("{}/{}", pbx.base(), event.path))
        .header("content-type", "application/x-www-form-urlencoded")
        .body(pbx.signed(&event.json.to_string()));
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.send().await.expect("the listener answers").status().as_u16()
}

#[tokio::test(flavor = "multi_thread")]
async fn behind_a_proxy_the_last_sender_it_saw_counts() {
    let desk = DeskSetup::new()
        .set("listener.allow", r#"["81.88.80.132"]"#)
        .set("listener.behind_proxy", r#"["127.0.0.1", "10.0.0.0/8"]"#)
        .start();
    let pbx = desk.pbx();
    for (status, headers) in [
        (200, &[("x-forwarded-for", "81.88.80.132")][..]),
        (200, &[("x-forwarded-for", "203.0.113.7, 81.88.80.132, 10.0.0.7")]),
        (200, &[("forwarded", "for=\"81.88.80.132:4711\";proto=https")]),
        // Not one of MANGO's.
        (403, &[("x-forwarded-for", "203.0.113.7")]),
        // The client's own invention stands before what the proxy saw.
        (403, &[("x-forwarded-for", "81.88.80.132, 203.0.113.7")]),
        (403, &[("x-forwarded-for", "81.88.80.132"), ("x-forwarded-for", "203.0.113.7")]),
        (403, &[("x-forwarded-for", "81.88.80.132"), ("forwarded", "for=203.0.113.7")]),
        (403, &[("x-forwarded-for", "nonsense")]),
        (403, &[]),
    ] {
        assert_eq!(post_through(&pbx, headers).await, status, "{headers:?}");
    }
    assert_eq!(post_through(&pbx, &[("x-forwarded-for", "81.88.80.132")]).await, 200, "refusals lock nobody out");
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_proxy_in_the_settings_its_headers_are_nobodys_word() {
    let told = [("x-forwarded-for", "81.88.80.132"), ("forwarded", "for=81.88.80.132")];
    let strict = DeskSetup::new().set("listener.allow", r#"["81.88.80.132"]"#).start();
    assert_eq!(post_through(&strict.pbx(), &told).await, 403);
    let local = DeskSetup::new()
        .set("listener.allow", r#"["127.0.0.1"]"#)
        .set("listener.behind_proxy", r#"["10.0.0.0/8"]"#)
        .start();
    assert_eq!(post_through(&local.pbx(), &[("x-forwarded-for", "203.0.113.7")]).await, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pbx_that_knows_tls_1_2_only_is_served() {
    let desk = DeskSetup::new().set("listener.tls", r#""self-signed""#).start();
    assert!(desk.listener().starts_with("https://"), "{}", desk.listener());
    let client = reqwest::Client::builder()
        .no_proxy()
        .danger_accept_invalid_certs(true)
        .max_tls_version(reqwest::tls::Version::TLS_1_2)
        .build()
        .expect("a client of TLS 1.2");
    let event = Incoming::new("79005550101").appeared();
    let answer = client
        .post(format!("{}/{}", desk.listener(), event.path))
        .header("content-type", "application/x-www-form-urlencoded")
        .body(desk.pbx().signed(&event.json.to_string()))
        .send()
        .await
        .expect("an answer over TLS 1.2");
    assert_eq!(answer.status(), StatusCode::OK);
    // Old and plain is not talked to.
    let plain = desk.listener().replace("https://", "http://");
    assert!(client.get(format!("{plain}/ping")).send().await.is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn health_counts_events_by_kind_without_numbers() {
    let desk = DeskSetup::new().start();
    let pbx = desk.pbx();
    for path in ["events/md/onAppealClose", "events/robots/stats", "events/robots/stats/", "events/next/79005550101"] {
        assert_eq!(pbx.post_json(path, &json!({"entry_id": unique("e")})).await, 200, "{path}");
    }
    assert_eq!(pbx.post_body("events/forged", form(KEY, "00", "{}")).await.status(), 403);
    let kinds = &desk.health().await["kinds"];
    let wanted = json!({"events/md/onAppealClose": 1, "events/robots/stats": 2, "events/next/#": 1});
    assert_eq!(*kinds, wanted);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_is_503_and_the_call_pops_all_the_same() {
    let desk = DeskSetup::new().with_full_disk_after_kib(3 * 1024).start();
    let (pbx, feed) = (desk.pbx(), desk.feed().await);
    let padding = "x".repeat(150 * 1024);
    let mut accepted = 0;
    let refused = loop {
        let status = pbx.post_json("events/dtmf", &json!({"entry_id": unique("e"), "padding": padding})).await;
        if status != 200 {
            break status;
        }
        accepted += 1;
        assert!(accepted < 200, "the disk never filled up");
    };
    assert_eq!(refused, StatusCode::SERVICE_UNAVAILABLE);

    let call = Incoming::new("79005550101");
    let mut event: Event = call.appeared();
    event.json["padding"] = json!(padding);
    assert_eq!(pbx.post(&event).await, StatusCode::SERVICE_UNAVAILABLE, "never a 200 for what could be lost");
    feed.call(&call.entry, "pops", |call| call["pops"] == true).await;
    feed.until("the log is said to fail", |seen| (seen.desk["log_failing"] == true).then_some(())).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_full_disk_refused_is_there_once_it_has_room() {
    let mut desk = DeskSetup::new().with_full_disk_after_kib(3 * 1024).start();
    let (pbx, feed) = (desk.pbx(), desk.feed().await);
    let padding = "x".repeat(150 * 1024);
    let call = Incoming::new("79005550101").ago(60);
    pbx.deliver(&call.appeared()).await;
    let mut filled = 0;
    while pbx.post_json("events/dtmf", &json!({"entry_id": unique("e"), "padding": padding})).await == StatusCode::OK {
        filled += 1;
        assert!(filled < 200, "the disk never filled up");
    }
    let mut end: Vec<Event> = call.unanswered().into_iter().skip(1).collect();
    for event in &mut end {
        event.json["padding"] = json!(padding);
        assert_eq!(pbx.post(event).await, StatusCode::SERVICE_UNAVAILABLE);
    }
    feed.call(&call.entry, "ends", |call| call["state"] == "ended").await;
    assert!(feed.seen().missed.is_empty(), "a row that could be lost is not shown");

    let pid = desk.program().id().to_string();
    let lifted = Command::new("prlimit").args(["--pid", &pid, "--fsize=unlimited"]).status().expect("prlimit runs");
    assert!(lifted.success());
    pbx.deliver_all(&end).await;
    feed.row(Some("+79005550101"), "is shown", |row| row["calls"] == json!([call.entry])).await;
    feed.until("the log is said to work", |seen| (seen.desk["log_failing"] == false).then_some(())).await;

    let (_, home) = desk.stop();
    let again = DeskSetup::new().start_in(home);
    let feed = again.feed().await;
    feed.call(&call.entry, "has kept its end", |call| call["outcome"] == "missed").await;
    feed.row(Some("+79005550101"), "is still shown", |_| true).await;
}
