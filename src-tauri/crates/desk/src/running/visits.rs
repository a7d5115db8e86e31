//! Changes in the directory that a receptionist asks for: visits confirmed, made and cancelled, patients registered.

use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash as _, Hasher as _};

use calls::EntryId;
use directory::{DirectoryError, NewPerson, Service, Sex, Slot, SlotQuery, Write, WriteError, Written};
use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use phone::{PhoneNumber, Region};
use serde_json::json;

use super::requests::error;
use super::{Running, past};
use crate::happening::{Asked, Happening};
use crate::view;

/// The longest name and comment, in characters.
const LONGEST: usize = 500;

/// What a change was about, for the cards.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// A visit was confirmed or refused.
    Confirmed {
        /// The visit.
        visit: String,
        /// Which.
        yes: bool,
    },
    /// A visit was cancelled.
    Cancelled {
        /// The visit.
        visit: String,
    },
    /// A visit was made.
    Made {
        /// The call it was made in.
        call: Option<EntryId>,
    },
    /// A patient was registered, or got a number.
    Person {
        /// The call whose card shows them.
        call: Option<EntryId>,
    },
}

/// A change that is about to be asked for.
pub(super) struct Plan {
    /// Whether the directory can do it.
    able: bool,
    write: Write,
    change: Change,
}

impl Running {
    /// Sends a change, once: the same one that is under way already is refused.
    pub(super) fn ask_change(
        &mut self,
        asked: Asked,
        plan: Plan,
        same: u64,
        now: Timestamp,
    ) -> Result<(), wire::RequestError> {
        let Plan { able, write, change } = plan;
        able_to(able)?;
        let call = match &change {
            Change::Made { call } | Change::Person { call } => call.as_ref(),
            Change::Confirmed { .. } | Change::Cancelled { .. } => None,
        };
        if call.is_some_and(|call| self.board.account_of_call(call) == crate::log::REHEARSAL) {
            return Err(error(wire::ErrorCode::NotNow, "Это репетиция: в МИС ничего не записывается"));
        }
        if !self.changing.insert(same) {
            return Err(error(wire::ErrorCode::NotNow, "Это уже записывается: подождите ответа МИС"));
        }
        let (directory, back) = (self.directory.clone(), self.happenings.clone());
        self.tasks.spawn(async move {
            let outcome = directory.write(write, now).await.map(Box::new);
            let _ = back.send(Happening::Written { asked, change, same, outcome }).await;
        });
        Ok(())
    }

    pub(super) fn written(
        &mut self,
        asked: &Asked,
        (change, same): (Change, u64),
        outcome: Result<Box<Written>, WriteError>,
        now: Timestamp,
    ) {
        self.changing.remove(&same);
        let written = match outcome {
            Ok(written) => written,
            Err(failed) => return self.answer(asked, Err(refusal(&failed))),
        };
        let outbox = match &change {
            Change::Confirmed { visit, yes } => self.board.visit_changed(visit, Some(*yes), now),
            Change::Cancelled { visit } => self.board.visit_changed(visit, None, now),
            Change::Made { call } => call
                .as_ref()
                .and_then(|call| self.board.look_up_again(call, now, past(self.log.as_ref())))
                .unwrap_or_default(),
            Change::Person { call } => {
                let joined = call
                    .as_ref()
                    .zip(written.person.as_ref())
                    .and_then(|(call, person)| self.board.person_joins(call, person, now, past(self.log.as_ref())));
                joined.unwrap_or_default()
            }
        };
        for number in &outbox.look_up {
            self.look_up_afresh(number);
        }
        self.carry_out(outbox, None, None);
        let today = now.to_zoned_datetime(self.time_zone.clone()).date();
        let answer = match change {
            Change::Confirmed { .. } | Change::Cancelled { .. } => json!({}),
            Change::Made { .. } => json!({ "visit": written.visit }),
            Change::Person { .. } => {
                json!({ "person": written.person.as_ref().map(|person| view::person(person, today)) })
            }
        };
        self.answer(asked, Ok(answer));
    }

    pub(super) fn ask_slots(
        &self,
        asked: Asked,
        date: Option<&str>,
        doctor: Option<String>,
        now: Timestamp,
    ) -> Result<(), wire::RequestError> {
        able_to(self.directory.abilities().make_visit)?;
        let local = now.to_zoned_datetime(self.time_zone.clone()).datetime();
        let today = local.date();
        let date = match date {
            Some(typed) => typed.trim().parse().map_err(|_| bad("День не понят: нужен вид 2026-11-30"))?,
            None => today,
        };
        let query = SlotQuery { date, doctor };
        let (directory, back) = (self.directory.clone(), self.happenings.clone());
        self.tasks.spawn(async move {
            let mut slots = directory.slots(&query, now).await.map_err(|error| error.to_string());
            if let Ok(slots) = &mut slots {
                slots.retain(|slot| slot.from >= local);
            }
            let _ = back.send(Happening::Slots { asked, slots }).await;
        });
        Ok(())
    }

    pub(super) fn slots_told(&mut self, asked: &Asked, slots: Result<Vec<Slot>, String>) {
        let answer = match slots {
            Ok(slots) => {
                let slots: Vec<wire::VisitSlot> = slots.into_iter().map(slot_view).collect();
                Ok(json!({ "slots": slots }))
            }
            Err(why) => Err(error(wire::ErrorCode::DirectoryDown, &why)),
        };
        self.answer(asked, answer);
    }

    pub(super) fn confirmation(&self, visit: String, yes: bool) -> Plan {
        Plan {
            able: self.directory.abilities().confirm_visit,
            write: Write::ConfirmVisit { visit: visit.clone(), yes },
            change: Change::Confirmed { visit, yes },
        }
    }

