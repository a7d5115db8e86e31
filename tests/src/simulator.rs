use std::net::TcpListener;
use std::path::Path;
use std::process::Command;

use serde_json::Value;
use tempfile::TempDir;
use tokio::net::TcpStream;

use crate::{Exited, KEY, Program, SALT, eventually, patience, program};

/// A running `callpop-pbx`: it plays calls to a desk and serves the command API.
pub struct Simulator {
    program: Program,
    commands: String,
    _folder: TempDir,
}

impl Simulator {
    /// A port for the command API that is free at this moment. The desk wants it before the simulator knows the desk.
    pub fn free_address() -> String {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        listener.local_addr().expect("a bound socket has an address").to_string()
    }

    /// The API base for a desk's settings, of a simulator at this address.
    pub fn base(address: &str) -> String {
        format!("http://{address}/vpbx/")
    }

    /// Starts one that posts to `target` and serves commands at `address`; waits until it does.
    pub async fn start(target: &str, address: &str, arguments: &[&str]) -> Simulator {
        let folder = TempDir::new().expect("a folder for the log");
        let mut command = command(target, address);
        let program = Program::start(command.args(arguments), &folder.path().join("stderr.log"));
        eventually("the simulator serves commands", || async { TcpStream::connect(address).await.ok().map(drop) })
            .await;
        Simulator { program, commands: address.to_owned(), _folder: folder }
    }

    /// Plays calls and waits for the end of the play.
    pub fn play(target: &str, arguments: &[&str]) -> Exited {
        let folder = TempDir::new().expect("a folder for the log");
        let mut command = command(target, "127.0.0.1:0");
        let program = Program::start(command.args(arguments), &folder.path().join("stderr.log"));
        program.into_exited_within(patience() * 12)
    }

    /// Runs it with just these arguments.
    pub fn run(arguments: &[&str], folder: &Path) -> Exited {
        Program::start(Command::new(program("callpop-pbx")).args(arguments), &folder.join("stderr.log")).into_exited()
    }

    /// Where it serves commands.
    pub fn address(&self) -> &str {
        &self.commands
    }

    /// Directs it: `answer/201`, `play/ring`, `silent/on`; returns what it says.
    pub async fn direct(&self, what: &str) -> Value {
        let address = format!("http://{}/rehearsal/{what}", self.commands);
        let answer = reqwest::Client::new().post(&address).send().await.expect("the simulator answers");
        assert_eq!(answer.status().as_u16(), 200, "{what}");
        let text = answer.text().await.expect("a body");
        text.parse().unwrap_or_else(|error| panic!("{what} is answered in JSON: {error}: {text}"))
    }

    /// Asks it what it saw: `commands`, `calls`, `limits`.
    pub async fn ask(&self, what: &str) -> Value {
        let address = format!("http://{}/rehearsal/{what}", self.commands);
        let text = reqwest::get(&address).await.expect("the simulator answers").text().await.expect("a body");
        text.parse().unwrap_or_else(|error| panic!("{what} is answered in JSON: {error}: {text}"))
    }

    /// The paths of the commands it took, in order, questions left out.
    pub async fn commands_taken(&self) -> Vec<String> {
        let heard = self.ask("commands").await;
        let heard = heard.as_array().expect("a list").iter();
        let paths = heard.filter(|it| it["result"] == 1000).filter_map(|it| it["path"].as_str());
        paths.filter(|path| path.starts_with("commands/")).map(|path| path.trim_end_matches('/').to_owned()).collect()
    }

    /// Ends it in an orderly way: what it keeps is in its files.
    pub fn stop(mut self) {
        let status = self.program.terminate();
        assert!(status.success(), "the simulator ends well: {status}; its log:\n{}", self.program.log());
    }

    /// The process.
    pub fn program(&mut self) -> &mut Program {
        &mut self.program
    }
}

fn command(target: &str, address: &str) -> Command {
    let mut command = Command::new(program("callpop-pbx"));
    command.args(["--target", target, "--api-key", KEY, "--salt", SALT, "--commands", address]);
    command
}
