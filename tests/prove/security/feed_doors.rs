//! Pages, programs and guesses that have no business on the feed's port.

use callpop_tests::{CommandApi, Desk, DeskSetup, FEED_TOKEN, FeedClient, Incoming, connect_raw, hello, patience};
use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::json;
use tokio_tungstenite::tungstenite::Message;

use super::raw::{self, UPGRADE, ask, of_a_patient, request};
use crate::claims::{Claim, Figure, Measuring, Size, measuring};

pub(crate) const CLAIM: Claim = Claim {
    number: "8a",
    claim: "the feed's port (websocket, recordings, files, exports) refuses every strange host, page, token and ticket, \
            and tells them nothing of a patient",
    measure,
};

/// The issue's least number of hostile cases.
const AT_LEAST: usize = 40;

fn measure(size: Size) -> Measuring {
    // Each case is one request: a small size would save nothing.
    match size {
        Size::Full | Size::Small => measuring(feed_doors()),
    }
}

/// What was tried, and what went wrong.
#[derive(Default)]
struct Tally {
    tried: usize,
    let_in: Vec<String>,
}

impl Tally {
    fn note(&mut self, case: &str, refused: bool, bytes: &[u8]) {
        self.tried += 1;
        let told = of_a_patient(bytes);
        if !refused || !told.is_empty() {
            self.let_in.push(format!("{case}: tells {told:?}"));
        }
    }
}

async fn feed_doors() -> Figure {
    let api = CommandApi::start().await;
    let desk = DeskSetup::new().commands_to(&api.base()).start();
    let feed = desk.feed().await;
    let doors = open_doors(&desk, &feed).await;
    let address = desk.feed_url().trim_start_matches("ws://").trim_end_matches("/feed").to_owned();
    let port = address.rsplit(':').next().expect("a port").to_owned();

    let mut tally = Tally::default();
    hosts_and_origins(&mut tally, &address, &port, &doors).await;
    let pages = tally.tried;
    tickets(&mut tally, &address, &doors).await;
    let guesses = tally.tried - pages;
    tokens(&mut tally, &desk, &address).await;
    let hellos = tally.tried - pages - guesses;
    let open = honest(&address, &doors).await;
    feed.ok("history", json!({"limit": 1})).await;
    Figure {
        how: format!(
            "{pages} requests of strange Host and Origin headers (each with the right token or ticket), {guesses} guessed \
             tickets, {hellos} wrong hellos, on {} addresses that serve a live call, a bundle and an export",
            doors.len() + 1
        ),
        told: format!(
            "{} let in{}; the same addresses asked rightly: {open} of {} answer",
            tally.let_in.len(),
            tally.let_in.iter().map(|case| format!(" [{case}]")).collect::<String>(),
            doors.len() + 1
        ),
        holds: tally.let_in.is_empty() && tally.tried >= AT_LEAST && open == doors.len() + 1,
    }
}

/// Brings a patient on the board and asks for everything that is served under an address; returns the paths.
async fn open_doors(desk: &Desk, feed: &FeedClient) -> Vec<String> {
    let pbx = desk.pbx();
    let call = Incoming::new("79005550101");
    pbx.deliver_all(&call.answered()).await;
    feed.call(&call.entry, "has its card", |call| call["card"]["status"] == "several").await;
    feed.ok("note", json!({"call": call.entry, "text": "Тайная заметка"})).await;
    let live = Incoming::new("79005550101").ago(1);
    pbx.deliver(&live.appeared()).await;
    feed.call(&live.entry, "rings", |call| call["card"]["status"] == "several").await;
    let mut doors = Vec::new();
    for (what, with) in [("support_bundle", json!({})), ("export", json!({"format": "csv"}))] {
        let url = feed.ok(what, with).await["url"].as_str().expect("an address").to_owned();
        let path = url.splitn(4, '/').nth(3).expect("a path");
        doors.push(format!("/{path}"));
    }
    doors
}

/// Hosts that are not this desk, as a page that had its name rebound to this machine would send them.
fn hosts(port: &str) -> Vec<String> {
    [
        "evil.example".to_owned(),
        format!("evil.example:{port}"),
        "127.0.0.1".to_owned(),
        "localhost".to_owned(),
        "127.0.0.1:1".to_owned(),
        format!("127.0.0.1:{port}.evil.example"),
        format!("localhost.evil.example:{port}"),
        format!("localhost.:{port}"),
        format!("127.0.0.1.nip.io:{port}"),
        format!("127.1:{port}"),
        format!("2130706433:{port}"),
        format!("0x7f000001:{port}"),
        format!("0.0.0.0:{port}"),
        format!("[::ffff:127.0.0.1]:{port}"),
        format!("evil.example@127.0.0.1:{port}"),
        format!("127.0.0.1:{port}@evil.example"),
        format!("127.0.0.1:{port}, evil.example"),
        String::new(),
    ]
    .to_vec()
}

