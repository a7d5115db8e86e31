//! The kind `file`: a CSV as an office keeps one.

use std::collections::BTreeMap;

use directory::{FileDirectory, FileSettings, Sex};

use crate::clinic::{Clinic, Fact, holds};
use crate::people::{OPEN_URL, State, moscow, noon, people, region};

#[tokio::test]
async fn the_file_holds_to_the_contract() {
    holds(clinic()).await;
}

fn clinic() -> Clinic {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("patients.csv");
    let mut csv = csv::Writer::from_path(&path).unwrap();
    csv.write_record([
        "id",
        "family_name",
        "given_name",
        "patronymic",
        "born",
        "sex",
        "chart",
        "phones",
        "allergy",
        "debt",
        "relation",
        "last_visit",
        "next_visit",
    ])
    .unwrap();
    for known in people(noon()) {
        // A CSV has one column for each; whoever exports it leaves cancelled visits out.
        let visit = |state: State, last: bool| {
            let mut visits = known.visits.iter().filter(|visit| visit.state == state);
            let visit = if last { visits.next_back() } else { visits.next() };
            visit.map_or_else(String::new, |visit| {
                format!("{}; {}", visit.at.strftime("%d.%m.%Y %H:%M"), visit.doctor.join(" "))
            })
        };
        let [family, given, patronymic] = known.name;
        let born = known.born.map_or_else(String::new, |born| born.to_string());
        let sex = match known.sex {
            Sex::Male => "м",
            Sex::Female => "ж",
            Sex::Unknown => "",
        };
        let relation = if known.mother.is_some() { "сын" } else { "" };
        csv.write_record([
            known.id,
            family,
            given,
            patronymic,
            &born,
            sex,
            known.chart,
            known.phone,
            known.allergy,
            known.debt,
            relation,
            &visit(State::Done, true),
            &visit(State::Booked, false),
        ])
        .unwrap();
    }
    csv.flush().unwrap();
    let directory = FileDirectory::open(FileSettings {
        path,
        columns: BTreeMap::new(),
        region: region(),
        time_zone: moscow(),
        open_url: Some(OPEN_URL.to_owned()),
    });
    Clinic { directory: Box::new(directory), now: noon(), lacks: vec![Fact::Cancelled], keep: Box::new(folder) }
}
