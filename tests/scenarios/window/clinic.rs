use std::io::Write;
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Stdio};
use std::time::Duration;

use callpop_tests::{CommandApi, FAMILY_CSV, KEY, Poster, SALT, Simulator, eventually, patience, program, workspace};
use fantoccini::{Client, ClientBuilder, Locator};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::net::TcpStream;
use xtask::desktop::Desktop;

use crate::day::played::{Day, NEVER_TOO_SHORT};

/// A web view that starts on a busy machine.
fn window_patience() -> Duration {
    patience() * 4
}

/// A clinic's computer: a desktop, settings, and a PBX that does as it is told.
pub(super) struct Clinic {
    pub(super) desktop: Desktop,
    pub(super) folder: TempDir,
    pub(super) pbx: Poster,
    pub(super) api: CommandApi,
}

impl Clinic {
    /// A computer where Callpop is not set up.
    pub(super) async fn new() -> Clinic {
        let api = CommandApi::start().await;
        Clinic::with_commands_to(api.clone(), &api.base())
    }

    fn with_commands_to(api: CommandApi, api_base: &str) -> Clinic {
        let desktop = Desktop::start().unwrap_or_else(|error| panic!("{error:#}"));
        let folder = TempDir::new().expect("a folder");
        let port = free_port();
        let pbx = Poster::new(&format!("http://127.0.0.1:{port}/mangotelecom"));
        std::fs::write(folder.path().join("patients.csv"), FAMILY_CSV).expect("the patients are written");
        let settings = format!(
            "version = 1\n[vpbx]\napi_base = {:?}\n[listener]\nbind = \"127.0.0.1:{port}\"\npath = \"/mangotelecom\"\n\
             [desk]\nextension = \"201\"\ngroups = [\"300\"]\npop = \"mine\"\n[directory]\nkind = \"file\"\n\
             [directory.file]\npath = \"patients.csv\"\n",
            api_base
        );
        std::fs::write(folder.path().join("settings.toml"), settings).expect("the settings are written");
        let data = folder.path().join("data");
        std::fs::create_dir_all(&data).expect("the data folder");
        std::fs::write(data.join("window.json"), r#"{"first_run":{"finished":true}}"#).expect("the first run is over");
        Clinic { desktop, folder, pbx, api }
    }

    /// A computer where nothing was ever typed; the port is where the test's PBX posts to.
    pub(super) async fn empty() -> Clinic {
        let clinic = Clinic::new().await;
        for file in ["settings.toml", "data/window.json"] {
            std::fs::remove_file(clinic.folder.path().join(file)).expect("it was there");
        }
        clinic
    }

    /// The same with the PBX's account in the keyring.
    pub(super) async fn set_up() -> Clinic {
        let clinic = Clinic::new().await;
        clinic.keep_account();
        clinic
    }

    /// The same with this window open, and ready for the PBX's events.
    pub(super) async fn at_work(first: &str) -> (Clinic, Window) {
        let clinic = Clinic::set_up().await;
        let window = clinic.open(first).await;
        clinic.until_listening().await;
        (clinic, window)
    }

    /// The same with the simulated PBX, which goes five times as fast as life.
    pub(super) async fn rehearsed() -> (Clinic, Simulator) {
        let address = Simulator::free_address();
        let clinic = Clinic::with_commands_to(CommandApi::start().await, &Simulator::base(&address));
        clinic.keep_account();
        let simulator = Simulator::start(clinic.pbx.base(), &address, &["--speed", "5", "--talk", "300"]).await;
        (clinic, simulator)
    }

    /// The same with the simulated PBX of a day, whose calls all come up here.
    pub(super) async fn of_a_day(pbx: &str) -> Clinic {
        let clinic = Clinic::with_commands_to(CommandApi::start().await, &Simulator::base(pbx));
        clinic.keep_account();
        let settings = clinic.folder.path().join("settings.toml");
        let text = std::fs::read_to_string(&settings).expect("the settings");
        let text = text.replace("pop = \"mine\"", "pop = \"all\"");
        std::fs::write(&settings, format!("{text}[missed]\nignore_under_s = {NEVER_TOO_SHORT}\n"))
            .expect("the settings are written");
        clinic
    }

    /// The PBX of a day at this clinic, at its address; what it posts stands in a journal of this name.
    pub(super) async fn simulator(&self, day: &Day, pbx: &str, journal: &str) -> Simulator {
        let journal = self.folder.path().join(journal);
        day.simulator(self.pbx.base(), pbx, &journal).await
    }

    fn keep_account(&self) {
        self.keep_secret("vpbx-api-key", KEY);
        self.keep_secret("vpbx-api-salt", SALT);
    }

    fn keep_secret(&self, user: &str, secret: &str) {
        let mut tool = self.desktop.command("secret-tool");
        tool.args(["store", "--label", user, "service", "callpop", "username", user, "target", "default"]);
        let mut tool = tool.stdin(Stdio::piped()).spawn().expect("secret-tool starts");
        tool.stdin.take().expect("it is piped").write_all(secret.as_bytes()).expect("it reads");
        assert!(tool.wait().expect("it ends").success(), "the keyring takes {user}");
    }

    pub(super) fn secret(&self, user: &str) -> String {
        let mut tool = self.desktop.command("secret-tool");
        let output = tool.args(["lookup", "service", "callpop", "username", user]).output().expect("secret-tool runs");
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    pub(super) fn arguments(&self, first: &str) -> Vec<String> {
        let at = |name: &str| self.folder.path().join(name).display().to_string();
        ["--config", &at("settings.toml"), "--data-dir", &at("data"), "--open", first].map(str::to_owned).to_vec()
    }

    pub(super) async fn open(&self, first: &str) -> Window {
        Window::open(&self.desktop, &self.arguments(first)).await
    }

    /// Waits until the app listens.
    pub(super) async fn until_listening(&self) {
        let address = self.pbx.base().trim_start_matches("http://").trim_end_matches("/mangotelecom").to_owned();
        eventually("the app listens", || async { TcpStream::connect(&address).await.ok().map(drop) }).await;
    }
}

fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener.local_addr().expect("a bound socket has an address").port()
}

/// One of our processes; dropping it ends it.
pub(super) struct Owned(pub(super) Child);

impl Drop for Owned {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The app's first window under a driver.
pub(super) struct Window {
    pub(super) client: Client,
    _driver: Owned,
}

impl Window {
    pub(super) async fn open(desktop: &Desktop, arguments: &[String]) -> Window {
        Window::open_program(desktop, &program("callpop"), arguments).await
    }

