//! "Try a number": every step, and no secret in it.

use super::*;
use crate::contract::number;

#[tokio::test]
async fn every_step_is_shown_and_no_secret() {
    for auth in ["bearer", "query key", "form key", "basic user", "header X-Key", "template", "session reader"] {
        let mis = Mis::answering(|asked| match asked.target.split('?').next().unwrap() {
            "/api/login" => reply(200, json!({"key": "sess10n-key"})),
            "/api/visits/1" => reply(200, json!({"data": [{"at": "2026-11-26 09:00"}]})),
            // An answer that repeats the question, the key too.
            _ => reply(
                200,
                json!({
                    "data": [row(1, "8 (900) 555-01-01")],
                    "you": [asked.target, asked.authorization, asked.body, SECRET],
                }),
            ),
        })
        .await;
        let path = if auth == "template" { "p/{{ token }}" } else { "patients" };
        let directory = mis.open(&format!(
            "{}visits.path = 'visits/{{{{ id }}}}'\nvisits.list = '$.data'\nvisits.at = '$.at'\nsession.path = 'login'\n\
             session.form.p = '{{{{ password }}}}'\nsession.values.key = '$.key'\nsession.value = 'Key {{{{ key }}}}'\n",
            PLAIN.replace("bearer", auth).replace("patients", path)
        ));
        let trial = directory.trial(&number("+79005550101"), now()).await;
        let all: Vec<String> = trial.steps.iter().map(|step| format!("{}: {}", step.what, step.text)).collect();
        let whole = all.join("\n");
        for secret in [SECRET, "s3cret", "sess10n-key", "dXNlcjpzM2NyZXQ"] {
            assert!(!whole.contains(secret), "{auth}: {secret} in {whole}");
        }
        assert!(whole.contains("•••"), "{auth}: {whole}");
        assert!(
            whole.contains("id → $.id → 1\n") && whole.contains("phones → $.phones → 8 (900) 555-01-01"),
            "{whole}"
        );
        assert!(whole.contains("HTTP 200") && whole.contains("\"name\": \"ВЫМЫСЛОВА Мария 1\""), "{whole}");
        let answer = trial.people.unwrap();
        assert_eq!(answer.why.as_deref(), Some("номер в карте: 8 (900) 555-01-01; совпали 10 цифр"));
        assert!(answer.people[0].next_visit.is_some(), "the visits are tried too");
    }
}

#[tokio::test]
async fn a_trial_that_fails_shows_what_came() {
    let mis = Mis::answering(|_| text(200, format!("<html>{}", "x".repeat(100_000)))).await;
    let trial = mis.open(PLAIN).trial(&number("+79005550101"), now()).await;
    assert!(matches!(trial.people, Err(DirectoryError::NotUnderstood { .. })));
    let answer = trial.steps.iter().find(|step| step.what == "Ответ").unwrap();
    assert!(answer.text.contains("<html>xxx") && answer.text.chars().count() < 4200);
}
