//! The rounds: bare server and desk in turn, each fresh, so that noise of the machine meets both.

use std::process::Command;
use std::time::Duration;

use callpop_tests::{Desk, DeskSetup, FEED_TOKEN, Program, hello};
use tempfile::TempDir;

use crate::client::{Server, latencies, requests_per_second};
use crate::figures::{Figure, Promise, percentile, print, say};

const ROUNDS: usize = 5;
const CONNECTIONS: usize = 32;
const THROUGHPUT_TIME: Duration = Duration::from_secs(3);

/// Measures everything and prints the table.
pub(crate) async fn run() {
    let mut figures = [
        Figure::new("posts answered / s, 32 connections", Promise::LeastTimes(0.2)),
        Figure::new("post → frame p50, ms, at 50/s", Promise::MostTimes(1.5)),
        Figure::new("post → frame p99, ms, at 50/s", Promise::MostTimes(2.0)),
        Figure::new("post → frame p50, ms, at 1000/s", Promise::MostTimes(1.5)),
        Figure::new("post → frame p99, ms, at 1000/s", Promise::MostTimes(2.0)),
        Figure::new("post → 200 p99.9, ms, at 1000/s", Promise::Within(100.0)),
    ];
    for round in 1..=ROUNDS {
        let bare = Bare::start();
        let measured = measure(&bare.server()).await;
        drop(bare);
        say(&format!("round {round}: bare {}", words(&measured)));
        for (figure, value) in figures.iter_mut().zip(measured) {
            figure.bare.push(value);
        }
        let mut measured = Vec::new();
        // A desk for each load, as a load of days in a second is no clinic's evening.
        for load in LOADS {
            let desk = DeskSetup::new().start();
            measured.extend(load_of(load, &server_of(&desk)).await);
        }
        say(&format!("round {round}: desk {}", words(&measured)));
        for (figure, value) in figures.iter_mut().zip(measured) {
            figure.ours.push(value);
        }
    }
    print(ROUNDS, &figures);
}

#[derive(Clone, Copy)]
enum Load {
    Throughput,
    Clinic,
    Storm,
}

const LOADS: [Load; 3] = [Load::Throughput, Load::Clinic, Load::Storm];

async fn measure(server: &Server) -> Vec<f64> {
    let mut measured = Vec::new();
    for load in LOADS {
        measured.extend(load_of(load, server).await);
    }
    measured
}

async fn load_of(load: Load, server: &Server) -> Vec<f64> {
    match load {
        Load::Throughput => vec![requests_per_second(server, CONNECTIONS, THROUGHPUT_TIME).await],
        Load::Clinic => {
            let mut at_50 = latencies(server, 50, 250).await;
            said_when_lost(at_50.lost);
            vec![percentile(&mut at_50.to_frame, 0.5), percentile(&mut at_50.to_frame, 0.99)]
        }
        Load::Storm => {
            let mut at_1000 = latencies(server, 1000, 3000).await;
            said_when_lost(at_1000.lost);
            vec![
                percentile(&mut at_1000.to_frame, 0.5),
                percentile(&mut at_1000.to_frame, 0.99),
                percentile(&mut at_1000.to_answer, 0.999),
            ]
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

/// Where a desk listens and shows.
pub(crate) fn server_of(desk: &Desk) -> Server {
    Server {
        address: desk.listener_root().trim_start_matches("http://").to_owned(),
        feed: desk.feed_url().to_owned(),
        hello: Some(hello(FEED_TOKEN, None).to_string()),
    }
}

/// The bare server, in a process of its own like the desk.
struct Bare {
    _program: Program,
    address: String,
    _folder: TempDir,
}

impl Bare {
    fn start() -> Bare {
        let folder = TempDir::new().unwrap_or_else(|error| panic!("a folder: {error}"));
        let this = std::env::current_exe().unwrap_or_else(|error| panic!("a running program knows its path: {error}"));
        let mut program = Program::start(Command::new(this).arg("echo"), &folder.path().join("stderr.log"));
        let address = program.next_line(Duration::from_secs(10));
        Bare { _program: program, address, _folder: folder }
    }

    fn server(&self) -> Server {
        Server { address: self.address.clone(), feed: format!("ws://{}/feed", self.address), hello: None }
    }
}
