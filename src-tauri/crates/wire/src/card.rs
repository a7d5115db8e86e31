use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// What the directory says about the other side of a call.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[ts(export, export_to = "messages.ts")]
pub struct Card {
    /// How far the look-up is.
    pub status: CardStatus,
    /// Everybody on this number, the likeliest first.
    pub people: Vec<Person>,
    /// The person a receptionist chose.
    pub chosen: Option<String>,
    /// How long the look-up took, in ms.
    pub took_ms: Option<u32>,
    /// Which kind of directory answered.
    pub source: Option<String>,
    /// A readable reason when nobody was found or the directory failed, or how the number is written in the record.
    pub why: Option<String>,
    /// What was asked, in order, and how long each step took.
    #[serde(default)]
    pub steps: Vec<CardStep>,
    /// When the shown people were last fetched, if they are older than this look-up: the directory does not answer now.
    #[serde(default)]
    pub as_of: Option<String>,
    /// The person who was chosen on this number last time; offered first, never assumed.
    #[serde(default)]
    pub last_chosen: Option<String>,
    /// True while a directory that missed its time may still answer, or is still asked for more.
    #[serde(default)]
    pub more_to_come: bool,
}

/// One step of a look-up.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[ts(export, export_to = "messages.ts")]
pub struct CardStep {
    /// Where it was looked.
    pub what: CardStepKind,
    /// The kind of directory.
    pub source: String,
    /// How long it took, in ms, with fractions.
    pub took_ms: f64,
    /// What it gave, readable: `2 человека`, `никого`, `не ответила за 3 с`.
    pub result: String,
}

/// Where a look-up looked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export, export_to = "messages.ts")]
pub enum CardStepKind {
    /// In memory: a file's or a schedule's index.
    Index,
    /// An answer of less than a minute ago.
    Cache,
    /// The medical information system was asked.
    Request,
    /// Visits, warnings and money of those who were found.
    Details,
    /// The file behind it was looked through.
    Fallback,
}

/// How far a look-up is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export, export_to = "messages.ts")]
pub enum CardStatus {
    /// Asked, not answered.
    Looking,
    /// One person.
    Found,
    /// More than one.
    Several,
    /// Nobody.
    Unknown,
    /// The directory did not answer.
    Unavailable,
}

/// A patient or another person of the clinic's records.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[ts(export, export_to = "messages.ts")]
pub struct Person {
    /// The record's id.
    pub id: String,
    /// The whole name, family name first.
    pub full_name: String,
    /// Имя.
    pub given_name: Option<String>,
    /// Отчество.
    pub patronymic: Option<String>,
    /// Фамилия.
    pub family_name: Option<String>,
    /// `1991-01-31`.
    pub born: Option<String>,
    /// Whole years, today in the clinic.
    pub age: Option<u32>,
    /// As recorded.
    pub sex: Sex,
    /// The number of the paper or electronic chart.
    pub chart: Option<String>,
    /// E.164.
    pub phones: Vec<String>,
    /// Who this person is to the number's owner ("мать", "сын").
    pub relation: Option<String>,
    /// What to know before speaking, the gravest first.
    pub alerts: Vec<Alert>,
    /// What is owed.
    pub debt: Option<Debt>,
    /// The attending doctor.
    pub doctor: Option<String>,
    /// The latest past visit.
    pub last_visit: Option<Visit>,
    /// The nearest future visit.
    pub next_visit: Option<Visit>,
    /// Free text of the record.
    pub note: Option<String>,
    /// Where the person's chart opens.
    pub open_url: Option<String>,
    /// What could not be fetched just now, readable: `визиты`.
    #[serde(default)]
    pub gaps: Vec<String>,
}

/// As recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export, export_to = "messages.ts")]
pub enum Sex {
    /// М.
    Male,
    /// Ж.
    Female,
    /// Not recorded.
    Unknown,
}

/// Something to know before speaking.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export, export_to = "messages.ts")]
pub struct Alert {
    /// What it is about.
    pub kind: AlertKind,
    /// In the record's words.
    pub text: String,
}

/// What an alert is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export, export_to = "messages.ts")]
pub enum AlertKind {
    /// Аллергия.
    Allergy,
    /// Долг.
    Debt,
    /// Особый гость.
    Vip,
    /// Был конфликт.
    Conflict,
    /// Anything else.
    Note,
}

/// What is owed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export, export_to = "messages.ts")]
pub struct Debt {
    /// A decimal number as text, `2400.00`.
    pub amount: String,
    /// ISO 4217, `RUB`.
    pub currency: String,
}

/// A visit to the clinic.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export, export_to = "messages.ts")]
pub struct Visit {
    /// The record's id, where the directory has one.
    pub id: Option<String>,
    /// When.
    pub at: String,
    /// With whom.
    pub doctor: Option<String>,
    /// What for.
    pub service: Option<String>,
    /// Where.
    pub place: Option<String>,
    /// Whether the patient confirmed it.
    pub confirmed: Option<bool>,
}
