//! What the command line says.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Parser};
use rehearsal::{Answers, CallbackMode, Hidden, Reception, Scenario, Speed, StatsMode, Style};
use secrecy::SecretString;

/// How a running rehearsal is watched and directed.
const DIRECTING: &str = "\
While it runs, from this machine, below the commands' address:
  GET  /rehearsal/commands              what was asked, and how it was answered
  GET  /rehearsal/calls                 what was played
  GET  /rehearsal/limits                breaches of the limits, and the busiest moment of each class of requests
  POST /rehearsal/play/SCENARIO         plays calls: ?count=N&number=DIGITS|hidden&extension=SHORT
                                        &instantly=1&spread=SECONDS (extension: whose phone it is about; instantly: told at
                                        once as if just ended; spread: over the last SECONDS)
  POST /rehearsal/answer/EXTENSION      picks up the phone that rings there
  POST /rehearsal/hang_up/EXTENSION     puts the phone down: ends, refuses, or completes a consultation
  POST /rehearsal/unhold/EXTENSION      takes the held call back
  POST /rehearsal/status/EXTENSION/N    posts a status of the contact centre: 1 on the line, 2 do not disturb, 3 break,
                                        4 offline
  POST /rehearsal/silent/on|off         posts nothing (the desk is dead), or posts again
  POST /rehearsal/salt/SALT             changes the salt in mid-day
  POST /rehearsal/answers/HOW           as --answers, from now on

Messages to numbers that end in 06 are not delivered (4300). Recordings are served once at /files/... (audio/mpeg).
People: 201 Анна Ким, 202, 203 (group 300), doctor 301 (group 400), a manager without a short number.";

/// The rehearsal PBX: posts signed MANGO events to a listener and serves MANGO's command API.
#[derive(Debug, Parser)]
#[command(name = "callpop-pbx", version, after_help = DIRECTING)]
pub(crate) struct Arguments {
    /// Where events are posted: the listener's base address
    #[arg(long, value_name = "URL", required_unless_present = "list")]
    pub(crate) target: Option<String>,
    /// The PBX's key (vpbx_api_key)
    #[arg(long, value_name = "KEY", required_unless_present = "list")]
    pub(crate) api_key: Option<String>,
    /// The PBX's salt (vpbx_api_salt)
    #[arg(long, value_name = "SALT", required_unless_present = "list")]
    pub(crate) salt: Option<SecretString>,
    /// Where commands are served, at http://ADDR/vpbx/; port 0 is any free port
    #[arg(long, value_name = "ADDR", required_unless_present = "list")]
    pub(crate) commands: Option<SocketAddr>,
    /// What to play (see --list); without it, commands are served until the program is stopped
    #[arg(long, value_name = "NAME", value_parser = scenario)]
    pub(crate) scenario: Option<Scenario>,
    /// Posts per second over parallel connections, without the scenario's pauses
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub(crate) rate: Option<u32>,
    /// How many calls [default: 1; a demonstration goes on for ever]
    #[arg(long, value_name = "N")]
    pub(crate) count: Option<u64>,
    /// Ids, order and callers follow from it [default: random]
    #[arg(long, value_name = "N")]
    pub(crate) seed: Option<u64>,
    /// How fast scenarios are played: 1 is real time, 0 is without pauses
    #[arg(long, value_name = "X", default_value = "1", value_parser = speed)]
    pub(crate) speed: Speed,
    /// Connections of --rate
    #[arg(long, value_name = "N", default_value = "16", value_parser = clap::value_parser!(u16).range(1..=256))]
    pub(crate) connections: u16,
    /// Whose phone the rehearsal is about
    #[arg(long, value_name = "NUMBER", default_value = "201", value_parser = short_number)]
    pub(crate) extension: String,
    /// The reception's group
    #[arg(long, value_name = "NUMBER", default_value = "300", value_parser = short_number)]
    pub(crate) group: String,
    /// Who calls: digits with the country code, or "hidden" [default: 79005550101; random callers in `mixed`]
    #[arg(long, value_name = "NUMBER", value_parser = caller)]
    pub(crate) number: Option<String>,
    /// Posts arrive in any order
    #[arg(long)]
    pub(crate) shuffle: bool,
    /// Every post arrives N times
    #[arg(long, value_name = "N", default_value = "1", value_parser = clap::value_parser!(u32).range(1..=100))]
    pub(crate) repeat: u32,
    /// Numbers are sent as strings
    #[arg(long)]
    pub(crate) strings: bool,
    /// The fields of API v2 are left out
    #[arg(long)]
    pub(crate) v1: bool,
    /// How click-to-call turns out: answered, operator-no-answer, operator-busy, busy, no-answer, patient-refuses, no-events,
    /// slow-reply, reset, result-first, or by-number (last digits 02 busy, 03 no answer, 04 refused, 05 operator)
    #[arg(long, value_name = "HOW", default_value = "by-number", value_parser = callback)]
    pub(crate) callback: CallbackMode,
    /// Lines and short numbers that nobody has here are taken as if somebody had
    #[arg(long)]
    pub(crate) lenient: bool,
    /// Seconds that people talk on a callback, and after somebody answered, transferred or took a call back
    #[arg(long, value_name = "SECONDS", default_value = "20", value_parser = clap::value_parser!(u32).range(1..=86_400))]
    pub(crate) talk: u32,
    /// What the target of a transfer or a route does: answered, no-answer, busy (numbers outside ending in 02 are busy,
    /// in 03 do not answer)
    #[arg(long, value_name = "HOW", default_value = "answered", value_parser = reception)]
    pub(crate) transfer: Reception,
    /// What becomes of statistics: ready, never, half (torn), html, refused
    #[arg(long, value_name = "HOW", default_value = "ready", value_parser = stats)]
    pub(crate) stats: StatsMode,
    /// How long statistics take
    #[arg(long, value_name = "SECONDS", default_value = "2", value_parser = clap::value_parser!(u64).range(0..=86_400))]
    pub(crate) stats_after: u64,
    /// How all commands are answered: right, html, redirect, slow, result-in-200
    #[arg(long, value_name = "HOW", default_value = "right", value_parser = answers)]
    pub(crate) answers: Answers,
    /// Signed links to recordings are switched off
    #[arg(long)]
    pub(crate) no_links: bool,
    /// Calls are played and remembered for statistics, but nothing is posted
    #[arg(long)]
    pub(crate) silent: bool,
    /// This share of the posts is lost at random
    #[arg(long, value_name = "PERCENT", default_value = "0", value_parser = percent)]
    pub(crate) loss: f64,
    /// Each post that the listener took is written there, a JSON object a line
    #[arg(long, value_name = "FILE")]
    pub(crate) journal: Option<PathBuf>,
    /// After the scenarios, go on serving commands until the program is stopped
    #[arg(long)]
    pub(crate) hold: bool,
    /// Names the scenarios and exits
    #[arg(long)]
    pub(crate) list: bool,
    #[command(flatten)]
    pub(crate) unknown: Unknown,
}

