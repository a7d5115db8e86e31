//! `callpop-pbx`: the rehearsal PBX on the command line.

mod arguments;

use std::io::Write as _;
use std::process::ExitCode;

use clap::Parser;
use clap::error::ErrorKind;
use mango_vpbx::sign::Account;
use rehearsal::{Load, Pbx, PbxSettings, Scenario, StartError};

use crate::arguments::Arguments;

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
    if arguments.rate.is_some() && arguments.scenario.is_some_and(Scenario::waits) {
        anyhow::bail!(BadArguments("this scenario waits for a person: it cannot be sent at a --rate".to_owned()));
    }
    let defaults = PbxSettings::new(target, Account::new(key, salt.clone()));
    let settings = PbxSettings {
        commands_addr: *addr,
        speed: arguments.speed,
        extension: arguments.extension.clone(),
        group: arguments.group.clone(),
        seed: arguments.seed.map_or(defaults.seed, |seed| seed_of(seed, arguments.scenario)),
        callback: arguments.callback,
        style: arguments.style(),
        repeat: arguments.repeat,
        shuffle: arguments.shuffle,
        lenient: arguments.lenient,
        talk: arguments.talk,
        transfer: arguments.transfer,
        stats: arguments.stats,
        stats_after: std::time::Duration::from_secs(arguments.stats_after),
        errors: arguments.unknown.errors,
        answers: arguments.answers,
        recording_links: !arguments.no_links,
        silent: arguments.silent,
        loss: arguments.loss,
        journal: arguments.journal.clone(),
        ..defaults
    };
    let pbx = Pbx::start(settings).await.map_err(|error| match error {
        StartError::Target(_) => anyhow::Error::new(BadArguments(error.to_string())),
        StartError::Bind { .. } | StartError::Http(_) | StartError::Journal { .. } => anyhow::Error::new(error),
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
