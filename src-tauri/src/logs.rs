//! The log: one file a day, two weeks of them. Ids and masked numbers only.

use std::path::Path;

use anyhow::Context;
use tracing_appender::non_blocking::WorkerGuard;
use tracing_appender::rolling::{RollingFileAppender, Rotation};
use tracing_subscriber::EnvFilter;

/// Files kept, one a day.
const DAYS: usize = 14;

/// What is written. zbus would write whole D-Bus messages, so the numbers of `tel:` links and the text of
/// notifications; the web stack is loud about nothing.
const LEVELS: &str = "info,zbus=warn,hyper=warn,tao=warn,wry=warn,reqwest=warn";

/// Starts the log in `dir`; the guard writes what is left when it is dropped.
pub(crate) fn start(dir: &Path) -> anyhow::Result<WorkerGuard> {
    std::fs::create_dir_all(dir).with_context(|| format!("the log folder {}", dir.display()))?;
    let files = RollingFileAppender::builder()
        .rotation(Rotation::DAILY)
        .filename_prefix("callpop")
        .filename_suffix("log")
        .max_log_files(DAYS)
        .build(dir)
        .with_context(|| format!("the log in {}", dir.display()))?;
    let (writer, guard) = tracing_appender::non_blocking(files);
    let levels = EnvFilter::try_from_env("CALLPOP_LOG").unwrap_or_else(|_| EnvFilter::new(LEVELS));
    tracing_subscriber::fmt()
        .with_env_filter(levels)
        .with_ansi(false)
        .with_writer(writer)
        .try_init()
        .map_err(|error| anyhow::anyhow!("the log: {error}"))?;
    Ok(guard)
}
