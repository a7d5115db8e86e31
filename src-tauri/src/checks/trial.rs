//! One number looked up before somebody's eyes.

use std::sync::Arc;
use std::time::Instant;

use serde::Serialize;
use tauri::{AppHandle, Manager};

use crate::host::Host;
use crate::memory::{Language, Memory};

/// What was asked, what came back, and who was made of it.
#[derive(Debug, Default, Serialize)]
pub(crate) struct TrialView {
    steps: Vec<TrialStepView>,
    /// A line each.
    people: Vec<String>,
    why: Option<String>,
    error: Option<String>,
    took_ms: f64,
}

#[derive(Debug, Serialize)]
struct TrialStepView {
    what: String,
    text: String,
}

/// Looks a number up in any spelling. Nothing of it is kept or logged.
pub(crate) async fn try_number(app: &AppHandle, typed: &str) -> TrialView {
    let host = Arc::clone(&app.state::<Arc<Host>>());
    let language = app.state::<Memory>().read().language;
    let clinic = host.known().loaded.settings.clinic;
    let running = host.desk().await;
    let Some(desk) = &*running else {
        return TrialView { error: Some(host.why_not(language)), ..TrialView::default() };
    };
    let began = Instant::now();
    let Some(trial) = desk.try_number(typed, &clinic).await else {
        let error = language.of("Это не номер телефона: проверьте цифры", "This is no phone number: check the digits");
        return TrialView { error: Some(error.to_owned()), ..TrialView::default() };
    };
    let took_ms = began.elapsed().as_secs_f64() * 1_000.0;
    let steps = trial.steps.into_iter().map(|step| TrialStepView { what: step.what, text: step.text }).collect();
    match trial.people {
        Ok(answer) => TrialView {
            steps,
            people: answer.people.iter().map(|person| in_a_line(person, language)).collect(),
            why: answer.why,
            error: None,
            took_ms,
        },
        Err(error) => TrialView { steps, error: Some(error.to_string()), took_ms, ..TrialView::default() },
    }
}

/// `Иванова Мария Петровна, 31.01.1991, карта 1234/11, +79005550101`.
fn in_a_line(person: &desk::Person, language: Language) -> String {
    let born = person.born.map(|born| born.strftime("%d.%m.%Y").to_string());
    let chart = person.chart.as_ref().map(|chart| format!("{} {chart}", language.of("карта", "chart")));
    let phones = person.phones.iter().map(ToString::to_string);
    let parts = std::iter::once(person.full_name.clone()).chain(born).chain(chart).chain(phones);
    parts.collect::<Vec<_>>().join(", ")
}
