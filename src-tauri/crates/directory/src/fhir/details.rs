//! What takes longer than finding a person: visits, warnings, allergies, money, insurance. All asked for at once; a part
//! that fails is named, and the others stay.

use jiff::Timestamp;
use serde_json::Value;

use super::patient::Reading;
use super::record::{all, belongs, cut, has_code, moment, text, words};
use super::server::{Rows, Server};
use super::visits;
use crate::file::spoken_debt;
use crate::people::{Alert, AlertKind, Debt, Person};
use crate::source::DirectoryError;

/// More warnings of one person are not shown.
const MAX_ALERTS: usize = 30;

/// "No known allergy" and its kin in SNOMED CT: said, and nothing to warn of.
const NO_ALLERGY: [&str; 5] = ["716186003", "409137002", "429625007", "428607008", "1003774007"];

/// The person with everything that the server knows.
pub(super) async fn fill(server: &Server, reading: &Reading, mut person: Person, now: Timestamp) -> Person {
    let id = person.id.clone();
    let (visits, allergies, flags, debt, insurance) = tokio::join!(
        visits::of(server, &id, now, &reading.time_zone),
        allergies(server, &id),
        flags(server, &id, now, reading),
        debt(server, &id),
        insurance(server, &id),
    );
    match visits {
        Ok((last, next)) => (person.last_visit, person.next_visit) = (last, next),
        Err(_) => person.gaps.push("визиты".to_owned()),
    }
    match allergies {
        Ok(alerts) => person.alerts.extend(alerts),
        Err(_) => person.gaps.push("аллергии".to_owned()),
    }
    match flags {
        Ok(alerts) => person.alerts.extend(alerts),
        Err(_) => person.gaps.push("предупреждения".to_owned()),
    }
    match debt {
        Ok(debt) => person.debt = debt,
        Err(error) if is_unsupported(&error) => {}
        Err(_) => person.gaps.push("долг".to_owned()),
    }
    match insurance {
        Ok(note) => person.note = note,
        Err(error) if is_unsupported(&error) => {}
        Err(_) => person.gaps.push("страховка".to_owned()),
    }
    in_order(&mut person);
    person
}

/// Money owed is a warning too; the gravest stand first.
pub(super) fn in_order(person: &mut Person) {
    if let Some(debt) = &person.debt {
        person.alerts.push(Alert { kind: AlertKind::Debt, text: format!("долг {}", spoken_debt(debt)) });
    }
    person.alerts.sort_by_key(|alert| alert.kind);
    person.alerts.truncate(MAX_ALERTS);
}

/// Money and insurance are kept by few servers, and often closed: their absence is no failure. A missing warning is one.
fn is_unsupported(error: &DirectoryError) -> bool {
    matches!(error, DirectoryError::NotUnderstood { .. } | DirectoryError::Refused { .. })
}

async fn allergies(server: &Server, patient: &str) -> Result<Vec<Alert>, DirectoryError> {
    let query = [("patient", patient), ("clinical-status", "active"), ("_count", "50")];
    server.search("AllergyIntolerance", &query, |_| true).await.map(|rows| allergies_in(&rows, patient))
}

pub(super) fn allergies_in(rows: &Rows, patient: &str) -> Vec<Alert> {
    let is_current = |allergy: &&Value| {
        let status = |member: &str, codes: &[&str]| {
            allergy.get(member).is_some_and(|concept| codes.iter().any(|code| has_code(concept, code)))
        };
        belongs(allergy, "patient", patient)
            && !status("clinicalStatus", &["inactive", "resolved"])
            && !status("verificationStatus", &["refuted", "entered-in-error"])
            && !status("code", &NO_ALLERGY)
    };
    let mut current: Vec<&Value> = rows.matches.iter().filter(is_current).collect();
    current.sort_by_key(|allergy| text(allergy, "criticality") != Some("high"));
    let mut alerts: Vec<Alert> = Vec::new();
    for allergy in current {
        let said = allergy.get("code").and_then(words);
        let text = said.unwrap_or_else(|| "есть аллергия, вещество не указано".to_owned());
        if !alerts.iter().any(|alert| alert.text == text) {
            alerts.push(Alert { kind: AlertKind::Allergy, text });
        }
    }
    alerts
}

/// R4 cannot search flags by status: the active ones are picked here.
async fn flags(
    server: &Server,
    patient: &str,
    now: Timestamp,
    reading: &Reading,
) -> Result<Vec<Alert>, DirectoryError> {
    let rows = server.search("Flag", &[("patient", patient), ("_count", "50")], |_| true).await?;
    Ok(flags_in(&rows, patient, now, reading))
}

