use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus};

use serde_json::Value;
use tempfile::TempDir;

use crate::{Exited, FeedClient, Poster, Program, patience, program};

/// The account code that the tests' PBX signs with.
pub const KEY: &str = "testsDemoKey00000000000000000001";
/// The signing secret of the tests' PBX.
pub const SALT: &str = "testsDemoSalt0000000000000000001";
/// The token of the tests' feeds.
pub const FEED_TOKEN: &str = "tests-feed-token-4b1d8f";
/// The key of the tests' logs.
pub const STORE_KEY: &str = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";

/// Two people on one number, one alone on another.
pub const FAMILY_CSV: &str = "\
id;full_name;born;sex;chart;phones;allergy;debt;doctor;relation
p1;Иванова Мария Петровна;1991-01-31;ж;1234/11;8 (900) 555-01-01;пенициллин;2400;Петров;
p2;Иванов Иван Сергеевич;03.05.2018;м;1235/11;+7 900 555 01 01 мама;;;;сын
p3;Сидорова Анна Львовна;1985-07-12;ж;77/2;9005550102;;;;
";

/// What a desk is started with. The defaults are a desk of extension 201 and group 300 with two patients' files.
#[derive(Clone)]
pub struct DeskSetup {
    settings: BTreeMap<String, String>,
    secrets: BTreeMap<String, String>,
    patients: Vec<u8>,
    settings_text: Option<String>,
    file_limit_kib: Option<u32>,
    under: Vec<String>,
    environment: BTreeMap<String, String>,
}

impl Default for DeskSetup {
    fn default() -> DeskSetup {
        DeskSetup::new()
    }
}

