//! What is in the clinic's books.

use jiff::civil::{Date, DateTime};
use serde_json::Value;

/// A patient as somebody entered them; whatever is `None` is missing in the answers.
#[derive(Debug, Clone, Default)]
pub struct Patient {
    /// `None`: answers come without an id.
    pub id: Option<i64>,
    /// Фамилия, имя, отчество; empty parts are empty.
    pub name: [String; 3],
    /// As the database gives it: `1991-01-01 00:00:00`, `0000-00-00 00:00:00`.
    pub born: Option<String>,
    /// 1 male, 2 female, 0 and 3 unknown.
    pub sex: Option<i64>,
    /// As typed.
    pub phone: Option<String>,
    /// Type and value.
    pub contacts: Vec<(i64, String)>,
    /// `1234/11`.
    pub chart: Option<String>,
    /// The free card.
    pub card: Value,
}

/// Somebody who sees patients.
#[derive(Debug, Clone)]
pub struct Doctor {
    /// Their id.
    pub id: i64,
    /// Фамилия, имя, отчество.
    pub name: [String; 3],
    /// What they are.
    pub specialty: String,
    /// The department's id and name.
    pub department: (i64, String),
    /// Id, name, kopecks.
    pub services: Vec<(i64, String, i64)>,
}

/// A referral.
#[derive(Debug, Clone)]
pub struct Visit {
    /// `None`: answers come without an id.
    pub id: Option<i64>,
    /// Place among the patients.
    pub patient: usize,
    /// Place among the doctors; for a room's referral whoever sent there.
    pub doctor: usize,
    /// 1 to a doctor, 2 to a room.
    pub list: i64,
    /// When it begins.
    pub at: DateTime,
    /// How long it takes.
    pub minutes: i64,
    /// Cancelled ones are in no list.
    pub cancelled: bool,
    /// What was told by `appointmentCallHistory.php`.
    pub confirmed: Option<bool>,
}

/// The books.
#[derive(Debug, Clone)]
pub struct Clinic {
    /// The clinic's local time.
    pub now: DateTime,
    /// Everybody.
    pub patients: Vec<Patient>,
    /// Who sees them.
    pub doctors: Vec<Doctor>,
    /// All referrals.
    pub visits: Vec<Visit>,
    next_id: i64,
}

impl Clinic {
    /// A clinic with one doctor and one who does ultrasound.
    pub fn new(now: DateTime) -> Clinic {
        let doctor = |id, name: [&str; 3], specialty: &str, services: &[(i64, &str, i64)]| Doctor {
            id,
            name: name.map(str::to_owned),
            specialty: specialty.to_owned(),
            department: (1, "Поликлиническое отделение".to_owned()),
            services: services.iter().map(|(id, name, price)| (*id, (*name).to_owned(), *price)).collect(),
        };
        Clinic {
            now,
            patients: Vec::new(),
            doctors: vec![
                doctor(2, ["Докторов", "Аркадий", "Семёнович"], "терапевт", &[(1, "Приём первичный", 150_000)]),
                doctor(3, ["Узистова", "Нина", "Павловна"], "врач УЗИ", &[(7, "УЗИ брюшной полости", 220_050)]),
            ],
            visits: Vec::new(),
            next_id: 9000,
        }
    }

    /// Adds somebody; the place they have now.
    pub fn add(&mut self, patient: Patient) -> usize {
        self.patients.push(patient);
        self.patients.len() - 1
    }

    /// Adds a half-hour visit to the first doctor; its id.
    pub fn book(&mut self, patient: usize, at: DateTime) -> i64 {
        let id = self.fresh_id();
        let (doctor, list, minutes) = (0, 1, 30);
        let visit = Visit { id: Some(id), patient, doctor, list, at, minutes, cancelled: false, confirmed: None };
        self.visits.push(visit);
        id
    }

    /// An id nobody has.
    pub fn fresh_id(&mut self) -> i64 {
        self.next_id += 1;
        self.next_id
    }

    /// The visit with this id.
    pub fn visit(&mut self, id: i64) -> Option<&mut Visit> {
        self.visits.iter_mut().find(|visit| visit.id == Some(id))
    }

    /// Visits of a day in a list, without the cancelled.
    pub(super) fn on(&self, day: Date, list: i64) -> impl Iterator<Item = &Visit> {
        self.visits.iter().filter(move |visit| visit.at.date() == day && visit.list == list && !visit.cancelled)
    }
}
