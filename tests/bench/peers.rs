//! Who is measured beside the desk: a bare axum server, and what one writes in an afternoon with express or aiohttp.

use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use callpop_tests::{Desk, DeskSetup, FEED_TOKEN, KEY, Program, SALT, hello, resident_kib, workspace};
use tempfile::TempDir;

use crate::client::Server;

/// The bare server: what no program can beat.
pub(crate) const BARE: usize = 0;
/// Ours: every post is on the disk, encrypted, before it is acknowledged.
pub(crate) const DESK: usize = 1;
/// express + ws, storing nothing.
pub(crate) const EXPRESS: usize = 2;
/// express + ws, a row on the disk for each post.
pub(crate) const EXPRESS_ROW: usize = 3;
/// aiohttp, storing nothing.
pub(crate) const AIOHTTP: usize = 4;

/// All of them, in the order of their numbers; the last is aiohttp with a committed row of SQLite for each post.
pub(crate) const PEERS: [Peer; 6] = [
    Peer { name: "bare axum", kind: Kind::Bare },
    Peer { name: "the desk", kind: Kind::Desk },
    Peer { name: "express", kind: Kind::Express { stores: false } },
    Peer { name: "express+row", kind: Kind::Express { stores: true } },
    Peer { name: "aiohttp", kind: Kind::Aiohttp { stores: false } },
    Peer { name: "aiohttp+row", kind: Kind::Aiohttp { stores: true } },
];

/// One of those that are measured.
pub(crate) struct Peer {
    /// For the table.
    pub(crate) name: &'static str,
    kind: Kind,
}

enum Kind {
    Bare,
    Desk,
    Express { stores: bool },
    Aiohttp { stores: bool },
}

/// A running one, in a process of its own. Dropping it ends it.
pub(crate) enum Running {
    /// Ours.
    Desk(Box<Desk>),
    /// Another.
    Other {
        /// The process.
        program: Program,
        /// `127.0.0.1:PORT`, where it takes posts and websockets.
        address: String,
        /// Where it works, and its rows lie.
        _folder: TempDir,
    },
}

impl Peer {
    /// Starts it anew; `None` when what it needs is not installed (`cargo xtask bench` does that).
    pub(crate) fn start(&self) -> Option<Running> {
        let folder = TempDir::new().unwrap_or_else(|error| panic!("a folder: {error}"));
        let (mut command, stores) = match self.kind {
            Kind::Desk => return Some(Running::Desk(Box::new(DeskSetup::new().start()))),
            Kind::Bare => {
                let this =
                    std::env::current_exe().unwrap_or_else(|error| panic!("a running program knows its path: {error}"));
                let mut command = Command::new(this);
                command.arg("echo");
                (command, false)
            }
            Kind::Express { stores } => {
                let mut command = Command::new("node");
                command.arg(installed("express/server.mjs")?).args([KEY, SALT]).env("NODE_ENV", "production");
                (command, stores)
            }
            Kind::Aiohttp { stores } => {
                let mut command = Command::new(installed("aiohttp/bin/python")?);
                command.arg(workspace().join("tests/bench/peers/aiohttp/server.py")).args([KEY, SALT]);
                (command, stores)
            }
        };
        if stores {
            command.arg(folder.path().join("rows"));
        }
        let mut program = Program::start(&mut command, &folder.path().join("stderr.log"));
        let address = program.next_line(Duration::from_secs(20));
        Some(Running::Other { program, address, _folder: folder })
    }
}

/// What `CALLPOP_PEERS` holds of the other servers.
fn installed(path: &str) -> Option<PathBuf> {
    let path = PathBuf::from(std::env::var_os("CALLPOP_PEERS")?).join(path);
    path.exists().then_some(path)
}

impl Running {
    /// Where it listens and shows.
    pub(crate) fn server(&self) -> Server {
        match self {
            Running::Desk(desk) => server_of(desk),
            Running::Other { address, .. } => {
                Server { address: address.clone(), feed: format!("ws://{address}/feed"), hello: None }
            }
        }
    }

    /// The memory that its process holds, in MB.
    pub(crate) fn resident_mb(&mut self) -> f64 {
        let id = match self {
            Running::Desk(desk) => desk.program().id(),
            Running::Other { program, .. } => program.id(),
        };
        resident_kib(id) as f64 / 1_024.0
    }
}

/// Where a desk listens and shows.
pub(crate) fn server_of(desk: &Desk) -> Server {
    Server {
        address: desk.listener_root().trim_start_matches("http://").to_owned(),
        feed: desk.feed_url().to_owned(),
        hello: Some(hello(FEED_TOKEN, None).to_string()),
    }
}