    pub(super) fn cancellation(&self, visit: String, reason: &str) -> Result<Plan, wire::RequestError> {
        Ok(Plan {
            able: self.directory.abilities().cancel_visit,
            write: Write::CancelVisit { visit: visit.clone(), reason: text(reason)? },
            change: Change::Cancelled { visit },
        })
    }

    pub(super) fn registration(
        &mut self,
        person: &wire::NewPerson,
        call: Option<&str>,
        now: Timestamp,
    ) -> Result<Plan, wire::RequestError> {
        let call = call.map(|call| self.known_call(call, now)).transpose()?;
        Ok(Plan {
            able: self.directory.abilities().register_person,
            write: Write::RegisterPerson(new_person(person, self.board.region())?),
            change: Change::Person { call },
        })
    }

    pub(super) fn attachment(&mut self, call: &str, person: &str, now: Timestamp) -> Result<Plan, wire::RequestError> {
        able_to(self.directory.abilities().attach_number)?;
        let call = self.known_call(call, now)?;
        let number = self.board.number_of(&call).ok_or_else(|| bad("У этого звонка нет номера"))?;
        let Some(person) = self.found_people.get(person).cloned() else {
            return Err(error(wire::ErrorCode::NotFound, "Найдите пациента ещё раз: список уже другой"));
        };
        Ok(Plan {
            able: true,
            write: Write::AttachNumber { person: Box::new(person), number },
            change: Change::Person { call: Some(call) },
        })
    }

    pub(super) fn new_visit(
        &mut self,
        (person, slot): (&wire::NewPerson, &wire::VisitSlot),
        service: Option<String>,
        comment: Option<&str>,
        call: Option<&str>,
        now: Timestamp,
    ) -> Result<Plan, wire::RequestError> {
        let call = call.map(|call| self.known_call(call, now)).transpose()?;
        let who = new_person(person, self.board.region())?;
        let comment = comment.map(text).transpose()?;
        let slot = slot_of(slot)?;
        if slot.from < now.to_zoned_datetime(self.time_zone.clone()).datetime() {
            return Err(bad("Это время уже прошло: выберите другое"));
        }
        Ok(Plan {
            able: self.directory.abilities().make_visit,
            write: Write::MakeVisit { who, slot, service, comment },
            change: Change::Made { call },
        })
    }
}

fn able_to(able: bool) -> Result<(), wire::RequestError> {
    if able { Ok(()) } else { Err(refusal(&WriteError::NotSupported)) }
}

fn refusal(failed: &WriteError) -> wire::RequestError {
    let code = match failed {
        WriteError::NotSupported => wire::ErrorCode::NotNow,
        WriteError::Refused(_) | WriteError::Directory(DirectoryError::Refused { .. }) => {
            wire::ErrorCode::DirectoryRefused
        }
        WriteError::Unclear | WriteError::Directory(_) => wire::ErrorCode::DirectoryDown,
    };
    error(code, &failed.to_string())
}

fn bad(message: &str) -> wire::RequestError {
    error(wire::ErrorCode::BadRequest, message)
}

fn text(typed: &str) -> Result<String, wire::RequestError> {
    if typed.chars().count() > LONGEST {
        return Err(bad("Слишком длинный текст: не больше 500 знаков"));
    }
    Ok(typed.trim().to_owned())
}

fn new_person(typed: &wire::NewPerson, region: &Region) -> Result<NewPerson, wire::RequestError> {
    let (family_name, given_name) = (text(&typed.family_name)?, text(&typed.given_name)?);
    if family_name.is_empty() || given_name.is_empty() {
        return Err(bad("Нужны фамилия и имя"));
    }
    let born: Date = typed.born.trim().parse().map_err(|_| bad("Дата рождения не понята: нужен вид 1991-01-31"))?;
    let phone = match typed.phone.as_deref().map(str::trim).filter(|phone| !phone.is_empty()) {
        Some(phone) => Some(PhoneNumber::parse(phone, region).ok_or_else(|| bad("Телефон не понят"))?),
        None => None,
    };
    Ok(NewPerson {
        family_name,
        given_name,
        patronymic: typed.patronymic.as_deref().map(text).transpose()?.filter(|text| !text.is_empty()),
        born,
        sex: match typed.sex {
            Some(wire::Sex::Male) => Sex::Male,
            Some(wire::Sex::Female) => Sex::Female,
            Some(wire::Sex::Unknown) | None => Sex::Unknown,
        },
        phone,
    })
}

fn slot_of(typed: &wire::VisitSlot) -> Result<Slot, wire::RequestError> {
    let moment = |typed: &str| typed.parse::<DateTime>().map_err(|_| bad("Время визита не понято"));
    Ok(Slot {
        from: moment(&typed.from)?,
        to: moment(&typed.to)?,
        doctor_id: typed.doctor_id.clone(),
        doctor: typed.doctor.clone(),
        department_id: typed.department_id.clone(),
        department: typed.department.clone(),
        services: Vec::new(),
    })
}

fn slot_view(slot: Slot) -> wire::VisitSlot {
    let service = |service: Service| wire::VisitService { id: service.id, name: service.name, price: service.price };
    wire::VisitSlot {
        from: slot.from.to_string(),
        to: slot.to.to_string(),
        doctor_id: slot.doctor_id,
        doctor: slot.doctor,
        department_id: slot.department_id,
        department: slot.department,
        services: slot.services.into_iter().map(service).collect(),
    }
}

/// Tells changes apart without keeping their data.
pub(super) fn fingerprint(what: &wire::Do) -> u64 {
    let mut hasher = DefaultHasher::new();
    serde_json::to_string(what).unwrap_or_default().hash(&mut hasher);
    hasher.finish()
}
