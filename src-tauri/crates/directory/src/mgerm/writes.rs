//! What can be changed: a visit confirmed, refused, made or cancelled, a patient registered; and the free times. After a
//! change the index shows it at once; the day is read again soon.

use std::sync::Arc;

use jiff::ToSpan;
use jiff::civil::{Date, DateTime};
use serde_json::Value;
use tokio::task::JoinSet;

use super::api::{List, reason};
use super::person::{KeptVisit, Patient, bounded, doctor};
use super::reader::Shared;
use super::shapes::{self, Named, PersonShape, ScheduledDepartment, ScheduledDoctor, said};
use crate::source::DirectoryError;
use crate::web::Reply;
use crate::writing::{NewPerson, Service, Slot, SlotQuery, WriteError, Written};

/// So many free times of a day are shown.
const MAX_SLOTS: usize = 2000;
/// Of so many doctors the services are asked for one by one, when the schedule does not bring them.
const MAX_ASKED: usize = 12;
/// So many services of one doctor are shown.
const MAX_SERVICES: usize = 200;

impl Shared {
    pub(super) async fn confirm_visit(&self, visit: &str, yes: bool) -> Result<Written, WriteError> {
        let action = if yes { "CONFIRM" } else { "DENIED" };
        let form = [("recordID", record_id(visit)?), ("action", action.to_owned())];
        let reply = self.api.post("appointmentCallHistory.php", &form).await?;
        if reply.status.as_u16() != 200 || !says(&reply, "processed", is_one) {
            return Err(refusal(&reply));
        }
        let shown = |kept: &KeptVisit| Some(KeptVisit { confirmed: Some(yes), ..kept.clone() });
        self.visit_changed(visit, shown);
        Ok(Written { person: None, visit: Some(visit.to_owned()) })
    }

    pub(super) async fn cancel_visit(&self, visit: &str, why: &str) -> Result<Written, WriteError> {
        let why =
            if why.trim().is_empty() { "отменено по звонку пациента" } else { why.trim() };
        let form = [
            ("action", "cancelAppointment".to_owned()),
            ("recordID", record_id(visit)?),
            ("cancelReason", bounded(why)),
        ];
        let reply = self.api.post("appointment.php", &form).await?;
        if reply.status.as_u16() != 200 || !says(&reply, "status", |value| value == "success") {
            return Err(refusal(&reply));
        }
        self.visit_changed(visit, |_| None);
        Ok(Written { person: None, visit: Some(visit.to_owned()) })
    }

    pub(super) async fn make_visit(
        &self,
        who: &NewPerson,
        slot: &Slot,
        service: Option<&str>,
        comment: Option<&str>,
    ) -> Result<Written, WriteError> {
        let refused = |why: &str| WriteError::Refused(why.to_owned());
        let phone = who.phone.as_ref().ok_or_else(|| refused("Для записи нужен номер телефона пациента"))?;
        let service = service.ok_or_else(|| refused("Для записи нужно выбрать услугу"))?;
        let mut form = vec![
            ("action", "makeAppointment".to_owned()),
            ("date", slot.from.date().to_string()),
            ("doctorID", slot.doctor_id.clone()),
            ("department", slot.department_id.clone()),
            ("time", slot.from.strftime("%H:%M:%S").to_string()),
            ("time_end", slot.to.strftime("%H:%M:%S").to_string()),
            ("service", service.to_owned()),
        ];
        form.extend(comment.filter(|comment| !comment.trim().is_empty()).map(|comment| ("comment", bounded(comment))));
        form.extend(names(who));
        form.push(("patientPhone", phone.as_str().to_owned()));
        let reply = self.api.post("appointment.php", &form).await?;
        let value: Value = serde_json::from_slice(&reply.body).map_err(|_| open_or_refused(&reply))?;
        if value.get("status").and_then(Value::as_str) != Some("success") {
            return Err(match value.get("code").and_then(Value::as_i64) {
                Some(-1) => refused("Записать нельзя: это время уже прошло"),
                Some(-2) => refused("Записать нельзя: это время уже занято, выберите другое"),
                Some(-3) => refused("Записать нельзя: в это время пациент записан к другому врачу"),
                Some(-4) => refused("Записать нельзя: МИС не распознала номер телефона пациента"),
                Some(_) | None => refusal(&reply),
            });
        }
        let record = ["record", "recordID"].iter().find_map(|key| value.get(*key)).and_then(scalar);
        let bought = slot.services.iter().find(|offered| offered.id == service).map(|offered| offered.name.clone());
        let visit = KeptVisit {
            day: slot.from.date(),
            list: List::Doctors.number(),
            id: record.clone(),
            at: Some(slot.from.time()),
            doctor: Some(slot.doctor.clone()).filter(|name| !name.is_empty()),
            service: bought,
            place: Some(slot.department.clone()).filter(|name| !name.is_empty()),
            confirmed: None,
        };
        let id = self.register.add_visit(Patient::entered(who), phone, visit);
        self.plan().is_stale(slot.from.date());
        self.has_changed();
        Ok(Written { person: self.register.by_id(&id, self.now()), visit: record })
    }