/// Pages that are not ours.
fn origins(port: &str) -> Vec<String> {
    [
        "http://evil.example".to_owned(),
        "https://evil.example".to_owned(),
        "null".to_owned(),
        String::new(),
        "file://".to_owned(),
        "chrome-extension://abcdefghijklmnop".to_owned(),
        format!("http://127.0.0.1:{port}"),
        format!("http://localhost:{port}"),
        "http://localhost:1420".to_owned(),
        "tauri://evil.example".to_owned(),
        "tauri://localhost.evil.example".to_owned(),
        "tauri://localhost:1".to_owned(),
        "tauri://localhost/".to_owned(),
        "TAURI://LOCALHOST".to_owned(),
        "https://tauri.localhost".to_owned(),
        "http://tauri.localhost.evil.example".to_owned(),
        "http://tauri.localhost:8080".to_owned(),
        "tauri://localhost, http://evil.example".to_owned(),
    ]
    .to_vec()
}

async fn hosts_and_origins(tally: &mut Tally, address: &str, port: &str, doors: &[String]) {
    let right_host = format!("127.0.0.1:{port}");
    let mut cases: Vec<Vec<(&str, String)>> = Vec::new();
    for host in hosts(port) {
        for origin in [None, Some("tauri://localhost"), Some("http://evil.example")] {
            let origin = origin.map(|origin| ("Origin", origin.to_owned()));
            cases.push([("Host", host.clone())].into_iter().chain(origin).collect());
        }
    }
    for origin in origins(port) {
        cases.push(vec![("Host", right_host.clone()), ("Origin", origin)]);
    }
    let twice = |name, first: &str, second: &str| vec![(name, first.to_owned()), (name, second.to_owned())];
    cases.push(twice("Host", &right_host, "evil.example"));
    cases.push(twice("Host", "evil.example", &right_host));
    let mut two_pages = twice("Origin", "tauri://localhost", "http://evil.example");
    two_pages.push(("Host", right_host.clone()));
    cases.push(two_pages);
    cases.push(vec![("X-Forwarded-Host", right_host.clone()), ("Host", "evil.example".to_owned())]);
    cases.push(vec![("Origin", "tauri://localhost".to_owned())]);

    let feed = format!("/feed?token={FEED_TOKEN}");
    for headers in &cases {
        let headers: Vec<(&str, &str)> = headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let upgrade: Vec<(&str, &str)> = headers.iter().copied().chain(UPGRADE).collect();
        let knocks = doors
            .iter()
            .map(|door| (door, request("GET", door, &headers)))
            .chain([(&feed, request("GET", &feed, &upgrade))]);
        for (path, knock) in knocks {
            let answer = ask(address, &knock).await.expect("the feed is there");
            // A head that is no head is refused by the HTTP layer with 400.
            let refused = matches!(answer.status, 403 | 400) && answer.body().is_empty();
            tally.note(&format!("{headers:?} {path} → {}", answer.status), refused, &answer.bytes);
        }
    }
}

/// Tickets that nobody was given.
async fn tickets(tally: &mut Tally, address: &str, doors: &[String]) {
    let given: Vec<&str> = doors.iter().filter_map(|door| door.split('/').nth(2)).collect();
    let mut guesses = vec!["0".repeat(64), "x".to_owned(), "%2e%2e%2ffeed".to_owned(), "..%2f..%2fcalls.db".to_owned()];
    for ticket in &given {
        guesses.push(ticket.to_uppercase());
        guesses.push(ticket[..63].to_owned());
        guesses.push(format!("{ticket}0"));
        guesses.push(format!("{ticket}%00"));
    }
    guesses.retain(|guess| !given.contains(&guess.as_str()));
    for guess in &guesses {
        for path in [format!("/recording/{guess}"), format!("/file/{guess}"), format!("/export/{guess}/calls.csv")] {
            let answer = ask(address, &request("GET", &path, &[("Host", address)])).await.expect("the feed is there");
            tally.note(&format!("{path} → {}", answer.status), answer.status == 404, &answer.bytes);
        }
    }
    // A ticket opens its own door only, and only by reading.
    for ticket in &given {
        for path in [format!("/recording/{ticket}"), format!("/{ticket}"), format!("/feed/{ticket}")] {
            let answer = ask(address, &request("GET", &path, &[("Host", address)])).await.expect("the feed is there");
            tally.note(&format!("{path} → {}", answer.status), answer.status == 404, &answer.bytes);
        }
    }
    for door in doors {
        for method in ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"] {
            let answer = ask(address, &request(method, door, &[("Host", address)])).await.expect("the feed is there");
            tally.note(&format!("{method} {door} → {}", answer.status), answer.status == 405, &answer.bytes);
        }
    }
}

