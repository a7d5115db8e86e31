use serde::{Deserialize, Serialize};
use serde_json::Value;
use ts_rs::TS;

/// Something to do.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[ts(export, export_to = "messages.ts")]
pub struct Request {
    /// Chosen by the client; a repeat within ten minutes gets the first reply.
    pub id: String,
    /// What to do: a `Do` by its name.
    #[serde(rename = "do")]
    pub what: String,
    /// Its fields.
    #[serde(default)]
    #[ts(type = "unknown")]
    pub with: Value,
}

/// How a call is handed over.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export, export_to = "messages.ts")]
pub enum TransferMethod {
    /// At once.
    #[default]
    Blind,
    /// The person waits on hold while the colleague is asked.
    Hold,
}

/// What can be asked of the desk, with its fields.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[serde(tag = "do", content = "with", rename_all = "snake_case")]
#[ts(export, export_to = "messages.ts")]
pub enum Do {
    /// Call a number: the receptionist's phone rings first. Replies `{command_id}` once the PBX took it.
    Dial {
        /// Any spelling.
        number: String,
        /// Whose phone; the connection's when absent.
        #[serde(default)]
        #[ts(optional)]
        extension: Option<String>,
        /// The outgoing line.
        #[serde(default)]
        #[ts(optional)]
        line: Option<String>,
        /// A group's short number: its phones ring first instead of one extension's.
        #[serde(default)]
        #[ts(optional)]
        group: Option<String>,
    },
    /// Hand a call over. `hold` speaks with the colleague first.
    Transfer {
        /// The call.
        call: String,
        /// A colleague's or group's short number, or a phone number in any spelling.
        to: String,
        /// At once or after a consultation.
        #[serde(default)]
        method: TransferMethod,
    },
    /// Join the person on hold with the colleague spoken to.
    CompleteTransfer {
        /// The call.
        call: String,
    },
    /// Go back to the person on hold.
    CancelTransfer {
        /// The call.
        call: String,
    },
    /// Put a call on hold.
    Hold {
        /// The call.
        call: String,
    },
    /// Take a call that rings at a colleague's, or that waits in the menu or a queue.
    Take {
        /// The call.
        call: String,
    },
    /// Start recording a call.
    Record {
        /// The call.
        call: String,
    },
    /// Play a recording. Replies `{url}`: an address on this machine that serves the sound for some minutes.
    Recording {
        /// The call.
        call: String,
        /// The recording's id.
        recording: String,
    },
    /// Send a text message. Replies `{command_id}` once the PBX took it.
    Sms {
        /// Any spelling.
        number: String,
        /// At most 612 Latin or 268 Cyrillic characters.
        text: String,
        /// The call it belongs to.
        #[serde(default)]
        #[ts(optional)]
        call: Option<String>,
    },
    /// Ask the PBX for colleagues, groups and lines. Replies `{roster}`; asks at most once a minute unless `fresh`.
    Roster {
        /// Ask even when it was asked a moment ago.
        #[serde(default)]
        #[ts(optional)]
        fresh: Option<bool>,
    },
    /// Ask the PBX's statistics again about the time in which the desk did not listen.
    CatchUp {},
    /// End a call, or one leg of it.
    HangUp {
        /// The call.
        call: String,
        /// The leg; the one that fits this desk when absent.
        #[serde(default)]
        #[ts(optional)]
        leg: Option<String>,
    },
    /// Say which of several people it is.
    ChoosePerson {
        /// The call.
        call: String,
        /// The person, or null to take the choice back.
        person: Option<String>,
    },
    /// Ask the directory once more.
    LookupAgain {
        /// The call.
        call: String,
    },
    /// Find people by name, chart or number. Replies `{people}`.
    SearchPeople {
        /// What was typed.
        text: String,
    },
    /// The patient will come, or will not.
    ConfirmVisit {
        /// The visit's id.
        visit: String,
        /// Whether they come.
        yes: bool,
    },
    /// Register a new patient in the directory. Replies `{person}`.
    RegisterPerson {
        /// Who.
        person: NewPerson,
        /// The call it belongs to: its card shows the patient afterwards.
        #[serde(default)]
        #[ts(optional)]
        call: Option<String>,
    },
    /// Add a call's number to the record of a person who was found by `search_people`. Replies `{person}`.
    AttachNumber {
        /// The call.
        call: String,
        /// The person's id.
        person: String,
    },
    /// Free times of a day. Replies `{slots}`, a `VisitSlot` each.
    VisitSlots {
        /// `2026-11-30`; today when absent.
        #[serde(default)]
        #[ts(optional)]
        date: Option<String>,
        /// The doctor's id; every doctor when absent.
        #[serde(default)]
        #[ts(optional)]
        doctor: Option<String>,
    },
    /// Make a visit. Replies `{visit}`, its id.
    MakeVisit {
        /// Who comes.
        person: Box<NewPerson>,
        /// One of `visit_slots`.
        slot: Box<VisitSlot>,
        /// The service's id.
        #[serde(default)]
        #[ts(optional)]
        service: Option<String>,
        /// A word to the doctor.
        #[serde(default)]
        #[ts(optional)]
        comment: Option<String>,
        /// The call it belongs to.
        #[serde(default)]
        #[ts(optional)]
        call: Option<String>,
    },
    /// Cancel a visit.
    CancelVisit {
        /// The visit's id.
        visit: String,
        /// Why.
        #[serde(default)]
        reason: String,
    },
    /// Past calls, newest first. Replies `{calls, next, understood}`; `understood` says what of the text was read as a
    /// day or a kind of call. `next` is null at the end. A page may be short or empty and still have a `next`: each
    /// looks through some thousand calls at most. Whoever types on gets the earlier question answered without calls
    /// and with `superseded: true`.
    History {
        /// The `next` of the page before.
        #[serde(default)]
        #[ts(optional)]
        before: Option<String>,
        /// A number, name, extension or note.
        #[serde(default)]
        #[ts(optional)]
        text: Option<String>,
        /// At most 500.
        #[serde(default)]
        #[ts(optional)]
        limit: Option<u32>,
        /// Which of them.
        #[serde(flatten)]
        which: CallFilter,
    },
    /// One person's, or one number's, whole story. Replies `{calls, next, missed, sms, numbers}`: a page of their calls
    /// (newest first), and with the first page their rows of missed calls, text messages and numbers.
    Story {
        /// Their number, E.164.
        #[serde(default)]
        #[ts(optional)]
        number: Option<String>,
        /// The directory's id of the person: calls of all numbers that were theirs.
        #[serde(default)]
        #[ts(optional)]
        person: Option<String>,
        /// The `next` of the page before.
        #[serde(default)]
        #[ts(optional)]
        before: Option<String>,
        /// At most 500.
        #[serde(default)]
        #[ts(optional)]
        limit: Option<u32>,
    },
    /// Past calls as a file. Replies `{url, name, rows}`: an address on this machine that serves it for some minutes.
    Export {
        /// What kind of file.
        format: ExportFormat,
        /// In which language its head is, and how the calls went; Russian when absent.
        #[serde(default)]
        #[ts(optional)]
        language: Option<Language>,
        /// A number, name, extension or note.
        #[serde(default)]
        #[ts(optional)]
        text: Option<String>,
        /// Which of them.
        #[serde(flatten)]
        which: CallFilter,
    },
    /// The numbers of some days. Replies `{numbers}`.
    Numbers {
        /// The first day, `2026-11-24`; today when absent.
        #[serde(default)]
        #[ts(optional)]
        from: Option<String>,
        /// The last day; `from` when absent.
        #[serde(default)]
        #[ts(optional)]
        to: Option<String>,
    },
    /// How the desk fares. Replies `{diagnostics}`.
    Diagnostics {},
    /// What one sends to those who help: a ZIP without a secret, a name or a full number. Replies `{url, name}`.
    SupportBundle {},
    /// A window has painted a call for the first time.
    Shown {
        /// The call.
        call: String,
    },
    /// "I will call back", or not after all.
    ClaimMissed {
        /// The row.
        missed: String,
        /// True gives the row back.
        #[serde(default)]
        #[ts(optional)]
        give_back: Option<bool>,
    },
    /// Put a row off until a moment.
    PostponeMissed {
        /// The row.
        missed: String,
        /// RFC 3339; null brings it back now.
        until: Option<String>,
    },
    /// Close a row.
    CloseMissed {
        /// The row.
        missed: String,
        /// What closed it: `reached`, `called_again`, or any other word for `dismissed`.
        #[serde(default)]
        #[ts(optional)]
        how: Option<String>,
        /// Why, for one that is dismissed; at most 500 characters.
        #[serde(default)]
        #[ts(optional)]
        reason: Option<String>,
    },
    /// Keep what was written about a call.
    Note {
        /// The call.
        call: String,
        /// The whole text.
        text: String,
    },
    /// Say what a call was about. What is absent stays as it is.
    Outcome {
        /// The call.
        call: String,
        /// One of the settings' outcomes; `""` takes it back.
        #[serde(default)]
        #[ts(optional)]
        outcome: Option<String>,
        /// All its tags.
        #[serde(default)]
        #[ts(optional)]
        tags: Option<Vec<String>>,
        /// True: nothing more is to be written. The note becomes a fact.
        #[serde(default)]
        #[ts(optional)]
        done: Option<bool>,
    },
}

