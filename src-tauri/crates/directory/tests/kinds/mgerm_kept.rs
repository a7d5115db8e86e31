//! MGERM: the index that outlives a restart.

use std::fs;
use std::path::{Path, PathBuf};

use directory::mgerm::Section;
use directory::{Directory, HealthState, Surroundings, Write};

use crate::mgerm_double::{MgermDouble, Trouble};
use crate::mgerm_office::{MgermOffice, clinic, double, section, surroundings};

fn kept_in(path: &Path, key: &str) -> Surroundings {
    Surroundings { keep: Some((path.to_owned(), key.repeat(32).into())), ..surroundings() }
}

fn on_disk(double: &MgermDouble) -> Section {
    Section { keep: "disk".to_owned(), ..section(double) }
}

/// A file that a clinic's index was kept in, and the clinic's double.
async fn kept(folder: &Path) -> (PathBuf, MgermDouble) {
    let path = folder.join("mgerm.index");
    let double = double(clinic()).await;
    let section = on_disk(&double);
    let office = MgermOffice::with(double, &section, kept_in(&path, "a1"));
    office.reads().await;
    office.until("kept", |_| path.exists()).await;
    (path, office.double)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restart_answers_while_the_mis_is_down() {
    let folder = tempfile::tempdir().unwrap();
    let (path, double) = kept(folder.path()).await;
    double.set(Trouble::Down).await;
    let section = on_disk(&double);
    let office = MgermOffice::with(double, &section, kept_in(&path, "a1"));
    let health = office.until("restored", |health| health.people == Some(9)).await;
    assert!(matches!(health.state, HealthState::Ok | HealthState::Slow));
    let mother = office.on("+79005550101").await.remove(0);
    assert_eq!(mother.full_name, "ИВАНОВА Мария Петровна");
    assert!(mother.next_visit.is_some());
    assert_eq!(office.directory.search("иванова", 10, office.now()).await.unwrap().len(), 1);
    // A visit that vanished meanwhile goes when the MIS is there again.
    office.double.clinic().visits.clear();
    office.double.set(Trouble::None).await;
    office.passes(3700);
    office.until_on("+79005550101", |people| people.iter().all(|person| person.next_visit.is_none())).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_confirmed_a_moment_ago_outlives_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("mgerm.index");
    let double = double(clinic()).await;
    let section = on_disk(&double);
    let office = MgermOffice::with(double, &section, kept_in(&path, "a1"));
    office.reads().await;
    office.until("kept", |_| path.exists()).await;
    let visit = office.on("+79005550101").await.remove(0).next_visit.and_then(|visit| visit.id).unwrap();
    office.directory.write(Write::ConfirmVisit { visit, yes: true }, office.now()).await.unwrap();
    let MgermOffice { double, .. } = office;
    double.set(Trouble::Down).await;
    let office = MgermOffice::with(double, &section, kept_in(&path, "a1"));
    office.until("restored", |health| health.people == Some(9)).await;
    let next = office.on("+79005550101").await.remove(0).next_visit.unwrap();
    assert_eq!(next.confirmed, Some(true));
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_reads_it_without_the_key() {
    let folder = tempfile::tempdir().unwrap();
    let (path, double) = kept(folder.path()).await;
    let bytes = fs::read(&path).unwrap();
    for plain in ["ИВАНОВА", "иванова", "900", "2026-11"] {
        assert!(!bytes.windows(plain.len()).any(|part| part == plain.as_bytes()), "{plain}");
    }
    double.set(Trouble::Down).await;
    let section = on_disk(&double);
    let office = MgermOffice::with(double, &section, kept_in(&path, "b2"));
    office.until("read in vain", |health| health.state == HealthState::Down && !path.exists()).await;
    assert!(folder.path().join("mgerm.index.damaged").exists(), "set aside");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_file_is_set_aside() {
    let folder = tempfile::tempdir().unwrap();
    let (path, first) = kept(folder.path()).await;
    drop(first);
    let whole = fs::read(&path).unwrap();
    let mut flipped = whole.clone();
    let middle = flipped.len() / 2;
    flipped[middle] ^= 1;
    let cut = whole[..whole.len() - 1].to_vec();
    for damaged in [flipped, cut, Vec::new(), b"CPMGERM1".to_vec(), b"no index of ours".to_vec()] {
        fs::write(&path, &damaged).unwrap();
        let double = double(clinic()).await;
        let section = on_disk(&double);
        let office = MgermOffice::with(double, &section, kept_in(&path, "a1"));
        office.reads().await;
        assert_eq!(fs::read(folder.path().join("mgerm.index.damaged")).unwrap(), damaged);
        assert_eq!(office.on("+79005550101").await.len(), 2, "read anew");
        office.until("kept again", |_| path.exists()).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_index_of_another_clinic_is_not_ours() {
    let folder = tempfile::tempdir().unwrap();
    let (path, first) = kept(folder.path()).await;
    drop(first);
    let mut other = clinic();
    other.patients.iter_mut().for_each(|patient| patient.phone = None);
    other.patients.iter_mut().for_each(|patient| patient.contacts.clear());
    let double = double(other).await;
    let section = on_disk(&double);
    let office = MgermOffice::with(double, &section, kept_in(&path, "a1"));
    office.reads().await;
    assert!(office.on("+79005550101").await.is_empty());
}
