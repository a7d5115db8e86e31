//! GNU Health 5.0.6 on a private PostgreSQL: a clinic's system with a schema and an interface that nobody here made.
//!
//! Its database takes half a minute to set up, so a cluster without patients is kept beside the program and copied.

#![allow(dead_code, reason = "each program of tests uses its own part")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use base64::Engine as _;
use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use serde_json::{Value, json};

use super::postgres::{Postgres, START, free_port, run, version};

/// The administrator's password in every such clinic.
const PASSWORD: &str = "callpop-clinic";
/// The database's name.
const DATABASE: &str = "health";

/// A running GNU Health without patients.
#[derive(Debug)]
pub(crate) struct GnuHealth {
    server: Child,
    /// Its database.
    pub(crate) postgres: Postgres,
    /// `http://127.0.0.1:port`, for its JSON-RPC.
    pub(crate) base: String,
    folder: tempfile::TempDir,
}

/// Where `cargo xtask test` puts GNU Health.
fn installed() -> PathBuf {
    let usual = || dirs::cache_dir().unwrap_or_default().join("callpop/clinics/gnuhealth-5.0.6");
    let folder = std::env::var_os("CALLPOP_GNU_HEALTH").map_or_else(usual, PathBuf::from);
    assert!(
        folder.join("bin/trytond").is_file(),
        "GNU Health is not in {}: `cargo xtask test` installs it, or CALLPOP_GNU_HEALTH names its folder",
        folder.display()
    );
    folder
}

/// A cluster with the empty database in it; made once on a machine.
fn template() -> PathBuf {
    let home = installed();
    let done = home.join(format!("callpop-cluster-{}", version()));
    let lock = fs::File::create(home.join("callpop-cluster.lock")).unwrap();
    // Tests run side by side in processes of their own: one makes it, the others wait.
    lock.lock().unwrap();
    if !done.exists() {
        let postgres = Postgres::new();
        postgres.sql("postgres", &format!("create database {DATABASE}"));
        let folder = tempfile::tempdir().unwrap();
        let settings = write_settings(folder.path(), postgres.port, free_port());
        let password = folder.path().join("password");
        fs::write(&password, PASSWORD).unwrap();
        let admin = |arguments: &[&str]| {
            let mut command = Command::new(home.join("bin/trytond-admin"));
            command.env("TRYTONPASSFILE", &password).arg("-c").arg(&settings).args(["-d", DATABASE]);
            run(command.args(arguments));
        };
        admin(&["--all", "--email", "admin@localhost", "--password"]);
        admin(&["-u", "health", "--activate-dependencies"]);
        let half = home.join("callpop-cluster.half");
        let _ = fs::remove_dir_all(&half);
        postgres.keep(&half);
        fs::rename(&half, &done).unwrap();
    }
    done
}

fn write_settings(folder: &Path, postgres: u16, port: u16) -> PathBuf {
    let settings = folder.join("trytond.conf");
    let text = format!(
        "[database]\nuri = postgresql://gnuhealth@127.0.0.1:{postgres}/\n[web]\nlisten = 127.0.0.1:{port}\n\
         [session]\ntimeout = 3600\n"
    );
    fs::write(&settings, text).unwrap();
    settings
}

impl GnuHealth {
    /// Starts it; ends the test when it cannot.
    pub(crate) async fn start() -> GnuHealth {
        let postgres = Postgres::copy_of(&template());
        let folder = tempfile::tempdir().unwrap();
        let port = free_port();
        let settings = write_settings(folder.path(), postgres.port, port);
        let log = fs::File::create(folder.path().join("log")).unwrap();
        let server = Command::new(installed().join("bin/trytond"))
            .arg("-c")
            .arg(&settings)
            .args(["-d", DATABASE])
            .stdin(Stdio::null())
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .spawn()
            .unwrap();
        let mut clinic = GnuHealth { server, postgres, base: format!("http://127.0.0.1:{port}"), folder };
        clinic.wait(port).await;
        clinic
    }

