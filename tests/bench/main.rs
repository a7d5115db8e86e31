//! The desk beside a bare axum server that echoes posts to a websocket: both in one run, in turn, on loopback.
//! Then the index of people. It measures and prints; it never fails because of a figure.

#[cfg(unix)]
mod client;
#[cfg(unix)]
mod echo;
#[cfg(unix)]
mod figures;
#[cfg(unix)]
mod index;
#[cfg(unix)]
mod mis;
#[cfg(unix)]
mod rounds;

/// As many as a large network of clinics has.
#[cfg(unix)]
const MILLION: u64 = 1_000_000;

#[cfg(unix)]
fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let (what, people) = (arguments.next(), arguments.next());
    let runtime = tokio::runtime::Runtime::new()?;
    match what.as_deref() {
        Some("echo") => runtime.block_on(echo::serve())?,
        Some("mis") => runtime.block_on(mis::run()),
        Some("index") => index::run(people.map_or(Ok(MILLION), |people| people.parse())?),
        Some(_) | None => {
            runtime.block_on(rounds::run());
            runtime.block_on(mis::run());
            index::run(MILLION);
        }
    }
    Ok(())
}

#[cfg(not(unix))]
fn main() {}
