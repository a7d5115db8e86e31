//! What can be changed through a directory: a visit confirmed, made or cancelled, a patient registered, a number added.

use jiff::civil::{Date, DateTime};
use phone::PhoneNumber;

use crate::people::{Person, Sex};
use crate::source::DirectoryError;

/// What a directory can change; nothing unless it says so.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Abilities {
    /// Confirm and refuse a visit.
    pub confirm_visit: bool,
    /// Register a new patient.
    pub register_person: bool,
    /// Add the caller's number to a patient's record.
    pub attach_number: bool,
    /// Show free times, make a visit.
    pub make_visit: bool,
    /// Cancel a visit.
    pub cancel_visit: bool,
}

/// One change. `Debug` is not to be logged: it holds a person's data, so there is none.
#[derive(Clone, PartialEq)]
pub enum Write {
    /// The patient will come, or will not.
    ConfirmVisit {
        /// [`crate::Visit::id`].
        visit: String,
        /// Whether they come.
        yes: bool,
    },
    /// A new patient.
    RegisterPerson(NewPerson),
    /// The number belongs to this patient.
    AttachNumber {
        /// Who.
        person: Box<Person>,
        /// The caller's number.
        number: PhoneNumber,
    },
    /// A visit.
    MakeVisit {
        /// Who comes.
        who: NewPerson,
        /// When and to whom.
        slot: Slot,
        /// [`Service::id`].
        service: Option<String>,
        /// A word to the doctor.
        comment: Option<String>,
    },
    /// The visit will not be.
    CancelVisit {
        /// [`crate::Visit::id`].
        visit: String,
        /// Why.
        reason: String,
    },
}

/// Who is to be registered or comes.
#[derive(Clone, PartialEq)]
pub struct NewPerson {
    /// Фамилия.
    pub family_name: String,
    /// Имя.
    pub given_name: String,
    /// Отчество.
    pub patronymic: Option<String>,
    /// Date of birth.
    pub born: Date,
    /// As told.
    pub sex: Sex,
    /// Where to call.
    pub phone: Option<PhoneNumber>,
}

/// What became of a change.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Written {
    /// The patient as the source now has them.
    pub person: Option<Person>,
    /// The visit's id.
    pub visit: Option<String>,
}

/// Why a change was not made. Its text is a Russian sentence.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WriteError {
    /// This kind of directory changes nothing.
    #[error("Через эту МИС записать нельзя: откройте карту в самой МИС")]
    NotSupported,
    /// The source said no.
    #[error("{0}")]
    Refused(String),
    /// It was sent, and no answer came: nobody knows whether it was done.
    #[error("МИС не ответила: проверьте в МИС, сделано ли это, прежде чем повторять")]
    Unclear,
    /// It was not sent.
    #[error(transparent)]
    Directory(#[from] DirectoryError),
}

/// Which free times are wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SlotQuery {
    /// The day.
    pub date: Date,
    /// [`Slot::doctor_id`]; every doctor when absent.
    pub doctor: Option<String>,
}

/// A free time at a doctor's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Slot {
    /// Begin, clinic's local time.
    pub from: DateTime,
    /// End.
    pub to: DateTime,
    /// The doctor's id at the source.
    pub doctor_id: String,
    /// Name and speciality.
    pub doctor: String,
    /// The department's id at the source.
    pub department_id: String,
    /// Its name.
    pub department: String,
    /// What this doctor offers; empty when unknown.
    pub services: Vec<Service>,
}

/// What a doctor offers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Service {
    /// Its id at the source.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its price as the record says it, `1500.00`.
    pub price: Option<String>,
}