/// What the reference marks as unknown: the desk must survive both answers
#[derive(Clone, Copy, Debug, Args)]
#[command(next_help_heading = "Unknown at MANGO")]
pub(crate) struct Unknown {
    /// The HTTP status of bad requests: 200, 400 or 420
    #[arg(long, value_name = "STATUS", default_value = "200", value_parser = one_of(&[200, 400, 420]))]
    pub(crate) errors: u16,
    /// Where statistics are announced: result/stat or result/stats
    #[arg(long, value_name = "NAME", default_value = "stat", value_parser = stat_path)]
    stat_path: StatPath,
    /// The leg of a waiting queue names the group
    #[arg(long)]
    queue_extension: bool,
    /// The code with which phones end that rang for nothing: 1100, 1182 or 1183
    #[arg(long, value_name = "CODE", default_value = "1100", value_parser = one_of(&[1100, 1182, 1183]))]
    losing: u16,
    /// How a hidden caller is written: missing, empty, anonymous
    #[arg(long, value_name = "HOW", default_value = "missing", value_parser = hidden)]
    hidden: Hidden,
    /// The first leg of a click-to-call is never Connected
    #[arg(long)]
    short_callback: bool,
    /// call_direction of a click-to-call's summary: 2 or 1
    #[arg(long, value_name = "DIRECTION", default_value = "2", value_parser = one_of(&[1, 2]))]
    callback_direction: u16,
    /// The legs of a click-to-call name the line
    #[arg(long)]
    callback_line: bool,
}

/// How `result/stat` is spelled.
#[derive(Clone, Copy, Debug)]
pub(crate) struct StatPath {
    plural: bool,
}

impl Arguments {
    pub(crate) fn style(&self) -> Style {
        let unknown = self.unknown;
        Style {
            strings: self.strings,
            v1: self.v1,
            queue_extension: unknown.queue_extension,
            losing: unknown.losing.into(),
            hidden: unknown.hidden,
            short_callback: unknown.short_callback,
            callback_direction: if unknown.callback_direction == 1 { 1 } else { 2 },
            callback_line: unknown.callback_line,
            result_stats: unknown.stat_path.plural,
        }
    }
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

fn reception(name: &str) -> Result<Reception, String> {
    Reception::from_name(name).ok_or_else(|| "answered, no-answer or busy is wanted".to_owned())
}

fn stats(name: &str) -> Result<StatsMode, String> {
    StatsMode::from_name(name).ok_or_else(|| "ready, never, half, html or refused is wanted".to_owned())
}

fn answers(name: &str) -> Result<Answers, String> {
    Answers::from_name(name).ok_or_else(|| "right, html, redirect, slow or result-in-200 is wanted".to_owned())
}

fn hidden(name: &str) -> Result<Hidden, String> {
    Hidden::from_name(name).ok_or_else(|| "missing, empty or anonymous is wanted".to_owned())
}

fn stat_path(name: &str) -> Result<StatPath, String> {
    match name {
        "stat" => Ok(StatPath { plural: false }),
        "stats" => Ok(StatPath { plural: true }),
        _ => Err("stat or stats is wanted".to_owned()),
    }
}

fn percent(text: &str) -> Result<f64, String> {
    let wanted = text.parse().ok().filter(|percent| (0.0..=100.0).contains(percent));
    wanted.ok_or_else(|| "a number from 0 to 100 is wanted".to_owned())
}

fn one_of(known: &'static [u16]) -> impl Fn(&str) -> Result<u16, String> + Clone + Send + Sync {
    move |text| {
        let wanted = text.parse().ok().filter(|number| known.contains(number));
        wanted.ok_or_else(|| format!("one of {known:?} is wanted"))
    }
}
