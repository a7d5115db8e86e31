//! The settings' checks: each really tries, and says what it tried, what came back, and what to do.

mod listener;
mod pbx;
mod trial;

use std::sync::Arc;

use desk::Desk;
use desk::settings::Settings;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tauri::{AppHandle, Manager};

use crate::feed_client::Eyes;
use crate::host::Host;
use crate::memory::{Language, Memory};

pub(crate) use self::trial::{TrialView, try_number};

/// A section of the settings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Section {
    /// MANGO: code and key.
    Vpbx,
    /// Where MANGO's events arrive.
    Listener,
    /// Where patients are looked up.
    Directory,
    /// Whose calls pop up here.
    Desk,
}

/// What a check found.
#[derive(Debug, Serialize)]
pub(crate) struct Report {
    ok: bool,
    steps: Vec<Step>,
    retry_at: Option<String>,
}

/// One thing that was tried.
#[derive(Debug, PartialEq, Eq, Serialize)]
struct Step {
    what: String,
    result: String,
    ok: Option<bool>,
    advice: Option<String>,
}

/// Somebody tried the listener's address.
#[derive(Debug, Serialize)]
pub(crate) struct KnockView {
    at: String,
    from: String,
    path: String,
    answer: u16,
}

/// Checks a section.
pub(crate) async fn check(app: &AppHandle, section: Section) -> Report {
    let host = Arc::clone(&app.state::<Arc<Host>>());
    let language = app.state::<Memory>().read().language;
    let known = host.known();
    let running = host.desk().await;
    let Some(desk) = &*running else {
        let starting = language.of("ещё запускается", "is still starting");
        let why = known.why_not.map_or_else(|| starting.to_owned(), |why| why.message(language).to_owned());
        let advice = language.of(
            "Исправьте отмеченное в настройках; Callpop пробует снова каждые 20 секунд",
            "Mend what is marked in the settings; Callpop tries again every 20 seconds",
        );
        let what = language.of("Рабочее место", "Workstation");
        return report(vec![step(what, why, Some(false), Some(advice))], None);
    };
    let eyes = app.state::<Arc<Eyes>>();
    match section {
        Section::Vpbx if host.is_rehearsing() => pbx::rehearsed(language),
        Section::Vpbx => pbx::check(desk, &known.loaded.settings, eyes.clock(), language).await,
        Section::Listener => listener::check(desk, &known.loaded.settings, language).await,
        Section::Directory => check_directory(desk, language).await,
        Section::Desk => check_desk(&eyes, &known.loaded.settings, language),
    }
}

/// Who tried the listener's address after a moment, oldest first.
pub(crate) async fn knocks(app: &AppHandle, since: &str) -> Vec<KnockView> {
    let host = Arc::clone(&app.state::<Arc<Host>>());
    let since = since.parse::<Timestamp>().unwrap_or(Timestamp::UNIX_EPOCH);
    let running = host.desk().await;
    let knocks = running.as_ref().map(Desk::knocks).unwrap_or_default();
    knocks
        .into_iter()
        .filter(|knock| knock.at >= since)
        .map(|knock| KnockView {
            at: knock.at.strftime("%Y-%m-%dT%H:%M:%S.%3fZ").to_string(),
            from: knock.from.to_string(),
            path: knock.path,
            answer: knock.answer,
        })
        .collect()
}

async fn check_directory(desk: &Desk, language: Language) -> Report {
    let found = desk.directory().check().await;
    let list = language.of("Список пациентов", "List of patients");
    let mut steps: Vec<Step> = found
        .lines
        .into_iter()
        .map(|line| match line.split_once(": ") {
            // «адрес: http://…» says by itself what was tried.
            Some((what, result)) => step(&capitalised(what), result.to_owned(), None, None),
            None => step(list, line, None, None),
        })
        .collect();
    steps.push(match (found.people, found.ok) {
        (Some(people), ok) => step(language.of("Пациентов", "Patients"), people.to_string(), Some(ok), None),
        (None, true) => {
            let works = language.of("работает", "works");
            step(language.of("Поиск пациентов", "Looking patients up"), works.to_owned(), Some(true), None)
        }
        (None, false) => {
            let fails = language.of("не работает", "does not work");
            let advice = language.of(
                "Исправьте то, что названо последним выше, и проверьте ещё раз",
                "Mend what is named last above, and check again",
            );
            step(language.of("Поиск пациентов", "Looking patients up"), fails.to_owned(), Some(false), Some(advice))
        }
    });
    report(steps, None)
}

fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

fn check_desk(eyes: &Eyes, settings: &Settings, language: Language) -> Report {
    let mut steps = Vec::new();
    let what = language.of("Внутренний номер", "Extension");
    match &settings.extension {
        Some(extension) => {
            let calls = eyes.calls_of(extension.as_str());
            let advice = language.of(
                "Ни один звонок сегодня не касался этого номера: позвоните на него и проверьте ещё раз",
                "No call of today touched this extension: call it and check again",
            );
            let today = language.of("звонков сегодня", "calls today");
            let ok = (calls > 0).then_some(true);
            steps.push(step(what, format!("{extension}: {today} {calls}"), ok, (calls == 0).then_some(advice)));
        }
        None => {
            let advice = language.of(
                "Без него не перезвонить одним щелчком: впишите внутренний номер телефона на этом столе",
                "Without it there is no calling back by one click: enter the extension of the phone on this desk",
            );
            steps.push(step(what, language.of("не указан", "not set").to_owned(), Some(false), Some(advice)));
        }
    }
    let groups = settings.groups.join(", ");
    let pops = match (settings.pop, language) {
        (wire::Pop::Mine, Language::Ru) => "звонки на этот внутренний номер".to_owned(),
        (wire::Pop::Groups, Language::Ru) => format!("звонки на этот номер и на группы {groups}"),
        (wire::Pop::All, Language::Ru) => "все входящие звонки".to_owned(),
        (wire::Pop::Mine, Language::En) => "calls to this extension".to_owned(),
        (wire::Pop::Groups, Language::En) => format!("calls to this extension and to the groups {groups}"),
        (wire::Pop::All, Language::En) => "all incoming calls".to_owned(),
    };
    let has_groups = settings.pop != wire::Pop::Groups || !settings.groups.is_empty();
    let advice = language.of("Выберите группы регистратуры", "Choose the reception groups");
    let what = language.of("Всплывают", "What pops up");
    steps.push(step(what, pops, Some(has_groups), (!has_groups).then_some(advice)));
    report(steps, None)
}

fn clock(at: Timestamp) -> String {
    at.to_zoned_datetime(jiff::tz::TimeZone::system()).strftime("%H:%M:%S").to_string()
}

fn step(what: &str, result: String, ok: Option<bool>, advice: Option<&str>) -> Step {
    Step { what: what.to_owned(), result, ok, advice: advice.map(str::to_owned) }
}

fn report(steps: Vec<Step>, retry_at: Option<String>) -> Report {
    Report { ok: steps.iter().all(|step| step.ok != Some(false)), steps, retry_at }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_bad_step_fails_and_an_open_question_does_not() {
        let good = || step("a", String::new(), Some(true), None);
        let open = || step("b", String::new(), None, None);
        assert!(report(vec![good(), open()], None).ok);
        assert!(!report(vec![good(), step("c", String::new(), Some(false), None)], None).ok);
    }
}