/// Hellos without the token, by programs that come from this machine.
async fn tokens(tally: &mut Tally, desk: &Desk, address: &str) {
    let cut = &FEED_TOKEN[..FEED_TOKEN.len() - 1];
    let texts = [
        hello("", None).to_string(),
        hello("wrong", None).to_string(),
        hello(cut, None).to_string(),
        hello(&format!("{FEED_TOKEN}0"), None).to_string(),
        hello(&format!(" {FEED_TOKEN}"), None).to_string(),
        hello(&FEED_TOKEN.to_uppercase(), None).to_string(),
        hello("*", None).to_string(),
        json!({"type": "hello"}).to_string(),
        json!({"type": "hello", "token": null}).to_string(),
        json!({"type": "hello", "token": true}).to_string(),
        json!({"type": "hello", "token": [FEED_TOKEN]}).to_string(),
        json!({"type": "hello", "token": {"$ne": ""}}).to_string(),
        json!({"type": "HELLO", "token": FEED_TOKEN}).to_string(),
        json!({"type": "request", "token": FEED_TOKEN, "id": "r", "do": "history", "with": {}}).to_string(),
        json!({"type": "request", "id": "r", "do": "history", "with": {"limit": 5}}).to_string(),
        json!([{"type": "hello", "token": FEED_TOKEN}]).to_string(),
        FEED_TOKEN.to_owned(),
        "null".to_owned(),
        "{".to_owned(),
    ];
    for origin in [None, Some("tauri://localhost")] {
        let headers: Vec<(&str, &str)> = origin.map(|origin| ("origin", origin)).into_iter().collect();
        for text in &texts {
            let (code, bytes) = said(desk.feed_url(), &headers, Message::text(text.as_str())).await;
            tally.note(&format!("{text} → {code:?}"), code == Some(4401), &bytes);
        }
        let binary = Message::binary(hello(FEED_TOKEN, None).to_string().into_bytes());
        let (code, bytes) = said(desk.feed_url(), &headers, binary).await;
        tally.note(&format!("a binary hello → {code:?}"), code == Some(4401), &bytes);
    }
    // The token anywhere else is no hello.
    let elsewhere = [("authorization", format!("Bearer {FEED_TOKEN}")), ("cookie", format!("token={FEED_TOKEN}"))];
    for (name, value) in &elsewhere {
        let url = format!("ws://{address}/feed?token={FEED_TOKEN}");
        let (code, bytes) = said(&url, &[(name, value)], Message::text(hello("", None).to_string())).await;
        tally.note(&format!("{name} → {code:?}"), code == Some(4401), &bytes);
    }
    // Nobody is told anything while they have not said hello.
    let mut mute = connect_raw(desk.feed_url(), &[]).await.expect("the socket opens");
    let heard = tokio::time::timeout(raw::SILENCE, mute.next()).await;
    tally.note(&format!("silence → {heard:?}"), heard.is_err(), format!("{heard:?}").as_bytes());
}

/// The close code after one message, and every byte until then.
async fn said(url: &str, headers: &[(&str, &str)], message: Message) -> (Option<u16>, Vec<u8>) {
    let mut socket = connect_raw(url, headers).await.expect("the socket opens");
    socket.send(message).await.expect("it is sent");
    let mut bytes = Vec::new();
    let reading = async {
        loop {
            match socket.next().await {
                Some(Ok(Message::Close(frame))) => return frame.map(|frame| u16::from(frame.code)),
                Some(Ok(other)) => bytes.extend_from_slice(&other.into_data()),
                Some(Err(_)) | None => return None,
            }
        }
    };
    let code = tokio::time::timeout(patience(), reading).await.ok().flatten();
    // Whatever came before the farewell is a word too many.
    (code.filter(|_| bytes.is_empty()), bytes)
}

/// How many of the same addresses answer who asks rightly: the refusals above are worth something.
async fn honest(address: &str, doors: &[String]) -> usize {
    let mut open = 0;
    for door in doors {
        let answer = ask(address, &request("GET", door, &[("Host", address)])).await.expect("the feed is there");
        let is_export = door.starts_with("/export");
        open += usize::from(answer.status == 200 && (!is_export || of_a_patient(&answer.bytes).contains(&"Иванова")));
    }
    let upgrade: Vec<(&str, &str)> = [("Host", address)].into_iter().chain(UPGRADE).collect();
    open + usize::from(ask(address, &request("GET", "/feed", &upgrade)).await.expect("the feed is there").status == 101)
}
