use std::time::{Duration, Instant};

use callpop_tests::{DeskSetup, FEED_TOKEN, FeedClient, Incoming, Socket, connect_raw, hello, patience, unique};
use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::io::AsyncReadExt;
use tokio_tungstenite::MaybeTlsStream;
use tokio_tungstenite::tungstenite::{Error, Message};

/// Reads to the close frame and tells its code; everything before it is returned too.
async fn until_closed(socket: &mut Socket, within: Duration) -> (Option<u16>, Vec<String>) {
    let mut texts = Vec::new();
    let reading = async {
        loop {
            match socket.next().await {
                Some(Ok(Message::Close(frame))) => return frame.map(|frame| u16::from(frame.code)),
                Some(Ok(Message::Text(text))) => texts.push(text.to_string()),
                Some(Ok(_)) => {}
                Some(Err(_)) | None => return None,
            }
        }
    };
    let code = tokio::time::timeout(within, reading).await.unwrap_or_else(|_| panic!("not closed within {within:?}"));
    (code, texts)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hello_gets_a_snapshot() {
    let desk = DeskSetup::new().start();
    let feed = desk.feed().await;
    let seen = feed.seen();
    let snapshot = &seen.frames[0];
    assert_eq!(snapshot["type"], "snapshot");
    for list in ["calls", "missed", "dials"] {
        assert_eq!(snapshot[list], json!([]), "{list}");
    }
    let about = &snapshot["desk"];
    assert_eq!(about["extension"], "201");
    assert_eq!(about["groups"], json!(["300"]));
    assert_eq!(about["listener"]["url"], desk.listener());
    assert_eq!(about["listener"]["accepted"], 0);
    assert_eq!(about["directory"]["kind"], "file");
    assert_eq!(about["directory"]["state"], "ok");
    assert_eq!(about["vpbx"]["state"], "unknown");
    assert!(about["version"].as_str().is_some_and(|version| !version.is_empty()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_or_missing_token_is_closed_with_4401() {
    let desk = DeskSetup::new().start();
    let frames = [
        hello("wrong", None).to_string(),
        hello("", None).to_string(),
        hello(&FEED_TOKEN[..FEED_TOKEN.len() - 1], None).to_string(),
        json!({"type": "hello"}).to_string(),
        json!({"type": "request", "id": "r1", "do": "history", "with": {"limit": 5}}).to_string(),
        "no frame at all".to_owned(),
    ];
    for frame in frames {
        let mut socket = connect_raw(desk.feed_url(), &[]).await.expect("the socket opens");
        socket.send(Message::text(frame.as_str())).await.expect("sent");
        let (code, texts) = until_closed(&mut socket, patience()).await;
        assert_eq!(code, Some(4401), "{frame}");
        assert!(texts.is_empty(), "{frame} got {texts:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn silence_is_closed_with_4401_after_five_seconds() {
    let desk = DeskSetup::new().start();
    let begun = Instant::now();
    let mut socket = connect_raw(desk.feed_url(), &[]).await.expect("the socket opens");
    let (code, texts) = until_closed(&mut socket, Duration::from_secs(12)).await;
    assert_eq!(code, Some(4401));
    assert!(texts.is_empty(), "{texts:?}");
    assert!(begun.elapsed() >= Duration::from_millis(4500), "a slow machine needs its five seconds");
}

#[tokio::test(flavor = "multi_thread")]
async fn strange_hosts_and_origins_get_403() {
    let desk = DeskSetup::new().start();
    let port = desk.feed_url().rsplit(':').next().expect("a port").trim_end_matches("/feed");
    let refused = [
        ("origin", "http://evil.example".to_owned()),
        ("origin", "https://tauri.localhost.evil.example".to_owned()),
        ("origin", "null".to_owned()),
        ("origin", format!("http://127.0.0.1:{port}.evil.example")),
        ("host", "evil.example".to_owned()),
        ("host", format!("evil.example:{port}")),
        ("host", "127.0.0.1:1".to_owned()),
    ];
    for (header, value) in &refused {
        match connect_raw(desk.feed_url(), &[(header, value)]).await.map_err(|error| *error) {
            Err(Error::Http(answer)) => assert_eq!(answer.status(), 403, "{header}: {value}"),
            other => panic!("{header}: {value}: {:?}", other.map(drop)),
        }
    }
    let allowed = [
        ("origin", "tauri://localhost".to_owned()),
        ("origin", "http://tauri.localhost".to_owned()),
        ("host", format!("localhost:{port}")),
        ("host", format!("127.0.0.1:{port}")),
    ];
    for (header, value) in &allowed {
        connect_raw(desk.feed_url(), &[(header, value)])
            .await
            .unwrap_or_else(|error| panic!("{header}: {value}: {error}"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_origin_of_the_settings_is_allowed() {
    let desk = DeskSetup::new().set("feed.origins", r#"["http://localhost:1420"]"#).start();
    connect_raw(desk.feed_url(), &[("origin", "http://localhost:1420")]).await.expect("the origin is in the settings");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_snapshot_holds_todays_calls() {
    let desk = DeskSetup::new().start();
    let (pbx, first) = (desk.pbx(), desk.feed().await);
    let (live, over) = (Incoming::new("79005550101"), Incoming::new("79005550102"));
    pbx.deliver(&live.appeared()).await;
    pbx.deliver_all(&over.unanswered()).await;
    first.call(&over.entry, "ends", |call| call["state"] == "ended" && call["card"]["status"] == "found").await;
    first.call(&live.entry, "has its card", |call| call["card"]["status"] == "several").await;
    first.row(Some("+79005550102"), "is there", |row| !row["person"].is_null()).await;

    let second = desk.feed().await;
    let (before, after) = (first.seen(), second.seen());
    assert_eq!(before.calls, after.calls);
    assert_eq!(before.missed, after.missed);
    assert_eq!(before.epoch, after.epoch);
}

#[tokio::test(flavor = "multi_thread")]
async fn changes_are_numbered_without_a_gap() {
    let desk = DeskSetup::new().start();
    let (pbx, feed) = (desk.pbx(), desk.feed().await);
    for _ in 0..5 {
        pbx.deliver_all(&Incoming::new("79005550101").unanswered()).await;
    }
    feed.row(Some("+79005550101"), "five calls", |row| row["count"] == 5).await;
    let seen = feed.seen();
    let numbers: Vec<u64> =
        seen.frames.iter().filter(|frame| frame["type"] != "reply").filter_map(|frame| frame["seq"].as_u64()).collect();
    for pair in numbers.windows(2) {
        assert_eq!(pair[1], pair[0] + 1, "{numbers:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_comes_back_gets_just_the_changes() {
    let desk = DeskSetup::new().start();
    let pbx = desk.pbx();
    let feed = desk.feed().await;
    let early = Incoming::new("79005550101");
    pbx.deliver(&early.appeared()).await;
    feed.call(&early.entry, "has its card", |call| call["card"]["status"] == "several").await;
    let (epoch, seq) = {
        let seen = feed.seen();
        (seen.epoch.clone(), seen.seq)
    };
    drop(feed);

    let late = Incoming::new("79005550102");
    pbx.deliver(&late.appeared()).await;
    let again = FeedClient::open(desk.feed_url(), hello(FEED_TOKEN, Some((&epoch, seq)))).await;
    again.call(&late.entry, "arrives", |_| true).await;
    let seen = again.seen();
    assert_eq!(seen.frames[0]["type"], "resumed", "{}", seen.frames[0]);
    assert!(seen.pictures_of(&early.entry).is_empty(), "what was seen is not told again");
    let first_change = seen.frames.iter().skip(1).find_map(|frame| frame["seq"].as_u64());
    assert_eq!(first_change, Some(seq + 1), "no change is skipped");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_since_that_cannot_be_gets_a_snapshot() {
    let desk = DeskSetup::new().start();
    let feed = desk.feed().await;
    let (epoch, seq) = {
        let seen = feed.seen();
        (seen.epoch.clone(), seen.seq)
    };
    for (epoch, seq) in [("another-epoch", seq), (epoch.as_str(), seq + 1000)] {
        let again = FeedClient::open(desk.feed_url(), hello(FEED_TOKEN, Some((epoch, seq)))).await;
        assert_eq!(again.seen().frames[0]["type"], "snapshot", "{epoch} {seq}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_epoch_is_new_after_a_restart() {
    let desk = DeskSetup::new().start();
    let (epoch, seq) = {
        let feed = desk.feed().await;
        let seen = feed.seen();
        (seen.epoch.clone(), seen.seq)
    };
    let desk = desk.restart();
    let again = FeedClient::open(desk.feed_url(), hello(FEED_TOKEN, Some((&epoch, seq)))).await;
    let seen = again.seen();
    assert_eq!(seen.frames[0]["type"], "snapshot");
    assert_ne!(seen.epoch, epoch);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_request_is_answered_and_the_connection_lives_on() {
    let desk = DeskSetup::new().start();
    let feed = desk.feed().await;
    assert_eq!(feed.refused("make_coffee", json!({"sugar": 2})).await["code"], "unknown_request");
    assert_eq!(feed.refused("dial", json!({"number": 5})).await["code"], "bad_request");
    assert_eq!(feed.refused("choose_person", json!({"call": "none", "person": "p1"})).await["code"], "not_found");
    assert_eq!(feed.refused("dial", json!({"number": "not a number"})).await["code"], "bad_number");
    feed.ok("history", json!({"limit": 1})).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn frames_that_make_no_sense_end_no_connection_of_others() {
    let desk = DeskSetup::new().start();
    let (other, strange) = (desk.feed().await, desk.feed().await);
    for text in ["", "{", "[]", "null", "{\"type\":\"from the future\",\"x\":1}", "{\"type\":\"request\"}"] {
        strange.send_text(text);
    }
    strange.send_text(&"x".repeat(3 * 1024 * 1024));
    let call = Incoming::new("79005550101");
    desk.pbx().deliver(&call.appeared()).await;
    other.call(&call.entry, "rings", |_| true).await;
    let third = desk.feed().await;
    third.send(&json!({"type": "from the future", "x": 1}));
    third.ok("history", json!({"limit": 1})).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repeated_request_gets_the_first_reply_and_does_nothing() {
    let desk = DeskSetup::new().start();
    let (pbx, feed) = (desk.pbx(), desk.feed().await);
    let call = Incoming::new("79005550101");
    pbx.deliver(&call.appeared()).await;
    feed.call(&call.entry, "has its card", |call| call["card"]["status"] == "several").await;
    let id = unique("request");
    let first = feed.request_as(&id, "choose_person", json!({"call": call.entry, "person": "p1"})).await;
    feed.call(&call.entry, "p1 is chosen", |call| call["card"]["chosen"] == "p1").await;
    feed.ok("choose_person", json!({"call": call.entry, "person": "p2"})).await;
    feed.call(&call.entry, "p2 is chosen", |call| call["card"]["chosen"] == "p2").await;
    let again = feed.request_as(&id, "choose_person", json!({"call": call.entry, "person": "p1"})).await;
    assert_eq!(first, again);
    feed.ok("history", json!({"limit": 1})).await;
    assert_eq!(feed.seen().calls[&call.entry]["card"]["chosen"], "p2");
}

#[tokio::test(flavor = "multi_thread")]
async fn viewers_share_calls_and_differ_in_pops() {
    let desk = DeskSetup::new().start();
    let (mine, colleague) = (desk.feed().await, desk.feed_as("202", &["300"], "mine").await);
    let (group, nobody) = (desk.feed_as("209", &["300"], "groups").await, desk.feed_as("", &[], "groups").await);
    let everybody = desk.feed_as("", &[], "all").await;
    assert_eq!(colleague.seen().desk["extension"], "202");
    let call = Incoming::new("79005550101");
    desk.pbx().deliver(&call.appeared()).await;
    for (feed, pops, who) in [
        (&mine, true, "201"),
        (&colleague, false, "202"),
        (&group, true, "group"),
        (&nobody, false, "nobody"),
        (&everybody, true, "all"),
    ] {
        let seen = feed.call(&call.entry, "rings", |call| call["state"] == "ringing").await;
        assert_eq!(seen["pops"], pops, "{who}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_reads_nothing_is_closed_and_disturbs_nobody() {
    let desk = DeskSetup::new().start();
    let (pbx, reader) = (desk.pbx(), desk.feed().await);
    let mut sleeper = connect_raw(desk.feed_url(), &[]).await.expect("the socket opens");
    sleeper.send(Message::text(hello(FEED_TOKEN, None).to_string())).await.expect("sent");
    // Pings every 5 s and 10 s for the pong: nobody answers them while nobody reads.
    let until = Instant::now() + Duration::from_secs(20);
    while Instant::now() < until {
        let call = Incoming::new("79005550101");
        pbx.deliver(&call.appeared()).await;
        reader.call(&call.entry, "rings", |_| true).await;
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    // Read as bytes: answering the old pings now would reset the closed connection and lose the close frame.
    let MaybeTlsStream::Plain(stream) = sleeper.get_mut() else { panic!("the feed has no TLS") };
    let mut bytes = Vec::new();
    let _ = tokio::time::timeout(patience(), stream.read_to_end(&mut bytes)).await.expect("it is closed");
    let code = 4408_u16.to_be_bytes();
    let is_close = |frame: &[u8]| frame[0] == 0x88 && frame[2..4] == code;
    assert!(bytes.windows(4).any(is_close), "closed without 4408");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_idle_client_that_answers_pings_stays() {
    let desk = DeskSetup::new().start();
    let mut socket = connect_raw(desk.feed_url(), &[]).await.expect("the socket opens");
    socket.send(Message::text(hello(FEED_TOKEN, None).to_string())).await.expect("sent");
    let mut pings = 0;
    while pings < 2 {
        let message =
            tokio::time::timeout(Duration::from_secs(8), socket.next()).await.expect("a ping every five seconds");
        match message {
            Some(Ok(Message::Ping(_))) => pings += 1,
            Some(Ok(Message::Text(text))) => {
                assert_ne!(text.parse::<Value>().expect("JSON")["type"], "gone")
            }
            other => panic!("{other:?}"),
        }
    }
}
