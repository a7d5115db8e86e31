//! What each entry point answers, by the reference.

use axum::http::StatusCode;
use jiff::ToSpan;
use jiff::civil::{Date, DateTime, Time};
use serde_json::{Map, Value, json};

use super::Asked;
use super::clinic::{Clinic, Doctor, Patient, Visit};

type Answer = (StatusCode, Value);

pub(super) fn answer(clinic: &mut Clinic, asked: &Asked, ignores_date: bool) -> (StatusCode, String) {
    let (status, json) = match asked.entry.as_str() {
        "getPatient.php" => get_patient(clinic, asked),
        "patientScheduledOnDate.php" => scheduled(clinic, asked, ignores_date),
        "schedule.php" => schedule(clinic, asked),
        "appointment.php" if asked.method == "POST" => appointment(clinic, asked),
        "appointmentCallHistory.php" if asked.method == "POST" => call_history(clinic, asked),
        "departments.php" => (StatusCode::OK, json!([department(&clinic.doctors[0].department)])),
        "scheduledDoctors.php" => (StatusCode::OK, clinic.doctors.iter().map(doctor).collect()),
        "doctorServices.php" => (StatusCode::OK, services(clinic, asked)),
        _ => (StatusCode::NOT_FOUND, Value::Null),
    };
    (status, json.to_string())
}

fn field<'a>(asked: &'a Asked, key: &str) -> Option<&'a str> {
    asked.fields.get(key).map(String::as_str).filter(|text| !text.is_empty())
}

fn number(asked: &Asked, key: &str) -> Option<i64> {
    field(asked, key)?.parse().ok()
}

fn flag(asked: &Asked, key: &str) -> bool {
    matches!(field(asked, key), Some("1" | "true"))
}

fn reason(status: u16, reason: &str) -> Answer {
    (StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_REQUEST), json!({ "reason": reason }))
}

fn get_patient(clinic: &mut Clinic, asked: &Asked) -> Answer {
    let not_found = || reason(404, "Patient not found");
    if let Some(id) = number(asked, "patientID") {
        let found = clinic.patients.iter().find(|patient| patient.id == Some(id));
        return found.map_or_else(not_found, |patient| shown(patient, asked));
    }
    let name = ["patientLastName", "patientFirstName", "patientSecondName"]
        .map(|key| field(asked, key).unwrap_or_default().to_owned());
    let born: Option<Date> = field(asked, "patientBirthDay").and_then(|day| day.get(..10)?.parse().ok());
    let is_them = |patient: &&Patient| {
        patient.name == name && patient.born.as_deref().and_then(|day| day.get(..10)?.parse().ok()) == born
    };
    let registers = flag(asked, "allowRegistration");
    if registers {
        let odd = |part: &str| part.chars().any(|letter| !letter.is_alphabetic() && !" -'".contains(letter));
        for (part, key) in name.iter().zip(["lastName", "firstName", "secondName"]) {
            if odd(part) {
                return reason(400, &format!("{key} has unsupported symbols"));
            }
        }
        if born.is_none() {
            return reason(400, "Birthday is not a date string");
        }
    }
    if let Some(patient) = clinic.patients.iter().find(is_them) {
        return shown(patient, asked);
    }
    if !registers {
        return not_found();
    }
    let id = clinic.fresh_id();
    let patient = Patient {
        id: Some(id),
        name,
        born: born.map(|day| format!("{day} 00:00:00")),
        chart: Some(format!("{id}/26")),
        card: json!({}),
        ..Patient::default()
    };
    let answer = shown(&patient, asked);
    clinic.add(patient);
    answer
}

fn shown(patient: &Patient, asked: &Asked) -> Answer {
    let json = if flag(asked, "getObj") {
        person(patient)
    } else if flag(asked, "getCardData") {
        patient.card.clone()
    } else {
        json!({ "patientID": patient.id })
    };
    (StatusCode::OK, json)
}

fn scheduled(clinic: &Clinic, asked: &Asked, ignores_date: bool) -> Answer {
    let today = clinic.now.date();
    let day = field(asked, "date").map_or(Some(today), |day| day.parse().ok()).unwrap_or(today);
    let day = if ignores_date { today } else { day };
    let list = number(asked, "obj").unwrap_or(1);
    let rows = clinic.on(day, list).map(|visit| referral(clinic, visit, true));
    (StatusCode::OK, rows.collect())
}

