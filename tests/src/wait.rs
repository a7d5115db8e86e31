use std::time::{Duration, Instant};

/// How long a test waits for what must come. `PATIENCE` (seconds) overrides the ten, for slow machines.
pub fn patience() -> Duration {
    let seconds = std::env::var("PATIENCE").ok().and_then(|text| text.parse().ok());
    Duration::from_secs(seconds.unwrap_or(10))
}

/// Asks again and again until there is an answer; panics with `what` when patience ends first.
pub async fn eventually<T, F>(what: &str, mut found: impl FnMut() -> F) -> T
where
    F: Future<Output = Option<T>>,
{
    let deadline = Instant::now() + patience();
    loop {
        if let Some(answer) = found().await {
            return answer;
        }
        assert!(Instant::now() < deadline, "{what}: not within {:?}", patience());
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}