    /// The API has no place for a phone: the number is known here only until it stands in the MIS.
    pub(super) async fn register_person(&self, who: &NewPerson) -> Result<Written, WriteError> {
        let mut form: Vec<(&str, String)> = names(who).into();
        form.push(("allowRegistration", "true".to_owned()));
        form.push(("getObj", "1".to_owned()));
        let reply = self.api.post("getPatient.php", &form).await?;
        if !reply.status.is_success() {
            return Err(match reason(&reply).as_deref() {
                Some("Birthday is not a date string") => {
                    WriteError::Refused("МИС не приняла дату рождения: проверьте её".to_owned())
                }
                Some(reason) if reason.contains("unsupported symbols") => WriteError::Refused(wrong_name(reason)),
                Some(_) | None => refusal(&reply),
            });
        }
        // It is done; whatever cannot be read is no reason to say otherwise.
        let value: Value = serde_json::from_slice(&reply.body).map_err(|_| WriteError::Unclear)?;
        let mut shape: PersonShape = serde_json::from_slice(&reply.body).unwrap_or_default();
        if said(&shape.id).is_none() {
            shape.id = value.get("patientID").and_then(scalar);
        }
        if said(&shape.id).is_none() {
            return Err(WriteError::Unclear);
        }
        if said(&shape.last_name).is_none() && said(&shape.first_name).is_none() {
            shape.last_name = Some(who.family_name.clone());
            shape.first_name = Some(who.given_name.clone());
            shape.second_name.clone_from(&who.patronymic);
            shape.birth_day = Some(who.born.to_string());
        }
        let id = self.register.learn(&shape, who.phone.as_ref());
        self.has_changed();
        let mut person = id.and_then(|id| self.register.by_id(&id, self.now()));
        let in_mis = |phone| shape.phone.as_deref().is_some_and(|text| text.contains(phone));
        if let (Some(person), Some(phone)) = (&mut person, &who.phone)
            && !in_mis(phone.digits())
        {
            person.gaps.push("номер телефона (впишите его в карту в самой МИС)".to_owned());
        }
        Ok(Written { person, visit: None })
    }

    fn visit_changed(&self, visit: &str, change: impl Fn(&KeptVisit) -> Option<KeptVisit>) {
        let today = self.today(self.now());
        let yesterday = today.checked_sub(1.day()).unwrap_or(today);
        if let Some(day) = self.register.change_visit(visit, yesterday, change) {
            self.plan().is_stale(day);
            self.has_changed();
        }
    }

    pub(super) async fn free_times(self: &Arc<Shared>, query: &SlotQuery) -> Result<Vec<Slot>, DirectoryError> {
        let departments = self.api.schedule(query.date, query.doctor.as_deref()).await?;
        let mut slots = Vec::new();
        let mut asking = JoinSet::new();
        for day in departments.rows.iter().flat_map(|department| days(department, query)) {
            if day.slot.services.is_empty() && asking.len() < MAX_ASKED {
                let (shared, slot) = (Arc::clone(self), day.slot.clone());
                asking.spawn(async move {
                    let services = shared.api.services(&slot.department_id, &slot.doctor_id).await;
                    ((slot.doctor_id, slot.department_id), services)
                });
            }
            slots.extend(day.slots());
        }
        while let Some(asked) = asking.join_next().await {
            // A doctor whose services did not come is shown without: times are what was asked for.
            let Ok((of, Ok(named))) = asked else { continue };
            let services = services(&named.rows);
            for slot in slots.iter_mut().filter(|slot| slot.doctor_id == of.0 && slot.department_id == of.1) {
                slot.services.clone_from(&services);
            }
        }
        Ok(in_order(slots))
    }
}

/// The days of a department's doctors that have free times and were asked for.
pub(super) fn days(department: &ScheduledDepartment, query: &SlotQuery) -> Vec<DoctorsDay> {
    let scheduled = department.doctors.iter().flatten();
    let days = scheduled.filter_map(|doctor| DoctorsDay::of(doctor, department.department.as_ref(), query.date));
    let is_wanted = |day: &DoctorsDay| query.doctor.as_ref().is_none_or(|wanted| *wanted == day.slot.doctor_id);
    days.filter(|day| is_wanted(day) && !day.times.is_empty()).collect()
}

