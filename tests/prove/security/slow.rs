//! A thousand connections that do not get on.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::{Duration, Instant};

use callpop_tests::{DeskSetup, Incoming, Poster, quantile};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpSocket, TcpStream};

use super::raw::{ask, with_body};
use crate::claims::{Claim, Figure, Measuring, Size, measuring};

pub(crate) const CLAIM: Claim = Claim {
    number: "7a",
    claim: "1,000 slow connections are each closed within 15 s, and an honest post's p99 is at most 2 × quiet meanwhile",
    measure,
};

const SLOW: usize = 1_000;
/// From so many addresses: one alone is thinned out long before.
const ADDRESSES: usize = 8;
const CLOSED_WITHIN: Duration = Duration::from_secs(15);
/// A timer, and a machine that others use too.
const GRACE: Duration = Duration::from_millis(500);
const TIMES_QUIET: u32 = 2;
/// Below this nobody could tell the difference, and a debug build on a shared machine is noise.
const QUIET_AT_LEAST: Duration = Duration::from_millis(15);
/// One honest post this often: far more than a clinic has.
const EVERY: Duration = Duration::from_millis(15);

fn measure(size: Size) -> Measuring {
    measuring(slow(size.of(15, 4)))
}

/// How a connection is slow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Manner {
    Silent,
    HalfAHead,
    HalfABody,
    IdleAfterARequest,
}

const MANNERS: [Manner; 4] = [Manner::Silent, Manner::HalfAHead, Manner::HalfABody, Manner::IdleAfterARequest];

async fn slow(quiet_s: u64) -> Figure {
    let desk = DeskSetup::new().start();
    let address = desk.listener_root().trim_start_matches("http://").to_owned();
    let listener: SocketAddr = address.parse().expect("an address");
    let pbx = desk.pbx();
    // What is made at the first post is no part of the measurement.
    honest(&pbx, &address, Duration::from_secs(1)).await;
    let mut quiet = honest(&pbx, &address, Duration::from_secs(quiet_s)).await;
    let crowd: Vec<_> =
        (0..SLOW).map(|number| tokio::spawn(one(listener, number, MANNERS[number % MANNERS.len()]))).collect();
    tokio::time::sleep(Duration::from_secs(1)).await;
    // Nobody is closed before ten seconds are over: until then all of them are there.
    let mut beside = honest(&pbx, &address, Duration::from_secs(8)).await;
    let (mut longest, mut left, mut dropped) = (Duration::ZERO, 0, 0);
    for task in crowd {
        match task.await.expect("a connection is watched to its end") {
            Some(took) => {
                longest = longest.max(took);
                left += usize::from(took > CLOSED_WITHIN + GRACE);
                dropped += usize::from(took < Duration::from_secs(9));
            }
            None => left += 1,
        }
    }
    quiet.extend(honest(&pbx, &address, Duration::from_secs(quiet_s)).await);
    let (before, meanwhile) = (quantile(&mut quiet, 0.99), quantile(&mut beside, 0.99));
    Figure {
        how: format!(
            "{SLOW} connections from {ADDRESSES} addresses, a quarter each silent, in half a head, in half a body (both \
             dripping a byte a second), idle after a request; beside them {} honest posts, each on a connection of its \
             own, against {} with nobody else (p99 below {} ms counts as that)",
            beside.len(),
            quiet.len(),
            QUIET_AT_LEAST.as_millis()
        ),
        told: format!(
            "closed after {:.1} s at most, {left} later, {dropped} before their time; honest p99 {:.1} ms, quiet {:.1} ms",
            longest.as_secs_f32(),
            meanwhile.as_secs_f32() * 1000.0,
            before.as_secs_f32() * 1000.0
        ),
        holds: left == 0 && dropped == 0 && meanwhile <= before.max(QUIET_AT_LEAST) * TIMES_QUIET,
    }
}

/// Posts whole events, each on a new connection, and wants every 200; returns what each took.
async fn honest(pbx: &Poster, address: &str, during: Duration) -> Vec<Duration> {
    let end = Instant::now() + during;
    let mut took = Vec::new();
    let mut next = tokio::time::interval(EVERY);
    next.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    while Instant::now() < end {
        next.tick().await;
        let body = pbx.signed(&Incoming::new("79005550101").appeared().json.to_string());
        let post = with_body("POST", "/mangotelecom/events/call", &[("Host", address)], &body);
        let begun = Instant::now();
        let answer = ask(address, &post).await.expect("the listener accepts");
        took.push(begun.elapsed());
        assert_eq!(answer.status, 200, "an honest post");
    }
    took
}

/// Opens a connection, is slow in its manner, and tells when the other end had enough; `None`: never.
async fn one(listener: SocketAddr, number: usize, manner: Manner) -> Option<Duration> {
    let last = u8::try_from(number % ADDRESSES).unwrap_or_default() + 2;
    let socket = TcpSocket::new_v4().expect("a socket");
    socket.bind(SocketAddr::from((Ipv4Addr::new(127, 0, 0, last), 0))).expect("an address of this machine");
    let mut stream = socket.connect(listener).await.expect("the listener accepts");
    let begin: &[u8] = match manner {
        Manner::Silent => b"",
        Manner::HalfAHead => b"POST /mangotelecom/events/call HTTP/1.1\r\nHost: x\r\n",
        Manner::HalfABody => {
            b"POST /mangotelecom/events/call HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\n\
              Content-Length: 1000\r\n\r\nvpbx_api_key="
        }
        Manner::IdleAfterARequest => b"GET /mangotelecom/ping HTTP/1.1\r\nHost: x\r\n\r\n",
    };
    let begun = Instant::now();
    if !begin.is_empty() && stream.write_all(begin).await.is_err() {
        return Some(begun.elapsed());
    }
    if manner == Manner::IdleAfterARequest {
        let mut answer = [0; 1024];
        let count = stream.read(&mut answer).await.unwrap_or(0);
        assert!(answer[..count].starts_with(b"HTTP/1.1 200"), "the request before the idleness is answered");
    }
    let drips = matches!(manner, Manner::HalfAHead | Manner::HalfABody);
    until_closed(&mut stream, begun, drips).await
}

async fn until_closed(stream: &mut TcpStream, begun: Instant, drips: bool) -> Option<Duration> {
    let mut buffer = [0; 256];
    while begun.elapsed() < CLOSED_WITHIN * 2 {
        match tokio::time::timeout(Duration::from_secs(1), stream.read(&mut buffer)).await {
            Ok(Ok(0) | Err(_)) => return Some(begun.elapsed()),
            Ok(Ok(_)) => {}
            Err(_) if drips => {
                if stream.write_all(b"x").await.is_err() {
                    return Some(begun.elapsed());
                }
            }
            Err(_) => {}
        }
    }
    None
}
