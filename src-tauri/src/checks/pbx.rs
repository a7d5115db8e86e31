//! What the check of the PBX says beside the balance: where the PBX must call, whether it does, and the clock.

use jiff::{SignedDuration, Timestamp};
use wire::ClockState;

use super::{Step, step};
use crate::memory::Language;
use crate::plural;

/// After this long without any event a clinic wonders.
const LONG_AGO: SignedDuration = SignedDuration::from_hours(24);

/// The address to type into the cabinet.
pub(super) fn address(suggested: &str, language: Language) -> Step {
    let (what, advice) = match language {
        Language::Ru => (
            "Адрес для MANGO",
            "Впишите его в кабинете в «Адрес внешней системы»; вместо адреса в сети клиники поставьте белый IP или домен",
        ),
        Language::En => (
            "Address for MANGO",
            "Enter it in the cabinet as «Адрес внешней системы», with the clinic's public IP or domain in place of the local address",
        ),
    };
    step(what, suggested.to_owned(), None, Some(advice))
}

/// Whether events arrive.
pub(super) fn last_event(at: Option<Timestamp>, now: Timestamp, language: Language) -> Step {
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
        Language::En => "If the clinic was called since, check the address in the cabinet and the router's forwarding",
    };
    step(what, result, None, Some(advice))
}

/// Whether this computer's clock agrees with the PBX's.
pub(super) fn clock(clock: Option<ClockState>, language: Language) -> Step {
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