fn referral(clinic: &Clinic, visit: &Visit, is_whole: bool) -> Value {
    let doctor_of = &clinic.doctors[visit.doctor];
    let end = visit.at + visit.minutes.minutes();
    let mut json = json!({
        "patient": person(&clinic.patients[visit.patient]),
        "service": doctor_of.services.first().map(service),
        "record": { "isArchived": false, "isDeleted": false, "isIncorrect": false, "documentType": 1 },
        "date": moment(visit.at.date().to_datetime(Time::midnight())),
        "timeStart": moment(visit.at),
        "timeEnd": moment(end),
    });
    let Some(fields) = json.as_object_mut() else { return json };
    if let Some(id) = visit.id {
        fields.insert("id".to_owned(), json!(id));
    }
    if is_whole {
        fields.insert("doctor".to_owned(), doctor(doctor_of));
        fields.insert("department".to_owned(), department(&doctor_of.department));
        fields.insert("hospital".to_owned(), named(1, "Клиника"));
        let cabinet = if visit.list == 2 { named(12, "каб. 12") } else { Value::Null };
        fields.insert("cabinet".to_owned(), cabinet);
    }
    json
}

/// A map from an index, with the department's doctors; half-hours from nine till one.
fn schedule(clinic: &Clinic, asked: &Asked) -> Answer {
    let today = clinic.now.date();
    let day = field(asked, "date").map_or(Some(today), |day| day.parse().ok()).unwrap_or(today);
    let wanted = number(asked, "object");
    let doctors = clinic.doctors.iter().enumerate().filter(|(_, doctor)| wanted.is_none_or(|id| id == doctor.id));
    let doctors: Vec<Value> = doctors
        .map(|(place, one)| {
            json!({
                "doctor": doctor(one),
                "interval": true,
                "intervalDuration": 30,
                // The second doctor's services come from doctorServices.php only.
                "services": if place == 0 { one.services.iter().map(service).collect() } else { Value::Null },
                "cells": cells(clinic, place, day),
            })
        })
        .collect();
    let department = department(&clinic.doctors[0].department);
    let json = json!({ "1": { "indexing": true, "department": department, "doctors": doctors, "cabinets": [] } });
    (StatusCode::OK, json)
}

fn cells(clinic: &Clinic, place: usize, day: Date) -> Vec<Value> {
    let begin = day.at(9, 0, 0, 0);
    (0..8)
        .map(|index: i64| {
            let from = begin + (index * 30).minutes();
            let mut json = json!({
                "isBreak": index == 4,
                "isProlongation": false,
                "isReserved": index == 5,
                "isBlocked": index == 6,
                "free": ![4, 5, 6].contains(&index),
                "interval": true,
                "timeStart": moment(from),
                "timeEnd": moment(from + 30.minutes()),
                "date": moment(day.to_datetime(Time::midnight())),
            });
            let of_doctor = |visit: &&Visit| visit.doctor == place;
            let taken = clinic.on(day, 1).filter(of_doctor).find(|visit| {
                let end = visit.at + visit.minutes.minutes();
                visit.at < from + 30.minutes() && from < end
            });
            if let Some(visit) = taken {
                json["free"] = json!(false);
                if visit.at < from {
                    json["isProlongation"] = json!(true);
                    json["referralID"] = json!(visit.id);
                } else {
                    json["referral"] = referral(clinic, visit, false);
                }
            }
            json
        })
        .collect()
}