/// As they are shown: by time, not without end.
pub(super) fn in_order(mut slots: Vec<Slot>) -> Vec<Slot> {
    slots.sort_by(|one, other| (one.from, &one.doctor).cmp(&(other.from, &other.doctor)));
    slots.truncate(MAX_SLOTS);
    slots
}

/// A doctor's free times of a day.
pub(super) struct DoctorsDay {
    slot: Slot,
    times: Vec<(DateTime, DateTime)>,
}

impl DoctorsDay {
    fn of(scheduled: &ScheduledDoctor, above: Option<&Named>, date: Date) -> Option<DoctorsDay> {
        let shape = scheduled.doctor.as_ref()?;
        let department = above.or(shape.department.as_ref());
        let mut times = Vec::new();
        for cell in scheduled.cells.iter().flatten().filter(|cell| cell.is_free()) {
            let on = cell.date.as_deref().and_then(shapes::day).unwrap_or(date);
            let moment = |text: &Option<String>| text.as_deref().and_then(|text| shapes::moment(text, Some(on)));
            if let (Some(from), Some(to)) = (moment(&cell.time_start), moment(&cell.time_end))
                && from.date() == date
                && from < to
            {
                times.push((from, to));
            }
        }
        let slot = Slot {
            from: date.to_datetime(jiff::civil::Time::midnight()),
            to: date.to_datetime(jiff::civil::Time::midnight()),
            doctor_id: said(&shape.id)?.to_owned(),
            doctor: doctor(shape).unwrap_or_default(),
            department_id: department.and_then(|department| said(&department.id)).unwrap_or_default().to_owned(),
            department: department.and_then(Named::name).map(bounded).unwrap_or_default(),
            services: services(scheduled.services.as_deref().unwrap_or_default()),
        };
        Some(DoctorsDay { slot, times })
    }

    pub(super) fn slots(self) -> Vec<Slot> {
        let DoctorsDay { slot, times } = self;
        times.into_iter().map(|(from, to)| Slot { from, to, ..slot.clone() }).collect()
    }
}

fn services(named: &[Named]) -> Vec<Service> {
    let service = |named: &Named| {
        Some(Service { id: said(&named.id)?.to_owned(), name: bounded(named.name()?), price: named.price() })
    };
    named.iter().filter_map(service).take(MAX_SERVICES).collect()
}

fn names(who: &NewPerson) -> [(&'static str, String); 4] {
    [
        ("patientLastName", bounded(&who.family_name)),
        ("patientFirstName", bounded(&who.given_name)),
        ("patientSecondName", bounded(who.patronymic.as_deref().unwrap_or_default())),
        ("patientBirthDay", who.born.to_string()),
    ]
}

/// A visit of a made-up id cannot be changed.
fn record_id(visit: &str) -> Result<String, WriteError> {
    let is_number = !visit.is_empty() && visit.len() <= 20 && visit.bytes().all(|byte| byte.is_ascii_digit());
    is_number
        .then(|| visit.to_owned())
        .ok_or_else(|| WriteError::Refused("У этого приёма нет номера записи: измените его в самой МИС".to_owned()))
}

fn says(reply: &Reply, key: &str, right: impl Fn(&Value) -> bool) -> bool {
    let value: Option<Value> = serde_json::from_slice(&reply.body).ok();
    value.as_ref().and_then(|value| value.get(key)).is_some_and(right)
}

fn is_one(value: &Value) -> bool {
    value == 1 || value == "1" || value == true
}

fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()).filter(|text| !text.is_empty()),
        Value::Number(number) => Some(number.to_string()),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    }
}

fn wrong_name(reason: &str) -> String {
    let part = match reason.split_whitespace().next() {
        Some("lastName") => "фамилии",
        Some("firstName") => "имени",
        Some("secondName") => "отчестве",
        Some(_) | None => "имени",
    };
    format!("МИС не приняла пациента: в {part} есть недопустимые знаки")
}

/// Who said no, said it in words; who said nothing readable after a success left it open.
fn refusal(reply: &Reply) -> WriteError {
    match reason(reply) {
        Some(reason) => WriteError::Refused(format!("МИС отказала: {reason}")),
        None => open_or_refused(reply),
    }
}

fn open_or_refused(reply: &Reply) -> WriteError {
    match reply.status.as_u16() {
        code @ 400..=499 => WriteError::Refused(format!("МИС отказала (HTTP {code}) и не сказала почему")),
        _ => WriteError::Unclear,
    }
}
