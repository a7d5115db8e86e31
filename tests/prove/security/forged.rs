//! Posts by people who do not have the account's salt, as many as this machine can make.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use callpop_tests::{Desk, DeskSetup, Incoming, KEY, forget_peak, form, peak_kib, resident_kib};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpSocket;

use super::raw::with_body;
use crate::claims::{Claim, Figure, Measuring, Size, measuring};

pub(crate) const CLAIM: Claim = Claim {
    number: "7b",
    claim: "forged posts at 5,000 a second (or as many as the machine makes): no honest event is lost, they take 20 MB of \
            memory at most, and the log grows by 1 MB a minute at most",
    measure,
};

/// Connections that forge.
const FORGERS: u8 = 8;
/// Requests that are sent before the first answer is read.
const AT_ONCE: usize = 32;
/// One post in so many is nearly as large as may be.
const LARGE_EVERY: usize = 97;
const LARGE: usize = 200 * 1024;
const MOST_MEMORY_KIB: u64 = 20 * 1024;
const MOST_LOG_PER_MINUTE: f64 = 1024.0 * 1024.0;
/// What is wanted, when the machine can make it.
const WANTED_PER_SECOND: u64 = 5_000;

fn measure(size: Size) -> Measuring {
    measuring(forged(Duration::from_secs(size.of(120, 10))))
}

async fn forged(during: Duration) -> Figure {
    let mut desk = DeskSetup::new().start();
    // Beside it a desk with the same calls that nobody attacks: what the honest calls take is not the forgeries' doing.
    let mut quiet = DeskSetup::new().start();
    let (pbx, quiet_pbx) = (desk.pbx(), quiet.pbx());
    for _ in 0..200 {
        let event = Incoming::new("79005550101").appeared();
        pbx.deliver(&event).await;
        quiet_pbx.deliver(&event).await;
    }
    let (id, quiet_id) = (desk.program().id(), quiet.program().id());
    let (memory, quiet_memory, log) = (resident_kib(id), resident_kib(quiet_id), desk.log().len());
    for process in [id, quiet_id] {
        forget_peak(process).expect("the peak of a process of our own is forgotten");
    }
    let listener: SocketAddr = desk.listener_root().trim_start_matches("http://").parse().expect("an address");
    let (stops, refused) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)));
    let forgers: Vec<_> = (0..FORGERS)
        .map(|number| tokio::spawn(forge(listener, number, Arc::clone(&stops), Arc::clone(&refused))))
        .collect();
    let begun = Instant::now();
    let (mut calls, mut longest) = (Vec::new(), Duration::ZERO);
    while begun.elapsed() < during {
        let call = Incoming::new("79005550102");
        for event in call.answered() {
            let posted = Instant::now();
            pbx.deliver(&event).await;
            longest = longest.max(posted.elapsed());
            quiet_pbx.deliver(&event).await;
        }
        calls.push(call.entry);
        tokio::time::sleep(Duration::from_millis(40)).await;
    }
    let took = begun.elapsed();
    let (most, quiet_most) = (peak_kib(id), peak_kib(quiet_id));
    stops.store(true, Ordering::Relaxed);
    for forger in forgers {
        forger.await.expect("every forgery was refused");
    }
    let per_second =
        refused.load(Ordering::Relaxed) * 1000 / u64::try_from(took.as_millis()).unwrap_or(u64::MAX).max(1);
    let log_per_minute = (desk.log().len() - log) as f64 * 60.0 / took.as_secs_f64().max(60.0);
    let lost = lost(&desk, &calls).await;
    let strange = desk.health().await["accepted"].as_u64() != Some(200 + calls.len() as u64 * 4);
    let (grown, quiet_grown) = (most.saturating_sub(memory), quiet_most.saturating_sub(quiet_memory));
    let by_forgeries = grown.saturating_sub(quiet_grown);
    Figure {
        how: format!(
            "{per_second} forged posts a second ({} wanted; the machine makes both sides) for {} s on {FORGERS} connections \
             from as many addresses: wrong sign, foreign account, no form, one in {LARGE_EVERY} of {} KiB; beside them {} \
             honest calls of 4 posts, posted to a second desk too that nobody attacks",
            WANTED_PER_SECOND,
            took.as_secs(),
            LARGE / 1024,
            calls.len()
        ),
        told: format!(
            "{lost} honest calls lost, slowest honest post {} ms; memory at most + {:.1} MB, of which {:.1} MB as in the desk left \
             alone: {:.1} MB by forgeries; log {:.1} KB a minute; every forgery refused: {}",
            longest.as_millis(),
            grown as f64 / 1024.0,
            quiet_grown as f64 / 1024.0,
            by_forgeries as f64 / 1024.0,
            log_per_minute / 1024.0,
            if strange { "NO" } else { "yes" }
        ),
        holds: lost == 0
            && !strange
            && by_forgeries <= MOST_MEMORY_KIB
            && log_per_minute <= MOST_LOG_PER_MINUTE
            && !calls.is_empty()
            && per_second > 0,
    }
}

