//! What the check of the PBX says beside the balance: where the PBX must call, whether it does, and the clock.

use desk::settings::Settings;
use desk::{Desk, VpbxCheck};
use jiff::{SignedDuration, Timestamp};
use mango_vpbx::Code;
use wire::ClockState;

use super::listener::suggested;
use super::{Report, Step, clock as time_of_day, report, step};
use crate::memory::Language;
use crate::plural;

/// After this long without any event a clinic wonders.
const LONG_AGO: SignedDuration = SignedDuration::from_hours(24);

/// Asks the PBX for its balance, and says what else is known of it.
pub(super) async fn check(desk: &Desk, settings: &Settings, clock_: Option<ClockState>, language: Language) -> Report {
    let found = desk.check_vpbx().await;
    let mut steps = asked(&found, language);
    steps.push(address(&suggested(desk, settings), language));
    steps.push(last_event(desk.last_event_at(), Timestamp::now(), language));
    steps.push(clock(clock_, language));
    report(steps, found.retry_at.map(|until| until.to_string()))
}

/// What there is to say of the PBX while everything is invented.
pub(super) fn rehearsed(language: Language) -> Report {
    let what = language.of("Репетиция", "Rehearsal");
    let result = language.of(
        "MANGO не спрашиваем: звонки и команды идут учебной АТС",
        "MANGO is not asked: calls and commands go to the rehearsal PBX",
    );
    report(vec![step(what, result.to_owned(), Some(true), None)], None)
}

/// What the signed request brought back.
fn asked(found: &VpbxCheck, language: Language) -> Vec<Step> {
    let (result, advice) = match language {
        Language::Ru => (found.what.clone(), found.advice.as_deref()),
        Language::En => in_english(found),
    };
    let what = language.of("Подписанный запрос баланса", "Signed request for the balance");
    let mut steps = vec![step(what, result, Some(found.ok), advice)];
    if let Some(code) = found.code.filter(|_| !found.ok) {
        steps.push(step(language.of("Код ответа АТС", "The PBX's code"), code.to_string(), None, None));
    }
    if let Some(balance) = &found.balance {
        steps.push(step(language.of("Баланс", "Balance"), balance.clone(), None, None));
    }
    if let Some(until) = found.retry_at {
        let advice = language.of(
            "После двух отказов за две минуты АТС закрывает доступ всем программам: кнопка подождёт",
            "After two refusals within two minutes the PBX locks every program out: the button waits",
        );
        steps.push(step(language.of("Следующая попытка", "Next try"), time_of_day(until), None, Some(advice)));
    }
    steps
}

/// The desk speaks Russian; this says the same by its codes.
fn in_english(found: &VpbxCheck) -> (String, Option<&'static str>) {
    if found.ok {
        return ("the PBX accepted code and key".to_owned(), None);
    }
    let Some(code) = found.code else {
        return if found.retry_at.is_some() {
            ("the PBX has just refused a request; the check will be open again after the countdown".to_owned(), None)
        } else {
            let advice = "Check that code and key are entered, the internet, and the address of the PBX's API";
            ("the PBX did not answer".to_owned(), Some(advice))
        };
    };
    let advice = match code {
        3102 => {
            "Copy «Ключ для создания подписи» from the personal account once more: it must agree to the last character"
        }
        3105 => "Copy «Уникальный код вашей АТС» from the personal account once more",
        5300 => "Connect «API коннектор» in the personal account",
        _ => "Check «Разрешённые IP-адреса» in the personal account: «Свободный доступ», or this computer's address",
    };
    (Code(code).english().to_owned(), Some(advice))
}

/// The address to type into the cabinet.
fn address(suggested: &str, language: Language) -> Step {
    let (what, advice) = match language {
        Language::Ru => (
            "Адрес для MANGO",
            "Впишите его в кабинете в «Адрес внешней системы»; вместо адреса в сети клиники поставьте белый IP или домен",
        ),
        Language::En => (
            "Address for MANGO",
            "Enter it in the personal account as «Адрес внешней системы», with the clinic's public IP or domain in place of the local address",
        ),
    };
    step(what, suggested.to_owned(), None, Some(advice))
}