    /// The same for another program with web views.
    pub(super) async fn open_program(desktop: &Desktop, binary: &Path, arguments: &[String]) -> Window {
        let port = free_port();
        let mut driver = desktop.command("WebKitWebDriver");
        driver.arg(format!("--port={port}")).env("TAURI_AUTOMATION", "true").env("TAURI_WEBVIEW_AUTOMATION", "true");
        driver.env_remove("RUST_LOG").stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let driver = Owned(driver.spawn().expect("WebKitWebDriver starts"));
        eventually("the driver listens", || async { TcpStream::connect(("127.0.0.1", port)).await.ok().map(drop) })
            .await;
        let options = json!({"binary": binary, "args": arguments});
        let capabilities = json!({"webkitgtk:browserOptions": options});
        let capabilities = capabilities.as_object().expect("an object").clone();
        let client = ClientBuilder::new(HttpConnector::new())
            .capabilities(capabilities)
            .connect(&format!("http://127.0.0.1:{port}"))
            .await
            .unwrap_or_else(|error| panic!("the app opens under the driver: {error}"));
        Window { client, _driver: driver }
    }

    /// Waits for an element and reads it.
    pub(super) async fn text(&self, name: &str) -> String {
        self.text_when(name, |text| !text.is_empty()).await
    }

    /// Waits until an element says what is wanted.
    pub(super) async fn text_when(&self, name: &str, wanted: impl Fn(&str) -> bool) -> String {
        let deadline = tokio::time::Instant::now() + window_patience();
        let mut last = "it is not there".to_owned();
        while tokio::time::Instant::now() < deadline {
            // An element may be replaced between finding and reading it.
            if let Ok(element) = self.client.find(Locator::Css(&css(name))).await
                && let Ok(text) = element.text().await
            {
                if wanted(&text) {
                    return text;
                }
                last = format!("it says {text:?}");
            }
            tokio::time::sleep(Duration::from_millis(30)).await;
        }
        let page = self.client.source().await.unwrap_or_default();
        panic!("{name}: {last}; the page:\n{page}");
    }

    pub(super) async fn click(&self, name: &str) {
        // A button that is not to be used yet takes no click.
        let selector = format!("{}:not(:disabled)", css(name));
        let until = tokio::time::Instant::now() + window_patience();
        loop {
            let left = until.saturating_duration_since(tokio::time::Instant::now());
            let wait = self.client.wait().at_most(left);
            let element =
                wait.for_element(Locator::Css(&selector)).await.unwrap_or_else(|error| panic!("{name}: {error}"));
            match element.click().await {
                Ok(()) => return,
                // It was replaced between being found and being clicked, so nothing was clicked.
                Err(error) if error.to_string().contains("Stale element") && tokio::time::Instant::now() < until => {}
                Err(error) => panic!("{name} is clicked: {error}"),
            }
        }
    }

    /// Waits until what is named has the keyboard, so that real keys go there.
    pub(super) async fn has_the_keyboard(&self, name: &str) {
        let asked = format!("return document.hasFocus() && document.activeElement?.matches({:?}) === true", css(name));
        let deadline = tokio::time::Instant::now() + window_patience();
        while !matches!(self.client.execute(&asked, Vec::new()).await, Ok(Value::Bool(true))) {
            assert!(tokio::time::Instant::now() < deadline, "{name} does not get the keyboard");
            tokio::time::sleep(Duration::from_millis(30)).await;
        }
    }

    pub(super) async fn type_into(&self, name: &str, text: &str) {
        let selector = css(name);
        let wait = self.client.wait().at_most(window_patience());
        let field = wait.for_element(Locator::Css(&selector)).await.unwrap_or_else(|error| panic!("{name}: {error}"));
        field.clear().await.unwrap_or_else(|error| panic!("{name} is cleared: {error}"));
        field.send_keys(text).await.unwrap_or_else(|error| panic!("{name} takes text: {error}"));
    }

    /// Keeps a picture of the page beside the build's other results, to be looked at.
    pub(super) async fn photograph(&self, name: &str) {
        // The driver pictures what was painted last, which may be a frame behind the page.
        let painted = "const done = arguments[arguments.length - 1]; requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done, 50)))";
        self.client.execute_async(painted, Vec::new()).await.expect("the page is painted");
        let picture = self.client.screenshot().await.expect("a picture");
        let folder = workspace().join("target/window");
        std::fs::create_dir_all(&folder).expect("a folder for pictures");
        std::fs::write(folder.join(format!("{name}.png")), picture).expect("the picture is written");
    }

    pub(super) async fn close(self) {
        let _ = self.client.close().await;
    }
}

/// `field` as a test id; with a `[`, a selector as it is.
pub(super) fn css(name: &str) -> String {
    if name.contains('[') { name.to_owned() } else { format!("[data-testid=\"{name}\"]") }
}
