//! What the one port says that is open to the internet.

use std::collections::BTreeSet;
use std::net::{IpAddr, UdpSocket};
use std::path::Path;

use callpop_tests::{Desk, DeskSetup, FEED_TOKEN, Incoming, KEY, form, sign};
use serde_json::{Value, json};

use super::raw::{Answer, UPGRADE, ask, of_a_patient, request, with_body};
use crate::claims::{Claim, Figure, Measuring, Size, measuring};

pub(crate) const CLAIM: Claim = Claim {
    number: "8b",
    claim: "the public port says nothing but the contract's answers, whatever path and method is asked for, with TLS and \
            without; the desk listens on no third port",
    measure,
};

const METHODS: [&str; 12] =
    ["GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "CONNECT", "PROPFIND", "get", "FOO"];

/// What may stand in `/healthz`: contract §3 and what was added to it.
const HEALTH: [&str; 10] = [
    "status",
    "uptime_s",
    "accepted",
    "refused",
    "unknown",
    "kinds",
    "last_event_at",
    "log_seq",
    "directory",
    "version",
];

fn measure(size: Size) -> Measuring {
    measuring(public_port(size))
}

async fn public_port(size: Size) -> Figure {
    let mut desk = DeskSetup::new().set("listener.bind", "\"0.0.0.0:0\"").start();
    let feed = desk.feed().await;
    let call = Incoming::new("79005550101").ago(1);
    desk.pbx().deliver(&call.appeared()).await;
    feed.call(&call.entry, "has its card", |call| call["card"]["status"] == "several").await;
    let doors = feed.ok("support_bundle", json!({})).await["url"].as_str().expect("an address").to_owned();
    let bundle = format!("/{}", doors.splitn(4, '/').nth(3).expect("a path"));
    let mut wrong = Vec::new();

    let address = desk.listener_root().trim_start_matches("http://").to_owned();
    let mut tried = every_path(&mut wrong, &address, &bundle).await;
    tried += posts(&mut wrong, &desk, &address).await;
    tried += from_outside(&mut wrong, &address).await;
    let (encrypted, plain_on_tls) = with_tls(&mut wrong, size).await;
    let ports = listening(desk.program().id());
    Figure {
        how: format!(
            "{tried} requests ({} methods × {} paths, forged and broken forms, forwarded and from the machine's own \
             address) beside a live call with a patient; {encrypted} more over TLS, {plain_on_tls} without TLS to that port",
            METHODS.len(),
            paths(&bundle).len()
        ),
        told: format!(
            "{} answers that the contract does not know{}; listening ports: {ports}",
            wrong.len(),
            wrong.iter().take(5).map(|case| format!(" [{case}]")).collect::<String>()
        ),
        holds: wrong.is_empty() && ports == 2,
    }
}

fn paths(bundle: &str) -> Vec<String> {
    let fixed = [
        "/",
        "/mangotelecom",
        "/mangotelecom/",
        "//mangotelecom//",
        "/mangotelecom/ping",
        "/mangotelecom/ping/",
        "/mangotelecom/events/call",
        "/mangotelecom//events/call/",
        "/mangotelecom/events/summary",
        "/mangotelecom/events/ab/contact",
        "/mangotelecom/events/of/tomorrow",
        "/mangotelecom/result/callback",
        "/mangotelecom/events/call?token=x",
        "/mangotelecom/other",
        "/mangotelecom/healthz",
        "/mangotelecom/../feed",
        "/mangotelecom/%2e%2e/feed",
        "/mangotelecom/events/../../feed",
        "/MANGOTELECOM/events/call",
        "/mangotelecomevents/call",
        "/events/call",
        "/vpbx/commands/callback",
        "/feed",
        "//feed",
        "/feed/",
        "/recording/0000",
        "/export/0000/calls.csv",
        "/file/0000",
        "/healthz/",
        "/healthz/x",
        "/HEALTHZ",
        "/metrics",
        "/debug/pprof/",
        "/.env",
        "/.git/config",
        "/settings.toml",
        "/data/calls.db",
        "/patients.csv",
        "/../../../../etc/passwd",
        "/%2e%2e/%2e%2e/etc/passwd",
        "/..%5c..%5cwindows%5cwin.ini",
        "/index.html",
        "/favicon.ico",
        "/robots.txt",
        "/.well-known/security.txt",
        "/cgi-bin/luci",
        "/wp-login.php",
        "/api/v1/calls",
        "/calls",
        "/history?limit=500",
        "*",
        "http://evil.example/feed",
        "/%00",
        "/%F0%9F%92%A9",
    ];
    fixed.iter().map(|path| (*path).to_owned()).chain([bundle.to_owned()]).collect()
}

/// What the contract answers, written here a second time and independently: a status, and whether `{}` is the body.
fn contract(method: &str, path: &str) -> u16 {
    let path = path.split('?').next().unwrap_or_default();
    let words: Vec<&str> = path.split('/').filter(|word| !word.is_empty()).collect();
    let ours = path.starts_with('/') && words.first() == Some(&"mangotelecom");
    match (ours, words.get(1..).unwrap_or_default(), method) {
        (true, [] | ["ping"], "GET" | "HEAD" | "POST") => 200,
        // Posts without a form.
        (true, ["events" | "result", _, ..], "POST") => 400,
        _ => 404,
    }
}

/// Whether an answer is the contract's: its status, no word more than `{}`, no word about the program.
fn is(answer: &Answer, status: u16, method: &str) -> bool {
    let body = if status == 200 && method != "HEAD" { "{}" } else { "" };
    let head = answer.head();
    let silent = ["server:", "x-powered-by", "callpop", "set-cookie", "access-control"];
    answer.status == status
        && answer.body() == body.as_bytes()
        && silent.iter().all(|word| !head.contains(word))
        && of_a_patient(&answer.bytes).is_empty()
}

async fn every_path(wrong: &mut Vec<String>, address: &str, bundle: &str) -> usize {
    let mut tried = 0;
    for path in paths(bundle) {
        for method in METHODS {
            // What a proxy is asked, CONNECT names a host and a port; other targets are no request at all.
            let status = if method == "CONNECT" { None } else { Some(contract(method, &path)) };
            let answer = ask(address, &request(method, &path, &[("Host", address)])).await.expect("it listens");
            let right = match status {
                Some(status) => is(&answer, status, method) || (answer.status == 400 && answer.body().is_empty()),
                None => matches!(answer.status, 400 | 404) && answer.body().is_empty(),
            };
            // A malformed target is refused below HTTP; a well-formed one gets exactly what the contract says.
            let well_formed = path.starts_with('/');
            let exact = status.is_none_or(|status| answer.status == status);
            if !right || (well_formed && !exact) {
                wrong.push(format!("{method} {path} → {}", answer.status));
            }
            tried += 1;
        }
        let upgrade: Vec<(&str, &str)> = [("Host", address)].into_iter().chain(UPGRADE).collect();
        let answer = ask(address, &request("GET", &format!("{path}?token={FEED_TOKEN}"), &upgrade)).await;
        let answer = answer.expect("it listens");
        if !matches!(answer.status, 200 | 404 | 400) || !matches!(answer.body(), b"" | b"{}") {
            wrong.push(format!("websocket {path} → {}", answer.status));
        }
        tried += 1;
    }
    tried
}

async fn posts(wrong: &mut Vec<String>, desk: &Desk, address: &str) -> usize {
    let json = Incoming::new("79005550101").appeared().json.to_string();
    let right = sign(KEY, &json, callpop_tests::SALT);
    let bodies = [
        (form(KEY, "00", &json), 403),
        (form(KEY, "", &json), 403),
        (form(KEY, &right.to_uppercase(), &format!("{json} ")), 403),
        (form(KEY, &right[..63], &json), 403),
        (form("somebody", &right, &json), 403),
        (form("", &right, &json), 403),
        (format!("vpbx_api_key={KEY}&sign={right}"), 400),
        ("json=".to_owned(), 403),
        ("not a form".to_owned(), 400),
        ("{\"entry_id\":\"x\"}".to_owned(), 400),
        (format!("{}&json={{}}", form(KEY, "00", &json)), 403),
    ];
    let accepted = desk.health().await["accepted"].clone();
    let mut tried = 0;
    for (body, status) in bodies {
        let post = with_body("POST", "/mangotelecom/events/call", &[("Host", address)], &body);
        let answer = ask(address, &post).await.expect("it listens");
        // Both refusals are the contract's: which of them tells a stranger nothing.
        if !(matches!(answer.status, 400 | 403) && answer.body().is_empty()) {
            wrong.push(format!("a post that should get {status} got {}: {body}", answer.status));
        }
        tried += 1;
    }
    if desk.health().await["accepted"] != accepted {
        wrong.push("a forged post was accepted".to_owned());
    }
    tried
}

/// `/healthz` is for this machine alone, and says nothing of anybody.
async fn from_outside(wrong: &mut Vec<String>, address: &str) -> usize {
    let mut tried = 0;
    let asked = ask(address, &request("GET", "/healthz", &[("Host", address)])).await.expect("it listens");
    let health: Value = serde_json::from_slice(asked.body()).unwrap_or_default();
    let strange = health.as_object().is_none_or(|fields| fields.keys().any(|key| !HEALTH.contains(&key.as_str())));
    if asked.status != 200 || strange || !of_a_patient(&asked.bytes).is_empty() {
        wrong.push(format!("/healthz → {} {health}", asked.status));
    }
    for header in ["X-Forwarded-For", "Forwarded", "Via", "X-Real-IP", "X-Forwarded-Host", "CF-Connecting-IP"] {
        let knock = request("GET", "/healthz", &[("Host", address), (header, "203.0.113.9")]);
        let answer = ask(address, &knock).await.expect("it listens");
        if !is(&answer, 404, "GET") {
            wrong.push(format!("/healthz, {header} → {}", answer.status));
        }
        tried += 1;
    }
    for method in ["POST", "PUT", "DELETE", "OPTIONS"] {
        let answer = ask(address, &request(method, "/healthz", &[("Host", address)])).await.expect("it listens");
        if !is(&answer, 404, method) {
            wrong.push(format!("{method} /healthz → {}", answer.status));
        }
        tried += 1;
    }
    if let Some(own) = own_address() {
        let port = address.rsplit(':').next().unwrap_or_default();
        let outside = format!("{own}:{port}");
        for (path, status) in [("/healthz", 404), ("/feed", 404), ("/mangotelecom/ping", 200)] {
            let answer = ask(&outside, &request("GET", path, &[("Host", &outside)])).await.expect("it listens");
            if !is(&answer, status, "GET") {
                wrong.push(format!("{path} from {own} → {}", answer.status));
            }
            tried += 1;
        }
    }
    tried + 1
}

/// The address of this machine in its network, if it has one. Nothing is sent.
fn own_address() -> Option<IpAddr> {
    let socket = UdpSocket::bind("0.0.0.0:0").ok()?;
    socket.connect("192.0.2.1:9").ok()?;
    let address = socket.local_addr().ok()?.ip();
    (!address.is_loopback() && !address.is_unspecified()).then_some(address)
}

/// The same answers over TLS; and nothing at all to who does not speak it.
async fn with_tls(wrong: &mut Vec<String>, size: Size) -> (usize, usize) {
    let desk = DeskSetup::new().set("listener.tls", "\"self-signed\"").start();
    let client = reqwest::Client::builder().danger_accept_invalid_certs(true).no_proxy().build().expect("a client");
    let root = desk.listener_root().to_owned();
    let (mut encrypted, mut plain) = (0, 0);
    let all = paths("/file/0000");
    let every = size.of(1, 4);
    for path in all.iter().step_by(every).filter(|path| path.starts_with('/') && !path.contains("..")) {
        for method in ["GET", "POST", "PUT", "OPTIONS"] {
            let asked = client.request(method.parse().expect("a method"), format!("{root}{path}")).send().await;
            let asked = asked.expect("it listens");
            let (status, body) = (asked.status().as_u16(), asked.text().await.unwrap_or_default());
            // The client tidies some paths before it asks.
            let silent = matches!(body.as_str(), "" | "{}");
            if !silent || ![contract(method, path), 404].contains(&status) {
                wrong.push(format!("TLS: {method} {path} → {status}"));
            }
            encrypted += 1;
        }
    }
    let address = root.trim_start_matches("https://");
    for knock in [
        request("GET", "/healthz", &[("Host", address)]),
        request("GET", "/mangotelecom/ping", &[("Host", address)]),
        b"\x16\x03\x00\x00\x05hello".to_vec(),
        b"\x80\x2e\x01\x00\x02".to_vec(),
    ] {
        let answer = ask(address, &knock).await.expect("it listens");
        // At most a TLS alert: seven bytes.
        if answer.status != 0 || answer.bytes.len() > 7 {
            wrong.push(format!("without TLS → {:?}", answer.bytes));
        }
        plain += 1;
    }
    (encrypted, plain)
}

/// How many TCP ports a process listens on.
fn listening(id: u32) -> usize {
    let of_process: BTreeSet<String> = std::fs::read_dir(format!("/proc/{id}/fd"))
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|fd| Some(std::fs::read_link(fd.path()).ok()?.to_str()?.strip_prefix("socket:[")?.to_owned()))
        .map(|inode| inode.trim_end_matches(']').to_owned())
        .collect();
    let listens = |table: &Path| {
        let text = std::fs::read_to_string(table).unwrap_or_default();
        text.lines()
            .filter_map(|line| {
                let cells: Vec<&str> = line.split_whitespace().collect();
                (cells.get(3) == Some(&"0A")).then(|| cells.get(9).map(|inode| (*inode).to_owned())).flatten()
            })
            .filter(|inode| of_process.contains(inode))
            .count()
    };
    ["tcp", "tcp6"].iter().map(|table| listens(&Path::new("/proc").join(id.to_string()).join("net").join(table))).sum()
}