/// Which calls are meant. Absent fields ask for nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(default)]
#[ts(export, export_to = "messages.ts")]
pub struct CallFilter {
    /// The first day, `2026-11-24`, by the clinic's time.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub from: Option<String>,
    /// The last day, included.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub to: Option<String>,
    /// How they ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub ended: Option<crate::Outcome>,
    /// Who called whom.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub direction: Option<crate::Direction>,
    /// The extension that talked first, or that called.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub extension: Option<String>,
    /// Our line, E.164.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub line: Option<String>,
    /// The outcome of the wrap-up.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub wrap_up: Option<String>,
    /// A tag of the wrap-up.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub tag: Option<String>,
}

/// What of a search's text was not looked for as words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[ts(export, export_to = "messages.ts")]
pub enum Understood {
    /// Days.
    Days {
        /// As typed.
        text: String,
        /// The first, `2026-11-24`.
        from: String,
        /// The last, included.
        to: String,
    },
    /// How calls ended. Calls in whose text the word stands are found too.
    Ended {
        /// As typed.
        text: String,
        /// Any of these.
        ended: Vec<crate::Outcome>,
    },
    /// Who called whom. Calls in whose text the word stands are found too.
    Direction {
        /// As typed.
        text: String,
        /// This.
        direction: crate::Direction,
    },
}

