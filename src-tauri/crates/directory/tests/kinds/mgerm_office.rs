//! A clinic with MGERM: the double, the directory opened on it, and a clock that tests move.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use directory::mgerm::{MgermDirectory, Section};
use directory::{Directory, Health, HealthState, Person, Surroundings};
use jiff::{SignedDuration, Timestamp};
use phone::Region;

use crate::contract::{moscow, now, number};
use crate::mgerm_double::{Clinic, MgermDouble, invented};

pub(crate) struct MgermOffice {
    pub(crate) double: MgermDouble,
    pub(crate) directory: MgermDirectory,
    clock: Arc<Mutex<Timestamp>>,
}

pub(crate) fn surroundings() -> Surroundings {
    Surroundings {
        region: Region::new("RU", Some("495")).unwrap(),
        time_zone: moscow(),
        open_url: None,
        timeout: Duration::from_secs(1),
        token: Some("secret-token".into()),
        certificate: None,
        folder: std::env::temp_dir(),
        keep: None,
    }
}

pub(crate) fn section(double: &MgermDouble) -> Section {
    Section { base: double.base(), history_days: 30, ..Section::default() }
}

/// The invented people; it is 12:00 in Moscow.
pub(crate) fn clinic() -> Clinic {
    invented(moscow().to_datetime(now()))
}

pub(crate) async fn double(clinic: Clinic) -> MgermDouble {
    MgermDouble::start("127.0.0.1:0".parse().unwrap(), Some("secret-token"), clinic).await.unwrap()
}

impl MgermOffice {
    /// With the invented people, not read yet.
    pub(crate) async fn new() -> MgermOffice {
        let double = double(clinic()).await;
        let section = section(&double);
        MgermOffice::with(double, &section, surroundings())
    }

    pub(crate) fn with(double: MgermDouble, section: &Section, surroundings: Surroundings) -> MgermOffice {
        let clock = Arc::new(Mutex::new(now()));
        let told = Arc::clone(&clock);
        let directory = MgermDirectory::at(section, surroundings, Arc::new(move || *told.lock().unwrap())).unwrap();
        MgermOffice { double, directory, clock }
    }

    /// With the invented people, the window read.
    pub(crate) async fn read() -> MgermOffice {
        let office = MgermOffice::new().await;
        office.reads().await;
        office
    }

    pub(crate) fn now(&self) -> Timestamp {
        *self.clock.lock().unwrap()
    }

    pub(crate) fn passes(&self, seconds: i64) {
        *self.clock.lock().unwrap() += SignedDuration::from_secs(seconds);
    }

    /// Lets it read until the window is known and it fares well.
    pub(crate) async fn reads(&self) {
        self.until("the window is read", |health| {
            health.state == HealthState::Ok && health.why.as_ref().is_some_and(|why| !why.contains("прочитано дней"))
        })
        .await;
    }

    /// Lets it read until its health is so.
    pub(crate) async fn until(&self, what: &str, is_so: impl Fn(&Health) -> bool) -> Health {
        for _ in 0..1000 {
            self.directory.reload_if_changed().await;
            let health = self.directory.health();
            if is_so(&health) {
                return health;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("{what}: {:?}", self.directory.health());
    }

    /// Lets it read until a number's people are so.
    pub(crate) async fn until_on(&self, typed: &str, is_so: impl Fn(&[Person]) -> bool) -> Vec<Person> {
        for _ in 0..1000 {
            self.directory.reload_if_changed().await;
            let people = self.on(typed).await;
            if is_so(&people) {
                return people;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("{typed}: {:?}", self.on(typed).await);
    }

    pub(crate) async fn on(&self, typed: &str) -> Vec<Person> {
        self.directory.look_up(&number(typed), self.now()).await.unwrap().people
    }

    pub(crate) async fn one(&self, typed: &str) -> Person {
        let mut people = self.on(typed).await;
        assert_eq!(people.len(), 1, "{typed}");
        people.remove(0)
    }

    pub(crate) async fn why(&self, typed: &str) -> String {
        self.directory.look_up(&number(typed), self.now()).await.unwrap().why.unwrap_or_default()
    }
}
