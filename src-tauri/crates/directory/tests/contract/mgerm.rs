//! The kind `mgerm`: the double of its API, filled by hand as a clinic's office would.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use directory::mgerm::{MgermDirectory, Section};
use directory::{Directory, HealthState, Sex, Surroundings};
use serde_json::json;

use crate::clinic::{Clinic, holds};
use crate::mgerm_double::{self as double, MgermDouble};
use crate::people::{OPEN_URL, State, moscow, noon, people, region};

#[tokio::test(flavor = "multi_thread")]
async fn mgerm_holds_to_the_contract() {
    holds(clinic().await).await;
}

async fn clinic() -> Clinic {
    let mut books = double::Clinic::new(moscow().to_datetime(noon()));
    for known in people(noon()) {
        let place = books.add(double::Patient {
            id: Some(known.id.parse().unwrap()),
            name: known.name.map(str::to_owned),
            born: Some(known.born.map_or_else(|| "0000-00-00 00:00:00".to_owned(), |born| format!("{born} 00:00:00"))),
            sex: match known.sex {
                Sex::Male => Some(1),
                Sex::Female => Some(2),
                Sex::Unknown => Some(3),
            },
            phone: Some(known.phone.to_owned()),
            contacts: vec![(3, "post@mis.example".to_owned())],
            chart: (!known.chart.is_empty()).then(|| known.chart.to_owned()),
            card: json!({ "patientID": known.id.parse::<i64>().unwrap(), "allergy": known.allergy, "debt": known.debt }),
        });
        for visit in known.visits {
            let id = books.book(place, visit.at);
            books.visit(id).unwrap().cancelled = visit.state == State::Cancelled;
        }
    }
    let double = MgermDouble::start("127.0.0.1:0".parse().unwrap(), Some("secret"), books).await.unwrap();
    let card = [("allergy", "$.allergy"), ("debt", "$.debt")];
    let section = Section {
        base: double.base(),
        history_days: 30,
        card: card.into_iter().map(|(key, path)| (key.to_owned(), path.to_owned())).collect::<BTreeMap<_, _>>(),
        ..Section::default()
    };
    let surroundings = Surroundings {
        region: region(),
        time_zone: moscow(),
        open_url: Some(OPEN_URL.to_owned()),
        timeout: Duration::from_secs(5),
        token: Some("secret".into()),
        certificate: None,
        folder: std::env::temp_dir(),
        keep: None,
    };
    let directory = MgermDirectory::at(&section, surroundings, Arc::new(noon)).unwrap();
    for _ in 0..500 {
        directory.reload_if_changed().await;
        let health = directory.health();
        if health.state == HealthState::Ok && health.why.is_some_and(|why| !why.contains("прочитано")) {
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    Clinic { directory: Box::new(directory), now: noon(), lacks: Vec::new(), keep: Box::new(double) }
}
