//! The desk beside a bare axum server that echoes posts to a websocket: both in one run, in turn, on loopback.
//! It measures and prints; it never fails because of a figure.

#[cfg(unix)]
mod client;
#[cfg(unix)]
mod echo;
#[cfg(unix)]
mod figures;
#[cfg(unix)]
mod growth;
#[cfg(unix)]
mod history;
#[cfg(unix)]
mod live;
#[cfg(unix)]
mod mis;
#[cfg(unix)]
mod peers;
#[cfg(unix)]
mod rounds;

#[cfg(unix)]
fn main() -> Result<(), Box<dyn std::error::Error>> {
    let runtime = tokio::runtime::Runtime::new()?;
    let writes = std::env::args().any(|word| word == "--write");
    let what = std::env::args().skip(1).find(|word| !word.starts_with("--"));
    match what.as_deref() {
        Some("echo") => runtime.block_on(echo::serve())?,
        Some("live") => runtime.block_on(live::run(writes)),
        Some("growth") => runtime.block_on(growth::run(writes)),
        Some("history") => runtime.block_on(history::run()),
        Some("mis") => runtime.block_on(mis::run()),
        Some(_) | None => {
            runtime.block_on(rounds::run(writes));
            runtime.block_on(live::run(writes));
            runtime.block_on(mis::run());
        }
    }
    Ok(())
}

#[cfg(not(unix))]
fn main() {}
