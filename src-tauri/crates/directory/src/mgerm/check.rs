//! The settings' «Проверить»: today's schedule and one patient, told in words. Changes nothing at the MIS.

use std::sync::Arc;

use super::api::List;
use super::card::CardMap;
use super::reader::Shared;
use super::shapes::said;
use super::spoken_people;
use crate::source::{CheckReport, DirectoryError};

pub(super) async fn check(shared: &Arc<Shared>, card: &CardMap) -> CheckReport {
    let mut lines = vec![format!("адрес: {}", shared.api.address())];
    if !shared.api.is_encrypted() {
        lines.push("соединение не зашифровано (http): в сети клиники это обычно, через интернет нельзя".to_owned());
    }
    if !shared.api.has_token() {
        lines.push("ключ доступа не задан: впишите его, если МИС его требует".to_owned());
    }
    let today = shared.today(shared.now());
    let mut first_patient = None;
    let (mut rows_in_all, mut phones_unread) = (0, 0);
    for (list, name) in [(List::Doctors, "к врачам"), (List::Rooms, "в кабинеты")] {
        let what = format!("расписание на сегодня, {name}");
        let rows = match shared.api.scheduled(today, list).await {
            Ok(rows) => rows,
            Err(error) => return failed(lines, &what, &error),
        };
        let unread = rows.unread;
        let count = rows.rows.len();
        let patients = rows.rows.iter().filter_map(|row| row.patient.as_ref());
        first_patient =
            first_patient.or_else(|| patients.filter_map(|patient| said(&patient.id)).next().map(str::to_owned));
        let taken = match shared.take(today, list, rows, today).await {
            Ok(taken) => taken,
            Err(error) => return failed(lines, &what, &error),
        };
        if taken.changed {
            shared.has_changed();
        }
        rows_in_all += count;
        phones_unread += taken.unread_phones;
        let mut line = format!("{what}: записей {count}, пациентов {}", taken.people);
        if unread > 0 {
            line.push_str(&format!(", не прочитано записей: {unread}"));
        }
        if taken.foreign > 0 {
            line.push_str(&format!(", записей другого дня: {} (пропущены)", taken.foreign));
        }
        lines.push(line);
    }
    lines.push(match phones_unread {
        0 => "все телефоны прочитаны".to_owned(),
        count => format!("телефонов, которые не удалось прочитать: {count} (исправьте их в картах МИС)"),
    });
    if rows_in_all == 0 {
        lines.push("на сегодня записей нет: возможно, выходной; проверьте, что в МИС сегодня есть записи".to_owned());
    }
    if let Some(id) = first_patient {
        match shared.api.patient(&id).await {
            Ok(Some(found)) if said(&found.id) == Some(id.as_str()) => {
                lines.push("карта пациента (getPatient): пришла".to_owned());
            }
            Ok(Some(_)) => lines.push("карта пациента (getPatient): пришёл другой пациент".to_owned()),
            Ok(None) => lines.push("карта пациента (getPatient): МИС не нашла пациента из расписания".to_owned()),
            Err(error) => lines.push(format!("карта пациента (getPatient): {error}")),
        }
        if !card.is_empty() {
            match shared.api.card(&id).await {
                Ok(_) => lines.push("амбулаторная карта (getCardData): пришла".to_owned()),
                Err(error) => lines.push(format!("амбулаторная карта (getCardData): {error}")),
            }
        }
    }
    let people = shared.register.people();
    lines.push(format!("в индексе: {}", spoken_people(people)));
    CheckReport { ok: true, people: u32::try_from(people).ok(), lines }
}

fn failed(mut lines: Vec<String>, what: &str, error: &DirectoryError) -> CheckReport {
    lines.push(format!("{what}: {error}"));
    CheckReport { ok: false, people: None, lines }
}