impl DeskSetup {
    /// The tests' ordinary desk.
    pub fn new() -> DeskSetup {
        let settings = [
            ("vpbx.api_base", r#""http://127.0.0.1:9/vpbx/""#),
            ("listener.bind", r#""127.0.0.1:0""#),
            ("listener.path", r#""/mangotelecom""#),
            ("desk.extension", r#""201""#),
            ("desk.groups", r#"["300"]"#),
            ("desk.pop", r#""mine""#),
            ("feed.bind", r#""127.0.0.1:0""#),
            ("directory.kind", r#""file""#),
            ("directory.file.path", r#""patients.csv""#),
        ];
        let secrets = [
            ("CALLPOP_VPBX_API_KEY", KEY),
            ("CALLPOP_VPBX_API_SALT", SALT),
            ("CALLPOP_FEED_TOKEN", FEED_TOKEN),
            ("CALLPOP_STORE_KEY", STORE_KEY),
        ];
        DeskSetup {
            settings: owned(&settings),
            secrets: owned(&secrets),
            patients: FAMILY_CSV.as_bytes().to_vec(),
            settings_text: None,
            file_limit_kib: None,
            under: Vec::new(),
            environment: BTreeMap::new(),
        }
    }

    /// Sets one setting: its dotted name, and its value as TOML writes it.
    pub fn set(mut self, name: &str, toml: &str) -> DeskSetup {
        self.settings.insert(name.to_owned(), toml.to_owned());
        self
    }

    /// The settings file, word for word, instead of single settings.
    pub fn settings_text(mut self, text: &str) -> DeskSetup {
        self.settings_text = Some(text.to_owned());
        self
    }

    /// Sets one secret's environment variable.
    pub fn secret(mut self, variable: &str, value: &str) -> DeskSetup {
        self.secrets.insert(variable.to_owned(), value.to_owned());
        self
    }

    /// Starts it without this secret.
    pub fn without_secret(mut self, variable: &str) -> DeskSetup {
        self.secrets.remove(variable);
        self
    }

    /// The patients' file.
    pub fn patients(mut self, csv: impl Into<Vec<u8>>) -> DeskSetup {
        self.patients = csv.into();
        self
    }

    /// No file may grow beyond this: a disk that is full.
    pub fn with_full_disk_after_kib(mut self, kib: u32) -> DeskSetup {
        self.file_limit_kib = Some(kib);
        self
    }

    /// The desk is started by this command: `strace …`, which must start it as the process that was asked for.
    pub fn under(mut self, command: &[&str]) -> DeskSetup {
        self.under = command.iter().map(|&word| word.to_owned()).collect();
        self
    }

    /// One more variable in the desk's environment.
    pub fn environment(mut self, variable: &str, value: &str) -> DeskSetup {
        self.environment.insert(variable.to_owned(), value.to_owned());
        self
    }

    /// Commands go to this PBX.
    pub fn commands_to(self, api_base: &str) -> DeskSetup {
        self.set("vpbx.api_base", &format!("{api_base:?}"))
    }

    /// Starts the desk and waits until it can receive.
    pub fn start(self) -> Desk {
        let home = TempDir::new().expect("a folder for the desk");
        self.start_in(home)
    }

    /// Starts the desk on the data of another.
    pub fn start_in(self, home: TempDir) -> Desk {
        std::fs::write(home.path().join("patients.csv"), &self.patients).expect("the patients' file is written");
        self.write_settings(home.path());
        let mut program = Program::start(&mut self.command(home.path()), &home.path().join("stderr.log"));
        let ready = Ready::read(&program.next_line(patience() * 3));
        Desk { program, ready, setup: self, home }
    }

    /// Starts a desk that must not come up, and tells how it ended.
    pub fn start_and_fail(self) -> Exited {
        let home = TempDir::new().expect("a folder for the desk");
        self.fail_in(home.path())
    }

    /// The same on the data of another.
    pub fn fail_in(self, home: &Path) -> Exited {
        std::fs::write(home.join("patients.csv"), &self.patients).expect("the patients' file is written");
        self.write_settings(home);
        let log = home.join("failed-start.log");
        Program::start(&mut self.command(home), &log).into_exited()
    }

    /// Asks the program for the audit trail of a folder.
    pub fn audit_in(&self, home: &Path, words: &[&str]) -> Exited {
        let mut command = self.command(home);
        command.arg("audit").args(words);
        Program::start(&mut command, &home.join("audit.log")).into_exited()
    }

    fn write_settings(&self, home: &Path) {
        let text = self
            .settings_text
            .clone()
            .unwrap_or_else(|| self.settings.iter().map(|(name, value)| format!("{name} = {value}\n")).collect());
        std::fs::write(home.join("settings.toml"), text).expect("the settings are written");
    }

    fn command(&self, home: &Path) -> Command {
        let desk = program("callpop-desk");
        let mut command = match (self.file_limit_kib, &self.under[..]) {
            (None, []) => Command::new(desk),
            (None, [first, rest @ ..]) => {
                let mut under = Command::new(first);
                under.args(rest).arg(desk);
                under
            }
            (Some(kib), _) => {
                let mut shell = Command::new("bash");
                shell.args(["-c", "trap '' XFSZ; ulimit -S -f \"$1\"; shift; exec \"$@\"", "bash"]);
                shell.arg(kib.to_string()).arg(desk);
                shell
            }
        };
        command.env_clear();
        for kept in ["PATH", "RUST_LOG", "LANG"] {
            if let Some(value) = std::env::var_os(kept) {
                command.env(kept, value);
            }
        }
        command.env("HOME", home).env("RUST_BACKTRACE", "1").envs(&self.secrets).envs(&self.environment);
        command.arg("--config").arg(home.join("settings.toml")).arg("--data-dir").arg(home.join("data"));
        command.arg("--log-dir").arg(home.join("logs"));
        command
    }
}

fn owned(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
}

struct Ready {
    listener: String,
    feed: String,
}

impl Ready {
    fn read(line: &str) -> Ready {
        let json: Value = line.parse().unwrap_or_else(|error| panic!("the first line is JSON: {error}: {line}"));
        assert_eq!(json["ready"], true, "{line}");
        let text = |key: &str| json[key].as_str().unwrap_or_else(|| panic!("no {key} in {line}")).to_owned();
        Ready { listener: text("listener"), feed: text("feed") }
    }
}

/// A running `callpop-desk` in a folder of its own.
pub struct Desk {
    program: Program,
    ready: Ready,
    setup: DeskSetup,
    home: TempDir,
}

impl Desk {
    /// Where the PBX posts.
    pub fn listener(&self) -> &str {
        &self.ready.listener
    }

    /// `http://127.0.0.1:PORT` of the listener.
    pub fn listener_root(&self) -> &str {
        self.ready.listener.trim_end_matches("/mangotelecom")
    }

    /// Where the feed is.
    pub fn feed_url(&self) -> &str {
        &self.ready.feed
    }

    /// Its folder: `settings.toml`, `patients.csv`, `data/`.
    pub fn home(&self) -> &Path {
        self.home.path()
    }

    /// The patients' file.
    pub fn patients_path(&self) -> PathBuf {
        self.home.path().join("patients.csv")
    }

    /// What it wrote to stderr so far.
    pub fn log(&self) -> String {
        self.program.log()
    }

    /// Its lines on stdout so far.
    pub fn stdout(&self) -> Vec<String> {
        self.program.stdout()
    }

    /// The number of its process.
    pub fn id(&self) -> u32 {
        self.program.id()
    }

    /// The process.
    pub fn program(&mut self) -> &mut Program {
        &mut self.program
    }

    /// A PBX with the right account.
    pub fn pbx(&self) -> Poster {
        Poster::new(self.listener())
    }

    /// A client of the feed as the settings see it.
    pub async fn feed(&self) -> FeedClient {
        FeedClient::connect(self.feed_url(), FEED_TOKEN).await
    }

    /// A client of the feed at another workstation.
    pub async fn feed_as(&self, extension: &str, groups: &[&str], pop: &str) -> FeedClient {
        let viewer = serde_json::json!({"extension": extension, "groups": groups, "pop": pop});
        FeedClient::connect_as(self.feed_url(), FEED_TOKEN, viewer).await
    }

    /// `/healthz`, as JSON.
    pub async fn health(&self) -> Value {
        let address = format!("{}/healthz", self.listener_root());
        let answer = self.pbx().client().get(address).send().await.expect("the listener answers");
        assert_eq!(answer.status().as_u16(), 200);
        let text = answer.text().await.expect("a body");
        text.parse().unwrap_or_else(|error| panic!("/healthz is JSON: {error}: {text}"))
    }

    /// Asks the program for the audit trail of this desk's folder, beside the running desk.
    pub fn audit(&self, words: &[&str]) -> Exited {
        self.setup.audit_in(self.home.path(), words)
    }

    /// Asks it to end and waits; tells how it ended, and leaves its folder for another.
    pub fn stop(mut self) -> (ExitStatus, TempDir) {
        let status = self.program.terminate();
        (status, self.home)
    }

    /// Ends it in an orderly way and starts it again on the same data.
    pub fn restart(mut self) -> Desk {
        let status = self.program.terminate();
        assert!(status.success(), "SIGTERM ended it with {status}; its log:\n{}", self.program.log());
        self.setup.start_in(self.home)
    }

    /// Kills it as a power cut would and starts it again on the same data.
    pub fn power_cut(mut self) -> Desk {
        self.program.kill();
        self.setup.start_in(self.home)
    }
}