fn appointment(clinic: &mut Clinic, asked: &Asked) -> Answer {
    let success = |record: Value| (StatusCode::OK, json!({ "status": "success", "record": record }));
    let bad = (StatusCode::BAD_REQUEST, Value::Null);
    let record = number(asked, "recordID");
    match field(asked, "action") {
        Some("makeAppointment") => match wanted(clinic, asked, None) {
            Ok(visit) => {
                let id = clinic.fresh_id();
                clinic.visits.push(Visit { id: Some(id), ..visit });
                success(json!(id))
            }
            Err(answer) => answer,
        },
        Some("editAppointment") => {
            let Some(id) = record.filter(|id| clinic.visit(*id).is_some()) else { return bad };
            match wanted(clinic, asked, record) {
                Ok(visit) => {
                    if let Some(place) = clinic.visit(id) {
                        *place = Visit { id: Some(id), ..visit };
                    }
                    success(json!(id))
                }
                Err(answer) => answer,
            }
        }
        Some("cancelAppointment") => {
            let visit = record.and_then(|id| clinic.visit(id)).filter(|visit| !visit.cancelled);
            match visit.filter(|_| field(asked, "cancelReason").is_some()) {
                Some(visit) => {
                    visit.cancelled = true;
                    (StatusCode::OK, json!({ "status": "success" }))
                }
                None => bad,
            }
        }
        Some("checkAppointment") => match record.and_then(|id| clinic.visit(id)) {
            Some(visit) if !visit.cancelled => {
                let (from, to) = (visit.at, visit.at + visit.minutes.minutes());
                let referral = json!({ "status": "successfully", "startDate": moment(from), "endDate": moment(to) });
                (StatusCode::OK, json!({ "referral": referral }))
            }
            Some(_) | None => (StatusCode::OK, json!({ "referral": { "status": "cancelled" } })),
        },
        Some(_) | None => bad,
    }
}

/// The visit that is asked for, or why it cannot be.
fn wanted(clinic: &mut Clinic, asked: &Asked, except: Option<i64>) -> Result<Visit, Answer> {
    let error =
        |code: i64, reason: &str| Err((StatusCode::OK, json!({ "status": "error", "reason": reason, "code": code })));
    let bad = || (StatusCode::BAD_REQUEST, Value::Null);
    let day: Date = field(asked, "date").and_then(|day| day.parse().ok()).ok_or_else(bad)?;
    let time = |key| field(asked, key).and_then(|time| time.parse::<Time>().ok()).ok_or_else(bad);
    let (from, to) = (day.to_datetime(time("time")?), day.to_datetime(time("time_end")?));
    let doctor = number(asked, "doctorID").ok_or_else(bad)?;
    let doctor = clinic.doctors.iter().position(|one| one.id == doctor).ok_or_else(bad)?;
    number(asked, "service").ok_or_else(bad)?;
    number(asked, "department").ok_or_else(bad)?;
    let name = ["patientLastName", "patientFirstName", "patientSecondName"]
        .map(|key| field(asked, key).unwrap_or_default().to_owned());
    let born = field(asked, "patientBirthDay").ok_or_else(bad)?.to_owned();
    let phone = field(asked, "patientPhone").ok_or_else(bad)?.to_owned();
    if from < clinic.now {
        return error(-1, "Запись на дату в прошлом");
    }
    let is_e164 =
        phone.strip_prefix("+7").is_some_and(|rest| rest.len() == 10 && rest.bytes().all(|d| d.is_ascii_digit()));
    if !is_e164 {
        return error(-4, "Номер телефона пациента не распознан");
    }
    let born_there = |patient: &Patient| patient.born.as_deref().and_then(|day| day.get(..10).map(str::to_owned));
    let known = clinic.patients.iter().position(|one| one.name == name && born_there(one).as_ref() == Some(&born));
    let overlaps = |visit: &&Visit| {
        !visit.cancelled
            && (visit.id.is_none() || visit.id != except)
            && visit.at < to
            && from < visit.at + visit.minutes.minutes()
    };
    if clinic.visits.iter().filter(overlaps).any(|visit| visit.doctor == doctor) {
        return error(-2, "Ячейка занята");
    }
    if clinic.visits.iter().filter(overlaps).any(|visit| Some(visit.patient) == known) {
        return error(-3, "У пациента уже есть направление к другому врачу на это же время");
    }
    let patient = known.unwrap_or_else(|| {
        let id = clinic.fresh_id();
        let (born, phone) = (Some(format!("{born} 00:00:00")), Some(phone));
        clinic.add(Patient { id: Some(id), name, born, phone, card: json!({}), ..Patient::default() })
    });
    let minutes = (to - from).get_minutes() + i64::from((to - from).get_hours()) * 60;
    Ok(Visit { id: None, patient, doctor, list: 1, at: from, minutes, cancelled: false, confirmed: None })
}