pub(super) fn flags_in(rows: &Rows, patient: &str, now: Timestamp, reading: &Reading) -> Vec<Alert> {
    let is_current = |flag: &&Value| {
        let period = |member: &str| {
            flag.get("period").and_then(|period| text(period, member)).and_then(|at| moment(at, &reading.time_zone))
        };
        text(flag, "status") == Some("active")
            && belongs(flag, "subject", patient)
            && period("start").is_none_or(|start| start <= now)
            // An end without a time lasts through its day.
            && period("end").is_none_or(|end| now.as_second() - end.as_second() < 86_400)
    };
    let mut alerts: Vec<Alert> = Vec::new();
    for flag in rows.matches.iter().filter(is_current) {
        let Some(text) = flag.get("code").and_then(words) else { continue };
        let is_behaviour = all(flag, "category").iter().any(|category| has_code(category, "behavioral"));
        let is_vip = ["vip", "вип"].iter().any(|vip| text.to_lowercase().split_whitespace().any(|word| word == *vip));
        let kind = match (is_behaviour, is_vip) {
            (true, _) => AlertKind::Conflict,
            (false, true) => AlertKind::Vip,
            (false, false) => AlertKind::Note,
        };
        if !alerts.iter().any(|alert| alert.text == text) {
            alerts.push(Alert { kind, text });
        }
    }
    alerts
}

/// R4's Account has no balance; R5's has, and some R4 servers give it too. Without one there is no debt to tell.
async fn debt(server: &Server, patient: &str) -> Result<Option<Debt>, DirectoryError> {
    let query = [("patient", patient), ("status", "active"), ("_count", "10")];
    server.search("Account", &query, |_| false).await.map(|rows| debt_in(&rows, patient))
}

pub(super) fn debt_in(rows: &Rows, patient: &str) -> Option<Debt> {
    let own = rows.matches.iter().filter(|account| {
        all(account, "subject").iter().any(|subject| super::record::id_of(subject, "Patient") == Some(patient))
            && text(account, "status").is_none_or(|status| status == "active")
    });
    let balances = own.flat_map(|account| all(account, "balance")).filter(|balance| {
        let is_estimate = balance.get("estimate").and_then(Value::as_bool).unwrap_or(false);
        let is_patients = balance.get("aggregate").is_none_or(|aggregate| has_code(aggregate, "patient"));
        is_patients && !is_estimate
    });
    balances.filter_map(|balance| balance.get("amount")).find_map(owed)
}

/// A positive amount of money, as it was written.
fn owed(amount: &Value) -> Option<Debt> {
    let said = amount.get("value")?.as_number()?.to_string();
    let (whole, places) = said.split_once('.').unwrap_or((&said, ""));
    let is_plain = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    let is_money = !whole.is_empty()
        && is_plain(whole)
        && is_plain(places)
        && said.bytes().any(|byte| matches!(byte, b'1'..=b'9'));
    let currency = text(amount, "currency").filter(|code| code.len() == 3)?;
    is_money.then(|| Debt { amount: format!("{whole}.{places:0<2}"), currency: currency.to_owned() })
}

/// «Страховка: ДМС, СК «Забота», до 31.12.2026»
async fn insurance(server: &Server, patient: &str) -> Result<Option<String>, DirectoryError> {
    let query = [("patient", patient), ("_count", "10")];
    server.search("Coverage", &query, |_| false).await.map(|rows| insurance_in(&rows, patient))
}

pub(super) fn insurance_in(rows: &Rows, patient: &str) -> Option<String> {
    let own = rows.matches.iter().filter(|coverage| {
        belongs(coverage, "beneficiary", patient) && text(coverage, "status").is_none_or(|status| status == "active")
    });
    let told = own.filter_map(|coverage| {
        let payers = all(coverage, "payor").iter().filter_map(|payer| text(payer, "display")).map(str::to_owned);
        let until = coverage.get("period").and_then(|period| text(period, "end")).and_then(super::record::day);
        let until = until.map(|day| format!("до {}", day.strftime("%d.%m.%Y")));
        let parts: Vec<String> = coverage.get("type").and_then(words).into_iter().chain(payers).chain(until).collect();
        (!parts.is_empty()).then(|| parts.join(", "))
    });
    let told: Vec<String> = told.take(3).collect();
    (!told.is_empty()).then(|| cut(&format!("Страховка: {}", told.join("; "))))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn money_is_told_as_it_was_written() {
        let of = |amount: Value| owed(&json!({ "value": amount, "currency": "RUB" })).map(|debt| debt.amount);
        assert_eq!(of(json!(2400)).as_deref(), Some("2400.00"));
        assert_eq!(of(json!(2400.5)).as_deref(), Some("2400.50"));
        for nothing in [json!(0), json!(0.0), json!(-12), json!("2400"), json!(1e30), json!(null)] {
            assert_eq!(of(nothing.clone()), None, "{nothing}");
        }
        assert_eq!(owed(&json!({ "value": 5 })), None, "money without a currency is no amount");
    }
}
