//! `callpop-pbx`: the rehearsal PBX on the command line.

use std::io::Write as _;
use std::net::SocketAddr;
use std::process::ExitCode;

use clap::Parser;
use clap::error::ErrorKind;
use mango_vpbx::sign::Account;
use rehearsal::{CallbackMode, Load, Pbx, PbxSettings, Scenario, Speed, StartError, Style};
use secrecy::SecretString;

/// The rehearsal PBX: posts signed MANGO events to a listener and serves MANGO's command API.
#[derive(Debug, Parser)]
#[command(name = "callpop-pbx", version)]
struct Arguments {
    /// Where events are posted: the listener's base address
    #[arg(long, value_name = "URL", required_unless_present = "list")]
    target: Option<String>,
    /// The PBX's key (vpbx_api_key)
    #[arg(long, value_name = "KEY", required_unless_present = "list")]
    api_key: Option<String>,
    /// The PBX's salt (vpbx_api_salt)
    #[arg(long, value_name = "SALT", required_unless_present = "list")]
    salt: Option<SecretString>,
    /// Where commands are served, at http://ADDR/vpbx/; port 0 is any free port
    #[arg(long, value_name = "ADDR", required_unless_present = "list")]
    commands: Option<SocketAddr>,
    /// What to play (see --list); without it, commands are served until the program is stopped
    #[arg(long, value_name = "NAME", value_parser = scenario)]
    scenario: Option<Scenario>,
    /// Posts per second over parallel connections, without the scenario's pauses
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=100_000))]
    rate: Option<u32>,
    /// How many calls [default: 1; a demonstration goes on for ever]
    #[arg(long, value_name = "N")]
    count: Option<u64>,
    /// Ids, order and callers follow from it [default: random]
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// How fast scenarios are played: 1 is real time, 0 is without pauses
    #[arg(long, value_name = "X", default_value = "1", value_parser = speed)]
    speed: Speed,
    /// Connections of --rate
    #[arg(long, value_name = "N", default_value = "16", value_parser = clap::value_parser!(u16).range(1..=256))]
    connections: u16,
    /// Whose phone the rehearsal is about
    #[arg(long, value_name = "NUMBER", default_value = "201", value_parser = short_number)]
    extension: String,
    /// The reception's group
    #[arg(long, value_name = "NUMBER", default_value = "300", value_parser = short_number)]
    group: String,
    /// Who calls: digits with the country code, or "hidden" [default: 79005550101; random callers in `mixed`]
    #[arg(long, value_name = "NUMBER", value_parser = caller)]
    number: Option<String>,
    /// Posts arrive in any order
    #[arg(long)]
    shuffle: bool,
    /// Every post arrives N times
    #[arg(long, value_name = "N", default_value = "1", value_parser = clap::value_parser!(u32).range(1..=100))]
    repeat: u32,
    /// Numbers are sent as strings
    #[arg(long)]
    strings: bool,
    /// The fields of API v2 are left out
    #[arg(long)]
    v1: bool,
    /// How click-to-call turns out: answered, operator-no-answer, busy, no-answer, patient-refuses, no-events,
    /// slow-reply, reset, result-first, or by-number (last digits 02 busy, 03 no answer, 04 refused, 05 operator)
    #[arg(long, value_name = "HOW", default_value = "by-number", value_parser = callback)]
    callback: CallbackMode,
    /// After the scenarios, go on serving commands until the program is stopped
    #[arg(long)]
    hold: bool,
    /// Names the scenarios and exits
    #[arg(long)]
    list: bool,
}

fn scenario(name: &str) -> Result<Scenario, String> {
    Scenario::from_name(name).ok_or_else(|| {
        let names: Vec<_> = Scenario::all().map(Scenario::name).collect();
        format!("no such scenario; there are {}", names.join(", "))
    })
}

fn speed(factor: &str) -> Result<Speed, String> {
    factor.parse().ok().and_then(Speed::times).ok_or_else(|| "a number from 0 to 10000 is wanted".to_owned())
}

fn short_number(text: &str) -> Result<String, String> {
    let is_short = (1..=20).contains(&text.len()) && text.bytes().all(|letter| letter.is_ascii_digit());
    if is_short { Ok(text.to_owned()) } else { Err("digits are wanted".to_owned()) }
}

fn caller(text: &str) -> Result<String, String> {
    if text == "hidden" {
        return Ok(String::new());
    }
    let digits = text.strip_prefix('+').unwrap_or(text);
    short_number(digits).map_err(|_| "digits with the country code are wanted, or \"hidden\"".to_owned())
}

fn callback(name: &str) -> Result<CallbackMode, String> {
    CallbackMode::from_name(name).ok_or_else(|| {
        let names: Vec<_> = CallbackMode::names().collect();
        format!("no such way; there are {}", names.join(", "))
    })
}

/// The caller when none is named.
const CALLER: &str = "79005550101";
/// Never reached the target, or could not start.
const UNREACHED: u8 = 1;
/// Bad arguments.
const BAD_ARGUMENTS: u8 = 2;