/// Whether events arrive.
fn last_event(at: Option<Timestamp>, now: Timestamp, language: Language) -> Step {
    let what = match language {
        Language::Ru => "События",
        Language::En => "Events",
    };
    let Some(at) = at else {
        let (result, advice) = match language {
            Language::Ru => (
                "событий ещё не было",
                "Позвоните на номер клиники. Если и тогда тихо, нажмите «Проверить приём событий» ниже",
            ),
            Language::En => (
                "there have been no events yet",
                "Call the clinic. If it stays quiet, press “Check incoming events” below",
            ),
        };
        return step(what, result.to_owned(), None, Some(advice));
    };
    // A clock set back since then: never "in the future".
    let age = now.duration_since(at).max(SignedDuration::ZERO);
    let length = plural::length(age, language);
    let result = match language {
        Language::Ru if age.as_secs() == 0 => "последнее событие только что".to_owned(),
        Language::En if age.as_secs() == 0 => "the last event has just come".to_owned(),
        Language::Ru => format!("последнее событие {length} назад"),
        Language::En => format!("the last event came {length} ago"),
    };
    if age < LONG_AGO {
        return step(what, result, Some(true), None);
    }
    let advice = match language {
        Language::Ru => "Если за это время клинике звонили, проверьте адрес в кабинете и проброс порта на роутере",
        Language::En => {
            "If the clinic was called since, check the address in the personal account and the router's forwarding"
        }
    };
    step(what, result, None, Some(advice))
}

/// Whether this computer's clock agrees with the PBX's.
fn clock(clock: Option<ClockState>, language: Language) -> Step {
    let what = match language {
        Language::Ru => "Часы",
        Language::En => "Clock",
    };
    let Some((ahead, wrong)) = clock.and_then(|clock| Some((clock.ahead_ms?, clock.wrong))) else {
        let result = match language {
            Language::Ru => "сверим по первому событию",
            Language::En => "the first event will tell",
        };
        return step(what, result.to_owned(), None, None);
    };
    if !wrong {
        let result = match language {
            Language::Ru => "идут вместе с часами MANGO",
            Language::En => "agrees with MANGO's",
        };
        return step(what, result.to_owned(), Some(true), None);
    }
    let length = plural::length(SignedDuration::from_millis(ahead), language);
    let result = match (language, ahead > 0) {
        (Language::Ru, true) => format!("часы спешат на {length}: поправьте"),
        (Language::Ru, false) => format!("часы отстают на {length}: поправьте"),
        (Language::En, true) => format!("the clock is {length} fast: set it"),
        (Language::En, false) => format!("the clock is {length} slow: set it"),
    };
    let advice = match language {
        Language::Ru => "Включите в системе «Устанавливать время автоматически»",
        Language::En => "Switch on setting the time automatically in the system",
    };
    step(what, result, Some(false), Some(advice))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> Timestamp {
        "2026-11-24T12:00:00Z".parse().unwrap()
    }

    #[test]
    fn a_refusal_is_explained_in_both_languages() {
        let found = VpbxCheck {
            ok: false,
            balance: None,
            code: Some(3102),
            what: "АТС отказала".to_owned(),
            advice: Some("Скопируйте ключ".to_owned()),
            retry_at: Some(now()),
        };
        let ru = asked(&found, Language::Ru);
        assert_eq!((ru[0].result.as_str(), ru[0].ok, ru.len()), ("АТС отказала", Some(false), 3));
        let en = asked(&found, Language::En);
        assert!(en[0].advice.as_deref().unwrap().contains("Ключ для создания подписи"), "{:?}", en[0]);
        assert_eq!(en[1].result, "3102");
    }

    #[test]
    fn the_last_events_age_is_said() {
        let said = |seconds: i64| {
            let step = last_event(Some(now() - SignedDuration::from_secs(seconds)), now(), Language::Ru);
            (step.result, step.ok)
        };
        assert_eq!(said(120), ("последнее событие 2 минуты назад".to_owned(), Some(true)));
        assert_eq!(said(0), ("последнее событие только что".to_owned(), Some(true)));
        assert_eq!(said(-600), ("последнее событие только что".to_owned(), Some(true)));
        assert_eq!(said(3 * 86_400), ("последнее событие 3 дня назад".to_owned(), None));
        let none = last_event(None, now(), Language::Ru);
        assert_eq!((none.result.as_str(), none.ok), ("событий ещё не было", None));
        assert!(none.advice.is_some());
        assert!(last_event(None, now(), Language::En).result.contains("no events"));
    }

    #[test]
    fn a_wrong_clock_is_said_with_its_direction() {
        let said = |ahead_ms, wrong| {
            let step = clock(Some(ClockState { ahead_ms, wrong }), Language::Ru);
            (step.result, step.ok)
        };
        assert_eq!(said(Some(-600_000), true), ("часы отстают на 10 минут: поправьте".to_owned(), Some(false)));
        assert_eq!(said(Some(3_600_000), true), ("часы спешат на 1 час: поправьте".to_owned(), Some(false)));
        assert_eq!(said(Some(800), false).1, Some(true));
        assert_eq!(said(None, false).1, None);
        assert_eq!(clock(None, Language::En).ok, None);
    }

    #[test]
    fn the_address_is_whole() {
        let step = address("https://192.168.1.20:8082/mangotelecom", Language::Ru);
        assert_eq!(step.result, "https://192.168.1.20:8082/mangotelecom");
        assert_eq!(step.ok, None);
    }
}
