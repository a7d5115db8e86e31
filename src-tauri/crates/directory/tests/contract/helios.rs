//! A real FHIR server for the tests: Helios, as `cargo xtask test` installs it. Each starts its own, with its records in
//! memory, and ends with its owner.

use std::fs::{self, File};
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;

/// A busy machine takes its time to start a server.
const PATIENCE: Duration = Duration::from_secs(120);
const PARAMETERS: &str = "search-parameters-r4.json";

/// A running server.
pub(crate) struct Helios {
    child: Child,
    data: TempDir,
    /// Where it answers, without a slash at the end.
    pub(crate) url: String,
}

/// How a server is set up.
#[derive(Debug, Clone, Default)]
pub(crate) struct Setup {
    /// Without the list of search parameters: it ignores `phone` and returns everybody, as FHIR servers may.
    pub(crate) lenient: bool,
    /// Variables of its surroundings, for the variant that wants tokens.
    pub(crate) variables: Vec<(&'static str, String)>,
}

impl Helios {
    /// Starts one and waits until it answers.
    pub(crate) async fn start(setup: Setup) -> Helios {
        for _ in 0..3 {
            // Somebody else may take the port between the look and the start.
            if let Some(helios) = Helios::try_start(&setup).await {
                return helios;
            }
        }
        panic!("Helios does not start");
    }

    async fn try_start(setup: &Setup) -> Option<Helios> {
        let installed = installed();
        let data = tempfile::tempdir().unwrap();
        if !setup.lenient {
            fs::copy(installed.join(PARAMETERS), data.path().join(PARAMETERS)).unwrap();
        }
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let url = format!("http://127.0.0.1:{port}");
        let log = File::create(data.path().join("log")).unwrap();
        let child = Command::new(installed.join("bin/hfs"))
            .args(["--host", "127.0.0.1", "--port", &port.to_string(), "--base-url", &url, "--data-dir"])
            .arg(data.path())
            .args(["--database-url", ":memory:", "--log-level", "warn"])
            .envs(setup.variables.iter().map(|(name, value)| (*name, value.as_str())))
            .stdin(Stdio::null())
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .spawn()
            .unwrap();
        let mut helios = Helios { child, data, url };
        let begun = Instant::now();
        while begun.elapsed() < PATIENCE {
            if helios.child.try_wait().unwrap().is_some() {
                eprintln_log(&helios);
                return None;
            }
            let answer = reqwest::get(format!("{}/metadata", helios.url)).await;
            if let Ok(answer) = answer
                && let Ok(text) = answer.text().await
                && text.contains("CapabilityStatement")
                && (setup.lenient || text.contains("\"phone\""))
            {
                return Some(helios);
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        eprintln_log(&helios);
        None
    }

    /// Puts resources in, all or none, and returns them as the server keeps them.
    pub(crate) async fn load(&self, entries: Vec<Value>, token: Option<&str>) -> Vec<Value> {
        let bundle = serde_json::json!({ "resourceType": "Bundle", "type": "transaction", "entry": entries });
        let mut request = reqwest::Client::new()
            .post(format!("{}/", self.url))
            .header("content-type", "application/fhir+json")
            .body(bundle.to_string());
        if let Some(token) = token {
            request = request.bearer_auth(token);
        }
        let response = request.send().await.unwrap();
        let (status, text) = (response.status(), response.text().await.unwrap());
        assert!(status.is_success(), "{status}: {text}");
        let loaded: Value = serde_json::from_str(&text).unwrap();
        loaded["entry"].as_array().unwrap().iter().map(|entry| entry["resource"].clone()).collect()
    }

    /// Sends it a signal: `STOP` freezes it with its connections open, `CONT` lets it go on.
    pub(crate) fn signal(&self, name: &str) {
        let sent = Command::new("kill").args([&format!("-{name}"), &self.child.id().to_string()]).status().unwrap();
        assert!(sent.success());
    }

    /// Ends it.
    pub(crate) fn stop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Helios {
    fn drop(&mut self) {
        self.stop();
    }
}

/// A resource for [`Helios::load`]: one that others refer to as `urn:uuid:{key}`.
pub(crate) fn entry(key: Option<&str>, resource: Value) -> Value {
    let mut entry = serde_json::json!({ "request": { "method": "POST", "url": resource["resourceType"] } });
    if let Some(key) = key {
        entry["fullUrl"] = format!("urn:uuid:{key}").into();
    }
    entry["resource"] = resource;
    entry
}

/// Its folder. A server that is not there fails the test: it must not pass quietly.
fn installed() -> PathBuf {
    let folder = std::env::var_os("CALLPOP_HELIOS").map(PathBuf::from);
    let folder = folder.or_else(|| Some(dirs::cache_dir()?.join("callpop/clinics/helios-hfs-0.2.7"))).unwrap();
    let is_there = folder.join("bin/hfs").is_file() && folder.join(PARAMETERS).is_file();
    assert!(
        is_there,
        "the FHIR server Helios is not in {}: `cargo xtask test` (or `cargo xtask clinics`) installs it once",
        folder.display()
    );
    folder
}

#[expect(clippy::print_stderr, reason = "why a test's server did not start")]
fn eprintln_log(helios: &Helios) {
    eprintln!("{}", fs::read_to_string(helios.data.path().join("log")).unwrap_or_default());
}
