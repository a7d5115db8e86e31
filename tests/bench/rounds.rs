//! The rounds: all servers in turn, each fresh, so that noise of the machine meets all of them.

use std::time::Duration;

use crate::client::{Server, crowd, latencies, requests_per_second};
use crate::figures::{Measured, Promise, print, say};
use crate::peers::{AIOHTTP, BARE, EXPRESS, EXPRESS_ROW, PEERS, Running};

const ROUNDS: usize = 5;
/// As many as show what a server can take when each waits for the disk: a durable one answers many with one sync.
const CONNECTIONS: usize = 128;
/// Windows that listen at once, where many do.
const LISTENERS: usize = 200;
const THROUGHPUT_TIME: Duration = Duration::from_secs(3);

/// Measures everything and prints the table; with `writes`, into PROOF.md too.
pub(crate) async fn run(writes: bool) {
    let mut measured = [
        Measured::new("13a", "posts answered a second, 128 connections").promising(&[
            Promise::Least(0.2, BARE),
            Promise::Least(1.0, EXPRESS),
            Promise::Least(3.0, EXPRESS_ROW),
        ]),
        Measured::new("13b", "post → frame p50, ms, at 50/s").promising(&[Promise::Most(1.5, BARE)]),
        Measured::new("13c", "post → frame p99, ms, at 50/s").promising(&[Promise::Most(2.0, BARE)]),
        Measured::new("13d", "post → frame p50, ms, at 1,000/s").promising(&[Promise::Most(1.5, BARE)]),
        Measured::new("13e", "post → frame p99, ms, at 1,000/s").promising(&[Promise::Most(2.0, BARE)]),
        Measured::new("13f", "post → 200 p99.9, ms, at 1,000/s").promising(&[Promise::Within(100.0)]),
        Measured::new("13g", "post → frame p50, ms, at 50/s, 200 listeners").promising(&[Promise::Most(1.5, BARE)]),
        Measured::new("13h", "post → frame p99, ms, at 50/s, 200 listeners").promising(&[Promise::Most(2.0, BARE)]),
        Measured::new("13i", "memory after the load, MB")
            .promising(&[Promise::Most(1.0, EXPRESS), Promise::Most(1.0, AIOHTTP)]),
    ];
    for round in 1..=ROUNDS {
        for (number, peer) in PEERS.iter().enumerate() {
            let mut values = Vec::new();
            for load in [Load::Throughput, Load::Clinic, Load::Storm, Load::Crowd] {
                // Fresh for each load: a load of days in a second is no clinic's evening.
                let Some(mut server) = peer.start() else { break };
                values.extend(load_of(load, &mut server).await);
            }
            if values.is_empty() {
                say(&format!("round {round}: {}: not installed, not measured", peer.name));
            } else {
                say(&format!("round {round}: {:<12} {}", peer.name, words(&values)));
            }
            for (figure, value) in measured.iter_mut().zip(values) {
                figure.add(number, value);
            }
        }
    }
    print(ROUNDS, &measured, writes);
}

#[derive(Clone, Copy)]
enum Load {
    Throughput,
    Clinic,
    Storm,
    Crowd,
}

async fn load_of(load: Load, running: &mut Running) -> Vec<f64> {
    let server: Server = running.server();
    match load {
        Load::Throughput => vec![requests_per_second(&server, CONNECTIONS, THROUGHPUT_TIME).await],
        Load::Clinic => {
            let mut at_50 = latencies(&server, 50, 250).await;
            said_when_lost(at_50.lost);
            at_50.frames(&[0.5, 0.99])
        }
        Load::Storm => {
            let mut at_1000 = latencies(&server, 1000, 3000).await;
            said_when_lost(at_1000.lost);
            let mut values = at_1000.frames(&[0.5, 0.99]);
            values.extend(at_1000.answers(&[0.999]));
            values
        }
        Load::Crowd => {
            let mut seen = crowd(&server, LISTENERS, 50, 150).await;
            said_when_lost(seen.lost);
            let mut values = seen.frames(&[0.5, 0.99]);
            values.push(running.resident_mb());
            values
        }
    }
}

fn said_when_lost(lost: usize) {
    if lost > 0 {
        say(&format!("{lost} posts got no frame or no 200"));
    }
}

fn words(measured: &[f64]) -> String {
    measured.iter().map(|value| format!("{value:.2}")).collect::<Vec<_>>().join("  ")
}
