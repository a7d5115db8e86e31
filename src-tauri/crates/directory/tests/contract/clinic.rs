//! A clinic: one kind's own system with the invented people in it, and the run of all cases on it.

use std::any::Any;
use std::fmt::Write as _;
use std::sync::Arc;

use directory::{Answer, Directory, Person};
use jiff::Timestamp;

use crate::cases;
use crate::people::number;

/// One kind's own system, filled with [`crate::people::people`], and the directory opened on it.
pub(crate) struct Clinic {
    pub(crate) directory: Box<dyn Directory>,
    /// The `now` that the people were made for, and that every question is asked at.
    pub(crate) now: Timestamp,
    /// What the system cannot hold or say, whatever we do. Such a fact must come back as *nothing*, not as a guess.
    pub(crate) lacks: Vec<Fact>,
    /// Servers and folders that live as long as the clinic.
    pub(crate) keep: Box<dyn Any + Send + Sync>,
}

/// What some kinds of systems cannot hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fact {
    /// What somebody owes.
    Debt,
    /// What somebody is allergic to.
    Allergy,
    /// That a visit was cancelled.
    Cancelled,
    /// Visits that are over.
    LastVisit,
    /// An id of the person's own, with which a chart opens.
    Id,
    /// The number of a chart.
    Chart,
    /// Male or female.
    Sex,
    /// `доб. 2` beside a number: the system compares text exactly, so the clinic stores the number without it.
    Extension,
    /// Finding people by name.
    SearchByName,
    /// Finding people by the number of the chart.
    SearchByChart,
    /// Finding people by some digits of a number.
    SearchByDigits,
}

impl Clinic {
    /// Whether the system can hold it.
    pub(crate) fn has(&self, fact: Fact) -> bool {
        !self.lacks.contains(&fact)
    }

    /// The answer for a number, with everything that [`Directory::details`] adds.
    pub(crate) async fn ask(&self, e164: &str) -> Answer {
        let mut answer = self.directory.look_up(&number(e164), self.now).await.unwrap();
        if answer.has_more {
            answer.people = self.directory.details(answer.people, self.now).await;
        }
        answer
    }

    /// The only person of a number.
    pub(crate) async fn only(&self, e164: &str) -> Person {
        let mut people = self.ask(e164).await.people;
        assert_eq!(names(&people).len(), 1, "{e164}: {:?}", names(&people));
        people.remove(0)
    }

    /// The names that a search finds, at most `limit`.
    pub(crate) async fn search(&self, text: &str, limit: usize) -> Vec<String> {
        names(&self.directory.search(text, limit, self.now).await.unwrap())
    }
}

/// Whole names in order.
pub(crate) fn names(people: &[Person]) -> Vec<String> {
    people.iter().map(|person| person.full_name.clone()).collect()
}

/// Asks every case; one that fails does not hide the others.
pub(crate) async fn holds(clinic: Clinic) {
    let clinic = Arc::new(clinic);
    let mut failures = String::new();
    for (name, case) in cases::all() {
        if let Err(failure) = tokio::spawn(case(Arc::clone(&clinic))).await {
            let said = match failure.try_into_panic() {
                Ok(panic) => match panic.downcast::<String>() {
                    Ok(text) => *text,
                    Err(panic) => {
                        panic.downcast::<&str>().map_or_else(|_| "panic".to_owned(), |text| (*text).to_owned())
                    }
                },
                Err(failure) => failure.to_string(),
            };
            let _ = writeln!(failures, "- {name}: {said}");
        }
    }
    assert!(failures.is_empty(), "kind `{}` breaks the contract:\n{failures}", clinic.directory.kind());
    drop(Arc::into_inner(clinic).map(|clinic| clinic.keep));
}