/// Which of these calls history does not have as answered.
async fn lost(desk: &Desk, calls: &[String]) -> usize {
    let feed = desk.feed().await;
    let (mut kept, mut before) = (std::collections::BTreeSet::new(), Value::Null);
    loop {
        let page = feed.ok("history", json!({"before": before, "limit": 500})).await;
        let answered = page["calls"].as_array().into_iter().flatten().filter(|call| call["outcome"] == "answered");
        kept.extend(answered.filter_map(|call| call["id"].as_str().map(str::to_owned)));
        before = page["next"].clone();
        if before.is_null() {
            return calls.iter().filter(|call| !kept.contains(*call)).count();
        }
    }
}

/// Sends forgeries on one connection until told to stop; panics when one is not refused.
async fn forge(listener: SocketAddr, number: u8, stops: Arc<AtomicBool>, refused: Arc<AtomicU64>) {
    let json = Incoming::new("79005550101").appeared().json.to_string();
    let wrong = form(KEY, &"0".repeat(64), &json);
    let bodies =
        [wrong.clone(), form("somebodyElse", &"0".repeat(64), &json), wrong.clone(), "no form at all".to_owned()];
    let large = form(KEY, &"0".repeat(64), &format!("{{\"x\":\"{}\"}}", "x".repeat(LARGE)));
    let host = listener.to_string();
    let request = |body: &str| {
        with_body("POST", "/mangotelecom/events/call", &[("Host", &host), ("Connection", "keep-alive")], body)
    };
    let (small, large): (Vec<Vec<u8>>, Vec<u8>) = (bodies.iter().map(|body| request(body)).collect(), request(&large));
    let mut sent = 0;
    let mut buffer = vec![0; 64 * 1024];
    while !stops.load(Ordering::Relaxed) {
        let socket = TcpSocket::new_v4().expect("a socket");
        let own = Ipv4Addr::new(127, 0, 1, number + 1);
        socket.bind(SocketAddr::from((own, 0))).expect("an address of this machine");
        let Ok(mut stream) = socket.connect(listener).await else { continue };
        'connection: while !stops.load(Ordering::Relaxed) {
            let mut batch = Vec::new();
            for _ in 0..AT_ONCE {
                sent += 1;
                batch.extend_from_slice(if sent % LARGE_EVERY == 0 { &large } else { &small[sent % small.len()] });
            }
            if stream.write_all(&batch).await.is_err() {
                break;
            }
            let (mut answers, mut text) = (0, Vec::new());
            while answers < AT_ONCE {
                match stream.read(&mut buffer).await {
                    Ok(0) | Err(_) => break 'connection,
                    Ok(count) => text.extend_from_slice(&buffer[..count]),
                }
                let told = statuses(&text);
                assert!(told.iter().all(|status| matches!(status, 400 | 403)), "a forgery got {told:?}");
                answers = told.len();
            }
            refused.fetch_add(answers as u64, Ordering::Relaxed);
        }
    }
}

/// The statuses of all answers in a stream of answers without bodies.
fn statuses(bytes: &[u8]) -> Vec<u16> {
    const BEGIN: &[u8] = b"HTTP/1.1 ";
    let whole = |from: usize| bytes[from..].windows(4).any(|window| window == b"\r\n\r\n");
    (0..bytes.len())
        .filter(|at| bytes[*at..].starts_with(BEGIN) && whole(*at))
        .filter_map(|at| std::str::from_utf8(bytes.get(at + 9..at + 12)?).ok()?.parse().ok())
        .collect()
}