fn call_history(clinic: &mut Clinic, asked: &Asked) -> Answer {
    let error =
        |message: &str, code: i64| (StatusCode::INTERNAL_SERVER_ERROR, json!({ "message": message, "error": code }));
    let yes = match field(asked, "action") {
        Some("CONFIRM") => true,
        Some("DENIED") => false,
        Some(_) | None => return error("Неизвестный вид взаимодействия", 2),
    };
    match number(asked, "recordID").and_then(|id| clinic.visit(id)).filter(|visit| !visit.cancelled) {
        Some(visit) => {
            visit.confirmed = Some(yes);
            (StatusCode::OK, json!({ "processed": 1 }))
        }
        None => error("Запись не найдена", 1),
    }
}

fn services(clinic: &Clinic, asked: &Asked) -> Value {
    let wanted = number(asked, "doctor");
    let doctors = clinic.doctors.iter().filter(|one| wanted.is_none_or(|id| id == one.id));
    doctors.flat_map(|doctor| &doctor.services).map(service).collect()
}

fn moment(at: DateTime) -> String {
    at.strftime("%Y-%m-%d %H:%M:%S").to_string()
}

fn cases(text: &str) -> Value {
    let keys = ["nominativeCase", "genitiveCase", "dativeCase", "accusativeCase", "creativeCase", "prepositionalCase"];
    keys.into_iter().map(|key| (key.to_owned(), json!(text))).collect::<Map<_, _>>().into()
}

fn named(id: i64, name: &str) -> Value {
    json!({ "id": id, "name": name, "nameObj": cases(name) })
}

fn department((id, name): &(i64, String)) -> Value {
    let mut json = named(*id, name);
    json["shortName"] = json!("Поликлиника");
    json["phone"] = json!("+7 (495) 555-00-00");
    json["address"] = json!("Москва");
    json
}

fn service((id, name, kopecks): &(i64, String, i64)) -> Value {
    let mut json = named(*id, name);
    json["price"] = json!(kopecks);
    #[expect(clippy::cast_precision_loss, reason = "prices are small")]
    let roubles = *kopecks as f64 / 100.0;
    json["floatPrice"] = json!(roubles);
    json["code"] = json!("B01.026.001");
    json["duration"] = Value::Null;
    json
}

fn doctor(doctor: &Doctor) -> Value {
    let shape = Patient { id: Some(doctor.id), name: doctor.name.clone(), sex: Some(1), ..Patient::default() };
    let mut json = person(&shape);
    json["specialty"] = named(1, &doctor.specialty);
    json["department"] = named(doctor.department.0, &doctor.department.1);
    json["guid"] = named(11, "Врач-специалист");
    json
}

/// A person with the fields that are there.
fn person(patient: &Patient) -> Value {
    let mut json = Map::new();
    let mut put = |key: &str, value: Value| drop(json.insert(key.to_owned(), value));
    if let Some(id) = patient.id {
        put("id", json!(id));
    }
    for (key, part) in ["lastName", "firstName", "secondName"].into_iter().zip(&patient.name) {
        put(key, json!(part));
        put(&format!("{key}Obj"), cases(part));
    }
    if let Some(sex) = patient.sex {
        put("sex", json!(sex));
        put(
            "sexName",
            json!(match sex {
                1 => "male",
                2 => "female",
                _ => "unknown",
            }),
        );
    }
    if let Some(born) = &patient.born {
        put("birthDay", json!(born));
    }
    if let Some(phone) = &patient.phone {
        put("phone", json!(phone));
    }
    let contacts: Vec<Value> =
        patient.contacts.iter().map(|(kind, value)| json!({ "type": kind, "value": value })).collect();
    put("contactsCount", json!(contacts.len()));
    put("contacts", json!(contacts));
    if let Some(chart) = &patient.chart {
        put("fullCardNumber", json!(chart));
        if let Some((number, year)) = chart.split_once('/')
            && let (Ok(number), Ok(year)) = (number.parse::<i64>(), year.parse::<i64>())
        {
            put("cardNumber", json!(number));
            put("cardYear", json!(year));
        }
    }
    json.into()
}