    async fn wait(&mut self, port: u16) {
        let deadline = Instant::now() + START;
        while tokio::net::TcpStream::connect(("127.0.0.1", port)).await.is_err() {
            let ended = self.server.try_wait().unwrap();
            if ended.is_some() || Instant::now() > deadline {
                panic!("GNU Health did not start: {}", self.log());
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    fn log(&self) -> String {
        fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }

    /// The administrator's session.
    pub(crate) async fn login(&self) -> Session {
        let http = reqwest::Client::new();
        let url = format!("{}/{DATABASE}/", self.base);
        let ask = json!({"id": 1, "method": "common.db.login", "params": ["admin", {"password": PASSWORD}, "en"]});
        let reply: Value = http.post(&url).json(&ask).send().await.unwrap().json().await.unwrap();
        let (user, key) = (&reply["result"][0], reply["result"][1].as_str().unwrap_or_default());
        let session = format!("admin:{user}:{key}");
        let session = format!("Session {}", base64::engine::general_purpose::STANDARD.encode(session));
        Session { http, url, session }
    }
}

impl Drop for GnuHealth {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

/// Somebody logged in, who may fill the clinic.
pub(crate) struct Session {
    http: reqwest::Client,
    url: String,
    session: String,
}

/// A patient to be.
#[derive(Debug, Clone, Default)]
pub(crate) struct Patient<'p> {
    pub(crate) family: &'p str,
    /// Given name and patronymic: the system has one field for both.
    pub(crate) given: &'p str,
    pub(crate) born: Option<Date>,
    /// `m`, `f` or `u`.
    pub(crate) gender: &'p str,
    /// The person's number in the clinic ("PUID").
    pub(crate) chart: Option<&'p str>,
    /// As typed, each in a contact of its own.
    pub(crate) phones: Vec<&'p str>,
}

impl Session {
    /// One call; an error of the server ends the test.
    pub(crate) async fn call(&self, method: &str, params: Value) -> Value {
        let ask = json!({"id": 1, "method": method, "params": params});
        let request = self.http.post(&self.url).header("Authorization", &self.session).json(&ask);
        let reply = request.send().await.unwrap();
        assert!(reply.status().is_success(), "{method}: {}", reply.status());
        let reply: Value = reply.json().await.unwrap();
        assert!(reply.get("error").is_none(), "{method}: {}", reply["error"]);
        reply["result"].clone()
    }

    /// Creates one record and returns its id.
    pub(crate) async fn create(&self, model: &str, record: Value) -> i64 {
        let made = self.call(&format!("model.{model}.create"), json!([[record], {}])).await;
        made[0].as_i64().unwrap()
    }

    /// Registers a patient and returns the patient's id (not the party's).
    pub(crate) async fn patient(&self, patient: &Patient<'_>) -> i64 {
        let contacts: Vec<Value> =
            patient.phones.iter().map(|phone| json!({"type": "phone", "value": phone})).collect();
        let party = json!({
            "name": patient.given,
            "lastname": patient.family,
            "dob": patient.born.map(date),
            "gender": patient.gender,
            "ref": patient.chart,
            "is_person": true,
            "is_patient": true,
            "fed_country": "RUS",
            "contact_mechanisms": [["create", contacts]],
        });
        let party = self.create("party.party", party).await;
        let found = self.call("model.gnuhealth.patient.search", json!([[["party", "=", party]], 0, 1, null, {}])).await;
        match found[0].as_i64() {
            Some(patient) => patient,
            None => self.create("gnuhealth.patient", json!({"party": party})).await,
        }
    }

    /// Hires a doctor and returns the health professional's id.
    pub(crate) async fn doctor(&self, family: &str, given: &str) -> i64 {
        let party = json!({
            "name": given,
            "lastname": family,
            "gender": "u",
            "is_person": true,
            "is_healthprof": true,
            "fed_country": "RUS",
        });
        let party = self.create("party.party", party).await;
        let professional = json!({"party": party, "institution": null});
        let found = self
            .call("model.gnuhealth.healthprofessional.search", json!([[["party", "=", party]], 0, 1, null, {}]))
            .await;
        match found[0].as_i64() {
            Some(doctor) => doctor,
            None => self.create("gnuhealth.healthprofessional", professional).await,
        }
    }

    /// Makes a visit; `state` is the system's own word: `confirmed`, `done`, `user_cancelled`…
    pub(crate) async fn visit(&self, patient: i64, doctor: i64, at: Timestamp, state: &str) -> i64 {
        let visit = json!({
            "patient": patient,
            "healthprof": doctor,
            "appointment_date": moment(at),
            "state": state,
            "institution": null,
            "speciality": null,
            "name": format!("APP-{patient}-{}", at.as_second()),
        });
        self.create("gnuhealth.appointment", visit).await
    }

    /// Records that a patient is allergic to something.
    pub(crate) async fn allergy(&self, patient: i64, to: &str) {
        let pathology = json!({"name": to, "code": format!("X-{patient}")});
        let pathology = self.create("gnuhealth.pathology", pathology).await;
        let disease = json!({
            "patient": patient,
            "pathology": pathology,
            "is_allergy": true,
            "is_active": true,
            "healthprof": null,
            "institution": null,
        });
        self.create("gnuhealth.patient.disease", disease).await;
    }
}

/// A date as the system's JSON writes it.
fn date(date: Date) -> Value {
    json!({"__class__": "date", "year": date.year(), "month": date.month(), "day": date.day()})
}

/// A moment as the system's JSON writes it: UTC, no zone.
fn moment(at: Timestamp) -> Value {
    let at: DateTime = jiff::tz::TimeZone::UTC.to_datetime(at);
    json!({
        "__class__": "datetime",
        "year": at.year(),
        "month": at.month(),
        "day": at.day(),
        "hour": at.hour(),
        "minute": at.minute(),
        "second": at.second(),
        "microsecond": 0,
    })
}