#[tokio::main]
async fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => {
            let _ = error.print();
            let asked = matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion);
            return ExitCode::from(if asked { 0 } else { BAD_ARGUMENTS });
        }
    };
    tracing_subscriber::fmt()
        .with_writer(std::io::stderr)
        .with_env_filter(
            tracing_subscriber::EnvFilter::try_from_default_env().unwrap_or_else(|_| "warn,rehearsal=info".into()),
        )
        .init();
    if arguments.list {
        let names = Scenario::all().map(|it| format!("{:22} {}; {}\n", it.name(), it.english(), it.russian()));
        say(&names.collect::<String>());
        return ExitCode::SUCCESS;
    }
    run(arguments).await.unwrap_or_else(|complaint| {
        tracing::error!("{complaint:#}");
        ExitCode::from(complaint.downcast_ref::<BadArguments>().map_or(UNREACHED, |_| BAD_ARGUMENTS))
    })
}

#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct BadArguments(String);

async fn run(arguments: Arguments) -> anyhow::Result<ExitCode> {
    let Arguments { target: Some(target), api_key: Some(key), salt: Some(salt), commands: Some(addr), .. } = &arguments
    else {
        anyhow::bail!(BadArguments("--target, --api-key, --salt and --commands are needed".to_owned()));
    };
    if arguments.rate.is_some() && arguments.scenario == Some(Scenario::Ring) {
        anyhow::bail!(BadArguments("`ring` waits for a person: it cannot be sent at a --rate".to_owned()));
    }
    let defaults = PbxSettings::new(target, Account::new(key, salt.clone()));
    let settings = PbxSettings {
        commands_addr: *addr,
        speed: arguments.speed,
        extension: arguments.extension.clone(),
        group: arguments.group.clone(),
        seed: arguments.seed.map_or(defaults.seed, |seed| seed_of(seed, arguments.scenario)),
        callback: arguments.callback,
        style: Style { strings: arguments.strings, v1: arguments.v1 },
        repeat: arguments.repeat,
        shuffle: arguments.shuffle,
        ..defaults
    };
    let pbx = Pbx::start(settings).await.map_err(|error| match error {
        StartError::Target(_) => anyhow::Error::new(BadArguments(error.to_string())),
        StartError::Bind { .. } | StartError::Http(_) => anyhow::Error::new(error),
    })?;
    let commands = pbx.commands_url();
    say(&format!("{{\"ready\":true,\"commands\":\"{commands}\"}}\n"));

    // The signal's listener lives until the end, so that a second signal does not kill the farewell.
    let mut stopped = std::pin::pin!(stop_signal());
    let interrupted = tokio::select! {
        interrupted = &mut stopped => interrupted.map(|()| true)?,
        () = play(&pbx, &arguments) => false,
    };
    if !interrupted {
        let finished = async {
            if arguments.hold || arguments.scenario.is_none() {
                std::future::pending().await
            } else {
                pbx.settle().await
            }
        };
        tokio::select! {
            interrupted = stopped => interrupted?,
            () = finished => {}
        }
    }
    let counts = pbx.stop().await;
    say(&format!("{}\n", serde_json::to_string(&counts)?));
    let reached = counts.posts.posted == 0 || counts.posts.accepted + counts.posts.refused > 0;
    Ok(ExitCode::from(if reached { 0 } else { UNREACHED }))
}

async fn play(pbx: &Pbx, arguments: &Arguments) {
    let Some(scenario) = arguments.scenario else {
        return;
    };
    let caller = match (&arguments.number, scenario) {
        (Some(number), _) => Some(number.as_str()),
        (None, Scenario::Mixed) => None,
        (None, _) => Some(CALLER),
    };
    if let Some(rate) = arguments.rate {
        let count = Some(arguments.count.unwrap_or(1));
        pbx.drive(Load { scenario, rate, count, connections: arguments.connections.into() }, caller).await;
        return;
    }
    if scenario == Scenario::Demo {
        pbx.play_demo(arguments.count).await;
        return;
    }
    for _ in 0..arguments.count.unwrap_or(1) {
        let caller = caller.map_or_else(|| pbx.random_caller(), str::to_owned);
        pbx.play(scenario, &caller).await;
    }
}

/// Ctrl-C, or SIGTERM where there is one.
async fn stop_signal() -> std::io::Result<()> {
    #[cfg(unix)]
    {
        let mut terminate = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
        tokio::select! {
            interrupted = tokio::signal::ctrl_c() => interrupted,
            _ = terminate.recv() => Ok(()),
        }
    }
    #[cfg(not(unix))]
    tokio::signal::ctrl_c().await
}

/// Writes to standard output. A reader who has gone away is no reason to stop a rehearsal.
fn say(text: &str) {
    let mut output = std::io::stdout().lock();
    let _ = output.write_all(text.as_bytes()).and_then(|()| output.flush());
}

/// Two scenarios played with the same seed against one desk must not share their calls' ids.
fn seed_of(seed: u64, scenario: Option<Scenario>) -> u64 {
    let name = scenario.map_or("", |scenario| scenario.name());
    name.bytes().fold(seed, |mixed, byte| mixed.rotate_left(7) ^ u64::from(byte))
}