/// What kind of file an export makes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export, export_to = "messages.ts")]
pub enum ExportFormat {
    /// Text, UTF-8 with a mark, semicolons: what a Russian Excel opens by a double click.
    Csv,
    /// Excel's own.
    Xlsx,
}

/// The language of a window, or of a file for it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export, export_to = "messages.ts")]
pub enum Language {
    /// Russian.
    #[default]
    Ru,
    /// English.
    En,
}

impl Language {
    /// The words of this language.
    #[must_use]
    pub fn of<'a>(self, ru: &'a str, en: &'a str) -> &'a str {
        match self {
            Language::Ru => ru,
            Language::En => en,
        }
    }
}

/// A patient to register, or who comes to a visit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[ts(export, export_to = "messages.ts")]
pub struct NewPerson {
    /// Фамилия.
    pub family_name: String,
    /// Имя.
    pub given_name: String,
    /// Отчество.
    #[serde(default)]
    #[ts(optional)]
    pub patronymic: Option<String>,
    /// `1991-01-31`.
    pub born: String,
    /// As told.
    #[serde(default)]
    #[ts(optional)]
    pub sex: Option<crate::Sex>,
    /// Any spelling.
    #[serde(default)]
    #[ts(optional)]
    pub phone: Option<String>,
}

/// A free time at a doctor's.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[ts(export, export_to = "messages.ts")]
pub struct VisitSlot {
    /// Begin, the clinic's local time: `2026-11-30T10:30:00`.
    pub from: String,
    /// End.
    pub to: String,
    /// The doctor's id.
    pub doctor_id: String,
    /// Name and speciality.
    pub doctor: String,
    /// The department's id.
    pub department_id: String,
    /// Its name.
    pub department: String,
    /// What this doctor offers; empty when unknown.
    #[serde(default)]
    pub services: Vec<VisitService>,
}

/// What a doctor offers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export, export_to = "messages.ts")]
pub struct VisitService {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its price, `1500.00`.
    pub price: Option<String>,
}
